//! Why a rollout is where it is: the rules that hold it there, in words.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    replicas,
    spec::{AnalysisRunReference, ReplicaSet, Rollout, Time, format_duration},
    stage::{Hold, Place, Stage},
    steps, weights,
};

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reason {
    /// What it is about: `spec`, `abort`, `step`, `pause`, `weight`, `pods`, `analysis`, `progress` or `scaleDown`.
    pub about: &'static str,
    /// For people.
    pub message: String,
}

/// What a ReplicaSet is to its Rollout.
#[must_use]
pub fn role(rollout: &Rollout, set: &ReplicaSet) -> &'static str {
    let (status, hash) = (&rollout.status, set.hash());
    let blue_green = rollout.blue_green().is_some();
    match hash {
        "" => "old",
        hash if blue_green && hash == status.blue_green.active_selector => "active",
        hash if hash == status.stable_rs => "stable",
        hash if blue_green && hash == status.blue_green.preview_selector => "preview",
        hash if hash == status.current_pod_hash => "canary",
        _ => "old",
    }
}

/// The share of the traffic that the new version has, in units of `maxTrafficWeight`
/// (`info.NewRolloutInfo`): what the router was told, else the share of its pods.
#[must_use]
pub fn actual_weight<'a>(rollout: &Rollout, sets: impl DoubleEndedIterator<Item = &'a ReplicaSet>) -> i32 {
    let status = &rollout.status;
    if steps::current(rollout).0.is_none() {
        return rollout.max_traffic_weight();
    }
    if status.available_replicas <= 0 {
        return 0;
    }
    if rollout.traffic_routing().is_some() {
        let told = status.canary.weights.as_ref().map(|weights| weights.canary.weight);
        return told.unwrap_or_else(|| weights::current_set_weight(rollout));
    }
    let canary = |set: &&ReplicaSet| set.hash() == status.current_pod_hash && set.hash() != status.stable_rs;
    let canary = sets.rev().find(canary);
    canary.map_or(0, |set| set.status.available_replicas.wrapping_mul(rollout.max_traffic_weight()) / status.available_replicas)
}

/// The reasons, the most decisive first.
#[must_use]
pub fn reasons(rollout: &Rollout, sets: &[&ReplicaSet], now: Option<Time>) -> Vec<Reason> {
    let mut why = Why { rollout, sets, now, reasons: Vec::new() };
    let stage = Stage::of(rollout);
    why.stage(&stage);
    if !matches!(stage, Stage::Invalid { .. }) {
        why.analysis();
        if matches!(stage, Stage::Updating { .. }) {
            why.weight();
        }
        why.progress();
        sets.iter().for_each(|set| why.pods(set));
    }
    why.reasons
}

struct Why<'a> {
    rollout: &'a Rollout,
    sets: &'a [&'a ReplicaSet],
    now: Option<Time>,
    reasons: Vec<Reason>,
}

