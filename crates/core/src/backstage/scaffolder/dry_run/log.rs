//! What a run tells (upstream: the task's log, and winston's simple format).

use serde_json::Value;

use super::redact::Redactions;
use crate::lang::javascript::{stringify, to_text};

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The step that it is about.
    pub step: Option<String>,
    /// `processing`, `completed` or `skipped`, when the step becomes so.
    pub status: Option<&'static str>,
    /// The text, secrets hidden. What a fetch says of each file is left out: the files tell.
    pub message: String,
}

/// The log of a run.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) lines: Vec<LogLine>,
}

impl Log {
    /// The first line. A run has one step more, which collects the files.
    pub(super) fn start(&mut self, steps: usize) {
        let message = format!("Starting up task with {} steps", steps + 1);
        self.lines.push(LogLine { step: None, status: None, message });
    }

    /// A step begins, ends or is left out.
    pub(super) fn status(&mut self, step: &str, status: &'static str, message: String) {
        self.lines.push(LogLine { step: Some(step.to_owned()), status: Some(status), message });
    }

    /// What a step or its action tells.
    pub(super) fn info(&mut self, step: &str, redactions: &Redactions, message: &str) {
        let message = redactions.apply(&format!("info: {message}"));
        self.lines.push(LogLine { step: Some(step.to_owned()), status: None, message });
    }
}

/// The iteration as the log shows it: `{"key":"0","value":"a"}`.
pub(super) fn each(key: &str, value: &Value) -> String {
    stringify(&serde_json::json!({ "key": key, "value": shown(value) }))
}

/// `String(value)`, with nested lists flattened.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let item = |item: &Value| if item.is_null() { String::new() } else { shown(item) };
            items.iter().map(item).collect::<Vec<_>>().join(",")
        }
        Value::Object(_) if crate::lang::javascript::special::unmarked(value).is_none() => "[object Object]".to_owned(),
        other => to_text(other),
    }
}

/// The texts of a value that are not the same without secrets (upstream `collectSecretRedactions`).
pub(super) fn differing(with: &Value, without: Option<&Value>, out: &mut Vec<String>) {
    match with {
        Value::String(text) if without.and_then(Value::as_str) != Some(text) => out.push(text.clone()),
        Value::Array(items) => {
            let others = without.and_then(Value::as_array);
            items.iter().enumerate().for_each(|(at, item)| differing(item, others.and_then(|others| others.get(at)), out));
        }
        Value::Object(members) => {
            let others: Vec<(&String, &Value)> = without.and_then(Value::as_object).into_iter().flatten().collect();
            for (at, (key, member)) in members.iter().enumerate() {
                match others.get(at) {
                    None => {
                        out.push(key.clone());
                        differing(member, None, out);
                    }
                    Some((other_key, other)) => {
                        if *other_key != key {
                            out.push(key.clone());
                        }
                        differing(member, Some(other), out);
                    }
                }
            }
        }
        _ => {}
    }
}
