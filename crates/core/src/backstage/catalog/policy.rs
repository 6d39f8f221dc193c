//! The envelope and the entity policies, in the server's order.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use super::field_format;
use super::reference::{DEFAULT_NAMESPACE, stringify_entity};
use super::refusal::{Refusal, Stage};
use crate::lang::javascript::truthy;
use crate::lang::jsonschema::ajv::{Library, Schema};

/// The schemas every entity goes through; compiled once.
struct Schemas {
    envelope: Option<Arc<Schema>>,
    entity: Option<Arc<Schema>>,
}

fn schemas() -> &'static Schemas {
    static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let mut library = Library::default();
        let text = || json!({ "type": "string", "minLength": 1 });
        let strings = || json!({ "type": "object", "additionalProperties": true, "patternProperties": { "^.+$": { "type": "string" } } });
        let link = json!({ "type": "object", "required": ["url"],
            "properties": { "url": text(), "title": text(), "icon": text(), "type": text() } });
        let meta = json!({ "type": "object", "required": ["name"], "properties": {
            "uid": text(), "etag": text(), "name": text(), "namespace": text(), "title": text(),
            "description": { "type": "string" }, "labels": strings(), "annotations": strings(),
            "tags": { "type": "array", "items": text() }, "links": { "type": "array", "items": link } } });
        let reference = json!({ "type": "object", "required": ["kind", "namespace", "name"], "additionalProperties": false,
            "properties": { "kind": text(), "namespace": text(), "name": text() } });
        let relation = json!({ "type": "object", "required": ["type", "targetRef"], "additionalProperties": false,
            "properties": { "type": { "type": "string", "minLength": 1, "pattern": r"^[0-9A-Za-z_]+$" }, "target": reference, "targetRef": text() } });
        let error = json!({ "type": "object", "required": ["name", "message"], "properties": {
            "name": text(), "message": { "type": "string" }, "code": { "type": "string" }, "stack": { "type": "string" } } });
        let item = json!({ "type": "object", "required": ["type", "level", "message"], "properties": {
            "type": text(), "level": { "type": "string", "enum": ["info", "warning", "error"] }, "message": { "type": "string" }, "error": error } });
        let status = json!({ "type": "object", "properties": { "items": { "type": "array", "items": item } } });
        let entity = json!({ "type": "object", "required": ["apiVersion", "kind", "metadata"], "additionalProperties": false, "properties": {
            "apiVersion": text(), "kind": text(), "metadata": meta, "spec": { "type": "object" },
            "relations": { "type": "array", "items": relation }, "status": status } });
        let envelope = json!({ "type": "object", "required": ["apiVersion", "kind", "metadata"], "properties": {
            "apiVersion": text(), "kind": text(),
            "metadata": { "type": "object", "required": ["name"], "properties": { "name": text(), "namespace": text() } } } });
        Schemas { envelope: library.add("EntityEnvelope", &envelope).ok(), entity: library.add("Entity", &entity).ok() }
    })
}

/// The coarse check before anything else (upstream `entityEnvelopeSchemaValidator`).
pub fn envelope(entity: &Value) -> Result<(), Refusal> {
    let first = schemas().envelope.as_ref().and_then(|schema| schema.validate_all(entity).into_iter().next());
    first.map_or(Ok(()), |first| {
        let path = super::kinds::place(&first);
        Err(Refusal::new(Stage::Envelope, "TypeError", super::kinds::print_violation(&first)).at(path))
    })
}

/// All policies in the server's order; adds the default namespace as the first key of `metadata`.
pub fn enforce(mut entity: Value) -> Result<Value, Refusal> {
    let outcome = apply(&mut entity);
    outcome.map(|()| entity)
}

fn apply(entity: &mut Value) -> Result<(), Refusal> {
    let check = schema(entity);
    let outcome = check.and_then(|()| {
        default_namespace(entity);
        known_root_fields(entity)?;
        field_format::enforce(entity)
    });
    outcome.map_err(|cause| cause.caused(Stage::Policy, "InputError", &format!("Policy check failed for {}", stringify_entity(entity))))
}

/// `SchemaValidEntityPolicy`.
fn schema(entity: &Value) -> Result<(), Refusal> {
    let first = schemas().entity.as_ref().and_then(|schema| schema.validate(entity));
    first.map_or(Ok(()), |first| {
        let at = if first.instance_path.is_empty() { "<root>" } else { &first.instance_path };
        let message = format!("Malformed envelope, {at} {}", first.message);
        Err(Refusal::new(Stage::Policy, "Error", message).at(super::kinds::place(&first)))
    })
}

/// `DefaultNamespaceEntityPolicy`.
fn default_namespace(entity: &mut Value) {
    let Some(Value::Object(metadata)) = entity.get_mut("metadata") else { return };
    if metadata.get("namespace").is_some_and(truthy) {
        return;
    }
    if !metadata.contains_key("namespace") {
        metadata.shift_insert(0, "namespace".to_owned(), Value::String(DEFAULT_NAMESPACE.to_owned()));
        return;
    }
    let mut merged = Map::with_capacity(metadata.len() + 1);
    merged.insert("namespace".to_owned(), Value::String(DEFAULT_NAMESPACE.to_owned()));
    merged.extend(std::mem::take(metadata));
    *metadata = merged;
}

/// `NoForeignRootFieldsEntityPolicy`.
fn known_root_fields(entity: &Value) -> Result<(), Refusal> {
    let foreign =
        entity.as_object().into_iter().flatten().find(|(key, _)| !["apiVersion", "kind", "metadata", "spec"].contains(&key.as_str()));
    match foreign {
        None => Ok(()),
        Some((key, _)) => Err(Refusal::new(Stage::Policy, "Error", format!("Unknown field {key}")).at(crate::text::pointer::join("", key))),
    }
}
