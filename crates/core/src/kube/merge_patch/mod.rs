//! JSON merge patches (RFC 7386) as `evanphx/json-patch` and apimachinery's `jsonmergepatch` make them.

use super::members::Walk;
use super::structs::go_number;
use crate::{Error, Map, Result, Value};

type Members = Map<String, Value>;

/// The patch that turns `original` into `modified` (`CreateMergePatch`). Numbers compare as floats.
pub fn diff(original: &Members, modified: &Members) -> Members {
    let mut patch = Members::new();
    let mut walk = Walk::new(original);
    for (key, after) in modified {
        match (walk.find(key), after) {
            (Some(Value::Object(before)), Value::Object(after)) => {
                let inner = diff(before, after);
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Object(inner));
                }
            }
            (Some(before), after) if same(before, after) => {}
            _ => {
                patch.insert(key.clone(), float(after));
            }
        }
    }
    for key in original.keys().filter(|key| !modified.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    patch
}

/// Equality of what `encoding/json` decodes: all numbers are floats.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other)),
        (Value::Object(one), Value::Object(other)) => {
            let mut walk = Walk::new(other);
            one.len() == other.len() && one.iter().all(|(key, value)| walk.find(key).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

/// A value whose numbers have been floats once.
fn float(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let exact = number.as_i64().is_some_and(|integer| integer.unsigned_abs() <= 1 << 53);
            if exact {
                return value.clone();
            }
            let float = number.as_f64().and_then(serde_json::Number::from_f64);
            float.map_or_else(|| value.clone(), |float| Value::Number(go_number(&float)))
        }
        Value::Array(items) => Value::Array(items.iter().map(float).collect()),
        Value::Object(members) => Value::Object(members.iter().map(|(key, value)| (key.clone(), float(value))).collect()),
        other => other.clone(),
    }
}

/// Applies a merge patch (`MergePatch`).
pub fn apply(document: &mut Members, patch: Members) {
    for (key, value) in patch {
        if value.is_null() {
            document.shift_remove(&key);
            continue;
        }
        match (document.get_mut(&key), value) {
            (Some(Value::Object(there)), Value::Object(value)) => apply(there, value),
            (Some(there), mut value) if !there.is_null() => {
                if value.is_object() || !there.is_object() {
                    prune(&mut value);
                }
                *there = value;
            }
            (_, mut value) => {
                prune(&mut value);
                document.insert(key, value);
            }
        }
    }
}

/// Drops null members; null elements of lists stay.
fn prune(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(prune);
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

/// The patch from `current` to `modified` that deletes only what `original` had
/// (`CreateThreeWayJSONMergePatch`). Nulls of `modified` never become part of it.
pub fn three_way(original: &Members, modified: &Members, current: &Members) -> Result<Members> {
    let changes = keep(diff(current, modified), false);
    let mut patch = keep(diff(original, modified), true);
    let conflict = changes.iter().any(|(key, value)| patch.get(key).is_some_and(|other| conflicts(value, other)));
    if conflict {
        return Err(Error::upstream("patch conflicts with changes made from original to current"));
    }
    apply(&mut patch, changes);
    Ok(patch)
}

/// [`three_way`] where `original` is `target`, and of `current` only what the target has counts
/// (`RemoveMapFields`): what is missing or different.
pub(crate) fn additions(target: &Members, current: &Members) -> Members {
    let raw = missing(target, current);
    let mut patch = Members::new();
    if !raw.is_empty() {
        apply(&mut patch, keep(raw, false));
    }
    patch
}

/// True when [`additions`] certainly gives nothing, the target's namespace and creation time left aside.
pub(crate) fn is_covered(target: &Members, current: &Members) -> bool {
    let mut walk = Walk::new(current);
    target.iter().all(|(key, wanted)| match (key.as_str(), walk.find(key), wanted) {
        ("metadata", Some(Value::Object(there)), Value::Object(wanted)) => {
            let mut walk = Walk::new(there);
            let mut named = wanted.iter().filter(|(key, _)| !matches!(key.as_str(), "namespace" | "creationTimestamp"));
            named.all(|(key, wanted)| walk.find(key).is_some_and(|there| holds(there, wanted)))
        }
        ("metadata", ..) => false,
        (_, there, wanted) => there.is_some_and(|there| holds(there, wanted)),
    })
}

fn missing(target: &Members, current: &Members) -> Members {
    let mut patch = Members::new();
    let mut walk = Walk::new(current);
    for (key, wanted) in target {
        match (walk.find(key), wanted) {
            (Some(Value::Object(there)), Value::Object(wanted)) => {
                let inner = missing(wanted, there);
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Object(inner));
                }
            }
            (Some(there), wanted) if holds(there, wanted) => {}
            _ => {
                patch.insert(key.clone(), float(wanted));
            }
        }
    }
    patch
}

