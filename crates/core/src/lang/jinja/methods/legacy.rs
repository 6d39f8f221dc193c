//! What nunjucks lets through beyond nunjitsu: any method of JavaScript's values.

use std::cell::Cell;
use std::cmp::Ordering;
use std::rc::Rc;

use super::super::coerce::to_text;
use super::super::error::{Outcome, fail};
use super::super::meter::Meter;
use super::super::regex::{Match, expand};
use super::super::units;
use super::super::value::{Array, Iteration, Record, Regex, Value, Yields};
use super::integer;
use crate::lang::javascript::{number_to_string, trim_end, trim_start};

const STRING: &[&str] = &[
    "at",
    "codePointAt",
    "localeCompare",
    "match",
    "matchAll",
    "normalize",
    "padEnd",
    "padStart",
    "repeat",
    "replaceAll",
    "search",
    "substr",
    "toLocaleLowerCase",
    "toLocaleUpperCase",
    "trimLeft",
    "trimRight",
];
const ANY: &[&str] = &["hasOwnProperty", "toLocaleString", "toString", "valueOf"];
/// Units of a text that a method may make.
const MAX_LENGTH: usize = 16_777_216;

/// Whether the value has such a method.
pub(super) fn exists(receiver: &Value, name: &str) -> bool {
    match receiver {
        Value::Text(_) | Value::Safe(_) => STRING.contains(&name) || ANY.contains(&name),
        Value::Number(_) => name != "toString" && ANY.contains(&name),
        Value::Array(_) => matches!(name, "entries" | "keys" | "values") || ANY.contains(&name),
        Value::Record(record) if name == "next" && record.iterator.is_some() => true,
        Value::Record(record) => !record.has(name) && ANY.contains(&name),
        Value::Regex(_) => name == "exec" || ANY.contains(&name),
        Value::Bool(_) => ANY.contains(&name),
        _ => false,
    }
}

/// Calls a method that exists.
pub(super) fn invoke(meter: &Meter, receiver: &Value, name: &str, arguments: &[Value]) -> Outcome<Value> {
    match (receiver, name) {
        (_, "hasOwnProperty") => {
            let key = to_text(arguments.first().unwrap_or(&Value::Undefined))?;
            Ok(Value::Bool(super::own(receiver, &key).is_some()))
        }
        (Value::Number(n), "toLocaleString") => Ok(Value::text(grouped(*n))),
        (_, "toString" | "toLocaleString") => to_text(receiver).map(|text| Value::text(&*text)),
        (Value::Safe(text), "valueOf") => Ok(Value::Text(text.clone())),
        (_, "valueOf") => Ok(receiver.clone()),
        (Value::Array(array), _) => {
            let yields = match name {
                "keys" => Yields::Keys,
                "values" => Yields::Values,
                _ => Yields::Entries,
            };
            Ok(walk("Array Iterator", Rc::clone(array), yields))
        }
        (Value::Record(record), "next") => {
            let item = record.iterator.as_ref().and_then(Iteration::next);
            let done = Value::Bool(item.is_none());
            Value::record([("value".into(), item.unwrap_or(Value::Undefined)), ("done".into(), done)])
        }
        (Value::Regex(regex), _) => exec(meter, regex, &to_text(arguments.first().unwrap_or(&Value::Undefined))?),
        (Value::Text(text) | Value::Safe(text), _) => string(meter, text, name, arguments),
        _ => fail(format!("Unsupported template intrinsic {name}")),
    }
}

fn walk(class: &'static str, list: Rc<Array>, yields: Yields) -> Value {
    Value::Record(Rc::new(Record::iterating(Iteration { class, list, yields, position: Cell::new(Some(0)) })))
}

/// The matched text and its groups.
fn groups(text: &str, found: &Match) -> Value {
    let part = |start: usize, end: usize| Value::text(text.get(start..end).unwrap_or_default());
    let groups = found.groups.iter().map(|group| group.map_or(Value::Undefined, |(start, end)| part(start, end)));
    Value::list(std::iter::once(part(found.start, found.end)).chain(groups))
}

fn exec(meter: &Meter, regex: &Regex, text: &str) -> Outcome<Value> {
    let pattern = meter.pattern(&regex.source, &regex.flags)?;
    Ok(pattern.find(meter, text, 0)?.map_or(Value::Null, |found| groups(text, &found)))
}

