//! Would the typed struct take the object, and what does Go say when it does not?
//!
//! Upstream converts the live object with apimachinery's
//! `DefaultUnstructuredConverter.FromUnstructured` before it judges. The first
//! field that does not fit, in the order of the struct's fields, is the complaint.

use crate::Value;
use crate::kube::quantity::Quantity;
use crate::kube::structs::{Structs, Type, conforms, decodes, structs};

/// The string types of fields: struct, field, Go's name. Other strings are `string`.
const NAMED: &[(&str, &str, &str)] = &[
    ("meta/v1.ObjectMeta", "uid", "types.UID"),
    ("meta/v1.OwnerReference", "uid", "types.UID"),
    ("meta/v1.ManagedFieldsEntry", "operation", "v1.ManagedFieldsOperationType"),
    ("meta/v1.LabelSelectorRequirement", "operator", "v1.LabelSelectorOperator"),
    ("core/v1.ServicePort", "protocol", "v1.Protocol"),
    ("core/v1.PortStatus", "protocol", "v1.Protocol"),
    ("core/v1.ContainerPort", "protocol", "v1.Protocol"),
    ("core/v1.ServiceSpec", "type", "v1.ServiceType"),
    ("core/v1.ServiceSpec", "sessionAffinity", "v1.ServiceAffinity"),
    ("core/v1.ServiceSpec", "externalTrafficPolicy", "v1.ServiceExternalTrafficPolicy"),
    ("core/v1.ServiceSpec", "internalTrafficPolicy", "v1.ServiceInternalTrafficPolicy"),
    ("core/v1.ServiceSpec", "ipFamilyPolicy", "v1.IPFamilyPolicy"),
    ("core/v1.ServiceSpec", "ipFamilies", "v1.IPFamily"),
    ("core/v1.PodSpec", "restartPolicy", "v1.RestartPolicy"),
    ("core/v1.PodSpec", "dnsPolicy", "v1.DNSPolicy"),
    ("core/v1.PodSpec", "preemptionPolicy", "v1.PreemptionPolicy"),
    ("core/v1.PodStatus", "phase", "v1.PodPhase"),
    ("core/v1.PodStatus", "qosClass", "v1.PodQOSClass"),
    ("core/v1.PodCondition", "type", "v1.PodConditionType"),
    ("core/v1.PodCondition", "status", "v1.ConditionStatus"),
    ("core/v1.Container", "imagePullPolicy", "v1.PullPolicy"),
    ("core/v1.Container", "terminationMessagePolicy", "v1.TerminationMessagePolicy"),
    ("core/v1.VolumeMount", "mountPropagation", "v1.MountPropagationMode"),
    ("core/v1.HTTPGetAction", "scheme", "v1.URIScheme"),
    ("core/v1.HostPathVolumeSource", "type", "v1.HostPathType"),
    ("core/v1.EmptyDirVolumeSource", "medium", "v1.StorageMedium"),
    ("core/v1.Toleration", "operator", "v1.TolerationOperator"),
    ("core/v1.Toleration", "effect", "v1.TaintEffect"),
    ("core/v1.NodeSelectorRequirement", "operator", "v1.NodeSelectorOperator"),
    ("core/v1.TopologySpreadConstraint", "whenUnsatisfiable", "v1.UnsatisfiableConstraintAction"),
    ("core/v1.PersistentVolumeClaimSpec", "accessModes", "v1.PersistentVolumeAccessMode"),
    ("core/v1.PersistentVolumeClaimSpec", "volumeMode", "v1.PersistentVolumeMode"),
    ("core/v1.PersistentVolumeClaimStatus", "phase", "v1.PersistentVolumeClaimPhase"),
    ("core/v1.PersistentVolumeClaimStatus", "accessModes", "v1.PersistentVolumeAccessMode"),
    ("core/v1.PersistentVolumeClaimCondition", "type", "v1.PersistentVolumeClaimConditionType"),
    ("core/v1.PersistentVolumeClaimCondition", "status", "v1.ConditionStatus"),
    ("apps/v1.DeploymentStrategy", "type", "v1.DeploymentStrategyType"),
    ("apps/v1.DeploymentCondition", "type", "v1.DeploymentConditionType"),
    ("apps/v1.DeploymentCondition", "status", "v1.ConditionStatus"),
    ("apps/v1.StatefulSetSpec", "podManagementPolicy", "v1.PodManagementPolicyType"),
    ("apps/v1.StatefulSetUpdateStrategy", "type", "v1.StatefulSetUpdateStrategyType"),
    ("apps/v1.StatefulSetCondition", "type", "v1.StatefulSetConditionType"),
    ("apps/v1.StatefulSetCondition", "status", "v1.ConditionStatus"),
    ("apps/v1.DaemonSetUpdateStrategy", "type", "v1.DaemonSetUpdateStrategyType"),
    ("apps/v1.DaemonSetCondition", "type", "v1.DaemonSetConditionType"),
    ("apps/v1.DaemonSetCondition", "status", "v1.ConditionStatus"),
    ("apps/v1.ReplicaSetCondition", "type", "v1.ReplicaSetConditionType"),
    ("apps/v1.ReplicaSetCondition", "status", "v1.ConditionStatus"),
    ("batch/v1.JobSpec", "completionMode", "v1.CompletionMode"),
    ("batch/v1.JobSpec", "podReplacementPolicy", "v1.PodReplacementPolicy"),
    ("batch/v1.JobCondition", "type", "v1.JobConditionType"),
    ("batch/v1.JobCondition", "status", "v1.ConditionStatus"),
    ("autoscaling/v2.MetricSpec", "type", "v2.MetricSourceType"),
    ("autoscaling/v2.MetricStatus", "type", "v2.MetricSourceType"),
    ("autoscaling/v2.MetricTarget", "type", "v2.MetricTargetType"),
    ("autoscaling/v2.HorizontalPodAutoscalerCondition", "type", "v2.HorizontalPodAutoscalerConditionType"),
    ("autoscaling/v2.HorizontalPodAutoscalerCondition", "status", "v1.ConditionStatus"),
    ("apiregistration/v1.APIServiceCondition", "type", "v1.APIServiceConditionType"),
    ("apiregistration/v1.APIServiceCondition", "status", "v1.ConditionStatus"),
];

