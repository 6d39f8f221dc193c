//! The whole picture.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::File;
use super::adoption::{self, Adoption};
use super::application::{Application, ApplicationSet, Applications, Origin};
use super::catalog::Catalog;
use super::docs::{self, Docs};
use super::lints::{self, suppress};
use super::model::{self, Platform};
use super::rollout::Rollout;
use super::snapshot::Snapshot;
use super::state::{self, State};
use super::status::{self, Card};
use super::template::Template;
use super::tree::{Class, Tree};
use super::wiring::Wire;
use crate::{Diagnostic, Result, Severity, Value};

/// Request of `platform.preview`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Every text of the platform's directory; `lofting.yaml` among them configures the rest.
    pub files: Vec<File>,
    /// Files that could not be handed over, with the reason.
    #[serde(default)]
    pub skipped: Vec<Skipped>,
    /// Application name to what a renderer made of its source; besides the files below `rendered`.
    #[serde(default)]
    pub rendered: BTreeMap<String, String>,
    /// The instant that windows and waits are judged at (RFC 3339); absent: they are `unknown`.
    pub at: Option<String>,
}

/// A file that was left out.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// Its path.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// Response of `platform.preview`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// The files by what they are.
    pub tree: TreeSummary,
    /// The catalog.
    pub catalog: Catalog,
    /// Software templates.
    pub templates: Vec<Template>,
    /// Applications, roots first, children after their parents.
    pub applications: Vec<ApplicationView>,
    /// ApplicationSets.
    pub application_sets: Vec<ApplicationSet>,
    /// Rollouts.
    pub rollouts: Vec<Rollout>,
    /// Components and what they are wired to.
    pub wiring: Vec<Wire>,
    /// Documentation of entities.
    pub techdocs: Vec<Docs>,
    /// The status cards of the wired Components, as the portal shows them.
    pub cards: Vec<Card>,
    /// What the platform is used for.
    pub adoption: Adoption,
    /// Templates that can be played from form to deployment, with the answers that lie beside them.
    pub flows: Vec<FlowInput>,
    /// Everything found, worst first.
    pub diagnostics: Vec<Diagnostic>,
}

/// Files by class.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TreeSummary {
    /// How many files.
    pub files: usize,
    /// How many of each class.
    pub classes: BTreeMap<Class, usize>,
    /// Those that could not be read, with the reason.
    pub not_understood: Vec<Skipped>,
}

/// A flow that can be played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FlowInput {
    /// Canonical reference of the template.
    pub template: String,
    /// The template's file.
    pub file: String,
    /// Files with answers: what lies in `answers/` beside the template.
    pub answers: Vec<String>,
}

/// An Application with its place in the tree and its state.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationView {
    /// The Application.
    #[serde(flatten)]
    pub application: Application,
    /// Depth in the tree of Applications; roots have 0.
    pub depth: usize,
    /// What the controller would say of it.
    pub state: State,
}

/// Draws the picture.
///
/// # Errors
/// When `lofting.yaml` or the inventory cannot be read.
pub fn preview(request: &Request) -> Result<Preview> {
    let mut platform = Platform::read(&request.files, &request.rendered)?;
    let mut findings = std::mem::take(&mut platform.findings);
    let mut snapshot = platform.snapshot();
    snapshot.at = match &request.at {
        Some(text) => Some(text.parse().map_err(|error| crate::Error::invalid(format!("at: {text}: {error}")))?),
        None => None,
    };
    let views = views(&platform.applications, &snapshot, &mut findings);
    let linted = lints::check(&platform, &snapshot, &findings)?;
    findings.extend(linted.into_iter().map(|finding| finding.diagnostic));
    let mut findings = suppress::apply_plain(&platform, findings);
    model::sort(&mut findings);
    let tree = summary(&platform.tree, &request.skipped);
    // Each Application has been judged above.
    let judged: BTreeMap<(&str, &str), &State> =
        views.iter().map(|view| ((view.application.namespace.as_str(), view.application.name.as_str()), &view.state)).collect();
    let judge = |application: &Application| judged.get(&(application.namespace.as_str(), application.name.as_str()))?.verdict();
    let adoption = adoption::measure(&platform, &snapshot, &judge);
    let cards = cards(&platform, &snapshot);
    Ok(Preview {
        techdocs: docs::read(&platform),
        cards,
        adoption,
        flows: flows(&platform),
        tree,
        catalog: platform.catalog,
        templates: platform.templates,
        applications: views,
        application_sets: platform.applications.sets,
        rollouts: platform.rollouts,
        wiring: platform.wiring,
        diagnostics: findings,
    })
}

