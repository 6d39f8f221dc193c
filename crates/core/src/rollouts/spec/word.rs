//! Words of a closed vocabulary that a status repeats: copying one costs nothing.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

/// A word that is known when the library is built, or one that an older or newer controller wrote.
pub(crate) type Word = Cow<'static, str>;

/// What conditions are made of: types, statuses and reasons of v1.10.2.
const KNOWN: &[&str] = &[
    "True",
    "False",
    "Unknown",
    "Progressing",
    "Available",
    "Healthy",
    "Completed",
    "Paused",
    "InvalidSpec",
    "ReplicaFailure",
    "RolloutAborted",
    "RolloutPaused",
    "RolloutResumed",
    "RolloutRetry",
    "RolloutHealthy",
    "RolloutCompleted",
    "ProgressDeadlineExceeded",
    "AvailableReason",
    "NewReplicaSetAvailable",
    "NewReplicaSetCreated",
    "FoundNewReplicaSet",
    "ReplicaSetNotAvailable",
    "ReplicaSetUpdated",
];

/// Reads a word; a known one is not kept as a text of its own.
pub(super) fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(KNOWN.iter().find(|known| **known == text).map_or(Cow::Owned(text), |known| Cow::Borrowed(*known)))
}
