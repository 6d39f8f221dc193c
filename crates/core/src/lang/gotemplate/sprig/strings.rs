//! `strings.go`

use super::{
    super::{
        convert::{any, int, replace, replaced_len, split, strslice, strval, text},
        env::Env,
        function::{Function, Outcome, Ty, fixed, variadic},
    },
    words,
};
use crate::lang::gofmt::{
    List, Map, Text, Value,
    quote::quote as quoted,
    sprint,
    unicode::{is_digit, is_letter, is_space, to_lower, to_title, to_upper},
};

/// The functions of `strings.go` and their neighbours.
pub(super) fn functions() -> Vec<Function> {
    use Ty::{Any, Int, Str};
    vec![
        fixed("hello", &[], |_, _| Ok(Value::text("Hello!"))),
        fixed("trim", &[Str], |_, args| Ok(Value::text(trim_space(text(args, 0))))),
        fixed("upper", &[Str], |_, args| mapped(args, |s| s.chars().map(to_upper).collect())),
        fixed("lower", &[Str], |_, args| mapped(args, |s| s.chars().map(to_lower).collect())),
        fixed("title", &[Str], |_, args| mapped(args, title)),
        fixed("untitle", &[Str], |_, args| mapped(args, words::uncapitalize)),
        fixed("swapcase", &[Str], |_, args| mapped(args, words::swap_case)),
        fixed("snakecase", &[Str], |_, args| Ok(Value::text(words::separated(&lossy(args, 0), '_')))),
        fixed("kebabcase", &[Str], |_, args| Ok(Value::text(words::separated(&lossy(args, 0), '-')))),
        fixed("camelcase", &[Str], |_, args| Ok(Value::text(words::pascal(&lossy(args, 0))))),
        fixed("nospace", &[Str], |_, args| Ok(Value::text(words::delete_white_space(text(args, 0))))),
        fixed("initials", &[Str], |_, args| Ok(Value::text(words::initials(text(args, 0))))),
        fixed("abbrev", &[Int, Str], |_, args| Ok(Value::text(words::abbreviate(text(args, 1), 0, int(args, 0))))),
        fixed("abbrevboth", &[Int, Int, Str], |_, args| {
            let (left, right) = (int(args, 0), int(args, 1));
            let keep = right < 4 || (left > 0 && right < 7);
            Ok(Value::text(if keep { text(args, 2).to_vec() } else { words::abbreviate(text(args, 2), left, right) }))
        }),
        fixed("wrap", &[Int, Str], |env, args| wrap(env, text(args, 1), int(args, 0), b"", false)),
        fixed("wrapWith", &[Int, Str, Str], |env, args| wrap(env, text(args, 2), int(args, 0), text(args, 1), true)),
        fixed("trunc", &[Int, Str], |_, args| Ok(Value::text(trunc(text(args, 1), int(args, 0))))),
        fixed("substr", &[Int, Int, Str], |_, args| substring(text(args, 2), int(args, 0), int(args, 1))),
        fixed("repeat", &[Int, Str], |env, args| repeat(env, text(args, 1), int(args, 0)).map(Value::text)),
        fixed("trimall", &[Str, Str], |_, args| Ok(Value::text(trim_set(&lossy(args, 1), &lossy(args, 0))))),
        fixed("trimAll", &[Str, Str], |_, args| Ok(Value::text(trim_set(&lossy(args, 1), &lossy(args, 0))))),
        fixed("trimSuffix", &[Str, Str], |_, args| Ok(Value::text(text(args, 1).strip_suffix(text(args, 0)).unwrap_or(text(args, 1))))),
        fixed("trimPrefix", &[Str, Str], |_, args| Ok(Value::text(text(args, 1).strip_prefix(text(args, 0)).unwrap_or(text(args, 1))))),
        fixed("contains", &[Str, Str], |_, args| Ok(Value::Bool(memchr::memmem::find(text(args, 1), text(args, 0)).is_some()))),
        fixed("hasPrefix", &[Str, Str], |_, args| Ok(Value::Bool(text(args, 1).starts_with(text(args, 0))))),
        fixed("hasSuffix", &[Str, Str], |_, args| Ok(Value::Bool(text(args, 1).ends_with(text(args, 0))))),
        variadic("quote", &[], Any, |_, args| joined(args, |value| Ok(quoted(strval(value)?.as_bytes(), false)))),
        variadic("squote", &[], Any, |_, args| {
            joined(args, |value| Ok([b"'", sprint(std::slice::from_ref(value))?.as_slice(), b"'"].concat()))
        }),
        variadic("cat", &[], Any, |_, args| joined(args, |value| Ok(sprint(std::slice::from_ref(value))?))),
        fixed("indent", &[Int, Str], |env, args| indent(env, args).map(Value::text)),
        fixed("nindent", &[Int, Str], |env, args| {
            let mut text = b"\n".to_vec();
            text.extend(indent(env, args)?);
            Ok(Value::text(text))
        }),
        fixed("replace", &[Str, Str, Str], |env, args| {
            let (from, to, source) = (text(args, 0), text(args, 1), text(args, 2));
            env.room(replaced_len(source, from, to))?;
            Ok(Value::text(replace(source, from, to)))
        }),
        fixed("plural", &[Str, Str, Int], |_, args| Ok(any(args, usize::from(int(args, 2) != 1)).clone())),
        fixed("toString", &[Any], |_, args| Ok(Value::Str(strval(any(args, 0))?))),
        fixed("toStrings", &[Any], |_, args| Ok(Value::List(strslice(any(args, 0))?))),
        fixed("join", &[Str, Any], join),
        fixed("split", &[Str, Str], |_, args| Ok(numbered(&split(text(args, 1), text(args, 0), -1)))),
        fixed("splitn", &[Str, Int, Str], |_, args| Ok(numbered(&split(text(args, 2), text(args, 0), int(args, 1))))),
        fixed("splitList", &[Str, Str], |_, args| Ok(Value::List(List::strings(split(text(args, 1), text(args, 0), -1))))),
        fixed("sortAlpha", &[Any], |_, args| {
            let value = any(args, 0);
            if !value.is_slice() {
                return Ok(Value::List(List::strings([strval(value)?])));
            }
            let list = strslice(value)?;
            list.sort_texts();
            Ok(Value::List(list))
        }),
    ]
}

