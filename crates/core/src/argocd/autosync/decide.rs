//! The decision, exit by exit.

use jiff::{SignedDuration, Timestamp};

use super::attempted::{already_attempted, has_multiple_sources, sync_source, text, texts};
use super::self_heal::SelfHeal;
use crate::argocd::project::AppProject;
use crate::argocd::window::{SyncWindow, WindowedApplication, can_sync, matches};
use crate::{Map, Value};

/// What the comparison found.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// `Synced`, `OutOfSync` or `Unknown`.
    pub status: String,
    /// The revision compared to.
    pub revision: String,
    /// The revisions, for several sources.
    pub revisions: Vec<String>,
    /// Every managed resource.
    pub resources: Vec<ResourceStatus>,
    /// The new commits may touch the Application.
    pub revisions_may_have_changes: bool,
}

/// `v1alpha1.ResourceStatus`, as far as the decision reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceStatus {
    /// API group.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// `Synced`, `OutOfSync`, `Unknown` or empty.
    pub status: String,
    /// It is not in Git any more.
    pub requires_pruning: bool,
}

/// Why a sync starts, or why not; the exits of upstream in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The project's windows forbid an automated sync now.
    SyncWindow,
    /// No automated policy.
    Disabled,
    /// An operation is set already.
    OperationInProgress,
    /// The Application is being deleted.
    Deleting,
    /// Synced, or unknown.
    NotOutOfSync,
    /// All that is left to do is pruning, which is off.
    PruneOnly,
    /// The same sync failed before.
    FailedPreviousAttempt,
    /// The same sync succeeded before, and self-healing is off.
    AlreadyAttempted,
    /// Self-healing waits.
    SelfHealBackoff,
    /// Every resource would be pruned, and `allowEmpty` is off.
    WouldWipeOut,
    /// It syncs.
    OutOfSync,
}

impl Reason {
    /// The code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SyncWindow => "syncWindow",
            Self::Disabled => "disabled",
            Self::OperationInProgress => "operationInProgress",
            Self::Deleting => "deleting",
            Self::NotOutOfSync => "notOutOfSync",
            Self::PruneOnly => "pruneOnly",
            Self::FailedPreviousAttempt => "failedPreviousAttempt",
            Self::AlreadyAttempted => "alreadyAttempted",
            Self::SelfHealBackoff => "selfHealBackoff",
            Self::WouldWipeOut => "wouldWipeOut",
            Self::OutOfSync => "outOfSync",
        }
    }
}

/// An Application condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// `SyncError`.
    pub kind: &'static str,
    /// Upstream's text.
    pub message: String,
}

/// The decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Why.
    pub reason: Reason,
    /// The operation that is set; only when it syncs.
    pub operation: Option<Value>,
    /// A condition that is set instead.
    pub condition: Option<Condition>,
    /// When to ask again.
    pub requeue_after: Option<SignedDuration>,
}

impl Decision {
    fn no(reason: Reason) -> Self {
        Self { reason, operation: None, condition: None, requeue_after: None }
    }

    fn error(reason: Reason, message: String) -> Self {
        Self { condition: Some(Condition { kind: "SyncError", message }), ..Self::no(reason) }
    }
}

/// Decides for one Application after one comparison.
pub fn decide(
    application: &Value,
    project: Option<&AppProject>,
    comparison: &Comparison,
    self_heal: &SelfHeal,
    now: Timestamp,
) -> Decision {
    if project.is_some_and(|project| window_prevents(application, project, now)) {
        return Decision::no(Reason::SyncWindow);
    }
    let spec = application.get("spec").unwrap_or(&Value::Null);
    let policy = spec.get("syncPolicy").unwrap_or(&Value::Null);
    if let Some(reason) = not_considered(application, policy, comparison) {
        return Decision::no(reason);
    }
    let on = |key: &str| policy.get("automated").and_then(|automated| automated.get(key)).and_then(Value::as_bool).unwrap_or(false);
    let desired = if has_multiple_sources(spec) { comparison.revisions.clone() } else { vec![comparison.revision.clone()] };
    let heal = match self_heal_attempts(application, comparison, &desired, on("selfHeal"), self_heal, now) {
        Ok(heal) => heal,
        Err(decision) => return *decision,
    };
    if on("prune") && !on("allowEmpty") && comparison.resources.iter().all(|resource| resource.requires_pruning) {
        let message = format!("Skipping sync attempt to {}: auto-sync will wipe out all resources", shown(&desired));
        return Decision::error(Reason::WouldWipeOut, message);
    }
    let operation = operation(spec, policy, comparison, on("prune"), heal);
    Decision { operation: Some(operation), ..Decision::no(Reason::OutOfSync) }
}

fn shown(revisions: &[String]) -> String {
    format!("[{}]", revisions.join(" "))
}

