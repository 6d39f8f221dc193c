//! One reconcile asked with documents and answered with documents.

use std::sync::Arc;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use smol_str::format_smolstr;

use super::{
    context::whole_seconds,
    reconcile,
    workload::Workload,
    world::{Action, Hashes, Pod, Shelf, World},
};
use crate::{
    Error, Map, Result, Value,
    rollouts::{
        objects::{Event, Objects, text, without_nulls},
        spec::{
            self, AnalysisRun, AnalysisRunReference, Experiment, ObjectMeta, Reading, ReplicaSet, Rollout, RolloutCondition, RolloutStatus,
            Service, Time, TrafficWeights, WeightDestination, format_duration, to_wire,
        },
        why::{self, Reason},
    },
};

/// The objects around a Rollout, as documents.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    /// Hash of the current template.
    pub pod_template_hash: String,
    /// Hash of the current steps.
    pub step_hash: String,
    /// ReplicaSets.
    pub replica_sets: Vec<Value>,
    /// Services.
    pub services: Vec<Value>,
    /// AnalysisRuns.
    pub analysis_runs: Vec<Value>,
    /// Experiments.
    pub experiments: Vec<Value>,
    /// AnalysisTemplates.
    pub analysis_templates: Vec<Value>,
    /// ClusterAnalysisTemplates.
    pub cluster_analysis_templates: Vec<Value>,
    /// Pods.
    pub pods: Vec<Value>,
    /// Routers' objects by kind.
    pub routed: Vec<(&'static str, Vec<Value>)>,
    /// Routers' objects of any other kind, which they name themselves.
    pub routers: Vec<Value>,
    /// Deployments, ReplicaSets and PodTemplates that `workloadRef` can name.
    pub workloads: Vec<Value>,
}

