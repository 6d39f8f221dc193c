//! The workload that `workloadRef` names: where pod template and selector come from, and who makes way.

use crate::rollouts::objects::AtPath;
use std::sync::Arc;

use serde_json::json;
use smol_str::ToSmolStr;

use super::{
    RESOLVE_AGAIN,
    context::Context,
    revision::{REVISION, revision},
    world::Action,
};
use crate::{
    Result, Value,
    rollouts::{
        objects::{Failure, Outcome, text},
        spec::{self, LabelSelector, ObjectRef, Reading, Rollout, RolloutSpec, RolloutStatus, Text, template_annotations, template_labels},
        status::WORKLOAD_GENERATION,
    },
};

/// A Deployment, a ReplicaSet or a PodTemplate that Rollouts can take their template from.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Workload {
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) namespace: Text,
    pub(crate) name: Text,
    pub(crate) generation: i64,
    /// `spec.replicas`, as the API server fills it in.
    pub(crate) replicas: i32,
    pub(crate) template: Option<Value>,
    pub(crate) selector: Option<LabelSelector>,
}

/// The API group of an `apiVersion`, as `schema.FromAPIVersionAndKind` takes it apart.
fn group(api_version: &str) -> &str {
    match api_version.split_once('/') {
        Some((group, version)) if !version.contains('/') => group,
        _ => "",
    }
}

/// Plural and where the template is; `None` for kinds that are not supported.
fn known(group: &str, kind: &str) -> Option<(&'static str, &'static str)> {
    match (group, kind) {
        ("", "PodTemplate") => Some(("podtemplates", "/template")),
        ("apps", "Deployment") => Some(("deployments.apps", "/spec/template")),
        ("apps", "ReplicaSet") => Some(("replicasets.apps", "/spec/template")),
        _ => None,
    }
}

impl Workload {
    /// Reads a document of a supported kind; `None` for any other.
    pub(crate) fn read(document: &Value, namespace: &str) -> Result<Option<Self>> {
        let (api_version, kind) = (text(document, "/apiVersion"), text(document, "/kind"));
        let group = group(api_version);
        let Some((_, at)) = known(group, kind) else { return Ok(None) };
        let given = text(document, "/metadata/namespace");
        let template = document.at_path(at).filter(|template| template.is_object());
        let selector = document.at_path("/spec/selector").filter(|selector| selector.is_object() && kind != "PodTemplate");
        Ok(Some(Self {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: if given.is_empty() { namespace } else { given }.into(),
            name: text(document, "/metadata/name").into(),
            generation: document.at_path("/metadata/generation").and_then(Value::as_i64).unwrap_or(0),
            replicas: document.at_path("/spec/replicas").and_then(Value::as_i64).and_then(|count| i32::try_from(count).ok()).unwrap_or(1),
            template: template.map(|template| spec::normalize("PodTemplateSpec", template, Reading::Lenient)).transpose()?,
            selector: selector.map(|selector| spec::read("LabelSelector", selector, Reading::Lenient)).transpose()?,
        }))
    }

    /// Whether a reference means this one.
    pub(crate) fn is(&self, reference: &ObjectRef, namespace: &str) -> bool {
        self.group == group(&reference.api_version)
            && self.kind == reference.kind
            && self.name == reference.name
            && self.namespace == namespace
    }
}

/// `EmptyTemplate`: only labels and annotations count.
fn is_empty(template: &Value) -> bool {
    template_labels(template).next().is_none() && template_annotations(template).next().is_none()
}

/// `Resolve`: the spec with the workload's template and selector, and the workload's generation.
pub(crate) fn resolve(rollout: &Rollout, workloads: &[Arc<Workload>]) -> Result<Option<(Arc<RolloutSpec>, i64)>, String> {
    let Some(reference) = &rollout.spec.workload_ref else { return Ok(None) };
    if !is_empty(&rollout.spec.template) {
        return Err("template must be empty for workload reference rollout".into());
    }
    let group = group(&reference.api_version);
    let Some((resource, _)) = known(group, &reference.kind) else {
        return Err(format!("workload of type {group}/{} is not supported", reference.kind));
    };
    let namespace = &rollout.metadata.namespace;
    let Some(workload) = workloads.iter().find(|workload| workload.is(reference, namespace)) else {
        return Err(format!("{resource} \"{namespace}/{}\" not found", reference.name));
    };
    let mut spec = (*rollout.spec).clone();
    if let Some(template) = &workload.template {
        spec.template.clone_from(template);
        spec.template_resolved_from_ref = true;
    }
    if spec.selector.is_none() && workload.selector.is_some() {
        spec.selector.clone_from(&workload.selector);
        spec.selector_resolved_from_ref = true;
    }
    Ok(Some((Arc::new(spec), workload.generation)))
}

/// What a reconcile changes of the Rollout only for itself.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// The spec as it is stored.
    stored: Option<Arc<RolloutSpec>>,
    /// The annotation as it is stored.
    annotation: Option<String>,
    /// The Rollout was stored with the new annotation.
    written: bool,
}

