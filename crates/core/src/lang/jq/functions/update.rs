//! Setting and deleting paths.
//!
//! Deleting marks all places first and takes them out in the end, so that
//! indices stay what they were. Values nobody else holds are changed in place.

use std::sync::Arc;

use super::indexing::{bounds, clamp};
use super::{Context, Result, arg};
use crate::Value;
use crate::lang::jq::encode::preview;
use crate::lang::jq::error::JqError;
use crate::lang::jq::value::{Arr, Obj, V};

/// `setpath(path; value)`
pub(super) fn setpath(_: &mut Context, input: V, args: &[V]) -> Result {
    set_path(input, arg(args, 0), arg(args, 1).clone())
}

/// The value with the path set.
pub(in crate::lang::jq) fn set_path(value: V, path: &V, new: V) -> Result {
    let V::Arr(keys) = path else { return Err(JqError::cannot_with("setpath", &value, path)) };
    let before = value.clone();
    let shown = new.clone();
    set(value, &keys.items, new).map_err(|why| match why {
        limit @ JqError::Limit(_) => limit,
        why => JqError::message(format!(
            "setpath({}; {}) cannot be applied to {}: {}",
            preview(path),
            preview(&shown),
            preview(&before),
            why.text()
        )),
    })
}

fn set(value: V, path: &[V], new: V) -> Result {
    let Some((key, rest)) = path.split_first() else { return Ok(new) };
    match key {
        V::Str(name) => {
            let mut obj = match value {
                V::Null => Arc::new(Obj { members: Vec::new(), depth: 1 }),
                V::Obj(obj) => obj,
                other => return Err(JqError::expected("an object", &other)),
            };
            let inner = set(obj.get(name).cloned().unwrap_or(V::Null), rest, new)?;
            Arc::make_mut(&mut obj).insert(Arc::clone(name), inner);
            checked(V::Obj(obj))
        }
        V::Int(_) | V::Float(_) | V::Big(_) => {
            let mut arr = array(value)?;
            let index = key.to_int().unwrap_or(0);
            let length = arr.items.len();
            let at = match usize::try_from(clamp(index, -1, length)) {
                Err(_) => return Err(JqError::message(format!("array index should not be negative: {index}"))),
                Ok(at) if at < length => at,
                Ok(_) if index >= 0x2000_0000 => return Err(JqError::message(format!("array index too large: {index}"))),
                Ok(_) => usize::try_from(index).unwrap_or(length),
            };
            if at > length.saturating_add(10_000_000) {
                return Err(JqError::limit("the array grows too large"));
            }
            let inner = set(arr.items.get(at).cloned().unwrap_or(V::Null), rest, new)?;
            let arr_mut = Arr::owned(&mut arr);
            if at >= length {
                arr_mut.items.resize(at + 1, V::Null);
            }
            arr_mut.depth = arr_mut.depth.max(inner.depth() + 1);
            if let Some(slot) = arr_mut.items.get_mut(at) {
                *slot = inner;
            }
            checked(V::Arr(arr))
        }
        V::Obj(range) => {
            let mut arr = array(value)?;
            let (Some(start), Some(end)) = (range.get("start"), range.get("end")) else {
                return Err(JqError::expected("\"start\" and \"end\" for slicing", key));
            };
            let (from, to) = bounds(arr.items.len(), start, end, "an array")?;
            let part = V::flat(arr.items.get(from..to).unwrap_or_default().to_vec());
            let inner = match set(part, rest, new)? {
                V::Arr(inner) => inner,
                other => return Err(JqError::expected("an array", &other)),
            };
            let arr_mut = Arr::owned(&mut arr);
            arr_mut.depth = arr_mut.depth.max(inner.depth);
            arr_mut.items.splice(from..to, inner.items.iter().cloned());
            checked(V::Arr(arr))
        }
        other => Err(wrong_key(&value, other)),
    }
}

fn checked(value: V) -> Result {
    if value.depth() > 1_000 { Err(JqError::limit("the value nests too deeply")) } else { Ok(value) }
}

