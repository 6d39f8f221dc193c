//! Operations of `reconcile`: one pass of the controller.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Result, Value,
    rollouts::reconcile::{self, Documents},
    wire::Op,
};

/// A Rollout, the objects around it, and the time.
#[derive(Debug, Deserialize, JsonSchema)]
struct Request {
    /// The Rollout with its status.
    rollout: Value,
    /// What the controller sees.
    #[serde(default)]
    world: World,
    /// RFC 3339, with a fraction.
    now: String,
}

/// Whole objects; an absent list is an empty one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct World {
    /// What upstream's hash functions give: `podTemplate` and `steps`.
    hashes: BTreeMap<String, String>,
    /// ReplicaSets.
    replica_sets: Option<Vec<Value>>,
    /// Services.
    services: Option<Vec<Value>>,
    /// AnalysisRuns.
    analysis_runs: Option<Vec<Value>>,
    /// Experiments.
    experiments: Option<Vec<Value>>,
    /// AnalysisTemplates.
    analysis_templates: Option<Vec<Value>>,
    /// ClusterAnalysisTemplates.
    cluster_analysis_templates: Option<Vec<Value>>,
    /// Ingresses.
    ingresses: Option<Vec<Value>>,
    /// Istio's VirtualServices.
    virtual_services: Option<Vec<Value>>,
    /// Istio's DestinationRules.
    destination_rules: Option<Vec<Value>>,
    /// TrafficSplits of v1alpha1.
    traffic_splits: Option<Vec<Value>>,
    /// Pods, for restarts and pod metadata.
    pods: Option<Vec<Value>>,
}

/// What the controller did.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Response {
    /// The whole status afterwards; members that upstream leaves out when empty are there.
    status: Value,
    /// API calls that changed something, in order: `{verb, kind, name, object? | change?}`.
    actions: Vec<Value>,
    /// Kubernetes events on the Rollout.
    events: Vec<Event>,
    /// The smallest delay asked for, as Go writes durations.
    requeue_after: Option<String>,
    /// A rate-limited retry was asked for.
    retry: bool,
    /// Text of the error.
    error: Option<String>,
}

/// A Kubernetes event.
#[derive(Debug, Serialize, JsonSchema)]
struct Event {
    /// `Normal` or `Warning`.
    r#type: &'static str,
    /// Machine-readable.
    reason: String,
    /// For people.
    message: String,
}

fn run(request: Request) -> Result<Response> {
    let World { hashes, .. } = &request.world;
    let hash = |name: &str| hashes.get(name).cloned().unwrap_or_default();
    let (pod_template_hash, step_hash) = (hash("podTemplate"), hash("steps"));
    let world = request.world;
    let documents = Documents {
        pod_template_hash,
        step_hash,
        replica_sets: world.replica_sets.unwrap_or_default(),
        services: world.services.unwrap_or_default(),
        analysis_runs: world.analysis_runs.unwrap_or_default(),
        experiments: world.experiments.unwrap_or_default(),
        analysis_templates: world.analysis_templates.unwrap_or_default(),
        cluster_analysis_templates: world.cluster_analysis_templates.unwrap_or_default(),
        pods: world.pods.unwrap_or_default(),
        routed: vec![
            ("Ingress", world.ingresses.unwrap_or_default()),
            ("VirtualService", world.virtual_services.unwrap_or_default()),
            ("DestinationRule", world.destination_rules.unwrap_or_default()),
            ("TrafficSplit", world.traffic_splits.unwrap_or_default()),
        ],
    };
    let answer = reconcile::answer(&request.rollout, &documents, &request.now)?;
    let event = |event: crate::rollouts::objects::Event| Event {
        r#type: if event.warning { "Warning" } else { "Normal" },
        reason: event.reason,
        message: event.message,
    };
    Ok(Response {
        status: answer.status,
        actions: answer.actions,
        events: answer.events.into_iter().map(event).collect(),
        requeue_after: answer.requeue_after,
        retry: answer.retry,
        error: answer.error,
    })
}

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("rollout.reconcile", "what the Rollouts controller does in one reconcile", run)]
}
