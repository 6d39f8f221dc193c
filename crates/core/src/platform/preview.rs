//! The whole picture.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::File;
use super::application::{Application, ApplicationSet, Applications, Origin};
use super::catalog::Catalog;
use super::config::Config;
use super::repository::Repositories;
use super::rollout::{self, Rollout};
use super::snapshot::Snapshot;
use super::state::{self, State};
use super::template::{self, Template};
use super::tree::{Class, Tree};
use super::wiring::{self, Wire};
use crate::argocd::appset::Inventory;
use crate::{Diagnostic, Error, Result, Severity, Value, yaml};

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
    let config = Config::read(&request.files)?;
    let tree = Tree::read(&request.files, &config);
    let repositories = Repositories::new(&request.files, &config);
    let mut findings = tree.diagnostics();
    let catalog = Catalog::read(&tree, &mut findings);
    let inventory = inventory(&tree, &config, &repositories)?;
    let rendered = rendered(request, &tree, &config);
    let applications = Applications::read(&tree, &repositories, &rendered, &inventory, &mut findings);
    let wiring = wiring::wire(&catalog, &applications, &mut findings);
    let rollouts = rollout::read(&tree, &mut findings);
    let templates = template::read(&catalog);
    let desired = applications.items.iter().flat_map(|app| app.targets.iter().flatten()).map(|target| target.object.clone());
    let snapshot = Snapshot::new(&tree.live, desired);
    let views = views(&applications, &snapshot, &mut findings);
    findings.sort_by(|a, b| {
        let place = |d: &Diagnostic| d.location.as_ref().map(|at| (at.file.clone(), at.line, at.column));
        b.severity.cmp(&a.severity).then_with(|| place(a).cmp(&place(b))).then_with(|| a.code.cmp(b.code))
    });
    Ok(Preview {
        tree: summary(&tree, &request.skipped),
        catalog,
        templates,
        applications: views,
        application_sets: applications.sets,
        rollouts,
        wiring,
        diagnostics: findings,
    })
}

/// The Applications of a platform with their manifests, and its snapshot of the cluster.
///
/// # Errors
/// When `lofting.yaml` or the inventory cannot be read.
pub fn applications(request: &Request) -> Result<(Applications, Vec<Value>)> {
    let config = Config::read(&request.files)?;
    let tree = Tree::read(&request.files, &config);
    let repositories = Repositories::new(&request.files, &config);
    let inventory = inventory(&tree, &config, &repositories)?;
    let rendered = rendered(request, &tree, &config);
    let applications = Applications::read(&tree, &repositories, &rendered, &inventory, &mut Vec::new());
    Ok((applications, tree.live))
}

impl Preview {
    /// Whether anything was found that deserves exit code 1.
    pub fn has_findings(&self) -> bool {
        self.diagnostics.iter().any(|finding| finding.severity >= Severity::Warning)
    }
}

/// What the inventory file says, with the trees of the repositories that are here.
fn inventory(tree: &Tree<'_>, config: &Config, repositories: &Repositories<'_>) -> Result<Inventory> {
    let text = config.inventory.as_deref().and_then(|path| tree.text(path)).unwrap_or_default();
    let mut inventory = match yaml::kubernetes::unmarshal(text)? {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    };
    let mut git = match inventory.shift_remove("git") {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    };
    git.extend(repositories.inventory(config.repositories.keys().cloned()));
    inventory.insert("git".into(), Value::Array(git));
    serde_json::from_value(Value::Object(inventory))
        .map_err(|error| Error::invalid(format!("{}: {error}", config.inventory.as_deref().unwrap_or("inventory"))))
}

/// Rendered manifests by Application: the files below `rendered`, then what the caller rendered itself.
fn rendered(request: &Request, tree: &Tree<'_>, config: &Config) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    if let Some(dir) = &config.rendered {
        let prefix = format!("{}/", dir.trim_end_matches('/'));
        for file in tree.files {
            if let Some(name) = file.path.strip_prefix(&prefix).and_then(|name| name.strip_suffix(".yaml")) {
                all.insert(name.to_owned(), file.text.clone());
            }
        }
    }
    all.extend(request.rendered.iter().map(|(name, text)| (name.clone(), text.clone())));
    all
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
    let mut order: Vec<(usize, &Application)> = Vec::new();
    let roots = applications.items.iter().filter(|app| !matches!(app.origin, Origin::Application(_)));
    for root in roots {
        descend(root, 0, applications, &mut order);
    }
    // Members of a circle have no root.
    for rest in &applications.items {
        if !order.iter().any(|(_, known)| std::ptr::eq(*known, rest)) {
            order.push((0, rest));
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

fn descend<'a>(app: &'a Application, depth: usize, all: &'a Applications, order: &mut Vec<(usize, &'a Application)>) {
    if order.iter().any(|(_, known)| std::ptr::eq(*known, app)) {
        return;
    }
    order.push((depth, app));
    let mut children: Vec<&Application> = all.items.iter().filter(|child| child.origin == Origin::Application(app.name.clone())).collect();
    children.sort_by_key(|child| (child.wave, child.name.as_str()));
    for child in children {
        descend(child, depth + 1, all, order);
    }
}
