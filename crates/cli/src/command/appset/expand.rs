//! `lofting appset expand`.

use std::path::Path;

use lofting::Value;
use serde_json::json;

use super::facts::lacking;
use super::{Facts, diagnostics, failure, wanting};
use crate::cli::Format;
use crate::documents::{self, list, name, text};
use crate::exit::{Exit, Outcome};
use crate::output::{self, BAD, BOLD, styled};

pub(super) fn run(file: &Path, facts: &Facts, format: Format) -> Outcome {
    let mut known = facts.read(file)?;
    let mut answers = Vec::new();
    for set in documents::all(file, "ApplicationSet")? {
        let answer = known.ask("appset.generate", &json!({"applicationSet": set}))?;
        answers.push((name(&set).to_owned(), answer));
    }
    match format {
        Format::Json => {
            let value = match answers.as_slice() {
                [(_, answer)] => answer.clone(),
                several => Value::Object(several.iter().cloned().collect()),
            };
            output::text(&output::data(format, &value).unwrap_or_default())?;
        }
        Format::Yaml => {
            for application in answers.iter().flat_map(|(_, answer)| list(answer, "/applications")) {
                let mut whole = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"});
                if let (Some(whole), Some(members)) = (whole.as_object_mut(), application.as_object()) {
                    whole.extend(members.clone());
                }
                output::text(&format!("---\n{}", lofting::yaml::emit(&whole)))?;
            }
        }
        Format::Human | Format::Md => {
            output::people(format, || answers.iter().try_for_each(|(set, answer)| human(set, answer)))?;
        }
    }
    let missing = answers.iter().fold(false, |any, (_, answer)| lacking(answer) || any);
    let failed = answers.iter().any(|(_, answer)| answer.pointer("/upstream/failed") == Some(&Value::Bool(true)));
    Ok(if missing { Exit::Failed } else { Exit::of(failed) })
}

fn human(set: &str, answer: &Value) -> std::io::Result<()> {
    let applications = list(answer, "/applications");
    let count = match (wanting(answer), applications.len()) {
        (Some(wanting), _) => styled(BAD, format!("unknown without {wanting}")),
        (None, 1) => "1 Application".to_owned(),
        (None, count) => format!("{count} Applications"),
    };
    output::line(&format!("{}: {count}", styled(BOLD, set)))?;
    for application in applications {
        let part = |key: &str| text(application, &format!("/spec/destination/{key}"));
        let cluster = if part("name").is_empty() { part("server") } else { part("name") };
        let source = application.pointer("/spec/source").or_else(|| list(application, "/spec/sources").first()).unwrap_or(&Value::Null);
        let path = if text(source, "/chart").is_empty() { text(source, "/path") } else { text(source, "/chart") };
        output::line(&format!("  {}  {path} → {cluster}, namespace {}", styled(BOLD, name(application)), part("namespace")))?;
    }
    failure(answer)?;
    diagnostics(answer).map(drop)
}
