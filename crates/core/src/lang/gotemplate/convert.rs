//! Conversions that Sprig's functions share: `spf13/cast`, `strval`, `strslice`, and byte strings.

use super::function::Fault;
use crate::lang::gofmt::{
    Elem, List, Text, TooLarge, Value,
    number::{float_to_int, parse_float, parse_int},
    quote::decode,
    sprint,
};

/// `cast.ToInt64`, and `ToInt` on 64 bits.
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(v) | Value::Int64(v) => *v,
        Value::Uint8(v) => i64::from(*v),
        Value::Uint64(v) => *v as i64,
        Value::Float(v) => float_to_int(*v),
        Value::Bool(v) => i64::from(*v),
        Value::Str(text) => {
            std::str::from_utf8(text.as_bytes()).ok().and_then(|text| parse_int(trim_zero_decimal(text), 0).ok()).unwrap_or(0)
        }
        Value::Foreign(foreign) if foreign.type_name() != "time.Duration" => foreign.integer().unwrap_or(0),
        _ => 0,
    }
}

/// `12.0` as `12`, but `1.5` as it is.
fn trim_zero_decimal(text: &str) -> &str {
    let mut zero = false;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b'.' if zero => return text.get(..at).unwrap_or(text),
            b'.' => {}
            b'0' => zero = true,
            _ => return text,
        }
    }
    text
}

/// `cast.ToFloat64`
pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Float(v) => *v,
        Value::Uint64(v) => *v as f64,
        Value::Str(text) => std::str::from_utf8(text.as_bytes()).ok().and_then(|text| parse_float(text).ok()).unwrap_or(0.0),
        other => to_int(other) as f64,
    }
}

/// Sprig's `strval`.
pub(super) fn strval(value: &Value) -> Result<Text, TooLarge> {
    match value {
        Value::Str(text) => Ok(text.clone()),
        Value::List(list) if list.elem == Elem::Byte => {
            let bytes: Vec<u8> = list.to_vec().iter().map(|v| if let Value::Uint8(b) = v { *b } else { 0 }).collect();
            Ok(bytes.into())
        }
        other => sprint(std::slice::from_ref(other)).map(Text::from),
    }
}

/// Sprig's `strslice`; a `[]string` is given as itself, not as a copy.
pub(super) fn strslice(value: &Value) -> Result<List, TooLarge> {
    match value {
        Value::List(list) if list.elem == Elem::Str => Ok(list.clone()),
        Value::List(list) => {
            let items = list.to_vec();
            let texts: Result<Vec<Value>, TooLarge> =
                items.iter().filter(|item| !item.is_nil_interface()).map(|item| strval(item).map(Value::Str)).collect();
            Ok(List::new(Elem::Str, texts?).with_room(items.len()))
        }
        Value::Nil | Value::Invalid => Ok(List::new(Elem::Str, Vec::new())),
        other => Ok(List::new(Elem::Str, vec![Value::Str(strval(other)?)])),
    }
}

/// Sprig's `empty`.
pub(super) fn empty(value: &Value) -> bool {
    !value.truth()
}

/// A parameter of type `string`.
pub(super) fn text(args: &[Value], index: usize) -> &[u8] {
    match args.get(index) {
        Some(Value::Str(text)) => text.as_bytes(),
        _ => &[],
    }
}

/// A parameter of type `int`.
pub(super) fn int(args: &[Value], index: usize) -> i64 {
    match args.get(index) {
        Some(Value::Int(v)) => *v,
        _ => 0,
    }
}

/// A parameter of type `interface {}`.
pub(super) fn any(args: &[Value], index: usize) -> &Value {
    args.get(index).unwrap_or(&Value::Nil)
}

/// A parameter that must be a slice: the error of `Cannot find first on type string` and its kin.
pub(super) fn slice<'v>(value: &'v Value, what: &str) -> Result<&'v List, Fault> {
    match value {
        Value::List(list) => Ok(list),
        Value::Nil | Value::Invalid => Err("runtime error: invalid memory address or nil pointer dereference".into()),
        other => Err(format!("Cannot {what} type {}", other.kind().name()).into()),
    }
}

/// `strings.Split`, or `SplitN` where `count` is not negative.
pub(super) fn split<'b>(bytes: &'b [u8], separator: &[u8], count: i64) -> Vec<&'b [u8]> {
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    if limit == 0 {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut rest = bytes;
    if separator.is_empty() {
        while !rest.is_empty() && parts.len() + 1 < limit {
            let (head, tail) = rest.split_at(decode(rest).1.max(1));
            parts.push(head);
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(rest);
        }
        return parts;
    }
    while parts.len() + 1 < limit
        && let Some(at) = memchr::memmem::find(rest, separator)
    {
        let (head, tail) = rest.split_at(at);
        parts.push(head);
        rest = tail.get(separator.len()..).unwrap_or_default();
    }
    parts.push(rest);
    parts
}

/// `strings.ReplaceAll`
pub(super) fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    if from.is_empty() {
        let mut out = to.to_vec();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (head, tail) = rest.split_at(decode(rest).1.max(1));
            out.extend_from_slice(head);
            out.extend_from_slice(to);
            rest = tail;
        }
        return out;
    }
    split(bytes, from, -1).join(to)
}

/// How long [`replace`] would make a text.
pub(super) fn replaced_len(bytes: &[u8], from: &[u8], to: &[u8]) -> Option<usize> {
    let count = if from.is_empty() { bytes.len() + 1 } else { memchr::memmem::find_iter(bytes, from).count() };
    count.checked_mul(to.len())?.checked_add(bytes.len())
}
