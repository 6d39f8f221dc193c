//! Why the server refuses an entity, with the chain of causes it prints.

use std::fmt;

/// The first stage of the processing pipeline that refused a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The YAML parser.
    Yaml,
    /// The document is not an object.
    Root,
    /// The object contains itself.
    Circular,
    /// `apiVersion`, `kind`, `metadata.name`, or `metadata.annotations` that is not an object.
    Envelope,
    /// `$text`, `$json`, `$yaml`.
    Placeholder,
    /// Strict schema, unknown root fields, field formats.
    Policy,
    /// The ref changed while it was processed.
    Changed,
    /// No processor knows this `apiVersion` and `kind`.
    Unrecognized,
    /// The schema of the kind.
    Kind,
    /// A Location that may not be registered or cannot be read.
    Location,
    /// A reference in `spec` that cannot be read.
    Relations,
    /// An emitted entity that the rules do not allow.
    Rules,
}

impl Stage {
    /// As in the wire contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Root => "root",
            Self::Circular => "other",
            Self::Envelope => "envelope",
            Self::Placeholder => "placeholder",
            Self::Policy => "policy",
            Self::Changed => "changed",
            Self::Unrecognized => "unrecognized",
            Self::Kind => "kind",
            Self::Location => "location",
            Self::Relations => "relations",
            Self::Rules => "rules",
        }
    }
}

impl Stage {
    /// The diagnostic code of refusals at this stage.
    pub fn code(self) -> &'static str {
        match self {
            Self::Yaml => "backstage-catalog-yaml",
            Self::Root => "backstage-catalog-root",
            Self::Circular => "backstage-catalog-circular",
            Self::Envelope => "backstage-catalog-envelope",
            Self::Placeholder => "backstage-catalog-placeholder",
            Self::Policy => "backstage-catalog-policy",
            Self::Changed => "backstage-catalog-changed",
            Self::Unrecognized => "backstage-catalog-unrecognized",
            Self::Kind => "backstage-catalog-kind",
            Self::Location => "backstage-catalog-location",
            Self::Relations => "backstage-catalog-relations",
            Self::Rules => "backstage-catalog-rules",
        }
    }
}

/// An error of the processing pipeline, as `@backstage/errors` would name and print it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where it happened.
    pub stage: Stage,
    /// The error's name: `InputError`, `NotFoundError`, `TypeError` …
    pub name: &'static str,
    /// The message with its causes.
    pub message: String,
    /// JSON pointer to what is wrong, as far as known.
    pub path: String,
}

impl Refusal {
    /// Any refusal.
    pub fn new(stage: Stage, name: &'static str, message: impl Into<String>) -> Self {
        Self { stage, name, message: message.into(), path: String::new() }
    }

    /// The same refusal, pointing somewhere.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// This refusal as the cause of another: `outer; caused by Name: inner`.
    #[must_use]
    pub fn caused(self, stage: Stage, name: &'static str, outer: &str) -> Self {
        Self { stage, name, message: format!("{outer}; caused by {self}"), path: self.path }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}
