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
