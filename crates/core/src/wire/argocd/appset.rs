//! Operations of `appset`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Diagnostic, Error, Map, Result, Value,
    argocd::appset::{
        self, ApplicationSet, Change, Deletion, DiffRequest, Inventory, Need, Outcome, Provenance, RenderRequest, SetCondition,
        StepsRequest, Upstream,
    },
    wire::Op,
};

/// A set and what its generators would fetch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct GenerateRequest {
    /// The ApplicationSet.
    application_set: Value,
    /// The inventory.
    #[serde(default)]
    inventory: Inventory,
    /// Adds, for each Application, which parameters gave each templated field.
    #[serde(default)]
    explain: bool,
}

/// The Applications of a set.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct GenerateResponse {
    /// The Applications by name, neither normalised nor validated.
    applications: Vec<Value>,
    /// Their names in the order of generation.
    order: Vec<String>,
    /// What upstream's controller would think of it.
    upstream: Upstream,
    /// What the inventory lacks; the generators that ask for it gave nothing.
    needs: Vec<Need>,
    /// Findings about the set.
    diagnostics: Vec<Diagnostic>,
    /// Where each Application came from, in the order of generation.
    origins: Vec<Origin>,
}

/// Where one Application came from.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Origin {
    /// The Application's name.
    name: String,
    /// JSON pointer of its generator, the outermost where generators nest.
    generator: String,
    /// Which of the generator's parameter sets, from 0.
    row: usize,
    /// Which rows of which generators gave it, and which parameters each templated field; with `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
}

fn generate(request: GenerateRequest) -> Result<GenerateResponse> {
    let set = ApplicationSet::from_value(&request.application_set)?;
    let generated = appset::generate(&set, &request.inventory, request.explain)?;
    Ok(GenerateResponse {
        applications: generated.canonical().into_iter().cloned().collect(),
        order: generated.applications.iter().map(|application| application.name().to_owned()).collect(),
        origins: generated
            .applications
            .iter()
            .map(|application| Origin {
                name: application.name().to_owned(),
                generator: format!("/spec/generators/{}/{}", application.entry, application.generator),
                row: application.row,
                provenance: application.provenance.clone(),
            })
            .collect(),
        upstream: generated.upstream,
        needs: generated.needs,
        diagnostics: generated.diagnostics,
    })
}

/// One template.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RenderTemplate {
    /// A text, or any JSON whose texts and keys are templates.
    template: Value,
    /// The parameters.
    #[serde(default)]
    params: Map<String, Value>,
    /// Go templates rather than the simple engine.
    #[serde(default)]
    go_template: bool,
    /// Options of the Go templates, such as `missingkey=error`.
    #[serde(default)]
    go_template_options: Option<Vec<String>>,
    /// Go types of some parameters by dotted path: `map[string]string` or `[]string`.
    #[serde(default)]
    kinds: BTreeMap<String, String>,
}

/// The rendered template.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Rendered {
    /// A text for a text, else JSON.
    value: Value,
}

fn render(request: RenderTemplate) -> Result<Rendered> {
    let value = appset::render(&RenderRequest {
        template: request.template,
        params: request.params,
        go_template: request.go_template,
        options: request.go_template_options.unwrap_or_default(),
        kinds: request.kinds,
    })?;
    Ok(Rendered { value })
}

/// A set and the time around it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StepsInput {
    /// The ApplicationSet with its status.
    application_set: Value,
    /// The generated Applications.
    #[serde(default)]
    desired: Vec<Value>,
    /// The live Applications with their status.
    #[serde(default)]
    current: Vec<Value>,
    /// How long the controller waits before it asks for a refresh.
    #[serde(default)]
    refresh_grace_period_seconds: i64,
    /// The time of the pass; default 2026-01-01T00:00:00Z.
    #[serde(default)]
    now: Option<String>,
}

/// The time of a pass that names none.
const DEFAULT_NOW: Timestamp = Timestamp::constant(1_767_225_600, 0);

fn time(now: Option<&str>) -> Result<Timestamp> {
    now.map_or(Ok(DEFAULT_NOW), |text| text.parse().map_err(|_| Error::invalid(format!("now is no RFC 3339 time: {text}"))))
}

/// One pass of a rolling sync.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StepsOutput {
    /// Names per step.
    steps: Vec<Vec<String>>,
    /// The first step of each name, from 1.
    step_of: BTreeMap<String, usize>,
    /// What is wrong with the steps.
    issues: IssuesView,
    /// Always false: what upstream fails on is refused.
    failed: bool,
    /// Names that may sync, `maxUpdate` aside.
    may_progress: Vec<String>,
    /// The new statuses by name.
    application_status: Vec<StatusView>,
    /// The new conditions.
    conditions: Vec<SetCondition>,
    /// Names that get the refresh annotation.
    refreshed: Vec<String>,
    /// What this pass writes.
    written: Vec<WrittenView>,
    /// What the next pass writes.
    written_next: Vec<WrittenView>,
    /// Findings about the steps.
    diagnostics: Vec<Diagnostic>,
}

/// What is wrong with the steps; they count from 1.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct IssuesView {
    /// Names in several steps.
    duplicate_selections: BTreeMap<String, Vec<usize>>,
    /// Steps without Applications.
    empty_steps: Vec<usize>,
    /// Operators other than `In` and `NotIn`.
    invalid_match_expressions: Vec<OperatorView>,
}

/// An operator that selects nothing.
#[derive(Debug, Serialize, JsonSchema)]
struct OperatorView {
    /// The step from 1.
    step: usize,
    /// What is written.
    operator: String,
}

