//! What the controller would say of an Application: sync, health, and why.

use schemars::JsonSchema;
use serde::Serialize;

use super::application::{Application, Applications};
use super::plan::{self, Plan};
use super::snapshot::Snapshot;
use super::text_diff;
use crate::argocd::autosync;
use crate::argocd::diff::{changes, shown_secret};
use crate::argocd::project::AppProject;
use crate::argocd::status::{self, Comparison, Request, ResourceStatus};
use crate::text::pointer;
use crate::{Diagnostic, Value};

/// Fields shown of one resource.
const SHOWN: usize = 8;

/// The verdicts on one Application.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// `Synced`, `OutOfSync`, `Unknown` (upstream's), or `unknown` (ours).
    pub sync: String,
    /// `Healthy`, …, or `unknown`.
    pub health: String,
    /// Upstream's message about the health.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub health_message: String,
    /// Why something is `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    /// Every resource.
    pub resources: Vec<Resource>,
    /// Conditions: `Type: message`.
    pub conditions: Vec<String>,
    /// What the controller would do by itself at its next look: nothing, or a sync, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autosync: Option<String>,
    /// What the next sync would do, in order; absent when there is nothing to do or nothing is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// What the snapshot's Application says of the newest deployments, newest first.
    pub history: Vec<Deployment>,
}

/// One resource of an Application.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// `group/Kind/namespace/name`, without what is empty.
    pub key: String,
    /// `Synced`, `OutOfSync`, `Unknown`, or empty.
    pub status: String,
    /// Its health, if it has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
    /// Git no longer has it.
    pub requires_pruning: bool,
    /// What differs.
    pub changes: Vec<Change>,
    /// The unified diff from the live object's YAML to what a sync would leave, if anything differs; what a Secret holds is masked.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub diff: String,
}

/// One field that differs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// JSON pointer.
    pub path: String,
    /// In the cluster.
    pub before: Option<Value>,
    /// As the sync would leave it.
    pub after: Option<Value>,
    /// Why.
    pub cause: String,
}

/// One row of `status.history`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// The commit.
    pub revision: String,
    /// When.
    pub deployed_at: String,
    /// Who.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub initiated_by: String,
}

/// Sync and health alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// `Synced`, `OutOfSync`, `Unknown`.
    pub sync: String,
    /// `Healthy`, …
    pub health: String,
}

/// Sync and health of an Application; `None` when they are not known.
pub fn verdict(application: &Application, all: &Applications, snapshot: &Snapshot<'_>) -> Option<Verdict> {
    of(application, all, snapshot, &mut Vec::new()).verdict()
}

impl State {
    /// Sync and health; `None` when they are not known.
    pub fn verdict(&self) -> Option<Verdict> {
        self.unknown.is_none().then(|| Verdict { sync: self.sync.clone(), health: self.health.clone() })
    }
}

/// Judges one Application.
pub fn of(application: &Application, all: &Applications, snapshot: &Snapshot<'_>, findings: &mut Vec<Diagnostic>) -> State {
    let targets: Vec<Value> = match &application.targets {
        Ok(targets) => targets.iter().map(|target| target.object.clone()).collect(),
        Err(why) => return unknown(why.clone()),
    };
    if snapshot.objects.is_empty() {
        return unknown("no snapshot of the cluster is given");
    }
    let Some(cluster) = snapshot.cluster(&application.destination.cluster) else {
        return unknown(format!("the snapshot is not of {}", application.destination.cluster));
    };
    let project = all.projects.get(&application.project);
    let live = snapshot.matter(&application.name, &application.destination.namespace, &targets, project);
    let request = Request {
        application: Some(&application.value),
        targets: &targets,
        live: &live,
        settings: snapshot.settings.clone(),
        project,
        cluster,
        scopes: snapshot.scopes(),
        predicted_live: Default::default(),
        crds: &snapshot.crds,
        ..Request::default()
    };
    match status::compare(&request) {
        Ok(comparison) => {
            let world = live.iter().chain(snapshot.definitions()).cloned().collect();
            let plan = plan::of(application, &comparison, &targets, world, project);
            describe(application, &comparison, plan, project, snapshot, findings)
        }
        Err(error) => unknown(error.message),
    }
}

