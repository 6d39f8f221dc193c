//! `lofting appset explain`.

use std::path::Path;

use lofting::Value;
use serde_json::json;

use super::facts::lacking;
use super::{Facts, diagnostics, failure};
use crate::cli::Format;
use crate::documents::{self, brief, list, name, text};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{self, BAD, BOLD, DIM, styled};

pub(super) fn run(file: &Path, applications: &[String], field: Option<&str>, facts: &Facts, format: Format) -> Outcome {
    let mut known = facts.read(file)?;
    let (mut missing, mut failed, mut shown, mut seen) = (false, false, Vec::new(), Vec::new());
    for set in documents::all(file, "ApplicationSet")? {
        let mut answer = known.ask("appset.generate", &json!({"applicationSet": set, "explain": true}))?;
        seen.extend(list(&answer, "/origins").iter().map(|origin| text(origin, "/name").to_owned()));
        if let Some(origins) = answer.get_mut("origins").and_then(Value::as_array_mut) {
            origins.retain(|origin| applications.is_empty() || applications.iter().any(|wanted| wanted == text(origin, "/name")));
            if let Some(field) = field {
                origins.iter_mut().for_each(|origin| only(origin, field));
            }
        }
        failed |= answer.pointer("/upstream/failed") == Some(&Value::Bool(true));
        if matches!(format, Format::Human | Format::Md) {
            output::people(format, || human(name(&set), &answer))?;
        }
        missing |= lacking(&answer);
        shown.extend(list(&answer, "/origins").to_vec());
    }
    if let Some(data) = output::data(format, &json!({"applications": shown})) {
        output::text(&data)?;
    }
    if missing {
        return Ok(Exit::Failed);
    }
    if let Some(unknown) = applications.iter().find(|wanted| !seen.contains(wanted)) {
        let names = if seen.is_empty() { "none".to_owned() } else { seen.join(", ") };
        return Err(Failure::Usage(format!("{}: no Application {unknown} is generated; there are: {names}", file.display())));
    }
    Ok(Exit::of(failed))
}

/// Leaves the fields at a pointer and below.
fn only(origin: &mut Value, field: &str) {
    let field = field.trim_end_matches('/');
    if let Some(fields) = origin.pointer_mut("/provenance/fields").and_then(Value::as_array_mut) {
        fields.retain(|one| text(one, "/path").strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    }
}

fn row(row: &Value) -> String {
    format!("{} row {}", text(row, "/generator"), row.get("row").and_then(Value::as_u64).unwrap_or_default())
}

fn human(set: &str, answer: &Value) -> std::io::Result<()> {
    for origin in list(answer, "/origins") {
        output::line(&format!("{}  {}", styled(BOLD, text(origin, "/name")), styled(DIM, format!("of {set}"))))?;
        let rows: Vec<String> = list(origin, "/provenance/rows").iter().map(row).collect();
        output::line(&format!("  made of {}", rows.join(" and ")))?;
        for field in list(origin, "/provenance/fields") {
            let (template, value) = (field.get("template").map(brief), field.get("value").map(brief));
            output::line(&format!("  {} = {}", text(field, "/path"), styled(BOLD, value.unwrap_or_default())))?;
            output::line(&styled(DIM, format!("      by {}", template.unwrap_or_default())))?;
            for reading in list(field, "/reads") {
                let value = reading.get("value").map_or_else(|| styled(BAD, "absent"), brief);
                let from = match reading.get("from") {
                    Some(from) => format!("from {}", row(from)),
                    None => "from no generator".to_owned(),
                };
                output::line(&format!("      {} = {value}  {}", text(reading, "/parameter"), styled(DIM, from)))?;
            }
        }
    }
    failure(answer)?;
    diagnostics(answer).map(drop)
}
