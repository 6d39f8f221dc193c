//! Applications: those in files, those that Applications yield, those that ApplicationSets generate.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::repository::{Repositories, SourceType};
use super::tree::{self, Tree};
use crate::argocd::appset::Inventory;
use crate::{Diagnostic, Error, Location, Value, yaml};

/// Where an Application comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// A file that no other Application's source covers: applied by hand, or by a bootstrap.
    File,
    /// The source of another Application.
    Application(String),
    /// An ApplicationSet.
    ApplicationSet(String),
}

/// One Application.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`; `argocd` when absent.
    pub namespace: String,
    /// `spec.project`.
    pub project: String,
    /// Server or name of the cluster, and the namespace.
    pub destination: Destination,
    /// Where the manifests come from.
    pub sources: Vec<Source>,
    /// `manual`, or `automated` with what it may do.
    pub sync_policy: String,
    /// Who makes it.
    pub origin: Origin,
    /// Where it is written; generated ones have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// The sync wave it carries.
    pub wave: i64,
    /// The manifest.
    #[serde(skip)]
    pub value: Value,
    /// Its objects, or why they are not known.
    #[serde(skip)]
    pub targets: Result<Vec<Target>, String>,
}

/// A destination.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Destination {
    /// URL or name of the cluster.
    pub cluster: String,
    /// The namespace.
    pub namespace: String,
}

/// A source.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The repository.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// Path or chart.
    pub path: String,
    /// Branch, tag or commit.
    pub target_revision: String,
    /// `Directory`, `Helm`, `Kustomize`, `Plugin`.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// One desired object.
#[derive(Debug, Clone)]
pub struct Target {
    /// The object.
    pub object: Value,
    /// The file it was read from.
    pub file: Option<String>,
}

/// A generated set, or why it is not known.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSet {
    /// `metadata.name`.
    pub name: String,
    /// Where it is written.
    pub location: Option<Location>,
    /// The names it generates, in order.
    pub applications: Vec<String>,
    /// Upstream's error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What is missing to answer.
    pub needs: Vec<Value>,
}

/// All Applications of a platform.
#[derive(Debug, Default)]
pub struct Applications {
    /// Sorted by name.
    pub items: Vec<Application>,
    /// The sets.
    pub sets: Vec<ApplicationSet>,
    /// The projects, by name.
    pub projects: BTreeMap<String, Value>,
}

impl Applications {
    /// Reads the files, expands Applications of Applications, generates the sets.
    pub fn read(
        tree: &Tree<'_>,
        repositories: &Repositories<'_>,
        rendered: &BTreeMap<String, String>,
        inventory: &Inventory,
        findings: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut all = Self::default();
        for project in tree.of_kind("argoproj.io", "AppProject") {
            all.projects.insert(project.meta("name").to_owned(), project.value().clone());
        }
        // What somebody recorded from a cluster is no wish.
        let recorded = |value: &Value| value.pointer("/metadata/uid").is_some() && value.get("status").is_some();
        for object in tree.of_kind("argoproj.io", "Application").filter(|object| !recorded(object.value())) {
            let mut application = read(object.value(), Origin::File, repositories);
            application.location = object.location("/metadata/name");
            all.items.push(application);
        }
        for object in tree.of_kind("argoproj.io", "ApplicationSet") {
            let generated = super::applicationset::generate(object, inventory, findings);
            let origin = Origin::ApplicationSet(generated.set.name.clone());
            all.items.extend(generated.applications.iter().map(|value| {
                let mut application = read(value, origin.clone(), repositories);
                application.location.clone_from(&generated.set.location);
                application
            }));
            all.sets.push(generated.set);
        }
        all.items.sort_by(|a, b| a.name.cmp(&b.name));
        for application in &mut all.items {
            application.targets = targets(application, repositories, rendered);
        }
        all.adopt(findings);
        all.duplicates(findings);
        all
    }

    /// An Application by name.
    pub fn get(&self, name: &str) -> Option<&Application> {
        self.items.binary_search_by(|app| app.name.as_str().cmp(name)).ok().and_then(|at| self.items.get(at))
    }

