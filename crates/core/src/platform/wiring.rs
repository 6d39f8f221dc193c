//! Which Component is which Application, and which workloads that means.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::application::{Application, Applications};
use super::catalog::{Catalog, Entity};
use crate::{Diagnostic, Value};

/// Annotations of the Argo CD plugin.
const APP_NAME: &str = "argocd/app-name";
const APP_SELECTOR: &str = "argocd/app-selector";
const APP_NAMESPACE: &str = "argocd/app-namespace";
const PROJECT_NAME: &str = "argocd/project-name";
/// The Kubernetes plugin's annotation, and the label it looks for.
const KUBERNETES_ID: &str = "backstage.io/kubernetes-id";

/// How one Component is wired.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wire {
    /// Canonical reference.
    pub component: String,
    /// Names of the Applications its annotations find.
    pub applications: Vec<String>,
    /// `Kind/namespace/name` of the workloads that carry its `backstage.io/kubernetes-id`.
    pub workloads: Vec<String>,
    /// The Rollouts among them.
    pub rollouts: Vec<String>,
    /// The repository its annotations name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// `wired`, `missing` or `ambiguous`.
    pub status: &'static str,
    /// What is missing, and which annotation would supply it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Wires every Component of type service, and every Component that carries an annotation.
pub fn wire(catalog: &Catalog, applications: &Applications, findings: &mut Vec<Diagnostic>) -> Vec<Wire> {
    let workloads = labelled(applications);
    catalog
        .entities
        .iter()
        .filter(|entity| entity.kind.eq_ignore_ascii_case("component"))
        .filter(|entity| {
            entity.kind_type.as_deref() == Some("service") || annotation(entity, APP_NAME).or(annotation(entity, APP_SELECTOR)).is_some()
        })
        .map(|entity| one(entity, applications, &workloads, findings))
        .collect()
}

fn annotation<'e>(entity: &'e Entity, name: &str) -> Option<&'e str> {
    entity.value.pointer("/metadata/annotations")?.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// Workloads by the value of their `backstage.io/kubernetes-id` label.
fn labelled(applications: &Applications) -> BTreeMap<String, Vec<String>> {
    let mut by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for application in &applications.items {
        for target in application.targets.iter().flatten() {
            let object = &target.object;
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let kind = text("/kind");
            if !matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet" | "Rollout" | "CronJob" | "Job") {
                continue;
            }
            if let Some(id) = object.pointer("/metadata/labels").and_then(|labels| labels.get(KUBERNETES_ID)).and_then(Value::as_str) {
                let namespace = match text("/metadata/namespace") {
                    "" => application.destination.namespace.as_str(),
                    namespace => namespace,
                };
                by_id.entry(id.to_owned()).or_default().push(format!("{kind}/{namespace}/{}", text("/metadata/name")));
            }
        }
    }
    by_id
}

fn one(entity: &Entity, applications: &Applications, workloads: &BTreeMap<String, Vec<String>>, findings: &mut Vec<Diagnostic>) -> Wire {
    let found: Vec<&Application> = matching(entity, applications);
    let own = annotation(entity, KUBERNETES_ID).and_then(|id| workloads.get(id)).cloned().unwrap_or_default();
    let (status, why) = verdict(entity, applications, &found);
    if let Some(why) = &why {
        let mut finding =
            Diagnostic::warning("platform-unwired-component", "/metadata/annotations", format!("{}: {why}", entity.entity_ref));
        finding.location = Some(entity.location.clone());
        findings.push(finding);
    }
    Wire {
        component: entity.entity_ref.clone(),
        applications: found.iter().map(|app| app.name.clone()).collect(),
        rollouts: own.iter().filter(|name| name.starts_with("Rollout/")).cloned().collect(),
        workloads: own,
        repository: annotation(entity, "github.com/project-slug").map(|slug| format!("github.com/{slug}")),
        status,
        why,
    }
}

fn matching<'a>(entity: &Entity, applications: &'a Applications) -> Vec<&'a Application> {
    let namespace = annotation(entity, APP_NAMESPACE);
    let project = annotation(entity, PROJECT_NAME);
    let selector = annotation(entity, APP_SELECTOR).map(|text| text.split(',').filter_map(|term| term.split_once('=')).collect::<Vec<_>>());
    let name = annotation(entity, APP_NAME);
    let selected = |app: &Application| {
        selector.as_ref().is_some_and(|terms| {
            !terms.is_empty()
                && terms.iter().all(|(key, value)| {
                    app.value.pointer("/metadata/labels").and_then(|labels| labels.get(key.trim())).and_then(Value::as_str)
                        == Some(value.trim())
                })
        })
    };
    applications
        .items
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
    if !found.is_empty() {
        return ("wired", None);
    }
    let Some(name) = name else {
        let suggestion = applications.get(&entity.name).map(|app| format!(" ({APP_NAME}: {} would)", app.name)).unwrap_or_default();
        return ("missing", Some(format!("no annotation tells which Application it is{suggestion}")));
    };
    let near = applications
        .items
        .iter()
        .map(|app| (strsim::damerau_levenshtein(&app.name, name).min(strsim::damerau_levenshtein(&app.name, &entity.name)), &app.name))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, near)| format!("; did you mean {near}?"))
        .unwrap_or_default();
    ("missing", Some(format!("{APP_NAME} says {name}, and no Application has that name{near}")))
}
