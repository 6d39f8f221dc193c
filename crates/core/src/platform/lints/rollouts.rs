//! Rollouts: what Argo Rollouts' own room finds, seen with the Applications that deploy them.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::context::{Context, text};
use super::production::automated;
use crate::rollouts::lint;
use crate::{Diagnostic, Value};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let services: BTreeSet<&str> = context.of_kind("", "Service").map(|service| text(service.value, "/metadata/name")).collect();
    let mut files: BTreeMap<&str, &str> = BTreeMap::new();
    for kind in ["Rollout", "AnalysisTemplate", "ClusterAnalysisTemplate"] {
        for object in context.platform.tree.of_kind("argoproj.io", kind) {
            files.insert(&object.file.path, &object.file.text);
        }
    }
    for (path, text) in files {
        match lint::lint(text) {
            Ok(report) => {
                for mut finding in report.diagnostics {
                    if let Some(at) = finding.location.as_mut() {
                        at.file = path.to_owned();
                    }
                    // Elsewhere is fine as long as it is somewhere.
                    let named = finding.message.split('"').nth(1).unwrap_or_default();
                    if finding.code == "rollouts-service-elsewhere" && services.contains(named) {
                        continue;
                    }
                    findings.push(finding.into());
                }
            }
            // A file that is no YAML was reported when it was read.
            Err(error) => {
                let mut finding = Diagnostic::error("rollouts-invalid", "", error.message);
                finding.location = Some(crate::Location { file: path.to_owned(), line: 1, column: 1, end: None });
                if let Some(at) = error.location {
                    finding.location = Some(crate::Location { file: path.to_owned(), ..*at });
                }
                findings.push(finding.into());
            }
        }
    }
    endless(context, findings);
}

/// Pauses without a duration where nobody is asked before a sync.
fn endless(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for rollout in context.of_kind("argoproj.io", "Rollout") {
        let Some(application) = rollout.applications.iter().find(|application| automated(application).is_some()) else { continue };
        let steps = rollout.value.pointer("/spec/strategy/canary/steps").and_then(Value::as_array);
        for (at, step) in steps.into_iter().flatten().enumerate() {
            let Some(pause) = step.get("pause") else { continue };
            if pause.get("duration").is_some_and(|duration| !duration.is_null()) {
                continue;
            }
            let path = format!("/spec/strategy/canary/steps/{at}/pause");
            let message = format!(
                "{} is synced automatically, and {} then waits at step {} until somebody promotes it",
                application.name,
                rollout.title(),
                at + 1
            );
            let mut finding = Diagnostic::warning("platform-endless-pause", path.clone(), message);
            finding.location = rollout.location(&path);
            findings.push(finding.into());
        }
    }
}
