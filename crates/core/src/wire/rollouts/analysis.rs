//! Operations of `analysis`.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::rollout::read_rollout;
use crate::{
    Error, Result, Value,
    rollouts::{
        analysis::{
            arguments::{self, Source},
            assess, build, evaluate,
            reconcile::{self, Answer, World},
            replay, resolve,
            series::{Column, Format, Series},
            tasks, validate,
        },
        spec::{
            self, AnalysisRun, AnalysisTemplate, Argument, DryRun, MeasurementRetention, Metric, Reading, ReplicaSet, RunSummary, Time,
            to_wire,
        },
    },
    wire::Op,
};

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("analysis.arguments", "the arguments a rollout hands to an analysis", arguments_of),
        Op::new("analysis.assess", "from measurements to phases", assess_of),
        Op::new("analysis.build", "from analysis templates to the spec of a run", build_of),
        Op::new("analysis.evaluate", "the phase a metric's conditions give one result", evaluate_of),
        Op::new("analysis.reconcile", "one reconcile of an AnalysisRun, measurements given", reconcile_of),
        Op::new("analysis.replay", "a series of measurements through an analysis, to a verdict", replay_of),
        Op::new("analysis.resolve", "arguments put into a text or a metric", resolve_of),
        Op::new("analysis.validate", "whether metrics make sense", validate_of),
    ]
}

/// A list in Go: null is none.
fn list<T: DeserializeOwned>(type_name: &str, items: Option<&Vec<Value>>) -> Result<Vec<T>> {
    items.into_iter().flatten().map(|item| spec::read(type_name, item, Reading::Lenient)).collect()
}

fn moment(text: &str) -> Result<Time> {
    Time::parse(text).ok_or_else(|| Error::parse(format!("cannot read {text:?} as a time (RFC 3339)")))
}

/// Request of `analysis.resolve`: a text or a metric.
#[derive(Deserialize, JsonSchema)]
struct ResolveRequest {
    /// The text with placeholders.
    text: Option<String>,
    /// Escape values to stand inside a JSON string.
    #[serde(default)]
    quoted: bool,
    /// The metric with placeholders.
    metric: Option<Value>,
    /// The arguments.
    args: Option<Vec<Value>>,
}

/// Response of `analysis.resolve`.
#[derive(Default, Serialize, JsonSchema)]
struct ResolveResponse {
    /// The resolved text.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The resolved metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    metric: Option<Value>,
    /// What could not be resolved, in upstream's words.
    failed: Option<String>,
}

fn resolve_of(request: ResolveRequest) -> Result<ResolveResponse> {
    let args: Vec<Argument> = list("Argument", request.args.as_ref())?;
    let mut response = ResolveResponse::default();
    if let Some(text) = &request.text {
        let resolved = if request.quoted { resolve::resolve_quoted_args(text, &args) } else { resolve::resolve_args(text, &args) };
        match resolved {
            Ok(text) => response.text = Some(text),
            Err(failed) => response.failed = Some(failed),
        }
        return Ok(response);
    }
    let metric = request.metric.filter(|metric| !metric.is_null()).ok_or_else(|| Error::invalid("neither text nor metric"))?;
    let metric = spec::normalize("Metric", &metric, Reading::Lenient)?;
    match resolve::resolve_metric_document(&metric, &args) {
        Ok(metric) => response.metric = Some(metric),
        Err(failed) => response.failed = Some(failed),
    }
    Ok(response)
}

/// Request of `analysis.arguments`.
#[derive(Deserialize, JsonSchema)]
struct ArgumentsRequest {
    /// The arguments as the rollout gives them.
    args: Option<Vec<Value>>,
    /// The Rollout.
    #[serde(default)]
    rollout: Value,
    /// The ReplicaSet of the wanted template.
    #[serde(rename = "newRS")]
    new_rs: Option<Value>,
    /// The ReplicaSet that is stable.
    #[serde(rename = "stableRS")]
    stable_rs: Option<Value>,
}

/// Response of `analysis.arguments`.
#[derive(Default, Serialize, JsonSchema)]
struct ArgumentsResponse {
    /// The arguments of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Value>,
    /// Upstream's refusal.
    failed: Option<String>,
}

fn arguments_of(request: ArgumentsRequest) -> Result<ArgumentsResponse> {
    let args: Vec<spec::AnalysisRunArgument> = list("AnalysisRunArgument", request.args.as_ref())?;
    let rollout = read_rollout(&request.rollout)?;
    let new = ReplicaSet::read_opt(request.new_rs.as_ref())?;
    let stable = ReplicaSet::read_opt(request.stable_rs.as_ref())?;
    let document = to_wire("Rollout", &request.rollout)?;
    let source = Source { document: &document, metadata: &rollout.metadata, new: new.as_ref(), stable: stable.as_ref() };
    Ok(match arguments::build(&args, &source) {
        (_, Some(failed)) => ArgumentsResponse { failed: Some(failed), ..Default::default() },
        (args, None) => ArgumentsResponse { args: Some(wire("[]Argument", &args)?), failed: None },
    })
}

