//! Hooks at their end: finalizers taken off, deletion, termination.

use std::sync::Arc;

use super::cluster::{ApiError, ApiResult};
use super::hook::HOOK_FINALIZER;
use super::object::{Object, set_finalizers};
use super::pass::{Pass, hook_phase};
use super::phase::OperationPhase;

impl Pass<'_, '_> {
    /// Takes the hook finalizer off, looking the object up if the cache does not know it.
    pub(crate) fn remove_hook_finalizer(&mut self, id: usize) -> ApiResult<()> {
        let Some(task) = self.task(id) else { return Ok(()) };
        let (object, key) = (Arc::clone(&task.object), task.key().clone());
        let live = match task.live {
            Some(live) => live,
            None => match self.cluster.get(&object, &key) {
                Ok(live) => {
                    let live = self.add_live(live);
                    if let Some(task) = self.tasks.get_mut(id) {
                        task.live = Some(live);
                    }
                    live
                }
                Err(ApiError { not_found: true, .. }) => return Ok(()),
                Err(error) => return Err(error.wrap("failed to get resource")),
            },
        };
        let Some(entry) = self.lives.get_mut(live) else { return Ok(()) };
        let mut finalizers: Vec<String> = entry.object.finalizers().into_iter().map(str::to_owned).collect();
        let Some(at) = finalizers.iter().position(|finalizer| finalizer == HOOK_FINALIZER) else { return Ok(()) };
        finalizers.remove(at);
        // The object that tasks share changes whether or not the call succeeds.
        let mut value = entry.object.value().clone();
        set_finalizers(&mut value, finalizers.clone());
        entry.object = Arc::new(Object::new(value));
        match self.cluster.update_finalizers(&object, &key, finalizers) {
            Err(ApiError { not_found: true, .. }) => Ok(()),
            other => other.map_err(|error| error.wrap("failed to update resource")),
        }
    }

    /// Deletes the object of a hook.
    pub(crate) fn delete_hook(&mut self, id: usize) -> ApiResult<()> {
        let Some(task) = self.task(id) else { return Ok(()) };
        let (object, key) = (Arc::clone(&task.object), task.key().clone());
        let propagation = self.settings.propagation();
        self.cluster.delete_hook(&object, &key, propagation)
    }

    /// Deletes hooks whose policy says so, at the end.
    pub(crate) fn delete_hooks(&mut self, hooks: &[usize]) {
        for &id in hooks {
            match self.delete_hook(id) {
                Ok(()) | Err(ApiError { not_found: true, .. }) => {}
                Err(error) => self.set_state(id, OperationPhase::Error, format!("failed to delete resource: {}", error.message)),
            }
        }
    }

    /// Takes the finalizer off all hooks that have run.
    pub(crate) fn free_completed_hooks(&mut self) {
        for id in self.select(&self.all(), |task| task.is_hook() && task.is_completed()) {
            if let Err(error) = self.remove_hook_finalizer(id) {
                self.set_state(id, OperationPhase::Error, format!("Failed to remove hook finalizer: {}", error.message));
            }
        }
    }

    /// Ends an operation: running hooks are deleted, applied resources stay (`Terminate`).
    pub(crate) fn terminate(&mut self) {
        self.generate();
        self.free_completed_hooks();
        let mut clean = true;
        for id in self.select(&self.all(), |task| task.is_hook() && task.is_running()) {
            clean &= self.terminate_hook(id);
        }
        if clean {
            self.set_phase(OperationPhase::Failed, "Operation terminated");
        } else {
            self.set_phase(OperationPhase::Error, "Operation termination had errors");
        }
    }

    fn terminate_hook(&mut self, id: usize) -> bool {
        let Some(task) = self.task(id) else { return true };
        let (object, key, policies) = (Arc::clone(&task.object), task.key().clone(), task.delete_policies());
        if task.live.is_none() {
            match self.cluster.get(&object, &key) {
                Ok(live) => {
                    let live = self.add_live(live);
                    if let Some(task) = self.tasks.get_mut(id) {
                        task.live = Some(live);
                    }
                }
                Err(ApiError { not_found: true, .. }) => {}
                Err(error) => {
                    self.set_state(id, OperationPhase::Error, format!("Failed to get live resource: {}", error.message));
                    return false;
                }
            }
        }
        let Some(stands) = self.task(id).and_then(|task| self.live(task)).map(hook_phase) else {
            self.set_state(id, OperationPhase::Succeeded, "Terminated");
            return true;
        };
        if let Err(error) = &stands {
            self.set_state(id, OperationPhase::Error, format!("Failed to get hook health: {error}"));
        }
        if let Err(error) = self.remove_hook_finalizer(id) {
            self.set_state(id, OperationPhase::Error, format!("Failed to remove hook finalizer: {}", error.message));
            return false;
        }
        let running = !matches!(&stands, Ok((phase, _)) if *phase != OperationPhase::Running);
        if running || policies.hook_failed {
            match self.delete_hook(id) {
                Ok(()) | Err(ApiError { not_found: true, .. }) => {}
                Err(error) => {
                    self.set_state(id, OperationPhase::Failed, format!("Failed to delete: {}", error.message));
                    return false;
                }
            }
        }
        match stands {
            Ok((phase, message)) if phase.completed() => self.set_state(id, phase, message),
            _ if self.task(id).and_then(|task| task.state) != Some(OperationPhase::Error) => {
                self.set_state(id, OperationPhase::Failed, "Terminated");
            }
            _ => {}
        }
        true
    }
}