impl Why<'_> {
    fn say(&mut self, about: &'static str, message: String) {
        self.reasons.push(Reason { about, message });
    }

    /// `, 3m20s left` or `, over since 5s`, when it is known what time it is.
    fn left(&self, until: &str) -> String {
        let (Some(now), Some(until)) = (self.now, Time::parse(until)) else { return String::new() };
        let left = until.since(now) / 1_000_000_000 * 1_000_000_000;
        if left > 0 { format!(", {} left", format_duration(left)) } else { ", and that has passed".into() }
    }

    fn stage(&mut self, stage: &Stage) {
        match stage {
            Stage::Invalid { message } => self.say("spec", message.clone()),
            Stage::Initial => self.say("step", "the first version comes up; steps apply from the second on".into()),
            Stage::Stable { .. } => self.say("step", "the current version is the stable one".into()),
            Stage::Aborted { since, message } => {
                let since = since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
                let message = if message.is_empty() { String::new() } else { format!(": {message}") };
                self.say("abort", format!("the update is aborted{since}{message}"));
            }
            Stage::Updating { place, .. } => self.place(place),
        }
        match stage.hold() {
            None => {}
            Some(Hold::Manual) => self.say("pause", "spec.paused is set: nothing moves until it is taken back".into()),
            Some(Hold::UntilPromoted { reason, since }) => {
                let since = since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
                self.say("pause", format!("paused ({reason}){since}, until someone promotes it"));
            }
            Some(Hold::Until { reason, since, until }) => {
                let left = self.left(until);
                self.say("pause", format!("paused ({reason}) from {since} until {until}{left}"));
            }
        }
    }

    fn place(&mut self, place: &Place) {
        let text = match place {
            Place::Replacing => "no steps: pods are replaced as fast as maxSurge and maxUnavailable allow".into(),
            Place::Step { index, count, text } => format!("at step {} of {count}: {text}", index + 1),
            Place::StepsDone => "all steps are done; it becomes the stable version when its pods are available".into(),
            Place::Preview => "the new version is previewed; the active Service still selects the stable one".into(),
            Place::Switched => "the active Service selects the new version, which is not yet the stable one".into(),
            Place::Promoting => "a full promotion was asked for: the steps that are left are skipped".into(),
        };
        self.say("step", text);
    }

    fn analysis(&mut self) {
        let status = &self.rollout.status;
        let runs: [(&str, &Option<AnalysisRunReference>); 4] = [
            ("step", &status.canary.current_step_analysis_run_status),
            ("background", &status.canary.current_background_analysis_run_status),
            ("pre-promotion", &status.blue_green.pre_promotion_analysis_run_status),
            ("post-promotion", &status.blue_green.post_promotion_analysis_run_status),
        ];
        for (which, run) in runs {
            let Some(run) = run else { continue };
            let phase = match run.status.as_str() {
                "" => "has not begun",
                phase => phase,
            };
            let message = if run.message.is_empty() { String::new() } else { format!(" ({})", run.message) };
            self.say("analysis", format!("{which} analysis {}: {phase}{message}", run.name));
        }
    }

    fn weight(&mut self) {
        let rollout = self.rollout;
        if rollout.canary().is_none() {
            return;
        }
        let full = rollout.max_traffic_weight();
        let wanted = weights::current_set_weight(rollout);
        let actual = actual_weight(rollout, self.sets.iter().copied());
        let how = if rollout.traffic_routing().is_some() { "the router was told" } else { "the pods amount to" };
        if wanted != actual {
            self.say("weight", format!("setWeight asks for {wanted} of {full}, {how} {actual}"));
        }
        let find = |hash: &str| self.sets.iter().copied().find(|set| set.hash() == hash);
        let (new, stable) = (find(&rollout.status.current_pod_hash), find(&rollout.status.stable_rs));
        if rollout.traffic_routing().is_none()
            && let (Some(new), Some(stable)) = (new, stable)
        {
            let counts = replicas::basic_canary(rollout, Some(new), Some(stable), &[]);
            let total = i64::from(counts.canary) + i64::from(counts.stable);
            if total > 0 && i64::from(counts.canary) * i64::from(full) != i64::from(wanted) * total {
                let share = i64::from(counts.canary) * i64::from(full) / total;
                let pods = format!("{} of {total} pods, a share of {share}", counts.canary);
                self.say("weight", format!("weight {wanted} of {full} is approximated by {pods}: there is no traffic routing"));
            }
        }
    }

    fn progress(&mut self) {
        let told = self.rollout.status.conditions.iter().find(|condition| condition.reason == "ProgressDeadlineExceeded");
        if let Some(condition) = told {
            self.say("progress", condition.message.to_string());
        }
    }

    fn pods(&mut self, set: &ReplicaSet) {
        let (name, role) = (&set.metadata.name, role(self.rollout, set));
        let (size, have, available) = (set.desired(), set.status.replicas, set.status.available_replicas);
        if size != have {
            self.say("pods", format!("{name} ({role}) has {have} pods and wants {size}"));
        } else if available < size {
            self.say("pods", format!("{name} ({role}): {available} of {size} pods are available"));
        }
        if let Some(deadline) = set.metadata.annotations.get("scale-down-deadline").filter(|text| !text.is_empty() && size > 0) {
            let left = self.left(deadline);
            self.say("scaleDown", format!("{name} ({role}) is kept until {deadline}{left}"));
        }
    }
}
