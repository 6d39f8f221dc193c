//! Operations of `autosync`.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::window::timestamp;
use crate::argocd::autosync::{Comparison, ResourceStatus, SelfHeal, SelfHealBackoff, decide};
use crate::argocd::project::AppProject;
use crate::kube::duration;
use crate::wire::Op;
use crate::{Error, Result, Value};

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("autosync.decide", "Whether the controller starts a sync by itself, and with which operation", decide_autosync)]
}

/// An Application after a comparison.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DecideRequest {
    /// The Application, with its status.
    application: Value,
    /// Its project, for the sync windows.
    #[serde(default)]
    project: Option<Value>,
    /// What the comparison found.
    #[serde(default)]
    comparison: ComparisonInput,
    /// The moment, RFC 3339.
    now: String,
    /// The controller's flags.
    #[serde(default)]
    settings: Settings,
}

/// A comparison.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", default)]
struct ComparisonInput {
    /// The Application's sync status.
    sync: SyncInput,
    /// Every managed resource.
    resources: Option<Vec<ResourceInput>>,
    /// The new commits may touch the Application.
    revisions_may_have_changes: bool,
}

/// A sync status.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", default)]
struct SyncInput {
    /// `Synced`, `OutOfSync` or `Unknown`.
    status: Option<String>,
    /// The revision.
    revision: Option<String>,
    /// The revisions of several sources.
    revisions: Option<Vec<String>>,
}

/// A managed resource.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", default)]
struct ResourceInput {
    /// API group.
    group: Option<String>,
    /// Kind.
    kind: Option<String>,
    /// Name.
    name: Option<String>,
    /// Sync status; empty for hooks.
    status: Option<String>,
    /// No longer in Git.
    requires_pruning: bool,
}

/// The controller's self-heal flags.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    /// A Go duration; counts without a backoff.
    self_heal_timeout: Option<String>,
    /// The backoff.
    self_heal_backoff: Option<BackoffInput>,
}

/// The self-heal backoff.
#[derive(Deserialize, JsonSchema)]
struct BackoffInput {
    /// The first wait, a Go duration.
    duration: String,
    /// The factor.
    #[serde(default)]
    factor: f64,
    /// The longest wait, a Go duration.
    cap: String,
}

/// The decision.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DecideResponse {
    /// Whether it syncs.
    sync: bool,
    /// Upstream's exit: `outOfSync`, `disabled`, `operationInProgress`, `deleting`, `notOutOfSync`, `pruneOnly`,
    /// `failedPreviousAttempt`, `alreadyAttempted`, `selfHealBackoff`, `wouldWipeOut` or `syncWindow`.
    reason: &'static str,
    /// The operation that is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<Value>,
    /// A condition that is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<ConditionOutput>,
    /// When to ask again, a Go duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    requeue_after: Option<String>,
}

/// A condition.
#[derive(Serialize, JsonSchema)]
struct ConditionOutput {
    /// Its type.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Its message.
    message: String,
}

fn decide_autosync(request: DecideRequest) -> Result<DecideResponse> {
    if !request.application.is_object() {
        return Err(Error::invalid("application missing"));
    }
    let now = timestamp(&request.now)?;
    let project = request.project.as_ref().filter(|project| !project.is_null()).map(AppProject::from_value).transpose()?;
    let nanos = |text: &str| Ok::<_, Error>(SignedDuration::from_nanos(duration::parse(text)?));
    let settings = request.settings;
    let self_heal = SelfHeal {
        timeout: match settings.self_heal_timeout.as_deref() {
            None | Some("") => SignedDuration::ZERO,
            Some(text) => nanos(text)?,
        },
        backoff: match settings.self_heal_backoff {
            None => None,
            Some(backoff) => {
                Some(SelfHealBackoff { duration: nanos(&backoff.duration)?, factor: backoff.factor, cap: nanos(&backoff.cap)? })
            }
        },
    };
    let sync = request.comparison.sync;
    let comparison = Comparison {
        status: sync.status.unwrap_or_default(),
        revision: sync.revision.unwrap_or_default(),
        revisions: sync.revisions.unwrap_or_default(),
        resources: request
            .comparison
            .resources
            .into_iter()
            .flatten()
            .map(|resource| ResourceStatus {
                group: resource.group.unwrap_or_default(),
                kind: resource.kind.unwrap_or_default(),
                name: resource.name.unwrap_or_default(),
                status: resource.status.unwrap_or_default(),
                requires_pruning: resource.requires_pruning,
            })
            .collect(),
        revisions_may_have_changes: request.comparison.revisions_may_have_changes,
    };
    let decision = decide(&request.application, project.as_ref(), &comparison, &self_heal, now);
    Ok(DecideResponse {
        sync: decision.operation.is_some(),
        reason: decision.reason.as_str(),
        operation: decision.operation,
        condition: decision.condition.map(|condition| ConditionOutput { kind: condition.kind, message: condition.message }),
        requeue_after: decision.requeue_after.map(|wait| duration::format(i64::try_from(wait.as_nanos()).unwrap_or(i64::MAX))),
    })
}
