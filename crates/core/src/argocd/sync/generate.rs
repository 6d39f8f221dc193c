//! The tasks of a pass (`getSyncTasks`).

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::cluster::{ApiError, ApiResource, ApiResult, Live};
use super::hook::HOOK_FINALIZER;
use super::namespace::managed_namespace;
use super::object::{Object, set_finalizers};
use super::order;
use super::pairing::is_self_referenced;
use super::pass::{Pass, Settings};
use super::phase::{OperationPhase, ResultCode, SyncPhase};
use super::task::{LiveId, Origin, Task, TaskView};
use crate::Value;
use crate::argocd::unstructured;
use crate::kube::resource_key::{KeyMap, ResourceKey};

impl Pass<'_, '_> {
    /// Makes the task list; false when a task is not valid, whose result says why.
    pub(crate) fn generate(&mut self) -> bool {
        self.tasks = self.resource_tasks();
        if !self.settings.operation.skips_hooks() {
            let hooks = self.hook_tasks();
            self.tasks.extend(hooks);
        }
        if self.settings.create_namespace && !self.settings.namespace.is_empty() {
            self.create_namespace();
        }
        self.find_live();
        let valid = self.check();
        prune_waves(&mut self.tasks);
        self.prune_last();
        self.tasks = order::sort(std::mem::take(&mut self.tasks));
        for id in 0..self.tasks.len() {
            let Some(task) = self.task(id) else { break };
            let Some(result) = self.result_of(task) else { continue };
            let (status, state, message) = (result.status, result.state, result.message.clone());
            if let Some(task) = self.tasks.get_mut(id) {
                (task.status, task.state, task.message) = (status, state, message);
            }
        }
        self.observed = self.tasks.iter().map(TaskView::of).collect();
        valid
    }

    fn resource_tasks(&self) -> Vec<Task> {
        let mut tasks = Vec::with_capacity(self.resources.len());
        for (key, resource) in &self.resources {
            let live = resource.live.and_then(|live| self.lives.get(live)).map(|live| &live.object);
            if !is_selected(self.settings, key, resource.target.as_deref(), live.map(|live| &**live)) {
                continue;
            }
            let Some(object) = resource.target.as_ref().or(live) else { continue };
            if object.hook().is_hook {
                continue;
            }
            let target = resource.target.as_ref().map(|target| in_destination(target, self.settings.namespace));
            for phase in object.hook().sync_phases() {
                let object = target.as_ref().unwrap_or(object);
                tasks.push(Task::new(*phase, target.clone(), resource.live, Arc::clone(object)));
            }
        }
        tasks
    }

    fn hook_tasks(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for hook in self.hooks {
            for phase in hook.hook().sync_phases() {
                // Only a generated name tells the phase and the operation.
                let object = match hook.key().name.is_empty() {
                    true => Arc::new(hook_target(hook, *phase, self.settings)),
                    false => hook.placed(|hook| hook_target(hook, *phase, self.settings)),
                };
                tasks.push(Task::new(*phase, Some(Arc::clone(&object)), None, object));
            }
        }
        tasks
    }

    /// The destination namespace, unless a resource is it (`autoCreateNamespace`).
    fn create_namespace(&mut self) {
        let name = self.settings.namespace;
        if self.resources.iter().any(|(_, resource)| resource.target.as_ref().is_some_and(|target| target.is_namespace_named(name))) {
            return;
        }
        let live = self.cluster.cluster.get_resource(&ResourceKey::new("", "Namespace", "", name));
        let live = match live {
            Ok(live) => Some(live),
            Err(ApiError { not_found: true, .. }) => None,
            Err(error) => {
                let object = Arc::new(Object::new(super::namespace::namespace(name, None)));
                let task = Task::new(SyncPhase::PreSync, Some(Arc::clone(&object)), None, object);
                self.tasks.push(Task { origin: Origin::Namespace, ..task });
                let message = format!("namespace auto creation failed: {}", error.message);
                self.set_result(self.tasks.len() - 1, Some(ResultCode::SyncFailed), Some(OperationPhase::Error), message);
                return;
            }
        };
        let Some(target) = managed_namespace(name, live.is_some(), self.settings.namespace_metadata) else { return };
        let target = Arc::new(Object::new(target));
        let live = live.map(|live| self.add_live(live));
        let task = Task::new(SyncPhase::PreSync, Some(Arc::clone(&target)), live, target);
        self.tasks.push(Task { origin: Origin::Namespace, ..task });
    }

