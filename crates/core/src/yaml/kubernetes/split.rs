//! A file to documents, as gitops-engine's `SplitYAML` does with apimachinery's
//! `NewYAMLOrJSONDecoder`: lines that start with `---` separate, and a file
//! that starts with `{` is a stream of JSON until that fails.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::text::{LineIndex, Span};
use crate::yaml::document::Document;

use super::decode::Mode;
use super::json;
use super::read;
use super::scanner::Refusal;

/// How much upstream looks at to find a `{`.
const PEEK: usize = 4096;

/// A part of a file.
#[derive(Debug)]
pub(super) enum Part {
    /// A document.
    Document(Document),
    /// A JSON document with a number beyond a double: splitting keeps its text, decoding it as an object refuses it.
    Oversized(Span, Refusal),
}

/// All documents that are not null, as objects (`SplitYAML`).
pub(super) fn documents(text: &str) -> Result<Vec<Document>> {
    let document = |part| match part {
        Part::Document(document) => Ok(document),
        Part::Oversized(_, refusal) => Err(refusal.into_error(text, 0)),
    };
    parts(text)?.into_iter().map(document).collect()
}

/// All documents that are not null (`SplitYAMLToString`).
pub(super) fn parts(text: &str) -> Result<Vec<Part>> {
    let mut found = Vec::new();
    let mut rest = 0;
    let peek = text.get(..floor_boundary(text, PEEK)).unwrap_or(text);
    let mut json_error = None;
    if peek.trim_start_matches(is_space).starts_with('{') {
        let mut count = 0;
        loop {
            match json::next_value(text, rest) {
                Ok(None) => return Ok(found),
                Ok(Some(json::Found { value, spans, end, oversized })) => {
                    count += 1;
                    rest = end;
                    let span = spans.root.value();
                    match oversized {
                        Some(refusal) => found.push(Part::Oversized(span, refusal)),
                        None => push(&mut found, Document { value, spans, comments: Vec::new(), span }),
                    }
                }
                Err(refusal) => {
                    let limit = refusal.limit;
                    let error = refusal.into_error(text, 0);
                    match after_space(text, rest) {
                        Some(from) if count <= 1 && !limit => rest = from,
                        _ => return Err(error),
                    }
                    json_error = Some(error);
                    break;
                }
            }
        }
    }
    match yaml_documents(text, rest, &mut found) {
        Ok(()) => Ok(found),
        Err(error) => Err(json_error.filter(|_| error.code != "limit").unwrap_or(error)),
    }
}

fn push(found: &mut Vec<Part>, document: Document) {
    if document.value != Value::Null {
        found.push(Part::Document(document));
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Go's `unicode.IsSpace`.
fn is_space(character: char) -> bool {
    character.is_whitespace()
}

/// Where YAML starts after the JSON that was read: behind white space up to
/// and including one line break. Fewer than four bytes are given up.
fn after_space(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        if rest.len() < 4 {
            return None;
        }
        let character = rest.chars().next()?;
        if !is_space(character) {
            return Some(at);
        }
        at += character.len_utf8();
        if character == '\n' {
            return Some(at);
        }
    }
}

/// The documents of a text from an offset on; upstream reads lines, and ends
/// the last one.
fn yaml_documents(text: &str, from: usize, found: &mut Vec<Part>) -> Result<()> {
    let (mut start, mut at) = (from, from);
    while at < text.len() {
        let bytes = text.as_bytes().get(at..).unwrap_or_default();
        let end = at + memchr::memchr(b'\n', bytes).map_or(bytes.len(), |len| len + 1);
        if let Some(after) = text.get(at..end).and_then(|line| line.strip_prefix("---")) {
            let after = after.trim_matches(is_space);
            if !after.is_empty() && !after.starts_with('#') {
                // Documents before it are read first, and may be refused first.
                chunk(text, start, at, found)?;
                let location = LineIndex::new(text).location(text, "", Span { start: at, end: at });
                return Err(Error::parse(format!("invalid Yaml document separator: {after}")).at(location));
            }
            if at > start {
                chunk(text, start, at, found)?;
                start = end;
            }
        }
        at = end;
    }
    chunk(text, start, at, found)
}

fn chunk(text: &str, start: usize, end: usize, found: &mut Vec<Part>) -> Result<()> {
    if start == end {
        return Ok(());
    }
    let piece = text.get(start..end).unwrap_or_default();
    let document = read(piece, Mode::default(), true).map_err(|refusal: Refusal| refusal.into_error(text, start))?;
    push(found, document.shifted(start));
    Ok(())
}
