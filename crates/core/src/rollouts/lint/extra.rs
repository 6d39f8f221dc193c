//! Findings beyond upstream's: what it accepts and what will probably surprise.

use super::upstream::Found;
use crate::rollouts::objects::AtPath;
use crate::{
    Value,
    rollouts::{
        replicas,
        spec::{AnalysisTemplate, Canary, CanaryStep, IntOrString, Metric, Rollout, read},
    },
    text::Diagnostic,
};

const CANARY: &str = "/spec/strategy/canary";

/// Findings of every rollout and analysis template of a file, with the document's index.
pub(super) fn of_file(found: &Found) -> Vec<(usize, Diagnostic)> {
    let mut diagnostics = Vec::new();
    for (index, rollout) in &found.rollouts {
        diagnostics.extend(lints(rollout).into_iter().map(|diagnostic| (*index, diagnostic)));
        diagnostics.extend(missing_services(rollout, found).into_iter().map(|diagnostic| (*index, diagnostic)));
    }
    for (index, template) in &found.templates {
        diagnostics.extend(template_lints(template).into_iter().map(|diagnostic| (*index, diagnostic)));
    }
    diagnostics
}

/// Findings of one rollout; paths are JSON pointers into it.
pub(crate) fn lints(rollout: &Rollout) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Some(canary) = rollout.canary().filter(|_| rollout.blue_green().is_none()) else { return found };
    whole(canary, &mut found);
    let mut before = 0;
    for (index, step) in canary.steps.iter().enumerate() {
        let at = format!("{CANARY}/steps/{index}");
        step_kinds(step, &at, &mut found);
        step_weight(rollout, canary, step, before, &at, &mut found);
        before = step.set_weight.unwrap_or(before);
        step_pause(step, &at, &mut found);
        step_scale(step, &at, &mut found);
    }
    found
}

/// What concerns the strategy as a whole.
fn whole(canary: &Canary, found: &mut Vec<Diagnostic>) {
    let routed = canary.traffic_routing.is_some();
    if canary.min_pods_per_replica_set.is_some() && !routed {
        let message = "minPodsPerReplicaSet has no effect without trafficRouting";
        found.push(Diagnostic::warning("rollouts-min-pods-ignored", format!("{CANARY}/minPodsPerReplicaSet"), message));
    }
    if canary.abort_scale_down_delay_seconds == Some(0) && routed {
        let message = "0 does not keep the canary after an abort: it is scaled to 0 at once unless the first step is a setCanaryScale";
        found.push(Diagnostic::warning("rollouts-abort-delay-zero", format!("{CANARY}/abortScaleDownDelaySeconds"), message));
    }
    let start = canary.analysis.as_ref().and_then(|analysis| analysis.starting_step);
    if let Some(start) =
        start.filter(|start| usize::try_from(*start).is_ok_and(|start| start >= canary.steps.len()) && !canary.steps.is_empty())
    {
        let message = format!("background analysis starts at step {start}, but there are only {} steps", canary.steps.len());
        found.push(Diagnostic::warning("rollouts-starting-step", format!("{CANARY}/analysis/startingStep"), message));
    }
    let threshold = canary.replica_progress_threshold.as_ref();
    if let Some(threshold) = threshold.filter(|threshold| threshold.value < 0 || threshold.kind == "Percent" && threshold.value > 100) {
        let message = format!("a threshold of {} {} is never what it says", threshold.value, threshold.kind);
        found.push(Diagnostic::warning("rollouts-progress-threshold", format!("{CANARY}/replicaProgressThreshold/value"), message));
    }
    let managed = canary.traffic_routing.as_ref().and_then(|routing| routing.managed_routes.as_ref());
    for (index, route) in managed.into_iter().flatten().enumerate() {
        if managed.is_some_and(|routes| routes.iter().take(index).any(|earlier| earlier.name == route.name)) {
            let at = format!("{CANARY}/trafficRouting/managedRoutes/{index}");
            found.push(Diagnostic::warning(
                "rollouts-managed-route-twice",
                at,
                format!("the managed route {:?} is listed twice", route.name),
            ));
        }
    }
}

/// A step may hold several kinds; only the first in upstream's order decides when it is over.
fn step_kinds(step: &CanaryStep, at: &str, found: &mut Vec<Diagnostic>) {
    let kinds = [
        ("pause", step.pause.is_some()),
        ("setCanaryScale", step.set_canary_scale.is_some()),
        ("setWeight", step.set_weight.is_some()),
        ("experiment", step.experiment.is_some()),
        ("analysis", step.analysis.is_some()),
        ("setHeaderRoute", step.set_header_route.is_some()),
        ("setMirrorRoute", step.set_mirror_route.is_some()),
        ("plugin", step.plugin.is_some()),
    ];
    let given: Vec<&str> = kinds.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    if let [first, .., _] = given.as_slice() {
        let message = format!("one step holds {}; it is over as soon as its {first} is", given.join(" and "));
        found.push(Diagnostic::warning("rollouts-step-mixed", at, message));
    }
}

