//! Operations of `rollout`.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result, Value,
    rollouts::{
        check::{
            self,
            references::{References, ServiceReference},
        },
        hashes, lint, replicas,
        spec::{self, ReplicaSet, Rollout, Service, TrafficWeights},
        status, steps, weights,
    },
    text::Diagnostic,
    wire::Op,
};

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("rollout.check", "every validation rule of a rollout and what it refers to", check_of),
        Op::new("rollout.hashes", "the hashes that tell pod templates and steps apart", hashes_of),
        Op::new("rollout.lint", "what `kubectl argo rollouts lint` finds in a file, and more", lint_of),
        Op::new("rollout.replicas", "how many pods each ReplicaSet should have", replicas_of),
        Op::new("rollout.approximate", "the whole pods that come closest to a weight", approximate),
        Op::new("rollout.steps", "texts, pauses and defaults of a rollout's steps", steps_of),
        Op::new("rollout.phase", "phase and message of a rollout", phase),
    ]
}

/// Request of `rollout.replicas`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ReplicasRequest {
    /// The Rollout.
    #[serde(default)]
    rollout: Value,
    /// The ReplicaSet of the wanted template.
    #[serde(rename = "newRS")]
    new_rs: Option<Value>,
    /// The ReplicaSet that is stable.
    #[serde(rename = "stableRS")]
    stable_rs: Option<Value>,
    /// All others.
    #[serde(rename = "olderRSs")]
    older_rss: Option<Vec<Value>>,
    /// `status.canary.weights`: the weights the router has.
    weights: Option<Value>,
}

/// Response of `rollout.replicas`.
#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ReplicasResponse {
    /// Pods above `spec.replicas` that may exist.
    max_surge: i32,
    /// Pods that may be missing.
    max_unavailable: i32,
    /// Size of the new ReplicaSet, the stable one found by its hash.
    new_replicas: i32,
    /// Blue-green with a new ReplicaSet: it has its size.
    #[serde(skip_serializing_if = "Option::is_none")]
    ready_for_pause: Option<bool>,
    /// What holds for a canary only.
    #[serde(flatten)]
    canary: Option<CanaryReplicas>,
}

/// The canary's part.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CanaryReplicas {
    /// Size of the canary.
    canary: i32,
    /// Size of stable.
    stable: i32,
    /// The `setWeight` in force.
    set_weight: i32,
    /// The weight that sizes the canary.
    desired_weight: i32,
    /// An explicit size from `setCanaryScale`.
    desired_replicas: Option<i32>,
    /// What stands for all traffic.
    max_traffic_weight: i32,
    /// The current step.
    step_index: Option<i32>,
    /// Without traffic routing: the sizes the weight stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    approximation: Option<CountsResponse>,
    /// With both ReplicaSets: the step's sizes are reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_desired: Option<bool>,
}

/// Two numbers of pods.
#[derive(Serialize, JsonSchema)]
struct CountsResponse {
    /// Pods of the canary.
    canary: i32,
    /// Pods of stable.
    stable: i32,
}

impl From<replicas::Counts> for CountsResponse {
    fn from(counts: replicas::Counts) -> Self {
        Self { canary: counts.canary, stable: counts.stable }
    }
}

pub(super) fn read_rollout(document: &Value) -> Result<Rollout> {
    if document.is_null() {
        return Err(Error::invalid("no rollout"));
    }
    Rollout::read(document)
}

fn replicas_of(request: ReplicasRequest) -> Result<ReplicasResponse> {
    let rollout = read_rollout(&request.rollout)?;
    let new = ReplicaSet::read_opt(request.new_rs.as_ref())?;
    let stable = ReplicaSet::read_opt(request.stable_rs.as_ref())?;
    let older: Vec<ReplicaSet> =
        request.older_rss.iter().flatten().filter(|set| !set.is_null()).map(ReplicaSet::read).collect::<Result<_>>()?;
    let weights: Option<TrafficWeights> = spec::read_opt("TrafficWeights", request.weights.as_ref())?;
    let (new, stable, weights) = (new.as_ref(), stable.as_ref(), weights.as_ref());
    let older: Vec<&ReplicaSet> = older.iter().collect();
    let mut all = older.clone();
    all.extend(new);
    all.extend(stable.filter(|stable| new.is_none_or(|new| new.metadata.name != stable.metadata.name)));
    let mut response = ReplicasResponse {
        max_surge: replicas::max_surge(&rollout),
        max_unavailable: replicas::max_unavailable(&rollout),
        new_replicas: replicas::new_replicas(&rollout, &all, new, weights)?,
        ..Default::default()
    };
    if rollout.blue_green().is_some() {
        response.ready_for_pause = new.filter(|new| new.spec.replicas.is_some()).map(|new| replicas::ready_for_pause(&rollout, new, &all));
    } else if rollout.canary().is_some() {
        response.canary = Some(canary_replicas(&rollout, new, stable, &older, weights));
    }
    Ok(response)
}

