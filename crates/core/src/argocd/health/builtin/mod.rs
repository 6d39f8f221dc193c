//! The checks that gitops-engine has in Go (`pkg/health`, v3.6.1).

mod autoscaling;
mod pod;
mod service;
mod typed;
mod workload;

use super::field::{member, text};
use super::status::Health;
use crate::Value;

/// A check's judgement, or why the object cannot be judged.
pub(super) type Check = Result<Health, String>;

/// The built-in check of the object's group and kind; `None` when there is none.
pub fn check(object: &Value) -> Option<Check> {
    let api_version = member(object, "apiVersion").and_then(Value::as_str).unwrap_or_default();
    let kind = member(object, "kind").and_then(Value::as_str).unwrap_or_default();
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let (name, versions, check): (&str, &[&str], fn(&Value) -> Check) = match (group, kind) {
        ("apps", "Deployment") => ("Deployment", &["v1"], workload::deployment),
        ("apps", "StatefulSet") => ("StatefulSet", &["v1"], workload::stateful_set),
        ("apps", "ReplicaSet") => ("ReplicaSet", &["v1"], workload::replica_set),
        ("apps", "DaemonSet") => ("DaemonSet", &["v1"], workload::daemon_set),
        ("extensions" | "networking.k8s.io", "Ingress") => ("Ingress", &[], service::ingress),
        ("", "Service") => ("Service", &["v1"], service::service),
        ("", "PersistentVolumeClaim") => ("PersistentVolumeClaim", &["v1"], service::persistent_volume_claim),
        ("", "Pod") => ("Pod", &["v1"], pod::pod),
        ("batch", "Job") => ("Job", &["v1"], workload::job),
        ("autoscaling", "HorizontalPodAutoscaler") => ("HPA", &["v1", "v2"], autoscaling::horizontal_pod_autoscaler),
        ("apiregistration.k8s.io", "APIService") => ("APIService", &["v1", "v1beta1"], service::api_service),
        ("argoproj.io", "Workflow") => ("Workflow", &[], workload::workflow),
        _ => return None,
    };
    if !versions.is_empty() && !versions.contains(&version) {
        return Some(Err(format!("unsupported {name} GVK: {group}/{version}, Kind={kind}")));
    }
    // The conversion complains first; kinds without a version are read field by field.
    let typed = if versions.is_empty() { Ok(()) } else { typed::restore(object, group, version, kind) };
    Some(typed.and_then(|()| check(object)).map_err(|problem| {
        if versions.is_empty() || problem.starts_with(autoscaling::ANNOTATION_PROBLEM) {
            problem
        } else {
            format!("failed to convert unstructured {name} to typed: {problem}")
        }
    }))
}

fn name(object: &Value) -> Result<&str, String> {
    text(object, &["metadata", "name"])
}
