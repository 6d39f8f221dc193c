//! HorizontalPodAutoscaler between `v1` and `v2`: what `v1` has no field for lives in annotations.

use crate::lang::gofmt::json::marshal_document;
use crate::{Map, Value};

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

type Members = Map<String, Value>;

/// Rewrites an encoded object; none when there is no such conversion.
pub(super) fn convert(object: &mut Value, from: &str, to: &str) -> Option<()> {
    match (from, to) {
        ("v2", "v1") => to_v1(object),
        ("v1", "v2") => to_v2(object),
        _ => None,
    }
}

fn take(object: &mut Value, part: &str, key: &str) -> Option<Value> {
    object.get_mut(part)?.as_object_mut()?.shift_remove(key).filter(|value| !value.is_null())
}

fn put(object: &mut Value, part: &str, key: &str, value: Value) {
    if let Some(members) = object.get_mut(part).and_then(Value::as_object_mut) {
        members.insert(key.to_owned(), value);
    }
}

fn annotations(object: &mut Value) -> Option<&mut Members> {
    let metadata = object.get_mut("metadata")?.as_object_mut()?;
    metadata.entry("annotations").or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

fn is_cpu(metric: &Value) -> bool {
    metric.get("type").and_then(Value::as_str) == Some("Resource")
        && metric.pointer("/resource/name").and_then(Value::as_str) == Some("cpu")
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn to_v1(object: &mut Value) -> Option<()> {
    let metrics = list(take(object, "spec", "metrics"));
    let utilization =
        metrics.iter().find(|metric| is_cpu(metric)).and_then(|metric| metric.pointer("/resource/target/averageUtilization")).cloned();
    if let Some(utilization) = utilization.filter(|value| !value.is_null()) {
        put(object, "spec", "targetCPUUtilizationPercentage", utilization);
    }
    let others =
        metrics.iter().filter(|metric| !is_cpu(metric) || metric.pointer("/resource/target/averageUtilization").is_none()).map(spec_to_v1);
    let others: Vec<Value> = others.collect();
    let behavior = take(object, "spec", "behavior");
    let current = list(take(object, "status", "currentMetrics"));
    if let Some(now) =
        current.iter().find(|metric| is_cpu(metric)).and_then(|metric| metric.pointer("/resource/current/averageUtilization")).cloned()
    {
        put(object, "status", "currentCPUUtilizationPercentage", now);
    }
    let current: Vec<Value> = current.iter().map(status_to_v1).collect();
    let conditions = list(take(object, "status", "conditions"));
    let notes = annotations(object)?;
    for key in [METRICS, BEHAVIOR, CURRENT_METRICS, CONDITIONS] {
        notes.shift_remove(key);
    }
    for (key, values) in [(METRICS, others), (CURRENT_METRICS, current), (CONDITIONS, conditions)] {
        if !values.is_empty() {
            notes.insert(key.to_owned(), Value::from(marshal_document(&Value::Array(values))));
        }
    }
    if let Some(behavior) = behavior {
        notes.insert(BEHAVIOR.to_owned(), Value::from(marshal_document(&behavior)));
    }
    Some(())
}

fn to_v2(object: &mut Value) -> Option<()> {
    let utilization = take(object, "spec", "targetCPUUtilizationPercentage");
    let now = take(object, "status", "currentCPUUtilizationPercentage");
    let notes = annotations(object)?;
    let mut note = |key: &str| notes.shift_remove(key).and_then(|text| serde_json::from_str::<Value>(text.as_str()?).ok());
    let (others, behavior, current, conditions) = (note(METRICS), note(BEHAVIOR), note(CURRENT_METRICS), note(CONDITIONS));
    let mut metrics: Vec<Value> = list(others).iter().map(spec_to_v2).collect();
    let cpu = |value: Value| serde_json::json!({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": value}}});
    metrics.extend(utilization.map(cpu));
    if metrics.is_empty() {
        metrics.push(cpu(Value::from(80)));
    }
    put(object, "spec", "metrics", Value::Array(metrics));
    if let Some(behavior) = behavior.filter(Value::is_object) {
        put(object, "spec", "behavior", behavior);
    }
    let current = match (list(current), now) {
        (current, _) if !current.is_empty() => current.iter().map(status_to_v2).collect(),
        (_, Some(now)) => {
            vec![serde_json::json!({"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": now}}})]
        }
        _ => Vec::new(),
    };
    put(object, "status", "currentMetrics", Value::Array(current));
    if let Some(conditions @ Value::Array(_)) = conditions {
        put(object, "status", "conditions", conditions);
    }
    Some(())
}

/// The source of a metric, by type, rewritten.
fn rewrite(metric: &Value, how: impl Fn(&str, &Members) -> Members) -> Value {
    let mut out = Map::new();
    for (key, value) in metric.as_object().into_iter().flatten() {
        let value = match value {
            Value::Object(source) => Value::Object(how(key, source)),
            other => other.clone(),
        };
        out.insert(key.clone(), value);
    }
    Value::Object(out)
}

/// Copies members along paths of two keys at most, those that are there.
fn copy(from: &Members, pairs: &[(&str, &str)]) -> Members {
    let mut out = Map::new();
    for (source, target) in pairs {
        let value = match source.split_once('.') {
            Some((first, second)) => from.get(first).and_then(|inner| inner.get(second)),
            None => from.get(*source),
        };
        let Some(value) = value.filter(|value| !value.is_null()) else { continue };
        match target.split_once('.') {
            Some((first, second)) => {
                let inner = out.entry(first.to_owned()).or_insert_with(|| Value::Object(Map::new()));
                if let Some(inner) = inner.as_object_mut() {
                    inner.insert(second.to_owned(), value.clone());
                }
            }
            None => {
                out.insert((*target).to_owned(), value.clone());
            }
        }
    }
    out
}

/// Pairs of a field in `v2` and in `v1`, by source.
fn spec_fields(source: &str) -> &'static [(&'static str, &'static str)] {
    match source {
        "object" => &[
            ("describedObject", "target"),
            ("metric.name", "metricName"),
            ("metric.selector", "selector"),
            ("target.value", "targetValue"),
            ("target.averageValue", "averageValue"),
        ],
        "pods" => &[("metric.name", "metricName"), ("metric.selector", "selector"), ("target.averageValue", "targetAverageValue")],
        "external" => &[
            ("metric.name", "metricName"),
            ("metric.selector", "metricSelector"),
            ("target.value", "targetValue"),
            ("target.averageValue", "targetAverageValue"),
        ],
        _ => &[
            ("name", "name"),
            ("container", "container"),
            ("target.averageUtilization", "targetAverageUtilization"),
            ("target.averageValue", "targetAverageValue"),
        ],
    }
}

fn status_fields(source: &str) -> &'static [(&'static str, &'static str)] {
    match source {
        "object" => &[
            ("describedObject", "target"),
            ("metric.name", "metricName"),
            ("metric.selector", "selector"),
            ("current.value", "currentValue"),
            ("current.averageValue", "averageValue"),
        ],
        "pods" => &[("metric.name", "metricName"), ("metric.selector", "selector"), ("current.averageValue", "currentAverageValue")],
        "external" => &[
            ("metric.name", "metricName"),
            ("metric.selector", "metricSelector"),
            ("current.value", "currentValue"),
            ("current.averageValue", "currentAverageValue"),
        ],
        _ => &[
            ("name", "name"),
            ("container", "container"),
            ("current.averageUtilization", "currentAverageUtilization"),
            ("current.averageValue", "currentAverageValue"),
        ],
    }
}

fn reversed(fields: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    fields.iter().map(|(two, one)| (*one, *two)).collect()
}

fn spec_to_v1(metric: &Value) -> Value {
    rewrite(metric, |source, members| copy(members, spec_fields(source)))
}

fn status_to_v1(metric: &Value) -> Value {
    rewrite(metric, |source, members| copy(members, status_fields(source)))
}

fn status_to_v2(metric: &Value) -> Value {
    rewrite(metric, |source, members| copy(members, &reversed(status_fields(source))))
}

fn spec_to_v2(metric: &Value) -> Value {
    rewrite(metric, |source, members| {
        let mut out = copy(members, &reversed(spec_fields(source)));
        let has = |key: &str| out.get("target").and_then(|target| target.get(key)).is_some();
        let ty = if has("averageUtilization") {
            "Utilization"
        } else if has("averageValue") && (source != "external" || !has("value")) {
            "AverageValue"
        } else if source == "object" || has("value") {
            "Value"
        } else {
            "AverageValue"
        };
        let target = out.entry("target").or_insert_with(|| Value::Object(Map::new()));
        if let Some(target) = target.as_object_mut() {
            target.insert("type".to_owned(), Value::from(ty));
        }
        out
    })
}
