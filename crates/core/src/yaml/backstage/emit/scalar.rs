//! Strings: plain, quoted or as a block (`stringifyString`).

use super::fold::{Mode, WIDTH, fold};

/// Where a scalar stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Columns before its further lines.
    pub(super) indent: usize,
    /// It is a key.
    pub(super) key: bool,
    /// What stands before it on its line, for values of keys.
    pub(super) indent_at_start: Option<usize>,
}

/// Shorter double-quoted strings stay on one line.
const MIN_MULTI_LINE: usize = 40;

const NEWLINE: u16 = b'\n' as u16;
const SPACE: u16 = b' ' as u16;
const TAB: u16 = b'\t' as u16;

fn is(c: Option<&u16>, byte: u8) -> bool {
    c == Some(&u16::from(byte))
}

/// A string at its place.
pub(super) fn string(text: &str, place: Place) -> Vec<u16> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let control = |c: u16| matches!(c, 0..=8 | 0x0b..=0x1f | 0x7f..=0x9f);
    if units.iter().any(|c| control(*c)) { double_quoted(text, place) } else { plain(text, &units, place) }
}

fn plain(text: &str, units: &[u16], place: Place) -> Vec<u16> {
    let multi_line = units.contains(&NEWLINE);
    if place.key && multi_line {
        return quoted(text, place);
    }
    if needs_quotes(units) {
        return if place.key || !multi_line { quoted(text, place) } else { block(text, units, place) };
    }
    if !place.key && multi_line {
        return block(text, units, place);
    }
    if has_document_marker(units) && place.key && place.indent == 2 {
        return quoted(text, place);
    }
    if reads_as_other(text) {
        return quoted(text, place);
    }
    if place.key { units.to_vec() } else { fold(units.to_vec(), place.indent, Mode::Flow, place.indent_at_start).0 }
}

/// An indicator at the start, `: `, ` #`, blanks around line breaks or at the end.
fn needs_quotes(units: &[u16]) -> bool {
    let blank = |c: Option<&u16>| matches!(c, Some(&(SPACE | TAB)));
    let first = units.first().and_then(|c| u8::try_from(*c).ok());
    if first.is_some_and(|c| b"\n\t ,[]{}#&*!|>'\"%@`".contains(&c)) {
        return true;
    }
    if matches!(first, Some(b'?' | b'-')) && (units.len() == 1 || blank(units.get(1))) {
        return true;
    }
    if matches!(units.last(), Some(&(NEWLINE | SPACE | TAB))) || is(units.last(), b':') {
        return true;
    }
    units.windows(2).any(|pair| match pair {
        [a, b] => {
            let colon = *a == NEWLINE || *a == u16::from(b':');
            (colon && blank(Some(b))) || (blank(Some(a)) && *b == NEWLINE) || ((blank(Some(a)) || *a == NEWLINE) && *b == u16::from(b'#'))
        }
        _ => false,
    })
}

/// A line that starts with `%`, `---` or `...`.
fn has_document_marker(units: &[u16]) -> bool {
    let marker = |line: &[u16]| {
        is(line.first(), b'%') || [b'-', b'.'].iter().any(|c| line.len() >= 3 && line.iter().take(3).all(|unit| *unit == u16::from(*c)))
    };
    units.split(|c| matches!(*c, 10 | 13 | 0x2028 | 0x2029)).any(marker)
}

