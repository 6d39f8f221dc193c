//! `fields=`: the part of an entity that is wanted (upstream `parseEntityTransformParams`).

use serde_json::{Map, Value};

use crate::lang::javascript::{integer_key, trim, utf16_len};
use crate::{Error, Result};

/// The wanted fields: trimmed, without repetition, in order. `None` when all are wanted.
pub(super) fn parse<S: AsRef<str>>(parameters: &[S], split: bool) -> Result<Option<Vec<String>>> {
    let mut fields: Vec<String> = Vec::new();
    for parameter in parameters {
        let parameter = parameter.as_ref();
        let parts: Vec<&str> = if split { parameter.split(',').collect() } else { vec![parameter] };
        for field in parts.into_iter().map(trim).filter(|field| !field.is_empty()) {
            if !fields.iter().any(|known| known == field) {
                fields.push(field.to_owned());
            }
        }
    }
    if let Some(field) = fields.iter().find(|field| field.contains('[')) {
        return Err(Error::upstream(format!("Invalid field \"{field}\", array type fields are not supported")));
    }
    Ok(Some(fields).filter(|fields| !fields.is_empty()))
}

/// An entity cut down to some fields.
pub fn project(entity: &Value, fields: &[String]) -> Value {
    let mut output = Value::Object(Map::new());
    for field in fields {
        if let Some((path, value)) = find(entity, field) {
            place(&mut output, &path, value);
        }
    }
    output
}

/// Walks a dotted path; parts are joined until they name a key.
fn find(entity: &Value, field: &str) -> Option<(Vec<String>, Value)> {
    let mut path = Vec::new();
    let mut current = entity.clone();
    let mut pending = String::new();
    let parts: Vec<&str> = field.split('.').collect();
    for (at, part) in parts.iter().enumerate() {
        if pending.is_empty() {
            pending.push_str(part);
        } else {
            pending = format!("{pending}.{part}");
        }
        match member(&current, &pending) {
            Some(next) => {
                path.push(std::mem::take(&mut pending));
                current = next;
            }
            None if at + 1 < parts.len() => {}
            None => return None,
        }
    }
    Some((path, current))
}

/// A property as JavaScript has it: also the indices and lengths of lists and texts.
fn member(value: &Value, key: &str) -> Option<Value> {
    match value {
        Value::Object(members) => members.get(key).cloned(),
        Value::Array(items) if key == "length" => Some(items.len().into()),
        Value::Array(items) => items.get(integer_key(key)? as usize).cloned(),
        Value::String(text) if key == "length" => Some(utf16_len(text).into()),
        Value::String(text) => text.chars().nth(integer_key(key)? as usize).map(|c| Value::String(c.to_string())),
        _ => None,
    }
}

/// lodash `set`: lists are made where the next part is an index.
fn place(target: &mut Value, path: &[String], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        *target = value;
        return;
    };
    let fresh = || match rest.first() {
        Some(next) if integer_key(next).is_some() => Value::Array(Vec::new()),
        _ => Value::Object(Map::new()),
    };
    let slot = match target {
        Value::Array(items) => {
            let Some(at) = integer_key(key).map(|at| at as usize).filter(|at| *at < 100_000) else { return };
            if items.len() <= at {
                items.resize(at + 1, Value::Null);
            }
            match items.get_mut(at) {
                Some(slot) => slot,
                None => return,
            }
        }
        Value::Object(members) => members.entry(key.clone()).or_insert(Value::Null),
        _ => return,
    };
    if !rest.is_empty() && !slot.is_object() && !slot.is_array() {
        *slot = fresh();
    }
    place(slot, rest, value);
}
