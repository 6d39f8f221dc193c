//! Which Component is which Application, which workloads that means, and what is ambiguous or missing about it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::application::{Application, Applications};
use super::catalog::{Catalog, Entity};
use super::tree::Tree;
use crate::kube::selector;
use crate::{Diagnostic, Location, Value};

/// Annotations of the Argo CD plugin.
pub(super) const APP_NAME: &str = "argocd/app-name";
pub(super) const APP_SELECTOR: &str = "argocd/app-selector";
pub(super) const APP_NAMESPACE: &str = "argocd/app-namespace";
pub(super) const PROJECT_NAME: &str = "argocd/project-name";
pub(super) const INSTANCE_NAME: &str = "argocd/instance-name";
/// Annotations of the Kubernetes plugin; the first is also the label of the workloads.
const KUBERNETES_ID: &str = "backstage.io/kubernetes-id";
const LABEL_SELECTOR: &str = "backstage.io/kubernetes-label-selector";
const KUBERNETES_NAMESPACE: &str = "backstage.io/kubernetes-namespace";

/// How one Component is wired.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wire {
    /// Canonical reference.
    pub component: String,
    /// Names of the Applications its annotations find.
    pub applications: Vec<String>,
    /// `Kind/namespace/name` of the workloads that its Kubernetes annotations find.
    pub workloads: Vec<String>,
    /// The Rollouts among them.
    pub rollouts: Vec<String>,
    /// Its `backstage.io/kubernetes-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubernetes_id: Option<String>,
    /// The repository its annotations name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// `wired`, `missing` or `ambiguous`.
    pub status: &'static str,
    /// What is missing, and which annotation would supply it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What else is worth knowing about its links.
    pub notes: Vec<String>,
}

/// Wires every Component of type service, and every Component that carries an annotation.
pub fn wire(tree: &Tree<'_>, catalog: &Catalog, applications: &Applications, findings: &mut Vec<Diagnostic>) -> Vec<Wire> {
    let workloads = workloads(applications);
    let mut wires: Vec<Wire> = catalog
        .entities
        .iter()
        .filter(|entity| entity.kind.eq_ignore_ascii_case("component"))
        .filter(|entity| {
            entity.kind_type.as_deref() == Some("service") || annotation(entity, APP_NAME).or(annotation(entity, APP_SELECTOR)).is_some()
        })
        .map(|entity| one(tree, entity, applications, &workloads, findings))
        .collect();
    shared(&mut wires);
    wires
}

/// An annotation that says something.
pub(super) fn annotation<'e>(entity: &'e Entity, name: &str) -> Option<&'e str> {
    entity.value.pointer("/metadata/annotations")?.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A workload of some Application.
struct Workload<'a> {
    labels: Option<&'a serde_json::Map<String, Value>>,
    namespace: &'a str,
    title: String,
}

fn workloads(applications: &Applications) -> Vec<Workload<'_>> {
    let mut found = Vec::new();
    for application in &applications.items {
        for target in application.targets.iter().flatten() {
            let object = &target.object;
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            if !is_workload(text("/kind")) {
                continue;
            }
            let namespace = match text("/metadata/namespace") {
                "" => application.destination.namespace.as_str(),
                namespace => namespace,
            };
            let labels = object.pointer("/metadata/labels").and_then(Value::as_object);
            found.push(Workload { labels, namespace, title: format!("{}/{namespace}/{}", text("/kind"), text("/metadata/name")) });
        }
    }
    found
}

/// Kinds that run pods.
pub(super) fn is_workload(kind: &str) -> bool {
    matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet" | "Rollout" | "CronJob" | "Job")
}