/// What the core schema reads as null, a boolean or a number.
fn reads_as_other(text: &str) -> bool {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL" | "true" | "True" | "TRUE" | "false" | "False" | "FALSE") {
        return true;
    }
    let digits = |text: &str, test: fn(&u8) -> bool| !text.is_empty() && text.as_bytes().iter().all(test);
    let decimal = |text: &str| digits(text, u8::is_ascii_digit);
    if text.strip_prefix("0o").is_some_and(|rest| digits(rest, |c| (b'0'..=b'7').contains(c)))
        || text.strip_prefix("0x").is_some_and(|rest| digits(rest, u8::is_ascii_hexdigit))
        || matches!(text, ".nan" | ".NaN" | ".NAN")
    {
        return true;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || decimal(unsigned) {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let float = match mantissa.split_once('.') {
        Some(("", fraction)) => decimal(fraction),
        Some((whole, fraction)) => decimal(whole) && (fraction.is_empty() || decimal(fraction)),
        None => decimal(mantissa),
    };
    float && exponent.is_none_or(decimal)
}

fn quoted(text: &str, place: Place) -> Vec<u16> {
    if text.contains('"') && !text.contains('\'') { single_quoted(text, place) } else { double_quoted(text, place) }
}

fn single_quoted(text: &str, place: Place) -> Vec<u16> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let blank_at_break = units.windows(2).any(|pair| match pair {
        [a, b] => (*b == NEWLINE && matches!(*a, SPACE | TAB)) || (*a == NEWLINE && matches!(*b, SPACE | TAB)),
        _ => false,
    });
    if (place.key && units.contains(&NEWLINE)) || blank_at_break {
        return double_quoted(text, place);
    }
    let mut out = vec![u16::from(b'\'')];
    let mut rest = units.iter().peekable();
    while let Some(c) = rest.next() {
        out.push(*c);
        if is(Some(c), b'\'') {
            out.push(*c);
        }
        if *c == NEWLINE && rest.peek().is_none_or(|next| **next != NEWLINE) {
            super::line_break(&mut out, place.indent);
        }
    }
    out.push(u16::from(b'\''));
    if place.key { out } else { fold(out, place.indent, Mode::Flow, place.indent_at_start).0 }
}

fn double_quoted(text: &str, place: Place) -> Vec<u16> {
    let mut json = String::with_capacity(text.len() + 2);
    crate::lang::javascript::quote(text, &mut json);
    let json: Vec<u16> = json.encode_utf16().collect();
    let mut out: Vec<u16> = Vec::with_capacity(json.len() + 8);
    let mut at = 0;
    while let Some(&c) = json.get(at) {
        let next = json.get(at + 1);
        if c == SPACE && is(next, b'\\') && is(json.get(at + 2), b'n') {
            // A blank before a line break would be folded away.
            super::push(&mut out, "\\ ");
            at += 1;
            at = escape(&json, at, place, &mut out);
        } else if is(Some(&c), b'\\') {
            at = escape(&json, at, place, &mut out);
        } else {
            out.push(c);
            at += 1;
        }
    }
    if place.key { out } else { fold(out, place.indent, Mode::Quoted, place.indent_at_start).0 }
}

/// Copies the escape at a backslash; answers where to go on.
fn escape(json: &[u16], at: usize, place: Place, out: &mut Vec<u16>) -> usize {
    let kind = json.get(at + 1);
    if is(kind, b'u') {
        let code = String::from_utf16_lossy(json.get(at + 2..at + 6).unwrap_or_default());
        match code.as_str() {
            "0000" => super::push(out, "\\0"),
            "0007" => super::push(out, "\\a"),
            "000b" => super::push(out, "\\v"),
            "001b" => super::push(out, "\\e"),
            "0085" => super::push(out, "\\N"),
            "00a0" => super::push(out, "\\_"),
            "2028" => super::push(out, "\\L"),
            "2029" => super::push(out, "\\P"),
            code => match code.strip_prefix("00") {
                Some(short) => super::push(out, &format!("\\x{short}")),
                None => super::push(out, &format!("\\u{code}")),
            },
        }
        return at + 6;
    }
    let breaks = is(kind, b'n') && !place.key && !is(json.get(at + 2), b'"') && json.len() >= MIN_MULTI_LINE;
    if !breaks {
        out.extend_from_slice(json.get(at..at + 2).unwrap_or_default());
        return at + 2;
    }
    let mut at = at;
    out.extend_from_slice(&[NEWLINE, NEWLINE]);
    while is(json.get(at + 2), b'\\') && is(json.get(at + 3), b'n') && !is(json.get(at + 4), b'"') {
        out.push(NEWLINE);
        at += 2;
    }
    out.extend(std::iter::repeat_n(SPACE, place.indent));
    if json.get(at + 2) == Some(&SPACE) {
        out.push(u16::from(b'\\'));
    }
    at + 2
}

