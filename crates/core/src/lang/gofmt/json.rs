//! `encoding/json`: how Go writes a value.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Elem, MAX_DEPTH, MAX_TEXT, TooLarge, Value, float, quote::decode};

/// Why a value cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonError {
    /// Go refuses it: `json: unsupported value: NaN`.
    Unsupported(String),
    /// A limit of ours.
    TooLarge,
}

impl From<TooLarge> for JsonError {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

/// `json.Marshal`; `html` escapes `<`, `>` and `&` as Marshal does and an Encoder need not.
///
/// # Errors
/// For NaN, infinities and complex numbers, and beyond our limits.
pub fn marshal(value: &Value, html: bool) -> Result<Vec<u8>, JsonError> {
    let mut out = Vec::new();
    write(&mut out, value, html, 0)?;
    Ok(out)
}

/// `json.MarshalIndent(value, "", "  ")`.
///
/// # Errors
/// As [`marshal`].
pub fn marshal_indent(value: &Value) -> Result<Vec<u8>, JsonError> {
    let compact = marshal(value, true)?;
    let mut out = Vec::with_capacity(compact.len() * 2);
    let mut depth = 0usize;
    let mut bytes = compact.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                out.push(byte);
                while let Some(inside) = bytes.next() {
                    out.push(inside);
                    if inside == b'\\' {
                        out.extend(bytes.next());
                    } else if inside == b'"' {
                        break;
                    }
                }
            }
            b'{' | b'[' => {
                out.push(byte);
                if let Some(close) = bytes.next_if(|next| matches!(next, b'}' | b']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    newline(&mut out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                newline(&mut out, depth);
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                newline(&mut out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            _ => out.push(byte),
        }
        if out.len() > MAX_TEXT {
            return Err(JsonError::TooLarge);
        }
    }
    Ok(out)
}

fn newline(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.resize(out.len() + depth * 2, b' ');
}

fn write(out: &mut Vec<u8>, value: &Value, html: bool, depth: usize) -> Result<(), JsonError> {
    if depth > MAX_DEPTH || out.len() > MAX_TEXT {
        return Err(JsonError::TooLarge);
    }
    match value {
        Value::Invalid | Value::Nil => out.extend_from_slice(b"null"),
        Value::Bool(v) => out.extend_from_slice(if *v { b"true" } else { b"false" }),
        Value::Int(v) | Value::Int64(v) => out.extend_from_slice(v.to_string().as_bytes()),
        Value::Uint8(v) => out.extend_from_slice(v.to_string().as_bytes()),
        Value::Uint64(v) => out.extend_from_slice(v.to_string().as_bytes()),
        Value::Float(v) => out.extend_from_slice(number(*v)?.as_bytes()),
        Value::Complex(..) => return Err(JsonError::Unsupported("json: unsupported type: complex128".into())),
        Value::Str(text) => write_text(out, text.as_bytes(), html),
        Value::List(list) if list.is_nil() => out.extend_from_slice(b"null"),
        Value::List(list) if list.elem == Elem::Byte => {
            let bytes: Vec<u8> = list.to_vec().iter().map(|v| if let Value::Uint8(b) = v { *b } else { 0 }).collect();
            write_text(out, STANDARD.encode(bytes).as_bytes(), html);
        }
        Value::List(list) => {
            out.push(b'[');
            for (index, item) in list.to_vec().iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(out, item, html, depth + 1)?;
            }
            out.push(b']');
        }
        Value::Map(map) => match map.entries() {
            None => out.extend_from_slice(b"null"),
            Some(entries) => {
                out.push(b'{');
                for (index, (key, item)) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    write_text(out, key.as_bytes(), html);
                    out.push(b':');
                    write(out, item, html, depth + 1)?;
                }
                out.push(b'}');
            }
        },
        Value::Foreign(foreign) => match foreign.json() {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None => return Err(JsonError::Unsupported(format!("json: unsupported type: {}", foreign.type_name()))),
        },
    }
    Ok(())
}

/// `json.Marshal` of a decoded document: keys sorted.
pub fn marshal_document(value: &crate::Value) -> String {
    let mut out = Vec::new();
    document(&mut out, value, true);
    String::from_utf8(out).unwrap_or_default()
}

