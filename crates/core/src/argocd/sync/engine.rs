//! The operation as the controller drives it (`processRequestedAppOperation`, `SyncAppState`).
//!
//! Level-triggered: each call looks at the state and the cluster as they are, does what comes next, and
//! says when to be called again. Nothing else is remembered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::application::{app_instance, conditions, destination_of, project_for, resolve};
use super::cluster::Cluster;
use super::desired::{Condition, Desired, Destination, desired};
use super::differences::Differences;
use super::migrate::DEFAULT_MANAGER;
use super::namespace::managed_metadata;
use super::operation::{Operation, SyncOperation};
use super::pairing::{Owner, Pairing, pair};
use super::pass::{Pass, Settings};
use super::phase::OperationPhase;
use super::recording::{Action, Recording};
use super::results::augmented;
use super::state::{OperationState, SyncResult, rfc3339, whole_second};
use super::task::TaskView;
use super::waiting::{WaitReason, Waiting};
use crate::argocd::project::{AppProject, ApplicationDestination, Cluster as DestinationCluster, Permissions};
use crate::argocd::unstructured;
use crate::argocd::window::{SyncWindow, WindowedApplication, can_sync, matches};
use crate::kube::resource_key::ResourceKey;
use crate::{Result, Value};

/// The namespace the controller runs in.
pub const CONTROLLER_NAMESPACE: &str = "argocd";
/// The cluster the controller runs in.
pub const IN_CLUSTER: &str = "https://kubernetes.default.svc";
/// The annotation that approves prunes and deletions from a time on.
pub const DELETION_APPROVED: &str = "argocd.argoproj.io/deletion-approved";
const MIGRATION_MANAGER: &str = "argocd.argoproj.io/client-side-apply-migration-manager";
/// How long the controller waits at most before it looks at a running operation again.
const REQUEUE: SignedDuration = SignedDuration::from_secs(600);

/// What the controller is told beside the Application.
#[derive(Debug, Clone, Copy, Default)]
pub struct EngineOptions<'a> {
    /// Operations that take longer are terminated.
    pub sync_timeout: Option<SignedDuration>,
    /// Actions carry the objects they hand over.
    pub show_objects: bool,
    /// The clusters that the controller knows beside its own.
    pub clusters: &'a [DestinationCluster],
}

/// One Application's sync, ready to be stepped.
#[derive(Debug)]
pub struct Engine<'a> {
    application: &'a Value,
    project: Result<Permissions<'a>>,
    targets: &'a [Value],
    revision: &'a str,
    options: EngineOptions<'a>,
    name: &'a str,
    namespace: &'a str,
    app_instance: String,
    qualified_name: String,
    destination: ApplicationDestination,
    differences: Differences,
    /// Targets read for the kinds that were served then.
    desired: Mutex<Option<(u64, Desired)>>,
}

/// What one step came to.
#[derive(Debug)]
pub struct Outcome {
    /// To be kept, and handed to the next step.
    pub state: OperationState,
    /// The calls made to the cluster, in order.
    pub actions: Vec<Action>,
    /// When to step again; none when the operation is over.
    pub requeue: Option<SignedDuration>,
    /// The sorted tasks as this step found them; empty when it did not get that far.
    pub tasks: Vec<TaskView>,
    /// An entry was written to the Application's history.
    pub history: bool,
    /// What the operation waits for now.
    pub waiting: Option<Waiting>,
}

impl<'a> Engine<'a> {
    /// Reads the Application. `targets` are rendered manifests without tracking metadata, `revision` is what
    /// its source resolves to. A project that cannot be used is told in the operation's message.
    pub fn new(
        application: &'a Value,
        project: &'a AppProject,
        targets: &'a [Value],
        revision: &'a str,
        options: EngineOptions<'a>,
    ) -> Result<Self> {
        let name = unstructured::name(application);
        let namespace = match unstructured::namespace(application) {
            "" => CONTROLLER_NAMESPACE,
            own => own,
        };
        let wanted = match application.pointer("/spec/project").and_then(Value::as_str) {
            None | Some("") => "default",
            Some(project) => project,
        };
        Ok(Self {
            application,
            project: project_for(project, wanted, name, namespace),
            targets,
            revision,
            options,
            name,
            namespace,
            app_instance: app_instance(name, namespace),
            qualified_name: format!("{namespace}/{name}"),
            destination: destination_of(application)?,
            differences: Differences::new(application)?,
            desired: Mutex::new(None),
        })
    }

