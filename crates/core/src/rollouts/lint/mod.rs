//! `kubectl argo rollouts lint`, and our own lints beside it.
//!
//! `upstream` judges as the command does; `extra` finds what upstream accepts and what will
//! probably hurt. Only `upstream` decides whether a text is refused.

mod extra;
mod upstream;

use crate::rollouts::objects::AtPath;
use crate::{
    Result, Value,
    rollouts::check::FieldError,
    text::{Diagnostic, LineIndex, pointer},
    yaml::{self, Document},
};

pub(crate) use extra::lints;

/// What linting a text gives.
#[derive(Debug)]
pub struct Report {
    /// The faults the command prints, in its order.
    pub errors: Vec<FieldError>,
    /// The same faults and our own findings with their places; paths start with the index
    /// of the document.
    pub diagnostics: Vec<Diagnostic>,
}

/// Lints a file. Upstream reads all documents strictly or none.
pub fn lint(text: &str) -> Result<Report> {
    let documents = yaml::kubernetes::parse(text)?;
    let found = upstream::read(&documents)?;
    let judged = upstream::judge(&found)?;
    let index = LineIndex::new(text);
    let mut diagnostics = Vec::new();
    for (at, errors) in &judged {
        for error in errors {
            let message = if error.detail.is_empty() { error.to_string() } else { error.detail.clone() };
            diagnostics.push(Diagnostic::error("rollouts-invalid", place(error, documents.get(*at).map(Document::value)), message));
            if let Some(last) = diagnostics.last_mut() {
                *last = locate(last.clone(), *at, &documents, text, &index);
            }
        }
    }
    for (at, diagnostic) in extra::of_file(&found) {
        diagnostics.push(locate(diagnostic, at, &documents, text, &index));
    }
    Ok(Report { errors: judged.into_iter().flat_map(|(_, errors)| errors).collect(), diagnostics })
}

/// Adds the document's index to the path, and file, line and column.
fn locate(mut diagnostic: Diagnostic, at: usize, documents: &[Document], text: &str, index: &LineIndex) -> Diagnostic {
    let span = documents.get(at).and_then(|document| document.locate(&diagnostic.path));
    diagnostic.location = span.map(|span| index.location(text, "", span));
    diagnostic.path = format!("/{at}{}", diagnostic.path);
    diagnostic
}

/// The JSON pointer of upstream's path: strategy faults leave the strategy's name out.
fn place(error: &FieldError, document: Option<&Value>) -> String {
    let mut found = String::new();
    for token in error.field.split(['.', '[', ']']).filter(|token| !token.is_empty()) {
        pointer::push(&mut found, token);
    }
    let Some(rest) = found.strip_prefix("/spec/strategy/") else { return found };
    let strategy = document.and_then(|document| document.at_path("/spec/strategy"));
    let has = |name: &str| strategy.is_some_and(|strategy| strategy.get(name).is_some());
    if rest.starts_with("canary/") || rest.starts_with("blueGreen/") {
        return found;
    }
    let name = if has("canary") { "canary" } else { "blueGreen" };
    format!("/spec/strategy/{name}/{rest}")
}
