//! Printing: Go's `%v`, and JSON.

use super::super::interpreter::Result;
use super::super::value::{Map, MapKind, Val};
use crate::Value;
use crate::lang::LangError;
use crate::lang::gofmt::time::{Zone, format_duration};
use crate::lang::gofmt::time_layout::{DAYS, MONTHS};
use crate::lang::gofmt::{float, json};

/// `fmt.Sprintf("%v", value)`
pub(in crate::lang::expr) fn print(value: &Val) -> String {
    match value {
        Val::Nil => "<nil>".into(),
        Val::Bool(value) => value.to_string(),
        Val::Int(value) | Val::Int64(value) => value.to_string(),
        Val::Byte(byte) => byte.to_string(),
        Val::Float(value) => general(*value),
        Val::Str(text) => text.to_string(),
        Val::Time(time) => time.format("2006-01-02 15:04:05.999999999 -0700 MST"),
        Val::Duration(nanos) => format_duration(*nanos),
        Val::Month(month) => named(&MONTHS, *month - 1).unwrap_or_else(|| format!("%!Month({month})")),
        Val::Weekday(day) => named(&DAYS, *day).unwrap_or_else(|| format!("%!Weekday({day})")),
        Val::Location(zone) => match zone.as_ref() {
            Zone::Utc => "UTC".into(),
            Zone::Fixed(_, name) => name.clone(),
            Zone::Named(zone) => zone.iana_name().unwrap_or_default().to_owned(),
        },
        Val::Slice(slice) => {
            let items: Vec<String> = slice.items.iter().map(print).collect();
            format!("[{}]", items.join(" "))
        }
        Val::Map(map) => {
            let entries: Vec<String> = sorted(map).iter().map(|(key, value)| format!("{}:{}", print(key), print(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        Val::Func(_) => "0x0".into(),
    }
}

/// `%v` of a double.
fn general(value: f64) -> String {
    float::format(value, b'g', -1)
}

fn named(names: &[&str], index: i64) -> Option<String> {
    usize::try_from(index).ok().and_then(|index| names.get(index)).map(|name| (*name).to_owned())
}

/// Entries by key as `fmt` orders them: nil, then numbers, then texts.
fn sorted(map: &Map) -> Vec<&(Val, Val)> {
    let mut entries: Vec<&(Val, Val)> = map.entries.iter().collect();
    let rank = |key: &Val| match key {
        Val::Nil => 0,
        Val::Int(_) | Val::Int64(_) | Val::Byte(_) => 1,
        Val::Float(_) => 2,
        Val::Bool(_) => 3,
        _ => 4,
    };
    entries.sort_by(|(a, _), (b, _)| {
        let by_rank = rank(a).cmp(&rank(b));
        by_rank.then_with(|| super::super::operators::order(a, b, "<").ok().flatten().unwrap_or(std::cmp::Ordering::Equal))
    });
    entries
}

/// `type(value)`
pub(super) fn type_word(value: &Val) -> &'static str {
    match value {
        Val::Nil => "nil",
        Val::Bool(_) => "bool",
        Val::Int(_) | Val::Int64(_) => "int",
        Val::Byte(_) => "uint",
        Val::Float(_) => "float",
        Val::Str(_) => "string",
        Val::Time(_) => "time.Time",
        Val::Duration(_) => "time.Duration",
        Val::Month(_) => "time.Month",
        Val::Weekday(_) => "time.Weekday",
        Val::Location(_) => "unknown",
        Val::Slice(_) => "array",
        Val::Map(_) => "map",
        Val::Func(_) => "func",
    }
}

/// `json.MarshalIndent(value, "", "  ")`
pub(super) fn to_json(value: &Val) -> Result {
    let mut out = Vec::new();
    write(value, &mut out, 0)?;
    Ok(Val::string(String::from_utf8_lossy(&out).into_owned()))
}

fn line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.extend(std::iter::repeat_n(b' ', 2 * depth));
}

fn write(value: &Val, out: &mut Vec<u8>, depth: usize) -> Result<()> {
    if depth > 500 {
        return Err(LangError::limit("the value nests too deeply"));
    }
    match value {
        Val::Nil => out.extend_from_slice(b"null"),
        Val::Bool(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Val::Int(value) | Val::Int64(value) | Val::Duration(value) | Val::Month(value) | Val::Weekday(value) => {
            out.extend_from_slice(value.to_string().as_bytes());
        }
        Val::Byte(byte) => out.extend_from_slice(byte.to_string().as_bytes()),
        Val::Float(value) => {
            let text = json::number(*value).map_err(|_| LangError::eval(format!("json: unsupported value: {}", general(*value))))?;
            out.extend_from_slice(text.as_bytes());
        }
        Val::Str(text) => json::write_text(out, text.as_bytes(), true),
        Val::Time(time) => json::write_text(out, time.format("2006-01-02T15:04:05.999999999Z07:00").as_bytes(), true),
        Val::Location(_) => out.extend_from_slice(b"{}"),
        slice if slice.is_nil_slice() => out.extend_from_slice(b"null"),
        Val::Slice(slice) => {
            out.push(b'[');
            for (index, item) in slice.items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                line(out, depth + 1);
                write(item, out, depth + 1)?;
            }
            if !slice.items.is_empty() {
                line(out, depth);
            }
            out.push(b']');
        }
        Val::Map(map) if map.kind == MapKind::Text => {
            out.push(b'{');
            for (index, (key, value)) in sorted(map).into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                line(out, depth + 1);
                json::write_text(out, print(key).as_bytes(), true);
                out.extend_from_slice(b": ");
                write(value, out, depth + 1)?;
            }
            if !map.entries.is_empty() {
                line(out, depth);
            }
            out.push(b'}');
        }
        other => return Err(LangError::eval(format!("json: unsupported type: {}", other.ty().name()))),
    }
    Ok(())
}

/// `json.Unmarshal` into `any`.
pub(super) fn from_json(text: &str) -> Result {
    let value: Value = serde_json::from_str(text).map_err(|why| LangError::eval(why.to_string()))?;
    Ok(Val::from_json(&value))
}
