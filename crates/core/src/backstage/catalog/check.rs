//! Checks files document by document, as registration would (rules switched off, targets of Locations not read).

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use serde_json::Value;

use super::collector::stamp;
use super::integration::ScmIntegrations;
use super::kinds;
use super::location::LocationRef;
use super::orchestrator::{Completed, Emit, LocationReader, Orchestrator};
use super::placeholder::UrlReader;
use super::read::{self, ReadError, Written, Yielded};
use super::refusal::{Refusal, Stage};
use super::relations::Relations;
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
    /// The entity as processed.
    pub entity: Value,
    /// The relations it emits, both directions of each reference in turn.
    pub relations: Relations,
    /// The entity as written.
    pub source: Written,
}

impl Accepted {
    /// The kind as written.
    pub fn kind(&self) -> &str {
        self.entity.get("kind").and_then(Value::as_str).unwrap_or_default()
    }
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
    offline: bool,
}

impl<'a> Checker<'a> {
    /// `assets` can only be reached by placeholders.
    pub fn new(files: &[SourceFile<'a>], assets: &[SourceFile<'a>], base: &'a str) -> Self {
        let texts = files.iter().chain(assets).map(|file| (file.path, file.text)).collect();
        Self { texts, base, integrations: ScmIntegrations::default(), offline: false }
    }

    /// Takes what placeholders would fetch from elsewhere for something readable, for nobody here can tell.
    #[must_use]
    pub fn offline(mut self) -> Self {
        self.offline = true;
        self
    }

    /// The verdicts on the documents of a file.
    pub fn file(&self, file: SourceFile<'_>) -> Vec<Verdict> {
        let repository = Repository { base: self.base, texts: &self.texts, offline: self.offline };
        let orchestrator = Orchestrator {
            integrations: &self.integrations,
            urls: &repository,
            locations: &AnyLocation,
            rules: None,
            links: RefCell::default(),
            located: RefCell::default(),
        };
        check_file(file, self.base, &orchestrator)
    }
}

fn check_file(file: SourceFile<'_>, base: &str, orchestrator: &Orchestrator<'_>) -> Vec<Verdict> {
    let location = LocationRef { kind: "url".to_owned(), target: format!("{base}{}", file.path) };
    let judge = Judge { file, base, index: LineIndex::new(file.text), line: Cell::new(1), key: location.stringify(), orchestrator };
    judge.plain().unwrap_or_else(|| {
        let yielded = read::entities(file.text, &location.to_string()).into_iter().enumerate();
        yielded
            .map(|(at, yielded)| match yielded {
                Yielded::Error(refusal, location) => judge.unreadable(at, refusal, location),
                Yielded::Entity(source) => judge.entity(at, source.value().clone(), Written::whole(source)),
            })
            .collect()
    })
}

/// Gives the verdicts on one file.
struct Judge<'a> {
    file: SourceFile<'a>,
    base: &'a str,
    index: LineIndex,
    /// The line of the last place.
    line: Cell<usize>,
    /// The file's location, as it is stamped on entities.
    key: Result<String, Refusal>,
    orchestrator: &'a Orchestrator<'a>,
}

