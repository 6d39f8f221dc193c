//! Methods of texts.

use std::rc::Rc;

use super::super::coerce::{to_number, to_text};
use super::super::error::{Outcome, fail};
use super::super::meter::Meter;
use super::super::regex::{Match, Pattern, expand};
use super::super::units;
use super::super::value::Value;
use super::{integer, relative};
use crate::lang::javascript::{trim, trim_end, trim_start};

pub(super) fn invoke(meter: &Meter, text: &Rc<str>, name: &str, arguments: &[Value]) -> Outcome<Value> {
    let first = arguments.first();
    let second = arguments.get(1);
    let needle = || to_text(first.unwrap_or(&Value::Undefined));
    let length = units::length(text);
    let from = |position: f64| position.clamp(0.0, length as f64) as usize;
    match name {
        "trim" => Ok(Value::text(trim(text))),
        "trimStart" => Ok(Value::text(trim_start(text))),
        "trimEnd" => Ok(Value::text(trim_end(text))),
        "toLowerCase" => Ok(Value::text(text.to_lowercase())),
        "toUpperCase" => Ok(Value::text(text.to_uppercase())),
        "replace" => replace(meter, text, arguments),
        "split" => split(meter, text, first, second),
        "concat" => {
            let mut out = text.to_string();
            for argument in arguments {
                out.push_str(&to_text(argument)?);
            }
            Ok(Value::text(units::joined(out)))
        }
        "includes" => Ok(Value::Bool(find(text, &needle()?, from(integer(second)?.unwrap_or(0.0))).is_some())),
        "indexOf" => {
            let found = find(text, &needle()?, from(integer(second)?.unwrap_or(0.0)));
            Ok(Value::Number(found.map_or(-1.0, |at| at as f64)))
        }
        "lastIndexOf" => {
            let bound = match second {
                None | Some(Value::Undefined) => f64::INFINITY,
                Some(value) => {
                    let number = to_number(value)?;
                    if number.is_nan() { f64::INFINITY } else { number.trunc() }
                }
            };
            Ok(Value::Number(find_last(text, &needle()?, from(bound)).map_or(-1.0, |at| at as f64)))
        }
        "startsWith" => {
            let start = from(integer(second)?.unwrap_or(0.0));
            Ok(Value::Bool(units::slice(text, start, length).starts_with(&*needle()?)))
        }
        "endsWith" => {
            let end = integer(second)?.map_or(length, from);
            Ok(Value::Bool(units::slice(text, 0, end).ends_with(&*needle()?)))
        }
        "slice" => {
            let start = relative(integer(first)?.unwrap_or(0.0), length);
            let end = integer(second)?.map_or(length, |end| relative(end, length));
            Ok(Value::text(units::slice(text, start, end)))
        }
        "substring" => {
            let start = from(integer(first)?.unwrap_or(0.0));
            let end = integer(second)?.map_or(length, from);
            Ok(Value::text(units::slice(text, start.min(end), start.max(end))))
        }
        "charAt" | "charCodeAt" => {
            let at = integer(first)?.unwrap_or(0.0);
            let unit = if at < 0.0 { None } else { units::units(text).get(at.min(1e15) as usize).copied() };
            Ok(match (name, unit) {
                ("charAt", unit) => Value::text(unit.map(|unit| units::text(&[unit])).unwrap_or_default()),
                (_, Some(unit)) => Value::Number(f64::from(unit)),
                (_, None) => Value::Number(f64::NAN),
            })
        }
        _ => fail(format!("Unsupported string intrinsic {name}")),
    }
}

fn find(text: &str, needle: &str, from: usize) -> Option<usize> {
    let start = units::byte(text, from);
    text.get(start..)?.find(needle).map(|at| units::offset(text, start + at))
}

fn find_last(text: &str, needle: &str, from: usize) -> Option<usize> {
    let mut end = text.len();
    loop {
        let at = text.get(..end)?.rfind(needle)?;
        let position = units::offset(text, at);
        if position <= from {
            return Some(position);
        }
        // The next candidate ends before the end of this one.
        end = text.get(..at + needle.len())?.char_indices().next_back().map(|(last, _)| last)?;
    }
}

fn replace(meter: &Meter, text: &str, arguments: &[Value]) -> Outcome<Value> {
    let search = arguments.first().unwrap_or(&Value::Undefined);
    let replacement = to_text(arguments.get(1).unwrap_or(&Value::Undefined))?;
    if let Value::Regex(regex) = search {
        let pattern = meter.pattern(&regex.source, &regex.flags)?;
        return pattern.replace(meter, text, &replacement).map(Value::text);
    }
    let needle = to_text(search)?;
    let Some(start) = text.find(&*needle) else { return Ok(Value::text(text)) };
    let found = Match { start, end: start + needle.len(), groups: Vec::new() };
    let mut out = text.get(..start).unwrap_or_default().to_owned();
    expand(&replacement, text, &found, &mut out);
    out.push_str(text.get(found.end..).unwrap_or_default());
    Ok(Value::text(out))
}

fn split(meter: &Meter, text: &str, separator: Option<&Value>, limit: Option<&Value>) -> Outcome<Value> {
    let limit = match limit {
        None | Some(Value::Undefined) => usize::MAX,
        Some(value) => {
            let number = to_number(value)?;
            if number.is_finite() { number.trunc().rem_euclid(4_294_967_296.0) as usize } else { 0 }
        }
    };
    let parts: Vec<Value> = match separator {
        None | Some(Value::Undefined) => vec![Value::text(text)],
        Some(Value::Regex(regex)) => split_regex(meter, text, &*meter.pattern(&regex.source, &regex.flags)?)?,
        Some(value) => {
            let separator = to_text(value)?;
            meter.charge(text.len() / (separator.len() + 1))?;
            if separator.is_empty() {
                units::split(text).into_iter().map(Value::text).collect()
            } else {
                text.split(&*separator).map(Value::text).collect()
            }
        }
    };
    Ok(Value::list(parts.into_iter().take(limit)))
}

/// `split` by a pattern: empty matches divide between characters, groups are kept.
fn split_regex(meter: &Meter, text: &str, pattern: &Pattern) -> Outcome<Vec<Value>> {
    if text.is_empty() {
        return Ok(if pattern.find(meter, text, 0)?.is_some() { Vec::new() } else { vec![Value::text("")] });
    }
    let mut parts = Vec::new();
    let mut from = 0;
    for found in pattern.find_all(meter, text)? {
        if found.end == from || found.start >= text.len() {
            continue;
        }
        parts.push(Value::text(text.get(from..found.start).unwrap_or_default()));
        let group = |group: &Option<(usize, usize)>| {
            group.map_or(Value::Undefined, |(start, end)| Value::text(text.get(start..end).unwrap_or_default()))
        };
        parts.extend(found.groups.iter().map(group));
        from = found.end;
    }
    parts.push(Value::text(text.get(from..).unwrap_or_default()));
    Ok(parts)
}
