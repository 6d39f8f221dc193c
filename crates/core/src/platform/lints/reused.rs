//! What the other rooms find when they are asked about single documents.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::context::Context;
use super::fix::{Fix, replace};
use crate::Diagnostic;
use crate::argocd::sync;
use crate::backstage::scaffolder::actions::Registry;
use crate::backstage::scaffolder::check as template;
use crate::platform::application::{Application, Origin};
use crate::platform::docs;
use crate::platform::drift::around;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for subject in &context.subjects {
        for mut finding in sync::resource_findings(subject.value) {
            finding.location = subject.location(&finding.path);
            let fix = subject.object.filter(|_| finding.code == "argocd-sync-non-string-annotation").and_then(|object| {
                let value = object.value().pointer(&finding.path)?.clone();
                let edit = replace(object, &finding.path, &format!("\"{value}\""))?;
                Fix::new("put the value in quotes", vec![edit])
            });
            findings.push(Finding { diagnostic: finding, fix });
        }
    }
    for object in context.platform.tree.of_kind("argoproj.io", "Application") {
        for mut finding in sync::policy_findings(object.value()) {
            finding.location = object.location(&finding.path);
            findings.push(finding.into());
        }
    }
    waves(context, findings);
    templates(context, findings);
    documentation(context, findings);
}

/// Waves between Applications wait only for the Application's health, and without a check for that they do not wait at all.
fn waves(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let platform = context.platform;
    let judged =
        |text: &str| text.contains("argoproj.io_Application") || (text.contains("argoproj.io/Application") && text.contains("health.lua"));
    let configured = context.snapshot.settings.iter().any(|(key, value)| judged(&format!("{key} {value}")))
        || platform.tree.files.iter().any(|file| judged(&file.text));
    if configured {
        return;
    }
    let known = !context.snapshot.settings.is_empty();
    let mut families: BTreeMap<&str, Vec<&Application>> = BTreeMap::new();
    for child in &platform.applications.items {
        if let Origin::Application(parent) = &child.origin {
            families.entry(parent).or_default().push(child);
        }
    }
    for (parent, children) in families {
        let waves: BTreeSet<i64> = children.iter().map(|child| child.wave).collect();
        let Some(last) = waves.last().filter(|_| waves.len() > 1) else { continue };
        for child in children.iter().filter(|child| child.wave < *last) {
            let path = "/metadata/annotations/argocd.argoproj.io~1sync-wave";
            let message = format!("later waves of {parent} do not wait for what the Application {} deploys", child.name);
            let mut finding = if known {
                Diagnostic::warning("argocd-sync-app-of-apps", path, message)
            } else {
                Diagnostic::info("argocd-sync-app-of-apps", path, message)
            };
            finding.location = context.declared(child).and_then(|object| object.location(path));
            findings.push(finding.into());
        }
    }
}

fn templates(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Ok(registry) = Registry::built_in() else { return };
    let files: BTreeSet<&str> = context.platform.templates.iter().map(|template| template.location.file.as_str()).collect();
    for path in files {
        let around = around(context.platform, path);
        for finding in template::check(&around, path, registry).unwrap_or_default() {
            // The platform's own actions are not known here.
            if finding.code != "backstage-template-unknown-action" {
                findings.push(finding.into());
            }
        }
    }
}

fn documentation(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for folder in docs::folders(context.platform) {
        for mut finding in docs::check(context.platform, &folder) {
            if finding.location.is_none() {
                let entity = context.platform.catalog.entities.iter().find(|entity| docs::folder(entity).as_ref() == Some(&folder));
                finding.location = entity.map(|entity| {
                    crate::platform::wiring::locate(&context.platform.tree, entity, "/metadata/annotations/backstage.io~1techdocs-ref")
                });
            }
            findings.push(finding.into());
        }
    }
}