impl Judge<'_> {
    /// The verdicts on a plain file; `None` for any other.
    fn plain(&self) -> Option<Vec<Verdict>> {
        let marks = memchr::memmem::find_iter(self.file.text.as_bytes(), "\n---\n").count();
        // Entities are longer than that.
        let mut verdicts = Vec::with_capacity(marks.min(self.file.text.len() / 128) + 1);
        for (at, read) in read::plain(self.file.text).enumerate() {
            let (value, source) = read?;
            verdicts.push(self.entity(at, value, source));
        }
        Some(verdicts)
    }

    fn unreadable(&self, document: usize, refusal: Refusal, location: Option<Box<Location>>) -> Verdict {
        let mut diagnostic = Diagnostic::error(refusal.stage.code(), "", named(&refusal.message, self.base));
        diagnostic.location = location.map(|location| Location { file: self.file.path.to_owned(), ..*location });
        let location = diagnostic.location.clone().unwrap_or_else(|| self.place(Span::default()));
        let path = self.file.path.to_owned();
        Verdict { path, document, outcome: Err(vec![refusal]), diagnostics: vec![diagnostic], span: Span::default(), location }
    }

    fn entity(&self, document: usize, value: Value, source: Written) -> Verdict {
        let span = source.span();
        let (outcome, diagnostics) = match self.process(value, source.is_plain()) {
            Ok(Completed { entity, entity_ref, relations, .. }) => (Ok(Accepted { entity_ref, entity, relations, source }), Vec::new()),
            Err(refusals) => {
                let diagnostics = self.explain(&refusals, &source);
                (Err(refusals), diagnostics)
            }
        };
        Verdict { path: self.file.path.to_owned(), document, outcome, diagnostics, span, location: self.place(span) }
    }

    /// Runs one document through emission and processing.
    fn process(&self, entity: Value, plain: bool) -> Result<Completed, Vec<Refusal>> {
        let key = self.key.as_ref().map_err(|refusal| vec![refusal.clone()])?;
        if plain {
            return self.orchestrator.process_plain(entity, key);
        }
        let entity = stamp(entity, key, key).map_err(|refusal| vec![Refusal { stage: Stage::Envelope, ..refusal }])?;
        self.orchestrator.process(entity)
    }

    /// The server reports one violation; people want all of them, with their places.
    fn explain(&self, refusals: &[Refusal], source: &Written) -> Vec<Diagnostic> {
        let source = source.read(self.file.text);
        let mut findings: Vec<(Stage, String, String)> = refusals.iter().map(|r| (r.stage, r.path.clone(), r.message.clone())).collect();
        if refusals.first().is_some_and(|first| first.stage == Stage::Kind) {
            let violations = source.as_ref().map(|source| kinds::violations(source.value())).unwrap_or_default();
            let rest = violations.into_iter().skip(1);
            findings.extend(rest.map(|violation| (Stage::Kind, kinds::place(&violation), kinds::print_violation(&violation))));
        }
        let locate = |path: &str| source.as_ref()?.document.locate(path).map(|span| self.place(span));
        findings
            .into_iter()
            .map(|(stage, path, message)| {
                let location = locate(&path);
                let mut diagnostic = Diagnostic::error(stage.code(), path, named(&message, self.base));
                diagnostic.location = location;
                diagnostic
            })
            .collect()
    }

    fn place(&self, span: Span) -> Location {
        let location = self.index.location_from(self.file.text, self.file.path, span, self.line.get());
        self.line.set(location.line);
        location
    }
}

/// The server's message with the user's files in it: their address is only said to be one.
fn named(message: &str, base: &str) -> String {
    let tree = base.replace("/blob/", "/tree/");
    message.replace(&format!("url:{base}"), "").replace(base, "").replace(&tree, "")
}

/// The files as the server would fetch them from the repository's host.
struct Repository<'a> {
    base: &'a str,
    texts: &'a HashMap<&'a str, &'a str>,
    offline: bool,
}

/// What stands for a text from elsewhere: no empty text, and both JSON and YAML.
const ELSEWHERE: &str = "{}";

impl UrlReader for Repository<'_> {
    fn read_url(&self, url: &str) -> Result<String, ReadError> {
        let not_found = || ReadError { name: "NotFoundError", message: format!("no such file: {url}") };
        let decoded =
            super::url_path::decode_uri(url).ok_or_else(|| ReadError { name: "URIError", message: "URI malformed".to_owned() })?;
        let tree = self.base.replace("/blob/", "/tree/");
        let path = decoded.strip_prefix(self.base).or_else(|| decoded.strip_prefix(tree.as_str()));
        if self.offline && path.is_none() {
            return Ok(ELSEWHERE.to_owned());
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdicts without the documents as they are written.
    fn verdicts(text: &str) -> Vec<String> {
        let verdicts = check(&[SourceFile { path: "a/catalog-info.yaml", text }], &[], BASE_URL).into_iter();
        verdicts
            .map(|Verdict { outcome, diagnostics, location, .. }| {
                let outcome = outcome.map(|accepted| (accepted.entity_ref, accepted.entity.to_string(), accepted.relations));
                format!("{outcome:?} {diagnostics:?} {location:?}")
            })
            .collect()
    }

    #[test]
    fn plain_files_are_judged_like_any_other() {
        let annotations = [
            "",
            "  annotations:\n    a/b: c\n    backstage.io/managed-by-location: url:https://x.y/z\n    backstage.io/edit-url: mine\n",
            "  annotations:\n    backstage.io/source-location: 1.50\n",
            "  annotations: text\n",
            "  annotations: false\n",
            "  annotations: null\n",
            "  annotations:\n    - a\n",
        ];
        let specs = [
            "spec:\n  type: service\n  lifecycle: x\n  owner: Team-B\n  dependsOn:\n    - resource:b\n    - component:Z/a\n  port: 12e2\n",
            "spec:\n  type: service\n  owner: 1.50\n",
            "spec:\n  type: service\n  lifecycle: x\n  owner: a/b/\n",
            "",
        ];
        for name in ["name: Some-Name", "name: a b", "title: x", "name: n\n  namespace: Odd", "name: n\n  namespace: null"] {
            for annotations in annotations {
                for spec in specs {
                    let text = format!("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  {name}\n{annotations}{spec}");
                    // A comment makes it a file for the reader of the whole language.
                    assert_eq!(verdicts(&text), verdicts(&format!("{text}# end\n")), "{text}");
                }
            }
        }
    }
}
