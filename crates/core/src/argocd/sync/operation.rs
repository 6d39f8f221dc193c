//! A requested operation, as it stands in the Application.

use serde::Deserialize;

use crate::argocd::project::{list, nullable};
use crate::{Error, Result, Value};

/// `v1alpha1.Operation`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Operation {
    /// What to sync; without it the operation is in error.
    pub sync: Option<SyncOperation>,
    /// Who asked.
    #[serde(deserialize_with = "nullable")]
    pub initiated_by: Initiator,
    /// What to do when it fails.
    #[serde(deserialize_with = "nullable")]
    pub retry: RetryStrategy,
}

/// `v1alpha1.OperationInitiator`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Initiator {
    /// The controller itself, not a person.
    #[serde(deserialize_with = "nullable")]
    pub automated: bool,
}

/// `v1alpha1.SyncOperation`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SyncOperation {
    /// The revision to sync to.
    #[serde(deserialize_with = "nullable")]
    pub revision: String,
    /// The revisions of several sources.
    #[serde(deserialize_with = "list")]
    pub revisions: Vec<String>,
    /// Delete what Git does not name any more.
    #[serde(deserialize_with = "nullable")]
    pub prune: bool,
    /// Change nothing.
    #[serde(deserialize_with = "nullable")]
    pub dry_run: bool,
    /// How to apply.
    pub sync_strategy: Option<SyncStrategy>,
    /// A partial sync: only these.
    #[serde(deserialize_with = "list")]
    pub resources: Vec<SyncOperationResource>,
    /// Options of this operation; they replace the Application's.
    #[serde(deserialize_with = "list")]
    pub sync_options: Vec<String>,
    /// A source in place of the Application's.
    pub source: Option<Value>,
    /// Sources in place of the Application's.
    #[serde(deserialize_with = "nullable")]
    pub sources: Vec<Value>,
}

impl SyncOperation {
    /// Whether the options hold exactly that one.
    pub fn has_option(&self, option: &str) -> bool {
        self.sync_options.iter().any(|own| own == option)
    }

    /// The value of the first `name=value` among the options.
    pub fn option_value(&self, name: &str) -> Option<&str> {
        option_value(&self.sync_options, name)
    }

    /// `--force` for everything.
    pub fn force(&self) -> bool {
        match &self.sync_strategy {
            Some(SyncStrategy { apply: Some(apply), .. }) => apply.force,
            Some(SyncStrategy { hook: Some(hook), .. }) => hook.force,
            _ => false,
        }
    }

    /// Hooks run only in full syncs with the hook strategy.
    pub fn skips_hooks(&self) -> bool {
        !self.resources.is_empty() || self.sync_strategy.as_ref().is_some_and(|strategy| strategy.apply.is_some())
    }
}

pub(crate) fn option_value<'a>(options: &'a [String], name: &str) -> Option<&'a str> {
    options.iter().find_map(|own| own.strip_prefix(name)?.strip_prefix('='))
}

/// `v1alpha1.SyncStrategy`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct SyncStrategy {
    /// Apply without hooks.
    pub apply: Option<Force>,
    /// Apply with hooks.
    pub hook: Option<Force>,
}

/// `v1alpha1.SyncStrategyApply`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Force {
    /// Delete and make anew what cannot be changed.
    #[serde(deserialize_with = "nullable")]
    pub force: bool,
}

/// `v1alpha1.SyncOperationResource`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct SyncOperationResource {
    /// API group.
    #[serde(deserialize_with = "nullable")]
    pub group: String,
    /// Kind.
    #[serde(deserialize_with = "nullable")]
    pub kind: String,
    /// Name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// Namespace; empty is any.
    #[serde(deserialize_with = "nullable")]
    pub namespace: String,
}

/// `v1alpha1.RetryStrategy`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct RetryStrategy {
    /// How often; negative is for ever.
    #[serde(deserialize_with = "nullable")]
    pub limit: i64,
    /// How long to wait in between.
    pub backoff: Option<Backoff>,
    /// Take the newest revision each time.
    #[serde(deserialize_with = "nullable")]
    pub refresh: bool,
}

/// `v1alpha1.Backoff`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Backoff {
    /// The first wait: seconds, or a Go duration.
    #[serde(deserialize_with = "nullable")]
    pub duration: String,
    /// What each further wait multiplies by.
    pub factor: Option<i64>,
    /// The longest wait; zero is none.
    #[serde(deserialize_with = "nullable")]
    pub max_duration: String,
}

impl RetryStrategy {
    const DURATION: i64 = 5_000_000_000;
    const MAX_DURATION: i64 = 180_000_000_000;
    const FACTOR: i64 = 2;

    /// The wait before the next attempt, in nanoseconds (`NextRetryAt`).
    pub fn wait(&self, retries: i64) -> Result<i64> {
        let (mut duration, mut longest, mut factor) = (Self::DURATION, Self::MAX_DURATION, Self::FACTOR);
        if let Some(backoff) = &self.backoff {
            if !backoff.duration.is_empty() {
                duration = seconds_or_duration(&backoff.duration)?;
            }
            if !backoff.max_duration.is_empty() {
                longest = seconds_or_duration(&backoff.max_duration)?;
            }
            factor = backoff.factor.unwrap_or(factor);
        }
        let mut wait = duration as f64 * (factor as f64).powf(retries as f64);
        if longest > 0 {
            wait = wait.min(longest as f64);
        }
        Ok(wait as i64)
    }
}

fn seconds_or_duration(text: &str) -> Result<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Ok(seconds.saturating_mul(1_000_000_000));
    }
    crate::kube::duration::parse(text).map_err(|_| Error::upstream(format!("unable to parse {text} as a duration")))
}
