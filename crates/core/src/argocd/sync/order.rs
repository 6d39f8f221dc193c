//! The order of tasks: phase, wave, kind, name; then what others depend on is pulled forward.
//!
//! Upstream sorts unstably and leaves ties to chance; here origin, namespace and group break them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::object::Object;
use super::task::{Task, TaskView};

/// Kinds in the order in which they are made; all others come last.
const KINDS: [&str; 35] = [
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
];

/// The rank of a kind, whatever its group.
pub fn kind_rank(kind: &str) -> usize {
    KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len())
}

/// The tasks of some manifests, one for each phase that they name, in the order in which they would run.
pub fn ordered(targets: &[Arc<Object>]) -> Vec<TaskView> {
    let of = |target: &Arc<Object>| -> Vec<Task> {
        let task = |phase: &super::phase::SyncPhase| Task::new(*phase, Some(Arc::clone(target)), None, Arc::clone(target));
        target.hook().sync_phases().iter().map(task).collect()
    };
    sort(targets.iter().flat_map(of).collect()).iter().map(TaskView::of).collect()
}

/// Sorts tasks as they run (`syncTasks.Sort`), in O(n log n).
pub(crate) fn sort(mut tasks: Vec<Task>) -> Vec<Task> {
    tasks.sort_by(|task, other| {
        let by = (task.phase, task.wave, task.object.rank()).cmp(&(other.phase, other.wave, other.object.rank()));
        by.then_with(|| {
            let (key, other_key) = (task.key(), other.key());
            (&key.name, task.origin, &key.namespace, &key.group, &key.kind).cmp(&(
                &other_key.name,
                other.origin,
                &other_key.namespace,
                &other_key.group,
                &other_key.kind,
            ))
        })
    });
    let tasks = pull_forward(
        tasks,
        |task| task.target.as_ref().filter(|target| target.is_namespace()).map(|target| target.key().name.clone()),
        |task| Some(task.target.as_ref()?.key().namespace.clone()).filter(|namespace| !namespace.is_empty()),
    );
    pull_forward(
        tasks,
        |task| task.target.as_ref()?.defines().map(|(group, kind)| (group.to_owned(), kind.to_owned())),
        |task| task.target.as_ref().map(|target| (target.key().group.clone(), target.key().kind.clone())),
    )
}

/// One scan from left to right: a task that defines what an earlier task refers to goes right before
/// the first such task and takes its phase and wave (`adjustDeps`). Definitions do not count as
/// references.
fn pull_forward<K: Eq + Hash>(
    mut tasks: Vec<Task>,
    defines: impl Fn(&Task) -> Option<K>,
    refers: impl Fn(&Task) -> Option<K>,
) -> Vec<Task> {
    if !tasks.iter().any(|task| defines(task).is_some()) {
        return tasks;
    }
    let mut first_reference: HashMap<K, usize> = HashMap::new();
    // For each task, the definitions pulled right before it; the last one met stands nearest.
    let mut pulled: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut moved = vec![false; tasks.len()];
    for index in 0..tasks.len() {
        let Some(task) = tasks.get(index) else { break };
        if let Some(key) = defines(task) {
            let Some(&at) = first_reference.get(&key) else { continue };
            let Some((phase, wave)) = tasks.get(at).map(|reference| (reference.phase, reference.wave)) else { continue };
            if let (Some(task), Some(moved)) = (tasks.get_mut(index), moved.get_mut(index)) {
                (task.phase, task.wave, *moved) = (phase, wave, true);
            }
            pulled.entry(at).or_default().push(index);
        } else if let Some(key) = refers(task) {
            first_reference.entry(key).or_insert(index);
        }
    }
    if pulled.is_empty() {
        return tasks;
    }
    let mut taken: Vec<Option<Task>> = tasks.into_iter().map(Some).collect();
    let mut sorted = Vec::with_capacity(taken.len());
    for index in 0..taken.len() {
        if moved.get(index) == Some(&true) {
            continue;
        }
        for &definition in pulled.get(&index).into_iter().flatten() {
            sorted.extend(taken.get_mut(definition).and_then(Option::take));
        }
        sorted.extend(taken.get_mut(index).and_then(Option::take));
    }
    sorted
}
