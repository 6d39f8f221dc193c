//! Plain, quoted and block scalars: unfolding and unescaping.

use std::borrow::Cow;

use super::chars::{break_len, break_text, plain_stop};
use super::scanner::{Refusal, Scan, Scanner};
use super::token::Kind;

/// Line breaks between two pieces of a folded scalar.
#[derive(Debug, Default)]
struct Breaks {
    first: Option<&'static str>,
    rest: String,
}

impl Breaks {
    fn push(&mut self, text: &'static str) {
        if self.first.is_none() {
            self.first = Some(text);
        } else {
            self.rest.push_str(text);
        }
    }

    /// One `\n` becomes a space; of more, the first goes.
    fn fold_into(&mut self, out: &mut String) {
        match self.first.take() {
            Some("\n") | None if self.rest.is_empty() => out.push(' '),
            Some("\n") | None => out.push_str(&self.rest),
            Some(other) => {
                out.push_str(other);
                out.push_str(&self.rest);
            }
        }
        self.rest.clear();
    }
}

impl<'a> Scanner<'a> {
    fn take_break(&mut self) -> &'static str {
        let text = break_text(self.rest(0));
        self.skip_break();
        text
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// A plain scalar; one that fits on a line is borrowed.
    pub(super) fn scan_plain(&mut self) -> Scan<()> {
        let start = self.at;
        let indent = self.indent + 1;
        let mut folded: Option<String> = None;
        let mut breaks = Breaks::default();
        let (mut from, mut end) = (start, start);
        loop {
            if self.at_document_indicator() || self.byte(0) == b'#' {
                break;
            }
            let piece = self.at;
            self.skip_plain_run();
            if self.at > piece {
                if breaks.first.is_some() {
                    let out = folded.get_or_insert_with(String::new);
                    out.push_str(self.text.get(from..end).unwrap_or_default());
                    breaks.fold_into(out);
                    from = piece;
                }
                end = self.at;
            }
            if !(matches!(self.byte(0), b' ' | b'\t') || self.is_break(0)) {
                break;
            }
            self.skip_plain_space(&mut breaks, indent, start)?;
            if self.flow_level == 0 && (self.column as isize) < indent {
                break;
            }
        }
        if breaks.first.is_some() {
            self.key_allowed = true;
        }
        let text = match folded {
            Some(mut out) => {
                out.push_str(self.slice(from, end));
                Cow::Owned(out)
            }
            None => Cow::Borrowed(self.slice(start, end)),
        };
        self.push(Kind::Scalar(text, true), start, end);
        Ok(())
    }

