//! Self-heal in production from day one, and what makes it worse.

use super::Finding;
use super::context::{Context, Subject, text};
use super::fix::{Fix, insert_after, insert_first, insert_item, replace};
use crate::platform::application::{Application, Origin};
use crate::platform::tree::Object;
use crate::text::pointer;
use crate::{Diagnostic, Severity, Value};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for application in &context.platform.applications.items {
        let Some(automated) = automated(application) else { continue };
        let on = |key: &str| automated.get(key).and_then(Value::as_bool).unwrap_or(false);
        if let Some(name) = context.production(application) {
            if on("allowEmpty") {
                findings.push(allow_empty(context, application, name));
            }
            if on("selfHeal") || on("prune") {
                findings.extend(day_one(context, application, name, on("selfHeal")));
            }
        }
    }
    for scaler in context.of_kind("autoscaling", "HorizontalPodAutoscaler") {
        for workload in context.subjects.iter().filter(|workload| scales(scaler, workload)) {
            self_heal(context, scaler, workload, findings);
            minimum(scaler, workload, findings);
        }
    }
}

/// `spec.syncPolicy.automated`, if it is on.
pub(super) fn automated(application: &Application) -> Option<&Value> {
    let automated = application.value.pointer("/spec/syncPolicy/automated").filter(|value| value.is_object())?;
    (automated.get("enabled") != Some(&Value::Bool(false))).then_some(automated)
}

fn allow_empty(context: &Context<'_>, application: &Application, production: &str) -> Finding {
    let path = "/spec/syncPolicy/automated/allowEmpty";
    let message = format!("{} deploys to production ({production}) and may prune everything when its source is empty", application.name);
    let mut diagnostic = Diagnostic::error("platform-allow-empty-production", path, message);
    let declared = context.declared(application);
    diagnostic.location = declared.and_then(|object| object.location(path)).or_else(|| context.place_of_origin(application));
    let edit = declared.and_then(|object| replace(object, path, "false"));
    Finding { diagnostic, fix: Fix::new("set allowEmpty to false", edit.into_iter().collect()) }
}

fn day_one(context: &Context<'_>, application: &Application, production: &str, heals: bool) -> Option<Finding> {
    let wanted = context.platform.config.thresholds.production_history;
    let known = context.snapshot.application(&application.name);
    let deployments = known.and_then(|app| app.pointer("/status/history")).and_then(Value::as_array).map_or(0, Vec::len);
    if deployments >= wanted {
        return None;
    }
    // A parent of Applications touches Applications only; its children are judged themselves.
    if application.targets.iter().flatten().any(|target| text(&target.object, "/kind") == "Application") {
        return None;
    }
    let what = if heals { "heals itself" } else { "prunes" };
    let history = match (context.has_snapshot(), deployments) {
        (false, _) => "its history is not known here".to_owned(),
        (true, 0) => "it has never been deployed".to_owned(),
        (true, 1) => "it was deployed once".to_owned(),
        (true, times) => format!("it was deployed {times} times"),
    };
    let severity = if context.has_snapshot() { Severity::Warning } else { Severity::Info };
    let key = if heals { "selfHeal" } else { "prune" };
    let path = format!("/spec/syncPolicy/automated/{key}");
    let message = format!("{} deploys to production ({production}) and {what}, and {history}", application.name);
    let mut diagnostic = Diagnostic::new("platform-production-self-heal", severity, path.clone(), message);
    diagnostic.location = match &application.origin {
        Origin::ApplicationSet(_) => context.place_of_origin(application),
        _ => context.declared(application).and_then(|object| object.location(&path)),
    };
    Some(diagnostic.into())
}

fn scales(scaler: &Subject<'_>, workload: &Subject<'_>) -> bool {
    let target = |key: &str| text(scaler.value, &format!("/spec/scaleTargetRef/{key}"));
    !target("name").is_empty()
        && text(workload.value, "/kind") == target("kind")
        && text(workload.value, "/metadata/name") == target("name")
        && scaler.is_beside(workload)
}

