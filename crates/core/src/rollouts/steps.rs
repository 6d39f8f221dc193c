//! Canary steps: which one is current, and how it reads.

use super::spec::{CanaryStep, ExperimentStep, Rollout};

/// `GetCurrentCanaryStep`: the step and its index; no index without steps, no step past
/// the end.
pub(crate) fn current(rollout: &Rollout) -> (Option<&CanaryStep>, Option<i32>) {
    let steps = rollout.steps();
    if steps.is_empty() {
        return (None, None);
    }
    let index = rollout.status.current_step_index.unwrap_or(0);
    (usize::try_from(index).ok().and_then(|at| steps.get(at)), Some(index))
}

/// The steps up to and including the current one; `None` if there is no current one.
pub(crate) fn up_to_current(rollout: &Rollout) -> Option<&[CanaryStep]> {
    let (step, index) = current(rollout);
    step?;
    rollout.steps().get(..=usize::try_from(index?).ok()?)
}

/// `GetCurrentExperimentStep`: the latest experiment at or before the current step.
pub(crate) fn current_experiment(rollout: &Rollout) -> Option<&ExperimentStep> {
    up_to_current(rollout)?.iter().rev().find_map(|step| step.experiment.as_ref())
}

/// `BeforeStartingStep`: whether background analysis has yet to begin.
pub(crate) fn before_starting_step(rollout: &Rollout) -> bool {
    let start = rollout.canary().and_then(|canary| canary.analysis.as_ref()).and_then(|analysis| analysis.starting_step);
    matches!((start, current(rollout).1), (Some(start), Some(index)) if index < start)
}

/// `ResetCurrentStepIndex`: where an update starts.
pub(crate) fn reset_index(rollout: &Rollout) -> Option<i32> {
    (!rollout.steps().is_empty()).then_some(0)
}

/// `CanaryStepString`: how events and the command line name a step.
pub(crate) fn text(step: &CanaryStep) -> String {
    if let Some(weight) = step.set_weight {
        return format!("setWeight: {weight}");
    }
    if let Some(pause) = &step.pause {
        return pause.duration.as_ref().map_or_else(|| "pause".into(), |duration| format!("pause: {duration}"));
    }
    if step.experiment.is_some() {
        return "experiment".into();
    }
    if step.analysis.is_some() {
        return "analysis".into();
    }
    if let Some(scale) = &step.set_canary_scale {
        if let Some(weight) = scale.weight {
            return format!("setCanaryScale{{weight: {weight}}}");
        }
        if scale.match_traffic_weight {
            return "setCanaryScale{matchTrafficWeight: true}".into();
        }
        if let Some(replicas) = scale.replicas {
            return format!("setCanaryScale{{replicas: {replicas}}}");
        }
    }
    if let Some(plugin) = &step.plugin {
        return format!("plugin: {}", plugin.name);
    }
    if let Some(route) = &step.set_header_route {
        return format!("setHeaderRoute: {}", route.name);
    }
    if let Some(route) = &step.set_mirror_route {
        return format!("setMirrorRoute: {}", route.name);
    }
    "invalid".into()
}