fn wire(type_name: &str, model: &impl Serialize) -> Result<Value> {
    to_wire(type_name, &serde_json::to_value(model).map_err(|error| Error::parse(error.to_string()))?)
}

/// Request of `analysis.build`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BuildRequest {
    /// AnalysisTemplates.
    templates: Option<Vec<Value>>,
    /// ClusterAnalysisTemplates.
    cluster_templates: Option<Vec<Value>>,
    /// Values for the templates' arguments.
    args: Option<Vec<Value>>,
    /// More dry-run rules.
    dry_run: Option<Vec<Value>>,
    /// More retention rules.
    measurement_retention: Option<Vec<Value>>,
}

/// Response of `analysis.build`.
#[derive(Default, Serialize, JsonSchema)]
struct BuildResponse {
    /// The spec of the AnalysisRun.
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<Value>,
    /// Upstream's refusal.
    failed: Option<String>,
}

fn build_of(request: BuildRequest) -> Result<BuildResponse> {
    let mut templates: Vec<AnalysisTemplate> = list("AnalysisTemplate", request.templates.as_ref())?;
    templates.extend(list("ClusterAnalysisTemplate", request.cluster_templates.as_ref())?);
    let args: Vec<Argument> = list("Argument", request.args.as_ref())?;
    let dry_run: Vec<DryRun> = list("DryRun", request.dry_run.as_ref())?;
    let retention: Vec<MeasurementRetention> = list("MeasurementRetention", request.measurement_retention.as_ref())?;
    let templates: Vec<&AnalysisTemplate> = templates.iter().collect();
    Ok(match build::run_from_templates(&templates, &args, &dry_run, &retention) {
        Ok(spec) => BuildResponse { spec: Some(wire("AnalysisRunSpec", &spec)?), failed: None },
        Err(failed) => BuildResponse { failed: Some(failed), ..Default::default() },
    })
}

/// Request of `analysis.validate`.
#[derive(Deserialize, JsonSchema)]
struct ValidateRequest {
    /// The metrics.
    metrics: Option<Vec<Value>>,
}

/// Response of `analysis.validate`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ValidateResponse {
    /// The first fault, in upstream's words.
    failed: Option<String>,
    /// How often each metric is measured; null is for ever.
    effective_counts: Vec<Option<i64>>,
}

fn validate_of(request: ValidateRequest) -> Result<ValidateResponse> {
    let metrics: Vec<Metric> = list("Metric", request.metrics.as_ref())?;
    Ok(ValidateResponse {
        failed: validate::metrics(&metrics).err(),
        effective_counts: metrics.iter().map(Metric::effective_count).collect(),
    })
}

/// Request of `analysis.assess`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AssessRequest {
    /// The metrics.
    metrics: Option<Vec<Value>>,
    /// `status.metricResults`.
    results: Option<Vec<Value>>,
    /// Someone asked the run to stop.
    #[serde(default)]
    terminating: bool,
    /// Names of metrics that do not count.
    dry_run: Option<Vec<String>>,
    /// `status.startedAt`.
    started_at: Option<String>,
    /// The moment of the question.
    #[serde(default)]
    now: String,
}

/// Response of `analysis.assess`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AssessResponse {
    /// The run's phase.
    phase: String,
    /// Why.
    message: String,
    /// The metrics measured so far.
    metrics: Vec<MetricPhase>,
    /// Metrics that count, by phase.
    run_summary: RunSummary,
    /// Dry-run metrics, by phase.
    dry_run_summary: Option<RunSummary>,
    /// Metrics to measure now.
    tasks: Vec<String>,
    /// When to look again.
    next: Option<String>,
}

/// A metric's phase.
#[derive(Serialize, JsonSchema)]
struct MetricPhase {
    /// Its name.
    name: String,
    /// Its phase.
    phase: String,
    /// Why.
    message: String,
}

