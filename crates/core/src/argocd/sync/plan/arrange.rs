//! Calls of one parallel batch in task order, each with the task it served.

use std::collections::HashMap;
use std::sync::Arc;

use crate::argocd::sync::cluster::Cluster;
use crate::argocd::sync::key::ResourceKey;
use crate::argocd::sync::recording::{Action, Verb};
use crate::argocd::sync::task::TaskView;

/// What is called at once: making calls of one kind, or calls of one verb.
fn batch(action: &Action) -> (Verb, &str, bool) {
    match action.verb {
        Verb::Apply | Verb::Create | Verb::Replace | Verb::Update | Verb::MigrateManagedFields => {
            (Verb::Apply, &action.key.kind, action.dry_run)
        }
        other => (other, "", false),
    }
}

/// Sorts the actions of a pass and names the phase and wave of those that make or prune.
pub(super) fn arrange(actions: Vec<Action>, tasks: &[TaskView], cluster: &dyn Cluster) -> Vec<Action> {
    let mut by_key: HashMap<Arc<ResourceKey>, Vec<usize>> = HashMap::with_capacity(tasks.len());
    for (index, task) in tasks.iter().enumerate() {
        let cluster_scoped = cluster.is_namespaced(&task.key.group, &task.key.kind) == Some(false);
        let key = if cluster_scoped { Arc::new(task.key.in_namespace("")) } else { Arc::clone(&task.key) };
        by_key.entry(key).or_default().push(index);
    }
    let mut used: HashMap<ResourceKey, usize> = HashMap::new();
    let mut placed: Vec<(usize, Action)> = Vec::with_capacity(actions.len());
    for mut action in actions {
        let mut place = usize::MAX;
        if let Some(own) = by_key.get(&action.key).filter(|own| !own.is_empty()) {
            let of = if action.dry_run {
                let turn = used.entry(action.key.clone()).or_insert(0);
                *turn += 1;
                own.get(*turn - 1)
            } else {
                own.iter().find(|at| tasks.get(**at).is_some_and(|task| task.is_pending))
            };
            place = of.or(own.first()).copied().unwrap_or(usize::MAX);
            if !matches!(action.verb, Verb::DeleteHook | Verb::RemoveFinalizer) {
                action.task = tasks.get(place).map(|task| (task.phase, task.wave));
            }
        }
        placed.push((place, action));
    }
    let mut sorted = Vec::with_capacity(placed.len());
    let mut rest = placed.into_iter().peekable();
    while let Some(first) = rest.next() {
        let mut together = vec![first];
        while let Some(next) = rest.next_if(|(_, next)| together.first().is_some_and(|(_, first)| batch(first) == batch(next))) {
            together.push(next);
        }
        together.sort_by_key(|(place, _)| *place);
        sorted.extend(together.into_iter().map(|(_, action)| action));
    }
    sorted
}
