//! Applying a patch (`mergeMap` and what it calls).

use super::lists::{deduplicate, element_kind, key_equal, same_key};
use super::order::{Places, comparable_in, interleave, is_deletion};
use super::{
    DELETE_FROM_LIST, DIRECTIVE, Kind, Members, RETAIN_KEYS, SET_ORDER, Strategy, Type, bad_type, kind, lookup_list, lookup_map,
    no_merge_key,
};
use crate::kube::members::distinct;
use crate::lang::gofmt::appended_capacity;
use crate::{Error, Result, Value};

/// `MergeOptions`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) merge_parallel_list: bool,
    pub(super) ignore_unmatched_nulls: bool,
}

pub(super) fn merge_map(original: &mut Members, mut patch: Members, ty: Type, options: Options) -> Result<()> {
    if let Some(directive) = patch.get(DIRECTIVE) {
        match directive.as_str() {
            Some("replace") => {
                patch.shift_remove(DIRECTIVE);
                *original = patch;
            }
            Some("delete") => original.clear(),
            _ => return Err(Error::upstream(format!("unknown patch type: {directive} in map"))),
        }
        return Ok(());
    }
    retain_keys(original, &mut patch, options)?;
    ordered_lists(original, &mut patch, ty, options)?;
    for (key, value) in patch {
        member(original, key, value, ty, options)?;
    }
    Ok(())
}

/// `applyRetainKeysDirective`.
fn retain_keys(original: &mut Members, patch: &mut Members, options: Options) -> Result<()> {
    let Some(keys) = patch.shift_remove(RETAIN_KEYS) else { return Ok(()) };
    let bad = || Error::upstream(format!("invalid patch format of {RETAIN_KEYS}"));
    if !options.merge_parallel_list {
        return match original.get(RETAIN_KEYS) {
            Some(there) if *there != keys => {
                Err(Error::upstream("$retainKeys are not deep equal: this may happen when calculating the 3-way diff patch"))
            }
            Some(_) => Ok(()),
            None => {
                original.insert(RETAIN_KEYS.to_owned(), keys);
                Ok(())
            }
        };
    }
    let Value::Array(keys) = keys else { return Err(bad()) };
    let kept = |key: &str| keys.iter().any(|one| one.as_str() == Some(key));
    if patch.iter().any(|(key, value)| {
        !value.is_null() && !key.starts_with("$deleteFromPrimitiveList") && !key.starts_with("$setElementOrder") && !kept(key)
    }) {
        return Err(bad());
    }
    original.retain(|key, _| kept(key));
    Ok(())
}

/// The lists whose order the patch gives (`mergePatchIntoOriginal`).
fn ordered_lists(original: &mut Members, patch: &mut Members, ty: Type, options: Options) -> Result<()> {
    let keys: Vec<String> = patch.keys().filter(|key| key.starts_with("$setElementOrder")).cloned().collect();
    for key in keys {
        let Some(order) = patch.shift_remove(&key) else { continue };
        if !options.merge_parallel_list {
            match original.get(&key) {
                Some(there) if *there != order => return Err(Error::upstream("invalid patch format of setElementOrder list")),
                Some(_) => {}
                None => {
                    original.insert(key.clone(), order.clone());
                }
            }
        }
        let Value::Array(order) = order else { return Err(bad_type("list")) };
        let field = key.strip_prefix(SET_ORDER).ok_or_else(|| Error::upstream("invalid patch format of setElementOrder list"))?;
        ordered_list(original, patch, field, &order, ty, options)?;
    }
    Ok(())
}

fn ordered_list(original: &mut Members, patch: &mut Members, field: &str, order: &[Value], ty: Type, options: Options) -> Result<()> {
    let there = match original.get(field) {
        None => None,
        Some(Value::Array(items)) => Some(items),
        Some(_) => return Err(bad_type("list")),
    };
    let patched = match patch.get(field) {
        None => None,
        Some(Value::Array(items)) => Some(items),
        Some(_) => return Err(bad_type("list")),
    };
    let (element, strategy) = lookup_list(ty, field)?;
    let merge_key = strategy.merge_key.unwrap_or("");
    validate(patched.map_or(&[], Vec::as_slice), order, merge_key)?;
    if strategy.merge && there.is_some_and(|there| !there.is_empty() && keeps_order(there, patched, order, merge_key)) {
        let patched = patch.shift_remove(field);
        if let (Some(Value::Array(there)), Some(Value::Array(patched))) = (original.get_mut(field), patched) {
            merge_in_order(there, patched, merge_key, element, options)?;
        }
        return Ok(());
    }
    let (server, from_patch) = (there.cloned().unwrap_or_default(), patched.cloned().unwrap_or_default());
    let merged = match (there.is_some(), patched.is_some()) {
        (false, false) => return Ok(()),
        (true, false) => server.clone(),
        (false, true) => without_directives(Value::Array(from_patch.clone())).and_then(into_list).unwrap_or_default(),
        (true, true) => merge_list(server.clone(), from_patch.clone(), element, strategy, false, options)?,
    };
    let (items, server_only) = partition(merged, order, merge_key)?;
    element_kind(&[&server, &from_patch])?;
    let server = if there.is_some() { overwritten(server, &from_patch, merge_key) } else { server };
    let both = interleave(items, server_only, order, &server, merge_key)?;
    original.insert(field.to_owned(), Value::Array(both));
    patch.shift_remove(field);
    Ok(())
}