/// Converts the object into the struct of its kind, or says what Go says; a kind without a struct takes everything.
pub(super) fn restore(object: &Value, group: &str, version: &str, kind: &str) -> Result<(), String> {
    let table = structs();
    let own = || (kind == "APIService").then(|| table.named("apiregistration/v1.APIService")).flatten();
    match table.kind(group, version, kind).or_else(own) {
        Some(ty) if !decodes(object, ty) => walk(table, object, ty, "string").map_err(|problem| in_version(problem, group, version)),
        _ => Ok(()),
    }
}

/// The aggregator's older version has types of its own.
fn in_version(problem: String, group: &str, version: &str) -> String {
    let own = problem.ends_with("v1.APIServiceConditionType") || problem.ends_with("v1.ConditionStatus");
    if own && group == "apiregistration.k8s.io" { problem.replace("to v1.", &format!("to {version}.")) } else { problem }
}

/// `reflect.Kind` of a decoded JSON value.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}

/// What `encoding/json` calls it when it does not fit.
fn json_kind(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "bool".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "string".into(),
        Value::Array(_) => "array".into(),
        Value::Object(_) => "object".into(),
    }
}

fn walk(table: &Structs, value: &Value, ty: Type, named: &str) -> Result<(), String> {
    if value.is_null() {
        return Ok(());
    }
    match (ty, value) {
        (Type::Raw, _) | (Type::String, Value::String(_)) | (Type::Bool, Value::Bool(_)) | (Type::Float, Value::Number(_)) => Ok(()),
        // A number would become a character, which the converter does not do.
        (Type::String, Value::Number(number)) if number.is_i64() => Err(format!("cannot convert int64 to {named}")),
        (Type::Int32 | Type::Int64, Value::Number(number)) => {
            let whole = number.is_i64() || number.as_f64().is_some_and(|number| number.fract() == 0.0);
            let name = if ty == Type::Int32 { "int32" } else { "int64" };
            if whole { Ok(()) } else { Err(format!("cannot convert float64 to {name}")) }
        }
        (Type::String, _) => Err("unrecognized type: string".into()),
        (Type::Bool, _) => Err("unrecognized type: bool".into()),
        (Type::Int32, _) => Err("unrecognized type: int32".into()),
        (Type::Int64, _) => Err("unrecognized type: int64".into()),
        (Type::Float, _) => Err("unrecognized type: float64".into()),
        (Type::Pointer(to), _) => walk(table, value, table.ty(to), named),
        (Type::List(of), Value::Array(items)) => items.iter().try_for_each(|item| walk(table, item, table.ty(of), named)),
        (Type::List(_), _) => Err(format!("cannot restore slice from {}", kind_of(value))),
        (Type::Map(of), Value::Object(members)) => {
            // Upstream goes through a Go map; ours is sorted.
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| key.as_str());
            sorted.into_iter().try_for_each(|(_, item)| walk(table, item, table.ty(of), "string"))
        }
        (Type::Map(_), _) => Err(format!("cannot restore map from {}", kind_of(value))),
        (Type::Struct(at), Value::Object(members)) => {
            let structure = table.structure(at);
            structure.fields().iter().try_for_each(|field| {
                let Some(item) = members.get(field.name) else { return Ok(()) };
                let known = NAMED.iter().find(|(name, key, _)| *key == field.name && *name == structure.name);
                walk(table, item, table.ty(field.ty), known.map_or("string", |(_, _, name)| name))
            })
        }
        (Type::Struct(_), _) => Err(format!("cannot restore struct from: {}", kind_of(value))),
        (Type::Bytes | Type::Quantity | Type::Time | Type::MicroTime | Type::Duration | Type::IntOrString, _) => unmarshal(value, ty),
    }
}

