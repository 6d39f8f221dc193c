//! What is remembered between passes: the Application's `status.operationState`.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::operation::Operation;
use super::phase::{OperationPhase, ResultCode, SyncPhase};
use crate::kube::resource_key::ResourceKey;
use crate::{Error, Result, Value};

/// `v1alpha1.OperationState`.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationState {
    /// What was asked for.
    pub operation: Operation,
    /// How it stands.
    pub phase: OperationPhase,
    /// In words.
    pub message: String,
    /// When it began, to the second.
    pub started_at: Timestamp,
    /// When it ended; on a running operation, when the attempt before the next retry ended.
    pub finished_at: Option<Timestamp>,
    /// Attempts after the first.
    pub retry_count: i64,
    /// What was done; none before the first comparison of an attempt.
    pub sync_result: Option<SyncResult>,
}

/// `v1alpha1.SyncOperationResult`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SyncResult {
    /// The revision synced to.
    pub revision: String,
    /// The revisions of several sources.
    pub revisions: Vec<String>,
    /// Several sources: generated names carry no revision then.
    pub multiple_sources: bool,
    /// `targetRevision` of the source.
    pub target_revision: String,
    /// One entry for each task that was touched, in the order in which they were first.
    pub resources: Vec<ResourceResult>,
    /// `syncPolicy.managedNamespaceMetadata` at that time.
    pub managed_namespace_metadata: Option<Value>,
}

/// `v1alpha1.ResourceResult`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceResult {
    /// Whose.
    pub key: Arc<ResourceKey>,
    /// API version without the group.
    pub version: String,
    /// The phase of the task.
    pub sync_phase: SyncPhase,
    /// Whether the task is a hook; its type is the phase then.
    pub is_hook: bool,
    /// What applying or pruning came to.
    pub status: Option<ResultCode>,
    /// How the task stands (`hookPhase`).
    pub state: Option<OperationPhase>,
    /// In words.
    pub message: String,
}

/// The whole second before, as a time is kept in the Application.
pub(crate) fn whole_second(time: Timestamp) -> Timestamp {
    let second = if time.subsec_nanosecond() < 0 { time.as_second().saturating_sub(1) } else { time.as_second() };
    Timestamp::from_second(second).unwrap_or(time)
}

/// RFC 3339 in UTC, to the second.
pub(crate) fn rfc3339(time: Timestamp) -> String {
    whole_second(time).to_string()
}

/// The operation that an Application says is running or was the last, if its status tells of one.
pub(crate) fn read_state(application: &Value) -> Result<Option<OperationState>> {
    let Some(state) = application.pointer("/status/operationState").filter(|state| !state.is_null()) else { return Ok(None) };
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let time = |key: &str| text(state, key).parse::<Timestamp>().ok();
    let operation = match state.get("operation").filter(|operation| !operation.is_null()) {
        None => Operation::default(),
        Some(operation) => Operation::deserialize(operation)
            .map_err(|error| Error::invalid(format!("cannot read the operation of the status: {error}")))?,
    };
    let Some(phase) = OperationPhase::parse(&text(state, "phase")) else { return Ok(None) };
    let sync_result = state.get("syncResult").filter(|result| !result.is_null()).map(|result| SyncResult {
        revision: text(result, "revision"),
        revisions: result.get("revisions").map(|list| Vec::deserialize(list).unwrap_or_default()).unwrap_or_default(),
        multiple_sources: result.get("sources").and_then(Value::as_array).is_some_and(|sources| !sources.is_empty()),
        target_revision: result.get("source").map(|source| text(source, "targetRevision")).unwrap_or_default(),
        resources: result.get("resources").and_then(Value::as_array).into_iter().flatten().filter_map(read_result).collect(),
        managed_namespace_metadata: result.get("managedNamespaceMetadata").cloned(),
    });
    Ok(Some(OperationState {
        operation,
        phase,
        message: text(state, "message"),
        started_at: time("startedAt").unwrap_or(Timestamp::UNIX_EPOCH),
        finished_at: time("finishedAt"),
        retry_count: state.get("retryCount").and_then(Value::as_i64).unwrap_or(0),
        sync_result,
    }))
}

fn read_result(entry: &Value) -> Option<ResourceResult> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or("");
    Some(ResourceResult {
        key: Arc::new(ResourceKey::new(text("group"), text("kind"), text("namespace"), text("name"))),
        version: text("version").to_owned(),
        sync_phase: SyncPhase::parse(text("syncPhase"))?,
        is_hook: !text("hookType").is_empty(),
        status: ResultCode::parse(text("status")),
        state: OperationPhase::parse(text("hookPhase")),
        message: text("message").to_owned(),
    })
}
