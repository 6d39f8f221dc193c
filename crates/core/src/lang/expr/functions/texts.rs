//! Texts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::interpreter::Result;
use super::super::operators::to_int;
use super::super::value::{Slice, SliceKind, Val};
use super::{argument, not_a, text};
use crate::lang::LangError;

pub(super) fn call(name: &str, args: &[Val]) -> Result {
    if name == "join" {
        return join(args);
    }
    let value = text(args, 0)?;
    let second = || text(args, 1);
    Ok(match name {
        "trim" if args.len() < 2 => Val::str(value.trim()),
        "trim" => {
            let cut = second()?;
            Val::str(value.trim_matches(|c| cut.contains(c)))
        }
        "trimPrefix" => {
            let prefix = if args.len() == 2 { second()? } else { " " };
            Val::str(value.strip_prefix(prefix).unwrap_or(value))
        }
        "trimSuffix" => {
            let suffix = if args.len() == 2 { second()? } else { " " };
            Val::str(value.strip_suffix(suffix).unwrap_or(value))
        }
        "upper" => Val::string(value.chars().flat_map(simple_upper).collect()),
        "lower" => Val::string(value.chars().flat_map(simple_lower).collect()),
        "split" | "splitAfter" => {
            let limit = if args.len() == 3 { to_int(argument(args, 2))? } else { -1 };
            let parts = split(value, second()?, limit, name == "splitAfter");
            Val::Slice(Slice::of(SliceKind::Text, parts.into_iter().map(Val::str).collect()))
        }
        "replace" => {
            let limit = if args.len() == 4 { to_int(argument(args, 3))? } else { -1 };
            Val::string(replace(value, second()?, text(args, 2)?, limit)?)
        }
        "indexOf" => position(value.find(second()?)),
        "lastIndexOf" => position(value.rfind(second()?)),
        "hasPrefix" => Val::Bool(value.starts_with(second()?)),
        "hasSuffix" => Val::Bool(value.ends_with(second()?)),
        "toBase64" => Val::string(STANDARD.encode(value)),
        _ => {
            let plain: String = value.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
            let bytes = STANDARD.decode(plain).map_err(|why| LangError::eval(format!("illegal base64 data: {why}")))?;
            Val::string(String::from_utf8_lossy(&bytes).into_owned())
        }
    })
}

/// Go maps each character to one; Rust's full mappings may give more.
fn simple_upper(c: char) -> impl Iterator<Item = char> {
    let mut mapped = c.to_uppercase();
    let one = if mapped.len() == 1 { mapped.next().unwrap_or(c) } else { c };
    std::iter::once(one)
}

fn simple_lower(c: char) -> impl Iterator<Item = char> {
    let mut mapped = c.to_lowercase();
    let one = if mapped.len() == 1 { mapped.next().unwrap_or(c) } else { c };
    std::iter::once(one)
}

fn position(found: Option<usize>) -> Val {
    Val::Int(found.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1))
}

/// Go's `SplitN` and `SplitAfterN`.
fn split<'t>(value: &'t str, separator: &str, limit: i64, keep: bool) -> Vec<&'t str> {
    let limit = match limit {
        0 => return Vec::new(),
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let mut parts = Vec::new();
    let mut rest = value;
    while parts.len() + 1 < limit {
        let (end, width) = if separator.is_empty() {
            match rest.chars().next() {
                Some(c) if rest.len() > c.len_utf8() => (c.len_utf8(), 0),
                _ => break,
            }
        } else {
            match rest.find(separator) {
                Some(at) => (at, separator.len()),
                None => break,
            }
        };
        parts.push(rest.get(..end + if keep { width } else { 0 }).unwrap_or_default());
        rest = rest.get(end + width..).unwrap_or_default();
    }
    if separator.is_empty() && value.is_empty() {
        return parts;
    }
    parts.push(rest);
    parts
}

fn replace(value: &str, old: &str, new: &str, limit: i64) -> Result<String> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let count = if old.is_empty() { value.chars().count() + 1 } else { value.matches(old).count() };
    if count.saturating_mul(new.len()) > 64 << 20 {
        return Err(LangError::limit("the text grows too large"));
    }
    Ok(value.replacen(old, new, limit))
}

pub(super) fn repeat(args: &[Val]) -> Result {
    let value = text(args, 0)?;
    let times = to_int(argument(args, 1))?;
    let Ok(count) = usize::try_from(times) else {
        return Err(LangError::eval(format!("invalid argument for repeat (expected positive integer, got {times})")));
    };
    // The budget is checked by the caller; this much would exceed it in any case.
    if count > 1_000_000 || value.len().saturating_mul(count) > 64 << 20 {
        return Err(LangError::eval("memory budget exceeded"));
    }
    Ok(Val::string(value.repeat(count)))
}

fn join(args: &[Val]) -> Result {
    let glue = if args.len() == 2 { text(args, 1)? } else { "" };
    let list = argument(args, 0);
    let Val::Slice(slice) = list else { return Err(LangError::eval(format!("invalid argument for join (type {})", list.ty().name()))) };
    if !matches!(slice.kind, SliceKind::Text | SliceKind::Any | SliceKind::Nothing) {
        return Err(LangError::eval(format!("invalid argument for join (type {})", list.ty().name())));
    }
    let mut parts = Vec::with_capacity(slice.items.len());
    for item in slice.items.iter() {
        match item {
            Val::Str(text) => parts.push(&**text),
            other => return Err(not_a(other, "string")),
        }
    }
    Ok(Val::string(parts.join(glue)))
}
