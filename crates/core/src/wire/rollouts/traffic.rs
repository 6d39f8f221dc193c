//! Operations of `traffic`: a router's objects before and after.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result, Value,
    rollouts::{
        spec::WeightDestination,
        traffic::{self, Action, Kind},
    },
    wire::Op,
};

/// A Rollout, the objects of its router, and what the controller asks of the router.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Request {
    /// The Rollout.
    rollout: Option<Value>,
    /// The router's objects, found by kind, namespace and name.
    #[serde(default)]
    objects: Vec<Value>,
    /// All ReplicaSets of the Rollout (Istio waits for them).
    #[serde(default)]
    replica_sets: Option<Vec<Value>>,
    /// In order; the first failure ends them.
    #[serde(default)]
    actions: Vec<Value>,
    /// `v1alpha1` (default), `v1alpha2` or `v1alpha3`.
    #[serde(default)]
    smi_version: Option<String>,
}

/// The objects afterwards.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Response {
    /// In the order given, without the deleted; then the created ones.
    objects: Vec<Value>,
    /// The action that failed.
    failed: Option<Failed>,
}

/// Which action failed, and upstream's text.
#[derive(Debug, Serialize, JsonSchema)]
struct Failed {
    /// Index into the actions.
    action: usize,
    /// Upstream's text.
    message: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Weight {
    weight: i32,
    destinations: Vec<WeightDestination>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Hash {
    canary: String,
    stable: String,
    destinations: Vec<WeightDestination>,
}

/// The first member that is there, in upstream's order.
fn action(index: usize, given: &Value) -> Result<Action> {
    let of = |name: &str| given.get(name).filter(|member| !member.is_null());
    if let Some(member) = of("setWeight") {
        let Weight { weight, destinations } = traffic::read(member)?;
        Ok(Action::SetWeight(weight, destinations))
    } else if let Some(member) = of("updateHash") {
        let Hash { canary, stable, destinations } = traffic::read(member)?;
        Ok(Action::UpdateHash(canary, stable, destinations))
    } else if let Some(member) = of("setHeaderRoute") {
        Ok(Action::SetHeaderRoute(traffic::read(member)?))
    } else if let Some(member) = of("setMirrorRoute") {
        Ok(Action::SetMirrorRoute(traffic::read(member)?))
    } else if of("removeManagedRoutes").is_some() {
        Ok(Action::RemoveManagedRoutes)
    } else {
        Err(Error::invalid(format!("action {index} is none that we know")))
    }
}

fn answer(kind: Kind, request: Request) -> Result<Response> {
    let rollout = request.rollout.ok_or_else(|| Error::invalid("no rollout"))?;
    let actions = request.actions.iter().enumerate().map(|(index, given)| action(index, given)).collect::<Result<Vec<_>>>()?;
    let smi = request.smi_version.as_deref().unwrap_or_default();
    let (objects, failure) = traffic::run(kind, &rollout, request.objects, &request.replica_sets.unwrap_or_default(), &actions, smi)?;
    Ok(Response { objects, failed: failure.map(|(action, failure)| Failed { action, message: failure.message }) })
}

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("traffic.istio", "Istio's objects after what the controller asks of them", |request| answer(Kind::Istio, request)),
        Op::new("traffic.nginx", "Ingress NGINX's objects after what the controller asks of them", |request| answer(Kind::Nginx, request)),
        Op::new("traffic.alb", "AWS ALB's objects after what the controller asks of them", |request| answer(Kind::Alb, request)),
        Op::new("traffic.smi", "SMI's objects after what the controller asks of them", |request| answer(Kind::Smi, request)),
        Op::new("traffic.traefik", "Traefik's objects after what the controller asks of them", |request| answer(Kind::Traefik, request)),
        Op::new("traffic.apisix", "APISIX's objects after what the controller asks of them", |request| answer(Kind::Apisix, request)),
        Op::new("traffic.ambassador", "Ambassador's objects after what the controller asks of them", |request| {
            answer(Kind::Ambassador, request)
        }),
        Op::new("traffic.appmesh", "App Mesh's objects after what the controller asks of them", |request| answer(Kind::AppMesh, request)),
    ]
}
