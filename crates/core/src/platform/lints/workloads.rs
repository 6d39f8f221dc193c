//! Pods: images without a version, budgets that block.

use super::Finding;
use super::context::{Context, Subject, text};
use super::secrets;
use crate::{Diagnostic, Value};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for subject in &context.subjects {
        if let Some(pods) = pod_spec(subject.value) {
            images(context, subject, pods, findings);
            secrets::environment(subject, pods, findings);
        }
    }
    for budget in context.of_kind("policy", "PodDisruptionBudget") {
        blocked(context, budget, findings);
    }
    for secret in context.of_kind("", "Secret") {
        findings.extend(secrets::plain(secret));
    }
}

/// Where the pod's spec is, by kind.
fn pod_spec(object: &Value) -> Option<&'static str> {
    match text(object, "/kind") {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "Rollout" => Some("/spec/template/spec"),
        "CronJob" => Some("/spec/jobTemplate/spec/template/spec"),
        "Pod" => Some("/spec"),
        _ => None,
    }
}

pub(super) fn containers<'v>(object: &'v Value, pods: &str) -> impl Iterator<Item = (String, &'v Value)> {
    ["initContainers", "containers"].into_iter().flat_map(move |list| {
        let at = format!("{pods}/{list}");
        let found = object.pointer(&at).and_then(Value::as_array);
        found.into_iter().flatten().enumerate().map(move |(index, container)| (format!("{at}/{index}"), container))
    })
}

fn images(context: &Context<'_>, subject: &Subject<'_>, pods: &str, findings: &mut Vec<Finding>) {
    for (at, container) in containers(subject.value, pods) {
        let image = text(container, "/image");
        if image.is_empty() || image.contains('@') || image.contains("{{") || image.contains("${") || image.contains('<') {
            continue;
        }
        let name = image.rsplit('/').next().unwrap_or(image);
        let (bare, tag) = name.split_once(':').map_or((name, None), |(bare, tag)| (bare, Some(tag)));
        let whole = image.strip_suffix(name).unwrap_or_default().to_owned() + bare;
        // A kustomization gives it the version that counts.
        if subject.object.is_some() && (context.kustomized_images.contains(&whole) || context.kustomized_images.contains(bare)) {
            continue;
        }
        let why = match tag {
            None => "has no tag, which means latest",
            Some("latest") => "is whatever latest means today",
            Some(_) => continue,
        };
        let path = format!("{at}/image");
        let message = format!("{}: the image {image} {why}", subject.title());
        let mut finding = Diagnostic::warning("platform-image-latest", path.clone(), message);
        finding.location = subject.location(&path);
        findings.push(finding.into());
    }
}

fn blocked(context: &Context<'_>, budget: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(selector) = budget.value.pointer("/spec/selector/matchLabels").and_then(Value::as_object).filter(|labels| !labels.is_empty())
    else {
        return;
    };
    let chosen = |workload: &&Subject<'_>| {
        matches!(text(workload.value, "/kind"), "Deployment" | "StatefulSet" | "Rollout" | "ReplicaSet")
            && workload
                .value
                .pointer("/spec/template/metadata/labels")
                .and_then(Value::as_object)
                .is_some_and(|labels| selector.iter().all(|(key, value)| labels.get(key) == Some(value)))
            && workload.is_beside(budget)
    };
    for workload in context.subjects.iter().filter(chosen) {
        let scaler = context.of_kind("autoscaling", "HorizontalPodAutoscaler").find(|scaler| {
            text(scaler.value, "/spec/scaleTargetRef/name") == text(workload.value, "/metadata/name")
                && text(scaler.value, "/spec/scaleTargetRef/kind") == text(workload.value, "/kind")
                && scaler.is_beside(workload)
        });
        let own = workload.value.pointer("/spec/replicas").map_or(Some(1), Value::as_i64);
        let least = scaler.map(|scaler| scaler.value.pointer("/spec/minReplicas").and_then(Value::as_i64).unwrap_or(1));
        let Some(pods) = least.or(own).filter(|pods| *pods > 0) else { continue };
        let (key, allowed) = match (budget.value.pointer("/spec/minAvailable"), budget.value.pointer("/spec/maxUnavailable")) {
            (Some(least), _) => ("minAvailable", amount(least, pods).map(|least| pods - least)),
            (None, Some(most)) => ("maxUnavailable", amount(most, pods)),
            (None, None) => continue,
        };
        let Some(allowed) = allowed.filter(|allowed| *allowed <= 0) else { continue };
        let path = format!("/spec/{key}");
        let said = budget.value.pointer(&path).map(ToString::to_string).unwrap_or_default();
        let message = format!(
            "{}: {key} {} of {pods} pods of {} leaves {} to evict",
            budget.title(),
            said.trim_matches('"'),
            workload.title(),
            allowed.max(0)
        );
        let mut finding = Diagnostic::warning("platform-pdb-blocks", path.clone(), message);
        finding.location = budget.location(&path);
        findings.push(finding.into());
    }
}

/// A number of pods, or a percentage of them, rounded up as the disruption controller does.
fn amount(value: &Value, pods: i64) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            Some((percent * pods).div_euclid(100) + i64::from((percent * pods).rem_euclid(100) > 0))
        }
        _ => None,
    }
}
