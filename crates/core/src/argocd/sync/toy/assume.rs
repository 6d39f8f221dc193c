//! What a plan is told about the world.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::argocd::project::nullable;
use crate::kube::duration;
use crate::{Error, Result};

/// The script of a plan.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Assume {
    /// By `group/Kind/namespace/name`: the health at the first pass after the object was written, the second, and
    /// so on; the last stays.
    #[serde(deserialize_with = "nullable")]
    pub health: HashMap<String, Option<Vec<AssumedHealth>>>,
    /// Calls that fail.
    #[serde(deserialize_with = "nullable")]
    pub errors: Vec<AssumedError>,
    /// By `group/Kind/namespace/name`: passes until a deleted object is gone; negative is never.
    #[serde(deserialize_with = "nullable")]
    pub delete_passes: HashMap<String, i64>,
    /// The time of the first pass, RFC 3339.
    #[serde(deserialize_with = "nullable")]
    pub start: String,
    /// The time between passes, a Go duration.
    #[serde(deserialize_with = "nullable")]
    pub step: String,
    /// Before this pass somebody asks for termination.
    #[serde(deserialize_with = "nullable")]
    pub terminate_at: i64,
    /// Before this pass prunes and deletions are approved.
    #[serde(deserialize_with = "nullable")]
    pub approve_at: i64,
    /// The controller's sync timeout, a Go duration.
    #[serde(deserialize_with = "nullable")]
    pub sync_timeout: String,
    /// The last pass.
    #[serde(deserialize_with = "nullable")]
    pub max_passes: i64,
    /// Actions show the objects they hand over.
    #[serde(deserialize_with = "nullable")]
    pub show_objects: bool,
}

/// The health of an object at one pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AssumedHealth {
    /// A health code; `Missing` removes the object.
    #[serde(deserialize_with = "nullable")]
    pub status: String,
    /// In words.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
}

/// A call that fails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AssumedError {
    /// On which object: `group/Kind/namespace/name`.
    #[serde(deserialize_with = "nullable")]
    pub key: String,
    /// `apply`, `create`, `replace`, `update`, `delete`, `deleteHook`, `removeFinalizer`, `get` or `patch`.
    #[serde(deserialize_with = "nullable")]
    pub verb: String,
    /// Strikes the dry run instead of the real call.
    #[serde(deserialize_with = "nullable")]
    pub dry_run: bool,
    /// The refusal.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
    /// How often; zero is always.
    #[serde(deserialize_with = "nullable")]
    pub times: i64,
}

impl Assume {
    /// The time of the first pass and the time between passes.
    pub fn clock(&self) -> Result<(Timestamp, SignedDuration)> {
        let start = if self.start.is_empty() { "2026-01-05T12:00:00Z" } else { &self.start };
        let start = start.parse().map_err(|error| Error::invalid(format!("cannot read the start {start:?}: {error}")))?;
        let step = if self.step.is_empty() { 10_000_000_000 } else { duration::parse(&self.step)? };
        Ok((start, SignedDuration::from_nanos(step)))
    }

    /// The controller's sync timeout, if there is one.
    pub fn timeout(&self) -> Result<Option<SignedDuration>> {
        if self.sync_timeout.is_empty() {
            return Ok(None);
        }
        let timeout = duration::parse(&self.sync_timeout)?;
        Ok((timeout != 0).then(|| SignedDuration::from_nanos(timeout)))
    }
}