fn assess_of(request: AssessRequest) -> Result<AssessResponse> {
    let metrics: Vec<Metric> = list("Metric", request.metrics.as_ref())?;
    let now = moment(&request.now)?;
    let dry_run: HashSet<String> = request.dry_run.into_iter().flatten().collect();
    let mut run = AnalysisRun::default();
    Arc::make_mut(&mut run.spec).terminate = request.terminating;
    run.status.started_at = request.started_at.as_deref().map(moment).transpose()?;
    run.status.metric_results = list("MetricResult", request.results.as_ref())?;
    for result in &mut run.status.metric_results {
        result.dry_run = dry_run.contains(&result.name);
    }
    let tasks = tasks::due(&run, &metrics, now);
    let name = |task: &tasks::Task| {
        metrics.get(task.metric).map(|metric| if task.resume { format!("{} (resume)", metric.name) } else { metric.name.clone() })
    };
    let tasks = tasks.iter().filter_map(name).collect();
    let verdict = assess::run(&mut run, &metrics, &dry_run, now);
    let next = tasks::next(&run, &metrics, now).map(Time::precise);
    let row = |result: spec::MetricResult| MetricPhase { name: result.name, phase: result.phase.into(), message: result.message };
    Ok(AssessResponse {
        phase: verdict.phase.into(),
        message: verdict.message,
        metrics: run.status.metric_results.into_iter().map(row).collect(),
        run_summary: run.status.run_summary,
        dry_run_summary: run.status.dry_run_summary,
        tasks,
        next,
    })
}

/// Request of `analysis.reconcile`.
#[derive(Deserialize, JsonSchema)]
struct ReconcileRequest {
    /// The AnalysisRun.
    #[serde(default)]
    run: Value,
    /// The moment of the reconcile.
    #[serde(default)]
    now: String,
    /// By metric: fields of the measurement, or `providerError`.
    answers: Option<HashMap<String, Value>>,
    /// Secrets of the run's namespace.
    secrets: Option<BTreeMap<String, Option<BTreeMap<String, String>>>>,
}

/// Response of `analysis.reconcile`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ReconcileResponse {
    /// The new status.
    status: Value,
    /// A Go duration until the next reconcile.
    requeue_after: Option<String>,
    /// Reasons of the events.
    events: Vec<String>,
    /// For a run that was complete: it would be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    expired: Option<bool>,
}

fn reconcile_of(request: ReconcileRequest) -> Result<ReconcileResponse> {
    if request.run.is_null() {
        return Err(Error::invalid("no run"));
    }
    let mut run: AnalysisRun = spec::read("AnalysisRun", &request.run, Reading::Lenient)?;
    let now = moment(&request.now)?;
    let answer = |fields: Value| match fields.get("providerError").and_then(Value::as_str) {
        Some(error) if !error.is_empty() => Answer::ProviderError(error.to_string()),
        _ => Answer::Fields(fields),
    };
    let answers = request.answers.into_iter().flatten().map(|(name, fields)| (name, answer(fields))).collect();
    let secrets = request.secrets.into_iter().flatten().map(|(name, data)| (name, data.unwrap_or_default())).collect();
    let expired = run.status.phase.completed().then(|| reconcile::expired(&run, now));
    let outcome = reconcile::reconcile(&mut run, &World { answers, secrets }, now)?;
    let order: HashMap<&str, usize> = run.spec.metrics.iter().enumerate().map(|(index, metric)| (metric.name.as_str(), index)).collect();
    run.status.metric_results.sort_by_key(|result| order.get(result.name.as_str()).copied().unwrap_or(0));
    Ok(ReconcileResponse {
        status: wire("AnalysisRunStatus", &run.status)?,
        requeue_after: outcome.requeue_after.map(spec::format_duration),
        events: outcome.events,
        expired,
    })
}

/// Request of `analysis.evaluate`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct EvaluateRequest {
    /// The metric, of which the two conditions count.
    #[serde(default)]
    metric: Value,
    /// What the provider measured.
    #[serde(default)]
    result: Value,
    /// The Go type of the result: `json`, `float64`, `*float64`, `[]float64`, `int` or `int64`.
    #[serde(default)]
    result_type: String,
}

/// Response of `analysis.evaluate`.
#[derive(Serialize, JsonSchema)]
struct EvaluateResponse {
    /// Successful, Failed, Inconclusive or Error.
    phase: String,
    /// What could not be evaluated, in upstream's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

fn evaluate_of(request: EvaluateRequest) -> Result<EvaluateResponse> {
    let metric: Metric = spec::read("Metric", &request.metric, Reading::Lenient)?;
    let result = evaluate::result_of(&request.result, &request.result_type)?;
    let (phase, message) = evaluate::evaluate(&metric, result);
    Ok(EvaluateResponse { phase: phase.into(), message })
}

/// Request of `analysis.replay`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ReplayRequest {
    /// AnalysisTemplates or ClusterAnalysisTemplates.
    #[serde(default)]
    templates: Vec<Value>,
    /// An AnalysisRun, in place of templates.
    run: Option<Value>,
    /// Values for the templates' arguments.
    args: Option<Vec<Value>>,
    /// More dry-run rules.
    dry_run: Option<Vec<Value>>,
    /// The measurements of each metric.
    series: BTreeMap<String, SeriesRequest>,
    /// When the run starts; the first moment of the series unless given.
    start: Option<String>,
}

