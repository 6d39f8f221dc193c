//! Regular expressions in Go's syntax.

use std::sync::Arc;

use super::{Context, NativeFn, Result, arg};
use crate::lang::goregexp;
use crate::lang::jq::encode::preview;
use crate::lang::jq::error::{JqError, typed};
use crate::lang::jq::value::{Obj, V};

pub(super) fn of_input(name: &str) -> Option<NativeFn> {
    (name == "_captures").then_some(captures)
}

/// `_captures`: named groups as an object.
fn captures(_: &mut Context, input: V, _: &[V]) -> Result {
    let V::Arr(list) = &input else { return Err(JqError::expected("an array", &input)) };
    let mut out = Obj { members: Vec::new(), depth: 1 };
    for capture in &list.items {
        if let V::Obj(capture) = capture
            && let (Some(V::Str(name)), text) = (capture.get("name"), capture.get("string"))
        {
            out.insert(Arc::clone(name), text.cloned().unwrap_or(V::Null));
        }
    }
    V::object(out)
}

/// `_match(re; flags; testing)`
pub(super) fn matches(context: &mut Context, input: V, args: &[V]) -> Result {
    let (pattern, flags) = (arg(args, 0), arg(args, 1));
    let testing = matches!(arg(args, 2), V::Bool(true));
    let (V::Str(text), V::Str(pattern_text), V::Str(_) | V::Null) = (&input, pattern, flags) else {
        let name = if testing { "test" } else { "match" };
        let (pattern, flags, input) = (preview(pattern), preview(flags), typed(&input));
        return Err(JqError::message(format!("{name}({pattern}; {flags}) cannot be applied to: {input}")));
    };
    let flags = match flags {
        V::Str(flags) => &**flags,
        _ => "",
    };
    let regex = compiled(context, pattern_text, flags)?;
    if testing {
        return Ok(V::Bool(regex.is_match(text)));
    }
    let limit = if flags.contains('g') { usize::MAX } else { 1 };
    let mut counter = Characters { text, at: 0, count: 0 };
    let found: Vec<V> = regex.captures_iter(text).take(limit).map(|groups| one_match(&regex, text, &groups, &mut counter)).collect();
    Ok(V::flat(found))
}

/// Counts characters up to byte offsets that mostly grow.
struct Characters<'t> {
    text: &'t str,
    at: usize,
    count: usize,
}

impl Characters<'_> {
    fn until(&mut self, byte: usize) -> usize {
        if byte < self.at {
            (self.at, self.count) = (0, 0);
        }
        self.count += self.text.get(self.at..byte).map_or(0, |between| between.chars().count());
        self.at = byte;
        self.count
    }
}

fn one_match(regex: &regex::Regex, text: &str, groups: &regex::Captures<'_>, counter: &mut Characters<'_>) -> V {
    let mut place = |found: regex::Match<'_>| {
        let start = counter.until(found.start());
        let length = text.get(found.range()).map_or(0, |t| t.chars().count());
        [("offset", V::size(start)), ("length", V::size(length)), ("string", V::str(found.as_str()))]
    };
    let whole = groups.get(0).map(&mut place);
    let list = regex
        .capture_names()
        .enumerate()
        .skip(1)
        .map(|(index, name)| {
            let name = name.map_or(V::Null, V::str);
            match groups.get(index).map(&mut place) {
                Some([offset, length, string]) => V::record([("name", name), offset, length, string]),
                None => V::record([("name", name), ("offset", V::Int(-1)), ("length", V::Int(0)), ("string", V::Null)]),
            }
        })
        .collect();
    match whole {
        Some([offset, length, string]) => {
            let mut out = Obj { members: Vec::with_capacity(4), depth: 1 };
            out.insert("captures".into(), V::flat(list));
            for (key, value) in [offset, length, string] {
                out.insert(key.into(), value);
            }
            V::Obj(Arc::new(out))
        }
        None => V::Null,
    }
}

fn compiled(context: &mut Context, pattern: &str, flags: &str) -> std::result::Result<Arc<regex::Regex>, JqError> {
    let key = (pattern.to_owned(), flags.to_owned());
    if let Ok(cache) = context.shared.regexps.lock()
        && let Some(regex) = cache.get(&key)
    {
        return Ok(Arc::clone(regex));
    }
    if flags.contains(|c| !matches!(c, 'g' | 'i' | 'm')) {
        return Err(JqError::message(format!("unsupported regular expression flag: {flags:?}")));
    }
    let mut text = pattern.to_owned();
    if flags.contains('i') {
        text = format!("(?i){text}");
    }
    if flags.contains('m') {
        text = format!("(?s){text}");
    }
    let regex = goregexp::compile(&text).map_err(|why| JqError::message(format!("invalid regular expression {text:?}: {why}")))?;
    let regex = Arc::new(regex);
    if let Ok(mut cache) = context.shared.regexps.lock()
        && cache.len() < 1_000
    {
        cache.insert(key, Arc::clone(&regex));
    }
    Ok(regex)
}
