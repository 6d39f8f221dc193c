//! What JavaScript does with JSON values: truth, text, numbers, order.
//!
//! Backstage decides in JavaScript, so its verdicts follow these rules.

mod json;
mod number;
mod power;
pub(crate) mod special;
mod text;

pub(crate) use json::quote;
pub(in crate::lang) use json::quote_with;
pub use json::{canonical, is_canonical, stable_stringify, stringify, stringify_spaced};
pub use number::{number_to_string, parse_float, parse_int, string_to_number};
pub(crate) use power::power;
pub(crate) use text::is_space;
pub use text::{compare_utf16, trim, trim_end, trim_start, utf16_len};

use serde_json::Value;

/// ECMAScript `ToBoolean` of a JSON value.
pub fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_f64().is_some_and(|n| n != 0.0),
        Value::String(s) => !s.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// ECMAScript `typeof` of a JSON value.
pub fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => "object",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
    }
}

/// ECMAScript `String(value)` of a JSON value.
pub fn to_text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => number_to_string(n.as_f64().unwrap_or(f64::NAN)),
        Value::String(s) => s.clone(),
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().map(|item| if item.is_null() { String::new() } else { to_text(item) }).collect();
            parts.join(",")
        }
        Value::Object(_) => "[object Object]".to_owned(),
    }
}

/// The position of a key among an object's own keys: integer-like keys come first, ascending.
pub fn integer_key(key: &str) -> Option<u32> {
    let bytes = key.as_bytes();
    let plain = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit) && (bytes.len() == 1 || bytes.first() != Some(&b'0'));
    if plain { key.parse().ok().filter(|n| *n < u32::MAX) } else { None }
}
