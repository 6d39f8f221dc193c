//! Go's `regexp` on the `regex` crate: the same leftmost-first matching, another syntax.
//!
//! RE2's Perl classes are ASCII, brackets do not nest, and operators do not
//! stack; the translation below spells those out and refuses what Go refuses.

use std::fmt::Write as _;

use regex::{Captures, Regex};

use crate::{Error, Result};

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Regexp {
    inner: Regex,
    source_empty: bool,
}

impl Regexp {
    /// `regexp.Compile`
    ///
    /// # Errors
    /// `error parsing regexp: …` as upstream says it.
    pub fn compile(pattern: &str) -> Result<Self> {
        let translated = translate(pattern)?;
        let inner = Regex::new(&translated)
            .or_else(|_| Regex::new(&translated.replace(r"(?-u:\B)", r"\B")))
            .map_err(|_| refuse("invalid", pattern))?;
        Ok(Self { inner, source_empty: pattern.is_empty() })
    }

    /// `MatchString`
    pub fn is_match(&self, text: &str) -> bool {
        self.inner.is_match(text)
    }

    /// `FindString`
    pub fn find<'t>(&self, text: &'t str) -> &'t str {
        self.inner.find(text).map_or("", |found| found.as_str())
    }

    /// `FindAllString`; a negative count finds all, no match is `None`.
    pub fn find_all<'t>(&self, text: &'t str, count: i64) -> Option<Vec<&'t str>> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let found: Vec<&str> = self.inner.find_iter(text).take(count).map(|found| found.as_str()).collect();
        (!found.is_empty()).then_some(found)
    }

    /// `ReplaceAllLiteralString`
    pub fn replace_literal(&self, text: &str, with: &str) -> String {
        self.inner.replace_all(text, regex::NoExpand(with)).into_owned()
    }

    /// `ReplaceAllString`, `$1` and `${name}` expanded.
    pub fn replace(&self, text: &str, with: &str) -> String {
        if !with.contains('$') {
            return self.replace_literal(text, with);
        }
        self.inner.replace_all(text, |captures: &Captures<'_>| expand(with, captures)).into_owned()
    }

    /// `Split`, and how many parts it makes room for
    pub fn split<'t>(&self, text: &'t str, count: i64) -> Option<(Vec<&'t str>, usize)> {
        if count == 0 {
            return None;
        }
        if !self.source_empty && text.is_empty() {
            return Some((vec![""], 1));
        }
        let limit = usize::try_from(count).unwrap_or(usize::MAX);
        let mut parts = Vec::new();
        let (mut begin, mut end, mut room) = (0, 0, 0);
        for found in self.inner.find_iter(text).take(limit) {
            room += 1;
            if parts.len() + 1 >= limit {
                continue;
            }
            end = found.start();
            if found.end() != 0 {
                parts.push(text.get(begin..end).unwrap_or_default());
            }
            begin = found.end();
        }
        if end != text.len() {
            parts.push(text.get(begin..).unwrap_or_default());
        }
        Some((parts, room))
    }
}

/// `regexp.QuoteMeta`
pub fn quote_meta(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn expand(template: &str, captures: &Captures<'_>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + 1..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let (name, after) = match rest.strip_prefix('{') {
            Some(braced) => {
                let end = braced.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(braced.len());
                let (name, tail) = braced.split_at(end);
                match tail.strip_prefix('}') {
                    Some(tail) => (name, tail),
                    None => ("", rest),
                }
            }
            None => rest.split_at(rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len())),
        };
        if name.is_empty() {
            out.push('$');
            continue;
        }
        rest = after;
        let numbered = name.bytes().all(|b| b.is_ascii_digit()) && (name.len() == 1 || !name.starts_with('0'));
        let group = if numbered { name.parse().ok().and_then(|n: usize| captures.get(n)) } else { captures.name(name) };
        out.push_str(group.map_or("", |group| group.as_str()));
    }
    out.push_str(rest);
    out
}

fn refuse(what: &str, pattern: &str) -> Error {
    Error::upstream(format!("error parsing regexp: {what}: `{pattern}`"))
}

struct Translator<'p> {
    pattern: &'p str,
    rest: &'p str,
    out: String,
}

fn translate(pattern: &str) -> Result<String> {
    let mut translator = Translator { pattern, rest: pattern, out: String::with_capacity(pattern.len() + 16) };
    translator.run()?;
    Ok(translator.out)
}

