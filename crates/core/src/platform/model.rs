//! A platform read once: what preview, lints, the status card, the flow and the metrics all start from.

use std::collections::BTreeMap;

use super::File;
use super::application::Applications;
use super::assumed;
use super::catalog::Catalog;
use super::config::Config;
use super::repository::Repositories;
use super::rollout::{self, Rollout};
use super::snapshot::Snapshot;
use super::template::{self, Template};
use super::tree::Tree;
use super::wiring::{self, Wire};
use crate::argocd::appset::Inventory;
use crate::{Diagnostic, Error, Result, Value, yaml};

/// Everything that the files say.
#[derive(Debug)]
pub struct Platform<'f> {
    /// `lofting.yaml`.
    pub config: Config,
    /// The files, sorted by what they are.
    pub tree: Tree<'f>,
    /// The Git repositories among them.
    pub repositories: Repositories<'f>,
    /// What upstream would fetch.
    pub inventory: Inventory,
    /// Members of the inventory file that only the platform reads: `commits`, `instances`, `templateUses`, `apis`.
    pub facts: serde_json::Map<String, Value>,
    /// The catalog.
    pub catalog: Catalog,
    /// Applications, ApplicationSets, AppProjects.
    pub applications: Applications,
    /// Components and what they are wired to.
    pub wiring: Vec<Wire>,
    /// Rollouts.
    pub rollouts: Vec<Rollout>,
    /// Software templates.
    pub templates: Vec<Template>,
    /// What was found while reading.
    pub findings: Vec<Diagnostic>,
}

/// What the inventory file may say beyond the inventory of `appset.generate`.
const FACTS: [&str; 4] = ["commits", "instances", "templateUses", "apis"];

impl<'f> Platform<'f> {
    /// Reads the files once; `rendered` is what a renderer made of an Application's source, by name.
    ///
    /// # Errors
    /// When `lofting.yaml` or the inventory cannot be read.
    pub fn read(files: &'f [File], rendered: &BTreeMap<String, String>) -> Result<Self> {
        Self::with(Config::read(files)?, files, rendered)
    }

    /// As [`Platform::read`], with another configuration than the files'.
    ///
    /// # Errors
    /// When the inventory cannot be read.
    pub fn with(mut config: Config, files: &'f [File], rendered: &BTreeMap<String, String>) -> Result<Self> {
        let tree = Tree::read(files, &config);
        let mut findings = tree.diagnostics();
        assumed::repository(&mut config, &tree, &mut findings);
        let repositories = Repositories::new(files, &config);
        let catalog = Catalog::read(&tree, &mut findings);
        let (inventory, facts) = inventory(&tree, &config, &repositories)?;
        let rendered = all_rendered(rendered, &tree, &config);
        let applications = Applications::read(&tree, &repositories, &rendered, &inventory, &mut findings);
        let wiring = wiring::wire(&tree, &catalog, &applications, &mut findings);
        let rollouts = rollout::read(&tree, &mut findings);
        let templates = template::read(&catalog);
        Ok(Self { config, tree, repositories, inventory, facts, catalog, applications, wiring, rollouts, templates, findings })
    }

    /// Rows of a list in the inventory file: `commits`, `instances`, `templateUses`, `apis`.
    pub fn rows(&self, key: &str) -> &[Value] {
        self.facts.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The snapshot of the cluster.
    pub fn snapshot(&self) -> Snapshot<'_> {
        let desired = self.applications.items.iter().flat_map(|app| app.targets.iter().flatten()).map(|target| &target.object);
        Snapshot::new(&self.tree.live, desired, self.rows("apis"))
    }
}

/// Worst first, then by place.
pub fn sort(findings: &mut [Diagnostic]) {
    findings.sort_by(|a, b| {
        let place = |d: &Diagnostic| d.location.as_ref().map(|at| (at.file.clone(), at.line, at.column));
        b.severity.cmp(&a.severity).then_with(|| place(a).cmp(&place(b))).then_with(|| a.code.cmp(b.code))
    });
}

/// What the inventory file says, with the trees of the repositories that are here.
fn inventory(tree: &Tree<'_>, config: &Config, repositories: &Repositories<'_>) -> Result<(Inventory, serde_json::Map<String, Value>)> {
    let text = config.inventory.as_deref().and_then(|path| tree.text(path)).unwrap_or_default();
    let mut inventory = match yaml::kubernetes::unmarshal(text)? {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    };
    let facts = FACTS.iter().filter_map(|key| inventory.shift_remove_entry(*key)).collect();
    let mut git = match inventory.shift_remove("git") {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    };
    git.extend(repositories.inventory(config.repositories.keys().cloned()));
    inventory.insert("git".into(), Value::Array(git));
    let inventory = serde_json::from_value(Value::Object(inventory))
        .map_err(|error| Error::invalid(format!("{}: {error}", config.inventory.as_deref().unwrap_or("inventory"))))?;
    Ok((inventory, facts))
}

/// Rendered manifests by Application: the files below `rendered`, then what the caller rendered itself.
fn all_rendered(given: &BTreeMap<String, String>, tree: &Tree<'_>, config: &Config) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    if let Some(dir) = &config.rendered {
        let prefix = format!("{}/", dir.trim_end_matches('/'));
        for file in tree.files {
            if let Some(name) = file.path.strip_prefix(&prefix).and_then(|name| name.strip_suffix(".yaml")) {
                all.insert(name.to_owned(), file.text.clone());
            }
        }
    }
    all.extend(given.iter().map(|(name, text)| (name.clone(), text.clone())));
    all
}
