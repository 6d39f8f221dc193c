//! What goes wrong in a template.

use std::fmt;

/// Why a template cannot be parsed or rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// Upstream's wording.
    pub message: String,
    /// Byte offset in the template, if known.
    pub offset: Option<usize>,
    /// Line and column from 1, if known.
    pub position: Option<(usize, usize)>,
    /// Whether it is the syntax.
    pub syntax: bool,
    /// Whether a limit was reached.
    pub limit: bool,
}

impl TemplateError {
    pub(super) fn syntax(message: impl Into<String>, at: usize) -> Self {
        Self { message: message.into(), offset: Some(at), position: None, syntax: true, limit: false }
    }

    pub(super) fn evaluation(message: impl Into<String>) -> Self {
        Self { message: message.into(), offset: None, position: None, syntax: false, limit: false }
    }

    pub(super) fn limit(what: &str) -> Self {
        Self { limit: true, ..Self::evaluation(format!("Template evaluation exceeded the {what} limit")) }
    }

    /// The same error at the innermost place that is known.
    pub(super) fn at(mut self, at: u32) -> Self {
        self.offset.get_or_insert(at as usize);
        self
    }

    /// Works out line and column.
    pub(super) fn located(mut self, source: &str) -> Self {
        if let Some(offset) = self.offset {
            let before = source.get(..offset.min(source.len())).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(0, crate::lang::javascript::utf16_len) + 1;
            self.position = Some((line, column));
        }
        self
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some((line, column)) => write!(f, "Template error at line {line}, column {column}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for TemplateError {}

/// The result of evaluating.
pub(super) type Outcome<T> = Result<T, TemplateError>;

/// An evaluation failure.
pub(super) fn fail<T>(message: impl Into<String>) -> Outcome<T> {
    Err(TemplateError::evaluation(message))
}
