//! What processing an entity emits, and the stamps it gets (upstream `ProcessorOutputCollector`).

use serde_json::{Map, Value};

use super::location::{ANNOTATION_LOCATION, ANNOTATION_ORIGIN_LOCATION, LocationRef};
use super::policy;
use super::reference::stringify_entity;
use super::refusal::{Refusal, Stage};
use super::relations::Relations;
use crate::lang::javascript::truthy;
use crate::text::pointer::member_of;

/// An entity emitted by a Location, to be processed later.
#[derive(Debug, Clone)]
pub(crate) struct Deferred {
    pub(crate) entity: Value,
    pub(crate) entity_ref: String,
    pub(crate) location_key: String,
}

/// Collects the output of processing one entity.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    pub(crate) errors: Vec<Refusal>,
    pub(crate) relations: Relations,
    pub(crate) deferred: Vec<Deferred>,
}

impl Collector {
    /// Takes an entity that was read at a location on behalf of `parent`.
    pub(crate) fn entity(&mut self, entity: Value, location: &LocationRef, parent_ref: &str, origin: &str) -> Result<(), Refusal> {
        let key = location.stringify()?;
        match stamp(entity, &key, origin) {
            Err(refusal) => self.errors.push(refusal),
            Ok(entity) => {
                let entity_ref = stringify_entity(&entity);
                if entity_ref != parent_ref {
                    self.deferred.push(Deferred { entity, entity_ref, location_key: key });
                }
            }
        }
        Ok(())
    }
}

/// Annotations, if there are any, must be an object.
pub(crate) fn check_annotations(entity: &Value) -> Result<(), Refusal> {
    let annotations = member_of(entity, "metadata").and_then(|metadata| member_of(metadata, "annotations"));
    match annotations {
        Some(other) if !other.is_object() && truthy(other) => {
            Err(Refusal::new(Stage::Envelope, "Error", "metadata.annotations must be a valid object").at("/metadata/annotations"))
        }
        _ => Ok(()),
    }
}

/// Checks the envelope and writes the two location annotations, over whatever the author wrote.
pub(crate) fn stamp(mut entity: Value, location: &str, origin: &str) -> Result<Value, Refusal> {
    policy::envelope(&entity)?;
    check_annotations(&entity)?;
    let Some(Value::Object(metadata)) = entity.get_mut("metadata") else { return Ok(entity) };
    let mut annotations = match metadata.get_mut("annotations").map(Value::take) {
        Some(Value::Object(annotations)) => annotations,
        _ => Map::new(),
    };
    annotations.insert(ANNOTATION_ORIGIN_LOCATION.to_owned(), Value::String(origin.to_owned()));
    annotations.insert(ANNOTATION_LOCATION.to_owned(), Value::String(location.to_owned()));
    metadata.insert("annotations".to_owned(), Value::Object(annotations));
    Ok(entity)
}
