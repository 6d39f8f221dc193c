//! `strconv`: quoting and unquoting.

use super::unicode::is_print;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The next character of bytes that may be no UTF-8, and how many bytes it takes.
pub fn decode(bytes: &[u8]) -> (Option<char>, usize) {
    let Some(first) = bytes.first() else { return (None, 0) };
    if first.is_ascii() {
        return (Some(char::from(*first)), 1);
    }
    for len in 2..=4 {
        let Some(head) = bytes.get(..len) else { break };
        if let Ok(text) = std::str::from_utf8(head) {
            return (text.chars().next(), len);
        }
    }
    (None, 1)
}

/// `strconv.Quote` (or `QuoteToASCII`).
pub fn quote(bytes: &[u8], ascii: bool) -> Vec<u8> {
    quote_with(bytes, b'"', ascii)
}

/// `strconv.QuoteRune` (or `QuoteRuneToASCII`).
pub fn quote_char(c: char, ascii: bool) -> Vec<u8> {
    quote_with(c.encode_utf8(&mut [0; 4]).as_bytes(), b'\'', ascii)
}

fn quote_with(bytes: &[u8], mark: u8, ascii: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 2);
    out.push(mark);
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        let (c, width) = decode(rest);
        match c {
            Some(c) => escape(&mut out, c, mark, ascii),
            None => {
                out.extend_from_slice(b"\\x");
                hex(&mut out, u32::from(first), 2);
            }
        }
        rest = rest.get(width..).unwrap_or_default();
    }
    out.push(mark);
    out
}

fn hex(out: &mut Vec<u8>, value: u32, digits: u32) {
    for digit in (0..digits).rev() {
        out.extend(HEX.get((value >> (4 * digit)) as usize & 0xf));
    }
}

fn escape(out: &mut Vec<u8>, c: char, mark: u8, ascii: bool) {
    if c as u32 == u32::from(mark) || c == '\\' {
        out.push(b'\\');
        out.push(c as u8);
        return;
    }
    if (c.is_ascii() || !ascii) && is_print(c) {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        return;
    }
    match c {
        '\u{7}' => out.extend_from_slice(b"\\a"),
        '\u{8}' => out.extend_from_slice(b"\\b"),
        '\u{c}' => out.extend_from_slice(b"\\f"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\u{b}' => out.extend_from_slice(b"\\v"),
        _ if c < ' ' || c == '\u{7f}' => {
            out.extend_from_slice(b"\\x");
            hex(out, c as u32, 2);
        }
        _ if (c as u32) < 0x10000 => {
            out.extend_from_slice(b"\\u");
            hex(out, c as u32, 4);
        }
        _ => {
            out.extend_from_slice(b"\\U");
            hex(out, c as u32, 8);
        }
    }
}

/// `strconv.CanBackquote`
pub fn can_backquote(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| !text.chars().any(|c| c == '\u{feff}' || c == '`' || c == '\u{7f}' || (c < ' ' && c != '\t')))
}

/// `strconv.Unquote` of a double-quoted or a raw literal.
pub fn unquote(literal: &str) -> Option<Vec<u8>> {
    if let Some(raw) = literal.strip_prefix('`') {
        let raw = raw.strip_suffix('`')?;
        return (!raw.contains('`')).then(|| raw.replace('\r', "").into_bytes());
    }
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        if rest.starts_with('"') || rest.starts_with('\n') {
            return None;
        }
        rest = unquote_char(rest, '"', &mut out)?;
    }
    Some(out)
}

/// `strconv.UnquoteChar`: appends one character and gives the rest.
pub fn unquote_char<'t>(text: &'t str, mark: char, out: &mut Vec<u8>) -> Option<&'t str> {
    let mut chars = text.chars();
    let c = chars.next()?;
    if c != '\\' {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        return Some(chars.as_str());
    }
    let c = chars.next()?;
    let plain = match c {
        'a' => Some(7),
        'b' => Some(8),
        'f' => Some(12),
        'n' => Some(10),
        'r' => Some(13),
        't' => Some(9),
        'v' => Some(11),
        '\\' => Some(b'\\'),
        '\'' | '"' if c == mark => Some(c as u8),
        _ => None,
    };
    if let Some(byte) = plain {
        out.push(byte);
        return Some(chars.as_str());
    }
    let rest = chars.as_str();
    let (digits, radix) = match c {
        'x' => (2, 16),
        'u' => (4, 16),
        'U' => (8, 16),
        '0'..='7' => (3, 8),
        _ => return None,
    };
    let source = if radix == 8 { text.get(1..)? } else { rest };
    let code = source.get(..digits)?;
    if !code.bytes().all(|b| (b as char).is_digit(radix)) {
        return None;
    }
    let value = u32::from_str_radix(code, radix).ok()?;
    match c {
        'u' | 'U' => {
            let decoded = char::from_u32(value)?;
            out.extend_from_slice(decoded.encode_utf8(&mut [0; 4]).as_bytes());
        }
        _ => out.push(u8::try_from(value).ok()?),
    }
    source.get(digits..)
}
