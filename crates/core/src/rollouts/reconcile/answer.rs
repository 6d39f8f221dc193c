//! One reconcile asked with documents and answered with documents.

use std::{collections::BTreeMap, rc::Rc};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::{
    context::whole_seconds,
    reconcile,
    world::{Action, Hashes, Pod, Service, World},
};
use crate::{
    Error, Map, Result, Value,
    rollouts::{
        objects::{Event, Objects, text, without_nulls},
        spec::{
            self, AnalysisRun, AnalysisRunReference, Experiment, ObjectMeta, Reading, ReplicaSet, Rollout, RolloutCondition, RolloutStatus,
            Time, WeightDestination, format_duration, to_wire,
        },
        traffic,
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
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ServiceDocument {
    metadata: ObjectMeta,
    spec: ServiceSpec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ServiceSpec {
    selector: BTreeMap<String, String>,
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
        metadata.namespace = namespace.to_owned();
    }
    if metadata.uid.is_empty() {
        metadata.uid = format!("uid-{}-{}", kind.to_lowercase(), metadata.name);
    }
    metadata.creation_timestamp.get_or_insert(now);
    if metadata.generation == 0 && matches!(kind, "ReplicaSet" | "AnalysisRun" | "Experiment") {
        metadata.generation = 1;
    }
}

/// A Service document as the controller looks at it.
pub(crate) fn service(document: &Value, namespace: &str, now: Time) -> Result<Service> {
    let ServiceDocument { mut metadata, spec } = plain(document)?;
    complete(&mut metadata, "Service", namespace, now);
    Ok(Service { metadata, selector: spec.selector })
}

fn pod(document: &Value, namespace: &str, now: Time) -> Result<Pod> {
    let PodDocument { mut metadata, status } = plain(document)?;
    complete(&mut metadata, "Pod", namespace, now);
    let ready = status.conditions.into_iter().find(|condition| condition.kind == "Ready" && condition.status == "True");
    Ok(Pod { metadata, ready: ready.map(|condition| condition.last_transition_time) })
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

/// The canary strategy as the routers read it; empty lists are as good as none.
pub(crate) fn routing(rollout: &Value) -> Result<traffic::config::Canary> {
    match rollout.pointer("/spec/strategy/canary") {
        None | Some(Value::Null) => Ok(traffic::config::Canary::default()),
        Some(canary) => {
            let mut canary = canary.clone();
            prune(&mut canary);
            traffic::read(&canary)
        }
    }
}

fn prune(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(prune);
            members.retain(|_, member| !member.is_null() && member.as_array().is_none_or(|items| !items.is_empty()));
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

/// Reads a world; objects that an API server would have completed are completed.
pub(crate) fn read(rollout: &Value, documents: &Documents, now: Time) -> Result<World> {
    let created = whole_seconds(now.plus(-1_000_000));
    let mut world = World { recording: true, routing: routing(rollout)?, rollout: Rollout::read(rollout)?, ..World::default() };
    if world.rollout.metadata.name.is_empty() {
        return Err(Error::invalid("rollout has no name"));
    }
    if world.rollout.metadata.namespace.is_empty() {
        world.rollout.metadata.namespace = "default".into();
    }
    let namespace = world.rollout.metadata.namespace.clone();
    world.hashes = Hashes { pod_template: documents.pod_template_hash.clone(), steps: documents.step_hash.clone() };
    for document in &documents.replica_sets {
        let mut set = ReplicaSet::read(document)?;
        complete(&mut set.metadata, "ReplicaSet", &namespace, created);
        set.spec.template = to_wire("PodTemplateSpec", &set.spec.template)?;
        world.replica_sets.push(Rc::new(set));
    }
    for document in &documents.services {
        world.services.push(service(document, &namespace, created)?);
    }
    for document in &documents.analysis_runs {
        let mut run: AnalysisRun = spec::read("AnalysisRun", document, Reading::Lenient)?;
        complete(&mut run.metadata, "AnalysisRun", &namespace, created);
        world.analysis_runs.push(Rc::new(run));
    }
    for document in &documents.experiments {
        let mut experiment: Experiment = spec::read("Experiment", document, Reading::Lenient)?;
        complete(&mut experiment.metadata, "Experiment", &namespace, created);
        world.experiments.push(Rc::new(experiment));
    }
    for document in &documents.pods {
        world.pods.push(pod(document, &namespace, created)?);
    }
    let shelf =
        |documents: &[Value]| documents.iter().map(|document| (text(document, "/metadata/name").to_owned(), document.clone())).collect();
    world.templates = shelf(&documents.analysis_templates);
    world.cluster_templates = shelf(&documents.cluster_analysis_templates);
    let objects = documents.routed.iter().flat_map(|(kind, list)| list.iter().map(|document| routed(kind, document, &namespace)));
    world.objects = Objects::new(objects);
    Ok(world)
}

/// `rollout.reconcile`.
pub fn answer(rollout: &Value, documents: &Documents, now: &str) -> Result<Answer> {
    let now = Time::parse(now).ok_or_else(|| Error::invalid(format!("cannot read {now:?} as a time")))?;
    let mut world = read(rollout, documents, now)?;
    let report = reconcile(&mut world, now);
    if let Some(failure) = report.error.as_ref().filter(|failure| failure.message.starts_with("panic: ")) {
        return Err(Error::upstream(failure.message.clone()));
    }
    Ok(Answer {
        status: status(&world.rollout.status),
        actions: sorted(&world.actions),
        events: world.events,
        requeue_after: report.after.iter().min().map(|delay| format_duration(*delay)),
        retry: report.error.is_some() || report.rate_limited,
        error: report.error.map(|failure| failure.message),
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
pub(crate) fn weights(status: &RolloutStatus) -> Value {
    let Some(weights) = &status.canary.weights else { return Value::Null };
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
        "weights": weights(status),
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