fn lossy(args: &[Value], index: usize) -> String {
    Text::from(text(args, index)).to_lossy().into_owned()
}

fn mapped(args: &[Value], map: fn(&str) -> String) -> Outcome {
    Ok(Value::text(map(&lossy(args, 0))))
}

fn trim_space(bytes: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_matches(is_space).as_bytes().to_vec(),
        Err(_) => bytes.trim_ascii().to_vec(),
    }
}

fn trim_set(text: &str, set: &str) -> String {
    text.trim_matches(|c| set.contains(c)).to_owned()
}

/// `strings.Title`
fn title(text: &str) -> String {
    let separator = |c: char| match c {
        '0'..='9' | 'a'..='z' | 'A'..='Z' | '_' => false,
        c if c.is_ascii() => true,
        c => !is_letter(c) && !is_digit(c) && is_space(c),
    };
    let mut previous = ' ';
    text.chars()
        .map(|c| {
            let shown = if separator(previous) { to_title(c) } else { c };
            previous = c;
            shown
        })
        .collect()
}

fn wrap(env: &Env, source: &[u8], width: i64, newline: &[u8], long: bool) -> Outcome {
    let newline = if newline.is_empty() { b"\n" } else { newline };
    env.room(source.len().checked_mul(newline.len() + 1))?;
    Ok(Value::text(words::wrap(source, usize::try_from(width.max(1)).unwrap_or(usize::MAX), newline, long)))
}

fn trunc(bytes: &[u8], count: i64) -> &[u8] {
    let len = bytes.len() as i64;
    if count < 0 && len.saturating_add(count) > 0 {
        return bytes.get(usize::try_from(len + count).unwrap_or(0)..).unwrap_or(bytes);
    }
    if count >= 0 && len > count {
        return bytes.get(..usize::try_from(count).unwrap_or(0)).unwrap_or(bytes);
    }
    bytes
}

fn substring(bytes: &[u8], start: i64, end: i64) -> Outcome {
    let len = bytes.len() as i64;
    let (start, end) = if start < 0 {
        (0, end)
    } else if end < 0 || end > len {
        (start, len)
    } else {
        (start, end)
    };
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    match range.and_then(|(start, end)| bytes.get(start..end)) {
        Some(part) => Ok(Value::text(part)),
        None => Err(format!("runtime error: slice bounds out of range [{start}:{end}]").into()),
    }
}

fn repeat(env: &Env, bytes: &[u8], count: i64) -> Result<Vec<u8>, super::super::function::Fault> {
    let count = usize::try_from(count).map_err(|_| "strings: negative Repeat count")?;
    env.room(bytes.len().checked_mul(count))?;
    Ok(bytes.repeat(count))
}

fn indent(env: &Env, args: &[Value]) -> Result<Vec<u8>, super::super::function::Fault> {
    let mut pad = repeat(env, b" ", int(args, 0))?;
    let source = text(args, 1);
    let newline = [b"\n", pad.as_slice()].concat();
    env.room(replaced_len(source, b"\n", &newline))?;
    pad.extend(replace(source, b"\n", &newline));
    Ok(pad)
}

fn joined(args: &[Value], show: fn(&Value) -> Result<Vec<u8>, super::super::function::Fault>) -> Outcome {
    let shown: Result<Vec<Vec<u8>>, _> = args.iter().filter(|value| !value.is_nil_interface()).map(show).collect();
    Ok(Value::text(shown?.join(&b' ')))
}

fn join(env: &Env, args: &[Value]) -> Outcome {
    let separator = text(args, 0);
    let mut out = Vec::new();
    for (index, item) in strslice(any(args, 1))?.to_vec().iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(separator);
        }
        if let Value::Str(item) = item {
            out.extend_from_slice(item.as_bytes());
        }
        env.room(Some(out.len()))?;
    }
    Ok(Value::text(out))
}

fn numbered(parts: &[&[u8]]) -> Value {
    Value::Map(Map::strings(parts.iter().enumerate().map(|(index, part)| (Text::from(format!("_{index}")), Text::from(*part)))))
}