fn array(value: V) -> std::result::Result<Arc<Arr>, JqError> {
    match value {
        V::Null => Ok(Arc::new(Arr { items: Vec::new(), depth: 1, part_of: None })),
        V::Arr(arr) => Ok(arr),
        other => Err(JqError::expected("an array", &other)),
    }
}

fn wrong_key(value: &V, key: &V) -> JqError {
    match value {
        V::Arr(_) => JqError::expected("a number for indexing an array", key),
        _ => JqError::expected("a string for object key", key),
    }
}

/// Which places of a value are deleted.
#[derive(Debug, Default)]
pub(in crate::lang::jq) struct Marks {
    /// All of it.
    all: bool,
    members: Vec<(Arc<str>, Marks)>,
    items: Vec<(usize, Marks)>,
}

impl Marks {
    pub(in crate::lang::jq) fn member(&mut self, key: &str) -> &mut Marks {
        let at = match self.members.binary_search_by(|(name, _)| (**name).cmp(key)) {
            Ok(at) => at,
            Err(at) => {
                self.members.insert(at, (Arc::from(key), Marks::default()));
                at
            }
        };
        &mut self.members[at].1
    }

    /// All of it goes.
    pub(in crate::lang::jq) fn delete_all(&mut self) {
        self.all = true;
    }

    pub(in crate::lang::jq) fn item(&mut self, index: usize) -> &mut Marks {
        let at = match self.items.binary_search_by_key(&index, |(at, _)| *at) {
            Ok(at) => at,
            Err(at) => {
                self.items.insert(at, (index, Marks::default()));
                at
            }
        };
        &mut self.items[at].1
    }
}

/// A stretch of an array seen through slices.
#[derive(Clone, Copy)]
struct Window {
    from: usize,
    to: usize,
}

/// Marks one path. `window` narrows an array that was sliced.
fn mark(value: &V, path: &[V], marks: &mut Marks, window: Option<Window>) -> std::result::Result<(), JqError> {
    if marks.all {
        return Ok(());
    }
    let Some((key, rest)) = path.split_first() else {
        match window {
            Some(Window { from, to }) => (from..to).for_each(|at| marks.item(at).all = true),
            None => marks.all = true,
        }
        return Ok(());
    };
    match (key, value) {
        (V::Str(name), V::Obj(obj)) if window.is_none() => match obj.get(name) {
            Some(inner) => mark(inner, rest, marks.member(name), None),
            None => Ok(()),
        },
        (V::Str(_) | V::Int(_) | V::Float(_) | V::Big(_) | V::Obj(_), V::Null) => Ok(()),
        (V::Int(_) | V::Float(_) | V::Big(_), V::Arr(arr)) => {
            let Window { from, to } = window.unwrap_or(Window { from: 0, to: arr.items.len() });
            let length = to - from;
            match usize::try_from(clamp(key.to_int().unwrap_or(0), -1, length)) {
                Ok(at) if at < length => match arr.items.get(from + at) {
                    Some(inner) => mark(inner, rest, marks.item(from + at), None),
                    None => Ok(()),
                },
                _ => Ok(()),
            }
        }
        (V::Obj(range), V::Arr(arr)) => {
            let (Some(start), Some(end)) = (range.get("start"), range.get("end")) else {
                return Err(JqError::expected("\"start\" and \"end\" for slicing", key));
            };
            let outer = window.unwrap_or(Window { from: 0, to: arr.items.len() });
            let (from, to) = bounds(outer.to - outer.from, start, end, "an array")?;
            if from == to {
                return Ok(());
            }
            mark(value, rest, marks, Some(Window { from: outer.from + from, to: outer.from + to }))
        }
        (V::Str(_), other) => Err(JqError::expected("an object", other)),
        (V::Int(_) | V::Float(_) | V::Big(_) | V::Obj(_), other) => Err(JqError::expected("an array", other)),
        (key, value) => Err(wrong_key(value, key)),
    }
}

