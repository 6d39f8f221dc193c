//! JavaScript's regular expressions, translated.

use std::fmt::Write as _;

use fancy_regex::Regex;

use super::error::{Outcome, TemplateError, fail};
use super::meter::{Meter, TEXT_BYTES};

/// Steps of backtracking before we give up.
const BACKTRACK_LIMIT: usize = 200_000;
/// Steps of backtracking that are cheap.
const QUICK_LIMIT: usize = 2_000;
/// What a search costs with up to so many of them, and with more.
const QUICK: usize = 4;
const SLOW: usize = 4_000;
/// Bytes of text that a search may look at for one step, and when every step of backtracking may.
const BYTES_PER_STEP: usize = 1024;
const QUICK_BYTES_PER_STEP: usize = 16;
const SLOW_STEPS_PER_BYTE: usize = 6;

/// A compiled pattern with its flags.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    /// The same with few steps, for a pattern that backtracks.
    quick: Option<Regex>,
    pub(super) global: bool,
    pub(super) sticky: bool,
}

/// A match: byte range and groups.
pub(super) struct Match {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) groups: Vec<Option<(usize, usize)>>,
}

impl Pattern {
    /// Compiles; the error is JavaScript's SyntaxError.
    pub(crate) fn new(source: &str, flags: &str) -> Outcome<Self> {
        let wrong = || TemplateError::evaluation("Invalid regular-expression literal");
        let translated = translate(source, flags.contains('u')).ok_or_else(wrong)?;
        let prefix = match (flags.contains('i'), flags.contains('m')) {
            (true, true) => "(?im)",
            (true, false) => "(?i)",
            (false, true) => "(?m)",
            (false, false) => "",
        };
        let pattern = format!("{prefix}{translated}");
        let build = |limit: usize| fancy_regex::RegexBuilder::new(&pattern).backtrack_limit(limit).build().map_err(|_| wrong());
        let quick = if backtracks(source) { Some(build(QUICK_LIMIT)?) } else { None };
        Ok(Self { regex: build(BACKTRACK_LIMIT)?, quick, global: flags.contains('g'), sticky: flags.contains('y') })
    }

    /// The first match at or after a byte offset.
    pub(super) fn find(&self, meter: &Meter, text: &str, from: usize) -> Outcome<Option<Match>> {
        let left = text.len().saturating_sub(from);
        meter.charge(1 + left / BYTES_PER_STEP)?;
        let quick = match &self.quick {
            Some(quick) => {
                meter.charge(QUICK + left / QUICK_BYTES_PER_STEP)?;
                let found = quick.captures_from_pos(text, from).ok();
                if found.is_none() {
                    meter.charge(SLOW + left.saturating_mul(SLOW_STEPS_PER_BYTE))?;
                }
                found
            }
            None => None,
        };
        let captures = match quick {
            Some(captures) => captures,
            None => self.regex.captures_from_pos(text, from).map_err(|_| TemplateError::limit("regular-expression"))?,
        };
        let Some(captures) = captures else { return Ok(None) };
        let Some(whole) = captures.get(0) else { return Ok(None) };
        if self.sticky && whole.start() != from {
            return Ok(None);
        }
        let groups = (1..captures.len()).map(|at| captures.get(at).map(|group| (group.start(), group.end()))).collect();
        Ok(Some(Match { start: whole.start(), end: whole.end(), groups }))
    }

    /// Whether there is a match anywhere.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text).unwrap_or(false)
    }

    /// All matches, as with the flag `g`.
    pub(super) fn find_all(&self, meter: &Meter, text: &str) -> Outcome<Vec<Match>> {
        let mut found = Vec::new();
        let mut from = 0;
        while from <= text.len() {
            let Some(next) = self.find(meter, text, from)? else { break };
            from = if next.end > next.start { next.end } else { next_char(text, next.end) };
            found.push(next);
        }
        Ok(found)
    }

    /// `text.replace(pattern, replacement)`.
    pub(super) fn replace(&self, meter: &Meter, text: &str, replacement: &str) -> Outcome<String> {
        let matches = if self.global { self.find_all(meter, text)? } else { self.find(meter, text, 0)?.into_iter().collect() };
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for found in matches {
            out.push_str(text.get(from..found.start).unwrap_or_default());
            expand(replacement, text, &found, &mut out);
            if out.len() > TEXT_BYTES {
                return fail("Invalid string length");
            }
            from = found.end;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        Ok(out)
    }
}

/// How much there is to compile: the length, times the bounds of every repetition.
pub(super) fn weight(pattern: &str) -> usize {
    let bounds = pattern.split('{').skip(1).filter_map(|rest| {
        let inside = rest.split_once('}')?.0;
        inside.rsplit(',').find_map(|bound| bound.parse::<usize>().ok())
    });
    bounds.fold(pattern.len(), |weight, bound| weight.saturating_mul(bound.max(1)))
}

/// Whether the pattern looks around or back, which takes more than one pass over the text.
fn backtracks(source: &str) -> bool {
    let bytes = source.as_bytes();
    let back = |pair: &[u8]| matches!(pair, [b'\\', b'1'..=b'9' | b'k']);
    source.contains("(?=") || source.contains("(?!") || source.contains("(?<") || bytes.windows(2).any(back)
}

