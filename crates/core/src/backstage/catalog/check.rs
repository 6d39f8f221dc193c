//! Checks files document by document, as registration would (rules switched off, targets of Locations not read).

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::Value;

use super::collector::stamp;
use super::integration::ScmIntegrations;
use super::kinds;
use super::location::LocationRef;
use super::orchestrator::{Completed, Emit, LocationReader, Orchestrator};
use super::placeholder::UrlReader;
use super::read::{self, ReadDocument, ReadError, Yielded};
use super::reference::stringify_entity;
use super::refusal::{Refusal, Stage};
use super::relations::Relation;
use crate::text::{Diagnostic, LineIndex, Location, Span};

/// Where the files of a check are said to lie.
pub const BASE_URL: &str = "https://github.com/acme/platform/blob/main/";

/// A named text.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// Path inside the repository.
    pub path: &'a str,
    /// The whole text.
    pub text: &'a str,
}

/// The verdict on one document.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The file.
    pub path: String,
    /// Counts, from 0, the documents of the file that yield something.
    pub document: usize,
    /// The processed entity with its canonical ref, or what refused it.
    pub outcome: Result<Accepted, Vec<Refusal>>,
    /// The findings, with places.
    pub diagnostics: Vec<Diagnostic>,
    /// Where the document is in its file.
    pub span: Span,
    /// The same in lines and columns.
    pub location: Location,
}

/// An accepted entity.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Canonical ref.
    pub entity_ref: String,
    /// The kind as written.
    pub kind: String,
    /// The entity as processed.
    pub entity: Value,
    /// The relations it emits, both directions of each reference in turn.
    pub relations: Vec<Relation>,
    /// The entity as written, with the places of its nodes.
    pub source: ReadDocument,
}

/// Checks `files`; `assets` can only be reached by placeholders.
pub fn check(files: &[SourceFile<'_>], assets: &[SourceFile<'_>], base: &str) -> Vec<Verdict> {
    let checker = Checker::new(files, assets, base);
    files.iter().flat_map(|file| checker.file(*file)).collect()
}

/// Checks one file after the other, so that a large catalog need not be held at once.
#[derive(Debug)]
pub struct Checker<'a> {
    texts: HashMap<&'a str, &'a str>,
    base: &'a str,
    integrations: ScmIntegrations,
}

impl<'a> Checker<'a> {
    /// `assets` can only be reached by placeholders.
    pub fn new(files: &[SourceFile<'a>], assets: &[SourceFile<'a>], base: &'a str) -> Self {
        let texts = files.iter().chain(assets).map(|file| (file.path, file.text)).collect();
        Self { texts, base, integrations: ScmIntegrations::default() }
    }

    /// The verdicts on the documents of a file.
    pub fn file(&self, file: SourceFile<'_>) -> Vec<Verdict> {
        let repository = Repository { base: self.base, texts: &self.texts };
        let orchestrator = Orchestrator {
            integrations: &self.integrations,
            urls: &repository,
            locations: &AnyLocation,
            rules: None,
            links: RefCell::default(),
        };
        check_file(file, self.base, &orchestrator)
    }
}

fn check_file(file: SourceFile<'_>, base: &str, orchestrator: &Orchestrator<'_>) -> Vec<Verdict> {
    let location = LocationRef { kind: "url".to_owned(), target: format!("{base}{}", file.path) };
    let index = LineIndex::new(file.text);
    let mut verdicts = Vec::new();
    for (document, yielded) in read::entities(file.text, &location.to_string()).into_iter().enumerate() {
        let path = file.path.to_owned();
        verdicts.push(match yielded {
            Yielded::Error(refusal, location) => {
                let mut diagnostic = Diagnostic::error(refusal.stage.code(), "", named(&refusal.message, base));
                diagnostic.location = location.map(|location| crate::Location { file: file.path.to_owned(), ..*location });
                let place = index.location(file.text, file.path, Span::default());
                let location = diagnostic.location.clone().unwrap_or(place);
                Verdict { path, document, outcome: Err(vec![refusal]), diagnostics: vec![diagnostic], span: Span::default(), location }
            }
            Yielded::Entity(source) => {
                let span = source.document.span();
                let place = index.location(file.text, file.path, span);
                let outcome = judge(source.value().clone(), &location, orchestrator);
                let diagnostics = match &outcome {
                    Ok(_) => Vec::new(),
                    Err(refusals) => explain(refusals, &source, file, &index, base),
                };
                let outcome = outcome.map(|Completed { entity, relations, .. }| Accepted {
                    relations,
                    entity_ref: stringify_entity(&entity),
                    kind: entity.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned(),
                    entity,
                    source,
                });
                Verdict { path, document, outcome, diagnostics, span, location: place }
            }
        });
    }
    verdicts
}

/// Runs one document through emission and processing.
fn judge(entity: Value, location: &LocationRef, orchestrator: &Orchestrator<'_>) -> Result<Completed, Vec<Refusal>> {
    let key = location.stringify().map_err(|refusal| vec![refusal])?;
    let entity = stamp(entity, &key, &key).map_err(|refusal| vec![Refusal { stage: Stage::Envelope, ..refusal }])?;
    orchestrator.process(entity)
}

/// The server's message with the user's files in it: their address is only said to be one.
fn named(message: &str, base: &str) -> String {
    let tree = base.replace("/blob/", "/tree/");
    message.replace(&format!("url:{base}"), "").replace(base, "").replace(&tree, "")
}

/// The server reports one violation; people want all of them, with their places.
fn explain(refusals: &[Refusal], source: &ReadDocument, file: SourceFile<'_>, index: &LineIndex, base: &str) -> Vec<Diagnostic> {
    let mut findings: Vec<(Stage, String, String)> = refusals.iter().map(|r| (r.stage, r.path.clone(), r.message.clone())).collect();
    if refusals.first().is_some_and(|first| first.stage == Stage::Kind) {
        let rest = kinds::violations(source.value()).into_iter().skip(1);
        findings.extend(rest.map(|violation| (Stage::Kind, kinds::place(&violation), kinds::print_violation(&violation))));
    }
    let locate = |path: &str| source.document.locate(path).map(|span| index.location(file.text, file.path, span));
    findings
        .into_iter()
        .map(|(stage, path, message)| {
            let location = locate(&path);
            let mut diagnostic = Diagnostic::error(stage.code(), path, named(&message, base));
            diagnostic.location = location;
            diagnostic
        })
        .collect()
}

/// The files as the server would fetch them from the repository's host.
struct Repository<'a> {
    base: &'a str,
    texts: &'a HashMap<&'a str, &'a str>,
}

impl UrlReader for Repository<'_> {
    fn read_url(&self, url: &str) -> Result<String, ReadError> {
        let not_found = || ReadError { name: "NotFoundError", message: format!("no such file: {url}") };
        let decoded =
            super::url_path::decode_uri(url).ok_or_else(|| ReadError { name: "URIError", message: "URI malformed".to_owned() })?;
        let tree = self.base.replace("/blob/", "/tree/");
        let path = decoded.strip_prefix(self.base).or_else(|| decoded.strip_prefix(tree.as_str()));
        path.and_then(|path| self.texts.get(path)).map(|text| (*text).to_owned()).ok_or_else(not_found)
    }
}

/// Targets are not read in a check.
struct AnyLocation;

impl LocationReader for AnyLocation {
    fn read_location(&self, _: &LocationRef, _: bool, _: &mut Emit<'_>) -> bool {
        true
    }
}
