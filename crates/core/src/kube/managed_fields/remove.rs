//! Taking paths out of a value (`TypedValue.RemoveItems`).

use super::element;
use super::schema::{ListOf, MapOf, Relationship, Schemas, Shape, TypeRef};
use super::set::Set;
use super::validate::list_item;
use crate::Value;

/// The value without the paths of a set. What becomes empty becomes null, and so does an atomic list
/// or map of which only a part should go.
pub fn remove_items(schemas: &Schemas, mut value: Value, remove: &Set, ty: TypeRef) -> Value {
    take(schemas, &mut value, remove, ty, &mut String::new());
    value
}

fn take(schemas: &Schemas, value: &mut Value, remove: &Set, ty: TypeRef, text: &mut String) {
    let kept = match schemas.shape(ty, Some(value)) {
        Ok(Shape::Scalar(_)) => true,
        Ok(Shape::List(list)) => items(schemas, value, remove, &list, text),
        Ok(Shape::Map(map)) => members(schemas, value, remove, &map, text),
        Err(_) => false,
    };
    if !kept {
        *value = Value::Null;
    }
}

/// Says whether something is left.
fn items(schemas: &Schemas, value: &mut Value, remove: &Set, list: &ListOf<'_>, text: &mut String) -> bool {
    let Value::Array(items) = value else { return false };
    if list.relationship == Relationship::Atomic {
        return false;
    }
    if !remove.is_bare() {
        items.retain_mut(|item| {
            let Ok(element) = list_item(schemas, list, item) else { return true };
            if remove.has(&element) {
                return false;
            }
            if let Some(below) = remove.below(&element) {
                take(schemas, item, below, list.element, text);
            }
            true
        });
    }
    !items.is_empty()
}

/// Says whether something is left.
fn members(schemas: &Schemas, value: &mut Value, remove: &Set, map: &MapOf<'_>, text: &mut String) -> bool {
    let Value::Object(members) = value else { return false };
    if map.relationship == Relationship::Atomic {
        return false;
    }
    if !remove.is_bare() {
        members.retain(|name, value| {
            let element = element::field_in(text, name);
            if remove.has(element) {
                return false;
            }
            match (remove.below(element), map.member(name)) {
                (Some(below), Some(ty)) => take(schemas, value, below, ty, text),
                (Some(_), None) => *value = Value::Null,
                (None, _) => {}
            }
            true
        });
    }
    !members.is_empty()
}
