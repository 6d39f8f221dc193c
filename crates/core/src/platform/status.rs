//! The status card of a component, in the words of the Argo CD plugin of the Backstage community.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::File;
use super::application::{Application, sources};
use super::catalog::Entity;
use super::model::Platform;
use super::snapshot::Snapshot;
use super::wiring::{APP_NAME, APP_SELECTOR, INSTANCE_NAME, annotation, matching};
use crate::backstage::catalog::EntityRef;
use crate::backstage::catalog::reference::Defaults;
use crate::{Error, Result, Value};

/// Rows of history that a card shows.
const ROWS: usize = 10;

/// Request of `platform.status`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Every text of the platform's directory.
    pub files: Vec<File>,
    /// Application name to what a renderer made of its source.
    #[serde(default)]
    pub rendered: BTreeMap<String, String>,
    /// The entity: a reference, or the name of a Component.
    pub entity: String,
}

/// Response of `platform.status`: what the portal shows of one entity.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// Canonical reference.
    pub entity: String,
    /// Canonical reference of the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Why the plugin shows nothing, in its words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The Applications found.
    pub applications: Vec<ApplicationCard>,
    /// What is missing, and which annotation or fact would supply it.
    pub missing: Vec<String>,
}

/// One Application on the card.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationCard {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`.
    pub namespace: String,
    /// The Argo CD that runs it, where one is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// `spec.project`.
    pub project: String,
    /// Server and namespace.
    pub destination: String,
    /// `Synced`, `OutOfSync` or `Unknown`, as the controller recorded it.
    pub sync: String,
    /// `Healthy`, `Suspended`, `Degraded`, `Progressing`, `Missing` or `Unknown`.
    pub health: String,
    /// Its message.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub health_message: String,
    /// What was deployed last: short commits, or a chart's version; several sources joined with ` / `.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// The commit, where the inventory has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// Where the commit can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_url: Option<String>,
    /// Images in use.
    pub images: Vec<String>,
    /// When it was deployed last.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_synced: String,
    /// `status.operationState.phase`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub operation: String,
    /// Its message.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub operation_message: String,
    /// The newest deployments, newest first.
    pub history: Vec<HistoryRow>,
    /// Its page in Argo CD.
    pub link: String,
    /// Its Rollouts.
    pub rollouts: Vec<RolloutCard>,
}

/// A deployment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryRow {
    /// `id`.
    pub id: i64,
    /// As on the card.
    pub revision: String,
    /// RFC 3339.
    pub deployed_at: String,
    /// Who asked for it; empty for automated sync.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub initiated_by: String,
    /// The commit, where the inventory has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
}

/// A commit, as the inventory's `commits` gives it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Commit {
    /// The full SHA.
    pub revision: String,
    /// Its message; the first line counts.
    #[serde(default)]
    pub message: String,
    /// Who wrote it.
    #[serde(default)]
    pub author: String,
    /// When (RFC 3339).
    #[serde(default)]
    pub date: String,
}

/// A Rollout of an Application.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutCard {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`.
    pub namespace: String,
    /// `status.phase`.
    pub phase: String,
    /// Its message.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// `2/6`, for a canary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Share of the new version as the plugin shows it, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<i64>,
}

/// Answers `platform.status`.
///
/// # Errors
/// When the configuration cannot be read, or the catalog has no such entity.
pub fn status(request: &Request) -> Result<Card> {
    let platform = Platform::read(&request.files, &request.rendered)?;
    let wanted = meant(&request.entity)?;
    match platform.catalog.get(&wanted) {
        Some(entity) => Ok(card(&platform, &platform.snapshot(), entity)),
        None => Err(unknown(&wanted, platform.catalog.entities.iter().map(|entity| entity.entity_ref.as_str()))),
    }
}

/// The cards of every entity, for whoever asks for many.
#[derive(Debug)]
pub struct Cards(BTreeMap<String, Card>);

