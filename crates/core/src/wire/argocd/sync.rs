//! Operations of `sync`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::application_view::check;
use crate::argocd::project::{AppProject, Cluster};
use crate::argocd::sync::plan::{Hold, Plan, PlanRequest, plan, sorted_results};
use crate::argocd::sync::toy::Assume;
use crate::argocd::sync::{Action, Operation, ResourceResult, TaskView, lint, to_dot, to_mermaid};
use crate::wire::Op;
use crate::{Diagnostic, Error, Result, Value};

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("sync.plan", "Plays a sync of an Application through: order, passes, results, and what is left", sync_plan),
        Op::new("sync.graph", "Draws the order of a sync as a graph, for Graphviz and for Mermaid", sync_graph),
    ]
}

/// An Application and a world.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanInput {
    /// The Application.
    pub(super) application: Value,
    /// Its AppProject; absent allows everything.
    #[serde(default)]
    pub(super) project: Option<Value>,
    /// Rendered manifests, without tracking metadata.
    #[serde(default)]
    pub(super) targets: Option<Vec<Value>>,
    /// Every object of the cluster.
    #[serde(default)]
    pub(super) live: Option<Vec<Value>>,
    /// Upstream's Operation; absent is a sync with the Application's options.
    #[serde(default)]
    pub(super) operation: Option<Value>,
    /// What the source resolves to.
    #[serde(default)]
    pub(super) revision: Option<String>,
    /// What happens in the cluster: `health`, `errors`, `deletePasses`, `start`, `step`, `terminateAt`, `approveAt`,
    /// `syncTimeout`, `maxPasses`, `showObjects`.
    #[serde(default)]
    pub(super) assume: Option<Value>,
    /// The clusters that the controller knows beside its own.
    #[serde(default)]
    pub(super) clusters: Vec<ClusterInput>,
}

/// A cluster.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ClusterInput {
    /// Its API server's URL.
    #[serde(default)]
    server: String,
    /// Its name.
    #[serde(default)]
    name: String,
}

impl PlanInput {
    pub(super) fn read(self) -> Result<PlanRequest> {
        if !self.application.is_object() {
            return Err(Error::invalid("application missing"));
        }
        check(&self.application, "Application")?;
        if let Some(operation) = &self.operation {
            check(operation, "Operation")?;
        }
        let unreadable = |what: &str, error: serde_json::Error| Error::invalid(format!("cannot read the {what}: {error}"));
        let given = |value: Option<Value>| value.filter(|value| !value.is_null());
        Ok(PlanRequest {
            application: self.application,
            project: given(self.project).map(|project| AppProject::from_value(&project)).transpose()?,
            targets: self.targets.unwrap_or_default(),
            live: self.live.unwrap_or_default(),
            operation: given(self.operation)
                .map(|operation| Operation::deserialize(operation).map_err(|error| unreadable("operation", error)))
                .transpose()?,
            revision: self.revision.unwrap_or_default(),
            assume: given(self.assume)
                .map(|assume| Assume::deserialize(assume).map_err(|error| unreadable("assumptions", error)))
                .transpose()?
                .unwrap_or_default(),
            clusters: self.clusters.into_iter().map(|cluster| Cluster { server: cluster.server, name: cluster.name }).collect(),
        })
    }
}

/// The plan.
#[derive(Serialize, JsonSchema)]
struct PlanOutput {
    /// The sorted tasks of the first pass, grouped; empty if it never got that far.
    phases: Vec<PhaseOutput>,
    /// Pass by pass.
    passes: Vec<PassOutput>,
    /// The end.
    #[serde(rename = "final")]
    end: FinalOutput,
    /// What held the operation, in order: together they are the critical path.
    holds: Vec<HoldOutput>,
    /// Why it is not over, if it is not.
    stuck: Vec<StuckOutput>,
    /// Findings about options and annotations.
    diagnostics: Vec<Diagnostic>,
}

/// A stretch of passes that waited for the same.
#[derive(Serialize, JsonSchema)]
struct HoldOutput {
    /// `health`, `hook`, `deletion`, `confirmation`, `window` or `retry`.
    reason: &'static str,
    /// The phase that was held.
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'static str>,
    /// The wave that was held.
    #[serde(skip_serializing_if = "Option::is_none")]
    wave: Option<i64>,
    /// Index of the first pass that waited.
    from: usize,
    /// Index of the last one.
    to: usize,
    /// When it began, RFC 3339.
    since: String,
    /// When the pass ran that found it over, RFC 3339; absent while it is still waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// All that was waited for: `group/Kind/namespace/name`.
    on: Vec<String>,
    /// What was waited for to the last.
    last: Vec<String>,
}

