//! `lofting appset steps`.

use std::path::{Path, PathBuf};

use lofting::Value;
use serde_json::json;

use super::facts::lacking;
use super::{Facts, diagnostics, mine};
use crate::cli::Format;
use crate::documents::{self, list, text};
use crate::exit::{Exit, Outcome};
use crate::output::{self, BOLD, DIM, GOOD, styled};

pub(super) fn run(file: &Path, current: &[PathBuf], at: Option<&str>, facts: &Facts, format: Format) -> Outcome {
    let set = documents::one(file, "ApplicationSet")?;
    let generated = facts.read(file)?.ask("appset.generate", &json!({"applicationSet": set}))?;
    if lacking(&generated) {
        return Ok(Exit::Failed);
    }
    let mut live = documents::objects(current)?;
    live.retain(|object| documents::kind(object) == "Application" && mine(object, &set));
    let request =
        json!({"applicationSet": set, "desired": list(&generated, "/applications"), "current": live, "now": documents::instant(at)?});
    let answer = documents::call("appset.steps", request)?;
    if let Some(data) = output::data(format, &answer) {
        output::text(&data)?;
        return Ok(Exit::Clean);
    }
    let mut found = false;
    output::people(format, || human(&answer).map(|any| found = any))?;
    Ok(Exit::of(found))
}

/// Writes the steps; true if something was found.
fn human(answer: &Value) -> std::io::Result<bool> {
    if list(answer, "/steps").is_empty() {
        output::line("the set has no rolling sync: all its Applications may sync at once")?;
        return diagnostics(answer);
    }
    let may: Vec<&str> = list(answer, "/mayProgress").iter().filter_map(Value::as_str).collect();
    for (index, step) in list(answer, "/steps").iter().enumerate() {
        output::line(&styled(BOLD, format!("step {}", index + 1)))?;
        for app in step.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let entry = list(answer, "/applicationStatus").iter().find(|entry| text(entry, "/application") == app);
            let status = entry.map(|entry| format!("{}: {}", text(entry, "/status"), text(entry, "/message"))).unwrap_or_default();
            let may = if may.contains(&app) { styled(GOOD, "may sync") } else { styled(DIM, "waits") };
            output::line(&format!("  {app}: {may}  {}", styled(DIM, status)))?;
        }
    }
    diagnostics(answer)
}
