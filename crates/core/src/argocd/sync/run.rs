//! Running tasks: finalizers, prunes, deletions, then everything that is made (`runTasks`).

use super::cluster::ApiError;
use super::pass::Pass;
use super::phase::{OperationPhase, ResultCode};

/// How a run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RunState {
    Successful,
    Pending,
    Failed,
}

impl Pass<'_, '_> {
    /// Runs tasks of one wave, or all of them dry.
    pub(crate) fn run(&mut self, tasks: &[usize], dry_run: bool) -> RunState {
        let dry_run = dry_run || self.settings.operation.dry_run;
        let mut state = self.free_hooks(tasks, dry_run);
        if state == RunState::Successful {
            state = self.prune(tasks, dry_run);
        }
        if state == RunState::Successful {
            state = self.delete_before_creation(tasks, dry_run);
        }
        if state != RunState::Successful {
            return state;
        }
        for id in self.select(tasks, |task| !task.is_prune()) {
            let skip = self.task(id).is_none_or(|task| dry_run && task.skip_dry_run);
            if skip {
                continue;
            }
            let (code, message) = self.apply(id, dry_run);
            if code == ResultCode::SyncFailed {
                state = RunState::Failed;
            }
            self.record_run(id, code, message, dry_run);
        }
        state
    }

    /// Dry runs are recorded when they fail, or when the operation is nothing else. Nothing is made
    /// then, so nothing is waited for.
    fn record_run(&mut self, id: usize, code: ResultCode, message: String, dry_run: bool) {
        let whole_dry_run = self.settings.operation.dry_run;
        if dry_run && !whole_dry_run && code != ResultCode::SyncFailed {
            return;
        }
        let mut phase = code.operation_phase();
        if whole_dry_run && phase == OperationPhase::Running {
            phase = OperationPhase::Succeeded;
        }
        self.set_result(id, Some(code), Some(phase), message);
    }

    /// Hooks left over from an earlier sync lose their finalizer.
    fn free_hooks(&mut self, tasks: &[usize], dry_run: bool) -> RunState {
        let mut state = RunState::Successful;
        if dry_run {
            return state;
        }
        for id in self.select(tasks, |task| task.is_hook() && task.is_pending() && task.live.is_some()) {
            if let Err(error) = self.remove_hook_finalizer(id) {
                state = RunState::Failed;
                self.set_state(id, OperationPhase::Error, format!("failed to remove hook finalizer: {}", error.message));
            }
        }
        state
    }

    fn prune(&mut self, tasks: &[usize], dry_run: bool) -> RunState {
        let prunes = self.select(tasks, |task| task.is_prune());
        if !self.settings.prune_confirmed && !self.select(&prunes, |task| self.needs_confirmation(task)).is_empty() {
            return RunState::Pending;
        }
        let mut state = RunState::Successful;
        for id in prunes {
            let (code, message) = self.prune_object(id, dry_run);
            if code == ResultCode::SyncFailed {
                state = RunState::Failed;
            }
            if !dry_run || self.settings.operation.dry_run || code == ResultCode::SyncFailed {
                self.set_result(id, Some(code), Some(code.operation_phase()), message);
            }
        }
        state
    }

    /// Hooks that are made anew are deleted first, and made in a later pass.
    fn delete_before_creation(&mut self, tasks: &[usize], dry_run: bool) -> RunState {
        let mut state = RunState::Successful;
        if dry_run {
            return state;
        }
        for id in self.select(tasks, |task| !task.is_prune() && task.deletes_before_creation()) {
            match self.delete_hook(id) {
                Ok(()) => state = state.max(RunState::Pending),
                Err(ApiError { not_found: true, .. }) => {
                    if let Some(task) = self.tasks.get_mut(id) {
                        task.live = None;
                    }
                }
                Err(error) => {
                    state = RunState::Failed;
                    self.set_state(id, OperationPhase::Error, format!("failed to delete resource: {}", error.message));
                }
            }
        }
        state
    }
}
