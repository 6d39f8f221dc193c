//! The paths in a value that somebody does not own (`TypedValue.ToFieldSet`, and what is taken from it).

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::element::{self, Element};
use super::schema::{ListOf, MapOf, Relationship, Schemas, Shape, TypeRef};
use super::set::Set;
use super::validate::list_item;
use crate::{Result, Value};

/// Every leaf and every list item that is neither in `owned` nor above something in it.
pub fn foreign_fields(schemas: &Schemas, value: &Value, ty: TypeRef, owned: &Set) -> Result<Set> {
    let mut set = Set::default();
    Walk { schemas, text: String::new() }.visit(value, ty, Some(owned), &mut set)?;
    Ok(set)
}

struct Walk<'a> {
    schemas: &'a Schemas,
    text: String,
}

impl<'a> Walk<'a> {
    /// Adds what is below a value; says whether the value itself is a leaf.
    fn visit(&mut self, value: &Value, ty: TypeRef, owned: Option<&Set>, below: &mut Set) -> Result<bool> {
        let schemas: &'a Schemas = self.schemas;
        match schemas.shape(ty, Some(value))? {
            Shape::Scalar(_) => Ok(true),
            Shape::List(list) if list.relationship == Relationship::Atomic => Ok(true),
            Shape::Map(map) if map.relationship == Relationship::Atomic => Ok(true),
            Shape::List(list) => self.items(value, &list, owned, below).map(|()| false),
            Shape::Map(map) => self.members(value, &map, owned, below).map(|()| false),
        }
    }

    fn items(&mut self, value: &Value, list: &ListOf<'_>, owned: Option<&Set>, set: &mut Set) -> Result<()> {
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        let elements = items.iter().map(|item| list_item(self.schemas, list, item)).collect::<Result<Vec<_>>>()?;
        let mut counts: HashMap<&Element, usize, RandomState> = HashMap::with_capacity_and_hasher(items.len(), RandomState::default());
        for element in &elements {
            *counts.entry(element).or_default() += 1;
        }
        let alone: Vec<bool> = elements.iter().map(|element| counts.get(element).is_none_or(|count| *count == 1)).collect();
        for ((item, element), alone) in items.iter().zip(elements).zip(alone) {
            let mut below = Set::default();
            if alone {
                self.visit(item, list.element, owned.and_then(|owned| owned.child(&element)), &mut below)?;
            }
            let foreign = owned.is_none_or(|owned| owned.is_free_of(&element));
            if foreign || !below.is_bare() {
                set.add(element, foreign, below);
            }
        }
        Ok(())
    }

    fn members(&mut self, value: &Value, map: &MapOf<'_>, owned: Option<&Set>, set: &mut Set) -> Result<()> {
        for (name, value) in value.as_object().into_iter().flatten() {
            let (of_owned, free) = match owned {
                Some(owned) => {
                    let element = element::field_in(&mut self.text, name);
                    (owned.child(element), owned.is_free_of(element))
                }
                None => (None, true),
            };
            let mut below = Set::default();
            let leaf = match map.member(name) {
                Some(ty) => self.visit(value, ty, of_owned, &mut below)?,
                None => false,
            };
            let leaf = leaf || value.is_null() || value.as_object().is_some_and(crate::Map::is_empty) || !map.fields.contains_key(name);
            if (leaf && free) || !below.is_bare() {
                set.add(element::field(name), leaf && free, below);
            }
        }
        Ok(())
    }
}
