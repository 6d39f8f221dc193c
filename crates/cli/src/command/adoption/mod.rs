//! `lofting adoption`.

mod plot;

use std::fmt::Write;

use clap::Args;
use lofting::platform::adoption::{self, Adoption, Metric, Request};
use lofting::platform::delivery::Delivery;

use super::platform::PlatformDir;
use crate::exit::{Exit, Outcome};
use crate::html::{self, PageFormat, cell, escape};
use crate::output::{self, BAD, BOLD, DIM, GOOD, styled};
use crate::report::count;

/// Measure what the platform is used for.
#[derive(Debug, Args)]
pub(crate) struct AdoptionCommand {
    #[command(flatten)]
    platform: PlatformDir,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = PageFormat::Human)]
    output: PageFormat,
}

impl AdoptionCommand {
    pub(crate) fn run(self) -> Outcome {
        let (files, rendered) = self.platform.read("adoption")?;
        let answer = adoption::adoption(&Request { files, rendered })?;
        let text = match self.output.data(&serde_json::to_value(&answer).unwrap_or_default()) {
            Some(text) => text,
            None if self.output == PageFormat::Html => html::page(&format!("Adoption: {}", self.platform.dir.display()), &page(&answer)),
            None if self.output == PageFormat::Md => markdown(&answer),
            None => human(&answer),
        };
        output::text(&text)?;
        for finding in &answer.diagnostics {
            output::note("threshold", &finding.message);
        }
        Ok(Exit::of(answer.has_findings()))
    }
}

fn percent(metric: &Metric) -> String {
    metric.percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent:.0} %"))
}

fn fails(metric: &Metric) -> bool {
    metric.percent.zip(metric.threshold).is_some_and(|(percent, threshold)| percent < threshold)
}