    /// The next step of an operation; `operation` is what to begin when none runs. Approval is read from
    /// the Application, or given by `approved`.
    pub fn reconcile(
        &self,
        state: Option<&OperationState>,
        operation: &Operation,
        approved: Option<Timestamp>,
        cluster: &mut dyn Cluster,
        now: Timestamp,
    ) -> Outcome {
        let known = state.filter(|state| !state.phase.completed());
        let mut next = known.cloned().unwrap_or_else(|| new_state(operation, now));
        let mut by_timeout = false;
        if known.is_some() {
            match self.resume(&mut next, now) {
                Resume::Go { timed_out } => by_timeout = timed_out,
                Resume::Wait(wait) => {
                    let waiting = Some(Waiting { reason: WaitReason::Retry, tasks: Vec::new() });
                    return Outcome { requeue: Some(wait), waiting, ..Outcome::of(next) };
                }
                Resume::End => return Outcome::of(next),
            }
        }
        let terminating = next.phase == OperationPhase::Terminating;
        let mut outcome = Outcome::of(next);
        let mut recording = Recording::new(cluster, self.options.show_objects);
        match &self.project {
            Ok(project) => self.sync(&mut outcome, project, state, approved, &mut recording, now),
            Err(error) => {
                outcome.state.phase = OperationPhase::Error;
                outcome.state.message = format!("Failed to load application project: {error}");
            }
        }
        outcome.actions = recording.actions;
        finish(&mut outcome.state, terminating, by_timeout, now);
        if outcome.state.phase == OperationPhase::Running && outcome.state.finished_at.is_some() {
            outcome.waiting = Some(Waiting { reason: WaitReason::Retry, tasks: Vec::new() });
        }
        outcome.requeue = self.requeue(&outcome.state, now);
        outcome
    }

    fn resume(&self, state: &mut OperationState, now: Timestamp) -> Resume {
        if state.phase == OperationPhase::Terminating {
            return Resume::Go { timed_out: false };
        }
        let deadline = self.options.sync_timeout.and_then(|timeout| state.started_at.checked_add(timeout).ok());
        if deadline.is_some_and(|deadline| now > deadline) {
            state.phase = OperationPhase::Terminating;
            state.message = "operation is terminating due to timeout".to_owned();
            return Resume::Go { timed_out: true };
        }
        let Some(finished) = state.finished_at.filter(|_| state.phase == OperationPhase::Running) else {
            return Resume::Go { timed_out: false };
        };
        let wait = match state.operation.retry.wait(state.retry_count) {
            Ok(wait) => wait,
            Err(error) => {
                state.phase = OperationPhase::Error;
                state.message = error.message;
                return Resume::End;
            }
        };
        let at = finished.saturating_add(SignedDuration::from_nanos(wait)).unwrap_or(Timestamp::MAX);
        if at > now {
            return Resume::Wait(at.duration_since(now));
        }
        let mut with = "";
        if state.operation.retry.refresh {
            with = " with latest revisions";
            if let Some(sync) = &mut state.operation.sync {
                sync.revision.clear();
                sync.revisions.clear();
            }
        }
        state.message = format!("Retrying operation{with}. Attempt #{}", state.retry_count);
        state.finished_at = None;
        state.sync_result = None;
        Resume::Go { timed_out: false }
    }

    fn requeue(&self, state: &OperationState, now: Timestamp) -> Option<SignedDuration> {
        if state.phase.completed() {
            return None;
        }
        let deadline = self.options.sync_timeout.and_then(|timeout| state.started_at.checked_add(timeout).ok());
        let left = deadline.filter(|_| state.phase != OperationPhase::Terminating).map(|deadline| deadline.duration_since(now));
        Some(left.map_or(REQUEUE, |left| left.min(REQUEUE)))
    }

    /// `SyncAppState`. `persisted` is the state as the Application had it before this step.
    fn sync(
        &self,
        outcome: &mut Outcome,
        project: &Permissions<'_>,
        persisted: Option<&OperationState>,
        approved: Option<Timestamp>,
        cluster: &mut Recording<'_>,
        now: Timestamp,
    ) {
        let state = &mut outcome.state;
        let Some(sync) = state.operation.sync.clone() else {
            return fail(state, OperationPhase::Error, "Invalid operation request: no operation specified");
        };
        let mut result = state.sync_result.take().unwrap_or_else(|| self.new_result(&sync));
        if let Some(why) = self.window_blocks(project.project(), persisted, now)
            && state.phase != OperationPhase::Terminating
        {
            if state.phase == OperationPhase::Running {
                state.message = format!("Sync operation blocked by sync window{why}");
                outcome.waiting = Some(Waiting { reason: WaitReason::Window, tasks: Vec::new() });
            }
            state.sync_result = Some(result);
            return;
        }
        let destination = match resolve(&self.destination, self.options.clusters) {
            Ok(destination) => destination,
            Err(error) => {
                state.sync_result = Some(result);
                return fail(state, OperationPhase::Error, error.message);
            }
        };
        let mut pairing = self.compare(project, &destination, cluster.cluster);
        let mut modified = None;
        pairing.conditions.extend(self.differences.condition());
        if pairing.conditions.iter().all(|condition| condition.kind != "ComparisonError") && sync.has_option("ApplyOutOfSyncOnly=true") {
            match self.differences.modified(&pairing.pairs) {
                Ok(found) => modified = Some(found),
                Err(condition) => pairing.conditions.push(condition),
            }
        }
        self.resolve_revision(&mut result);
        let mut refused = self.refused(&sync, &pairing.conditions);
        if refused.is_ok() && sync.has_option("RespectIgnoreDifferences=true") {
            refused = self.differences.respect(&mut pairing).map_err(|message| (OperationPhase::Error, message));
        }
        if let Err((phase, message)) = refused {
            state.sync_result = Some(result);
            return fail(state, phase, message);
        }
        let scope = Scope { project, destination: &destination, approved, modified };
        self.run(outcome, &sync, result, &pairing, scope, cluster);
    }

