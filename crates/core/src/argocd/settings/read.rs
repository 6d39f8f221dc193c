//! Values inside settings, read as `sigs.k8s.io/yaml` decodes them into Go structs.

use crate::{Error, Map, Result, Value, yaml};

/// The first document of a YAML text as JSON.
pub(super) fn yaml(text: &str) -> Result<Value> {
    yaml::kubernetes::unmarshal(text)
}

fn wrong(what: &str, wanted: &str) -> Error {
    Error::upstream(format!("error unmarshaling JSON: cannot unmarshal {what} into Go value of type {wanted}"))
}

/// A mapping; null is none.
pub(super) fn members<'a>(value: &'a Value, what: &str) -> Result<Option<&'a Map<String, Value>>> {
    match value {
        Value::Null => Ok(None),
        Value::Object(members) => Ok(Some(members)),
        _ => Err(wrong(what, "struct")),
    }
}

/// A list; null is none.
pub(super) fn items<'a>(value: &'a Value, what: &str) -> Result<&'a [Value]> {
    match value {
        Value::Null => Ok(&[]),
        Value::Array(items) => Ok(items),
        _ => Err(wrong(what, "[]string")),
    }
}

/// A string; scalars of other types are spelled out, null is none.
pub(super) fn string(value: &Value, what: &str) -> Result<Option<String>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(_) | Value::Number(_) => Ok(Some(value.to_string())),
        _ => Err(wrong(what, "string")),
    }
}

/// A boolean; null is none.
pub(super) fn boolean(value: &Value, what: &str) -> Result<Option<bool>> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(*flag)),
        _ => Err(wrong(what, "bool")),
    }
}

/// A list of strings; null elements are empty strings.
pub(super) fn strings(value: &Value, what: &str) -> Result<Vec<String>> {
    items(value, what)?.iter().map(|item| Ok(string(item, what)?.unwrap_or_default())).collect()
}
