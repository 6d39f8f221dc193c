//! Operations of `stage` and `why`: where a Rollout stands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reconcile::World;
use crate::{
    Error, Result, Value,
    rollouts::{
        reconcile,
        spec::{ReplicaSet, Time},
        stage::Stage,
        status, weights, why,
    },
    wire::Op,
};

/// A Rollout as a cluster has it, and what is around it.
#[derive(Debug, Deserialize, JsonSchema)]
struct Request {
    /// The Rollout with its status.
    rollout: Value,
    /// The objects around it; its ReplicaSets are found by their owner or their selector.
    #[serde(default)]
    world: World,
    /// RFC 3339; without it nothing is said about what is left of a pause.
    now: Option<String>,
}

/// Where it stands, and why.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Response {
    /// Healthy, Progressing, Paused or Degraded, as clients show it.
    phase: String,
    /// What upstream says to it.
    message: String,
    /// As one value.
    stage: Stage,
    /// Canary: the weight the steps ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_weight: Option<i32>,
    /// Canary: the weight the new version has.
    #[serde(skip_serializing_if = "Option::is_none")]
    actual_weight: Option<i32>,
    /// What all traffic is called.
    max_traffic_weight: i32,
    /// Pods of the Rollout, counted by the controller.
    replicas: Replicas,
    /// Its ReplicaSets, the latest first.
    replica_sets: Vec<SetRow>,
    /// The rules that hold it there, the most decisive first.
    reasons: Vec<why::Reason>,
}

/// Pods, counted.
#[derive(Debug, Serialize, JsonSchema)]
struct Replicas {
    /// `spec.replicas`.
    desired: i32,
    /// All.
    current: i32,
    /// Of the current template.
    updated: i32,
    /// Ready ones.
    ready: i32,
    /// Available ones.
    available: i32,
}

/// One ReplicaSet.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SetRow {
    /// `metadata.name`.
    name: String,
    /// `stable`, `canary`, `active`, `preview` or `old`.
    role: &'static str,
    /// The revision annotation.
    revision: String,
    /// `spec.replicas`.
    desired: i32,
    /// Pods.
    current: i32,
    /// Ready ones.
    ready: i32,
    /// Available ones.
    available: i32,
    /// The images of its containers.
    images: Vec<String>,
    /// When it is scaled down.
    #[serde(skip_serializing_if = "Option::is_none")]
    scale_down_at: Option<String>,
}

fn row(rollout: &crate::rollouts::spec::Rollout, set: &ReplicaSet) -> SetRow {
    let annotation = |name: &str| set.metadata.annotations.get(name).filter(|text| !text.is_empty()).cloned();
    let containers = set.spec.template.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten();
    SetRow {
        name: set.metadata.name.to_string(),
        role: why::role(rollout, set),
        revision: annotation("rollout.argoproj.io/revision").unwrap_or_default(),
        desired: set.desired(),
        current: set.status.replicas,
        ready: set.status.ready_replicas,
        available: set.status.available_replicas,
        images: containers.filter_map(|container| container.get("image")?.as_str().map(str::to_owned)).collect(),
        scale_down_at: annotation("scale-down-deadline"),
    }
}

fn run(request: Request) -> Result<Response> {
    let now = match &request.now {
        Some(text) => Some(Time::parse(text).ok_or_else(|| Error::invalid(format!("cannot read {text:?} as a time")))?),
        None => None,
    };
    let (rollout, world) = reconcile::read(&request.rollout, &request.world.documents(), now.unwrap_or(Time(jiff::Timestamp::UNIX_EPOCH)))?;
    let mut sets = world.owned_sets(&rollout);
    sets.sort_by_key(|set| std::cmp::Reverse((set.metadata.creation_timestamp, set.metadata.name.clone())));
    let canary = rollout.canary().is_some();
    let (phase, message) = status::phase(&rollout);
    let counted = &rollout.status;
    Ok(Response {
        phase,
        message,
        stage: Stage::of(&rollout),
        set_weight: canary.then(|| weights::current_set_weight(&rollout)),
        actual_weight: canary.then(|| why::actual_weight(&rollout, sets.iter().rev().copied())),
        max_traffic_weight: rollout.max_traffic_weight(),
        replicas: Replicas {
            desired: rollout.replicas(),
            current: counted.replicas,
            updated: counted.updated_replicas,
            ready: counted.ready_replicas,
            available: counted.available_replicas,
        },
        replica_sets: sets.iter().map(|set| row(&rollout, set)).collect(),
        reasons: why::reasons(&rollout, &sets, now),
    })
}

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("rollout.status", "where a rollout stands: phase, step, weights, pods, and why", run)]
}
