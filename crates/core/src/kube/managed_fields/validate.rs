//! Does a value fit its schema? (`TypedValue.Validate`)

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::element::{self, Element};
use super::schema::{ListOf, MapOf, Relationship, Scalar, Schemas, Shape, TypeRef};
use crate::{Error, Result, Value};

const DEPTH: usize = 500;

/// Refuses undeclared fields, wrong types and duplicate list items.
pub fn validate(schemas: &Schemas, value: &Value, ty: TypeRef) -> Result<()> {
    check(schemas, value, ty, 0)
}

fn check(schemas: &Schemas, value: &Value, ty: TypeRef, depth: usize) -> Result<()> {
    if depth > DEPTH {
        return Err(Error::limit("object is nested too deeply"));
    }
    match schemas.shape(ty, Some(value))? {
        Shape::Scalar(scalar) => self::scalar(scalar, Some(value)),
        Shape::List(list) => items(schemas, value, &list, depth),
        Shape::Map(map) => members(schemas, value, &map, depth),
    }
}

/// `validateScalar`; null and absent fit all.
pub(super) fn scalar(scalar: Scalar, value: Option<&Value>) -> Result<()> {
    let fits = match (scalar, value) {
        (_, None | Some(Value::Null)) => true,
        (Scalar::Numeric, Some(value)) => value.is_number(),
        (Scalar::String, Some(value)) => value.is_string(),
        (Scalar::Boolean, Some(value)) => value.is_boolean(),
        (Scalar::Untyped, Some(value)) => value.is_number() || value.is_string() || value.is_boolean(),
    };
    if fits { Ok(()) } else { Err(Error::upstream("expected another scalar type")) }
}

fn items(schemas: &Schemas, value: &Value, list: &ListOf<'_>, depth: usize) -> Result<()> {
    let items = match value {
        Value::Null => return Ok(()),
        Value::Array(items) => items,
        _ => return Err(Error::upstream("expected list")),
    };
    let mut seen = HashSet::with_hasher(RandomState::default());
    for item in items {
        if list.relationship == Relationship::Associative {
            let element = list_item(schemas, list, item)?;
            if let Some(element) = seen.get(&element) {
                return Err(Error::upstream(format!("duplicate entries for key {element}")));
            }
            seen.insert(element);
        }
        check(schemas, item, list.element, depth + 1)?;
    }
    Ok(())
}

fn members(schemas: &Schemas, value: &Value, map: &MapOf<'_>, depth: usize) -> Result<()> {
    let members = match value {
        Value::Null => return Ok(()),
        Value::Object(members) => members,
        _ => return Err(Error::upstream("expected map")),
    };
    for (name, value) in members {
        let ty = map.member(name).ok_or_else(|| Error::upstream(format!(".{name}: field not declared in schema")))?;
        check(schemas, value, ty, depth + 1).map_err(|error| under(name, error))?;
    }
    Ok(())
}

/// The same refusal, with one more step of the path before it.
fn under(name: &str, error: Error) -> Error {
    let separator = if error.message.starts_with('.') { "" } else { ": " };
    Error::upstream(format!(".{name}{separator}{}", error.message))
}

/// How a list item is named in a path (`listItemToPathElement`).
pub(super) fn list_item(schemas: &Schemas, list: &ListOf<'_>, item: &Value) -> Result<Element> {
    if list.relationship != Relationship::Associative {
        return Err(Error::upstream("invalid indexing of non-associative list"));
    }
    if list.keys.is_empty() {
        return match item {
            Value::Object(_) => Err(Error::upstream("associative list without keys has an element that's a map type")),
            Value::Array(_) => Err(Error::upstream("not supported: associative list with lists as elements")),
            Value::Null => Err(Error::upstream("associative list without keys has an element that's an explicit null")),
            scalar => Ok(element::value(scalar)),
        };
    }
    let members = item.as_object().ok_or_else(|| Error::upstream("associative list with keys may not have non-map elements"))?;
    let mut keys = Vec::with_capacity(list.keys.len());
    for name in list.keys {
        match members.get(name) {
            Some(value) => keys.push((name.as_str(), value)),
            None => keys.extend(schemas.key_default(list, name)?.map(|value| (name.as_str(), value))),
        }
    }
    if keys.is_empty() {
        return Err(Error::upstream("associative list with keys has an element that omits all key fields"));
    }
    Ok(element::key(&mut keys))
}
