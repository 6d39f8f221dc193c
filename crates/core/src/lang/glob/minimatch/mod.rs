//! npm `minimatch` 10.2.6 with default options on POSIX paths.
//!
//! Braces are expanded first, each result is split at slashes, and each portion
//! is a plain text, `**`, or a pattern with `*`, `?`, classes and
//! `?(…) *(…) +(…) @(…) !(…)`. Names that start with a dot are only matched by
//! patterns that say so. A leading `!` negates, a leading `#` is a comment.

mod braces;
mod class;
mod extglob;
mod globstar;
mod portion;

use std::collections::{HashMap, HashSet};

use crate::lang::LangError;
use portion::Portion;

/// The longest pattern upstream accepts.
const MAX_PATTERN: usize = 64 * 1024;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Minimatch {
    negate: bool,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Comment,
    Empty,
    /// One list of portions for each brace expansion.
    Set(Vec<Vec<Portion>>),
}

/// So many different regular expressions may one pattern's braces make: each takes its time and its memory.
const MAX_REGEXES: usize = 1024;

/// The portions of a pattern, each compiled once.
#[derive(Default)]
struct Portions {
    known: HashMap<String, Portion>,
    regexes: usize,
}

impl Portions {
    fn parse(&mut self, part: &str) -> Result<Portion, LangError> {
        if let Some(known) = self.known.get(part) {
            return Ok(known.clone());
        }
        if self.regexes > MAX_REGEXES {
            return Err(LangError::limit("the braces of the pattern make too many regular expressions"));
        }
        let portion = Portion::parse(part)?;
        self.regexes += usize::from(matches!(portion, Portion::Regex(_)));
        self.known.insert(part.to_owned(), portion.clone());
        Ok(portion)
    }
}

impl Minimatch {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// `pattern is too long`, a class that makes no regular expression, or far too many of them.
    pub fn compile(pattern: &str) -> Result<Self, LangError> {
        if pattern.encode_utf16().count() > MAX_PATTERN {
            return Err(LangError::compile(0, "pattern is too long"));
        }
        if pattern.starts_with('#') {
            return Ok(Self { negate: false, kind: Kind::Comment });
        }
        if pattern.is_empty() {
            return Ok(Self { negate: false, kind: Kind::Empty });
        }
        let positive = pattern.trim_start_matches('!');
        let negate = (pattern.len() - positive.len()) % 2 == 1;
        let mut seen = HashSet::new();
        let mut portions = Portions::default();
        let set = braces::expand(positive)
            .into_iter()
            .filter(|glob| seen.insert(glob.clone()))
            .map(|glob| simplify(split(&units(&glob))).iter().map(|part| portions.parse(part)).collect())
            .collect::<Result<_, _>>()?;
        Ok(Self { negate, kind: Kind::Set(set) })
    }

    /// Whether the path matches.
    pub fn matches(&self, path: &str) -> bool {
        match &self.kind {
            Kind::Comment => false,
            Kind::Empty => path.is_empty(),
            Kind::Set(set) => {
                let path = units(path);
                let parts = split(&path);
                set.iter().any(|portions| globstar::matches(&parts, portions)) != self.negate
            }
        }
    }
}

/// JavaScript sees UTF-16; a character outside the basic plane becomes two private ones.
fn units(text: &str) -> String {
    if text.chars().all(|c| c.len_utf16() == 1) {
        return text.to_owned();
    }
    let private = |unit: u16| if (0xd800..0xe000).contains(&unit) { 0xf_0000 + u32::from(unit) } else { u32::from(unit) };
    text.encode_utf16().filter_map(|unit| char::from_u32(private(unit))).collect()
}

/// Splits at runs of slashes.
fn split(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = path;
    while let Some((part, after)) = rest.split_once('/') {
        parts.push(part);
        rest = after.trim_start_matches('/');
    }
    parts.push(rest);
    parts
}

/// Drops repeated `**` and resolves `..` after a plain portion.
fn simplify(parts: Vec<&str>) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::with_capacity(parts.len());
    for part in parts {
        match (part, out.last().copied()) {
            ("**", Some("**")) => {}
            ("..", Some(before)) if !matches!(before, "" | "." | ".." | "**") => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    if out.is_empty() {
        out.push("");
    }
    out
}
