//! Calls of one parallel batch in task order, each with the task it served.

use crate::argocd::sync::cluster::Cluster;
use crate::argocd::sync::recording::{Action, Verb};
use crate::argocd::sync::task::TaskView;
use crate::kube::resource_key::{KeyMap, ResourceKey};

/// What is called at once: making calls of one kind, or calls of one verb.
fn batch(action: &Action) -> (Verb, &str, bool) {
    match action.verb {
        Verb::Apply | Verb::Create | Verb::Replace | Verb::Update | Verb::MigrateManagedFields => {
            (Verb::Apply, &action.key.kind, action.dry_run)
        }
        other => (other, "", false),
    }
}

/// Where the task of each action stands; behind all when there is none.
fn places(actions: &[Action], tasks: &[TaskView], cluster: &dyn Cluster) -> Vec<usize> {
    let mut by_key: KeyMap<&ResourceKey, Vec<usize>> = actions.iter().map(|action| (&action.key, Vec::new())).collect();
    for (index, task) in tasks.iter().enumerate() {
        let cluster_scoped = !task.key.namespace.is_empty() && cluster.is_namespaced(&task.key.group, &task.key.kind) == Some(false);
        let own = if cluster_scoped { by_key.get_mut(&task.key.in_namespace("")) } else { by_key.get_mut(&*task.key) };
        if let Some(own) = own {
            own.push(index);
        }
    }
    let mut used: KeyMap<&ResourceKey, usize> = KeyMap::default();
    let mut places = Vec::with_capacity(actions.len());
    for action in actions {
        let own = by_key.get(&action.key).map_or(&[][..], Vec::as_slice);
        let of = if action.dry_run {
            let turn = used.entry(&action.key).or_insert(0);
            *turn += 1;
            own.get(*turn - 1)
        } else {
            own.iter().find(|at| tasks.get(**at).is_some_and(|task| task.is_pending))
        };
        places.push(of.or(own.first()).copied().unwrap_or(usize::MAX));
    }
    places
}

/// Sorts the actions of a pass and names the phase and wave of those that make or prune.
pub(super) fn arrange(actions: Vec<Action>, tasks: &[TaskView], cluster: &dyn Cluster) -> Vec<Action> {
    if actions.is_empty() {
        return actions;
    }
    let places = places(&actions, tasks, cluster);
    let mut placed: Vec<(usize, Action)> = places.into_iter().zip(actions).collect();
    for (place, action) in &mut placed {
        if !matches!(action.verb, Verb::DeleteHook | Verb::RemoveFinalizer) {
            action.task = tasks.get(*place).map(|task| (task.phase, task.wave));
        }
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
