//! What the controller writes into a Rollout's status.

use serde::{Deserialize, Serialize};

use super::{
    AnalysisPhase, Text, Time,
    word::{Word, word},
};
use crate::Value;

/// v1alpha1.RolloutStatus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RolloutStatus {
    pub(crate) abort: bool,
    pub(crate) pause_conditions: Vec<PauseCondition>,
    pub(crate) controller_pause: bool,
    pub(crate) aborted_at: Option<Time>,
    pub(crate) current_pod_hash: Text,
    pub(crate) current_step_hash: Text,
    pub(crate) replicas: i32,
    pub(crate) updated_replicas: i32,
    pub(crate) ready_replicas: i32,
    pub(crate) available_replicas: i32,
    pub(crate) current_step_index: Option<i32>,
    pub(crate) collision_count: Option<i32>,
    pub(crate) observed_generation: Text,
    pub(crate) conditions: Vec<RolloutCondition>,
    pub(crate) canary: CanaryStatus,
    pub(crate) blue_green: BlueGreenStatus,
    #[serde(rename = "HPAReplicas")]
    pub(crate) hpa_replicas: i32,
    pub(crate) selector: Text,
    #[serde(rename = "stableRS")]
    pub(crate) stable_rs: Text,
    pub(crate) restarted_at: Option<Time>,
    pub(crate) promote_full: bool,
    pub(crate) phase: Text,
    pub(crate) message: Text,
    pub(crate) workload_observed_generation: Text,
    pub(crate) alb: Option<AlbStatus>,
    pub(crate) albs: Vec<AlbStatus>,
}

/// v1alpha1.PauseCondition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PauseCondition {
    pub(crate) reason: Text,
    pub(crate) start_time: Option<Time>,
}

/// v1alpha1.RolloutCondition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RolloutCondition {
    #[serde(rename = "type", deserialize_with = "word")]
    pub(crate) kind: Word,
    #[serde(deserialize_with = "word")]
    pub(crate) status: Word,
    pub(crate) last_update_time: Option<Time>,
    pub(crate) last_transition_time: Option<Time>,
    #[serde(deserialize_with = "word")]
    pub(crate) reason: Word,
    pub(crate) message: Text,
}

/// v1alpha1.CanaryStatus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CanaryStatus {
    pub(crate) current_step_analysis_run_status: Option<AnalysisRunReference>,
    pub(crate) current_background_analysis_run_status: Option<AnalysisRunReference>,
    pub(crate) current_experiment: Text,
    pub(crate) weights: Option<TrafficWeights>,
    pub(crate) stable_ping_pong: Text,
    pub(crate) step_plugin_statuses: Vec<StepPluginStatus>,
}

/// v1alpha1.BlueGreenStatus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BlueGreenStatus {
    pub(crate) preview_selector: Text,
    pub(crate) active_selector: Text,
    pub(crate) scale_up_preview_check_point: bool,
    pub(crate) pre_promotion_analysis_run_status: Option<AnalysisRunReference>,
    pub(crate) post_promotion_analysis_run_status: Option<AnalysisRunReference>,
}

/// v1alpha1.RolloutAnalysisRunStatus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AnalysisRunReference {
    pub(crate) name: Text,
    pub(crate) status: AnalysisPhase,
    pub(crate) message: Text,
}

/// v1alpha1.TrafficWeights.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrafficWeights {
    pub(crate) canary: WeightDestination,
    pub(crate) stable: WeightDestination,
    pub(crate) additional: Vec<WeightDestination>,
    pub(crate) verified: Option<bool>,
}

impl TrafficWeights {
    /// Weight of the new version, of the stable one, and of what stands beside them.
    pub fn told(&self) -> (i64, i64, i64) {
        let additional = self.additional.iter().map(|to| i64::from(to.weight)).sum();
        (self.canary.weight.into(), self.stable.weight.into(), additional)
    }
}

/// v1alpha1.WeightDestination.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WeightDestination {
    pub(crate) weight: i32,
    pub(crate) service_name: Text,
    pub(crate) pod_template_hash: Text,
}

/// v1alpha1.StepPluginStatus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StepPluginStatus {
    pub(crate) index: i32,
    pub(crate) name: String,
    pub(crate) operation: String,
    pub(crate) phase: String,
    pub(crate) message: String,
    pub(crate) started_at: Option<Time>,
    pub(crate) updated_at: Option<Time>,
    pub(crate) finished_at: Option<Time>,
    pub(crate) backoff: String,
    pub(crate) executions: i32,
    pub(crate) disabled: bool,
    pub(crate) status: Value,
}

/// v1alpha1.ALBStatus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AlbStatus {
    pub(crate) load_balancer: AwsResourceRef,
    pub(crate) canary_target_group: AwsResourceRef,
    pub(crate) stable_target_group: AwsResourceRef,
    pub(crate) ingress: String,
}

/// v1alpha1.AwsResourceRef.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AwsResourceRef {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) full_name: String,
}
