//! One pass over the tasks of an operation (gitops-engine's `syncContext`).

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use jiff::Timestamp;

use super::cluster::{Live, Propagation};
use super::object::Object;
use super::operation::SyncOperation;
use super::pairing::Pair;
use super::phase::{OperationPhase, ResultCode, SyncPhase};
use super::recording::Recording;
use super::state::ResourceResult;
use super::task::{LiveId, Task, TaskView};
use super::waiting::{WaitReason, Waiting};
use crate::Value;
use crate::argocd::health::{self, Health};
use crate::argocd::project::{Cluster as DestinationCluster, Permissions};
use crate::kube::resource_key::{KeyMap, ResourceKey};

/// What does not change during a pass.
pub(crate) struct Settings<'a> {
    pub(crate) operation: &'a SyncOperation,
    /// The destination namespace.
    pub(crate) namespace: &'a str,
    pub(crate) revision: &'a str,
    pub(crate) started_at: Timestamp,
    /// Pruning was approved after the operation began.
    pub(crate) prune_confirmed: bool,
    pub(crate) migration_manager: &'a str,
    pub(crate) create_namespace: bool,
    pub(crate) namespace_metadata: Option<&'a Value>,
    pub(crate) permissions: &'a Permissions<'a>,
    pub(crate) destination: &'a DestinationCluster,
    /// Given with `ApplyOutOfSyncOnly=true`: which objects differ.
    pub(crate) modified: Option<HashMap<ResourceKey, bool>>,
}

impl Settings<'_> {
    pub(crate) fn has(&self, option: &str) -> bool {
        self.operation.has_option(option)
    }

    /// Checked in this order; anything else is foreground.
    pub(crate) fn propagation(&self) -> Propagation {
        if self.has("PrunePropagationPolicy=background") {
            Propagation::Background
        } else if self.has("PrunePropagationPolicy=foreground") || !self.has("PrunePropagationPolicy=orphan") {
            Propagation::Foreground
        } else {
            Propagation::Orphan
        }
    }

    /// The `Prune` option that holds for a live object.
    pub(crate) fn prune_option<'b>(&'b self, live: Option<&'b Object>) -> Option<&'b str> {
        live.and_then(|live| live.option_value("Prune")).or_else(|| self.operation.option_value("Prune"))
    }
}

/// A managed resource of this pass.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub(crate) target: Option<Arc<Object>>,
    pub(crate) live: Option<LiveId>,
}

/// The state of a pass.
pub(crate) struct Pass<'a, 'c> {
    pub(crate) settings: &'a Settings<'a>,
    pub(crate) cluster: &'a mut Recording<'c>,
    pub(crate) resources: Vec<(Arc<ResourceKey>, Resource)>,
    pub(crate) hooks: &'a [Arc<Object>],
    pub(crate) lives: Vec<Live>,
    pub(crate) tasks: Vec<Task>,
    /// The tasks as they were when the pass began.
    pub(crate) observed: Vec<TaskView>,
    pub(crate) results: Vec<ResourceResult>,
    places: KeyMap<(Arc<ResourceKey>, SyncPhase), usize>,
    pub(crate) phase: OperationPhase,
    pub(crate) message: String,
    pub(crate) waiting: Option<Waiting>,
}

impl<'a, 'c> Pass<'a, 'c> {
    pub(crate) fn new(
        settings: &'a Settings<'a>,
        cluster: &'a mut Recording<'c>,
        pairs: &[Pair],
        hooks: &'a [Arc<Object>],
        state: (OperationPhase, &str, Vec<ResourceResult>),
    ) -> Self {
        let (mut lives, mut resources) = (Vec::new(), Vec::with_capacity(pairs.len()));
        let mut by_key: KeyMap<Arc<ResourceKey>, usize> = KeyMap::with_capacity_and_hasher(pairs.len(), RandomState::default());
        for pair in pairs {
            let live = pair.live.as_ref().map(|live| {
                lives.push(live.clone());
                lives.len() - 1
            });
            let object = pair.live.as_ref().map(|live| &live.object).or(pair.target.as_ref());
            let Some(key) = object.map(|object| object.shared_key()) else { continue };
            let resource = Resource { target: pair.target.clone(), live };
            // Objects without a name fall on one key, and one of them is left.
            match by_key.get(&key).and_then(|at| resources.get_mut(*at)) {
                Some(earlier) => *earlier = (key, resource),
                None => {
                    by_key.insert(Arc::clone(&key), resources.len());
                    resources.push((key, resource));
                }
            }
        }
        let (phase, message, results) = state;
        let places = results.iter().enumerate().map(|(at, result)| ((Arc::clone(&result.key), result.sync_phase), at)).collect();
        Self {
            settings,
            cluster,
            resources,
            hooks,
            lives,
            tasks: Vec::new(),
            observed: Vec::new(),
            results,
            places,
            phase,
            message: message.to_owned(),
            waiting: None,
        }
    }

    pub(crate) fn set_phase(&mut self, phase: OperationPhase, message: impl Into<String>) {
        self.phase = phase;
        self.message = message.into();
        self.waiting = None;
    }

    pub(crate) fn task(&self, id: usize) -> Option<&Task> {
        self.tasks.get(id)
    }

    pub(crate) fn live(&self, task: &Task) -> Option<&Live> {
        self.lives.get(task.live?)
    }

    pub(crate) fn live_object(&self, id: usize) -> Option<Arc<Object>> {
        self.live(self.task(id)?).map(|live| Arc::clone(&live.object))
    }