pub(in crate::lang::jq) fn marks_of(value: &V, paths: &V) -> std::result::Result<Marks, JqError> {
    let V::Arr(list) = paths else { return Err(JqError::cannot_with("delpaths", value, paths)) };
    let mut marks = Marks::default();
    for path in &list.items {
        let V::Arr(keys) = path else {
            return Err(JqError::because_with("delpaths", value, paths, &JqError::expected("an array", path)));
        };
        mark(value, &keys.items, &mut marks, None).map_err(|why| JqError::because_with("delpaths", value, paths, &why))?;
    }
    Ok(marks)
}

/// `delpaths(paths)`
pub(in crate::lang::jq) fn delpaths(_: &mut Context, input: V, args: &[V]) -> Result {
    let marks = marks_of(&input, arg(args, 0))?;
    Ok(sweep(&input, &marks).unwrap_or(V::Null))
}

/// The value without what is marked; `None` if all of it is.
fn sweep(value: &V, marks: &Marks) -> Option<V> {
    if marks.all {
        return None;
    }
    match value {
        V::Obj(obj) if !marks.members.is_empty() => {
            let members = obj.members.iter().filter_map(|(key, value)| {
                let found = marks.members.binary_search_by(|(name, _)| name.cmp(key)).ok().and_then(|at| marks.members.get(at));
                let kept = found.map_or_else(|| Some(value.clone()), |(_, marks)| sweep(value, marks))?;
                Some((Arc::clone(key), kept))
            });
            Some(V::Obj(Arc::new(Obj { members: members.collect(), depth: obj.depth })))
        }
        V::Arr(arr) if !marks.items.is_empty() => {
            let items = arr.items.iter().enumerate().filter_map(|(at, item)| {
                let found = marks.items.binary_search_by_key(&at, |(index, _)| *index).ok().and_then(|at| marks.items.get(at));
                found.map_or_else(|| Some(item.clone()), |(_, marks)| sweep(item, marks))
            });
            Some(V::Arr(Arc::new(Arr { items: items.collect(), depth: arr.depth, part_of: None })))
        }
        other => Some(other.clone()),
    }
}

/// Deletes what is marked from a JSON document, whose order of keys stays; its numbers become what a double makes of them,
/// as they do upstream.
pub(in crate::lang::jq) fn sweep_json(document: &mut Value, marks: &Marks) {
    if marks.all {
        *document = Value::Null;
        return;
    }
    prune(document, marks);
    round(document);
}

/// Takes out what is marked below a value that stays.
fn prune(value: &mut Value, marks: &Marks) {
    match value {
        Value::Object(map) => {
            for (name, marks) in marks.members.iter().filter(|(_, marks)| !marks.all) {
                if let Some(inner) = map.get_mut(&**name) {
                    prune(inner, marks);
                }
            }
            let gone = marks.members.iter().filter(|(_, marks)| marks.all);
            match gone.clone().count() {
                0 => {}
                1 => gone.for_each(|(name, _)| {
                    map.shift_remove(&**name);
                }),
                _ => map.retain(|key, _| {
                    let found = marks.members.binary_search_by(|(name, _)| (**name).cmp(key)).ok();
                    !found.and_then(|at| marks.members.get(at)).is_some_and(|(_, marks)| marks.all)
                }),
            }
        }
        Value::Array(items) => {
            let mut marked = marks.items.iter().peekable();
            let mut at = 0;
            items.retain_mut(|item| {
                let here = marked.next_if(|(index, _)| *index == at);
                at += 1;
                match here {
                    Some((_, marks)) if marks.all => false,
                    Some((_, marks)) => {
                        prune(item, marks);
                        true
                    }
                    None => true,
                }
            });
        }
        _ => {}
    }
}

/// Beyond 2^53 not every integer is a double.
fn round(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(round),
        Value::Object(map) => map.values_mut().for_each(round),
        Value::Number(number) if number.as_i64().is_none_or(|i| i.unsigned_abs() > 1 << 53) => {
            *value = V::from_json(value).to_json().unwrap_or(Value::Null);
        }
        _ => {}
    }
}