/// The exits before earlier attempts are looked at.
fn not_considered(application: &Value, policy: &Value, comparison: &Comparison) -> Option<Reason> {
    let automated = policy.get("automated").filter(|automated| !automated.is_null());
    let on = |key: &str| automated.and_then(|automated| automated.get(key)).and_then(Value::as_bool);
    if automated.is_none() || on("enabled") == Some(false) {
        return Some(Reason::Disabled);
    }
    if application.get("operation").is_some_and(|operation| !operation.is_null()) {
        return Some(Reason::OperationInProgress);
    }
    if application.pointer("/metadata/deletionTimestamp").is_some_and(|stamp| !stamp.is_null()) {
        return Some(Reason::Deleting);
    }
    if comparison.status != "OutOfSync" {
        return Some(Reason::NotOutOfSync);
    }
    let only_pruning = || comparison.resources.iter().all(|resource| resource.status == "Synced" || resource.requires_pruning);
    (on("prune") != Some(true) && only_pruning()).then_some(Reason::PruneOnly)
}

/// The number of this self-heal attempt if the same sync succeeded before, none if it is a new one.
fn self_heal_attempts(
    application: &Value,
    comparison: &Comparison,
    desired: &[String],
    enabled: bool,
    self_heal: &SelfHeal,
    now: Timestamp,
) -> Result<Option<i64>, Box<Decision>> {
    let attempt = already_attempted(application, desired, comparison.revisions_may_have_changes);
    if !attempt.attempted {
        return Ok(None);
    }
    let state = application.pointer("/status/operationState").unwrap_or(&Value::Null);
    if attempt.phase != "Succeeded" {
        let message = format!("Failed last sync attempt to {}: {}", shown(&attempt.revisions), text(state, "message"));
        return Err(Box::new(Decision::error(Reason::FailedPreviousAttempt, message)));
    }
    if !enabled {
        return Err(Box::new(Decision::no(Reason::AlreadyAttempted)));
    }
    let attempts = state.pointer("/operation/sync/autoHealAttemptsCount").and_then(Value::as_i64).unwrap_or(0);
    let remaining = self_heal.remaining(attempts, text(state, "finishedAt").parse().ok(), now);
    if remaining > SignedDuration::ZERO {
        return Err(Box::new(Decision { requeue_after: Some(remaining), ..Decision::no(Reason::SelfHealBackoff) }));
    }
    Ok(Some(attempts.saturating_add(1)))
}

fn window_prevents(application: &Value, project: &AppProject, now: Timestamp) -> bool {
    let of = |pointer: &str| application.pointer(pointer).and_then(Value::as_str).unwrap_or("");
    let windowed = WindowedApplication {
        name: of("/metadata/name"),
        cluster_name: of("/spec/destination/name"),
        cluster_server: of("/spec/destination/server"),
        namespace: of("/spec/destination/namespace"),
    };
    let windows: Vec<&SyncWindow> = project.spec.sync_windows.iter().flatten().filter(|window| matches(window, &windowed)).collect();
    !can_sync(&windows, false, None, now).unwrap_or(false)
}

/// The operation, members that are zero left out as Go does. A self-heal names what is out of sync,
/// which makes the sync partial.
fn operation(spec: &Value, policy: &Value, comparison: &Comparison, prune: bool, heal: Option<i64>) -> Value {
    let mut sync = Map::new();
    if !comparison.revision.is_empty() {
        sync.insert("revision".into(), comparison.revision.as_str().into());
    }
    if prune {
        sync.insert("prune".into(), true.into());
    }
    let partial: Vec<Value> = comparison.resources.iter().filter(|resource| resource.status != "Synced").map(resource_entry).collect();
    if heal.is_some() && !partial.is_empty() {
        sync.insert("resources".into(), partial.into());
    }
    if !has_multiple_sources(spec) {
        sync.insert("source".into(), printed(sync_source(spec)));
    }
    let options = texts(policy.get("syncOptions"));
    if !options.is_empty() {
        sync.insert("syncOptions".into(), options.into());
    }
    if let Some(sources) = spec.get("sources").and_then(Value::as_array).filter(|sources| !sources.is_empty()) {
        sync.insert("sources".into(), sources.iter().cloned().map(printed).collect());
    }
    if !comparison.revisions.is_empty() {
        sync.insert("revisions".into(), comparison.revisions.clone().into());
    }
    if let Some(attempts) = heal {
        sync.insert("autoHealAttemptsCount".into(), attempts.into());
    }
    let retry = policy.get("retry").filter(|retry| !retry.is_null()).cloned().unwrap_or_else(|| serde_json::json!({ "limit": 5 }));
    serde_json::json!({ "sync": sync, "initiatedBy": { "automated": true }, "retry": without_zeros(retry) })
}

/// A source as Go prints it: its `repoURL` is there even when it is empty.
fn printed(mut source: Value) -> Value {
    if let Value::Object(members) = &mut source {
        members.entry("repoURL").or_insert_with(|| "".into());
    }
    source
}

fn resource_entry(resource: &ResourceStatus) -> Value {
    let mut entry = Map::new();
    if !resource.group.is_empty() {
        entry.insert("group".into(), resource.group.as_str().into());
    }
    entry.insert("kind".into(), resource.kind.as_str().into());
    entry.insert("name".into(), resource.name.as_str().into());
    Value::Object(entry)
}

/// A retry strategy as Go prints it.
fn without_zeros(retry: Value) -> Value {
    let zero = |value: &Value| matches!(value, Value::Null | Value::Bool(false)) || value.as_i64() == Some(0);
    match retry {
        Value::Object(members) => Value::Object(members.into_iter().filter(|(_, value)| !zero(value)).collect()),
        other => other,
    }
}
