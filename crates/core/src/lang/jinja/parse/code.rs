//! Scanning code without parsing it: strings, names and regular expressions are skipped as wholes.

use super::super::error::{Outcome, TemplateError};

/// White space inside tags.
pub(super) fn is_code_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{a0}')
}

fn is_ascii_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// How many bytes of white space a text begins with. Nearly always it is blanks, which are counted as bytes.
pub(super) fn leading_space(text: &str) -> usize {
    let bytes = text.as_bytes();
    let blanks = bytes.iter().take_while(|byte| is_ascii_space(byte)).count();
    if bytes.get(blanks).is_none_or(u8::is_ascii) { blanks } else { text.len() - text.trim_start_matches(is_code_space).len() }
}

/// Trims white space of tags.
pub(super) fn trim_code(text: &str) -> &str {
    let text = text.get(leading_space(text)..).unwrap_or_default();
    let bytes = text.as_bytes();
    let kept = bytes.len() - bytes.iter().rev().take_while(|byte| is_ascii_space(byte)).count();
    match kept.checked_sub(1).and_then(|last| bytes.get(last)) {
        Some(last) if !last.is_ascii() => text.trim_end_matches(is_code_space),
        _ => text.get(..kept).unwrap_or_default(),
    }
}

/// The end of a name that starts here; names after a dot may start with digits.
pub(super) fn name_end(source: &str, start: usize, leading_digits: bool) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut at = start;
    while leading_digits && bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    if !bytes.get(at).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_') {
        return None;
    }
    while bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
        at += 1;
    }
    Some(at)
}

/// A regular expression literal `r/…/flags`.
pub(super) struct RegexLiteral<'a> {
    pub(super) source: &'a str,
    pub(super) flags: &'a str,
    pub(super) end: usize,
}

/// Longest pattern of a literal.
const MAX_PATTERN: usize = 16_384;

/// Reads a literal that starts with `r/` here; its pattern is not looked into.
pub(super) fn regex_literal(source: &str, start: usize) -> Outcome<RegexLiteral<'_>> {
    let wrong = |message: &str| Err(TemplateError::syntax(message, start));
    let bytes = source.as_bytes();
    let from = start + 2;
    let mut backslashes = 0_usize;
    let mut at = from;
    loop {
        match bytes.get(at) {
            None => return wrong("Unterminated regular-expression literal"),
            Some(b'\\') => backslashes += 1,
            Some(b'/') if backslashes == 0 => break,
            Some(b'/') if usize::is_multiple_of(backslashes, 2) => return wrong("Ambiguous regular-expression delimiter escape"),
            Some(_) => backslashes = 0,
        }
        at += 1;
        if at - from > MAX_PATTERN {
            return wrong("Regular-expression literal exceeds the maximum length");
        }
    }
    let pattern = source.get(from..at).unwrap_or_default();
    let flags_from = at + 1;
    let mut end = flags_from;
    while let Some(flag) = bytes.get(end).filter(|flag| b"gimy".contains(flag)) {
        if bytes.get(flags_from..end).unwrap_or_default().contains(flag) {
            return wrong("Duplicate regular-expression flag");
        }
        end += 1;
    }
    if bytes.get(end).is_some_and(u8::is_ascii_alphabetic) {
        return wrong("Unsupported regular-expression flag");
    }
    let flags = source.get(flags_from..end).unwrap_or_default();
    Ok(RegexLiteral { source: pattern, flags, end })
}

/// The end of the string, name, number or regular expression that starts here, if one does.
fn skip(source: &str, at: usize) -> Outcome<Option<usize>> {
    let bytes = source.as_bytes();
    if let Some(quote @ (b'"' | b'\'')) = bytes.get(at).copied() {
        let mut index = at + 1;
        while let Some(byte) = bytes.get(index) {
            if *byte == b'\\' {
                index += 1;
            } else if *byte == quote {
                return Ok(Some(index + 1));
            }
            index += 1;
        }
        return Ok(Some(source.len()));
    }
    if let Some(end) = name_end(source, at, true) {
        if source.get(at..end) == Some("r") && bytes.get(end) == Some(&b'/') {
            return regex_literal(source, at).map(|literal| Some(literal.end));
        }
        return Ok(Some(end));
    }
    let mut end = at;
    while bytes.get(end).is_some_and(u8::is_ascii_digit) {
        end += 1;
    }
    Ok(Some(end).filter(|end| *end > at))
}

/// Where a terminator stands outside strings, names and regular expressions.
pub(super) fn find_terminator(source: &str, start: usize, terminator: &str) -> Outcome<Option<usize>> {
    let bytes = source.as_bytes();
    // Without quotes and slashes before it, the first one is it.
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        if matches!(byte, b'"' | b'\'' | b'/') {
            break;
        }
        if Some(byte) == terminator.as_bytes().first() && bytes.get(at..).is_some_and(|rest| rest.starts_with(terminator.as_bytes())) {
            return Ok(Some(at));
        }
    }
    let first = terminator.as_bytes().first();
    let mut at = start;
    while at + terminator.len() <= source.len() {
        let byte = bytes.get(at);
        if byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'"' | b'\'' | b'_')) {
            at = skip(source, at)?.unwrap_or(at + 1);
        } else if byte == first && bytes.get(at..at + terminator.len()) == Some(terminator.as_bytes()) {
            return Ok(Some(at));
        } else {
            at += 1;
        }
    }
    Ok(None)
}

/// Where the delimiter that opens at 0 is closed.
pub(super) fn matching_delimiter(source: &str) -> Outcome<Option<usize>> {
    let bytes = source.as_bytes();
    let mut stack = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if at > 0
            && let Some(end) = skip(source, at)?
        {
            at = end;
            continue;
        }
        match byte {
            b'(' => stack.push(b')'),
            b'[' => stack.push(b']'),
            b'{' => stack.push(b'}'),
            b')' | b']' | b'}' if stack.last() == Some(byte) => {
                stack.pop();
                if stack.is_empty() {
                    return Ok(Some(at));
                }
            }
            _ => {}
        }
        at += 1;
    }
    Ok(None)
}

/// Where a character stands outside every pair of delimiters.
pub(super) fn top_level_char(source: &str, wanted: u8) -> Outcome<Option<usize>> {
    let bytes = source.as_bytes();
    let mut depth = 0_i32;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if let Some(end) = skip(source, at)? {
            at = end;
            continue;
        }
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            byte if depth == 0 && *byte == wanted => return Ok(Some(at)),
            _ => {}
        }
        at += 1;
    }
    Ok(None)
}

/// Splits around a keyword that stands alone outside every pair of delimiters.
pub(super) fn split_keyword<'a>(source: &'a str, keyword: &str) -> Outcome<Option<(&'a str, usize)>> {
    let bytes = source.as_bytes();
    let mut depth = 0_i32;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if let Some(end) = skip(source, at)? {
            let before = source.get(..at).and_then(|head| head.chars().next_back()).is_none_or(is_code_space);
            let after = source.get(end..).and_then(|tail| tail.chars().next()).is_none_or(is_code_space);
            if depth == 0 && source.get(at..end) == Some(keyword) && before && after {
                return Ok(source.get(..at).map(|left| (left, end)));
            }
            at = end;
            continue;
        }
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    Ok(None)
}
