//! JSON as gojq writes it: sorted keys, no spaces, NaN as null.

use std::fmt::Write as _;

use super::value::V;
use crate::lang::javascript::quote_with;

/// The JSON text of a value.
pub(super) fn encode(value: &V) -> String {
    let mut out = String::new();
    write(value, &mut out, usize::MAX);
    out
}

/// The JSON text for a message, which ends somewhere where the value does not.
pub(super) fn message(value: &V) -> String {
    let mut out = String::new();
    write(value, &mut out, 1 << 20);
    out
}

/// The JSON text cut to thirty bytes, for messages.
pub(super) fn preview(value: &V) -> String {
    const ROOM: usize = 30;
    let mut out = String::new();
    write(value, &mut out, 32);
    if out.len() > ROOM {
        let trailing = match value {
            V::Str(_) => " ...\"",
            V::Arr(_) => " ...]",
            V::Obj(_) => " ...}",
            _ => " ...",
        };
        let mut end = ROOM - trailing.len();
        while !out.is_char_boundary(end) {
            end -= 1;
        }
        out.truncate(end);
        out.push_str(trailing);
    }
    out
}

/// Stops soon after `room` bytes.
fn write(value: &V, out: &mut String, room: usize) {
    if out.len() > room {
        return;
    }
    match value {
        V::Null => out.push_str("null"),
        V::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        V::Int(i) => {
            let _ = write!(out, "{i}");
        }
        V::Big(big) => {
            let _ = write!(out, "{big}");
        }
        V::Float(f) => out.push_str(&float(*f)),
        V::Str(text) => string(text, out),
        V::Arr(arr) => {
            out.push('[');
            for (index, item) in arr.items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                if out.len() > room {
                    return;
                }
                write(item, out, room);
            }
            out.push(']');
        }
        V::Obj(obj) => {
            out.push('{');
            for (index, (key, item)) in obj.members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                if out.len() > room {
                    return;
                }
                string(key, out);
                out.push(':');
                write(item, out, room);
            }
            out.push('}');
        }
    }
}

/// A double as jq prints it.
fn float(f: f64) -> String {
    if f.is_nan() {
        return "null".to_owned();
    }
    let f = f.clamp(-f64::MAX, f64::MAX);
    let size = f.abs();
    if (size != 0.0 && size < 1e-6) || size >= 1e21 {
        let text = format!("{f:e}");
        return match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent:0>2}"),
            _ => text,
        };
    }
    format!("{f}")
}

fn string(text: &str, out: &mut String) {
    quote_with(text, out, |byte| byte < b' ' || byte == 0x7f);
}
