//! Weights of the destinations of the selected routes.
//!
//! All changes are worked out on the route as it was found, then applied one after the other. In v1.10.2
//! a removal takes effect at once, so every later change of that route lands one place too far, and one
//! that points past the end appends a destination.

use std::collections::BTreeMap;

use serde_json::json;
use smallvec::SmallVec;

use super::{
    Istio,
    routes::{Protocol, Route, RouteDestination, decode},
    selection::{http_indexes, tcp_indexes, tls_indexes},
};
use crate::{
    Value,
    rollouts::{
        objects::{Failure, Outcome, nested_slice},
        spec::{DestinationRuleRef, VirtualServiceRef, WeightDestination},
    },
};

/// A list of routes as documents and as types, and which of them are selected.
type Planned<'d> = (Protocol, &'d [Value], Vec<Route<'d>>, Vec<usize>);

struct Change {
    at: usize,
    weight: i64,
    host: String,
    remove: bool,
}

impl Istio<'_> {
    /// `reconcileVirtualService`: the virtual service with its new weights, if one had to change.
    pub(super) fn reweigh(
        &self,
        service: &VirtualServiceRef,
        document: &Value,
        weight: i64,
        destinations: &[WeightDestination],
    ) -> Outcome<Option<Value>> {
        let mut planned: SmallVec<[Planned<'_>; 3]> = SmallVec::new();
        for protocol in [Protocol::Http, Protocol::Tls, Protocol::Tcp] {
            let Ok(Some(documents)) = nested_slice(document, &["spec", protocol.key()]) else { continue };
            let routes = decode(protocol, documents)?;
            let (indexes, listed) = match protocol {
                Protocol::Http => (http_indexes(&service.routes, &routes)?, !service.routes.is_empty()),
                Protocol::Tls => (tls_indexes(&service.tls_routes, &routes)?, !service.tls_routes.is_empty()),
                Protocol::Tcp => (tcp_indexes(&service.tcp_routes, &routes)?, !service.tcp_routes.is_empty()),
            };
            self.validate(protocol, &indexes, &routes, documents, listed)?;
            let indexes = if protocol == Protocol::Http { self.with_mirrors(service, &routes) } else { indexes };
            planned.push((protocol, documents, routes, indexes));
        }
        let mut changed: SmallVec<[(Protocol, usize, Vec<Change>); 3]> = SmallVec::new();
        for (protocol, _, routes, indexes) in &planned {
            for index in indexes.iter().copied() {
                let Some(route) = routes.get(index) else { continue };
                let changes = self.changes(&route.destinations, weight, destinations);
                if !changes.is_empty() {
                    changed.push((*protocol, index, changes));
                }
            }
        }
        if changed.is_empty() {
            return Ok(None);
        }
        let mut modified = document.clone();
        for (protocol, index, changes) in changed {
            let routes = modified.get_mut("spec").and_then(|spec| spec.get_mut(protocol.key())).and_then(Value::as_array_mut);
            if let Some(route) = routes.and_then(|routes| routes.get_mut(index)) {
                apply(protocol, route, changes)?;
            }
        }
        Ok(Some(modified))
    }

    /// The listed http routes and the managed mirror routes that are present.
    fn with_mirrors(&self, service: &VirtualServiceRef, routes: &[Route<'_>]) -> Vec<usize> {
        let mut names: Vec<&str> = service.routes.iter().map(String::as_str).collect();
        for route in routes.iter().filter(|route| route.mirrors) {
            for managed in self.view.managed_routes().unwrap_or_default() {
                if managed.name == route.name {
                    names.push(route.name);
                }
            }
        }
        http_indexes(&names, routes).unwrap_or_default()
    }

    /// `processRoutes`: what has to change in one route.
    fn changes(&self, targets: &[RouteDestination<'_>], weight: i64, destinations: &[WeightDestination]) -> Vec<Change> {
        let (stable_service, canary_service) = self.view.services(false);
        let rule = self.config.destination_rule.as_ref();
        let subset_is = |target: &RouteDestination<'_>, name: fn(&DestinationRuleRef) -> &str| {
            !target.subset.is_empty() && rule.is_some_and(|rule| name(rule) == target.subset)
        };
        let additional = |target: &RouteDestination<'_>| {
            !target.subset.is_empty() && rule.is_some_and(|rule| rule.additional_subset_names.iter().any(|name| name == target.subset))
        };
        let mut others: BTreeMap<&str, i64> = destinations.iter().map(|to| (to.service_name.as_str(), i64::from(to.weight))).collect();
        let given: i64 = destinations.iter().map(|to| i64::from(to.weight)).sum();
        let kept = targets.iter().filter(|target| additional(target)).fold(0i64, |sum, target| sum.saturating_add(target.weight));
        let stable_weight = (100 - weight - given).saturating_sub(kept).max(0);

        let mut changes = Vec::new();
        let mut note = |at: usize, host: &str, from: i64, to: i64, remove: bool| {
            if from != to {
                changes.push(Change { at, weight: to, host: host.to_owned(), remove });
            }
        };
        for (at, target) in targets.iter().enumerate() {
            let host = target.short_host();
            if host.is_empty() {
                continue;
            }
            if host == canary_service || subset_is(target, |rule| &rule.canary_subset_name) {
                note(at, host, target.weight, weight, false);
            } else if host == stable_service || subset_is(target, |rule| &rule.stable_subset_name) {
                note(at, host, target.weight, stable_weight, false);
            } else if let Some(share) = others.remove(host) {
                note(at, host, target.weight, share, false);
            } else if !additional(target) {
                note(at, host, target.weight, 0, true);
            }
        }
        for (offset, (host, share)) in others.into_iter().enumerate() {
            note(targets.len() + offset, host, 0, share, false);
        }
        changes
    }
}

fn apply(protocol: Protocol, route: &mut Value, changes: Vec<Change>) -> Outcome {
    let key = protocol.key();
    let wrong = |field: &str, kind: &str| Failure::new(format!("Invalid casting: field '{field}' is not of type '{kind}'"));
    for change in changes {
        let Value::Object(members) = &mut *route else { return Err(wrong(&format!("{key}[]"), "map[string]interface")) };
        let Some(Value::Array(targets)) = members.get_mut("route") else {
            return Err(wrong(&format!("{key}[].route"), "[]interface"));
        };
        match targets.get_mut(change.at) {
            None => targets.push(json!({"weight": change.weight, "destination": {"host": change.host}})),
            Some(Value::Object(_)) if change.remove => {
                targets.remove(change.at);
            }
            Some(Value::Object(target)) => {
                target.insert("weight".into(), change.weight.into());
            }
            Some(_) => return Err(wrong(&format!("{key}[].route[].destination"), "map[string]interface")),
        }
    }
    Ok(())
}
