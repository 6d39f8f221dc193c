//! What is wrong with a software template, found without running it.

mod expressions;
mod parameters;
mod skeletons;
mod steps;

use serde_json::Value;

use super::actions::Registry;
use super::dry_run::{DryRun, SourceFile};
use crate::backstage::catalog::kinds;
use crate::text::{Diagnostic, LineIndex};
use crate::yaml;
use crate::yaml::backstage::{Root, roots};
use crate::{Error, Result};

/// A template under examination.
#[derive(Debug)]
pub(super) struct Template<'a> {
    /// The document.
    value: &'a Value,
    /// The files around it.
    run: DryRun<'a>,
    registry: &'a Registry,
    findings: Vec<Diagnostic>,
}

/// Checks every Template of a file. Findings are sorted by their places.
pub fn check(files: &[SourceFile], path: &str, registry: &Registry) -> Result<Vec<Diagnostic>> {
    let file = files.iter().find(|file| file.path == path).ok_or_else(|| Error::invalid(format!("there is no file {path}")))?;
    let text = String::from_utf8_lossy(&file.bytes);
    let index = LineIndex::new(&text);
    let mut findings = Vec::new();
    for root in roots(&text, false)? {
        match root {
            Root::Entity(document) => {
                let run = DryRun { files, template: path, ..DryRun::default() };
                let found = check_template(document.value(), run, registry);
                findings.extend(found.into_iter().map(|finding| place(finding, &document, &text, path, &index)));
            }
            Root::Broken(error) | Root::Fatal(error) => {
                let mut finding = Diagnostic::error("backstage-template-yaml", "", error.message);
                finding.location = error.location.map(|location| crate::Location { file: path.to_owned(), ..*location });
                findings.push(finding);
            }
            Root::Empty | Root::Other(_) => {}
        }
    }
    findings.sort_by_key(|finding| finding.location.as_ref().map(|location| (location.file.clone(), location.line, location.column)));
    Ok(findings)
}

fn place(mut finding: Diagnostic, document: &yaml::Document, text: &str, path: &str, index: &LineIndex) -> Diagnostic {
    if finding.location.is_none() {
        let mut at = finding.path.as_str();
        // What is missing is shown where it is missed.
        let span = loop {
            match document.locate(at) {
                Some(span) => break Some(span),
                None => match at.rfind('/') {
                    Some(slash) => at = at.get(..slash).unwrap_or_default(),
                    None => break None,
                },
            }
        };
        finding.location = span.map(|span| index.location(text, path, span));
    }
    finding
}

fn check_template(value: &Value, run: DryRun<'_>, registry: &Registry) -> Vec<Diagnostic> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    if text("kind") != Some("Template") {
        return Vec::new();
    }
    let mut template = Template { value, run, registry, findings: Vec::new() };
    if text("apiVersion") == Some(kinds::TEMPLATE_API_VERSION) {
        for violation in kinds::violations(value) {
            let message = kinds::print_violation(&violation);
            template.findings.push(Diagnostic::error("backstage-template-schema", kinds::place(&violation), message));
        }
    } else {
        let message = format!("The scaffolder runs templates of {} only", kinds::TEMPLATE_API_VERSION);
        template.findings.push(Diagnostic::error("backstage-template-schema", "/apiVersion", message));
    }
    let reads = expressions::collect(&mut template);
    steps::check(&mut template);
    expressions::check(&mut template, &reads);
    parameters::check(&mut template, &reads);
    skeletons::check(&mut template);
    template.findings
}

impl<'a> Template<'a> {
    /// The steps with their positions.
    fn steps(&self) -> impl Iterator<Item = (usize, &'a Value)> + use<'a> {
        let steps = self.value.pointer("/spec/steps").and_then(Value::as_array);
        steps.into_iter().flatten().enumerate()
    }

    /// The ids of the steps, in order.
    fn step_ids(&self) -> Vec<String> {
        let id =
            |(at, step): (usize, &Value)| step.get("id").and_then(Value::as_str).map_or_else(|| format!("step-{}", at + 1), str::to_owned);
        self.steps().map(id).collect()
    }
}

/// The known word that was probably meant.
fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let folded = word.to_lowercase();
    let near = known.into_iter().map(|known| (strsim::damerau_levenshtein(&known.to_lowercase(), &folded), known));
    let (distance, known) = near.min()?;
    (distance <= 2.max(word.len() / 4)).then_some(known)
}

/// A finding with the word that was probably meant.
fn suggest(finding: Diagnostic, near: Option<&str>) -> Diagnostic {
    match near {
        Some(near) => finding.with_help(format!("Did you mean {near}?")),
        None => finding,
    }
}