    fn run(
        &self,
        outcome: &mut Outcome,
        sync: &SyncOperation,
        mut result: SyncResult,
        pairing: &Pairing,
        scope: Scope<'_>,
        cluster: &mut Recording<'_>,
    ) {
        let state = &mut outcome.state;
        let annotation = unstructured::annotation(self.application, MIGRATION_MANAGER).filter(|manager| !manager.is_empty());
        let settings = Settings {
            operation: sync,
            namespace: &self.destination.namespace,
            revision: if result.multiple_sources { "" } else { &result.revision },
            started_at: state.started_at,
            prune_confirmed: self.is_approved(scope.approved, state.started_at),
            migration_manager: annotation.unwrap_or(DEFAULT_MANAGER),
            create_namespace: sync.has_option("CreateNamespace=true"),
            namespace_metadata: managed_metadata(self.application),
            permissions: scope.project,
            destination: scope.destination,
            modified: scope.modified,
        };
        let before = (state.phase, state.message.as_str(), std::mem::take(&mut result.resources));
        let mut pass = Pass::new(&settings, cluster, &pairing.pairs, &pairing.hooks, before);
        if state.phase == OperationPhase::Terminating {
            pass.terminate();
        } else {
            pass.sync();
        }
        let Pass { phase, message, observed, results, waiting, .. } = pass;
        outcome.waiting = waiting;
        state.phase = phase;
        state.message = message;
        outcome.tasks = observed;
        result.managed_namespace_metadata = managed_metadata(self.application).cloned();
        result.resources = results.into_iter().map(|entry| augmented(entry, cluster.cluster)).collect();
        state.sync_result = Some(result);
        outcome.history = !sync.dry_run && sync.resources.is_empty() && phase == OperationPhase::Succeeded;
    }

    /// `CompareAppState`, as far as syncing needs it.
    fn compare(&self, project: &Permissions<'_>, destination: &DestinationCluster, cluster: &dyn Cluster) -> Pairing {
        let mut cache = self.desired.lock().unwrap_or_else(PoisonError::into_inner);
        let revision = cluster.kinds_revision();
        if cache.as_ref().is_none_or(|(known, _)| *known != revision) {
            let to = Destination { app_instance: &self.app_instance, namespace: &self.destination.namespace };
            *cache = Some((revision, desired(self.targets, &to, cluster)));
        }
        let Some((_, desired)) = cache.as_ref() else { return Pairing::default() };
        let owner = Owner {
            application: self.application,
            qualified_name: &self.qualified_name,
            app_instance: &self.app_instance,
            namespace: &self.destination.namespace,
            permissions: project,
            destination,
        };
        pair(&owner, desired, cluster)
    }

    /// What stops an operation after the comparison.
    fn refused(&self, sync: &SyncOperation, found: &[Condition]) -> Result<(), (OperationPhase, String)> {
        let conditions = conditions(self.application, found);
        let of = |kind: &'static str| conditions.iter().filter(move |condition| condition.kind == kind);
        if sync.has_option("FailOnSharedResource=true")
            && let Some(shared) = of("SharedResourceWarning").next()
        {
            return Err((OperationPhase::Failed, format!("Shared resource found: {}", shared.message)));
        }
        let errors: Vec<String> = of("ComparisonError")
            .chain(of("InvalidSpecError"))
            .map(|condition| format!("{}: {}", condition.kind, condition.message))
            .collect();
        if errors.is_empty() { Ok(()) } else { Err((OperationPhase::Error, errors.join(";"))) }
    }

