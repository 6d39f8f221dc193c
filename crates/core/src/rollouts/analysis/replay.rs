//! A series of measurements through an analysis, to a verdict.
//!
//! The clock jumps from one moment the controller would wake up at to the next; each
//! measurement takes the value the series has then.

use std::collections::{BTreeMap, HashMap};

use super::{
    assess,
    evaluate::{evaluate, result_of_sample},
    reconcile::{self, Answer, Ended, World},
    series::{Sample, Series},
    tasks,
};
use crate::{
    Error, Result,
    rollouts::spec::{AnalysisPhase, AnalysisRun, Metric, MetricResult, Time, go_float},
};

/// More reconciliations than this are refused.
const MOST: usize = 1_000_000;

/// One measurement that was taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Taken {
    pub(crate) metric: String,
    pub(crate) at: Time,
    pub(crate) value: String,
    pub(crate) phase: AnalysisPhase,
    pub(crate) message: String,
}

/// What decided.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decision {
    pub(crate) metric: String,
    pub(crate) phase: AnalysisPhase,
    /// The setting that was met: `failureLimit`, `inconclusiveLimit`, `consecutiveErrorLimit`,
    /// `consecutiveSuccessLimit` or `count`.
    pub(crate) limit: &'static str,
    /// The number it was met with.
    pub(crate) reached: i64,
    /// The number it is set to.
    pub(crate) allowed: i64,
}

/// The course of a replay.
#[derive(Debug)]
pub(crate) struct Replay {
    /// The run as it stood in the end.
    pub(crate) run: AnalysisRun,
    pub(crate) measurements: Vec<Taken>,
    /// When the run ended; `None` while it still runs.
    pub(crate) decided_at: Option<Time>,
    pub(crate) decision: Option<Decision>,
    /// A series was over before the run was.
    pub(crate) exhausted: bool,
}

/// Every metric has a series and every series a metric.
fn matched(run: &AnalysisRun, series: &BTreeMap<String, Series>) -> Result<()> {
    // What cannot be resolved ends the run before it measures.
    let Ok(metrics) = reconcile::resolved_without_secrets(&run.spec.metrics, &run.spec.args) else { return Ok(()) };
    if let Some(metric) = metrics.iter().find(|metric| !series.contains_key(&metric.name)) {
        return Err(Error::invalid(format!("there is no series for the metric {:?}", metric.name)));
    }
    match series.keys().find(|name| metrics.iter().all(|metric| metric.name != **name)) {
        Some(name) => Err(Error::invalid(format!("there is no metric {name:?} for the series"))),
        None => Ok(()),
    }
}

/// Runs an analysis from `start` on the series of its metrics.
pub(crate) fn replay(mut run: AnalysisRun, series: &BTreeMap<String, Series>, start: Time) -> Result<Replay> {
    matched(&run, series)?;
    let prepared = reconcile::prepare(&run);
    let none = Vec::new();
    let metrics = prepared.as_ref().map_or(&none, |prepared| &prepared.metrics);
    run.status.started_at.get_or_insert(start);
    let mut measurements: Vec<Taken> = Vec::new();
    let mut counts: HashMap<String, usize> = HashMap::new();
    let (mut now, mut exhausted) = (start, false);
    for wake_ups in 0.. {
        if wake_ups > MOST {
            return Err(Error::limit(format!("more than {MOST} reconciliations")));
        }
        let mut world = World::default();
        for task in tasks::due(&run, metrics, now) {
            let Some(metric) = metrics.get(task.metric) else { continue };
            let count = counts.entry(metric.name.clone()).or_default();
            let Some(sample) = series.get(&metric.name).and_then(|series| series.at(*count, now)) else {
                exhausted = true;
                break;
            };
            *count += 1;
            let taken = measure(metric, sample, now);
            let ended = Ended { phase: taken.phase.clone(), message: taken.message.clone(), value: Some(taken.value.clone()) };
            world.answers.insert(metric.name.clone(), Answer::Ended(ended));
            measurements.push(taken);
        }
        if exhausted {
            break;
        }
        let outcome = reconcile::reconcile_prepared(&mut run, &prepared, &world, now)?;
        // A timer fires after its moment, never at it.
        match outcome.requeue_after {
            Some(wait) if !run.status.phase.completed() => now = now.plus(wait.saturating_add(1)),
            _ => break,
        }
    }
    let decided_at = run.status.phase.completed().then(|| run.status.completed_at.unwrap_or(now));
    let decision = decided_at.and_then(|_| decision(&run));
    Ok(Replay { run, measurements, decided_at, decision, exhausted })
}

fn measure(metric: &Metric, sample: &Sample, at: Time) -> Taken {
    let (phase, message) = match sample {
        Sample::Error(message) => (AnalysisPhase::Error, message.clone()),
        sample => match result_of_sample(sample) {
            Ok(result) => {
                let (phase, message) = evaluate(metric, result);
                (phase, message.unwrap_or_default())
            }
            Err(error) => (AnalysisPhase::Error, error.message),
        },
    };
    Taken { metric: metric.name.clone(), at, value: shown(sample), phase, message }
}

