//! The picture for a terminal.

use std::fmt::Write;
use std::path::Path;

use lofting::platform::application::{Application, Origin};
use lofting::platform::catalog::Catalog;
use lofting::platform::preview::{ApplicationView, Preview, Request};
use lofting::platform::rollout::Rollout;

use super::{count, tally};
use crate::output::{BAD, BOLD, DIM, GOOD, WARN, styled};
use crate::report::{self, Sources};

pub(super) fn render(dir: &Path, request: &Request, answer: &Preview, findings: usize) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{} {}", styled(BOLD, dir.display()), styled(DIM, tally(answer)));
    files(&mut out, answer);
    catalog(&mut out, &answer.catalog);
    templates(&mut out, answer);
    applications(&mut out, answer);
    rollouts(&mut out, &answer.rollouts);
    wiring(&mut out, answer);
    super::portal::render(&mut out, answer);
    diagnostics(&mut out, request, answer, findings);
    out
}

pub(super) fn heading(out: &mut String, title: &str, note: &str) {
    let _ = writeln!(out, "\n{} {}", styled(BOLD, title), styled(DIM, note));
}

fn files(out: &mut String, answer: &Preview) {
    heading(out, "Files", &answer.tree.files.to_string());
    for (class, number) in &answer.tree.classes {
        let name = serde_json::to_value(class).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
        let _ = writeln!(out, "  {number:>5}  {}", words(&name));
    }
    // Pictures and archives are no loss.
    let (binary, other): (Vec<_>, Vec<_>) = answer.tree.not_understood.iter().partition(|skipped| skipped.reason.starts_with("binary"));
    for skipped in other.iter().take(10) {
        let _ = writeln!(out, "  {} {}: {}", styled(WARN, "left out"), skipped.path, skipped.reason);
    }
    let rest = other.len().saturating_sub(10);
    if rest > 0 {
        let _ = writeln!(out, "  {}", styled(DIM, format!("and {rest} more")));
    }
    if !binary.is_empty() {
        let _ = writeln!(out, "  {}", styled(DIM, format!("{} left out", count(binary.len(), "binary file"))));
    }
}

/// `notUnderstood` as people write it.
fn words(name: &str) -> String {
    match name {
        "argoCd" => "Argo CD".into(),
        name => name.chars().flat_map(|c| if c.is_ascii_uppercase() { vec![' ', c.to_ascii_lowercase()] } else { vec![c] }).collect(),
    }
}

fn catalog(out: &mut String, catalog: &Catalog) {
    let kinds: Vec<String> = catalog.by_kind.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    heading(out, "Catalog", &if kinds.is_empty() { "no entity".into() } else { kinds.join(", ") });
    let mut owners: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
    for entity in &catalog.entities {
        if let Some(owner) = &entity.owner {
            owners.entry(owner).or_default().push(&entity.name);
        }
    }
    let width = owners.keys().map(|owner| owner.len()).max().unwrap_or(0);
    for (owner, names) in owners {
        let known =
            if catalog.get(owner).is_some() { styled(GOOD, format!("{owner:width$}")) } else { styled(BAD, format!("{owner:width$}")) };
        let _ = writeln!(out, "  {known}  owns {}", names.join(", "));
    }
    if catalog.refused > 0 {
        let _ = writeln!(out, "  {}", styled(BAD, format!("{} refused", count(catalog.refused, "document"))));
    }
    for dangling in &catalog.dangling {
        let near = dangling.did_you_mean.as_ref().map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
        let _ = writeln!(out, "  {} {}: {} {}{near}", styled(WARN, "dangling"), dangling.source, dangling.field, dangling.target);
    }
}

fn templates(out: &mut String, answer: &Preview) {
    if answer.templates.is_empty() {
        return;
    }
    heading(out, "Templates", &answer.templates.len().to_string());
    for template in &answer.templates {
        let _ = writeln!(out, "  {} {}", styled(BOLD, &template.title), styled(DIM, &template.entity_ref));
        for page in &template.pages {
            let fields: Vec<String> = page
                .fields
                .iter()
                .map(|field| {
                    let kind = field.picker.as_deref().unwrap_or(&field.kind);
                    format!("{}{} ({kind})", field.name, if field.required { "*" } else { "" })
                })
                .collect();
            let _ = writeln!(out, "    page  {}: {}", page.title, fields.join(", "));
        }
        let steps: Vec<String> = template
            .steps
            .iter()
            .map(|step| if step.condition.is_some() { format!("{} [if]", step.action) } else { step.action.clone() })
            .collect();
        let _ = writeln!(out, "    steps {}", steps.join(" → "));
        if !template.outputs.is_empty() {
            let _ = writeln!(out, "    gives {}", template.outputs.join(", "));
        }
    }
}

fn applications(out: &mut String, answer: &Preview) {
    if answer.applications.is_empty() && answer.application_sets.is_empty() {
        return;
    }
    heading(out, "Applications", &answer.applications.len().to_string());
    for view in &answer.applications {
        application(out, view);
    }
    for set in &answer.application_sets {
        let _ = write!(out, "  {} {} ", styled(BOLD, "ApplicationSet"), set.name);
        if let Some(error) = &set.error {
            let _ = writeln!(out, "{} {error}", styled(BAD, "fails:"));
        } else if !set.needs.is_empty() {
            needs(out, &set.needs);
        } else if set.applications.is_empty() {
            let _ = writeln!(out, "generates nothing");
        } else {
            let _ = writeln!(out, "generates {}", set.applications.join(", "));
        }
    }
}

