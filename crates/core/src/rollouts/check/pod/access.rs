//! Reading members of a normalized document.

use crate::{Map, Value};

/// A member that is text; empty if absent.
pub(super) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or("")
}

/// A member that is text, or a default in place of absent or empty.
pub(super) fn text_or<'a>(value: &'a Value, member: &str, default: &'a str) -> &'a str {
    let given = text(value, member);
    if given.is_empty() { default } else { given }
}

/// A member that is a number; 0 if absent.
pub(super) fn number(value: &Value, member: &str) -> i64 {
    optional_number(value, member).unwrap_or(0)
}

/// A member that is a number, if there is one.
pub(super) fn optional_number(value: &Value, member: &str) -> Option<i64> {
    value.get(member).and_then(Value::as_i64)
}

/// A member that is a truth value, if there is one.
pub(super) fn flag(value: &Value, member: &str) -> Option<bool> {
    value.get(member).and_then(Value::as_bool)
}

/// The entries of a list.
pub(super) fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The members of an object.
pub(super) fn object<'a>(value: &'a Value, member: &str) -> Option<&'a Map<String, Value>> {
    value.get(member).and_then(Value::as_object)
}

/// Texts of a list.
pub(super) fn texts<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a str> {
    list(value, member).iter().map(|entry| entry.as_str().unwrap_or(""))
}

/// Keys and texts of a map.
pub(super) fn strings<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    object(value, member).into_iter().flatten().map(|(key, entry)| (key.as_str(), entry.as_str().unwrap_or("")))
}
