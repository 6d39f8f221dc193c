//! What goes back to a caller who misused us, or whose text cannot be read.
//!
//! Findings about the user's documents are not errors: see [`crate::Diagnostic`].

use serde::Serialize;

use crate::text::Location;

/// The result of everything that can be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal: the request makes no sense, or upstream refuses it as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("{message}")]
pub struct Error {
    /// Stable and machine-readable, camelCase: `invalidRequest`, `parse`, `upstream` …
    pub code: &'static str,
    /// For people, upstream's own words where it has some.
    pub message: String,
    /// Where in the caller's text, if it is about a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Box<Location>>,
}

impl Error {
    /// Any refusal.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), location: None }
    }

    /// The request itself is malformed: a missing member, a wrong type.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new("invalidRequest", message)
    }

    /// A text that cannot be parsed.
    pub fn parse(message: impl Into<String>) -> Self {
        Self::new("parse", message)
    }

    /// Upstream refuses the operation; the message is as close to its own as is stable.
    pub fn upstream(message: impl Into<String>) -> Self {
        Self::new("upstream", message)
    }

    /// A limit on depth, size or steps was reached.
    pub fn limit(message: impl Into<String>) -> Self {
        Self::new("limit", message)
    }

    /// The same refusal, with the place in the caller's text.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(Box::new(location));
        self
    }
}