/// Whether the patch only changes elements that are there, and leaves them where they are.
fn keeps_order(there: &[Value], patched: Option<&Vec<Value>>, order: &[Value], merge_key: &str) -> bool {
    let patched = patched.map_or(&[][..], Vec::as_slice);
    let mut places = there.iter();
    !merge_key.is_empty()
        && there.len() == order.len()
        && there.iter().zip(order).all(|(one, other)| same_key(one, other, merge_key))
        && distinct(there, merge_key)
        // the patch's elements come in the same order
        && patched.iter().all(|item| item.get(DIRECTIVE).is_none() && places.any(|one| same_key(one, item, merge_key)))
}

/// Merges elements into those of the same key; both lists have them in the same order.
fn merge_in_order(there: &mut [Value], patched: Vec<Value>, merge_key: &str, element: Type, options: Options) -> Result<()> {
    let mut places = there.iter_mut();
    for item in patched {
        if let (Some(Value::Object(one)), Value::Object(item)) = (places.find(|one| same_key(one, &item, merge_key)), item) {
            merge_map(one, item, element, options)?;
        }
    }
    Ok(())
}

/// The server's list as upstream sees it after merging into it: Go's slices share their memory, so what is
/// deleted moves the rest down, and what is added then overwrites the end.
fn overwritten(server: Vec<Value>, patch: &[Value], merge_key: &str) -> Vec<Value> {
    if merge_key.is_empty() || !patch.iter().any(is_deletion) {
        return server;
    }
    let length = server.len();
    let mut view = server;
    let mut live = length;
    for gone in patch.iter().filter(|item| is_deletion(item)) {
        let same = |item: &Value| item.get(merge_key) == gone.get(merge_key);
        while let Some(at) = view.iter().take(live).position(same) {
            live -= 1;
            // what is moved down leaves its old place as it was
            for place in at..live {
                if let Some(next) = view.get(place + 1).cloned()
                    && let Some(slot) = view.get_mut(place)
                {
                    *slot = next;
                }
            }
        }
    }
    let mut known = Places::of(view.get(..live).unwrap_or_default(), merge_key);
    for item in patch.iter().filter(|item| item.get(DIRECTIVE).is_none()) {
        if known.get(item, merge_key).is_some() {
            continue;
        }
        if let Some(slot) = view.get_mut(live) {
            *slot = item.clone();
        } else {
            view.push(item.clone());
        }
        known.add(item, merge_key, live);
        live += 1;
    }
    view.truncate(length);
    view
}

fn into_list(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

/// The patch's elements must come in the order that is set (`validatePatchWithSetOrderList`).
fn validate(patch: &[Value], order: &[Value], merge_key: &str) -> Result<()> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    if !merge_key.is_empty() && patch.iter().any(|item| !item.is_object()) {
        return Err(bad_type("map"));
    }
    let mut left = patch.iter().filter(|item| merge_key.is_empty() || !is_deletion(item)).peekable();
    let mut set = order.iter();
    while let Some(item) = left.peek() {
        if item.get(DIRECTIVE).is_some() {
            left.next();
            continue;
        }
        let Some(next) = set.next() else {
            return Err(Error::upstream("The order in patch list doesn't match $setElementOrder list"));
        };
        if key_equal(item, next, merge_key)? {
            left.next();
        }
    }
    Ok(())
}

fn partition(merged: Vec<Value>, by: &[Value], merge_key: &str) -> Result<(Vec<Value>, Vec<Value>)> {
    if !merge_key.is_empty() {
        for item in &merged {
            let members = item.as_object().ok_or_else(|| bad_type("map"))?;
            if !members.contains_key(merge_key) {
                return Err(no_merge_key(merge_key));
            }
        }
        if !merged.is_empty() && by.iter().any(|item| !item.is_object()) {
            return Err(bad_type("map"));
        }
    }
    for item in &merged {
        comparable_in(by, item, merge_key)?;
    }
    let places = Places::of(by, merge_key);
    Ok(merged.into_iter().partition(|item| places.get(item, merge_key).is_some()))
}

/// Takes out what carries a `$patch` directive; none when the value itself does.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(members) => {
            if members.contains_key(DIRECTIVE) {
                return None;
            }
            Some(Value::Object(
                members.into_iter().filter_map(|(key, value)| without_directives(value).map(|value| (key, value))).collect(),
            ))
        }
        Value::Array(items) => Some(Value::Array(items.into_iter().filter_map(without_directives).collect())),
        other => Some(other),
    }
}

fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(discard_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(discard_nulls),
        _ => {}
    }
}

fn set(original: &mut Members, key: String, mut value: Value, options: Options) {
    if options.ignore_unmatched_nulls {
        discard_nulls(&mut value);
    }
    match without_directives(value) {
        Some(value) => {
            original.insert(key, value);
        }
        None => {
            original.shift_remove(&key);
        }
    }
}

