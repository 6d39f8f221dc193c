//! Two maps side by side. Their keys mostly stand in the same order, so the next key is looked for where
//! it should be before it is hashed.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::{Map, Value};

/// Finds keys in a map that come in about the order they have there.
pub(crate) struct Walk<'a> {
    map: &'a Map<String, Value>,
    rest: serde_json::map::Iter<'a>,
}

/// How many keys of the other map may stand between two that both have.
const AHEAD: usize = 4;

impl<'a> Walk<'a> {
    pub(crate) fn new(map: &'a Map<String, Value>) -> Self {
        Self { map, rest: map.iter() }
    }

    /// The member of that key.
    pub(crate) fn find(&mut self, key: &str) -> Option<&'a Value> {
        self.find_entry(key).map(|(_, value)| value)
    }

    /// The member of that key, with the map's own key.
    pub(crate) fn find_entry(&mut self, key: &str) -> Option<(&'a str, &'a Value)> {
        let mut ahead = self.rest.clone();
        for _ in 0..AHEAD {
            let Some((name, value)) = ahead.next() else { break };
            if name == key {
                self.rest = ahead;
                return Some((name, value));
            }
        }
        self.map.get_key_value(key).map(|(name, value)| (name.as_str(), value))
    }
}

/// Whether two values are equal; the order of keys means nothing.
pub(crate) fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => equal_maps(one, other),
        (Value::Array(one), Value::Array(other)) => equal_lists(one, other),
        _ => one == other,
    }
}

/// Whether two lists are equal.
pub(crate) fn equal_lists(one: &[Value], other: &[Value]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
}

/// Whether two maps are equal; the order of keys means nothing.
pub(crate) fn equal_maps(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let mut walk = Walk::new(other);
    one.len() == other.len() && one.iter().all(|(key, value)| walk.find(key).is_some_and(|other| equal(value, other)))
}

/// Whether all elements of a list have the key with a text or an integer, each another one.
pub(crate) fn distinct(items: &[Value], key: &str) -> bool {
    fn name(value: &Value) -> Option<(&str, i64)> {
        match value {
            Value::String(text) => Some((text, i64::MIN)),
            Value::Number(number) => Some(("", number.as_i64()?)),
            _ => None,
        }
    }
    let mut names = items.iter().map(|item| item.get(key).and_then(name));
    if items.len() <= 8 {
        let mut rest = items;
        return names.all(|one| {
            rest = rest.get(1..).unwrap_or_default();
            one.is_some() && rest.iter().all(|item| item.get(key).and_then(name) != one)
        });
    }
    let mut seen = HashSet::with_capacity_and_hasher(items.len(), RandomState::default());
    names.all(|one| one.is_some_and(|one| seen.insert(one)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn equality_is_that_of_values() {
        let values = [
            json!({"a": 1, "b": [1, {"c": null}]}),
            json!({"b": [1, {"c": null}], "a": 1}),
            json!({"a": 1, "b": [1, {}]}),
            json!({"a": 1}),
            json!({"a": 1.0}),
            json!({"z": 0, "y": 0, "x": 0, "w": 0, "v": 0, "a": 1}),
            json!({"a": 1, "v": 0, "w": 0, "x": 0, "y": 0, "z": 0}),
            json!([1]),
            json!(null),
        ];
        for one in &values {
            for other in &values {
                assert_eq!(equal(one, other), one == other, "{one} {other}");
            }
        }
    }

    #[test]
    fn keys_are_distinct_or_not() {
        let list = |names: &[&str]| names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>();
        let many: Vec<String> = (0..20).map(|at| at.to_string()).collect();
        let mut many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(distinct(&list(&["a", "b"]), "name") && distinct(&list(&many), "name") && distinct(&[], "name"));
        many.push("7");
        assert!(!distinct(&list(&["a", "b", "a"]), "name") && !distinct(&list(&many), "name"));
        assert!(!distinct(&[json!({"name": null})], "name") && !distinct(&[json!(1)], "name"));
        assert!(distinct(&[json!({"port": 80}), json!({"port": "80"}), json!({"port": 81})], "port"));
    }
}
