//! Applications: made by hand, hooks that go wrong.

use super::Finding;
use super::context::{Context, Subject, text};
use super::fix::{Fix, insert_after};
use crate::platform::application::Origin;
use crate::text::pointer;
use crate::{Diagnostic, Severity, Value};

const HOOK: &str = "argocd.argoproj.io/hook";
const POLICY: &str = "argocd.argoproj.io/hook-delete-policy";
const HELM_POLICY: &str = "helm.sh/hook-delete-policy";

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    by_hand(context, findings);
    for subject in context.subjects.iter().filter(|subject| annotation(subject, HOOK).is_some()) {
        findings.extend(hook(subject));
    }
}

fn by_hand(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let platform = context.platform;
    let items = &platform.applications.items;
    let is_parent = |name: &str| items.iter().any(|app| app.origin == Origin::Application(name.to_owned()));
    let organised = !platform.applications.sets.is_empty() || items.iter().any(|app| matches!(app.origin, Origin::Application(_)));
    // A parent whose source is not readable here may yield any of them.
    let blind = items.iter().any(|app| app.targets.is_err() && app.destination.namespace == app.namespace);
    for application in items.iter().filter(|app| organised && !blind && app.origin == Origin::File && !is_parent(&app.name)) {
        let yields_sets =
            application.targets.iter().flatten().any(|target| text(&target.object, "/apiVersion").starts_with("argoproj.io/"));
        if yields_sets {
            continue;
        }
        let message = format!("{} is made by no other Application and no ApplicationSet: somebody applies it by hand", application.name);
        let mut finding = Diagnostic::info("platform-application-by-hand", "/metadata/name", message);
        finding.location = application.location.clone();
        findings.push(finding.into());
    }
    if items.is_empty() {
        return;
    }
    for (name, object) in context.snapshot.applications() {
        if items.iter().any(|app| app.name == name) || object.pointer("/metadata/ownerReferences").is_some() {
            continue;
        }
        let message = format!("the cluster has an Application {name} that Git does not know: it was registered by hand");
        findings.push(Diagnostic::new("platform-application-by-hand", Severity::Warning, "/metadata/name", message).into());
    }
}

fn annotation<'s>(subject: &'s Subject<'_>, name: &str) -> Option<&'s str> {
    subject.value.pointer("/metadata/annotations")?.get(name)?.as_str()
}

fn hook(subject: &Subject<'_>) -> Option<Finding> {
    let types = annotation(subject, HOOK)?;
    let runs = types.split(',').map(str::trim).any(|word| matches!(word, "PreSync" | "Sync" | "PostSync" | "SyncFail"));
    if !runs {
        return None;
    }
    let words = |key: &str| annotation(subject, key).unwrap_or_default().to_lowercase().replace('-', "");
    let policies = format!("{},{}", words(POLICY), words(HELM_POLICY));
    let has = |policy: &str| policies.split(',').any(|word| word.trim() == policy);
    let named = !text(subject.value, "/metadata/name").is_empty();
    let at = |key: &str| pointer::join("/metadata/annotations", key);
    let none = !has("hooksucceeded") && !has("hookfailed") && !has("beforehookcreation");
    if !named && !text(subject.value, "/metadata/generateName").is_empty() && !has("hooksucceeded") && !has("hookfailed") {
        let message = format!("{} gets a new name at every sync, and nothing deletes the old ones", subject.title());
        let mut diagnostic = Diagnostic::warning("platform-hook-never-deleted", at(HOOK), message);
        diagnostic.location = subject.location(&at(HOOK));
        let edit =
            subject.object.filter(|_| none).and_then(|object| insert_after(object, &at(HOOK), &[&format!("{POLICY}: HookSucceeded")]));
        return Some(Finding { diagnostic, fix: Fix::new("delete the hook once it has succeeded", edit.into_iter().collect()) });
    }
    let is_job = matches!(text(subject.value, "/kind"), "Job" | "Pod" | "Workflow");
    if named && is_job && has("hookfailed") && !has("hooksucceeded") && !has("beforehookcreation") {
        let message = format!("{} stays after it has succeeded, so the next sync does not run it again", subject.title());
        let mut diagnostic = Diagnostic::warning("platform-hook-runs-once", at(POLICY), message);
        diagnostic.location = subject.location(&at(POLICY));
        return Some(diagnostic.into());
    }
    None
}

/// Whether a value is switched on.
pub(super) fn is_true(value: Option<&Value>) -> bool {
    value == Some(&Value::Bool(true))
}