impl Cards {
    /// Reads the platform once.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub fn read(files: &[File], rendered: &BTreeMap<String, String>) -> Result<Self> {
        let platform = Platform::read(files, rendered)?;
        let snapshot = platform.snapshot();
        let cards = platform.catalog.entities.iter().map(|entity| (entity.entity_ref.clone(), card(&platform, &snapshot, entity)));
        Ok(Self(cards.collect()))
    }

    /// The card of an entity: a reference, or the name of a Component.
    ///
    /// # Errors
    /// When the catalog has no such entity.
    pub fn get(&self, entity: &str) -> Result<&Card> {
        let wanted = meant(entity)?;
        self.0.get(&wanted).ok_or_else(|| unknown(&wanted, self.0.keys().map(String::as_str)))
    }
}

/// The reference that somebody means: Components first.
fn meant(text: &str) -> Result<String> {
    let defaults = Defaults { kind: Some("component"), namespace: Some("default") };
    Ok(EntityRef::parse(text, defaults)?.canonical())
}

fn unknown<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Error {
    let near = names.map(|name| (strsim::damerau_levenshtein(name, wanted), name)).min();
    let hint = near.filter(|(distance, _)| *distance <= 4).map(|(_, near)| format!("; did you mean {near}?")).unwrap_or_default();
    Error::invalid(format!("the catalog has no {wanted}{hint}"))
}

/// What the portal shows of an entity.
pub fn card(platform: &Platform<'_>, snapshot: &Snapshot<'_>, entity: &Entity) -> Card {
    let mut card =
        Card { entity: entity.entity_ref.clone(), owner: entity.owner.clone(), error: None, applications: Vec::new(), missing: Vec::new() };
    match (annotation(entity, APP_NAME), annotation(entity, APP_SELECTOR)) {
        (None, None) => {
            card.error = Some("Argo CD annotation is missing in the catalog".into());
            card.missing.push(format!("{APP_NAME} or {APP_SELECTOR} tells which Application it is"));
            return card;
        }
        (Some(_), Some(_)) => {
            card.error = Some("Cannot provide both argocd/app-name and argocd/app-selector annotations".into());
            card.missing.push(format!("one of {APP_NAME} and {APP_SELECTOR} must go"));
            return card;
        }
        _ => {}
    }
    let facts = Facts::read(platform, entity, &mut card.missing);
    let found = matching(entity, &platform.applications.items);
    for application in &found {
        match snapshot.application(&application.name) {
            Some(live) => {
                for instance in facts.instances_of() {
                    card.applications.push(live_card(live, application, snapshot, &facts, instance));
                }
            }
            None => card.applications.push(absent(application, &facts)),
        }
    }
    if let Some(wire) = platform.wiring.iter().find(|wire| wire.component == entity.entity_ref) {
        if found.is_empty() {
            card.missing.extend(wire.why.iter().cloned());
        }
        card.missing.extend(wire.notes.iter().cloned());
    }
    complete(&mut card, snapshot);
    card
}

/// What the inventory tells.
struct Facts<'p> {
    commits: BTreeMap<String, Commit>,
    /// Name and address of the instances that count for the entity.
    instances: Vec<(&'p str, &'p str)>,
    host: Option<&'static str>,
}

impl<'p> Facts<'p> {
    fn read(platform: &'p Platform<'_>, entity: &Entity, missing: &mut Vec<String>) -> Self {
        let commits = platform.rows("commits").iter().filter_map(|row| Commit::deserialize(row).ok());
        let text = |row: &'p Value, key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
        let mut instances: Vec<(&str, &str)> = platform.rows("instances").iter().map(|row| (text(row, "name"), text(row, "url"))).collect();
        if let Some(names) = annotation(entity, INSTANCE_NAME) {
            let wanted: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
            for name in wanted.iter().filter(|name| !instances.iter().any(|(known, _)| known == *name)) {
                missing.push(format!("{INSTANCE_NAME} says {name}, and the inventory's instances do not have it"));
            }
            instances.retain(|(name, _)| wanted.contains(name));
        }
        let annotations = entity.value.pointer("/metadata/annotations").and_then(Value::as_object);
        let host = annotations.into_iter().flatten().find_map(|(key, value)| {
            let says = |host: &str| key.starts_with(host) || value.as_str().is_some_and(|value| value.contains(host));
            ["gitlab.com", "github.com"].into_iter().find(|host| says(host))
        });
        Self { commits: commits.map(|commit| (commit.revision.clone(), commit)).collect(), instances, host }
    }

