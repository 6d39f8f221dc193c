//! Whether two objects differ only in what a manager owns: then there is nothing to put back.

use super::element;
use super::schema::{ListOf, MapOf, Relationship, Schemas, Shape, TypeRef};
use super::set::Set;
use super::validate::list_item;
use crate::kube::members::{Walk, equal};
use crate::{Map, Value};

/// What the API server counts, and a diff leaves aside.
const COUNTED: [&str; 2] = ["generation", "resourceVersion"];

/// Whether both have the same fields and items in the same order, and those that differ are owned, the counters of the metadata left
/// aside. Both must have been validated. What is not certain is no.
pub fn differ_in_owned(schemas: &Schemas, left: &Value, right: &Value, ty: TypeRef, owned: &Set) -> bool {
    Differ { schemas, text: String::new() }.visit([left, right], ty, Some(owned), false, Place::Root)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Metadata,
    Inside,
}

struct Differ<'a> {
    schemas: &'a Schemas,
    text: String,
}

impl<'a> Differ<'a> {
    /// `owned` is what is owned below the value; `itself` says whether the value is.
    fn visit(&mut self, sides: [&Value; 2], ty: TypeRef, owned: Option<&Set>, itself: bool, place: Place) -> bool {
        let schemas: &'a Schemas = self.schemas;
        let (Ok(shape), Ok(other)) = (schemas.shape(ty, Some(sides[0])), schemas.shape(ty, Some(sides[1]))) else { return false };
        match (&shape, sides) {
            _ if !shape.same(&other) => false,
            (Shape::Map(map), [Value::Object(left), Value::Object(right)]) if map.relationship != Relationship::Atomic => {
                self.members(left, right, map, owned, place)
            }
            (Shape::List(list), [Value::Array(left), Value::Array(right)]) if list.relationship != Relationship::Atomic => {
                self.items(left, right, list, owned)
            }
            (_, [Value::Null, _] | [_, Value::Null]) => false,
            (_, [left, right]) => itself || equal(left, right),
        }
    }

    fn members(
        &mut self,
        left: &Map<String, Value>,
        right: &Map<String, Value>,
        map: &MapOf<'_>,
        owned: Option<&Set>,
        place: Place,
    ) -> bool {
        let counted = |name: &str| place == Place::Metadata && COUNTED.contains(&name);
        let mut walk = Walk::new(right);
        let mut shared = 0;
        for (name, one) in left.iter().filter(|(name, _)| !counted(name)) {
            let Some(other) = walk.find(name) else { return false };
            let Some(ty) = map.member(name) else { return false };
            let (below, itself) = match owned {
                Some(owned) => {
                    let element = element::field_in(&mut self.text, name);
                    (owned.child(element), owned.has(element))
                }
                None => (None, false),
            };
            let place = if place == Place::Root && name == "metadata" { Place::Metadata } else { Place::Inside };
            if !self.visit([one, other], ty, below, itself, place) {
                return false;
            }
            shared += 1;
        }
        shared == right.keys().filter(|name| !counted(name)).count()
    }

    /// Valid lists name no item twice.
    fn items(&mut self, left: &[Value], right: &[Value], list: &ListOf<'_>, owned: Option<&Set>) -> bool {
        left.len() == right.len()
            && left.iter().zip(right).all(|(one, other)| {
                if equal(one, other) {
                    return !holds_null(one);
                }
                match (list_item(self.schemas, list, one), list_item(self.schemas, list, other)) {
                    (Ok(name), Ok(same)) if name == same => {
                        self.visit([one, other], list.element, owned.and_then(|owned| owned.child(&name)), false, Place::Inside)
                    }
                    _ => false,
                }
            })
    }
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(members) => members.values().any(holds_null),
        _ => false,
    }
}