/// A value as providers write it into a measurement.
fn shown(sample: &Sample) -> String {
    match sample {
        Sample::Number(number) => float(*number),
        Sample::Vector(numbers) => format!("[{}]", numbers.iter().map(|number| plain(*number)).collect::<Vec<_>>().join(",")),
        Sample::Json(serde_json::Value::String(text)) => text.clone(),
        Sample::Json(value) => value.to_string(),
        Sample::Error(_) => String::new(),
    }
}

fn float(number: f64) -> String {
    if number.is_finite() { go_float(number) } else { plain(number) }
}

/// Without an exponent, as Prometheus writes.
fn plain(number: f64) -> String {
    match number {
        f64::INFINITY => "+Inf".into(),
        f64::NEG_INFINITY => "-Inf".into(),
        number => number.to_string(),
    }
}

/// The first metric that ended as the whole run did, and the limit that ended it.
fn decision(run: &AnalysisRun) -> Option<Decision> {
    let metrics = reconcile::resolved_without_secrets(&run.spec.metrics, &run.spec.args).ok()?;
    let dry_run = reconcile::dry_run_metrics(&run.spec.dry_run, &metrics).ok()?;
    let counts = |metric: &&Metric| !dry_run.contains(&metric.name);
    metrics.iter().filter(counts).find_map(|metric| {
        let result = run.status.result(&metric.name).filter(|result| result.phase == run.status.phase)?;
        limit_met(metric, result)
    })
}

fn limit_met(metric: &Metric, result: &MetricResult) -> Option<Decision> {
    let limit = |limit: Option<&crate::rollouts::spec::IntOrString>| i64::from(tasks::limit(limit).unwrap_or(0));
    let (name, reached, allowed) = match assess::broken_limit(metric, result).map(|(phase, _)| phase) {
        Some(AnalysisPhase::Error) => ("consecutiveErrorLimit", result.consecutive_error, i64::from(metric.consecutive_error_limit())),
        Some(AnalysisPhase::Inconclusive) => ("inconclusiveLimit", result.inconclusive, limit(metric.inconclusive_limit.as_ref())),
        Some(_) => ("failureLimit", result.failed, limit(metric.failure_limit.as_ref())),
        None => {
            let successes = limit(metric.consecutive_success_limit.as_ref());
            if successes > 0 && i64::from(result.consecutive_success) >= successes {
                ("consecutiveSuccessLimit", result.consecutive_success, successes)
            } else {
                ("count", result.count, metric.effective_count()?)
            }
        }
    };
    Some(Decision { metric: metric.name.clone(), phase: result.phase.clone(), limit: name, reached: i64::from(reached), allowed })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rollouts::{
        analysis::series::Series,
        spec::{self, Reading},
    };

    fn run(metric: serde_json::Value, series: &str) -> Result<Replay> {
        let run = json!({"metadata": {"name": "run"}, "spec": {"metrics": [metric]}});
        let run: AnalysisRun = spec::read("AnalysisRun", &run, Reading::Lenient)?;
        let series = Series::parse(series, None)?;
        let start = series.start().or_else(|| Time::parse("2026-01-01T00:00:00Z")).ok_or_else(|| Error::parse("start"))?;
        replay(run, &BTreeMap::from([("m".to_string(), series)]), start)
    }

    fn metric(more: serde_json::Value) -> serde_json::Value {
        let mut metric = json!({"name": "m", "interval": "1m", "successCondition": "result > 1", "provider": {"web": {"url": "http://x"}}});
        if let (Some(metric), serde_json::Value::Object(more)) = (metric.as_object_mut(), more) {
            metric.extend(more);
        }
        metric
    }

    #[test]
    fn failures_one_above_the_limit_decide() -> Result<()> {
        let replay = run(metric(json!({"failureLimit": 1})), "2\n0\n2\n1\n2\n")?;
        let decision = replay.decision.ok_or_else(|| Error::parse("undecided"))?;
        assert_eq!((decision.limit, decision.reached, decision.allowed), ("failureLimit", 2, 1));
        assert_eq!(replay.measurements.len(), 4);
        assert_eq!(replay.decided_at.map(Time::wire).as_deref(), Some("2026-01-01T00:03:00Z"));
        Ok(())
    }

    #[test]
    fn a_series_that_ends_first_leaves_the_run_running() -> Result<()> {
        let replay = run(metric(json!({"count": 9})), "time,value\n2026-01-01T00:00:00Z,2\n2026-01-01T00:02:00Z,3\n")?;
        assert!(replay.exhausted && replay.decision.is_none());
        let values: Vec<&str> = replay.measurements.iter().map(|taken| taken.value.as_str()).collect();
        assert_eq!(values, ["2", "2", "3", "3"]);
        Ok(())
    }

    #[test]
    fn errors_are_tried_again_after_ten_seconds() -> Result<()> {
        let replay = run(metric(json!({"count": 2})), r#"[{"error": "refused"}, 2, 2]"#)?;
        let moments: Vec<String> = replay.measurements.iter().map(|taken| taken.at.wire()).collect();
        assert_eq!(moments, ["2026-01-01T00:00:00Z", "2026-01-01T00:00:10Z", "2026-01-01T00:01:10Z"]);
        assert_eq!(replay.run.status.phase, AnalysisPhase::Successful);
        Ok(())
    }
}
