//! The short notation of schemas in `actions.json`.
//!
//! `"string"`, `"string|number"` and `"any"` name types, `"'a'|'b'"` the values of a string.
//! `[item]` is a list. An object lists its properties, `name!` is required and no others are
//! allowed; `{"*": value}` allows any name. `{"=": schema}` is JSON Schema as it stands.

use serde_json::{Map, Value, json};

/// The JSON Schema that a note stands for.
pub(super) fn expand(note: &Value) -> Value {
    match note {
        Value::String(name) => named(name),
        Value::Array(items) => match items.first() {
            Some(item) => json!({ "type": "array", "items": expand(item) }),
            None => json!({ "type": "array" }),
        },
        Value::Object(members) => {
            if let Some(schema) = members.get("=") {
                return schema.clone();
            }
            if let Some(any) = members.get("*") {
                return json!({ "type": "object", "additionalProperties": expand(any) });
            }
            object(members)
        }
        other => other.clone(),
    }
}

fn named(name: &str) -> Value {
    if name == "any" {
        return json!({});
    }
    let parts: Vec<&str> = name.split('|').collect();
    if name.starts_with('\'') {
        let values: Vec<&str> = parts.iter().map(|part| part.trim_matches('\'')).collect();
        return json!({ "type": "string", "enum": values });
    }
    match parts.as_slice() {
        [one] => json!({ "type": one }),
        many => json!({ "type": many }),
    }
}

fn object(members: &Map<String, Value>) -> Value {
    let mut properties = Map::with_capacity(members.len());
    let mut required = Vec::new();
    for (name, note) in members {
        let bare = name.strip_suffix('!').unwrap_or(name);
        if bare.len() < name.len() {
            required.push(bare);
        }
        properties.insert(bare.to_owned(), expand(note));
    }
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    schema.insert("additionalProperties".to_owned(), Value::Bool(false));
    Value::Object(schema)
}
