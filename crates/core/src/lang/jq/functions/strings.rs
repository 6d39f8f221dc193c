//! Texts.

use super::{Context, NativeFn, Result, arg};
use crate::lang::jq::error::JqError;
use crate::lang::jq::lexer::valid_number;
use crate::lang::jq::value::{V, number};

pub(super) fn of_input(name: &str) -> Option<NativeFn> {
    Some(match name {
        "utf8bytelength" => |_, input, _| Ok(V::size(text("utf8bytelength", &input)?.len())),
        "toboolean" => to_boolean,
        "tonumber" => to_number,
        "ltrim" => |_, input, _| Ok(V::str(text("ltrim", &input)?.trim_start_matches(is_space))),
        "rtrim" => |_, input, _| Ok(V::str(text("rtrim", &input)?.trim_end_matches(is_space))),
        "trim" => |_, input, _| Ok(V::str(text("trim", &input)?.trim_matches(is_space))),
        "explode" => |_, input, _| Ok(V::flat(text("explode", &input)?.chars().map(|c| V::Int(i64::from(u32::from(c)))).collect())),
        "implode" => implode,
        "ascii_downcase" => |_, input, _| Ok(V::string(text("ascii_downcase", &input)?.to_ascii_lowercase())),
        "ascii_upcase" => |_, input, _| Ok(V::string(text("ascii_upcase", &input)?.to_ascii_uppercase())),
        "fromjson" => from_json,
        _ => return None,
    })
}

pub(super) fn with_one(name: &str) -> Option<NativeFn> {
    Some(match name {
        "startswith" => |_, input, args| two("startswith", &input, arg(args, 0), |a, b| V::Bool(a.starts_with(b))),
        "endswith" => |_, input, args| two("endswith", &input, arg(args, 0), |a, b| V::Bool(a.ends_with(b))),
        "ltrimstr" => |_, input, args| two("ltrimstr", &input, arg(args, 0), |a, b| V::str(a.strip_prefix(b).unwrap_or(a))),
        "rtrimstr" => |_, input, args| two("rtrimstr", &input, arg(args, 0), |a, b| V::str(a.strip_suffix(b).unwrap_or(a))),
        "trimstr" => |_, input, args| {
            two("trimstr", &input, arg(args, 0), |a, b| {
                let a = a.strip_prefix(b).unwrap_or(a);
                V::str(a.strip_suffix(b).unwrap_or(a))
            })
        },
        "split" => |_, input, args| {
            let text = text("split", &input)?;
            match arg(args, 0) {
                V::Str(separator) => Ok(split(text, separator)),
                other => Err(JqError::cannot("split", other)),
            }
        },
        _ => return None,
    })
}

fn text<'v>(name: &str, value: &'v V) -> std::result::Result<&'v str, JqError> {
    match value {
        V::Str(text) => Ok(text),
        other => Err(JqError::cannot(name, other)),
    }
}

fn two(name: &str, input: &V, other: &V, run: fn(&str, &str) -> V) -> Result {
    match (input, other) {
        (V::Str(a), V::Str(b)) => Ok(run(a, b)),
        _ => Err(JqError::cannot_with(name, input, other)),
    }
}

/// Go's `unicode.IsSpace`.
fn is_space(c: char) -> bool {
    c.is_whitespace()
}

/// Go's `strings.Split`: an empty separator splits into characters.
pub(super) fn split(text: &str, separator: &str) -> V {
    if separator.is_empty() {
        return V::flat(text.chars().map(|c| V::string(c.to_string())).collect());
    }
    V::flat(text.split(separator).map(V::str).collect())
}

fn to_boolean(_: &mut Context, input: V, _: &[V]) -> Result {
    match &input {
        V::Bool(_) => Ok(input),
        V::Str(text) => match &**text {
            "true" => Ok(V::Bool(true)),
            "false" => Ok(V::Bool(false)),
            _ => Err(JqError::because("toboolean", &input, "invalid boolean")),
        },
        other => Err(JqError::cannot("toboolean", other)),
    }
}

fn to_number(_: &mut Context, input: V, _: &[V]) -> Result {
    match &input {
        V::Str(text) if valid_number(text) => Ok(number(text)),
        V::Str(_) => Err(JqError::because("tonumber", &input, "invalid number")),
        other if other.is_number() => Ok(input),
        other => Err(JqError::cannot("tonumber", other)),
    }
}

fn implode(_: &mut Context, input: V, _: &[V]) -> Result {
    let V::Arr(codes) = &input else { return Err(JqError::cannot("implode", &input)) };
    let mut out = String::new();
    for code in &codes.items {
        let code = code.to_int().ok_or_else(|| JqError::cannot("implode", &input))?;
        out.push(u32::try_from(code).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
    }
    Ok(V::string(out))
}

fn from_json(_: &mut Context, input: V, _: &[V]) -> Result {
    let text = text("fromjson", &input)?;
    let parsed = serde_json::from_str::<Exact>(text);
    parsed.map(|Exact(value)| value).map_err(|why| JqError::because("fromjson", &input, &why.to_string()))
}

/// A value whose integers stay integers.
struct Exact(V);

impl<'de> serde::Deserialize<'de> for Exact {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let value = crate::Value::deserialize(deserializer)?;
        Ok(Self(exact(&value)))
    }
}

fn exact(value: &crate::Value) -> V {
    match value {
        crate::Value::Number(n) => number(&n.to_string()),
        crate::Value::Array(items) => V::flat(items.iter().map(exact).collect()),
        crate::Value::Object(map) => {
            let mut obj = crate::lang::jq::value::Obj { members: Vec::with_capacity(map.len()), depth: 1 };
            for (key, value) in map {
                obj.insert(key.as_str().into(), exact(value));
            }
            V::Obj(std::sync::Arc::new(obj))
        }
        other => V::from_json(other),
    }
}
