//! The rollout's Experiments.

use std::sync::Arc;

use serde_json::json;
use smol_str::format_smolstr;

use super::{
    analysis_runs::created_document,
    context::{Context, controller_uid},
    pause::{self, INCONCLUSIVE_ANALYSIS, INCONCLUSIVE_EXPERIMENT},
    world::Action,
};
use crate::rollouts::{
    experiment,
    objects::{Failure, Outcome},
    spec::{AnalysisPhase, Experiment},
    steps,
};

impl Context<'_> {
    /// `reconcileExperiments`.
    pub(crate) fn reconcile_experiments(&mut self) -> Outcome {
        if self.pause.aborted(&self.rollout) || self.rollout.status.promote_full {
            let all: Vec<Arc<Experiment>> = self.other_experiments.iter().chain(&self.experiment).cloned().collect();
            self.cancel_experiments(&all);
            return Ok(());
        }
        if pause::condition(&self.rollout, INCONCLUSIVE_ANALYSIS).is_some() {
            return Ok(());
        }
        let at_experiment = steps::current(&self.rollout).0.is_some_and(|step| step.experiment.is_some());
        let mut current = self.experiment.clone();
        if at_experiment {
            if current.is_none() {
                if self.stable.is_none() {
                    return Ok(());
                }
                current = self.create_experiment()?;
            }
            if let Some(experiment) = &current {
                self.judge_experiment(experiment);
            }
        }
        let mut others = self.other_experiments.clone();
        if !at_experiment {
            others.extend(current);
        }
        self.cancel_experiments(&others);
        others.sort_by(|a, b| (b.metadata.creation_timestamp, &b.metadata.name).cmp(&(a.metadata.creation_timestamp, &a.metadata.name)));
        let gone = self.beyond_history(others.iter().map(|experiment| (&experiment.metadata, &experiment.status.phase)));
        for name in gone {
            self.delete_experiment(&name);
        }
        Ok(())
    }

    fn judge_experiment(&mut self, experiment: &Arc<Experiment>) {
        match experiment.status.phase {
            AnalysisPhase::Inconclusive => self.pause.add(INCONCLUSIVE_EXPERIMENT),
            AnalysisPhase::Error | AnalysisPhase::Failed => {
                let mut message = "Experiment analysis phase is error/failed".to_owned();
                if !experiment.status.message.is_empty() {
                    message = format!("{message}: {}", experiment.status.message);
                }
                self.pause.add_abort(message);
            }
            AnalysisPhase::Successful => {}
            _ => {
                let name = &experiment.metadata.name;
                self.status.canary.current_experiment.clone_from(name);
                self.other_experiments.retain(|other| other.metadata.name != *name);
                self.experiment = Some(Arc::clone(experiment));
            }
        }
    }

    /// `GetExperimentFromTemplate` and `createExperimentWithCollisionHandling`.
    fn create_experiment(&mut self) -> Outcome<Option<Arc<Experiment>>> {
        let built = experiment::build_as(&self.rollout, self.stable.as_deref(), self.new.as_deref(), &self.world.hashes.pod_template);
        let built = built.map_err(|error| Failure::new(error.message))?.map_err(Failure::new)?;
        let Some(mut new) = built else { return Ok(None) };
        let base = new.metadata.name.clone();
        let uid = self.rollout.metadata.uid.as_str();
        let mut count = 1u32;
        let same = |a: &Experiment, b: &Experiment| {
            let (mut a, mut b) = (a.spec.clone(), b.spec.clone());
            a.terminate = false;
            b.terminate = false;
            a == b
        };
        while let Some(existing) = self.world.experiments.iter().find(|existing| existing.metadata.name == new.metadata.name) {
            if !existing.status.phase.completed() && same(existing, &new) && controller_uid(&existing.metadata) == Some(uid) {
                let existing = Arc::clone(existing);
                self.world.event("ExperimentCreated", format!("Created Experiment '{}'", existing.metadata.name));
                return Ok(Some(existing));
            }
            new.metadata.name = format_smolstr!("{base}-{count}");
            count += 1;
        }
        if self.world.recording {
            let (name, mut object) = (new.metadata.name.to_string(), created_document("Experiment", &new));
            if let Some(members) = object.as_object_mut()
                && members.get("status").and_then(|status| status.as_object()).is_some_and(serde_json::Map::is_empty)
            {
                members.shift_remove("status");
            }
            self.world.actions.push(Action::Create { kind: "Experiment", name, object });
        }
        new.metadata.uid = format_smolstr!("uid-experiment-{}", new.metadata.name);
        new.metadata.generation = 1;
        new.metadata.creation_timestamp = Some(self.seconds());
        let new = Arc::new(new);
        self.world.dirty = true;
        self.world.experiments.push(Arc::clone(&new));
        self.world.event("ExperimentCreated", format!("Created Experiment '{}'", new.metadata.name));
        Ok(Some(new))
    }

    /// `cancelExperiments`.
    fn cancel_experiments(&mut self, experiments: &[Arc<Experiment>]) {
        for experiment in experiments.iter().filter(|experiment| !experiment.spec.terminate && !experiment.status.phase.completed()) {
            let name = &experiment.metadata.name;
            let Some(stored) = self.world.experiments.iter_mut().find(|stored| stored.metadata.name == *name) else { continue };
            let stored = Arc::make_mut(stored);
            if stored.spec.terminate {
                continue;
            }
            stored.spec.terminate = true;
            self.world.dirty = true;
            stored.metadata.generation = stored.metadata.generation.saturating_add(1);
            self.world.note(|| Action::Update { kind: "Experiment", name: name.to_string(), change: json!({"spec": {"terminate": true}}) });
        }
    }
}