impl Context<'_> {
    /// Lets this reconcile go by the workload's template; the stored Rollout does not get it.
    pub(crate) fn resolve_workload(&mut self) -> Result<(), String> {
        let annotations = &mut self.rollout.metadata.annotations;
        if self.rollout.spec.workload_ref.is_none() {
            if annotations.contains_key(WORKLOAD_GENERATION) {
                self.resolved.annotation = annotations.remove(WORKLOAD_GENERATION);
            }
            return Ok(());
        }
        self.resolved.annotation = annotations.get(WORKLOAD_GENERATION).cloned();
        let Some((spec, generation)) = resolve(&self.rollout, &self.world.workloads)? else { return Ok(()) };
        self.rollout.metadata.annotations.insert(WORKLOAD_GENERATION.into(), generation.to_string());
        self.resolved.stored = Some(std::mem::replace(&mut self.rollout.spec, spec));
        Ok(())
    }

    /// Why the workload cannot be had, as condition InvalidSpec; someone may create it soon.
    pub(crate) fn refuse_workload(&mut self, error: &str) {
        self.after.push(RESOLVE_AGAIN);
        self.watch_always();
        self.tell_invalid(error);
    }

    /// The merge patch of the annotations when the Rollout is stored with another revision.
    pub(crate) fn annotation_change(&mut self, revision: &str) -> Value {
        self.resolved.written = true;
        let mut change = json!({REVISION: revision});
        let now = self.rollout.metadata.annotations.get(WORKLOAD_GENERATION);
        if now != self.resolved.annotation.as_ref() {
            change[WORKLOAD_GENERATION] = now.map_or(Value::Null, |generation| generation.as_str().into());
        }
        change
    }

    /// The Rollout as it is stored.
    pub(crate) fn unresolve(resolved: Resolved, rollout: &mut Rollout) {
        if let Some(stored) = resolved.stored {
            let replicas = rollout.spec.replicas;
            rollout.spec = stored;
            if rollout.spec.replicas != replicas {
                Arc::make_mut(&mut rollout.spec).replicas = replicas;
            }
        }
        if resolved.written {
            return;
        }
        let annotations = &mut rollout.metadata.annotations;
        if annotations.get(WORKLOAD_GENERATION) == resolved.annotation.as_ref() {
            return;
        }
        match resolved.annotation {
            Some(generation) => annotations.insert(WORKLOAD_GENERATION.into(), generation),
            None => annotations.remove(WORKLOAD_GENERATION),
        };
    }

    /// The generation that was looked at, into the status.
    pub(crate) fn observe_workload(&self, status: &mut RolloutStatus) {
        if !self.rollout.spec.template_resolved_from_ref {
            status.workload_observed_generation = Text::default();
            return;
        }
        let annotation = self.rollout.metadata.annotations.get(WORKLOAD_GENERATION);
        let seen = annotation.and_then(|text| spec::go_parse_i32(text)).unwrap_or(0);
        if seen != spec::go_parse_i32(&status.workload_observed_generation).unwrap_or(0) {
            status.workload_observed_generation = seen.to_smolstr();
        }
    }

    /// `workloadRef.scaleDown`, for the one revision in which a workload is taken over.
    fn hands_over(&self, how: &str, of: i64) -> bool {
        of == 1 && self.rollout.spec.workload_ref.as_ref().is_some_and(|reference| reference.scale_down == how)
    }

    /// `scaleDown: onsuccess`: the workload goes once the Rollout is healthy.
    pub(crate) fn retire_workload(&mut self) -> Outcome {
        let first = revision(&self.rollout.metadata.annotations);
        if self.hands_over("onsuccess", first) && self.rollout.status.phase == "Healthy" { self.scale_workload(0) } else { Ok(()) }
    }

    /// `scaleDown: progressively`: the workload shrinks as pods of the Rollout get ready.
    pub(crate) fn shrink_workload(&mut self, size: i32) -> Outcome {
        let Some(new) = &self.new else { return Ok(()) };
        if !self.hands_over("progressively", revision(&new.metadata.annotations)) {
            return Ok(());
        }
        let ready = self.rollout.status.ready_replicas;
        let wanted = match self.rollout.spec.replicas {
            _ if self.rollout.status.phase == "Healthy" => 0,
            Some(replicas) if ready > 0 || new.desired() > size => replicas.wrapping_sub(ready),
            _ => return Ok(()),
        };
        self.scale_workload(wanted)
    }

    /// `scaleDeployment`: whatever kind is referred to, it is the Deployment of that name.
    fn scale_workload(&mut self, size: i32) -> Outcome {
        let Some(reference) = &self.rollout.spec.workload_ref else { return Ok(()) };
        let (name, namespace) = (reference.name.clone(), &self.rollout.metadata.namespace);
        let found = self.world.workloads.iter_mut().find(|workload| {
            workload.kind == "Deployment" && workload.group == "apps" && workload.name == name && workload.namespace == *namespace
        });
        let Some(workload) = found else { return Err(Failure::not_found("deployments.apps", &name)) };
        let size = size.max(0);
        if workload.replicas == size {
            return Ok(());
        }
        let workload = Arc::make_mut(workload);
        workload.replicas = size;
        workload.generation = workload.generation.saturating_add(1);
        self.world.dirty = true;
        self.world.note(|| Action::Update { kind: "Deployment", name, change: json!({"spec": {"replicas": size}}) });
        Ok(())
    }
}