/// What is waited for in vain.
#[derive(Serialize, JsonSchema)]
struct StuckOutput {
    /// `group/Kind/namespace/name`; absent when the operation as a whole is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    /// Why, in plain words.
    why: String,
}

/// A phase of the order.
#[derive(Serialize, JsonSchema)]
struct PhaseOutput {
    /// `PreSync`, `Sync`, `PostSync` or `SyncFail`.
    phase: &'static str,
    /// Its waves.
    waves: Vec<WaveOutput>,
}

/// A wave of a phase.
#[derive(Serialize, JsonSchema)]
struct WaveOutput {
    /// Its number.
    wave: i64,
    /// Its tasks.
    tasks: Vec<TaskOutput>,
}

/// A task.
#[derive(Serialize, JsonSchema)]
struct TaskOutput {
    /// API group.
    group: String,
    /// Kind.
    kind: String,
    /// Namespace; cluster-scoped targets have the destination's.
    namespace: String,
    /// Name.
    name: String,
    /// A hook.
    hook: bool,
    /// A deletion.
    prune: bool,
}

/// A pass.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PassOutput {
    /// When, RFC 3339.
    at: String,
    /// Calls to the cluster.
    actions: Vec<ActionOutput>,
    /// Results that are new or changed.
    results: Vec<ResultOutput>,
    /// The operation's phase.
    phase: &'static str,
    /// The operation's message.
    message: String,
    /// Attempts after the first.
    #[serde(skip_serializing_if = "is_zero")]
    retry_count: i64,
}

/// A call to the cluster.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActionOutput {
    /// `apply`, `create`, `replace`, `update`, `prune`, `delete`, `removeFinalizer`, `deleteHook` or `migrateManagedFields`.
    verb: &'static str,
    /// Only tried.
    dry_run: bool,
    /// The task's phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'static str>,
    /// The task's wave.
    #[serde(skip_serializing_if = "Option::is_none")]
    wave: Option<i64>,
    /// API group.
    group: String,
    /// Kind.
    kind: String,
    /// Namespace.
    namespace: String,
    /// Name.
    name: String,
    /// `--force`.
    #[serde(skip_serializing_if = "Option::is_none")]
    force: Option<bool>,
    /// `--validate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    validate: Option<bool>,
    /// `--server-side`.
    #[serde(skip_serializing_if = "Option::is_none")]
    server_side: Option<bool>,
    /// Of a deletion.
    #[serde(skip_serializing_if = "Option::is_none")]
    propagation_policy: Option<&'static str>,
    /// The refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// What was handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Value>,
}

impl ActionOutput {
    pub(super) fn of(action: Action) -> Self {
        Self {
            verb: action.verb.as_str(),
            dry_run: action.dry_run,
            phase: action.task.map(|(phase, _)| phase.as_str()),
            wave: action.task.map(|(_, wave)| wave),
            group: action.key.group,
            kind: action.key.kind,
            namespace: action.key.namespace,
            name: action.key.name,
            force: action.force,
            validate: action.validate,
            server_side: action.server_side,
            propagation_policy: action.propagation.map(|policy| policy.as_str()),
            error: action.error,
            object: action.object,
        }
    }
}

/// The result of a task.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ResultOutput {
    /// API group.
    group: String,
    /// API version.
    version: String,
    /// Kind.
    kind: String,
    /// Namespace.
    namespace: String,
    /// Name.
    name: String,
    /// The task's phase.
    sync_phase: &'static str,
    /// The hook's type, empty for resources.
    hook_type: &'static str,
    /// `Synced`, `SyncFailed`, `Pruned`, `PruneSkipped` or empty.
    status: &'static str,
    /// `Running`, `Failed`, `Error`, `Succeeded` or empty.
    hook_phase: &'static str,
    /// In words.
    message: String,
}

