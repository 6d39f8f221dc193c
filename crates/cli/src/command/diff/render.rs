//! The answer for people, for pull requests and for programs.

use std::fmt::Write as _;

use lofting::argocd::diff::{Change, Ignored};
use lofting::argocd::ignore::RuleSource;
use lofting::{Severity, Value};
use serde_json::json;

use super::lines;
use super::model::{Group, Row};
use crate::documents::brief;
use crate::output::{BAD, BOLD, DIM, GOOD, WARN, styled};

/// What leaves `/status` out when `argocd-cm` says nothing of it.
pub(super) const DEFAULT_RULE: &str = "Argo CD's default (ignoreResourceStatusField)";

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

    fn sides(&self) -> (&'static str, &'static str) {
        (self.before, self.after)
    }
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

/// The groups of a platform; manifests that were named are one group, and written flat.
pub(super) fn to_json(groups: &[Group], platform: bool) -> Value {
    match groups {
        [only] if !platform => only.to_json(),
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
        let quiet = !group.differs()
            && group.unknown.is_none()
            && group.conditions.is_empty()
            && group.orphans.is_empty()
            && group.findings.is_empty();
        if quiet && groups.len() > 1 && !detail.ignored {
            continue;
        }
        heading(group, &mut out);
        for row in &group.rows {
            if row.differs() {
                match style {
                    Style::Fields => fields(row, detail, &mut out),
                    Style::Unified => out.push_str(&lines::unified(row, detail.context, true, detail.words.sides())),
                    Style::SideBySide => {
                        let _ = writeln!(out, "{} {}", styled(WARN, "≠"), styled(BOLD, row.key()));
                        out.push_str(&lines::side_by_side(row, detail.context, detail.width, detail.words.sides()));
                    }
                }
            }
            if detail.ignored {
                ignored(row, &detail.words, &mut out);
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
        let sync = if group.sync.is_empty() { String::new() } else { format!(" {}", styled(style, &group.sync)) };
        let _ = writeln!(out, "{}{sync}{health}", styled(BOLD, &group.name));
    }
    if let Some(why) = &group.unknown {
        let _ = writeln!(out, "  {} {why}", styled(WARN, "unknown:"));
    }
    for condition in &group.conditions {
        let _ = writeln!(out, "  {} {condition}", styled(WARN, "condition"));
    }
    for finding in &group.findings {
        let (style, word) = if finding.severity == Severity::Info { (DIM, "note") } else { (WARN, "warning") };
        let _ = writeln!(out, "  {} {} ({})", styled(style, word), finding.message, finding.code);
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

fn ignored(row: &Row, words: &Words, out: &mut String) {
    if row.ignored.is_empty() {
        return;
    }
    if !row.differs() {
        let _ = writeln!(out, "{}", styled(DIM, format!("= {}", row.key())));
    }
    for one in &row.ignored {
        let side = if one.live { words.before } else { words.after };
        let line = format!("    left out of {side}: {}, by {}", one.removed.path, rule(one));
        let _ = writeln!(out, "{}", styled(DIM, line));
    }
}

/// The rule in words: where it stands, and its expression if that is not simply the field.
fn rule(one: &Ignored) -> String {
    let removed = &one.removed;
    let source = match &removed.source {
        RuleSource::Application(index) => format!("spec.ignoreDifferences[{index}] of the Application"),
        RuleSource::Annotation => format!("the annotation {}", removed.source),
        RuleSource::Settings(kinds) if kinds == "*/*" && removed.expression == "/status" => DEFAULT_RULE.to_owned(),
        RuleSource::Settings(kinds) => format!("argocd-cm for {kinds}"),
        RuleSource::Other => "a rule of the caller".to_owned(),
    };
    if removed.expression == removed.path { source } else { format!("{source}: {}", removed.expression) }
}

/// For a pull-request comment.
pub(super) fn markdown(groups: &[Group], detail: &Detail) -> String {
    let mut out = String::new();
    let different: usize = groups.iter().flat_map(|group| &group.rows).filter(|row| row.differs()).count();
    let unknown = groups.iter().filter(|group| group.unknown.is_some()).count();
    let rest = match unknown {
        0 => String::new(),
        1 => "; 1 Application is unknown".to_owned(),
        many => format!("; {many} Applications are unknown"),
    };
    let _ = writeln!(out, "### {different} {} would change{rest}\n", if different == 1 { "resource" } else { "resources" });
    for group in groups.iter().filter(|group| group.differs() || group.unknown.is_some()) {
        if !group.name.is_empty() {
            let _ = writeln!(out, "{}\n", format!("**{}** {}", group.name, group.sync).trim_end());
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
            let diff = lines::unified(row, detail.context, false, detail.words.sides());
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
