//! Adoption: what a platform is used for, computed from files alone.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::File;
use super::application::Application;
use super::catalog::Entity;
use super::delivery::{self, Delivery};
use super::drift::{self, GeneratedState};
use super::lints::portal;
use super::model::Platform;
use super::snapshot::Snapshot;
use super::state;
use crate::backstage::catalog::EntityRef;
use crate::backstage::catalog::reference::Defaults;
use crate::{Diagnostic, Location, Result, Value};

/// The metrics, in the order in which they are shown; `adoption` in `lofting.yaml` names the least share of each.
pub const METRICS: [(&str, &str); 10] = [
    ("catalogued", "services with a Component"),
    ("wired", "service Components wired to an Application"),
    ("techdocs", "service Components with TechDocs"),
    ("onCall", "service Components with on-call"),
    ("dashboard", "service Components with a dashboard"),
    ("slo", "service Components with an SLO"),
    ("fromTemplate", "service Components made by a template"),
    ("synced", "Applications that are Synced"),
    ("healthy", "Applications that are Healthy"),
    ("withoutDrift", "generated repositories as their template makes them"),
];

/// Request of `platform.adoption`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Every text of the platform's directory.
    pub files: Vec<File>,
    /// Application name to what a renderer made of its source.
    #[serde(default)]
    pub rendered: BTreeMap<String, String>,
}

/// Response of `platform.adoption`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Adoption {
    /// Components.
    pub components: Components,
    /// Shares.
    pub metrics: Vec<Metric>,
    /// Templates and their use.
    pub templates: Vec<TemplateUse>,
    /// Deployments, failures and times.
    pub delivery: Delivery,
    /// Repositories that templates made.
    pub generated: Vec<GeneratedState>,
    /// Thresholds that are not met.
    pub diagnostics: Vec<Diagnostic>,
}

/// Components by owner and type.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Components {
    /// How many there are.
    pub total: usize,
    /// By owner; those without one under `""`.
    pub by_owner: BTreeMap<String, usize>,
    /// By `spec.type`.
    pub by_type: BTreeMap<String, usize>,
    /// By owner, then by type.
    pub by_owner_and_type: BTreeMap<String, BTreeMap<String, usize>>,
}

/// A share.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metric {
    /// As thresholds name it.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// How many fulfil it.
    pub count: usize,
    /// Of how many.
    pub of: usize,
    /// In percent; absent when there is nothing to count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<f64>,
    /// The least that `lofting.yaml` wants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Those that do not fulfil it.
    pub missing: Vec<String>,
}

/// The use of one template.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateUse {
    /// Canonical reference.
    pub template: String,
    /// Components that came from it.
    pub uses: usize,
    /// By owner.
    pub by_owner: BTreeMap<String, usize>,
    /// By month (`2026-01`), from the inventory's `templateUses`.
    pub by_month: BTreeMap<String, usize>,
}

/// Answers `platform.adoption`.
///
/// # Errors
/// When the configuration cannot be read.
pub fn adoption(request: &Request) -> Result<Adoption> {
    let platform = Platform::read(&request.files, &request.rendered)?;
    super::lints::known(&platform.config)?;
    let snapshot = platform.snapshot();
    Ok(measure(&platform, &snapshot, &|application| state::verdict(application, &platform.applications, &snapshot)))
}

/// Sync and health of an Application as its files say; `None` when they are not known.
pub type Judge<'j> = dyn Fn(&Application) -> Option<state::Verdict> + 'j;

/// Measures a platform; `judge` is asked for Applications whose state no controller recorded.
pub fn measure(platform: &Platform<'_>, snapshot: &Snapshot<'_>, judge: &Judge<'_>) -> Adoption {
    let generated = drift::all(platform);
    let mut metrics = shares(platform, snapshot, judge, &generated);
    let mut diagnostics = Vec::new();
    for metric in &mut metrics {
        metric.threshold = platform.config.adoption.get(metric.name).copied();
        if let (Some(threshold), Some(percent)) = (metric.threshold, metric.percent)
            && percent < threshold
        {
            let message = format!("{}: {} of {} ({percent:.0} %), wanted {threshold:.0} %", metric.title, metric.count, metric.of);
            let place = Location { file: super::config::NAME.into(), line: 1, column: 1, end: None };
            diagnostics.push(Diagnostic::error("platform-adoption-threshold", "/adoption", message).with_location(place));
        }
    }
    Adoption {
        components: components(platform),
        metrics,
        templates: templates(platform),
        delivery: delivery::measure(snapshot, platform.rows("commits")),
        generated,
        diagnostics,
    }
}

fn components(platform: &Platform<'_>) -> Components {
    let mut all = Components::default();
    for entity in platform.catalog.entities.iter().filter(|entity| entity.kind.eq_ignore_ascii_case("component")) {
        let owner = entity.owner.clone().unwrap_or_default();
        let kind = entity.kind_type.clone().unwrap_or_default();
        all.total += 1;
        *all.by_owner.entry(owner.clone()).or_default() += 1;
        *all.by_type.entry(kind.clone()).or_default() += 1;
        *all.by_owner_and_type.entry(owner).or_default().entry(kind).or_default() += 1;
    }
    all
}

