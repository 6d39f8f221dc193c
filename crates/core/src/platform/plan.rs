//! What the next sync would do, by phase and wave.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::application::Application;
use crate::argocd::status::Comparison;
use crate::argocd::sync::{self, HookFacts};
use crate::Value;

/// A plan in the order of execution.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Plan {
    /// Phases that have something to do.
    pub phases: Vec<Phase>,
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
    /// `Kind/name`, in order, with what happens to it.
    pub tasks: Vec<String>,
}

/// The plan of a manual sync with pruning; `None` when everything is in sync and no hook would run.
pub fn of(_application: &Application, comparison: &Comparison<'_>, _targets: &[Value]) -> Option<Plan> {
    if comparison.sync == "Synced" {
        return None;
    }
    let mut phases: BTreeMap<usize, (String, BTreeMap<i64, Vec<(usize, String)>>)> = BTreeMap::new();
    for one in &comparison.resources {
        let Some(object) = one.target.as_ref().or(one.live.as_deref()) else { continue };
        let facts = HookFacts::of(object);
        let name = if one.name.is_empty() { object.pointer("/metadata/generateName").and_then(Value::as_str).unwrap_or_default() } else { &one.name };
        let what = match (one.hook, one.requires_pruning, one.status) {
            (true, ..) => "hook",
            (_, true, _) => "prune",
            (_, _, "Synced") => "unchanged",
            _ => "apply",
        };
        for phase in facts.sync_phases() {
            let wave = if one.requires_pruning { -one.sync_wave } else { one.sync_wave };
            let entry = phases.entry(*phase as usize).or_insert_with(|| (phase.as_str().to_owned(), BTreeMap::new()));
            entry.1.entry(wave).or_default().push((sync::kind_rank(&one.kind), format!("{what} {}/{name}", one.kind)));
        }
    }
    let phases = phases
        .into_values()
        .map(|(phase, waves)| Phase {
            phase,
            waves: waves
                .into_iter()
                .map(|(wave, mut tasks)| {
                    tasks.sort();
                    Wave { wave, tasks: tasks.into_iter().map(|(_, task)| task).collect() }
                })
                .collect(),
        })
        .collect();
    Some(Plan { phases })
}

impl Plan {
    /// One line a wave.
    pub fn lines(&self) -> Vec<String> {
        let line = |phase: &Phase, wave: &Wave| format!("next sync, {} wave {}: {}", phase.phase, wave.wave, wave.tasks.join(", "));
        self.phases.iter().flat_map(|phase| phase.waves.iter().map(move |wave| line(phase, wave))).collect()
    }
}