/// The Applications of a platform with their manifests, and its snapshot of the cluster.
///
/// # Errors
/// When `lofting.yaml` or the inventory cannot be read.
pub fn applications(request: &Request) -> Result<(Applications, Vec<Value>)> {
    let platform = Platform::read(&request.files, &request.rendered)?;
    Ok((platform.applications, platform.tree.live))
}

impl Preview {
    /// Whether anything was found that deserves exit code 1.
    pub fn has_findings(&self) -> bool {
        self.diagnostics.iter().any(|finding| finding.severity >= Severity::Warning)
    }
}

fn cards(platform: &Platform<'_>, snapshot: &Snapshot<'_>) -> Vec<Card> {
    let wired = platform.wiring.iter().filter_map(|wire| platform.catalog.get(&wire.component));
    wired.map(|entity| status::card(platform, snapshot, entity)).collect()
}

fn flows(platform: &Platform<'_>) -> Vec<FlowInput> {
    let of = |template: &Template| {
        let dir = template.location.file.rsplit_once('/').map_or("", |(dir, _)| dir);
        let answers = if dir.is_empty() { "answers".to_owned() } else { format!("{dir}/answers") };
        FlowInput {
            template: template.entity_ref.clone(),
            file: template.location.file.clone(),
            answers: platform.tree.below(&answers).map(|file| file.path.clone()).collect(),
        }
    };
    platform.templates.iter().map(of).collect()
}

fn summary(tree: &Tree<'_>, skipped: &[Skipped]) -> TreeSummary {
    let mut classes = BTreeMap::new();
    for class in tree.classes.values() {
        *classes.entry(*class).or_default() += 1;
    }
    let broken = tree.broken.iter().map(|(path, error)| Skipped { path: (*path).to_owned(), reason: error.message.clone() });
    TreeSummary { files: tree.files.len() + skipped.len(), classes, not_understood: broken.chain(skipped.iter().cloned()).collect() }
}

/// Roots first, each followed by what it makes.
fn views(applications: &Applications, snapshot: &Snapshot<'_>, findings: &mut Vec<Diagnostic>) -> Vec<ApplicationView> {
    let mut children: BTreeMap<&str, Vec<&Application>> = BTreeMap::new();
    for application in &applications.items {
        if let Origin::Application(parent) = &application.origin {
            children.entry(parent).or_default().push(application);
        }
    }
    for family in children.values_mut() {
        family.sort_by_key(|child| (child.wave, child.name.as_str()));
    }
    let mut order: Vec<(usize, &Application)> = Vec::new();
    let mut seen = BTreeSet::new();
    let roots = applications.items.iter().filter(|app| !matches!(app.origin, Origin::Application(_)));
    // Members of a circle have no root.
    for root in roots.chain(&applications.items) {
        let mut left = vec![(0, root)];
        while let Some((depth, application)) = left.pop() {
            if seen.insert(std::ptr::from_ref(application)) {
                order.push((depth, application));
                left.extend(children.get(application.name.as_str()).into_iter().flatten().rev().map(|child| (depth + 1, *child)));
            }
        }
    }
    order
        .into_iter()
        .map(|(depth, application)| {
            let state = state::of(application, applications, snapshot, findings);
            ApplicationView { application: application.clone(), depth, state }
        })
        .collect()
}