/// A series: as text or as values.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SeriesRequest {
    /// CSV or JSON text.
    text: Option<String>,
    /// The values themselves, or an answer of Prometheus.
    values: Option<Value>,
    /// `csv`, `json` or `prometheus`; guessed unless given.
    format: Option<String>,
    /// Of a CSV text, the column of this heading; without it the one headed like the metric, else all.
    column: Option<String>,
}

/// Response of `analysis.replay`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ReplayResponse {
    /// The run's phase in the end; Running if the series was over first.
    phase: String,
    /// The run's message.
    message: String,
    /// When the verdict was reached.
    decided_at: Option<String>,
    /// What decided.
    decided_by: Option<DecisionRow>,
    /// A series was over before the verdict.
    exhausted: bool,
    /// Every measurement, in order.
    measurements: Vec<MeasurementRow>,
    /// The status of the AnalysisRun in the end.
    status: Value,
}

/// The limit that was met.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DecisionRow {
    /// The metric.
    metric: String,
    /// How it ended.
    phase: String,
    /// `failureLimit`, `inconclusiveLimit`, `consecutiveErrorLimit`, `consecutiveSuccessLimit` or `count`.
    limit: &'static str,
    /// The number that was counted.
    reached: i64,
    /// The number the limit is set to.
    allowed: i64,
}

/// One measurement.
#[derive(Serialize, JsonSchema)]
struct MeasurementRow {
    /// The metric.
    metric: String,
    /// When it was taken.
    at: String,
    /// Its value.
    value: String,
    /// Its phase.
    phase: String,
    /// Why, for Error.
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

fn series_of(metric: &str, request: &SeriesRequest) -> Result<Series> {
    let format = match request.format.as_deref() {
        None | Some("") => None,
        Some("csv") => Some(Format::Csv),
        Some("json") => Some(Format::Json),
        Some("prometheus") => Some(Format::Prometheus),
        Some(other) => return Err(Error::invalid(format!("there is no format {other:?}: csv, json or prometheus"))),
    };
    match (&request.text, &request.values) {
        (Some(text), None) => {
            let column = request.column.as_deref().map_or(Column::Perhaps(metric), Column::Named);
            Series::parse_column(text, format, &column)
        }
        (None, Some(values)) => Series::from_value(values, format),
        _ => Err(Error::invalid("a series needs either text or values")),
    }
}

fn replay_of(request: ReplayRequest) -> Result<ReplayResponse> {
    let series: BTreeMap<String, Series> =
        request.series.iter().map(|(name, one)| Ok((name.clone(), series_of(name, one)?))).collect::<Result<_>>()?;
    let start = match &request.start {
        Some(text) => moment(text)?,
        None => series.values().filter_map(Series::start).min().unwrap_or(Time(jiff::Timestamp::UNIX_EPOCH)),
    };
    let run = match &request.run {
        Some(run) => spec::read("AnalysisRun", run, Reading::Lenient)?,
        None => {
            let templates: Vec<AnalysisTemplate> = list("AnalysisTemplate", Some(&request.templates))?;
            let templates: Vec<&AnalysisTemplate> = templates.iter().collect();
            let args: Vec<Argument> = list("Argument", request.args.as_ref())?;
            let dry_run: Vec<DryRun> = list("DryRun", request.dry_run.as_ref())?;
            AnalysisRun {
                spec: Arc::new(build::run_from_templates(&templates, &args, &dry_run, &[]).map_err(Error::upstream)?),
                ..Default::default()
            }
        }
    };
    let replay = replay::replay(run, &series, start)?;
    let decision = |decision: replay::Decision| DecisionRow {
        metric: decision.metric,
        phase: decision.phase.into(),
        limit: decision.limit,
        reached: decision.reached,
        allowed: decision.allowed,
    };
    let row = |taken: replay::Taken| MeasurementRow {
        metric: taken.metric,
        at: taken.at.wire(),
        value: taken.value,
        phase: taken.phase.into(),
        message: taken.message,
    };
    Ok(ReplayResponse {
        phase: replay.run.status.phase.to_string(),
        message: replay.run.status.message.clone(),
        decided_at: replay.decided_at.map(Time::wire),
        decided_by: replay.decision.map(decision),
        exhausted: replay.exhausted,
        measurements: replay.measurements.into_iter().map(row).collect(),
        status: wire("AnalysisRunStatus", &replay.run.status)?,
    })
}
