//! From measurements to phases.

use std::collections::HashSet;

use super::tasks::{limit, terminating};
use crate::rollouts::spec::{AnalysisPhase, AnalysisRun, Metric, MetricResult, RunSummary, Time};

/// The verdict on a whole run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) phase: AnalysisPhase,
    pub(crate) message: String,
    /// Metrics that reached their end now, in order.
    pub(crate) completed: Vec<(String, AnalysisPhase)>,
}

/// From best to worst (`analysisStatusOrder`).
fn badness(phase: &AnalysisPhase) -> usize {
    match phase {
        AnalysisPhase::Running => 1,
        AnalysisPhase::Pending => 2,
        AnalysisPhase::Inconclusive => 3,
        AnalysisPhase::Error => 4,
        AnalysisPhase::Failed => 5,
        _ => 0,
    }
}

/// `assessRunStatus`: updates the metrics' phases and the summaries, and says where the
/// run as a whole stands.
pub(crate) fn run(run: &mut AnalysisRun, metrics: &[Metric], dry_run: &HashSet<String>, now: Time) -> Verdict {
    let terminating = terminating(run);
    run.status.started_at.get_or_insert(now);
    let mut message = if run.spec.terminate { "Run Terminated".to_string() } else { String::new() };
    let (mut summary, mut dry_summary) = (RunSummary::default(), RunSummary::default());
    let mut worst: Option<AnalysisPhase> = None;
    let mut completed = Vec::new();
    let mut all_completed = true;
    for metric in metrics {
        let dry = dry_run.contains(&metric.name);
        let tally = if dry { &mut dry_summary } else { &mut summary };
        tally.count = tally.count.wrapping_add(1);
        let Some(result) = run.status.result_mut(&metric.name) else {
            all_completed = false;
            continue;
        };
        let phase = metric_phase(metric, result, terminating);
        if result.phase != phase {
            if phase.completed() {
                completed.push((metric.name.clone(), phase.clone()));
            }
            if let Some(last) = result.measurements.last() {
                result.message.clone_from(&last.message);
            }
            result.phase = phase.clone();
        }
        if !phase.completed() {
            all_completed = false;
            continue;
        }
        let broken = broken_limit(metric, result);
        add(tally, broken.as_ref().map(|(phase, _)| phase));
        let reason = broken.map_or_else(String::new, |(_, reason)| reason);
        if dry {
            worst.get_or_insert(AnalysisPhase::Successful);
            if !reason.is_empty() {
                result.message = format!("Metric assessed {phase} due to {reason}");
            }
        } else if worst.as_ref().is_none_or(|worst| badness(&phase) > badness(worst)) {
            if !reason.is_empty() {
                message = format!("Metric \"{}\" assessed {phase} due to {reason}", metric.name);
                if !result.message.is_empty() {
                    message.push_str(&format!(": \"Error Message: {}\"", result.message));
                }
            }
            worst = Some(phase);
        }
    }
    run.status.run_summary = summary;
    run.status.dry_run_summary = Some(dry_summary);
    let message = message.trim().to_string();
    let (phase, message) = match worst {
        None if terminating => (AnalysisPhase::Successful, message),
        Some(worst) if terminating || all_completed => (worst, message),
        _ => (AnalysisPhase::Running, String::new()),
    };
    Verdict { phase, message, completed }
}

/// What is in no other phase counts as successful.
fn add(summary: &mut RunSummary, phase: Option<&AnalysisPhase>) {
    let counter = match phase {
        Some(AnalysisPhase::Error) => &mut summary.error,
        Some(AnalysisPhase::Failed) => &mut summary.failed,
        Some(AnalysisPhase::Inconclusive) => &mut summary.inconclusive,
        _ => &mut summary.successful,
    };
    *counter = counter.wrapping_add(1);
}

/// `assessMetricStatus`: where a single metric stands.
pub(crate) fn metric_phase(metric: &Metric, result: &MetricResult, terminating: bool) -> AnalysisPhase {
    if result.phase.completed() {
        return result.phase.clone();
    }
    let Some(last) = result.measurements.last() else {
        return if terminating { AnalysisPhase::Successful } else { AnalysisPhase::Pending };
    };
    if !last.phase.completed() {
        return AnalysisPhase::Running;
    }
    if let Some((phase, _)) = broken_limit(metric, result) {
        return phase;
    }
    let successes = limit(metric.consecutive_success_limit.as_ref()).filter(|limit| *limit > 0);
    if successes.is_some_and(|limit| result.consecutive_success >= limit) {
        return AnalysisPhase::Successful;
    }
    if metric.effective_count().is_some_and(|count| result.count >= count as i32) {
        // Neither limit was reached: what that means depends on which of them are in use.
        let failures_count = metric.failure_limit.as_ref().is_none_or(|limit| limit.int_value() >= 0);
        return match (successes.is_some(), failures_count) {
            (true, true) => AnalysisPhase::Inconclusive,
            (true, false) => AnalysisPhase::Failed,
            _ => AnalysisPhase::Successful,
        };
    }
    if terminating { AnalysisPhase::Successful } else { AnalysisPhase::Running }
}

/// `assessMetricFailureInconclusiveOrError`: the limit that is broken, errors before
/// inconclusive ones before failures.
pub(crate) fn broken_limit(metric: &Metric, result: &MetricResult) -> Option<(AnalysisPhase, String)> {
    let errors = metric.consecutive_error_limit();
    if result.consecutive_error > errors {
        let reason = format!("consecutiveErrors ({}) > consecutiveErrorLimit ({errors})", result.consecutive_error);
        return Some((AnalysisPhase::Error, reason));
    }
    let inconclusive = limit(metric.inconclusive_limit.as_ref()).unwrap_or(0);
    if result.inconclusive > inconclusive {
        let reason = format!("inconclusive ({}) > inconclusiveLimit ({inconclusive})", result.inconclusive);
        return Some((AnalysisPhase::Inconclusive, reason));
    }
    let failures = limit(metric.failure_limit.as_ref()).unwrap_or(0);
    if failures >= 0 && result.failed > failures {
        return Some((AnalysisPhase::Failed, format!("failed ({}) > failureLimit ({failures})", result.failed)));
    }
    None
}
