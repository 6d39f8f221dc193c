//! What the next sync would do, by phase and wave, played through on a toy cluster.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::application::Application;
use crate::argocd::project::AppProject;
use crate::argocd::status::Comparison;
use crate::argocd::sync::plan::{PlanRequest, plan};
use crate::argocd::sync::toy::Assume;
use crate::argocd::sync::{Operation, ResourceKey, remote_cluster};
use crate::{Result, Value};

/// A plan in the order of execution.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Phases that have something to do.
    pub phases: Vec<Phase>,
    /// How the operation would end, in upstream's words, if everything it applies becomes healthy.
    pub outcome: String,
    /// How often the controller would look before the end.
    pub passes: usize,
}

/// One phase.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Phase {
    /// `PreSync`, `Sync`, `PostSync`.
    pub phase: String,
    /// Its waves.
    pub waves: Vec<Wave>,
}

/// One wave: its objects are applied together, and the next wave waits for their health.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Wave {
    /// Its number.
    pub wave: i64,
    /// What happens, in order: `apply`, `prune`, `hook`, `unchanged`, and to what.
    pub tasks: Vec<String>,
}

/// Whether the object has a place of its own in a sync: a hook, or a wave other than 0.
fn ordered(object: &Value) -> bool {
    let annotation = |name: &str| object.pointer(name).and_then(Value::as_str);
    annotation("/metadata/annotations/argocd.argoproj.io~1hook").is_some()
        || annotation("/metadata/annotations/argocd.argoproj.io~1sync-wave").is_some_and(|wave| wave != "0")
}

/// The plan of a sync with pruning and the Application's own options; `None` when everything is in sync and nothing has an order.
pub fn of(
    application: &Application,
    comparison: &Comparison<'_>,
    targets: &[Value],
    live: Vec<Value>,
    project: Option<&Value>,
) -> Option<Plan> {
    if comparison.sync == "Synced" && !targets.iter().any(ordered) {
        return None;
    }
    Some(make(application, comparison, targets, live, project).unwrap_or_else(|error| Plan {
        phases: Vec::new(),
        outcome: error.message,
        passes: 0,
    }))
}

pub(super) fn make(
    application: &Application,
    comparison: &Comparison<'_>,
    targets: &[Value],
    live: Vec<Value>,
    project: Option<&Value>,
) -> Result<Plan> {
    let options = application.value.pointer("/spec/syncPolicy/syncOptions").cloned().unwrap_or_default();
    let operation = serde_json::json!({"sync": {"prune": true, "syncOptions": options}});
    let made = plan(&PlanRequest {
        application: application.value.clone(),
        project: project.map(AppProject::from_value).transpose()?,
        targets: targets.to_vec(),
        live,
        operation: Operation::deserialize(operation).ok(),
        revision: String::new(),
        assume: Assume::default(),
        clusters: remote_cluster(&application.value).into_iter().collect(),
    })?;
    let status: BTreeMap<(&str, &str, &str, &str), &str> = comparison
        .resources
        .iter()
        .map(|one| ((one.group.as_str(), one.kind.as_str(), one.namespace.as_str(), one.name.as_str()), one.status))
        .collect();
    let mut phases: Vec<Phase> = Vec::new();
    for task in &made.tasks {
        let name = task.phase.as_str();
        if phases.last().is_none_or(|phase| phase.phase != name) {
            phases.push(Phase { phase: name.to_owned(), waves: Vec::new() });
        }
        let Some(phase) = phases.last_mut() else { continue };
        if phase.waves.last().is_none_or(|wave| wave.wave != task.wave) {
            phase.waves.push(Wave { wave: task.wave, tasks: Vec::new() });
        }
        let what = match (task.is_hook, task.is_prune) {
            (true, _) => "hook",
            (_, true) => "prune",
            _ if unchanged(&status, &task.key) => "unchanged",
            _ => "apply",
        };
        if let Some(wave) = phase.waves.last_mut() {
            wave.tasks.push(format!("{what} {}/{}", task.key.kind, task.key.name));
        }
    }
    let message = made.state.message.trim();
    Ok(Plan {
        phases,
        outcome: if message.is_empty() {
            made.state.phase.as_str().to_owned()
        } else {
            format!("{}: {message}", made.state.phase.as_str())
        },
        passes: made.passes.len(),
    })
}

fn unchanged(status: &BTreeMap<(&str, &str, &str, &str), &str>, key: &ResourceKey) -> bool {
    let at = |namespace| status.get(&(key.group.as_str(), key.kind.as_str(), namespace, key.name.as_str()));
    at(key.namespace.as_str()).or_else(|| at("")) == Some(&"Synced")
}

impl Plan {
    /// One line a wave that does something, and the end.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for phase in &self.phases {
            for wave in &phase.waves {
                let (idle, busy): (Vec<&String>, Vec<&String>) = wave.tasks.iter().partition(|task| task.starts_with("unchanged"));
                let rest = match idle.len() {
                    0 => String::new(),
                    number if busy.is_empty() => format!("{number} unchanged"),
                    number => format!(", {number} unchanged"),
                };
                let busy: Vec<&str> = busy.iter().map(|task| task.as_str()).collect();
                lines.push(format!("next sync, {} wave {}: {}{rest}", phase.phase, wave.wave, busy.join(", ")));
            }
        }
        lines.push(format!("next sync ends {}", self.outcome));
        lines
    }
}
