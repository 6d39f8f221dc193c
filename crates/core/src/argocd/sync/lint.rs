//! What is probably not meant: options and annotations that Argo CD passes over.

use std::collections::HashMap;

use super::hook::{HELM_HOOK, HELM_HOOK_DELETE_POLICY, HELM_HOOK_WEIGHT, HOOK, HOOK_DELETE_POLICY, HookFacts, SYNC_WAVE};
use super::object::SYNC_OPTIONS;
use super::operation::Operation;
use super::options::{SYNC_OPTIONS_KNOWN, nearest, scope};
use super::plan::{Plan, PlanRequest};
use crate::argocd::unstructured::{self, annotation, annotation_items};
use crate::kube::resource_key::ResourceKey;
use crate::text::pointer;
use crate::{Diagnostic, Value};

/// Annotations of Argo CD on resources and Applications.
const ANNOTATIONS: [&str; 24] = [
    "argocd.argoproj.io/client-side-apply-migration-manager",
    "argocd.argoproj.io/compare-options",
    "argocd.argoproj.io/deletion-approved",
    "argocd.argoproj.io/hook",
    "argocd.argoproj.io/hook-delete-policy",
    "argocd.argoproj.io/hydrate",
    "argocd.argoproj.io/ignore-default-links",
    "argocd.argoproj.io/ignore-differences",
    "argocd.argoproj.io/ignore-healthcheck",
    "argocd.argoproj.io/ignore-resource-updates",
    "argocd.argoproj.io/ignore-restart-policy",
    "argocd.argoproj.io/installation-id",
    "argocd.argoproj.io/managed-by-url",
    "argocd.argoproj.io/manifest-generate-paths",
    "argocd.argoproj.io/refresh",
    "argocd.argoproj.io/skip-reconcile",
    "argocd.argoproj.io/sync-options",
    "argocd.argoproj.io/sync-wave",
    "argocd.argoproj.io/tracking-id",
    "argocd.argoproj.io/application-set-refresh",
    "argocd.argoproj.io/cluster-name",
    "argocd.argoproj.io/auto-label-cluster-info",
    "argocd.argoproj.io/manifest-max-files-size",
    "argocd.argoproj.io/git-gc",
];
const HOOK_TYPES: [&str; 7] = ["PreSync", "Sync", "PostSync", "SyncFail", "Skip", "PreDelete", "PostDelete"];
const HELM_HOOK_TYPES: [&str; 11] = [
    "pre-install",
    "post-install",
    "pre-upgrade",
    "post-upgrade",
    "pre-delete",
    "post-delete",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-success",
    "crd-install",
];
const DELETE_POLICIES: [&str; 3] = ["HookSucceeded", "HookFailed", "BeforeHookCreation"];
const HELM_DELETE_POLICIES: [&str; 3] = ["hook-succeeded", "hook-failed", "before-hook-creation"];

/// Findings about the request and its plan. Paths point into the request.
pub fn lint(request: &PlanRequest, plan: &Plan) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    policy_options(&request.application, &mut findings);
    if let Some(operation) = &request.operation {
        operation_options(&request.application, operation, &mut findings);
    }
    for (index, target) in request.targets.iter().enumerate() {
        resource(target, &format!("/targets/{index}"), &mut findings);
    }
    generated_names(&request.targets, &mut findings);
    server_side(request, &mut findings);
    order(plan, &request.targets, &mut findings);
    for stuck in &plan.stuck {
        let what = match &stuck.task {
            Some(task) => format!("the sync would never finish: {} is waited for, and {}", task.key, stuck.why),
            None => format!("the sync would not finish: {}", stuck.why),
        };
        findings.push(Diagnostic::warning("argocd-sync-never-finishes", "/application", what));
    }
    findings
}

/// Findings about one desired object, whatever deploys it. Paths point into the object.
pub fn resource_findings(object: &Value) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    resource(object, "", &mut findings);
    findings
}

/// Findings about the sync options of an Application. Paths point into the Application.
pub fn policy_findings(application: &Value) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    policy_options(application, &mut findings);
    for finding in &mut findings {
        if let Some(path) = finding.path.strip_prefix("/application") {
            finding.path = path.to_owned();
        }
    }
    findings
}

fn suggest(finding: Diagnostic, near: Option<&str>) -> Diagnostic {
    match near {
        Some(near) => finding.with_help(format!("did you mean {near}?")),
        None => finding,
    }
}

