//! Matching a list of path parts against a list of portions.

use super::portion::Portion;

/// How deep a chain of `**` sections is followed, as upstream's default.
const MAX_GLOBSTAR_RECURSION: usize = 200;

/// Whether the file's parts match the portions.
pub(super) fn matches(file: &[&str], portions: &[Portion]) -> bool {
    let is_globstar = |portion: &Portion| matches!(portion, Portion::Globstar);
    let (Some(first), Some(last)) = (portions.iter().position(is_globstar), portions.iter().rposition(is_globstar)) else {
        return matches_plain(file, portions);
    };
    let (head, tail) = (portions.get(..first).unwrap_or_default(), portions.get(last + 1..).unwrap_or_default());
    let mut start = 0;
    if !head.is_empty() {
        let len = head.len().min(file.len());
        if !matches_plain(file.get(..len).unwrap_or_default(), head) {
            return false;
        }
        start = head.len();
    }
    let mut tail_len = 0;
    if !tail.is_empty() {
        if tail.len() + start > file.len() {
            return false;
        }
        let from = file.len() - tail.len();
        tail_len = tail.len();
        if !matches_plain(file.get(from..).unwrap_or_default(), tail) {
            // `a/**/*` may match `a/b/`: try without the empty last part.
            if file.last() != Some(&"") || start + tail.len() == file.len() {
                return false;
            }
            if !matches_plain(file.get(from - 1..).unwrap_or_default(), tail) {
                return false;
            }
            tail_len += 1;
        }
    }
    let end = file.len().saturating_sub(tail_len);
    if first == last {
        let between = file.get(start..end).unwrap_or_default();
        return between.iter().all(|part| !hidden(part)) && (tail_len > 0 || !between.is_empty());
    }
    let sections: Vec<&[Portion]> = portions.get(first + 1..last).unwrap_or_default().split(is_globstar).collect();
    let limits = limits(&sections, end);
    let mut search = Search { file, sections: &sections, limits: &limits, saw_tail: tail_len > 0, steps: 0 };
    search.sections(start, 0) == Some(true)
}

/// The last start of each section. Upstream counts the room that the others
/// take from the wrong end, so we do too.
fn limits(sections: &[&[Portion]], end: usize) -> Vec<Option<usize>> {
    let mut before = vec![0];
    for section in sections {
        before.push(before.last().copied().unwrap_or(0) + section.len());
    }
    let count = sections.len();
    let room = |index: usize, len: usize| before.get(count - 1 - index).copied().unwrap_or(0) + len;
    sections.iter().enumerate().map(|(index, section)| end.checked_sub(room(index, section.len()))).collect()
}

fn hidden(part: &str) -> bool {
    part.starts_with('.')
}

/// Portions without `**`; one empty part may be left over at the end.
fn matches_plain(file: &[&str], portions: &[Portion]) -> bool {
    if !file.iter().zip(portions).all(|(part, portion)| portion.matches(part)) {
        return false;
    }
    match file.len().checked_sub(portions.len()) {
        Some(0) => true,
        Some(1) => file.last() == Some(&""),
        _ => false,
    }
}

struct Search<'s> {
    file: &'s [&'s str],
    sections: &'s [&'s [Portion]],
    limits: &'s [Option<usize>],
    saw_tail: bool,
    steps: u64,
}

impl Search<'_> {
    /// `None`: not here, and no later start will do either.
    fn sections(&mut self, mut start: usize, index: usize) -> Option<bool> {
        let Some(section) = self.sections.get(index) else {
            let rest = self.file.get(start..).unwrap_or_default();
            if rest.iter().any(|part| hidden(part)) {
                return Some(false);
            }
            return Some(self.saw_tail || !rest.is_empty());
        };
        let after = self.limits.get(index).copied().flatten()?;
        while start <= after {
            self.steps += 1;
            if self.steps > 5_000_000 {
                return None;
            }
            let part = self.file.get(start..start + section.len()).unwrap_or_default();
            if index < MAX_GLOBSTAR_RECURSION && matches_plain(part, section) {
                match self.sections(start + section.len(), index + 1) {
                    Some(false) => {}
                    answer => return answer,
                }
            }
            if self.file.get(start).is_some_and(|part| hidden(part)) {
                return Some(false);
            }
            start += 1;
        }
        None
    }
}
