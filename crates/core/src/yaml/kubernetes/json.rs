//! JSON values in a stream, as Go's `encoding/json` decoder takes them: a file
//! that starts with `{` is read this way first.

use serde_json::{Number, Value};

use crate::text::Span;
use crate::yaml::builder::{Pairs, close};
use crate::yaml::document::{Place, Spans};

use super::scanner::{MAX_DEPTH, Refusal, Scan};

#[derive(Debug)]
struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    places: Vec<Place>,
    scratch: Vec<Place>,
    oversized: Option<Refusal>,
}

/// A value of the stream.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) value: Value,
    pub(super) spans: Spans,
    /// Where it ends.
    pub(super) end: usize,
    /// The first number beyond a double, for which null stands in `value`.
    pub(super) oversized: Option<Refusal>,
}

/// The next value at or after `from`; `None` when only white space is left.
pub(super) fn next_value(text: &str, from: usize) -> Scan<Option<Found>> {
    let mut reader = Reader { text, at: from, depth: 0, places: Vec::new(), scratch: Vec::new(), oversized: None };
    reader.skip_space();
    if reader.at >= text.len() {
        return Ok(None);
    }
    let (value, root) = reader.value()?;
    Ok(Some(Found { value, spans: Spans { places: reader.places, root }, end: reader.at, oversized: reader.oversized }))
}

impl Reader<'_> {
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
    }

    fn refuse<T>(&self) -> Scan<T> {
        let what = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        let problem = what.map_or_else(|| "unexpected EOF".to_owned(), |character| format!("json: invalid character {character:?}"));
        Err(Refusal { problem, at: self.at, limit: false })
    }

    fn value(&mut self) -> Scan<(Value, Place)> {
        let start = self.at;
        let mut place = Place::new(Span { start, end: start });
        let value = match self.byte() {
            b'{' | b'[' => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(Refusal { problem: "exceeded max depth".into(), at: start, limit: true });
                }
                let base = self.scratch.len();
                let value = if self.byte() == b'{' { self.object()? } else { self.array()? };
                self.depth -= 1;
                close(&mut self.places, &mut self.scratch, base, &mut place);
                value
            }
            b'"' => Value::String(self.string()?),
            b'-' | b'0'..=b'9' => self.number()?,
            _ => self.word()?,
        };
        place.set_value(Span { start, end: self.at });
        Ok((value, place))
    }

    fn word(&mut self) -> Scan<Value> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.refuse()
    }

    /// Over `,` or the closing bracket; whether it closed.
    fn separator(&mut self, closing: u8) -> Scan<bool> {
        self.skip_space();
        match self.byte() {
            b',' => {
                self.at += 1;
                self.skip_space();
                Ok(false)
            }
            byte if byte == closing => {
                self.at += 1;
                Ok(true)
            }
            _ => self.refuse(),
        }
    }

    /// Into a bracket; whether it is empty.
    fn open(&mut self, closing: u8) -> bool {
        self.at += 1;
        self.skip_space();
        let empty = self.byte() == closing;
        self.at += usize::from(empty);
        empty
    }

    fn array(&mut self) -> Scan<Value> {
        let mut items = Vec::new();
        let mut done = self.open(b']');
        while !done {
            let (value, place) = self.value()?;
            items.push(value);
            self.scratch.push(place);
            done = self.separator(b']')?;
        }
        Ok(Value::Array(items))
    }

    fn object(&mut self) -> Scan<Value> {
        let mut pairs = Pairs::new(0, self.scratch.len());
        let mut done = self.open(b'}');
        while !done {
            let start = self.at;
            if self.byte() != b'"' {
                return self.refuse();
            }
            let key = self.string()?;
            let key_span = Span { start, end: self.at };
            self.skip_space();
            if self.byte() != b':' {
                return self.refuse();
            }
            self.at += 1;
            self.skip_space();
            let (value, mut place) = self.value()?;
            place.set_key(key_span);
            pairs.set(&mut self.scratch, key, value, place);
            done = self.separator(b'}')?;
        }
        Ok(Value::Object(pairs.map))
    }

    fn number(&mut self) -> Scan<Value> {
        let start = self.at;
        self.at += usize::from(self.byte() == b'-');
        match self.byte() {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => return self.refuse(),
        }
        if self.byte() == b'.' {
            self.at += 1;
            self.required_digits()?;
        }
        if matches!(self.byte(), b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), b'+' | b'-'));
            self.required_digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        match text.parse::<Number>() {
            Ok(number) => Ok(Value::Number(number)),
            Err(_) => {
                let refusal = Refusal { problem: format!("json: number {text} out of range"), at: start, limit: true };
                self.oversized.get_or_insert(refusal);
                Ok(Value::Null)
            }
        }
    }

    fn digits(&mut self) {
        while self.byte().is_ascii_digit() {
            self.at += 1;
        }
    }

    fn required_digits(&mut self) -> Scan<()> {
        if !self.byte().is_ascii_digit() {
            return self.refuse();
        }
        self.digits();
        Ok(())
    }

    fn string(&mut self) -> Scan<String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let from = self.at;
            let rest = self.text.as_bytes().get(from..).unwrap_or_default();
            let len = rest.iter().position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\')).unwrap_or(rest.len());
            out.push_str(self.text.get(from..from + len).unwrap_or_default());
            self.at += len;
            match self.byte() {
                b'"' => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => self.escape(&mut out)?,
                _ => return self.refuse(),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Scan<()> {
        self.at += 1;
        let character = match self.byte() {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(out),
            _ => return self.refuse(),
        };
        self.at += 1;
        out.push(character);
        Ok(())
    }

    /// `uXXXX`, possibly the first half of a pair; a lone half becomes U+FFFD.
    fn unicode(&mut self, out: &mut String) -> Scan<()> {
        let Some(first) = self.hex(self.at + 1) else { return self.refuse() };
        self.at += 5;
        if (0xd800..0xdc00).contains(&first)
            && self.text.as_bytes().get(self.at..self.at + 2) == Some(b"\\u")
            && let Some(second) = self.hex(self.at + 2)
            && (0xdc00..0xe000).contains(&second)
        {
            self.at += 6;
            out.extend(char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)));
            return Ok(());
        }
        out.push(char::from_u32(first).unwrap_or('\u{fffd}'));
        Ok(())
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }
}
