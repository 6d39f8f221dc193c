//! Filters over text.

use std::cmp::Ordering;
use std::rc::Rc;

use super::super::coerce::{order, to_number, to_text, truthy};
use super::super::error::{Outcome, fail};
use super::super::meter::Meter;
use super::super::units;
use super::super::value::Value;
use super::{Given, copy_safeness, normalized, require_text};
use crate::lang::javascript::trim;

/// Longest padding.
const MAX_SPACES: f64 = 16_777_216.0;

pub(super) fn apply(meter: &Meter, name: &str, input: &Value, given: &Given<'_>) -> Outcome<Value> {
    match name {
        "capitalize" => {
            let normal = normalized(input);
            Ok(copy_safeness(input, capitalized(require_text(&normal)?)))
        }
        "title" => {
            let normal = normalized(input);
            let words: Vec<String> = require_text(&normal)?.split(' ').map(capitalized).collect();
            Ok(copy_safeness(input, words.join(" ")))
        }
        "lower" => Ok(cased(require_text(&normalized(input))?, str::make_ascii_lowercase, str::to_lowercase)),
        "upper" => Ok(cased(require_text(&normalized(input))?, str::make_ascii_uppercase, str::to_uppercase)),
        "trim" => Ok(copy_safeness(input, trim(require_text(input)?).to_owned())),
        "center" => center(input, given),
        "indent" => indent(input, given),
        "truncate" => truncate(input, given),
        "replace" => replace(meter, input, given),
        "wordcount" => wordcount(input),
        other => fail(format!("Unknown template filter {other:?}")),
    }
}

/// A text in another case; plain ASCII needs no second copy.
fn cased(text: &str, ascii: fn(&mut str), any: fn(&str) -> String) -> Value {
    if !text.is_ascii() {
        return Value::text(any(text));
    }
    let mut copy: Rc<str> = text.into();
    Rc::get_mut(&mut copy).into_iter().for_each(ascii);
    Value::Text(copy)
}

/// The first unit upper case, the rest lower case.
fn capitalized(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut chars = lower.chars();
    match chars.next() {
        // A pair of surrogates has no upper case as long as it is apart.
        Some(first) if (first as u32) < 0x1_0000 => first.to_uppercase().chain(chars).collect(),
        _ => lower,
    }
}

fn spaces(bound: f64) -> Outcome<String> {
    if bound.is_nan() || bound <= 0.0 {
        return Ok(String::new());
    }
    if bound > MAX_SPACES { fail("Filter spacing exceeds the supported bound") } else { Ok(" ".repeat(bound.ceil() as usize)) }
}

/// `value.length` as JavaScript reads it.
fn direct_length(value: &Value) -> Value {
    match value {
        Value::Text(text) | Value::Safe(text) => Value::Number(units::length(text) as f64),
        Value::Array(array) => Value::Number(array.len() as f64),
        Value::Record(record) => record.get("length"),
        // Functions of JavaScript have a length: how many parameters they name.
        Value::Callable(callable) if callable.printed().is_some() => Value::Number(0.0),
        _ => Value::Undefined,
    }
}

fn center(input: &Value, given: &Given<'_>) -> Outcome<Value> {
    let normal = normalized(input);
    let default = Value::Number(80.0);
    let width = if truthy(given.at(0)) { given.at(0) } else { &default };
    let length = direct_length(&normal);
    if matches!(order(&length, width)?, Some(Ordering::Greater | Ordering::Equal)) {
        return Ok(normal);
    }
    let free = to_number(width)? - to_number(&length)?;
    let text = to_text(&normal)?;
    Ok(copy_safeness(&normal, format!("{}{text}{}", spaces(free / 2.0 - free % 2.0)?, spaces(free / 2.0)?)))
}

