//! Merging a value into another (`TypedValue.Merge`): the right one wins.

use std::collections::{HashMap, HashSet, VecDeque};

use foldhash::fast::RandomState;

use super::element::Element;
use super::schema::{ListOf, MapOf, Relationship, Schemas, Shape, TypeRef};
use super::validate::{list_item, scalar};
use crate::kube::members::Walk;
use crate::{Error, Map, Result, Value};

/// The left value with what the right one says; null when nothing is left. An error below a list item is none: upstream loses it, with
/// what it is about.
pub fn merge(schemas: &Schemas, mut left: Value, right: &Value, ty: TypeRef) -> Result<Value> {
    Ok(if into(schemas, &mut left, right, ty)? { left } else { Value::Null })
}

/// Merges in place; where the two do not stand side by side, what they come to is made anew. Says whether something is left.
fn into(schemas: &Schemas, left: &mut Value, right: &Value, ty: TypeRef) -> Result<bool> {
    let (of_left, of_right) = (schemas.shape(ty, Some(left))?, schemas.shape(ty, Some(right))?);
    match (&of_right, &mut *left, right) {
        (Shape::Map(map), Value::Object(left), Value::Object(right))
            if of_left.same(&of_right) && map.relationship != Relationship::Atomic && !(left.is_empty() && right.is_empty()) =>
        {
            members_into(schemas, left, right, map)?;
            return Ok(!left.is_empty());
        }
        (Shape::List(list), Value::Array(left), Value::Array(right))
            if of_left.same(&of_right)
                && list.relationship != Relationship::Atomic
                && !left.is_empty()
                && side_by_side(schemas, left, right, list)? =>
        {
            let kept = left.iter_mut().zip(right).all(|(left, right)| into(schemas, left, right, list.element).is_ok_and(|left| left));
            if kept {
                return Ok(true);
            }
        }
        _ => {}
    }
    anew(schemas, left, Some(right), ty)
}

/// Replaces a value by what it comes to. Says whether that is something.
fn anew(schemas: &Schemas, left: &mut Value, right: Side<'_>, ty: TypeRef) -> Result<bool> {
    let mut merge = Merge { schemas, error: None };
    let merged = merge.visit(Some(left), right, ty);
    if let Some(error) = merge.error {
        return Err(error);
    }
    let kept = merged.is_some();
    *left = merged.unwrap_or(Value::Null);
    Ok(kept)
}

fn undeclared(name: &str) -> Error {
    Error::upstream(format!(".{name}: field not declared in schema"))
}

