//! Experiment.

use serde::{Deserialize, Serialize};

use super::{AnalysisPhase, Argument, DryRun, LabelSelector, MeasurementRetention, Metadata, ObjectMeta, TemplateService, Time};
use crate::Value;

/// v1alpha1.Experiment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Experiment {
    pub(crate) metadata: ObjectMeta,
    pub(crate) spec: ExperimentSpec,
    pub(crate) status: ExperimentStatus,
}

/// v1alpha1.ExperimentSpec.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExperimentSpec {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) templates: Vec<TemplateSpec>,
    pub(crate) duration: String,
    pub(crate) progress_deadline_seconds: Option<i32>,
    pub(crate) terminate: bool,
    pub(crate) analyses: Vec<ExperimentAnalysis>,
    pub(crate) scale_down_delay_seconds: Option<i32>,
    pub(crate) dry_run: Vec<DryRun>,
    pub(crate) measurement_retention: Vec<MeasurementRetention>,
    pub(crate) analysis_run_metadata: Metadata,
}

/// v1alpha1.TemplateSpec; the pod template stays JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TemplateSpec {
    pub(crate) name: String,
    pub(crate) replicas: Option<i32>,
    pub(crate) min_ready_seconds: i32,
    pub(crate) selector: Option<LabelSelector>,
    pub(crate) template: Value,
    pub(crate) service: Option<TemplateService>,
}

/// v1alpha1.ExperimentAnalysisTemplateRef.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExperimentAnalysis {
    pub(crate) name: String,
    pub(crate) template_name: String,
    pub(crate) cluster_scope: Option<bool>,
    pub(crate) args: Vec<Argument>,
    pub(crate) required_for_completion: bool,
}

/// v1alpha1.ExperimentStatus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExperimentStatus {
    pub(crate) phase: AnalysisPhase,
    pub(crate) message: String,
    pub(crate) template_statuses: Vec<TemplateStatus>,
    pub(crate) available_at: Option<Time>,
    pub(crate) conditions: Vec<super::RolloutCondition>,
    pub(crate) analysis_runs: Vec<ExperimentAnalysisRunStatus>,
}

/// v1alpha1.TemplateStatus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TemplateStatus {
    pub(crate) name: String,
    pub(crate) replicas: i32,
    pub(crate) updated_replicas: i32,
    pub(crate) ready_replicas: i32,
    pub(crate) available_replicas: i32,
    pub(crate) collision_count: Option<i32>,
    pub(crate) status: String,
    pub(crate) message: String,
    pub(crate) last_transition_time: Option<Time>,
    pub(crate) service_name: String,
    pub(crate) pod_template_hash: String,
}

/// v1alpha1.ExperimentAnalysisRunStatus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExperimentAnalysisRunStatus {
    pub(crate) name: String,
    pub(crate) analysis_run: String,
    pub(crate) phase: AnalysisPhase,
    pub(crate) message: String,
}
