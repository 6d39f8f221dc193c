//! The paths of everything in a value (`TypedValue.ToFieldSet`).

use std::collections::HashMap;

use super::element::{self, Element};
use super::schema::{List, MapType, Relationship, Schemas, Shape, TypeRef};
use super::set::Set;
use super::validate::list_item;
use crate::{Result, Value};

/// Every leaf and every list item.
pub fn field_set(schemas: &Schemas, value: &Value, ty: TypeRef) -> Result<Set> {
    let mut walk = Walk { schemas, set: Set::default(), path: Vec::new() };
    walk.visit(value, ty)?;
    Ok(walk.set)
}

struct Walk<'a> {
    schemas: &'a Schemas,
    set: Set,
    path: Vec<Element>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, value: &Value, ty: TypeRef) -> Result<()> {
        let schemas: &'a Schemas = self.schemas;
        match schemas.shape(ty, Some(value))? {
            Shape::Scalar(_) => self.here(),
            Shape::List(list) if list.relationship == Relationship::Atomic => self.here(),
            Shape::Map(map) if map.relationship == Relationship::Atomic => self.here(),
            Shape::List(list) => self.items(value, &list)?,
            Shape::Map(map) => self.members(value, &map)?,
        }
        Ok(())
    }

    fn here(&mut self) {
        self.set.insert(&self.path);
    }

    fn items(&mut self, value: &Value, list: &List) -> Result<()> {
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        let elements = items.iter().map(|item| list_item(self.schemas, list, item)).collect::<Result<Vec<_>>>()?;
        let mut counts: HashMap<&Element, usize> = HashMap::new();
        for element in &elements {
            *counts.entry(element).or_default() += 1;
        }
        for (item, element) in items.iter().zip(&elements) {
            self.path.push(element.clone());
            if counts.get(element).is_none_or(|count| *count == 1) {
                self.visit(item, list.element)?;
            }
            self.here();
            self.path.pop();
        }
        Ok(())
    }

    fn members(&mut self, value: &Value, map: &MapType) -> Result<()> {
        for (name, value) in value.as_object().into_iter().flatten() {
            self.path.push(element::field(name));
            if let Some(ty) = map.member(name) {
                self.visit(value, ty)?;
            }
            if value.is_null() || value.as_object().is_some_and(crate::Map::is_empty) || !map.fields.contains_key(name) {
                self.here();
            }
            self.path.pop();
        }
        Ok(())
    }
}
