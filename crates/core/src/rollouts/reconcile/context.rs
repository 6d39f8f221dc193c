//! One reconcile's view of the world: which ReplicaSets, runs and experiments play which part.

use std::{cell::Cell, sync::Arc};

use smallvec::SmallVec;

use super::{
    Report, affinity, metadata,
    pause::PauseContext,
    selector, template,
    workload::Resolved,
    world::{Action, Set, World},
};
use crate::rollouts::{
    objects::{Failure, Outcome},
    replicas,
    spec::{AnalysisRun, Experiment, ObjectMeta, OwnerReference, ReplicaSet, Rollout, RolloutStatus, Service, Text, Time},
};

/// The runs that the status names (`CurrentAnalysisRuns`).
#[derive(Debug, Clone, Default)]
pub(crate) struct CurrentRuns {
    pub(crate) step: Option<Arc<AnalysisRun>>,
    pub(crate) background: Option<Arc<AnalysisRun>>,
    pub(crate) pre: Option<Arc<AnalysisRun>>,
    pub(crate) post: Option<Arc<AnalysisRun>>,
}

impl CurrentRuns {
    pub(crate) fn list(&self) -> Vec<Arc<AnalysisRun>> {
        [&self.step, &self.background, &self.pre, &self.post].into_iter().flatten().cloned().collect()
    }
}

/// A Rollout has few ReplicaSets at a time.
pub(crate) type Sets = SmallVec<[Set; 6]>;

/// `rolloutContext`. The ReplicaSets here are as they were found: a change is stored, not seen.
pub(crate) struct Context<'w> {
    pub(crate) world: &'w mut World,
    pub(crate) now: Time,
    pub(crate) rollout: Rollout,
    /// The status as stored, once it differs from the one in `rollout`.
    stored: Option<RolloutStatus>,
    pub(crate) new: Option<Set>,
    /// `new` is a copy of its own: what befalls it is not seen in the lists.
    pub(crate) new_detached: bool,
    pub(crate) stable: Option<Set>,
    pub(crate) older: Sets,
    pub(crate) other: Sets,
    pub(crate) all: Sets,
    /// Services as the informer has them.
    pub(crate) services: SmallVec<[Arc<Service>; 4]>,
    pub(crate) runs: CurrentRuns,
    pub(crate) other_runs: Vec<Arc<AnalysisRun>>,
    pub(crate) experiment: Option<Arc<Experiment>>,
    pub(crate) other_experiments: Vec<Arc<Experiment>>,
    pub(crate) status: RolloutStatus,
    pub(crate) pause: PauseContext,
    /// The new ReplicaSet was still waiting to be scaled down when this reconcile began.
    pub(crate) new_within_delay: bool,
    /// Routing ran in this reconcile, after which no weight counts as unverified.
    pub(crate) weights_checked: bool,
    /// The Rollout was written: upstream's `newRollout` is set.
    pub(crate) written: bool,
    pub(crate) after: Vec<i64>,
    pub(crate) rate_limited: bool,
    pub(crate) resolved: Resolved,
    holds_until: Cell<Time>,
}

/// Uid of the controlling owner.
pub(crate) fn controller_uid(metadata: &ObjectMeta) -> Option<&str> {
    metadata.owner_references.iter().find(|owner| owner.controller == Some(true)).map(|owner| owner.uid.as_str())
}

pub(crate) fn borrowed(sets: &[Set]) -> SmallVec<[&ReplicaSet; 8]> {
    sets.iter().map(|set| &**set).collect()
}