/// What one reconcile did.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The whole status afterwards.
    pub status: Value,
    /// API calls that changed something, in order.
    pub actions: Vec<Value>,
    /// Events on the Rollout.
    pub events: Vec<Event>,
    /// The smallest delay asked for, as Go writes durations.
    pub requeue_after: Option<String>,
    /// A rate-limited retry was asked for.
    pub retry: bool,
    /// Text of the error.
    pub error: Option<String>,
    /// The rules that hold the Rollout where it is now.
    pub reasons: Vec<Reason>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PodDocument {
    metadata: ObjectMeta,
    status: PodStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PodStatus {
    conditions: Vec<RolloutCondition>,
}

fn plain<T: DeserializeOwned>(document: &Value) -> Result<T> {
    serde_json::from_value(without_nulls(document)).map_err(|error| Error::invalid(error.to_string()))
}

/// What the API server fills in.
pub(crate) fn complete(metadata: &mut ObjectMeta, kind: &str, namespace: &str, now: Time) {
    if metadata.namespace.is_empty() {
        metadata.namespace = namespace.into();
    }
    if metadata.uid.is_empty() {
        metadata.uid = format_smolstr!("uid-{}-{}", kind.to_lowercase(), metadata.name);
    }
    metadata.creation_timestamp.get_or_insert(now);
    if metadata.generation == 0 && matches!(kind, "ReplicaSet" | "AnalysisRun" | "Experiment") {
        metadata.generation = 1;
    }
}

/// A Service document as the controller looks at it.
pub(crate) fn service(document: &Value, namespace: &str, now: Time) -> Result<Service> {
    let mut service = Service::read(document)?;
    complete(&mut service.metadata, "Service", namespace, now);
    Ok(service)
}

fn pod(document: &Value, namespace: &str, now: Time) -> Result<Pod> {
    let PodDocument { mut metadata, status } = plain(document)?;
    complete(&mut metadata, "Pod", namespace, now);
    let ready = status.conditions.into_iter().find(|condition| condition.kind == "Ready" && condition.status == "True");
    let listed = metadata.name.clone();
    Ok(Pod { metadata, ready: ready.map(|condition| condition.last_transition_time), listed })
}

/// A router's object with its kind and namespace.
pub(crate) fn routed(kind: &str, document: &Value, namespace: &str) -> Value {
    let mut object = document.clone();
    if let Some(members) = object.as_object_mut() {
        members.insert("kind".into(), kind.into());
        if let Some(metadata) = members.get_mut("metadata").and_then(Value::as_object_mut)
            && metadata.get("namespace").and_then(Value::as_str).unwrap_or_default().is_empty()
        {
            metadata.insert("namespace".into(), namespace.into());
        }
    }
    object
}

/// A Rollout as it comes back from the API server: of the router's lists, an empty one is none.
pub(crate) fn stored(normalized: Value) -> Result<Rollout> {
    let mut rollout = Rollout::from_normalized(normalized)?;
    if let Some(canary) = &mut Arc::make_mut(&mut rollout.spec).strategy.canary {
        canary.forget_empty_lists();
    }
    Ok(rollout)
}

/// Reads a Rollout and the objects around it; what an API server would have filled in is filled in.
///
/// # Errors
/// When the Rollout or one of the objects cannot be decoded as Go decodes it, or the Rollout has no name.
pub fn read(rollout: &Value, documents: &Documents, now: Time) -> Result<(Rollout, World)> {
    let created = whole_seconds(now.plus(-1_000_000));
    let mut rollout = stored(spec::normalize("Rollout", rollout, Reading::Lenient)?)?;
    let mut world = World::default();
    if rollout.metadata.name.is_empty() {
        return Err(Error::invalid("rollout has no name"));
    }
    if rollout.metadata.namespace.is_empty() {
        rollout.metadata.namespace = "default".into();
    }
    let namespace = rollout.metadata.namespace.clone();
    world.hashes = Hashes { pod_template: documents.pod_template_hash.as_str().into(), steps: documents.step_hash.as_str().into() };
    for document in &documents.replica_sets {
        let mut set = ReplicaSet::read(document)?;
        complete(&mut set.metadata, "ReplicaSet", &namespace, created);
        set.spec.template = Arc::new(to_wire("PodTemplateSpec", &set.spec.template)?);
        world.replica_sets.push(Arc::new(set));
    }
    for document in &documents.services {
        world.services.push(Arc::new(service(document, &namespace, created)?));
    }
    for document in &documents.analysis_runs {
        let mut run: AnalysisRun = spec::read("AnalysisRun", document, Reading::Lenient)?;
        complete(&mut run.metadata, "AnalysisRun", &namespace, created);
        world.analysis_runs.push(Arc::new(run));
    }
    for document in &documents.experiments {
        let mut experiment: Experiment = spec::read("Experiment", document, Reading::Lenient)?;
        complete(&mut experiment.metadata, "Experiment", &namespace, created);
        world.experiments.push(Arc::new(experiment));
    }
    for document in &documents.pods {
        world.pods.push(pod(document, &namespace, created)?);
    }
    for document in &documents.workloads {
        let workload = Workload::read(document, &namespace)?;
        let workload = workload.ok_or_else(|| Error::invalid(format!("a {} is no workload", text(document, "/kind"))))?;
        world.workloads.push(Arc::new(workload));
    }
    world.templates = shelf(&documents.analysis_templates);
    world.cluster_templates = shelf(&documents.cluster_analysis_templates);
    let objects = documents.routed.iter().flat_map(|(kind, list)| list.iter().map(|document| routed(kind, document, &namespace)));
    let others = documents.routers.iter().map(|document| routed(text(document, "/kind"), document, &namespace));
    world.objects = Objects::new(objects.chain(others));
    Ok((rollout, world))
}

fn shelf(documents: &[Value]) -> Arc<Shelf> {
    let template = |document: &Value| {
        let name = text(document, "/metadata/name").to_owned();
        (name, spec::read("AnalysisTemplate", document, Reading::Lenient).map(Arc::new))
    };
    Arc::new(documents.iter().map(template).collect())
}

/// `rollout.reconcile`.
///
/// # Errors
/// When something cannot be read, when upstream would crash, and with the code `unknown` when the answer
/// hangs on what is not here: a plugin's code.
pub fn answer(rollout: &Value, documents: &Documents, now: &str) -> Result<Answer> {
    let now = Time::parse(now).ok_or_else(|| Error::invalid(format!("cannot read {now:?} as a time")))?;
    let (rollout, world) = read(rollout, documents, now)?;
    let done = reconcile(&rollout, &world, now);
    if let Some(unknown) = &done.unknown {
        return Err(Error::new("unknown", unknown.clone()));
    }
    if let Some(failure) = done.error.as_ref().filter(|failure| failure.message.starts_with("panic: ")) {
        return Err(Error::upstream(failure.message.clone()));
    }
    let reasons = why::reasons(&done.rollout, &done.world.owned_sets(&done.rollout), Some(now));
    Ok(Answer {
        status: status(&done.rollout.status),
        actions: sorted(&done.actions),
        events: done.events,
        requeue_after: done.requeue_after.map(format_duration),
        retry: done.retry,
        error: done.error.map(|failure| failure.message),
        reasons,
    })
}

/// Actions as documents; neighbours of one verb on AnalysisRuns, Experiments or Pods by name.
fn sorted(actions: &[Action]) -> Vec<Value> {
    let describe = |action: &Action| match action {
        Action::Create { kind, name, object } => ("create", *kind, name.clone(), json!({"object": object})),
        Action::Update { kind, name, change } => ("update", *kind, name.clone(), json!({"change": change})),
        Action::Delete { kind, name } => ("delete", *kind, name.clone(), json!({})),
        Action::Evict { name } => ("evict", "Pod", name.clone(), json!({})),
    };
    let mut described: Vec<_> = actions.iter().map(describe).collect();
    let mut start = 0;
    while start < described.len() {
        let alike = |at: usize| described.get(at).map(|(verb, kind, ..)| (*verb, *kind));
        let mut end = start + 1;
        while end < described.len() && alike(end) == alike(start) && matches!(alike(start), Some((_, "AnalysisRun" | "Experiment" | "Pod")))
        {
            end += 1;
        }
        if let Some(run) = described.get_mut(start..end) {
            run.sort_by(|a, b| a.2.cmp(&b.2));
        }
        start = end;
    }
    let document = |(verb, kind, name, mut rest): (&str, &str, String, Value)| {
        rest["verb"] = verb.into();
        rest["kind"] = kind.into();
        rest["name"] = name.into();
        rest
    };
    described.into_iter().map(document).collect()
}

fn time(time: Option<Time>) -> Value {
    time.map_or(Value::Null, |time| time.wire().into())
}

fn destination(to: &WeightDestination) -> Value {
    let mut all = Map::new();
    all.insert("weight".into(), to.weight.into());
    for (key, text) in [("serviceName", &to.service_name), ("podTemplateHash", &to.pod_template_hash)] {
        if !text.is_empty() {
            all.insert(key.into(), text.as_str().into());
        }
    }
    Value::Object(all)
}

/// `status.canary.weights` as Go writes it.
pub(crate) fn weights(weights: &TrafficWeights) -> Value {
    let mut all = Map::new();
    all.insert("canary".into(), destination(&weights.canary));
    all.insert("stable".into(), destination(&weights.stable));
    if !weights.additional.is_empty() {
        all.insert("additional".into(), weights.additional.iter().map(destination).collect());
    }
    if let Some(verified) = weights.verified {
        all.insert("verified".into(), verified.into());
    }
    Value::Object(all)
}

fn reference(run: Option<&AnalysisRunReference>) -> Value {
    let Some(run) = run else { return Value::Null };
    let mut all = Map::new();
    all.insert("name".into(), run.name.as_str().into());
    all.insert("status".into(), run.status.as_str().into());
    if !run.message.is_empty() {
        all.insert("message".into(), run.message.as_str().into());
    }
    Value::Object(all)
}

/// The whole status, with what Go leaves out when it is empty.
pub(crate) fn status(status: &RolloutStatus) -> Value {
    let conditions = |condition: &RolloutCondition| {
        json!({
            "type": condition.kind,
            "status": condition.status,
            "lastUpdateTime": time(condition.last_update_time),
            "lastTransitionTime": time(condition.last_transition_time),
            "reason": condition.reason,
            "message": condition.message,
        })
    };
    let pauses = status.pause_conditions.iter().map(|pause| json!({"reason": pause.reason, "startTime": time(pause.start_time)}));
    let mut canary = json!({
        "weights": status.canary.weights.as_ref().map(weights),
        "currentStepAnalysisRunStatus": reference(status.canary.current_step_analysis_run_status.as_ref()),
        "currentBackgroundAnalysisRunStatus": reference(status.canary.current_background_analysis_run_status.as_ref()),
        "currentExperiment": status.canary.current_experiment,
        "stablePingPong": status.canary.stable_ping_pong,
    });
    let mut document = json!({
        "abort": status.abort,
        "abortedAt": time(status.aborted_at),
        "controllerPause": status.controller_pause,
        "promoteFull": status.promote_full,
        "pauseConditions": pauses.collect::<Vec<_>>(),
        "currentPodHash": status.current_pod_hash,
        "currentStepHash": status.current_step_hash,
        "currentStepIndex": status.current_step_index,
        "collisionCount": status.collision_count,
        "replicas": status.replicas,
        "updatedReplicas": status.updated_replicas,
        "readyReplicas": status.ready_replicas,
        "availableReplicas": status.available_replicas,
        "HPAReplicas": status.hpa_replicas,
        "observedGeneration": status.observed_generation,
        "restartedAt": time(status.restarted_at),
        "phase": status.phase,
        "message": status.message,
        "stableRS": status.stable_rs,
        "selector": status.selector,
        "conditions": status.conditions.iter().map(conditions).collect::<Vec<_>>(),
        "blueGreen": {
            "activeSelector": status.blue_green.active_selector,
            "previewSelector": status.blue_green.preview_selector,
            "scaleUpPreviewCheckPoint": status.blue_green.scale_up_preview_check_point,
            "prePromotionAnalysisRunStatus": reference(status.blue_green.pre_promotion_analysis_run_status.as_ref()),
            "postPromotionAnalysisRunStatus": reference(status.blue_green.post_promotion_analysis_run_status.as_ref()),
        },
    });
    let wire = |type_name: &str, value: Value| to_wire(type_name, &value).unwrap_or(value);
    if !status.canary.step_plugin_statuses.is_empty() {
        let plugins = serde_json::to_value(&status.canary.step_plugin_statuses).unwrap_or_default();
        canary["stepPluginStatuses"] = wire("[]StepPluginStatus", plugins);
    }
    document["canary"] = canary;
    if let Some(alb) = &status.alb {
        document["alb"] = wire("ALBStatus", serde_json::to_value(alb).unwrap_or_default());
    }
    if !status.albs.is_empty() {
        document["albs"] = wire("[]ALBStatus", serde_json::to_value(&status.albs).unwrap_or_default());
    }
    if !status.workload_observed_generation.is_empty() {
        document["workloadObservedGeneration"] = status.workload_observed_generation.as_str().into();
    }
    document
}
