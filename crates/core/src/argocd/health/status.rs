//! The health codes and their order.

use schemars::JsonSchema;
use serde::Serialize;

/// gitops-engine's `HealthStatusCode`, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HealthCode {
    /// As it should be.
    Healthy,
    /// Paused on purpose.
    Suspended,
    /// On its way.
    Progressing,
    /// Not in the cluster.
    Missing,
    /// Broken.
    Degraded,
    /// The assessment failed.
    Unknown,
}

impl HealthCode {
    /// Upstream's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Suspended => "Suspended",
            Self::Progressing => "Progressing",
            Self::Missing => "Missing",
            Self::Degraded => "Degraded",
            Self::Unknown => "Unknown",
        }
    }

    /// The code of that word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Healthy, Self::Suspended, Self::Progressing, Self::Missing, Self::Degraded, Self::Unknown]
            .into_iter()
            .find(|code| code.as_str() == text)
    }
}

/// gitops-engine's `IsWorse`: a word that is no code, the empty one included, is as good as Healthy.
pub fn is_worse(current: &str, new: &str) -> bool {
    HealthCode::parse(new).unwrap_or(HealthCode::Healthy) > HealthCode::parse(current).unwrap_or(HealthCode::Healthy)
}

/// One object's health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Health {
    /// One of the six codes; a script may leave it empty.
    pub status: String,
    /// Why, in upstream's words.
    pub message: String,
    /// The check itself failed; the message says how.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
}

impl Health {
    /// A judgement.
    pub fn new(code: HealthCode, message: impl Into<String>) -> Self {
        Self { status: code.as_str().to_owned(), message: message.into(), failed: false }
    }

    /// A check that could not judge.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { failed: true, ..Self::new(HealthCode::Unknown, message) }
    }

    /// The code, if it is one.
    pub fn code(&self) -> Option<HealthCode> {
        HealthCode::parse(&self.status)
    }
}
