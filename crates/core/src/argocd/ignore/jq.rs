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
        let program = Program::deletion(expression, Limits::default()).map_err(|error| Error::upstream(error.to_string()))?;
        Ok(Self { program })
    }

    /// Deletes; anything but exactly one result leaves the object as it was. Says whether there was one.
    pub(super) fn apply(&self, object: &mut Value, removed: Option<&mut Vec<String>>) -> bool {
        if !object.is_object() && !object.is_null() {
            return false;
        }
        let before = removed.is_some().then(|| object.clone());
        if self.program.delete_from(object).is_err() {
            return false;
        }
        go_numbers(object);
        if let (Some(removed), Some(before)) = (removed, before) {
            missing(&mut String::new(), &before, object, removed);
        }
        true
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
