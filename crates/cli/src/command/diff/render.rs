//! The answer for people, for pull requests and for programs.

use std::fmt::Write as _;

use lofting::Value;
use lofting::argocd::diff::Change;
use serde_json::json;

use super::lines;
use super::model::{Group, Row};
use crate::documents::brief;
use crate::output::{BAD, BOLD, DIM, GOOD, WARN, styled};

/// What the two sides are called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub(super) before: &'static str,
    pub(super) after: &'static str,
    /// Said of an object that only `after` has.
    pub(super) new: &'static str,
    /// Said of an object that only `before` has.
    pub(super) gone: &'static str,
}

impl Words {
    pub(super) const CLUSTER: Self =
        Self { before: "live", after: "Git", new: "not in the cluster, would be created", gone: "not in Git any more, would be pruned" };
    pub(super) const TREES: Self = Self { before: "before", after: "after", new: "new", gone: "gone" };
}

/// How much is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Detail {
    pub(super) words: Words,
    pub(super) context: usize,
    pub(super) ignored: bool,
    pub(super) width: usize,
}

/// How resources are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Fields,
    Unified,
    SideBySide,
}

/// The groups; one without a name is written flat.
pub(super) fn to_json(groups: &[Group]) -> Value {
    match groups {
        [only] => only.to_json(),
        many => json!({"applications": many.iter().map(Group::to_json).collect::<Vec<_>>()}),
    }
}

pub(super) fn human(groups: &[Group], style: Style, detail: &Detail) -> String {
    let mut out = String::new();
    let (mut different, mut same, mut unknown) = (0, 0, 0);
    for group in groups {
        different += group.rows.iter().filter(|row| row.differs()).count();
        same += group.rows.iter().filter(|row| !row.differs()).count();
        unknown += usize::from(group.unknown.is_some());
        let quiet = !group.differs() && group.unknown.is_none() && group.conditions.is_empty() && group.orphans.is_empty();
        if quiet && groups.len() > 1 && !detail.ignored {
            continue;
        }
        heading(group, &mut out);
        for row in &group.rows {
            if row.differs() {
                match style {
                    Style::Fields => fields(row, detail, &mut out),
                    Style::Unified => out.push_str(&lines::unified(row, detail.context, true)),
                    Style::SideBySide => {
                        let _ = writeln!(out, "{} {}", styled(WARN, "≠"), styled(BOLD, row.key()));
                        out.push_str(&lines::side_by_side(row, detail.context, detail.width, (detail.words.before, detail.words.after)));
                    }
                }
            }
            if detail.ignored {
                ignored(row, &mut out);
            }
        }
    }
    let mut sum = format!(
        "{different} {}, {same} {}",
        if different == 1 { "differs" } else { "differ" },
        if same == 1 { "does not" } else { "do not" }
    );
    if groups.len() > 1 {
        let _ = write!(sum, ", in {} Applications", groups.iter().filter(|group| !group.name.is_empty()).count());
    }
    if unknown > 0 {
        let _ = write!(sum, "; {unknown} unknown");
    }
    let _ = writeln!(out, "{}", styled(BOLD, sum));
    out
}

pub(super) fn heading(group: &Group, out: &mut String) {
    if !group.name.is_empty() {
        let style = if group.sync == "Synced" { GOOD } else { WARN };
        let why = if group.health_message.is_empty() { String::new() } else { format!(": {}", group.health_message) };
        let health = if group.health.is_empty() { String::new() } else { format!(", {}{why}", group.health) };
        let _ = writeln!(out, "{} {}{health}", styled(BOLD, &group.name), styled(style, &group.sync));
    }
    if let Some(why) = &group.unknown {
        let _ = writeln!(out, "  {} {why}", styled(WARN, "unknown:"));
    }
    for condition in &group.conditions {
        let _ = writeln!(out, "  {} {condition}", styled(WARN, "condition"));
    }
    for orphan in &group.orphans {
        let _ = writeln!(out, "  {} {orphan} belongs to no Application", styled(WARN, "orphan"));
    }
}

fn fields(row: &Row, detail: &Detail, out: &mut String) {
    if row.prune {
        let _ = writeln!(out, "{} {}: {}", styled(BAD, "-"), row.key(), detail.words.gone);
        return;
    }
    if row.whole().is_some() {
        let _ = writeln!(out, "{} {}: {}", styled(GOOD, "+"), row.key(), detail.words.new);
        return;
    }
    let _ = writeln!(out, "{} {}", styled(WARN, "≠"), styled(BOLD, row.key()));
    let width = detail.words.before.len().max(detail.words.after.len());
    for Change { path, before, after, cause } in &row.changes {
        let _ = writeln!(out, "    {path}  {}", styled(DIM, cause));
        if let Some(before) = before {
            let _ = writeln!(out, "      {} {}", styled(BAD, format!("{:width$} -", detail.words.before)), brief(before));
        }
        if let Some(after) = after {
            let _ = writeln!(out, "      {} {}", styled(GOOD, format!("{:width$} +", detail.words.after)), brief(after));
        }
    }
}

fn ignored(row: &Row, out: &mut String) {
    if row.ignored.is_empty() {
        return;
    }
    if !row.differs() {
        let _ = writeln!(out, "{}", styled(DIM, format!("= {}", row.key())));
    }
    for one in &row.ignored {
        let side = if one.live { "live" } else { "target" };
        let line = format!("    left out of {side}: {} ({} {})", one.removed.path, one.removed.source, one.removed.expression);
        let _ = writeln!(out, "{}", styled(DIM, line));
    }
}

/// For a pull-request comment.
pub(super) fn markdown(groups: &[Group], detail: &Detail) -> String {
    let mut out = String::new();
    let different: usize = groups.iter().flat_map(|group| &group.rows).filter(|row| row.differs()).count();
    let _ = writeln!(out, "### {different} {} would change\n", if different == 1 { "resource" } else { "resources" });
    for group in groups.iter().filter(|group| group.differs() || group.unknown.is_some()) {
        if !group.name.is_empty() {
            let _ = writeln!(out, "**{}** {}\n", group.name, group.sync);
        }
        if let Some(why) = &group.unknown {
            let _ = writeln!(out, "unknown: {why}\n");
        }
        for row in group.rows.iter().filter(|row| row.differs()) {
            let what = if row.prune {
                format!(" ({})", detail.words.gone)
            } else if row.whole().is_some() {
                format!(" ({})", detail.words.new)
            } else {
                String::new()
            };
            let diff = lines::unified(row, detail.context, false);
            let fence = fence(&diff);
            let _ =
                writeln!(out, "<details><summary><code>{}</code>{what}</summary>\n\n{fence}diff\n{diff}{fence}\n\n</details>\n", row.key());
        }
    }
    out
}

/// More backticks than the text has in a row.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}