fn step_weight(rollout: &Rollout, canary: &Canary, step: &CanaryStep, before: i32, at: &str, found: &mut Vec<Diagnostic>) {
    let Some(weight) = step.set_weight else { return };
    let at = format!("{at}/setWeight");
    if weight < before {
        found.push(Diagnostic::info("rollouts-weight-decreases", at.clone(), format!("the weight goes down from {before} to {weight}")));
    }
    let (pods, full) = (rollout.replicas(), rollout.max_traffic_weight());
    if canary.traffic_routing.is_some() || pods <= 0 || full <= 0 || !(0..=full).contains(&weight) {
        return;
    }
    let counts = replicas::approximate(pods, weight, full, replicas::max_surge(rollout));
    let total = i64::from(counts.canary) + i64::from(counts.stable);
    let exact = i64::from(counts.canary) * i64::from(full) == i64::from(weight) * total;
    if !exact && total > 0 {
        let share = f64::from(counts.canary) * 100.0 / total as f64;
        let message = format!(
            "{pods} {} cannot stand for a weight of {weight}: it becomes {} of {total} pods, {share:.1} %",
            if pods == 1 { "replica" } else { "replicas" },
            counts.canary
        );
        found.push(Diagnostic::warning("rollouts-weight-unreachable", at, message));
    }
}

fn step_pause(step: &CanaryStep, at: &str, found: &mut Vec<Diagnostic>) {
    let Some(pause) = &step.pause else { return };
    let at = format!("{at}/pause");
    if pause.duration.is_none() {
        found.push(Diagnostic::info("rollouts-pause-endless", at, "this pause lasts until someone promotes the rollout"));
    } else if pause.duration_seconds() == 0 {
        found.push(Diagnostic::warning(
            "rollouts-pause-zero",
            format!("{at}/duration"),
            "this pause is shorter than a second and over at once",
        ));
    }
}

fn step_scale(step: &CanaryStep, at: &str, found: &mut Vec<Diagnostic>) {
    let Some(scale) = &step.set_canary_scale else { return };
    let at = format!("{at}/setCanaryScale");
    let given = [scale.weight.is_some(), scale.replicas.is_some(), scale.match_traffic_weight].iter().filter(|given| **given).count();
    if given != 1 {
        let message = "give exactly one of weight, replicas and matchTrafficWeight: with several, matchTrafficWeight comes first, then replicas; with none nothing changes";
        found.push(Diagnostic::warning("rollouts-canary-scale", at, message));
    } else if scale.weight.is_some_and(|weight| weight < 0) || scale.replicas.is_some_and(|replicas| replicas < 0) {
        found.push(Diagnostic::error("rollouts-canary-scale", at, "a scale below zero cannot be reached"));
    }
}

/// Services that are named but are not in a file that holds services.
fn missing_services(rollout: &Rollout, file: &Found) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if file.services.is_empty() {
        return found;
    }
    let canary =
        rollout.canary().map(|canary| [("canary/canaryService", &canary.canary_service), ("canary/stableService", &canary.stable_service)]);
    let blue_green = rollout
        .blue_green()
        .map(|strategy| [("blueGreen/activeService", &strategy.active_service), ("blueGreen/previewService", &strategy.preview_service)]);
    for (field, service) in canary.into_iter().flatten().chain(blue_green.into_iter().flatten()) {
        let there = file.services.iter().any(|object| object.at_path("/metadata/name").and_then(Value::as_str) == Some(service.as_str()));
        if !service.is_empty() && !there {
            let message = format!("no Service {service:?} in this file");
            found.push(Diagnostic::info("rollouts-service-elsewhere", format!("/spec/strategy/{field}"), message));
        }
    }
    found
}

/// Findings of one AnalysisTemplate; none if it cannot be read.
fn template_lints(document: &Value) -> Vec<Diagnostic> {
    let Ok(template) = read::<AnalysisTemplate>("AnalysisTemplate", document, crate::rollouts::spec::Reading::Lenient) else {
        return Vec::new();
    };
    template
        .spec
        .metrics
        .iter()
        .enumerate()
        .filter_map(|(index, metric)| never_fails(metric).map(|reason| (index, reason)))
        .map(finding)
        .collect()
}

fn finding((index, reason): (usize, String)) -> Diagnostic {
    Diagnostic::warning("rollouts-analysis-never-fails", format!("/spec/metrics/{index}"), reason)
}

/// Why a metric can never end as Failed, if so.
fn never_fails(metric: &Metric) -> Option<String> {
    // A job, a plugin, a Kayenta judgement decide by themselves.
    let decides_alone = ["job", "plugin", "kayenta"].iter().any(|name| metric.provider.get(*name).is_some());
    if metric.success_condition.is_empty() && metric.failure_condition.is_empty() && !decides_alone {
        return Some(format!("the metric {:?} has no condition: every measurement is Successful", metric.name));
    }
    let limit = metric.failure_limit.as_ref().filter(|limit| !limit.to_string().contains("{{")).map(IntOrString::int_value)?;
    let disabled = limit < 0 && metric.consecutive_success_limit.as_ref().is_none_or(|limit| limit.int_value() <= 0);
    let count = metric.effective_count().filter(|_| !metric.count.as_ref().is_some_and(|count| count.to_string().contains("{{")));
    match count {
        _ if disabled => Some(format!("the metric {:?} has no failureLimit in force", metric.name)),
        Some(count) if limit >= count => Some(format!("the metric {:?} is measured {count} times but may fail {limit} times", metric.name)),
        _ => None,
    }
}