fn member(original: &mut Members, key: String, value: Value, ty: Type, options: Options) -> Result<()> {
    let deletes = key.starts_with("$deleteFromPrimitiveList");
    if deletes && !options.merge_parallel_list {
        original.insert(key, value);
        return Ok(());
    }
    let key = if deletes {
        key.strip_prefix(DELETE_FROM_LIST).ok_or_else(|| Error::upstream("invalid patch format of primitive list"))?.to_owned()
    } else {
        key
    };
    if value.is_null() {
        original.shift_remove(&key);
        if options.ignore_unmatched_nulls {
            return Ok(());
        }
    }
    let Some(there) = original.get_mut(&key) else {
        if !deletes {
            set(original, key, value, options);
        }
        return Ok(());
    };
    if kind(there) != kind(&value) {
        if !deletes {
            set(original, key, value, options);
        }
        return Ok(());
    }
    match (there, value) {
        (Value::Object(there), Value::Object(value)) => {
            let (sub, strategy) = lookup_map(ty, &key)?;
            if strategy.replace {
                *there = value;
                return Ok(());
            }
            merge_map(there, value, sub, options)
        }
        (Value::Array(there), Value::Array(value)) => {
            let (element, strategy) = lookup_list(ty, &key)?;
            *there = merge_list(std::mem::take(there), value, element, strategy, deletes, options)?;
            Ok(())
        }
        (there, value) => {
            *there = value;
            Ok(())
        }
    }
}

/// `mergeSliceHandler` and `mergeSlice`.
fn merge_list(
    original: Vec<Value>,
    patch: Vec<Value>,
    element: Type,
    strategy: Strategy,
    deletes: bool,
    options: Options,
) -> Result<Vec<Value>> {
    if !strategy.merge && !deletes {
        return Ok(patch);
    }
    if original.is_empty() && patch.is_empty() {
        return Ok(original);
    }
    let merge_key = strategy.merge_key.unwrap_or("");
    if element_kind(&[&original, &patch])? != Kind::Map {
        if options.merge_parallel_list && deletes {
            return Ok(original.into_iter().filter(|item| !patch.contains(item)).collect());
        }
        let mut both: Vec<Value> = original.iter().chain(&patch).cloned().collect();
        let shared = both.len() <= appended_capacity(original.len());
        let tail = if shared { both.clone() } else { Vec::new() };
        deduplicate(&mut both);
        // Where upstream's list has room for the patch, the original is a window on the same array and sees what became of it.
        let seen: Vec<Value> = both.iter().chain(tail.iter().skip(both.len())).take(original.len()).cloned().collect();
        let (items, server_only) = partition(both, &patch, merge_key)?;
        return interleave(items, server_only, &patch, if shared { &seen } else { &original }, merge_key);
    }
    if merge_key.is_empty() {
        return Err(Error::upstream("cannot merge lists without merge key"));
    }
    let (original, patch) = special_elements(original, patch, merge_key)?;
    let mut merged = original.clone();
    plain_elements(&mut merged, &patch, merge_key, element, options)?;
    // upstream merges into the elements of the original list, so that is what the orders below see
    let (items, server_only) = partition(merged, &patch, merge_key)?;
    interleave(items, server_only, &patch, &original, merge_key)
}

/// `$patch: delete` and `$patch: replace` elements.
fn special_elements(mut original: Vec<Value>, patch: Vec<Value>, merge_key: &str) -> Result<(Vec<Value>, Vec<Value>)> {
    let mut plain = Vec::with_capacity(patch.len());
    let mut replace = false;
    for item in patch {
        let Some(directive) = item.get(DIRECTIVE) else {
            plain.push(item);
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let gone = item.get(merge_key).ok_or_else(|| no_merge_key(merge_key))?;
                if original.iter().any(|item| !item.is_object()) {
                    return Err(bad_type("map"));
                }
                original.retain(|item| item.get(merge_key) != Some(gone));
            }
            Some("replace") => replace = true,
            Some("merge") => return Err(Error::upstream("merging lists cannot yet be specified in the patch")),
            _ => return Err(Error::upstream(format!("unknown patch type: {directive} in map"))),
        }
    }
    Ok(if replace { (plain, Vec::new()) } else { (original, plain) })
}

fn plain_elements(original: &mut Vec<Value>, patch: &[Value], merge_key: &str, element: Type, options: Options) -> Result<()> {
    if original.iter().any(|item| !item.is_object()) && !patch.is_empty() {
        return Err(bad_type("map"));
    }
    let mut places = Places::of(original, merge_key);
    for item in patch {
        let Value::Object(members) = item else { return Err(bad_type("map")) };
        if !members.contains_key(merge_key) {
            return Err(no_merge_key(merge_key));
        }
        let found = places.get(item, merge_key).filter(|at| original.get(*at).is_some_and(|there| there.get(merge_key).is_some()));
        match found.and_then(|at| original.get_mut(at)) {
            Some(Value::Object(there)) => merge_map(there, members.clone(), element, options)?,
            _ => {
                places.add(item, merge_key, original.len());
                original.push(item.clone());
            }
        }
    }
    Ok(())
}
