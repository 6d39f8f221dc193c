//! `lofting health`.

mod cases;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anstyle::Style;
use clap::{Args, Subcommand};
use lofting::Value;
use lofting::argocd::health::{self, Customizations, Health};
use lofting::argocd::settings::{ConfigMapData, Settings};

use crate::cli::Format;
use crate::documents::{self, kind, name};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{self, BAD, DIM, GOOD, WARN, styled};

/// Judge the health of live objects as Argo CD does
///
/// The health scripts in argocd-cm count: of the one that --settings names, or of the one among the objects. Exits with 1 when an
/// object is Degraded, Missing or Unknown.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct HealthCommand {
    #[command(subcommand)]
    action: Option<Action>,
    /// Files or directories with live objects, as `kubectl get -o yaml` prints them; - is stdin
    #[arg(default_value = "-")]
    paths: Vec<PathBuf>,
    /// The ConfigMap argocd-cm with the operator's health scripts; default the one among the objects
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Run the health_test.yaml files below a directory
    ///
    /// The layout is that of Argo CD's resource_customizations: GROUP/KIND/{health.lua,health_test.yaml,testdata/}, where _ in a
    /// name stands for anything. An object is judged by the script of its own group and kind, as Argo CD's tests judge it; a
    /// pending deletion does not count. Exits with 1 when a case fails.
    Test {
        /// The directory
        dir: PathBuf,
        /// Write a JUnit report here
        #[arg(long, value_name = "FILE")]
        junit: Option<PathBuf>,
    },
}

impl HealthCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Some(Action::Test { dir, junit }) => cases::run(&dir, junit.as_deref()),
            None => assess(&self.paths, self.settings.as_deref(), self.output),
        }
    }
}

fn assess(paths: &[PathBuf], settings: Option<&Path>, format: Format) -> Outcome {
    let objects = documents::search(paths)?;
    let customizations = match settings {
        Some(file) => scripts(&documents::one(file, "ConfigMap")?)?,
        None => match objects.iter().find(|object| kind(object) == "ConfigMap" && name(object) == "argocd-cm") {
            Some(settings) => scripts(settings)?,
            None => Customizations::default(),
        },
    };
    let rows: Vec<(String, Option<Health>)> =
        objects.iter().map(|object| (describe(object), health::assess_with(object, &customizations))).collect();
    let value: Value = rows.iter().map(|(key, health)| serde_json::json!({"resource": key, "health": health})).collect();
    match (output::data(format, &value), format) {
        (Some(text), _) => output::text(&text)?,
        (None, Format::Md) => output::text(&markdown(&rows))?,
        (None, _) => output::text(&human(&rows))?,
    }
    Ok(Exit::of(rows.iter().any(|(_, health)| health.as_ref().is_some_and(is_bad))))
}

/// The health scripts of `argocd-cm`.
fn scripts(settings: &Value) -> Result<Customizations, Failure> {
    let data = settings.get("data").and_then(Value::as_object);
    let data: ConfigMapData =
        data.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    Ok(Customizations::of(&Settings::read(&data)?))
}

fn is_bad(health: &Health) -> bool {
    matches!(health.status.as_str(), "Degraded" | "Unknown" | "Missing")
}

fn style(health: &Health) -> Style {
    match health.status.as_str() {
        "Healthy" => GOOD,
        _ if is_bad(health) => BAD,
        _ => WARN,
    }
}

/// How many objects have each status, and how many none.
fn sum(rows: &[(String, Option<Health>)]) -> String {
    let count =
        |wanted: &str| rows.iter().filter(|(_, health)| health.as_ref().map_or("", |health| health.status.as_str()) == wanted).count();
    let named = ["Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown", ""].map(|status| (status, count(status)));
    let parts = named.into_iter().filter(|(_, count)| *count > 0);
    parts
        .map(|(status, count)| format!("{count} {}", if status.is_empty() { "without health" } else { status }))
        .collect::<Vec<_>>()
        .join(", ")
}

fn human(rows: &[(String, Option<Health>)]) -> String {
    let mut out = String::new();
    for (key, health) in rows {
        let text = match health {
            None => styled(DIM, "no health"),
            Some(health) if health.message.is_empty() => styled(style(health), &health.status),
            Some(health) => format!("{}: {}", styled(style(health), &health.status), health.message),
        };
        let _ = writeln!(out, "{key}: {text}");
    }
    if rows.len() > 1 {
        let _ = writeln!(out, "{}", sum(rows));
    }
    out
}

/// The objects that have a health, as a table.
fn markdown(rows: &[(String, Option<Health>)]) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    let mut out = format!("### Health: {}\n\n| Resource | Health | Message |\n|---|---|---|\n", sum(rows));
    for (key, health) in rows {
        if let Some(health) = health {
            let _ = writeln!(out, "| `{}` | {} | {} |", cell(key), health.status, cell(&health.message));
        }
    }
    out
}

fn describe(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let parts = [text("/kind"), text("/metadata/namespace"), text("/metadata/name")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}