fn unknown(why: impl Into<String>) -> State {
    State { sync: "unknown".into(), health: "unknown".into(), unknown: Some(why.into()), ..State::default() }
}

fn describe(
    application: &Application,
    comparison: &Comparison<'_>,
    plan: Option<Plan>,
    project: Option<&Value>,
    snapshot: &Snapshot<'_>,
    findings: &mut Vec<Diagnostic>,
) -> State {
    let resources: Vec<Resource> = comparison.resources.iter().map(resource).collect();
    for one in resources.iter().filter(|resource| resource.status == "OutOfSync") {
        findings.push(drift(application, one));
    }
    let needs = (!comparison.needs.is_empty()).then(|| {
        let keys: Vec<String> = comparison.needs.iter().map(ToString::to_string).collect();
        format!("the API server's dry run of {}", keys.join(", "))
    });
    State {
        sync: comparison.sync.to_owned(),
        health: comparison.health.status.clone(),
        health_message: comparison.health.message(),
        unknown: needs,
        conditions: comparison.conditions.iter().map(|condition| format!("{}: {}", condition.ty, condition.message)).collect(),
        autosync: Some(autosync(application, comparison, project, snapshot)),
        plan,
        history: snapshot.history(&application.name),
        resources,
    }
}

/// What the controller would do by itself when it looks next: after its poll, or told by a webhook.
fn autosync(application: &Application, comparison: &Comparison<'_>, project: Option<&Value>, snapshot: &Snapshot<'_>) -> String {
    let live = snapshot.application(&application.name);
    let mut known = live.cloned().unwrap_or_else(|| application.value.clone());
    if let (Some(members), Some(spec)) = (known.as_object_mut(), application.value.get("spec")) {
        members.insert("spec".into(), spec.clone());
    }
    let text = |pointer: &str| known.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let resources = comparison.resources.iter().map(|one| autosync::ResourceStatus {
        group: one.group.clone(),
        kind: one.kind.clone(),
        name: one.name.clone(),
        status: one.status.to_owned(),
        requires_pruning: one.requires_pruning,
    });
    let seen = autosync::Comparison {
        status: comparison.sync.to_owned(),
        revision: text("/status/sync/revision"),
        revisions: Vec::new(),
        resources: resources.collect(),
        revisions_may_have_changes: false,
    };
    // Without an instant nobody can say whether a window is open.
    let project = project.filter(|_| snapshot.at.is_some()).and_then(|project| AppProject::from_value(project).ok());
    let heal = autosync::SelfHeal { timeout: jiff::SignedDuration::ZERO, backoff: None };
    let decision = autosync::decide(&known, project.as_ref(), &seen, &heal, snapshot.at.unwrap_or(jiff::Timestamp::UNIX_EPOCH));
    use autosync::Reason;
    match decision.reason {
        Reason::OutOfSync => "it syncs by itself".into(),
        Reason::Disabled => "nothing: its sync is manual".into(),
        Reason::NotOutOfSync => "nothing: it is in sync".into(),
        Reason::SyncWindow => "nothing: a sync window forbids it".into(),
        Reason::OperationInProgress => "nothing: an operation is running".into(),
        Reason::Deleting => "nothing: it is being deleted".into(),
        Reason::PruneOnly => "nothing: only pruning is left, and prune is off".into(),
        Reason::FailedPreviousAttempt => "nothing: the same revision failed before".into(),
        Reason::AlreadyAttempted => "nothing: the same revision was synced before, and self-heal is off".into(),
        Reason::SelfHealBackoff => "it heals itself after a wait".into(),
        Reason::WouldWipeOut => "nothing: every resource would be pruned, and allowEmpty is off".into(),
    }
}