impl Translator<'_> {
    fn run(&mut self) -> Result<()> {
        let mut repeated = false;
        while let Some(c) = self.rest.chars().next() {
            let was_repeated = std::mem::take(&mut repeated);
            match c {
                '(' if self.rest.starts_with("(?") => self.group()?,
                '*' | '+' | '?' => {
                    self.operator(&c.to_string(), c.len_utf8(), was_repeated)?;
                    repeated = true;
                }
                '{' => match repeat_range(self.rest) {
                    Some((min, max, len)) => {
                        if min > 1000 || max.is_some_and(|max| max > 1000 || min > max) {
                            return Err(refuse("invalid repeat count", self.pattern));
                        }
                        let text = self.rest.get(..len).unwrap_or_default().to_owned();
                        self.operator(&text, len, was_repeated)?;
                        repeated = true;
                    }
                    None => self.literal_next('{'),
                },
                '[' => self.class()?,
                '\\' => self.backslash()?,
                '(' | ')' | '|' | '^' | '$' | '.' => {
                    self.out.push(c);
                    self.advance(1);
                }
                _ => self.literal_next(c),
            }
        }
        Ok(())
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn literal_next(&mut self, c: char) {
        self.literal(c);
        self.advance(c.len_utf8());
    }

    fn literal(&mut self, c: char) {
        self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    fn operator(&mut self, text: &str, len: usize, stacked: bool) -> Result<()> {
        self.advance(len);
        self.out.push_str(text);
        if self.rest.starts_with('?') {
            self.out.push('?');
            self.advance(1);
        }
        if stacked { Err(refuse("invalid nested repetition operator", self.pattern)) } else { Ok(()) }
    }

    fn group(&mut self) -> Result<()> {
        if self.rest.starts_with("(?P<") || self.rest.starts_with("(?<") {
            let end = self.rest.find('>').ok_or_else(|| refuse("invalid named capture", self.pattern))?;
            let head = self.rest.get(..=end).unwrap_or_default().to_owned();
            let name = head.rsplit('<').next().and_then(|n| n.strip_suffix('>')).unwrap_or_default();
            if name.is_empty() || !name.chars().all(|c| c == '_' || c.is_alphanumeric()) {
                return Err(refuse("invalid named capture", self.pattern));
            }
            self.out.push_str(&head);
            self.advance(end + 1);
            return Ok(());
        }
        let end = self.rest.find([':', ')']).ok_or_else(|| refuse("missing argument to repetition operator", self.pattern))?;
        let flags = self.rest.get(2..end).unwrap_or_default().to_owned();
        let (on, off) = flags.split_once('-').map_or((flags.as_str(), None), |(on, off)| (on, Some(off)));
        let known = |text: &str| text.chars().all(|c| matches!(c, 'i' | 'm' | 's' | 'U'));
        if !known(on) || off.is_some_and(|off| off.is_empty() || !known(off)) {
            return Err(refuse("invalid or unsupported Perl syntax", self.pattern));
        }
        let colon = self.rest.get(end..=end) == Some(":");
        match (flags.is_empty(), colon) {
            (true, true) => self.out.push_str("(?:"),
            (true, false) => {}
            (false, _) => {
                let _ = write!(self.out, "(?{flags}{}", if colon { ':' } else { ')' });
            }
        }
        self.advance(end + 1);
        Ok(())
    }

    fn backslash(&mut self) -> Result<()> {
        let after = self.rest.get(1..).unwrap_or_default();
        let known = match after.chars().next() {
            Some('A') => Some(r"\A"),
            Some('z') => Some(r"\z"),
            Some('b') => Some(r"(?-u:\b)"),
            Some('B') => Some(r"(?-u:\B)"),
            _ => None,
        };
        if let Some(text) = known {
            self.out.push_str(text);
            self.advance(2);
            return Ok(());
        }
        if let Some(quoted) = after.strip_prefix('Q') {
            let (text, rest) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
            for c in text.chars() {
                self.literal(c);
            }
            self.rest = rest;
            return Ok(());
        }
        if let Some(set) = self.perl_class() {
            let _ = write!(self.out, "[{set}]");
            return Ok(());
        }
        if let Some(set) = self.unicode_class()? {
            self.out.push_str(&set);
            return Ok(());
        }
        let c = self.escape()?;
        self.literal(c);
        Ok(())
    }

    /// `\d` and its kin as the inside of a bracket.
    fn perl_class(&mut self) -> Option<&'static str> {
        let set = match self.rest.get(..2)? {
            r"\d" => "0-9",
            r"\s" => r"\t\n\x0C\r\x20",
            r"\w" => "0-9A-Za-z_",
            r"\D" => "^0-9",
            r"\S" => r"^\t\n\x0C\r\x20",
            r"\W" => "^0-9A-Za-z_",
            _ => return None,
        };
        self.advance(2);
        Some(set)
    }

    /// `\pL`, `\p{Greek}`, `\P{^Lu}`
    fn unicode_class(&mut self) -> Result<Option<String>> {
        let Some(kind @ (r"\p" | r"\P")) = self.rest.get(..2) else { return Ok(None) };
        let mut negated = kind == r"\P";
        let after = self.rest.get(2..).unwrap_or_default();
        let (name, len) = if let Some(braced) = after.strip_prefix('{') {
            let end = braced.find('}').ok_or_else(|| refuse("invalid character class range", self.pattern))?;
            (braced.get(..end).unwrap_or_default(), 2 + 1 + end + 1)
        } else {
            let c = after.chars().next().ok_or_else(|| refuse("invalid character class range", self.pattern))?;
            (after.get(..c.len_utf8()).unwrap_or_default(), 2 + c.len_utf8())
        };
        let plain = name.strip_prefix('^').unwrap_or(name);
        negated ^= plain.len() != name.len();
        if plain.is_empty() || !plain.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(refuse("invalid character class range", self.pattern));
        }
        let text = match plain {
            "Any" => if negated { r"[^\x{0}-\x{10FFFF}]" } else { r"[\x{0}-\x{10FFFF}]" }.to_owned(),
            _ => format!(r"\{}{{{plain}}}", if negated { 'P' } else { 'p' }),
        };
        self.advance(len);
        Ok(Some(text))
    }

    fn escape(&mut self) -> Result<char> {
        let bad = || refuse("invalid escape sequence", self.pattern);
        let mut chars = self.rest.chars();
        chars.next();
        let c = chars.next().ok_or_else(|| refuse("trailing backslash at end of expression", self.pattern))?;
        let after = chars.as_str();
        let octal = |text: &str| text.bytes().take_while(|b| (b'0'..=b'7').contains(b)).count();
        let (value, rest) = match c {
            '1'..='7' if octal(after) == 0 => return Err(bad()),
            '0'..='7' => {
                let len = octal(after).min(2);
                let digits = format!("{c}{}", after.get(..len).unwrap_or_default());
                (u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32), after.get(len..))
            }
            'x' => match after.strip_prefix('{') {
                Some(braced) => {
                    let end = braced.find('}').ok_or_else(bad)?;
                    let digits = braced.get(..end).unwrap_or_default();
                    let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
                    let value = if valid { u32::from_str_radix(digits, 16).ok() } else { None };
                    (value.filter(|v| *v <= 0x10ffff).map(|v| char::from_u32(v).unwrap_or('\u{fffd}')), braced.get(end + 1..))
                }
                None => {
                    let digits = after.get(..2).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit())).ok_or_else(bad)?;
                    (u32::from_str_radix(digits, 16).ok().and_then(char::from_u32), after.get(2..))
                }
            },
            'a' => (Some('\u{7}'), Some(after)),
            'f' => (Some('\u{c}'), Some(after)),
            'n' => (Some('\n'), Some(after)),
            'r' => (Some('\r'), Some(after)),
            't' => (Some('\t'), Some(after)),
            'v' => (Some('\u{b}'), Some(after)),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => (Some(c), Some(after)),
            _ => (None, None),
        };
        let (Some(value), Some(rest)) = (value, rest) else { return Err(bad()) };
        self.rest = rest;
        Ok(value)
    }

    fn class(&mut self) -> Result<()> {
        self.advance(1);
        let mut text = String::from("[");
        if self.rest.starts_with('^') {
            text.push('^');
            self.advance(1);
        }
        let mut first = true;
        loop {
            if self.rest.is_empty() {
                return Err(refuse("missing closing ]", self.pattern));
            }
            if self.rest.starts_with(']') && !first {
                break;
            }
            first = false;
            if self.rest.starts_with("[:")
                && let Some(end) = self.rest.find(":]")
            {
                let name = self.rest.get(..end + 2).unwrap_or_default();
                let known = [
                    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
                    "xdigit",
                ];
                let bare = name.trim_matches(['[', ']', ':', '^']);
                if !known.contains(&bare) {
                    return Err(refuse("invalid character class range", self.pattern));
                }
                text.push_str(name);
                self.advance(end + 2);
                continue;
            }
            if let Some(set) = self.perl_class() {
                let _ = write!(text, "[{set}]");
                continue;
            }
            if let Some(set) = self.unicode_class()? {
                text.push_str(&set);
                continue;
            }
            let low = self.class_char()?;
            let mut high = low;
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") && self.rest.len() >= 2 {
                self.advance(1);
                high = self.class_char()?;
                if high < low {
                    return Err(refuse("invalid character class range", self.pattern));
                }
            }
            let _ = write!(text, r"\x{{{:x}}}-\x{{{:x}}}", low as u32, high as u32);
        }
        self.advance(1);
        text.push(']');
        self.out.push_str(&text);
        Ok(())
    }

    fn class_char(&mut self) -> Result<char> {
        if self.rest.starts_with('\\') {
            return self.escape();
        }
        let c = self.rest.chars().next().ok_or_else(|| refuse("missing closing ]", self.pattern))?;
        self.advance(c.len_utf8());
        Ok(c)
    }
}

/// `{2}`, `{2,}`, `{2,5}`: the bounds and the length of the text; anything else is literal.
fn repeat_range(text: &str) -> Option<(u32, Option<u32>, usize)> {
    let end = text.find('}')?;
    let inside = text.get(1..end)?;
    let number = |digits: &str| -> Option<u32> {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'));
        plain.then(|| digits.parse().unwrap_or(u32::MAX))
    };
    let (min, max) = match inside.split_once(',') {
        None => {
            let min = number(inside)?;
            (min, Some(min))
        }
        Some((min, "")) => (number(min)?, None),
        Some((min, max)) => (number(min)?, Some(number(max)?)),
    };
    Some((min, max, end + 1))
}
