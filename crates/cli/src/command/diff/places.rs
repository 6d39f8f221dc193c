//! Where things are written: file, line and column of a field or a rule.

use lofting::Value;
use lofting::platform::File;
use lofting::text::LineIndex;
use lofting::yaml::{self, Dialect, Document};

use crate::documents::{kind, list, name, text};

/// One file with its documents.
struct Source<'f> {
    file: &'f File,
    lines: LineIndex,
    documents: Vec<Document>,
}

/// The files that objects were read from.
pub(super) struct Places<'f> {
    sources: Vec<Source<'f>>,
}

impl<'f> Places<'f> {
    pub(super) fn new(files: impl Iterator<Item = &'f File>) -> Self {
        let source = |file: &'f File| {
            let documents = yaml::parse(&file.text, Dialect::Kubernetes).ok()?;
            Some(Source { file, lines: LineIndex::new(&file.text), documents })
        };
        Self { sources: files.filter_map(source).collect() }
    }

    /// `FILE:LINE:COLUMN` of a pointer into the object, or of the nearest parent that is written; in `within` first.
    pub(super) fn of(&self, object: (&str, &str, &str), pointer: &str, within: Option<&str>) -> Option<String> {
        let first = self.sources.iter().filter(|source| Some(source.file.path.as_str()) == within);
        first.chain(&self.sources).find_map(|source| source.place(object, pointer))
    }
}

impl Source<'_> {
    fn place(&self, object: (&str, &str, &str), pointer: &str) -> Option<String> {
        self.documents.iter().find_map(|document| {
            let base = within(document.value(), object)?;
            let full = format!("{base}{pointer}");
            let mut at = full.as_str();
            let span = loop {
                if let Some(span) = document.locate_key(at).or_else(|| document.locate(at)) {
                    break span;
                }
                at = lofting::text::pointer::parent(at)?;
            };
            let place = self.lines.location(&self.file.text, &self.file.path, span);
            Some(format!("{}:{}:{}", place.file, place.line, place.column))
        })
    }
}

/// The pointer of an object in a document: the whole, or an item of a list.
fn within(document: &Value, object: (&str, &str, &str)) -> Option<String> {
    let (wanted, namespace, called) = object;
    let is = |value: &Value| {
        let own = text(value, "/metadata/namespace");
        kind(value) == wanted && name(value) == called && (own.is_empty() || namespace.is_empty() || own == namespace)
    };
    if is(document) {
        return Some(String::new());
    }
    list(document, "/items").iter().position(is).map(|at| format!("/items/{at}"))
}
