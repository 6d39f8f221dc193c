//! `jqPathExpressions`: each runs as `del(EXPRESSION)`.

use crate::argocd::normalize::go_numbers;
use crate::lang::Limits;
use crate::lang::jq::Program;
use crate::text::pointer;
use crate::{Error, Result, Value};

/// A compiled deletion.
pub(super) struct Deletion {
    program: Program,
}

impl Deletion {
    pub(super) fn compile(expression: &str) -> Result<Self> {
        let program =
            Program::compile(&format!("del({expression})"), Limits::default()).map_err(|error| Error::upstream(error.to_string()))?;
        Ok(Self { program })
    }

    /// Deletes; anything but exactly one result leaves the object as it was.
    pub(super) fn apply(&self, object: &mut Value, removed: Option<&mut Vec<String>>) {
        if !object.is_object() && !object.is_null() {
            return;
        }
        let mut input = object.clone();
        through_float(&mut input);
        let Ok(mut results) = self.program.run(&input) else { return };
        if results.len() != 1 {
            return;
        }
        let Some(mut result) = results.pop() else { return };
        go_numbers(&mut result);
        if let Some(removed) = removed {
            missing(&mut String::new(), object, &result, removed);
        }
        *object = result;
    }
}

/// Upstream decodes into `float64` on the way: integers beyond 2^53 are rounded.
fn through_float(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(integer) = number.as_i64()
                && integer.unsigned_abs() > 1 << 53
            {
                #[allow(clippy::cast_precision_loss)]
                if let Some(float) = serde_json::Number::from_f64(integer as f64) {
                    *number = crate::kube::structs::go_number(&float);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(through_float),
        Value::Object(members) => members.values_mut().for_each(through_float),
        _ => {}
    }
}

/// The pointers of what is in `before` and no longer in `after`.
fn missing(path: &mut String, before: &Value, after: &Value, out: &mut Vec<String>) {
    let len = path.len();
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before {
                pointer::push(path, key);
                match after.get(key) {
                    Some(left) => missing(path, value, left, out),
                    None => out.push(path.clone()),
                }
                path.truncate(len);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            let mut left = after.iter().peekable();
            let gone = before.len().saturating_sub(after.len());
            let mut skipped = 0;
            for (index, value) in before.iter().enumerate() {
                pointer::push(path, &index.to_string());
                match left.peek() {
                    Some(same) if *same == value || skipped == gone => {
                        missing(path, value, same, out);
                        left.next();
                    }
                    _ => {
                        skipped += 1;
                        out.push(path.clone());
                    }
                }
                path.truncate(len);
            }
        }
        (before, after) if before != after => out.push(path.clone()),
        _ => {}
    }
}
