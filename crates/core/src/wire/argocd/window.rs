//! Operations of `window`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::application_view::{check, destination, metadata_name};
use crate::argocd::window::{SyncWindow, WindowedApplication, active, can_sync, inactive_allows, matches, next_change, reason};
use crate::wire::Op;
use crate::{Error, Result, Value};

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("window.at", "Which sync windows concern an Application, which are open, and whether it may sync", at)]
}

/// Sync windows and a moment.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AtRequest {
    /// `spec.syncWindows` of the project.
    #[serde(default)]
    windows: Option<Vec<Value>>,
    /// The Application.
    application: Value,
    /// The moment, RFC 3339.
    at: String,
    /// A sync that a person asked for.
    #[serde(default)]
    manual: bool,
    /// When the running operation began, RFC 3339; windows with `syncOverrun` look at it.
    #[serde(default)]
    operation_start: Option<String>,
}

/// What the windows say.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AtResponse {
    /// Indices of the windows that concern the Application.
    matching: Vec<usize>,
    /// Those of them that are open; absent when one cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<Vec<usize>>,
    /// Those of them that would allow a sync but are shut.
    #[serde(skip_serializing_if = "Option::is_none")]
    inactive_allows: Option<Vec<usize>>,
    /// Whether a sync may run.
    can_sync: bool,
    /// Why, in plain words; windows by their index.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When that answer turns for a sync that has not begun, RFC 3339; the instant itself still counts to the time before.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Upstream's text about a window that cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

fn at(request: AtRequest) -> Result<AtResponse> {
    let mut windows = Vec::new();
    for window in request.windows.iter().flatten() {
        if window.is_null() {
            return Err(Error::invalid("null window"));
        }
        if !window.is_object() {
            return Err(Error::invalid("a sync window is no object"));
        }
        windows.push(SyncWindow::deserialize(window).map_err(|error| Error::invalid(format!("cannot read the sync window: {error}")))?);
    }
    check(&request.application, "Application")?;
    let now = timestamp(&request.at)?;
    let start = request.operation_start.as_deref().filter(|text| !text.is_empty()).map(timestamp).transpose()?;
    let destination = destination(&request.application)?;
    let application = WindowedApplication {
        name: metadata_name(&request.application)?,
        cluster_name: &destination.name,
        cluster_server: &destination.server,
        namespace: &destination.namespace,
    };
    let matching: Vec<usize> =
        windows.iter().enumerate().filter(|(_, window)| matches(window, &application)).map(|(index, _)| index).collect();
    let concerned: Vec<&SyncWindow> = matching.iter().filter_map(|&index| windows.get(index)).collect();
    let indices = |answer: Result<Vec<usize>>| -> Option<Vec<usize>> {
        answer.ok().map(|found| found.iter().filter_map(|&at| matching.get(at).copied()).collect())
    };
    let (allowed, error) = match can_sync(&concerned, request.manual, start, now) {
        Ok(allowed) => (allowed, None),
        Err(error) => (false, Some(error.message)),
    };
    Ok(AtResponse {
        active: indices(active(&concerned, now, now)),
        inactive_allows: indices(inactive_allows(&concerned, now, now)),
        can_sync: allowed,
        reason: reason(&concerned, request.manual, start, now, |at| matching.get(at).map_or_else(String::new, usize::to_string)).ok(),
        next: next_change(&concerned, request.manual, now).ok().flatten().map(|time| time.to_string()),
        error,
        matching,
    })
}

pub(super) fn timestamp(text: &str) -> Result<Timestamp> {
    text.parse().map_err(|error| Error::invalid(format!("cannot read the time {text:?}: {error}")))
}
