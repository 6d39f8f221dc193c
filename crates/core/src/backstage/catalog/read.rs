//! Reads entity files as the server does (upstream `parseEntityYaml`).

use std::fmt;

use serde_json::Value;

use crate::lang::javascript::type_of;
use crate::yaml;

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
    /// Nothing after it is read: turning the document into data threw.
    pub fatal: bool,
}

/// A document of an entity file.
#[derive(Debug, Clone)]
pub struct ReadDocument {
    /// The data, as JavaScript has it after a round trip through JSON.
    pub value: Value,
    /// The places of its nodes.
    pub document: yaml::Document,
}

/// Every document of a text, empty ones included.
pub(crate) fn documents(text: &str) -> Vec<Result<ReadDocument, Broken>> {
    let broken = |error: crate::Error| Broken {
        // npm's `yaml` throws these only when the document becomes data, which ends the file.
        fatal: error.message.contains("Unresolved alias") || error.message.contains("Excessive alias count"),
        message: error.message,
        location: error.location,
    };
    match yaml::backstage::parse(text, false) {
        Err(error) => vec![Err(broken(error))],
        Ok(documents) => documents
            .into_iter()
            .map(|document| match document {
                Ok(document) => Ok(ReadDocument { value: crate::lang::javascript::canonical(document.value()), document }),
                Err(error) => Err(broken(error)),
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
                let (name, message) = if broken.fatal {
                    ("ReferenceError", broken.message)
                } else {
                    ("Error", format!("YAML error at {location}, YAMLParseError: {}", broken.message))
                };
                out.push(Yielded::Error(Refusal::new(Stage::Yaml, name, message), broken.location));
                if broken.fatal {
                    break;
                }
            }
            Ok(document) => match &document.value {
                Value::Object(_) => out.push(Yielded::Entity(document)),
                Value::Null => {}
                other => {
                    let message = format!("Expected object at root, got {}", type_of(other));
                    out.push(Yielded::Error(Refusal::new(Stage::Root, "Error", message), None));
                }
            },
        }
    }
    out
}
