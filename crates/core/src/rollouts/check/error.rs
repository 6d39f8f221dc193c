//! apimachinery's `field.Error`, and the path to a field.

use std::fmt;

use crate::rollouts::spec::go_quote;

/// What is wrong with a field (`field.ErrorType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldErrorKind {
    /// A value that is referred to is not there.
    NotFound,
    /// A value is missing.
    Required,
    /// A value occurs twice.
    Duplicate,
    /// A value is malformed or does not go together with others.
    Invalid,
    /// A value is not one of those allowed.
    NotSupported,
    /// A field must not be set.
    Forbidden,
    /// A value is too long.
    TooLong,
    /// Something else.
    Internal,
}

impl FieldErrorKind {
    /// The machine-readable word, such as `FieldValueInvalid`.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound => "FieldValueNotFound",
            Self::Required => "FieldValueRequired",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::TooLong => "FieldValueTooLong",
            Self::Internal => "InternalError",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::NotFound => "Not found",
            Self::Required => "Required value",
            Self::Duplicate => "Duplicate value",
            Self::Invalid => "Invalid value",
            Self::NotSupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::TooLong => "Too long",
            Self::Internal => "Internal error",
        }
    }

    fn shows_value(self) -> bool {
        matches!(self, Self::NotFound | Self::Duplicate | Self::Invalid | Self::NotSupported)
    }
}

/// One fault of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Its kind.
    pub kind: FieldErrorKind,
    /// Where, as upstream spells it: `spec.strategy.steps[2].pause.duration`.
    pub field: String,
    /// Upstream's words; may be empty.
    pub detail: String,
    /// The value as the message shows it.
    pub value: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.kind.title())?;
        if self.kind.shows_value() {
            write!(f, ": {}", self.value)?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

/// A path that costs nothing until it is written.
#[derive(Clone, Copy)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy)]
enum Segment<'a> {
    Child(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> Path<'a> {
    pub(crate) fn root(name: &'a str) -> Self {
        Self { parent: None, segment: Segment::Child(name) }
    }

    pub(crate) fn child(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), segment: Segment::Child(name) }
    }

    pub(crate) fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), segment: Segment::Index(index) }
    }

    pub(crate) fn key(&'a self, key: &'a str) -> Self {
        Self { parent: Some(self), segment: Segment::Key(key) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}")?;
        }
        match self.segment {
            Segment::Child(name) if self.parent.is_some() => write!(f, ".{name}"),
            Segment::Child(name) => f.write_str(name),
            Segment::Index(index) => write!(f, "[{index}]"),
            Segment::Key(key) => write!(f, "[{key}]"),
        }
    }
}

/// A value as a message shows it: texts quoted, all else as it is.
pub(crate) enum Bad<'a> {
    Text(&'a str),
    Number(i64),
    Flag(bool),
    /// Already JSON.
    Json(String),
}

impl fmt::Display for Bad<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&go_quote(text)),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Json(json) => f.write_str(json),
        }
    }
}

impl<'a> From<&'a crate::rollouts::spec::Text> for Bad<'a> {
    fn from(text: &'a crate::rollouts::spec::Text) -> Self {
        Self::from(text.as_str())
    }
}

impl<'a> From<&'a str> for Bad<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Bad<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Bad<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Bad<'_> {
    fn from(number: i32) -> Self {
        Self::Number(i64::from(number))
    }
}

/// The faults found so far, in order.
#[derive(Default)]
pub(crate) struct Errors(pub(crate) Vec<FieldError>);

impl Errors {
    fn push(&mut self, kind: FieldErrorKind, path: &Path<'_>, value: String, detail: String) {
        self.0.push(FieldError { kind, field: path.to_string(), detail, value });
    }

    pub(crate) fn invalid<'b>(&mut self, path: &Path<'_>, value: impl Into<Bad<'b>>, detail: impl Into<String>) {
        self.push(FieldErrorKind::Invalid, path, value.into().to_string(), detail.into());
    }

    pub(crate) fn required(&mut self, path: &Path<'_>, detail: &str) {
        self.push(FieldErrorKind::Required, path, String::new(), detail.into());
    }

    pub(crate) fn duplicate<'b>(&mut self, path: &Path<'_>, value: impl Into<Bad<'b>>) {
        self.push(FieldErrorKind::Duplicate, path, value.into().to_string(), String::new());
    }

    pub(crate) fn not_found<'b>(&mut self, path: &Path<'_>, value: impl Into<Bad<'b>>, detail: impl Into<String>) {
        self.push(FieldErrorKind::NotFound, path, value.into().to_string(), detail.into());
    }

    pub(crate) fn forbidden(&mut self, path: &Path<'_>, detail: &str) {
        self.push(FieldErrorKind::Forbidden, path, String::new(), detail.into());
    }

    pub(crate) fn too_long(&mut self, path: &Path<'_>, limit: usize) {
        self.push(FieldErrorKind::TooLong, path, String::new(), format!("may not be more than {limit} bytes"));
    }

    pub(crate) fn internal(&mut self, path: &Path<'_>, detail: &str) {
        self.push(FieldErrorKind::Internal, path, String::new(), detail.into());
    }

    /// One of a list of words: upstream shows such typed words as JSON.
    pub(crate) fn not_supported(&mut self, path: &Path<'_>, value: &str, supported: &[&str]) {
        let words: Vec<String> = supported.iter().map(|word| go_quote(word)).collect();
        self.push(FieldErrorKind::NotSupported, path, go_quote(value), format!("supported values: {}", words.join(", ")));
    }

    /// The same fault for each of a list of messages.
    pub(crate) fn each(&mut self, path: &Path<'_>, value: &str, messages: Vec<String>) {
        for message in messages {
            self.invalid(path, value, message);
        }
    }

    /// As [`Self::each`], for a number.
    pub(crate) fn each_number(&mut self, path: &Path<'_>, value: i64, messages: Vec<String>) {
        for message in messages {
            self.invalid(path, value, message);
        }
    }

    /// `ValidateNonnegativeField`.
    pub(crate) fn non_negative(&mut self, path: &Path<'_>, value: i64) {
        if value < 0 {
            self.invalid(path, value, "must be greater than or equal to 0");
        }
    }

    /// `ValidatePositiveField`.
    pub(crate) fn positive(&mut self, path: &Path<'_>, value: i64) {
        if value <= 0 {
            self.invalid(path, value, "must be greater than zero");
        }
    }
}