fn indent(input: &Value, given: &Given<'_>) -> Outcome<Value> {
    let normal = normalized(input);
    let text = require_text(&normal)?;
    if matches!(&normal, Value::Text(text) if text.is_empty()) {
        return Ok(Value::text(""));
    }
    let default = Value::Number(4.0);
    let width = if truthy(given.at(0)) { given.at(0) } else { &default };
    let first = truthy(given.at(1));
    let indentation = spaces(to_number(width)?)?;
    if indentation.len().saturating_mul(text.matches('\n').count() + 1) > 64 << 20 {
        return Err(super::super::error::TemplateError::limit("scratch byte"));
    }
    let lines: Vec<String> = text
        .split('\n')
        .enumerate()
        .map(|(at, line)| if at == 0 && !first { line.to_owned() } else { format!("{indentation}{line}") })
        .collect();
    Ok(copy_safeness(&normal, lines.join("\n")))
}

fn truncate(input: &Value, given: &Given<'_>) -> Outcome<Value> {
    let normal = normalized(input);
    let default = Value::Number(255.0);
    let limit = if truthy(given.at(0)) { given.at(0) } else { &default };
    if matches!(order(&direct_length(&normal), limit)?, Some(Ordering::Less | Ordering::Equal)) {
        return Ok(normal);
    }
    let text = require_text(&normal)?;
    let length = to_number(limit)?;
    let whole = if length.is_nan() || length <= 0.0 { 0 } else { length.min(1e15) as usize };
    let cut = if truthy(given.at(1)) {
        units::slice(text, 0, whole)
    } else {
        // lastIndexOf treats NaN as "from the end".
        let from = if length.is_nan() { usize::MAX } else { whole };
        let head = units::slice(text, 0, from.saturating_add(1));
        match head.rfind(' ') {
            Some(at) => head.get(..at).unwrap_or_default().to_owned(),
            None => units::slice(text, 0, whole),
        }
    };
    let end = if given.at(2).is_nullish() { "...".into() } else { to_text(given.at(2))? };
    Ok(copy_safeness(input, format!("{cut}{end}")))
}

fn replace(meter: &Meter, input: &Value, given: &Given<'_>) -> Outcome<Value> {
    let (search, replacement) = (given.at(0), given.at(1));
    let maximum = if matches!(given.at(2), Value::Undefined) { &Value::Number(-1.0) } else { given.at(2) };
    if let Value::Regex(regex) = search {
        let Some(text) = input.as_text() else { return fail("Regular-expression replacement requires a string") };
        let pattern = meter.pattern(&regex.source, &regex.flags)?;
        return Ok(Value::text(pattern.replace(meter, text, &to_text(replacement)?)?));
    }
    if !matches!(search, Value::Text(_) | Value::Number(_)) {
        return Ok(input.clone());
    }
    let coerced = if matches!(input, Value::Number(_)) { Value::Text(to_text(input)?) } else { input.clone() };
    let Some(text) = coerced.as_text().cloned() else { return Ok(coerced) };
    let needle = to_text(search)?;
    if needle.is_empty() {
        let separator = if matches!(replacement, Value::Undefined) { ",".into() } else { to_text(replacement)? };
        let edge = to_text(replacement)?;
        meter.charge(text.len())?;
        meter.admit_text(text.len().saturating_mul(separator.len() + 1))?;
        let inner = units::split(&text).join(&separator);
        return Ok(copy_safeness(&coerced, units::joined(format!("{edge}{inner}{edge}"))));
    }
    if matches!(maximum, Value::Number(n) if *n == 0.0) || !text.contains(&*needle) {
        return Ok(coerced);
    }
    let replacement = to_text(replacement)?;
    meter.admit_text(text.matches(&*needle).count().saturating_mul(replacement.len()))?;
    if matches!(maximum, Value::Number(n) if *n == -1.0) {
        return Ok(copy_safeness(input, text.replace(&*needle, &replacement)));
    }
    let maximum = to_number(maximum)?;
    let count = if maximum.is_nan() || maximum <= 0.0 { 0 } else { maximum.ceil().min(1e15) as usize };
    Ok(copy_safeness(input, text.replacen(&*needle, &replacement, count)))
}

fn wordcount(input: &Value) -> Outcome<Value> {
    let normal = normalized(input);
    if !truthy(&normal) {
        return Ok(Value::Null);
    }
    let text = require_text(&normal)?;
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty()).count();
    Ok(if words == 0 { Value::Null } else { Value::Number(words as f64) })
}
