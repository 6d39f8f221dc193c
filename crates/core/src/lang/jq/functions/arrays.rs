//! Arrays and objects as collections.

use std::sync::Arc;

use super::arithmetic::add;
use super::compare::compare;
use super::indexing::positions;
use super::{Context, NativeFn, Result, arg};
use crate::lang::jq::encode::encode;
use crate::lang::jq::error::JqError;
use crate::lang::jq::value::V;

pub(super) fn of_input(name: &str) -> Option<NativeFn> {
    Some(match name {
        "length" => length,
        "keys" => keys,
        "add" => |_, input, _| sum(values("add", &input)?),
        "reverse" => |_, input, _| Ok(V::flat(items("reverse", &input)?.iter().rev().cloned().collect())),
        "flatten" => |_, input, _| flatten(&input, None),
        "min" => |_, input, _| Ok(extreme(items("min", &input)?, items("min", &input)?, true)),
        "max" => |_, input, _| Ok(extreme(items("max", &input)?, items("max", &input)?, false)),
        "sort" => |_, input, _| Ok(V::flat(sorted(items("sort", &input)?, items("sort", &input)?).into_iter().map(|(_, v)| v).collect())),
        "unique" => |_, input, _| Ok(unique(items("unique", &input)?, items("unique", &input)?)),
        "transpose" => transpose,
        _ => return None,
    })
}

pub(super) fn with_one(name: &str) -> Option<NativeFn> {
    Some(match name {
        "has" => has,
        "contains" => |_, input, args| contains(&input, arg(args, 0)),
        "inside" => |_, input, args| contains(arg(args, 0), &input),
        "indices" => |_, input, args| search("indices", &input, arg(args, 0), V::flat),
        "index" => |_, input, args| search("index", &input, arg(args, 0), |found| found.into_iter().next().unwrap_or(V::Null)),
        "rindex" => |_, input, args| search("rindex", &input, arg(args, 0), |found| found.into_iter().next_back().unwrap_or(V::Null)),
        "join" => join,
        "flatten" => |_, input, args| flatten(&input, Some(arg(args, 0))),
        "_min_by" => |_, input, args| by("min_by", &input, arg(args, 0)).map(|(v, k)| extreme(v, k, true)),
        "_max_by" => |_, input, args| by("max_by", &input, arg(args, 0)).map(|(v, k)| extreme(v, k, false)),
        "_sort_by" => |_, input, args| {
            let (values, keys) = by("sort_by", &input, arg(args, 0))?;
            Ok(V::flat(sorted(values, keys).into_iter().map(|(_, value)| value).collect()))
        },
        "_group_by" => group_by,
        "_unique_by" => |_, input, args| by("unique_by", &input, arg(args, 0)).map(|(v, k)| unique(v, k)),
        "bsearch" => bsearch,
        _ => return None,
    })
}

fn items<'v>(name: &str, value: &'v V) -> std::result::Result<&'v [V], JqError> {
    match value {
        V::Arr(arr) => Ok(&arr.items),
        other => Err(JqError::cannot(name, other)),
    }
}

fn values(name: &str, value: &V) -> std::result::Result<Vec<V>, JqError> {
    match value {
        V::Arr(arr) => Ok(arr.items.clone()),
        V::Obj(obj) => Ok(obj.members.iter().map(|(_, value)| value.clone()).collect()),
        other => Err(JqError::cannot(name, other)),
    }
}

fn length(_: &mut Context, input: V, _: &[V]) -> Result {
    Ok(match &input {
        V::Null => V::Int(0),
        V::Int(i) => V::integer(i128::from(*i).abs()),
        V::Float(f) => V::Float(f.abs()),
        V::Big(big) => V::integer(big.saturating_abs()),
        V::Str(text) => V::size(text.chars().count()),
        V::Arr(arr) => V::size(arr.items.len()),
        V::Obj(obj) => V::size(obj.members.len()),
        V::Bool(_) => return Err(JqError::cannot("length", &input)),
    })
}

fn keys(_: &mut Context, input: V, _: &[V]) -> Result {
    match &input {
        V::Arr(arr) => Ok(V::flat((0..arr.items.len()).map(V::size).collect())),
        V::Obj(obj) => Ok(V::flat(obj.members.iter().map(|(key, _)| V::Str(Arc::clone(key))).collect())),
        other => Err(JqError::cannot("keys", other)),
    }
}

