//! Reading and setting fields the way the default functions see them.

use super::Members;
use crate::{Map, Value};

/// A missing pointer.
pub(super) fn nil(members: &Members, key: &str) -> bool {
    members.get(key).is_none_or(Value::is_null)
}

/// A string field; missing is empty.
pub(super) fn text<'a>(members: &'a Members, key: &str) -> &'a str {
    members.get(key).and_then(Value::as_str).unwrap_or("")
}

/// An integer field; missing is zero.
pub(super) fn int(members: &Members, key: &str) -> i64 {
    members.get(key).and_then(Value::as_i64).unwrap_or(0)
}

/// Sets an empty string.
pub(super) fn default_text(members: &mut Members, key: &str, value: &str) {
    if text(members, key).is_empty() {
        members.insert(key.to_owned(), Value::from(value));
    }
}

/// Sets a missing pointer.
pub(super) fn default_nil(members: &mut Members, key: &str, value: impl Into<Value>) {
    if nil(members, key) {
        members.insert(key.to_owned(), value.into());
    }
}

/// Sets a zero integer.
pub(super) fn default_int(members: &mut Members, key: &str, value: i64) {
    if int(members, key) == 0 {
        members.insert(key.to_owned(), Value::from(value));
    }
}

/// Sets a missing pointer to an empty struct.
pub(super) fn default_empty(members: &mut Members, key: &str) {
    default_nil(members, key, Value::Object(Map::new()));
}

/// A nested object, if it is there.
pub(super) fn child<'a>(members: &'a mut Members, key: &str) -> Option<&'a mut Members> {
    members.get_mut(key).and_then(Value::as_object_mut)
}

/// Works on a nested object, made when missing.
pub(super) fn ensure(members: &mut Members, key: &str, work: impl FnOnce(&mut Members)) {
    let slot = members.entry(key.to_owned()).or_insert(Value::Null);
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    if let Value::Object(inner) = slot {
        work(inner);
    }
}

/// The elements of a nested list, as objects.
pub(super) fn each<'a>(members: &'a mut Members, key: &str) -> impl Iterator<Item = &'a mut Members> + use<'a> {
    members.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Whether a list or map is nil or empty.
pub(super) fn empty(members: &Members, key: &str) -> bool {
    match members.get(key) {
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(inner)) => inner.is_empty(),
        _ => true,
    }
}

/// A nested object for reading.
pub(super) fn look<'a>(members: &'a Members, path: &[&str]) -> Option<&'a Members> {
    let (first, rest) = path.split_first()?;
    let mut at = members.get(*first)?;
    for key in rest {
        at = at.get(*key)?;
    }
    at.as_object()
}