/// What the inventory would have to hold, and what would tell: each command once.
fn needs(out: &mut String, needs: &[serde_json::Value]) {
    let text = |need: &serde_json::Value, key: &str| need.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let asked: std::collections::BTreeSet<(String, String)> =
        needs.iter().map(|need| (text(need, "kind"), text(need, "command"))).collect();
    let kinds: std::collections::BTreeSet<&str> = asked.iter().map(|(kind, _)| kind.as_str()).collect();
    let kinds: Vec<&str> = kinds.into_iter().collect();
    let _ = writeln!(out, "{} the inventory lacks {}", styled(WARN, "unknown:"), kinds.join(", "));
    for (_, command) in asked.iter().filter(|(_, command)| !command.is_empty()) {
        let _ = writeln!(out, "    {}", styled(DIM, format!("$ {command}")));
    }
}

fn application(out: &mut String, view: &ApplicationView) {
    let app = &view.application;
    let indent = "  ".repeat(view.depth + 1);
    let origin = match &app.origin {
        Origin::ApplicationSet(set) => format!(" from {set}"),
        _ => String::new(),
    };
    let source = app.sources.first().map(|source| format!("{} ({})", source.path, source.kind)).unwrap_or_default();
    let _ = writeln!(
        out,
        "{indent}{} {} {}",
        styled(BOLD, &app.name),
        verdicts(view),
        styled(DIM, format!("{source} → {}, project {}, {}{origin}", destination(app), app.project, app.sync_policy)),
    );
    if let Some(why) = &view.state.unknown {
        let _ = writeln!(out, "{indent}  {} {why}", styled(WARN, "unknown:"));
    }
    for line in view.state.lines() {
        let _ = writeln!(out, "{indent}  {line}");
    }
}

/// Cluster and namespace, as far as they are given.
fn destination(app: &Application) -> String {
    let parts = [app.destination.cluster.as_str(), app.destination.namespace.as_str()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "no destination".to_owned() } else { parts.join(" ") }
}

fn verdicts(view: &ApplicationView) -> String {
    let colour = |word: &str| match word {
        "Synced" | "Healthy" => GOOD,
        "OutOfSync" | "Progressing" | "Suspended" | "Missing" | "unknown" => WARN,
        _ => BAD,
    };
    // One word is enough when nothing is known.
    if view.state.sync == "unknown" && view.state.health == "unknown" {
        return styled(WARN, "unknown");
    }
    format!("{} {}", styled(colour(&view.state.sync), &view.state.sync), styled(colour(&view.state.health), &view.state.health))
}

fn rollouts(out: &mut String, rollouts: &[Rollout]) {
    if rollouts.is_empty() {
        return;
    }
    heading(out, "Rollouts", &rollouts.len().to_string());
    for rollout in rollouts {
        let routed = rollout.routed_by.as_ref().map(|router| format!(", traffic by {router}")).unwrap_or_default();
        let at = rollout.location.as_ref().map(|at| format!(" · {}:{}", at.file, at.line)).unwrap_or_default();
        let _ = writeln!(
            out,
            "  {} {}",
            styled(BOLD, &rollout.name),
            styled(DIM, format!("{}, {}{routed}{at}", rollout.strategy, count(usize::try_from(rollout.replicas).unwrap_or(0), "pod")))
        );
        if !rollout.steps.is_empty() {
            let _ = writeln!(out, "    {}", styled(DIM, "step                            weight  canary  stable"));
        }
        for (at, step) in rollout.steps.iter().enumerate() {
            let weight = step.weight.map(|weight| format!("{weight} %")).unwrap_or_default();
            let _ = writeln!(out, "    {:>2} {:28} {weight:>6}  {:>6}  {:>6}", at + 1, step.text, step.canary, step.stable);
        }
        for note in &rollout.notes {
            let _ = writeln!(out, "    {note}");
        }
    }
}

fn wiring(out: &mut String, answer: &Preview) {
    if answer.wiring.is_empty() {
        return;
    }
    heading(out, "Wiring", "component ↔ Application ↔ workloads");
    let width = answer.wiring.iter().map(|wire| wire.component.len()).max().unwrap_or(0);
    for wire in &answer.wiring {
        let style = if wire.status == "wired" { GOOD } else { BAD };
        let join = |list: &[String]| if list.is_empty() { "–".to_owned() } else { list.join(", ") };
        let _ = writeln!(
            out,
            "  {:width$}  {}  {} ↔ {}",
            wire.component,
            styled(style, format!("{:9}", wire.status)),
            join(&wire.applications),
            join(&wire.workloads)
        );
        if let Some(why) = &wire.why {
            let _ = writeln!(out, "  {:width$}  {}", "", styled(DIM, why));
        }
    }
}

fn diagnostics(out: &mut String, request: &Request, answer: &Preview, limit: usize) {
    heading(out, "Findings", &tally(answer));
    let sources: Sources<'_> = request.files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    for finding in answer.diagnostics.iter().take(limit) {
        let _ = writeln!(out, "{}", report::render(finding, &sources));
    }
    let rest = answer.diagnostics.len().saturating_sub(limit);
    if rest > 0 {
        let _ = writeln!(out, "{}", styled(DIM, format!("and {rest} more: --findings {} shows all", answer.diagnostics.len())));
    }
    if !answer.diagnostics.is_empty() {
        let _ = writeln!(out, "{}", styled(DIM, "`lofting rule CODE` explains a code"));
    }
}
