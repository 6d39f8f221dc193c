//! The state machine of one pass (`Sync`).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cluster::ApiError;
use super::pass::{Pass, health_of, hook_phase};
use super::phase::{OperationPhase, ResultCode, SyncPhase};
use super::run::RunState;

impl Pass<'_, '_> {
    /// Executes the next step of the operation.
    pub(crate) fn sync(&mut self) {
        if !self.generate() {
            let reasons: BTreeSet<&str> = self
                .results
                .iter()
                .filter(|result| result.status == Some(ResultCode::SyncFailed) && !result.message.is_empty())
                .map(|result| result.message.as_str())
                .collect();
            let mut message = "one or more synchronization tasks are not valid".to_owned();
            if !reasons.is_empty() {
                message = format!("{message}: {}", reasons.into_iter().collect::<Vec<_>>().join("; "));
            }
            return self.set_phase(OperationPhase::Failed, message);
        }
        if !self.started() && !self.dry_run_all() {
            return;
        }
        self.look_at_running();
        if self.wait_for_running() {
            return;
        }
        let terminating = |id: &usize| self.live_object(*id).is_some_and(|live| live.is_terminating());
        let going: Vec<usize> = self.select(&self.all(), |task| task.is_pruned()).into_iter().filter(terminating).collect();
        if !going.is_empty() {
            return self.set_running(&going, true);
        }
        self.free_completed_hooks();
        let ended = self.select(&self.all(), |task| task.is_hook() && task.live.is_some() && !task.is_running());
        let on_success = self.select(&ended, |task| task.delete_policies().hook_succeeded);
        let on_failure = self.select(&ended, |task| task.delete_policies().hook_failed);
        let (fail_hooks, tasks): (Vec<usize>, Vec<usize>) =
            self.all().into_iter().partition(|id| self.task(*id).is_some_and(|task| task.phase == SyncPhase::SyncFail));
        if !self.select(&tasks, |task| task.is_completed() && task.state != Some(OperationPhase::Succeeded)).is_empty() {
            self.delete_hooks(&on_failure);
            let failed = self.select(&tasks, |task| task.status == Some(ResultCode::SyncFailed));
            self.fail(&fail_hooks, &failed, "one or more synchronization tasks completed unsuccessfully");
            return;
        }
        self.run_wave(&tasks, &fail_hooks, &on_success, &on_failure);
    }

    /// The first pass: the destination namespace for real, then everything dry. False when that ends it.
    fn dry_run_all(&mut self) -> bool {
        let namespace = self.settings.namespace;
        let mut tasks = self.all();
        let creates = self
            .select(&tasks, |task| task.live.is_none() && task.target.as_ref().is_some_and(|target| target.is_namespace_named(namespace)));
        if let Some(&id) = creates.first() {
            if self.run(&[id], false) == RunState::Failed {
                self.fail(&[], &[id], "the namespace failed to apply");
                return false;
            }
            tasks.retain(|task| *task != id);
        }
        let tasks = self.out_of_sync(tasks);
        if self.run(&tasks, true) == RunState::Failed {
            self.set_phase(OperationPhase::Failed, "one or more objects failed to apply (dry run)");
            return false;
        }
        true
    }

    /// With `ApplyOutOfSyncOnly=true`, drops what does not differ.
    fn out_of_sync(&self, mut tasks: Vec<usize>) -> Vec<usize> {
        let Some(modified) = &self.settings.modified else { return tasks };
        tasks.retain(|id| {
            let Some(task) = self.task(*id).filter(|task| !task.is_hook() && task.target.is_some()) else { return true };
            let Some(live) = self.live(task) else { return true };
            modified.get(&task.key().in_namespace(&live.object.key().namespace)) != Some(&false)
        });
        tasks
    }

    /// Health of running tasks, by their live objects.
    fn look_at_running(&mut self) {
        for id in self.select(&self.all(), |task| task.is_running() && task.live.is_some()) {
            let Some((task, live)) = self.task(id).and_then(|task| Some((task, self.live(task)?))) else { continue };
            if task.is_hook() {
                match hook_phase(live) {
                    Ok((phase, message)) => self.set_state(id, phase, message),
                    Err(error) => self.set_state(id, OperationPhase::Error, format!("failed to get resource health: {error}")),
                }
                continue;
            }
            match health_of(live) {
                None => self.set_state(id, OperationPhase::Succeeded, ""),
                Some(health) if health.failed => {}
                Some(health) if health.status == "Healthy" => self.set_state(id, OperationPhase::Succeeded, health.message),
                Some(health) if health.status == "Degraded" => self.set_state(id, OperationPhase::Failed, health.message),
                Some(_) => {}
            }
        }
    }