fn block(text: &str, units: &[u16], place: Place) -> Vec<u16> {
    let blank = |c: &u16| matches!(*c, NEWLINE | SPACE | TAB);
    let content_end = units.iter().rposition(|c| !blank(c)).map_or(0, |at| at + 1);
    let (content, tail) = units.split_at(content_end);
    if tail.last().is_some_and(|c| *c != NEWLINE) && tail.contains(&NEWLINE) {
        return quoted(text, place);
    }
    let literal = !over_limit(units, WIDTH - isize::try_from(place.indent).unwrap_or(isize::MAX / 4));
    let chomp = match tail.iter().position(|c| *c == NEWLINE) {
        None => "-",
        Some(at) if content.is_empty() || at + 1 != tail.len() => "+",
        Some(_) => "",
    };
    let tail = indented_before_content(tail.strip_suffix(&[NEWLINE]).unwrap_or(tail), place.indent);
    let lead_end = content.iter().position(|c| !matches!(*c, SPACE | NEWLINE)).unwrap_or(content.len());
    let lead = content.get(..lead_end).unwrap_or_default();
    let starts_with_space = lead.contains(&SPACE);
    let start_end = lead.iter().rposition(|c| *c == NEWLINE).map_or(0, |at| at + 1);
    let (start, body) = content.split_at(start_end.min(content.len()));
    let start = indented(start, place.indent);
    let header = format!("{}{chomp}", if starts_with_space { "2" } else { "" });
    let whole = |mark: char, parts: &[&[u16]]| {
        let mut out = Vec::new();
        super::push(&mut out, &format!("{mark}{header}"));
        super::line_break(&mut out, place.indent);
        parts.iter().for_each(|part| out.extend_from_slice(part));
        out
    };
    if !literal {
        let joined = [start.as_slice(), indented(&folded(body), place.indent).as_slice(), tail.as_slice()].concat();
        let (text, overflow) = fold(joined, place.indent, Mode::Block, Some(place.indent));
        if !overflow {
            return whole('>', &[&text]);
        }
    }
    whole('|', &[&start, &indented(body, place.indent), &tail])
}

/// A line of the text is longer than the limit.
fn over_limit(units: &[u16], limit: isize) -> bool {
    let longer = |length: usize| isize::try_from(length).unwrap_or(isize::MAX) > limit;
    longer(units.len()) && units.split(|c| *c == NEWLINE).any(|line| longer(line.len()))
}

/// Indentation after each run of line breaks.
fn indented(units: &[u16], indent: usize) -> Vec<u16> {
    let mut out = Vec::with_capacity(units.len() + indent);
    let mut rest = units.iter().peekable();
    while let Some(c) = rest.next() {
        out.push(*c);
        if *c == NEWLINE && rest.peek().is_none_or(|next| **next != NEWLINE) {
            out.extend(std::iter::repeat_n(SPACE, indent));
        }
    }
    out
}

/// Like [`indented`], but not at the end.
fn indented_before_content(units: &[u16], indent: usize) -> Vec<u16> {
    let end = units.iter().rposition(|c| *c != NEWLINE).map_or(0, |at| at + 1);
    let (head, tail) = units.split_at(end);
    let mut out = indented(head, indent);
    out.extend_from_slice(tail);
    out
}

/// Doubles line breaks, except around lines that are indented more.
fn folded(units: &[u16]) -> Vec<u16> {
    let mut doubled = Vec::with_capacity(units.len() + 8);
    let mut previous = 0;
    for c in units {
        if *c == NEWLINE && previous != NEWLINE {
            doubled.push(NEWLINE);
        }
        doubled.push(*c);
        previous = *c;
    }
    let mut out = Vec::with_capacity(doubled.len());
    let mut at = 0;
    while let Some(&c) = doubled.get(at) {
        let blank = |at: usize| matches!(doubled.get(at), Some(&(SPACE | TAB)));
        let line = if at == 0 && blank(0) {
            Some(0)
        } else if c == NEWLINE && blank(at + 1) {
            Some(at + 1)
        } else {
            None
        };
        let Some(line) = line else {
            out.push(c);
            at += 1;
            continue;
        };
        let rest = doubled.get(line..).unwrap_or_default();
        let line_end = line + rest.iter().position(|c| matches!(*c, 10 | 13 | 0x2028 | 0x2029)).unwrap_or(rest.len());
        let after = doubled.get(line_end..).unwrap_or_default();
        let run = after.iter().position(|c| !matches!(*c, NEWLINE | SPACE | TAB)).unwrap_or(after.len());
        let run_end = line_end + run;
        let breaks = run > 0 && doubled.get(run_end - 1) == Some(&NEWLINE);
        let kept = if breaks { run_end - 1 } else { line_end };
        out.extend_from_slice(doubled.get(line..kept).unwrap_or_default());
        at = if breaks { run_end } else { line_end };
    }
    out
}
