//! `lofting status`.

use std::fmt::Write;

use clap::Args;
use lofting::platform::status::{self, ApplicationCard, Card, Commit, Request};

use super::platform::PlatformDir;
use crate::exit::{Exit, Outcome};
use crate::html::{self, PageFormat, cell, escape};
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};

/// Show what the portal's Argo CD card says of an entity.
#[derive(Debug, Args)]
pub(crate) struct StatusCommand {
    /// The entity, such as order-service or component:default/order-service
    entity: String,
    #[command(flatten)]
    platform: PlatformDir,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = PageFormat::Human)]
    output: PageFormat,
}

impl StatusCommand {
    pub(crate) fn run(self) -> Outcome {
        let (files, rendered) = self.platform.read("status")?;
        let card = status::status(&Request { files, rendered, entity: self.entity })?;
        let text = match self.output.data(&serde_json::to_value(&card).unwrap_or_default()) {
            Some(text) => text,
            None if self.output == PageFormat::Html => html::page(&card.entity, &page(&card)),
            None if self.output == PageFormat::Md => markdown(&card),
            None => human(&card),
        };
        output::text(&text)?;
        let well = |app: &ApplicationCard| app.sync == "Synced" && app.health == "Healthy";
        Ok(Exit::of(card.error.is_some() || card.applications.is_empty() || !card.applications.iter().all(well)))
    }
}

fn coloured(word: &str) -> String {
    let style = match word {
        "Synced" | "Healthy" | "Succeeded" => GOOD,
        "OutOfSync" | "Progressing" | "Suspended" | "Missing" | "Unknown" | "Running" | "Paused" => WARN,
        _ => BAD,
    };
    styled(style, word)
}

/// The facts of an Application, in the order of the card.
fn facts(app: &ApplicationCard) -> Vec<(&'static str, String)> {
    let mut rows = vec![("project", app.project.clone()), ("destination", app.destination.clone())];
    if !app.health_message.is_empty() {
        rows.push(("health", app.health_message.clone()));
    }
    if !app.revision.is_empty() {
        let said = app.commit.as_ref().map(|commit| format!(" {}", said(commit))).unwrap_or_default();
        rows.push(("revision", format!("{}{said}", app.revision)));
    }
    if !app.last_synced.is_empty() {
        rows.push(("last deployed", app.last_synced.clone()));
    }
    if !app.operation.is_empty() {
        let message = if app.operation_message.is_empty() { String::new() } else { format!(": {}", app.operation_message) };
        rows.push(("operation", format!("{}{message}", app.operation)));
    }
    if !app.images.is_empty() {
        rows.push(("images", app.images.join(", ")));
    }
    for rollout in &app.rollouts {
        let step = rollout.step.as_ref().map(|step| format!(", step {step}")).unwrap_or_default();
        let canary = rollout
            .canary
            .filter(|_| rollout.phase != "Healthy")
            .map(|share| format!(", {share} % on the new version"))
            .unwrap_or_default();
        rows.push(("rollout", format!("{} {} {}{step}{canary}", rollout.name, rollout.phase, rollout.message).replace(" ,", ",")));
    }
    rows.push(("link", app.link.clone()));
    rows
}

fn said(commit: &Commit) -> String {
    let first = commit.message.lines().next().unwrap_or_default();
    if commit.author.is_empty() { format!("\"{first}\"") } else { format!("\"{first}\" by {}", commit.author) }
}

