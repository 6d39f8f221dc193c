//! The JSON text that upstream makes first, and when it can be left out.

use serde_json::Value;

/// Whether the value comes through JSON and YAML unchanged.
pub(super) fn survives(value: &Value) -> bool {
    match value {
        Value::String(text) => string_survives(text),
        Value::Array(items) => items.iter().all(survives),
        Value::Object(map) => map.iter().all(|(key, value)| key.len() < 900 && string_survives(key) && survives(value)),
        _ => true,
    }
}

fn string_survives(text: &str) -> bool {
    // 0xc2: U+0080 to U+00BF; 0xef: U+F000 to U+FFFF.
    !text.bytes().any(|byte| matches!(byte, 0x7f | 0xc2 | 0xef))
}

/// The value as Go's `json.Marshal` writes it.
pub(super) fn write(value: &Value) -> String {
    let mut out = String::new();
    value_into(value, &mut out);
    out
}

fn value_into(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&super::number_text(number)),
        Value::String(text) => string_into(text, out),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                value_into(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (at, (key, value)) in pairs.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                string_into(key, out);
                out.push(':');
                value_into(value, out);
            }
            out.push('}');
        }
    }
}

fn string_into(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", character as u32)),
            _ => out.push(character),
        }
    }
    out.push('"');
}
