//! HorizontalPodAutoscaler.

use super::Check;
use crate::argocd::health::field::{at, list, text};
use crate::argocd::health::status::{Health, HealthCode::*};
use crate::lang::gofmt::{json_kind, syntax_error};
use crate::{Map, Value};

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

pub(super) fn horizontal_pod_autoscaler(object: &Value) -> Check {
    if object.get("apiVersion").and_then(Value::as_str) == Some("autoscaling/v2") {
        return conditions(list(object, &["status", "conditions"])?);
    }
    // v1 has no conditions; the API server keeps them in an annotation.
    let Some(json) = at(object, &["metadata", "annotations"]).and_then(|annotations| annotations.get(CONDITIONS)) else {
        return conditions(&[]);
    };
    annotated(json.as_str().unwrap_or_default())
        .map_err(|problem| format!("{ANNOTATION_PROBLEM}{problem}"))
        .and_then(|list| conditions(&list))
}

/// The annotation's conditions, as Go decodes them into `[]health.hpaCondition`: names in any case, the last one wins.
fn annotated(json: &str) -> Result<Vec<Value>, String> {
    let cannot = |value: &Value, into: &str| format!("json: cannot unmarshal {} into {into}", json_kind(value));
    let list = match serde_json::from_str::<Value>(json) {
        Ok(Value::Array(list)) => list,
        Ok(Value::Null) => Vec::new(),
        Ok(other) => return Err(cannot(&other, "Go value of type []health.hpaCondition")),
        Err(problem) => return Err(syntax_error(json).unwrap_or_else(|| problem.to_string())),
    };
    let mut decoded = Vec::with_capacity(list.len());
    for (at, condition) in list.into_iter().enumerate() {
        let mut fields = Map::new();
        match condition {
            Value::Null => {}
            Value::Object(members) => {
                for (key, value) in members {
                    let Some(name) = ["type", "reason", "message", "status"].into_iter().find(|name| name.eq_ignore_ascii_case(&key))
                    else {
                        continue;
                    };
                    match value {
                        Value::Null => {}
                        Value::String(_) => drop(fields.insert(name.to_owned(), value)),
                        other => return Err(cannot(&other, &format!("Go struct field .{at}.{key} of type string"))),
                    }
                }
            }
            other => return Err(cannot(&other, &format!(".{at} of type health.hpaCondition"))),
        }
        decoded.push(Value::Object(fields));
    }
    Ok(decoded)
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
