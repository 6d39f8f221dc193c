//! Argo CD's `util/glob.MatchStringInList`.

use super::{gobwas, regexp2};

/// How the entries of a list are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchStyle {
    /// The entry itself.
    Exact,
    /// A gobwas glob without separators.
    Glob,
    /// `/x/` is a regular expression; if it does not match, and for all other entries, a glob.
    Regexp,
}

/// Whether any entry matches the item; broken patterns match nothing.
pub fn match_string_in_list<S: AsRef<str>>(list: &[S], item: &str, style: MatchStyle) -> bool {
    list.iter().map(AsRef::as_ref).any(|entry| matches_entry(entry, item, style))
}

/// Whether this one entry matches.
pub fn matches_entry(entry: &str, item: &str, style: MatchStyle) -> bool {
    match style {
        MatchStyle::Exact => entry == item,
        MatchStyle::Glob => gobwas::matches(entry, item, &[]),
        MatchStyle::Regexp => {
            let inner = Some(entry).filter(|e| e.len() > 2).and_then(|e| e.strip_prefix('/')).and_then(|e| e.strip_suffix('/'));
            inner.is_some_and(|pattern| regexp2::matches(pattern, item)) || gobwas::matches(entry, item, &[])
        }
    }
}
