//! Conditions of a Rollout: upstream's package `conditions`.

use smol_str::ToSmolStr;

use crate::rollouts::spec::{Rollout, RolloutCondition, RolloutStatus, Text, Time};

pub(crate) const PROGRESSING: &str = "Progressing";
pub(crate) const AVAILABLE: &str = "Available";
pub(crate) const HEALTHY: &str = "Healthy";
pub(crate) const COMPLETED: &str = "Completed";
pub(crate) const PAUSED: &str = "Paused";
pub(crate) const INVALID_SPEC: &str = "InvalidSpec";
pub(crate) const REPLICA_FAILURE: &str = "ReplicaFailure";

pub(crate) const ABORTED_REASON: &str = "RolloutAborted";
pub(crate) const PAUSED_REASON: &str = "RolloutPaused";
pub(crate) const TIMED_OUT_REASON: &str = "ProgressDeadlineExceeded";
pub(crate) const NOT_AVAILABLE: &str = "Rollout does not have minimum availability";

const SECOND: i64 = 1_000_000_000;

/// `NewRolloutCondition`; `now` in whole seconds, as it is stored.
pub(crate) fn condition(
    kind: &'static str,
    status: &'static str,
    reason: &'static str,
    message: impl Into<Text>,
    now: Time,
) -> RolloutCondition {
    RolloutCondition {
        kind: kind.into(),
        status: status.into(),
        last_update_time: Some(now),
        last_transition_time: Some(now),
        reason: reason.into(),
        message: message.into(),
    }
}

/// `GetRolloutCondition`.
pub(crate) fn get<'a>(status: &'a RolloutStatus, kind: &str) -> Option<&'a RolloutCondition> {
    status.conditions.iter().find(|condition| condition.kind == kind)
}

/// `SetRolloutCondition`: the same status and reason change nothing, not even the message; what is set
/// goes to the end. True when it was set.
pub(crate) fn set(status: &mut RolloutStatus, mut condition: RolloutCondition) -> bool {
    if let Some(current) = get(status, &condition.kind)
        && current.status == condition.status
    {
        if current.reason == condition.reason {
            return false;
        }
        condition.last_transition_time = current.last_transition_time;
    }
    remove(status, &condition.kind);
    status.conditions.push(condition);
    true
}

/// As [`set`], told only what to set: the message is written when it is needed.
pub(crate) fn set_told(
    status: &mut RolloutStatus,
    (kind, word, reason): (&'static str, &'static str, &'static str),
    now: Time,
    message: impl FnOnce() -> Text,
) -> bool {
    if get(status, kind).is_some_and(|current| current.status == word && current.reason == reason) {
        return false;
    }
    set(status, condition(kind, word, reason, message(), now))
}

/// `RemoveRolloutCondition`.
pub(crate) fn remove(status: &mut RolloutStatus, kind: &str) {
    status.conditions.retain(|condition| condition.kind != kind);
}

/// `RolloutCompleted`: the current ReplicaSet is the stable one.
pub(crate) fn completed(status: &RolloutStatus) -> bool {
    !status.stable_rs.is_empty() && status.stable_rs == status.current_pod_hash
}

/// `RolloutProgressing`: something moved between the Rollout's status and the new one.
pub(crate) fn progressing(rollout: &Rollout, new: &RolloutStatus) -> bool {
    let old = &rollout.status;
    let mut moved = false;
    if rollout.blue_green().is_some() {
        moved = old.blue_green.active_selector != new.blue_green.active_selector
            || old.blue_green.preview_selector != new.blue_green.preview_selector;
    }
    if rollout.canary().is_some() {
        let stepped = matches!((new.current_step_index, old.current_step_index), (Some(new), Some(old)) if new != old);
        moved = new.stable_rs != old.stable_rs || stepped || new.current_step_hash != old.current_step_hash;
    }
    let old_pods = |status: &RolloutStatus| status.replicas.wrapping_sub(status.updated_replicas);
    new.updated_replicas != old.updated_replicas
        || old_pods(new) < old_pods(old)
        || new.ready_replicas > old.ready_replicas
        || new.available_replicas > old.available_replicas
        || moved
}

/// `RolloutHealthy`: all pods updated, available and serving, under a spec that was observed before.
pub(crate) fn healthy(rollout: &Rollout, new: &RolloutStatus) -> bool {
    let replicas = rollout.replicas();
    let mut strategy = true;
    if let Some(blue_green) = rollout.blue_green() {
        strategy = new.blue_green.active_selector == new.current_pod_hash
            && (blue_green.preview_service.is_empty() || new.blue_green.preview_selector == new.current_pod_hash);
    }
    if let Some(canary) = rollout.canary() {
        let steps = canary.steps.len();
        let done = steps == 0 || new.current_step_index.is_none_or(|index| usize::try_from(index) == Ok(steps));
        strategy = done && completed(new) && new.replicas == replicas;
    }
    new.updated_replicas == replicas
        && new.available_replicas == replicas
        && rollout.status.observed_generation == rollout.metadata.generation.to_smolstr()
        && strategy
}

/// `RolloutTimedOut`: no progress was seen for longer than the deadline.
pub(crate) fn timed_out(rollout: &Rollout, status: &RolloutStatus, now: Time) -> bool {
    let Some(condition) = get(status, PROGRESSING) else { return false };
    match &*condition.reason {
        ABORTED_REASON | PAUSED_REASON => false,
        TIMED_OUT_REASON => true,
        _ => deadline(rollout, status).is_none_or(|deadline| deadline < now),
    }
}

/// When the progress deadline passes.
pub(crate) fn deadline(rollout: &Rollout, status: &RolloutStatus) -> Option<Time> {
    let from = get(status, PROGRESSING)?.last_update_time?;
    Some(from.plus(i64::from(rollout.progress_deadline_seconds()).saturating_mul(SECOND)))
}
