//! `lofting rollout check`.

use std::path::PathBuf;

use lofting::text::{LineIndex, Location};
use lofting::yaml::{self, Dialect};
use lofting::{Diagnostic, Severity, Value};
use serde_json::json;

use crate::cli::Format;
use crate::documents::{self, kind, name};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{self, BAD, BOLD, GOOD, styled};
use crate::report::{self, Sources};

/// One Rollout and what is wrong with it.
struct Checked {
    file: String,
    name: String,
    answer: Value,
    findings: Vec<Diagnostic>,
}

pub(super) fn run(paths: &[PathBuf], format: Format) -> Outcome {
    let mut sources: Vec<(String, String)> = Vec::new();
    for path in paths {
        sources.extend(input::data(path)?);
    }
    let mut checked = Vec::new();
    for (file, text) in sources.iter().filter(|(_, text)| text.contains("Rollout")) {
        let found = documents(file, text);
        match found {
            Ok(rows) => checked.extend(rows),
            // In a directory, a file that is no YAML is not this command's business.
            Err(_) if paths.iter().all(|path| path.is_dir()) => {}
            Err(failure) => return Err(failure),
        }
    }
    if checked.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::Usage(format!("{}: there is no Rollout here", names.join(", "))));
    }
    let texts: Sources<'_> = sources.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let value: Value = checked.iter().map(|one| json!({"file": one.file, "rollout": one.name, "check": one.answer})).collect();
    match output::data(format, &value) {
        Some(data) => output::text(&data)?,
        None => {
            for one in &checked {
                human(one, &texts)?;
            }
        }
    }
    let bad = |one: &Checked| refused(one) > 0 || one.findings.iter().any(|finding| finding.severity >= Severity::Warning);
    Ok(Exit::of(checked.iter().any(bad)))
}

fn documents(file: &str, text: &str) -> Result<Vec<Checked>, Failure> {
    let mut rows = Vec::new();
    for document in yaml::parse(text, Dialect::Kubernetes).map_err(|error| input::named(error, file))? {
        if kind(document.value()) != "Rollout" {
            continue;
        }
        let answer = documents::call("rollout.check", json!({"rollout": document.value()}))?;
        let index = LineIndex::new(text);
        let place = |pointer: &str| -> Option<Location> { document.locate(pointer).map(|span| index.location(text, file, span)) };
        let mut findings: Vec<Diagnostic> = documents::list(&answer, "/diagnostics").iter().filter_map(finding).collect();
        for finding in &mut findings {
            finding.location = place(&finding.path);
        }
        rows.push(Checked { file: file.to_owned(), name: name(document.value()).to_owned(), answer, findings });
    }
    Ok(rows)
}

/// A finding as the wire has it.
fn finding(row: &Value) -> Option<Diagnostic> {
    let part = |key: &str| documents::text(row, key);
    let code = lofting::wire::rules().into_iter().find(|rule| rule.code == part("/code"))?.code;
    let make = match part("/severity") {
        "error" => Diagnostic::error,
        "warning" => Diagnostic::warning,
        _ => Diagnostic::info,
    };
    let mut made = make(code, part("/path"), part("/message"));
    made.help = Some(part("/help").to_owned()).filter(|help| !help.is_empty());
    Some(made)
}

fn faults(one: &Checked) -> impl Iterator<Item = &Value> {
    ["/errors", "/config", "/references"].into_iter().flat_map(|key| documents::list(&one.answer, key))
}

fn refused(one: &Checked) -> usize {
    faults(one).count() + usize::from(!documents::text(&one.answer, "/invalid").is_empty())
}

fn human(one: &Checked, texts: &Sources<'_>) -> std::io::Result<()> {
    let verdict = if refused(one) == 0 { styled(GOOD, "valid") } else { styled(BAD, "refused") };
    output::line(&format!("{} ({}): {verdict}", styled(BOLD, &one.name), one.file))?;
    for fault in faults(one) {
        output::line(&format!(
            "  {} {}: {}",
            styled(BAD, documents::text(fault, "/type")),
            documents::text(fault, "/field"),
            documents::text(fault, "/detail")
        ))?;
    }
    let invalid = documents::text(&one.answer, "/invalid");
    if !invalid.is_empty() && faults(one).count() == 0 {
        output::line(&format!("  {invalid}"))?;
    }
    for finding in &one.findings {
        output::line(&report::render(finding, texts))?;
    }
    Ok(())
}
