//! AnalysisRun, its templates and its measurements.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{AnalysisTemplateRef, IntOrString, ObjectMeta, Time};
use crate::Value;

/// v1alpha1.AnalysisPhase: empty before the first assessment, else a word. Unknown
/// words are kept, since the API accepts them in a status.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum AnalysisPhase {
    /// Not assessed.
    #[default]
    Unset,
    /// Nothing measured yet.
    Pending,
    /// In progress.
    Running,
    /// Done, good.
    Successful,
    /// Done, bad.
    Failed,
    /// Done, could not be measured.
    Error,
    /// Done, neither good nor bad.
    Inconclusive,
    /// A word upstream does not know.
    Other(String),
}

impl AnalysisPhase {
    /// Whether it ends a measurement, a metric or a run (`Completed`).
    pub fn completed(&self) -> bool {
        matches!(self, Self::Successful | Self::Failed | Self::Error | Self::Inconclusive)
    }

    /// As written in JSON.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unset => "",
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Error => "Error",
            Self::Inconclusive => "Inconclusive",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for AnalysisPhase {
    fn from(word: String) -> Self {
        match word.as_str() {
            "" => Self::Unset,
            "Pending" => Self::Pending,
            "Running" => Self::Running,
            "Successful" => Self::Successful,
            "Failed" => Self::Failed,
            "Error" => Self::Error,
            "Inconclusive" => Self::Inconclusive,
            _ => Self::Other(word),
        }
    }
}

impl From<AnalysisPhase> for String {
    fn from(phase: AnalysisPhase) -> Self {
        phase.as_str().to_string()
    }
}

impl std::fmt::Display for AnalysisPhase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// v1alpha1.Metric; the provider stays JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Metric {
    pub(crate) name: String,
    pub(crate) interval: String,
    pub(crate) initial_delay: String,
    pub(crate) count: Option<IntOrString>,
    pub(crate) success_condition: String,
    pub(crate) failure_condition: String,
    pub(crate) failure_limit: Option<IntOrString>,
    pub(crate) inconclusive_limit: Option<IntOrString>,
    pub(crate) consecutive_error_limit: Option<IntOrString>,
    pub(crate) provider: Value,
    pub(crate) consecutive_success_limit: Option<IntOrString>,
}

impl Metric {
    /// `EffectiveCount`: once without an interval, for ever with one, unless counted.
    pub(crate) fn effective_count(&self) -> Option<i64> {
        match self.count.as_ref().map(IntOrString::int_value) {
            None | Some(0) if self.interval.is_empty() => Some(1),
            None | Some(0) => None,
            Some(count) => Some(count),
        }
    }
}

/// v1alpha1.Argument of a template or a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Argument {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value_from: Option<ValueFrom>,
}

/// v1alpha1.ValueFrom.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ValueFrom {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret_key_ref: Option<SecretKeyRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field_ref: Option<FieldRef>,
}

/// v1alpha1.SecretKeyRef.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecretKeyRef {
    pub(crate) name: String,
    pub(crate) key: String,
}

/// v1alpha1.FieldRef.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FieldRef {
    pub(crate) field_path: String,
}

/// v1alpha1.AnalysisRunArgument: an argument as a rollout gives it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AnalysisRunArgument {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) value_from: Option<ArgumentValueFrom>,
}

/// v1alpha1.ArgumentValueFrom.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ArgumentValueFrom {
    pub(crate) pod_template_hash_value: Option<String>,
    pub(crate) field_ref: Option<FieldRef>,
}

/// v1alpha1.DryRun: a regular expression over metric names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DryRun {
    pub(crate) metric_name: String,
}

/// v1alpha1.MeasurementRetention.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MeasurementRetention {
    pub(crate) metric_name: String,
    pub(crate) limit: i32,
}

/// v1alpha1.TTLStrategy, seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TtlStrategy {
    pub(crate) seconds_after_completion: Option<i32>,
    pub(crate) seconds_after_failure: Option<i32>,
    pub(crate) seconds_after_success: Option<i32>,
}