    /// The tasks that fit, in order.
    pub(crate) fn select(&self, of: &[usize], fits: impl Fn(&Task) -> bool) -> Vec<usize> {
        of.iter().copied().filter(|id| self.task(*id).is_some_and(&fits)).collect()
    }

    pub(crate) fn all(&self) -> Vec<usize> {
        (0..self.tasks.len()).collect()
    }

    /// What an earlier pass said about a task.
    pub(crate) fn result_of(&self, task: &Task) -> Option<&ResourceResult> {
        self.results.get(*self.places.get(&(task.object.shared_key(), task.phase))?)
    }

    /// `setResourceResult`: an empty message keeps the one before.
    pub(crate) fn set_result(&mut self, id: usize, status: Option<ResultCode>, state: Option<OperationPhase>, message: impl Into<String>) {
        let message = message.into();
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.status = status;
        task.state = state;
        if !message.is_empty() {
            task.message = message;
        }
        let place = self.places.entry((task.object.shared_key(), task.phase)).or_insert(self.results.len());
        match self.results.get_mut(*place) {
            Some(result) => {
                (result.status, result.state) = (status, state);
                result.message.clone_from(&task.message);
            }
            None => self.results.push(ResourceResult {
                key: task.object.shared_key(),
                version: task.object.version().to_owned(),
                sync_phase: task.phase,
                is_hook: task.is_hook(),
                status,
                state,
                message: task.message.clone(),
            }),
        }
    }

    /// The same state of a task with another message or operation phase.
    pub(crate) fn set_state(&mut self, id: usize, state: OperationPhase, message: impl Into<String>) {
        let status = self.task(id).and_then(|task| task.status);
        self.set_result(id, status, Some(state), message);
    }

    pub(crate) fn started(&self) -> bool {
        !self.results.is_empty()
    }

    /// `setRunningPhase`: what is waited for, in upstream's words.
    pub(crate) fn set_running(&mut self, tasks: &[usize], pending_deletion: bool) {
        let (message, reason) = self.waiting_message(tasks, pending_deletion);
        self.set_phase(OperationPhase::Running, message);
        let held = tasks.iter().filter_map(|id| self.task(*id)).filter(|task| match reason {
            // Pruned tasks are named, but nothing of them is waited for.
            WaitReason::Health | WaitReason::Hook => !task.is_completed(),
            WaitReason::Confirmation => task.is_prune() && self.needs_confirmation(task),
            _ => true,
        });
        self.waiting = Some(Waiting { reason, tasks: held.map(TaskView::of).collect() });
    }

    fn waiting_message(&self, ids: &[usize], pending_deletion: bool) -> (String, WaitReason) {
        let tasks: Vec<&Task> = ids.iter().filter_map(|id| self.task(*id)).collect();
        let hook = tasks.iter().find(|task| task.is_hook());
        let any_resource = tasks.iter().any(|task| !task.is_hook());
        let mut why = match (pending_deletion, hook.is_some()) {
            (true, _) => WaitReason::Deletion,
            (false, true) => WaitReason::Hook,
            (false, false) => WaitReason::Health,
        };
        let Some(mut first) = hook.or(tasks.first()).copied() else { return (String::new(), why) };
        let mut reason = match (pending_deletion, hook.is_some()) {
            (true, true) => "deletion of hook",
            (true, false) => "deletion of",
            (false, true) => "completion of hook",
            (false, false) => "healthy state of",
        };
        let mut more = tasks.len().saturating_sub(1);
        if !self.settings.prune_confirmed {
            let unconfirmed: Vec<&&Task> = tasks.iter().filter(|task| task.is_prune() && self.needs_confirmation(task)).collect();
            if let Some(task) = unconfirmed.first() {
                (reason, first, more) = ("pruning confirmation of", **task, unconfirmed.len() - 1);
                why = WaitReason::Confirmation;
            }
        }
        let key = first.key();
        let mut message = format!("waiting for {reason} {}/{}/{}", key.group, key.kind, key.name);
        if more > 0 {
            message.push_str(&format!(" and {more} more {}", if any_resource { "resources" } else { "hooks" }));
        }
        (message, why)
    }

    pub(crate) fn needs_confirmation(&self, task: &Task) -> bool {
        self.settings.prune_option(self.live(task).map(|live| &*live.object)) == Some("confirm")
    }
}

/// Health as the controller sees it: customisations, then the built-in check; a pending deletion last.
pub(crate) fn health_of(live: &Live) -> Option<Health> {
    match &live.health {
        Some(judged) => Some(health::unless_deleting(live.object.value(), judged)),
        None => health::assess(live.object.value()),
    }
}

/// How a hook stands, by its live object (`getOperationPhase`).
pub(crate) fn hook_phase(live: &Live) -> Result<(OperationPhase, String), String> {
    let Some(health) = health_of(live) else {
        return Ok((OperationPhase::Succeeded, format!("{} created", live.object.key().name)));
    };
    if health.failed {
        return Err(format!("failed to get resource health: {}", health.message));
    }
    Ok(match health.status.as_str() {
        "Unknown" | "Degraded" => (OperationPhase::Failed, health.message),
        "Progressing" | "Suspended" => (OperationPhase::Running, health.message),
        "Healthy" => (OperationPhase::Succeeded, health.message),
        _ => (OperationPhase::Succeeded, format!("{} created", live.object.key().name)),
    })
}
