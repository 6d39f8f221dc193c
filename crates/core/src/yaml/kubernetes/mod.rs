//! YAML as Kubernetes tools read it: `sigs.k8s.io/yaml` v1.6.0 on
//! `go.yaml.in/yaml/v2` v2.4.4.
//!
//! YAML 1.1 with libyaml's grammar: `yes` is a boolean, `010` is 8, `<<`
//! merges, the last of two equal keys wins. [`scanner`] cuts tokens, [`parser`]
//! builds a tree, [`resolve`] types scalars, [`decode`] makes the JSON value,
//! [`split`] cuts a file into documents as Argo CD does.

mod chars;
mod decode;
mod json;
mod markup;
mod parser;
pub(crate) mod resolve;
mod scalar;
mod scanner;
mod split;
mod token;

use serde_json::{Value, value::RawValue};

use crate::error::{Error, Result};
use crate::text::{LineIndex, Span};

use super::document::Document;
use decode::Mode;
use scanner::Refusal;

/// The first document of a text as a value: `YAMLToJSON`. Further documents
/// are not looked at; a text without one is null.
///
/// # Errors
/// When upstream refuses the text, with the place.
pub fn unmarshal(text: &str) -> Result<Value> {
    Ok(first(text, Mode::default())?.into_value())
}

/// Like [`unmarshal`], but refuses keys that occur twice: `YAMLToJSONStrict`.
///
/// # Errors
/// When upstream refuses the text, with the place.
pub fn unmarshal_strict(text: &str) -> Result<Value> {
    Ok(first(text, Mode { strict: true, ..Mode::default() })?.into_value())
}

/// `Unmarshal` into a Go `map[string]string`: scalars of the root mapping
/// become strings, null becomes the empty string.
///
/// # Errors
/// When upstream refuses the text, or a value is no scalar.
pub fn unmarshal_string_map(text: &str, strict: bool) -> Result<Value> {
    match first(text, Mode { strict, string_map: true })?.into_value() {
        Value::Null => Ok(Value::Object(serde_json::Map::new())),
        Value::Object(map) if map.values().all(Value::is_string) => Ok(Value::Object(map)),
        _ => Err(Error::parse("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal into Go value of type string")),
    }
}

/// The first document of a text, with places and comments.
///
/// # Errors
/// When upstream refuses the text, with the place.
pub fn first_document(text: &str) -> Result<Document> {
    first(text, Mode::default())
}

/// The documents of a file as values: gitops-engine's `SplitYAML`. Empty and
/// null documents vanish.
///
/// # Errors
/// When upstream refuses any of them, with the place.
pub fn documents(text: &str) -> Result<Vec<Value>> {
    Ok(parse(text)?.into_iter().map(Document::into_value).collect())
}

/// The documents of a file as JSON texts: gitops-engine's `SplitYAMLToString`, which also lets numbers beyond a double pass.
///
/// # Errors
/// When upstream refuses any of them, with the place.
pub fn documents_json(text: &str) -> Result<Vec<Box<RawValue>>> {
    let json = |part| match part {
        split::Part::Document(document) => serde_json::value::to_raw_value(&document.value),
        split::Part::Oversized(span, _) => RawValue::from_string(text.get(span.start..span.end).unwrap_or_default().to_owned()),
    };
    split::parts(text)?.into_iter().map(|part| json(part).map_err(|error| Error::limit(error.to_string()))).collect()
}

/// The documents of a file, with places and comments: what [`documents`] gives.
///
/// # Errors
/// When upstream refuses any of them, with the place.
pub fn parse(text: &str) -> Result<Vec<Document>> {
    split::documents(text)
}

fn first(text: &str, mode: Mode) -> Result<Document> {
    read(text, mode, false).map_err(|refusal| refusal.into_error(text, 0))
}

/// Reads the first document; `ended` takes the last line for one that ends.
fn read(text: &str, mode: Mode, ended: bool) -> Result<Document, Refusal> {
    if u32::try_from(text.len()).is_err() {
        return Err(Refusal { problem: "longer than 4 GiB".to_owned(), at: 0, limit: true });
    }
    let parser::Parsed { tree, root, comments } = parser::parse_first(text, ended)?;
    let span = decode::extent(&tree, root);
    let (value, spans) = decode::decode(tree, root, mode)?;
    Ok(Document { value, spans, comments, span })
}

impl Refusal {
    /// The error for a text that starts at `offset` of `whole`.
    fn into_error(self, whole: &str, offset: usize) -> Error {
        let at = self.at.saturating_add(offset).min(whole.len());
        let location = LineIndex::new(whole).location(whole, "", Span { start: at, end: at });
        let message = format!("error converting YAML to JSON: yaml: line {}: {}", location.line, self.problem);
        let error = if self.limit { Error::limit(message) } else { Error::parse(message) };
        error.at(location)
    }
}
