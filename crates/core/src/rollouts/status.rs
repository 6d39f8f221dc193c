//! Phase and message of a rollout.

use smol_str::format_smolstr;

use super::spec::{Rollout, RolloutSpec, RolloutStatus, Text};

/// The annotation that says which generation of a referenced workload was seen.
pub(crate) const WORKLOAD_GENERATION: &str = "rollout.argoproj.io/workload-generation";

/// `GetRolloutPhase`: what a client shows, after checking that the controller has seen
/// the latest edit.
pub fn phase(rollout: &Rollout) -> (String, String) {
    let progressing = |message: &str| ("Progressing".to_string(), message.to_string());
    if !generation_observed(rollout) {
        return progressing("waiting for rollout spec update to be observed");
    }
    if rollout.status.controller_pause && rollout.status.pause_conditions.is_empty() {
        return progressing("waiting for rollout to unpause");
    }
    if rollout.spec.template_resolved_from_ref && !workload_generation_observed(rollout) {
        return progressing("waiting for rollout spec update to be observed for the reference workload");
    }
    if !rollout.status.phase.is_empty() {
        return (rollout.status.phase.to_string(), rollout.status.message.to_string());
    }
    let (phase, message) = calculate_phase(&rollout.spec, &rollout.status);
    (phase.to_string(), message.to_string())
}

/// A status of releases before 0.10 holds a hash here, which counts as observed.
fn generation_observed(rollout: &Rollout) -> bool {
    super::spec::go_atoi(&rollout.status.observed_generation).is_none_or(|seen| seen >= rollout.metadata.generation)
}

fn workload_generation_observed(rollout: &Rollout) -> bool {
    let annotation = rollout.metadata.annotations.get(WORKLOAD_GENERATION).and_then(|text| super::spec::go_parse_i32(text));
    let observed = super::spec::go_parse_i32(&rollout.status.workload_observed_generation);
    match (annotation, observed) {
        (Some(annotation), Some(observed)) => annotation == observed,
        _ => true,
    }
}

/// `CalculateRolloutPhase`: what the controller writes. The first rule that holds wins.
pub(crate) fn calculate_phase(spec: &RolloutSpec, status: &RolloutStatus) -> (Text, Text) {
    let word = Text::new_static;
    for condition in &status.conditions {
        if condition.kind == "InvalidSpec" {
            return (word("Degraded"), format_smolstr!("InvalidSpec: {}", condition.message));
        }
        if matches!(&*condition.reason, "RolloutAborted" | "ProgressDeadlineExceeded") {
            return (word("Degraded"), format_smolstr!("{}: {}", condition.reason, condition.message));
        }
    }
    if spec.paused {
        return (word("Paused"), word("manually paused"));
    }
    if let Some(pause) = status.pause_conditions.first() {
        return (word("Paused"), pause.reason.clone());
    }
    match unfinished(spec, status) {
        Some(message) => (word("Progressing"), word(message)),
        None => (word("Healthy"), Text::default()),
    }
}

fn unfinished(spec: &RolloutSpec, status: &RolloutStatus) -> Option<&'static str> {
    if spec.restart_at.is_some() && spec.restart_at != status.restarted_at {
        return Some("rollout is restarting");
    }
    if status.updated_replicas < spec.replicas.unwrap_or(1) {
        return Some("more replicas need to be updated");
    }
    if status.available_replicas < status.updated_replicas {
        return Some("updated replicas are still becoming available");
    }
    let promoted = !status.stable_rs.is_empty() && status.stable_rs == status.current_pod_hash;
    if let Some(strategy) = &spec.strategy.blue_green {
        let active = &status.blue_green.active_selector;
        if active.is_empty() || *active != status.current_pod_hash {
            return Some("active service cutover pending");
        }
        if promoted {
            return None;
        }
        let run = status.blue_green.post_promotion_analysis_run_status.as_ref();
        let analysed = strategy.post_promotion_analysis.is_none() || run.is_some_and(|run| run.status.completed());
        return Some(if analysed { "waiting for post-promotion verification to complete" } else { "waiting for analysis to complete" });
    }
    let canary = spec.strategy.canary.as_ref()?;
    // Only a basic canary must see its old pods gone: elsewhere they linger on purpose.
    if canary.traffic_routing.is_none() && status.replicas > status.updated_replicas {
        return Some("old replicas are pending termination");
    }
    (!promoted).then_some("waiting for all steps to complete")
}
