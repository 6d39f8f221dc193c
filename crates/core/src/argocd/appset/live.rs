//! Live and generated Applications, decoded.

use serde_json::json;

use super::set::ApplicationSet;
use crate::{
    Error, Map, Result, Value,
    argocd::application::{
        codec::{self, Keys, argocd_type},
        normalize::normalize_decoded,
    },
};

/// What stands for the UID of a set that has none, as in Git, while nothing live tells the one it has in the cluster.
const SET_UID: &str = "as-uid";

pub(super) const API_VERSION: &str = "argoproj.io/v1alpha1";

/// A text by JSON pointer; empty when absent.
pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// `metadata.name`
pub(super) fn name(application: &Value) -> &str {
    text(application, "/metadata/name")
}

/// `metadata.namespace`
pub(super) fn namespace(application: &Value) -> &str {
    text(application, "/metadata/namespace")
}

/// A member of a text map of the metadata.
pub(super) fn metadata_text<'v>(application: &'v Value, map: &str, key: &str) -> Option<&'v str> {
    application.get("metadata")?.get(map)?.get(key)?.as_str()
}

/// The metadata, made when absent.
pub(super) fn metadata_mut(application: &mut Value) -> &mut Map<String, Value> {
    member_mut(application, "metadata")
}

/// An object member, made when absent.
pub(super) fn member_mut<'v>(value: &'v mut Value, key: &str) -> &'v mut Map<String, Value> {
    let member = object_mut(value).entry(key.to_owned()).or_insert(Value::Null);
    object_mut(member)
}

fn object_mut(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(members) => members,
        // just made one
        _ => unreachable!("an object"),
    }
}

/// Decodes an Application.
pub(super) fn decode(document: &Value) -> Result<Value> {
    codec::decode(document, argocd_type("Application"), Keys::Exact).map_err(Error::upstream)
}

/// Decodes a live Application; without `ownerReferences` it is the set's own.
pub(super) fn read(document: &Value, set: &ApplicationSet) -> Result<Value> {
    let mut application = decode(document)?;
    let written = document.pointer("/metadata/ownerReferences").is_some();
    let namespace = namespace_of(set);
    let metadata = metadata_mut(&mut application);
    if !written {
        metadata.insert("ownerReferences".into(), json!([owner_reference(set, "")]));
    }
    if metadata.get("namespace").and_then(Value::as_str).unwrap_or_default().is_empty() {
        metadata.insert("namespace".into(), Value::from(namespace));
    }
    Ok(application)
}

/// The set's namespace, `argocd` by default.
pub(super) fn namespace_of(set: &ApplicationSet) -> &str {
    if set.namespace().is_empty() { "argocd" } else { set.namespace() }
}

/// `known` is the UID that a live Application says the set has.
fn owner_reference(set: &ApplicationSet, known: &str) -> Value {
    let uid = [set.text("/metadata/uid"), known, SET_UID].into_iter().find(|uid| !uid.is_empty());
    json!({
        "apiVersion": API_VERSION,
        "kind": "ApplicationSet",
        "name": set.name(),
        "uid": uid,
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

fn owners(application: &Value) -> &[Value] {
    application.pointer("/metadata/ownerReferences").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn controller(application: &Value) -> Option<&Value> {
    owners(application).iter().find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))
}

/// Whether the Application's controller is called like the set.
pub(super) fn is_owned(application: &Value, set: &ApplicationSet) -> bool {
    controller(application).is_some_and(|owner| text(owner, "/kind") == "ApplicationSet" && text(owner, "/name") == set.name())
}

/// Whether the controller lists the Application as the set's: `.metadata.controller` of its index.
pub(super) fn is_current(application: &Value, set: &ApplicationSet) -> bool {
    is_owned(application, set)
        && controller(application).is_some_and(|owner| text(owner, "/apiVersion") == API_VERSION)
        && namespace(application) == namespace_of(set)
}

/// `SetControllerReference`
pub(super) fn set_controller(application: &mut Value, set: &ApplicationSet) -> Result<(), String> {
    let group = |owner: &Value| text(owner, "/apiVersion").rsplit_once('/').map_or("", |(group, _)| group).to_owned();
    let is_ours =
        |owner: &Value| group(owner) == "argoproj.io" && text(owner, "/kind") == "ApplicationSet" && text(owner, "/name") == set.name();
    if let Some(owner) = controller(application).filter(|owner| !is_ours(owner)) {
        return Err(format!(
            "Object {}/{} is already owned by another {} controller {}",
            namespace(application),
            name(application),
            text(owner, "/kind"),
            text(owner, "/name")
        ));
    }
    let mut references = owners(application).to_vec();
    match references.iter_mut().find(|owner| is_ours(owner)) {
        Some(owner) => *owner = owner_reference(set, text(owner, "/uid")),
        None => references.push(owner_reference(set, "")),
    }
    metadata_mut(application).insert("ownerReferences".into(), Value::Array(references));
    Ok(())
}

/// Normalises the spec in place.
pub(super) fn normalize(application: &mut Value) {
    let mut spec = application.get("spec").cloned().unwrap_or_default();
    normalize_decoded(&mut spec);
    if let Value::Object(members) = application {
        members.insert("spec".into(), spec);
    }
}

/// Encodes a decoded Application whole.
pub(super) fn encode(application: &Value) -> Value {
    codec::encode(application, argocd_type("Application"))
}

/// Metadata that no generator decides.
const NOT_SHOWN: [&str; 6] = ["creationTimestamp", "resourceVersion", "uid", "generation", "managedFields", "ownerReferences"];

/// What of an encoded Application its generator decides.
pub(super) fn shown(mut encoded: Value) -> Value {
    if let Value::Object(members) = &mut encoded
        && members.keys().eq(["metadata", "spec"])
        && let Some(Value::Object(metadata)) = members.get_mut("metadata")
    {
        only_shown(metadata);
        return encoded;
    }
    let Value::Object(mut members) = encoded else { return encoded };
    let mut metadata = match members.shift_remove("metadata") {
        Some(Value::Object(metadata)) => metadata,
        _ => Map::new(),
    };
    only_shown(&mut metadata);
    let mut out = Map::with_capacity(3);
    out.insert("metadata".into(), Value::Object(metadata));
    out.insert("spec".into(), members.shift_remove("spec").unwrap_or_else(|| Value::Object(Map::new())));
    if let Some(operation) = members.shift_remove("operation").filter(|operation| !operation.is_null()) {
        out.insert("operation".into(), operation);
    }
    Value::Object(out)
}

fn only_shown(metadata: &mut Map<String, Value>) {
    metadata.retain(|key, _| !NOT_SHOWN.contains(&key.as_str()));
    if !metadata.contains_key("finalizers") {
        metadata.insert("finalizers".into(), Value::Array(Vec::new()));
    }
}
