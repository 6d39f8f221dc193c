//! One task: an object in a phase.

use std::sync::Arc;

use super::hook::DeletePolicies;
use super::object::Object;
use super::phase::{OperationPhase, ResultCode, SyncPhase};
use crate::kube::resource_key::ResourceKey;

/// Where a pass keeps a live object; tasks of one object share it.
pub(crate) type LiveId = usize;

/// What a task was made from, in the order in which upstream makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    Resource,
    Hook,
    /// The destination namespace, made by `CreateNamespace=true`.
    Namespace,
}

/// gitops-engine's `syncTask`.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) phase: SyncPhase,
    /// None: the live object is to be pruned.
    pub(crate) target: Option<Arc<Object>>,
    pub(crate) live: Option<LiveId>,
    /// The target, or else the live object as the task began; tells identity and annotations.
    pub(crate) object: Arc<Object>,
    pub(crate) wave: i64,
    pub(crate) skip_dry_run: bool,
    /// Where it comes from breaks ties.
    pub(crate) origin: Origin,
    pub(crate) status: Option<ResultCode>,
    pub(crate) state: Option<OperationPhase>,
    pub(crate) message: String,
}

impl Task {
    pub(crate) fn new(phase: SyncPhase, target: Option<Arc<Object>>, live: Option<LiveId>, object: Arc<Object>) -> Self {
        let wave = object.wave();
        let origin = if object.hook().is_hook { Origin::Hook } else { Origin::Resource };
        Self { phase, target, live, object, wave, skip_dry_run: false, origin, status: None, state: None, message: String::new() }
    }

    pub(crate) fn is_prune(&self) -> bool {
        self.target.is_none()
    }

    pub(crate) fn is_hook(&self) -> bool {
        self.object.hook().is_hook
    }

    pub(crate) fn key(&self) -> &ResourceKey {
        self.object.key()
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.state.is_none()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.state == Some(OperationPhase::Running)
    }

    pub(crate) fn is_completed(&self) -> bool {
        self.state.is_some_and(OperationPhase::completed)
    }

    pub(crate) fn is_pruned(&self) -> bool {
        self.status == Some(ResultCode::Pruned)
    }

    /// Meaningless, hence none, on anything but a hook.
    pub(crate) fn delete_policies(&self) -> DeletePolicies {
        if self.is_hook() { self.object.hook().policies } else { DeletePolicies::default() }
    }

    pub(crate) fn deletes_before_creation(&self) -> bool {
        self.live.is_some() && self.is_pending() && self.is_hook() && self.object.hook().policies.before_hook_creation
    }
}

/// A task as the plan shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskView {
    /// When.
    pub phase: SyncPhase,
    /// In which wave of the phase.
    pub wave: i64,
    /// On what; objects without a namespace have the destination's.
    pub key: Arc<ResourceKey>,
    /// A hook.
    pub is_hook: bool,
    /// A deletion.
    pub is_prune: bool,
    /// Not begun when the pass began.
    pub is_pending: bool,
}

impl TaskView {
    pub(crate) fn of(task: &Task) -> Self {
        Self {
            phase: task.phase,
            wave: task.wave,
            key: task.object.shared_key(),
            is_hook: task.is_hook(),
            is_prune: task.is_prune(),
            is_pending: task.is_pending(),
        }
    }
}