fn members_into(schemas: &Schemas, left: &mut Map<String, Value>, right: &Map<String, Value>, map: &MapOf<'_>) -> Result<()> {
    let mut walk = Walk::new(right);
    let (mut shared, mut gone) = (0, Vec::new());
    for (name, item) in left.iter_mut() {
        let ty = map.member(name).ok_or_else(|| undeclared(name))?;
        let kept = match walk.find(name) {
            Some(right) => {
                shared += 1;
                into(schemas, item, right, ty)?
            }
            None => alone(schemas, item, ty)?,
        };
        if !kept {
            gone.push(name.clone());
        }
    }
    if shared < right.len() {
        for (name, item) in right {
            if left.contains_key(name) {
                continue;
            }
            let ty = map.member(name).ok_or_else(|| undeclared(name))?;
            let mut merge = Merge { schemas, error: None };
            let item = merge.visit(None, Some(item), ty);
            match (merge.error, item) {
                (Some(error), _) => return Err(error),
                (None, Some(item)) => drop(left.insert(name.clone(), item)),
                (None, None) => {}
            }
        }
    }
    for name in gone {
        left.shift_remove(&name);
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

/// Merges a value that only the left side has with nothing. Says whether something is left.
fn alone(schemas: &Schemas, value: &mut Value, ty: TypeRef) -> Result<bool> {
    match (schemas.shape(ty, Some(value))?, &mut *value) {
        (Shape::List(list), Value::Array(items)) if list.relationship != Relationship::Atomic => {
            for item in items.iter() {
                list_item(schemas, &list, item)?;
            }
            let kept = items.iter_mut().all(|item| alone(schemas, item, list.element).is_ok_and(|kept| kept));
            if kept {
                return Ok(true);
            }
        }
        (Shape::Map(map), Value::Object(members)) if map.relationship != Relationship::Atomic => {
            let mut gone = Vec::new();
            for (name, item) in members.iter_mut() {
                let ty = map.member(name).ok_or_else(|| undeclared(name))?;
                if !alone(schemas, item, ty)? {
                    gone.push(name.clone());
                }
            }
            let empty = members.is_empty();
            for name in gone {
                members.shift_remove(&name);
            }
            return Ok(empty || !members.is_empty());
        }
        _ => return Ok(true),
    }
    anew(schemas, value, None, ty)
}

type Side<'v> = Option<&'v Value>;

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

/// Merges into a new value; goes on after an error, of which the first is kept.
struct Merge<'a> {
    schemas: &'a Schemas,
    error: Option<Error>,
}

impl<'a> Merge<'a> {
    fn fail<T>(&mut self, error: Error) -> Option<T> {
        self.error.get_or_insert(error);
        None
    }

    fn shape(&mut self, side: Side<'_>, ty: TypeRef) -> Option<Shape<'a>> {
        let schemas: &'a Schemas = self.schemas;
        schemas.shape(ty, side).map_or_else(|error| self.fail(error), Some)
    }

    fn visit(&mut self, left: Side<'_>, right: Side<'_>, ty: TypeRef) -> Option<Value> {
        match (left, right) {
            (None, None) => self.fail(Error::upstream("at least one of lhs and rhs must be provided")),
            (_, None) => {
                let shape = self.shape(left, ty)?;
                self.handle(left, right, &shape)
            }
            _ => {
                let of_right = self.shape(right, ty)?;
                if left.is_some() {
                    let of_left = self.shape(left, ty)?;
                    if !of_left.same(&of_right) {
                        self.handle(left, right, &of_left);
                    }
                }
                self.handle(left, right, &of_right)
            }
        }
    }

    fn handle(&mut self, left: Side<'_>, right: Side<'_>, shape: &Shape<'_>) -> Option<Value> {
        let keep = || right.or(left).cloned();
        match shape {
            Shape::Scalar(of) => match (scalar(*of, left), scalar(*of, right)) {
                (Err(error), Err(_)) => self.fail(error),
                _ => keep(),
            },
            Shape::List(list) => {
                let (left, right) = (left.and_then(Value::as_array), right.and_then(Value::as_array));
                if list.relationship == Relationship::Atomic || (left.is_none_or(Vec::is_empty) && right.is_none_or(Vec::is_empty)) {
                    return keep();
                }
                self.items(left.map_or(&[], Vec::as_slice), right.map_or(&[], Vec::as_slice), list)
            }
            Shape::Map(map) => {
                let (left, right) = (left.and_then(Value::as_object), right.and_then(Value::as_object));
                if map.relationship == Relationship::Atomic || (left.is_none_or(Map::is_empty) && right.is_none_or(Map::is_empty)) {
                    return keep();
                }
                self.members(left, right, map)
            }
        }
    }

    fn members(&mut self, left: Option<&Map<String, Value>>, right: Option<&Map<String, Value>>, map: &MapOf<'_>) -> Option<Value> {
        let mut out = Map::new();
        let only_right =
            right.into_iter().flatten().filter(|(name, _)| left.is_none_or(|left| !left.contains_key(*name))).map(|(name, _)| name);
        let names = left.into_iter().flatten().map(|(name, _)| name).chain(only_right);
        for name in names {
            let merged = match map.member(name) {
                Some(ty) => self.visit(left.and_then(|left| left.get(name)), right.and_then(|right| right.get(name)), ty),
                None => self.fail(undeclared(name)),
            };
            if let Some(merged) = merged {
                out.insert(name.clone(), merged);
            }
        }
        (!out.is_empty()).then_some(Value::Object(out))
    }

    /// An item of a list; its errors are lost.
    fn item(&mut self, left: Side<'_>, right: Side<'_>, list: &ListOf<'_>) -> Option<Value> {
        Merge { schemas: self.schemas, error: None }.visit(left, right, list.element)
    }

    fn items(&mut self, left: &[Value], right: &[Value], list: &ListOf<'_>) -> Option<Value> {
        let indexed = indexed(self.schemas, list, right, false).and_then(|right| Ok((right, indexed(self.schemas, list, left, true)?)));
        let ((right_order, of_right), (left_order, of_left)) = match indexed {
            Ok(indexed) => indexed,
            Err(error) => return self.fail(error),
        };
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
                    out.extend(self.item(of_left.get(one).copied(), of_right.get(other).copied(), list));
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
                    out.extend(self.item(left.get(at_left), None, list));
                    at_left += 1;
                    continue;
                }
                if merged.contains(one) {
                    at_left += 1;
                }
            }
            if let Some(other) = other {
                merged.insert(other);
                out.extend(self.item(of_left.get(other).copied(), of_right.get(other).copied(), list));
                at_right += 1;
                if next == Some(other) {
                    next = shared.pop_front();
                }
            }
        }
        (!out.is_empty()).then_some(Value::Array(out))
    }
}
