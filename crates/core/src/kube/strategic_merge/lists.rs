//! Differences of lists that merge (`diffLists`).

use std::borrow::Cow;
use std::cmp::Ordering;

use super::diff::{self, Options};
use super::order::{go_text, normalize, sort_as_upstream};
use super::{DIRECTIVE, Kind, Members, Type, bad_type, comparable, crash, kind, no_merge_key};
use crate::kube::members::distinct;
use crate::{Error, Result, Value};

/// What goes into the patch for one list.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub(super) add: Vec<Value>,
    pub(super) delete: Vec<Value>,
    pub(super) order: Vec<Value>,
}

pub(super) fn diff(original: &[Value], modified: &[Value], element: Type, merge_key: &str, options: Options) -> Result<Lists> {
    if original.is_empty() {
        let add = if options.ignore_additions { Vec::new() } else { modified.to_vec() };
        return Ok(Lists { add, ..Lists::default() });
    }
    match element_kind(&[original, modified])? {
        Kind::Map => of_maps(original, modified, element, merge_key, options),
        _ => of_scalars(original, modified, options),
    }
}

/// The one type of all elements (`sliceElementType`).
pub(super) fn element_kind(lists: &[&[Value]]) -> Result<Kind> {
    let mut all = lists.iter().flat_map(|list| list.iter()).map(kind);
    let Some(first) = all.next() else { return Err(Error::upstream("no elements in any given slices")) };
    if first == Kind::List {
        return Err(Error::upstream("lists of lists are not supported"));
    }
    if first == Kind::Null {
        return Err(crash("nil list element"));
    }
    if all.any(|one| one != first) {
        return Err(Error::upstream("list element types are not identical"));
    }
    Ok(first)
}

fn of_scalars(original: &[Value], modified: &[Value], options: Options) -> Result<Lists> {
    // upstream sorts the original in place, so the order below is compared with the sorted one
    let mut before = original.to_vec();
    sort_as_upstream(&mut before, |value| go_text(Some(value)));
    let mut after = modified.to_vec();
    sort_as_upstream(&mut after, |value| go_text(Some(value)));
    let (mut add, mut delete) = (Vec::new(), Vec::new());
    let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => go_text(Some(one)).cmp(&go_text(Some(other))),
        };
        match order {
            Ordering::Equal => {
                left.next();
                right.next();
            }
            Ordering::Less => delete.extend(left.next().filter(|_| !options.ignore_deletions).cloned()),
            Ordering::Greater => add.extend(right.next().filter(|_| !options.ignore_additions).cloned()),
        }
    }
    deduplicate(&mut delete);
    normalize(&mut add, modified, "")?;
    let moved = (!options.ignore_deletions && !delete.is_empty()) || (!options.ignore_additions && before != modified);
    Ok(Lists { add, delete, order: if moved { modified.to_vec() } else { Vec::new() } })
}

/// Upstream's own deduplication: a repeated element is replaced by the last one.
pub(super) fn deduplicate(items: &mut Vec<Value>) {
    let mut at = 0;
    while at + 1 < items.len() {
        let mut other = at + 1;
        while other < items.len() {
            if items.get(at) == items.get(other) {
                items.swap_remove(other);
            } else {
                other += 1;
            }
        }
        at += 1;
    }
}

fn of_maps(original: &[Value], modified: &[Value], element: Type, merge_key: &str, options: Options) -> Result<Lists> {
    if let Some(add) = in_place(original, modified, element, merge_key, options)? {
        let order = if add.is_empty() { Vec::new() } else { order_of(modified, merge_key) };
        return Ok(Lists { add, delete: Vec::new(), order });
    }
    let (mut patch, delete) = elements(original, modified, element, merge_key, options)?;
    normalize(&mut patch, modified, merge_key)?;
    let same = order_same(original, modified, merge_key)?;
    patch.extend(delete);
    let changed = !patch.is_empty();
    let ordered = (!options.ignore_additions && (changed || !same)) || (!options.ignore_deletions && changed);
    let order = if ordered { order_of(modified, merge_key) } else { Vec::new() };
    Ok(Lists { add: patch, delete: Vec::new(), order })
}

/// The elements' merge keys, for `$setElementOrder`.
fn order_of(modified: &[Value], merge_key: &str) -> Vec<Value> {
    let only = |item: &Value| {
        let mut only = Members::new();
        only.insert(merge_key.to_owned(), item.get(merge_key).cloned().unwrap_or(Value::Null));
        Value::Object(only)
    };
    modified.iter().map(only).collect()
}