    fn new_result(&self, sync: &SyncOperation) -> SyncResult {
        let spec = self.application.get("spec").unwrap_or(&Value::Null);
        let own = |key: &str| spec.get(key).filter(|value| !value.is_null());
        let (sources, source) = if !sync.sources.is_empty() || sync.source.is_some() {
            (sync.sources.clone(), sync.source.clone())
        } else if own("sourceHydrator").is_some() {
            (Vec::new(), own("sourceHydrator").and_then(|hydrator| hydrator.get("syncSource")).cloned())
        } else {
            let sources = own("sources").and_then(Value::as_array).cloned().unwrap_or_default();
            let source = sources.first().cloned().or_else(|| own("source").cloned());
            (sources, source)
        };
        let text = |key: &str| source.as_ref().and_then(|source| source.get(key)).and_then(Value::as_str).unwrap_or("").to_owned();
        let hydrated = text("targetBranch");
        SyncResult {
            revision: sync.revision.clone(),
            revisions: sync.revisions.clone(),
            multiple_sources: !sources.is_empty(),
            target_revision: if hydrated.is_empty() { text("targetRevision") } else { hydrated },
            ..SyncResult::default()
        }
    }

    /// The revision is pinned once it is known.
    fn resolve_revision(&self, result: &mut SyncResult) {
        if result.multiple_sources {
            return;
        }
        if !self.revision.is_empty() {
            result.revision = self.revision.to_owned();
        } else if result.revision.is_empty() {
            result.revision.clone_from(&result.target_revision);
        }
    }

    /// Why the project's windows forbid this, if they do. Operations that run already were begun at a time,
    /// by somebody.
    fn window_blocks(&self, project: &AppProject, persisted: Option<&OperationState>, now: Timestamp) -> Option<String> {
        let application = WindowedApplication {
            name: self.name,
            cluster_name: &self.destination.name,
            cluster_server: &self.destination.server,
            namespace: &self.destination.namespace,
        };
        let windows: Vec<&SyncWindow> = project.spec.sync_windows.iter().flatten().filter(|window| matches(window, &application)).collect();
        let manual = persisted.is_some_and(|state| !state.operation.initiated_by.automated);
        match can_sync(&windows, manual, persisted.map(|state| state.started_at), now) {
            Ok(true) => None,
            Ok(false) => Some(String::new()),
            Err(error) => Some(format!(": {error}")),
        }
    }

    /// `IsDeletionConfirmed`.
    fn is_approved(&self, approved: Option<Timestamp>, since: Timestamp) -> bool {
        let annotated = || unstructured::annotation(self.application, DELETION_APPROVED).and_then(|text| text.parse().ok());
        approved.or_else(annotated).is_some_and(|at: Timestamp| at >= since)
    }

    /// The Application's name and namespace.
    pub fn application(&self) -> (&str, &str) {
        (self.namespace, self.name)
    }
}

struct Scope<'a> {
    project: &'a Permissions<'a>,
    destination: &'a DestinationCluster,
    approved: Option<Timestamp>,
    modified: Option<HashMap<ResourceKey, bool>>,
}

enum Resume {
    Go { timed_out: bool },
    Wait(SignedDuration),
    End,
}

impl Outcome {
    fn of(state: OperationState) -> Self {
        Self { state, actions: Vec::new(), requeue: None, tasks: Vec::new(), history: false, waiting: None }
    }
}

fn new_state(operation: &Operation, now: Timestamp) -> OperationState {
    OperationState {
        operation: operation.clone(),
        phase: OperationPhase::Running,
        message: String::new(),
        started_at: now,
        finished_at: None,
        retry_count: 0,
        sync_result: None,
    }
}

fn fail(state: &mut OperationState, phase: OperationPhase, message: impl Into<String>) {
    state.phase = phase;
    state.message = message.into();
}

/// Retries, the last words, and times as the Application keeps them.
fn finish(state: &mut OperationState, terminating: bool, by_timeout: bool, now: Timestamp) {
    if matches!(state.phase, OperationPhase::Failed | OperationPhase::Error) {
        let retry = &state.operation.retry;
        if !terminating && (state.retry_count < retry.limit || retry.limit < 0) {
            match retry.wait(state.retry_count) {
                Err(error) => {
                    state.phase = OperationPhase::Error;
                    state.message = format!("{} (failed to retry: {error})", state.message);
                }
                Ok(wait) => {
                    state.phase = OperationPhase::Running;
                    state.finished_at = Some(now);
                    state.retry_count += 1;
                    let at = now.saturating_add(SignedDuration::from_nanos(wait)).unwrap_or(Timestamp::MAX);
                    state.message = format!("{}. Retrying attempt #{} at {}.", state.message, state.retry_count, rfc3339(at));
                }
            }
        } else {
            if by_timeout {
                state.message = format!("{}, triggered by controller sync timeout", state.message);
            }
            if state.retry_count > 0 {
                state.message = format!("{} (retried {} times).", state.message, state.retry_count);
            }
        }
    }
    if state.phase.completed() {
        state.finished_at = Some(now);
    }
    state.started_at = whole_second(state.started_at);
    state.finished_at = state.finished_at.map(whole_second);
}
