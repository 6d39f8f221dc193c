//! What the controller would say of an Application: sync, health, and the plan of its next sync.

use schemars::JsonSchema;
use serde::Serialize;

use super::application::{Application, Applications};
use super::tree::Tree;
use crate::Diagnostic;

/// The verdicts on one Application.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// `Synced`, `OutOfSync` or `unknown`.
    pub sync: String,
    /// `Healthy`, … or `unknown`.
    pub health: String,
    /// Why something is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

/// Judges one Application.
pub fn of(application: &Application, _all: &Applications, tree: &Tree<'_>, _at: Option<&str>, _findings: &mut Vec<Diagnostic>) -> State {
    let unknown = match &application.targets {
        Err(why) => Some(why.clone()),
        Ok(_) if tree.live.is_empty() => Some("no snapshot of the cluster is given".into()),
        Ok(_) => Some("comparison".into()),
    };
    State { sync: "unknown".into(), health: "unknown".into(), unknown }
}

impl State {
    /// Details for people, one line each.
    pub fn lines(&self) -> Vec<String> {
        Vec::new()
    }
}