fn policy_options(application: &Value, findings: &mut Vec<Diagnostic>) {
    let options = application.pointer("/spec/syncPolicy/syncOptions").and_then(Value::as_array);
    for (index, option) in options.into_iter().flatten().enumerate() {
        let Some(option) = option.as_str() else { continue };
        application_option(option, &format!("/application/spec/syncPolicy/syncOptions/{index}"), findings);
    }
}

fn application_option(option: &str, path: &str, findings: &mut Vec<Diagnostic>) {
    match scope(option) {
        None => unknown_option(option, path, findings),
        Some(scope) if !scope.application => {
            let message = format!("{option} has no effect for a whole Application");
            let help = "put it into the annotation argocd.argoproj.io/sync-options of the resources it is meant for";
            findings.push(Diagnostic::warning("argocd-sync-option-scope", path, message).with_help(help));
        }
        Some(_) => {}
    }
}

fn unknown_option(option: &str, path: &str, findings: &mut Vec<Diagnostic>) {
    let near = nearest(option, SYNC_OPTIONS_KNOWN.iter().map(|(known, _)| *known));
    let message = format!("{option:?} is no sync option that Argo CD knows");
    findings.push(suggest(Diagnostic::warning("argocd-sync-unknown-option", path, message), near));
}

fn operation_options(application: &Value, operation: &Operation, findings: &mut Vec<Diagnostic>) {
    let Some(sync) = &operation.sync else { return };
    for (index, option) in sync.sync_options.iter().enumerate() {
        application_option(option, &format!("/operation/sync/syncOptions/{index}"), findings);
    }
    let own = application.pointer("/spec/syncPolicy/syncOptions").and_then(Value::as_array);
    let lost: Vec<&str> =
        own.into_iter().flatten().filter_map(Value::as_str).filter(|option| !sync.has_option(option) && scope(option).is_some()).collect();
    if !lost.is_empty() {
        let message = format!("the operation does not carry the Application's own {}", lost.join(", "));
        findings.push(Diagnostic::warning("argocd-sync-options-replaced", "/operation/sync/syncOptions", message));
    }
}

fn resource(target: &Value, path: &str, findings: &mut Vec<Diagnostic>) {
    let Some(annotations) = target.pointer("/metadata/annotations").and_then(Value::as_object) else { return };
    let at = |key: &str| format!("{path}/metadata/annotations/{}", pointer::escape(key));
    for (key, value) in annotations {
        if !value.is_string() && !value.is_null() {
            let message = format!("the annotation {key} is no string");
            findings.push(Diagnostic::error("argocd-sync-non-string-annotation", at(key), message));
        }
        if key.starts_with("argocd.argoproj.io/") && !ANNOTATIONS.contains(&key.as_str()) {
            let near = nearest(key, ANNOTATIONS.into_iter());
            let message = format!("Argo CD knows no annotation {key}");
            // What is like nothing known may be of another release, or of a plugin.
            let told = if near.is_some() { Diagnostic::warning } else { Diagnostic::info };
            findings.push(suggest(told("argocd-sync-unknown-annotation", at(key).as_str(), message.as_str()), near));
        }
    }
    for option in annotation_items(target, SYNC_OPTIONS) {
        match scope(option) {
            None => unknown_option(option, &at(SYNC_OPTIONS), findings),
            Some(scope) if !scope.resource || option == "Replace=false" => {
                let message = format!("{option} has no effect on a single resource");
                findings.push(Diagnostic::warning("argocd-sync-option-scope", at(SYNC_OPTIONS), message));
            }
            Some(_) => {}
        }
    }
    hook(target, &at, findings);
    for key in [SYNC_WAVE, HELM_HOOK_WEIGHT] {
        if let Some(text) = annotation(target, key).filter(|text| text.parse::<i64>().is_err()) {
            let message = format!("{text:?} is no integer, so it sets no wave");
            findings.push(Diagnostic::warning("argocd-sync-wave-not-integer", at(key), message));
        }
    }
}

