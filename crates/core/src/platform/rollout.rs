//! Rollouts: their steps with the pods each stands for.

use schemars::JsonSchema;
use serde::Serialize;

use super::timeline::{self, Scenario, Timeline};
use super::tree::{Object, Tree};
use crate::rollouts::spec::{ReplicaSet, Rollout as Spec};
use crate::rollouts::{replicas, steps, weights};
use crate::{Diagnostic, Location, Value};

/// One Rollout.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// `metadata.name`.
    pub name: String,
    /// `canary` or `blueGreen`.
    pub strategy: &'static str,
    /// `spec.replicas`.
    pub replicas: i32,
    /// The router, if traffic is routed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routed_by: Option<String>,
    /// The steps of an update, in order.
    pub steps: Vec<Step>,
    /// What the steps do not say.
    pub notes: Vec<String>,
    /// Updates played through: the repository's scenarios for it, or one in which every check passes.
    pub timelines: Vec<Timeline>,
    /// Where it is written.
    pub location: Option<Location>,
    /// The manifest.
    #[serde(skip)]
    pub value: Value,
}

/// One step of an update.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// As `kubectl argo rollouts` names it.
    pub text: String,
    /// Share of the traffic that the new version has from here on, of 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<i32>,
    /// Pods of the new version.
    pub canary: i32,
    /// Pods of the stable version.
    pub stable: i32,
}

/// The Rollouts of the tree; what is wrong with them goes to the findings.
pub fn read(tree: &Tree<'_>, findings: &mut Vec<Diagnostic>) -> Vec<Rollout> {
    let scenarios = timeline::scenarios(tree);
    tree.of_kind("argoproj.io", "Rollout").filter_map(|object| one(object, tree, &scenarios, findings)).collect()
}

fn one(object: &Object<'_>, tree: &Tree<'_>, scenarios: &[Scenario<'_>], findings: &mut Vec<Diagnostic>) -> Option<Rollout> {
    let spec = match Spec::read(object.value()) {
        Ok(spec) => spec,
        Err(error) => {
            let mut finding = Diagnostic::error("platform-unreadable-rollout", "", error.message);
            finding.location = object.location("");
            findings.push(finding);
            return None;
        }
    };
    let canary = spec.canary().is_some();
    let routing = object.value().pointer("/spec/strategy/canary/trafficRouting").and_then(Value::as_object);
    let notes = if canary { Vec::new() } else { blue_green(object.value()) };
    Some(Rollout {
        name: object.meta("name").to_owned(),
        strategy: if canary { "canary" } else { "blueGreen" },
        replicas: spec.replicas(),
        routed_by: routing.and_then(|routing| routing.keys().find(|key| *key != "managedRoutes")).cloned(),
        steps: if canary { canary_steps(&spec) } else { Vec::new() },
        notes,
        timelines: timeline::of(object, tree, scenarios),
        location: object.location("/metadata/name"),
        value: object.value().clone(),
    })
}

/// The sizes each step asks for, once the pods of a healthy update are ready.
fn canary_steps(spec: &Spec) -> Vec<Step> {
    let replicas = spec.replicas();
    let (Some(new), Some(stable)) = (full_size("canary", replicas), full_size("stable", replicas)) else { return Vec::new() };
    let mut at = spec.clone();
    at.status.stable_rs = "stable".into();
    at.status.current_pod_hash = "canary".into();
    let at_step = |(index, step)| {
        at.status.current_step_index = i32::try_from(index).ok();
        let (explicit, weight) = weights::canary_replicas_or_weight(&at, Some(&new), Some(&stable));
        let counts = match explicit {
            _ if spec.traffic_routing().is_some() => replicas::routed_canary(&at, Some(&new), Some(&stable), None),
            Some(canary) => replicas::Counts { canary, stable: replicas.saturating_sub(canary).max(0) },
            None => replicas::approximate(replicas, weight, spec.max_traffic_weight(), replicas::max_surge(spec)),
        };
        let weight = weights::current_set_weight(&at);
        Step { text: steps::text(step), weight: Some(weight), canary: counts.canary, stable: counts.stable }
    };
    spec.steps().iter().enumerate().map(at_step).collect()
}

/// A ReplicaSet that has all its pods.
fn full_size(hash: &str, replicas: i32) -> Option<ReplicaSet> {
    let object = serde_json::json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": hash, "labels": {"rollouts-pod-template-hash": hash}},
        "spec": {"replicas": replicas},
        "status": {"replicas": replicas, "availableReplicas": replicas, "readyReplicas": replicas},
    });
    ReplicaSet::read(&object).ok()
}

fn blue_green(value: &Value) -> Vec<String> {
    let at = |key: &str| value.pointer(&format!("/spec/strategy/blueGreen/{key}"));
    let text = |key: &str| at(key).and_then(Value::as_str);
    let mut notes = Vec::new();
    if let Some(active) = text("activeService") {
        notes.push(format!("{active} serves the stable version"));
    }
    if let Some(preview) = text("previewService") {
        let count = at("previewReplicaCount").and_then(Value::as_i64);
        notes.push(count.map_or_else(
            || format!("{preview} shows the new one"),
            |count| format!("{preview} shows the new one with {count} of its pods"),
        ));
    }
    notes.push(match (at("autoPromotionEnabled").and_then(Value::as_bool), at("autoPromotionSeconds").and_then(Value::as_i64)) {
        (Some(false), None) => "promotion waits for a person".into(),
        (_, Some(seconds)) => format!("promoted after {seconds} s"),
        _ => "promoted as soon as it is ready".into(),
    });
    let delay = at("scaleDownDelaySeconds").and_then(Value::as_i64).unwrap_or(30);
    notes.push(format!("the old version goes {delay} s after promotion"));
    notes
}
