//! Order of the http routes: managed ones first, as `managedRoutes` lists them, then the rest.
//!
//! Routes are matched by name and an absent name equals an absent name, so N unnamed routes come out N*N
//! times, and so do N routes of one name.

use super::{
    Istio,
    routes::{http_routes, mismatch, set_http_routes},
};
use crate::rollouts::objects::AtPath;
use crate::{
    Value,
    rollouts::{
        objects::{Failure, Outcome, nested_slice},
        spec::ManagedRoute,
    },
};

fn name(route: &Value) -> &str {
    route.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// `splitManagedRoutesAndNonManagedRoutes`.
pub(super) fn split_managed<'a>(managed: &[ManagedRoute], routes: &'a [Value]) -> Outcome<(Vec<&'a Value>, Vec<&'a Value>)> {
    if let Some((index, route)) = routes.iter().enumerate().find(|(_, route)| !route.is_object() && !route.is_null()) {
        return Err(mismatch(route, &format!(".{index}"), "map[string]interface {}")
            .within("[splitManagedRoutesAndNonManagedRoutes] failed to unmarsharl http route interface"));
    }
    Ok(routes.iter().partition(|route| managed.iter().any(|wanted| wanted.name == name(route))))
}

/// How many routes are not managed.
pub(super) fn count_unmanaged(managed: &[ManagedRoute], routes: &[Value]) -> Outcome<usize> {
    if managed.is_empty() && routes.iter().all(|route| route.is_object() || route.is_null()) {
        return Ok(routes.len());
    }
    Ok(split_managed(managed, routes)?.1.len())
}

impl Istio<'_> {
    /// `orderRoutes`; a VirtualService without http routes is left alone.
    pub(super) fn order(&self, document: &mut Value) -> Outcome {
        match nested_slice(document, &["spec", "http"]) {
            Ok(None) => return Ok(()),
            Ok(Some(_)) => {}
            // An emptied list of this very call: Go still sees a slice.
            Err(_) if document.at_path("/spec/http") == Some(&Value::Null) => return Ok(()),
            Err(failure) => return Err(failure.within("[orderRoutes] failed to get virtual service http routes")),
        }
        let Some(managed) = self.view.managed_routes() else { return Ok(()) };
        let routes = http_routes(document).unwrap_or_default();
        let (ours, theirs) = split_managed(managed, &routes)
            .map_err(|failure| failure.within("[orderRoutes] could not split routes between managed and non managed"))?;
        let mut order: Vec<&Value> = Vec::with_capacity(routes.len());
        for wanted in managed {
            order.extend(ours.iter().filter(|route| route.get("name").and_then(Value::as_str) == Some(&wanted.name)));
        }
        order.extend(theirs);
        if order.len().saturating_mul(routes.len()) > 1_000_000 {
            return Err(Failure::new("[orderRoutes] too many routes"));
        }
        let mut sorted = Vec::with_capacity(routes.len());
        for wanted in order {
            sorted.extend(routes.iter().filter(|route| name(route) == name(wanted)).cloned());
        }
        set_http_routes(document, sorted)
    }
}