fn human(card: &Card) -> String {
    let mut out = String::new();
    let owner = card.owner.as_ref().map(|owner| format!("owned by {owner}")).unwrap_or_default();
    let _ = writeln!(out, "{} {}", styled(BOLD, &card.entity), styled(DIM, owner));
    if let Some(error) = &card.error {
        let _ = writeln!(out, "{} {error}", styled(BAD, "error:"));
    }
    for app in &card.applications {
        let instance = app.instance.as_ref().map(|name| format!(" on {name}")).unwrap_or_default();
        let name = styled(BOLD, format!("{}/{}", app.namespace, app.name));
        let _ = writeln!(out, "\n{name}{instance}  {} {}", coloured(&app.sync), coloured(&app.health));
        for (key, value) in facts(app) {
            let _ = writeln!(out, "  {} {value}", styled(DIM, format!("{key:14}")));
        }
        for (at, row) in app.history.iter().enumerate() {
            let by = if row.initiated_by.is_empty() { "automated".to_owned() } else { row.initiated_by.clone() };
            let message = row.commit.as_ref().map(|commit| format!("  {}", said(commit))).unwrap_or_default();
            let label = if at == 0 { "history" } else { "" };
            let _ = writeln!(out, "  {} {}  {:9} {by}{message}", styled(DIM, format!("{label:14}")), row.deployed_at, row.revision);
        }
    }
    for missing in &card.missing {
        let _ = writeln!(out, "{} {missing}", styled(WARN, "missing:"));
    }
    out
}

fn markdown(card: &Card) -> String {
    let mut out = format!("## {}\n", card.entity);
    if let Some(error) = &card.error {
        let _ = write!(out, "\n**{error}**\n");
    }
    for app in &card.applications {
        let _ = write!(out, "\n### {}: {}, {}\n\n| | |\n|---|---|\n", app.name, app.sync, app.health);
        for (key, value) in facts(app) {
            let _ = writeln!(out, "| {key} | {} |", cell(&value));
        }
        if !app.history.is_empty() {
            let _ = write!(out, "\n| deployed | revision | by |\n|---|---|---|\n");
        }
        for row in &app.history {
            let _ = writeln!(out, "| {} | {} | {} |", row.deployed_at, row.revision, cell(&row.initiated_by));
        }
    }
    for missing in &card.missing {
        let _ = write!(out, "\n- missing: {missing}\n");
    }
    out
}

/// The card as the body of a page.
pub(super) fn page(card: &Card) -> String {
    let mut out = String::new();
    if let Some(owner) = &card.owner {
        let _ = writeln!(out, "<p class=\"dim\">owned by {}</p>", escape(owner));
    }
    if let Some(error) = &card.error {
        let _ = writeln!(out, "<p class=\"bad\">{}</p>", escape(error));
    }
    for app in &card.applications {
        let _ =
            writeln!(out, "<section><h2>{} {} {}</h2>\n<table>", escape(&app.name), html::verdict(&app.sync), html::verdict(&app.health));
        for (key, value) in facts(app) {
            let shown = match &app.commit_url {
                Some(url) if key == "revision" => format!("<a href=\"{}\">{}</a>", escape(url), escape(&value)),
                _ if key == "link" => format!("<a href=\"{0}\">{0}</a>", escape(&value)),
                _ => escape(&value),
            };
            let _ = writeln!(out, "<tr><th scope=\"row\">{key}</th><td>{shown}</td></tr>");
        }
        out.push_str("</table>\n");
        if !app.history.is_empty() {
            out.push_str("<table><caption class=\"dim\">Newest deployments</caption><tr><th>deployed</th><th>revision</th><th>by</th><th>commit</th></tr>\n");
        }
        for row in &app.history {
            let by = if row.initiated_by.is_empty() { "automated" } else { row.initiated_by.as_str() };
            let commit = row.commit.as_ref().map(said).unwrap_or_default();
            let cells = [&row.deployed_at, &row.revision, by, &commit].map(escape).join("</td><td>");
            let _ = writeln!(out, "<tr><td>{cells}</td></tr>");
        }
        out.push_str(if app.history.is_empty() { "</section>\n" } else { "</table></section>\n" });
    }
    if !card.missing.is_empty() {
        let rows: String = card.missing.iter().map(|one| format!("<li>{}</li>\n", escape(one))).collect();
        let _ = writeln!(out, "<h2>Missing</h2>\n<ul>\n{rows}</ul>");
    }
    out
}
