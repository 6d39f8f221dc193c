//! The picture as a pull-request comment.

use std::fmt::Write;

use lofting::platform::preview::Preview;

use super::{count, tally};

/// What the largest hosts take in one comment.
const CAP: usize = 65_536;

pub(super) fn render(answer: &Preview) -> String {
    let mut out = format!("## Platform preview: {}\n", tally(answer));
    section(&mut out, "Findings", &findings(answer));
    section(&mut out, &format!("Applications ({})", answer.applications.len()), &applications(answer));
    section(&mut out, &format!("Catalog ({})", count(answer.catalog.entities.len(), "entity")), &catalog(answer));
    section(&mut out, &format!("Rollouts ({})", answer.rollouts.len()), &rollouts(answer));
    section(&mut out, "Wiring", &wiring(answer));
    cap(out)
}

fn section(out: &mut String, title: &str, body: &str) {
    if !body.is_empty() {
        let _ = write!(out, "\n<details><summary>{title}</summary>\n\n{body}\n</details>\n");
    }
}

/// Cut at a line, so that the comment is taken.
fn cap(mut text: String) -> String {
    const NOTE: &str = "\n\n_… cut at 65,536 characters; run `lofting preview` for the whole._\n";
    if text.chars().count() > CAP {
        let keep = text.char_indices().nth(CAP - NOTE.len() - 1).map_or(text.len(), |(at, _)| at);
        let end = text[..keep].rfind('\n').unwrap_or(keep);
        text.truncate(end);
        text.push_str(NOTE);
    }
    text
}

/// Cells must not break their table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;")
}

fn findings(answer: &Preview) -> String {
    let mut out = String::new();
    for finding in &answer.diagnostics {
        let place = finding.location.as_ref().map(|at| format!("`{}:{}:{}` ", at.file, at.line, at.column)).unwrap_or_default();
        let severity = format!("{:?}", finding.severity).to_lowercase();
        let _ = writeln!(out, "- **{severity}** {place}{} (`{}`)", cell(&finding.message), finding.code);
    }
    out
}

fn applications(answer: &Preview) -> String {
    let mut out = String::from("| Application | Sync | Health | Source | Destination |\n|---|---|---|---|---|\n");
    for view in &answer.applications {
        let app = &view.application;
        let source = app.sources.first().map(|source| source.path.clone()).unwrap_or_default();
        let _ = writeln!(
            out,
            "| {}{} | {} | {} | {} | {} {} |",
            "&nbsp;&nbsp;".repeat(view.depth),
            cell(&app.name),
            view.state.sync,
            view.state.health,
            cell(&source),
            cell(&app.destination.cluster),
            cell(&app.destination.namespace)
        );
    }
    let mut details = String::new();
    for view in &answer.applications {
        let lines = view.state.lines();
        if !lines.is_empty() {
            let _ = write!(details, "\n**{}**\n\n```\n{}\n```\n", view.application.name, lines.join("\n"));
        }
    }
    if answer.applications.is_empty() { String::new() } else { out + &details }
}

fn catalog(answer: &Preview) -> String {
    let mut out = String::new();
    for (kind, number) in &answer.catalog.by_kind {
        let _ = writeln!(out, "- {number} {kind}");
    }
    for dangling in &answer.catalog.dangling {
        let _ = writeln!(out, "- {} `{}` {} is not in the catalog", cell(&dangling.source), dangling.field, cell(&dangling.target));
    }
    out
}

fn rollouts(answer: &Preview) -> String {
    let mut out = String::new();
    for rollout in &answer.rollouts {
        let _ = write!(out, "\n**{}** {}, {} pods\n\n", rollout.name, rollout.strategy, rollout.replicas);
        if !rollout.steps.is_empty() {
            out.push_str("| step | weight | canary | stable |\n|---|---|---|---|\n");
        }
        for step in &rollout.steps {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                cell(&step.text),
                step.weight.map(|w| w.to_string()).unwrap_or_default(),
                step.canary,
                step.stable
            );
        }
        for note in &rollout.notes {
            let _ = writeln!(out, "- {note}");
        }
    }
    out
}

fn wiring(answer: &Preview) -> String {
    let mut out = String::from("| Component | | Applications | Workloads |\n|---|---|---|---|\n");
    for wire in &answer.wiring {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            cell(&wire.component),
            wire.status,
            wire.applications.join(", "),
            wire.workloads.join(", ")
        );
    }
    if answer.wiring.is_empty() { String::new() } else { out }
}