    pub(crate) fn add_live(&mut self, live: Live) -> LiveId {
        self.lives.push(live);
        self.lives.len() - 1
    }

    /// Live objects for hooks, and for what pairing did not find.
    fn find_live(&mut self) {
        if self.tasks.iter().all(|task| task.target.is_none() || task.live.is_some()) {
            return;
        }
        // The first resource of each name, and for each resource the next one of its name.
        let mut first = KeyMap::with_capacity_and_hasher(self.resources.len(), RandomState::default());
        let mut next = vec![None; self.resources.len()];
        for (at, ((key, _), next)) in self.resources.iter().zip(&mut next).enumerate().rev() {
            *next = first.insert((key.group.as_str(), key.kind.as_str(), key.name.as_str()), at);
        }
        for task in &mut self.tasks {
            let (Some(target), None) = (&task.target, task.live) else { continue };
            let key = target.key();
            let named = first.get(&(key.group.as_str(), key.kind.as_str(), key.name.as_str())).copied();
            task.live = std::iter::successors(named, |at| next.get(*at).copied().flatten())
                .filter_map(|at| self.resources.get(at))
                .filter(|(found, _)| found.namespace.is_empty() || found.namespace == key.namespace)
                .map(|(_, resource)| resource.live)
                .next()
                .flatten();
        }
    }

    /// Discovery and the project's permissions.
    fn check(&mut self) -> bool {
        let objects: Vec<Arc<Object>> = self.tasks.iter().map(|task| Arc::clone(&task.object)).collect();
        let mut served: KeyMap<(&str, &str, &str), ApiResult<ApiResource>> = KeyMap::default();
        let defined = self.defined_kinds();
        let mut valid = true;
        for (id, object) in objects.iter().enumerate() {
            let key = object.key();
            let cluster = &self.cluster.cluster;
            let found = served
                .entry((&key.group, object.version(), &key.kind))
                .or_insert_with_key(|(group, version, kind)| cluster.resource(group, version, kind));
            let refusal = match found {
                Ok(resource) => self.refusal(object, resource.namespaced),
                Err(error) if error.not_found && self.may_skip_dry_run(id, &defined) => {
                    if let Some(task) = self.tasks.get_mut(id) {
                        task.skip_dry_run = true;
                    }
                    None
                }
                Err(error) => Some(error.message.clone()),
            };
            if let Some(message) = refusal {
                self.set_result(id, Some(ResultCode::SyncFailed), None, message);
                valid = false;
            }
        }
        valid
    }

    /// `validateSyncPermissions`.
    fn refusal(&self, object: &Object, namespaced: bool) -> Option<String> {
        let (key, permissions) = (object.key(), self.settings.permissions);
        let project = &permissions.project().name;
        if !permissions.group_kind_name(&key.group, &key.kind, &key.name, namespaced) {
            return Some(format!("resource {}:{} is not permitted in project {project}", key.group, key.kind));
        }
        (namespaced && !permissions.destination(self.settings.destination, &key.namespace, &[]))
            .then(|| format!("namespace {} is not permitted in project '{project}'", key.namespace))
    }

    /// Kinds that definitions of this sync define.
    fn defined_kinds(&self) -> HashSet<(String, String)> {
        let targets = self.resources.iter().filter_map(|(_, resource)| resource.target.as_ref());
        let kinds = self.hooks.iter().chain(targets).filter_map(|object| object.defines());
        kinds.map(|(group, kind)| (group.to_owned(), kind.to_owned())).collect()
    }

