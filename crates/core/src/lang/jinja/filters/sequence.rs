//! Filters over lists, and over what JavaScript takes for one.

use std::rc::Rc;

use indexmap::IndexMap;

use super::super::coerce::{add, to_number, to_text, truthy};
use super::super::error::{Outcome, fail};
use super::super::eval::Evaluator;
use super::super::value::{Record, Value};
use super::super::{methods, parse, tests, units};
use super::{Given, reserve};

pub(super) fn missing(value: &Value, operation: &str) -> Outcome<()> {
    if value.is_nullish() { fail(format!("{operation} requires a sequence")) } else { Ok(()) }
}

/// Lists and texts as items; `None` for anything else.
pub(super) fn items(evaluator: &Evaluator<'_>, value: &Value) -> Outcome<Option<Vec<Value>>> {
    Ok(match value {
        Value::Array(array) => Some(array.values()),
        Value::Text(text) | Value::Safe(text) => Some(letters(evaluator, text)?),
        _ => None,
    })
}

/// The units of a text as items, which take far more room than the text.
pub(super) fn letters(evaluator: &Evaluator<'_>, text: &str) -> Outcome<Vec<Value>> {
    evaluator.meter.charge(text.len())?;
    Ok(units::split(text).into_iter().map(Value::text).collect())
}

/// The items of a mapping with a `length`, as loops over array-likes see it.
pub(super) fn indexed(evaluator: &mut Evaluator<'_>, record: &Record) -> Outcome<Vec<Value>> {
    let length = to_number(&record.get("length"))?;
    let count = if length.is_nan() || length <= 0.0 { 0.0 } else { length.ceil() };
    let count = reserve(evaluator, count)?;
    Ok((0..count).map(|index| record.get(&index.to_string())).collect())
}

/// The same for `map`, which refuses impossible lengths.
pub(super) fn record_items(evaluator: &mut Evaluator<'_>, record: &Record) -> Outcome<Vec<Value>> {
    if let Value::Number(length) = record.get("length")
        && !length.is_nan()
        && (length.fract() != 0.0 || !(0.0..=4_294_967_295.0).contains(&length))
    {
        return fail("Invalid array-like record length");
    }
    indexed(evaluator, record)
}

fn attribute_key(value: &Value) -> Outcome<Rc<str>> {
    let key = to_text(value)?;
    if parse::is_reserved(&key) { fail(format!("Template attribute {key} is reserved")) } else { Ok(key) }
}

/// A dotted attribute path; empty when there is no attribute.
pub(super) fn attribute_path(value: &Value) -> Outcome<Vec<Rc<str>>> {
    if !truthy(value) {
        return Ok(Vec::new());
    }
    let path: Vec<Rc<str>> = match value {
        Value::Text(text) => text.split('.').map(Into::into).collect(),
        other => vec![to_text(other)?],
    };
    match path.iter().find(|segment| parse::is_reserved(segment)) {
        Some(segment) => fail(format!("Template attribute {segment} is reserved")),
        None => Ok(path),
    }
}

fn lookup(value: &Value, key: &str) -> Outcome<Value> {
    if value.is_nullish() {
        return fail("Cannot read a template attribute from a nullish value");
    }
    Ok(methods::own(value, key).unwrap_or(Value::Undefined))
}

/// Follows a path; a missing step ends it.
pub(super) fn lookup_path(value: &Value, path: &[Rc<str>]) -> Outcome<Value> {
    let mut current = value.clone();
    for segment in path {
        if current.is_nullish() {
            return fail("Cannot read a template attribute from a nullish value");
        }
        match methods::own(&current, segment) {
            Some(next) => current = next,
            None => return Ok(Value::Undefined),
        }
    }
    Ok(current)
}

/// The attribute of every item; holes stay holes.
fn project(evaluator: &mut Evaluator<'_>, input: &Value, key: &str) -> Outcome<Vec<Option<Value>>> {
    match input {
        Value::Array(array) => {
            let items = array.items.borrow().clone();
            items.iter().map(|item| item.as_ref().map(|item| lookup(item, key)).transpose()).collect()
        }
        Value::Text(text) => letters(evaluator, text)?.iter().map(|unit| lookup(unit, key).map(Some)).collect(),
        Value::Record(record) => record_items(evaluator, record)?.iter().map(|item| lookup(item, key).map(Some)).collect(),
        Value::Safe(text) if !text.is_empty() => lookup(&Value::Undefined, key).map(|value| vec![Some(value)]),
        _ => Ok(Vec::new()),
    }
}

