//! YAML as Backstage's catalog reads it: npm `yaml` 2.9.1 as
//! `parseEntityYaml` of `@backstage/plugin-catalog-node` 2.2.5 calls it.
//!
//! YAML 1.2's core schema: `yes` is a string, `010` is 10, `<<` is a key like
//! any other unless merging is switched on, equal keys are an error. [`lexer`]
//! and [`parser`] keep every token, [`compose`] checks and builds nodes,
//! [`to_js`] makes the JSON.

mod attach;
mod collections;
mod compose;
mod cst;
mod directives;
mod emit;
mod lexer;
mod node;
mod parser;
mod props;
mod scalar;
mod schema;
mod simple;
mod stringify;
mod to_js;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::text::{LineIndex, Span};

use super::document::Document;
use compose::{Composed, Problem};
use cst::{Cst, DocumentCst, Kind, Token};
use directives::Directives;
use parser::Parser;
use to_js::Outcome;

pub(crate) use emit::emit;

/// The entities of a catalog file, or why a document is none. Null documents
/// vanish. `merge` is `enableYamlMerge`.
///
/// # Errors
/// Where upstream throws: an alias without its anchor, too many aliases, a
/// merge of what is no map. Then no document is read.
pub fn documents(text: &str, merge: bool) -> Result<Vec<Result<Value>>> {
    Ok(parse(text, merge)?.into_iter().map(|document| document.map(Document::into_value)).collect())
}

/// Like [`documents`], with places and comments.
///
/// # Errors
/// As [`documents`].
pub fn parse(text: &str, merge: bool) -> Result<Vec<Result<Document>>> {
    let mut results = Vec::new();
    for root in roots(text, merge)? {
        match root {
            Root::Entity(document) => results.push(Ok(document)),
            Root::Other(document) => results.push(Err(located(text, Error::parse("Expected object at root"), document.span().start))),
            Root::Broken(error) | Root::Circular(error) => results.push(Err(error)),
            Root::Fatal(error) => return Err(error),
            Root::Empty => {}
        }
    }
    Ok(results)
}

/// What a document has at its root.
#[derive(Debug)]
pub(crate) enum Root {
    /// An object.
    Entity(Document),
    /// Null.
    Empty,
    /// Something else. What JSON has no number for is null.
    Other(Document),
    /// Nothing, as the document has errors.
    Broken(Error),
    /// Nothing, as upstream throws when it makes the data.
    Fatal(Error),
    /// An object that contains itself.
    Circular(Error),
}

/// The documents of a text, empty ones and those without an object included.
///
/// # Errors
/// A text that is nested too deeply.
pub(crate) fn roots(text: &str, merge: bool) -> Result<Vec<Root>> {
    if u32::try_from(text.len()).is_err() {
        return Err(Error::limit("longer than 4 GiB"));
    }
    // Merging makes no difference to what the fast reader takes.
    simple::roots(text).map_or_else(|| whole_roots(text, merge), Ok)
}

/// The documents of a plain text one after the other, without places; `None` when it turns out that only [`roots`] can read it.
pub(crate) fn plain_values(text: &str) -> impl Iterator<Item = Option<(Value, Span)>> + '_ {
    // Places of the whole text could not be kept.
    let text = if u32::try_from(text.len()).is_ok() { text } else { "" };
    simple::values(text)
}

/// The documents of a text by the reader of the whole language.
fn whole_roots(text: &str, merge: bool) -> Result<Vec<Root>> {
    let mut stream =
        Stream { text, merge, directives: Directives::new(), at_directives: false, pending: Vec::new(), current: None, done: Vec::new() };
    let mut parser = Parser::new(text);
    while let Some(cst) = parser.next() {
        stream.next(cst);
    }
    if let Some(at) = parser.too_deep {
        return Err(located(text, Error::limit(format!("nested deeper than {}", parser::MAX_DEPTH)), at));
    }
    stream.finish();
    let comments = parser.comments;
    Ok(stream.done.into_iter().map(|finished| finished.into_root(text, &comments)).collect())
}

