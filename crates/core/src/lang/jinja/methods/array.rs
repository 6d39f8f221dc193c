//! Methods of lists.

use std::rc::Rc;

use super::super::coerce::{compare_text, strict_equal, to_number, to_text};
use super::super::error::{Outcome, TemplateError, fail};
use super::super::eval::Evaluator;
use super::super::filters::{pay, sort_by};
use super::super::meter::Meter;
use super::super::units;
use super::super::value::{Array, MAX_ENTRIES, Value};
use super::{integer, relative};

/// Lists that nest deeper than this are taken for cyclic.
const DEEPEST: usize = 700;

pub(super) fn invoke(evaluator: &mut Evaluator<'_>, array: &Rc<Array>, name: &str, arguments: Vec<Value>) -> Outcome<Value> {
    let length = array.len();
    let first = arguments.first();
    let second = arguments.get(1);
    let argument = |at: usize| arguments.get(at).cloned().unwrap_or(Value::Undefined);
    match name {
        "at" => {
            let at = integer(first)?.unwrap_or(0.0);
            let at = if at < 0.0 { length as f64 + at } else { at };
            Ok(if at < 0.0 { Value::Undefined } else { array.at(at as usize) })
        }
        "includes" => {
            let start = relative(integer(second)?.unwrap_or(0.0), length);
            let same = |item: &Value| strict_equal(item, &argument(0)) || is_nan(item) && is_nan(&argument(0));
            Ok(Value::Bool(array.values().iter().skip(start).any(same)))
        }
        "indexOf" | "index" | "find" => {
            let start = if name == "indexOf" { relative(integer(second)?.unwrap_or(0.0), length) } else { 0 };
            Ok(index_of(array, &argument(0), start))
        }
        "lastIndexOf" => last_index_of(array, &argument(0), second),
        "count" => {
            let count = array.present().iter().filter(|item| strict_equal(item, &argument(0))).count();
            Ok(Value::Number(count as f64))
        }
        "join" => {
            let separator = match first {
                None | Some(Value::Undefined) => ",".into(),
                Some(value) => to_text(value)?,
            };
            let text = |item: &Value| if item.is_nullish() { Ok("".into()) } else { to_text(item) };
            let parts = array.values().iter().map(text).collect::<Outcome<Vec<Rc<str>>>>()?;
            evaluator.meter.admit_text(parts.len().saturating_mul(separator.len()))?;
            Ok(Value::text(units::joined(parts.join(&separator))))
        }
        "concat" => {
            let mut out = array.items.borrow().clone();
            for value in arguments {
                match &value {
                    Value::Array(other) => out.extend(other.items.borrow().iter().cloned()),
                    _ => out.push(Some(value)),
                }
            }
            list(evaluator, out)
        }
        "flat" => {
            let depth = integer(first)?.unwrap_or(1.0).max(0.0);
            let mut out = Vec::new();
            flatten(evaluator, array, depth, &mut out)?;
            list(evaluator, out)
        }
        "slice" => {
            let start = relative(integer(first)?.unwrap_or(0.0), length);
            let end = integer(second)?.map_or(length, |end| relative(end, length));
            Ok(Value::sparse(array.items.borrow().get(start..end.max(start)).unwrap_or_default().to_vec()))
        }
        _ => mutate(evaluator, array, name, arguments),
    }
}

fn is_nan(value: &Value) -> bool {
    matches!(value, Value::Number(n) if n.is_nan())
}

fn list(evaluator: &Evaluator<'_>, items: Vec<Option<Value>>) -> Outcome<Value> {
    evaluator.meter.made(Value::sparse(items))
}

fn index_of(array: &Array, wanted: &Value, start: usize) -> Value {
    let found = array
        .items
        .borrow()
        .iter()
        .enumerate()
        .skip(start)
        .find(|(_, item)| item.as_ref().is_some_and(|item| strict_equal(item, wanted)))
        .map(|(at, _)| at);
    Value::Number(found.map_or(-1.0, |at| at as f64))
}

fn last_index_of(array: &Array, wanted: &Value, from: Option<&Value>) -> Outcome<Value> {
    let length = array.len();
    let end = match integer(from)? {
        None => length,
        Some(from) if from < 0.0 => (length as f64 + from + 1.0).max(0.0) as usize,
        Some(from) => from.min(length as f64) as usize + 1,
    };
    let items = array.items.borrow();
    let head = items.get(..end.min(length)).unwrap_or_default();
    let found = head.iter().rposition(|item| item.as_ref().is_some_and(|item| strict_equal(item, wanted)));
    Ok(Value::Number(found.map_or(-1.0, |at| at as f64)))
}

fn flatten(evaluator: &mut Evaluator<'_>, array: &Array, depth: f64, out: &mut Vec<Option<Value>>) -> Outcome<()> {
    for item in array.present() {
        evaluator.charge(0)?;
        match &item {
            Value::Array(inner) if depth > 0.0 => flatten(evaluator, inner, depth - 1.0, out)?,
            _ => out.push(Some(item)),
        }
    }
    Ok(())
}

/// Puts changed items back, refusing cycles.
fn store(evaluator: &Evaluator<'_>, array: &Rc<Array>, items: Vec<Option<Value>>) -> Outcome<()> {
    if items.len() > MAX_ENTRIES {
        return fail("Template value containers cannot exceed 100000 entries");
    }
    for item in items.iter().flatten() {
        if reaches(&evaluator.meter, item, array, 0)? {
            return fail("Cyclic template values are not supported");
        }
    }
    array.replace(items);
    evaluator.meter.made(Value::Array(Rc::clone(array))).map(drop)
}