pub(super) fn length(input: &Value) -> Value {
    match input {
        Value::Array(array) => Value::Number(array.len() as f64),
        Value::Record(record) if record.iterator.is_none() => Value::Number(record.entries.len() as f64),
        Value::Text(text) | Value::Safe(text) => Value::Number(units::length(text) as f64),
        Value::Undefined | Value::Null | Value::Bool(false) => Value::Number(0.0),
        _ => Value::Undefined,
    }
}

pub(super) fn list(evaluator: &Evaluator<'_>, input: &Value) -> Outcome<Value> {
    match input {
        Value::Array(_) => Ok(input.clone()),
        Value::Text(text) | Value::Safe(text) => Ok(Value::list(letters(evaluator, text)?)),
        Value::Record(record) if record.iterator.is_none() => {
            let pair = |(key, value): (&Rc<str>, &Value)| {
                Value::record([("key".into(), Value::Text(Rc::clone(key))), ("value".into(), value.clone())])
            };
            Ok(Value::list(record.entries.iter().map(pair).collect::<Outcome<Vec<_>>>()?))
        }
        _ => fail("list requires an iterable value"),
    }
}

pub(super) fn edge(input: &Value, last: bool) -> Outcome<Value> {
    missing(input, if last { "last" } else { "first" })?;
    Ok(match input {
        Value::Array(array) => array.at(if last { array.len().wrapping_sub(1) } else { 0 }),
        Value::Text(text) | Value::Safe(text) => {
            let at = if last { units::length(text).wrapping_sub(1) } else { 0 };
            units::at(text, at).map_or(Value::Undefined, Value::text)
        }
        Value::Record(record) if last => {
            let index = to_number(&record.get("length"))? - 1.0;
            record.get(&to_text(&Value::Number(index))?)
        }
        Value::Record(record) => record.get("0"),
        _ => Value::Undefined,
    })
}

/// Upstream draws at random; we take the first item so that answers repeat.
pub(super) fn random(input: &Value) -> Outcome<Value> {
    missing(input, "random")?;
    edge(input, false)
}

pub(super) fn reverse(evaluator: &mut Evaluator<'_>, input: &Value) -> Outcome<Value> {
    Ok(match input {
        Value::Text(text) | Value::Safe(text) => {
            let mut reversed = units::units(text);
            reversed.reverse();
            super::copy_safeness(input, units::text(&reversed))
        }
        Value::Array(array) => {
            let mut items = array.items.borrow().clone();
            items.reverse();
            Value::sparse(items)
        }
        Value::Record(record) => {
            let mut items = record_items(evaluator, record)?;
            items.reverse();
            Value::list(items)
        }
        _ => Value::list([]),
    })
}

fn positive(value: &Value, what: &str) -> Outcome<usize> {
    let count = to_number(value)?.trunc();
    if (1.0..=9_007_199_254_740_991.0).contains(&count) { Ok(count as usize) } else { fail(format!("{what} must be a positive integer")) }
}

pub(super) fn batch(evaluator: &mut Evaluator<'_>, input: &Value, given: &Given<'_>) -> Outcome<Value> {
    missing(input, "batch")?;
    let width = positive(given.at(0), "Batch size")?;
    let values = match input {
        Value::Record(record) => indexed(evaluator, record)?,
        other => match items(evaluator, other)? {
            Some(values) => values,
            None => return Ok(Value::list([])),
        },
    };
    let fill = given.at(1);
    let mut rows = Vec::new();
    for chunk in values.chunks(width) {
        let mut row = chunk.to_vec();
        if truthy(fill) && row.len() < width {
            evaluator.charge_many(width - row.len())?;
            row.resize(width, fill.clone());
        }
        rows.push(Value::list(row));
    }
    Ok(Value::list(rows))
}

pub(super) fn slice(evaluator: &Evaluator<'_>, input: &Value, given: &Given<'_>) -> Outcome<Value> {
    let Some(values) = items(evaluator, input)? else { return fail("slice requires a sequence") };
    let count = positive(given.at(0), "Slice count")?;
    if count > 1_000_000 {
        return Err(super::super::error::TemplateError::limit("work unit"));
    }
    evaluator.meter.charge(count)?;
    let (base, extra) = (values.len() / count, values.len() % count);
    let fill = given.at(1);
    let text = input.as_text();
    let mut out = Vec::new();
    let mut offset = 0;
    for index in 0..count {
        let length = base + usize::from(index < extra);
        let filled = truthy(fill) && index >= extra;
        if let Some(text) = text {
            if filled {
                return fail("slice cannot append a fill value to a string");
            }
            out.push(Value::text(units::slice(text, offset, offset + length)));
        } else {
            let mut part = values.get(offset..offset + length).unwrap_or_default().to_vec();
            if filled {
                part.push(fill.clone());
            }
            out.push(Value::list(part));
        }
        offset += length;
    }
    Ok(Value::list(out))
}