impl<'w> Context<'w> {
    pub(crate) fn new(world: &'w mut World, now: Time) -> Self {
        let rollout = std::mem::take(&mut world.rollout);
        let services = world.services.iter().cloned().collect();
        let status = RolloutStatus {
            restarted_at: rollout.status.restarted_at,
            alb: rollout.status.alb.clone(),
            albs: rollout.status.albs.clone(),
            ..RolloutStatus::default()
        };
        Self {
            world,
            now,
            rollout,
            stored: None,
            new: None,
            new_detached: false,
            stable: None,
            older: Sets::new(),
            other: Sets::new(),
            all: Sets::new(),
            services,
            runs: CurrentRuns::default(),
            other_runs: Vec::new(),
            experiment: None,
            other_experiments: Vec::new(),
            status,
            pause: PauseContext::default(),
            new_within_delay: false,
            weights_checked: false,
            written: false,
            after: Vec::new(),
            rate_limited: false,
            resolved: Resolved::default(),
            holds_until: Cell::new(Time::MAX),
        }
    }

    /// This reconcile compares the clock with a moment: when that has come, another may say something else.
    pub(crate) fn watch(&self, moment: Time) {
        if moment > self.now {
            self.holds_until.set(self.holds_until.get().min(moment));
        }
    }

    /// As [`Self::watch`], where it also matters whether the moment comes before the next resync.
    pub(crate) fn watch_resync(&self, moment: Time) {
        self.watch(moment);
        self.watch(moment.plus(-super::RESYNC));
    }

    /// The same reconcile a moment later asks for something else.
    pub(crate) fn watch_always(&self) {
        self.holds_until.set(self.now);
    }

    /// Now, as a stored time has it.
    pub(crate) fn seconds(&self) -> Time {
        whole_seconds(self.now)
    }

    /// Puts the Rollout back, with the status that was stored.
    pub(crate) fn finish(self, error: Option<Failure>) -> Report {
        let mut rollout = self.rollout;
        if let Some(stored) = self.stored {
            rollout.status = stored;
        }
        Self::unresolve(self.resolved, &mut rollout);
        self.world.rollout = rollout;
        Report { error, after: self.after, rate_limited: self.rate_limited, holds_until: self.holds_until.get() }
    }

    /// Stores a status; what this reconcile goes by stays the old one unless it is the same.
    pub(crate) fn store_status(&mut self, status: RolloutStatus) {
        self.world.dirty = true;
        self.stored = Some(status);
        self.written = true;
    }

    /// `newRolloutContext`; `false` when the workload that is referred to cannot be had.
    pub(crate) fn load(&mut self) -> Outcome<bool> {
        let resolved = self.resolve_workload();
        let sets = self.claim()?;
        self.new = self.find_new(&sets);
        self.classify(&sets);
        self.all = sets;
        self.load_experiments();
        self.load_runs();
        self.new_within_delay = self.new.as_ref().is_some_and(|set| self.remaining_delay(set).is_some());
        if let Err(error) = resolved {
            self.refuse_workload(&error);
            return Ok(false);
        }
        if let Err(refusal) = super::validation::verdict(self) {
            return Err(self.refuse(&refusal));
        }
        if self.new.is_none() {
            let sets = std::mem::take(&mut self.all);
            self.create_desired_set()?;
            self.classify(&sets);
            self.all = sets;
            self.all.extend(self.new.clone());
        }
        if self.rollout.is_fully_promoted() && self.pause.aborted(&self.rollout) {
            self.pause.remove_abort = true;
        }
        self.status.canary.weights.clone_from(&self.rollout.status.canary.weights);
        Ok(true)
    }

    fn classify(&mut self, sets: &[Set]) {
        let uid = self.new.as_ref().map(|set| &set.metadata.uid);
        self.older = sets.iter().filter(|set| uid != Some(&set.metadata.uid)).cloned().collect();
        let hash = self.rollout.status.stable_rs.as_str();
        self.stable = match &self.new {
            _ if hash.is_empty() => None,
            Some(new) if new.hash() == hash => Some(Arc::clone(new)),
            _ => self.older.iter().find(|set| set.hash() == hash).cloned(),
        };
        self.other = others(self.new.as_deref(), self.stable.as_deref(), sets);
    }

