//! Portal before catalog: services that run and are not in it, Components that say too little.

use std::collections::BTreeSet;

use super::Finding;
use super::context::{Context, text};
use crate::platform::application::Application;
use crate::platform::catalog::Entity;
use crate::platform::model::Platform;
use crate::platform::tree::is;
use crate::{Diagnostic, Severity, Value};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    uncatalogued(context, findings);
    for entity in context.platform.catalog.entities.iter().filter(|entity| is_service(entity)) {
        let missing = gaps(entity);
        if !missing.is_empty() {
            let message = format!("{} has no {}", entity.entity_ref, list(&missing));
            findings.push(
                Diagnostic::info("platform-component-incomplete", "/metadata", message).with_location(entity.location.clone()).into(),
            );
        }
    }
}

/// A Component that runs somewhere.
pub(crate) fn is_service(entity: &Entity) -> bool {
    entity.kind.eq_ignore_ascii_case("component") && entity.kind_type.as_deref() == Some("service")
}

/// What a service's page should have and has not.
fn gaps(entity: &Entity) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if text(&entity.value, "/metadata/description").trim().is_empty() {
        missing.push("description");
    }
    for (name, has) in [("documentation", has_docs(entity)), ("on-call", has_on_call(entity)), ("dashboard", has_dashboard(entity))] {
        if !has {
            missing.push(name);
        }
    }
    missing
}

fn annotated(entity: &Entity, prefixes: &[&str]) -> bool {
    let annotations = entity.value.pointer("/metadata/annotations").and_then(Value::as_object);
    annotations
        .into_iter()
        .flatten()
        .any(|(key, value)| prefixes.iter().any(|prefix| key.starts_with(prefix)) && value.as_str().is_some_and(|value| !value.is_empty()))
}

fn linked(entity: &Entity, words: &[&str]) -> bool {
    let links = entity.value.pointer("/metadata/links").and_then(Value::as_array);
    links.into_iter().flatten().any(|link| {
        ["/title", "/icon", "/type", "/url"]
            .iter()
            .map(|key| text(link, key).to_lowercase())
            .any(|said| words.iter().any(|word| said.contains(word)))
    })
}

/// `backstage.io/techdocs-ref`, or one of another entity.
pub(crate) fn has_docs(entity: &Entity) -> bool {
    annotated(entity, &["backstage.io/techdocs-ref", "backstage.io/techdocs-entity"])
}

/// An annotation of a pager.
pub(crate) fn has_on_call(entity: &Entity) -> bool {
    annotated(
        entity,
        &[
            "pagerduty.com/",
            "opsgenie.com/",
            "victorops.com/",
            "splunk.com/on-call",
            "ilert.com/",
            "grafana/oncall",
            "rootly.com/",
            "incident.io/",
        ],
    ) || linked(entity, &["on-call", "oncall", "pagerduty", "opsgenie"])
}

/// An annotation or a link of a dashboard.
pub(crate) fn has_dashboard(entity: &Entity) -> bool {
    let annotations =
        ["grafana/dashboard", "grafana/tag-selector", "grafana/overview-dashboard", "datadoghq.com/", "newrelic.com/", "dynatrace.com/"];
    annotated(entity, &annotations) || linked(entity, &["dashboard", "grafana", "datadog"])
}

/// An annotation or a link of objectives.
pub(crate) fn has_slo(entity: &Entity) -> bool {
    annotated(entity, &["slo", "nobl9.com/", "sloth.dev/", "pyrra.dev/", "openslo.com/"]) || linked(entity, &["slo"])
}

pub(super) fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

/// Pods that an Application asks for, and whether it deploys workloads at all.
pub(crate) fn pods(application: &Application) -> Option<i64> {
    let workload =
        |object: &Value| is(object, "apps", "Deployment") || is(object, "apps", "StatefulSet") || is(object, "argoproj.io", "Rollout");
    let workloads: Vec<&Value> =
        application.targets.iter().flatten().map(|target| &target.object).filter(|object| workload(object)).collect();
    (!workloads.is_empty())
        .then(|| workloads.iter().map(|object| object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)).sum())
}

/// Applications with workloads, largest first, with their pods. Several environments of one directory are one service;
/// several releases of one chart are several.
pub(crate) fn deployed<'p>(platform: &'p Platform<'_>) -> Vec<(i64, &'p Application)> {
    let mut services: Vec<(i64, &Application)> =
        platform.applications.items.iter().filter_map(|application| Some((pods(application)?, application))).collect();
    services.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.name.cmp(&b.1.name)));
    let mut sources = BTreeSet::new();
    services.retain(|(_, application)| {
        application
            .sources
            .first()
            .is_none_or(|source| source.kind == "Helm" || sources.insert((source.repo_url.as_str(), source.path.as_str())))
    });
    services
}

fn uncatalogued(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let platform = context.platform;
    if !platform.catalog.by_kind.keys().any(|kind| kind.eq_ignore_ascii_case("component")) {
        return;
    }
    for (rank, (pods, application)) in deployed(platform).into_iter().enumerate() {
        if is_catalogued(platform, application) {
            continue;
        }
        // The platform's own controllers are no product, and seldom have a page.
        let own = platform.config.is_platform_team(&application.project);
        let severity = if rank < platform.config.thresholds.top_services && !own { Severity::Warning } else { Severity::Info };
        let message = format!(
            "{} deploys {pods} pod{}, and no Component of the catalog stands for it",
            application.name,
            if pods == 1 { "" } else { "s" }
        );
        let mut finding = Diagnostic::new("platform-service-uncatalogued", severity, "/metadata/name", message);
        finding.location = application.location.clone().or_else(|| context.place_of_origin(application));
        findings.push(finding.into());
    }
}

/// Wired by an annotation, or by the label of a workload; an environment of a source counts with its siblings.
pub(crate) fn is_catalogued(platform: &Platform<'_>, application: &Application) -> bool {
    let wired = |name: &str| platform.wiring.iter().any(|wire| wire.applications.iter().any(|app| app == name));
    let same_source = |other: &&Application| {
        let pair = other.sources.first().zip(application.sources.first());
        pair.is_some_and(|(a, b)| a.repo_url == b.repo_url && a.path == b.path && a.kind != "Helm")
    };
    let known_id = |id: &str| platform.wiring.iter().any(|wire| wire.kubernetes_id.as_deref() == Some(id));
    let labelled = application.targets.iter().flatten().any(|target| {
        let labels = target.object.pointer("/metadata/labels").and_then(Value::as_object);
        labels.and_then(|labels| labels.get("backstage.io/kubernetes-id")).and_then(Value::as_str).is_some_and(known_id)
    });
    labelled || wired(&application.name) || platform.applications.items.iter().filter(same_source).any(|other| wired(&other.name))
}