pub(super) fn join(evaluator: &mut Evaluator<'_>, input: &Value, given: &Given<'_>) -> Outcome<Value> {
    let separator = if truthy(given.at(0)) { to_text(given.at(0))? } else { "".into() };
    let values = if truthy(given.at(1)) {
        project(evaluator, input, &attribute_key(given.at(1))?)?
    } else {
        let Value::Array(array) = input else { return fail("join requires an array") };
        array.items.borrow().clone()
    };
    let text = |value: &Option<Value>| match value {
        None | Some(Value::Undefined | Value::Null) => Ok("".into()),
        Some(value) => to_text(value),
    };
    let parts = values.iter().map(text).collect::<Outcome<Vec<Rc<str>>>>()?;
    evaluator.meter.admit_text(parts.len().saturating_mul(separator.len()))?;
    Ok(Value::text(units::joined(parts.join(&separator))))
}

pub(super) fn sum(evaluator: &mut Evaluator<'_>, input: &Value, given: &Given<'_>) -> Outcome<Value> {
    let values: Vec<Value> = if truthy(given.at(0)) {
        project(evaluator, input, &attribute_key(given.at(0))?)?.into_iter().flatten().collect()
    } else {
        let Value::Array(array) = input else { return fail("sum requires an array") };
        array.present()
    };
    let reduced = values.iter().try_fold(Value::Number(0.0), |sum, value| evaluator.meter.made(add(&sum, value)?))?;
    let start = if matches!(given.at(1), Value::Undefined) { &Value::Number(0.0) } else { given.at(1) };
    add(start, &reduced)
}

pub(super) fn groupby(evaluator: &mut Evaluator<'_>, input: &Value, given: &Given<'_>) -> Outcome<Value> {
    missing(input, "groupby")?;
    let values = match input {
        Value::Record(record) => indexed(evaluator, record)?,
        other => match items(evaluator, other)? {
            Some(values) => values,
            None => return Value::record([]),
        },
    };
    let path = attribute_path(given.at(0))?;
    let mut groups: IndexMap<Rc<str>, Vec<Value>> = IndexMap::new();
    for value in values {
        let key = to_text(&lookup_path(&value, &path)?)?;
        groups.entry(key).or_default().push(value);
    }
    Value::record(groups.into_iter().map(|(key, values)| (key, Value::list(values))))
}

pub(super) fn select(evaluator: &mut Evaluator<'_>, input: &Value, given: &Given<'_>, wanted: bool) -> Outcome<Value> {
    let name = if matches!(given.at(0), Value::Undefined) { "truthy".into() } else { to_text(given.at(0))? };
    let Some(arity) = tests::arity(&name) else { return fail(format!("Unknown template test {name}")) };
    missing(input, if wanted { "select" } else { "reject" })?;
    let values = match input {
        Value::Record(record) => {
            let length = to_number(&record.get("length"))?;
            let count = if length.is_nan() || length <= 0.0 { 0.0 } else { length.floor() };
            let count = reserve(evaluator, count)?;
            (0..count).filter_map(|index| record.entries.get(index.to_string().as_str()).cloned()).collect()
        }
        Value::Array(array) => array.present(),
        other => match items(evaluator, other)? {
            Some(values) => values,
            None => return Ok(Value::list([])),
        },
    };
    let mut arguments = given.rest(1).to_vec();
    if evaluator.options.legacy {
        // A JavaScript function takes what it is given.
        arguments.resize(arity, Value::Undefined);
    }
    if arguments.len() != arity {
        return fail(format!("Template test {name} requires {arity} positional arguments"));
    }
    let mut out = Vec::new();
    for value in values {
        if tests::apply(&name, &value, &arguments)? == wanted {
            out.push(value);
        }
    }
    Ok(Value::list(out))
}

pub(super) fn selectattr(input: &Value, given: &Given<'_>, wanted: bool) -> Outcome<Value> {
    let Value::Array(array) = input else { return fail("selectattr and rejectattr require an array") };
    let key = attribute_key(given.at(0))?;
    let mut out = Vec::new();
    for value in array.present() {
        if truthy(&lookup(&value, &key)?) == wanted {
            out.push(value);
        }
    }
    Ok(Value::list(out))
}
