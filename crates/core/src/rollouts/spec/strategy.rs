//! Strategies and canary steps.

use serde::{Deserialize, Serialize};

use super::{
    AnalysisRunArgument, DryRun, IntOrString, LabelSelector, ManagedRoute, MeasurementRetention, Metadata, TrafficRouting,
    VirtualServiceRef, go_duration,
};
use crate::{Map, Value};

/// v1alpha1.RolloutStrategy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Strategy {
    pub(crate) blue_green: Option<BlueGreen>,
    pub(crate) canary: Option<Canary>,
}

/// v1alpha1.BlueGreenStrategy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BlueGreen {
    pub(crate) active_service: String,
    pub(crate) preview_service: String,
    pub(crate) preview_replica_count: Option<i32>,
    pub(crate) auto_promotion_enabled: Option<bool>,
    pub(crate) auto_promotion_seconds: i32,
    pub(crate) max_unavailable: Option<IntOrString>,
    pub(crate) scale_down_delay_seconds: Option<i32>,
    pub(crate) scale_down_delay_revision_limit: Option<i32>,
    pub(crate) pre_promotion_analysis: Option<RolloutAnalysis>,
    pub(crate) anti_affinity: Option<AntiAffinity>,
    pub(crate) post_promotion_analysis: Option<RolloutAnalysis>,
    pub(crate) preview_metadata: Option<Metadata>,
    pub(crate) active_metadata: Option<Metadata>,
    pub(crate) abort_scale_down_delay_seconds: Option<i32>,
}

/// v1alpha1.CanaryStrategy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Canary {
    pub(crate) canary_service: String,
    pub(crate) stable_service: String,
    pub(crate) steps: Vec<CanaryStep>,
    pub(crate) traffic_routing: Option<TrafficRouting>,
    pub(crate) max_unavailable: Option<IntOrString>,
    pub(crate) max_surge: Option<IntOrString>,
    pub(crate) analysis: Option<BackgroundAnalysis>,
    pub(crate) anti_affinity: Option<AntiAffinity>,
    pub(crate) canary_metadata: Option<Metadata>,
    pub(crate) stable_metadata: Option<Metadata>,
    pub(crate) scale_down_delay_seconds: Option<i32>,
    pub(crate) scale_down_delay_revision_limit: Option<i32>,
    pub(crate) abort_scale_down_delay_seconds: Option<i32>,
    pub(crate) dynamic_stable_scale: bool,
    pub(crate) ping_pong: Option<PingPong>,
    pub(crate) min_pods_per_replica_set: Option<i32>,
    pub(crate) replica_progress_threshold: Option<ReplicaProgressThreshold>,
}

impl Canary {
    /// The lists of which Go tells none from an empty one, as long as nothing has been stored.
    fn lists(&mut self) -> Lists<'_> {
        let mut lists = Lists::default();
        if let Some(routing) = &mut self.traffic_routing {
            lists.routes = Some(&mut routing.managed_routes);
            lists.services = routing.istio.as_mut().map(|istio| &mut istio.virtual_services);
            let nginx = routing.nginx.as_mut().map(|nginx| &mut nginx.stable_ingresses);
            let alb = routing.alb.as_mut().map(|alb| &mut alb.ingresses);
            let rules = routing.apisix.as_mut().and_then(|apisix| apisix.route.as_mut()).map(|route| &mut route.rules);
            lists.texts = [nginx, alb, rules];
        }
        lists
    }

    /// Makes every such list that is empty none.
    pub(crate) fn forget_empty_lists(&mut self) {
        fn forget<T>(list: &mut Option<Vec<T>>) {
            list.take_if(|list| list.is_empty());
        }
        let Lists { routes, services, texts } = self.lists();
        routes.into_iter().for_each(forget);
        services.into_iter().for_each(forget);
        texts.into_iter().flatten().for_each(forget);
        for step in &mut self.steps {
            step.set_header_route.iter_mut().for_each(|route| forget(&mut route.matches));
            step.set_mirror_route.iter_mut().for_each(|route| forget(&mut route.matches));
        }
    }
}

/// Lists of a canary strategy, by what they hold.
#[derive(Default)]
struct Lists<'a> {
    routes: Option<&'a mut Option<Vec<ManagedRoute>>>,
    services: Option<&'a mut Option<Vec<VirtualServiceRef>>>,
    texts: [Option<&'a mut Option<Vec<String>>>; 3],
}

/// v1alpha1.AntiAffinity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AntiAffinity {
    #[serde(rename = "preferredDuringSchedulingIgnoredDuringExecution")]
    pub(crate) preferred: Option<PreferredAntiAffinity>,
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub(crate) required: Option<Map<String, Value>>,
}

/// v1alpha1.PreferredDuringSchedulingIgnoredDuringExecution.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PreferredAntiAffinity {
    pub(crate) weight: i32,
}

/// v1alpha1.ReplicaProgressThreshold; `Percent`, or else an absolute number of pods.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReplicaProgressThreshold {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) value: i32,
}

/// v1alpha1.PingPongSpec.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PingPong {
    pub(crate) ping_service: String,
    pub(crate) pong_service: String,
}

