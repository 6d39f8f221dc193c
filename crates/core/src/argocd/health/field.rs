//! Reading fields as the typed Go structs would hold them: absent and null are the zero value.

use crate::Value;

/// The value at a path of keys, unless absent or null.
pub(super) fn at<'v>(object: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(object, |value, key| member(value, key)).filter(|value| !value.is_null())
}

/// Looking at a few keys takes less time than hashing one.
const FEW: usize = 12;

/// A member of an object.
pub(super) fn member<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    let members = value.as_object()?;
    if members.len() > FEW {
        return members.get(key);
    }
    members.iter().find(|(name, _)| name.as_str() == key).map(|(_, value)| value)
}

/// A string field; the empty string when absent.
pub(super) fn text<'v>(object: &'v Value, path: &[&str]) -> Result<&'v str, String> {
    match at(object, path) {
        None => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(mismatch(other, "string")),
    }
}

/// An integer field, if set.
pub(super) fn optional(object: &Value, path: &[&str]) -> Result<Option<i64>, String> {
    match at(object, path) {
        None => Ok(None),
        Some(value) => match value.as_i64().or_else(|| value.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64)) {
            Some(number) => Ok(Some(number)),
            None => Err(mismatch(value, "int64")),
        },
    }
}

/// An integer field; zero when absent.
pub(super) fn number(object: &Value, path: &[&str]) -> Result<i64, String> {
    Ok(optional(object, path)?.unwrap_or(0))
}

/// A list field; empty when absent.
pub(super) fn list<'v>(object: &'v Value, path: &[&str]) -> Result<&'v [Value], String> {
    match at(object, path) {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(other) => Err(mismatch(other, "slice")),
    }
}

fn mismatch(found: &Value, wanted: &str) -> String {
    let kind = match found {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    };
    format!("cannot convert {kind} to {wanted}")
}
