//! Edits that mend a finding: bytes of the text are replaced, so comments and layout stay.

use schemars::JsonSchema;
use serde::Serialize;

use crate::Value;
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

/// Writes one more item above the first of a block sequence.
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
    Some(Edit { file: object.file.path.clone(), start: at, end: at, text: format!("- {item}\n{indent}") })
}

/// The column of a key that stands alone on its line, or behind the dash of a list.
fn column(text: &str, at: usize) -> Option<usize> {
    let line = text.get(..at)?.rfind('\n').map_or(0, |at| at + 1);
    let before = text.get(line..at)?;
    before.chars().all(|c| c == ' ' || c == '-').then(|| before.chars().count())
}

/// A file's text with edits made; those that overlap an earlier one are left out. The number of edits made comes with it.
pub fn apply(text: &str, edits: &[&Edit]) -> (String, usize) {
    let mut order: Vec<&&Edit> = edits.iter().collect();
    order.sort_by_key(|edit| (edit.start, edit.end));
    order.dedup();
    let (mut out, mut at, mut made) = (String::with_capacity(text.len()), 0, 0);
    for edit in order {
        if edit.start < at {
            continue;
        }
        let (Some(kept), true) = (text.get(at..edit.start), text.is_char_boundary(edit.end)) else { continue };
        out.push_str(kept);
        out.push_str(&edit.text);
        at = edit.end;
        made += 1;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    (out, made)
}
