//! How a string may be written: what libyaml's emitter looks for in it.

use crate::yaml::kubernetes::resolve::{Resolved, is_timestamp, untagged};

/// Ways to write a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What a string holds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Analysis {
    /// It has line breaks.
    pub(super) multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

/// Line breaks of YAML 1.1 (`\r\n` counts as two here).
pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters that need no escape; those beyond U+FFFF do.
pub(super) fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && character != '\u{feff}'
}

/// Looks at a string once.
pub(super) fn analyze(text: &str) -> Analysis {
    if text.is_empty() {
        return Analysis { multiline: false, plain: true, single: true, block: false };
    }
    let mut indicators = text.starts_with("---") || text.starts_with("...");
    let (mut multiline, mut special) = (false, false);
    let (mut edge, mut trailing_space) = (false, false);
    let (mut break_space, mut space_break) = (false, false);
    let mut previous = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        let before_space = matches!(next, None | Some(' ' | '\t'));
        indicators |= match (previous, character) {
            (None, '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`') => true,
            (None, '?' | '-') | (_, ':') => before_space,
            (Some(previous), '#') => matches!(previous, ' ' | '\t' | '\0') || is_break(previous),
            _ => false,
        };
        special |= !is_printable(character);
        let at_edge = previous.is_none() || next.is_none();
        if character == ' ' {
            edge |= at_edge;
            trailing_space |= next.is_none();
            break_space |= previous.is_some_and(is_break);
        } else if is_break(character) {
            multiline = true;
            edge |= at_edge;
            space_break |= previous == Some(' ');
        }
        previous = Some(character);
    }
    Analysis {
        multiline,
        plain: !(edge || break_space || space_break || special || multiline || indicators),
        single: !(break_space || space_break || special),
        block: !(trailing_space || space_break || special),
    }
}

/// The style of a string; `key` when it stands before a `:` on one line.
pub(super) fn style(text: &str, analysis: Analysis, key: bool) -> Style {
    let wanted = if text.contains('\n') {
        Style::Literal
    } else if reads_back(text) {
        Style::Plain
    } else {
        Style::Double
    };
    match wanted {
        Style::Literal if analysis.block && !key => Style::Literal,
        Style::Plain if key && analysis.multiline => Style::Double,
        Style::Plain if analysis.plain => Style::Plain,
        Style::Plain if analysis.single => Style::Single,
        _ => Style::Double,
    }
}

/// Whether the plain text would be read as a string again.
fn reads_back(text: &str) -> bool {
    untagged(text) == Resolved::Text && !is_timestamp(text) && !is_base_60(text)
}

/// `190:20:30` and its like: numbers in YAML 1.1.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = unsigned.split(':');
    let first = parts.next().unwrap_or_default();
    if !first.starts_with(|digit: char| digit.is_ascii_digit()) || !first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return false;
    }
    let mut rest: Vec<&str> = parts.collect();
    let Some(last) = rest.pop() else { return false };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    let sixtieth = |part: &&str| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
    rest.iter().all(sixtieth) && sixtieth(&last) && fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}
