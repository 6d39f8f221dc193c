//! What to measure now, and when to look again.

use crate::rollouts::spec::{AnalysisPhase, AnalysisRun, AnalysisRunStatus, IntOrString, Measurement, Metric, Time, go_duration};

/// `DefaultErrorRetryInterval`: ten seconds.
const ERROR_RETRY: i64 = 10_000_000_000;

/// A metric to measure in this reconcile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Task {
    /// Index into the metrics.
    pub(crate) metric: usize,
    /// The last measurement is unfinished and goes on.
    pub(crate) resume: bool,
}

/// `IsTerminating`: by request, or because a metric that counts has ended badly.
pub(crate) fn terminating(run: &AnalysisRun) -> bool {
    let bad = |phase: &AnalysisPhase| matches!(phase, AnalysisPhase::Failed | AnalysisPhase::Error | AnalysisPhase::Inconclusive);
    run.spec.terminate || run.status.metric_results.iter().any(|result| !result.dry_run && bad(&result.phase))
}

fn last<'a>(status: &'a AnalysisRunStatus, metric: &str) -> Option<&'a Measurement> {
    status.result(metric).and_then(|result| result.measurements.last())
}

fn done(status: &AnalysisRunStatus, metric: &str) -> bool {
    status.result(metric).is_some_and(|result| result.phase.completed())
}

fn count_reached(status: &AnalysisRunStatus, metric: &Metric) -> bool {
    let count = status.result(&metric.name).map_or(0, |result| result.count);
    metric.effective_count().is_some_and(|wanted| count >= wanted as i32)
}

/// `generateMetricTasks`, in the metrics' order.
pub(crate) fn due(run: &AnalysisRun, metrics: &[Metric], now: Time) -> Vec<Task> {
    let terminating = terminating(run);
    let status = &run.status;
    let due = |metric: &Metric| -> Option<bool> {
        if done(status, &metric.name) {
            return None;
        }
        let last = last(status, &metric.name);
        if let Some(unfinished) = last.filter(|measurement| measurement.finished_at.is_none()) {
            let waits = !terminating && unfinished.resume_at.is_some_and(|at| at > now);
            return (!waits).then_some(true);
        }
        if terminating {
            return None;
        }
        let Some(last) = last else { return first_is_due(metric, status, now).then_some(false) };
        if count_reached(status, metric) {
            return None;
        }
        let interval = match last.phase {
            AnalysisPhase::Error => ERROR_RETRY,
            _ if metric.interval.is_empty() => ERROR_RETRY,
            _ => go_duration(&metric.interval).ok()?,
        };
        last.finished_at.filter(|finished| now > finished.plus(interval)).map(|_| false)
    };
    metrics.iter().enumerate().filter_map(|(index, metric)| due(metric).map(|resume| Task { metric: index, resume })).collect()
}

fn first_is_due(metric: &Metric, status: &AnalysisRunStatus, now: Time) -> bool {
    if metric.initial_delay.is_empty() {
        return true;
    }
    let (Some(started), Ok(delay)) = (status.started_at, go_duration(&metric.initial_delay)) else { return false };
    started.plus(delay) <= now
}

/// `calculateNextReconcileTime`: the earliest moment any metric needs.
pub(crate) fn next(run: &AnalysisRun, metrics: &[Metric], now: Time) -> Option<Time> {
    let status = &run.status;
    let when = |metric: &Metric| -> Option<Time> {
        if done(status, &metric.name) {
            return None;
        }
        let Some(last) = last(status, &metric.name) else {
            if metric.initial_delay.is_empty() {
                return None;
            }
            return Some(status.started_at.unwrap_or(now).plus(go_duration(&metric.initial_delay).ok()?));
        };
        let Some(finished) = last.finished_at else { return last.resume_at };
        if count_reached(status, metric) {
            return None;
        }
        let interval = match last.phase {
            AnalysisPhase::Error => ERROR_RETRY,
            _ if metric.interval.is_empty() => return None,
            _ => go_duration(&metric.interval).ok()?,
        };
        Some(finished.plus(interval))
    };
    metrics.iter().filter_map(when).min()
}

/// A limit that may be absent, as the int32 upstream compares with.
pub(crate) fn limit(value: Option<&IntOrString>) -> Option<i32> {
    value.map(|value| value.int_value() as i32)
}
