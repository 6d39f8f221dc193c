//! Git's path specs, as `git ls-files -z -- PATHSPEC` at the root of a work tree answers (git 2.39).
//!
//! A path spec matches a path exactly, as a leading directory, or as a
//! `wildmatch` glob whose `*` crosses slashes. Magic: `:(top,literal,icase,glob,exclude)`
//! and the short `:/`, `:!`, `:^`.

use super::wildmatch::{self, Flags};
use crate::lang::LangError;

/// The files a path spec selects, in the order given.
///
/// # Errors
/// Git's refusals: an empty spec, a path outside the repository, broken magic.
pub fn pathspec<'f>(spec: &str, files: &[&'f str]) -> Result<Vec<&'f str>, LangError> {
    let spec = Pathspec::parse(spec)?;
    Ok(files.iter().copied().filter(|file| spec.selects(file)).collect())
}

/// A parsed path spec.
#[derive(Debug, Clone)]
pub struct Pathspec {
    path: String,
    /// Bytes before the first wildcard.
    literal_len: usize,
    /// The only wildcard is one star.
    one_star: bool,
    icase: bool,
    glob: bool,
    exclude: bool,
}

#[derive(Default)]
struct Magic {
    icase: bool,
    glob: bool,
    exclude: bool,
    literal: bool,
}

impl Pathspec {
    /// Reads magic and normalises the path.
    ///
    /// # Errors
    /// As [`pathspec`].
    pub fn parse(spec: &str) -> Result<Self, LangError> {
        if spec.is_empty() {
            let words = "fatal: empty string is not a valid pathspec. please use . instead if you meant to match all paths";
            return Err(LangError::compile(0, words));
        }
        let (magic, path) = magic(spec)?;
        let path = normalize(path, spec)?;
        let literal_len = if magic.literal { path.len() } else { path.bytes().take_while(|b| !wildmatch::special(*b)).count() };
        let mut after = path.bytes().skip(literal_len);
        let one_star = !magic.glob && after.next() == Some(b'*') && !after.any(wildmatch::special);
        Ok(Self { path, literal_len, one_star, icase: magic.icase, glob: magic.glob, exclude: magic.exclude })
    }

    /// Whether a file is listed; a spec that only excludes lists everything else.
    pub fn selects(&self, file: &str) -> bool {
        self.matches(file.as_bytes()) != self.exclude
    }

    fn same(&self, a: &[u8], b: &[u8]) -> bool {
        if self.icase { a.eq_ignore_ascii_case(b) } else { a == b }
    }

    fn matches(&self, file: &[u8]) -> bool {
        let path = self.path.as_bytes();
        if path.is_empty() {
            return true;
        }
        if let Some((head, rest)) = file.split_at_checked(path.len())
            && self.same(head, path)
            && (rest.is_empty() || path.ends_with(b"/") || rest.starts_with(b"/"))
        {
            return true;
        }
        let Some((prefix, pattern)) = path.split_at_checked(self.literal_len) else { return false };
        let Some((head, text)) = file.split_at_checked(prefix.len()) else { return false };
        if pattern.is_empty() || !self.same(head, prefix) {
            return false;
        }
        if self.one_star {
            let suffix = pattern.get(1..).unwrap_or_default();
            return text.len().checked_sub(suffix.len()).and_then(|at| text.get(at..)).is_some_and(|end| self.same(end, suffix));
        }
        wildmatch::matches(pattern, text, Flags { pathname: self.glob, casefold: self.icase })
    }
}

fn magic(spec: &str) -> Result<(Magic, &str), LangError> {
    let mut magic = Magic::default();
    let Some(rest) = spec.strip_prefix(':') else { return Ok((magic, spec)) };
    if let Some(long) = rest.strip_prefix('(') {
        let Some((words, path)) = long.split_once(')') else {
            return Err(LangError::compile(spec.len(), format!("fatal: Missing ')' at the end of pathspec magic in '{spec}'")));
        };
        for word in words.split(',').filter(|word| !word.is_empty()) {
            match word {
                "top" => {}
                "literal" => magic.literal = true,
                "glob" => magic.glob = true,
                "icase" => magic.icase = true,
                "exclude" => magic.exclude = true,
                _ if word.starts_with("prefix:") => {}
                _ => return Err(LangError::compile(2, format!("fatal: Invalid pathspec magic '{word}' in '{spec}'"))),
            }
        }
        if magic.literal && magic.glob {
            return Err(LangError::compile(2, format!("fatal: {spec}: 'literal' and 'glob' are incompatible")));
        }
        return Ok((magic, path));
    }
    let mut path = rest;
    while let Some(c) = path.chars().next() {
        match c {
            ':' => {
                path = path.get(1..).unwrap_or_default();
                break;
            }
            '/' => {}
            '!' | '^' => magic.exclude = true,
            '"' | '#' | '%' | '&' | '\'' | ',' | '-' | ';' | '<' | '=' | '>' | '@' | '_' | '`' | '~' => {
                return Err(LangError::compile(1, format!("fatal: Unimplemented pathspec magic '{c}' in '{spec}'")));
            }
            _ => break,
        }
        path = path.get(1..).unwrap_or_default();
    }
    Ok((magic, path))
}

/// Resolves `.`, `..` and repeated slashes; a trailing slash stays.
fn normalize(path: &str, spec: &str) -> Result<String, LangError> {
    let outside = || LangError::compile(0, format!("fatal: {spec}: '{spec}' is outside repository"));
    if path.starts_with('/') {
        return Err(outside());
    }
    let mut parts: Vec<&str> = Vec::new();
    let mut trailing = false;
    let mut pieces = path.split('/').peekable();
    while let Some(piece) = pieces.next() {
        let last = pieces.peek().is_none();
        match piece {
            "" | "." => trailing = !parts.is_empty(),
            ".." => {
                parts.pop().ok_or_else(outside)?;
                trailing = !parts.is_empty();
            }
            piece => {
                parts.push(piece);
                trailing = !last;
            }
        }
    }
    let mut out = parts.join("/");
    if trailing {
        out.push('/');
    }
    Ok(out)
}
