//! Properties and methods that values have.

mod array;
mod legacy;
mod number;
mod string;

use std::rc::Rc;

use super::Options;
use super::coerce::{to_number, to_text};
use super::error::{Outcome, fail};
use super::eval::Evaluator;
use super::meter::Meter;
use super::parse::is_reserved;
use super::units;
use super::value::{Callable, Regex, Value};
use crate::lang::javascript::integer_key;

/// What nunjucks prints for a method that is not called: the source of the function around it (`runtime.memberLookup`).
pub(super) const WRAPPER: &str = "function() {\n        for (var _len2 = arguments.length, args = new Array(_len2), _key2 = 0; \
     _key2 < _len2; _key2++) {\n          args[_key2] = arguments[_key2];\n        }\n        \
     return obj[val].apply(obj, args);\n      }";

/// Methods that change their receiver.
pub(super) const MUTATING: &[&str] = &[
    "add",
    "append",
    "clear",
    "copyWithin",
    "delete",
    "fill",
    "insert",
    "pop",
    "push",
    "remove",
    "reverse",
    "set",
    "shift",
    "sort",
    "splice",
    "unshift",
];

const STRING: &[&str] = &[
    "charAt",
    "charCodeAt",
    "concat",
    "endsWith",
    "includes",
    "indexOf",
    "lastIndexOf",
    "replace",
    "slice",
    "split",
    "startsWith",
    "substring",
    "toLowerCase",
    "toUpperCase",
    "trim",
    "trimEnd",
    "trimStart",
];
const NUMBER: &[&str] = &["toExponential", "toFixed", "toPrecision", "toString"];
const ARRAY: &[&str] = &[
    "at",
    "concat",
    "copyWithin",
    "fill",
    "flat",
    "includes",
    "indexOf",
    "join",
    "lastIndexOf",
    "pop",
    "push",
    "reverse",
    "shift",
    "slice",
    "sort",
    "splice",
    "unshift",
];
const PYTHON_ARRAY: &[&str] = &["append", "count", "find", "index", "insert", "remove"];
const PYTHON_RECORD: &[&str] = &["get", "has_key", "items", "keys", "values"];

/// Any number of arguments.
const MANY: usize = usize::MAX;

/// An own property; `None` when there is none.
pub(super) fn own(target: &Value, key: &str) -> Option<Value> {
    let index = |length: usize| integer_key(key).map(|index| index as usize).filter(|index| *index < length);
    match target {
        Value::Record(record) => {
            if is_reserved(key) {
                return None;
            }
            record.find(key).cloned()
        }
        Value::Array(array) if key == "length" => Some(Value::Number(array.len() as f64)),
        Value::Array(array) => index(array.len()).map(|index| array.at(index)),
        Value::Safe(text) if key == "val" => Some(Value::Text(Rc::clone(text))),
        Value::Text(text) | Value::Safe(text) if key == "length" => Some(Value::Number(units::length(text) as f64)),
        Value::Text(text) | Value::Safe(text) => index(units::length(text)).and_then(|index| units::at(text, index)).map(Value::text),
        _ => None,
    }
}

/// What nunjucks shows of prototypes and patterns.
pub(super) fn inherited(target: &Value, key: &str) -> Value {
    match (target, key) {
        (Value::Undefined | Value::Null, _) => Value::Undefined,
        (Value::Record(_), "__proto__") => Value::record([]).unwrap_or(Value::Undefined),
        (Value::Regex(regex), "source") => Value::Text(Rc::clone(&regex.source)),
        (Value::Regex(regex), "flags") => Value::Text(Rc::clone(&regex.flags)),
        (_, "constructor") => Value::callable(Callable::Wrapped(target.clone(), Rc::from(key))),
        _ => Value::Undefined,
    }
}

/// Whether the value has such a method.
pub(super) fn exists(receiver: &Value, name: &str, options: &Options) -> bool {
    if options.legacy && legacy::exists(receiver, name) {
        return true;
    }
    match receiver {
        Value::Text(_) | Value::Safe(_) => STRING.contains(&name),
        Value::Number(_) => NUMBER.contains(&name),
        Value::Array(_) => ARRAY.contains(&name) || (options.cookiecutter_compat && PYTHON_ARRAY.contains(&name)),
        Value::Record(record) => options.cookiecutter_compat && !record.has(name) && PYTHON_RECORD.contains(&name),
        Value::Regex(_) => name == "test",
        _ => false,
    }
}