fn canary_replicas(
    rollout: &Rollout,
    new: Option<&ReplicaSet>,
    stable: Option<&ReplicaSet>,
    older: &[&ReplicaSet],
    actual: Option<&TrafficWeights>,
) -> CanaryReplicas {
    let basic = rollout.traffic_routing().is_none();
    let counts =
        if basic { replicas::basic_canary(rollout, new, stable, older) } else { replicas::routed_canary(rollout, new, stable, actual) };
    let (desired_replicas, desired_weight) = weights::canary_replicas_or_weight(rollout, new, stable);
    let full = rollout.max_traffic_weight();
    let approximation = basic.then(|| replicas::approximate(rollout.replicas(), desired_weight, full, replicas::max_surge(rollout)).into());
    CanaryReplicas {
        canary: counts.canary,
        stable: counts.stable,
        set_weight: weights::current_set_weight(rollout),
        desired_weight,
        desired_replicas,
        max_traffic_weight: full,
        step_index: steps::current(rollout).1,
        approximation,
        at_desired: (new.is_some() && stable.is_some()).then(|| replicas::at_desired(rollout, new, stable, older, actual)),
    }
}

/// Request of `rollout.approximate`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ApproximateRequest {
    /// `spec.replicas`.
    #[serde(default)]
    replicas: i32,
    /// The wanted weight of the canary.
    #[serde(default)]
    weight: i32,
    /// What stands for all traffic; 100 unless given.
    max_weight: Option<i32>,
    /// Pods above `spec.replicas` that may exist.
    #[serde(default)]
    max_surge: i32,
}

fn approximate(request: ApproximateRequest) -> Result<CountsResponse> {
    Ok(replicas::approximate(request.replicas, request.weight, request.max_weight.unwrap_or(100), request.max_surge).into())
}

/// A Rollout alone.
#[derive(Deserialize, JsonSchema)]
pub(super) struct RolloutRequest {
    /// The Rollout.
    #[serde(default)]
    pub(super) rollout: Value,
}

/// Response of `rollout.steps`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StepsResponse {
    /// One entry a step.
    steps: Vec<StepRow>,
    /// The current step; null without steps.
    current_step_index: Option<i32>,
    /// The `setWeight` in force.
    set_weight: i32,
    /// The `setCanaryScale` in force.
    canary_scale: Value,
    /// Whether an experiment step is at or before the current step.
    experiment: bool,
    /// Whether background analysis has yet to begin.
    before_starting_step: bool,
    /// What stands for all traffic.
    max_traffic_weight: i32,
    /// Where an update starts.
    reset_index: Option<i32>,
    /// What is meant by absent fields.
    defaults: DefaultsResponse,
}

/// One step.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StepRow {
    /// As events name it.
    text: String,
    /// Seconds a pause lasts: 0 until promoted, -1 if unreadable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pause_seconds: Option<i32>,
}

/// Fields with their defaults.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DefaultsResponse {
    /// A Go duration.
    scale_down_delay: String,
    /// A Go duration; null is never.
    abort_scale_down_delay: Option<String>,
    /// Whether the document sets it.
    abort_scale_down_delay_set: bool,
    /// Seconds.
    progress_deadline_seconds: i32,
    /// Old ReplicaSets kept.
    revision_history_limit: i32,
    /// Pods.
    replicas: i32,
    /// Blue-green promotes by itself.
    auto_promotion_enabled: bool,
}

fn steps_of(request: RolloutRequest) -> Result<StepsResponse> {
    let rollout = read_rollout(&request.rollout)?;
    let row = |step| StepRow { text: steps::text(step), pause_seconds: step.pause.as_ref().map(spec::Pause::duration_seconds) };
    let (delay, set) = rollout.abort_scale_down_delay();
    Ok(StepsResponse {
        steps: rollout.steps().iter().map(row).collect(),
        current_step_index: steps::current(&rollout).1,
        set_weight: weights::current_set_weight(&rollout),
        canary_scale: serde_json::to_value(weights::canary_scale(&rollout)).unwrap_or_default(),
        experiment: steps::current_experiment(&rollout).is_some(),
        before_starting_step: steps::before_starting_step(&rollout),
        max_traffic_weight: rollout.max_traffic_weight(),
        reset_index: steps::reset_index(&rollout),
        defaults: DefaultsResponse {
            scale_down_delay: spec::format_duration(rollout.scale_down_delay()),
            abort_scale_down_delay: delay.map(spec::format_duration),
            abort_scale_down_delay_set: set,
            progress_deadline_seconds: rollout.progress_deadline_seconds(),
            revision_history_limit: rollout.revision_history_limit(),
            replicas: rollout.replicas(),
            auto_promotion_enabled: rollout.auto_promotion_enabled(),
        },
    })
}

