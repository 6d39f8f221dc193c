//! Operations of `app`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::diff::{ChangeRow, IgnoredRow};
use crate::argocd::settings;
use crate::argocd::status::{self, Cluster, Request, ResourceStatus, Scopes};
use crate::text::Diagnostic;
use crate::wire::Op;
use crate::{Result, Value};

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("app.compare", "Compare a whole Application with its cluster as the controller does", compare)]
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ClusterInput {
    /// The API server's URL.
    server: String,
    /// The name in the cluster's secret.
    #[serde(default)]
    name: String,
    /// The namespaces that Argo CD is limited to.
    #[serde(default)]
    namespaces: Option<Vec<String>>,
    /// Whether cluster-scoped kinds are managed all the same.
    #[serde(default)]
    cluster_resources: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Compare {
    /// The Application.
    application: Value,
    /// Rendered manifests, before tracking is written.
    #[serde(default)]
    targets: Option<Vec<Value>>,
    /// Every object in the cluster.
    #[serde(default)]
    live: Option<Vec<Value>>,
    /// The data of `argocd-cm`.
    settings: Option<Value>,
    /// The effective AppProject; absent permits everything.
    project: Option<Value>,
    /// The destination cluster.
    cluster: Option<ClusterInput>,
    /// `group/Kind` (core: `/Kind`) to `Namespaced` or `Cluster`, for installed custom kinds.
    #[serde(default)]
    scopes: Option<BTreeMap<String, String>>,
    /// Answers to server-side dry runs by `group/kind/namespace/name`: the object, or a refusal (the API server's `Status`, or
    /// `{"error": …}` with the words of kubectl).
    #[serde(default)]
    server_side_dry_run: Option<BTreeMap<String, Value>>,
    /// CustomResourceDefinitions that give custom kinds a schema.
    #[serde(default)]
    crds: Option<Vec<Value>>,
    /// Instance names of the Applications that exist besides this one and those among the live objects; for orphaned resources.
    #[serde(default)]
    applications: Option<Vec<String>>,
    /// Give each resource its `changes` and what was `ignored`.
    #[serde(default)]
    explain: Option<bool>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CompareAnswer {
    /// `Synced`, `OutOfSync` or `Unknown`.
    sync: &'static str,
    /// The Application's health.
    health: HealthRow,
    /// Every resource, sorted by group, kind, namespace, name, version.
    resources: Vec<ResourceRow>,
    /// Conditions, sorted.
    conditions: Vec<ConditionRow>,
    /// The targets have hooks that run before a deletion.
    has_pre_delete_hooks: bool,
    /// The targets have hooks that run after a deletion.
    has_post_delete_hooks: bool,
    /// Objects of the destination namespace that belong to no Application, as `group/kind/namespace/name`, when the project watches them.
    orphaned_resources: Vec<String>,
    /// Resources whose server-side dry run is needed for an answer (`serverSideDryRun`).
    needs: Vec<String>,
    /// With `explain`: findings about what is compared and the rules that ignore some of it.
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct HealthRow {
    /// The code.
    status: String,
    /// Upstream's message.
    message: String,
    /// The resources behind it, sorted; when there are at most three.
    #[serde(skip_serializing_if = "Option::is_none")]
    causes: Option<Vec<String>>,
    /// How many there are, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause_count: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ResourceHealth {
    /// The code.
    status: String,
    /// Why.
    message: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ResourceRow {
    /// The group, empty for core.
    group: String,
    /// The version.
    version: String,
    /// The kind.
    kind: String,
    /// The namespace.
    namespace: String,
    /// The name.
    name: String,
    /// `Synced`, `OutOfSync`, `Unknown`, or empty when the resource does not count.
    status: &'static str,
    /// The resource's own health.
    health: Option<ResourceHealth>,
    /// A hook.
    hook: bool,
    /// Would be pruned.
    requires_pruning: bool,
    /// Waits for a confirmation.
    requires_deletion_confirmation: bool,
    /// The wave.
    sync_wave: i64,
    /// With `explain`: one row a field that a sync would change, secrets masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ChangeRow>>,
    /// With `explain`: fields that rules took out before the comparison.
    #[serde(skip_serializing_if = "Option::is_none")]
    ignored: Option<Vec<IgnoredRow>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ConditionRow {
    /// The type.
    #[serde(rename = "type")]
    ty: &'static str,
    /// Upstream's words.
    message: String,
}

fn compare(request: Compare) -> Result<CompareAnswer> {
    let cluster = request.cluster.map_or_else(Cluster::default, |cluster| Cluster {
        server: cluster.server,
        name: cluster.name,
        namespaces: cluster.namespaces.unwrap_or_default(),
        cluster_resources: cluster.cluster_resources,
    });
    let (targets, live, crds) = (request.targets.unwrap_or_default(), request.live.unwrap_or_default(), request.crds.unwrap_or_default());
    let applications = request.applications.unwrap_or_default();
    let explain = request.explain.unwrap_or(false);
    let predicted = request.server_side_dry_run.unwrap_or_default();
    let request = Request {
        application: Some(&request.application),
        targets: &targets,
        live: &live,
        settings: settings::config_map_data(request.settings.as_ref())?,
        project: request.project.as_ref(),
        cluster,
        scopes: Scopes::read(&request.scopes.unwrap_or_default()),
        predicted_live: predicted.iter().map(|(key, value)| (key.clone(), value)).collect(),
        crds: &crds,
        applications: &applications,
        explain,
    };
    let comparison = status::compare(&request)?;
    let diagnostics = if explain { status::lint(&request, &comparison)? } else { Vec::new() };
    let mut causes = comparison.health.causes.clone();
    causes.sort();
    let many = causes.len() > 3;
    Ok(CompareAnswer {
        sync: comparison.sync,
        health: HealthRow {
            message: comparison.health.message(),
            cause_count: many.then_some(causes.len()),
            causes: (!many).then_some(causes),
            status: comparison.health.status,
        },
        resources: comparison.resources.into_iter().map(|one| row(one, explain)).collect(),
        conditions: comparison.conditions.into_iter().map(|one| ConditionRow { ty: one.ty, message: one.message }).collect(),
        has_pre_delete_hooks: comparison.has_pre_delete_hooks,
        has_post_delete_hooks: comparison.has_post_delete_hooks,
        orphaned_resources: comparison.orphans.iter().map(ToString::to_string).collect(),
        needs: comparison.needs.iter().map(ToString::to_string).collect(),
        diagnostics,
    })
}

fn row(one: ResourceStatus<'_>, explain: bool) -> ResourceRow {
    let changes = if explain { Some(one.changes(&[]).into_iter().map(ChangeRow::from).collect()) } else { None };
    let ignored = explain.then(|| one.diff.ignored.into_iter().map(IgnoredRow::from).collect());
    ResourceRow {
        group: one.group,
        version: one.version,
        kind: one.kind,
        namespace: one.namespace,
        name: one.name,
        status: one.status,
        health: one.health.map(|health| ResourceHealth { status: health.status, message: health.message }),
        hook: one.hook,
        requires_pruning: one.requires_pruning,
        requires_deletion_confirmation: one.requires_deletion_confirmation,
        sync_wave: one.sync_wave,
        changes,
        ignored,
    }
}
