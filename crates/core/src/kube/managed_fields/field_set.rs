//! The paths of everything in a value (`TypedValue.ToFieldSet`).

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::element::{self, Element};
use super::schema::{ListOf, MapOf, Relationship, Schemas, Shape, TypeRef};
use super::set::Set;
use super::validate::list_item;
use crate::{Result, Value};

/// Every leaf and every list item.
pub fn field_set(schemas: &Schemas, value: &Value, ty: TypeRef) -> Result<Set> {
    let mut set = Set::default();
    visit(schemas, value, ty, &mut set)?;
    Ok(set)
}

/// Adds what is below a value; says whether the value itself is a leaf.
fn visit(schemas: &Schemas, value: &Value, ty: TypeRef, below: &mut Set) -> Result<bool> {
    match schemas.shape(ty, Some(value))? {
        Shape::Scalar(_) => Ok(true),
        Shape::List(list) if list.relationship == Relationship::Atomic => Ok(true),
        Shape::Map(map) if map.relationship == Relationship::Atomic => Ok(true),
        Shape::List(list) => items(schemas, value, &list, below).map(|()| false),
        Shape::Map(map) => members(schemas, value, &map, below).map(|()| false),
    }
}

fn items(schemas: &Schemas, value: &Value, list: &ListOf<'_>, set: &mut Set) -> Result<()> {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let elements = items.iter().map(|item| list_item(schemas, list, item)).collect::<Result<Vec<_>>>()?;
    let mut counts: HashMap<&Element, usize, RandomState> = HashMap::with_capacity_and_hasher(items.len(), RandomState::default());
    for element in &elements {
        *counts.entry(element).or_default() += 1;
    }
    let alone: Vec<bool> = elements.iter().map(|element| counts.get(element).is_none_or(|count| *count == 1)).collect();
    for ((item, element), alone) in items.iter().zip(elements).zip(alone) {
        let mut below = Set::default();
        if alone {
            visit(schemas, item, list.element, &mut below)?;
        }
        set.add(element, true, below);
    }
    Ok(())
}

fn members(schemas: &Schemas, value: &Value, map: &MapOf<'_>, set: &mut Set) -> Result<()> {
    for (name, value) in value.as_object().into_iter().flatten() {
        let mut below = Set::default();
        let leaf = match map.member(name) {
            Some(ty) => visit(schemas, value, ty, &mut below)?,
            None => false,
        };
        let bare = value.is_null() || value.as_object().is_some_and(crate::Map::is_empty) || !map.fields.contains_key(name);
        set.add(element::field(name), leaf || bare, below);
    }
    Ok(())
}
