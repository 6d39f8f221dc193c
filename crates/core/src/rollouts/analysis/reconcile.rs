//! One reconcile of an AnalysisRun, measurements given as data.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{
    assess,
    resolve::resolve_metric,
    tasks::{self, Task},
    validate,
};
use crate::{
    Map, Result, Value,
    rollouts::spec::{
        self, AnalysisPhase, AnalysisRun, Argument, DryRun, Measurement, MeasurementRetention, Metric, MetricResult, Reading, Time,
    },
};

/// `DefaultMeasurementHistoryLimit`: measurements kept for a metric.
const HISTORY: usize = 10;

/// What measuring a metric gives.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Fields laid over the measurement.
    Fields(Value),
    /// The measurement is over.
    Ended(Ended),
    /// The measurement goes on at this moment.
    Resume(Time),
    /// There is no provider.
    ProviderError(String),
}

/// How a measurement ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ended {
    pub(crate) phase: AnalysisPhase,
    pub(crate) message: String,
    /// What was measured, if that is known.
    pub(crate) value: Option<String>,
}

/// Everything besides the run itself.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) answers: HashMap<String, Answer>,
    /// Secrets of the run's namespace.
    pub(crate) secrets: BTreeMap<String, BTreeMap<String, String>>,
}

/// What a reconcile does beyond the new status.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Reasons of the events, in order.
    pub(crate) events: Vec<String>,
    /// Nanoseconds until the next one.
    pub(crate) requeue_after: Option<i64>,
}

/// `reconcileAnalysisRun`: changes the run's status.
pub(crate) fn reconcile(run: &mut AnalysisRun, world: &World, now: Time) -> Result<Outcome> {
    if run.status.phase.completed() {
        return Ok(Outcome::default());
    }
    reconcile_prepared(run, &prepare(run), world, now)
}

/// As [`reconcile`], with what [`prepare`] made of the run's spec.
pub(crate) fn reconcile_prepared(run: &mut AnalysisRun, prepared: &Result<Prepared, String>, world: &World, now: Time) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    if run.status.phase.completed() {
        return Ok(outcome);
    }
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(message) => return Ok(fail(run, outcome, message.clone())),
    };
    let tasks = tasks::due(run, &prepared.metrics, now);
    if let Err(error) = measure(run, &tasks, prepared, world, now)? {
        return Ok(fail(run, outcome, format!("Unable to resolve metric arguments: {error}")));
    }
    let verdict = assess::run(run, &prepared.metrics, &prepared.dry_run, now);
    outcome.events.extend(verdict.completed.iter().map(|(_, phase)| format!("Metric{phase}")));
    if verdict.phase != run.status.phase {
        if verdict.phase.completed() {
            outcome.events.push(format!("AnalysisRun{}", verdict.phase));
            run.status.completed_at.get_or_insert(now);
        }
        run.status.phase = verdict.phase;
        run.status.message = verdict.message;
    }
    forget(run, prepared, world);
    outcome.requeue_after = tasks::next(run, &prepared.metrics, now).map(|next| next.since(now).max(0));
    Ok(outcome)
}

fn fail(run: &mut AnalysisRun, mut outcome: Outcome, message: String) -> Outcome {
    run.status.phase = AnalysisPhase::Error;
    run.status.message = message;
    outcome.events.push("AnalysisRunError".into());
    outcome
}

/// What follows from a run's spec alone, `terminate` aside.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// With their arguments filled in; for a secret's value stands a placeholder.
    pub(crate) metrics: Vec<Metric>,
    dry_run: HashSet<String>,
    retention: HashMap<String, i32>,
}

/// Fills in arguments and validates: upstream does so in every reconcile.
pub(crate) fn prepare(run: &AnalysisRun) -> Result<Prepared, String> {
    let metrics = resolved_without_secrets(&run.spec.metrics, &run.spec.args)
        .map_err(|error| format!("Unable to resolve metric arguments: {error}"))?;
    let invalid = |error: String| format!("Analysis spec invalid: {error}");
    validate::metrics(&metrics).map_err(invalid)?;
    let dry_run = dry_run_metrics(&run.spec.dry_run, &metrics).map_err(invalid)?;
    let retention = retained_metrics(&run.spec.measurement_retention, &metrics).map_err(invalid)?;
    Ok(Prepared { metrics, dry_run, retention })
}

