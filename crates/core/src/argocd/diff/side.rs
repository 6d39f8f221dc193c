//! One side of a comparison, and managed fields that stay where they are.
//!
//! A live object is often more bookkeeping than content: who manages which field. A client-side diff neither reads nor changes it,
//! so both sides refer to the live object's own instead of having copies.

use std::sync::Arc;

use super::last_applied::LAST_APPLIED;
use crate::argocd::ignore::{Normalizer, Reach};
use crate::argocd::unstructured;
use crate::kube::structs::{Shape, conforms, structs};
use crate::{Map, Value};

const MANAGED_FIELDS: &str = "managedFields";

/// One side of a comparison. Sides that do not differ share one object.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Side<'a> {
    object: Option<Arc<Value>>,
    managed_fields: Option<&'a Value>,
}

impl<'a> Side<'a> {
    pub(super) fn new(object: Arc<Value>, managed_fields: Option<&'a Value>) -> Self {
        Self { object: Some(object), managed_fields }
    }

    /// The object; without its managed fields, when the comparison left them as the live object has them.
    /// Null when there is none.
    pub fn value(&self) -> &Value {
        self.object.as_deref().unwrap_or(&Value::Null)
    }

    /// Whether there is no object.
    pub fn is_null(&self) -> bool {
        self.value().is_null()
    }

    /// The whole object, its managed fields included.
    pub fn into_value(self) -> Value {
        let mut object = self.object.map(Arc::unwrap_or_clone).unwrap_or_default();
        if let (Some(fields), Some(Value::Object(metadata))) = (self.managed_fields, object.get_mut("metadata")) {
            metadata.shift_insert(place(metadata), MANAGED_FIELDS.to_owned(), fields.clone());
        }
        object
    }

    /// The same side without a hold on the live object: managed fields that were left alone are not in it.
    pub fn detached(self) -> Side<'static> {
        Side { object: self.object, managed_fields: None }
    }
}

impl From<Value> for Side<'_> {
    fn from(object: Value) -> Self {
        Self::new(Arc::new(object), None)
    }
}

/// Where managed fields stand among the other members: the API server writes them in order.
fn place(metadata: &Map<String, Value>) -> usize {
    metadata.keys().position(|key| key.as_str() > MANAGED_FIELDS).unwrap_or(metadata.len())
}

/// A copy of the live object without its managed fields, and those; none when the comparison with the target could see them.
pub(super) fn set_aside<'a>(target: &Value, live: &'a Value, normalizer: &Normalizer) -> Option<(Value, &'a Value)> {
    let directive = |members: &Map<String, Value>| members.keys().any(|key| key.starts_with('$'));
    let (wanted, metadata) = (target.as_object()?, target.get("metadata")?.as_object()?);
    let named = metadata.contains_key(MANAGED_FIELDS) || directive(wanted) || directive(metadata);
    let applied = || unstructured::annotation(live, LAST_APPLIED).is_some_and(|text| text.contains(MANAGED_FIELDS));
    if named || applied() { None } else { apart(live, normalizer) }
}

/// A copy of an object without its managed fields, and those; none when rules or canonical form could change them.
pub(super) fn apart<'a>(object: &'a Value, normalizer: &Normalizer) -> Option<(Value, &'a Value)> {
    let fields = object.get("metadata")?.get(MANAGED_FIELDS)?;
    if normalizer.reach(object) > Reach::Members || !is_plain(fields) {
        return None;
    }
    Some((without_managed_fields(object, None)?, fields))
}

/// Whether canonical form leaves managed fields as they are.
fn is_plain(fields: &Value) -> bool {
    fn has_number(value: &Value) -> bool {
        match value {
            Value::Number(_) => true,
            Value::Array(items) => items.iter().any(has_number),
            Value::Object(members) => members.values().any(has_number),
            _ => false,
        }
    }
    let table = structs();
    let metadata = table.named("meta/v1.ObjectMeta").and_then(|ty| table.deref(ty));
    let Some(field) = metadata.and_then(|metadata| metadata.field(MANAGED_FIELDS)) else { return false };
    let is_set = |entry: &Value| entry.get("fieldsV1").is_none_or(Value::is_object);
    let filled = fields.as_array().is_some_and(|entries| !entries.is_empty() && entries.iter().all(is_set));
    filled && conforms(fields, table.ty(field.ty), true) == Some(Shape::Canonical) && !has_number(fields)
}

/// A copy without managed fields, and without that member.
pub(super) fn without_managed_fields(object: &Value, member: Option<&str>) -> Option<Value> {
    let members = object.as_object()?;
    let mut copy = Map::with_capacity(members.len());
    for (key, value) in members.iter().filter(|(key, _)| Some(key.as_str()) != member) {
        let value = match value {
            Value::Object(metadata) if key == "metadata" => {
                let kept = metadata.iter().filter(|(key, _)| *key != MANAGED_FIELDS);
                let mut copy = Map::with_capacity(metadata.len());
                copy.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
                Value::Object(copy)
            }
            value => value.clone(),
        };
        copy.insert(key.clone(), value);
    }
    Some(Value::Object(copy))
}
