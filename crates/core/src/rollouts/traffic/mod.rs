//! Traffic routers: the objects of eight ingress controllers and meshes, before and after.
//!
//! Each router is a pure function over [`Objects`]; upstream's package of the same name under
//! `rollout/trafficrouting` decides.

mod actions;
mod alb;
mod ambassador;
mod apisix;
mod appmesh;
mod ingress;
mod istio;
mod nginx;
mod smi;
mod traefik;

use super::{
    objects::{Objects, Outcome},
    spec,
};
use spec::{Canary, ManagedRoute, SetHeaderRoute, SetMirrorRoute};

pub use actions::{Action, Kind, read, run};
pub(crate) use istio::check_virtual_service;
pub use spec::WeightDestination;

/// Label that carries a ReplicaSet's pod-template hash.
pub(crate) const POD_TEMPLATE_HASH: &str = "rollouts-pod-template-hash";
/// Annotation that names the Rollout that manages an object.
pub(crate) const MANAGED_BY: &str = "argo-rollouts.argoproj.io/managed-by-rollouts";

/// A ReplicaSet as the Istio router looks at it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pods {
    /// Name.
    pub name: String,
    /// Pod-template hash label.
    pub hash: String,
    /// `spec.replicas`.
    pub replicas: i32,
    /// `status.availableReplicas`.
    pub available: i32,
}

/// What a router knows of the Rollout.
#[derive(Debug, Clone, Default)]
pub struct Subject<'a> {
    /// `metadata.name`.
    pub name: &'a str,
    /// `metadata.namespace`.
    pub namespace: &'a str,
    /// `metadata.uid`.
    pub uid: &'a str,
    /// `status.canary.stablePingPong` is `ping`.
    pub stable_is_ping: bool,
    /// `status.abort`.
    pub abort: bool,
    /// `status.stableRS` equals `status.currentPodHash`.
    pub fully_promoted: bool,
    /// `status.canary.weights.canary.podTemplateHash`, when weights are known.
    pub weighted_canary_hash: Option<&'a str>,
    /// `spec.replicas`.
    pub replicas: i32,
    /// All ReplicaSets of the Rollout.
    pub replica_sets: Vec<Pods>,
    /// API version of TrafficSplit.
    pub smi_version: &'a str,
}

/// One router (`trafficrouting.TrafficRoutingReconciler`).
pub(crate) trait Router {
    /// Gives the canary its share.
    fn set_weight(&self, objects: &mut Objects, weight: i32, destinations: &[WeightDestination]) -> Outcome;

    /// Tells the pod-template hashes.
    fn update_hash(&self, _objects: &mut Objects, _canary: &str, _stable: &str, _destinations: &[WeightDestination]) -> Outcome {
        Ok(())
    }

    /// Adds, changes or removes a header route.
    fn set_header_route(&self, _objects: &mut Objects, _route: &SetHeaderRoute) -> Outcome {
        Ok(())
    }

    /// Adds, changes or removes a mirror route.
    fn set_mirror_route(&self, _objects: &mut Objects, _route: &SetMirrorRoute) -> Outcome {
        Ok(())
    }

    /// Takes back all routes that Rollouts made.
    fn remove_managed_routes(&self, _objects: &mut Objects) -> Outcome {
        Ok(())
    }
}

/// A router's view of the Rollout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) canary: &'a Canary,
}

impl<'a> View<'a> {
    /// `GetStableAndCanaryServices`: ping and pong count first when preferred, else only when the plain
    /// services are not set.
    pub(crate) fn services(&self, ping_pong_first: bool) -> (&'a str, &'a str) {
        let plain = (self.canary.stable_service.as_str(), self.canary.canary_service.as_str());
        match &self.canary.ping_pong {
            Some(pair) if ping_pong_first || plain == ("", "") => {
                let (ping, pong) = (pair.ping_service.as_str(), pair.pong_service.as_str());
                if self.subject.stable_is_ping { (ping, pong) } else { (pong, ping) }
            }
            _ => plain,
        }
    }

    pub(crate) fn managed_routes(&self) -> Option<&'a [ManagedRoute]> {
        self.canary.traffic_routing.as_ref().and_then(|routing| routing.managed_routes.as_deref())
    }
}

/// The routers that a Rollout configures, in the order in which the controller asks them.
pub(crate) fn routers<'a>(subject: &'a Subject<'a>, canary: &'a Canary) -> Vec<Box<dyn Router + 'a>> {
    let view = View { subject, canary };
    let mut routers: Vec<Box<dyn Router + 'a>> = Vec::new();
    let Some(routing) = &canary.traffic_routing else { return routers };
    if let Some(config) = &routing.istio {
        routers.push(Box::new(istio::Istio { view, config }));
    }
    if let Some(config) = &routing.nginx {
        routers.push(Box::new(nginx::Nginx { view, config, max_traffic_weight: routing.max_traffic_weight }));
    }
    if let Some(config) = &routing.alb {
        routers.push(Box::new(alb::Alb { view, config }));
    }
    if let Some(config) = &routing.smi {
        routers.push(Box::new(smi::Smi { view, config }));
    }
    if let Some(config) = &routing.ambassador {
        routers.push(Box::new(ambassador::Ambassador { view, config }));
    }
    if let Some(config) = &routing.app_mesh {
        routers.push(Box::new(appmesh::AppMesh { view, config }));
    }
    if let Some(config) = &routing.traefik {
        routers.push(Box::new(traefik::Traefik { view, config }));
    }
    if let Some(config) = &routing.apisix {
        routers.push(Box::new(apisix::Apisix { view, config }));
    }
    routers
}
