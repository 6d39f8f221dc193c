//! Operations of `reconcile`: one pass of the controller.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Result, Value,
    rollouts::{
        reconcile::{self, Documents},
        why::Reason,
    },
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
pub(super) struct World {
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
    /// Objects of other kinds that the routers look at: Mapping, TraefikService, ApisixRoute, VirtualRouter,
    /// VirtualNode, and App Mesh's VirtualService.
    routers: Option<Vec<Value>>,
    /// Deployments, ReplicaSets and PodTemplates that `workloadRef` can name; of the one it names is the template
    /// that `hashes.podTemplate` is of.
    workloads: Option<Vec<Value>>,
}

impl World {
    /// The documents, by what the controller calls them.
    pub(super) fn documents(&self) -> Documents {
        let hash = |name: &str| self.hashes.get(name).cloned().unwrap_or_default();
        let list = |list: &Option<Vec<Value>>| list.clone().unwrap_or_default();
        Documents {
            pod_template_hash: hash("podTemplate"),
            step_hash: hash("steps"),
            replica_sets: list(&self.replica_sets),
            services: list(&self.services),
            analysis_runs: list(&self.analysis_runs),
            experiments: list(&self.experiments),
            analysis_templates: list(&self.analysis_templates),
            cluster_analysis_templates: list(&self.cluster_analysis_templates),
            pods: list(&self.pods),
            routed: vec![
                ("Ingress", list(&self.ingresses)),
                ("VirtualService", list(&self.virtual_services)),
                ("DestinationRule", list(&self.destination_rules)),
                ("TrafficSplit", list(&self.traffic_splits)),
            ],
            routers: list(&self.routers),
            workloads: list(&self.workloads),
        }
    }
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
    /// The rules that hold the Rollout where it is now, the most decisive first.
    reasons: Vec<Reason>,
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
    let answer = reconcile::answer(&request.rollout, &request.world.documents(), &request.now)?;
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
        reasons: answer.reasons,
    })
}

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("rollout.reconcile", "what the Rollouts controller does in one reconcile", run)]
}
