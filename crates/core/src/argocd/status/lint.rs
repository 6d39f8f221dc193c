//! What is worth a word about a comparison beyond upstream's conditions.

use super::{Comparison, Request, ResourceStatus, application::Application};
use crate::argocd::{diff, settings::Settings, unstructured};
use crate::{Diagnostic, Result, Value};

/// The findings of [`diff::lint`] about every compared resource, each rule's once. Paths are pointers into the request:
/// `/targets/0/…`, `/live/3/…`, `/application/spec/ignoreDifferences/…`. Needs a comparison that was explained.
pub fn lint(request: &Request<'_>, comparison: &Comparison<'_>) -> Result<Vec<Diagnostic>> {
    let settings = Settings::read(&request.settings)?;
    let rules = Application::read(request.application)?.ignore_differences()?;
    let mut found: Vec<Diagnostic> = Vec::new();
    for one in comparison.resources.iter().filter(|one| !one.hook) {
        for mut finding in diff::lint(one.target.as_ref(), one.live.as_deref(), &rules, &settings, &one.diff.ignored) {
            let (side, path) = place(&finding.path);
            finding.path = match side {
                Side::Rules => format!("/application/spec{path}"),
                Side::Settings => path.to_owned(),
                Side::Live => format!("/live{}{path}", index(request.live, one)),
                Side::Target => format!("/targets{}{path}", index(request.targets, one)),
            };
            if matches!(side, Side::Live | Side::Target) {
                finding.message = format!("{} {}: {}", one.kind, one.name, finding.message);
            }
            if !found.iter().any(|known| known.path == finding.path && known.code == finding.code) {
                found.push(finding);
            }
        }
    }
    Ok(found)
}

#[derive(Clone, Copy)]
enum Side {
    Target,
    Live,
    Rules,
    Settings,
}

/// Which document a path of [`diff::lint`] points into, and the pointer there.
fn place(path: &str) -> (Side, &str) {
    if path.starts_with("/ignoreDifferences/") {
        return (Side::Rules, path);
    }
    if path == "/settings" {
        return (Side::Settings, path);
    }
    path.strip_prefix("/live").filter(|rest| rest.starts_with('/')).map_or((Side::Target, path), |rest| (Side::Live, rest))
}

/// The place of a resource among documents, as a pointer's token; none when it is not among them under its own name.
fn index(documents: &[Value], one: &ResourceStatus<'_>) -> String {
    let same = |document: &Value| {
        let space = unstructured::namespace(document);
        unstructured::text(document, "kind") == one.kind
            && unstructured::name(document) == one.name
            && (space.is_empty() || space == one.namespace)
            && unstructured::gvk(document).group == one.group
    };
    documents.iter().position(same).map(|at| format!("/{at}")).unwrap_or_default()
}