/// The workloads that the Kubernetes plugin would show: a label selector wins over the id.
fn own(entity: &Entity, workloads: &[Workload<'_>]) -> Vec<String> {
    let namespace = annotation(entity, KUBERNETES_NAMESPACE);
    let here = |workload: &&Workload<'_>| namespace.is_none_or(|namespace| workload.namespace == namespace);
    let found: BTreeSet<&str> = match (annotation(entity, LABEL_SELECTOR), annotation(entity, KUBERNETES_ID)) {
        (Some(text), _) => {
            let Ok(selector) = selector::parse(text) else { return Vec::new() };
            workloads
                .iter()
                .filter(here)
                .filter(|one| one.labels.is_some_and(|labels| selector.matches(labels)))
                .map(|one| one.title.as_str())
                .collect()
        }
        (None, Some(id)) => {
            let is_it = |one: &&Workload<'_>| one.labels.and_then(|labels| labels.get(KUBERNETES_ID)).and_then(Value::as_str) == Some(id);
            workloads.iter().filter(here).filter(is_it).map(|one| one.title.as_str()).collect()
        }
        (None, None) => BTreeSet::new(),
    };
    found.into_iter().map(str::to_owned).collect()
}

/// The place of a pointer in an entity's document, or where the entity begins.
pub fn locate(tree: &Tree<'_>, entity: &Entity, pointer: &str) -> Location {
    let file = &entity.location.file;
    let found = tree.in_file(file).find(|object| {
        let kind = object.value().get("kind").and_then(Value::as_str).unwrap_or_default();
        object.meta("name") == entity.name && kind.eq_ignore_ascii_case(&entity.kind)
    });
    found.and_then(|object| object.location(pointer)).unwrap_or_else(|| entity.location.clone())
}

fn one(tree: &Tree<'_>, entity: &Entity, applications: &Applications, workloads: &[Workload<'_>], findings: &mut Vec<Diagnostic>) -> Wire {
    let found: Vec<&Application> = matching(entity, &applications.items);
    let own = own(entity, workloads);
    let (status, why) = verdict(entity, applications, &found);
    if let Some(why) = &why {
        let mut finding =
            Diagnostic::warning("platform-unwired-component", "/metadata/annotations", format!("{}: {why}", entity.entity_ref));
        let at = if annotation(entity, APP_NAME).is_some() { "/metadata/annotations/argocd~1app-name" } else { "/metadata/annotations" };
        finding.location = Some(locate(tree, entity, at));
        findings.push(finding);
    }
    Wire {
        component: entity.entity_ref.clone(),
        notes: notes(entity, &found, &own),
        applications: found.iter().map(|app| app.name.clone()).collect(),
        rollouts: own.iter().filter(|name| name.starts_with("Rollout/")).cloned().collect(),
        workloads: own,
        kubernetes_id: annotation(entity, KUBERNETES_ID).map(str::to_owned),
        repository: repository(entity),
        status,
        why,
    }
}

/// The source repository: as the source hosts' plugins read it, else as the catalog recorded it.
fn repository(entity: &Entity) -> Option<String> {
    let slugs = [("github.com/project-slug", "github.com"), ("gitlab.com/project-slug", "gitlab.com")];
    let slug = slugs.iter().find_map(|(key, host)| Some(format!("{host}/{}", annotation(entity, key)?)));
    slug.or_else(|| {
        let location = annotation(entity, "backstage.io/source-location")?;
        location.strip_prefix("url:").map(|url| url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/').to_owned())
    })
}

/// The Applications that a Component's annotations find, as the plugin looks for them.
pub(super) fn matching<'a>(entity: &Entity, applications: &'a [Application]) -> Vec<&'a Application> {
    let namespace = annotation(entity, APP_NAMESPACE);
    let project = annotation(entity, PROJECT_NAME);
    let selector = annotation(entity, APP_SELECTOR).and_then(|text| selector::parse(text).ok()).filter(|selector| !selector.is_empty());
    let name = annotation(entity, APP_NAME);
    let selected = |app: &Application| {
        let labels = || app.value.pointer("/metadata/labels").and_then(Value::as_object);
        selector.as_ref().is_some_and(|selector| labels().is_some_and(|labels| selector.matches(labels)))
    };
    applications
        .iter()
        .filter(|app| namespace.is_none_or(|namespace| app.namespace == namespace) && project.is_none_or(|project| app.project == project))
        .filter(|app| name.is_some_and(|name| app.name == name) || selected(app))
        .collect()
}

