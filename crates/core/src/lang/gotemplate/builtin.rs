//! The functions of `text/template` itself.

use super::{
    compare::{eq, le, lt},
    convert::{any, text},
    env::Env,
    function::{Fault, Function, Outcome, Run, Ty, fixed, variadic},
};
use crate::lang::gofmt::{Text, Value, quote::decode, sprint, sprintf, sprintln, unicode::is_print};

/// The built-in functions.
pub(super) fn functions() -> Vec<Function> {
    use Ty::{Any, Reflect, Str};
    let special = |name, run| Function { name, params: &[Reflect], rest: Some(Reflect), volatile: false, run };
    vec![
        special("and", Run::And),
        special("or", Run::Or),
        special("call", Run::Call),
        fixed("not", &[Reflect], |_, args| Ok(Value::Bool(!any(args, 0).truth()))),
        fixed("len", &[Reflect], len),
        variadic("index", &[Reflect], Reflect, index),
        variadic("eq", &[Reflect], Reflect, |_, args| eq(any(args, 0), args.get(1..).unwrap_or_default()).map(Value::Bool)),
        fixed("ne", &[Reflect, Reflect], |_, args| Ok(Value::Bool(!eq(any(args, 0), args.get(1..).unwrap_or_default())?))),
        fixed("lt", &[Reflect, Reflect], |_, args| lt(any(args, 0), any(args, 1)).map(Value::Bool)),
        fixed("le", &[Reflect, Reflect], |_, args| le(any(args, 0), any(args, 1)).map(Value::Bool)),
        fixed("gt", &[Reflect, Reflect], |_, args| Ok(Value::Bool(!le(any(args, 0), any(args, 1))?))),
        fixed("ge", &[Reflect, Reflect], |_, args| Ok(Value::Bool(!lt(any(args, 0), any(args, 1))?))),
        variadic("print", &[], Any, |_, args| Ok(Value::text(sprint(args)?))),
        variadic("println", &[], Any, |_, args| Ok(Value::text(sprintln(args)?))),
        variadic("printf", &[Str], Any, |_, args| Ok(Value::text(sprintf(text(args, 0), args.get(1..).unwrap_or_default())?))),
        variadic("html", &[], Any, |env, args| escaped(env, args, html)),
        variadic("js", &[], Any, |env, args| escaped(env, args, js)),
        variadic("urlquery", &[], Any, |env, args| escaped(env, args, urlquery)),
    ]
}

fn len(_: &Env, args: &[Value]) -> Outcome {
    let value = any(args, 0);
    let len = match value {
        Value::Str(text) => text.as_bytes().len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Nil | Value::Invalid => return Err("len of nil pointer".into()),
        other => return Err(format!("len of type {}", other.type_name()).into()),
    };
    Ok(Value::Int(len as i64))
}

fn index(_: &Env, args: &[Value]) -> Outcome {
    let Some((item, indexes)) = args.split_first() else { return Err("index of untyped nil".into()) };
    if item.is_nil_interface() {
        return Err("index of untyped nil".into());
    }
    let mut item = item.clone();
    for index in indexes {
        item = match &item {
            Value::Nil | Value::Invalid => return Err("index of nil pointer".into()),
            Value::Str(text) => {
                let at = position(index, text.as_bytes().len())?;
                text.as_bytes().get(at).map(|byte| Value::Uint8(*byte)).ok_or_else(|| out_of_range(at))?
            }
            Value::List(list) => {
                let at = position(index, list.len())?;
                list.get(at).ok_or_else(|| out_of_range(at))?
            }
            Value::Map(map) => match index {
                Value::Str(key) => map.get(key.as_bytes()).unwrap_or_else(|| map.zero()),
                Value::Nil | Value::Invalid => return Err("value is nil; should be of type string".into()),
                other => return Err(format!("value has type {}; should be string", other.type_name()).into()),
            },
            other => return Err(format!("can't index item of type {}", other.type_name()).into()),
        };
    }
    Ok(item)
}

fn out_of_range(at: usize) -> Fault {
    Fault::Call(format!("index out of range: {at}"))
}

fn position(index: &Value, len: usize) -> Result<usize, Fault> {
    let at = match index {
        Value::Int(v) | Value::Int64(v) => *v,
        Value::Uint8(v) => i64::from(*v),
        Value::Uint64(v) => *v as i64,
        Value::Foreign(foreign) if foreign.integer().is_some() => foreign.integer().unwrap_or(0),
        Value::Nil | Value::Invalid => return Err("cannot index slice/array with nil".into()),
        other => return Err(format!("cannot index slice/array with type {}", other.type_name()).into()),
    };
    usize::try_from(at).ok().filter(|at| *at <= len).ok_or_else(|| Fault::Call(format!("index out of range: {at}")))
}

fn escaped(env: &Env, args: &[Value], escape: fn(&[u8]) -> Vec<u8>) -> Outcome {
    let source: Text = match args {
        [Value::Str(text)] => text.clone(),
        _ => {
            let shown: Vec<Value> =
                args.iter().map(|arg| if arg.is_nil_interface() { Value::text("<no value>") } else { arg.clone() }).collect();
            sprint(&shown)?.into()
        }
    };
    env.room(source.as_bytes().len().checked_mul(2))?;
    Ok(Value::text(escape(source.as_bytes())))
}

fn html(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            other => out.push(*other),
        }
    }
    out
}

fn js(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let (c, width) = decode(rest);
        let (head, tail) = rest.split_at(width.max(1));
        match c {
            Some('\\') => out.extend_from_slice(b"\\\\"),
            Some('\'') => out.extend_from_slice(b"\\'"),
            Some('"') => out.extend_from_slice(b"\\\""),
            Some(c @ ('<' | '>' | '&' | '=')) => out.extend_from_slice(format!("\\u{:04X}", c as u32).as_bytes()),
            Some(c) if c < ' ' || (!c.is_ascii() && !is_print(c)) => out.extend_from_slice(format!("\\u{:04X}", c as u32).as_bytes()),
            Some(_) => out.extend_from_slice(head),
            None => out.extend_from_slice(head),
        }
        rest = tail;
    }
    out
}

/// `url.QueryEscape`
pub(super) fn urlquery(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b' ' => out.push(b'+'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            other => out.extend_from_slice(format!("%{other:02X}").as_bytes()),
        }
    }
    out
}
