//! Which routes a weight applies to, and what must be in them.

use std::collections::BTreeSet;

use super::{
    Istio,
    ordering::count_unmanaged,
    routes::{Protocol, Route},
};
use crate::{
    Value,
    rollouts::{
        objects::{Failure, Outcome},
        spec::{TcpRoute, TlsRoute},
    },
};

/// Indexes of the http routes that are listed by name; without names the only one or the first unnamed.
pub(super) fn http_indexes<S: AsRef<str>>(names: &[S], routes: &[Route<'_>]) -> Outcome<Vec<usize>> {
    if names.is_empty() {
        if routes.len() == 1 {
            return Ok(vec![0]);
        }
        return Ok(routes.iter().position(|route| route.name.is_empty()).into_iter().collect());
    }
    names
        .iter()
        .map(|name| {
            let name = name.as_ref();
            routes
                .iter()
                .position(|route| route.name == name)
                .ok_or_else(|| Failure::new(format!("HTTP Route '{name}' is not found in the defined Virtual Service.")))
        })
        .collect()
}

/// The one port that a route's matches agree on (0 without any); `None` when they differ.
fn port(route: &Route<'_>) -> Option<i64> {
    let ports: BTreeSet<i64> = route.matches.iter().map(|(port, _)| *port).collect();
    if ports.len() > 1 { None } else { Some(ports.first().copied().unwrap_or(0)) }
}

/// Indexes of the tls routes whose port and set of server names are listed.
pub(super) fn tls_indexes(wanted: &[TlsRoute], routes: &[Route<'_>]) -> Outcome<Vec<usize>> {
    if wanted.is_empty() {
        return Ok(vec![0]);
    }
    let mut indexes = Vec::new();
    for want in wanted {
        let before = indexes.len();
        indexes.extend(routes.iter().enumerate().filter(|(_, route)| tls_matches(want, route)).map(|(at, _)| at));
        if indexes.len() == before {
            return Err(Failure::new("No matching TLS routes found in the defined Virtual Service."));
        }
    }
    Ok(indexes)
}

fn tls_matches(want: &TlsRoute, route: &Route<'_>) -> bool {
    let names: BTreeSet<&str> = route.matches.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    port(route) == Some(want.port) && want.sni_hosts.len() == names.len() && want.sni_hosts.iter().all(|name| names.contains(name.as_str()))
}

/// Indexes of the tcp routes whose port is listed.
pub(super) fn tcp_indexes(wanted: &[TcpRoute], routes: &[Route<'_>]) -> Outcome<Vec<usize>> {
    if wanted.is_empty() {
        return Ok(vec![0]);
    }
    let mut indexes = Vec::new();
    for want in wanted {
        let before = indexes.len();
        indexes.extend(routes.iter().enumerate().filter(|(_, route)| port(route) == Some(want.port)).map(|(at, _)| at));
        if indexes.len() == before {
            return Err(Failure::new("No matching TCP routes found in the defined Virtual Service."));
        }
    }
    Ok(indexes)
}

impl Istio<'_> {
    /// `ValidateHTTPRoutes`, `ValidateTlsRoutes`, `ValidateTcpRoutes`: the selected routes hold canary and
    /// stable, and nothing listed means there is exactly one unmanaged route.
    pub(super) fn validate(
        &self,
        protocol: Protocol,
        indexes: &[usize],
        routes: &[Route<'_>],
        documents: &[Value],
        listed: bool,
    ) -> Outcome {
        for index in indexes {
            let route = routes
                .get(*index)
                .ok_or_else(|| Failure::new(format!("panic: runtime error: index out of range [{index}] with length {}", routes.len())))?;
            self.validate_destinations(route)?;
        }
        let (count, list) = match protocol {
            Protocol::Http => (count_unmanaged(self.view.managed_routes().unwrap_or_default(), documents)?, "routes"),
            Protocol::Tls => (routes.len(), "tlsRoutes"),
            Protocol::Tcp => (routes.len(), "tcpRoutes"),
        };
        if !listed && count > 1 {
            return Err(Failure::new(format!(
                "spec.{}[] should be set in VirtualService and it must have exactly one route when omitting \
                 spec.strategy.canary.trafficRouting.istio.virtualService.{list}",
                protocol.key()
            )));
        }
        Ok(())
    }

    fn validate_destinations(&self, route: &Route<'_>) -> Outcome {
        let (stable, canary) = self.view.services(false);
        let missing = |what: &str, name: &str| Err(Failure::new(format!("{what} '{name}' not found in route")));
        if let Some(rule) = &self.config.destination_rule {
            let has = |subset: &str| !subset.is_empty() && route.destinations.iter().any(|target| target.subset == subset);
            if !has(&rule.canary_subset_name) {
                return missing("Canary DestinationRule subset", &rule.canary_subset_name);
            }
            if !has(&rule.stable_subset_name) {
                return missing("Stable DestinationRule subset", &rule.stable_subset_name);
            }
            return Ok(());
        }
        let has = |service: &str| !service.is_empty() && route.destinations.iter().any(|target| target.short_host() == service);
        if !has(canary) {
            return missing("Canary Service", canary);
        }
        if !has(stable) {
            return missing("Stable Service", stable);
        }
        Ok(())
    }
}
