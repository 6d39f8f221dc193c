//! Operations of `autosync`.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::application_view::decoded;
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
    comparison: Option<ComparisonInput>,
    /// The moment, RFC 3339.
    now: String,
    /// The controller's flags.
    #[serde(default)]
    settings: Option<Settings>,
}

/// A comparison.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", default)]
struct ComparisonInput {
    /// The Application's sync status: `status`, `revision` or `revisions`.
    sync: Option<Value>,
    /// Every managed resource: `group`, `kind`, `name`, `status`, `requiresPruning`.
    resources: Option<Vec<Value>>,
    /// The new commits may touch the Application.
    revisions_may_have_changes: Option<bool>,
}

impl ComparisonInput {
    fn read(self) -> Result<Comparison> {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        let sync = decoded(&self.sync.unwrap_or_default(), "SyncStatus")?;
        let resource = |resource: Value| {
            let resource = decoded(&resource, "ResourceStatus")?;
            Ok(ResourceStatus {
                group: text(&resource, "group"),
                kind: text(&resource, "kind"),
                name: text(&resource, "name"),
                status: text(&resource, "status"),
                requires_pruning: resource.get("requiresPruning").and_then(Value::as_bool).unwrap_or(false),
            })
        };
        let revisions = sync.get("revisions").and_then(Value::as_array).into_iter().flatten();
        Ok(Comparison {
            status: text(&sync, "status"),
            revision: text(&sync, "revision"),
            revisions: revisions.map(|revision| revision.as_str().unwrap_or("").to_owned()).collect(),
            resources: self.resources.into_iter().flatten().map(resource).collect::<Result<_>>()?,
            revisions_may_have_changes: self.revisions_may_have_changes.unwrap_or(false),
        })
    }
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
    factor: Option<f64>,
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
    let application = decoded(&request.application, "Application")?;
    let now = timestamp(&request.now)?;
    let project = request.project.as_ref().filter(|project| !project.is_null()).map(AppProject::from_value).transpose()?;
    let nanos = |text: &str| Ok::<_, Error>(SignedDuration::from_nanos(duration::parse(text)?));
    let settings = request.settings.unwrap_or_default();
    let self_heal = SelfHeal {
        timeout: match settings.self_heal_timeout.as_deref() {
            None | Some("") => SignedDuration::ZERO,
            Some(text) => nanos(text)?,
        },
        backoff: match settings.self_heal_backoff {
            None => None,
            Some(backoff) => Some(SelfHealBackoff {
                duration: nanos(&backoff.duration)?,
                factor: backoff.factor.unwrap_or(0.0),
                cap: nanos(&backoff.cap)?,
            }),
        },
    };
    let comparison = request.comparison.unwrap_or_default().read()?;
    let decision = decide(&application, project.as_ref(), &comparison, &self_heal, now);
    Ok(DecideResponse {
        sync: decision.operation.is_some(),
        reason: decision.reason.as_str(),
        operation: decision.operation,
        condition: decision.condition.map(|condition| ConditionOutput { kind: condition.kind, message: condition.message }),
        requeue_after: decision.requeue_after.map(|wait| duration::format(i64::try_from(wait.as_nanos()).unwrap_or(i64::MAX))),
    })
}