    /// The instances to ask; one without a name when none is known.
    fn instances_of(&self) -> Vec<Option<(&'p str, &'p str)>> {
        if self.instances.is_empty() { vec![None] } else { self.instances.iter().copied().map(Some).collect() }
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn link(name: &str, namespace: &str, instance: Option<(&str, &str)>) -> String {
    let base = instance.map_or("", |(_, url)| url.trim_end_matches('/'));
    let namespace = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
    format!("{base}/applications/{namespace}{name}")
}

/// A row's revision as the card writes it: commits short, chart versions whole.
fn revision(row: &Value, application: &Value) -> String {
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().filter(|list| !list.is_empty());
    let is_chart = |source: &Value| source.get("chart").is_some_and(|chart| !chart.is_null());
    let short = |revision: &str, chart: bool| if chart { revision.to_owned() } else { revision.chars().take(7).collect() };
    if let Some(revisions) = list(row, "revisions") {
        let sources = list(row, "sources").unwrap_or_else(|| self::sources(application).cloned().collect());
        let parts = revisions.iter().zip(sources.iter().map(is_chart).chain(std::iter::repeat(false)));
        return parts.map(|(revision, chart)| short(revision.as_str().unwrap_or_default(), chart)).collect::<Vec<_>>().join(" / ");
    }
    short(text(row, "/revision"), sources(application).any(is_chart))
}

/// Commits of a row that are Git's.
fn commit<'f>(row: &Value, facts: &'f Facts<'_>) -> Option<&'f Commit> {
    let many = row.get("revisions").and_then(Value::as_array);
    let all = many.into_iter().flatten().filter_map(Value::as_str).chain([text(row, "/revision")]);
    all.filter(|revision| !revision.is_empty()).find_map(|revision| facts.commits.get(revision))
}

fn live_card(
    live: &Value,
    application: &Application,
    snapshot: &Snapshot<'_>,
    facts: &Facts<'_>,
    instance: Option<(&str, &str)>,
) -> ApplicationCard {
    let rows = live.pointer("/status/history").and_then(Value::as_array);
    let history: Vec<&Value> = rows.into_iter().flatten().rev().take(ROWS).collect();
    let latest = history.first().copied();
    let images = live.pointer("/status/summary/images").and_then(Value::as_array);
    let or_unknown = |word: &str| if word.is_empty() { "Unknown".to_owned() } else { word.to_owned() };
    let finished = text(live, "/status/operationState/finishedAt");
    ApplicationCard {
        name: application.name.clone(),
        namespace: application.namespace.clone(),
        instance: instance.map(|(name, _)| name.to_owned()),
        project: application.project.clone(),
        destination: format!("{} {}", application.destination.cluster, application.destination.namespace),
        sync: or_unknown(text(live, "/status/sync/status")),
        health: or_unknown(text(live, "/status/health/status")),
        health_message: text(live, "/status/health/message").to_owned(),
        revision: latest.map(|row| revision(row, live)).unwrap_or_default(),
        commit: latest.and_then(|row| commit(row, facts)).cloned(),
        commit_url: latest.and_then(|row| commit_url(row, live, facts)),
        images: images.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        last_synced: latest.map(|row| text(row, "/deployedAt")).filter(|at| !at.is_empty()).unwrap_or(finished).to_owned(),
        operation: text(live, "/status/operationState/phase").to_owned(),
        operation_message: text(live, "/status/operationState/message").to_owned(),
        history: history.iter().map(|row| history_row(row, live, facts)).collect(),
        link: link(&application.name, &application.namespace, instance),
        rollouts: rollouts(application, snapshot),
    }
}

fn history_row(row: &Value, live: &Value, facts: &Facts<'_>) -> HistoryRow {
    HistoryRow {
        id: row.get("id").and_then(Value::as_i64).unwrap_or_default(),
        revision: revision(row, live),
        deployed_at: text(row, "/deployedAt").to_owned(),
        initiated_by: text(row, "/initiatedBy/username").to_owned(),
        commit: commit(row, facts).cloned(),
    }
}

/// The address of the commit on its host, as the plugin builds it; the host is guessed from the entity's annotations.
fn commit_url(row: &Value, live: &Value, facts: &Facts<'_>) -> Option<String> {
    let source = sources(live).find(|source| source.get("chart").is_none_or(Value::is_null))?;
    let repo = text(source, "/repoURL").replacen(".git", "", 1);
    let many = row.get("revisions").and_then(Value::as_array);
    let revision = many.and_then(|list| list.first()).and_then(Value::as_str).unwrap_or_else(|| text(row, "/revision"));
    if repo.is_empty() || revision.is_empty() {
        return None;
    }
    Some(match facts.host {
        Some("github.com") => format!("{repo}/commit/{revision}"),
        Some("gitlab.com") => format!("{repo}/-/commit/{revision}"),
        _ => repo,
    })
}

/// An Application of Git that the snapshot does not have.
fn absent(application: &Application, facts: &Facts<'_>) -> ApplicationCard {
    ApplicationCard {
        name: application.name.clone(),
        namespace: application.namespace.clone(),
        instance: None,
        project: application.project.clone(),
        destination: format!("{} {}", application.destination.cluster, application.destination.namespace),
        sync: "Unknown".into(),
        health: "Unknown".into(),
        health_message: "the snapshot of the cluster does not have this Application".into(),
        revision: String::new(),
        commit: None,
        commit_url: None,
        images: Vec::new(),
        last_synced: String::new(),
        operation: String::new(),
        operation_message: String::new(),
        history: Vec::new(),
        link: link(&application.name, &application.namespace, facts.instances.first().copied()),
        rollouts: Vec::new(),
    }
}

/// The live Rollouts that an Application tracks.
fn rollouts(application: &Application, snapshot: &Snapshot<'_>) -> Vec<RolloutCard> {
    snapshot.tracked_by(&application.name).filter(|object| super::tree::is(object, "argoproj.io", "Rollout")).map(rollout).collect()
}

fn rollout(live: &Value) -> RolloutCard {
    let steps = live.pointer("/spec/strategy/canary/steps").and_then(Value::as_array);
    let at = live.pointer("/status/currentStepIndex").and_then(Value::as_i64);
    let phase = text(live, "/status/phase");
    let (stable, current) = (text(live, "/status/stableRS"), text(live, "/status/currentPodHash"));
    let canary = live.pointer("/spec/strategy/canary").map(|_| {
        if phase == "Degraded" || (!stable.is_empty() && stable == current) || !matches!(phase, "Paused" | "Progressing") {
            return 0;
        }
        let done = usize::try_from(at.unwrap_or(0)).unwrap_or(0);
        let weights = steps.into_iter().flatten().take(done).filter_map(|step| step.get("setWeight").and_then(Value::as_i64));
        weights.last().unwrap_or(0)
    });
    RolloutCard {
        name: text(live, "/metadata/name").to_owned(),
        namespace: text(live, "/metadata/namespace").to_owned(),
        phase: if phase.is_empty() { "Unknown".into() } else { phase.to_owned() },
        message: text(live, "/status/message").to_owned(),
        step: steps.map(|steps| format!("{}/{}", at.unwrap_or(0).min(steps.len() as i64), steps.len())),
        canary,
    }
}

/// What the card cannot show, and what would let it.
fn complete(card: &mut Card, snapshot: &Snapshot<'_>) {
    if snapshot.objects.is_empty() {
        card.missing.push("`live` in lofting.yaml names the snapshot with the Applications' status".into());
        return;
    }
    let unknown: BTreeSet<&str> =
        card.applications.iter().filter(|app| !app.revision.is_empty() && app.commit.is_none()).map(|app| app.revision.as_str()).collect();
    if !unknown.is_empty() {
        let list: Vec<&str> = unknown.into_iter().collect();
        card.missing.push(format!("`commits` in the inventory gives message and author of {}", list.join(", ")));
    }
    if card.applications.iter().any(|app| app.link.starts_with('/')) {
        card.missing.push("`instances` in the inventory gives the address of Argo CD for the link".into());
    }
}
