//! What the controller may ask of a router, run one after the other.

use crate::rollouts::objects::AtPath;
use serde::de::DeserializeOwned;

use super::{
    POD_TEMPLATE_HASH, Pods, Router, Subject, View, alb, ambassador, apisix, appmesh, istio, nginx, smi,
    spec::{Rollout, SetHeaderRoute, SetMirrorRoute, WeightDestination},
    traefik,
};
use crate::{
    Error, Result, Value,
    rollouts::objects::{Failure, Objects, text, without_nulls},
};

/// The eight routers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Istio.
    Istio,
    /// Ingress NGINX.
    Nginx,
    /// AWS load balancer controller.
    Alb,
    /// Service Mesh Interface.
    Smi,
    /// Traefik.
    Traefik,
    /// Apache APISIX.
    Apisix,
    /// Ambassador.
    Ambassador,
    /// AWS App Mesh.
    AppMesh,
}

/// One call of `trafficrouting.TrafficRoutingReconciler`.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// `SetWeight`.
    SetWeight(i32, Vec<WeightDestination>),
    /// `UpdateHash`: canary, stable, further destinations.
    UpdateHash(String, String, Vec<WeightDestination>),
    /// `SetHeaderRoute`.
    SetHeaderRoute(SetHeaderRoute),
    /// `SetMirrorRoute`.
    SetMirrorRoute(SetMirrorRoute),
    /// `RemoveManagedRoutes`.
    RemoveManagedRoutes,
}

/// Reads a document into a type as Go's decoder does: null is as good as absent.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T> {
    serde_json::from_value(without_nulls(value)).map_err(|error| Error::invalid(error.to_string()))
}

fn count(object: &Value, pointer: &str) -> i32 {
    object.at_path(pointer).and_then(Value::as_i64).and_then(|count| i32::try_from(count).ok()).unwrap_or_default()
}

fn pods(replica_set: &Value) -> Pods {
    let labels = replica_set.at_path("/metadata/labels");
    Pods {
        name: text(replica_set, "/metadata/name").to_owned(),
        hash: labels.and_then(|labels| labels.get(POD_TEMPLATE_HASH)).and_then(Value::as_str).unwrap_or_default().to_owned(),
        replicas: count(replica_set, "/spec/replicas"),
        available: count(replica_set, "/status/availableReplicas"),
    }
}

fn router<'a>(kind: Kind, view: View<'a>) -> Option<Box<dyn Router + 'a>> {
    let routing = view.canary.traffic_routing.as_ref()?;
    let router: Box<dyn Router + 'a> = match kind {
        Kind::Istio => Box::new(istio::Istio { view, config: routing.istio.as_ref()? }),
        Kind::Nginx => Box::new(nginx::Nginx { view, config: routing.nginx.as_ref()?, max_traffic_weight: routing.max_traffic_weight }),
        Kind::Alb => Box::new(alb::Alb { view, config: routing.alb.as_ref()? }),
        Kind::Smi => Box::new(smi::Smi { view, config: routing.smi.as_ref()? }),
        Kind::Traefik => Box::new(traefik::Traefik { view, config: routing.traefik.as_ref()? }),
        Kind::Apisix => Box::new(apisix::Apisix { view, config: routing.apisix.as_ref()? }),
        Kind::Ambassador => Box::new(ambassador::Ambassador { view, config: routing.ambassador.as_ref()? }),
        Kind::AppMesh => Box::new(appmesh::AppMesh { view, config: routing.app_mesh.as_ref()? }),
    };
    Some(router)
}

/// The index of the action that failed, and why.
pub(super) type Failed = (usize, Failure);

/// Asks one router; answers the objects afterwards and the first action that failed.
pub fn run(
    kind: Kind,
    rollout: &Value,
    objects: Vec<Value>,
    replica_sets: &[Value],
    actions: &[Action],
    smi_version: &str,
) -> Result<(Vec<Value>, Option<Failed>)> {
    let typed = Rollout::read(rollout)?;
    let canary = typed.canary().ok_or_else(|| Error::invalid("no canary strategy"))?;
    let smi_version = if smi_version.is_empty() { "v1alpha1" } else { smi_version };
    if !matches!(smi_version, "v1alpha1" | "v1alpha2" | "v1alpha3") {
        return Err(Error::upstream(format!("Unsupported TrafficSplit API version `{smi_version}`")));
    }
    let weighted = rollout.at_path("/status/canary/weights").filter(|weights| !weights.is_null());
    let subject = Subject {
        name: text(rollout, "/metadata/name"),
        namespace: text(rollout, "/metadata/namespace"),
        uid: text(rollout, "/metadata/uid"),
        stable_is_ping: text(rollout, "/status/canary/stablePingPong") == "ping",
        abort: rollout.at_path("/status/abort") == Some(&Value::Bool(true)),
        fully_promoted: text(rollout, "/status/stableRS") == text(rollout, "/status/currentPodHash"),
        weighted_canary_hash: weighted.map(|weights| text(weights, "/canary/podTemplateHash")),
        replicas: count(rollout, "/spec/replicas"),
        replica_sets: replica_sets.iter().map(pods).collect(),
        smi_version,
    };
    let router =
        router(kind, View { subject: &subject, canary }).ok_or_else(|| Error::invalid("the Rollout does not configure this router"))?;
    let mut objects = Objects::new(objects);
    let mut failed = None;
    for (index, action) in actions.iter().enumerate() {
        let outcome = match action {
            Action::SetWeight(weight, destinations) => router.set_weight(&mut objects, *weight, destinations),
            Action::UpdateHash(canary, stable, destinations) => router.update_hash(&mut objects, canary, stable, destinations),
            Action::SetHeaderRoute(route) => router.set_header_route(&mut objects, route),
            Action::SetMirrorRoute(route) => router.set_mirror_route(&mut objects, route),
            Action::RemoveManagedRoutes => router.remove_managed_routes(&mut objects),
        };
        if let Err(failure) = outcome {
            failed = Some((index, failure));
            break;
        }
    }
    let mut objects = objects.into_values();
    if kind == Kind::Smi {
        objects.iter_mut().for_each(|object| smi::tidy(smi_version, object));
    }
    objects.iter_mut().for_each(tidy);
    Ok((objects, failed))
}

/// Takes out what Go's typed objects add when they are written.
fn tidy(object: &mut Value) {
    let Value::Object(members) = object else { return };
    if let Some(Value::Object(metadata)) = members.get_mut("metadata")
        && metadata.get("creationTimestamp") == Some(&Value::Null)
    {
        metadata.shift_remove("creationTimestamp");
    }
    if members.get("status").is_some_and(|status| *status == serde_json::json!({"loadBalancer": {}})) {
        members.shift_remove("status");
    }
}
