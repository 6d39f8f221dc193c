//! Taking paths out of a value (`TypedValue.RemoveItems`).

use super::element;
use super::schema::{List, MapType, Relationship, Schemas, Shape, TypeRef};
use super::set::Set;
use super::validate::list_item;
use crate::{Map, Value};

/// The value without the paths of a set. What becomes empty becomes null, and so does an atomic list
/// or map of which only a part should go.
pub fn remove_items(schemas: &Schemas, value: &Value, remove: &Set, ty: TypeRef) -> Value {
    let kept = match schemas.shape(ty, Some(value)) {
        Ok(Shape::Scalar(_)) => Some(value.clone()),
        Ok(Shape::List(list)) => items(schemas, value, remove, &list),
        Ok(Shape::Map(map)) => members(schemas, value, remove, &map),
        Err(_) => None,
    };
    kept.unwrap_or(Value::Null)
}

fn items(schemas: &Schemas, value: &Value, remove: &Set, list: &List) -> Option<Value> {
    let items = value.as_array().filter(|_| list.relationship != Relationship::Atomic)?;
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        let Ok(element) = list_item(schemas, list, item) else {
            kept.push(item.clone());
            continue;
        };
        if remove.has(&element) {
            continue;
        }
        kept.push(match remove.below(&element) {
            Some(below) => remove_items(schemas, item, below, list.element),
            None => item.clone(),
        });
    }
    (!kept.is_empty()).then_some(Value::Array(kept))
}

fn members(schemas: &Schemas, value: &Value, remove: &Set, map: &MapType) -> Option<Value> {
    let members = value.as_object().filter(|_| map.relationship != Relationship::Atomic)?;
    let mut kept = Map::with_capacity(members.len());
    for (name, value) in members {
        let element = element::field(name);
        if remove.has(&element) {
            continue;
        }
        let value = match (remove.below(&element), map.member(name)) {
            (Some(below), Some(ty)) => remove_items(schemas, value, below, ty),
            (Some(_), None) => Value::Null,
            (None, _) => value.clone(),
        };
        kept.insert(name.clone(), value);
    }
    (!kept.is_empty()).then_some(Value::Object(kept))
}
