//! The Experiment that an experiment step starts.

use smol_str::format_smolstr;

use std::collections::BTreeMap;

use super::{
    analysis::arguments::{self, Source},
    hashes,
    spec::{
        Experiment, ExperimentAnalysis, ExperimentSpec, ExperimentStep, ExperimentStepTemplate, ObjectMeta, OwnerReference,
        POD_TEMPLATE_HASH, ReplicaSet, Rollout, TemplateService, TemplateSpec, to_wire,
    },
    steps,
};
use crate::{Map, Result, Value};

/// The annotation that numbers a rollout's revisions.
pub(crate) const REVISION: &str = "rollout.argoproj.io/revision";

/// `GetExperimentFromTemplate`: none without an experiment step at or before the current
/// one; the inner error is upstream's refusal.
pub(crate) fn build(
    rollout: &Rollout,
    stable: Option<&ReplicaSet>,
    new: Option<&ReplicaSet>,
) -> Result<Result<Option<Experiment>, String>> {
    build_as(rollout, stable, new, &hashes::pod_template(rollout)?)
}

/// As [`build`], with the hash of the current template given.
pub(crate) fn build_as(
    rollout: &Rollout,
    stable: Option<&ReplicaSet>,
    new: Option<&ReplicaSet>,
    hash: &str,
) -> Result<Result<Option<Experiment>, String>> {
    let Some(step) = steps::current_experiment(rollout) else { return Ok(Ok(None)) };
    let document = to_wire("Rollout", &serde_json::to_value(rollout).unwrap_or_default())?;
    let source = Source { document: &document, metadata: &rollout.metadata, new, stable };
    Ok(experiment(rollout, step, hash, &source).map(Some))
}

fn experiment(rollout: &Rollout, step: &ExperimentStep, hash: &str, source: &Source<'_>) -> Result<Experiment, String> {
    let revision = rollout.metadata.annotations.get(REVISION).cloned().unwrap_or_default();
    let mut labels = rollout.metadata.labels.clone();
    labels.insert(POD_TEMPLATE_HASH.into(), hash.to_string());
    let mut spec = ExperimentSpec {
        duration: step.duration.clone(),
        progress_deadline_seconds: rollout.spec.progress_deadline_seconds,
        dry_run: step.dry_run.clone(),
        analysis_run_metadata: step.analysis_run_metadata.clone(),
        scale_down_delay_seconds: step.scale_down_delay_seconds,
        ..Default::default()
    };
    for template in &step.templates {
        spec.templates.push(template_spec(template, source)?);
    }
    for analysis in &step.analyses {
        let (args, failed) = arguments::build(&analysis.args, source);
        if let Some(error) = failed {
            return Err(error);
        }
        spec.analyses.push(ExperimentAnalysis {
            name: analysis.name.clone(),
            template_name: analysis.template_name.clone(),
            cluster_scope: analysis.cluster_scope,
            args,
            required_for_completion: analysis.required_for_completion,
        });
    }
    let index = rollout.status.current_step_index.unwrap_or(0);
    let metadata = ObjectMeta {
        name: format_smolstr!("{}-{hash}-{revision}-{index}", rollout.metadata.name),
        namespace: rollout.metadata.namespace.clone(),
        labels,
        annotations: BTreeMap::from([(REVISION.to_string(), revision)]),
        owner_references: vec![controller_reference(rollout)],
        ..Default::default()
    };
    Ok(Experiment { metadata, spec, ..Default::default() })
}

/// `metav1.NewControllerRef` to a rollout.
pub(crate) fn controller_reference(rollout: &Rollout) -> OwnerReference {
    OwnerReference {
        api_version: "argoproj.io/v1alpha1".into(),
        kind: "Rollout".into(),
        name: rollout.metadata.name.clone(),
        uid: rollout.metadata.uid.clone(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}

fn template_spec(template: &ExperimentStepTemplate, source: &Source<'_>) -> Result<TemplateSpec, String> {
    let set = match template.spec_ref.as_str() {
        "canary" => source.new,
        "stable" => source.stable,
        _ => return Err("Invalid template step SpecRef: must be canary or stable".into()),
    };
    let service = (template.weight.is_some() || template.service.is_some())
        .then(|| TemplateService { name: template.service.as_ref().map_or_else(String::new, |service| service.name.clone()) });
    let mut out = TemplateSpec {
        name: template.name.clone(),
        replicas: template.replicas,
        min_ready_seconds: set.map_or(0, |set| set.spec.min_ready_seconds),
        selector: template.selector.clone().or_else(|| set.and_then(|set| set.spec.selector.clone())),
        template: set.map_or(Value::Null, |set| (*set.spec.template).clone()),
        service,
    };
    overlay(&mut out.template, "labels", &template.metadata.labels);
    overlay(&mut out.template, "annotations", &template.metadata.annotations);
    if !template.metadata.labels.is_empty() {
        let labels = template.metadata.labels.iter().map(|(key, value)| (key.clone(), value.clone()));
        out.selector.get_or_insert_default().match_labels.extend(labels);
    }
    Ok(out)
}

fn overlay(template: &mut Value, member: &str, strings: &BTreeMap<String, String>) {
    if strings.is_empty() {
        return;
    }
    let metadata = object(template).entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    let target = object(metadata).entry(member).or_insert_with(|| Value::Object(Map::new()));
    object(target).extend(strings.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))));
}

/// The value as an object, replaced by an empty one if it is none.
fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(members) => members,
        // Just made an object; a match arm is cheaper than a panic.
        other => {
            *other = Value::Object(Map::new());
            object(other)
        }
    }
}