/// Request of `rollout.phase`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PhaseRequest {
    /// The Rollout.
    #[serde(default)]
    rollout: Value,
    /// The pod template came from `workloadRef`.
    #[serde(default)]
    template_resolved_from_ref: bool,
}

/// A phase with its message.
#[derive(Serialize, JsonSchema)]
struct PhaseText {
    /// Healthy, Progressing, Paused, Degraded.
    phase: String,
    /// Why.
    message: String,
}

/// Response of `rollout.phase`.
#[derive(Serialize, JsonSchema)]
struct PhaseResponse {
    /// What clients show.
    #[serde(flatten)]
    shown: PhaseText,
    /// What the controller would write.
    calculated: PhaseText,
}

fn phase(request: PhaseRequest) -> Result<PhaseResponse> {
    let mut rollout = read_rollout(&request.rollout)?;
    Arc::make_mut(&mut rollout.spec).template_resolved_from_ref = request.template_resolved_from_ref;
    let (phase, message) = status::phase(&rollout);
    let (word, reason) = status::calculate_phase(&rollout.spec, &rollout.status);
    Ok(PhaseResponse { shown: PhaseText { phase, message }, calculated: PhaseText { phase: word.into(), message: reason.into() } })
}

/// Response of `rollout.hashes`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct HashesResponse {
    /// The label of the ReplicaSet this template gets.
    pod_template_hash: String,
    /// The text it is the hash of.
    #[serde(rename = "podTemplateJSON")]
    pod_template_json: String,
    /// The hash of the canary steps; empty for blue-green.
    step_hash: String,
    /// The text it is the hash of.
    #[serde(rename = "stepsJSON", skip_serializing_if = "Option::is_none")]
    steps_json: Option<String>,
    /// Whether the status knows other hashes, so that an update starts over.
    pod_template_or_steps_changed: bool,
}

fn hashes_of(request: RolloutRequest) -> Result<HashesResponse> {
    let rollout = read_rollout(&request.rollout)?;
    let pod_template_json = hashes::pod_template_json(&rollout.spec.template)?;
    let pod_template_hash = hashes::hash_pod_template(&pod_template_json, rollout.status.collision_count);
    let step_hash = hashes::steps(&rollout)?;
    let pod_template_or_steps_changed = hashes::changed(&rollout, &pod_template_hash, &step_hash);
    Ok(HashesResponse {
        pod_template_hash,
        pod_template_json,
        step_hash,
        steps_json: hashes::steps_json(&rollout)?,
        pod_template_or_steps_changed,
    })
}

/// Request of `rollout.check`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CheckRequest {
    /// The Rollout; unknown fields are refused.
    #[serde(default)]
    rollout: Value,
    /// The pod template came from `workloadRef`.
    #[serde(default)]
    template_resolved_from_ref: bool,
    /// What the controller found by name.
    references: Option<ReferencesRequest>,
}

/// Objects a rollout refers to.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ReferencesRequest {
    /// Services with their use.
    services: Option<Vec<ServiceRequest>>,
    /// Analysis templates with the place that names them.
    analysis_templates: Option<Vec<TemplatesRequest>>,
    /// Ingresses.
    ingresses: Option<Vec<Value>>,
    /// VirtualServices of Istio.
    virtual_services: Option<Vec<Value>>,
    /// Mappings of Ambassador.
    ambassador_mappings: Option<Vec<Value>>,
    /// VirtualRouters of App Mesh.
    app_mesh_resources: Option<Vec<Value>>,
}

/// A Service with its use.
#[derive(Deserialize, JsonSchema)]
struct ServiceRequest {
    /// `StableService`, `CanaryService`, `PingService`, `PongService`, `ActiveService` or `PreviewService`.
    #[serde(rename = "type", default)]
    kind: String,
    /// The Service.
    #[serde(default)]
    service: Value,
}

/// Analysis templates with the place that names them.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TemplatesRequest {
    /// `PrePromotionAnalysis`, `PostPromotionAnalysis`, `InlineAnalysis` or `BackgroundAnalysis`.
    #[serde(default)]
    template_type: String,
    /// Of an inline analysis: its step.
    #[serde(default)]
    canary_step_index: i64,
    /// The arguments the rollout gives.
    args: Option<Vec<Value>>,
    /// AnalysisTemplates.
    analysis_templates: Option<Vec<Value>>,
    /// ClusterAnalysisTemplates.
    cluster_analysis_templates: Option<Vec<Value>>,
}

