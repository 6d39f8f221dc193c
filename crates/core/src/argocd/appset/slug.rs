//! `gosimple/slug`, as the pull request generator sets it up.

use crate::lang::gotemplate::slug_of_ascii;

/// `slug.Make` with at most 50 bytes, cut at a dash, and `_` as `-`.
pub(super) fn branch_slug(branch: &str) -> String {
    let mut text = String::with_capacity(branch.len());
    for c in branch.trim_matches(crate::lang::gofmt::unicode::is_space).replace('_', "-").chars() {
        match c {
            '&' => text.push_str("and"),
            '@' => text.push_str("at"),
            '"' | '\'' | '’' => {}
            '‒' | '–' | '—' | '―' => text.push('-'),
            c if c.is_ascii() => text.push(c),
            c => text.push_str(unidecode::unidecode_char(c)),
        }
    }
    slug_of_ascii(&text, 50, true).unwrap_or_default()
}
