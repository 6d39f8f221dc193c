//! One step of a path: a field, a list item by key or value, or an index.

use crate::kube::structs::go_number;
use crate::{Error, Map, Result, Value};

/// A path element in the spelling of `fieldsV1`: `f:NAME`, `k:{…}`, `v:…`, `i:N`.
pub type Element = Box<str>;

/// A field of a map.
pub(super) fn field(name: &str) -> Element {
    format!("f:{name}").into()
}

/// A list item by its keys, which are sorted.
pub(super) fn key(mut keys: Vec<(&str, Value)>) -> Element {
    keys.sort_by(|one, other| one.0.cmp(other.0));
    let members: Map<String, Value> = keys.into_iter().map(|(name, value)| (name.to_owned(), canonical(value))).collect();
    format!("k:{}", Value::Object(members)).into()
}

/// An item of a set.
pub(super) fn value(value: &Value) -> Element {
    format!("v:{}", canonical(value.clone())).into()
}

/// An item by position.
pub(super) fn index(at: usize) -> Element {
    format!("i:{at}").into()
}

fn canonical(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(go_number(&number)),
        other => other,
    }
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
            Value::Object(members) => Some(key(members.iter().map(|(name, value)| (name.as_str(), value.clone())).collect())),
            _ => return Err(Error::upstream("parsing JSON: expected an object")),
        },
        "v" => Some(value(&json()?)),
        "i" => Some(index(rest.parse().map_err(|_| Error::upstream("invalid index"))?)),
        _ => None,
    })
}

/// The names of the keys of a keyed item.
pub(super) fn key_names(element: &str) -> Option<Vec<String>> {
    let members: Map<String, Value> = serde_json::from_str(element.strip_prefix("k:")?).ok()?;
    Some(members.into_iter().map(|(name, _)| name).collect())
}
