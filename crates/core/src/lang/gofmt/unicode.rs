//! Go's `unicode` package: classes and simple case mappings.

use std::sync::LazyLock;

use regex::Regex;

fn is(class: &'static LazyLock<Option<Regex>>, c: char) -> bool {
    class.as_ref().is_some_and(|class| class.is_match(c.encode_utf8(&mut [0; 4])))
}

macro_rules! class {
    ($(#[$doc:meta])* $name:ident, $pattern:literal, $c:ident => $ascii:expr) => {
        $(#[$doc])*
        pub fn $name($c: char) -> bool {
            static CLASS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
            if $c.is_ascii() { $ascii } else { is(&CLASS, $c) }
        }
    };
}

class!(/// `unicode.IsLetter`
    is_letter, r"^\p{L}$", c => c.is_ascii_alphabetic());
class!(/// `unicode.IsDigit`
    is_digit, r"^\p{Nd}$", c => c.is_ascii_digit());
class!(/// `unicode.IsNumber`
    is_number, r"^\p{N}$", c => c.is_ascii_digit());
class!(/// `unicode.IsUpper`
    is_upper, r"^\p{Lu}$", c => c.is_ascii_uppercase());
class!(/// `unicode.IsLower`
    is_lower, r"^\p{Ll}$", c => c.is_ascii_lowercase());
class!(/// `unicode.IsTitle`
    is_title, r"^\p{Lt}$", _c => false);
class!(/// `unicode.IsPunct`
    is_punct, r"^\p{P}$", c => c.is_ascii_punctuation() && !matches!(c, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~'));
class!(/// `unicode.IsPrint`, also `strconv.IsPrint`
    is_print, r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]$", c => (' '..='~').contains(&c));

/// `unicode.IsSpace`
pub fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

fn offset(c: char, by: u32) -> char {
    char::from_u32(c as u32 + by).unwrap_or(c)
}

/// `unicode.ToUpper`: the simple mapping, one character for one.
pub fn to_upper(c: char) -> char {
    match c {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => offset(c, 8),
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => offset(c, 9),
        _ => single(c, c.to_uppercase()),
    }
}

/// `unicode.ToLower`
pub fn to_lower(c: char) -> char {
    if c == '\u{130}' { 'i' } else { single(c, c.to_lowercase()) }
}

/// `unicode.ToTitle`
pub fn to_title(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => c,
        _ => to_upper(c),
    }
}

fn single(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}