    /// Hooks are always waited for, resources when there is more than one phase and wave.
    fn wait_for_running(&mut self) -> bool {
        let step = |task: Option<&super::task::Task>| task.map(|task| (task.phase, task.wave));
        let multi_step = step(self.tasks.first()) != step(self.tasks.last());
        let running = self.select(&self.all(), |task| (multi_step || task.is_hook()) && task.is_running());
        if running.is_empty() {
            return false;
        }
        for &id in &running {
            let Some(task) = self.task(id).filter(|task| task.live.is_none()) else { continue };
            let (object, key) = (Arc::clone(&task.object), task.key().clone());
            match self.cluster.get(&object, &key) {
                Ok(_) => {}
                Err(ApiError { not_found: true, .. }) => {
                    let message = format!("Resource {}/{}/{} is missing, it might have been deleted", key.group, key.kind, key.name);
                    self.set_result(id, Some(ResultCode::SyncFailed), Some(OperationPhase::Error), message);
                }
                Err(error) => self.set_state(id, OperationPhase::Error, format!("Failed to get live resource {}", error.message)),
            }
        }
        self.set_running(&running, false);
        true
    }

    /// The next wave for real.
    fn run_wave(&mut self, tasks: &[usize], fail_hooks: &[usize], on_success: &[usize], on_failure: &[usize]) {
        let pending = self.out_of_sync(self.select(tasks, |task| task.is_pending()));
        let Some((phase, wave)) = pending.first().and_then(|id| self.task(*id)).map(|task| (task.phase, task.wave)) else {
            self.delete_hooks(on_success);
            return self.set_phase(OperationPhase::Succeeded, "successfully synced (no more tasks)");
        };
        let now = self.select(&pending, |task| task.phase == phase && task.wave == wave);
        let remaining = pending.len() > now.len();
        self.set_phase(OperationPhase::Running, "one or more tasks are running");
        match self.run(&now, false) {
            RunState::Failed => self.wave_failed(&now, fail_hooks, on_failure),
            RunState::Successful if !remaining && self.select(&now, |task| task.is_hook()).is_empty() => {
                // The last wave is not waited for, whatever becomes of it.
                self.delete_hooks(on_success);
                self.set_phase(OperationPhase::Succeeded, "successfully synced (all tasks run)");
            }
            RunState::Successful => self.set_running(&now, false),
            RunState::Pending => {
                let held = self.select(&now, |task| task.deletes_before_creation() || (task.is_prune() && task.is_pending()));
                self.set_running(&held, true);
            }
        }
    }

    fn wave_failed(&mut self, now: &[usize], fail_hooks: &[usize], on_failure: &[usize]) {
        const MESSAGE: &str = "one or more objects failed to apply";
        let failed = self.select(now, |task| task.status == Some(ResultCode::SyncFailed));
        let mut running = self.select(now, |task| task.is_running());
        if running.is_empty() {
            if self.fail(fail_hooks, &failed, MESSAGE) {
                self.delete_hooks(on_failure);
            }
            return;
        }
        if !fail_hooks.is_empty() && !self.fail(fail_hooks, &failed, MESSAGE) {
            running.extend_from_slice(fail_hooks);
        }
        self.set_running(&running, false);
    }

    /// The SyncFail phase: true once it is over and the operation has failed (`executeSyncFailPhase`).
    fn fail(&mut self, hooks: &[usize], failed: &[usize], message: &str) -> bool {
        let mut message = self.with_reasons(failed, message);
        if self.select(hooks, |task| !task.is_completed()).is_empty() {
            let failed_hooks = self.select(hooks, |task| task.status == Some(ResultCode::SyncFailed));
            if !failed_hooks.is_empty() {
                message = format!("{message}\n{}", self.with_reasons(&failed_hooks, "one or more SyncFail hooks failed"));
            }
            self.set_phase(OperationPhase::Failed, message);
            return true;
        }
        // All at once, whatever their waves.
        let pending = self.select(hooks, |task| !task.is_completed() && !task.is_running());
        self.run(&pending, false);
        self.set_running(&pending, false);
        false
    }

    /// Upstream joins the distinct reasons in the order of a map; here they are sorted.
    fn with_reasons(&self, tasks: &[usize], message: &str) -> String {
        let reasons: BTreeSet<&str> = tasks.iter().filter_map(|id| self.task(*id)).map(|task| task.message.as_str()).collect();
        if reasons.is_empty() {
            return message.to_owned();
        }
        format!("{message}, reason: {}", reasons.into_iter().collect::<Vec<_>>().join(","))
    }
}
