//! Word by word: `Masterminds/goutils` and `huandu/xstrings`.

use crate::lang::gofmt::unicode::{is_letter, is_lower, is_number, is_punct, is_space, is_title, is_upper, to_lower, to_title, to_upper};

/// `goutils.Uncapitalize`
pub(super) fn uncapitalize(text: &str) -> String {
    let mut next = true;
    text.chars()
        .map(|c| {
            if is_space(c) {
                next = true;
                c
            } else if std::mem::take(&mut next) {
                to_lower(c)
            } else {
                c
            }
        })
        .collect()
}

/// `goutils.SwapCase`
pub(super) fn swap_case(text: &str) -> String {
    let mut white = true;
    text.chars()
        .map(|c| {
            if is_upper(c) || is_title(c) {
                white = false;
                to_lower(c)
            } else if is_lower(c) {
                if std::mem::take(&mut white) { to_title(c) } else { to_upper(c) }
            } else {
                white = is_space(c);
                c
            }
        })
        .collect()
}

/// `goutils.DeleteWhiteSpace`, which takes each byte for a character.
pub(super) fn delete_white_space(bytes: &[u8]) -> Vec<u8> {
    if !bytes.iter().any(|byte| is_space(char::from(*byte))) {
        return bytes.to_vec();
    }
    bytes.iter().map(|byte| char::from(*byte)).filter(|c| !is_space(*c)).collect::<String>().into_bytes()
}

/// `goutils.Initials`, which takes each byte for a character.
pub(super) fn initials(bytes: &[u8]) -> Vec<u8> {
    let mut gap = true;
    let mut out = String::new();
    for c in bytes.iter().map(|byte| char::from(*byte)) {
        if is_space(c) {
            gap = true;
        } else if std::mem::take(&mut gap) {
            out.push(c);
        }
    }
    out.into_bytes()
}

/// Sprig's `abbrev` and `abbrevboth` on `goutils.AbbreviateFull`; errors give nothing.
pub(super) fn abbreviate(bytes: &[u8], offset: i64, width: i64) -> Vec<u8> {
    if width < 4 {
        return bytes.to_vec();
    }
    abbreviate_full(bytes, offset, width).unwrap_or_default()
}

fn abbreviate_full(bytes: &[u8], offset: i64, width: i64) -> Option<Vec<u8>> {
    let len = bytes.len() as i64;
    if bytes.is_empty() || width < 4 {
        return None;
    }
    if len <= width {
        return Some(bytes.to_vec());
    }
    let mut offset = offset.min(len);
    if len - offset < width - 3 {
        offset = len - (width - 3);
    }
    let part = |from: i64, to: i64| Some(bytes.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?)?.to_vec());
    if offset <= 4 {
        return Some([part(0, width - 3)?.as_slice(), b"..."].concat());
    }
    if width < 7 {
        return None;
    }
    let tail = if offset + width - 3 < len {
        abbreviate_full(&part(offset, len)?, 0, width - 3).unwrap_or_default()
    } else {
        part(len - (width - 3), len)?
    };
    Some([b"...", tail.as_slice()].concat())
}

/// `goutils.WrapCustom`; long words are wrapped too where `long` says so.
pub(super) fn wrap(bytes: &[u8], width: usize, newline: &[u8], long: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut offset = 0;
    while bytes.len() - offset > width {
        if bytes.get(offset) == Some(&b' ') {
            offset += 1;
            continue;
        }
        let line = bytes.get(offset..=offset + width).unwrap_or_default();
        match line.iter().rposition(|byte| *byte == b' ') {
            Some(space) => {
                out.extend_from_slice(line.get(..space).unwrap_or_default());
                offset += space + 1;
            }
            None if long => {
                out.extend_from_slice(line.get(..width).unwrap_or_default());
                offset += width;
            }
            None => {
                let rest = bytes.get(offset..).unwrap_or_default();
                let ahead = rest.get(width..).unwrap_or_default();
                let Some(space) = memchr::memchr(b' ', ahead) else { break };
                out.extend_from_slice(rest.get(..width + space).unwrap_or_default());
                offset += width + space + 1;
            }
        }
        out.extend_from_slice(newline);
    }
    out.extend_from_slice(bytes.get(offset..).unwrap_or_default());
    out
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || is_space(c)
}

