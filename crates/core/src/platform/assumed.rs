//! The repository that this tree is, when `lofting.yaml` does not say so.
//!
//! Applications name repositories by URL, and a checkout does not know its own. Where the paths that they read from one
//! repository are here, this tree is that repository; the finding says so, and what it rests on.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::config::Config;
use super::repository::normalize;
use super::tree::{Object, Tree};
use crate::text::pointer;
use crate::{Diagnostic, Value};

/// What Applications read from one repository.
struct Named<'t> {
    url: &'t str,
    /// Fixed beginnings of the paths.
    paths: BTreeSet<&'t str>,
    uses: usize,
    /// The first place that names it.
    object: &'t Object<'t>,
    at: String,
}

/// Enters the repository into the configuration, if that names none and one fits.
pub(super) fn repository(config: &mut Config, tree: &Tree<'_>, findings: &mut Vec<Diagnostic>) {
    if !config.repositories.is_empty() {
        return;
    }
    let mut named: BTreeMap<String, Named<'_>> = BTreeMap::new();
    for kind in ["Application", "ApplicationSet"] {
        for object in tree.of_kind("argoproj.io", kind) {
            if let Some(spec) = object.value().get("spec") {
                walk(object, spec, "/spec", &mut named);
            }
        }
    }
    let fits = |one: &Named<'_>| {
        let here: Vec<&&str> = one.paths.iter().filter(|path| is_here(tree, path)).collect();
        // One short path, such as `apps`, may be anybody's.
        let telling = here.len() > 1 || here.iter().any(|path| path.contains('/'));
        (telling && here.len() * 2 > one.paths.len()).then_some(here.len())
    };
    let judged = named.values().filter_map(|one| Some((fits(one)?, one)));
    let Some((here, best)) = judged.max_by_key(|(here, one)| (*here, one.uses, Reverse(one.url))) else { return };
    let message =
        format!("{} is taken to be this tree, for {here} of the {} paths that are read from it are here", best.url, best.paths.len());
    let mut finding = Diagnostic::info("platform-assumed-repository", best.at.clone(), message);
    finding.location = best.object.location(&best.at);
    findings.push(finding);
    config.repositories.insert(best.url.to_owned(), ".".to_owned());
}

/// Every member that names a repository: sources, and git generators at any depth.
fn walk<'t>(object: &'t Object<'t>, value: &'t Value, at: &str, named: &mut BTreeMap<String, Named<'t>>) {
    match value {
        Value::Object(members) => {
            let url = members.get("repoURL").and_then(Value::as_str).unwrap_or_default();
            if !url.is_empty() && !url.contains("{{") && !members.contains_key("chart") {
                let one = named.entry(normalize(url)).or_insert_with(|| Named {
                    url,
                    paths: BTreeSet::new(),
                    uses: 0,
                    object,
                    at: format!("{at}/repoURL"),
                });
                one.uses += 1;
                let listed = ["directories", "files"].into_iter().filter_map(|key| members.get(key)?.as_array()).flatten();
                let paths = listed.filter_map(|item| item.get("path")).chain(members.get("path"));
                one.paths.extend(paths.filter_map(Value::as_str).map(fixed).filter(|path| !path.is_empty()));
            }
            for (key, member) in members {
                walk(object, member, &pointer::join(at, key), named);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(object, item, &format!("{at}/{index}"), named);
            }
        }
        _ => {}
    }
}

/// A path without what a glob or a parameter makes of it.
fn fixed(path: &str) -> &str {
    let path = path.trim_start_matches("./").trim_matches('/');
    match path.find(['*', '?', '[', '{', '<', '$']) {
        Some(end) => path.get(..end).and_then(|start| start.rsplit_once('/')).map_or("", |(dir, _)| dir),
        None if path == "." => "",
        None => path,
    }
}

fn is_here(tree: &Tree<'_>, path: &str) -> bool {
    tree.text(path).is_some() || tree.below(path).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::File;

    fn assumed(files: &[(&str, &str)]) -> (Config, Vec<Diagnostic>) {
        let files: Vec<File> = files.iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() }).collect();
        let mut config = Config::read(&files).unwrap_or_else(|error| panic!("{error}"));
        let tree = Tree::read(&files, &config);
        let mut findings = Vec::new();
        repository(&mut config, &tree, &mut findings);
        (config, findings)
    }

    const APP: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  source: {repoURL: https://h/o/r.git, path: deploy/a}\n";

    #[test]
    fn the_paths_tell_whose_tree_this_is() {
        let (config, findings) = assumed(&[("apps/a.yaml", APP), ("deploy/a/x.yaml", "a: 1")]);
        assert_eq!(config.repositories.keys().collect::<Vec<_>>(), ["https://h/o/r.git"]);
        let [finding] = findings.as_slice() else { panic!("{findings:?}") };
        assert!(finding.message.contains("1 of the 1 paths"), "{}", finding.message);
        assert_eq!(finding.location.as_ref().map(|at| (at.line, at.column)), Some((5, 21)));
    }

    #[test]
    fn what_is_not_here_or_configured_is_left_alone() {
        assert!(assumed(&[("apps/a.yaml", APP)]).0.repositories.is_empty());
        let short = APP.replace("deploy/a", "deploy");
        assert!(assumed(&[("apps/a.yaml", &short), ("deploy/a/x.yaml", "a: 1")]).0.repositories.is_empty());
        let given = [("lofting.yaml", "repositories: {https://h/x: z}"), ("apps/a.yaml", APP), ("deploy/a/x.yaml", "a: 1")];
        assert_eq!(assumed(&given).1.len(), 0);
    }

    #[test]
    fn globs_and_parameters_count_by_their_beginning() {
        assert_eq!(fixed("./apps/services/*"), "apps/services");
        assert_eq!(fixed("apps/{{ .name }}/x"), "apps");
        assert_eq!((fixed("{{path}}"), fixed("."), fixed("/a/b/")), ("", "", "a/b"));
    }
}