/// `json.Marshal` of a struct whose encoding this is: members stay in their order.
pub fn marshal_ordered(value: &crate::Value) -> String {
    let mut out = Vec::new();
    document(&mut out, value, false);
    String::from_utf8(out).unwrap_or_default()
}

fn document(out: &mut Vec<u8>, value: &crate::Value, sorted: bool) {
    use crate::Value::{Array, Bool, Null, Number, Object, String};
    match value {
        Null => out.extend_from_slice(b"null"),
        Bool(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
        Number(it) => match it.as_f64().filter(|_| it.is_f64()) {
            Some(float) => out.extend_from_slice(number(float).unwrap_or_default().as_bytes()),
            None => out.extend_from_slice(it.to_string().as_bytes()),
        },
        String(text) => write_text(out, text.as_bytes(), true),
        Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                document(out, item, sorted);
            }
            out.push(b']');
        }
        Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            if sorted {
                members.sort_unstable_by_key(|(key, _)| key.as_str());
            }
            out.push(b'{');
            for (at, (key, item)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_text(out, key.as_bytes(), true);
                out.push(b':');
                document(out, item, sorted);
            }
            out.push(b'}');
        }
    }
}

/// A float as `encoding/json` writes it: an exponent only below 1e-6 and from 1e21 on.
///
/// # Errors
/// For NaN and infinities.
pub fn number(value: f64) -> Result<String, JsonError> {
    if !value.is_finite() {
        return Err(JsonError::Unsupported(format!("json: unsupported value: {}", float::format(value, b'g', -1))));
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let text = float::format(value, b'e', -1);
        let trimmed = text.strip_suffix(|c: char| c.is_ascii_digit()).filter(|rest| rest.ends_with("e-0"));
        return Ok(match trimmed {
            Some(rest) => format!("{}{}", rest.strip_suffix('0').unwrap_or(rest), text.chars().last().unwrap_or('0')),
            None => text,
        });
    }
    Ok(float::format(value, b'f', -1))
}

/// A string as `encoding/json` writes it.
pub fn write_text(out: &mut Vec<u8>, bytes: &[u8], html: bool) {
    out.push(b'"');
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        let (c, width) = decode(rest);
        match c {
            Some('"') => out.extend_from_slice(b"\\\""),
            Some('\\') => out.extend_from_slice(b"\\\\"),
            Some('\n') => out.extend_from_slice(b"\\n"),
            Some('\r') => out.extend_from_slice(b"\\r"),
            Some('\t') => out.extend_from_slice(b"\\t"),
            Some('\u{8}') => out.extend_from_slice(b"\\b"),
            Some('\u{c}') => out.extend_from_slice(b"\\f"),
            Some('<' | '>' | '&') if html => out.extend_from_slice(format!("\\u{first:04x}").as_bytes()),
            Some(c) if c < ' ' => out.extend_from_slice(format!("\\u{first:04x}").as_bytes()),
            Some(c @ ('\u{2028}' | '\u{2029}')) => out.extend_from_slice(format!("\\u{:04x}", c as u32).as_bytes()),
            Some(_) => out.extend_from_slice(rest.get(..width).unwrap_or_default()),
            None => out.extend_from_slice("\u{fffd}".as_bytes()),
        }
        rest = rest.get(width..).unwrap_or_default();
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_documents_like_go() {
        let value =
            serde_json::json!({"b": [], "a<b>&": ["é\u{2028}\u{7}\u{7f}", 1.0, 1e21, 1e-7, -5, u64::MAX, -0.0, 123_456_789.5, null, true]});
        let list = "[\"é\\u2028\\u0007\u{7f}\",1,1e+21,1e-7,-5,18446744073709551615,-0,123456789.5,null,true]";
        assert_eq!(marshal_ordered(&value), format!("{{\"b\":[],\"a\\u003cb\\u003e\\u0026\":{list}}}"));
        assert_eq!(marshal_document(&value), format!("{{\"a\\u003cb\\u003e\\u0026\":{list},\"b\":[]}}"));
    }
}