fn verdict(entity: &Entity, applications: &Applications, found: &[&Application]) -> (&'static str, Option<String>) {
    let name = annotation(entity, APP_NAME);
    if name.is_some() && annotation(entity, APP_SELECTOR).is_some() {
        return ("ambiguous", Some(format!("carries both {APP_NAME} and {APP_SELECTOR}: the plugin refuses that")));
    }
    let spaces: BTreeSet<&str> = found.iter().map(|app| app.namespace.as_str()).collect();
    if name.is_some() && spaces.len() > 1 {
        let spaces: Vec<&str> = spaces.into_iter().collect();
        let message = format!("Applications of that name are in {}: {APP_NAMESPACE} would pick one", spaces.join(" and "));
        return ("ambiguous", Some(message));
    }
    if !found.is_empty() {
        return ("wired", None);
    }
    ("missing", Some(missing(entity, applications, name)))
}

fn missing(entity: &Entity, applications: &Applications, name: Option<&str>) -> String {
    if let Some(text) = annotation(entity, APP_SELECTOR) {
        return match selector::parse(text) {
            Ok(_) => format!("{APP_SELECTOR} says {text}, and no Application has such labels"),
            Err(error) => format!("{APP_SELECTOR} cannot be read: {}", error.message),
        };
    }
    let Some(name) = name else {
        let suggestion = applications.get(&entity.name).map(|app| format!(" ({APP_NAME}: {} would)", app.name)).unwrap_or_default();
        return format!("no annotation tells which Application it is{suggestion}");
    };
    // The name is right, and another annotation excludes it.
    if let Some(app) = applications.get(name) {
        let excluded = match (annotation(entity, APP_NAMESPACE), annotation(entity, PROJECT_NAME)) {
            (Some(space), _) if space != app.namespace => format!("{APP_NAMESPACE} says {space}, and it is in {}", app.namespace),
            (_, Some(project)) => format!("{PROJECT_NAME} says {project}, and it is in {}", app.project),
            _ => "another annotation excludes it".to_owned(),
        };
        return format!("{APP_NAME} says {name}, but {excluded}");
    }
    let near = applications
        .items
        .iter()
        .map(|app| (strsim::damerau_levenshtein(&app.name, name).min(strsim::damerau_levenshtein(&app.name, &entity.name)), &app.name))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, near)| format!("; did you mean {near}?"))
        .unwrap_or_default();
    format!("{APP_NAME} says {name}, and no Application has that name{near}")
}

fn notes(entity: &Entity, found: &[&Application], own: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    if own.is_empty() && !found.is_empty() {
        notes.push(match (annotation(entity, LABEL_SELECTOR), annotation(entity, KUBERNETES_ID)) {
            (Some(selector), _) => format!("no workload has the labels of {LABEL_SELECTOR} ({selector})"),
            (None, Some(id)) => format!("no workload carries the label {KUBERNETES_ID}: {id}"),
            (None, None) => format!("without {KUBERNETES_ID} or {LABEL_SELECTOR} the Kubernetes tab is not shown"),
        });
    }
    if repository(entity).is_none() {
        notes.push("no annotation tells its repository (github.com/project-slug, backstage.io/source-location)".into());
    }
    notes
}

/// Applications that several Components claim.
fn shared(wires: &mut [Wire]) {
    let mut claims: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for wire in wires.iter() {
        for application in &wire.applications {
            claims.entry(application.clone()).or_default().push(wire.component.clone());
        }
    }
    for wire in wires {
        for application in &wire.applications {
            let others: Vec<&str> =
                claims.get(application).into_iter().flatten().filter(|other| **other != wire.component).map(String::as_str).collect();
            if !others.is_empty() {
                wire.notes.push(format!("the Application {application} is also the one of {}", others.join(", ")));
            }
        }
    }
}
