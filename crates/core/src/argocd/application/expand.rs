//! App of apps: which Applications an Application brings along.

use std::collections::BTreeSet;

use super::validate::has_multiple_sources;
use crate::Value;

/// How deep Applications may bring along Applications.
pub const MAX_DEPTH: usize = 32;

/// What a source needs before its manifests are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renderer {
    /// Nothing: plain manifests.
    Directory,
    /// `helm template`
    Helm,
    /// `kustomize build`
    Kustomize,
    /// A configuration management plugin.
    Plugin,
    /// Jsonnet.
    Jsonnet,
}

impl Renderer {
    /// As users know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Helm => "helm",
            Self::Kustomize => "kustomize",
            Self::Plugin => "plugin",
            Self::Jsonnet => "jsonnet",
        }
    }
}

/// A source of an Application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRef {
    /// JSON pointer of the source in the Application.
    pub path: String,
    /// Its repository.
    pub repo_url: String,
    /// The directory in it.
    pub directory: String,
    /// The revision.
    pub revision: String,
    /// What renders it.
    pub renderer: Renderer,
}

/// The manifests of a source, as a caller knows them.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// The objects that the source gives.
    pub objects: Vec<Value>,
}

/// One Application of the expansion.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// `namespace/name`, or the name alone.
    pub name: String,
    /// Who brings it along; the root has none.
    pub parent: Option<String>,
    /// How many Applications stand above it.
    pub depth: usize,
    /// The document.
    pub application: Value,
}

/// Something that ends a branch of the expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The Applications bring along one another.
    Cycle {
        /// From the Application to itself.
        names: Vec<String>,
    },
    /// Deeper than [`MAX_DEPTH`].
    TooDeep {
        /// The last Application that was opened.
        name: String,
    },
    /// The source's path does not exist, or its manifests are not known.
    Missing {
        /// The Application.
        name: String,
        /// Its source.
        source: SourceRef,
    },
}

/// What an Application brings along.
#[derive(Debug, Clone, Default)]
pub struct Expansion {
    /// The Applications, the root first, each before those that it brings along.
    pub nodes: Vec<Node>,
    /// What could not be opened.
    pub problems: Vec<Problem>,
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// `namespace/name`, or the name alone.
pub fn qualified_name(application: &Value) -> String {
    let (namespace, name) = (text(application, "/metadata/namespace"), text(application, "/metadata/name"));
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") }
}

/// Whether a document is an Application.
pub fn is_application(object: &Value) -> bool {
    text(object, "/kind") == "Application" && text(object, "/apiVersion").starts_with("argoproj.io/")
}

/// The sources of an Application that give manifests; a source that only serves as `ref` gives none.
pub fn sources(application: &Value) -> Vec<SourceRef> {
    let Some(spec) = application.get("spec") else { return Vec::new() };
    let mut found = Vec::new();
    if spec.get("sourceHydrator").is_some() {
        let repo = text(spec, "/sourceHydrator/syncSource/repoURL");
        let repo = if repo.is_empty() { text(spec, "/sourceHydrator/drySource/repoURL") } else { repo };
        found.push(SourceRef {
            path: "/spec/sourceHydrator/syncSource".into(),
            repo_url: repo.to_owned(),
            directory: text(spec, "/sourceHydrator/syncSource/path").to_owned(),
            revision: text(spec, "/sourceHydrator/syncSource/targetBranch").to_owned(),
            renderer: Renderer::Directory,
        });
        return found;
    }
    if has_multiple_sources(spec) {
        for (index, source) in spec.get("sources").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let only_ref = !text(source, "/ref").is_empty() && text(source, "/path").is_empty() && text(source, "/chart").is_empty();
            if !only_ref {
                found.push(source_ref(source, format!("/spec/sources/{index}")));
            }
        }
    } else if let Some(source) = spec.get("source") {
        found.push(source_ref(source, "/spec/source".into()));
    }
    found
}

fn source_ref(source: &Value, path: String) -> SourceRef {
    let renderer = if source.get("plugin").is_some() {
        Renderer::Plugin
    } else if source.get("kustomize").is_some() {
        Renderer::Kustomize
    } else if source.get("helm").is_some() || !text(source, "/chart").is_empty() {
        Renderer::Helm
    } else if source.pointer("/directory/jsonnet").is_some() {
        Renderer::Jsonnet
    } else {
        Renderer::Directory
    };
    SourceRef {
        path,
        repo_url: text(source, "/repoURL").to_owned(),
        directory: if text(source, "/chart").is_empty() { text(source, "/path") } else { text(source, "/chart") }.to_owned(),
        revision: text(source, "/targetRevision").to_owned(),
        renderer,
    }
}

/// Expands an Application; `manifests` gives the objects of a source, or nothing when it is not known.
pub fn expand(root: &Value, mut manifests: impl FnMut(&Value, &SourceRef) -> Option<Manifests>) -> Expansion {
    let mut expansion = Expansion::default();
    let mut opened = BTreeSet::new();
    let mut waiting = vec![(root.clone(), Vec::<String>::new())];
    while let Some((application, above)) = waiting.pop() {
        let name = qualified_name(&application);
        if let Some(at) = above.iter().position(|known| *known == name) {
            let mut names = above.get(at..).unwrap_or_default().to_vec();
            names.push(name);
            expansion.problems.push(Problem::Cycle { names });
            continue;
        }
        expansion.nodes.push(Node {
            name: name.clone(),
            parent: above.last().cloned(),
            depth: above.len(),
            application: application.clone(),
        });
        if !opened.insert(name.clone()) {
            continue;
        }
        if above.len() >= MAX_DEPTH {
            expansion.problems.push(Problem::TooDeep { name });
            continue;
        }
        let mut way = above;
        way.push(name.clone());
        let mut children = Vec::new();
        for source in sources(&application) {
            match manifests(&application, &source) {
                Some(known) => children.extend(known.objects.into_iter().filter(is_application)),
                None => expansion.problems.push(Problem::Missing { name: name.clone(), source }),
            }
        }
        waiting.extend(children.into_iter().rev().map(|child| (child, way.clone())));
    }
    expansion
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn app(name: &str, path: &str) -> Value {
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name},
            "spec": {"source": {"repoURL": "r", "path": path}}})
    }

    #[test]
    fn finds_cycles_and_missing_paths() {
        let expansion = expand(&app("root", "a"), |_, source| match source.directory.as_str() {
            "a" => Some(Manifests { objects: vec![app("one", "b"), app("two", "nowhere")] }),
            "b" => Some(Manifests { objects: vec![app("root", "a")] }),
            _ => None,
        });
        let names: Vec<&str> = expansion.nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["root", "one", "two"]);
        assert!(matches!(&expansion.problems[..], [Problem::Cycle { names }, Problem::Missing { name, .. }]
            if names == &["root", "one", "root"] && name == "two"));
    }
}