    /// Over the characters up to a blank or an indicator that ends the scalar.
    fn skip_plain_run(&mut self) {
        let flow = self.flow_level > 0;
        loop {
            let byte = self.byte(0);
            if !plain_stop(byte) {
                self.at += 1;
                self.column += usize::from(byte & 0xc0 != 0x80);
                continue;
            }
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | 0 => return,
                b':' if self.is_blank_or_end(1) => return,
                b',' | b'?' | b'[' | b']' | b'{' | b'}' if flow => return,
                0xc2 | 0xe2 if self.is_break(0) => return,
                _ => {
                    self.at += 1;
                    self.column += 1;
                }
            }
        }
    }

    fn skip_plain_space(&mut self, breaks: &mut Breaks, indent: isize, start: usize) -> Scan<()> {
        loop {
            match self.byte(0) {
                b' ' | b'\t' => {
                    if breaks.first.is_some() && (self.column as isize) < indent && self.byte(0) == b'\t' {
                        return Err(Refusal { problem: "found a tab character that violates indentation".into(), at: start, limit: false });
                    }
                    self.at += 1;
                    self.column += 1;
                }
                _ if self.is_break(0) => breaks.push(self.take_break()),
                _ => return Ok(()),
            }
        }
    }

    /// A quoted scalar; without escapes and line breaks it is borrowed.
    pub(super) fn scan_quoted(&mut self, single: bool) -> Scan<()> {
        let start = self.at;
        self.skip();
        let quote = if single { b'\'' } else { b'"' };
        if let Some(text) = self.short_quoted(quote) {
            let end = self.at;
            self.push(Kind::Scalar(Cow::Borrowed(text), false), start, end);
            return Ok(());
        }
        let mut out = String::new();
        loop {
            if self.at_document_indicator() {
                return self.refuse("found unexpected document indicator");
            }
            if self.at >= self.bytes.len() {
                return self.refuse("found unexpected end of stream");
            }
            let escaped_break = self.quoted_run(single, &mut out)?;
            if self.byte(0) == quote {
                break;
            }
            self.quoted_space(escaped_break, &mut out);
        }
        self.skip();
        let end = self.at;
        self.push(Kind::Scalar(Cow::Owned(out), false), start, end);
        Ok(())
    }

    /// The text up to the closing quote, when nothing in it needs work.
    fn short_quoted(&mut self, quote: u8) -> Option<&'a str> {
        let rest = self.rest(0);
        let escape = if quote == b'"' { b'\\' } else { quote };
        let len = memchr::memchr3(quote, escape, b'\n', rest)?;
        if *rest.get(len)? != quote || (quote == b'\'' && rest.get(len + 1) == Some(&quote)) {
            return None;
        }
        let text = self.slice(self.at, self.at + len);
        if !self.plain_breaks && (0..len).any(|at| break_len(rest.get(at..).unwrap_or_default()) > 0) {
            return None;
        }
        self.at += len + 1;
        self.column += if text.is_ascii() { len } else { text.chars().count() } + 1;
        Some(text)
    }

    /// Characters up to a blank or the closing quote; whether an escaped line
    /// break ended the run.
    fn quoted_run(&mut self, single: bool, out: &mut String) -> Scan<bool> {
        while !self.is_blank_or_end(0) {
            match self.byte(0) {
                b'\'' if single && self.byte(1) == b'\'' => {
                    out.push('\'');
                    self.skip();
                    self.skip();
                }
                b'\'' if single => break,
                b'"' if !single => break,
                b'\\' if !single && self.is_break(1) => {
                    self.skip();
                    self.skip_break();
                    return Ok(true);
                }
                b'\\' if !single => self.escape(out)?,
                _ => self.quoted_plain(out),
            }
        }
        Ok(false)
    }

    /// Characters that mean themselves in any quotes.
    fn quoted_plain(&mut self, out: &mut String) {
        let from = self.at;
        let special = |byte: u8| matches!(byte, b'\'' | b'"' | b'\\' | b' ' | b'\t' | b'\r' | b'\n' | 0xc2 | 0xe2);
        self.skip();
        let rest = self.rest(0);
        let len = rest.iter().position(|byte| special(*byte)).unwrap_or(rest.len());
        self.column += rest.iter().take(len).filter(|byte| **byte & 0xc0 != 0x80).count();
        self.at += len;
        out.push_str(self.slice(from, self.at));
    }

    fn quoted_space(&mut self, escaped_break: bool, out: &mut String) {
        let mut broken = escaped_break;
        let mut breaks = Breaks::default();
        let from = self.at;
        let mut blanks_end = from;
        loop {
            if matches!(self.byte(0), b' ' | b'\t') {
                self.skip();
                if !broken {
                    blanks_end = self.at;
                }
            } else if self.is_break(0) {
                let text = self.take_break();
                if broken && breaks.first.is_none() {
                    breaks.rest.push_str(text);
                } else {
                    breaks.push(text);
                }
                broken = true;
            } else {
                break;
            }
        }
        if !broken {
            out.push_str(self.slice(from, blanks_end));
        } else if escaped_break {
            out.push_str(&breaks.rest);
        } else {
            breaks.fold_into(out);
        }
    }

    /// One escape sequence of a double-quoted scalar.
    fn escape(&mut self, out: &mut String) -> Scan<()> {
        let digits = match self.byte(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            other => {
                out.push(match other {
                    b'0' => '\0',
                    b'a' => '\u{7}',
                    b'b' => '\u{8}',
                    b't' | b'\t' => '\t',
                    b'n' => '\n',
                    b'v' => '\u{b}',
                    b'f' => '\u{c}',
                    b'r' => '\r',
                    b'e' => '\u{1b}',
                    b' ' => ' ',
                    b'"' => '"',
                    b'\'' => '\'',
                    b'\\' => '\\',
                    b'N' => '\u{85}',
                    b'_' => '\u{a0}',
                    b'L' => '\u{2028}',
                    b'P' => '\u{2029}',
                    _ => return self.refuse("found unknown escape character"),
                });
                0
            }
        };
        self.skip();
        self.skip();
        if digits == 0 {
            return Ok(());
        }
        let hex = self.rest(0).get(..digits).filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        let Some(hex) = hex.and_then(|hex| std::str::from_utf8(hex).ok()) else {
            return self.refuse("did not find expected hexdecimal number");
        };
        match u32::from_str_radix(hex, 16).ok().and_then(char::from_u32) {
            Some(character) => out.push(character),
            None => return self.refuse("found invalid Unicode character escape code"),
        }
        self.at += digits;
        self.column += digits;
        Ok(())
    }

    /// A literal or folded block.
    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Scan<()> {
        let start = self.at;
        self.skip();
        let (chomp, increment) = self.block_header()?;
        while matches!(self.byte(0), b' ' | b'\t') {
            self.skip();
        }
        if self.byte(0) == b'#' {
            self.skip_to_break();
        }
        if self.at < self.bytes.len() && !self.is_break(0) {
            return self.refuse("did not find expected comment or line break");
        }
        self.skip_break();
        let mut indent = if increment == 0 { 0 } else { self.indent.max(0) as usize + increment };
        let mut end = self.at;
        let mut out = String::new();
        let mut trailing = String::new();
        let mut leading_break = "";
        let mut leading_blank = false;
        self.block_breaks(&mut indent, &mut trailing, start, &mut end)?;
        while self.column == indent && self.at < self.bytes.len() {
            let blank = matches!(self.byte(0), b' ' | b'\t');
            if !literal && !leading_blank && !blank && leading_break == "\n" {
                if trailing.is_empty() {
                    out.push(' ');
                }
            } else {
                out.push_str(leading_break);
            }
            out.push_str(&trailing);
            trailing.clear();
            leading_blank = blank;
            let from = self.at;
            self.skip_to_break();
            out.push_str(self.slice(from, self.at));
            leading_break = if self.is_break(0) { self.take_break() } else { "" };
            self.block_breaks(&mut indent, &mut trailing, start, &mut end)?;
        }
        if chomp != b'-' {
            out.push_str(leading_break);
        }
        if chomp == b'+' {
            out.push_str(&trailing);
        }
        self.push(Kind::Scalar(Cow::Owned(out), false), start, end);
        Ok(())
    }

    /// Chomping indicator (0 if none) and indentation indicator (0 if none).
    fn block_header(&mut self) -> Scan<(u8, usize)> {
        let (mut chomp, mut increment) = (0, 0);
        if matches!(self.byte(0), b'+' | b'-') {
            chomp = self.byte(0);
            self.skip();
        }
        if self.byte(0).is_ascii_digit() {
            if self.byte(0) == b'0' {
                return self.refuse("found an indentation indicator equal to 0");
            }
            increment = usize::from(self.byte(0) - b'0');
            self.skip();
            if chomp == 0 && matches!(self.byte(0), b'+' | b'-') {
                chomp = self.byte(0);
                self.skip();
            }
        }
        Ok((chomp, increment))
    }

    /// Indentation and empty lines of a block; finds the indentation when it is 0.
    fn block_breaks(&mut self, indent: &mut usize, breaks: &mut String, start: usize, end: &mut usize) -> Scan<()> {
        *end = self.at;
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.column < *indent) && self.byte(0) == b' ' {
                self.at += 1;
                self.column += 1;
            }
            deepest = deepest.max(self.column);
            if (*indent == 0 || self.column < *indent) && self.byte(0) == b'\t' {
                return Err(Refusal {
                    problem: "found a tab character where an indentation space is expected".into(),
                    at: start,
                    limit: false,
                });
            }
            if !self.is_break(0) {
                break;
            }
            breaks.push_str(self.take_break());
            *end = self.at;
        }
        if *indent == 0 {
            *indent = deepest.max((self.indent + 1).max(1) as usize);
        }
        Ok(())
    }
}