/// Whether a value is as wanted, members of maps apart that are not wanted.
fn holds(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => {
            let mut walk = Walk::new(there);
            wanted.iter().all(|(key, wanted)| walk.find(key).is_some_and(|there| holds(there, wanted)))
        }
        (Value::Array(there), Value::Array(wanted)) => {
            there.len() == wanted.len() && there.iter().zip(wanted).all(|(there, wanted)| holds(there, wanted))
        }
        _ => same(there, wanted),
    }
}

/// Keeps only the nulls, or only the rest (`keepOrDeleteNullInObj`).
fn keep(patch: Members, nulls: bool) -> Members {
    let mut kept = Members::new();
    for (key, value) in patch {
        match value {
            Value::Null if nulls => {
                kept.insert(key, Value::Null);
            }
            Value::Null => {}
            Value::Object(members) if members.is_empty() => {
                if !nulls {
                    kept.insert(key, Value::Object(members));
                }
            }
            Value::Object(members) => {
                let inner = keep(members, nulls);
                if !inner.is_empty() {
                    kept.insert(key, Value::Object(inner));
                }
            }
            other => {
                if !nulls {
                    kept.insert(key, other);
                }
            }
        }
    }
    kept
}

/// `mergepatch.HasConflicts`.
fn conflicts(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.iter().any(|(key, value)| other.get(key).is_some_and(|other| conflicts(value, other)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() != other.len() || one.iter().zip(other).any(|(one, other)| conflicts(one, other))
        }
        _ => one != other,
    }
}

/// Applies a merge patch to any document (`MergePatch`): where one of the two
/// is no object, the patch without its nulls is the result.
///
/// # Errors
/// When the document or the patch is null, or the patch is neither object nor list.
pub fn apply_document(document: Value, patch: Value) -> Result<Value> {
    let bad = |what: &str| Error::upstream(format!("Invalid JSON {what}"));
    if document.is_null() {
        return Err(bad("Document"));
    }
    match (document, patch) {
        (Value::Object(mut document), Value::Object(patch)) => {
            apply(&mut document, patch);
            Ok(Value::Object(document))
        }
        (_, mut patch @ (Value::Object(_) | Value::Array(_))) => {
            prune(&mut patch);
            Ok(patch)
        }
        _ => Err(bad("Patch")),
    }
}

/// The merge patch between any two documents (`CreateMergePatch`): of two
/// objects, or of the elements of two lists of the same length.
///
/// # Errors
/// When the two are not of the same kind, or are no objects.
pub fn create(original: &Value, modified: &Value) -> Result<Value> {
    match (original, modified) {
        (Value::Array(original), Value::Array(modified)) if original.len() == modified.len() => {
            original.iter().zip(modified).map(|(original, modified)| create_object(original, modified)).collect()
        }
        (Value::Array(_), _) | (_, Value::Array(_)) => Err(Error::upstream("Mismatched JSON Documents")),
        _ => create_object(original, modified),
    }
}

fn create_object(original: &Value, modified: &Value) -> Result<Value> {
    let empty = Members::new();
    fn object<'v>(value: &'v Value, empty: &'v Members) -> Result<&'v Members> {
        match value {
            Value::Null => Ok(empty),
            Value::Object(members) => Ok(members),
            _ => Err(Error::upstream("Invalid JSON Document")),
        }
    }
    Ok(Value::Object(diff(object(original, &empty)?, object(modified, &empty)?)))
}
