//! Filters around HTML and URLs.

use std::sync::OnceLock;

use regex::Regex;

use super::super::coerce::{print, to_number, to_text, truthy};
use super::super::error::{Outcome, fail};
use super::super::units;
use super::super::value::Value;
use super::{Given, copy_safeness, normalized, printed, require_text};
use crate::lang::javascript::trim;

/// Markup inside markup is taken out so often.
const MAX_PASSES: usize = 8;

pub(super) fn apply(name: &str, input: &Value, given: &Given<'_>, legacy: bool) -> Outcome<Value> {
    match name {
        "escape" | "e" | "safe" if matches!(input, Value::Safe(_)) => Ok(input.clone()),
        "escape" | "e" | "forceescape" => Ok(Value::Safe(escaped(&printed(input)?, legacy).into())),
        "safe" => Ok(Value::Safe(printed(input)?.into())),
        "string" if input.is_nullish() => fail("string requires a value"),
        "string" if matches!(input, Value::Safe(_)) => Ok(input.clone()),
        "string" => Ok(Value::text(print(input)?)),
        "nl2br" => {
            let text = if input.is_nullish() { "".into() } else { require_text(input)?.clone() };
            Ok(copy_safeness(input, text.replace("\r\n", "\n").replace('\n', "<br />\n")))
        }
        "striptags" => striptags(input, given),
        "urlencode" => urlencode(input),
        _ => urlize(input, given),
    }
}

/// The nunjucks that Backstage bundled in the legacy era leaves backslashes alone.
fn escaped(text: &str, legacy: bool) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' if !legacy => out.push_str("&#92;"),
            c => out.push(c),
        }
    }
    out
}

/// A pattern that is compiled once.
fn pattern(cell: &'static OnceLock<Option<Regex>>, source: &str) -> Outcome<&'static Regex> {
    match cell.get_or_init(|| Regex::new(source).ok()) {
        Some(regex) => Ok(regex),
        None => fail("Invalid regular-expression literal"),
    }
}

fn striptags(input: &Value, given: &Given<'_>) -> Outcome<Value> {
    static TAGS: OnceLock<Option<Regex>> = OnceLock::new();
    static EDGES: OnceLock<Option<Regex>> = OnceLock::new();
    static BLANK_LINES: OnceLock<Option<Regex>> = OnceLock::new();
    let tags = pattern(&TAGS, r"(?i)</?([a-z][a-z0-9]*)(?-u:\b)[^>]*>|<!--[\s\S]*?-->")?;
    let normal = normalized(input);
    let mut text = require_text(&normal)?.to_string();
    let mut pass = 0;
    loop {
        let next = tags.replace_all(&text, "");
        if next == text {
            break;
        }
        if pass == MAX_PASSES {
            return fail("striptags input contains excessively nested markup");
        }
        text = next.into_owned();
        pass += 1;
    }
    let stripped = trim(&text);
    let out = if truthy(given.at(0)) {
        let edges = pattern(&EDGES, "(?m)^ +| +$")?;
        let blank = pattern(&BLANK_LINES, "\n\n\n+")?;
        let edged = edges.replace_all(stripped, "").into_owned();
        let squeezed = squeeze(&edged, |c| c == ' ');
        blank.replace_all(&squeezed.replace("\r\n", "\n"), "\n\n").into_owned()
    } else {
        squeeze(stripped, crate::lang::javascript::is_space)
    };
    Ok(copy_safeness(input, out))
}

/// Runs of the class become one blank.
fn squeeze(text: &str, class: fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_run = false;
    for c in text.chars() {
        if class(c) {
            if !in_run {
                out.push(' ');
            }
            in_run = true;
        } else {
            out.push(c);
            in_run = false;
        }
    }
    out
}

/// `encodeURIComponent`.
pub(in super::super) fn encode_component(text: &str) -> Outcome<String> {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    if text.chars().any(|c| c as u32 >= 0x10_f800) {
        return fail("URI malformed");
    }
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            _ = write!(out, "%{byte:02X}");
        }
    }
    Ok(out)
}

