//! What each file is, judged by what it holds.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::File;
use super::config::Config;
use crate::text::LineIndex;
use crate::yaml::{self, Dialect, Document};
use crate::{Diagnostic, Error, Location, Value};

/// One object of a file, with its place.
#[derive(Debug)]
pub struct Object<'f> {
    /// The file it is in.
    pub file: &'f File,
    /// The document with its places.
    pub document: Document,
}

impl Object<'_> {
    /// The object.
    pub fn value(&self) -> &Value {
        self.document.value()
    }

    /// A string member of `metadata`.
    pub fn meta(&self, key: &str) -> &str {
        self.value().get("metadata").and_then(|metadata| metadata.get(key)).and_then(Value::as_str).unwrap_or_default()
    }

    /// The place of a pointer, or of its nearest parent.
    pub fn location(&self, pointer: &str) -> Option<Location> {
        let span = self.document.locate(pointer)?;
        Some(LineIndex::new(&self.file.text).location(&self.file.text, &self.file.path, span))
    }
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Class {
    /// Applications, ApplicationSets, AppProjects.
    ArgoCd,
    /// Rollouts, AnalysisTemplates, Experiments.
    Rollouts,
    /// Entities of the catalog.
    Catalog,
    /// Software templates.
    Template,
    /// Other Kubernetes objects.
    Kubernetes,
    /// The snapshot of the cluster.
    Live,
    /// What a renderer made.
    Rendered,
    /// A kustomization.
    Kustomize,
    /// A chart's own files.
    Helm,
    /// Values, answers, inventories: YAML or JSON without a kind.
    Data,
    /// Documentation.
    Docs,
    /// What a template copies.
    Skeleton,
    /// `lofting.yaml`.
    Config,
    /// Text that is none of these: sources, scripts, Dockerfiles.
    Other,
    /// Said to be YAML, and cannot be read.
    NotUnderstood,
}

/// The platform's files, read and sorted.
#[derive(Debug)]
pub struct Tree<'f> {
    /// All files.
    pub files: &'f [File],
    /// Class by path.
    pub classes: BTreeMap<&'f str, Class>,
    /// Kubernetes-style objects outside snapshots, in order.
    pub objects: Vec<Object<'f>>,
    /// The snapshot's objects, lists flattened.
    pub live: Vec<Value>,
    /// Why a file could not be read.
    pub broken: Vec<(&'f str, Error)>,
    by_path: BTreeMap<&'f str, &'f File>,
}

impl<'f> Tree<'f> {
    /// Reads every file once.
    pub fn read(files: &'f [File], config: &Config) -> Self {
        let mut tree =
            Self { files, classes: BTreeMap::new(), objects: Vec::new(), live: Vec::new(), broken: Vec::new(), by_path: BTreeMap::new() };
        tree.by_path = files.iter().map(|file| (file.path.as_str(), file)).collect();
        let charts: BTreeSet<&str> = files.iter().filter_map(|file| file.path.strip_suffix("Chart.yaml")).collect();
        let skeletons = skeletons(files.iter().map(|file| (file.path.as_str(), file.text.as_str())));
        for file in files {
            let class = tree.classify(file, config, &charts, &skeletons);
            tree.classes.insert(&file.path, class);
        }
        tree.objects.sort_by(|a, b| a.file.path.cmp(&b.file.path));
        tree
    }

    fn classify(&mut self, file: &'f File, config: &Config, charts: &BTreeSet<&str>, skeletons: &[String]) -> Class {
        let path = file.path.as_str();
        if path == super::config::NAME {
            return Class::Config;
        }
        if skeletons.iter().any(|dir| path.starts_with(dir.as_str())) {
            return Class::Skeleton;
        }
        if charts.iter().any(|dir| path.strip_prefix(dir).is_some_and(of_chart)) {
            return Class::Helm;
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        if !matches!(name.rsplit('.').next(), Some("yaml" | "yml" | "json")) {
            return if matches!(name.rsplit('.').next(), Some("md" | "markdown")) { Class::Docs } else { Class::Other };
        }
        if matches!(name, "mkdocs.yml" | "mkdocs.yaml") {
            return Class::Docs;
        }
        let documents = match yaml::parse(&file.text, Dialect::Kubernetes) {
            Ok(documents) => documents,
            Err(error) => {
                self.broken.push((path, error));
                return Class::NotUnderstood;
            }
        };
        if within(path, config.live.as_deref()) {
            self.live.extend(documents.into_iter().flat_map(|document| flatten(document.into_value())));
            return Class::Live;
        }
        if within(path, config.rendered.as_deref()) {
            return Class::Rendered;
        }
        if matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization") {
            return Class::Kustomize;
        }
        let class = documents.iter().map(|document| of(document.value())).find(|class| *class != Class::Data).unwrap_or(Class::Data);
        if !matches!(class, Class::Data | Class::Kustomize) {
            self.objects.extend(
                documents.into_iter().filter(|document| document.value().get("kind").is_some()).map(|document| Object { file, document }),
            );
        }
        class
    }

