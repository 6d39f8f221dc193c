//! HorizontalPodAutoscaler.

use super::Check;
use crate::Value;
use crate::argocd::health::field::{at, list, text};
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

/// How a complaint about the annotation starts; no other words go before it.
pub(super) const ANNOTATION_PROBLEM: &str = "failed to convert conditions annotation to typed: ";

/// Go's name of what the annotation is decoded into.
const CONDITION_LIST: &str = "[]health.hpaCondition";

/// Go's word for a JSON value's type.
fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        Value::Null => "null",
    }
}

pub(super) fn horizontal_pod_autoscaler(object: &Value) -> Check {
    if object.get("apiVersion").and_then(Value::as_str) == Some("autoscaling/v2") {
        return conditions(list(object, &["status", "conditions"])?);
    }
    // v1 has no conditions; the API server keeps them in an annotation.
    let Some(json) = at(object, &["metadata", "annotations"]).and_then(|annotations| annotations.get(CONDITIONS)) else {
        return conditions(&[]);
    };
    match serde_json::from_str::<Value>(json.as_str().unwrap_or_default()) {
        Ok(Value::Array(list)) => conditions(&list),
        Ok(Value::Null) => conditions(&[]),
        Ok(other) => {
            Err(format!("{ANNOTATION_PROBLEM}json: cannot unmarshal {} into Go value of type {CONDITION_LIST}", json_kind(&other)))
        }
        Err(problem) if problem.is_eof() => Err(format!("{ANNOTATION_PROBLEM}unexpected end of JSON input")),
        Err(problem) => Err(format!("{ANNOTATION_PROBLEM}{problem}")),
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