/// What differs in lists whose elements have the same keys in the same order: then each is paired with
/// its neighbour, whatever the sort does, and the patch is in order when its keys are distinct. None when
/// that is not so.
fn in_place(original: &[Value], modified: &[Value], element: Type, merge_key: &str, options: Options) -> Result<Option<Vec<Value>>> {
    if original.len() != modified.len() || original.iter().zip(modified).any(|(one, other)| !same_key(one, other, merge_key)) {
        return Ok(None);
    }
    let mut patch: Vec<Value> = Vec::new();
    for (one, other) in original.iter().zip(modified) {
        let (Value::Object(one), Value::Object(other)) = (one, other) else { return Ok(None) };
        let mut inner = diff::maps(one, other, element, options)?;
        if inner.is_empty() {
            continue;
        }
        let Some(key) = other.get(merge_key) else { return Ok(None) };
        inner.insert(merge_key.to_owned(), key.clone());
        patch.push(Value::Object(inner));
    }
    Ok(Some(patch).filter(|patch| patch.is_empty() || distinct(modified, merge_key)))
}

/// Whether two elements have the same merge key, a text or a number.
pub(super) fn same_key(one: &Value, other: &Value, merge_key: &str) -> bool {
    match (one.get(merge_key), other.get(merge_key)) {
        (Some(one @ (Value::String(_) | Value::Number(_))), Some(other)) => one == other,
        _ => false,
    }
}

type Keyed<'a> = (&'a Members, &'a Value, Cow<'a, str>);

fn sorted<'a>(items: &'a [Value], merge_key: &str) -> Result<Vec<Keyed<'a>>> {
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        let members = item.as_object().ok_or_else(|| bad_type("map"))?;
        let value = members.get(merge_key);
        keyed.push((members, value, go_text(value)));
    }
    sort_as_upstream(&mut keyed, |(_, _, text)| text.clone());
    keyed
        .into_iter()
        .map(|(members, value, text)| value.map(|value| (members, value, text)).ok_or_else(|| no_merge_key(merge_key)))
        .collect()
}

fn elements(original: &[Value], modified: &[Value], element: Type, merge_key: &str, options: Options) -> Result<(Vec<Value>, Vec<Value>)> {
    let (before, after) = (sorted(original, merge_key)?, sorted(modified, merge_key)?);
    let (mut patch, mut deletions) = (Vec::new(), Vec::new());
    let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((_, _, one)), Some((_, _, other))) => one.cmp(other),
        };
        match order {
            Ordering::Equal => {
                if let (Some((one, _, _)), Some((other, key, _))) = (left.next(), right.next()) {
                    let mut inner = diff::maps(one, other, element, options)?;
                    if !inner.is_empty() {
                        inner.insert(merge_key.to_owned(), (*key).clone());
                        patch.push(Value::Object(inner));
                    }
                }
            }
            Ordering::Less => {
                if let Some((_, key, _)) = left.next().filter(|_| !options.ignore_deletions) {
                    let mut gone = Members::new();
                    gone.insert(merge_key.to_owned(), (*key).clone());
                    gone.insert(DIRECTIVE.to_owned(), Value::from("delete"));
                    deletions.push(Value::Object(gone));
                }
            }
            Ordering::Greater => {
                if let Some((members, _, _)) = right.next().filter(|_| !options.ignore_additions) {
                    patch.push(Value::Object((*members).clone()));
                }
            }
        }
    }
    Ok((patch, deletions))
}

fn order_same(original: &[Value], modified: &[Value], merge_key: &str) -> Result<bool> {
    if original.len() != modified.len() {
        return Ok(false);
    }
    for (one, other) in original.iter().zip(modified) {
        if !key_equal(one, other, merge_key)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `mergeKeyValueEqual`.
pub(super) fn key_equal(one: &Value, other: &Value, merge_key: &str) -> Result<bool> {
    if merge_key.is_empty() {
        return Ok(one == other);
    }
    let key = |value: &Value| match value {
        Value::Object(members) => members.get(merge_key).cloned().ok_or_else(|| no_merge_key(merge_key)),
        _ => Err(bad_type("map")),
    };
    let (one, other) = (key(one)?, key(other)?);
    comparable(&one, &other)?;
    Ok(one == other)
}
