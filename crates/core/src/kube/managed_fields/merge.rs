//! Merging a value into another (`TypedValue.Merge`): the right one wins.

use std::collections::{HashMap, HashSet, VecDeque};

use foldhash::fast::RandomState;

use super::element::Element;
use super::schema::{ListOf, MapOf, Relationship, Schemas, Shape, TypeRef};
use super::validate::{list_item, scalar};
use crate::kube::members::Walk;
use crate::{Error, Map, Result, Value};

/// The left value with what the right one says.
pub fn merge(schemas: &Schemas, mut left: Value, right: &Value, ty: TypeRef) -> Result<Value> {
    into(schemas, &mut left, right, ty)?;
    Ok(left)
}

/// Merges in place; where the two do not stand side by side, what they come to is made anew.
fn into(schemas: &Schemas, left: &mut Value, right: &Value, ty: TypeRef) -> Result<()> {
    let (of_left, of_right) = (schemas.shape(ty, Some(left))?, schemas.shape(ty, Some(right))?);
    match (&of_right, &mut *left, right) {
        (Shape::Map(map), Value::Object(left), Value::Object(right))
            if of_left.same(&of_right) && map.relationship != Relationship::Atomic && !(left.is_empty() && right.is_empty()) =>
        {
            return members_into(schemas, left, right, map);
        }
        (Shape::List(list), Value::Array(left), Value::Array(right))
            if of_left.same(&of_right)
                && list.relationship != Relationship::Atomic
                && !left.is_empty()
                && side_by_side(schemas, left, right, list)? =>
        {
            return left.iter_mut().zip(right).try_for_each(|(left, right)| into(schemas, left, right, list.element));
        }
        _ => {}
    }
    let merged = visit(schemas, Some(left), Some(right), ty)?;
    *left = merged.unwrap_or(Value::Null);
    Ok(())
}

fn members_into(schemas: &Schemas, left: &mut Map<String, Value>, right: &Map<String, Value>, map: &MapOf<'_>) -> Result<()> {
    let undeclared = |name: &str| Error::upstream(format!(".{name}: field not declared in schema"));
    let mut walk = Walk::new(right);
    let mut shared = 0;
    for (name, item) in left.iter_mut() {
        let ty = map.member(name).ok_or_else(|| undeclared(name))?;
        match walk.find(name) {
            Some(right) => {
                shared += 1;
                into(schemas, item, right, ty)?;
            }
            None => alone(schemas, item, ty)?,
        }
    }
    if shared < right.len() {
        for (name, item) in right {
            if left.contains_key(name) {
                continue;
            }
            let ty = map.member(name).ok_or_else(|| undeclared(name))?;
            if let Some(item) = visit(schemas, None, Some(item), ty)? {
                left.insert(name.clone(), item);
            }
        }
    }
    Ok(())
}