fn urlencode(input: &Value) -> Outcome<Value> {
    if let Some(text) = input.as_text() {
        return encode_component(text).map(Value::text);
    }
    let pair = |key: &Value, value: &Value| -> Outcome<String> {
        Ok(format!("{}={}", encode_component(&to_text(key)?)?, encode_component(&to_text(value)?)?))
    };
    let parts = match input {
        Value::Record(record) => {
            record.entries.iter().map(|(key, value)| pair(&Value::Text(key.clone()), value)).collect::<Outcome<Vec<_>>>()?
        }
        Value::Array(array) => {
            let entry = |item: &Option<Value>| match item {
                None => Ok(String::new()),
                Some(Value::Undefined | Value::Null) => fail("urlencode sequence entries cannot be nullish"),
                Some(Value::Array(items)) => pair(&items.at(0), &items.at(1)),
                Some(Value::Record(record)) => pair(&record.get("0"), &record.get("1")),
                Some(Value::Text(text) | Value::Safe(text)) => {
                    let unit = |at: usize| units::at(text, at).map_or(Value::Undefined, Value::text);
                    pair(&unit(0), &unit(1))
                }
                Some(_) => pair(&Value::Undefined, &Value::Undefined),
            };
            array.items.borrow().iter().map(entry).collect::<Outcome<Vec<_>>>()?
        }
        _ => Vec::new(),
    };
    Ok(Value::text(parts.join("&")))
}

fn urlize(input: &Value, given: &Given<'_>) -> Outcome<Value> {
    static MAIL: OnceLock<Option<Regex>> = OnceLock::new();
    static DOMAIN: OnceLock<Option<Regex>> = OnceLock::new();
    let mail = pattern(&MAIL, r"^(?i)[0-9A-Za-z_.!#$%&'*+\-/=?^`{|}~]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$")?;
    let domain = pattern(&DOMAIN, r"\.(?:org|net|com)(?::|/|$)")?;
    let limit = match given.at(0) {
        Value::Undefined => usize::MAX,
        Value::Number(n) if n.is_nan() => usize::MAX,
        value => {
            let number = to_number(value)?;
            if number.is_nan() || number <= 0.0 { 0 } else { number.min(1e15) as usize }
        }
    };
    let nofollow = if matches!(given.at(1), Value::Bool(true)) { " rel=\"nofollow\"" } else { "" };
    let text = require_text(input)?;
    let mut out = String::new();
    for word in words(text) {
        let possible = without_punctuation(word);
        let short = units::slice(possible, 0, limit);
        if possible.starts_with("http://") || possible.starts_with("https://") {
            out.push_str(&format!("<a href=\"{possible}\"{nofollow}>{short}</a>"));
        } else if possible.starts_with("www.") {
            out.push_str(&format!("<a href=\"http://{possible}\"{nofollow}>{short}</a>"));
        } else if mail.is_match(possible) {
            out.push_str(&format!("<a href=\"mailto:{possible}\">{possible}</a>"));
        } else if domain.is_match(possible) {
            out.push_str(&format!("<a href=\"http://{possible}\"{nofollow}>{short}</a>"));
        } else {
            out.push_str(word);
        }
    }
    Ok(Value::text(units::joined(out)))
}

/// Words and the white space between them.
fn words(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let space = crate::lang::javascript::is_space(first);
        let end = rest.find(|c| crate::lang::javascript::is_space(c) != space).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        out.push(word);
        rest = after;
    }
    out
}

/// A word without one opening and one closing mark; the word itself where the pattern does not fit.
fn without_punctuation(word: &str) -> &str {
    let start = ["&lt;", "(", "<"].iter().find_map(|mark| word.strip_prefix(*mark)).unwrap_or(word);
    let end = ["&gt;", ".", ",", ")", "\n"].iter().find_map(|mark| start.strip_suffix(*mark)).unwrap_or(start);
    if end.contains(['\n', '\r', '\u{2028}', '\u{2029}']) { word } else { end }
}
