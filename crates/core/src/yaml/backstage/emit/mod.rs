//! Writes YAML as npm `yaml`'s `stringify` does with its default options.

mod fold;
mod scalar;

use serde_json::{Map, Value};

use crate::lang::javascript::special::unmarked;
use scalar::Place;

/// The document of a value, in block style, lines folded at 80 columns.
pub(crate) fn emit(value: &Value) -> String {
    let mut out = Vec::new();
    let place = Place { indent: 0, key: false, indent_at_start: None };
    node(value, place, 0, &mut out);
    out.push(u16::from(b'\n'));
    String::from_utf16_lossy(&out)
}

/// Deeper values are written as null; JSON that was parsed never is that deep.
const MAX_DEPTH: usize = 512;
/// Longer keys are written with `?`.
const MAX_IMPLICIT_KEY: usize = 1024;

fn push(out: &mut Vec<u16>, text: &str) {
    out.extend(text.encode_utf16());
}

fn line_break(out: &mut Vec<u16>, indent: usize) {
    out.push(u16::from(b'\n'));
    out.extend(std::iter::repeat_n(u16::from(b' '), indent));
}

fn node(value: &Value, place: Place, depth: usize, out: &mut Vec<u16>) {
    if let Some(number) = unmarked(value) {
        push(out, special(number));
        return;
    }
    match value {
        Value::Array(_) | Value::Object(_) if depth >= MAX_DEPTH => push(out, "null"),
        Value::Null => push(out, "null"),
        Value::Bool(b) => push(out, if *b { "true" } else { "false" }),
        Value::Number(number) => push(out, &number_text(number)),
        Value::String(text) => out.extend(scalar::string(text, place)),
        Value::Array(items) if items.is_empty() => push(out, "[]"),
        Value::Object(members) if members.is_empty() => push(out, "{}"),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    line_break(out, place.indent);
                }
                push(out, "- ");
                node(item, Place { indent: place.indent + 2, key: false, indent_at_start: None }, depth + 1, out);
            }
        }
        Value::Object(members) => map(members, place.indent, depth, out),
    }
}

fn map(members: &Map<String, Value>, indent: usize, depth: usize, out: &mut Vec<u16>) {
    for (at, (name, value)) in members.iter().enumerate() {
        if at > 0 {
            line_break(out, indent);
        }
        let inner = indent + 2;
        let key = scalar::string(name, Place { indent: inner, key: true, indent_at_start: None });
        let explicit = key.len() > MAX_IMPLICIT_KEY;
        let indent_at_start = (!explicit).then_some(key.len() + 2);
        if explicit {
            push(out, "? ");
            out.extend(key);
            line_break(out, indent);
        } else {
            out.extend(key);
        }
        out.push(u16::from(b':'));
        let filled = match value {
            marked if unmarked(marked).is_some() => false,
            Value::Array(items) => !items.is_empty(),
            Value::Object(members) => !members.is_empty(),
            _ => false,
        };
        if filled && !explicit {
            line_break(out, inner);
        } else {
            out.push(u16::from(b' '));
        }
        node(value, Place { indent: inner, key: false, indent_at_start }, depth + 1, out);
    }
}

/// The names of numbers that JSON does not have.
fn special(number: f64) -> &'static str {
    match number {
        n if n.is_nan() => ".nan",
        f64::INFINITY => ".inf",
        f64::NEG_INFINITY => "-.inf",
        _ => "-0",
    }
}

fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if float == 0.0 && float.is_sign_negative() => "-0".to_owned(),
        Some(float) => crate::lang::javascript::number_to_string(float),
        None => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn writes_blocks() {
        let value = json!({ "a": { "b": ["x", { "c": 1, "d": [] }, ["y"]] }, "e": "yes: no", "f": "l1\nl2\n", "g": "true", "h": "" });
        let text = "a:\n  b:\n    - x\n    - c: 1\n      d: []\n    - - y\ne: \"yes: no\"\nf: |\n  l1\n  l2\ng: \"true\"\nh: \"\"\n";
        assert_eq!(super::emit(&value), text);
    }
}