/// One fault.
#[derive(Serialize, JsonSchema)]
pub(super) struct FaultRow {
    /// `FieldValueInvalid`, `FieldValueRequired` …
    #[serde(rename = "type")]
    kind: &'static str,
    /// The field, as upstream spells it.
    field: String,
    /// Upstream's words.
    detail: String,
}

pub(super) fn rows(errors: Vec<check::FieldError>) -> Vec<FaultRow> {
    errors.into_iter().map(|error| FaultRow { kind: error.kind.code(), field: error.field, detail: error.detail }).collect()
}

/// Response of `rollout.check`.
#[derive(Serialize, JsonSchema)]
struct CheckResponse {
    /// Faults of the rollout itself, in upstream's order.
    errors: Vec<FaultRow>,
    /// Nginx, ALB and Istio: named in two ways, or in none.
    config: Vec<FaultRow>,
    /// Faults between the rollout and what it refers to, looked for when `config` is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<Vec<FaultRow>>,
    /// The text of the InvalidSpec condition: the first of `errors`.
    #[serde(skip_serializing_if = "Option::is_none")]
    invalid: Option<String>,
    /// Our own findings beyond upstream's.
    diagnostics: Vec<Diagnostic>,
}

fn check_of(request: CheckRequest) -> Result<CheckResponse> {
    let mut rollout = Rollout::read_strict(&request.rollout)?;
    Arc::make_mut(&mut rollout.spec).template_resolved_from_ref = request.template_resolved_from_ref;
    let errors = check::rollout(&rollout);
    let config = check::config::validate(&rollout);
    let references = match request.references {
        Some(references) if config.is_empty() => Some(rows(references.validate(&rollout)?)),
        _ => None,
    };
    let invalid = check::invalid_spec(&rollout.metadata.name, &errors);
    Ok(CheckResponse { errors: rows(errors), config: rows(config), references, invalid, diagnostics: lint::lints(&rollout) })
}

impl ReferencesRequest {
    /// The faults between a rollout and these objects.
    fn validate(&self, rollout: &Rollout) -> Result<Vec<check::FieldError>> {
        let mut services = Vec::new();
        for one in self.services.iter().flatten().filter(|one| ServiceReference::KINDS.contains(&one.kind.as_str())) {
            if one.service.is_null() {
                return Err(Error::invalid("a service reference without a service"));
            }
            services.push((one.kind.as_str(), Service::read(&one.service)?));
        }
        let args = |given: &TemplatesRequest| {
            let args = given.args.iter().flatten();
            args.map(|arg| spec::read("AnalysisRunArgument", arg, spec::Reading::Lenient)).collect::<Result<Vec<_>>>()
        };
        let args = self.analysis_templates.iter().flatten().map(args).collect::<Result<Vec<_>>>()?;
        let read = |kind: &str, items: &Option<Vec<Value>>| {
            items.iter().flatten().map(|item| spec::read(kind, item, spec::Reading::Lenient).map(Arc::new)).collect::<Result<Vec<_>>>()
        };
        let mut analysis_templates = Vec::new();
        for (given, args) in self.analysis_templates.iter().flatten().zip(&args) {
            analysis_templates.push(check::analysis::Templates {
                kind: &given.template_type,
                step: given.canary_step_index,
                args,
                templates: read("AnalysisTemplate", &given.analysis_templates)?,
                cluster_templates: read("ClusterAnalysisTemplate", &given.cluster_analysis_templates)?,
            });
        }
        fn all(items: &Option<Vec<Value>>) -> Vec<&Value> {
            items.iter().flatten().collect()
        }
        let references = References {
            services: services.iter().map(|(kind, service)| ServiceReference { kind, service }).collect(),
            analysis_templates,
            ingresses: all(&self.ingresses),
            virtual_services: all(&self.virtual_services),
            ambassador_mappings: all(&self.ambassador_mappings),
            app_mesh_resources: all(&self.app_mesh_resources),
        };
        check::references::validate(rollout, &references)
    }
}

/// Request of `rollout.lint`.
#[derive(Deserialize, JsonSchema)]
struct LintRequest {
    /// A file of YAML documents.
    #[serde(default)]
    text: String,
}

/// Response of `rollout.lint`.
#[derive(Serialize, JsonSchema)]
struct LintResponse {
    /// The faults the command prints, in its order.
    errors: Vec<FaultRow>,
    /// The same with their places, and our own findings.
    diagnostics: Vec<Diagnostic>,
}

fn lint_of(request: LintRequest) -> Result<LintResponse> {
    let report = lint::lint(&request.text)?;
    Ok(LintResponse { errors: rows(report.errors), diagnostics: report.diagnostics })
}
