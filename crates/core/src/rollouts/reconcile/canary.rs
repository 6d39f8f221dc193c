//! A canary's reconcile, in upstream's order.

use std::borrow::Cow;

use super::{
    context::{Context, borrowed},
    pause::CANARY_PAUSE,
    revision::revision,
    scaling::{actual, available},
    selector,
};
use crate::rollouts::{
    objects::Outcome,
    replicas,
    spec::{AnalysisPhase, RolloutStatus},
    steps,
};

impl Context<'_> {
    /// `rolloutCanary`.
    pub(crate) fn roll_out_canary(&mut self) -> Outcome {
        if self.template_or_steps_changed() {
            self.sync_revision().map_err(|failure| {
                failure.within("failed to getAllReplicaSetsAndSyncRevision in rolloutCanary with PodTemplateOrStepsChanged")
            })?;
            return self.sync_canary_status();
        }
        self.sync_revision()
            .map_err(|failure| failure.within("failed to getAllReplicaSetsAndSyncRevision in rolloutCanary create true"))?;
        if self.restart_pods()? > 0 {
            return Ok(());
        }
        self.reconcile_ephemeral_metadata()?;
        self.reconcile_revision_history();
        self.reconcile_ping_pong()?;
        self.reconcile_stable_and_canary_service()?;
        self.reconcile_traffic_routing()?;
        self.reconcile_experiments()?;
        let outcome = self.reconcile_analysis_runs();
        if self.pause.has_added() {
            return self.sync_canary_status();
        }
        outcome?;
        if !self.reconcile_canary_sets()? && !self.reconcile_canary_pause() {
            self.meet_step_plugin();
        }
        self.sync_canary_status()
    }

    /// A step plugin is a program of its own: what it answers cannot be known here.
    fn meet_step_plugin(&mut self) {
        let (Some(step), Some(index)) = steps::current(&self.rollout) else { return };
        let stopped = self.rollout.spec.paused || self.rollout.status.promote_full || self.pause.aborted(&self.rollout);
        if let Some(plugin) = step.plugin.as_ref().filter(|_| !stopped) {
            self.world.unknown = Some(format!("step {index} asks the plugin {:?}, whose answer is not here", plugin.name));
        }
    }

    /// `PodTemplateOrStepsChanged`.
    fn template_or_steps_changed(&self) -> bool {
        let status = &self.rollout.status;
        status.current_step_hash.is_empty() || status.current_step_hash != self.world.hashes.steps || self.pod_spec_changed()
    }

    /// `CheckPodSpecChange`.
    pub(crate) fn pod_spec_changed(&self) -> bool {
        let current = self.rollout.status.current_pod_hash.as_str();
        let wanted = self.new.as_ref().map_or(self.world.hashes.pod_template.as_str(), |set| set.hash());
        !current.is_empty() && current != wanted
    }

    /// `reconcileCanaryReplicaSets`: stable, then new, then others; true after the first that changed size.
    pub(crate) fn reconcile_canary_sets(&mut self) -> Outcome<bool> {
        if self.halted() {
            return Ok(false);
        }
        self.remove_deadlines();
        Ok(self.reconcile_stable_set()? || self.reconcile_new_set()? || self.reconcile_other_sets())
    }

    /// `reconcileCanaryStableReplicaSet`: goes by the weights of the reconcile before.
    fn reconcile_stable_set(&mut self) -> Outcome<bool> {
        let new = self.new.clone();
        let apart = |set: &&super::world::Set| new.as_ref().is_none_or(|new| new.metadata.name != set.metadata.name);
        let Some(stable) = self.stable.as_ref().filter(apart).cloned() else { return Ok(false) };
        let counts = if self.rollout.traffic_routing().is_none() {
            replicas::basic_canary(&self.rollout, new.as_deref(), Some(&stable), &borrowed(&self.other))
        } else {
            replicas::routed_canary(&self.rollout, new.as_deref(), Some(&stable), self.rollout.status.canary.weights.as_ref())
        };
        self.scale(&stable, counts.stable)
            .map(|(scaled, _)| scaled)
            .map_err(|failure| failure.within("failed to scaleReplicaSetAndRecordEvent in reconcileCanaryStableReplicaSet"))
    }

    /// `completedCurrentCanaryStep`.
    fn completed_step(&self) -> bool {
        if self.rollout.spec.paused {
            return false;
        }
        let Some(step) = steps::current(&self.rollout).0 else { return false };
        let weights = self.status.canary.weights.as_ref();
        let at_desired =
            || replicas::at_desired(&self.rollout, self.new.as_deref(), self.stable.as_deref(), &borrowed(&self.other), weights);
        if let Some(pause) = &step.pause {
            self.completed_canary_pause(pause)
        } else if step.set_canary_scale.is_some() {
            at_desired()
        } else if step.set_weight.is_some() {
            let unverified = !self.weights_checked && weights.is_some_and(|weights| weights.verified == Some(false));
            at_desired() && !unverified
        } else if step.experiment.is_some() {
            self.experiment.as_ref().is_some_and(|experiment| experiment.status.phase == AnalysisPhase::Successful)
        } else if step.analysis.is_some() {
            self.runs.step.as_ref().is_some_and(|run| run.status.phase == AnalysisPhase::Successful)
        } else {
            step.set_header_route.is_some() || step.set_mirror_route.is_some()
        }
    }

    /// `syncRolloutStatusCanary`.
    pub(crate) fn sync_canary_status(&mut self) -> Outcome {
        let mut status = self.base_status();
        status.available_replicas = available(&self.all);
        status.hpa_replicas = actual(&self.all);
        status.selector = selector::format(self.rollout.spec.selector.as_ref());
        let old = &self.rollout.status;
        status.canary.stable_ping_pong.clone_from(&old.canary.stable_ping_pong);
        status.canary.step_plugin_statuses.clone_from(&old.canary.step_plugin_statuses);
        status.stable_rs.clone_from(&old.stable_rs);
        status.current_step_hash.clone_from(&self.world.hashes.steps);
        let count = i32::try_from(self.rollout.steps().len()).unwrap_or(i32::MAX);
        let (_, mut index) = steps::current(&self.rollout);

        if self.template_or_steps_changed() {
            self.reset_status(&mut status);
            if count > 0 && self.new.is_some() {
                if self.rollout.status.stable_rs == self.new_hash() {
                    self.world.event("SkipSteps", "Rollback to stable ReplicaSets".into());
                    status.current_step_index = Some(count);
                } else if self.rolls_back_within_window() && self.new.as_ref().is_some_and(|set| set.desired() > 0) {
                    self.world.event("SkipSteps", "Rollback to active ReplicaSets within RollbackWindow".into());
                    status.current_step_index = Some(count);
                }
            }
            self.persist(status);
            return Ok(());
        }
        let promoting = self.rollout.status.promote_full || self.rolls_back_within_window();
        if promoting {
            self.pause.clear = true;
            self.pause.remove_abort = true;
            if count > 0 {
                index = Some(count);
            }
        }
        if let Some(reason) = self.full_promotion(&status) {
            self.promote_stable(&mut status, &reason)?;
            self.persist(status);
            return Ok(());
        }
        if self.pause.aborted(&self.rollout) {
            if count > 0 {
                let promoted = status.stable_rs == status.current_pod_hash;
                status.current_step_index = Some(if promoted { count } else { 0 });
            }
            self.persist(status);
            return Ok(());
        }
        if self.completed_step()
            && let (Some(step), Some(at)) = steps::current(&self.rollout)
        {
            let text = steps::text(step);
            let next = index.unwrap_or(at).saturating_add(1);
            // Full promotion has made the index the very number of steps: upstream counts up both.
            let shown = if promoting { next } else { count };
            index = Some(next);
            status.canary.current_step_analysis_run_status = None;
            self.world.event("RolloutStepCompleted", format!("Rollout step {next}/{shown} completed ({text})"));
            self.pause.remove(CANARY_PAUSE);
        }
        status.current_step_index = index;
        self.persist(status);
        Ok(())
    }

    /// `resetRolloutStatus`: an update begins.
    pub(crate) fn reset_status(&mut self, status: &mut RolloutStatus) {
        self.pause.clear = true;
        self.pause.remove_abort = true;
        // Upstream sets it on the status it took the new one from, too late for this reconcile.
        self.status.restarted_at = self.rollout.spec.restart_at;
        status.promote_full = false;
        status.blue_green.pre_promotion_analysis_run_status = None;
        status.blue_green.post_promotion_analysis_run_status = None;
        status.blue_green.scale_up_preview_check_point = false;
        status.canary.current_step_analysis_run_status = None;
        status.canary.current_background_analysis_run_status = None;
        status.canary.step_plugin_statuses.clear();
        status.current_step_index = steps::reset_index(&self.rollout);
    }

    /// `isRollbackWithinWindow`: the new ReplicaSet is older than the stable one, with fewer than the
    /// window's ReplicaSets between them.
    pub(crate) fn rolls_back_within_window(&self) -> bool {
        let (Some(new), Some(stable)) = (&self.new, &self.stable) else { return false };
        let (from, to) = (new.metadata.creation_timestamp, stable.metadata.creation_timestamp);
        let Some(window) = self.rollout.spec.rollback_window.as_ref().filter(|window| window.revisions > 0) else { return false };
        if from >= to {
            return false;
        }
        let between = self.all.iter().filter(|set| {
            let created = set.metadata.creation_timestamp;
            let experiment = set.metadata.annotations.get("experiment.argoproj.io/name").is_some_and(|name| !name.is_empty());
            !experiment && from < created && created < to
        });
        i32::try_from(between.count()).unwrap_or(i32::MAX) < window.revisions
    }

    /// `isFastRollback`; true of every Rollout that is fully promoted.
    pub(crate) fn rolls_back_fast(&self) -> bool {
        let (Some(new), Some(stable)) = (&self.new, &self.stable) else { return false };
        let to_stable = self.rollout.status.stable_rs == new.hash();
        if !to_stable && new.metadata.creation_timestamp >= stable.metadata.creation_timestamp {
            return false;
        }
        self.rolls_back_within_window() || (self.new_within_delay && self.rollout.blue_green().is_some()) || to_stable
    }

    /// `shouldFullPromote`: why the current ReplicaSet becomes the stable one now.
    pub(crate) fn full_promotion(&self, status: &RolloutStatus) -> Option<Cow<'static, str>> {
        if self.stable.is_none() {
            return Some("Initial deploy".into());
        }
        let by_rollback = || {
            let text = if self.rolls_back_within_window() { "Rollback within window" } else { "Fast rollback" };
            self.rolls_back_fast().then_some(Cow::Borrowed(text))
        };
        if let Some(canary) = self.rollout.canary() {
            if self.pause.aborted(&self.rollout) {
                return None;
            }
            let new = self.new.as_deref()?;
            let replicas = self.rollout.replicas();
            if new.status.available_replicas < replicas
                && !replicas::threshold_met(canary.replica_progress_threshold.as_ref(), Some(new), replicas)
            {
                return None;
            }
            if self.rollout.status.promote_full {
                return Some("Full promotion requested".into());
            }
            if let Some(reason) = by_rollback() {
                return Some(reason);
            }
            let count = canary.steps.len();
            let done = count == 0 || steps::current(&self.rollout).1.is_some_and(|index| usize::try_from(index) == Ok(count));
            return done.then(|| format!("Completed all {count} canary steps").into());
        }
        let strategy = self.rollout.blue_green()?;
        if status.blue_green.active_selector.is_empty() {
            return Some("Initial deploy".into());
        }
        if status.blue_green.active_selector != status.current_pod_hash {
            return None;
        }
        if self.rollout.status.promote_full {
            return Some("Full promotion requested".into());
        }
        if let Some(reason) = by_rollback() {
            return Some(reason);
        }
        if self.pause.aborted(&self.rollout) {
            return None;
        }
        let analysed = self.runs.post.as_ref().is_some_and(|run| run.status.phase == AnalysisPhase::Successful);
        (strategy.post_promotion_analysis.is_none() || analysed).then(|| "Completed blue-green update".into())
    }

    /// `promoteStable`.
    pub(crate) fn promote_stable(&mut self, status: &mut RolloutStatus, reason: &str) -> Outcome {
        self.pause.clear = true;
        self.pause.remove_abort = true;
        status.promote_full = false;
        status.blue_green.scale_up_preview_check_point = false;
        if self.rollout.canary().is_some() {
            let count = i32::try_from(self.rollout.steps().len()).unwrap_or(i32::MAX);
            status.current_step_index = (count > 0).then_some(count);
        }
        if status.stable_rs != status.current_pod_hash {
            if self.rollout.canary().is_some_and(|canary| canary.ping_pong.is_some()) {
                let ping = self.rollout.status.canary.stable_ping_pong == "ping";
                status.canary.stable_ping_pong = if ping { "pong" } else { "ping" }.into();
            }
            status.stable_rs.clone_from(&status.current_pod_hash);
            let revision = revision(&self.rollout.metadata.annotations);
            let message = format!("Rollout completed update to revision {revision} ({}): {reason}", status.current_pod_hash);
            self.world.event("RolloutCompleted", message);
        }
        self.retire_workload()
    }

    /// `isScalingEvent`: new or stable still carry another number of replicas.
    pub(crate) fn is_scaling_event(&mut self) -> Outcome<bool> {
        self.sync_revision().map_err(|failure| failure.within("failed to getAllReplicaSetsAndSyncRevision in isScalingEvent"))?;
        let replicas = self.rollout.replicas();
        let stale = |set: &super::world::Set| {
            let annotation = set.metadata.annotations.get(super::revision::DESIRED_REPLICAS);
            let desired = annotation.and_then(|text| crate::rollouts::spec::go_parse_i32(text));
            set.desired() > 0 && desired.is_some_and(|desired| desired != replicas)
        };
        Ok(self.new.iter().chain(&self.stable).any(stale))
    }

    /// `syncReplicasOnly`: sizes and a few counters, nothing else.
    pub(crate) fn sync_replicas_only(&mut self) -> Outcome {
        self.sync_revision().map_err(|failure| failure.within("failed to getAllReplicaSetsAndSyncRevision in syncReplicasOnly"))?;
        let mut status = self.rollout.status.clone();
        let total = |context: &Self, status: &mut RolloutStatus| {
            status.available_replicas = available(&context.all);
            status.hpa_replicas = actual(&context.all);
        };
        if let Some(strategy) = self.rollout.blue_green() {
            let active = strategy.active_service.clone();
            if self.expect_services().is_err() {
                return Ok(());
            }
            self.reconcile_blue_green_sets(&active)
                .map_err(|failure| failure.within("failed to reconcileBlueGreenReplicaSets in syncReplicasOnly"))?;
            match self.set_of_hash(&status.blue_green.active_selector) {
                Some(active) => {
                    status.hpa_replicas = active.status.replicas;
                    status.available_replicas = active.status.available_replicas;
                }
                None => total(self, &mut status),
            }
        }
        if self.rollout.canary().is_some() {
            self.reconcile_canary_sets().map_err(|failure| failure.within("failed to reconcileCanaryReplicaSets in syncReplicasOnly"))?;
            total(self, &mut status);
        }
        self.persist(status);
        Ok(())
    }
}