    /// The Applications whose source yields `name`'s children, each child under its parent.
    fn adopt(&mut self, findings: &mut Vec<Diagnostic>) {
        let mut parents: BTreeMap<String, String> = BTreeMap::new();
        // Which file a child is read from tells it from others of its name.
        let mut files: BTreeMap<(String, String), String> = BTreeMap::new();
        for parent in &self.items {
            for target in parent.targets.iter().flatten().filter(|target| tree::is(&target.object, "argoproj.io", "Application")) {
                let child = target.object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
                if child != parent.name {
                    parents.insert(child.to_owned(), parent.name.clone());
                    files.insert((target.file.clone().unwrap_or_default(), child.to_owned()), parent.name.clone());
                }
            }
        }
        for application in self.items.iter_mut().filter(|app| app.origin == Origin::File) {
            let own = application.location.as_ref().map(|at| at.file.clone()).unwrap_or_default();
            let parent = files.get(&(own, application.name.clone())).or_else(|| files.get(&(String::new(), application.name.clone())));
            if let Some(parent) = parent {
                application.origin = Origin::Application(parent.clone());
            }
        }
        let mut reported = BTreeSet::new();
        for start in parents.keys() {
            if let Some(cycle) = cycle(start, &parents)
                && reported.insert(cycle.iter().min().cloned())
            {
                let mut finding = Diagnostic::error(
                    "platform-application-cycle",
                    "/spec/source",
                    format!("Applications yield one another: {}", cycle.join(" -> ")),
                );
                finding.location = self.get(start).and_then(|app| app.location.clone());
                findings.push(finding);
            }
        }
    }

    fn duplicates(&self, findings: &mut Vec<Diagnostic>) {
        let same = |a: &Application, b: &Application| a.name == b.name && a.namespace == b.namespace;
        for group in self.items.chunk_by(same) {
            let [first, second, rest @ ..] = group else { continue };
            // What is still to be filled in, as in `<CLUSTER>-dns`, is no name yet.
            if first.name.contains(['<', '{', '$']) {
                continue;
            }
            let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
            let message =
                format!("{} Applications are named {}: from {} and from {}{more}", group.len(), first.name, by(first), by(second));
            // Files in separate places are often one choice each, or go to an Argo CD each.
            let clash = group.iter().enumerate().any(|(at, one)| group.iter().skip(at + 1).any(|other| self.meet(one, other)));
            let mut finding = if clash {
                Diagnostic::error("platform-duplicate-application", "/metadata/name", message)
            } else {
                let message = format!("{message}; they must not meet in one Argo CD");
                Diagnostic::info("platform-duplicate-application", "/metadata/name", message)
            };
            finding.location = second.location.clone().or_else(|| first.location.clone());
            findings.push(finding);
        }
    }

    /// Whether two Applications of one name come to the same Argo CD for certain: both made by what is there once, or both
    /// applied with one directory.
    fn meet(&self, a: &Application, b: &Application) -> bool {
        let made = |application: &Application| match &application.origin {
            Origin::File => false,
            Origin::Application(parent) => self.items.iter().filter(|app| app.name == *parent).count() == 1,
            Origin::ApplicationSet(name) => self.sets.iter().filter(|set| set.name == *name).count() == 1,
        };
        let dir = |application: &Application| {
            application.location.as_ref().map(|at| at.file.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned())
        };
        (made(a) && made(b)) || (dir(a).is_some() && dir(a) == dir(b))
    }
}

fn by(application: &Application) -> String {
    let file = application.location.as_ref().map_or("a file", |at| at.file.as_str());
    match &application.origin {
        Origin::File => file.to_owned(),
        Origin::Application(parent) => format!("Application {parent} ({file})"),
        Origin::ApplicationSet(set) => format!("ApplicationSet {set} ({file})"),
    }
}

