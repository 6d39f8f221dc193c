//! Errors that run through a program, and gojq's words for them.

use super::encode::preview;
use super::value::V;
use crate::lang::LangError;

/// What stops a branch of a program.
#[derive(Debug, Clone)]
pub(super) enum JqError {
    /// A message; `catch` sees its text.
    Message(Box<str>),
    /// `error(value)`; `catch` sees the value.
    Value(V),
    /// `halt` and `halt_error`, which nothing catches.
    Halt(V),
    /// `break` out of the label with that number; the name is for the message.
    Break(u64, Box<str>),
    /// An error from behind a `try`, which that `try` must not catch.
    Passing(Box<JqError>),
    /// A limit of ours, which nothing catches.
    Limit(Box<str>),
}

impl JqError {
    pub(super) fn message(text: impl Into<Box<str>>) -> Self {
        Self::Message(text.into())
    }

    pub(super) fn limit(text: &str) -> Self {
        Self::Limit(text.into())
    }

    /// `expected an object but got: …` and its kin.
    pub(super) fn expected(what: &str, got: &V) -> Self {
        Self::message(format!("expected {what} but got: {}", typed(got)))
    }

    /// `NAME cannot be applied to: …`.
    pub(super) fn cannot(name: &str, to: &V) -> Self {
        Self::message(format!("{name} cannot be applied to: {}", typed(to)))
    }

    /// `NAME(ARG) cannot be applied to: …`.
    pub(super) fn cannot_with(name: &str, to: &V, arg: &V) -> Self {
        Self::message(format!("{name}({}) cannot be applied to: {}", preview(arg), typed(to)))
    }

    /// `NAME cannot be applied to …: WHY`.
    pub(super) fn because(name: &str, to: &V, why: &str) -> Self {
        Self::message(format!("{name} cannot be applied to {}: {why}", preview(to)))
    }

    /// `NAME(ARG) cannot be applied to …: WHY`.
    pub(super) fn because_with(name: &str, to: &V, arg: &V, why: &JqError) -> Self {
        if matches!(why, Self::Limit(_)) {
            return why.clone();
        }
        Self::message(format!("{name}({}) cannot be applied to {}: {}", preview(arg), preview(to), why.text()))
    }

    /// The text that `catch` and the caller see.
    pub(super) fn text(&self) -> String {
        let of_value = |value: &V| match value {
            V::Str(text) => format!("error: {text}"),
            other => format!("error: {}", super::encode::message(other)),
        };
        match self {
            Self::Message(text) | Self::Limit(text) => text.to_string(),
            Self::Value(value) => of_value(value),
            Self::Halt(value) => format!("halt {}", of_value(value)),
            Self::Break(_, name) => format!("label not defined: {name}"),
            Self::Passing(inner) => inner.text(),
        }
    }
}

impl From<JqError> for LangError {
    fn from(error: JqError) -> Self {
        match error {
            JqError::Limit(text) => Self::limit(text),
            other => Self::eval(other.text()),
        }
    }
}

/// `object ({"a":1})`, or `null`.
pub(super) fn typed(value: &V) -> String {
    match value {
        V::Null => "null".to_owned(),
        value => format!("{} ({})", value.type_name(), preview(value)),
    }
}
