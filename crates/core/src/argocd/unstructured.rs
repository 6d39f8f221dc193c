//! Writing objects, and reading options, the way apimachinery's `unstructured.Unstructured` and gitops-engine do; what every
//! object has is read by [`crate::kube::object`].

pub(crate) use crate::kube::object::{
    GroupVersionKind as Gvk, annotation, annotations, generate_name, group_version_kind as gvk, name, namespace, string_map as coerced,
    text, uid,
};
use crate::{Error, Map, Result, Value, lang::gofmt::go_type};

/// `SetNamespace()`: an empty namespace removes the member.
pub(crate) fn set_namespace(object: &mut Value, namespace: &str) {
    if namespace.is_empty() {
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.shift_remove("namespace");
        }
        return;
    }
    if let Some(metadata) = metadata_mut(object) {
        metadata.insert("namespace".to_owned(), Value::from(namespace));
    }
}

/// The items of a comma list in an annotation, trimmed, empty ones dropped (`GetAnnotationCSVs`).
pub(crate) fn annotation_items<'a>(object: &'a Value, key: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    annotation(object, key).unwrap_or("").split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// Whether a comma-list annotation has exactly that item (`HasAnnotationOption`).
pub(crate) fn has_option(object: &Value, key: &str, option: &str) -> bool {
    annotation_items(object, key).any(|item| item == option)
}

/// The value of the first item `option=value` of a comma-list annotation (`GetAnnotationOptionValue`).
pub(crate) fn option_value<'a>(object: &'a Value, key: &str, option: &str) -> Option<&'a str> {
    annotation_items(object, key).find_map(|item| item.strip_prefix(option)?.strip_prefix('='))
}

/// Whether the object is a CustomResourceDefinition (`kube.IsCRD`).
pub(crate) fn is_crd(object: &Value) -> bool {
    let Gvk { group, kind, .. } = gvk(object);
    group == "apiextensions.k8s.io" && kind == "CustomResourceDefinition"
}

/// Labels or annotations for writing: null and missing are none, anything but strings is refused
/// (`nestedNullableStringMap`).
pub(crate) fn string_map<'a>(object: &'a Value, map: &str) -> Result<Option<&'a Map<String, Value>>> {
    let members = match object.get("metadata") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(members)) => members,
        Some(other) => {
            return Err(wrong_type(
                object,
                map,
                &format!(
                    ".metadata.{map} accessor error: {} is of the type {}, expected map[string]interface{{}}",
                    go_text(other),
                    go_type(other)
                ),
            ));
        }
    };
    match members.get(map) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => match members.iter().find(|(_, value)| !value.is_string()) {
            None => Ok(Some(members)),
            Some((key, value)) => Err(wrong_type(
                object,
                map,
                &format!(
                    ".metadata.{map} accessor error: contains non-string value in the map under key {key:?}: {} is of the type {}, expected string",
                    go_text(value),
                    go_type(value)
                ),
            )),
        },
        Some(other) => Err(wrong_type(
            object,
            map,
            &format!(
                ".metadata.{map} accessor error: {} is of the type {}, expected map[string]interface{{}}",
                go_text(other),
                go_type(other)
            ),
        )),
    }
}

fn wrong_type(object: &Value, map: &str, why: &str) -> Error {
    let Gvk { group, version, kind } = gvk(object);
    Error::upstream(format!(
        "failed to get {map} from target object {group}/{version}, Kind={kind} {}/{}: {why}",
        namespace(object),
        name(object)
    ))
}

/// A value as Go's `%v` prints it.
fn go_text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go_text).collect::<Vec<_>>().join(" ")),
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            let members: Vec<String> = members.into_iter().map(|(key, value)| format!("{key}:{}", go_text(value))).collect();
            format!("map[{}]", members.join(" "))
        }
        other => other.to_string(),
    }
}

/// Writes one label or annotation (`SetAppInstanceAnnotation`, `SetLabels`).
pub(crate) fn set_string(object: &mut Value, map: &str, key: &str, value: &str) -> Result<()> {
    let missing = string_map(object, map)?.is_none();
    let Some(metadata) = metadata_mut(object) else { return Ok(()) };
    if missing {
        metadata.insert(map.to_owned(), Value::Object(Map::new()));
    }
    if let Some(members) = metadata.get_mut(map).and_then(Value::as_object_mut) {
        members.insert(key.to_owned(), Value::from(value));
    }
    Ok(())
}

/// Removes one label or annotation; an emptied map goes too (`RemoveLabel`, `RemoveAnnotation`).
pub(crate) fn remove_string(object: &mut Value, map: &str, key: &str) -> Result<()> {
    let members = string_map(object, map).map_err(|error| Error::upstream(error.message.replacen(" from target object ", " for ", 1)))?;
    if members.is_none_or(|members| !members.contains_key(key)) {
        return Ok(());
    }
    let Some(metadata) = metadata_mut(object) else { return Ok(()) };
    if let Some(members) = metadata.get_mut(map).and_then(Value::as_object_mut) {
        members.shift_remove(key);
        if members.is_empty() {
            metadata.shift_remove(map);
        }
    }
    Ok(())
}

/// The metadata for writing, made when missing.
pub(crate) fn metadata_mut(object: &mut Value) -> Option<&mut Map<String, Value>> {
    let members = object.as_object_mut()?;
    let metadata = members.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    metadata.as_object_mut()
}

/// Reads an object as `Unstructured.UnmarshalJSON` does: null is none, anything without a kind is refused.
pub(crate) fn read(value: Option<Value>) -> Result<Option<Value>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value @ Value::Object(_)) => {
            if gvk(&value).kind.is_empty() {
                return Err(Error::upstream("Object 'Kind' is missing"));
            }
            Ok(Some(value))
        }
        Some(_) => Err(Error::upstream("json: cannot unmarshal into Go value of type map[string]interface {}")),
    }
}
