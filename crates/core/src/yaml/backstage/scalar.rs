//! Texts of scalars: unfolding, unescaping, block scalars.

use super::cst::{BlockScalar, Kind};
use super::node::Style;

/// A mistake in a scalar: where in its source, and what.
pub(super) type Problem = (usize, String);

/// The text of a plain scalar.
pub(super) fn plain(source: &str, problems: &mut Vec<Problem>) -> String {
    let bad = match source.as_bytes().first() {
        Some(b'\t') => "a tab character",
        Some(b',') => "flow indicator character ,",
        Some(b'%') => "directive indicator character %",
        Some(b'|') => "block scalar indicator |",
        Some(b'>') => "block scalar indicator >",
        Some(b'@') => "reserved character @",
        Some(b'`') => "reserved character `",
        _ => "",
    };
    if !bad.is_empty() {
        problems.push((0, format!("Plain value cannot start with {bad}")));
    }
    unfold(source)
}

/// The text of a single-quoted scalar.
pub(super) fn single(source: &str, problems: &mut Vec<Problem>) -> String {
    if source.len() == 1 || !source.ends_with('\'') {
        problems.push((source.len(), "Missing closing 'quote".to_owned()));
    }
    // Upstream cuts the last character off even when it is no quote.
    let inner = source.get(1..).unwrap_or_default();
    let last = inner.chars().next_back().map_or(0, char::len_utf8);
    unfold(inner.get(..inner.len() - last).unwrap_or_default()).replace("''", "'")
}

fn unfold(source: &str) -> String {
    let mut lines = source.split('\n');
    let first = lines.next().unwrap_or_default();
    let mut rest: Vec<&str> = lines.collect();
    let Some(last) = rest.pop() else { return source.to_owned() };
    let blank = [' ', '\t'];
    let without_cr = |line| str::strip_suffix(line, '\r').unwrap_or(line);
    let mut out = without_cr(first).trim_end_matches(blank).to_owned();
    let mut separator = " ";
    for line in rest {
        let line = without_cr(line).trim_matches(blank);
        if line.is_empty() {
            if separator == "\n" {
                out.push('\n');
            } else {
                separator = "\n";
            }
        } else {
            out.push_str(separator);
            out.push_str(line);
            separator = " ";
        }
    }
    out.push_str(separator);
    out.push_str(last.trim_start_matches(blank));
    out
}

/// The text of a double-quoted scalar.
pub(super) fn double(source: &str, problems: &mut Vec<Problem>) -> String {
    let bytes = source.as_bytes();
    let get = |at: usize| bytes.get(at).copied();
    // Upstream leaves the last character out even when it is no quote.
    let end = source.char_indices().next_back().map_or(0, |(at, _)| at);
    let mut out = String::with_capacity(source.len());
    let mut at = 1;
    while at < end {
        let rest = bytes.get(at..end).unwrap_or_default();
        let len = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n' | b'\\' | b' ' | b'\t')).unwrap_or(rest.len());
        out.push_str(source.get(at..at + len).unwrap_or_default());
        at += len;
        if at >= end {
            break;
        }
        match get(at).unwrap_or(b'"') {
            b'\r' if get(at + 1) == Some(b'\n') => {}
            b'\n' => {
                let mut newlines = 0;
                loop {
                    match get(at + 1) {
                        Some(b'\r') if get(at + 2) != Some(b'\n') => break,
                        Some(b'\n') => newlines += 1,
                        Some(b' ' | b'\t' | b'\r') => {}
                        _ => break,
                    }
                    at += 1;
                }
                if newlines == 0 {
                    out.push(' ');
                }
                out.extend(std::iter::repeat_n('\n', newlines));
            }
            b'\\' => {
                at = escape(source, at, &mut out, problems);
                continue;
            }
            b' ' | b'\t' => {
                let start = at;
                while matches!(get(at + 1), Some(b' ' | b'\t')) {
                    at += 1;
                }
                let breaks = get(at + 1) == Some(b'\n') || (get(at + 1) == Some(b'\r') && get(at + 2) == Some(b'\n'));
                if !breaks {
                    out.push_str(source.get(start..=at).unwrap_or_default());
                }
            }
            other => out.push(char::from(other)),
        }
        at += 1;
    }
    if source.len() == 1 || !source.ends_with('"') {
        problems.push((source.len(), "Missing closing \"quote".to_owned()));
    }
    out
}

