//! `JSON.stringify` and `JSON.parse(JSON.stringify(x))`.

use serde_json::{Map, Number, Value};

use super::{integer_key, number_to_string};

/// The value as it is after a round trip through JavaScript's numbers and object keys:
/// integers beyond 2^53 lose precision, whole floats become integers, integer-like keys come first.
pub fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(canonical_number(number)),
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        Value::Object(members) => {
            let mut out = Map::with_capacity(members.len());
            let mut indices: Vec<(u32, &String)> = members.keys().filter_map(|key| Some((integer_key(key)?, key))).collect();
            if indices.is_empty() {
                out.extend(members.iter().map(|(key, member)| (key.clone(), canonical(member))));
                return Value::Object(out);
            }
            indices.sort_by_key(|(index, _)| *index);
            for key in indices.iter().map(|(_, key)| *key).chain(members.keys().filter(|key| integer_key(key).is_none())) {
                if let Some(member) = members.get(key) {
                    out.insert(key.clone(), canonical(member));
                }
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

/// Whether [`canonical`] would change nothing.
pub fn is_canonical(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().is_some_and(|n| n.unsigned_abs() <= SAFE),
        Value::Array(items) => items.iter().all(is_canonical),
        Value::Object(members) => members.iter().all(|(key, member)| integer_key(key).is_none() && is_canonical(member)),
        _ => true,
    }
}

const SAFE: u64 = 1 << 53;

fn canonical_number(number: &Number) -> Number {
    if number.as_i64().is_some_and(|n| n.unsigned_abs() <= SAFE) {
        return number.clone();
    }
    let float = number.as_f64().unwrap_or(0.0);
    if float.fract() == 0.0 && float.abs() < 1.8e19 {
        // JavaScript prints the shortest digits that come back, padded with zeros.
        let text = number_to_string(float);
        if let Ok(n) = text.parse::<i64>() {
            return n.into();
        }
        if let Ok(n) = text.parse::<u64>() {
            return n.into();
        }
    }
    Number::from_f64(float).unwrap_or_else(|| number.clone())
}

/// `JSON.stringify(value)`.
pub fn stringify(value: &Value) -> String {
    let mut out = String::new();
    write(value, "", 0, &mut out);
    out
}

/// `JSON.stringify(value, null, indent)`.
pub fn stringify_spaced(value: &Value, indent: &str) -> String {
    let mut out = String::new();
    write(value, indent, 0, &mut out);
    out
}

fn write(value: &Value, indent: &str, depth: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => out.push_str(&number_to_string(n.as_f64().unwrap_or(0.0))),
        Value::String(s) => quote(s, out),
        Value::Array(items) => {
            list(out, ['[', ']'], items.iter(), indent, depth, |item, out| write(item, indent, depth + 1, out));
        }
        Value::Object(members) => {
            list(out, ['{', '}'], members.iter(), indent, depth, |(key, member), out| {
                quote(key, out);
                out.push_str(if indent.is_empty() { ":" } else { ": " });
                write(member, indent, depth + 1, out);
            });
        }
    }
}

fn list<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl ExactSizeIterator<Item = T>,
    indent: &str,
    depth: usize,
    mut each: impl FnMut(T, &mut String),
) {
    out.push(open);
    let any = items.len() > 0;
    let newline = |out: &mut String, depth: usize| {
        if !indent.is_empty() {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str(indent));
        }
    };
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        newline(out, depth + 1);
        each(item, out);
    }
    if any {
        newline(out, depth);
    }
    out.push(close);
}

/// A string literal as `JSON.stringify` writes it.
pub(crate) fn quote(text: &str, out: &mut String) {
    quote_with(text, out, |byte| byte < b' ');
}

/// A string literal of JSON; `control` tells the ASCII characters that are written as numbers if they have no letter of their own.
pub(in crate::lang) fn quote_with(text: &str, out: &mut String, control: impl Fn(u8) -> bool) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'"' | b'\\') || control(*byte)) {
        out.push_str(text.get(from..at).unwrap_or_default());
        from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            other => out.push_str(&format!("\\u{other:04x}")),
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out.push('"');
}

/// `fast-json-stable-stringify`: keys sorted by UTF-16 units.
pub fn stable_stringify(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
            Value::Object(members) => {
                let mut keys: Vec<&String> = members.keys().collect();
                keys.sort_by(|a, b| super::compare_utf16(a, b));
                Value::Object(keys.into_iter().filter_map(|key| Some((key.clone(), sorted(members.get(key)?)))).collect())
            }
            other => other.clone(),
        }
    }
    stringify(&sorted(value))
}