/// How many arguments a method takes.
pub(super) fn arity(receiver: &Value, name: &str, options: &Options) -> (usize, usize) {
    if options.legacy {
        return (0, MANY);
    }
    match receiver {
        Value::Text(_) | Value::Safe(_) => match name {
            "replace" => (2, 2),
            "split" => (0, 2),
            "includes" | "startsWith" | "endsWith" | "indexOf" | "lastIndexOf" => (1, 2),
            "slice" | "substring" => (0, 2),
            "charAt" | "charCodeAt" => (0, 1),
            "concat" => (0, MANY),
            _ => (0, 0),
        },
        Value::Number(_) => (0, 1),
        Value::Array(_) => match name {
            "at" | "count" | "index" | "find" | "remove" | "append" => (1, 1),
            "insert" => (2, 2),
            "includes" | "indexOf" | "lastIndexOf" => (1, 2),
            "copyWithin" | "fill" => (1, 3),
            "flat" | "join" => (0, 1),
            "slice" => (0, 2),
            "pop" => (0, usize::from(options.cookiecutter_compat)),
            "shift" | "sort" | "reverse" => (0, 0),
            _ => (0, MANY),
        },
        Value::Record(_) => match name {
            "get" => (1, 2),
            "has_key" => (1, 1),
            _ => (0, 0),
        },
        _ => (1, 1),
    }
}

/// Calls a method that exists.
pub(super) fn invoke(evaluator: &mut Evaluator<'_>, receiver: &Value, name: &str, arguments: Vec<Value>) -> Outcome<Value> {
    if let Some(text) = receiver.as_text() {
        evaluator.meter.index(text)?;
    }
    if evaluator.options.legacy && legacy::exists(receiver, name) {
        return legacy::invoke(&evaluator.meter, receiver, name, &arguments);
    }
    match receiver {
        Value::Text(text) | Value::Safe(text) => string::invoke(&evaluator.meter, text, name, &arguments),
        Value::Number(n) => number::invoke(*n, name, &arguments),
        Value::Array(array) => array::invoke(evaluator, array, name, arguments),
        Value::Record(record) => {
            let argument = |at: usize| arguments.get(at).cloned().unwrap_or(Value::Undefined);
            let entries = record.entries.iter();
            Ok(match name {
                "get" => {
                    let key = to_text(&argument(0))?;
                    record.entries.get(&key).cloned().unwrap_or_else(|| argument(1))
                }
                "has_key" => Value::Bool(record.has(&to_text(&argument(0))?)),
                "keys" => Value::list(entries.map(|(key, _)| Value::Text(Rc::clone(key)))),
                "values" => Value::list(entries.map(|(_, value)| value.clone())),
                _ => Value::list(entries.map(|(key, value)| Value::list([Value::Text(Rc::clone(key)), value.clone()]))),
            })
        }
        Value::Regex(regex) => test(&evaluator.meter, regex, &to_text(arguments.first().unwrap_or(&Value::Undefined))?).map(Value::Bool),
        _ => fail(format!("Unsupported template intrinsic {name}")),
    }
}

/// `regex.test(text)`, which remembers where it stopped under `g` and `y`.
fn test(meter: &Meter, regex: &Regex, text: &str) -> Outcome<bool> {
    let pattern = meter.pattern(&regex.source, &regex.flags)?;
    let stateful = pattern.global || pattern.sticky;
    let from = if stateful { regex.last_index.get() } else { 0 };
    if from > units::length(text) {
        regex.last_index.set(0);
        return Ok(false);
    }
    let found = pattern.find(meter, text, units::byte(text, from))?;
    if stateful {
        regex.last_index.set(found.as_ref().map_or(0, |found| units::offset(text, found.end)));
    }
    Ok(found.is_some())
}

/// `ToIntegerOrInfinity`; `undefined` is absent.
fn integer(value: Option<&Value>) -> Outcome<Option<f64>> {
    match value {
        None | Some(Value::Undefined) => Ok(None),
        Some(value) => {
            let number = to_number(value)?;
            Ok(Some(if number.is_nan() { 0.0 } else { number.trunc() }))
        }
    }
}

/// A position counted from the start, or from the end when negative, within the length.
fn relative(position: f64, length: usize) -> usize {
    let length_number = length as f64;
    let from_start = if position < 0.0 { length_number + position } else { position };
    from_start.clamp(0.0, length_number) as usize
}
