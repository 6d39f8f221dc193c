//! Where a rollout stands, as one value: what upstream never has together cannot be said together here.
//!
//! Upstream spreads it over a dozen members of the status, any mixture of which a document can hold.
//! [`Stage::of`] reads them as the controller does, in its order of precedence.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    spec::{Rollout, Time},
    steps,
};

/// How long something is held up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Hold {
    /// Someone set `spec.paused`.
    Manual,
    /// The controller paused it, until someone promotes it.
    UntilPromoted {
        /// Upstream's word for why.
        reason: String,
        /// RFC 3339.
        since: Option<String>,
    },
    /// The controller paused it for a while.
    Until {
        /// Upstream's word for why.
        reason: String,
        /// RFC 3339.
        since: String,
        /// RFC 3339.
        until: String,
    },
}

/// How far an update has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Place {
    /// A canary without steps: pods are replaced as fast as the limits allow.
    Replacing,
    /// At a step of a canary.
    Step {
        /// Counted from 0.
        index: usize,
        /// Number of steps.
        count: usize,
        /// As events name it.
        text: String,
    },
    /// All steps are done; the new version becomes the stable one when its pods are there.
    StepsDone,
    /// Blue-green: the new version is only previewed.
    Preview,
    /// Blue-green: the new version has the traffic and is not yet the stable one.
    Switched,
    /// Someone asked to skip what is left.
    Promoting,
}

/// Where a rollout stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Stage {
    /// The controller does not accept the spec and does nothing.
    Invalid {
        /// Why.
        message: String,
    },
    /// There is no stable version yet: the first one comes up without steps.
    Initial,
    /// The current version is the stable one.
    Stable {
        /// Held up all the same: the next update will wait.
        hold: Option<Hold>,
    },
    /// The update was given up; pods and traffic go back to the stable version. A pause ends with it.
    Aborted {
        /// RFC 3339.
        since: Option<String>,
        /// Why.
        message: String,
    },
    /// An update is on its way.
    Updating {
        /// How far it is.
        place: Place,
        /// What holds it up, if anything does.
        hold: Option<Hold>,
    },
}

impl Stage {
    /// Reads a rollout's status.
    #[must_use]
    pub fn of(rollout: &Rollout) -> Self {
        let status = &rollout.status;
        let condition = |kind: &str| status.conditions.iter().find(|condition| condition.kind == kind);
        if let Some(refused) = condition("InvalidSpec") {
            return Self::Invalid { message: refused.message.to_string() };
        }
        if status.abort {
            let told = condition("Progressing").filter(|condition| condition.reason == "RolloutAborted");
            let message = told.map(|condition| condition.message.to_string()).unwrap_or_default();
            return Self::Aborted { since: status.aborted_at.map(Time::wire), message };
        }
        if status.stable_rs.is_empty() {
            return Self::Initial;
        }
        let hold = hold(rollout);
        if rollout.is_fully_promoted() {
            return Self::Stable { hold };
        }
        Self::Updating { place: place(rollout), hold }
    }

    /// What holds it up.
    #[must_use]
    pub fn hold(&self) -> Option<&Hold> {
        match self {
            Self::Stable { hold } | Self::Updating { hold, .. } => hold.as_ref(),
            Self::Invalid { .. } | Self::Initial | Self::Aborted { .. } => None,
        }
    }
}

fn place(rollout: &Rollout) -> Place {
    let status = &rollout.status;
    if status.promote_full {
        return Place::Promoting;
    }
    if rollout.blue_green().is_some() {
        let switched = !status.current_pod_hash.is_empty() && status.blue_green.active_selector == status.current_pod_hash;
        return if switched { Place::Switched } else { Place::Preview };
    }
    let count = rollout.steps().len();
    match steps::current(rollout) {
        (Some(step), Some(index)) => Place::Step { index: usize::try_from(index).unwrap_or(0), count, text: steps::text(step) },
        _ if count > 0 => Place::StepsDone,
        _ => Place::Replacing,
    }
}

/// How long the first pause lasts, seconds; `None` until someone promotes.
fn pause_seconds(rollout: &Rollout, reason: &str) -> Option<i64> {
    let seconds = match reason {
        "CanaryPauseStep" => {
            let pause = steps::current(rollout).0?.pause.as_ref()?;
            pause.duration.as_ref()?;
            pause.duration_seconds()
        }
        "BlueGreenPause" => rollout.blue_green().filter(|_| rollout.auto_promotion_enabled())?.auto_promotion_seconds,
        _ => 0,
    };
    (seconds > 0).then_some(i64::from(seconds))
}

fn hold(rollout: &Rollout) -> Option<Hold> {
    if rollout.spec.paused {
        return Some(Hold::Manual);
    }
    let pause = rollout.status.pause_conditions.first()?;
    let reason = pause.reason.to_string();
    Some(match (pause.start_time, pause_seconds(rollout, &reason)) {
        (Some(since), Some(seconds)) => {
            Hold::Until { reason, since: since.wire(), until: since.plus(seconds.saturating_mul(1_000_000_000)).wire() }
        }
        (since, _) => Hold::UntilPromoted { reason, since: since.map(Time::wire) },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::*;

    fn stage(spec: Value, status: Value) -> Stage {
        Stage::of(&Rollout::read(&json!({"metadata": {"name": "app"}, "spec": spec, "status": status})).unwrap())
    }

    fn canary() -> Value {
        json!({"strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {"duration": "5m"}}, {"pause": {}}]}}})
    }

    #[test]
    fn a_pause_step_ends_after_its_duration() {
        let pause = json!([{"reason": "CanaryPauseStep", "startTime": "2026-01-01T00:00:00Z"}]);
        let status = json!({"stableRS": "a", "currentPodHash": "b", "currentStepIndex": 1, "pauseConditions": pause});
        let Stage::Updating { place, hold } = stage(canary(), status) else { panic!("an update") };
        assert_eq!(place, Place::Step { index: 1, count: 3, text: "pause: 5m".into() });
        let Some(Hold::Until { until, .. }) = hold else { panic!("a pause with an end") };
        assert_eq!(until, "2026-01-01T00:05:00Z");
    }

    #[test]
    fn an_abort_leaves_no_room_for_a_pause() {
        let pause = json!([{"reason": "CanaryPauseStep", "startTime": "2026-01-01T00:00:00Z"}]);
        let status = json!({"abort": true, "stableRS": "a", "currentPodHash": "b", "pauseConditions": pause});
        assert!(matches!(stage(canary(), status), Stage::Aborted { since: None, .. }));
    }

    #[test]
    fn what_is_current_and_stable_is_stable() {
        assert_eq!(stage(canary(), json!({})), Stage::Initial);
        assert_eq!(stage(canary(), json!({"stableRS": "a", "currentPodHash": "a"})), Stage::Stable { hold: None });
        let done = json!({"stableRS": "a", "currentPodHash": "b", "currentStepIndex": 3});
        assert_eq!(stage(canary(), done), Stage::Updating { place: Place::StepsDone, hold: None });
    }
}
