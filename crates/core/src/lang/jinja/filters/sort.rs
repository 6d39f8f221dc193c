//! `sort` and `dictsort`, in the order that V8's sort gives even to inconsistent comparisons.

use std::cmp::Ordering;
use std::rc::Rc;

use super::super::coerce::{order, strict_equal, truthy};
use super::super::error::{Outcome, fail};
use super::super::eval::Evaluator;
use super::super::meter::Meter;
use super::super::value::{Callable, Record, Value};
use super::Given;
use super::sequence::{attribute_path, letters, lookup_path, record_items};

/// Shorter lists are sorted by insertion.
const INSERTION: usize = 64;

/// Sorts in place, stable; `compare` may contradict itself.
pub(in super::super) fn sort_by<T: Clone>(items: &mut [T], compare: &mut dyn FnMut(&T, &T) -> Outcome<Ordering>) -> Outcome<()> {
    let length = items.len();
    if length < 2 {
        return Ok(());
    }
    if length < INSERTION {
        let run = count_run(items, compare)?;
        return insert(items, run, compare);
    }
    let middle = length / 2;
    let (left, right) = items.split_at_mut(middle);
    sort_by(left, compare)?;
    sort_by(right, compare)?;
    let (left, right) = (left.to_vec(), right.to_vec());
    let (mut a, mut b) = (left.iter().peekable(), right.iter().peekable());
    for place in items.iter_mut() {
        let take_right = match (a.peek(), b.peek()) {
            (Some(x), Some(y)) => compare(y, x)? == Ordering::Less,
            (None, _) => true,
            _ => false,
        };
        if let Some(next) = if take_right { b.next() } else { a.next() } {
            *place = next.clone();
        }
    }
    Ok(())
}

/// The length of the run at the start, made ascending.
fn count_run<T: Clone>(items: &mut [T], compare: &mut dyn FnMut(&T, &T) -> Outcome<Ordering>) -> Outcome<usize> {
    let mut step = |items: &[T], at: usize| match (items.get(at), items.get(at - 1)) {
        (Some(this), Some(previous)) => compare(this, previous),
        _ => Ok(Ordering::Equal),
    };
    let descending = step(items, 1)? == Ordering::Less;
    let mut end = 2;
    while end < items.len() && (step(items, end)? == Ordering::Less) == descending {
        end += 1;
    }
    if descending && let Some(run) = items.get_mut(..end) {
        run.reverse();
    }
    Ok(end)
}

/// Binary insertion of what follows the sorted start.
fn insert<T: Clone>(items: &mut [T], sorted: usize, compare: &mut dyn FnMut(&T, &T) -> Outcome<Ordering>) -> Outcome<()> {
    for start in sorted..items.len() {
        let (mut left, mut right) = (0, start);
        while left < right {
            let middle = left + (right - left) / 2;
            let smaller = match (items.get(start), items.get(middle)) {
                (Some(pivot), Some(other)) => compare(pivot, other)? == Ordering::Less,
                _ => false,
            };
            if smaller { right = middle } else { left = middle + 1 }
        }
        if let Some(range) = items.get_mut(left..=start) {
            range.rotate_right(1);
        }
    }
    Ok(())
}

/// A comparison is free unless it has to print a list or read a long text.
pub(in super::super) fn pay(meter: &Meter, left: &Value, right: &Value) -> Outcome<()> {
    [left, right].into_iter().try_for_each(|value| match value {
        Value::Array(_) => meter.expand(value),
        Value::Text(text) | Value::Safe(text) => meter.text(text.len()),
        _ => Ok(()),
    })
}