    /// `getReplicaSetsForRollouts`: ours; orphans that match are adopted, ours that do not are let go.
    fn claim(&mut self) -> Outcome<Sets> {
        let uid = self.rollout.metadata.uid.clone();
        let spec = Arc::clone(&self.rollout.spec);
        let mut ours = Sets::new();
        for at in 0..self.world.replica_sets.len() {
            let Some(set) = self.world.replica_sets.get(at).cloned() else { break };
            let matches = selector::matches(spec.selector.as_ref(), &set.metadata.labels);
            match controller_uid(&set.metadata) {
                Some(owner) if owner != uid => {}
                Some(_) if matches => ours.push(set),
                Some(_) => {
                    let mut free = (*set).clone();
                    free.metadata.owner_references.retain(|owner| owner.uid != uid);
                    self.world.store_set(free);
                }
                None if matches
                    && set.metadata.deletion_timestamp.is_none()
                    && set.metadata.namespace == self.rollout.metadata.namespace =>
                {
                    let mut adopted = (*set).clone();
                    adopted.metadata.owner_references.push(OwnerReference {
                        api_version: "argoproj.io/v1alpha1".into(),
                        kind: "Rollout".into(),
                        name: self.rollout.metadata.name.clone(),
                        uid: uid.clone(),
                        controller: Some(true),
                        block_owner_deletion: Some(true),
                    });
                    self.world.store_set(adopted);
                    ours.push(set);
                }
                None => {}
            }
        }
        Ok(ours)
    }

    /// `FindNewReplicaSet`: by hash, else by template.
    fn find_new(&self, sets: &[Set]) -> Option<Set> {
        let mut sorted: SmallVec<[&Set; 8]> = sets.iter().collect();
        sorted.sort_by(|a, b| (a.metadata.creation_timestamp, &a.metadata.name).cmp(&(b.metadata.creation_timestamp, &b.metadata.name)));
        let hash = self.world.hashes.pod_template.as_str();
        if let Some(set) = sorted.iter().find(|set| set.hash() == hash) {
            return Some(Arc::clone(set));
        }
        let same = |set: &&&Set| {
            let plain = metadata::sync_set(set, None);
            let mut live = (**plain.as_ref().map_or(&set.spec.template, |set| &set.spec.template)).clone();
            affinity::remove(&self.rollout, &mut live);
            template::equal_ignoring_hash(&live, &self.rollout.spec.template)
        };
        sorted.iter().find(same).map(|set| Arc::clone(set))
    }

    fn load_experiments(&mut self) {
        let uid = self.rollout.metadata.uid.as_str();
        let current = self.rollout.status.canary.current_experiment.as_str();
        let ours = self.world.experiments.iter().filter(|experiment| controller_uid(&experiment.metadata) == Some(uid));
        let ours: Vec<Arc<Experiment>> = ours.cloned().collect();
        self.experiment = ours.iter().find(|experiment| experiment.metadata.name == current).cloned();
        let uid = self.experiment.as_ref().map(|experiment| experiment.metadata.uid.clone());
        self.other_experiments = ours.into_iter().filter(|experiment| uid.as_ref() != Some(&experiment.metadata.uid)).collect();
    }

    /// `getAnalysisRunsForRollout` and `FilterCurrentRolloutAnalysisRuns`.
    fn load_runs(&mut self) {
        let uid = self.rollout.metadata.uid.as_str();
        let status = &self.rollout.status;
        let name = |reference: &Option<crate::rollouts::spec::AnalysisRunReference>| reference.as_ref().map(|run| run.name.clone());
        let step = name(&status.canary.current_step_analysis_run_status);
        let background = name(&status.canary.current_background_analysis_run_status);
        let pre = name(&status.blue_green.pre_promotion_analysis_run_status);
        let post = name(&status.blue_green.post_promotion_analysis_run_status);
        for run in &self.world.analysis_runs {
            let is = |wanted: &Option<Text>| wanted.as_ref().is_some_and(|wanted| *wanted == run.metadata.name);
            let owned = controller_uid(&run.metadata) == Some(uid);
            let run = Arc::clone(run);
            if is(&step) {
                self.runs.step = Some(run);
            } else if is(&background) {
                self.runs.background = Some(run);
            } else if is(&pre) {
                self.runs.pre = Some(run);
            } else if is(&post) {
                self.runs.post = Some(run);
            } else if owned {
                self.other_runs.push(run);
            }
        }
    }