fn has(_: &mut Context, input: V, args: &[V]) -> Result {
    let key = arg(args, 0);
    match (&input, key) {
        (V::Arr(arr), V::Int(_) | V::Float(_) | V::Big(_)) => {
            let at = key.to_int().and_then(|at| usize::try_from(at).ok());
            Ok(V::Bool(at.is_some_and(|at| at < arr.items.len())))
        }
        (V::Obj(obj), V::Str(key)) => Ok(V::Bool(obj.get(key).is_some())),
        (V::Null, _) => Ok(V::Bool(false)),
        _ => Err(JqError::cannot_with("has", &input, key)),
    }
}

/// `add`: texts and arrays in one go, anything else step by step.
fn sum(values: Vec<V>) -> Result {
    let mut total = V::Null;
    let mut text = String::new();
    let mut list: Vec<V> = Vec::new();
    for value in values {
        match (&total, value) {
            (_, V::Null) => {}
            (V::Null | V::Str(_), V::Str(more)) => {
                text.push_str(&more);
                if matches!(total, V::Null) {
                    total = V::str("");
                }
            }
            (V::Null | V::Arr(_), V::Arr(more)) => {
                list.extend(more.items.iter().cloned());
                if matches!(total, V::Null) {
                    total = V::flat(Vec::new());
                }
            }
            (_, value) => total = add(&settle(total, &mut text, &mut list)?, &value)?,
        }
    }
    settle(total, &mut text, &mut list)
}

fn settle(total: V, text: &mut String, list: &mut Vec<V>) -> Result {
    Ok(match total {
        V::Str(before) if before.is_empty() => V::string(std::mem::take(text)),
        V::Str(before) => V::string(format!("{before}{}", std::mem::take(text))),
        V::Arr(arr) if arr.items.is_empty() => V::array(std::mem::take(list))?,
        other => other,
    })
}

fn join(_: &mut Context, input: V, args: &[V]) -> Result {
    let separator = arg(args, 0);
    let values = match &input {
        V::Arr(arr) => arr.items.clone(),
        V::Obj(obj) => obj.members.iter().map(|(_, value)| value.clone()).collect(),
        _ => return Err(JqError::cannot_with("join", &input, separator)),
    };
    if values.is_empty() {
        return Ok(V::str(""));
    }
    let mut parts = Vec::with_capacity(values.len() * 2);
    for (index, value) in values.into_iter().enumerate() {
        parts.push(if index == 0 { V::str("") } else { separator.clone() });
        parts.push(match value {
            V::Bool(_) | V::Int(_) | V::Float(_) | V::Big(_) => V::string(encode(&value)),
            other => other,
        });
    }
    sum(parts)
}

/// `contains`: texts within texts, arrays and objects by their parts.
fn contains(value: &V, part: &V) -> Result {
    Ok(V::Bool(match (value, part) {
        (V::Str(text), V::Str(part)) => text.contains(&**part),
        (V::Arr(arr), V::Arr(parts)) => {
            parts.items.iter().all(|part| arr.items.iter().any(|item| matches!(contains(item, part), Ok(V::Bool(true)))))
        }
        (V::Obj(obj), V::Obj(parts)) => {
            obj.members.len() >= parts.members.len()
                && parts
                    .members
                    .iter()
                    .all(|(key, part)| obj.get(key).is_some_and(|value| matches!(contains(value, part), Ok(V::Bool(true)))))
        }
        (a, b) if a.is_number() && b.is_number() => {
            if matches!((a, b), (V::Float(_), _) | (_, V::Float(_))) {
                a.to_float() == b.to_float()
            } else {
                compare(a, b).is_eq()
            }
        }
        (V::Null, V::Null) => true,
        (V::Bool(a), V::Bool(b)) if a == b => true,
        _ => return Err(JqError::cannot_with("contains", value, part)),
    }))
}

fn search(name: &str, input: &V, wanted: &V, pick: fn(Vec<V>) -> V) -> Result {
    match (input, wanted) {
        (V::Null, _) => Ok(V::Null),
        (V::Arr(arr), V::Arr(part)) => Ok(pick(positions(&arr.items, &part.items))),
        (V::Arr(arr), item) => Ok(pick(positions(&arr.items, std::slice::from_ref(item)))),
        (V::Str(text), V::Str(part)) => {
            let (text, part): (Vec<char>, Vec<char>) = (text.chars().collect(), part.chars().collect());
            let windows = if part.is_empty() { None } else { Some(text.windows(part.len())) };
            let found = windows.into_iter().flatten().enumerate().filter(|(_, window)| *window == part.as_slice());
            Ok(pick(found.map(|(at, _)| V::size(at)).collect()))
        }
        _ => Err(JqError::cannot_with(name, input, wanted)),
    }
}

