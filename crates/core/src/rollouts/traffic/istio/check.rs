//! `ValidateVirtualService`: whether a VirtualService has the routes a rollout needs.

use super::{
    Istio, View,
    routes::{Protocol, Route, decode},
    selection::{http_indexes, tcp_indexes, tls_indexes},
};
use crate::{
    Value,
    rollouts::{
        objects::{Outcome, nested_slice},
        spec::{Rollout, VirtualServiceRef},
        traffic::Subject,
    },
};

/// The faults of one VirtualService, in upstream's words.
pub(crate) fn check_virtual_service(rollout: &Rollout, service: &VirtualServiceRef, document: &Value) -> Vec<String> {
    let Some(canary) = rollout.canary() else { return Vec::new() };
    let subject = Subject { stable_is_ping: rollout.status.canary.stable_ping_pong == "ping", ..Subject::default() };
    let Some(config) = canary.traffic_routing.as_ref().and_then(|routing| routing.istio.as_ref()) else { return Vec::new() };
    let istio = Istio { view: View { subject: &subject, canary }, config };
    let mut faults = Vec::new();
    let lists: Vec<(Protocol, Option<&Vec<Value>>)> = [Protocol::Http, Protocol::Tls, Protocol::Tcp]
        .map(|protocol| (protocol, nested_slice(document, &["spec", protocol.key()]).ok().flatten()))
        .into();
    if lists.iter().all(|(_, list)| list.is_none()) {
        faults.push("Unable to get any of the HTTP, TCP or TLS routes for the Istio VirtualService".to_string());
    }
    for (protocol, list) in lists {
        let Some(documents) = list else { continue };
        let name = protocol.key().to_uppercase();
        let Ok(routes) = decode(protocol, documents) else {
            faults.push(format!("Unable to get {name} routes for Istio VirtualService"));
            continue;
        };
        if let Err(failure) = istio.check(protocol, service, &routes, documents) {
            faults.push(format!("Istio VirtualService has invalid {name} routes. Error: {}", failure.message));
        }
    }
    faults
}

impl Istio<'_> {
    fn check(&self, protocol: Protocol, service: &VirtualServiceRef, routes: &[Route], documents: &[Value]) -> Outcome {
        let (indexes, listed) = match protocol {
            Protocol::Http => (http_indexes(&service.routes, routes)?, !service.routes.is_empty()),
            Protocol::Tls => (tls_indexes(&service.tls_routes, routes)?, !service.tls_routes.is_empty()),
            Protocol::Tcp => (tcp_indexes(&service.tcp_routes, routes)?, !service.tcp_routes.is_empty()),
        };
        self.validate(protocol, &indexes, routes, documents, listed)
    }
}
