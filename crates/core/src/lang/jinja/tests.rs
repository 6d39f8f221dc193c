//! The tests of `is`.

use std::cmp::Ordering;

use super::coerce::{no_callable, order, strict_equal, to_number, truthy};
use super::error::{Outcome, fail};
use super::value::Value;

/// How many arguments a test takes; `None` when there is no such test.
pub(super) fn arity(name: &str) -> Option<usize> {
    match name {
        "callable" | "defined" | "escaped" | "even" | "falsy" | "iterable" | "lower" | "mapping" | "null" | "number" | "odd" | "string"
        | "truthy" | "undefined" | "upper" => Some(0),
        "divisibleby" | "eq" | "equalto" | "ge" | "greaterthan" | "gt" | "le" | "lessthan" | "lt" | "ne" | "sameas" => Some(1),
        _ => None,
    }
}

/// Applies a test with the right number of arguments.
pub(super) fn apply(name: &str, input: &Value, arguments: &[Value]) -> Outcome<bool> {
    if !["callable", "eq", "equalto", "sameas", "ne"].contains(&name) {
        no_callable(input)?;
        arguments.iter().try_for_each(no_callable)?;
    }
    let other = arguments.first().unwrap_or(&Value::Undefined);
    let is = |wanted: &[Ordering]| Ok(order(input, other)?.is_some_and(|found| wanted.contains(&found)));
    match name {
        "callable" => Ok(matches!(input, Value::Callable(_))),
        "defined" => Ok(!matches!(input, Value::Undefined)),
        "undefined" => Ok(matches!(input, Value::Undefined)),
        "divisibleby" => Ok(to_number(input)? % to_number(other)? == 0.0),
        "escaped" => Ok(matches!(input, Value::Safe(_))),
        "eq" | "equalto" | "sameas" => Ok(strict_equal(input, other)),
        "ne" => Ok(!strict_equal(input, other)),
        "even" => Ok(to_number(input)? % 2.0 == 0.0),
        "odd" => Ok(to_number(input)? % 2.0 == 1.0),
        "falsy" => Ok(!truthy(input)),
        "truthy" => Ok(truthy(input)),
        "ge" => is(&[Ordering::Greater, Ordering::Equal]),
        "gt" | "greaterthan" => is(&[Ordering::Greater]),
        "le" => is(&[Ordering::Less, Ordering::Equal]),
        "lt" | "lessthan" => is(&[Ordering::Less]),
        "iterable" if input.is_nullish() => fail("iterable test requires a value"),
        "iterable" => Ok(match input {
            Value::Record(record) => record.iterator.is_some(),
            other => matches!(other, Value::Text(_) | Value::Safe(_) | Value::Array(_)),
        }),
        "mapping" => Ok(matches!(input, Value::Record(_) | Value::Safe(_) | Value::Regex(_))),
        "null" => Ok(matches!(input, Value::Null)),
        "number" => Ok(matches!(input, Value::Number(_))),
        "string" => Ok(matches!(input, Value::Text(_))),
        "lower" | "upper" => match input {
            Value::Safe(_) => Ok(false),
            Value::Text(text) if name == "lower" => Ok(text.to_lowercase() == **text),
            Value::Text(text) => Ok(text.to_uppercase() == **text),
            _ => fail("Filter input must be a string"),
        },
        _ => fail(format!("Unknown template test {name}")),
    }
}
