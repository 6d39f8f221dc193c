//! One glob of a project list, with its negation.

use crate::lang::glob::gobwas::Glob;

/// A pattern that may start with `!` (`globMatch` with negation, `isDenyPattern`).
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    deny: bool,
    any: bool,
    /// None when the pattern does not compile: it hits nothing.
    glob: Option<Glob>,
}

impl Pattern {
    pub(super) fn compile(text: &str, separators: &[char]) -> Self {
        let (deny, rest) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        Self { deny, any: !deny && text == "*", glob: Glob::compile(rest, separators).ok() }
    }

    /// A deny pattern matches what its glob does not hit.
    pub(super) fn matches(&self, value: &str) -> bool {
        self.any || self.glob.as_ref().is_some_and(|glob| glob.matches(value)) != self.deny
    }

    pub(super) fn is_deny(&self) -> bool {
        self.deny
    }
}
