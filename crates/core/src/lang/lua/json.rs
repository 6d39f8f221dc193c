//! JSON to Lua and back, as Argo CD decodes objects and gopher-json encodes results.

use super::value::{Heap, Table, Value};
use crate::{Map, Value as Json};

/// Nesting of an encoded result.
const DEPTH: usize = 200;

/// An object as a script sees it: nulls vanish from maps and lists.
pub(super) fn decode(heap: &mut Heap, json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(0.0)),
        Json::String(text) => Value::text(text),
        Json::Array(items) => {
            let mut table = Table::with_capacity(items.len(), 0);
            for item in items.iter().filter(|item| !item.is_null()) {
                let item = decode(heap, item);
                table.push(item);
            }
            heap.adopt(table)
        }
        Json::Object(members) => {
            let mut table = Table::with_capacity(0, members.len());
            // Upstream's order is a Go map's; ours is the sorted one.
            let mut sorted: Vec<(&String, &Json)> = members.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            for (key, member) in sorted {
                let member = decode(heap, member);
                table.set_text(key, member);
            }
            heap.adopt(table)
        }
    }
}

/// A result as JSON, or gopher-json's complaint.
pub(super) fn encode(heap: &Heap, value: &Value) -> Result<Json, String> {
    let mut visited = vec![false; heap.tables.len()];
    encode_value(heap, value, &mut visited, 0)
}

fn encode_value(heap: &Heap, value: &Value, visited: &mut [bool], depth: usize) -> Result<Json, String> {
    let wrong = |problem: &str| format!("json: error calling MarshalJSON for type *json.jsonValue: {problem}");
    match value {
        Value::Nil => Ok(Json::Null),
        Value::Bool(value) => Ok(Json::Bool(*value)),
        Value::Number(number) => match serde_json::Number::from_f64(*number) {
            Some(_) if super::number::is_integer(*number) => Ok(Json::from(*number as i64)),
            Some(number) => Ok(Json::Number(number)),
            None => Err(wrong(&format!("json: unsupported value: {}", super::number::format(*number)))),
        },
        Value::Text(text) => Ok(Json::String(String::from_utf8_lossy(text).into_owned())),
        Value::Table(at) => {
            let seen = visited.get_mut(*at).map(|seen| std::mem::replace(seen, true)).unwrap_or(true);
            if seen || depth > DEPTH {
                return Err(wrong("cannot encode recursively nested tables to JSON"));
            }
            table(heap, *at, visited, depth).map_err(|problem| wrong(&problem))
        }
        other => Err(wrong(&format!("cannot encode {} to JSON", other.kind()))),
    }
}

fn table(heap: &Heap, at: usize, visited: &mut [bool], depth: usize) -> Result<Json, String> {
    const MIXED: &str = "cannot encode mixed or invalid key types";
    let Some(table) = heap.tables.get(at) else { return Ok(Json::Null) };
    let mut key = Value::Nil;
    let mut list = Vec::new();
    let mut members = Map::new();
    while let Some((next, value)) = table.next(&key) {
        match &next {
            Value::Number(number) if members.is_empty() => {
                if *number != (list.len() + 1) as f64 {
                    return Err("cannot encode sparse array".into());
                }
                list.push(encode_value(heap, &value, visited, depth + 1)?);
            }
            Value::Text(text) if list.is_empty() => {
                members.insert(String::from_utf8_lossy(text).into_owned(), encode_value(heap, &value, visited, depth + 1)?);
            }
            _ => return Err(MIXED.into()),
        }
        key = next;
    }
    Ok(if members.is_empty() { Json::Array(list) } else { Json::Object(members) })
}
