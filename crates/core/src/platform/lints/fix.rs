//! Edits that mend a finding: bytes of the text are replaced, so comments and layout stay.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::Value;
use crate::platform::File;
use crate::platform::tree::Object;

/// A safe way to mend a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fix {
    /// What it does.
    pub title: String,
    /// The edits, all or none.
    pub edits: Vec<Edit>,
}

/// One replacement in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Edit {
    /// The file.
    pub file: String,
    /// First byte that goes.
    pub start: usize,
    /// One past the last byte that goes.
    pub end: usize,
    /// What comes in their place.
    pub text: String,
}

impl Fix {
    pub(super) fn new(title: impl Into<String>, edits: Vec<Edit>) -> Option<Self> {
        (!edits.is_empty()).then(|| Self { title: title.into(), edits })
    }
}

/// Puts another text in the place of a value.
pub(super) fn replace(object: &Object<'_>, pointer: &str, text: &str) -> Option<Edit> {
    object.value().pointer(pointer)?;
    let span = object.document.locate(pointer)?;
    Some(Edit { file: object.file.path.clone(), start: span.start, end: span.end, text: text.to_owned() })
}

/// Writes lines below the line of a scalar member, in that member's column.
pub(super) fn insert_after(object: &Object<'_>, sibling: &str, lines: &[&str]) -> Option<Edit> {
    let value = object.value().pointer(sibling)?;
    if matches!(value, Value::Object(_) | Value::Array(_)) || value.as_str().is_some_and(|text| text.contains('\n')) {
        return None;
    }
    let text = object.file.text.as_str();
    let span = object.document.locate(sibling)?;
    // Flow mappings share a line with their members.
    let indent = column(text, object.document.locate_key(sibling)?.start)?;
    let end = text.get(span.end..)?.find('\n').map_or(text.len(), |at| span.end + at);
    let rest = text.get(span.end..end)?.trim();
    if !(rest.is_empty() || rest.starts_with('#')) {
        return None;
    }
    let added: String = lines.iter().map(|line| format!("\n{}{line}", " ".repeat(indent))).collect();
    Some(Edit { file: object.file.path.clone(), start: end, end, text: added })
}

/// Writes lines above the first member of a block mapping, in that member's column.
pub(super) fn insert_first(object: &Object<'_>, mapping: &str, lines: &[&str]) -> Option<Edit> {
    let (first, _) = object.value().pointer(mapping)?.as_object()?.iter().next()?;
    let start = object.document.locate_key(&crate::text::pointer::join(mapping, first))?.start;
    let indent = column(&object.file.text, start)?;
    let added: String = lines.iter().map(|line| format!("{line}\n{}", " ".repeat(indent))).collect();
    Some(Edit { file: object.file.path.clone(), start, end: start, text: added })
}

/// Writes one more item above the first of a block sequence; its lines after the first are indented as the item is.
pub(super) fn insert_item(object: &Object<'_>, list: &str, item: &str) -> Option<Edit> {
    object.value().pointer(list)?.as_array()?.first()?;
    let text = object.file.text.as_str();
    let start = object.document.locate(&format!("{list}/0"))?.start;
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let before = text.get(line..start)?;
    let dash = before.find('-').filter(|at| before.get(*at..).is_some_and(|rest| rest.trim() == "-"))?;
    let at = line + dash;
    let indent = before.get(..dash)?;
    if !indent.trim().is_empty() {
        return None;
    }
    let item = item.replace('\n', &format!("\n{indent}  "));
    Some(Edit { file: object.file.path.clone(), start: at, end: at, text: format!("- {item}\n{indent}") })
}

/// The column of a key that stands alone on its line, or behind the dash of a list.
fn column(text: &str, at: usize) -> Option<usize> {
    let line = text.get(..at)?.rfind('\n').map_or(0, |at| at + 1);
    let before = text.get(line..at)?;
    before.chars().all(|c| c == ' ' || c == '-').then(|| before.chars().count())
}

/// What fixes make of files.
#[derive(Debug)]
pub struct Mended {
    /// The files that change.
    pub files: Vec<File>,
    /// Positions of the fixes that wait for the next run, because they touch what an earlier one changes.
    pub waiting: Vec<usize>,
}

/// Makes fixes, each whole or not at all. Edits that say the same are made once.
pub fn mend(files: &[File], fixes: &[&Fix]) -> Mended {
    let mut taken: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    let mut waiting = Vec::new();
    for (at, fix) in fixes.iter().enumerate() {
        let same_or_apart =
            |edit: &Edit| taken.get(edit.file.as_str()).is_none_or(|all| all.iter().all(|other| *other == edit || apart(other, edit)));
        if !fix.edits.iter().all(same_or_apart) {
            waiting.push(at);
            continue;
        }
        for edit in &fix.edits {
            let all = taken.entry(&edit.file).or_default();
            if !all.contains(&edit) {
                all.push(edit);
            }
        }
    }
    let changed = |file: &File| {
        let edits = taken.get_mut(file.path.as_str())?;
        edits.sort_by_key(|edit| (edit.start, edit.end));
        Some(File { path: file.path.clone(), text: apply(&file.text, edits)? })
    };
    Mended { files: files.iter().filter_map(changed).collect(), waiting }
}

/// Whether two edits leave one another alone; two that write at one place would have to be put in order.
fn apart(a: &Edit, b: &Edit) -> bool {
    a.start != b.start && (a.end <= b.start || b.end <= a.start)
}

/// A text with edits made, which are in order and apart; `None` when they are not of this text.
fn apply(text: &str, edits: &[&Edit]) -> Option<String> {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        out.push_str(text.get(at..edit.start)?);
        out.push_str(&edit.text);
        at = edit.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(edits: &[(usize, usize, &str)]) -> Fix {
        let edit = |(start, end, text): &(usize, usize, &str)| Edit { file: "a".into(), start: *start, end: *end, text: (*text).into() };
        Fix { title: String::new(), edits: edits.iter().map(edit).collect() }
    }

    fn mended(fixes: &[Fix]) -> (Option<String>, Vec<usize>) {
        let files = [File { path: "a".into(), text: "0123456789".into() }];
        let mut mended = mend(&files, &fixes.iter().collect::<Vec<_>>());
        (mended.files.pop().map(|file| file.text), mended.waiting)
    }

    #[test]
    fn a_fix_is_made_whole_or_waits() {
        // The second overlaps the first with one of its two edits: neither of them is made.
        let found = mended(&[fix(&[(2, 4, "x")]), fix(&[(0, 1, "y"), (3, 5, "z")]), fix(&[(6, 7, ""), (9, 9, "!")])]);
        assert_eq!(found, (Some("01x4578!9".to_owned()), vec![1]));
    }

    #[test]
    fn the_same_edit_is_made_once_and_others_at_its_place_wait() {
        let shared = (4, 4, "-");
        let found = mended(&[fix(&[shared, (1, 2, "a")]), fix(&[shared, (8, 9, "b")]), fix(&[(4, 4, "+")])]);
        assert_eq!(found, (Some("0a23-4567b9".to_owned()), vec![2]));
    }

    #[test]
    fn neighbours_do_not_meet() {
        assert_eq!(mended(&[fix(&[(5, 6, "b")]), fix(&[(3, 5, "a")])]), (Some("012ab6789".to_owned()), vec![]));
        assert_eq!(mended(&[]), (None, vec![]));
    }
}