impl ResultOutput {
    fn of(result: ResourceResult) -> Self {
        let phase = result.sync_phase.as_str();
        Self {
            group: result.key.group.clone(),
            version: result.version,
            kind: result.key.kind.clone(),
            namespace: result.key.namespace.clone(),
            name: result.key.name.clone(),
            sync_phase: phase,
            hook_type: if result.is_hook { phase } else { "" },
            status: result.status.map_or("", |status| status.as_str()),
            hook_phase: result.state.map_or("", |state| state.as_str()),
            message: result.message,
        }
    }
}

/// The end of a plan.
#[derive(Serialize, JsonSchema)]
struct FinalOutput {
    /// The operation's phase.
    phase: &'static str,
    /// The operation's message.
    message: String,
    /// It is over.
    completed: bool,
    /// All results.
    resources: Vec<ResultOutput>,
    /// Keys left in the cluster; ` (terminating)` marks those that are going.
    cluster: Vec<String>,
    /// Entries in the Application's history.
    history: usize,
}

fn sync_plan(input: PlanInput) -> Result<PlanOutput> {
    let request = input.read()?;
    let plan = plan(&request)?;
    let diagnostics = lint(&request, &plan);
    Ok(output(plan, diagnostics))
}

/// The order of a plan, drawn.
#[derive(Serialize, JsonSchema)]
struct GraphOutput {
    /// In Graphviz' language.
    dot: String,
    /// As a Mermaid flowchart.
    mermaid: String,
}

fn sync_graph(input: PlanInput) -> Result<GraphOutput> {
    let graph = plan(&input.read()?)?.graph();
    Ok(GraphOutput { dot: to_dot(&graph), mermaid: to_mermaid(&graph) })
}

fn holds(plan: &Plan) -> Vec<HoldOutput> {
    let keys = |tasks: &[TaskView]| tasks.iter().map(|task| task.key.to_string()).collect();
    let hold = |hold: Hold| HoldOutput {
        reason: hold.reason.as_str(),
        phase: hold.step.map(|(phase, _)| phase.as_str()),
        wave: hold.step.map(|(_, wave)| wave),
        from: hold.from,
        to: hold.to,
        since: seconds(hold.since),
        until: hold.until.map(seconds),
        on: keys(&hold.on),
        last: keys(&hold.last),
    };
    plan.holds().into_iter().map(hold).collect()
}

fn output(plan: Plan, diagnostics: Vec<Diagnostic>) -> PlanOutput {
    let holds = holds(&plan);
    let stuck =
        plan.stuck.iter().map(|stuck| StuckOutput { task: stuck.task.as_ref().map(|task| task.key.to_string()), why: stuck.why.clone() });
    let stuck = stuck.collect();
    let end = FinalOutput {
        phase: plan.state.phase.as_str(),
        message: plan.state.message.clone(),
        completed: plan.state.phase.completed(),
        resources: sorted_results(&plan.state).into_iter().map(ResultOutput::of).collect(),
        cluster: plan.cluster,
        history: plan.history,
    };
    let passes = plan.passes.into_iter().map(|pass| PassOutput {
        at: seconds(pass.at),
        actions: pass.actions.into_iter().map(ActionOutput::of).collect(),
        results: pass.results.into_iter().map(ResultOutput::of).collect(),
        phase: pass.phase.as_str(),
        message: pass.message,
        retry_count: pass.retry_count,
    });
    PlanOutput { phases: grouped(plan.tasks), passes: passes.collect(), end, holds, stuck, diagnostics }
}

fn grouped(tasks: Vec<TaskView>) -> Vec<PhaseOutput> {
    let mut phases: Vec<PhaseOutput> = Vec::new();
    for task in tasks {
        let name = task.phase.as_str();
        if phases.last().is_none_or(|phase| phase.phase != name) {
            phases.push(PhaseOutput { phase: name, waves: Vec::new() });
        }
        let Some(phase) = phases.last_mut() else { continue };
        if phase.waves.last().is_none_or(|wave| wave.wave != task.wave) {
            phase.waves.push(WaveOutput { wave: task.wave, tasks: Vec::new() });
        }
        let Some(wave) = phase.waves.last_mut() else { continue };
        wave.tasks.push(TaskOutput {
            group: task.key.group.clone(),
            kind: task.key.kind.clone(),
            namespace: task.key.namespace.clone(),
            name: task.key.name.clone(),
            hook: task.is_hook,
            prune: task.is_prune,
        });
    }
    phases
}

/// RFC 3339, to the second.
pub(super) fn seconds(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}