fn flatten(input: &V, depth: Option<&V>) -> Result {
    let values = values("flatten", input)?;
    let depth = match depth {
        None => -1.0,
        Some(value) => value.to_float().ok_or_else(|| JqError::cannot("flatten", value))?,
    };
    if matches!(depth, d if (d < 0.0 || d.is_nan()) && d.to_bits() != (-1.0_f64).to_bits()) {
        let shown = encode(&V::Float(depth));
        return Err(JqError::message(format!("flatten depth should not be negative: {shown}")));
    }
    let mut out = Vec::new();
    flatten_into(&mut out, values, depth);
    Ok(V::flat(out))
}

fn flatten_into(out: &mut Vec<V>, values: Vec<V>, depth: f64) {
    for value in values {
        match &value {
            V::Arr(arr) if depth != 0.0 => flatten_into(out, arr.items.clone(), depth - 1.0),
            _ => out.push(value),
        }
    }
}

fn by<'v>(name: &str, input: &'v V, keys: &'v V) -> std::result::Result<(&'v [V], &'v [V]), JqError> {
    match (input, keys) {
        (V::Arr(values), V::Arr(keys)) if values.items.len() == keys.items.len() => Ok((&values.items, &keys.items)),
        (V::Arr(_), V::Arr(_)) => Err(JqError::because_with(name, input, keys, &JqError::message("length mismatch"))),
        _ => Err(JqError::cannot_with(name, input, keys)),
    }
}

fn extreme(values: &[V], keys: &[V], least: bool) -> V {
    let mut best = 0;
    for at in 1..keys.len() {
        if let (Some(a), Some(b)) = (keys.get(best), keys.get(at))
            && compare(a, b).is_gt() == least
        {
            best = at;
        }
    }
    values.get(best).cloned().unwrap_or(V::Null)
}

fn sorted(values: &[V], keys: &[V]) -> Vec<(V, V)> {
    let mut pairs: Vec<(V, V)> = keys.iter().cloned().zip(values.iter().cloned()).collect();
    // NaN is less than itself: no total order, so insertion by hand where there is one.
    if keys.iter().any(|key| matches!(key, V::Float(f) if f.is_nan())) {
        pairs.sort_by(|a, b| {
            if compare(&b.0, &a.0).is_lt() && !compare(&a.0, &b.0).is_lt() {
                std::cmp::Ordering::Greater
            } else if compare(&a.0, &b.0).is_lt() && !compare(&b.0, &a.0).is_lt() {
                std::cmp::Ordering::Less
            } else {
                std::cmp::Ordering::Equal
            }
        });
    } else {
        pairs.sort_by(|a, b| compare(&a.0, &b.0));
    }
    pairs
}

fn group_by(_: &mut Context, input: V, args: &[V]) -> Result {
    let (values, keys) = by("group_by", &input, arg(args, 0))?;
    let mut groups: Vec<Vec<V>> = Vec::new();
    let mut last: Option<V> = None;
    for (key, value) in sorted(values, keys) {
        match groups.last_mut() {
            Some(group) if last.as_ref().is_some_and(|last| compare(last, &key).is_eq()) => group.push(value),
            _ => {
                groups.push(vec![value]);
                last = Some(key);
            }
        }
    }
    V::array(groups.into_iter().map(V::flat).collect())
}

fn unique(values: &[V], keys: &[V]) -> V {
    let mut out = Vec::new();
    let mut last: Option<V> = None;
    for (key, value) in sorted(values, keys) {
        if last.as_ref().is_none_or(|last| compare(last, &key).is_ne()) {
            out.push(value);
            last = Some(key);
        }
    }
    V::flat(out)
}

fn transpose(_: &mut Context, input: V, _: &[V]) -> Result {
    let rows = items("transpose", &input)?;
    let mut width = 0;
    for row in rows {
        match row {
            V::Arr(row) => width = width.max(row.items.len()),
            _ => return Err(JqError::cannot("transpose", &input)),
        }
    }
    let cell = |row: &V, at: usize| match row {
        V::Arr(row) => row.items.get(at).cloned().unwrap_or(V::Null),
        _ => V::Null,
    };
    V::array((0..width).map(|at| V::flat(rows.iter().map(|row| cell(row, at)).collect())).collect())
}

fn bsearch(_: &mut Context, input: V, args: &[V]) -> Result {
    let V::Arr(arr) = &input else { return Err(JqError::cannot_with("bsearch", &input, arg(args, 0))) };
    let target = arg(args, 0);
    let at = arr.items.partition_point(|item| compare(item, target).is_lt());
    let found = arr.items.get(at).is_some_and(|item| compare(item, target).is_eq());
    let at = i64::try_from(at).unwrap_or(i64::MAX);
    Ok(V::Int(if found { at } else { -at - 1 }))
}
