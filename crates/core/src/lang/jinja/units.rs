//! Strings by UTF-16 units.
//!
//! A lone surrogate, which taking a pair apart leaves behind, is kept as a
//! private-use character of the last plane until its other half comes back.

use std::borrow::Cow;

/// A text of JavaScript: it may hold half of a surrogate pair, which UTF-8 cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptText(String);

impl ScriptText {
    pub(super) fn new(raw: String) -> Self {
        Self(joined(raw))
    }

    /// The text itself, unless it holds a half.
    pub fn as_str(&self) -> Option<&str> {
        (!has_lone(&self.0)).then_some(self.0.as_str())
    }

    /// The text with U+FFFD for every half, as JavaScript writes it to a file.
    pub fn into_string(self) -> String {
        well_formed(self.0)
    }

    /// The text as a literal of JSON, halves escaped, as `JSON.stringify` writes it.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(self.0.len() + 2);
        quote(&self.0, &mut out);
        out
    }
}

/// Where lone surrogates live.
const BASE: u32 = 0x10_f800;

fn surrogate(c: char) -> Option<u16> {
    let code = c as u32;
    if (BASE..=0x10_ffff).contains(&code) { u16::try_from(0xd800 + (code - BASE)).ok() } else { None }
}

fn stand_in(unit: u16) -> char {
    char::from_u32(BASE + u32::from(unit) - 0xd800).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Whether the text has stand-ins for lone surrogates.
fn has_lone(text: &str) -> bool {
    memchr::memchr(0xf4, text.as_bytes()).is_some() && text.chars().any(|c| surrogate(c).is_some())
}

/// The units of a text.
pub(super) fn units(text: &str) -> Vec<u16> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match surrogate(c) {
            Some(unit) => out.push(unit),
            None => out.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        }
    }
    out
}

/// The text of units.
pub(super) fn text(units: &[u16]) -> String {
    char::decode_utf16(units.iter().copied()).map(|c| c.unwrap_or_else(|lone| stand_in(lone.unpaired_surrogate()))).collect()
}

/// How many units a text has.
pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(|c| if surrogate(c).is_some() { 1 } else { c.len_utf16() }).sum() }
}

/// Puts halves together that have become neighbours.
pub(super) fn joined(raw: String) -> String {
    if has_lone(&raw) { text(&units(&raw)) } else { raw }
}

/// A part of a text by units.
pub(super) fn slice(whole: &str, start: usize, end: usize) -> String {
    if start >= end {
        return String::new();
    }
    if whole.is_ascii() {
        return whole.get(start.min(whole.len())..end.min(whole.len())).unwrap_or_default().to_owned();
    }
    let units = units(whole);
    text(units.get(start.min(units.len())..end.min(units.len())).unwrap_or_default())
}

/// The unit at an index, as text.
pub(super) fn at(whole: &str, index: usize) -> Option<String> {
    if whole.is_ascii() {
        return whole.get(index..=index).map(str::to_owned);
    }
    units(whole).get(index).map(|unit| text(&[*unit]))
}

/// Every unit as text.
pub(super) fn split(whole: &str) -> Vec<String> {
    if whole.is_ascii() {
        return whole.chars().map(String::from).collect();
    }
    units(whole).iter().map(|unit| text(&[*unit])).collect()
}

/// From a byte offset to a unit offset.
pub(super) fn offset(text: &str, byte: usize) -> usize {
    length(text.get(..byte).unwrap_or_default())
}

/// From a unit offset to a byte offset, at a character boundary.
pub(super) fn byte(text: &str, unit: usize) -> usize {
    if text.is_ascii() {
        return unit.min(text.len());
    }
    let mut seen = 0;
    for (at, c) in text.char_indices() {
        if seen >= unit {
            return at;
        }
        seen += if surrogate(c).is_some() { 1 } else { c.len_utf16() };
    }
    text.len()
}

/// The text with halves joined and lone surrogates replaced, for the outside world.
pub(super) fn well_formed<'t>(raw: impl Into<Cow<'t, str>>) -> String {
    let raw = raw.into();
    if has_lone(&raw) { String::from_utf16_lossy(&units(&raw)) } else { raw.into_owned() }
}

/// A string literal of JSON; lone surrogates are escaped.
pub(super) fn quote(raw: &str, out: &mut String) {
    if !has_lone(raw) {
        return crate::lang::javascript::quote(raw, out);
    }
    let mut quoted = String::with_capacity(raw.len() + 2);
    crate::lang::javascript::quote(&joined(raw.to_owned()), &mut quoted);
    for c in quoted.chars() {
        match surrogate(c) {
            Some(unit) => out.push_str(&format!("\\u{unit:04x}")),
            None => out.push(c),
        }
    }
}
