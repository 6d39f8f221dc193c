//! The data of a template, with the Go types that the generators really hand over.

use crate::{
    Error, Result,
    lang::gofmt::{Elem, List, Map, Text, Value},
};

/// A template's data: a map that `set` can change.
#[derive(Debug, Clone)]
pub struct Data(Value);

impl Data {
    /// Data of Go values.
    pub fn new(map: Map) -> Self {
        Self(Value::Map(map))
    }

    /// Decoded JSON: numbers are `float64`, objects `map[string]interface {}`.
    pub fn from_json(value: &crate::Value) -> Self {
        Self(Value::from_json(value))
    }

    /// Decoded JSON with the Go types of some of its members, by JSON pointer:
    /// `map[string]string`, `[]string`, `[]map[string]any`, `int`, `int64`.
    ///
    /// # Errors
    /// For a type that is not among them, or a value that is none of the type.
    pub fn typed<'t>(value: &crate::Value, types: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Self> {
        let types: Vec<(&str, &str)> = types.into_iter().collect();
        retype(value, &mut String::new(), &types).map(Self)
    }

    pub(super) fn value(&self) -> &Value {
        &self.0
    }

    /// A copy that shares nothing.
    #[must_use]
    pub fn deep_copy(&self) -> Self {
        Self(deep_copy(&self.0, 0))
    }

    /// The map itself.
    pub fn map(&self) -> Option<&Map> {
        match &self.0 {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }
}

/// A copy that shares nothing; beyond our depth it shares.
pub(super) fn deep_copy(value: &Value, depth: usize) -> Value {
    if depth > crate::lang::gofmt::MAX_DEPTH {
        return value.clone();
    }
    match value {
        Value::List(list) if !list.is_nil() => {
            Value::List(List::new(list.elem, list.to_vec().iter().map(|item| deep_copy(item, depth + 1)).collect()))
        }
        Value::Map(map) if !map.is_nil() => {
            let entries = map.to_vec().into_iter().map(|(key, item)| (key, deep_copy(&item, depth + 1)));
            let mut copy = Map::any(entries);
            copy.strings = map.strings;
            Value::Map(copy)
        }
        other => other.clone(),
    }
}

fn retype(value: &crate::Value, pointer: &mut String, types: &[(&str, &str)]) -> Result<Value> {
    let wanted = types.iter().find(|(at, _)| *at == pointer.as_str()).map(|(_, ty)| *ty);
    let wrong = |ty: &str| Error::invalid(format!("the value at {pointer:?} is no {ty}"));
    match (wanted, value) {
        (None, crate::Value::Object(members)) | (Some("map[string]any"), crate::Value::Object(members)) => {
            let mut entries = Vec::with_capacity(members.len());
            for (key, member) in members {
                let before = pointer.len();
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                entries.push((Text::from(key.as_str()), retype(member, pointer, types)?));
                pointer.truncate(before);
            }
            Ok(Value::Map(Map::any(entries)))
        }
        (None | Some("[]any"), crate::Value::Array(items)) => {
            let mut list = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                let before = pointer.len();
                pointer.push_str(&format!("/{index}"));
                list.push(retype(item, pointer, types)?);
                pointer.truncate(before);
            }
            Ok(Value::List(List::appended(list)))
        }
        (None, other) => Ok(Value::from_json(other)),
        (Some(ty @ "map[string]string"), crate::Value::Object(members)) => {
            let entries =
                members.iter().map(|(key, member)| Ok((Text::from(key.as_str()), Text::from(member.as_str().ok_or_else(|| wrong(ty))?))));
            Ok(Value::Map(Map::strings(entries.collect::<Result<Vec<_>>>()?)))
        }
        (Some(ty @ "[]string"), crate::Value::Array(items)) => {
            let texts = items.iter().map(|item| item.as_str().ok_or_else(|| wrong(ty)));
            Ok(Value::List(List::strings(texts.collect::<Result<Vec<_>>>()?)))
        }
        (Some("[]map[string]any"), crate::Value::Array(items)) => {
            let mut list = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                let before = pointer.len();
                pointer.push_str(&format!("/{index}"));
                list.push(retype(item, pointer, types)?);
                pointer.truncate(before);
            }
            Ok(Value::List(List::new(Elem::AnyMap, list)))
        }
        (Some(ty @ ("int" | "int64")), other) => {
            let number = other.as_f64().ok_or_else(|| wrong(ty))? as i64;
            Ok(if ty == "int" { Value::Int(number) } else { Value::Int64(number) })
        }
        (Some(ty), _) => Err(wrong(ty)),
    }
}