/// `sort(reverse, case_sensitive, attribute)`.
pub(super) fn sort(evaluator: &mut Evaluator<'_>, input: &Value, given: &Given<'_>) -> Outcome<Value> {
    let (items, holes) = match input {
        Value::Record(record) => (record_items(evaluator, record)?, 0),
        Value::Array(array) => {
            let present = array.present();
            let holes = array.len() - present.len();
            (present, holes)
        }
        Value::Text(text) | Value::Safe(text) => (letters(evaluator, text)?, 0),
        _ => return Ok(Value::list([])),
    };
    let reverse = truthy(given.at(0));
    let case_sensitive = truthy(given.at(1));
    let path = attribute_path(given.at(2))?;
    // JavaScript never compares undefined: it goes last, and holes after it.
    let (mut values, undefined): (Vec<Value>, Vec<Value>) = items.into_iter().partition(|item| !matches!(item, Value::Undefined));
    let lowered = |value: Value| match &value {
        Value::Text(text) | Value::Safe(text) if !case_sensitive => Value::text(text.to_lowercase()),
        _ => value,
    };
    let meter = &evaluator.meter;
    sort_by(&mut values, &mut |left, right| {
        let (left, right) = (lookup_path(left, &path)?, lookup_path(right, &path)?);
        let both = left.as_text().is_some() && right.as_text().is_some();
        let (left, right) = if both { (lowered(left), lowered(right)) } else { (left, right) };
        pay(meter, &left, &right)?;
        let order = order(&left, &right)?.unwrap_or(Ordering::Equal);
        Ok(if reverse { order.reverse() } else { order })
    })?;
    let mut out: Vec<Option<Value>> = values.into_iter().chain(undefined).map(Some).collect();
    out.extend(std::iter::repeat_n(None, holes));
    Ok(Value::sparse(out))
}

/// `dictsort(case_sensitive, by)`.
pub(super) fn dictsort(evaluator: &Evaluator<'_>, input: &Value, given: &Given<'_>) -> Outcome<Value> {
    let safe;
    let record = match input {
        Value::Record(record) if record.iterator.is_none() => record,
        Value::Safe(text) if evaluator.options.legacy => {
            safe = safe_members(text);
            &safe
        }
        _ => return fail("dictsort requires a record"),
    };
    let case_sensitive = truthy(given.at(0));
    let by_value = match given.at(1) {
        Value::Undefined => false,
        Value::Text(by) if &**by == "key" => false,
        Value::Text(by) if &**by == "value" => true,
        _ => return fail("dictsort can only sort by key or value"),
    };
    let mut entries: Vec<(Value, Value)> = record.entries.iter().map(|(key, value)| (Value::Text(Rc::clone(key)), value.clone())).collect();
    let raised = |value: &Value| match value {
        Value::Text(text) | Value::Safe(text) if !case_sensitive => Value::text(text.to_uppercase()),
        other => other.clone(),
    };
    sort_by(&mut entries, &mut |left, right| {
        let (left, right) = if by_value { (raised(&left.1), raised(&right.1)) } else { (raised(&left.0), raised(&right.0)) };
        pay(&evaluator.meter, &left, &right)?;
        if order(&left, &right)? == Some(Ordering::Greater) {
            return Ok(Ordering::Greater);
        }
        Ok(if strict_equal(&left, &right) { Ordering::Equal } else { Ordering::Less })
    })?;
    Ok(Value::list(entries.into_iter().map(|(key, value)| Value::list([key, value]))))
}

/// What a loop over nunjucks' safe text meets: its own members, then those of its prototype, which print as their source.
fn safe_members(text: &Rc<str>) -> Rc<Record> {
    let method = |name: &str, source: &'static str| (Rc::from(name), Value::callable(Callable::Source(source)));
    let length = Value::Number(super::super::units::length(text) as f64);
    let own = [(Rc::from("val"), Value::Text(Rc::clone(text))), (Rc::from("length"), length)];
    let inherited = [
        method("valueOf", "function valueOf() {\n    return this.val;\n  }"),
        method("toString", "function toString() {\n    return this.val;\n  }"),
    ];
    Rc::new(Record::of(own.into_iter().chain(inherited).collect()))
}
