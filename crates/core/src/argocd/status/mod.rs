//! A whole Application against its cluster (`controller.AppStateManager.CompareAppState`).
//!
//! One road: targets are generated and normalised, live objects found and
//! paired with them, every pair is compared and judged, and the sum of it is
//! the Application's sync status and health.

mod application;
mod cluster;
mod convert;
mod convert_autoscaler;
mod health;
mod hook;
mod judge;
mod lint;
mod live;
mod orphans;
mod reconcile;
mod targets;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use super::sync::{CONTROLLER_NAMESPACE, ResourceKey};
pub use application::Application;
pub use cluster::{Cluster, Scopes};
pub use health::AppHealth;
pub use lint::lint;

use super::diff::{self, Change, DiffOptions, DiffResult, Differ};
use super::health::Health;
use super::ignore;
use super::project::{AppProject, Permissions};
use super::settings::{ConfigMapData, ResourcesFilter, Settings};
use crate::kube::strategic_merge;
use crate::{Result, Value};

/// What is compared.
#[derive(Debug, Clone, Default)]
pub struct Request<'a> {
    /// The Application document.
    pub application: Option<&'a Value>,
    /// Rendered manifests, before tracking is written; those of several sources one after the other.
    pub targets: &'a [Value],
    /// Every object in the cluster.
    pub live: &'a [Value],
    /// The data of `argocd-cm`.
    pub settings: ConfigMapData,
    /// The effective project; absent permits everything.
    pub project: Option<&'a Value>,
    /// The destination cluster; absent is `in-cluster`.
    pub cluster: Cluster,
    /// The scopes of installed custom kinds.
    pub scopes: Scopes,
    /// Answers to server-side dry runs by resource key (`group/kind/namespace/name`): objects, or refusals as
    /// [`Differ::diff`] takes them.
    pub predicted_live: BTreeMap<String, &'a Value>,
    /// CustomResourceDefinitions that give custom kinds a schema.
    pub crds: &'a [Value],
    /// Instance names of the Applications that exist besides this one and those among the live objects.
    pub applications: &'a [String],
    /// Record which fields rules leave out.
    pub explain: bool,
}

/// A condition of the Application.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// `ComparisonError`, `SharedResourceWarning`, …
    pub ty: &'static str,
    /// Upstream's words.
    pub message: String,
}

/// One resource and how it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceStatus<'a> {
    /// The group, empty for core.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The namespace, empty for cluster-scoped kinds.
    pub namespace: String,
    /// The name, empty for generated ones.
    pub name: String,
    /// `Synced`, `OutOfSync`, `Unknown`, or empty when the resource does not count.
    pub status: &'static str,
    /// The resource's own health.
    pub health: Option<Health>,
    /// A hook, of the sync or of a deletion.
    pub hook: bool,
    /// Would be pruned.
    pub requires_pruning: bool,
    /// Waits for a confirmation before it is deleted or pruned.
    pub requires_deletion_confirmation: bool,
    /// The wave.
    pub sync_wave: i64,
    /// The desired object as the controller compares it.
    pub target: Option<Value>,
    /// The live object.
    pub live: Option<Cow<'a, Value>>,
    /// The comparison of the two, managed fields apart; when they do not differ and nothing is explained, without the two sides.
    pub diff: DiffResult<'static>,
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comparison<'a> {
    /// `Synced`, `OutOfSync` or `Unknown`.
    pub sync: &'static str,
    /// The Application's health.
    pub health: AppHealth,
    /// Sorted by group, kind, namespace, name, version.
    pub resources: Vec<ResourceStatus<'a>>,
    /// Sorted by type and message.
    pub conditions: Vec<Condition>,
    /// The targets have hooks that run before a deletion.
    pub has_pre_delete_hooks: bool,
    /// The targets have hooks that run after a deletion.
    pub has_post_delete_hooks: bool,
    /// Objects in the destination namespace that belong to no Application, when the project watches them; sorted.
    pub orphans: Vec<ResourceKey>,
    /// Keys of resources whose server-side dry run would be needed and was not given.
    pub needs: Vec<ResourceKey>,
}

impl<'a> Comparison<'a> {
    /// The resources that are not in sync.
    pub fn out_of_sync(&self) -> impl Iterator<Item = &ResourceStatus<'a>> {
        self.resources.iter().filter(|resource| resource.status == "OutOfSync")
    }
}

/// One desired object, its live one, or both.
#[derive(Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) target: Option<Value>,
    pub(crate) live: Option<Cow<'a, Value>>,
}

/// What the steps share.
pub(crate) struct World<'a> {
    pub(crate) app: Application<'a>,
    pub(crate) settings: Settings,
    pub(crate) filter: ResourcesFilter,
    pub(crate) cluster: &'a Cluster,
    pub(crate) objects: cluster::Objects<'a>,
}