/// The types that read JSON themselves.
fn unmarshal(value: &Value, ty: Type) -> Result<(), String> {
    if conforms(value, ty, false).is_some() {
        return Ok(());
    }
    let into = |name: &str| format!("json: cannot unmarshal {} into Go value of type {name}", json_kind(value));
    Err(match (ty, value) {
        (Type::Bytes, Value::String(_)) => "error decoding from json: illegal base64 data at input byte 0".into(),
        (Type::Bytes, _) => format!("cannot restore slice from {}", kind_of(value)),
        (Type::Quantity, _) => {
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            match Quantity::parse(text.trim()) {
                Ok(_) => return Ok(()),
                Err(problem) => problem.message,
            }
        }
        (Type::IntOrString, Value::Number(number)) => format!("json: cannot unmarshal number {number} into Go value of type int32"),
        (Type::IntOrString, _) => into("int32"),
        (Type::Time, Value::String(text)) => parsing(text, "2006-01-02T15:04:05Z07:00"),
        (Type::MicroTime, Value::String(text)) => parsing(text, "2006-01-02T15:04:05.000000Z07:00"),
        (Type::Duration, Value::String(text)) => {
            crate::kube::duration::parse(text).map_or_else(|problem| problem.message, |_| String::new())
        }
        _ => into("string"),
    })
}

/// `time.Parse` on a text that does not even begin with a year.
fn parsing(text: &str, layout: &str) -> String {
    let text = crate::lang::gofmt_quote(text);
    format!("parsing time {text} as \"{layout}\": cannot parse {text} as \"2006\"")
}
