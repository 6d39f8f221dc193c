//! The fold.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::arrange::arrange;
use super::explain::{Stuck, stuck};
use super::settle::Settle;
use crate::argocd::project::{AppProject, Cluster as DestinationCluster};
use crate::argocd::sync::engine::{Engine, EngineOptions};
use crate::argocd::sync::operation::{Operation, SyncOperation};
use crate::argocd::sync::phase::OperationPhase;
use crate::argocd::sync::recording::Action;
use crate::argocd::sync::state::{OperationState, ResourceResult, read_state, whole_second};
use crate::argocd::sync::task::TaskView;
use crate::argocd::sync::toy::{Assume, Members, World};
use crate::argocd::sync::waiting::Waiting;
use crate::kube::resource_key::KeyMap;
use crate::{Error, Result, Value};

/// What a plan is made of.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    /// The Application.
    pub application: Value,
    /// Its project; none allows everything.
    pub project: Option<AppProject>,
    /// Rendered manifests, without tracking metadata.
    pub targets: Vec<Value>,
    /// Every object of the cluster.
    pub live: Vec<Value>,
    /// What is asked for; none is a sync with the options of the Application's policy.
    pub operation: Option<Operation>,
    /// What the source resolves to.
    pub revision: String,
    /// The script.
    pub assume: Assume,
    /// The clusters that the controller knows beside its own.
    pub clusters: Vec<DestinationCluster>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The sorted tasks of the first pass; empty if it never got that far.
    pub tasks: Vec<TaskView>,
    /// The passes.
    pub passes: Vec<PlanPass>,
    /// How the operation stands in the end.
    pub state: OperationState,
    /// Keys that are left in the cluster, sorted.
    pub cluster: Vec<String>,
    /// Entries in the Application's history.
    pub history: usize,
    /// Why it is not over, if it is not.
    pub stuck: Vec<Stuck>,
}

/// One pass.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanPass {
    /// When.
    pub at: Timestamp,
    /// The calls.
    pub actions: Vec<Action>,
    /// Results that are new or changed.
    pub results: Vec<ResourceResult>,
    /// How the operation stands.
    pub phase: OperationPhase,
    /// In words.
    pub message: String,
    /// Attempts after the first.
    pub retry_count: i64,
    /// What the operation waits for after it.
    pub waiting: Option<Waiting>,
}

const MAX_PASSES: i64 = 30;
/// More passes than this are refused.
const PASS_LIMIT: i64 = 100_000;
const HISTORY_LIMIT: i64 = 10;

/// Plays a sync through.
pub fn plan(request: &PlanRequest) -> Result<Plan> {
    World::check_objects(&request.targets)?;
    World::check_objects(&request.live)?;
    let assume = &request.assume;
    let (start, step) = assume.clock()?;
    let sync_timeout = assume.timeout()?;
    let operation = match &request.operation {
        Some(operation) => operation.clone(),
        None => policy_operation(&request.application)?,
    };
    let last = if assume.max_passes == 0 { MAX_PASSES } else { assume.max_passes };
    if last > PASS_LIMIT {
        return Err(Error::limit(format!("at most {PASS_LIMIT} passes")));
    }
    let mut world = World::new(&request.live, assume.clone())?;
    let project = match &request.project {
        Some(project) => project.clone(),
        None => AppProject::permissive(project_name(&request.application)),
    };
    let options = EngineOptions { sync_timeout, show_objects: assume.show_objects, clusters: &request.clusters };
    let engine = Engine::new(&request.application, &project, &request.targets, &request.revision, options)?;
    let mut fold = Fold::new(&request.application)?;
    for index in 0..last {
        let at = pass_time(start, step, index);
        world.set_now(at);
        if index > 0 {
            world.tick();
        }
        fold.between(index, assume, at);
        if fold.pass(&engine, &operation, &mut world, at, index) {
            break;
        }
        let waiting = world.has_pending_change()
            || index < assume.terminate_at
            || index < assume.approve_at
            || fold.state.as_ref().is_some_and(|state| state.finished_at.is_some())
            || sync_timeout.is_some_and(|timeout| timeout > SignedDuration::ZERO);
        if fold.is_settled(&world, waiting) {
            fold.settled = true;
            break;
        }
    }
    fold.finish(&world)
}

pub(crate) fn pass_time(start: Timestamp, step: SignedDuration, index: i64) -> Timestamp {
    let passed = i32::try_from(index).ok().and_then(|index| step.checked_mul(index));
    start.saturating_add(passed.unwrap_or(SignedDuration::MAX)).unwrap_or(start)
}

/// `spec.project`, or the default one.
pub(crate) fn project_name(application: &Value) -> &str {
    application.pointer("/spec/project").and_then(Value::as_str).filter(|name| !name.is_empty()).unwrap_or("default")
}