/// Compares an Application with its cluster.
pub fn compare<'a>(request: &'a Request<'a>) -> Result<Comparison<'a>> {
    let settings = Settings::read(&request.settings)?;
    let filter = ResourcesFilter::read(&request.settings)?;
    let app = Application::read(request.application)?;
    request.cluster.check_destination(&app)?;
    let project = match request.project.filter(|project| !project.is_null()) {
        Some(project) => AppProject::from_value(project)?,
        None => AppProject::permissive("default"),
    };
    let permissions = Permissions::new(&project);
    let objects = cluster::Objects::index(request, &settings, &filter)?;
    let world = World { app, settings, filter, cluster: &request.cluster, objects };
    let mut conditions = Vec::new();
    let mut failed = false;
    let mut targets = targets::desired(&world, request.targets, &mut conditions, &mut failed);
    let live = live::managed(&world, &mut targets, &permissions, &mut conditions, &mut failed);
    let hook::Parted { plain, hooks, pre_delete: has_pre_delete_hooks, post_delete: has_post_delete_hooks } = hook::partition(targets);
    let pairs = reconcile::reconcile(&world, plain, live);
    let mut judge = judge::Judge::new(&world, &permissions, &hooks, failed);
    let needs = diffs(&world, request, pairs, &mut judge, &mut conditions)?;
    let mut judged = judge.judged(&mut conditions);
    let orphans = orphans::find(&world, request.applications, &project, &permissions, &judged.resources, &mut conditions);
    conditions.sort();
    judged.resources.sort_by(|one, other| one.identity().cmp(&other.identity()));
    let sync = if !needs.is_empty() { "Unknown" } else { judged.sync };
    let (health, resources) = (judged.health, judged.resources);
    Ok(Comparison { sync, health, resources, conditions, has_pre_delete_hooks, has_post_delete_hooks, orphans, needs })
}

impl ResourceStatus<'_> {
    /// What a sync would change, one row a field, secrets masked; `annotations` are masked too. None when it
    /// is in sync, or would be pruned.
    pub fn changes(&self, annotations: &[String]) -> Vec<Change> {
        if self.status != "OutOfSync" || self.requires_pruning {
            return Vec::new();
        }
        diff::masked_changes(self.diff.normalized_live.value(), self.diff.predicted_live.value(), self.live.as_deref(), annotations)
    }

    fn identity(&self) -> (&str, &str, &str, &str, &str) {
        (&self.group, &self.kind, &self.namespace, &self.name, &self.version)
    }
}

/// Compares all pairs and judges each while it is at hand; one failure fails them all. Gives the keys whose dry run is not known.
fn diffs<'a>(
    world: &World<'_>,
    request: &Request<'_>,
    pairs: Vec<Pair<'a>>,
    judge: &mut judge::Judge<'_, 'a>,
    conditions: &mut Vec<Condition>,
) -> Result<Vec<ResourceKey>> {
    let rules = world.app.ignore_differences()?;
    let server_side = world.app.server_side_diff();
    let options = DiffOptions {
        server_side_diff: server_side,
        include_mutation_webhook: world.app.compare_option("IncludeMutationWebhook=true"),
        ..DiffOptions::default()
    };
    let brought = pairs.iter().filter_map(|pair| pair.target.as_ref().and_then(ignore::resource_rule)).collect();
    let mut needs = Vec::new();
    let mut diff = |differ: &Differ<'_>, pair: &Pair<'_>| -> Result<DiffResult<'static>> {
        let (target, live) = (pair.target.as_ref(), pair.live.as_deref());
        let predicted = match (server_side, target, live) {
            (true, Some(target), Some(_)) => {
                let key = ResourceKey::of(target);
                let predicted = request.predicted_live.get(&key.to_string()).copied();
                if predicted.is_none() {
                    needs.push(key);
                    return Ok(DiffResult::default());
                }
                predicted
            }
            _ => None,
        };
        let found = if request.explain { differ.trace(target, live, predicted) } else { differ.verdict(target, live, predicted) };
        found.map(DiffResult::detached)
    };
    let mut differ = Differ::with_resource_rules(&rules, brought, &world.settings, options, request.crds);
    for pair in pairs {
        let found = match &differ {
            Ok(differ) => diff(differ, &pair),
            Err(_) => Ok(DiffResult::default()),
        };
        let found = found.unwrap_or_else(|error| {
            differ = Err(error);
            DiffResult::default()
        });
        judge.judge(pair, found, conditions);
    }
    match differ {
        Ok(_) => {}
        Err(error) if matches!(error.code, "limit" | strategic_merge::CRASH) => return Err(error),
        Err(error) => {
            judge.fail();
            let message = format!("Failed to compare desired state to live state: {error}");
            conditions.push(Condition { ty: "ComparisonError", message });
        }
    }
    Ok(needs)
}