    /// The objects of an API group and kind.
    pub fn of_kind(&self, group: &str, kind: &str) -> impl Iterator<Item = &Object<'f>> {
        self.objects.iter().filter(move |object| is(object.value(), group, kind))
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&'f str> {
        self.by_path.get(path).map(|file| file.text.as_str())
    }

    /// A path as the tree holds it.
    pub fn path(&self, path: &str) -> Option<&'f str> {
        self.by_path.get(path).map(|file| file.path.as_str())
    }

    /// The objects of a file, in order.
    pub fn in_file<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Object<'f>> {
        let start = self.objects.partition_point(|object| object.file.path.as_str() < path);
        self.objects.iter().skip(start).take_while(move |object| object.file.path == path)
    }

    /// The files below a directory (`""` for all), in order of path.
    pub fn below(&self, dir: &str) -> impl Iterator<Item = &'f File> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{}/", dir.trim_end_matches('/')) };
        let start = self.by_path.range::<str, _>((std::ops::Bound::Included(prefix.as_str()), std::ops::Bound::Unbounded));
        start.map(|(_, file)| *file).take_while(|file| file.path.starts_with(prefix.as_str())).collect::<Vec<_>>().into_iter()
    }

    /// Findings about files that cannot be read.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let finding = |(path, error): &(&str, Error)| {
            let mut finding = Diagnostic::warning("platform-unreadable-file", "", error.message.clone());
            finding.location = Some(match error.location.as_deref() {
                Some(at) => Location { file: (*path).to_owned(), ..at.clone() },
                None => Location { file: (*path).to_owned(), line: 1, column: 1, end: None },
            });
            finding
        };
        self.broken.iter().map(finding).collect()
    }
}

/// Whether an object is of that group and kind, whatever its version.
pub fn is(object: &Value, group: &str, kind: &str) -> bool {
    let version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    object.get("kind").and_then(Value::as_str) == Some(kind) && version.rsplit_once('/').map_or("", |(group, _)| group) == group
}

/// Whether a path inside a chart is the chart's own, and no document that merely lies beside it.
fn of_chart(rest: &str) -> bool {
    let own = ["templates/", "charts/", "crds/", "ci/"].iter().any(|dir| rest.starts_with(dir));
    own || (!rest.contains('/') && (rest.starts_with("Chart.") || rest.starts_with("values") || rest == ".helmignore"))
}

fn within(path: &str, dir: Option<&str>) -> bool {
    dir.is_some_and(|dir| path.strip_prefix(dir.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/')))
}

fn of(value: &Value) -> Class {
    let version = value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    match (group, kind) {
        _ if version.is_empty() || kind.is_empty() => Class::Data,
        ("argoproj.io", "Application" | "ApplicationSet" | "AppProject") => Class::ArgoCd,
        ("argoproj.io", "Rollout" | "AnalysisTemplate" | "ClusterAnalysisTemplate" | "AnalysisRun" | "Experiment") => Class::Rollouts,
        ("backstage.io", _) => Class::Catalog,
        ("scaffolder.backstage.io", _) => Class::Template,
        ("kustomize.config.k8s.io", _) => Class::Kustomize,
        _ => Class::Kubernetes,
    }
}

/// The directories that templates copy from, as `fetch:template` and `fetch:plain` name them; `files` are paths with texts.
///
/// Each ends with a slash. A directory that holds the template itself is none.
pub fn skeletons<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Vec<String> {
    let mut dirs = Vec::new();
    for (path, text) in files.into_iter().filter(|(_, text)| text.contains("scaffolder.backstage.io/")) {
        let base = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        for document in yaml::backstage::documents(text, false).into_iter().flatten().flatten() {
            let steps = document.pointer("/spec/steps").and_then(Value::as_array);
            for step in steps.into_iter().flatten() {
                if let Some(url) = step.pointer("/input/url").and_then(Value::as_str)
                    && !url.contains("://")
                    && !url.contains("${{")
                    && let Some(dir) = super::repository::resolve(base, url).map(|dir| format!("{dir}/"))
                    && !path.starts_with(&dir)
                    && dir != "/"
                {
                    dirs.push(dir);
                }
            }
        }
    }
    dirs
}

/// The items of a List, or the object itself.
pub fn flatten(value: Value) -> Vec<Value> {
    let is_list = value.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    match value {
        Value::Object(mut members) if is_list && members.get("items").is_some_and(Value::is_array) => match members.remove("items") {
            Some(Value::Array(items)) => items.into_iter().flat_map(flatten).collect(),
            _ => Vec::new(),
        },
        other => vec![other],
    }
}