    /// The kind comes with this sync, or the user says that it will be there.
    fn may_skip_dry_run(&self, id: usize, defined: &HashSet<(String, String)>) -> bool {
        const OPTION: &str = "SkipDryRunOnMissingResource=true";
        let Some(task) = self.task(id) else { return false };
        self.settings.has(OPTION)
            || task.target.as_ref().is_some_and(|target| target.has_option(OPTION))
            || defined.contains(&(task.key().group.clone(), task.key().kind.clone()))
    }

    /// `PruneLast`: one after the highest wave of the Sync phase, and never before wave one.
    fn prune_last(&mut self) {
        const OPTION: &str = "PruneLast=true";
        let highest = self.tasks.iter().filter(|task| task.phase == SyncPhase::Sync).map(|task| task.wave).max().unwrap_or(0).max(0);
        let all = self.settings.has(OPTION);
        for task in self.tasks.iter_mut().filter(|task| task.is_prune() && (all || task.object.has_option(OPTION))) {
            task.wave = highest.wrapping_add(1);
        }
    }
}

/// Part of a partial sync, and ours.
fn is_selected(settings: &Settings<'_>, key: &ResourceKey, target: Option<&Object>, live: Option<&Object>) -> bool {
    let named = settings.operation.resources.is_empty()
        || target.is_some_and(|target| target.hook().pre_delete || target.hook().post_delete)
        || settings.operation.resources.iter().any(|entry| {
            entry.name == key.name
                && entry.kind == key.kind
                && entry.group == key.group
                && (entry.namespace.is_empty() || entry.namespace == key.namespace)
        });
    named && is_self_referenced(target, live)
}

/// Every target gets a namespace, lest kubectl choose one; cluster-scoped ones too.
fn in_destination(target: &Arc<Object>, namespace: &str) -> Arc<Object> {
    if !target.key().namespace.is_empty() || namespace.is_empty() {
        return Arc::clone(target);
    }
    target.placed(|target| {
        let mut value = target.value().clone();
        unstructured::set_namespace(&mut value, namespace);
        Object::new(value)
    })
}

/// A hook as it is applied: with a name that tells operation and phase, and with the finalizer.
fn hook_target(hook: &Object, phase: SyncPhase, settings: &Settings<'_>) -> Object {
    let mut value: Value = hook.value().clone();
    if hook.key().name.is_empty() {
        let revision = settings.revision;
        let short = if revision.len() >= 8 { revision.get(..7).unwrap_or(revision) } else { revision };
        let postfix = format!("{short}-{}-{}", phase.as_str(), settings.started_at.as_second()).to_lowercase();
        let name = format!("{}{postfix}", unstructured::generate_name(&value));
        if let Some(metadata) = unstructured::metadata_mut(&mut value) {
            metadata.insert("name".to_owned(), name.into());
        }
    }
    if !hook.has_hook_finalizer() {
        let mut finalizers: Vec<String> = hook.finalizers().into_iter().map(str::to_owned).collect();
        finalizers.push(HOOK_FINALIZER.to_owned());
        set_finalizers(&mut value, finalizers);
    }
    if hook.key().namespace.is_empty() {
        unstructured::set_namespace(&mut value, settings.namespace);
    }
    Object::new(value)
}

/// The waves of prune tasks, mirrored: what was made last goes first.
fn prune_waves(tasks: &mut [Task]) {
    let mut waves: BTreeMap<i64, i64> = tasks.iter().filter(|task| task.is_prune()).map(|task| (task.wave, task.wave)).collect();
    let mirrored: Vec<i64> = waves.keys().rev().copied().collect();
    for (new, old) in waves.values_mut().zip(mirrored) {
        *new = old;
    }
    for task in tasks.iter_mut().filter(|task| task.is_prune()) {
        task.wave = waves.get(&task.wave).copied().unwrap_or(task.wave);
    }
}
