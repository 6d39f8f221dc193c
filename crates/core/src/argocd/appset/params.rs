//! Parameter sets: maps of Go values, as the generators hand them over.

use crate::lang::gofmt::{List, Map, Text, Value};

/// One parameter set. Cloning shares it, so that `set` in a template reaches what upstream's reaches.
pub(super) type Params = Map;

/// A parameter set from strings.
pub(super) fn strings<'s>(entries: impl IntoIterator<Item = (&'s str, String)>) -> Params {
    Map::any(entries.into_iter().map(|(key, value)| (Text::from(key), Value::text(value))))
}

/// What `fmt.Sprintf("%v", value)` gives.
pub(super) fn shown(value: &Value) -> String {
    value.to_text()
}

/// `flatten.Flatten(…, DotStyle)` of a map: only `map[string]interface {}` and `[]interface {}` are opened.
pub(super) fn flatten(map: &Map) -> Vec<(String, Value)> {
    let mut flat = Vec::new();
    for (key, value) in map.to_vec() {
        open(&mut flat, key.to_lossy().into_owned(), &value, 0);
    }
    flat
}

fn open(flat: &mut Vec<(String, Value)>, key: String, value: &Value, depth: usize) {
    if depth > crate::lang::gofmt::MAX_DEPTH {
        return;
    }
    match value {
        Value::Map(map) if !map.strings => {
            for (name, item) in map.to_vec() {
                open(flat, format!("{key}.{}", name.to_lossy()), &item, depth + 1);
            }
        }
        Value::List(list) if list.elem == crate::lang::gofmt::Elem::Any => {
            for (index, item) in list.to_vec().iter().enumerate() {
                open(flat, format!("{key}.{index}"), item, depth + 1);
            }
        }
        other => flat.push((key, other.clone())),
    }
}

/// `flattenParameters`: the labels that a post-selector sees.
pub(super) fn labels(params: &Params) -> std::collections::HashMap<String, String> {
    flatten(&normalized(params, 0)).into_iter().map(|(key, value)| (key, shown(&value))).collect()
}

/// `normalizeMapForFlatten`: maps of strings are opened too.
fn normalized(map: &Map, depth: usize) -> Map {
    if depth > crate::lang::gofmt::MAX_DEPTH {
        return map.clone();
    }
    Map::any(map.to_vec().into_iter().map(|(key, value)| {
        let value = match value {
            Value::Map(inner) if inner.strings => Value::Map(Map::any(inner.to_vec())),
            Value::Map(inner) => Value::Map(normalized(&inner, depth + 1)),
            other => other,
        };
        (key, value)
    }))
}

/// `CombineStringMaps`: both sides as text; a key with two values is an error.
pub(super) fn combine(a: &Params, b: &Params) -> Result<Params, String> {
    let combined = Map::any(a.to_vec().into_iter().map(|(key, value)| (key, Value::Str(as_text(&value)))));
    for (key, value) in b.to_vec() {
        let value = as_text(&value);
        if let Some(Value::Str(current)) = combined.get(key.as_bytes())
            && current != value
        {
            let (name, a, b) = (key.to_lossy(), current.to_lossy(), value.to_lossy());
            return Err(format!("found duplicate key {name} with different value, a: {a} ,b: {b}"));
        }
        combined.set(key, Value::Str(value));
    }
    Ok(combined)
}

/// [`shown`] as a parameter has it: a text is shared, not written again.
fn as_text(value: &Value) -> Text {
    match value {
        Value::Str(text) if std::str::from_utf8(text.as_bytes()).is_ok() => text.clone(),
        other => shown(other).into(),
    }
}

/// `[]string`, nil where there is none.
pub(super) fn string_list(items: Option<&[String]>) -> Value {
    Value::List(match items {
        Some(items) => List::strings(items.iter().map(String::as_str)),
        None => List::nil(crate::lang::gofmt::Elem::Str),
    })
}
