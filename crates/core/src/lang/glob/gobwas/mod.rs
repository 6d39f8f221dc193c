//! Globs as `github.com/gobwas/glob` 1.0.0 compiles and matches them.
//!
//! `*` stops at separators, `**` does not, `?` is one character that is no
//! separator, `[abc]`, `[a-z]`, `[!…]` are classes, `{a,b}` are alternatives and
//! `\` escapes. Without separators `*` and `**` are the same.
//!
//! The matcher keeps two piles of places to come back to, one for stars and one
//! for alternatives, and stars go first. `**` forgets older stars of the same
//! alternative; this loses some matches that a regular expression would find,
//! and we answer as upstream does, so the two piles are kept here as well.

mod lexer;
mod matcher;
mod parser;

use crate::lang::LangError;
use matcher::Program;

/// A compiled glob.
#[derive(Debug, Clone)]
pub struct Glob {
    program: Program,
}

impl Glob {
    /// Compiles a pattern; `*` and `?` stop at the separators.
    ///
    /// # Errors
    /// A `LangError` with the byte offset and upstream's reason.
    pub fn compile(pattern: &str, separators: &[char]) -> Result<Self, LangError> {
        let tree = parser::parse(pattern)?;
        Ok(Self { program: Program::build(parser::simplify(tree), separators) })
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        self.program.matches(text)
    }
}

/// One-off match, as `util/glob.Match`: a broken pattern matches nothing.
pub fn matches(pattern: &str, text: &str, separators: &[char]) -> bool {
    // Most patterns of a project are plain text or one lonely star.
    if pattern == "*" && separators.is_empty() {
        return true;
    }
    if !pattern.bytes().any(|b| matches!(b, b'*' | b'?' | b'[' | b'{' | b'}' | b'\\')) {
        return pattern == text;
    }
    Glob::compile(pattern, separators).is_ok_and(|glob| glob.matches(text))
}