/// v1alpha1.CanaryStep: one key a step, though upstream lets more pass.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CanaryStep {
    pub(crate) set_weight: Option<i32>,
    pub(crate) pause: Option<Pause>,
    pub(crate) experiment: Option<ExperimentStep>,
    pub(crate) analysis: Option<RolloutAnalysis>,
    pub(crate) set_canary_scale: Option<SetCanaryScale>,
    pub(crate) set_header_route: Option<SetHeaderRoute>,
    pub(crate) set_mirror_route: Option<SetMirrorRoute>,
    pub(crate) plugin: Option<PluginStep>,
}

/// v1alpha1.RolloutPause.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pause {
    pub(crate) duration: Option<IntOrString>,
}

impl Pause {
    /// `DurationSeconds`: whole seconds, 0 without a duration, -1 if it cannot be read.
    pub fn duration_seconds(&self) -> i32 {
        match &self.duration {
            None => 0,
            Some(IntOrString::Int(seconds)) => *seconds,
            Some(IntOrString::Str(text)) => match super::int_or_string::go_parse_i32(text) {
                Some(seconds) => seconds,
                None => go_duration(text).map_or(-1, |nanoseconds| crate::rollouts::weights::go_int32(nanoseconds as f64 / 1e9)),
            },
        }
    }
}

/// v1alpha1.SetCanaryScale.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SetCanaryScale {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) weight: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replicas: Option<i32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) match_traffic_weight: bool,
}

/// v1alpha1.SetHeaderRoute.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SetHeaderRoute {
    pub(crate) name: String,
    #[serde(rename = "match")]
    pub(crate) matches: Option<Vec<HeaderMatch>>,
}

/// v1alpha1.HeaderRoutingMatch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HeaderMatch {
    pub(crate) header_name: String,
    pub(crate) header_value: Option<StringMatch>,
}

impl HeaderMatch {
    /// The value's matcher; none matches nothing in particular.
    pub(crate) fn value(&self) -> &StringMatch {
        static NONE: StringMatch = StringMatch { exact: String::new(), prefix: String::new(), regex: String::new() };
        self.header_value.as_ref().unwrap_or(&NONE)
    }
}

/// v1alpha1.StringMatch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StringMatch {
    pub(crate) exact: String,
    pub(crate) prefix: String,
    pub(crate) regex: String,
}

/// v1alpha1.SetMirrorRoute.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SetMirrorRoute {
    pub(crate) name: String,
    #[serde(rename = "match")]
    pub(crate) matches: Option<Vec<RouteMatch>>,
    pub(crate) percentage: Option<i32>,
}

/// v1alpha1.RouteMatch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RouteMatch {
    pub(crate) method: Option<StringMatch>,
    pub(crate) path: Option<StringMatch>,
    pub(crate) headers: std::collections::BTreeMap<String, StringMatch>,
}

/// v1alpha1.PluginStep.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PluginStep {
    pub(crate) name: String,
    pub(crate) config: Value,
}

/// v1alpha1.RolloutAnalysis: which templates to run, with what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RolloutAnalysis {
    pub(crate) templates: Vec<AnalysisTemplateRef>,
    pub(crate) args: Vec<AnalysisRunArgument>,
    pub(crate) dry_run: Vec<DryRun>,
    pub(crate) measurement_retention: Vec<MeasurementRetention>,
    pub(crate) analysis_run_metadata: Option<Metadata>,
}

/// v1alpha1.RolloutAnalysisBackground.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BackgroundAnalysis {
    #[serde(flatten)]
    pub(crate) analysis: RolloutAnalysis,
    pub(crate) starting_step: Option<i32>,
}

/// v1alpha1.AnalysisTemplateRef.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AnalysisTemplateRef {
    pub(crate) template_name: String,
    pub(crate) cluster_scope: Option<bool>,
}

/// v1alpha1.RolloutExperimentStep.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExperimentStep {
    pub(crate) templates: Vec<ExperimentStepTemplate>,
    pub(crate) duration: String,
    pub(crate) analyses: Vec<ExperimentStepAnalysis>,
    pub(crate) dry_run: Vec<DryRun>,
    pub(crate) analysis_run_metadata: Metadata,
    pub(crate) scale_down_delay_seconds: Option<i32>,
}

/// v1alpha1.RolloutExperimentTemplate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExperimentStepTemplate {
    pub(crate) name: String,
    pub(crate) spec_ref: String,
    pub(crate) replicas: Option<i32>,
    pub(crate) metadata: Metadata,
    pub(crate) selector: Option<LabelSelector>,
    pub(crate) weight: Option<i32>,
    pub(crate) service: Option<TemplateService>,
}

/// v1alpha1.TemplateService.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateService {
    pub(crate) name: String,
}

/// v1alpha1.RolloutExperimentStepAnalysisTemplateRef.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExperimentStepAnalysis {
    pub(crate) name: String,
    pub(crate) template_name: String,
    pub(crate) cluster_scope: Option<bool>,
    pub(crate) args: Vec<AnalysisRunArgument>,
    pub(crate) required_for_completion: bool,
}
