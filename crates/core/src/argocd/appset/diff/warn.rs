//! Data that would be lost, and renames.

use std::collections::BTreeMap;

use super::{Deletion, Diff};
use crate::{Diagnostic, Value, argocd::appset::live};

/// The finalizer that makes Argo CD delete what an Application deployed.
const RESOURCES_FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";

/// Adds the findings about what would be deleted; `current` is what lives before the pass.
pub(super) fn examine(diff: &mut Diff, current: &[Value]) {
    let at = "/spec/generators";
    let mut found = Vec::new();
    for deletion in &diff.delete {
        let name = &deletion.name;
        found.push(if cascades(deletion) {
            Diagnostic::error(
                "argocd-appset-deletes-resources",
                at,
                format!("Application {name:?} would be deleted with all its resources"),
            )
        } else {
            Diagnostic::warning(
                "argocd-appset-deletes-application",
                at,
                format!("Application {name:?} would be deleted, its resources left behind"),
            )
        });
    }
    for (deletion, created) in renames(diff, current) {
        let fate = if cascades(deletion) { ": what it deployed is deleted, then deployed anew" } else { "" };
        let message = format!("Application {:?} would be deleted and {created:?} created in its place{fate}", deletion.name);
        found.push(Diagnostic::warning("argocd-appset-rename", "/spec/template/metadata/name", message));
    }
    diff.diagnostics.extend(found);
}

fn cascades(deletion: &Deletion) -> bool {
    deletion.finalizers.iter().any(|finalizer| finalizer.starts_with(RESOURCES_FINALIZER))
}

/// What an Application deploys, and where to.
fn content(application: &Value) -> String {
    let part = |pointer: &str| application.pointer(pointer).map(ToString::to_string).unwrap_or_default();
    ["/spec/source", "/spec/sources", "/spec/sourceHydrator", "/spec/destination"].map(part).join("\n")
}

/// Deletions and creations of the same content; a single pair counts whatever it deploys.
fn renames<'d>(diff: &'d Diff, current: &[Value]) -> Vec<(&'d Deletion, &'d str)> {
    if let ([deletion], [created]) = (diff.delete.as_slice(), diff.create.as_slice()) {
        return vec![(deletion, live::name(created))];
    }
    if diff.delete.is_empty() || diff.create.is_empty() {
        return Vec::new();
    }
    let mut created: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for application in diff.create.iter().rev() {
        created.entry(content(application)).or_default().push(live::name(application));
    }
    let before: BTreeMap<&str, &Value> = current.iter().map(|application| (live::name(application), application)).collect();
    let pair = |deletion: &'d Deletion| {
        let old = live::shown(live::encode(before.get(deletion.name.as_str())?));
        Some((deletion, created.get_mut(&content(&old))?.pop()?))
    };
    diff.delete.iter().filter_map(pair).collect()
}
