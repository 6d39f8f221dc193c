//! Why a generator or a template gave nothing.

use super::needs::Need;
use crate::Error;

/// What ended an evaluation.
#[derive(Debug, Clone)]
pub(super) enum Stop {
    /// Upstream's error.
    Error(String),
    /// Upstream panics; the controller recovers and nothing is generated.
    Panic(String),
    /// The inventory lacks something.
    Needs(Vec<Need>),
    /// A refusal of ours, such as a limit.
    Refused(Error),
}

impl Stop {
    /// The same stop with upstream's words in front.
    pub(super) fn context(self, words: &str) -> Self {
        match self {
            Self::Error(message) => Self::Error(format!("{words}: {message}")),
            other => other,
        }
    }

    /// The message.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Error(message) | Self::Panic(message) => message.clone(),
            Self::Needs(_) => "the inventory lacks what the generator asks for".into(),
            Self::Refused(error) => error.message.clone(),
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error.code {
            "upstream" | "parse" | "invalidRequest" => Self::Error(error.message),
            _ => Self::Refused(error),
        }
    }
}

impl From<String> for Stop {
    fn from(message: String) -> Self {
        Self::Error(message)
    }
}

impl From<&str> for Stop {
    fn from(message: &str) -> Self {
        Self::Error(message.to_owned())
    }
}