/// One escape, whose backslash is at `at`; the place behind it.
fn escape(source: &str, at: usize, out: &mut String, problems: &mut Vec<Problem>) -> usize {
    let rest = source.get(at + 1..).unwrap_or_default();
    let Some(kind) = rest.chars().next() else { return at + 1 };
    let behind = at + 1 + kind.len_utf8();
    let simple = match kind {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' => '\u{1b}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' | '\t' => '\t',
        'v' => '\u{b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        ' ' | '"' | '/' | '\\' => kind,
        '\n' => return behind + blanks(rest.get(1..)),
        '\r' if rest.starts_with("\r\n") => return behind + 1 + blanks(rest.get(2..)),
        'x' | 'u' | 'U' => {
            let len = match kind {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            let digits: String = rest.chars().skip(1).take(len).collect();
            let valid = digits.len() == len && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let code = if valid { u32::from_str_radix(&digits, 16).ok() } else { None };
            match code.filter(|code| *code <= 0x10_ffff) {
                Some(code) => push_code(code, out),
                None => {
                    problems.push((at, format!("Invalid escape sequence \\{kind}{digits}")));
                    out.push('\\');
                    out.push(kind);
                    out.push_str(&digits);
                }
            }
            return behind + digits.len();
        }
        _ => {
            problems.push((at, format!("Invalid escape sequence \\{kind}")));
            out.push('\\');
            kind
        }
    };
    out.push(simple);
    behind
}

fn blanks(text: Option<&str>) -> usize {
    text.unwrap_or_default().bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// A code point; halves of surrogate pairs are marked until [`join_surrogates`].
fn push_code(code: u32, out: &mut String) {
    match char::from_u32(code) {
        Some(character) => out.push(character),
        None => out.push(char::from_u32(SURROGATES + (code - 0xd800)).unwrap_or('\u{fffd}')),
    }
}

/// Plane 16's private use area stands in for surrogates.
const SURROGATES: u32 = 0x10_f000;

/// Joins pairs of surrogates that were written as two escapes; a half becomes U+FFFD.
pub(super) fn join_surrogates(text: String) -> String {
    let half =
        |character: char| (SURROGATES..SURROGATES + 0x800).contains(&u32::from(character)).then(|| u32::from(character) - SURROGATES);
    if !text.chars().any(|character| half(character).is_some()) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(high) = half(character) else {
            out.push(character);
            continue;
        };
        let low = characters.peek().copied().and_then(half);
        match (high, low) {
            (0..0x400, Some(low @ 0x400..)) => {
                characters.next();
                out.extend(char::from_u32(0x1_0000 + (high << 10) + (low - 0x400)));
            }
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

/// A block scalar's header.
struct Header {
    folded: bool,
    indent: usize,
    chomp: u8,
    len: usize,
}

fn header(scalar: &BlockScalar, text: &str, problems: &mut Vec<Problem>) -> Header {
    let source = scalar.props.first().and_then(|token| text.get(token.at()..token.end())).unwrap_or_default();
    let mut found = Header { folded: source.starts_with('>'), indent: 0, chomp: 0, len: source.len() };
    let mut extra = None;
    for (at, byte) in source.bytes().enumerate().skip(1) {
        match byte {
            b'-' | b'+' if found.chomp == 0 => found.chomp = byte,
            b'1'..=b'9' if found.indent == 0 => found.indent = usize::from(byte - b'0'),
            _ => extra = extra.or(Some(at)),
        }
    }
    if let Some(at) = extra {
        problems.push((scalar.at + at, format!("Block scalar header includes extra characters: {source}")));
    }
    let mut space = false;
    for token in scalar.props.iter().skip(1) {
        found.len += token.end() - token.at();
        match token.kind {
            Kind::Space => space = true,
            Kind::Comment if !space => {
                problems.push((token.at(), "Comments must be separated from other tokens by white space characters".to_owned()));
            }
            _ => {}
        }
    }
    if scalar.bad {
        problems.push((scalar.at, "Unexpected token in block scalar header".to_owned()));
    }
    found
}

/// A line's indentation and what follows it.
fn lines(source: &str) -> Vec<(&str, &str)> {
    if source.is_empty() {
        return Vec::new();
    }
    source.split('\n').map(|line| line.split_at(line.len() - line.trim_start_matches(' ').len())).collect()
}

/// The text of a block scalar, its style and where it ends; problems count from
/// the start of the document's text.
pub(super) fn block(scalar: &BlockScalar, text: &str, at_root: bool, problems: &mut Vec<Problem>) -> (String, Style, usize) {
    let header = header(scalar, text, problems);
    let style = if header.folded { Style::Folded } else { Style::Literal };
    let source = text.get(scalar.source.0..scalar.source.1).unwrap_or_default();
    let lines = lines(source);
    let end = scalar.at + header.len + source.len();
    let empty = |content: &str| content.is_empty() || content == "\r";
    let mut chomp_start = lines.iter().rposition(|(_, content)| !empty(content)).map_or(0, |at| at + 1);
    if chomp_start == 0 {
        let value = if header.chomp == b'+' && !lines.is_empty() { "\n".repeat((lines.len() - 1).max(1)) } else { String::new() };
        return (value, style, end);
    }
    let start = scalar.at + header.len;
    let (trim, content_start) = trim_indent(&lines, chomp_start, scalar.indent, header.indent, start, at_root, problems);
    if let Some(at) = lines.iter().rposition(|(indent, _)| indent.len() as isize > trim).filter(|at| *at >= chomp_start) {
        chomp_start = at + 1;
    }
    let mut value = String::with_capacity(source.len());
    for (indent, _) in lines.iter().take(content_start) {
        value.push_str(cut(indent, trim));
        value.push('\n');
    }
    let content = lines.get(content_start..chomp_start).unwrap_or_default();
    for (_, content) in content.iter().filter(|(indent, content)| !empty(content) && (indent.len() as isize) < trim) {
        let at = content.as_ptr() as usize - source.as_ptr() as usize;
        problems.push((start + at, "Block scalar lines must not be less indented than their first line".to_owned()));
    }
    if header.folded {
        fold(content, trim, &mut value);
    } else {
        for (at, (indent, content)) in content.iter().enumerate() {
            if at > 0 {
                value.push('\n');
            }
            value.push_str(cut(indent, trim));
            value.push_str(content.strip_suffix('\r').unwrap_or(content));
        }
    }
    match header.chomp {
        b'-' => {}
        b'+' => {
            for (indent, _) in lines.iter().skip(chomp_start) {
                value.push('\n');
                value.push_str(cut(indent, trim));
            }
            if !value.ends_with('\n') {
                value.push('\n');
            }
        }
        _ => value.push('\n'),
    }
    (value, style, end)
}

/// How much indentation to take off, and the first line with content.
fn trim_indent(
    lines: &[(&str, &str)],
    chomp_start: usize,
    indent: isize,
    explicit: usize,
    start: usize,
    at_root: bool,
    problems: &mut Vec<Problem>,
) -> (isize, usize) {
    let mut trim = indent + explicit as isize;
    let mut offset = start;
    for (at, (indent, content)) in lines.iter().take(chomp_start).enumerate() {
        let len = indent.len() as isize;
        if content.is_empty() || *content == "\r" {
            if explicit == 0 && len > trim {
                trim = len;
            }
            offset += indent.len() + content.len() + 1;
            continue;
        }
        if len < trim {
            let message = "Block scalars with more-indented leading empty lines must use an explicit indentation indicator";
            problems.push((offset + indent.len(), message.to_owned()));
        }
        if explicit == 0 {
            trim = len;
        }
        if trim == 0 && !at_root {
            problems.push((offset, "Block scalar values in collections must be indented".to_owned()));
        }
        return (trim, at);
    }
    (trim, 0)
}

/// Indentation beyond what is taken off; a negative amount counts from the end, as `slice` does.
fn cut(indent: &str, trim: isize) -> &str {
    let from = if trim < 0 { indent.len().saturating_sub(trim.unsigned_abs()) } else { trim.unsigned_abs() };
    indent.get(from..).unwrap_or_default()
}

fn fold(lines: &[(&str, &str)], trim: isize, value: &mut String) {
    let mut separator = "";
    let mut more_indented = false;
    for (indent, content) in lines {
        let content = content.strip_suffix('\r').unwrap_or(content);
        let indent = if !content.is_empty() && (indent.len() as isize) < trim { "" } else { indent };
        if indent.len() as isize > trim || content.starts_with('\t') {
            if separator == " " {
                separator = "\n";
            } else if !more_indented && separator == "\n" {
                separator = "\n\n";
            }
            value.push_str(separator);
            value.push_str(cut(indent, trim));
            value.push_str(content);
            separator = "\n";
            more_indented = true;
        } else if content.is_empty() {
            if separator == "\n" {
                value.push('\n');
            } else {
                separator = "\n";
            }
        } else {
            value.push_str(separator);
            value.push_str(content);
            separator = " ";
            more_indented = false;
        }
    }
}