fn drift(application: &Application, resource: &Resource) -> Diagnostic {
    let what = if resource.requires_pruning {
        "Git no longer has it".to_owned()
    } else {
        let paths: Vec<&str> = resource
            .changes
            .iter()
            .take(3)
            .map(|change| if change.path.is_empty() { change.cause.as_str() } else { change.path.as_str() })
            .collect();
        paths.join(", ")
    };
    let mut finding =
        Diagnostic::warning("platform-out-of-sync", "", format!("{}: {} is OutOfSync: {what}", application.name, resource.key));
    finding.location = application.location.clone();
    finding
}

fn resource(one: &ResourceStatus<'_>) -> Resource {
    let parts = [one.group.as_str(), one.kind.as_str(), one.namespace.as_str(), one.name.as_str()];
    let (changes, diff) = if one.status == "OutOfSync" { differing(one) } else { Default::default() };
    Resource {
        key: parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/"),
        status: one.status.to_owned(),
        health: one
            .health
            .as_ref()
            .map(|health| if health.message.is_empty() { health.status.clone() } else { format!("{}: {}", health.status, health.message) }),
        requires_pruning: one.requires_pruning,
        changes,
        diff,
    }
}

/// The fields and the lines that differ; what a Secret holds is masked as Argo CD masks it.
fn differing(one: &ResourceStatus<'_>) -> (Vec<Change>, String) {
    let live = one.live.as_deref();
    let (before, after) = match (one.requires_pruning, &one.diff) {
        (true, _) => (live.unwrap_or(&Value::Null), &Value::Null),
        (false, diff) => (diff.normalized_live.value(), diff.predicted_live.value()),
    };
    let secret = one.group.is_empty() && one.kind == "Secret";
    let (before, after) = if secret { shown_secret(before, after, &[]) } else { (before.clone(), after.clone()) };
    let diff = text_diff::unified(&before, &after);
    if one.requires_pruning {
        return (Vec::new(), diff);
    }
    let live = if secret { None } else { live };
    let rows = changes(&before, &after, live).into_iter().map(|change| {
        let whole = change.path.is_empty();
        Change {
            path: change.path,
            before: change.before.filter(|_| !whole),
            after: change.after.filter(|_| !whole),
            cause: change.cause.to_string(),
        }
    });
    (rows.collect(), diff)
}

impl State {
    /// Details for people, one line each.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.health_message.is_empty() && self.health != "Healthy" {
            lines.push(format!("health: {}", self.health_message));
        }
        lines.extend(self.conditions.iter().cloned());
        for resource in self.resources.iter().filter(|resource| resource.status == "OutOfSync") {
            if resource.requires_pruning {
                lines.push(format!("≠ {}: not in Git any more", resource.key));
            } else if let [change] = resource.changes.as_slice()
                && change.path.is_empty()
            {
                lines.push(format!("≠ {}: {}", resource.key, change.cause));
            } else {
                lines.push(format!("≠ {}", resource.key));
                lines.extend(resource.changes.iter().take(SHOWN).map(|change| format!("    {}", change.line())));
                let rest = resource.changes.len().saturating_sub(SHOWN);
                if rest > 0 {
                    lines.push(format!("    and {rest} more"));
                }
            }
        }
        if let Some(next) = self.autosync.as_ref().filter(|_| self.sync != "Synced") {
            lines.push(format!("at the next refresh: {}", next.replacen("nothing: ", "nothing, because ", 1)));
        }
        if let Some(plan) = &self.plan {
            lines.extend(plan.lines());
        }
        if let Some(last) = self.history.first() {
            lines.push(format!("last deployed {} at {}{}", short(&last.revision), last.deployed_at, by(&last.initiated_by)));
        }
        lines
    }
}

fn by(who: &str) -> String {
    if who.is_empty() { String::new() } else { format!(" by {who}") }
}

/// A commit as people write it.
fn short(revision: &str) -> &str {
    revision.get(..7).unwrap_or(revision)
}

impl Change {
    /// `/spec/replicas 3 → 5, set in the cluster by kubectl-scale`, from Git's side: what is there, and what Git says.
    fn line(&self) -> String {
        let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "(absent)".into(), brief);
        let path: Vec<_> = pointer::tokens(&self.path).collect();
        format!("/{}: live {}, Git {}; {}", path.join("/"), side(&self.before), side(&self.after), self.cause)
    }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
