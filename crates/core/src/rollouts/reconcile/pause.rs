//! Pauses and aborts: what this reconcile wants of them, and what that makes of the status.

use super::context::Context;
use crate::rollouts::spec::{Pause, PauseCondition, Rollout, RolloutStatus, Text, Time};

pub(crate) const CANARY_PAUSE: &str = "CanaryPauseStep";
pub(crate) const BLUE_GREEN_PAUSE: &str = "BlueGreenPause";
pub(crate) const INCONCLUSIVE_ANALYSIS: &str = "InconclusiveAnalysisRun";
pub(crate) const INCONCLUSIVE_EXPERIMENT: &str = "InconclusiveExperiment";

const SECOND: i64 = 1_000_000_000;

/// `pauseContext`.
#[derive(Debug, Default)]
pub(crate) struct PauseContext {
    added: Vec<&'static str>,
    removed: Vec<&'static str>,
    pub(crate) clear: bool,
    add_abort: bool,
    pub(crate) remove_abort: bool,
    pub(crate) abort_message: String,
}

impl PauseContext {
    pub(crate) fn has_added(&self) -> bool {
        !self.added.is_empty()
    }

    pub(crate) fn aborted(&self, rollout: &Rollout) -> bool {
        !self.remove_abort && (self.add_abort || rollout.status.abort)
    }

    pub(crate) fn add_abort(&mut self, message: String) {
        self.add_abort = true;
        self.abort_message = message;
    }

    pub(crate) fn add(&mut self, reason: &'static str) {
        self.added.push(reason);
    }

    pub(crate) fn remove(&mut self, reason: &'static str) {
        self.removed.push(reason);
    }

    /// `CalculatePauseStatus`; `now` in whole seconds.
    pub(crate) fn apply(&self, rollout: &Rollout, status: &mut RolloutStatus, now: Time) {
        let old = &rollout.status;
        if self.add_abort || (!self.remove_abort && old.abort) {
            status.abort = true;
            status.aborted_at = Some(old.aborted_at.unwrap_or(now));
            return;
        }
        status.abort = false;
        status.aborted_at = None;
        if self.clear {
            return;
        }
        let mut controller_pause = old.controller_pause;
        let mut conditions: Vec<PauseCondition> =
            old.pause_conditions.iter().filter(|condition| !self.removed.contains(&condition.reason.as_str())).cloned().collect();
        for reason in &self.added {
            if !old.pause_conditions.iter().any(|condition| condition.reason == *reason) {
                conditions.push(PauseCondition { reason: Text::new_static(reason), start_time: Some(now) });
                controller_pause = true;
            }
        }
        if !conditions.is_empty() {
            status.controller_pause = controller_pause;
            status.pause_conditions = conditions;
        }
    }
}

/// `getPauseCondition`.
pub(crate) fn condition<'a>(rollout: &'a Rollout, reason: &str) -> Option<&'a PauseCondition> {
    rollout.status.pause_conditions.iter().find(|condition| condition.reason == reason)
}

impl Context<'_> {
    fn expired(&self, condition: &PauseCondition, seconds: i32) -> bool {
        let Some(end) = condition.start_time.map(|start| start.plus(i64::from(seconds) * SECOND)) else { return true };
        self.watch(end);
        self.now > end
    }

    /// `CompletedCanaryPauseStep`: someone resumed, or the time has passed.
    pub(crate) fn completed_canary_pause(&self, pause: &Pause) -> bool {
        let status = &self.rollout.status;
        match condition(&self.rollout, CANARY_PAUSE) {
            None => status.controller_pause,
            Some(condition) => pause.duration.is_some() && self.expired(condition, pause.duration_seconds()),
        }
    }

    /// `CompletedBlueGreenPause`.
    pub(crate) fn completed_blue_green_pause(&self) -> bool {
        if self.pause.has_added() {
            return false;
        }
        if self.rollout.status.blue_green.scale_up_preview_check_point {
            return true;
        }
        let condition = condition(&self.rollout, BLUE_GREEN_PAUSE);
        if self.rollout.auto_promotion_enabled() {
            let seconds = self.rollout.blue_green().map_or(0, |strategy| strategy.auto_promotion_seconds);
            return seconds == 0 || condition.is_some_and(|condition| self.expired(condition, seconds));
        }
        self.rollout.status.controller_pause && condition.is_none()
    }

    /// `checkEnqueueRolloutDuringWait`: wake up when the pause ends, if that is before the next resync.
    pub(crate) fn wake_after(&mut self, start: Option<Time>, seconds: i32) {
        let Some(end) = start.map(|start| start.plus(i64::from(seconds) * SECOND)) else { return };
        self.watch_resync(end);
        if self.now.plus(super::RESYNC) > end && end > self.now {
            self.after.push(end.since(self.now));
        }
    }

    /// `haltProgress`: sizes and services stay as they are.
    pub(crate) fn halted(&self) -> bool {
        self.rollout.spec.paused || condition(&self.rollout, INCONCLUSIVE_ANALYSIS).is_some()
    }

    /// `reconcileCanaryPause`: true while the current step is a pause.
    pub(crate) fn reconcile_canary_pause(&mut self) -> bool {
        if self.rollout.spec.paused || self.rollout.status.promote_full {
            return false;
        }
        let (Some(step), _) = crate::rollouts::steps::current(&self.rollout) else { return false };
        let Some(pause) = &step.pause else { return false };
        let seconds = pause.duration.is_some().then(|| pause.duration_seconds());
        match condition(&self.rollout, CANARY_PAUSE) {
            None => {
                if !self.rollout.status.controller_pause {
                    self.pause.add(CANARY_PAUSE);
                }
            }
            Some(condition) => {
                let start = condition.start_time;
                if let Some(seconds) = seconds {
                    self.wake_after(start, seconds);
                }
            }
        }
        true
    }
}
