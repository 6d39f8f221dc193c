//! JSON text as Go's encoding/json writes it.

use std::fmt::Write;

use crate::Value;

/// The text `json.Marshal` gives for a value that is already in field order: no
/// spaces, `<`, `>`, `&` and the two line separators escaped.
pub fn go_json(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, &mut out);
    out
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => {
                let _ = write!(out, "{integer}");
            }
            None if number.is_u64() => {
                let _ = write!(out, "{number}");
            }
            None => out.push_str(&go_float(number.as_f64().unwrap_or(0.0))),
        },
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (key, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write_value(member, out);
            }
            out.push('}');
        }
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// A float64 as encoding/json writes it: shortest digits, exponent outside 1e-6..1e21.
pub(crate) fn go_float(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
            _ => text,
        };
    }
    format!("{value}")
}

/// A float as Go's `%v` and the format `g` show it, from its shortest scientific form:
/// exponents from 1e6 on and below 1e-4.
pub(crate) fn general(scientific: &str) -> String {
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let zero = digits.trim_start_matches('-') == "0";
    if !zero && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    scientific.parse::<f64>().map_or_else(|_| scientific.to_string(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_like_go() {
        assert_eq!(
            go_json(&serde_json::json!({"a<b>&": ["é\u{2028}\u{7}", 1.0, 1e21, 1e-7, -5]})),
            "{\"a\\u003cb\\u003e\\u0026\":[\"é\\u2028\\u0007\",1,1e+21,1e-07,-5]}".replace("1e-07", "1e-7")
        );
    }
}
