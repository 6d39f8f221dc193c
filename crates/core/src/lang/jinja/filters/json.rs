//! `dump`: `JSON.stringify`.

use super::super::coerce::no_callable;
use super::super::error::{Outcome, fail};
use super::super::units;
use super::super::value::Value;
use crate::lang::javascript::number_to_string;

/// Deepest nesting that is written.
const MAX_DEPTH: usize = 600;

/// `JSON.stringify(value, null, spacing)`; `undefined` stays `undefined`. `legacy` shows how nunjucks marks text as safe.
pub(in super::super) fn dump(value: &Value, spacing: Option<&Value>, legacy: bool) -> Outcome<Value> {
    no_callable(value)?;
    if matches!(value, Value::Undefined | Value::Callable(_)) {
        return Ok(Value::Undefined);
    }
    let indent = match spacing {
        Some(Value::Text(text)) => units::slice(text, 0, 10),
        Some(Value::Number(n)) if *n >= 1.0 => " ".repeat(n.min(10.0) as usize),
        _ => String::new(),
    };
    let mut out = String::new();
    write(value, Layout { indent: &indent, legacy }, 0, &mut out)?;
    Ok(Value::text(out))
}

/// How JSON is written.
#[derive(Clone, Copy)]
struct Layout<'a> {
    indent: &'a str,
    /// Text marked as safe is an object there.
    legacy: bool,
}

fn newline(indent: &str, depth: usize, out: &mut String) {
    if !indent.is_empty() {
        out.push('\n');
        (0..depth).for_each(|_| out.push_str(indent));
    }
}

fn write(value: &Value, layout: Layout<'_>, depth: usize, out: &mut String) -> Outcome<()> {
    let indent = layout.indent;
    if depth > MAX_DEPTH {
        return fail("Template value nesting cannot exceed 256 levels");
    }
    match value {
        Value::Undefined | Value::Null | Value::Callable(_) => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) if n.is_finite() => out.push_str(&number_to_string(*n)),
        Value::Number(_) => out.push_str("null"),
        Value::Safe(text) if layout.legacy => {
            let members = [("val".into(), Value::Text(text.clone())), ("length".into(), Value::Number(units::length(text) as f64))];
            write(&Value::record(members)?, layout, depth, out)?;
        }
        Value::Text(text) | Value::Safe(text) => units::quote(text, out),
        Value::Regex(_) => out.push_str("{}"),
        Value::Array(array) => {
            let items = array.values();
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                newline(indent, depth + 1, out);
                write(item, layout, depth + 1, out)?;
            }
            if !items.is_empty() {
                newline(indent, depth, out);
            }
            out.push(']');
        }
        Value::Record(record) => {
            out.push('{');
            let mut any = false;
            for (key, item) in record.entries.iter().filter(|(_, item)| !matches!(item, Value::Undefined | Value::Callable(_))) {
                if any {
                    out.push(',');
                }
                any = true;
                newline(indent, depth + 1, out);
                units::quote(key, out);
                out.push_str(if indent.is_empty() { ":" } else { ": " });
                write(item, layout, depth + 1, out)?;
            }
            if any {
                newline(indent, depth, out);
            }
            out.push('}');
        }
    }
    Ok(())
}