/// The template that an entity says it came from, canonical.
fn template_of(entity: &Entity) -> Option<String> {
    let annotation = entity.value.pointer("/metadata/annotations/backstage.io~1source-template").and_then(Value::as_str);
    let label = entity.value.pointer("/metadata/labels/backstage.io~1source-template").and_then(Value::as_str);
    let defaults = Defaults { kind: Some("template"), namespace: Some("default") };
    EntityRef::parse(annotation.or(label)?, defaults).ok().map(|reference| reference.canonical())
}

fn shares(platform: &Platform<'_>, snapshot: &Snapshot<'_>, judge: &Judge<'_>, generated: &[GeneratedState]) -> Vec<Metric> {
    let services: Vec<&Entity> = platform.catalog.entities.iter().filter(|entity| portal::is_service(entity)).collect();
    let wired: BTreeSet<&str> = platform.wiring.iter().filter(|wire| wire.status == "wired").map(|wire| wire.component.as_str()).collect();
    let of_services = |name: &str, fulfils: &dyn Fn(&Entity) -> bool| {
        metric(name, services.iter().map(|entity| (entity.entity_ref.as_str(), fulfils(entity))))
    };
    let deployed = portal::deployed(platform);
    let states: Vec<(&str, state::Verdict)> =
        platform.applications.items.iter().filter_map(|app| Some((app.name.as_str(), verdict(app, snapshot, judge)?))).collect();
    vec![
        metric("catalogued", deployed.iter().map(|(_, app)| (app.name.as_str(), portal::is_catalogued(platform, app)))),
        of_services("wired", &|entity| wired.contains(entity.entity_ref.as_str())),
        of_services("techdocs", &portal::has_docs),
        of_services("onCall", &portal::has_on_call),
        of_services("dashboard", &portal::has_dashboard),
        of_services("slo", &portal::has_slo),
        of_services("fromTemplate", &|entity| template_of(entity).is_some()),
        metric("synced", states.iter().map(|(name, verdict)| (*name, verdict.sync == "Synced"))),
        metric("healthy", states.iter().map(|(name, verdict)| (*name, verdict.health == "Healthy"))),
        metric("withoutDrift", generated.iter().map(|one| (one.dir.as_str(), one.files.is_empty() && one.error.is_none()))),
    ]
}

/// What the controller recorded, else what the files say; `None` when neither is known.
fn verdict(application: &Application, snapshot: &Snapshot<'_>, judge: &Judge<'_>) -> Option<state::Verdict> {
    if let Some(live) = snapshot.application(&application.name) {
        let text = |pointer: &str| live.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        return Some(state::Verdict { sync: text("/status/sync/status"), health: text("/status/health/status") });
    }
    judge(application)
}

fn metric<'a>(name: &str, items: impl Iterator<Item = (&'a str, bool)>) -> Metric {
    let (name, title) = METRICS.iter().find(|(known, _)| *known == name).copied().unwrap_or(("", ""));
    let mut metric = Metric { name, title, count: 0, of: 0, percent: None, threshold: None, missing: Vec::new() };
    for (item, fulfilled) in items {
        metric.of += 1;
        if fulfilled {
            metric.count += 1;
        } else {
            metric.missing.push(item.to_owned());
        }
    }
    metric.percent = (metric.of > 0).then(|| (metric.count as f64 * 1000.0 / metric.of as f64).round() / 10.0);
    metric
}

fn templates(platform: &Platform<'_>) -> Vec<TemplateUse> {
    let mut months: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let rows = platform.rows("templateUses").iter();
    let dates: BTreeMap<&str, &str> = rows.filter_map(|row| Some((row.get("entity")?.as_str()?, row.get("at")?.as_str()?))).collect();
    let mut uses: BTreeMap<String, TemplateUse> = platform
        .templates
        .iter()
        .map(|template| {
            let name = template.entity_ref.clone();
            (name.clone(), TemplateUse { template: name, uses: 0, by_owner: BTreeMap::new(), by_month: BTreeMap::new() })
        })
        .collect();
    for entity in &platform.catalog.entities {
        let Some(template) = template_of(entity) else { continue };
        if let Some(month) = dates.get(entity.entity_ref.as_str()).and_then(|date| date.get(..7)) {
            *months.entry(template.clone()).or_default().entry(month.to_owned()).or_default() += 1;
        }
        // A template that is gone still made what it made.
        let one = uses.entry(template.clone()).or_insert_with(|| TemplateUse {
            template,
            uses: 0,
            by_owner: BTreeMap::new(),
            by_month: BTreeMap::new(),
        });
        one.uses += 1;
        *one.by_owner.entry(entity.owner.clone().unwrap_or_default()).or_default() += 1;
    }
    for (template, by_month) in months {
        if let Some(one) = uses.get_mut(&template) {
            one.by_month = by_month;
        }
    }
    uses.into_values().collect()
}

impl Adoption {
    /// Whether a threshold is not met.
    pub fn has_findings(&self) -> bool {
        !self.diagnostics.is_empty()
    }
}
