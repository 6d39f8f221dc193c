//! One sync window as the project declares it.

use serde::Deserialize;

use super::schedule::parse_window;
use crate::argocd::project::{list, nullable};
use crate::{Error, Result};

/// `v1alpha1.InlineSyncWindow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SyncWindow {
    /// `allow` or `deny`.
    #[serde(deserialize_with = "nullable")]
    pub kind: String,
    /// Five cron fields.
    #[serde(deserialize_with = "nullable")]
    pub schedule: String,
    /// A Go duration.
    #[serde(deserialize_with = "nullable")]
    pub duration: String,
    /// Globs of Application names.
    #[serde(deserialize_with = "list")]
    pub applications: Vec<String>,
    /// Globs of destination namespaces.
    #[serde(deserialize_with = "list")]
    pub namespaces: Vec<String>,
    /// Globs of cluster names or URLs, as the Application spells them.
    #[serde(deserialize_with = "list")]
    pub clusters: Vec<String>,
    /// Manual syncs pass where automated ones do not.
    #[serde(deserialize_with = "nullable")]
    pub manual_sync: bool,
    /// An IANA zone; unknown ones mean UTC.
    #[serde(deserialize_with = "nullable")]
    pub time_zone: String,
    /// Every list that is set must match, instead of any.
    #[serde(deserialize_with = "nullable")]
    pub and_operator: bool,
    /// At most 255 bytes.
    #[serde(deserialize_with = "nullable")]
    pub description: String,
    /// A sync that began while it was allowed may go on.
    #[serde(deserialize_with = "nullable")]
    pub sync_overrun: bool,
}

impl SyncWindow {
    /// What makes two windows the same (`HashIdentity`).
    pub(crate) fn identity(&self) -> impl Eq + std::hash::Hash + use<'_> {
        let texts = [&self.kind, &self.schedule, &self.duration, &self.time_zone];
        let lists = [&self.applications, &self.namespaces, &self.clusters];
        (texts, lists, self.and_operator)
    }

    /// `InlineSyncWindow.Validate`.
    pub fn validate(&self) -> Result<()> {
        if self.kind != "allow" && self.kind != "deny" {
            return Err(Error::upstream(format!("kind '{}' mismatch: can only be allow or deny", self.kind)));
        }
        parse_window(self)?;
        if self.description.len() > 255 {
            return Err(Error::upstream("description must not exceed 255 characters"));
        }
        Ok(())
    }
}
