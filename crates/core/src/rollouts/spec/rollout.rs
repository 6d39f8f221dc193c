//! The Rollout itself.

use crate::rollouts::objects::AtPath;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::{LabelSelector, ObjectMeta, Reading, RolloutStatus, Strategy, Time};
use crate::{Result, Value};

/// v1alpha1.Rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Rollout {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) metadata: ObjectMeta,
    /// Shared between the copies of a Rollout: a reconcile hardly ever changes it.
    pub(crate) spec: Arc<RolloutSpec>,
    pub(crate) status: RolloutStatus,
}

/// v1alpha1.RolloutSpec; the pod template stays JSON, normalized.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RolloutSpec {
    pub(crate) replicas: Option<i32>,
    pub(crate) selector: Option<LabelSelector>,
    pub(crate) template: Value,
    pub(crate) workload_ref: Option<ObjectRef>,
    pub(crate) min_ready_seconds: i32,
    pub(crate) rollback_window: Option<RollbackWindow>,
    pub(crate) strategy: Strategy,
    pub(crate) revision_history_limit: Option<i32>,
    pub(crate) paused: bool,
    pub(crate) progress_deadline_seconds: Option<i32>,
    pub(crate) progress_deadline_abort: bool,
    pub(crate) restart_at: Option<Time>,
    pub(crate) analysis: Option<AnalysisHistory>,
    /// Whether the template was taken from `workloadRef`; not part of the document.
    #[serde(skip)]
    pub(crate) template_resolved_from_ref: bool,
    /// Whether the selector was taken from `workloadRef`; not part of the document.
    #[serde(skip)]
    pub(crate) selector_resolved_from_ref: bool,
    /// Whether `strategy.canary.analysis.args` is there at all.
    #[serde(skip)]
    pub(crate) background_args_given: bool,
    /// `strategy.canary.steps` as JSON, from which the step hash is made.
    #[serde(skip)]
    pub(crate) steps_document: Value,
}

/// v1alpha1.ObjectRef.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ObjectRef {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) scale_down: String,
}

/// v1alpha1.RollbackWindowSpec.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RollbackWindow {
    pub(crate) revisions: i32,
}

/// v1alpha1.AnalysisRunStrategy: how many finished runs are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AnalysisHistory {
    pub(crate) successful_run_history_limit: Option<i32>,
    pub(crate) unsuccessful_run_history_limit: Option<i32>,
}

impl Default for Rollout {
    fn default() -> Self {
        static EMPTY: LazyLock<Arc<RolloutSpec>> = LazyLock::new(Arc::default);
        Self {
            api_version: String::new(),
            kind: String::new(),
            metadata: ObjectMeta::default(),
            spec: Arc::clone(&EMPTY),
            status: RolloutStatus::default(),
        }
    }
}

impl Rollout {
    /// Reads one as `json.Unmarshal` does.
    pub fn read(document: &Value) -> Result<Self> {
        Self::from_normalized(super::normalize("Rollout", document, Reading::Lenient)?)
    }

    /// Reads one as `kubectl argo rollouts lint` does: unknown fields are refused.
    pub fn read_strict(document: &Value) -> Result<Self> {
        Self::from_normalized(super::normalize("Rollout", document, Reading::Strict)?)
    }

    /// From a document that [`super::normalize`] has been through.
    pub(crate) fn from_normalized(document: Value) -> Result<Self> {
        let steps = document.at_path("/spec/strategy/canary/steps").cloned().unwrap_or_default();
        let background_args_given = document.at_path("/spec/strategy/canary/analysis/args").is_some();
        let mut rollout: Self = serde_json::from_value(document).map_err(|error| crate::Error::parse(format!("Rollout: {error}")))?;
        let spec = Arc::make_mut(&mut rollout.spec);
        spec.steps_document = steps;
        spec.background_args_given = background_args_given;
        Ok(rollout)
    }

    /// The canary strategy, also when blue-green is given beside it.
    pub(crate) fn canary(&self) -> Option<&super::Canary> {
        self.spec.strategy.canary.as_ref()
    }

    /// The blue-green strategy.
    pub(crate) fn blue_green(&self) -> Option<&super::BlueGreen> {
        self.spec.strategy.blue_green.as_ref()
    }

    /// The traffic routers of the canary strategy.
    pub(crate) fn traffic_routing(&self) -> Option<&super::TrafficRouting> {
        self.canary().and_then(|canary| canary.traffic_routing.as_ref())
    }

    /// The canary steps; none for blue-green.
    pub(crate) fn steps(&self) -> &[super::CanaryStep] {
        self.canary().map_or(&[], |canary| &canary.steps)
    }

    /// `IsFullyPromoted`: the stable ReplicaSet is the desired one.
    pub(crate) fn is_fully_promoted(&self) -> bool {
        self.status.stable_rs == self.status.current_pod_hash
    }
}
