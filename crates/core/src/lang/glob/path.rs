//! Go's `path.Match`: `*`, `?`, `[a-z]`, `[^…]` and `\`; nothing crosses a slash.

use super::rune;
use crate::lang::LangError;

/// Whether the whole name matches.
///
/// # Errors
/// Upstream's `syntax error in pattern`, which it only notices where it looks.
pub fn path_match(pattern: &str, name: &str) -> Result<bool, LangError> {
    let (mut pattern, mut name) = (pattern.as_bytes(), name.as_bytes());
    'pattern: while !pattern.is_empty() {
        let (star, chunk, rest) = scan(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            return Ok(!name.contains(&b'/'));
        }
        // The last chunk has to use up the name.
        let fits = |left: &[u8]| left.is_empty() || !rest.is_empty();
        if let Some(left) = chunk_match(chunk, name)?
            && fits(left)
        {
            name = left;
            continue;
        }
        if star {
            for at in 0..name.len() {
                if name.get(at) == Some(&b'/') {
                    break;
                }
                if let Some(left) = chunk_match(chunk, name.get(at + 1..).unwrap_or_default())?
                    && fits(left)
                {
                    name = left;
                    continue 'pattern;
                }
            }
        }
        // No match; the rest must still be well formed.
        while !pattern.is_empty() {
            let (_, chunk, rest) = scan(pattern);
            pattern = rest;
            chunk_match(chunk, b"")?;
        }
        return Ok(false);
    }
    Ok(name.is_empty())
}

fn bad() -> LangError {
    LangError { offset: None, ..LangError::compile(0, "syntax error in pattern") }
}

/// Stars, then everything up to the next star outside a class.
fn scan(pattern: &[u8]) -> (bool, &[u8], &[u8]) {
    let stars = pattern.iter().take_while(|b| **b == b'*').count();
    let rest = pattern.get(stars..).unwrap_or_default();
    let (mut in_class, mut at) = (false, 0);
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\\' if at + 1 < rest.len() => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'*' if !in_class => break,
            _ => {}
        }
        at += 1;
    }
    let (chunk, rest) = rest.split_at(at.min(rest.len()));
    (stars > 0, chunk, rest)
}

/// The remainder of the text after the chunk, if it matches; keeps checking the syntax after a mismatch.
fn chunk_match<'t>(mut chunk: &[u8], mut text: &'t [u8]) -> Result<Option<&'t [u8]>, LangError> {
    let mut failed = false;
    while let Some((&head, tail)) = chunk.split_first() {
        failed |= text.is_empty();
        match head {
            b'[' => {
                let mut found = ('\0' as u32, 0);
                if !failed {
                    found = rune::decode(text);
                    text = text.get(found.1..).unwrap_or_default();
                }
                let (matched, rest) = class(tail, found.0)?;
                chunk = rest;
                failed |= !matched;
            }
            b'?' => {
                if !failed {
                    failed = text.first() == Some(&b'/');
                    text = text.get(rune::decode(text).1..).unwrap_or_default();
                }
                chunk = tail;
            }
            _ => {
                let (literal, rest) = if head == b'\\' { tail.split_first().ok_or_else(bad)? } else { (&head, tail) };
                if !failed {
                    failed = text.first() != Some(literal);
                    text = text.get(1..).unwrap_or_default();
                }
                chunk = rest;
            }
        }
    }
    Ok(if failed { None } else { Some(text) })
}

/// Whether the class (after its `[`) holds the character, and what follows the class.
fn class(mut chunk: &[u8], c: u32) -> Result<(bool, &[u8]), LangError> {
    let negated = chunk.first() == Some(&b'^');
    if negated {
        chunk = chunk.get(1..).unwrap_or_default();
    }
    let (mut matched, mut ranges) = (false, 0);
    loop {
        if ranges > 0
            && let Some((b']', rest)) = chunk.split_first()
        {
            return Ok((matched != negated, rest));
        }
        let (lo, rest) = class_character(chunk)?;
        let mut hi = lo;
        chunk = rest;
        if let Some((b'-', rest)) = chunk.split_first() {
            (hi, chunk) = class_character(rest)?;
        }
        matched |= lo <= c && c <= hi;
        ranges += 1;
    }
}

fn class_character(chunk: &[u8]) -> Result<(u32, &[u8]), LangError> {
    let mut chunk = chunk;
    match chunk.first() {
        None | Some(b'-' | b']') => return Err(bad()),
        Some(b'\\') => chunk = chunk.get(1..).unwrap_or_default(),
        Some(_) => {}
    }
    let (c, width) = rune::decode(chunk);
    let rest = chunk.get(width..).unwrap_or_default();
    if (c == rune::ERROR && width <= 1) || rest.is_empty() { Err(bad()) } else { Ok((c, rest)) }
}
