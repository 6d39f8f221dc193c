//! `.[…]`, slices and `getpath`.

use std::sync::Arc;

use super::compare::slices;
use super::{Context, Result, arg};
use crate::lang::jq::error::JqError;
use crate::lang::jq::value::V;

/// Brings an index into range: negative ones count from the end.
pub(super) fn clamp(index: i64, min: i64, length: usize) -> i64 {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let index = if index < 0 { index.saturating_add(length) } else { index };
    index.max(min).min(length)
}

fn place(index: i64, length: usize) -> Option<usize> {
    usize::try_from(clamp(index, -1, length)).ok()
}

/// `_index(value; key)`
pub(in crate::lang::jq) fn index(_: &mut Context, _: V, args: &[V]) -> Result {
    index_value(arg(args, 0), arg(args, 1))
}

/// The member or item of a value; null where there is none.
pub(in crate::lang::jq) fn index_value(value: &V, key: &V) -> Result {
    match (value, key) {
        (V::Null, V::Str(_) | V::Int(_) | V::Float(_) | V::Big(_) | V::Arr(_) | V::Obj(_)) => Ok(V::Null),
        (V::Obj(obj), V::Str(key)) => Ok(obj.get(key).cloned().unwrap_or(V::Null)),
        (other, V::Str(_)) => Err(JqError::expected("an object", other)),
        (V::Arr(arr), V::Int(_) | V::Float(_) | V::Big(_)) => {
            let at = place(key.to_int().unwrap_or(0), arr.items.len());
            Ok(at.and_then(|at| arr.items.get(at)).cloned().unwrap_or(V::Null))
        }
        (V::Str(text), V::Int(_) | V::Float(_) | V::Big(_)) => {
            let at = place(key.to_int().unwrap_or(0), text.chars().count());
            let found = at.and_then(|at| text.chars().nth(at));
            Ok(found.map_or(V::Null, |c| V::string(c.to_string())))
        }
        (V::Arr(arr), V::Arr(part)) => Ok(V::flat(positions(&arr.items, &part.items))),
        (other, V::Int(_) | V::Float(_) | V::Big(_) | V::Arr(_)) => Err(JqError::expected("an array", other)),
        (value, V::Obj(range)) => match (range.get("start"), range.get("end")) {
            (Some(start), Some(end)) => slice_value(value, end, start),
            _ => Err(JqError::expected("\"start\" and \"end\" for slicing", key)),
        },
        (V::Arr(_), key) => Err(JqError::expected("a number for indexing an array", key)),
        (V::Str(_), key) => Err(JqError::expected("a number for indexing a string", key)),
        (_, key) => Err(JqError::expected("a string for object key", key)),
    }
}

/// Where an array occurs in another.
pub(super) fn positions(items: &[V], part: &[V]) -> Vec<V> {
    if part.is_empty() || part.len() > items.len() {
        return Vec::new();
    }
    let found = items.windows(part.len()).enumerate().filter(|(_, window)| slices(window, part).is_eq());
    found.map(|(at, _)| V::size(at)).collect()
}

/// `_slice(value; end; start)`
pub(in crate::lang::jq) fn slice(_: &mut Context, _: V, args: &[V]) -> Result {
    slice_value(arg(args, 0), arg(args, 1), arg(args, 2))
}

/// Start and end of a slice of that length.
pub(super) fn bounds(length: usize, start: &V, end: &V, what: &str) -> std::result::Result<(usize, usize), JqError> {
    let wrong = |value: &V| JqError::expected(&format!("a number for indexing {what}"), value);
    let from = match start {
        V::Null => 0,
        value => clamp(value.to_int().ok_or_else(|| wrong(value))?, 0, length),
    };
    let to = match end {
        V::Null => i64::try_from(length).unwrap_or(i64::MAX),
        value => clamp(value.to_int_ceil().ok_or_else(|| wrong(value))?, from, length),
    };
    Ok((usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(0)))
}

fn slice_value(value: &V, end: &V, start: &V) -> Result {
    match value {
        V::Null => Ok(V::Null),
        V::Arr(arr) => {
            let (from, to) = bounds(arr.items.len(), start, end, "an array")?;
            if from == 0 && to == arr.items.len() {
                return Ok(V::Arr(Arc::clone(arr)));
            }
            Ok(V::slice(arr, from, to))
        }
        V::Str(text) => {
            let length = text.chars().count();
            let (from, to) = bounds(length, start, end, "a string")?;
            Ok(V::string(text.chars().skip(from).take(to.saturating_sub(from)).collect()))
        }
        other => Err(JqError::expected("an array", other)),
    }
}

/// `getpath(path)`
pub(in crate::lang::jq) fn getpath(_: &mut Context, input: V, args: &[V]) -> Result {
    let path = arg(args, 0);
    let V::Arr(keys) = path else { return Err(JqError::cannot_with("getpath", &input, path)) };
    let mut value = input.clone();
    for key in &keys.items {
        if !matches!(value, V::Null | V::Arr(_) | V::Obj(_)) {
            return Err(JqError::cannot_with("getpath", &input, path));
        }
        value = index_value(&value, key).map_err(|why| JqError::because_with("getpath", &input, path, &why))?;
    }
    Ok(value)
}