/// `xstrings.ToPascalCase`
pub(super) fn pascal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    let mut upper_word = false;
    let mut current = None;
    for c in chars.by_ref() {
        if !is_connector(c) {
            upper_word = is_upper(c);
            current = Some(to_upper(c));
            break;
        }
        out.push(c);
    }
    let Some(mut current) = current else {
        // nothing but connectors: upstream writes the last one twice
        if let Some(last) = text.chars().last() {
            out.push(last);
        }
        return out;
    };
    for c in chars {
        let previous = current;
        current = c;
        if is_connector(current) && is_connector(previous) {
            out.push(previous);
            continue;
        }
        if is_connector(previous) {
            upper_word = is_upper(current);
            current = to_upper(current);
        } else {
            if upper_word {
                if is_upper(current) {
                    current = to_lower(current);
                } else {
                    upper_word = false;
                }
            }
            out.push(previous);
        }
    }
    out.push(current);
    out
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Invalid,
    Number,
    Upper,
    Alphabet,
    Connector,
    Punct,
    Other,
}

/// `isAlphabet` of xstrings: letters but for the common CJK characters.
fn is_alphabet(c: char) -> bool {
    is_letter(c) && !matches!(c, '\u{4e00}'..='\u{9fcc}' | '\u{3400}'..='\u{4d85}' | '\u{20000}'..='\u{2b81d}')
}

/// The next word, its kind and what follows it.
fn next_word(text: &str) -> (Word, &str, &str) {
    let Some(first) = text.chars().next() else { return (Word::Invalid, "", "") };
    let run = |from: usize, inside: &dyn Fn(char) -> bool| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.find(|c| !inside(c)).unwrap_or(rest.len())
    };
    let width = first.len_utf8();
    let (word, end) = if is_connector(first) {
        (Word::Connector, run(width, &is_connector))
    } else if is_punct(first) {
        (Word::Punct, run(width, &is_punct))
    } else if is_upper(first) {
        (Word::Upper, upper_end(text, width))
    } else if is_alphabet(first) {
        (Word::Alphabet, run(width, &|c| is_alphabet(c) && !is_upper(c)))
    } else if is_number(first) {
        (Word::Number, run(width, &is_number))
    } else {
        (Word::Other, run(width, &|c| !(is_connector(c) || is_alphabet(c) || is_number(c) || is_punct(c))))
    };
    let (head, tail) = text.split_at(end);
    (word, head, tail)
}

/// Where a word that starts with a capital ends: all capitals, or one capital and small letters.
fn upper_end(text: &str, first: usize) -> usize {
    let rest = text.get(first..).unwrap_or_default();
    let Some(second) = rest.chars().next() else { return first };
    if is_upper(second) {
        let capitals = rest.find(|c| !is_upper(c)).unwrap_or(rest.len());
        let end = first + capitals;
        let after = text.get(end..).and_then(|tail| tail.chars().next());
        if after.is_some_and(is_alphabet) {
            let last = text.get(..end).and_then(|head| head.chars().last()).map_or(0, char::len_utf8);
            return end - last;
        }
        return end;
    }
    if is_alphabet(second) {
        return first + rest.find(|c| !is_alphabet(c) || is_upper(c)).unwrap_or(rest.len());
    }
    first
}

/// `xstrings.ToSnakeCase` and `ToKebabCase`.
pub(super) fn separated(text: &str, connector: char) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let (mut kind, mut word, mut rest) = next_word(text);
    let plain = |kind: Word| !matches!(kind, Word::Invalid | Word::Punct | Word::Connector);
    while !rest.is_empty() {
        if kind != Word::Connector {
            lower(&mut out, kind, word, connector);
        }
        let (previous, last) = (kind, word);
        (kind, word, rest) = next_word(rest);
        match previous {
            Word::Number => {
                while matches!(kind, Word::Alphabet | Word::Number) {
                    lower(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if plain(kind) {
                    out.push(connector);
                }
            }
            Word::Connector => lower(&mut out, previous, last, connector),
            Word::Punct => {}
            _ if kind != Word::Number => {
                if !matches!(kind, Word::Connector | Word::Punct) {
                    out.push(connector);
                }
            }
            _ if rest.is_empty() => {}
            _ => {
                let number = word;
                (kind, word, rest) = next_word(rest);
                if kind != Word::Alphabet {
                    lower(&mut out, Word::Number, number, connector);
                    if !matches!(kind, Word::Connector | Word::Punct) {
                        out.push(connector);
                    }
                    continue;
                }
                out.push(connector);
                lower(&mut out, Word::Number, number, connector);
                while matches!(kind, Word::Alphabet | Word::Number) {
                    lower(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if plain(kind) {
                    out.push(connector);
                }
            }
        }
    }
    lower(&mut out, kind, word, connector);
    out
}

fn lower(out: &mut String, kind: Word, word: &str, connector: char) {
    if !matches!(kind, Word::Upper | Word::Connector) {
        out.push_str(word);
        return;
    }
    out.extend(word.chars().map(|c| if is_connector(c) { connector } else { to_lower(c) }));
}
