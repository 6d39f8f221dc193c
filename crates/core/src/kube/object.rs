//! The envelope of an object: what every kind has (`unstructured.Unstructured`).
//!
//! Getters answer as upstream's: a member that is missing or of another type
//! is empty.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Group, version and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct GroupVersionKind<'o> {
    /// API group, empty for core.
    pub group: &'o str,
    /// API version.
    pub version: &'o str,
    /// Kind.
    pub kind: &'o str,
}

/// How many members are looked through rather than hashed for.
const FEW: usize = 12;

/// A member of an object; an envelope has few, and those are found sooner by looking than by hashing.
fn member<'o>(object: &'o Value, name: &str) -> Option<&'o Value> {
    match object {
        Value::Object(members) if members.len() <= FEW => members.iter().find(|(key, _)| *key == name).map(|(_, value)| value),
        other => other.get(name),
    }
}

/// A top-level string, `apiVersion` or `kind` say.
pub fn text<'o>(object: &'o Value, name: &str) -> &'o str {
    member(object, name).and_then(Value::as_str).unwrap_or_default()
}

fn metadata<'o>(object: &'o Value, name: &str) -> Option<&'o Value> {
    member(member(object, "metadata")?, name)
}

fn metadata_text<'o>(object: &'o Value, name: &str) -> &'o str {
    metadata(object, name).and_then(Value::as_str).unwrap_or_default()
}

/// `GetAPIVersion`.
pub fn api_version(object: &Value) -> &str {
    text(object, "apiVersion")
}

/// `GetKind`.
pub fn kind(object: &Value) -> &str {
    text(object, "kind")
}

/// Group and version of an `apiVersion`; `None` when it has more than one slash
/// (`schema.ParseGroupVersion`).
pub fn group_version(api_version: &str) -> Option<(&str, &str)> {
    match api_version.split_once('/') {
        _ if api_version == "/" => Some(("", "")),
        None => Some(("", api_version)),
        Some((_, rest)) if rest.contains('/') => None,
        Some(found) => Some(found),
    }
}

/// `GroupVersionKind`: all empty when `apiVersion` cannot be read.
pub fn group_version_kind(object: &Value) -> GroupVersionKind<'_> {
    let found = group_version(api_version(object));
    found.map(|(group, version)| GroupVersionKind { group, version, kind: kind(object) }).unwrap_or_default()
}

/// The API group, empty for core.
pub fn group(object: &Value) -> &str {
    group_version_kind(object).group
}

/// `GetName`.
pub fn name(object: &Value) -> &str {
    metadata_text(object, "name")
}

/// `GetGenerateName`.
pub fn generate_name(object: &Value) -> &str {
    metadata_text(object, "generateName")
}

/// `GetNamespace`.
pub fn namespace(object: &Value) -> &str {
    metadata_text(object, "namespace")
}

/// `GetUID`.
pub fn uid(object: &Value) -> &str {
    metadata_text(object, "uid")
}

/// A map of strings in the metadata, null standing for the empty one: `None` unless it is that (`NestedNullCoercingStringMap`).
pub fn string_map<'o>(object: &'o Value, name: &str) -> Option<&'o Map<String, Value>> {
    metadata(object, name)?.as_object().filter(|map| map.values().all(|value| value.is_string() || value.is_null()))
}

/// `GetLabels`: none when a value is neither a string nor null.
pub fn labels(object: &Value) -> Option<&Map<String, Value>> {
    string_map(object, "labels")
}

/// `GetAnnotations`: none when a value is neither a string nor null.
pub fn annotations(object: &Value) -> Option<&Map<String, Value>> {
    string_map(object, "annotations")
}

/// One label, if the object has it.
pub fn label<'o>(object: &'o Value, key: &str) -> Option<&'o str> {
    labels(object)?.get(key).map(|value| value.as_str().unwrap_or_default())
}

/// One annotation, if the object has it.
pub fn annotation<'o>(object: &'o Value, key: &str) -> Option<&'o str> {
    member(metadata(object, "annotations")?, key).filter(|_| annotations(object).is_some()).map(|value| value.as_str().unwrap_or_default())
}

/// Whether the object holds others: it has a list `items` (`IsList`).
pub fn is_list(object: &Value) -> bool {
    object.get("items").is_some_and(Value::is_array)
}

/// The objects of a `List` one by one, or the object itself. Lists in lists
/// stay, as upstream looks only once.
///
/// # Errors
/// When an item is no object.
pub fn flatten(object: Value) -> Result<Vec<Value>> {
    if !is_list(&object) {
        return Ok(vec![object]);
    }
    match object {
        Value::Object(mut map) => match map.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) if items.iter().all(Value::is_object) => Ok(items),
            _ => Err(Error::upstream("items member should be an object")),
        },
        other => Ok(vec![other]),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_the_envelope() {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"a": "b"}, "annotations": {"x": 1}}});
        assert_eq!(group_version_kind(&object), GroupVersionKind { group: "apps", version: "v1", kind: "Deployment" });
        assert_eq!((name(&object), namespace(&object), label(&object, "a")), ("web", "", Some("b")));
        assert!(annotations(&object).is_none());
        assert_eq!(group_version("a/b/c"), None);
        let object = json!({"metadata": {"annotations": {"x": null}}});
        assert_eq!((annotation(&object, "x"), annotation(&object, "y")), (Some(""), None));
    }

    #[test]
    fn flattens_lists_once() {
        let list = json!({"kind": "List", "items": [{"kind": "A"}, {"kind": "List", "items": []}]});
        assert_eq!(flatten(list).unwrap().len(), 2);
        assert!(flatten(json!({"items": [1]})).is_err());
        assert_eq!(flatten(json!({"items": {}})).unwrap(), [json!({"items": {}})]);
    }
}
