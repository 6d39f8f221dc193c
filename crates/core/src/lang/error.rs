//! What every small language answers when it refuses.

use crate::Error;

/// Whether the text, the types or the run is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LangErrorKind {
    /// The source text does not parse or does not type-check.
    Compile,
    /// The program ran into an error of the language.
    Eval,
    /// A limit on depth, steps or output was reached.
    Limit,
}

/// A refusal of a small language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LangError {
    /// The phase that refused.
    pub kind: LangErrorKind,
    /// Byte offset into the source, if the refusal has a place there.
    pub offset: Option<usize>,
    /// Worded as upstream words it where that is stable.
    pub message: String,
}

impl LangError {
    /// A refusal of the source text at a byte offset.
    pub fn compile(offset: usize, message: impl Into<String>) -> Self {
        Self { kind: LangErrorKind::Compile, offset: Some(offset), message: message.into() }
    }

    /// A refusal at run time.
    pub fn eval(message: impl Into<String>) -> Self {
        Self { kind: LangErrorKind::Eval, offset: None, message: message.into() }
    }

    /// A limit was reached.
    pub fn limit(message: impl Into<String>) -> Self {
        Self { kind: LangErrorKind::Limit, offset: None, message: message.into() }
    }
}

impl From<LangError> for Error {
    fn from(error: LangError) -> Self {
        match error.kind {
            LangErrorKind::Limit => Self::limit(error.message),
            LangErrorKind::Compile | LangErrorKind::Eval => Self::upstream(error.message),
        }
    }
}