/// The operation that the Application's policy stands for.
fn policy_operation(application: &Value) -> Result<Operation> {
    let policy = application.pointer("/spec/syncPolicy").unwrap_or(&Value::Null);
    let options = policy.get("syncOptions").filter(|options| !options.is_null());
    let sync_options = match options {
        None => Vec::new(),
        Some(options) => Vec::deserialize(options).map_err(|error| Error::invalid(format!("cannot read the sync options: {error}")))?,
    };
    let prune = policy.pointer("/automated/prune").and_then(Value::as_bool).unwrap_or(false);
    Ok(Operation { sync: Some(SyncOperation { sync_options, prune, ..SyncOperation::default() }), ..Operation::default() })
}

type Signature = (Vec<Action>, Vec<ResourceResult>, OperationPhase, String, Members);

struct Fold {
    state: Option<OperationState>,
    approved: Option<Timestamp>,
    tasks: Vec<TaskView>,
    passes: Vec<PlanPass>,
    /// The results of the pass before.
    known: Vec<ResourceResult>,
    settle: Settle<Signature>,
    history: usize,
    history_limit: usize,
    settled: bool,
}

impl Fold {
    fn new(application: &Value) -> Result<Self> {
        let limit = application.pointer("/spec/revisionHistoryLimit").and_then(Value::as_i64).unwrap_or(HISTORY_LIMIT);
        Ok(Self {
            state: read_state(application)?,
            approved: None,
            tasks: Vec::new(),
            passes: Vec::new(),
            known: Vec::new(),
            settle: Settle::new(),
            history: application.pointer("/status/history").and_then(Value::as_array).map_or(0, Vec::len),
            history_limit: usize::try_from(limit).unwrap_or(0),
            settled: false,
        })
    }

    /// What people do between passes.
    fn between(&mut self, index: i64, assume: &Assume, now: Timestamp) {
        if index == 0 {
            return;
        }
        if index == assume.terminate_at
            && let Some(state) = &mut self.state
        {
            state.phase = OperationPhase::Terminating;
        }
        if index == assume.approve_at {
            self.approved = Some(whole_second(now));
        }
    }

    /// One pass; true when the operation is over.
    fn pass(&mut self, engine: &Engine<'_>, operation: &Operation, world: &mut World, at: Timestamp, index: i64) -> bool {
        let outcome = engine.reconcile(self.state.as_ref(), operation, self.approved, world, at);
        if index == 0 {
            self.tasks.clone_from(&outcome.tasks);
        }
        if outcome.history {
            self.history = (self.history + 1).min(self.history_limit.max(usize::from(self.history_limit == 0)));
        }
        let state = outcome.state;
        let results = self.changed(&state);
        self.passes.push(PlanPass {
            at,
            actions: arrange(outcome.actions, &outcome.tasks, world),
            results,
            phase: state.phase,
            message: state.message.clone(),
            retry_count: state.retry_count,
            waiting: outcome.waiting,
        });
        let over = state.phase.completed();
        self.state = Some(state);
        over
    }

    /// Results that are new or changed, sorted.
    fn changed(&mut self, state: &OperationState) -> Vec<ResourceResult> {
        let results = state.sync_result.as_ref().map_or(&[][..], |result| &result.resources);
        let mut changed = Vec::new();
        // Results keep their places, until a new attempt begins without any.
        let in_place = self.known.len() <= results.len() && self.known.iter().zip(results).all(|(known, result)| same_place(known, result));
        if in_place {
            for (known, result) in self.known.iter_mut().zip(results).filter(|(known, result)| known != result) {
                known.clone_from(result);
                changed.push(result.clone());
            }
            let new = results.get(self.known.len()..).unwrap_or_default();
            self.known.extend_from_slice(new);
            changed.extend_from_slice(new);
        } else {
            let known: KeyMap<_, &ResourceResult> = self.known.iter().map(|known| ((&known.key, known.sync_phase), known)).collect();
            let is_new = |result: &&ResourceResult| known.get(&(&result.key, result.sync_phase)).is_none_or(|known| known != result);
            changed = results.iter().filter(is_new).cloned().collect();
            self.known = results.to_vec();
        }
        sort_results(&mut changed);
        changed
    }

    fn is_settled(&mut self, world: &World, waiting: bool) -> bool {
        let Some(pass) = self.passes.last() else { return false };
        let signature = (pass.actions.clone(), pass.results.clone(), pass.phase, pass.message.clone(), world.members());
        self.settle.is_settled(signature, waiting)
    }

    fn finish(self, world: &World) -> Result<Plan> {
        let Some(state) = self.state else { return Err(Error::invalid("no pass was asked for")) };
        let stuck = stuck(self.passes.last(), self.settled, world);
        Ok(Plan { tasks: self.tasks, passes: self.passes, state, cluster: world.keys(), history: self.history, stuck })
    }
}

/// The results of an operation, by phase and then by key as it is printed.
pub fn sorted_results(state: &OperationState) -> Vec<ResourceResult> {
    let mut results = state.sync_result.as_ref().map(|result| result.resources.clone()).unwrap_or_default();
    sort_results(&mut results);
    results
}

fn sort_results(results: &mut [ResourceResult]) {
    results.sort_by_cached_key(|result| (result.sync_phase, result.key.to_string()));
}

fn same_place(one: &ResourceResult, other: &ResourceResult) -> bool {
    one.key == other.key && one.sync_phase == other.sync_phase
}
