//! Numbers that JSON cannot hold, on their way between two programs that can: NaN, the infinities and minus zero.

use serde_json::{Map, Number, Value};

/// The name under which such a number travels.
const MARK: &str = "\u{0}number";

/// The value of a number.
pub(crate) fn marked(number: f64) -> Value {
    let name = if number.is_nan() {
        "NaN"
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }
    } else if number == 0.0 && number.is_sign_negative() {
        "-0"
    } else {
        return Number::from_f64(number).map_or(Value::Null, |number| super::canonical(&Value::Number(number)));
    };
    let mut members = Map::new();
    members.insert(MARK.to_owned(), Value::String(name.to_owned()));
    Value::Object(members)
}

/// The number that such a value stands for.
pub(crate) fn unmarked(value: &Value) -> Option<f64> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    match members.get(MARK)?.as_str()? {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        "-0" => Some(-0.0),
        _ => None,
    }
}

/// What `JSON.stringify` leaves of them.
pub(crate) fn plain(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        other if unmarked(&other).is_some_and(f64::is_finite) => Value::from(0),
        other if unmarked(&other).is_some() => Value::Null,
        Value::Object(members) => Value::Object(members.into_iter().map(|(name, member)| (name, plain(member))).collect()),
        other => other,
    }
}
