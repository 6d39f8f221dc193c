//! What a timeline shows.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::{
    Map, Value,
    rollouts::{
        objects::AtPath,
        reconcile::answer,
        spec::{Text, TrafficWeights},
    },
};

/// A course of events and how it ended.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Trace {
    /// The states, each different from the one before.
    pub timeline: Vec<Entry>,
    /// The end, and some figures.
    pub summary: Summary,
}

/// How a simulation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// Nothing is left to happen.
    Stable,
    /// Only a failing reconcile is left.
    Stuck,
    /// Time was up.
    Horizon,
    /// One moment never came to rest.
    Unsettled,
}

/// The end of a timeline, and some figures.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// How it ended.
    pub end: End,
    /// The last phase.
    pub phase: String,
    /// The last message.
    pub message: String,
    /// When the last state was reached, seconds since the start.
    pub at: i64,
    /// Number of states.
    pub entries: usize,
    /// Seconds from the first event to the last state.
    pub duration: i64,
    /// The most pods there were at once.
    pub peak_pods: i64,
    /// What the new version answered, in seconds of the whole traffic: times the rate of requests, the
    /// number of requests exposed to it.
    pub exposed_seconds: f64,
    /// Seconds from the first abort until the new version answered nothing any more.
    pub rollback_seconds: Option<i64>,
}

/// A part of an object: it refers to the object as it was then, which most states of a timeline share.
#[derive(Debug, Clone)]
pub struct Part {
    object: Arc<Value>,
    path: &'static str,
    absent: Absent,
}

/// What stands for a part that is not there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Absent {
    Null,
    Empty,
}

impl Part {
    pub(super) fn new(object: &Arc<Value>, path: &'static str, absent: Absent) -> Self {
        Self { object: Arc::clone(object), path, absent }
    }

    /// The part.
    pub fn value(&self) -> &Value {
        static EMPTY: LazyLock<Value> = LazyLock::new(|| Value::Object(Map::new()));
        match (self.object.at_path(self.path), self.absent) {
            (None | Some(Value::Null), Absent::Empty) => &EMPTY,
            (found, _) => found.unwrap_or(&Value::Null),
        }
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.object, &other.object) && self.path == other.path || self.value() == other.value()
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl JsonSchema for Part {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Value::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Value::json_schema(generator)
    }
}

/// As Go writes them.
fn weights<S: Serializer>(weights: &Option<TrafficWeights>, serializer: S) -> Result<S::Ok, S::Error> {
    weights.as_ref().map(answer::weights).serialize(serializer)
}

/// One state of the world.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Seconds since the start.
    pub at: i64,
    /// `status.phase`.
    pub phase: Text,
    /// `status.message`.
    pub message: Text,
    /// The revision annotation of the Rollout.
    pub revision: Text,
    /// Role of the ReplicaSet of the current template.
    pub current: Text,
    /// Role of the stable ReplicaSet.
    pub stable: Text,
    /// `status.currentStepIndex`.
    pub step: Option<i32>,
    /// Canary: the wanted weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_weight: Option<i32>,
    /// Canary: the weight as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual_weight: Option<i32>,
    /// Canary: `status.canary.weights`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "weights")]
    #[schemars(with = "Value")]
    pub weights: Option<TrafficWeights>,
    /// `status.canary.stablePingPong`.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub stable_ping_pong: Text,
    /// Blue-green only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blue_green: Option<BlueGreen>,
    /// Whether and why it is paused.
    pub pause: Pause,
    /// `status.abort`.
    pub abort: bool,
    /// `status.abortedAt`, seconds since the start.
    pub aborted_at: Option<i64>,
    /// `status.promoteFull`.
    pub promote_full: bool,
    /// Pods of the Rollout, counted.
    pub replicas: Replicas,
    /// By role: `r1`, `r2` in order of creation, `x1` for those of Experiments.
    pub replica_sets: BTreeMap<Text, Set>,
    /// By name: the role that the Service selects.
    pub services: BTreeMap<Text, Text>,
    /// Istio: `spec.http` by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_services: Option<BTreeMap<Text, Part>>,
    /// Istio: the roles that subsets select, by name and subset.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub destination_rules: BTreeMap<Text, BTreeMap<Text, Text>>,
    /// NGINX and ALB: annotations by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingresses: Option<BTreeMap<Text, Part>>,
    /// SMI: `spec` by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic_splits: Option<BTreeMap<Text, Part>>,
    /// Other routers: `spec` by `Kind/name`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub routers: BTreeMap<Text, Part>,
    /// By name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub analysis_runs: BTreeMap<Text, Run>,
    /// By name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub experiments: BTreeMap<Text, Run>,
    /// By type.
    pub conditions: BTreeMap<Text, Condition>,
    /// Text of the last reconcile's error.
    pub error: Option<Text>,
    /// Events on the Rollout since the state before, `Reason: message`, each once.
    pub events: Vec<String>,
}

/// The part of the status that blue-green has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlueGreen {
    /// Role of the active ReplicaSet.
    pub active: Text,
    /// Role of the previewed ReplicaSet.
    pub preview: Text,
    /// The preview was checked and is scaled up.
    pub scale_up_preview_check_point: bool,
}

/// Whether and why it is paused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pause {
    /// `spec.paused`.
    pub spec: bool,
    /// `status.controllerPause`.
    pub controller: bool,
    /// `status.pauseConditions`.
    pub conditions: Vec<PauseReason>,
}

/// One reason for a pause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PauseReason {
    /// Upstream's word.
    pub reason: Text,
    /// Seconds since the start.
    pub since: Option<i64>,
}

/// Pods of the Rollout, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Replicas {
    /// `spec.replicas`.
    pub desired: Option<i32>,
    /// All.
    pub current: i32,
    /// Of the current template.
    pub updated: i32,
    /// Ready ones.
    pub ready: i32,
    /// Available ones.
    pub available: i32,
    /// What an autoscaler looks at.
    pub hpa: i32,
}

/// One ReplicaSet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Set {
    /// Its revision annotation.
    pub revision: Text,
    /// `spec.replicas`.
    pub spec: i32,
    /// Pods.
    pub replicas: i32,
    /// Ready ones.
    pub ready: i32,
    /// Available ones.
    pub available: i32,
    /// Deadline for scaling down, seconds since the start.
    pub scale_down_at: Option<i64>,
}

/// An AnalysisRun or an Experiment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Run {
    /// What an AnalysisRun belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<Text>,
    /// `status.phase`.
    pub phase: Text,
    /// `status.message`.
    pub message: Text,
    /// `spec.terminate`.
    pub terminate: bool,
}

/// A condition of the Rollout.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Condition {
    /// `True`, `False` or `Unknown`.
    pub status: Text,
    /// Upstream's word.
    pub reason: Text,
    /// Only of Progressing and InvalidSpec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Text>,
}