/// `getResolvedMetricsWithoutSecrets`: a secret's value is not needed to judge limits.
pub(crate) fn resolved_without_secrets(metrics: &[Metric], args: &[Argument]) -> Result<Vec<Metric>, String> {
    let public = |arg: &Argument| match arg.value_from.as_ref().and_then(|from| from.secret_key_ref.as_ref()) {
        Some(_) => Argument { name: arg.name.clone(), value: Some("temp-for-secret".into()), value_from: None },
        None => arg.clone(),
    };
    let args: Vec<Argument> = args.iter().map(public).collect();
    metrics.iter().map(|metric| resolve_metric(metric, &args)).collect()
}

fn matching<'a>(pattern: &str, metrics: &'a [Metric]) -> Vec<&'a str> {
    // Go ignores the error of an expression that cannot be compiled: it matches nothing.
    let Ok(regex) = crate::lang::goregexp::compile(pattern) else { return Vec::new() };
    metrics.iter().map(|metric| metric.name.as_str()).filter(|name| regex.is_match(name)).collect()
}

/// `GetDryRunMetrics`: the metrics that dry-run rules name.
pub(crate) fn dry_run_metrics(rules: &[DryRun], metrics: &[Metric]) -> Result<HashSet<String>, String> {
    let mut names = HashSet::new();
    for (index, rule) in rules.iter().enumerate() {
        let matched = matching(&rule.metric_name, metrics);
        if matched.is_empty() {
            return Err(format!("dryRun[{index}]: Rule didn't match any metric name(s)"));
        }
        names.extend(matched.into_iter().map(str::to_string));
    }
    Ok(names)
}

/// `GetMeasurementRetentionMetrics`: the number of measurements to keep by metric.
fn retained_metrics(rules: &[MeasurementRetention], metrics: &[Metric]) -> Result<HashMap<String, i32>, String> {
    let mut limits = HashMap::new();
    for (index, rule) in rules.iter().enumerate() {
        let matched = matching(&rule.metric_name, metrics);
        if matched.is_empty() {
            return Err(format!("measurementRetention[{index}]: Rule didn't match any metric name(s)"));
        }
        limits.extend(matched.into_iter().map(|name| (name.to_string(), rule.limit)));
    }
    Ok(limits)
}

/// `resolveArgs`: arguments with the secrets' values, and those values.
fn with_secrets(args: &[Argument], world: &World) -> Result<(Vec<Argument>, BTreeSet<String>), String> {
    let mut values = BTreeSet::new();
    let mut resolved = args.to_vec();
    for arg in &mut resolved {
        let Some(wanted) = arg.value_from.as_ref().and_then(|from| from.secret_key_ref.as_ref()) else { continue };
        let secret = world.secrets.get(&wanted.name).ok_or_else(|| format!("secrets \"{}\" not found", wanted.name))?;
        let value = secret.get(&wanted.key).ok_or_else(|| format!("key '{}' does not exist in secret '{}'", wanted.key, wanted.name))?;
        values.insert(value.clone());
        arg.value = Some(value.clone());
    }
    Ok((resolved, values))
}

/// `runMeasurements`; the inner error is one of arguments.
fn measure(run: &mut AnalysisRun, due: &[Task], prepared: &Prepared, world: &World, now: Time) -> Result<Result<(), String>> {
    let terminating = tasks::terminating(run);
    let (args, secrets) = match with_secrets(&run.spec.args, world) {
        Ok(resolved) => resolved,
        Err(error) => return Ok(Err(error)),
    };
    let mut names = Vec::with_capacity(due.len());
    for task in due {
        let Some(metric) = run.spec.metrics.get(task.metric) else { continue };
        if secrets.is_empty()
            && let Some(metric) = prepared.metrics.get(task.metric)
        {
            names.push((metric.name.clone(), task.resume));
            continue;
        }
        match resolve_metric(metric, &args) {
            Ok(metric) => names.push((metric.name, task.resume)),
            Err(error) => return Ok(Err(error)),
        }
    }
    for (name, resume) in names {
        let unfinished = run.status.result(&name).filter(|_| resume).and_then(|result| result.measurements.last()).cloned();
        let mut measurement = one(world.answers.get(&name), unfinished, terminating, now)?;
        if measurement.phase.completed() {
            measurement.finished_at.get_or_insert(now);
        }
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            measurement.message = measurement.message.replace(secret, "*****");
        }
        if run.status.result(&name).is_none() {
            let dry_run = prepared.dry_run.contains(&name);
            run.status.metric_results.push(MetricResult {
                name: name.clone(),
                phase: AnalysisPhase::Running,
                dry_run,
                ..Default::default()
            });
        }
        if let Some(result) = run.status.result_mut(&name) {
            record(result, measurement, resume);
        }
    }
    Ok(Ok(()))
}

