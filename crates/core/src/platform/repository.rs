//! The Git repositories among the files, and what a directory source yields.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::File;
use super::config::Config;
use crate::lang::glob::doublestar;
use crate::yaml;
use crate::{Error, Value};

/// A path joined to a base and cleaned; `None` when it leaves the root.
pub fn resolve(base: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { base.split('/').filter(|part| !part.is_empty()).collect() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The trees of the repositories that `lofting.yaml` names.
#[derive(Debug)]
pub struct Repositories<'f> {
    trees: BTreeMap<String, BTreeMap<&'f str, &'f File>>,
}

/// How Argo CD would turn a source into manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceType {
    /// Plain files.
    Directory,
    /// `helm template`.
    Helm,
    /// `kustomize build`.
    Kustomize,
    /// A config management plugin.
    Plugin,
}

impl SourceType {
    /// The renderer's command, if it needs one.
    pub fn tool(self) -> Option<&'static str> {
        match self {
            Self::Directory => None,
            Self::Helm => Some("helm"),
            Self::Kustomize => Some("kustomize"),
            Self::Plugin => Some("a config management plugin"),
        }
    }
}

impl<'f> Repositories<'f> {
    /// Finds each repository's files.
    pub fn new(files: &'f [File], config: &Config) -> Self {
        let mut trees = BTreeMap::new();
        for (url, dir) in &config.repositories {
            let prefix = match dir.trim_matches('/') {
                "" | "." => String::new(),
                dir => format!("{dir}/"),
            };
            let tree = files.iter().filter_map(|file| file.path.strip_prefix(prefix.as_str()).map(|path| (path, file))).collect();
            trees.insert(normalize(url), tree);
        }
        Self { trees }
    }

    /// Whether the repository's tree is here.
    pub fn has(&self, url: &str) -> bool {
        self.trees.contains_key(&normalize(url))
    }

    /// The file of a repository.
    pub fn file(&self, url: &str, path: &str) -> Option<&'f File> {
        self.trees.get(&normalize(url))?.get(path).copied()
    }

    /// All files of a repository, by path inside it.
    pub fn files(&self, url: &str) -> Option<&BTreeMap<&'f str, &'f File>> {
        self.trees.get(&normalize(url))
    }

    /// Every repository, as the inventory of `appset.generate` lists them.
    pub fn inventory(&self, urls: impl Iterator<Item = String>) -> Vec<Value> {
        urls.filter_map(|url| {
            let files: serde_json::Map<String, Value> =
                self.files(&url)?.iter().map(|(path, file)| ((*path).to_owned(), Value::String(file.text.clone()))).collect();
            Some(serde_json::json!({"repoURL": url, "files": files}))
        })
        .collect()
    }

    /// How a source would be rendered: what it says, else what its directory holds.
    pub fn source_type(&self, source: &Value) -> SourceType {
        let has = |key: &str| source.get(key).is_some_and(|value| !value.is_null());
        if has("chart") || has("helm") {
            return SourceType::Helm;
        }
        if has("kustomize") {
            return SourceType::Kustomize;
        }
        if has("plugin") {
            return SourceType::Plugin;
        }
        let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
        let at = |name: &str| self.file(text("repoURL"), &join(text("path"), name)).is_some();
        if at("Chart.yaml") {
            SourceType::Helm
        } else if ["kustomization.yaml", "kustomization.yml", "Kustomization"].iter().any(|name| at(name)) {
            SourceType::Kustomize
        } else {
            SourceType::Directory
        }
    }

    /// The objects of a directory source, with the file of each; what cannot be read is an error as upstream's.
    ///
    /// # Errors
    /// The path is not there, or a file of it cannot be read.
    pub fn directory(&self, source: &Value) -> Result<Vec<(&'f File, Value)>, Error> {
        let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
        let Some(tree) = self.files(text("repoURL")) else {
            return Err(Error::new(
                "unknownRepository",
                format!("the tree of {} is not here: name its directory in lofting.yaml", text("repoURL")),
            ));
        };
        let path = text("path").trim_matches('/');
        let prefix = if matches!(path, "" | ".") { String::new() } else { format!("{path}/") };
        // The tree is sorted, so what lies below a directory lies together.
        let from = tree.range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded));
        let mut below = from.take_while(|(name, _)| name.starts_with(prefix.as_str())).peekable();
        if below.peek().is_none() {
            return Err(Error::upstream(format!("{path}: app path does not exist")));
        }
        let recurse = source.pointer("/directory/recurse").and_then(Value::as_bool).unwrap_or(false);
        let pattern = |key: &str| source.pointer(&format!("/directory/{key}")).and_then(Value::as_str).filter(|text| !text.is_empty());
        let mut objects = Vec::new();
        for (name, file) in below {
            let Some(rest) = name.strip_prefix(prefix.as_str()) else { continue };
            if (!recurse && rest.contains('/')) || !matches!(rest.rsplit('.').next(), Some("yaml" | "yml" | "json")) {
                continue;
            }
            let matches = |glob: &str| doublestar(glob, rest).unwrap_or(false);
            if pattern("exclude").is_some_and(&matches) || pattern("include").is_some_and(|glob| !matches(glob)) {
                continue;
            }
            if file.text.contains("+argocd:skip-file-rendering") {
                continue;
            }
            let documents = yaml::kubernetes::documents(&file.text).map_err(|error| locate(error, &file.path))?;
            objects.extend(documents.into_iter().flat_map(super::tree::flatten).map(|object| (*file, object)));
        }
        Ok(objects)
    }
}

fn locate(mut error: Error, path: &str) -> Error {
    match error.location.as_mut() {
        Some(at) => at.file = path.to_owned(),
        None => error.message = format!("{path}: {}", error.message),
    }
    error
}

fn join(dir: &str, name: &str) -> String {
    let dir = dir.trim_matches('/');
    if matches!(dir, "" | ".") { name.to_owned() } else { format!("{dir}/{name}") }
}

/// A repository's name: scheme, user, trailing `.git` and slash do not tell repositories apart.
pub(super) fn normalize(url: &str) -> String {
    let url = url.trim().trim_end_matches('/').trim_end_matches(".git");
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    let url = url.split_once('@').map_or(url, |(_, rest)| rest);
    url.replacen(':', "/", 1).to_ascii_lowercase()
}
