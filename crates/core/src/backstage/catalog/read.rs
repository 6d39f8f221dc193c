//! Reads entity files as the server does (upstream `parseEntityYaml`).

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::lang::javascript::{canonical, is_canonical, type_of};
use crate::text::Span;
use crate::yaml::{self, backstage::Root};

use super::refusal::{Refusal, Stage};

/// An error of a reader, as upstream names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadError {
    /// `NotFoundError`, `Error` …
    pub(crate) name: &'static str,
    /// The message.
    pub(crate) message: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

/// A document that could not be turned into data.
#[derive(Debug, Clone)]
pub struct Broken {
    /// The parser's message.
    pub message: String,
    /// Line and column of the problem, if known.
    pub location: Option<Box<crate::Location>>,
    /// What went wrong.
    pub failure: Failure,
}

/// How far a document came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It is no YAML.
    Syntax,
    /// Turning it into data threw: nothing after it is read.
    Fatal,
    /// It contains itself.
    Circular,
}

/// A document, whatever is at its root.
#[derive(Debug)]
pub(crate) struct ReadRoot {
    /// The data, as JavaScript has it after a round trip through JSON, unless the document's own is the same.
    value: Option<Value>,
    /// The type of the data before that round trip; `null` for null.
    pub(crate) kind: &'static str,
    /// The places of its nodes; none for null.
    document: Option<yaml::Document>,
}

impl ReadRoot {
    /// The data, as JavaScript has it after a round trip through JSON.
    pub(crate) fn value(&self) -> &Value {
        self.value.as_ref().or(self.document.as_ref().map(yaml::Document::value)).unwrap_or(&Value::Null)
    }
}

/// An object of an entity file.
#[derive(Debug, Clone)]
pub struct ReadDocument {
    /// The data, unless the document's own is the same.
    value: Option<Value>,
    /// The places of its nodes.
    pub document: yaml::Document,
}

impl ReadDocument {
    /// The data, as JavaScript has it after a round trip through JSON.
    pub fn value(&self) -> &Value {
        self.value.as_ref().unwrap_or_else(|| self.document.value())
    }

    /// The same, given away.
    pub fn into_value(self) -> Value {
        self.value.unwrap_or_else(|| self.document.into_value())
    }
}

/// An object of an entity file as it is written. Plain documents are read again from the file's text when somebody asks, which is seldom.
#[derive(Debug, Clone)]
pub struct Written {
    /// Where it is in the text.
    span: Span,
    /// What could not be read from that part of the text alone.
    kept: Option<Box<ReadDocument>>,
}

impl Written {
    /// A document that [`plain`] gave.
    pub(crate) fn plain(span: Span) -> Self {
        Self { span, kept: None }
    }

    /// Any other.
    pub(crate) fn whole(document: ReadDocument) -> Self {
        Self { span: document.document.span(), kept: Some(Box::new(document)) }
    }

    /// Whether its keys are plain: none of them is a placeholder's, and none is special to JavaScript.
    pub(crate) fn is_plain(&self) -> bool {
        self.kept.is_none()
    }

    /// Where it is in the text.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The document; `text` is that of its file. `None` for another text.
    pub fn read(&self, text: &str) -> Option<Cow<'_, ReadDocument>> {
        if let Some(kept) = &self.kept {
            return Some(Cow::Borrowed(kept));
        }
        let root = documents(text.get(self.span.start..self.span.end)?).into_iter().next()?.ok()?;
        let document = root.document?.shifted(self.span.start);
        Some(Cow::Owned(ReadDocument { value: root.value, document }))
    }
}

/// The entities of a plain file one after the other, with where each is written; `None` when the file turns out to be for [`entities`].
pub(crate) fn plain(text: &str) -> impl Iterator<Item = Option<(Value, Written)>> + '_ {
    yaml::backstage::plain_values(text).map(|read| read.map(|(value, span)| (value, Written::plain(span))))
}

/// Every document of a text, empty ones included.
pub(crate) fn documents(text: &str) -> Vec<Result<ReadRoot, Broken>> {
    let broken = |error: crate::Error, failure| Broken { message: error.message, location: error.location, failure };
    let read = |document: yaml::Document, kind: Option<&'static str>| ReadRoot {
        value: (!is_canonical(document.value())).then(|| canonical(document.value())),
        kind: kind.unwrap_or_else(|| type_of(document.value())),
        document: Some(document),
    };
    match yaml::backstage::roots(text, false) {
        Err(error) => vec![Err(broken(error, Failure::Syntax))],
        Ok(roots) => roots
            .into_iter()
            .map(|root| match root {
                Root::Entity(document) => Ok(read(document, None)),
                // Infinity and NaN.
                Root::Other(document) if document.value().is_null() => Ok(read(document, Some("number"))),
                Root::Other(document) => Ok(read(document, None)),
                Root::Empty => Ok(ReadRoot { value: None, kind: "null", document: None }),
                Root::Broken(error) => Err(broken(error, Failure::Syntax)),
                Root::Fatal(error) => Err(broken(error, Failure::Fatal)),
                Root::Circular(error) => Err(broken(error, Failure::Circular)),
            })
            .collect(),
    }
}

/// What a file yields, in order: entities, or why there is none.
#[derive(Debug)]
pub enum Yielded {
    /// An object, not checked any further.
    Entity(ReadDocument),
    /// A document that cannot be read or is not an object, with the place of the problem.
    Error(Refusal, Option<Box<crate::Location>>),
}

/// Reads a file that lies at `location`; empty documents are skipped, a document that throws ends the file.
pub fn entities(text: &str, location: &str) -> Vec<Yielded> {
    let mut out = Vec::new();
    for document in documents(text) {
        match document {
            Err(broken) => {
                let refusal = match broken.failure {
                    Failure::Fatal => Refusal::new(Stage::Yaml, "ReferenceError", broken.message),
                    Failure::Circular => Refusal::new(Stage::Circular, "TypeError", broken.message),
                    Failure::Syntax => Refusal::new(Stage::Yaml, "Error", format!("YAML error at {location}, {}", broken.message)),
                };
                out.push(Yielded::Error(refusal, broken.location));
                if broken.failure == Failure::Fatal {
                    break;
                }
            }
            Ok(ReadRoot { kind: "null", .. }) => {}
            Ok(ReadRoot { value, document: Some(document), .. }) if document.value().is_object() => {
                out.push(Yielded::Entity(ReadDocument { value, document }));
            }
            Ok(ReadRoot { kind, .. }) => {
                let message = format!("Expected object at root, got {kind}");
                out.push(Yielded::Error(Refusal::new(Stage::Root, "Error", message), None));
            }
        }
    }
    out
}