/// The byte after the character at an offset.
pub(super) fn next_char(text: &str, at: usize) -> usize {
    at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

/// Replacement patterns: `$$`, `$&`, `` $` ``, `$'`, `$1`.
pub(super) fn expand(replacement: &str, text: &str, found: &Match, out: &mut String) {
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let after = rest.get(at + 1..).unwrap_or_default();
        let digits: usize = after.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let group = (1..=digits).rev().find_map(|length| {
            let number: usize = after.get(..length)?.parse().ok()?;
            (number >= 1 && number <= found.groups.len()).then_some((length, number))
        });
        let used = match (after.as_bytes().first(), group) {
            (Some(b'$'), _) => {
                out.push('$');
                1
            }
            (Some(b'&'), _) => {
                out.push_str(text.get(found.start..found.end).unwrap_or_default());
                1
            }
            (Some(b'`'), _) => {
                out.push_str(text.get(..found.start).unwrap_or_default());
                1
            }
            (Some(b'\''), _) => {
                out.push_str(text.get(found.end..).unwrap_or_default());
                1
            }
            (_, Some((length, number))) => {
                if let Some((start, end)) = found.groups.get(number - 1).copied().flatten() {
                    out.push_str(text.get(start..end).unwrap_or_default());
                }
                length
            }
            _ => {
                out.push('$');
                0
            }
        };
        rest = after.get(used..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// White space of `\s`, for inside a class.
const SPACE: &str = r"\x09-\x0d\x20\xa0\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}";

/// JavaScript's syntax (without the flag `u`) as fancy-regex's; `None` when it is not valid.
fn translate(source: &str, unicode: bool) -> Option<String> {
    let mut out = String::with_capacity(source.len() + 8);
    let chars: Vec<char> = source.chars().collect();
    let mut at = 0;
    let mut in_class = false;
    while let Some(c) = chars.get(at).copied() {
        at += 1;
        match c {
            '\\' => {
                let next = chars.get(at).copied()?;
                at += 1;
                if unicode && matches!(next, 'p' | 'P') && chars.get(at) == Some(&'{') {
                    let class: String = chars.get(at..)?.iter().take_while(|c| **c != '}').collect();
                    at += class.chars().count() + 1;
                    _ = write!(out, "\\{next}{}}}", class.replace("Script=", "").replace("General_Category=", ""));
                    continue;
                }
                at += escape(next, chars.get(at..).unwrap_or_default(), in_class, &mut out);
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '[' if in_class => out.push_str(r"\["),
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '-' if in_class && chars.get(at) == Some(&'-') => out.push_str(r"\-"),
            '[' => {
                match (chars.get(at), chars.get(at + 1)) {
                    (Some('^'), Some(']')) => {
                        out.push_str(r"[\s\S]");
                        at += 2;
                        continue;
                    }
                    (Some(']'), _) => {
                        out.push_str(r"[^\s\S]");
                        at += 1;
                        continue;
                    }
                    _ => {}
                }
                in_class = true;
                out.push('[');
                if chars.get(at) == Some(&'^') {
                    out.push('^');
                    at += 1;
                }
            }
            c if in_class => out.push(c),
            '.' => out.push_str(r"[^\n\r\x{2028}\x{2029}]"),
            '{' if !is_quantifier(chars.get(at..).unwrap_or_default()) => out.push_str(r"\{"),
            '{' => out.push('{'),
            '}' if !out.contains('{') => out.push_str(r"\}"),
            ']' => out.push_str(r"\]"),
            c => out.push(c),
        }
    }
    if in_class { None } else { Some(out) }
}

/// Writes an escape; the answer is how many characters after it were used.
fn escape(c: char, rest: &[char], in_class: bool, out: &mut String) -> usize {
    let hex = |length: usize| -> Option<u32> {
        let digits: String = rest.get(..length)?.iter().collect();
        u32::from_str_radix(&digits, 16).ok().filter(|_| digits.chars().all(|c| c.is_ascii_hexdigit()))
    };
    let class = |inside: &str, negated: bool, out: &mut String| match (in_class, negated) {
        (true, false) => out.push_str(inside),
        (true, true) => _ = write!(out, "[^{inside}]"),
        (false, false) => _ = write!(out, "[{inside}]"),
        (false, true) => _ = write!(out, "[^{inside}]"),
    };
    match c {
        'd' | 'D' => class("0-9", c == 'D', out),
        'w' | 'W' => class("A-Za-z0-9_", c == 'W', out),
        's' | 'S' => class(SPACE, c == 'S', out),
        'b' if in_class => out.push_str(r"\x08"),
        'b' | 'B' => _ = write!(out, r"(?-u:\{c})"),
        'n' | 'r' | 't' | 'f' | 'v' => {
            out.push('\\');
            out.push(c);
        }
        '0' if !rest.first().is_some_and(char::is_ascii_digit) => out.push_str(r"\x00"),
        'x' | 'u' => {
            let length = if c == 'x' { 2 } else { 4 };
            match hex(length) {
                Some(code) => {
                    let safe = char::from_u32(code).map_or(0xfffd, |c| c as u32);
                    _ = write!(out, r"\x{{{safe:x}}}");
                    return length;
                }
                None => out.push(c),
            }
        }
        'c' if rest.first().is_some_and(char::is_ascii_alphabetic) => {
            let code = rest.first().map_or(0, |letter| *letter as u32 % 32);
            _ = write!(out, r"\x{code:02x}");
            return 1;
        }
        '1'..='9' if !in_class => {
            out.push('\\');
            out.push(c);
        }
        'k' => out.push_str(r"\k"),
        c if c.is_ascii_alphanumeric() || !c.is_ascii() || matches!(c, '<' | '>' | ' ') => out.push(c),
        c => {
            out.push('\\');
            out.push(c);
        }
    }
    0
}

fn is_quantifier(rest: &[char]) -> bool {
    let inside: String = rest.iter().take_while(|c| **c != '}').collect();
    let closed = rest.get(inside.chars().count()) == Some(&'}');
    let (low, high) = inside.split_once(',').map_or((inside.as_str(), None), |(low, high)| (low, Some(high)));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    closed && !low.is_empty() && digits(low) && high.is_none_or(digits)
}