fn cycle(start: &str, parents: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let mut path = vec![start.to_owned()];
    let mut at = start;
    while let Some(parent) = parents.get(at) {
        if parent == start {
            path.push(start.to_owned());
            return Some(path);
        }
        if path.len() > parents.len() {
            return None;
        }
        path.push(parent.clone());
        at = parent;
    }
    None
}

fn read(value: &Value, origin: Origin, repositories: &Repositories<'_>) -> Application {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let or = |text: &str, default: &str| if text.is_empty() { default.to_owned() } else { text.to_owned() };
    let wave = text("/metadata/annotations/argocd.argoproj.io~1sync-wave").parse().unwrap_or(0);
    Application {
        name: text("/metadata/name").to_owned(),
        namespace: or(text("/metadata/namespace"), "argocd"),
        project: or(text("/spec/project"), "default"),
        destination: Destination {
            cluster: or(text("/spec/destination/server"), text("/spec/destination/name")),
            namespace: text("/spec/destination/namespace").to_owned(),
        },
        sources: sources(value).map(|source| self::source(source, repositories)).collect(),
        sync_policy: sync_policy(value),
        origin,
        location: None,
        wave,
        value: value.clone(),
        targets: Ok(Vec::new()),
    }
}

/// `spec.sources`, or the one `spec.source`.
pub fn sources(application: &Value) -> impl Iterator<Item = &Value> {
    let many = application.pointer("/spec/sources").and_then(Value::as_array).filter(|list| !list.is_empty());
    let one = if many.is_none() { application.pointer("/spec/source") } else { None };
    many.into_iter().flatten().chain(one)
}

fn source(source: &Value, repositories: &Repositories<'_>) -> Source {
    let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = match repositories.source_type(source) {
        SourceType::Directory => "Directory",
        SourceType::Helm => "Helm",
        SourceType::Kustomize => "Kustomize",
        SourceType::Plugin => "Plugin",
    };
    let path = if text("chart").is_empty() { text("path") } else { text("chart") };
    Source { repo_url: text("repoURL"), path, target_revision: text("targetRevision"), kind }
}

fn sync_policy(value: &Value) -> String {
    let automated = value.pointer("/spec/syncPolicy/automated").filter(|automated| automated.is_object());
    let Some(automated) = automated.filter(|automated| automated.get("enabled") != Some(&Value::Bool(false))) else {
        return "manual".into();
    };
    let on = |key: &str| automated.get(key).and_then(Value::as_bool).unwrap_or(false);
    let extras: Vec<&str> = [("prune", "prune"), ("selfHeal", "self-heal"), ("allowEmpty", "allow empty")]
        .iter()
        .filter(|(key, _)| on(key))
        .map(|(_, text)| *text)
        .collect();
    if extras.is_empty() { "automated".into() } else { format!("automated ({})", extras.join(", ")) }
}

fn targets(application: &Application, repositories: &Repositories<'_>, rendered: &BTreeMap<String, String>) -> Result<Vec<Target>, String> {
    if let Some(text) = rendered.get(&application.name) {
        let documents = yaml::kubernetes::documents(text).map_err(|error| format!("rendered manifests: {}", error.message))?;
        let objects = documents.into_iter().flat_map(tree::flatten);
        return Ok(objects.map(|object| Target { object, file: None }).collect());
    }
    let mut all = Vec::new();
    for source in sources(&application.value) {
        let kind = repositories.source_type(source);
        // A source that only lends its files to another one yields nothing itself.
        if source.get("ref").is_some_and(|name| !name.is_null()) && source.get("path").is_none() && source.get("chart").is_none() {
            continue;
        }
        if let Some(tool) = kind.tool() {
            return Err(format!("needs {tool}: put what it renders into {}.yaml", application.name));
        }
        let objects = repositories.directory(source).map_err(describe)?;
        all.extend(objects.into_iter().map(|(file, object)| Target { object, file: Some(file.path.clone()) }));
    }
    Ok(all)
}

fn describe(error: Error) -> String {
    match error.location {
        Some(at) => format!("{}:{}:{}: {}", at.file, at.line, at.column, error.message),
        None => error.message,
    }
}