/// Whether the list is somewhere in the value; lists that share items are paid for each time.
fn reaches(meter: &Meter, value: &Value, wanted: &Rc<Array>, depth: usize) -> Outcome<bool> {
    if depth > DEEPEST {
        return Ok(true);
    }
    match value {
        Value::Array(array) if Rc::ptr_eq(array, wanted) => return Ok(true),
        Value::Array(array) => {
            for item in array.items.borrow().iter().flatten().filter(|item| matches!(item, Value::Array(_) | Value::Record(_))) {
                meter.charge(1)?;
                if reaches(meter, item, wanted, depth + 1)? {
                    return Ok(true);
                }
            }
        }
        Value::Record(record) => {
            for item in record.entries.values() {
                meter.charge(1)?;
                if reaches(meter, item, wanted, depth + 1)? {
                    return Ok(true);
                }
            }
        }
        _ => {}
    }
    Ok(false)
}

/// Methods that change the list.
fn mutate(evaluator: &mut Evaluator<'_>, array: &Rc<Array>, name: &str, arguments: Vec<Value>) -> Outcome<Value> {
    let mut items = array.items.borrow().clone();
    let length = items.len();
    let receiver = || Value::Array(Rc::clone(array));
    let first = arguments.first();
    let second = arguments.get(1);
    let count = |items: &[Option<Value>]| Value::Number(items.len() as f64);
    let answer = match name {
        "push" | "append" => {
            items.extend(arguments.into_iter().map(Some));
            count(&items)
        }
        "unshift" => {
            items.splice(0..0, arguments.into_iter().map(Some));
            count(&items)
        }
        "pop" if evaluator.options.cookiecutter_compat && !matches!(first, None | Some(Value::Undefined)) => {
            let at = integer(first)?.unwrap_or(0.0);
            let at = if at < 0.0 { length as f64 + at } else { at };
            if at < 0.0 || at >= length as f64 { Value::Undefined } else { items.remove(at as usize).unwrap_or(Value::Undefined) }
        }
        "pop" => items.pop().flatten().unwrap_or(Value::Undefined),
        "shift" => {
            if items.is_empty() {
                Value::Undefined
            } else {
                items.remove(0).unwrap_or(Value::Undefined)
            }
        }
        "splice" => splice(&mut items, &arguments)?,
        "sort" => {
            items = sorted(evaluator, items)?;
            receiver()
        }
        "reverse" => {
            items.reverse();
            receiver()
        }
        "fill" => {
            let start = relative(integer(second)?.unwrap_or(0.0), length);
            let end = integer(arguments.get(2))?.map_or(length, |end| relative(end, length));
            let value = first.cloned().unwrap_or(Value::Undefined);
            for place in items.iter_mut().take(end).skip(start) {
                *place = Some(value.clone());
            }
            receiver()
        }
        "copyWithin" => {
            let to = relative(integer(first)?.unwrap_or(0.0), length);
            let start = relative(integer(second)?.unwrap_or(0.0), length);
            let end = integer(arguments.get(2))?.map_or(length, |end| relative(end, length)).max(start);
            let copied = items.get(start..end).unwrap_or_default().to_vec();
            for (place, value) in items.iter_mut().skip(to).zip(copied) {
                *place = value;
            }
            receiver()
        }
        "insert" => {
            let at = relative(integer(first)?.unwrap_or(0.0), length);
            items.insert(at, Some(second.cloned().unwrap_or(Value::Undefined)));
            Value::list([])
        }
        "remove" => {
            let wanted = first.cloned().unwrap_or(Value::Undefined);
            match items.iter().position(|item| item.as_ref().is_some_and(|item| strict_equal(item, &wanted))) {
                Some(at) => Value::sparse(vec![items.remove(at)]),
                None => Value::list([]),
            }
        }
        _ => return Err(TemplateError::evaluation(format!("Unsupported array intrinsic {name}"))),
    };
    store(evaluator, array, items)?;
    Ok(answer)
}

/// `undefined` goes to the end and holes after it, as in JavaScript.
fn sorted(evaluator: &Evaluator<'_>, items: Vec<Option<Value>>) -> Outcome<Vec<Option<Value>>> {
    let holes = items.iter().filter(|item| item.is_none()).count();
    let present: Vec<Value> = items.into_iter().flatten().collect();
    let (mut values, undefined): (Vec<Value>, Vec<Value>) = present.into_iter().partition(|item| !matches!(item, Value::Undefined));
    sort_by(&mut values, &mut |left, right| {
        pay(&evaluator.meter, left, right)?;
        Ok(compare_text(&to_text(left)?, &to_text(right)?))
    })?;
    let present = values.into_iter().chain(undefined).map(Some);
    Ok(present.chain(std::iter::repeat_n(None, holes)).collect())
}

fn splice(items: &mut Vec<Option<Value>>, arguments: &[Value]) -> Outcome<Value> {
    let length = items.len();
    let Some(first) = arguments.first().filter(|first| !matches!(first, Value::Undefined)) else { return Ok(Value::list([])) };
    let start = relative(integer(Some(first))?.unwrap_or(0.0), length);
    let remove = match arguments.get(1) {
        None | Some(Value::Undefined) => length - start,
        Some(count) => {
            let count = to_number(count)?;
            let count = if count.is_nan() { 0.0 } else { count.trunc().max(0.0) };
            (count.min(length as f64) as usize).min(length - start)
        }
    };
    let added: Vec<Option<Value>> = arguments.iter().skip(2).cloned().map(Some).collect();
    let removed: Vec<Option<Value>> = items.splice(start..start + remove, added).collect();
    Ok(Value::sparse(removed))
}