    /// `updateReplicaSet`.
    pub(crate) fn update_set(&mut self, set: ReplicaSet) -> Outcome<Set> {
        let name = set.metadata.name.clone();
        self.world.store_set(set).ok_or_else(|| {
            Failure::not_found("replicasets.apps", &name).within(&format!("error updating replicaset in updateReplicaSet {name}"))
        })
    }

    /// Changes a ReplicaSet where this reconcile looks at it, in every list that holds this very one.
    pub(crate) fn edit_set(&mut self, target: &Set, edit: impl Fn(&mut ReplicaSet)) {
        let mut changed = (**target).clone();
        edit(&mut changed);
        let changed = Arc::new(changed);
        let same = |slot: &Set| Arc::ptr_eq(slot, target);
        let is_new = self.new.as_ref().is_some_and(same);
        if is_new {
            self.new = Some(Arc::clone(&changed));
            if self.new_detached {
                return;
            }
        }
        if self.stable.as_ref().is_some_and(same) {
            self.stable = Some(Arc::clone(&changed));
        }
        for list in [&mut self.all, &mut self.older, &mut self.other] {
            for slot in list.iter_mut().filter(|slot| Arc::ptr_eq(slot, target)) {
                *slot = Arc::clone(&changed);
            }
        }
    }

    /// The hash label of the new ReplicaSet, "" without one.
    pub(crate) fn new_hash(&self) -> &str {
        self.new.as_ref().map_or("", |set| set.hash())
    }

    /// The latest of the hash's ReplicaSets (`GetReplicaSetByTemplateHash`).
    pub(crate) fn set_of_hash(&self, hash: &str) -> Option<&Set> {
        if hash.is_empty() { None } else { self.all.iter().rev().find(|set| set.hash() == hash) }
    }

    pub(crate) fn ready_for_pause(&self) -> bool {
        self.new.as_ref().is_some_and(|new| replicas::ready_for_pause(&self.rollout, new, &borrowed(&self.all)))
    }

    pub(crate) fn delete_run(&mut self, name: &str) {
        let before = self.world.analysis_runs.len();
        self.world.analysis_runs.retain(|run| run.metadata.name != name);
        if self.world.analysis_runs.len() != before {
            self.world.dirty = true;
            self.world.note(|| Action::Delete { kind: "AnalysisRun", name: name.to_owned() });
        }
    }

    pub(crate) fn delete_experiment(&mut self, name: &str) {
        let before = self.world.experiments.len();
        self.world.experiments.retain(|experiment| experiment.metadata.name != name);
        if self.world.experiments.len() != before {
            self.world.dirty = true;
            self.world.note(|| Action::Delete { kind: "Experiment", name: name.to_owned() });
        }
    }
}

/// `GetOtherRSs`.
pub(crate) fn others(new: Option<&ReplicaSet>, stable: Option<&ReplicaSet>, all: &[Set]) -> Sets {
    let named = |set: Option<&ReplicaSet>, name: &str| set.is_some_and(|set| set.metadata.name == name);
    all.iter().filter(|set| !named(stable, &set.metadata.name) && !named(new, &set.metadata.name)).cloned().collect()
}

pub(crate) fn whole_seconds(time: Time) -> Time {
    let nanoseconds = time.0.as_nanosecond().rem_euclid(1_000_000_000);
    time.plus(-i64::try_from(nanoseconds).unwrap_or(0))
}
