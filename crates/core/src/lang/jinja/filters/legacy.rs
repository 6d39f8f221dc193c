//! `batch` and `slice` as nunjucks runs them: any number will do for a count.

use super::super::coerce::{to_number, truthy};
use super::super::error::{Outcome, TemplateError, fail};
use super::super::eval::Evaluator;
use super::super::units;
use super::super::value::Value;
use super::Given;
use super::sequence::{indexed, items, missing};

/// More slices than anybody wants.
const MAX_SLICES: f64 = 1_000_000.0;

pub(super) fn batch(evaluator: &mut Evaluator<'_>, input: &Value, given: &Given<'_>) -> Outcome<Value> {
    missing(input, "batch")?;
    let width = to_number(given.at(0))?;
    let values = match input {
        Value::Record(record) => indexed(evaluator, record)?,
        other => items(evaluator, other)?.unwrap_or_default(),
    };
    let (mut rows, mut row) = (Vec::new(), Vec::new());
    for (index, value) in values.into_iter().enumerate() {
        if index as f64 % width == 0.0 && !row.is_empty() {
            rows.push(Value::list(std::mem::take(&mut row)));
        }
        row.push(value);
    }
    if !row.is_empty() {
        let fill = given.at(1);
        while truthy(fill) && (row.len() as f64) < width {
            evaluator.charge_many(1)?;
            row.push(fill.clone());
        }
        rows.push(Value::list(row));
    }
    Ok(Value::list(rows))
}

pub(super) fn slice(evaluator: &Evaluator<'_>, input: &Value, given: &Given<'_>) -> Outcome<Value> {
    missing(input, "slice")?;
    let count = to_number(given.at(0))?;
    let sequence = items(evaluator, input)?;
    if sequence.is_none() && count > 0.0 {
        return fail("slice requires a sequence");
    }
    let (values, fill, text) = (sequence.unwrap_or_default(), given.at(1), input.as_text());
    let length = values.len() as f64;
    let (size, extra) = ((length / count).floor(), length % count);
    if count > MAX_SLICES {
        return Err(TemplateError::limit("work unit"));
    }
    evaluator.meter.charge(count.max(0.0) as usize)?;
    let (mut slices, mut start) = (Vec::new(), 0_usize);
    while (slices.len() as f64) < count {
        let long = (slices.len() as f64) < extra;
        let end = (start + size as usize + usize::from(long)).min(values.len());
        let filled = truthy(fill) && !long;
        slices.push(match text {
            Some(_) if filled => return fail("currSlice.push is not a function"),
            Some(text) => Value::text(units::slice(text, start, end)),
            None => Value::list(values.get(start..end).unwrap_or_default().iter().chain(filled.then_some(fill)).cloned()),
        });
        start = end;
    }
    Ok(Value::list(slices))
}
