//! One portion between slashes.

use std::sync::Arc;

use super::extglob::{self, Compiled};
use crate::lang::LangError;

/// A compiled portion.
#[derive(Debug, Clone)]
pub(super) enum Portion {
    /// `**` alone.
    Globstar,
    /// No magic: exactly this text.
    Literal(String),
    /// `*`: anything that is not hidden.
    Star,
    /// `*.ext`: what follows the star is taken as written.
    StarSuffix(String),
    /// `??.ext`: so many UTF-16 units, with that end.
    Questions { length: usize, suffix: String },
    /// `*.*`
    StarDotStar,
    /// `.*`
    DotStar,
    /// Anything else.
    Regex(Arc<fancy_regex::Regex>),
}

/// What a simple suffix must not contain.
const MAGIC: &[char] = &['+', '@', '!', '?', '*', '[', '('];

impl Portion {
    pub(super) fn parse(glob: &str) -> Result<Self, LangError> {
        if glob == "**" {
            return Ok(Self::Globstar);
        }
        if glob.is_empty() {
            return Ok(Self::Literal(String::new()));
        }
        let no_stars = glob.trim_start_matches('*');
        let no_questions = glob.trim_start_matches('?');
        let dotted = no_stars.strip_prefix('.');
        if no_stars.is_empty() {
            return Ok(Self::Star);
        }
        if no_stars.len() < glob.len() && !no_stars.contains(MAGIC) {
            return Ok(Self::StarSuffix(no_stars.to_owned()));
        }
        if no_questions.len() < glob.len() && !no_questions.contains(MAGIC) {
            return Ok(Self::Questions { length: glob.chars().count(), suffix: no_questions.to_owned() });
        }
        if no_stars.len() < glob.len() && dotted.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c == '*')) {
            return Ok(Self::StarDotStar);
        }
        if glob.strip_prefix('.').is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c == '*')) {
            return Ok(Self::DotStar);
        }
        match extglob::compile(glob)? {
            Compiled::Literal(text) => Ok(Self::Literal(text)),
            Compiled::Source(source) => {
                let regex = fancy_regex::RegexBuilder::new(&format!("^(?:{source})$")).backtrack_limit(2_000_000).build();
                regex
                    .map(|regex| Self::Regex(Arc::new(regex)))
                    .map_err(|e| LangError::compile(0, format!("Invalid regular expression: /^{source}$/: {e}")))
            }
        }
    }

    pub(super) fn matches(&self, part: &str) -> bool {
        let visible = !part.starts_with('.');
        match self {
            Self::Globstar => false,
            Self::Literal(text) => text == part,
            Self::Star => visible && !part.is_empty(),
            Self::StarSuffix(suffix) => visible && part.ends_with(suffix.as_str()),
            Self::Questions { length, suffix } => visible && part.chars().count() == *length && part.ends_with(suffix.as_str()),
            Self::StarDotStar => visible && part.contains('.'),
            Self::DotStar => !visible && part != "." && part != "..",
            Self::Regex(regex) => regex.is_match(part).unwrap_or(false),
        }
    }
}
