//! `backstage.io/techdocs-ref`: where an entity says its documentation lies (techdocs-node 2.0.0 `getDocFilesFromRepository`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::check::Page;
use super::config::normalize;
use super::{CONFIGS, check};
use crate::backstage::catalog::LocationRef;
use crate::text::{Diagnostic, LineIndex};
use crate::yaml::backstage::{Root, roots};

/// The annotation's key.
const ANNOTATION: &str = "backstage.io/techdocs-ref";
const PATH: &str = "/metadata/annotations/backstage.io~1techdocs-ref";

/// The folders with documentation, sorted: those that have a configuration, and those that an entity names.
pub fn folders(files: &[Page<'_>]) -> Vec<String> {
    survey(files).0.into_iter().collect()
}

/// Checks every such folder, and the annotations that name them.
pub fn check_all(files: &[Page<'_>]) -> Vec<Diagnostic> {
    let (folders, mut findings) = survey(files);
    findings.extend(folders.iter().flat_map(|folder| check(files, folder)));
    findings.sort_by(|a, b| place(a).cmp(&place(b)));
    findings
}

fn place(finding: &Diagnostic) -> Option<(&str, usize, usize)> {
    finding.location.as_ref().map(|at| (at.file.as_str(), at.line, at.column))
}

fn survey(files: &[Page<'_>]) -> (BTreeSet<String>, Vec<Diagnostic>) {
    let mut folders: BTreeSet<String> = files
        .iter()
        .filter_map(|file| {
            let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", file.path));
            CONFIGS.contains(&name).then(|| folder.to_owned())
        })
        .collect();
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| is_yaml(file.path) && file.text.contains(ANNOTATION)) {
        let index = LineIndex::new(file.text);
        for root in roots(file.text, false).unwrap_or_default() {
            let Root::Entity(document) = root else { continue };
            let Some(value) = document.value().pointer(PATH) else { continue };
            match target(value, file.path, files) {
                Ok(Some(folder)) => {
                    folders.insert(folder);
                }
                Ok(None) => {}
                Err(message) => {
                    let mut finding = Diagnostic::error("backstage-techdocs-ref", PATH, message);
                    finding.location = document.locate(PATH).map(|span| index.location(file.text, file.path, span));
                    findings.push(finding);
                }
            }
        }
    }
    (folders, findings)
}

/// The folder that an annotation names; none when it lies in another repository.
fn target(value: &Value, from: &str, files: &[Page<'_>]) -> Result<Option<String>, String> {
    let text = value.as_str().ok_or_else(|| format!("{ANNOTATION} must be a text"))?;
    let location = LocationRef::parse(text).map_err(|refusal| refusal.message)?;
    match location.kind.as_str() {
        "url" => Ok(None),
        "dir" => {
            let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
            // The root of the repository is where a slash leads.
            let wanted = match location.target.strip_prefix('/') {
                Some(rooted) => rooted.to_owned(),
                None => format!("{folder}/{}", location.target).trim_start_matches('/').to_owned(),
            };
            let out = || format!("{text} leads out of the repository");
            let wanted = normalize(&wanted).ok_or_else(out)?;
            let below = if wanted.is_empty() { String::new() } else { format!("{wanted}/") };
            if files.iter().any(|file| file.path.starts_with(below.as_str())) {
                Ok(Some(wanted))
            } else {
                Err(format!("{text} names {wanted}, and there is no such folder"))
            }
        }
        other => Err(format!("Invalid reference annotation {other}: only dir and url are supported")),
    }
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

#[cfg(test)]
mod tests {
    use super::{Page, check_all, folders};

    fn entity(annotation: &str) -> String {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  annotations:\n    backstage.io/techdocs-ref: {annotation}\n"
        )
    }

    fn messages(annotation: &str) -> Vec<String> {
        let text = entity(annotation);
        let files = [
            Page { path: "svc/catalog-info.yaml", text: &text },
            Page { path: "svc/mkdocs.yml", text: "site_name: x\n" },
            Page { path: "svc/docs/index.md", text: "# x\n" },
            Page { path: "other/docs/index.md", text: "# x\n" },
        ];
        check_all(&files).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn judges_the_annotation() {
        assert!(messages("dir:.").is_empty() && messages("dir:../other").is_empty() && messages("url:https://x.test/d").is_empty());
        assert_eq!(messages("dir:../../x"), ["dir:../../x leads out of the repository"]);
        assert_eq!(messages("dir:docz"), ["dir:docz names svc/docz, and there is no such folder"]);
        assert_eq!(messages("file:./docs").len(), 1);
        assert_eq!(messages("./docs").len(), 1);
    }

    #[test]
    fn finds_folders() {
        let text = entity("dir:./b");
        let files = [
            Page { path: "a/mkdocs.yaml", text: "site_name: x\n" },
            Page { path: "c.yaml", text: &text },
            Page { path: "b/docs/index.md", text: "" },
        ];
        assert_eq!(folders(&files), ["a", "b"]);
    }
}
