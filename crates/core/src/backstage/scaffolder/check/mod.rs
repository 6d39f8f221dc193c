//! What is wrong with a software template, found without running it.

mod expressions;
mod flow;
mod parameters;
mod skeletons;
mod steps;
mod types;

use serde_json::Value;

use super::actions::Registry;
use super::dry_run::{DryRun, SourceFile};
use super::pickers;
use crate::backstage::catalog::kinds;
use crate::backstage::catalog::query::Index;
use crate::lang::jinja::Reference;
use crate::text::{Diagnostic, LineIndex, Span};
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
    findings: Vec<Found>,
}

/// A finding, and what in the text at its path it is about.
#[derive(Debug)]
struct Found {
    diagnostic: Diagnostic,
    focus: Option<Focus>,
}

/// A word of a text, told by how many times it occurs before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Focus {
    word: String,
    before: usize,
}

impl Focus {
    /// The name with the members that are written after dots.
    fn new(text: &str, name: &Reference) -> Option<Self> {
        let rest = text.get(name.offset..)?;
        let first = name.path.first()?;
        if !rest.starts_with(first.as_str()) {
            return None;
        }
        let mut word = first.clone();
        for member in name.path.iter().skip(1) {
            let longer = format!("{word}.{member}");
            if !rest.starts_with(&longer) {
                break;
            }
            word = longer;
        }
        Some(Self { before: text.get(..name.offset)?.matches(word.as_str()).count(), word })
    }

    /// What stands at an offset.
    fn at(text: &str, offset: usize) -> Option<Self> {
        let rest = text.get(offset..)?;
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let word = rest.get(..end).filter(|word| !word.is_empty())?.to_owned();
        Some(Self { before: text.get(..offset)?.matches(word.as_str()).count(), word })
    }

    /// Where the word is in the text as it is written in the file.
    fn find(&self, written: &str, span: Span) -> Option<Span> {
        let raw = written.get(span.start..span.end)?;
        let (at, word) = raw.match_indices(self.word.as_str()).nth(self.before)?;
        Some(Span { start: span.start + at, end: span.start + at + word.len() })
    }
}

/// Checks every Template of a file. Findings are sorted by their places.
pub fn check(files: &[SourceFile], path: &str, registry: &Registry) -> Result<Vec<Diagnostic>> {
    check_with(files, path, registry, None)
}

/// The same, with pickers checked against a catalog.
pub fn check_with(files: &[SourceFile], path: &str, registry: &Registry, catalog: Option<&Index>) -> Result<Vec<Diagnostic>> {
    let file = files.iter().find(|file| file.path == path).ok_or_else(|| Error::invalid(format!("there is no file {path}")))?;
    let text = String::from_utf8_lossy(&file.bytes);
    let index = LineIndex::new(&text);
    let mut findings = Vec::new();
    for root in roots(&text, false)? {
        match root {
            Root::Entity(document) => {
                let run = DryRun { files, template: path, ..DryRun::default() };
                let found = check_template(document.value(), run, registry, catalog);
                findings.extend(found.into_iter().map(|finding| place(finding, &document, &text, path, &index)));
            }
            Root::Broken(error) | Root::Fatal(error) | Root::Circular(error) => {
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

fn place(found: Found, document: &yaml::Document, text: &str, path: &str, index: &LineIndex) -> Diagnostic {
    let Found { diagnostic: mut finding, focus } = found;
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
        // A whole text is long; the word that it is about says more.
        let span = span.map(|span| focus.as_ref().and_then(|focus| focus.find(text, span)).unwrap_or(span));
        finding.location = span.map(|span| index.location(text, path, span));
    }
    finding
}

fn check_template(value: &Value, run: DryRun<'_>, registry: &Registry, catalog: Option<&Index>) -> Vec<Found> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    if text("kind") != Some("Template") {
        return Vec::new();
    }
    let mut template = Template { value, run, registry, findings: Vec::new() };
    if text("apiVersion") == Some(kinds::TEMPLATE_API_VERSION) {
        for violation in kinds::violations(value) {
            let message = kinds::print_violation(&violation);
            template.report(Diagnostic::error("backstage-template-schema", kinds::place(&violation), message), None);
        }
    } else {
        let message = format!("The scaffolder runs templates of {} only", kinds::TEMPLATE_API_VERSION);
        template.report(Diagnostic::error("backstage-template-schema", "/apiVersion", message), None);
    }
    let reads = expressions::collect(&mut template);
    steps::check(&mut template);
    expressions::check(&mut template, &reads);
    parameters::check(&mut template, &reads);
    flow::check(&mut template, &reads);
    skeletons::check(&mut template);
    if let Some(form) = value.pointer("/spec/parameters") {
        template.report_all(pickers::check_form(form, "/spec/parameters", catalog));
    }
    template.findings
}

impl<'a> Template<'a> {
    fn report(&mut self, diagnostic: Diagnostic, focus: Option<Focus>) {
        self.findings.push(Found { diagnostic, focus });
    }

    fn report_all(&mut self, diagnostics: Vec<Diagnostic>) {
        self.findings.extend(diagnostics.into_iter().map(|diagnostic| Found { diagnostic, focus: None }));
    }

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

#[cfg(test)]
mod tests;
