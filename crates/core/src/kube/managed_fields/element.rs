//! One step of a path: a field, a list item by key or value, or an index.

use crate::kube::structs::go_number;
use crate::{Error, Map, Result, Value};

/// A path element in the spelling of `fieldsV1`: `f:NAME`, `k:{…}`, `v:…`, `i:N`.
pub type Element = Box<str>;

/// A field of a map.
pub(super) fn field(name: &str) -> Element {
    ["f:", name].concat().into()
}

/// As [`field`], written into a text that is used again.
pub(super) fn field_in<'t>(text: &'t mut String, name: &str) -> &'t str {
    text.clear();
    text.push_str("f:");
    text.push_str(name);
    text
}

/// A list item by its keys, which are sorted.
pub(super) fn key(keys: &mut [(&str, &Value)]) -> Element {
    keys.sort_by(|one, other| one.0.cmp(other.0));
    let mut text = String::with_capacity(32);
    text.push_str("k:{");
    for (at, (name, value)) in keys.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        quote(&mut text, name);
        text.push(':');
        scalar(&mut text, value);
    }
    text.push('}');
    text.into()
}

/// An item of a set.
pub(super) fn value(value: &Value) -> Element {
    let mut text = String::with_capacity(24);
    text.push_str("v:");
    scalar(&mut text, value);
    text.into()
}

fn scalar(text: &mut String, value: &Value) {
    match value {
        Value::String(value) => quote(text, value),
        Value::Number(number) => text.push_str(&go_number(number).to_string()),
        other => text.push_str(&other.to_string()),
    }
}

/// A JSON string.
fn quote(text: &mut String, value: &str) {
    if value.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        text.push_str(&Value::from(value).to_string());
    }
}

/// An item by position.
pub(super) fn index(at: usize) -> Element {
    format!("i:{at}").into()
}

/// Reads an element out of `fieldsV1`; none for kinds of elements that are not known.
pub(super) fn read(text: &str) -> Result<Option<Element>> {
    let Some((prefix, rest)) = text.split_once(':').filter(|(prefix, _)| prefix.len() == 1) else {
        return Err(Error::upstream(format!("missing colon: {text}")));
    };
    let json = || serde_json::from_str::<Value>(rest).map_err(|error| Error::upstream(error.to_string()));
    Ok(match prefix {
        "f" => Some(text.into()),
        "k" => match json()? {
            Value::Object(members) => {
                let mut keys: Vec<(&str, &Value)> = members.iter().map(|(name, value)| (name.as_str(), value)).collect();
                Some(key(&mut keys))
            }
            _ => return Err(Error::upstream("parsing JSON: expected an object")),
        },
        "v" => Some(value(&json()?)),
        "i" => Some(index(rest.parse().map_err(|_| Error::upstream("invalid index"))?)),
        _ => None,
    })
}

/// The names of the keys of an item that has several.
pub(super) fn key_names(element: &str) -> Option<Vec<String>> {
    // without a comma there is one key at most, and nobody asks for that
    if !element.contains(',') {
        return None;
    }
    let members: Map<String, Value> = serde_json::from_str(element.strip_prefix("k:")?).ok()?;
    Some(members.into_iter().map(|(name, _)| name).collect())
}
