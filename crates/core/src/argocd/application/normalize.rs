//! `argo.NormalizeApplicationSpec`

use super::codec::{self, Keys, argocd_type};
use crate::{Error, Map, Result, Value};

/// What normalising a spec gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalized {
    /// The spec as upstream writes it.
    pub spec: Value,
    /// JSON pointers of what was in the input and is gone, unknown and empty members included.
    pub dropped: Vec<String>,
}

/// Normalises a spec as the API server, the controllers and ApplicationSets do.
///
/// # Errors
/// When a JSON type is wrong.
pub fn normalize_spec(spec: &Value) -> Result<Normalized> {
    let ty = argocd_type("ApplicationSpec");
    let mut decoded = codec::decode(spec, ty, Keys::Exact).map_err(Error::upstream)?;
    normalize_decoded(&mut decoded);
    let encoded = codec::encode(&decoded, ty);
    let mut dropped = Vec::new();
    gone(&mut String::new(), spec, &encoded, &mut dropped);
    Ok(Normalized { spec: encoded, dropped })
}

/// Pointers present in `before` and gone from `after`: objects, and lists of equal length.
fn gone(at: &mut String, before: &Value, after: &Value, dropped: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let mut keys: Vec<&String> = before.keys().collect();
            keys.sort();
            for key in keys {
                let len = at.len();
                at.push('/');
                at.push_str(key);
                match (before.get(key), after.get(key)) {
                    (Some(before), Some(after)) => gone(at, before, after, dropped),
                    (Some(before), None) if !before.is_null() => dropped.push(at.clone()),
                    _ => {}
                }
                at.truncate(len);
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                let len = at.len();
                at.push_str(&format!("/{index}"));
                gone(at, before, after, dropped);
                at.truncate(len);
            }
        }
        _ => {}
    }
}

/// Normalises a decoded spec in place.
pub(crate) fn normalize_decoded(spec: &mut Value) {
    if !spec.is_object() {
        *spec = Value::Object(Map::new());
    }
    let Value::Object(members) = spec else { return };
    if members.get("project").and_then(Value::as_str).unwrap_or_default().is_empty() {
        members.insert("project".into(), Value::from("default"));
    }
    if members.get("syncPolicy").is_some_and(sync_policy_is_zero) {
        members.shift_remove("syncPolicy");
    }
    match members.get_mut("sources") {
        Some(Value::Array(sources)) if !sources.is_empty() => sources.iter_mut().for_each(normalize_source),
        _ => {
            if let Some(source) = members.get_mut("source") {
                normalize_source(source);
            }
        }
    }
}

fn sync_policy_is_zero(policy: &Value) -> bool {
    ["automated", "retry", "managedNamespaceMetadata"].iter().all(|key| policy.get(*key).is_none()) && is_empty(policy.get("syncOptions"))
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(members)) => members.is_empty(),
        Some(_) => false,
    }
}

fn all_empty(value: &Value, keys: &[&str]) -> bool {
    keys.iter().all(|key| is_empty(value.get(*key)))
}

fn normalize_source(source: &mut Value) {
    let Value::Object(source) = source else { return };
    if source.get("kustomize").is_some_and(kustomize_is_zero) {
        source.shift_remove("kustomize");
    }
    if source.get("helm").is_some_and(helm_is_zero) {
        source.shift_remove("helm");
    }
    if source.get("directory").is_some_and(directory_is_zero) {
        let kept: Map<String, Value> = ["exclude", "include"]
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), source.get("directory")?.get(*key)?.clone())))
            .filter(|(_, value)| !is_empty(Some(value)))
            .collect();
        if kept.is_empty() {
            source.shift_remove("directory");
        } else {
            source.insert("directory".into(), Value::Object(kept));
        }
    }
}

/// Options that only change how others are applied do not count.
fn kustomize_is_zero(kustomize: &Value) -> bool {
    const COUNTED: [&str; 13] = [
        "namePrefix",
        "nameSuffix",
        "version",
        "namespace",
        "images",
        "replicas",
        "commonLabels",
        "commonAnnotations",
        "patches",
        "components",
        "kubeVersion",
        "apiVersions",
        "ignoreMissingComponents",
    ];
    all_empty(kustomize, &COUNTED)
}

/// `valuesObject` beats `values`, and counts as the YAML that it would be written as, which is never empty.
fn helm_is_zero(helm: &Value) -> bool {
    const COUNTED: [&str; 12] = [
        "version",
        "releaseName",
        "valueFiles",
        "parameters",
        "fileParameters",
        "passCredentials",
        "ignoreMissingValueFiles",
        "skipCrds",
        "skipTests",
        "skipSchemaValidation",
        "kubeVersion",
        "apiVersions",
    ];
    all_empty(helm, &COUNTED) && helm.get("valuesObject").is_none() && is_empty(helm.get("values")) && is_empty(helm.get("namespace"))
}

fn directory_is_zero(directory: &Value) -> bool {
    let no_jsonnet = directory.get("jsonnet").is_none_or(|jsonnet| all_empty(jsonnet, &["extVars", "tlas", "libs"]));
    no_jsonnet && all_empty(directory, &["recurse", "disableExtensionFilter"])
}
