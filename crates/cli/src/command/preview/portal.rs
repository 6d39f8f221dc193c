//! What the portal shows: APIs and links, documentation, status cards, flows, metrics.

use std::fmt::Write;

use lofting::Value;
use lofting::platform::preview::Preview;
use lofting::platform::status::Card;

use super::count;
use super::human::heading;
use crate::output::{BAD, BOLD, DIM, GOOD, WARN, styled};

pub(super) fn render(out: &mut String, answer: &Preview) {
    apis(out, answer);
    docs(out, answer);
    cards(out, &answer.cards);
    flows(out, answer);
    adoption(out, answer);
}

/// Contracts of APIs, who provides and who consumes them, and links of components.
fn apis(out: &mut String, answer: &Preview) {
    let of_kind = |kind: &'static str| answer.catalog.entities.iter().filter(move |entity| entity.kind.eq_ignore_ascii_case(kind));
    let number = of_kind("api").count();
    if number == 0 {
        return;
    }
    heading(out, "APIs and links", &count(number, "API"));
    for api in of_kind("api") {
        let related = |kind: &str| {
            let names: Vec<&str> = api.relations.iter().filter(|one| one.r#type == kind).map(|one| one.target.as_str()).collect();
            if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
        };
        let kind = api.kind_type.as_deref().unwrap_or("unknown");
        let definition = api.value.pointer("/spec/definition");
        let size = definition.map_or(0, |text| text.as_str().map_or_else(|| text.to_string().lines().count(), |text| text.lines().count()));
        let _ = writeln!(
            out,
            "  {} {} provided by {}, consumed by {}",
            styled(BOLD, &api.name),
            styled(DIM, format!("{kind}, {}", count(size, "line"))),
            related("apiProvidedBy"),
            related("apiConsumedBy")
        );
    }
    for component in of_kind("component") {
        let links = component.value.pointer("/metadata/links").and_then(Value::as_array);
        for link in links.into_iter().flatten() {
            let text = |key: &str| link.get(key).and_then(Value::as_str).unwrap_or_default();
            let _ = writeln!(out, "  {}: {} {}", component.name, text("title"), styled(DIM, text("url")));
        }
    }
}

fn docs(out: &mut String, answer: &Preview) {
    if answer.techdocs.is_empty() {
        return;
    }
    heading(out, "Documentation", &count(answer.techdocs.len(), "entity"));
    for docs in &answer.techdocs {
        let site = docs.site_name.as_deref().unwrap_or("no mkdocs.yml");
        let pages = if docs.folder.is_some() { count(docs.pages, "page") } else { format!("elsewhere: {}", docs.reference) };
        let verdict = if docs.problems.is_empty() { styled(GOOD, "builds") } else { styled(BAD, count(docs.problems.len(), "problem")) };
        let _ = writeln!(out, "  {} {verdict} {}", docs.entity, styled(DIM, format!("{site}, {pages}")));
        for problem in &docs.problems {
            let _ = writeln!(out, "    {problem}");
        }
    }
}

fn cards(out: &mut String, cards: &[Card]) {
    if cards.is_empty() {
        return;
    }
    heading(out, "Status cards", "what the portal shows of each service; `lofting status ENTITY` shows one whole");
    for card in cards {
        if let Some(error) = &card.error {
            let _ = writeln!(out, "  {} {}", card.entity, styled(WARN, error));
        } else if card.applications.is_empty() {
            let _ = writeln!(out, "  {} {}", card.entity, styled(WARN, "no Application is found"));
        }
        for app in &card.applications {
            let sync = if app.sync == "Synced" { GOOD } else { WARN };
            let health = if app.health == "Healthy" { GOOD } else { BAD };
            let revision =
                if app.revision.is_empty() { "never deployed".to_owned() } else { format!("{} at {}", app.revision, app.last_synced) };
            let _ = writeln!(
                out,
                "  {} {} {} {} {}",
                card.entity,
                styled(BOLD, &app.name),
                styled(sync, &app.sync),
                styled(health, &app.health),
                styled(DIM, format!("{revision}, {}", count(app.history.len(), "deployment")))
            );
        }
    }
}

fn flows(out: &mut String, answer: &Preview) {
    if answer.flows.is_empty() {
        return;
    }
    heading(out, "Self-service flows", &count(answer.flows.len(), "template"));
    for flow in &answer.flows {
        let values = flow.answers.first().map_or("ANSWERS.yaml", String::as_str);
        let _ = writeln!(out, "  {} {}", flow.template, styled(DIM, format!("lofting flow {} --values {values}", flow.file)));
    }
}

fn adoption(out: &mut String, answer: &Preview) {
    if answer.adoption.delivery.deployments == 0 && answer.adoption.metrics.iter().all(|metric| metric.percent.is_none()) {
        return;
    }
    heading(out, "Adoption", "`lofting adoption` shows who is missing");
    for metric in &answer.adoption.metrics {
        let Some(percent) = metric.percent else { continue };
        let fails = metric.threshold.is_some_and(|threshold| percent < threshold);
        let share = styled(if fails { BAD } else { BOLD }, format!("{percent:>5.0} %"));
        let _ = writeln!(out, "  {share}  {} {}", metric.title, styled(DIM, format!("{} of {}", metric.count, metric.of)));
    }
    let delivery = &answer.adoption.delivery;
    let failed = delivery.change_failure_percent.map(|percent| format!(", {percent} % failed")).unwrap_or_default();
    let _ = writeln!(out, "  {}{failed}", count(delivery.deployments, "deployment"));
}
