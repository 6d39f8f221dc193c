//! What a user does to a Rollout.

use std::sync::Arc;

use serde_json::json;

use super::{Simulation, moment, scenario::Command};
use crate::{
    Map, Result, Value,
    rollouts::{
        reconcile::{answer, revision::revision, world::Set},
        spec::{AnalysisPhase, POD_TEMPLATE_HASH, Reading, normalize},
        steps,
    },
};

/// JSON merge patch.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, change) in changes {
        if change.is_null() {
            members.shift_remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

impl Simulation {
    pub(super) fn apply(&mut self, command: Command) -> Result<()> {
        self.rests_until = None;
        match command {
            Command::SetImage { container, image } => self.set_image(&container, &image),
            Command::Scale(replicas) => self.edit(|document| document["spec"]["replicas"] = replicas.into()),
            Command::Patch(patch) => {
                let mut document = self.current_document();
                merge(&mut document, &patch);
                let document = normalize("Rollout", &document, Reading::Lenient)?;
                self.replace(document)
            }
            Command::Promote => self.promote(),
            Command::PromoteFull => {
                let status = &mut self.world.rollout.status;
                if status.current_pod_hash != status.stable_rs {
                    status.promote_full = true;
                }
                self.unpause()
            }
            Command::Abort => {
                self.world.rollout.status.abort = true;
                Ok(())
            }
            Command::Retry => {
                self.world.rollout.status.abort = false;
                Ok(())
            }
            Command::Pause => self.edit(|document| document["spec"]["paused"] = true.into()),
            Command::Resume => self.edit(|document| document["spec"]["paused"] = false.into()),
            Command::Restart => {
                let now = moment(self.now).wire();
                self.edit(|document| document["spec"]["restartAt"] = now.into())
            }
            Command::Undo(number) => self.undo(number),
            Command::ReadyLimit { role, limit } => {
                match limit {
                    Some(limit) => self.scenario.limits.insert(role, limit),
                    None => self.scenario.limits.remove(&role),
                };
                Ok(())
            }
        }
    }

    /// The Rollout as a document, with what the controller has changed of it.
    fn current_document(&self) -> Value {
        let mut document = self.document.clone();
        let rollout = &self.world.rollout;
        if !document["spec"].is_object() {
            document["spec"] = json!({});
        }
        if let Some(replicas) = rollout.spec.replicas {
            document["spec"]["replicas"] = replicas.into();
        }
        if !document["metadata"].is_object() {
            document["metadata"] = json!({});
        }
        if !rollout.metadata.annotations.is_empty() {
            document["metadata"]["annotations"] = json!(rollout.metadata.annotations);
        }
        document
    }

    fn edit(&mut self, edit: impl FnOnce(&mut Value)) -> Result<()> {
        let mut document = self.current_document();
        edit(&mut document);
        self.replace(document)
    }

    /// Stores another form of the Rollout; its status stays.
    fn replace(&mut self, document: Value) -> Result<()> {
        let mut rollout = answer::stored(document.clone())?;
        let old = &self.world.rollout;
        rollout.status = old.status.clone();
        let metadata = &mut rollout.metadata;
        metadata.name.clone_from(&old.metadata.name);
        metadata.namespace.clone_from(&old.metadata.namespace);
        metadata.uid.clone_from(&old.metadata.uid);
        metadata.creation_timestamp = old.metadata.creation_timestamp;
        metadata.generation = old.metadata.generation;
        if rollout.spec != old.spec {
            metadata.generation = metadata.generation.saturating_add(1);
        }
        self.world.rollout = rollout;
        self.document = document;
        self.derive()
    }

    fn set_image(&mut self, container: &str, image: &str) -> Result<()> {
        let set = |template: Option<&mut Value>| {
            let containers = template.and_then(|template| template.pointer_mut("/spec/containers")).and_then(Value::as_array_mut);
            for (at, one) in containers.into_iter().flatten().enumerate() {
                if container.is_empty() && at == 0 || one["name"] == container {
                    one["image"] = image.into();
                }
            }
        };
        if self.world.rollout.spec.workload_ref.is_some() {
            return self.edit_workload(|template| set(Some(template)));
        }
        self.edit(|document| set(document.pointer_mut("/spec/template")))
    }

    fn unpause(&mut self) -> Result<()> {
        if self.world.rollout.spec.paused {
            return self.edit(|document| document["spec"]["paused"] = false.into());
        }
        Ok(())
    }

    /// `kubectl argo rollouts promote`.
    fn promote(&mut self) -> Result<()> {
        let rollout = &mut self.world.rollout;
        let step = steps::current(rollout).1;
        let count = i32::try_from(rollout.steps().len()).unwrap_or(i32::MAX);
        let next = step.map(|step| if step < count { step + 1 } else { step });
        let canary = rollout.canary().is_some();
        let run = rollout.status.canary.current_step_analysis_run_status.as_ref();
        let inconclusive = canary && run.is_some_and(|run| run.status == AnalysisPhase::Inconclusive);
        let status = &mut rollout.status;
        if inconclusive && !status.pause_conditions.is_empty() && status.controller_pause {
            if next.is_some() {
                status.pause_conditions.clear();
                status.controller_pause = false;
                status.current_step_index = next;
            }
        } else if !status.pause_conditions.is_empty() {
            status.pause_conditions.clear();
        } else if canary && next.is_some() {
            status.current_step_index = next;
        }
        self.unpause()
    }

    /// `kubectl argo rollouts undo`.
    fn undo(&mut self, number: i64) -> Result<()> {
        let mut sets: Vec<&Set> = self.world.replica_sets.iter().collect();
        sets.sort_by(|a, b| (a.metadata.creation_timestamp, &a.metadata.name).cmp(&(b.metadata.creation_timestamp, &b.metadata.name)));
        let ours = |set: &&Set| set.metadata.owner_references.iter().any(|owner| owner.controller == Some(true) && owner.kind == "Rollout");
        let of = |set: Option<&Set>| set.map_or(-1, |set| revision(&set.metadata.annotations));
        let (mut best, mut second) = (None, None);
        for set in sets.into_iter().filter(ours) {
            if number > 0 {
                if of(Some(set)) == number {
                    second = Some(set);
                }
            } else if of(Some(set)) > of(best) {
                (best, second) = (Some(set), best);
            } else if of(Some(set)) > of(second) {
                second = Some(set);
            }
        }
        let Some(set) = second.map(Arc::clone) else { return Ok(()) };
        let mut template = (*set.spec.template).clone();
        if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
            labels.shift_remove(POD_TEMPLATE_HASH);
        }
        if self.world.rollout.spec.workload_ref.is_some() {
            return self.edit_workload(|current| *current = template);
        }
        self.edit(|document| document["spec"]["template"] = template)
    }
}