/// Whether both lists name the same items in the same order, none twice.
fn side_by_side(schemas: &Schemas, left: &[Value], right: &[Value], list: &ListOf<'_>) -> Result<bool> {
    if left.len() != right.len() {
        return Ok(false);
    }
    let mut seen = HashSet::with_capacity_and_hasher(left.len(), RandomState::default());
    for (one, other) in left.iter().zip(right) {
        let element = list_item(schemas, list, other)?;
        if element != list_item(schemas, list, one)? || !seen.insert(element) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What a merge would refuse in a value that only the left side has.
fn alone(schemas: &Schemas, value: &Value, ty: TypeRef) -> Result<()> {
    match (schemas.shape(ty, Some(value))?, value) {
        (Shape::List(list), Value::Array(items)) if list.relationship != Relationship::Atomic => items.iter().try_for_each(|item| {
            list_item(schemas, &list, item)?;
            alone(schemas, item, list.element)
        }),
        (Shape::Map(map), Value::Object(members)) if map.relationship != Relationship::Atomic => {
            members.iter().try_for_each(|(name, item)| {
                let ty = map.member(name).ok_or_else(|| Error::upstream(format!(".{name}: field not declared in schema")))?;
                alone(schemas, item, ty)
            })
        }
        _ => Ok(()),
    }
}

type Side<'v> = Option<&'v Value>;

fn visit(schemas: &Schemas, left: Side<'_>, right: Side<'_>, ty: TypeRef) -> Result<Option<Value>> {
    match (left, right) {
        (None, None) => Err(Error::upstream("at least one of lhs and rhs must be provided")),
        (_, None) => handle(schemas, left, right, &schemas.shape(ty, left)?),
        _ => {
            let of_right = schemas.shape(ty, right)?;
            if left.is_some() {
                let of_left = schemas.shape(ty, left)?;
                if !of_left.same(&of_right) {
                    handle(schemas, left, right, &of_left)?;
                }
            }
            handle(schemas, left, right, &of_right)
        }
    }
}

fn handle(schemas: &Schemas, left: Side<'_>, right: Side<'_>, shape: &Shape<'_>) -> Result<Option<Value>> {
    let keep = || right.or(left).cloned();
    match shape {
        Shape::Scalar(of) => {
            if let (Err(error), Err(_)) = (scalar(*of, left), scalar(*of, right)) {
                return Err(error);
            }
            Ok(keep())
        }
        Shape::List(list) => {
            let (left, right) = (left.and_then(Value::as_array), right.and_then(Value::as_array));
            if list.relationship == Relationship::Atomic || (left.is_none_or(Vec::is_empty) && right.is_none_or(Vec::is_empty)) {
                return Ok(keep());
            }
            items(schemas, left.map_or(&[], Vec::as_slice), right.map_or(&[], Vec::as_slice), list)
        }
        Shape::Map(map) => {
            let (left, right) = (left.and_then(Value::as_object), right.and_then(Value::as_object));
            if map.relationship == Relationship::Atomic || (left.is_none_or(Map::is_empty) && right.is_none_or(Map::is_empty)) {
                return Ok(keep());
            }
            members(schemas, left, right, map)
        }
    }
}

fn members(
    schemas: &Schemas,
    left: Option<&Map<String, Value>>,
    right: Option<&Map<String, Value>>,
    map: &MapOf<'_>,
) -> Result<Option<Value>> {
    let mut out = Map::new();
    let only_right =
        right.into_iter().flatten().filter(|(name, _)| left.is_none_or(|left| !left.contains_key(*name))).map(|(name, _)| name);
    let names = left.into_iter().flatten().map(|(name, _)| name).chain(only_right);
    for name in names {
        let ty = map.member(name).ok_or_else(|| Error::upstream(format!(".{name}: field not declared in schema")))?;
        let merged = visit(schemas, left.and_then(|left| left.get(name)), right.and_then(|right| right.get(name)), ty)?;
        if let Some(merged) = merged {
            out.insert(name.clone(), merged);
        }
    }
    Ok((!out.is_empty()).then_some(Value::Object(out)))
}

/// The items of one side by element; the left one may repeat elements, which then count as null.
fn indexed<'v>(
    schemas: &Schemas,
    list: &ListOf<'_>,
    items: &'v [Value],
    repeat: bool,
) -> Result<(Vec<Element>, HashMap<Element, &'v Value>)> {
    let (mut order, mut seen) = (Vec::with_capacity(items.len()), HashMap::with_capacity(items.len()));
    for item in items {
        let element = list_item(schemas, list, item)?;
        if seen.contains_key(&element) {
            if !repeat {
                return Err(Error::upstream(format!("duplicate entries for key {element}")));
            }
            seen.insert(element.clone(), &Value::Null);
        } else {
            seen.insert(element.clone(), item);
        }
        order.push(element);
    }
    Ok((order, seen))
}

fn items(schemas: &Schemas, left: &[Value], right: &[Value], list: &ListOf<'_>) -> Result<Option<Value>> {
    let (right_order, of_right) = indexed(schemas, list, right, false)?;
    let (left_order, of_left) = indexed(schemas, list, left, true)?;
    let mut shared: VecDeque<&Element> = right_order.iter().filter(|element| of_left.contains_key(*element)).collect();
    let mut next = shared.pop_front();
    let mut merged: HashSet<&Element> = HashSet::new();
    let mut out = Vec::with_capacity(left.len().max(right.len()));
    let (mut at_left, mut at_right) = (0, 0);
    while at_left < left_order.len() || at_right < right_order.len() {
        let (one, other) = (left_order.get(at_left), right_order.get(at_right));
        if let (Some(one), Some(other)) = (one, other) {
            if one == other {
                merged.insert(other);
                out.extend(visit(schemas, of_left.get(one).copied(), of_right.get(other).copied(), list.element)?);
                at_left += 1;
                at_right += 1;
                next = shared.pop_front();
                continue;
            }
            if of_right.contains_key(one) && next.is_some_and(|next| next != one) {
                // shared items keep the right side's order
                at_left += 1;
                continue;
            }
        }
        if let Some(one) = one {
            if !of_right.contains_key(one) {
                out.extend(visit(schemas, left.get(at_left), None, list.element)?);
                at_left += 1;
                continue;
            }
            if merged.contains(one) {
                at_left += 1;
            }
        }
        if let Some(other) = other {
            merged.insert(other);
            out.extend(visit(schemas, of_left.get(other).copied(), of_right.get(other).copied(), list.element)?);
            at_right += 1;
            if next == Some(other) {
                next = shared.pop_front();
            }
        }
    }
    Ok((!out.is_empty()).then_some(Value::Array(out)))
}