fn string(meter: &Meter, text: &Rc<str>, name: &str, arguments: &[Value]) -> Outcome<Value> {
    let first = arguments.first();
    let length = units::length(text);
    let argument = |at: usize| to_text(arguments.get(at).unwrap_or(&Value::Undefined));
    let pattern = |flags: &str| match first {
        Some(Value::Regex(regex)) => meter.pattern(&regex.source, &regex.flags),
        None | Some(Value::Undefined) => meter.pattern(&"(?:)".into(), &flags.into()),
        Some(other) => meter.pattern(&to_text(other)?, &flags.into()),
    };
    match name {
        "trimLeft" => Ok(Value::text(trim_start(text))),
        "trimRight" => Ok(Value::text(trim_end(text))),
        "toLocaleLowerCase" => Ok(Value::text(text.to_lowercase())),
        "toLocaleUpperCase" => Ok(Value::text(text.to_uppercase())),
        "normalize" => Ok(Value::text(text)),
        "at" => {
            let at = integer(first)?.unwrap_or(0.0);
            let at = if at < 0.0 { at + length as f64 } else { at };
            let inside = at >= 0.0 && at < length as f64;
            Ok(if inside { units::at(text, at as usize).map_or(Value::Undefined, Value::text) } else { Value::Undefined })
        }
        "codePointAt" => {
            let at = integer(first)?.unwrap_or(0.0);
            let start = if at >= 0.0 && at < length as f64 { text.get(units::byte(text, at as usize)..) } else { None };
            Ok(start.and_then(|rest| rest.chars().next()).map_or(Value::Undefined, |c| Value::Number(f64::from(u32::from(c)))))
        }
        "substr" => {
            let start = super::relative(integer(first)?.unwrap_or(0.0), length);
            let count = integer(arguments.get(1))?.map_or(length, |count| count.clamp(0.0, length as f64) as usize);
            Ok(Value::text(units::slice(text, start, (start + count).min(length))))
        }
        "repeat" => {
            let count = integer(first)?.unwrap_or(0.0);
            if count < 0.0 || count * text.len() as f64 > MAX_LENGTH as f64 {
                return fail(format!("Invalid count value: {}", number_to_string(count)));
            }
            Ok(Value::text(text.repeat(count as usize)))
        }
        "padStart" | "padEnd" => pad(text, name == "padStart", integer(first)?.unwrap_or(0.0), arguments.get(1)),
        "localeCompare" => Ok(Value::Number(match compare(text, &argument(0)?) {
            Ordering::Less => -1.0,
            Ordering::Equal => 0.0,
            Ordering::Greater => 1.0,
        })),
        "search" => Ok(Value::Number(pattern("")?.find(meter, text, 0)?.map_or(-1.0, |found| units::offset(text, found.start) as f64))),
        "match" => {
            let pattern = pattern("")?;
            if !pattern.global {
                return Ok(pattern.find(meter, text, 0)?.map_or(Value::Null, |found| groups(text, &found)));
            }
            let found = pattern.find_all(meter, text)?;
            let whole = |found: Match| Value::text(text.get(found.start..found.end).unwrap_or_default());
            Ok(if found.is_empty() { Value::Null } else { Value::list(found.into_iter().map(whole)) })
        }
        "matchAll" => match first {
            Some(Value::Regex(regex)) if !regex.flags.contains('g') => fail("matchAll must be called with a global RegExp"),
            _ => {
                let found = pattern("g")?.find_all(meter, text)?;
                let list = found.iter().map(|found| Some(groups(text, found))).collect();
                Ok(walk("RegExp String Iterator", Rc::new(Array::new(list)), Yields::Values))
            }
        },
        "replaceAll" => match first {
            Some(Value::Regex(regex)) if !regex.flags.contains('g') => fail("replaceAll must be called with a global RegExp"),
            Some(Value::Regex(_)) => pattern("")?.replace(meter, text, &argument(1)?).map(Value::text),
            _ => replace_all(text, &argument(0)?, &argument(1)?),
        },
        _ => fail(format!("Unsupported string intrinsic {name}")),
    }
}

fn replace_all(text: &str, needle: &str, replacement: &str) -> Outcome<Value> {
    let mut out = String::new();
    let mut from = 0;
    for (start, part) in text.match_indices(needle) {
        out.push_str(text.get(from..start).unwrap_or_default());
        from = start + part.len();
        expand(replacement, text, &Match { start, end: from, groups: Vec::new() }, &mut out);
        if out.len() > MAX_LENGTH {
            return fail("Invalid string length");
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Ok(Value::text(out))
}

fn pad(text: &str, at_start: bool, wanted: f64, filler: Option<&Value>) -> Outcome<Value> {
    let filler = match filler {
        None | Some(Value::Undefined) => " ".into(),
        Some(filler) => to_text(filler)?,
    };
    let length = units::length(text);
    let unit = units::length(&filler);
    if unit == 0 || wanted <= length as f64 {
        return Ok(Value::text(text));
    }
    if wanted > MAX_LENGTH as f64 {
        return fail("Invalid string length");
    }
    let missing = wanted as usize - length;
    let padding = units::slice(&filler.repeat(missing / unit + 1), 0, missing);
    Ok(Value::text(if at_start { format!("{padding}{text}") } else { format!("{text}{padding}") }))
}

/// Signs before digits before letters, case last and small first, as English sorts.
fn compare(left: &str, right: &str) -> Ordering {
    let class = |c: char| if c.is_alphabetic() { 2 } else { u8::from(c.is_numeric()) };
    let key = |text: &str| text.chars().flat_map(char::to_lowercase).map(|c| (class(c), c)).collect::<Vec<_>>();
    let case = |text: &str| text.chars().map(char::is_uppercase).collect::<Vec<_>>();
    key(left).cmp(&key(right)).then_with(|| case(left).cmp(&case(right)))
}

/// A decimal rounded to three places, halves up: ICU rounds the shortest text of a number, not its exact value.
fn thousandths(decimal: &str) -> String {
    let Some((whole, fraction)) = decimal.split_once('.') else { return decimal.to_owned() };
    let Some((kept, rest)) = fraction.split_at_checked(3) else { return decimal.to_owned() };
    let mut digits: Vec<u8> = [b"0", whole.as_bytes(), kept.as_bytes()].concat();
    if rest.as_bytes().first().is_some_and(|digit| *digit >= b'5') {
        for digit in digits.iter_mut().rev() {
            *digit = if *digit == b'9' { b'0' } else { *digit + 1 };
            if *digit != b'0' {
                break;
            }
        }
    }
    let mut out: String = digits.into_iter().map(char::from).collect();
    out.insert(out.len() - 3, '.');
    out.strip_prefix('0').filter(|rest| !rest.starts_with('.')).unwrap_or(&out).to_owned()
}

/// A number with commas and at most three decimals.
fn grouped(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    let text = thousandths(&number.abs().to_string());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let decimals = decimals.trim_end_matches('0');
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{sign}{out}{point}{decimals}")
}
