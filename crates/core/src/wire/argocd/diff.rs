//! Operations of `diff`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::argocd::diff::{self, DiffOptions, Differ};
use crate::argocd::ignore::{self, IgnoreRule, Normalizer, Removed};
use crate::argocd::settings::{self, Settings};
use crate::argocd::unstructured;
use crate::text::Diagnostic;
use crate::wire::Op;
use crate::{Error, Result, Value};

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("diff.compare", "Compare a desired object with its live one as the controller does", compare),
        Op::new("diff.dryRunTarget", "The object whose server-side dry run the controller asks for", dry_run_target),
        Op::new("diff.ignoreUpdate", "Whether the controller passes over an update of a live object", ignore_update),
        Op::new("diff.ignore", "What ignore rules and known types do to one object", ignore_rules),
        Op::new("diff.maskSecret", "Mask the values of a Secret, and of sensitive annotations, as Argo CD shows them", mask_secret),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Options {
    /// Server-side diff is on for the Application.
    #[serde(default)]
    server_side_diff: bool,
    /// `IncludeMutationWebhook=true`.
    #[serde(default)]
    include_mutation_webhook: bool,
    /// The field manager of the sync; `argocd-controller` when empty.
    #[serde(default)]
    manager: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Compare {
    /// The desired object.
    target: Option<Value>,
    /// The live object.
    live: Option<Value>,
    /// `spec.ignoreDifferences` of the Application.
    ignore_differences: Option<Value>,
    /// The data of `argocd-cm`.
    settings: Option<Value>,
    /// What the Application decides about its diffs.
    options: Option<Options>,
    /// The API server's answer to the dry run: the object, or a refusal (its `Status`, or `{"error": …}` with the words of kubectl).
    predicted_live: Option<Value>,
    /// CustomResourceDefinitions that give custom kinds a schema.
    #[serde(default)]
    crds: Option<Vec<Value>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CompareAnswer {
    /// Whether the two differ.
    modified: bool,
    /// The live object after normalisation.
    normalized_live: Value,
    /// The live object as the sync would leave it.
    predicted_live: Value,
    /// From the normalised live object to the predicted one, RFC 6902.
    patch: Value,
    /// One row a field that would change.
    changes: Vec<ChangeRow>,
    /// Fields that rules took out before the comparison.
    ignored: Vec<IgnoredRow>,
    /// Findings.
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangeRow {
    /// JSON pointer.
    path: String,
    /// The live value.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    /// The value the sync would leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
    /// Why the field differs.
    cause: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct IgnoredRow {
    /// JSON pointer.
    path: String,
    /// `live` or `target`.
    side: &'static str,
    /// Where the rule comes from.
    rule: String,
    /// Its JSON pointer or jq expression.
    expression: String,
}

impl From<diff::Change> for ChangeRow {
    fn from(row: diff::Change) -> Self {
        Self { path: row.path, before: row.before, after: row.after, cause: row.cause.to_string() }
    }
}

impl From<diff::Ignored> for IgnoredRow {
    fn from(row: diff::Ignored) -> Self {
        Self::new(row.removed, if row.live { "live" } else { "target" })
    }
}

impl IgnoredRow {
    fn new(removed: Removed, side: &'static str) -> Self {
        Self { path: removed.path, side, rule: removed.source.to_string(), expression: removed.expression }
    }
}

fn settings_of(value: Option<&Value>) -> Result<Settings> {
    Settings::read(&settings::config_map_data(value)?)
}

fn compare(request: Compare) -> Result<CompareAnswer> {
    let settings = settings_of(request.settings.as_ref())?;
    let rules = IgnoreRule::read_all(request.ignore_differences.as_ref())?;
    let target = unstructured::read(request.target)?;
    let live = unstructured::read(request.live)?;
    let defaults = DiffOptions::default();
    let options = request.options.map_or_else(DiffOptions::default, |options| DiffOptions {
        server_side_diff: options.server_side_diff,
        include_mutation_webhook: options.include_mutation_webhook,
        manager: if options.manager.is_empty() { defaults.manager.clone() } else { options.manager },
    });
    let predicted = request.predicted_live.filter(|predicted| !predicted.is_null());
    let differ = Differ::new(&rules, &settings, options, request.crds.as_deref().unwrap_or_default())?;
    let result = differ.explain(target.as_ref(), live.as_ref(), predicted.as_ref())?;
    let changes = if result.modified || result.predicted_live.is_null() {
        diff::changes(result.normalized_live.value(), result.predicted_live.value(), live.as_ref())
    } else {
        Vec::new()
    };
    let diagnostics = diff::lint(target.as_ref(), live.as_ref(), &rules, &settings, &result.ignored);
    let patch = serde_json::to_value(json_patch::diff(result.normalized_live.value(), result.predicted_live.value())).unwrap_or_default();
    Ok(CompareAnswer {
        modified: result.modified,
        patch,
        changes: changes.into_iter().map(ChangeRow::from).collect(),
        ignored: result.ignored.into_iter().map(IgnoredRow::from).collect(),
        normalized_live: result.normalized_live.into_value(),
        predicted_live: result.predicted_live.into_value(),
        diagnostics,
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DryRun {
    /// The desired object.
    target: Value,
    /// The live object.
    live: Option<Value>,
    /// `spec.ignoreDifferences` of the Application.
    ignore_differences: Option<Value>,
    /// The data of `argocd-cm`.
    settings: Option<Value>,
    /// CustomResourceDefinitions that give custom kinds a schema.
    #[serde(default)]
    crds: Option<Vec<Value>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ObjectAnswer {
    /// The object.
    object: Value,
}

fn dry_run_target(request: DryRun) -> Result<ObjectAnswer> {
    let settings = settings_of(request.settings.as_ref())?;
    let rules = IgnoreRule::read_all(request.ignore_differences.as_ref())?;
    let target = unstructured::read(Some(request.target))?.ok_or_else(|| Error::invalid("target is null"))?;
    let live = unstructured::read(request.live)?;
    let differ = Differ::new(&rules, &settings, DiffOptions::default(), request.crds.as_deref().unwrap_or_default())?;
    Ok(ObjectAnswer { object: differ.dry_run_target(&target, live.as_ref())? })
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Ignore {
    /// The object.
    object: Value,
    /// `spec.ignoreDifferences` of the Application.
    ignore_differences: Option<Value>,
    /// The data of `argocd-cm`.
    settings: Option<Value>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct IgnoreAnswer {
    /// The object after all rules and known types.
    object: Value,
    /// One entry for every expression, in order.
    rules: Vec<RuleRow>,
    /// Whether upstream reports an error, which it only logs; the object keeps what was done so far.
    failed: bool,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RuleRow {
    /// The index of the rule.
    rule: usize,
    /// The expression, if it is a JSON pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    json_pointer: Option<String>,
    /// The expression, if it is a jq path.
    #[serde(skip_serializing_if = "Option::is_none")]
    jq_path_expression: Option<String>,
    /// Whether the expression alone changes the untouched object.
    removed: bool,
}

fn ignore_rules(request: Ignore) -> Result<IgnoreAnswer> {
    let settings = settings_of(request.settings.as_ref())?;
    let rules = IgnoreRule::read_all(request.ignore_differences.as_ref())?;
    let mut object = unstructured::read(Some(request.object))?.ok_or_else(|| Error::invalid("object is null"))?;
    let normalizer = Normalizer::new(&rules, &settings)?;
    let mut rows = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let alone = |pointers: Vec<String>, expressions: Vec<String>| {
            let one = IgnoreRule {
                json_pointers: pointers,
                jq_path_expressions: expressions,
                managed_fields_managers: Vec::new(),
                ..rule.clone()
            };
            let Ok(normalizer) = Normalizer::rules_only(std::slice::from_ref(&one)) else { return false };
            let mut copy = object.clone();
            normalizer.normalize(&mut copy, None).is_ok() && copy != object
        };
        for path in &rule.json_pointers {
            rows.push(RuleRow {
                rule: at,
                removed: alone(vec![path.clone()], Vec::new()),
                json_pointer: Some(path.clone()),
                jq_path_expression: None,
            });
        }
        for path in &rule.jq_path_expressions {
            rows.push(RuleRow {
                rule: at,
                removed: alone(Vec::new(), vec![path.clone()]),
                json_pointer: None,
                jq_path_expression: Some(path.clone()),
            });
        }
    }
    let failed = normalizer.normalize(&mut object, None).is_err();
    Ok(IgnoreAnswer { object, rules: rows, failed })
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct IgnoreUpdate {
    /// The live object before.
    old: Value,
    /// The live object after.
    new: Value,
    /// The data of `argocd-cm`.
    settings: Option<Value>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct IgnoreUpdateAnswer {
    /// The update starts no reconciliation.
    ignored: bool,
    /// Why, in words.
    reason: &'static str,
    /// What rules took out of the new object.
    removed: Vec<IgnoredRow>,
}

fn ignore_update(request: IgnoreUpdate) -> Result<IgnoreUpdateAnswer> {
    let object = |value, name: &str| unstructured::read(Some(value))?.ok_or_else(|| Error::invalid(format!("{name} is null")));
    let (old, new) = (object(request.old, "old")?, object(request.new, "new")?);
    let update = ignore::update(&old, &new, &settings::config_map_data(request.settings.as_ref())?)?;
    Ok(IgnoreUpdateAnswer {
        ignored: update.ignored(),
        reason: update.reason.as_str(),
        removed: update.removed.into_iter().map(|removed| IgnoredRow::new(removed, "live")).collect(),
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Mask {
    /// The desired Secret.
    target: Option<Value>,
    /// The live Secret.
    live: Option<Value>,
    /// Annotations to mask too.
    #[serde(default)]
    annotations: Option<Vec<String>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct MaskAnswer {
    /// The desired Secret, masked.
    target: Option<Value>,
    /// The live Secret, masked.
    live: Option<Value>,
}

fn mask_secret(request: Mask) -> Result<MaskAnswer> {
    let target = unstructured::read(request.target)?;
    let live = unstructured::read(request.live)?;
    let (target, live) = diff::mask_secret(target.as_ref(), live.as_ref(), request.annotations.as_deref().unwrap_or_default())?;
    Ok(MaskAnswer { target, live })
}