fn hook(target: &Value, at: &dyn Fn(&str) -> String, findings: &mut Vec<Diagnostic>) {
    let mut words = |key: &str, known: &[&str], code: &'static str, what: &str| {
        for word in annotation_items(target, key).filter(|word| !known.contains(word)) {
            let near = nearest(word, known.iter().copied());
            findings.push(suggest(Diagnostic::warning(code, at(key), format!("{word:?} is no {what} that Argo CD knows")), near));
        }
    };
    words(HOOK, &HOOK_TYPES, "argocd-sync-unknown-hook-type", "hook type");
    words(HELM_HOOK, &HELM_HOOK_TYPES, "argocd-sync-unknown-hook-type", "Helm hook type");
    words(HOOK_DELETE_POLICY, &DELETE_POLICIES, "argocd-sync-unknown-delete-policy", "hook delete policy");
    words(HELM_HOOK_DELETE_POLICY, &HELM_DELETE_POLICIES, "argocd-sync-unknown-delete-policy", "Helm hook delete policy");
    let facts = HookFacts::of(target);
    if facts.ignored && !facts.pre_delete && !facts.post_delete {
        let key = if annotation(target, HOOK).is_some() { HOOK } else { HELM_HOOK };
        let message = "a hook of no type that Argo CD runs: it is never applied".to_owned();
        findings.push(Diagnostic::warning("argocd-sync-hook-ignored", at(key), message));
    }
}

fn generated_names(targets: &[Value], findings: &mut Vec<Diagnostic>) {
    let mut first: HashMap<ResourceKey, usize> = HashMap::new();
    for (index, target) in targets.iter().enumerate() {
        let key = ResourceKey::of(target);
        if !key.name.is_empty() || unstructured::generate_name(target).is_empty() || HookFacts::of(target).is_hook {
            continue;
        }
        let earlier = *first.entry(key).or_insert(index);
        if earlier != index {
            let message = format!("only one of this and /targets/{earlier} is made: neither has a name");
            findings.push(Diagnostic::warning("argocd-sync-generated-name", format!("/targets/{index}/metadata/generateName"), message));
        }
    }
}

fn server_side(request: &PlanRequest, findings: &mut Vec<Diagnostic>) {
    let policy = request.application.pointer("/spec/syncPolicy/syncOptions").and_then(Value::as_array);
    let has = |option: &str| policy.into_iter().flatten().any(|own| own.as_str() == Some(option));
    let out_of_sync_only = match &request.operation {
        Some(operation) => operation.sync.as_ref().is_some_and(|sync| sync.has_option("ApplyOutOfSyncOnly=true")),
        None => has("ApplyOutOfSyncOnly=true"),
    };
    const COMPARE: &str = "argocd.argoproj.io/compare-options";
    let asked = has("ServerSideApply=true") || unstructured::has_option(&request.application, COMPARE, "ServerSideDiff=true");
    if out_of_sync_only && asked && !unstructured::has_option(&request.application, COMPARE, "ServerSideDiff=false") {
        let message = "what differs would be told by the API server; the plan asks the client-side comparison";
        findings.push(Diagnostic::info("argocd-sync-server-side-diff", "/application", message));
    }
}

/// Findings about the order: ties, and Applications whose children are not waited for.
fn order(plan: &Plan, targets: &[Value], findings: &mut Vec<Diagnostic>) {
    let place: HashMap<(ResourceKey, bool), usize> = targets
        .iter()
        .enumerate()
        .flat_map(|(index, target)| {
            let key = ResourceKey::of(target);
            [((key.clone(), true), index), ((key.in_namespace(""), false), index)]
        })
        .collect();
    let path = |key: &ResourceKey| {
        let at = place.get(&(key.clone(), true)).or_else(|| place.get(&(key.in_namespace(""), false)));
        at.map_or_else(|| "/targets".to_owned(), |index| format!("/targets/{index}"))
    };
    for pair in plan.tasks.windows(2) {
        let [one, other] = pair else { continue };
        if (one.phase, one.wave, &one.key.kind, &one.key.name) == (other.phase, other.wave, &other.key.kind, &other.key.name) {
            let message = format!("upstream runs this and {} in random order", one.key);
            findings.push(Diagnostic::info("argocd-sync-tie", path(&other.key), message));
        }
    }
    let last = plan.tasks.iter().rev().map(|task| (task.phase, task.wave)).next();
    for task in &plan.tasks {
        let child = task.key.group == "argoproj.io" && task.key.kind == "Application" && !task.is_prune && !task.is_hook;
        if child && Some((task.phase, task.wave)) != last {
            let message = format!("later waves do not wait for what the Application {} deploys", task.key.name);
            findings.push(Diagnostic::info("argocd-sync-app-of-apps", path(&task.key), message));
        }
    }
}