fn one(answer: Option<&Answer>, unfinished: Option<Measurement>, terminating: bool, now: Time) -> Result<Measurement> {
    let resumed = unfinished.is_some();
    let mut measurement = unfinished.unwrap_or_else(|| Measurement { started_at: Some(now), ..Default::default() });
    match answer {
        Some(Answer::ProviderError(error)) => {
            measurement.phase = AnalysisPhase::Error;
            measurement.message.clone_from(error);
        }
        answer => {
            if !resumed || terminating {
                measurement.phase = AnalysisPhase::Successful;
            }
            match answer {
                Some(Answer::Fields(fields)) => measurement = overlay(measurement, fields)?,
                Some(Answer::Ended(ended)) => {
                    measurement.phase.clone_from(&ended.phase);
                    measurement.message.clone_from(&ended.message);
                    measurement.finished_at = Some(now);
                    if let Some(value) = &ended.value {
                        measurement.value.clone_from(value);
                    }
                }
                Some(Answer::Resume(at)) => {
                    measurement.phase = AnalysisPhase::Running;
                    measurement.resume_at = Some(*at);
                }
                Some(Answer::ProviderError(_)) | None => {}
            }
            let ended = matches!(measurement.phase, AnalysisPhase::Successful | AnalysisPhase::Inconclusive);
            if resumed && terminating && ended {
                measurement.message = "Metric Terminated".into();
            }
        }
    }
    Ok(measurement)
}

fn overlay(measurement: Measurement, fields: &Value) -> Result<Measurement> {
    let laid = spec::normalize("Measurement", fields, Reading::Lenient)?;
    let mut base: Map<String, Value> = match serde_json::to_value(measurement) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    if let Value::Object(members) = laid {
        base.extend(members);
    }
    spec::read("Measurement", &Value::Object(base), Reading::Lenient)
}

/// Adds or replaces the measurement and counts it.
pub(crate) fn record(result: &mut MetricResult, measurement: Measurement, resume: bool) {
    let counted = match measurement.phase {
        AnalysisPhase::Successful => Some(&mut result.successful),
        AnalysisPhase::Failed => Some(&mut result.failed),
        AnalysisPhase::Inconclusive => Some(&mut result.inconclusive),
        _ => None,
    };
    if let Some(counter) = counted {
        *counter = counter.wrapping_add(1);
        result.count = result.count.wrapping_add(1);
        result.consecutive_error = 0;
    }
    match measurement.phase {
        AnalysisPhase::Successful => result.consecutive_success = result.consecutive_success.wrapping_add(1),
        AnalysisPhase::Error => {
            result.error = result.error.wrapping_add(1);
            result.consecutive_error = result.consecutive_error.wrapping_add(1);
            result.consecutive_success = 0;
        }
        AnalysisPhase::Failed | AnalysisPhase::Inconclusive => result.consecutive_success = 0,
        _ => {}
    }
    match result.measurements.last_mut() {
        Some(last) if resume => *last = measurement,
        _ => result.measurements.push(measurement),
    }
}

/// `garbageCollectMeasurements`: keeps the latest ones. Without a provider nothing is let go.
fn forget(run: &mut AnalysisRun, prepared: &Prepared, world: &World) {
    for result in &mut run.status.metric_results {
        let kept = prepared.retention.get(&result.name).and_then(|limit| usize::try_from(*limit).ok()).filter(|limit| *limit > 0);
        let excess = result.measurements.len().saturating_sub(kept.unwrap_or(HISTORY));
        let known = prepared.metrics.iter().any(|metric| metric.name == result.name);
        let no_provider = matches!(world.answers.get(&result.name), Some(Answer::ProviderError(_)));
        if known && !no_provider {
            result.measurements.drain(..excess);
        }
    }
}

/// `isAnalysisRunTtlExceeded`: a finished run would be deleted.
pub(crate) fn expired(run: &AnalysisRun, now: Time) -> bool {
    let (Some(ttl), Some(completed)) = (&run.spec.ttl_strategy, run.status.completed_at) else { return false };
    if !run.status.phase.completed() {
        return false;
    }
    let own = match run.status.phase {
        AnalysisPhase::Successful => ttl.seconds_after_success,
        AnalysisPhase::Failed => ttl.seconds_after_failure,
        _ => None,
    };
    let passed = crate::rollouts::weights::go_int32(now.since(completed) as f64 / 1e9);
    own.or(ttl.seconds_after_completion).is_some_and(|seconds| passed > seconds)
}
