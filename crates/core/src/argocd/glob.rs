//! Glob matching as `util/glob.Match` does it: gobwas without separators, a pattern that does not
//! compile matches nothing.

use crate::lang::glob::gobwas::Glob;

/// A pattern ready to match many texts.
#[derive(Debug, Clone)]
pub(crate) enum Pattern {
    /// `*`.
    All,
    /// Nothing special in it.
    Exact(String),
    /// A real glob.
    Glob(Box<Glob>),
    /// Does not compile.
    Never,
}

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Self {
        if pattern == "*" {
            return Self::All;
        }
        if !pattern.contains(['*', '?', '[', ']', '{', '}', '\\', '!']) {
            return Self::Exact(pattern.to_owned());
        }
        Glob::compile(pattern, &[]).map_or(Self::Never, |glob| Self::Glob(Box::new(glob)))
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::All => true,
            Self::Exact(exact) => exact == text,
            Self::Glob(glob) => glob.matches(text),
            Self::Never => false,
        }
    }
}

/// One match.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    Pattern::new(pattern).matches(text)
}
