//! `lofting analysis`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use lofting::{Map, Value};
use serde_json::json;

use crate::cli::Format;
use crate::documents::{self, kind, list, name, text};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};

/// Judge measurements as an analysis would.
#[derive(Debug, Args)]
pub(crate) struct AnalysisCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The phase that a metric's conditions give one result; exits with 1 unless it is Successful
    Eval {
        /// The AnalysisTemplate
        file: PathBuf,
        /// Which metric, if there are several
        #[arg(long, value_name = "NAME")]
        metric: Option<String>,
        /// The result: JSON, such as 0.97 or [0.97]
        #[arg(long, value_name = "JSON")]
        result: String,
        /// How to write the answer
        #[arg(short, long, value_enum, default_value_t = Format::Human)]
        output: Format,
    },
    /// Lead series of measurements through a template to a verdict; exits with 1 unless it is Successful
    Replay {
        /// The AnalysisTemplates, or one AnalysisRun
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// A metric's measurements: CSV (of several columns the one headed like the metric, or #COLUMN), JSON, or Prometheus' answer
        /// to a range query
        #[arg(long, value_name = "METRIC=FILE[#COLUMN]", required = true)]
        series: Vec<String>,
        /// An argument of the templates
        #[arg(long, value_name = "NAME=VALUE")]
        arg: Vec<String>,
        /// When the run starts (RFC 3339); default the first moment of the series
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// How to write the answer
        #[arg(short, long, value_enum, default_value_t = Format::Human)]
        output: Format,
    },
}

impl AnalysisCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::Eval { file, metric, result, output } => eval(&file, metric.as_deref(), &result, output),
            Action::Replay { files, series, arg, at, output } => replay(&files, &series, &arg, at.as_deref(), output),
        }
    }
}

fn verdict(phase: &str) -> String {
    let style = match phase {
        "Successful" => GOOD,
        "Failed" | "Error" => BAD,
        _ => WARN,
    };
    styled(style, phase)
}

fn eval(file: &std::path::Path, metric: Option<&str>, result: &str, format: Format) -> Outcome {
    let objects = documents::search(&[file.to_path_buf()])?;
    let metrics: Vec<&Value> =
        objects.iter().filter(|object| kind(object).contains("Analysis")).flat_map(|object| list(object, "/spec/metrics")).collect();
    let named = |one: &&&Value| metric.is_none_or(|metric| text(one, "/name") == metric);
    let chosen: Vec<&&Value> = metrics.iter().filter(named).collect();
    let [one] = chosen.as_slice() else {
        let names: Vec<&str> = metrics.iter().map(|metric| text(metric, "/name")).collect();
        return Err(Failure::Usage(format!("{}: pick a metric with --metric: {}", file.display(), names.join(", "))));
    };
    let result: Value = serde_json::from_str(result).map_err(|error| Failure::Usage(format!("--result {result}: no JSON: {error}")))?;
    let answer = documents::call("analysis.evaluate", json!({"metric": one, "result": result, "resultType": "json"}))?;
    match output::data(format, &answer) {
        Some(data) => output::text(&data)?,
        None => output::line(
            format!("{}: {} {}", styled(BOLD, text(one, "/name")), verdict(text(&answer, "/phase")), text(&answer, "/message")).trim_end(),
        )?,
    }
    Ok(Exit::of(text(&answer, "/phase") != "Successful"))
}

fn replay(files: &[PathBuf], series: &[String], args: &[String], at: Option<&str>, format: Format) -> Outcome {
    let objects = documents::search(files)?;
    let mut request = json!({});
    match objects.iter().find(|object| kind(object) == "AnalysisRun") {
        Some(run) => request["run"] = run.clone(),
        None => {
            let templates: Vec<&Value> =
                objects.iter().filter(|object| matches!(kind(object), "AnalysisTemplate" | "ClusterAnalysisTemplate")).collect();
            if templates.is_empty() {
                return Err(Failure::Usage("there is no AnalysisTemplate or AnalysisRun here".into()));
            }
            request["templates"] = json!(templates);
        }
    }
    let split = |entry: &str, wanted: &str| match entry.split_once('=') {
        Some((left, right)) => Ok((left.to_owned(), right.to_owned())),
        None => Err(Failure::Usage(format!("{entry}: wanted {wanted}"))),
    };
    let mut given = Map::new();
    for entry in series {
        let (metric, path) = split(entry, "METRIC=FILE")?;
        let (path, column) = match path.rsplit_once('#') {
            Some((path, column)) => (path.to_owned(), Some(column.to_owned())),
            None => (path, None),
        };
        given.insert(metric, json!({"text": input::text(std::path::Path::new(&path))?, "column": column}));
    }
    request["series"] = Value::Object(given);
    let args = args
        .iter()
        .map(|entry| split(entry, "NAME=VALUE").map(|(name, value)| json!({"name": name, "value": value})))
        .collect::<Result<Vec<_>, _>>()?;
    request["args"] = Value::Array(args);
    if at.is_some() {
        request["start"] = documents::instant(at)?.into();
    }
    let answer = documents::call("analysis.replay", request)?;
    match output::data(format, &answer) {
        Some(data) => output::text(&data)?,
        None => human(&answer, objects.first().map(name).unwrap_or_default())?,
    }
    Ok(Exit::of(text(&answer, "/phase") != "Successful"))
}

fn human(answer: &Value, label: &str) -> std::io::Result<()> {
    for row in list(answer, "/measurements") {
        let message = text(row, "/message");
        let aside = if message.is_empty() { String::new() } else { format!("  {message}") };
        output::line(&format!(
            "  {}  {} {} {}{aside}",
            styled(DIM, text(row, "/at")),
            text(row, "/metric"),
            text(row, "/value"),
            verdict(text(row, "/phase"))
        ))?;
    }
    output::line(format!("{}: {} {}", styled(BOLD, label), verdict(text(answer, "/phase")), text(answer, "/message")).trim_end())?;
    let decided = text(answer, "/decidedAt");
    if !decided.is_empty() {
        let number = |key: &str| answer.pointer(&format!("/decidedBy/{key}")).map(ToString::to_string).unwrap_or_default();
        let by = text(answer, "/decidedBy/metric");
        let by = if by.is_empty() {
            String::new()
        } else {
            format!(" by {by}: {} reached {} of {} allowed", text(answer, "/decidedBy/limit"), number("reached"), number("allowed"))
        };
        output::line(&format!("  decided at {decided}{by}"))?;
    }
    if answer.get("exhausted") == Some(&Value::Bool(true)) {
        output::line("  the series ended before the run did")?;
    }
    Ok(())
}