fn self_heal(context: &Context<'_>, scaler: &Subject<'_>, workload: &Subject<'_>, findings: &mut Vec<Finding>) {
    if workload.value.pointer("/spec/replicas").is_none() {
        return;
    }
    let kind = text(workload.value, "/kind");
    let group = text(workload.value, "/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
    let name = text(workload.value, "/metadata/name");
    for application in &workload.applications {
        let heals = automated(application).is_some_and(|automated| automated.get("selfHeal") == Some(&Value::Bool(true)));
        if !heals || ignores_replicas(context, application, group, kind, name) {
            continue;
        }
        let message = format!(
            "{} heals itself to {} replicas of {kind} {name}, which {} scales",
            application.name,
            workload.value.pointer("/spec/replicas").unwrap_or(&Value::Null),
            scaler.title()
        );
        let mut diagnostic = Diagnostic::warning("platform-hpa-self-heal", "/spec/replicas", message);
        diagnostic.location = workload.location("/spec/replicas");
        let fix = context.declared(application).and_then(|object| ignore_replicas(object, group, kind, name));
        findings.push(Finding { diagnostic, fix });
    }
}

/// Whether a rule of the Application, or a system-wide one, takes replicas out of the comparison.
fn ignores_replicas(context: &Context<'_>, application: &Application, group: &str, kind: &str, name: &str) -> bool {
    let is_or_any = |rule: &Value, key: &str, value: &str| matches!(text(rule, key), "" | "*") || text(rule, key) == value;
    let replicas = |rule: &Value| {
        let has = |key: &str, words: &[&str]| {
            rule.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).any(|path| words.contains(&path))
        };
        has("jsonPointers", &["/spec/replicas", "/spec"])
            || has("jqPathExpressions", &[".spec.replicas", ".spec"])
            || has("managedFieldsManagers", &["kube-controller-manager"])
    };
    let rules = application.value.pointer("/spec/ignoreDifferences").and_then(Value::as_array);
    let own = rules.into_iter().flatten().any(|rule| {
        is_or_any(rule, "/group", group)
            && (text(rule, "/kind") == kind || text(rule, "/kind") == "*")
            && is_or_any(rule, "/name", name)
            && replicas(rule)
    });
    own || context.snapshot.settings.iter().any(|(key, value)| {
        key.starts_with("resource.customizations.ignoreDifferences")
            && value.contains("/spec/replicas")
            && (key.ends_with(".all") || key.ends_with(kind))
    })
}

fn ignore_replicas(object: &Object<'_>, group: &str, kind: &str, name: &str) -> Option<Fix> {
    let rule = [
        format!("group: {group}"),
        format!("kind: {kind}"),
        format!("name: {name}"),
        "jsonPointers:".to_owned(),
        "  - /spec/replicas".to_owned(),
    ];
    let mut edits = if object.value().pointer("/spec/ignoreDifferences").is_some() {
        vec![insert_item(object, "/spec/ignoreDifferences", &rule.join("\n"))?]
    } else {
        let lines = rule.iter().enumerate().map(|(at, line)| format!("  {} {line}", if at == 0 { "-" } else { " " }));
        let lines: Vec<String> = std::iter::once("ignoreDifferences:".to_owned()).chain(lines).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        vec![insert_after(object, "/spec/project", &lines).or_else(|| insert_first(object, "/spec", &lines))?]
    };
    let option = "RespectIgnoreDifferences=true";
    let options = object.value().pointer("/spec/syncPolicy/syncOptions").and_then(Value::as_array);
    if !options.into_iter().flatten().any(|given| given.as_str() == Some(option)) {
        let list = "/spec/syncPolicy/syncOptions";
        edits.push(match options {
            Some(_) => insert_item(object, list, option)?,
            None => insert_first(object, pointer::parent(list)?, &["syncOptions:", &format!("  - {option}")])?,
        });
    }
    Fix::new(format!("ignore the replicas of {kind} {name}"), edits)
}

fn minimum(scaler: &Subject<'_>, workload: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(replicas) = workload.value.pointer("/spec/replicas").and_then(Value::as_i64) else { return };
    let least = scaler.value.pointer("/spec/minReplicas").and_then(Value::as_i64).unwrap_or(1);
    if least > replicas {
        let message = format!("{} wants at least {least} pods, {} asks for {replicas}", scaler.title(), workload.title());
        let mut finding = Diagnostic::warning("platform-hpa-above-replicas", "/spec/minReplicas", message);
        finding.location = scaler.location("/spec/minReplicas");
        findings.push(finding.into());
    }
}
