//! HorizontalPodAutoscaler.

use super::Check;
use crate::Value;
use crate::argocd::health::field::{list, text};
use crate::argocd::health::status::{Health, HealthCode::*};

/// Condition type and reason that mean the autoscaler cannot work.
const BROKEN: &[(&str, &str)] = &[
    ("AbleToScale", "FailedGetScale"),
    ("AbleToScale", "FailedUpdateScale"),
    ("ScalingActive", "FailedGetResourceMetric"),
    ("ScalingActive", "FailedGetObjectMetric"),
    ("ScalingActive", "FailedGetPodsMetric"),
    ("ScalingActive", "FailedGetExternalMetric"),
    ("ScalingActive", "FailedComputeMetricsReplicas"),
    ("ScalingActive", "InvalidSelector"),
];

const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

pub(super) fn horizontal_pod_autoscaler(object: &Value) -> Check {
    if object.get("apiVersion").and_then(Value::as_str) == Some("autoscaling/v2") {
        return conditions(list(object, &["status", "conditions"])?);
    }
    // v1 has no conditions; the API server keeps them in an annotation.
    match text(object, &["metadata", "annotations", CONDITIONS])? {
        "" => conditions(&[]),
        json => match serde_json::from_str::<Vec<Value>>(json) {
            Ok(list) => conditions(&list),
            Err(problem) => Err(format!("failed to convert conditions annotation to typed: {problem}")),
        },
    }
}

fn conditions(conditions: &[Value]) -> Check {
    for condition in conditions {
        if BROKEN.contains(&(text(condition, &["type"])?, text(condition, &["reason"])?)) {
            return Ok(Health::new(Degraded, text(condition, &["message"])?));
        }
    }
    for condition in conditions {
        if matches!(text(condition, &["type"])?, "AbleToScale" | "ScalingLimited") && text(condition, &["status"])? == "True" {
            return Ok(Health::new(Healthy, text(condition, &["message"])?));
        }
    }
    Ok(Health::new(Progressing, "Waiting to Autoscale"))
}