fn located(text: &str, error: Error, at: usize) -> Error {
    let at = at.min(text.len());
    error.at(LineIndex::new(text).location(text, "", Span { start: at, end: at }))
}

/// The documents of a stream while they are composed (`Composer`).
struct Stream<'t> {
    text: &'t str,
    merge: bool,
    directives: Directives,
    at_directives: bool,
    /// Problems that belong to the next document, or to the last one.
    pending: Vec<Problem>,
    current: Option<Finished>,
    done: Vec<Finished>,
}

/// A composed document and its problems.
struct Finished {
    composed: Composed,
    problems: Vec<Problem>,
    span: Span,
}

impl Stream<'_> {
    fn next(&mut self, cst: Cst) {
        match cst {
            Cst::Stray(token) if token.kind == Kind::DirectiveLine => {
                let line = self.text.get(token.at()..token.end()).unwrap_or_default();
                if let Some(message) = self.directives.add(line) {
                    self.pending.push(Problem { at: token.at(), message });
                }
                self.at_directives = true;
            }
            Cst::Stray(_) => {}
            Cst::Document(document) => self.document(&document),
            Cst::Error { at, message, .. } => {
                let problem = Problem { at, message };
                match &mut self.current {
                    Some(current) if !self.at_directives => current.problems.push(problem),
                    _ => self.pending.push(problem),
                }
            }
            Cst::DocEnd { token, end } => self.document_end(token, &end),
            other => self.pending.push(Problem { at: other.at(), message: "Unsupported token".to_owned() }),
        }
    }

    fn document(&mut self, document: &DocumentCst) {
        let mut problems = std::mem::take(&mut self.pending);
        let directives = self.directives.at_document();
        let composed = compose::compose(self.text, document, directives, self.merge, &mut problems);
        let started = document.start.iter().any(|token| token.kind == Kind::DocStart);
        if self.at_directives && !started {
            problems.push(Problem { at: document.at, message: "Missing directives-end/doc-start indicator line".to_owned() });
        }
        self.at_directives = false;
        let span = composed.nodes.span(composed.root);
        self.done.extend(self.current.replace(Finished { composed, problems, span }));
    }

    fn document_end(&mut self, token: Token, end: &[Token]) {
        let Some(current) = &mut self.current else {
            let message = "Unexpected doc-end without preceding document".to_owned();
            self.pending.push(Problem { at: token.at(), message });
            return;
        };
        current.problems.append(&mut self.pending);
        let mut space = false;
        for token in end {
            match token.kind {
                Kind::Space | Kind::Newline => space = true,
                Kind::Comment if space => {}
                Kind::Comment => current.problems.push(Problem { at: token.at(), message: props::COMMENT.to_owned() }),
                kind => current.problems.push(Problem { at: token.at(), message: format!("Unexpected {} at node end", kind.name()) }),
            }
        }
    }

    fn finish(&mut self) {
        if let Some(mut last) = self.current.take() {
            last.problems.append(&mut self.pending);
            self.done.push(last);
        }
    }
}

impl Finished {
    fn into_root(self, text: &str, comments: &[(u32, u32)]) -> Root {
        if let Some(problem) = self.problems.into_iter().next() {
            return Root::Broken(located(text, Error::parse(format!("YAMLParseError: {}", problem.message)), problem.at));
        }
        let end = self.composed.nodes.end(self.composed.root);
        let document = |value, spans| {
            let before = |limit: usize| comments.partition_point(|(start, _)| (*start as usize) < limit);
            let (from, to) = (before(self.span.start), before(end));
            let comments = comments.get(from..to).unwrap_or_default().to_vec();
            Document { value, spans, comments, span: self.span }
        };
        match to_js::convert(&self.composed) {
            Err(error) => Root::Fatal(located(text, error, self.span.start)),
            Ok(Outcome::Empty) => Root::Empty,
            Ok(Outcome::Circular) => Root::Circular(located(text, Error::parse("Converting circular structure to JSON"), self.span.start)),
            Ok(Outcome::Entity(value, spans)) => Root::Entity(document(value, spans)),
            Ok(Outcome::Other(value, spans)) => Root::Other(document(value, spans)),
        }
    }
}
