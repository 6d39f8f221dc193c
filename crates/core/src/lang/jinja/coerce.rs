//! JavaScript's conversions, equality and order over closed values.

use std::cmp::Ordering;
use std::rc::Rc;

use super::error::{Outcome, fail};
use super::units;
use super::value::Value;
use crate::lang::javascript::{number_to_string, string_to_number, trim};

/// Values do not nest deeper than this when they are printed.
const MAX_DEPTH: usize = 600;

/// A primitive.
pub(super) enum Primitive {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
}

/// Refuses what can be called, at any depth. Whoever has a meter pays for the walk before.
pub(super) fn no_callable(value: &Value) -> Outcome<()> {
    fn search(value: &Value, depth: usize) -> bool {
        match value {
            Value::Callable(callable) => callable.printed().is_none(),
            Value::Array(array) if depth < MAX_DEPTH => array.items.borrow().iter().flatten().any(|item| search(item, depth + 1)),
            Value::Record(record) if depth < MAX_DEPTH => record.entries.values().any(|item| search(item, depth + 1)),
            _ => false,
        }
    }
    if search(value, 0) { fail("Callable values cannot be coerced") } else { Ok(()) }
}

/// Truth.
pub(super) fn truthy(value: &Value) -> bool {
    match value {
        Value::Undefined | Value::Null | Value::Bool(false) => false,
        Value::Number(n) => *n != 0.0 && !n.is_nan(),
        Value::Text(text) => !text.is_empty(),
        _ => true,
    }
}

/// `ToPrimitive`.
pub(super) fn to_primitive(value: &Value) -> Outcome<Primitive> {
    Ok(match value {
        Value::Undefined => Primitive::Undefined,
        Value::Null => Primitive::Null,
        Value::Bool(b) => Primitive::Bool(*b),
        Value::Number(n) => Primitive::Number(*n),
        Value::Text(text) | Value::Safe(text) => Primitive::Text(Rc::clone(text)),
        Value::Array(_) | Value::Record(_) | Value::Regex(_) => Primitive::Text(print(value)?.into()),
        Value::Callable(callable) => match callable.printed() {
            Some(text) => Primitive::Text(text.into()),
            None => return fail("Callable values cannot be coerced"),
        },
    })
}

fn primitive_number(primitive: &Primitive) -> f64 {
    match primitive {
        Primitive::Undefined => f64::NAN,
        Primitive::Null | Primitive::Bool(false) => 0.0,
        Primitive::Bool(true) => 1.0,
        Primitive::Number(n) => *n,
        Primitive::Text(text) if trim(text).is_empty() => 0.0,
        Primitive::Text(text) => string_to_number(text),
    }
}

fn primitive_text(primitive: &Primitive) -> Rc<str> {
    match primitive {
        Primitive::Undefined => "undefined".into(),
        Primitive::Null => "null".into(),
        Primitive::Bool(b) => if *b { "true" } else { "false" }.into(),
        Primitive::Number(n) => number_to_string(*n).into(),
        Primitive::Text(text) => Rc::clone(text),
    }
}

/// `ToNumber`.
pub(super) fn to_number(value: &Value) -> Outcome<f64> {
    if let Value::Number(n) = value {
        return Ok(*n);
    }
    Ok(primitive_number(&to_primitive(value)?))
}

/// `ToString`.
pub(super) fn to_text(value: &Value) -> Outcome<Rc<str>> {
    Ok(primitive_text(&to_primitive(value)?))
}

/// The value as output: nothing for `undefined` and `null`.
pub(super) fn print(value: &Value) -> Outcome<String> {
    let mut out = String::new();
    print_into(value, &mut out, 0)?;
    Ok(units::joined(out))
}

/// Appends the value as output.
pub(super) fn print_into(value: &Value, out: &mut String, depth: usize) -> Outcome<()> {
    if depth > MAX_DEPTH {
        return fail("Template value nesting cannot exceed 256 levels");
    }
    match value {
        Value::Undefined | Value::Null => {}
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => out.push_str(&number_to_string(*n)),
        Value::Text(text) | Value::Safe(text) => out.push_str(text),
        Value::Array(array) => {
            for (at, item) in array.items.borrow().iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                if let Some(item) = item {
                    print_into(item, out, depth + 1)?;
                }
            }
        }
        Value::Record(record) => {
            out.push_str("[object ");
            out.push_str(record.iterator.as_ref().map_or("Object", |iterator| iterator.class));
            out.push(']');
        }
        Value::Regex(regex) => out.push_str(&regex.to_text()),
        Value::Callable(callable) => match callable.printed() {
            Some(text) => out.push_str(text),
            None => return fail("Callable values cannot be rendered"),
        },
    }
    Ok(())
}

/// `===`.
pub(super) fn strict_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Safe(a), Value::Safe(b)) => Rc::ptr_eq(a, b),
        (Value::Array(a), Value::Array(b)) => Rc::ptr_eq(a, b),
        (Value::Record(a), Value::Record(b)) => Rc::ptr_eq(a, b),
        (Value::Regex(a), Value::Regex(b)) => Rc::ptr_eq(a, b),
        (Value::Callable(a), Value::Callable(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}

/// `==`.
pub(super) fn loose_equal(left: &Value, right: &Value) -> Outcome<bool> {
    if strict_equal(left, right) {
        return Ok(true);
    }
    let primitive = |value: &Value| matches!(value, Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_));
    if !primitive(left) && !primitive(right) {
        return Ok(false);
    }
    Ok(match (to_primitive(left)?, to_primitive(right)?) {
        (Primitive::Undefined | Primitive::Null, Primitive::Undefined | Primitive::Null) => true,
        (Primitive::Undefined | Primitive::Null, _) | (_, Primitive::Undefined | Primitive::Null) => false,
        (Primitive::Text(a), Primitive::Text(b)) => a == b,
        (Primitive::Bool(a), Primitive::Bool(b)) => a == b,
        (a, b) => primitive_number(&a) == primitive_number(&b),
    })
}

/// `+`.
pub(super) fn add(left: &Value, right: &Value) -> Outcome<Value> {
    if let (Value::Number(a), Value::Number(b)) = (left, right) {
        return Ok(Value::Number(a + b));
    }
    let (left, right) = (to_primitive(left)?, to_primitive(right)?);
    if matches!(left, Primitive::Text(_)) || matches!(right, Primitive::Text(_)) {
        return Ok(Value::text(units::joined(format!("{}{}", primitive_text(&left), primitive_text(&right)))));
    }
    Ok(Value::Number(primitive_number(&left) + primitive_number(&right)))
}

/// `~`.
pub(super) fn concat(left: &Value, right: &Value) -> Outcome<Value> {
    Ok(Value::text(units::joined(format!("{}{}", to_text(left)?, to_text(right)?))))
}

/// The order of `<`; `None` when neither is smaller nor equal.
pub(super) fn order(left: &Value, right: &Value) -> Outcome<Option<Ordering>> {
    if let (Value::Number(a), Value::Number(b)) = (left, right) {
        return Ok(a.partial_cmp(b));
    }
    let (left, right) = (to_primitive(left)?, to_primitive(right)?);
    if let (Primitive::Text(a), Primitive::Text(b)) = (&left, &right) {
        return Ok(Some(compare_text(a, b)));
    }
    Ok(primitive_number(&left).partial_cmp(&primitive_number(&right)))
}

/// Strings by units.
pub(super) fn compare_text(a: &str, b: &str) -> Ordering {
    if a.is_ascii() || b.is_ascii() { a.cmp(b) } else { units::units(a).cmp(&units::units(b)) }
}