/// v1alpha1.AnalysisTemplate and ClusterAnalysisTemplate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AnalysisTemplate {
    pub(crate) metadata: ObjectMeta,
    pub(crate) spec: AnalysisTemplateSpec,
}

/// v1alpha1.AnalysisTemplateSpec.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AnalysisTemplateSpec {
    pub(crate) metrics: Vec<Metric>,
    pub(crate) args: Vec<Argument>,
    pub(crate) dry_run: Vec<DryRun>,
    pub(crate) measurement_retention: Vec<MeasurementRetention>,
    pub(crate) templates: Vec<AnalysisTemplateRef>,
}

/// v1alpha1.AnalysisRun.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AnalysisRun {
    pub(crate) metadata: ObjectMeta,
    /// Shared between the copies of a run: but for `terminate` it does not change.
    pub(crate) spec: Arc<AnalysisRunSpec>,
    pub(crate) status: AnalysisRunStatus,
}

/// v1alpha1.AnalysisRunSpec.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AnalysisRunSpec {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) metrics: Vec<Metric>,
    pub(crate) args: Vec<Argument>,
    pub(crate) terminate: bool,
    pub(crate) dry_run: Vec<DryRun>,
    pub(crate) measurement_retention: Vec<MeasurementRetention>,
    pub(crate) ttl_strategy: Option<TtlStrategy>,
}

/// v1alpha1.AnalysisRunStatus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AnalysisRunStatus {
    pub(crate) phase: AnalysisPhase,
    pub(crate) message: String,
    pub(crate) metric_results: Vec<MetricResult>,
    pub(crate) started_at: Option<Time>,
    pub(crate) run_summary: RunSummary,
    pub(crate) dry_run_summary: Option<RunSummary>,
    pub(crate) completed_at: Option<Time>,
}

/// v1alpha1.RunSummary: metrics by phase.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct RunSummary {
    /// All metrics.
    #[serde(skip_serializing_if = "is_zero")]
    pub count: i32,
    /// Successful ones.
    #[serde(skip_serializing_if = "is_zero")]
    pub successful: i32,
    /// Failed ones.
    #[serde(skip_serializing_if = "is_zero")]
    pub failed: i32,
    /// Inconclusive ones.
    #[serde(skip_serializing_if = "is_zero")]
    pub inconclusive: i32,
    /// Those in error.
    #[serde(skip_serializing_if = "is_zero")]
    pub error: i32,
}

fn is_zero(value: &i32) -> bool {
    *value == 0
}

/// v1alpha1.MetricResult.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MetricResult {
    pub(crate) name: String,
    pub(crate) phase: AnalysisPhase,
    pub(crate) measurements: Vec<Measurement>,
    pub(crate) message: String,
    pub(crate) count: i32,
    pub(crate) successful: i32,
    pub(crate) failed: i32,
    pub(crate) inconclusive: i32,
    pub(crate) error: i32,
    pub(crate) consecutive_error: i32,
    pub(crate) dry_run: bool,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) consecutive_success: i32,
}

/// v1alpha1.Measurement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Measurement {
    pub(crate) phase: AnalysisPhase,
    pub(crate) message: String,
    pub(crate) started_at: Option<Time>,
    pub(crate) finished_at: Option<Time>,
    pub(crate) value: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) resume_at: Option<Time>,
}

impl AnalysisRunStatus {
    /// The result of a metric, the first of that name (`GetResult`).
    pub(crate) fn result(&self, metric: &str) -> Option<&MetricResult> {
        self.metric_results.iter().find(|result| result.name == metric)
    }

    /// The same, to be changed.
    pub(crate) fn result_mut(&mut self, metric: &str) -> Option<&mut MetricResult> {
        self.metric_results.iter_mut().find(|result| result.name == metric)
    }
}
