//! apps/v1 ReplicaSet, as far as a rollout looks at one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{LabelSelector, ObjectMeta, Time};
use crate::{Result, Value};

/// The label that tells a rollout's ReplicaSets apart (`DefaultRolloutUniqueLabelKey`).
pub const POD_TEMPLATE_HASH: &str = "rollouts-pod-template-hash";

/// appsv1.ReplicaSet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReplicaSet {
    pub(crate) metadata: ObjectMeta,
    pub(crate) spec: ReplicaSetSpec,
    pub(crate) status: ReplicaSetStatus,
}

/// appsv1.ReplicaSetSpec; the pod template stays JSON, shared between copies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReplicaSetSpec {
    pub(crate) replicas: Option<i32>,
    pub(crate) min_ready_seconds: i32,
    pub(crate) selector: Option<LabelSelector>,
    pub(crate) template: Arc<Value>,
}

/// appsv1.ReplicaSetStatus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReplicaSetStatus {
    pub(crate) replicas: i32,
    pub(crate) fully_labeled_replicas: i32,
    pub(crate) ready_replicas: i32,
    pub(crate) available_replicas: i32,
    pub(crate) observed_generation: i64,
    pub(crate) conditions: Vec<ReplicaSetCondition>,
}

/// appsv1.ReplicaSetCondition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReplicaSetCondition {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) last_transition_time: Option<Time>,
    pub(crate) reason: String,
    pub(crate) message: String,
}

impl ReplicaSet {
    /// Reads one as the API machinery does.
    pub fn read(document: &Value) -> Result<Self> {
        super::read("ReplicaSet", document, super::Reading::Lenient)
    }

    /// Reads an optional one: null is none.
    pub fn read_opt(document: Option<&Value>) -> Result<Option<Self>> {
        super::read_opt("ReplicaSet", document)
    }

    /// `spec.replicas`; upstream would crash without it, we take the API server's default.
    pub(crate) fn desired(&self) -> i32 {
        self.spec.replicas.unwrap_or(1)
    }

    /// The pod template hash label (`GetPodTemplateHash`), empty if there is none.
    pub(crate) fn hash(&self) -> &str {
        self.metadata.labels.get(POD_TEMPLATE_HASH).map_or("", String::as_str)
    }
}
