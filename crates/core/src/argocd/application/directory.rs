//! The manifests of a directory source, from a tree of the inventory.

use super::expand::Renderer;
use crate::{Error, Result, Value, argocd::appset::Tree, lang::glob::doublestar, yaml};

/// What a source's directory gives.
#[derive(Debug, Clone)]
pub enum Directory {
    /// Plain manifests.
    Objects(Vec<Value>),
    /// Its files are a renderer's input.
    Needs(Renderer),
    /// It is not in the tree.
    Missing,
}

/// Files whose text holds this are no manifests.
const SKIP: &str = "+argocd:skip-file-rendering";

/// Reads a source's directory as the repo-server does: what its files say about a renderer, then its manifests, not below it
/// unless the source says `recurse`.
///
/// # Errors
/// When a manifest cannot be read.
pub fn read(tree: &Tree, source: &Value) -> Result<Directory> {
    let text = |pointer: &str| source.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let path = text("/path").unwrap_or_default().trim_start_matches("./").trim_matches('/');
    let prefix = if matches!(path, "" | ".") { String::new() } else { format!("{path}/") };
    let files = || tree.files.iter().filter_map(|(name, content)| Some((name.strip_prefix(prefix.as_str())?, name, content)));
    let listed = tree.directories.iter().any(|directory| format!("{}/", directory.trim_matches('/')).starts_with(prefix.as_str()));
    if files().next().is_none() && !listed {
        return Ok(Directory::Missing);
    }
    if let Some((name, ..)) =
        files().find(|(name, ..)| matches!(*name, "Chart.yaml" | "kustomization.yaml" | "kustomization.yml" | "Kustomization"))
    {
        return Ok(Directory::Needs(if name == "Chart.yaml" { Renderer::Helm } else { Renderer::Kustomize }));
    }
    let recurse = source.pointer("/directory/recurse").and_then(Value::as_bool).unwrap_or(false);
    let mut objects = Vec::new();
    for (rest, name, content) in files() {
        let matches = |glob: &str| doublestar(glob, rest).unwrap_or(false);
        let is_manifest = matches!(rest.rsplit('.').next(), Some("yaml" | "yml" | "json")) && (recurse || !rest.contains('/'));
        if !is_manifest
            || text("/directory/exclude").is_some_and(&matches)
            || text("/directory/include").is_some_and(|glob| !matches(glob))
            || content.contains(SKIP)
        {
            continue;
        }
        let documents = yaml::kubernetes::documents(content).map_err(|error| named(error, name))?;
        objects.extend(documents.into_iter().flat_map(items));
    }
    Ok(Directory::Objects(objects))
}

fn named(mut error: Error, file: &str) -> Error {
    match error.location.as_mut() {
        Some(at) => at.file = file.to_owned(),
        None => error.message = format!("{file}: {}", error.message),
    }
    error
}

/// The items of a List, or the object itself.
fn items(value: Value) -> Vec<Value> {
    match value {
        Value::Object(mut members)
            if members.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"))
                && members.get("items").is_some_and(Value::is_array) =>
        {
            match members.remove("items") {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            }
        }
        other => vec![other],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tree(files: &[(&str, &str)]) -> Tree {
        Tree { files: files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(), ..Tree::default() }
    }

    #[test]
    fn plain_manifests_do_not_recurse_unless_told() {
        let tree = tree(&[("apps/a.yaml", "kind: A\n"), ("apps/deep/b.yaml", "kind: B\n"), ("apps/README.md", "no")]);
        let count = |source: &Value| match read(&tree, source).unwrap() {
            Directory::Objects(objects) => objects.len(),
            other => panic!("{other:?}"),
        };
        assert_eq!(count(&json!({"path": "apps"})), 1);
        assert_eq!(count(&json!({"path": "./apps/", "directory": {"recurse": true}})), 2);
        assert_eq!(count(&json!({"path": "apps", "directory": {"recurse": true, "exclude": "deep/*"}})), 1);
    }

    #[test]
    fn renderers_and_missing_paths_are_told_apart() {
        let tree = tree(&[("chart/Chart.yaml", "name: c\n"), ("base/kustomization.yaml", "resources: []\n")]);
        assert!(matches!(read(&tree, &json!({"path": "chart"})).unwrap(), Directory::Needs(Renderer::Helm)));
        assert!(matches!(read(&tree, &json!({"path": "base"})).unwrap(), Directory::Needs(Renderer::Kustomize)));
        assert!(matches!(read(&tree, &json!({"path": "nowhere"})).unwrap(), Directory::Missing));
    }
}
