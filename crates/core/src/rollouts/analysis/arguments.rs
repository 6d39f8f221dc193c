//! Arguments that a rollout hands to its analyses.

use std::collections::BTreeMap;

use crate::{
    Value,
    rollouts::{
        check::names::qualified_name,
        spec::{AnalysisRunArgument, Argument, ObjectMeta, POD_TEMPLATE_HASH, ReplicaSet, general, go_atoi, go_quote},
    },
};

/// What arguments are taken from.
pub(crate) struct Source<'a> {
    /// The rollout as `json.Marshal` writes it.
    pub(crate) document: &'a Value,
    pub(crate) metadata: &'a ObjectMeta,
    pub(crate) new: Option<&'a ReplicaSet>,
    pub(crate) stable: Option<&'a ReplicaSet>,
}

/// `BuildArgumentsForRolloutAnalysisRun`. A path outside of metadata that leads nowhere
/// gives an empty value, and the error only if no later path succeeds: validation looks
/// at the values, the controller at the error.
pub(crate) fn build(args: &[AnalysisRunArgument], source: &Source<'_>) -> (Vec<Argument>, Option<String>) {
    let mut out = Vec::with_capacity(args.len());
    let mut failed = None;
    for arg in args {
        let mut value = arg.value.clone();
        if let Some(from) = &arg.value_from {
            if let Some(which) = &from.pod_template_hash_value {
                let set = match which.as_str() {
                    "Latest" => Some(source.new),
                    "Stable" => Some(source.stable),
                    _ => None,
                };
                if let Some(set) = set {
                    value = set.and_then(|set| set.metadata.labels.get(POD_TEMPLATE_HASH)).cloned().unwrap_or_default();
                }
            } else if let Some(field) = &from.field_ref {
                let path = field.field_path.as_str();
                if path.starts_with("metadata") {
                    match extract_metadata(source.metadata, path) {
                        Ok(text) => (value, failed) = (text, None),
                        Err(error) => return (Vec::new(), Some(error)),
                    }
                } else {
                    match extract(source.document, path) {
                        Ok(text) => (value, failed) = (text, None),
                        Err(error) => (value, failed) = (String::new(), Some(error)),
                    }
                }
            }
        }
        out.push(Argument { name: arg.name.clone(), value: Some(value), value_from: None });
    }
    (out, failed)
}

/// `fieldpath.ExtractFieldPathAsString`: the downward API's paths.
pub(crate) fn extract_metadata(metadata: &ObjectMeta, path: &str) -> Result<String, String> {
    if let Some((path_of_map, key)) = subscript(path) {
        let (map, checked) = match path_of_map {
            "metadata.annotations" => (&metadata.annotations, key.to_lowercase()),
            "metadata.labels" => (&metadata.labels, key.to_string()),
            _ => return Err(format!("fieldPath {} does not support subscript", go_quote(path))),
        };
        let errors = qualified_name(&checked);
        if !errors.is_empty() {
            return Err(format!("invalid key subscript in {path}: {}", errors.join(";")));
        }
        return Ok(map.get(key).cloned().unwrap_or_default());
    }
    match path {
        "metadata.annotations" => Ok(format_map(&metadata.annotations)),
        "metadata.labels" => Ok(format_map(&metadata.labels)),
        "metadata.name" => Ok(metadata.name.to_string()),
        "metadata.namespace" => Ok(metadata.namespace.to_string()),
        "metadata.uid" => Ok(metadata.uid.to_string()),
        _ => Err(format!("unsupported fieldPath: {path}")),
    }
}

/// `SplitMaybeSubscriptedPath`: `path['key']`.
pub(crate) fn subscript(path: &str) -> Option<(&str, &str)> {
    path.strip_suffix("']")?.split_once("['").filter(|(before, _)| !before.is_empty())
}

/// `FormatMap`: one `key="value"` a line.
fn format_map(map: &BTreeMap<String, String>) -> String {
    let lines: Vec<String> = map.iter().map(|(key, value)| format!("{key}={}", go_quote(value))).collect();
    lines.join("\n")
}

/// `extractValueFromRollout`: a path of dots and brackets to a scalar.
pub(crate) fn extract(document: &Value, path: &str) -> Result<String, String> {
    let mut at = document;
    for section in path.split(['.', '[', ']']).filter(|section| !section.is_empty()) {
        at = match at {
            Value::Array(items) => {
                let index = go_atoi(section).ok_or_else(|| format!("invalid index '{section}'"))?;
                let found = usize::try_from(index).ok().and_then(|index| items.get(index));
                found.ok_or_else(|| format!("index {index} out of range"))?
            }
            Value::Object(members) => members.get(section).unwrap_or(&Value::Null),
            _ => return Err(format!("invalid path {path} in rollout")),
        };
    }
    match at {
        Value::Null => Err(format!("invalid path {path} in rollout")),
        Value::Array(_) | Value::Object(_) => Err(format!("path {path} in rollout must terminate in a primitive value")),
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(general(&format!("{:e}", number.as_f64().unwrap_or(0.0)))),
    }
}
