//! Values of the `serde_yaml` crate (the maintained continuation, `yaml_serde`)
//! from and to ours: for callers who have them anyway. The readers of this
//! library never go through them: that crate reads another dialect.

use serde_json::{Map, Number, Value};

use crate::error::{Error, Result};

use super::kubernetes::resolve::{go_g, json_float};

/// Nesting that is converted.
const MAX_DEPTH: usize = 512;

/// A value of `serde_yaml` as one of ours, the way Kubernetes turns YAML into
/// JSON: keys that are booleans or numbers become text, floats without a
/// fraction become integers, tags go.
///
/// # Errors
/// When JSON has nothing for it: a null or collection as key, NaN, infinity.
pub fn from_serde_yaml(value: &serde_yaml::Value) -> Result<Value> {
    from_nested(value, 0)
}

fn from_nested(value: &serde_yaml::Value, depth: usize) -> Result<Value> {
    if depth > MAX_DEPTH {
        return Err(Error::limit(format!("nested deeper than {MAX_DEPTH}")));
    }
    Ok(match value {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(bool) => Value::Bool(*bool),
        serde_yaml::Value::Number(number) => from_number(number)?,
        serde_yaml::Value::String(text) => Value::String(text.clone()),
        serde_yaml::Value::Sequence(items) => Value::Array(items.iter().map(|item| from_nested(item, depth + 1)).collect::<Result<_>>()?),
        serde_yaml::Value::Mapping(pairs) => {
            let mut map = Map::with_capacity(pairs.len());
            for (key, value) in pairs {
                map.insert(key_text(key)?, from_nested(value, depth + 1)?);
            }
            Value::Object(map)
        }
        serde_yaml::Value::Tagged(tagged) => from_nested(&tagged.value, depth + 1)?,
    })
}

fn from_number(number: &serde_yaml::Number) -> Result<Value> {
    if let Some(int) = number.as_i64() {
        return Ok(Value::from(int));
    }
    if let Some(int) = number.as_u64() {
        return Ok(Value::from(int));
    }
    number.as_f64().and_then(json_float).ok_or_else(|| Error::invalid(format!("json: unsupported value: {number}")))
}

fn key_text(key: &serde_yaml::Value) -> Result<String> {
    match key {
        serde_yaml::Value::String(text) => Ok(text.clone()),
        serde_yaml::Value::Bool(bool) => Ok(bool.to_string()),
        serde_yaml::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => Ok(int.to_string()),
            (None, Some(float)) if number.is_f64() => Ok(go_g(&format!("{:e}", float as f32))),
            _ => Err(Error::invalid("unsupported map key of type: uint64")),
        },
        serde_yaml::Value::Tagged(tagged) => key_text(&tagged.value),
        serde_yaml::Value::Null => Err(Error::invalid("unsupported map key of type: <nil>")),
        serde_yaml::Value::Sequence(_) | serde_yaml::Value::Mapping(_) => Err(Error::invalid("invalid map key")),
    }
}

/// One of our values as a value of `serde_yaml`.
pub fn to_serde_yaml(value: &Value) -> serde_yaml::Value {
    match value {
        Value::Null => serde_yaml::Value::Null,
        Value::Bool(bool) => serde_yaml::Value::Bool(*bool),
        Value::Number(number) => serde_yaml::Value::Number(to_number(number)),
        Value::String(text) => serde_yaml::Value::String(text.clone()),
        Value::Array(items) => serde_yaml::Value::Sequence(items.iter().map(to_serde_yaml).collect()),
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| (serde_yaml::Value::String(key.clone()), to_serde_yaml(value)));
            serde_yaml::Value::Mapping(pairs.collect())
        }
    }
}

fn to_number(number: &Number) -> serde_yaml::Number {
    match (number.as_i64(), number.as_u64()) {
        (Some(int), _) => int.into(),
        (None, Some(int)) => int.into(),
        (None, None) => number.as_f64().unwrap_or_default().into(),
    }
}
