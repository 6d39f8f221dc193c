//! The status at the end of a reconcile: counters, conditions, phase, and whether it is stored.

use super::{
    conditions::{self, AVAILABLE, COMPLETED, HEALTHY, INVALID_SPEC, NOT_AVAILABLE, PAUSED, PROGRESSING, REPLICA_FAILURE, condition},
    context::{Context, others},
    revision::revision,
    scaling::{actual, has_deadline, is_saturated},
};
use smol_str::{ToSmolStr, format_smolstr};

use crate::rollouts::{
    spec::{ReplicaSetCondition, RolloutCondition, RolloutStatus, Text},
    status::calculate_phase,
    steps,
};

const SECOND: i64 = 1_000_000_000;

impl Context<'_> {
    /// `calculateBaseStatus`: counters and what is carried over; all else must be set again.
    pub(crate) fn base_status(&mut self) -> RolloutStatus {
        let old = &self.rollout.status;
        let mut status = self.status.clone();
        status.current_pod_hash = self.new.as_ref().map_or_else(|| self.world.hashes.pod_template.clone(), |set| set.hash().into());
        status.replicas = actual(&self.all);
        status.updated_replicas = self.new.as_ref().map_or(0, |set| set.status.replicas);
        status.ready_replicas = self.all.iter().fold(0i32, |sum, set| sum.wrapping_add(set.status.ready_replicas));
        status.collision_count = old.collision_count;
        status.conditions = old.conditions.iter().filter(|condition| condition.kind != INVALID_SPEC).cloned().collect();
        status.promote_full = status.current_pod_hash != status.stable_rs && old.promote_full;
        status
    }

    /// `checkPausedConditions`.
    pub(crate) fn check_paused_conditions(&mut self) {
        let status = &self.rollout.status;
        let progressing = conditions::get(status, PROGRESSING);
        let reason = progressing.map_or("", |condition| &*condition.reason);
        let paused = !status.pause_conditions.is_empty() || self.rollout.spec.paused;
        let aborted = reason == conditions::ABORTED_REASON;
        let now = self.seconds();
        let mut updated = Vec::new();
        if paused != (reason == conditions::PAUSED_REASON) && !aborted && !conditions::completed(status) {
            updated.push(if paused {
                condition(PROGRESSING, "Unknown", conditions::PAUSED_REASON, "Rollout is paused", now)
            } else {
                condition(PROGRESSING, "Unknown", "RolloutResumed", "Rollout is resumed", now)
            });
        }
        if !status.abort && aborted {
            updated.push(condition(PROGRESSING, "Unknown", "RolloutRetry", "Retrying Rollout after abort", now));
        }
        let shown = conditions::get(status, PAUSED).is_some_and(|condition| condition.status == "True");
        if paused != shown && !aborted {
            let word = if paused { "True" } else { "False" };
            updated.push(condition(PAUSED, word, conditions::PAUSED_REASON, "Rollout is paused", now));
        }
        if !updated.is_empty() {
            let status = status.clone();
            self.patch_conditions(status, updated);
        }
    }

    /// `patchCondition`.
    pub(crate) fn patch_conditions(&mut self, mut status: RolloutStatus, updated: Vec<RolloutCondition>) {
        for condition in updated {
            conditions::set(&mut status, condition);
        }
        status.observed_generation = self.rollout.metadata.generation.to_smolstr();
        (status.phase, status.message) = calculate_phase(&self.rollout.spec, &status);
        if status != self.rollout.status {
            self.store_status(status);
        }
    }

    /// `persistRolloutStatus`.
    pub(crate) fn persist(&mut self, mut status: RolloutStatus) {
        status.observed_generation = self.rollout.metadata.generation.to_smolstr();
        self.observe_workload(&mut status);
        self.abort_after_deadline(&status);
        let now = self.seconds();
        self.pause.apply(&self.rollout, &mut status, now);
        self.calculate_conditions(&mut status);
        (status.phase, status.message) = calculate_phase(&self.rollout.spec, &status);
        if status == self.rollout.status {
            self.requeue_stuck(&status);
            return;
        }
        self.send_state_changes(&status);
        self.store_status(status);
    }

    fn send_state_changes(&mut self, status: &RolloutStatus) {
        let (was, is) = (!self.rollout.status.pause_conditions.is_empty(), status.pause_conditions.first());
        match is {
            Some(condition) if !was => {
                let message = format!("Rollout is paused ({})", condition.reason);
                self.world.event("RolloutPaused", message);
            }
            None if was && status.aborted_at.is_none() => self.world.event("RolloutResumed", "Rollout is resumed".into()),
            _ => {}
        }
    }

    /// `isIndefiniteStep`: time spent there is not held against progress.
    fn at_indefinite_step(&self) -> bool {
        let step = steps::current(&self.rollout).0;
        step.is_some_and(|step| step.experiment.is_some() || step.analysis.is_some() || step.pause.is_some())
            || conditions::get(&self.rollout.status, PAUSED).is_some_and(|condition| condition.status == "True")
    }

    fn waits_for_scale_down(&self) -> bool {
        others(self.new.as_deref(), self.stable.as_deref(), &self.all).iter().any(|set| has_deadline(set))
    }

    fn timed_out(&self, status: &RolloutStatus) -> bool {
        if let Some(deadline) = conditions::deadline(&self.rollout, status) {
            self.watch(deadline);
        }
        conditions::timed_out(&self.rollout, status, self.now)
    }

    fn timed_out_message(&self) -> String {
        match &self.new {
            Some(set) => format!("ReplicaSet {:?} has timed out progressing.", set.metadata.name),
            None => format!("Rollout {:?} has timed out progressing.", self.rollout.metadata.name),
        }
    }

    /// `evaluateProgressDeadlineAbort`.
    fn abort_after_deadline(&mut self, status: &RolloutStatus) {
        if !self.rollout.spec.progress_deadline_abort
            || self.pause.aborted(&self.rollout)
            || conditions::completed(status)
            || conditions::progressing(&self.rollout, status)
            || self.at_indefinite_step()
            || self.waits_for_scale_down()
            || !self.timed_out(&self.rollout.status)
        {
            return;
        }
        let message = self.timed_out_message();
        self.pause.add_abort(message.clone());
        self.world.warn(conditions::ABORTED_REASON, message);
    }

    /// `calculateRolloutConditions`.
    fn calculate_conditions(&mut self, status: &mut RolloutStatus) {
        let now = self.seconds();
        let paused = !status.pause_conditions.is_empty() || self.rollout.spec.paused;
        let mut became_unhealthy = false;
        let healthy = conditions::healthy(&self.rollout, status);
        if !paused && healthy {
            conditions::set_told(status, (HEALTHY, "True", "RolloutHealthy"), now, || Text::new_static("Rollout is healthy"));
        } else if conditions::get(&self.rollout.status, HEALTHY).is_some() {
            became_unhealthy =
                conditions::set_told(status, (HEALTHY, "False", "RolloutHealthy"), now, || Text::new_static("Rollout is not healthy"));
        }
        if self.pause.aborted(&self.rollout) {
            let message = || {
                let revision = revision(&self.rollout.metadata.annotations);
                match self.pause.abort_message.as_str() {
                    "" => format_smolstr!("Rollout aborted update to revision {revision}"),
                    more => format_smolstr!("Rollout aborted update to revision {revision}: {more}"),
                }
            };
            if conditions::set_told(status, (PROGRESSING, "False", conditions::ABORTED_REASON), now, message) {
                let told = conditions::get(status, PROGRESSING).map(|condition| condition.message.to_string());
                self.world.warn(conditions::ABORTED_REASON, told.unwrap_or_default());
            }
        } else {
            self.calculate_progress(status, healthy, became_unhealthy);
        }
        let available = match (self.rollout.blue_green(), self.set_of_hash(&status.blue_green.active_selector)) {
            (Some(_), Some(active)) if is_saturated(&self.rollout, Some(active)) => true,
            _ => self.rollout.canary().is_some() && super::scaling::available(&self.all) >= self.rollout.replicas(),
        };
        let (word, message) = if available { ("True", "Rollout has minimum availability") } else { ("False", NOT_AVAILABLE) };
        conditions::set_told(status, (AVAILABLE, word, "AvailableReason"), now, || Text::new_static(message));
        match self.replica_failure() {
            Some(failure) => {
                conditions::set(status, failure);
            }
            None => conditions::remove(status, REPLICA_FAILURE),
        }
        if conditions::completed(status) {
            conditions::set_told(status, (COMPLETED, "True", "RolloutCompleted"), now, || Text::new_static("RolloutCompleted"));
        } else if conditions::set_told(status, (COMPLETED, "False", "RolloutCompleted"), now, || Text::new_static("RolloutCompleted")) {
            let revision = revision(&self.rollout.metadata.annotations);
            let message = format!("Rollout not completed, started update to revision {revision} ({})", status.current_pod_hash);
            self.world.event("RolloutNotCompleted", message);
        }
    }

    fn calculate_progress(&mut self, status: &mut RolloutStatus, healthy: bool, became_unhealthy: bool) {
        let now = self.seconds();
        if healthy {
            let name = self.new.as_ref().map_or("", |set| set.metadata.name.as_str());
            let message = || format_smolstr!("ReplicaSet {name:?} has successfully progressed.");
            conditions::set_told(status, (PROGRESSING, "True", "NewReplicaSetAvailable"), now, message);
        } else if conditions::progressing(&self.rollout, status) || became_unhealthy {
            let mut new = if status.stable_rs == status.current_pod_hash && became_unhealthy {
                condition(PROGRESSING, "True", "ReplicaSetNotAvailable", NOT_AVAILABLE, now)
            } else {
                let message = match &self.new {
                    Some(set) => format!("ReplicaSet {:?} is progressing.", set.metadata.name),
                    None => format!("Rollout {:?} is progressing.", self.rollout.metadata.name),
                };
                condition(PROGRESSING, "True", "ReplicaSetUpdated", message, now)
            };
            if let Some(current) = conditions::get(&self.rollout.status, PROGRESSING) {
                if current.status == "True" {
                    new.last_transition_time = current.last_transition_time;
                }
                conditions::remove(status, PROGRESSING);
            }
            conditions::set(status, new);
        } else if !self.at_indefinite_step() && !self.waits_for_scale_down() && self.timed_out(status) {
            let message = || self.timed_out_message().into();
            conditions::set_told(status, (PROGRESSING, "False", conditions::TIMED_OUT_REASON), now, message);
        }
    }

    /// `getReplicaFailures`: the new ReplicaSet's failure before another's.
    fn replica_failure(&self) -> Option<RolloutCondition> {
        let convert = |condition: &ReplicaSetCondition| RolloutCondition {
            kind: condition.kind.clone().into(),
            status: condition.status.clone().into(),
            last_update_time: condition.last_transition_time,
            last_transition_time: condition.last_transition_time,
            reason: condition.reason.clone().into(),
            message: condition.message.as_str().into(),
        };
        let sets = self.new.iter().chain(&self.all);
        sets.flat_map(|set| &set.status.conditions).find(|condition| condition.kind == REPLICA_FAILURE).map(convert)
    }

    /// `requeueStuckRollout`: nothing changed, so look again when the deadline has passed.
    fn requeue_stuck(&mut self, status: &RolloutStatus) {
        let old = &self.rollout.status;
        let Some(current) = conditions::get(old, PROGRESSING) else { return };
        let paused = !old.pause_conditions.is_empty() || self.rollout.spec.paused;
        if conditions::healthy(&self.rollout, status)
            || current.reason == conditions::TIMED_OUT_REASON
            || paused
            || old.abort
            || self.at_indefinite_step()
        {
            return;
        }
        let deadline = conditions::deadline(&self.rollout, old);
        if let Some(deadline) = deadline {
            self.watch(deadline.plus(-SECOND));
        }
        let after = deadline.map_or(i64::MIN, |deadline| deadline.since(self.now));
        if after < SECOND {
            self.rate_limited = true;
        } else {
            self.after.push(after.saturating_add(SECOND));
        }
    }
}
