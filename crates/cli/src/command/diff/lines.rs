//! Line by line: unified, and side by side.

use std::fmt::Write as _;

use lofting::Value;
use similar::{ChangeTag, DiffOp, TextDiff};

use super::model::Row;
use crate::output::{BAD, BOLD, DIM, GOOD, WARN, styled};

/// The object as YAML; nothing for null.
pub(super) fn text(object: &Value) -> String {
    if object.is_null() { String::new() } else { lofting::yaml::emit(object) }
}

/// The difference as `diff -u` prints it, coloured if asked; `sides` name the two.
pub(super) fn unified(row: &Row, context: usize, colour: bool, sides: (&str, &str)) -> String {
    let (before, after) = (text(&row.before), text(&row.after));
    let diff = TextDiff::from_lines(&before, &after);
    let side = |object: &Value, prefix: &str| if object.is_null() { "/dev/null".to_owned() } else { format!("{prefix}/{}", row.key()) };
    let paint = |style, line: &str| if colour { styled(style, line) } else { line.to_owned() };
    let mut out = String::new();
    let _ = writeln!(out, "{}", paint(BOLD, &format!("--- {}", side(&row.before, &sides.0.to_lowercase()))));
    let _ = writeln!(out, "{}", paint(BOLD, &format!("+++ {}", side(&row.after, &sides.1.to_lowercase()))));
    for hunk in diff.unified_diff().context_radius(context).iter_hunks() {
        let _ = writeln!(out, "{}", paint(DIM, hunk.header().to_string().trim_end()));
        for change in hunk.iter_changes() {
            let line = change.value().trim_end_matches('\n');
            let _ = match change.tag() {
                ChangeTag::Delete => writeln!(out, "{}", paint(BAD, &format!("-{line}"))),
                ChangeTag::Insert => writeln!(out, "{}", paint(GOOD, &format!("+{line}"))),
                ChangeTag::Equal => writeln!(out, " {line}"),
            };
        }
    }
    out
}

/// Two columns: `|` differs, `<` only before, `>` only after.
pub(super) fn side_by_side(row: &Row, context: usize, width: usize, heads: (&str, &str)) -> String {
    let (before, after) = (text(&row.before), text(&row.after));
    let diff = TextDiff::from_lines(&before, &after);
    let (left, right): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let column = width.saturating_sub(3).max(20) / 2;
    let mut out = String::new();
    let _ = writeln!(out, "{}", styled(DIM, format!("{}   {}", fit(heads.0, column), heads.1)));
    for (at, ops) in diff.grouped_ops(context).iter().enumerate() {
        if at > 0 {
            let _ = writeln!(out, "{}", styled(DIM, "…"));
        }
        for op in ops {
            pairs(op, &left, &right, column, &mut out);
        }
    }
    out
}

fn pairs(op: &DiffOp, left: &[&str], right: &[&str], column: usize, out: &mut String) {
    let (old, new) = (op.old_range(), op.new_range());
    let equal = matches!(op, DiffOp::Equal { .. });
    for at in 0..old.len().max(new.len()) {
        let one = left.get(old.start + at).filter(|_| at < old.len());
        let other = right.get(new.start + at).filter(|_| at < new.len());
        let (mark, style) = match (one, other) {
            _ if equal => (' ', None),
            (Some(_), Some(_)) => ('|', Some(WARN)),
            (Some(_), None) => ('<', Some(BAD)),
            _ => ('>', Some(GOOD)),
        };
        let line = format!("{} {mark} {}", fit(one.copied().unwrap_or_default(), column), cut(other.copied().unwrap_or_default(), column));
        let line = line.trim_end();
        let _ = match style {
            Some(style) => writeln!(out, "{}", styled(style, line)),
            None => writeln!(out, "{line}"),
        };
    }
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn fit(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let missing = width.saturating_sub(text.chars().count());
    text + &" ".repeat(missing)
}
