//! The `${{ … }}` of a template: what they read, and whether it is there.

use serde_json::Value;

use super::{Focus, Template, nearest, suggest};
use crate::backstage::scaffolder::templating::TemplateHost;
use crate::lang::jinja::{self, Host, Options, Reference, filter_names};
use crate::text::{Diagnostic, pointer};

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the condition of a step.
    If(usize),
    /// In the list of a step.
    Each(usize),
    /// In the input of a step.
    Input(usize),
    /// In the output of the template.
    Output,
}

/// A name that is read somewhere.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) place: Place,
    /// Pointer to the text.
    pub(super) path: String,
    pub(super) name: Reference,
    /// The name is all that the text consists of.
    pub(super) sole: bool,
    pub(super) focus: Option<Focus>,
}

/// Names that templates of steps see.
const ROOTS: &[&str] = &[
    "parameters",
    "steps",
    "user",
    "secrets",
    "each",
    "context",
    "environment",
    "always",
    "failure",
    "range",
    "cycler",
    "joiner",
    "loop",
    "None",
    "True",
    "False",
];

/// Parses all texts. What does not parse, or uses an unknown filter, is a finding: the server keeps such a text as written.
pub(super) fn collect(template: &mut Template<'_>) -> Vec<Read> {
    let mut texts: Vec<(Place, String, &str)> = Vec::new();
    for (at, step) in template.steps() {
        for (key, place) in [("if", Place::If(at)), ("each", Place::Each(at)), ("input", Place::Input(at))] {
            if let Some(value) = step.get(key) {
                strings(value, &format!("/spec/steps/{at}/{key}"), place, &mut texts);
            }
        }
    }
    if let Some(output) = template.value.pointer("/spec/output") {
        strings(output, "/spec/output", Place::Output, &mut texts);
    }
    let host = TemplateHost::for_steps();
    let mut reads = Vec::new();
    for (place, path, text) in texts {
        match jinja::Template::parse(text, &Options::default()) {
            Err(error) => {
                let focus = error.offset.and_then(|offset| Focus::at(text, offset));
                template.report(kept(place, &path, &error.to_string()), focus);
            }
            Ok(parsed) => {
                let found = parsed.references();
                for filter in found
                    .filters
                    .iter()
                    .filter(|filter| !host.has_filter(filter) && filter_names().binary_search(&filter.as_str()).is_err())
                {
                    let finding = Diagnostic::error("backstage-template-filter", path.as_str(), format!("There is no filter {filter}"));
                    let near = nearest(filter, filter_names().iter().copied());
                    template.report(suggest(finding, near), text.find(filter.as_str()).and_then(|offset| Focus::at(text, offset)));
                }
                let sole = parsed.sole_reference().is_some();
                let read = |name: Reference| Read { place, path: path.clone(), sole, focus: Focus::new(text, &name), name };
                reads.extend(found.names.into_iter().map(read));
            }
        }
    }
    reads
}

fn strings<'v>(value: &'v Value, path: &str, place: Place, out: &mut Vec<(Place, String, &'v str)>) {
    match value {
        Value::String(text) if text.contains('{') => out.push((place, path.to_owned(), text)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| strings(item, &pointer::join(path, at), place, out));
        }
        Value::Object(members) => members.iter().for_each(|(key, member)| strings(member, &pointer::join(path, key), place, out)),
        _ => {}
    }
}

fn kept(place: Place, path: &str, error: &str) -> Diagnostic {
    let finding = Diagnostic::error("backstage-template-expression", path, error);
    finding.with_help(match place {
        Place::If(_) => "The server takes the text as it is written, which is true: the step always runs.",
        _ => "The server puts the text in as it is written.",
    })
}

/// Names that are not there.
pub(super) fn check(template: &mut Template<'_>, reads: &[Read]) {
    let ids = template.step_ids();
    for read in reads {
        let (finding, near) = match read.name.path.first().map(String::as_str) {
            Some("steps") => match step(template, &ids, read) {
                Some(found) => found,
                None => continue,
            },
            Some("secrets") if matches!(read.place, Place::Output) || is_plain_condition(template, read.place) => {
                let message = "Secrets can be read in the input and the list of a step only";
                (Diagnostic::error("backstage-template-secrets", read.path.as_str(), message), None)
            }
            Some("each") if !in_loop(template, read.place) => {
                let message = "`each` is known in steps that have an `each` only";
                (Diagnostic::error("backstage-template-unknown-name", read.path.as_str(), message), None)
            }
            Some(name) if !ROOTS.contains(&name) => {
                let message = format!("Templates do not know {name}");
                (
                    Diagnostic::error("backstage-template-unknown-name", read.path.as_str(), message),
                    nearest(name, ROOTS.iter().copied()).map(str::to_owned),
                )
            }
            _ => continue,
        };
        template.report(suggest(finding, near.as_deref()), read.focus.clone());
    }
}

fn has_each(template: &Template<'_>, at: usize) -> bool {
    template.steps().nth(at).is_some_and(|(_, step)| step.get("each").is_some())
}

fn is_plain_condition(template: &Template<'_>, place: Place) -> bool {
    matches!(place, Place::If(at) if !has_each(template, at))
}

fn in_loop(template: &Template<'_>, place: Place) -> bool {
    matches!(place, Place::If(at) | Place::Input(at) if has_each(template, at))
}

/// A step that is not there, comes later, or puts nothing out under that name.
fn step(template: &Template<'_>, ids: &[String], read: &Read) -> Option<(Diagnostic, Option<String>)> {
    let id = read.name.path.get(1)?;
    let Some(at) = ids.iter().rposition(|known| known == id) else {
        let finding = Diagnostic::error("backstage-template-unknown-step", read.path.as_str(), format!("There is no step {id}"));
        return Some((finding, nearest(id, ids.iter().map(String::as_str)).map(str::to_owned)));
    };
    let reader = match read.place {
        Place::If(at) | Place::Each(at) | Place::Input(at) => at,
        Place::Output => usize::MAX,
    };
    if ids.iter().take(reader).all(|known| known != id) {
        let message = format!("Step {id} has not run yet here");
        return Some((Diagnostic::error("backstage-template-later-step", read.path.as_str(), message), None));
    }
    let (_, step) = template.steps().nth(at)?;
    let action = template.registry.get(step.get("action")?.as_str()?)?;
    if read.name.path.get(2).map(String::as_str) != Some("output") {
        let member = read.name.path.get(2)?;
        let message = format!("A step has an output only, not {member}");
        return Some((
            Diagnostic::error("backstage-template-unknown-output", read.path.as_str(), message),
            Some(format!("steps.{id}.output.{member}")),
        ));
    }
    let name = read.name.path.get(3)?;
    let known = action.output.as_ref().and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    // Some actions put out what their schemas do not tell; these put out nothing.
    let silent = || ["fetch:", "fs:", "debug:"].iter().any(|prefix| action.id.starts_with(prefix));
    let closed = action.output.as_ref().map_or_else(silent, |schema| schema.get("additionalProperties") == Some(&Value::Bool(false)));
    if !closed || known.is_some_and(|known| known.contains_key(name)) {
        return None;
    }
    let message = format!("{} puts out nothing called {name}", action.id);
    let near = nearest(name, known.into_iter().flat_map(|known| known.keys().map(String::as_str))).map(str::to_owned);
    Some((Diagnostic::error("backstage-template-unknown-output", read.path.as_str(), message), near))
}
