//! A plan as a table: one row a task.

use lofting::Value;

use super::key;
use crate::documents::{list, text};
use crate::output::{self, BOLD, styled};

const HEAD: [&str; 7] = ["PHASE", "WAVE", "TASK", "RESOURCE", "BEGUN", "RESULT", "MESSAGE"];

/// Writes the tasks in their order.
pub(super) fn show(answer: &Value) -> std::io::Result<()> {
    let mut rows = Vec::new();
    for phase in list(answer, "/phases") {
        for wave in list(phase, "/waves") {
            let number = wave.get("wave").map(ToString::to_string).unwrap_or_default();
            for task in list(wave, "/tasks") {
                rows.push(row(answer, text(phase, "/phase"), &number, task));
            }
        }
    }
    let mut widths = HEAD.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let aligned = |cells: &[String; 7]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    output::line(&styled(BOLD, aligned(&HEAD.map(str::to_owned))))?;
    for row in &rows {
        output::line(&aligned(row))?;
    }
    output::line(format!("{} {}", text(answer, "/final/phase"), text(answer, "/final/message")).trim_start())
}

fn row(answer: &Value, phase: &str, wave: &str, task: &Value) -> [String; 7] {
    let same = |other: &Value, phase_of: &str| {
        let own = |part: &str| text(task, part);
        text(other, phase_of) == phase
            && ["/group", "/kind", "/name"].iter().all(|part| text(other, part) == own(part))
            // Cluster-scoped tasks are listed in the destination namespace.
            && (text(other, "/namespace").is_empty() || text(other, "/namespace") == own("/namespace"))
    };
    let flag = |name: &str| task.get(name) == Some(&Value::Bool(true));
    let what = match (flag("prune"), flag("hook")) {
        (true, _) => "prune",
        (_, true) => "hook",
        _ => "apply",
    };
    let real = |action: &&Value| action.get("dryRun") != Some(&Value::Bool(true));
    let begun = list(answer, "/passes").iter().find(|pass| list(pass, "/actions").iter().filter(real).any(|one| same(one, "/phase")));
    let result = list(answer, "/final/resources").iter().find(|one| same(one, "/syncPhase"));
    let said = |pointer: &str| result.map_or("", |result| text(result, pointer));
    let state = [said("/status"), said("/hookPhase")].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    [
        phase.to_owned(),
        wave.to_owned(),
        what.to_owned(),
        key(task),
        begun.map_or("never", |pass| text(pass, "/at")).to_owned(),
        state,
        said("/message").replace('\n', " "),
    ]
}