/// Seconds as people say them.
fn span(seconds: i64) -> String {
    match seconds {
        seconds if seconds < 120 => format!("{seconds} s"),
        seconds if seconds < 7200 => format!("{} min", seconds / 60),
        seconds if seconds < 172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// How long commits waited, and of how many that is known.
fn commit_to_deploy(delivery: &Delivery) -> String {
    match delivery.commit_to_deploy_seconds {
        Some(seconds) => format!("{} over {}", span(seconds), count(delivery.dated_commits, "commit")),
        None => "not known: `commits` in the inventory dates none that was deployed".to_owned(),
    }
}

/// What deployments tell, a line each.
fn delivery(answer: &Adoption) -> Vec<(&'static str, String)> {
    let delivery = &answer.delivery;
    let unknown = || "not known: the histories are too short".to_owned();
    vec![
        ("deployments", delivery.deployments.to_string()),
        ("deployments a week", delivery.per_week.map_or_else(unknown, |number| number.to_string())),
        ("from commit to deployment (median)", commit_to_deploy(delivery)),
        ("from revision to revision (median)", delivery.lead_time_seconds.map_or_else(unknown, span)),
        ("change failure rate", delivery.change_failure_percent.map_or_else(unknown, |percent| format!("{percent} %"))),
    ]
}

fn human(answer: &Adoption) -> String {
    let mut out = format!("{}\n", styled(BOLD, "Components"));
    for (owner, types) in &answer.components.by_owner_and_type {
        let owner = if owner.is_empty() { "(no owner)" } else { owner };
        let types: Vec<String> = types.iter().map(|(kind, number)| format!("{number} × {kind}")).collect();
        let _ = writeln!(out, "  {owner}: {}", types.join(", "));
    }
    let _ = writeln!(out, "\n{}", styled(BOLD, "Shares"));
    for metric in &answer.metrics {
        let style = if fails(metric) { BAD } else { GOOD };
        let wanted = metric.threshold.map(|threshold| format!(", wanted {threshold:.0} %")).unwrap_or_default();
        let share = styled(style, format!("{:>6}", percent(metric)));
        let _ = writeln!(out, "  {share}  {:48} {}", metric.title, styled(DIM, format!("{} of {}{wanted}", metric.count, metric.of)));
        if !metric.missing.is_empty() && metric.missing.len() < metric.of {
            let _ = writeln!(out, "          {}", styled(DIM, format!("not {}", metric.missing.join(", "))));
        }
    }
    let _ = writeln!(out, "\n{}", styled(BOLD, "Templates"));
    for template in &answer.templates {
        let owners: Vec<String> = template.by_owner.iter().map(|(owner, number)| format!("{number} by {owner}")).collect();
        let months: Vec<String> = template.by_month.iter().map(|(month, number)| format!("{month}: {number}")).collect();
        let details = [owners, months].concat().join(", ");
        let details = if details.is_empty() { details } else { format!(" {}", styled(DIM, details)) };
        let _ = writeln!(out, "  {}: {}{details}", template.template, count(template.uses, "use"));
    }
    for one in &answer.generated {
        let said = one.error.clone().unwrap_or_else(|| {
            if one.files.is_empty() { "as its template makes it".into() } else { format!("{} differ", count(one.files.len(), "file")) }
        });
        let _ = writeln!(out, "  {}: {said}", one.dir);
    }
    let _ = writeln!(out, "\n{}", styled(BOLD, "Delivery"));
    for (key, value) in delivery(answer) {
        let _ = writeln!(out, "  {key}: {value}");
    }
    for failure in &answer.delivery.failures {
        let _ = writeln!(out, "  {} {}: {}", styled(BAD, "failed"), failure.application, failure.why);
    }
    out
}

fn markdown(answer: &Adoption) -> String {
    let mut out = String::from("## Adoption\n\n| | share | | wanted |\n|---|--:|--:|--:|\n");
    for metric in &answer.metrics {
        let wanted = metric.threshold.map(|threshold| format!("{threshold:.0} %")).unwrap_or_default();
        let share = if fails(metric) { format!("**{}**", percent(metric)) } else { percent(metric) };
        let _ = writeln!(out, "| {} | {share} | {} of {} | {wanted} |", metric.title, metric.count, metric.of);
    }
    out.push_str("\n| template | uses | by |\n|---|--:|---|\n");
    for template in &answer.templates {
        let owners: Vec<String> = template.by_owner.iter().map(|(owner, number)| format!("{number} {owner}")).collect();
        let _ = writeln!(out, "| {} | {} | {} |", template.template, template.uses, cell(&owners.join(", ")));
    }
    out.push('\n');
    for (key, value) in delivery(answer) {
        let _ = writeln!(out, "- {key}: {value}");
    }
    out
}

fn page(answer: &Adoption) -> String {
    let mut out = String::new();
    let rows: Vec<(String, f64)> = answer.metrics.iter().filter_map(|metric| Some((metric.title.to_owned(), metric.percent?))).collect();
    figure(&mut out, "Shares in percent", &plot::bars(&rows, 100.0));
    out.push_str("<table><tr><th>Share</th><th class=\"number\">percent</th><th class=\"number\">of</th><th>who is missing</th></tr>\n");
    for metric in &answer.metrics {
        let class = if fails(metric) { "bad" } else { "" };
        let wanted = metric.threshold.map(|threshold| format!(" (wanted {threshold:.0} %)")).unwrap_or_default();
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"number {class}\">{}{wanted}</td><td class=\"number\">{} of {}</td><td>{}</td></tr>",
            escape(metric.title),
            percent(metric),
            metric.count,
            metric.of,
            escape(&metric.missing.join(", "))
        );
    }
    out.push_str("</table>\n<h2>Components by owner</h2>\n");
    let count = |map: &std::collections::BTreeMap<String, usize>| -> Vec<(String, f64)> {
        map.iter().map(|(name, number)| (if name.is_empty() { "(nobody)".to_owned() } else { name.clone() }, *number as f64)).collect()
    };
    figure(&mut out, "Components by owner", &plot::bars(&count(&answer.components.by_owner), 0.0));
    out.push_str("<h2>Templates</h2>\n");
    let uses: Vec<(String, f64)> = answer.templates.iter().map(|one| (one.template.clone(), one.uses as f64)).collect();
    figure(&mut out, "Components that each template made", &plot::bars(&uses, 0.0));
    let mut months: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for (month, number) in answer.templates.iter().flat_map(|one| &one.by_month) {
        *months.entry(month.clone()).or_default() += *number;
    }
    figure(&mut out, "Uses of templates by month", &plot::bars(&count(&months), 0.0));
    out.push_str("<h2>Delivery</h2>\n<table>\n");
    for (key, value) in delivery(answer) {
        let _ = writeln!(out, "<tr><th scope=\"row\">{key}</th><td>{}</td></tr>", escape(&value));
    }
    out.push_str("</table>\n");
    figure(&mut out, "Deployments by day", &plot::bars(&count(&answer.delivery.by_day), 0.0));
    for failure in &answer.delivery.failures {
        let _ = writeln!(out, "<p><span class=\"bad\">failed</span> {}: {}</p>", escape(&failure.application), escape(&failure.why));
    }
    out
}

fn figure(out: &mut String, caption: &str, svg: &str) {
    if !svg.is_empty() {
        let _ = writeln!(out, "<figure role=\"img\" aria-label=\"{0}\">{svg}<figcaption>{0}</figcaption></figure>", escape(caption));
    }
}