/// An entry of `status.applicationStatus`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StatusView {
    /// The Application's name.
    application: String,
    /// `Waiting`, `Pending`, `Progressing` or `Healthy`.
    status: String,
    /// The step from 1, `-1` for none.
    step: String,
    /// Why.
    message: String,
    /// What the Application is to run.
    target_revisions: Vec<String>,
    /// This pass changed it.
    transitioned: bool,
}

/// What is written of an Application.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct WrittenView {
    /// Its name.
    name: String,
    /// The operation that starts a sync, or null.
    operation: Option<Value>,
    /// Its sync policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_policy: Option<Value>,
}

fn written(applications: &[Value]) -> Vec<WrittenView> {
    let view = |application: &Value| WrittenView {
        name: application.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        operation: application.get("operation").cloned(),
        sync_policy: application.pointer("/spec/syncPolicy").cloned(),
    };
    applications.iter().map(view).collect()
}

fn steps(request: StepsInput) -> Result<StepsOutput> {
    let set = ApplicationSet::from_value(&request.application_set)?;
    let now = time(request.now.as_deref())?;
    let found = appset::steps(&StepsRequest {
        set: &set,
        desired: &request.desired,
        current: &request.current,
        grace_seconds: request.refresh_grace_period_seconds,
        now,
    })?;
    let from_one = |steps: Vec<usize>| steps.into_iter().map(|step| step + 1).collect();
    Ok(StepsOutput {
        steps: found.list.steps,
        step_of: found.list.step_of.into_iter().map(|(name, step)| (name, step + 1)).collect(),
        issues: IssuesView {
            duplicate_selections: found.issues.duplicates.into_iter().map(|(name, steps)| (name, from_one(steps))).collect(),
            empty_steps: from_one(found.issues.empty_steps),
            invalid_match_expressions: found
                .issues
                .operators
                .into_iter()
                .map(|issue| OperatorView { step: issue.step + 1, operator: issue.operator })
                .collect(),
        },
        failed: false,
        may_progress: found.may_progress.into_iter().collect(),
        application_status: found
            .statuses
            .into_iter()
            .map(|entry| StatusView {
                transitioned: entry.last_transition.is_some_and(|time| time >= now),
                application: entry.application,
                status: entry.status,
                step: entry.step,
                message: entry.message,
                target_revisions: entry.target_revisions.unwrap_or_default(),
            })
            .collect(),
        conditions: found.conditions,
        refreshed: found.refreshed,
        written: written(&found.written),
        written_next: written(&found.written_next),
        diagnostics: found.diagnostics,
    })
}

/// A set, what it was, and what lives.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DiffInput {
    /// The ApplicationSet as it is to be.
    after: Value,
    /// The ApplicationSet as it was; reconciled first.
    #[serde(default)]
    before: Option<Value>,
    /// The live Applications; without `metadata.ownerReferences` they are the set's own.
    #[serde(default)]
    current: Option<Vec<Value>>,
    /// The set is being deleted.
    #[serde(default)]
    deleted: bool,
    /// The inventory.
    #[serde(default)]
    inventory: Inventory,
    /// The inventory as it was when the set was reconciled before; absent: the same. With it and no `before`, `after` itself is
    /// what was reconciled then.
    #[serde(default)]
    before_inventory: Option<Inventory>,
    /// The time of the pass; default 2026-01-01T00:00:00Z.
    #[serde(default)]
    now: Option<String>,
}

/// What one pass of the controller would do; every list is sorted by name.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DiffOutput {
    /// New Applications.
    create: Vec<Value>,
    /// Changed Applications as they would be stored.
    update: Vec<Value>,
    /// What of each changed one differs, by name.
    changes: BTreeMap<String, Vec<Change>>,
    /// Deleted Applications.
    delete: Vec<Deletion>,
    /// The set's Applications that stay as they are.
    kept: Vec<String>,
    /// Why Applications are kept, or what of changed ones is preserved, by name: policy, preservedFields,
    /// ignoreApplicationDifferences, refusals.
    reasons: BTreeMap<String, Vec<String>>,
    /// Applications that lose their owner, when the set is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<Vec<String>>,
    /// The set's new conditions.
    conditions: Vec<SetCondition>,
    /// How the pass ends.
    outcome: Outcome,
    /// When the controller looks again, 0 for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    requeue_after_seconds: Option<i64>,
    /// The controller's error.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// What the inventory lacks.
    needs: Vec<Need>,
    /// Findings: lost data, renames.
    diagnostics: Vec<Diagnostic>,
}

fn diff(request: DiffInput) -> Result<DiffOutput> {
    let after = ApplicationSet::from_value(&request.after)?;
    let before = request.before.as_ref().filter(|before| !before.is_null()).map(ApplicationSet::from_value).transpose()?;
    let found = appset::diff(&DiffRequest {
        after: &after,
        before: before.as_ref(),
        current: request.current.as_deref().unwrap_or_default(),
        deleted: request.deleted,
        inventory: &request.inventory,
        before_inventory: request.before_inventory.as_ref(),
        now: time(request.now.as_deref())?,
    })?;
    Ok(DiffOutput {
        create: found.create,
        update: found.update,
        changes: found.changes,
        delete: found.delete,
        kept: found.kept,
        reasons: found.reasons,
        released: found.released,
        conditions: found.conditions,
        outcome: found.outcome,
        requeue_after_seconds: found.requeue_after_seconds,
        error: found.error,
        needs: found.needs,
        diagnostics: found.diagnostics,
    })
}

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("appset.generate", "Generates the Applications of an ApplicationSet from an inventory", generate),
        Op::new("appset.render", "Renders one template as an ApplicationSet does", render),
        Op::new("appset.diff", "Says what one pass of the controller would create, update and delete", diff),
        Op::new("appset.steps", "Runs one pass of a rolling sync", steps),
    ]
}
