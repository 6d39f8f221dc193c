//! What flows between the form, the steps and the output: types through `if` and `each`, steps that may be left out.

use std::collections::BTreeSet;

use serde_json::Value;

use super::expressions::{Place, Read};
use super::types::{Found, Types, is_templated, kinds, sole, values};
use super::{Focus, Template, nearest, suggest};
use crate::lang::jinja::{self, Options};
use crate::text::{Diagnostic, pointer};

pub(super) fn check(template: &mut Template<'_>, reads: &[Read]) {
    let types = Types::new(template);
    let mut findings: Vec<(Diagnostic, Option<Focus>)> = Vec::new();
    for (at, step) in template.steps() {
        if step.get("each").is_some() {
            findings.extend(each(&types, at).map(|finding| (finding, None)));
        }
        if let Some(Value::String(text)) = step.get("if") {
            conditions(&types, at, text, &mut findings);
        }
        let action = step.get("action").and_then(Value::as_str).and_then(|action| template.registry.get(action));
        if let (Some(schema), Some(input)) = (action.and_then(|action| action.input.as_ref()), step.get("input")) {
            passed(&types, at, input, schema, &format!("/spec/steps/{at}/input"), 0, &mut findings);
        }
    }
    for read in reads {
        let step = match read.place {
            Place::If(at) | Place::Each(at) | Place::Input(at) => Some(at),
            Place::Output => None,
        };
        if let Found::Missing(name, known) = types.find(step, &read.name.path) {
            let message = format!("{} has no member {name}", before(&read.name.path, &name));
            let finding = Diagnostic::warning("backstage-template-unknown-member", read.path.as_str(), message);
            let finding = suggest(finding, nearest(&name, known.iter().map(String::as_str)));
            findings.push((finding, read.focus.clone()));
        }
        findings.extend(left_out(template, read).map(|finding| (finding, read.focus.clone())));
    }
    findings.into_iter().for_each(|(finding, focus)| template.report(finding, focus));
}

/// The path up to a member.
fn before(path: &[String], member: &str) -> String {
    let end = path.iter().rposition(|part| part == member).unwrap_or(path.len());
    path.get(..end).unwrap_or_default().join(".")
}

fn each(types: &Types<'_>, at: usize) -> Option<Diagnostic> {
    let Found::Known(shapes) = types.each(at) else { return None };
    let kinds = kinds(&shapes)?;
    if kinds.is_empty() || kinds.contains("array") || kinds.contains("object") {
        return None;
    }
    let kinds: Vec<&str> = kinds.into_iter().collect();
    let message = format!("each must resolve to an array or object, and this is of type {}", kinds.join(" or "));
    Some(Diagnostic::error("backstage-template-each", format!("/spec/steps/{at}/each"), message))
}

fn conditions(types: &Types<'_>, at: usize, text: &str, findings: &mut Vec<(Diagnostic, Option<Focus>)>) {
    let path = format!("/spec/steps/{at}/if");
    let warn = |message: String| Diagnostic::warning("backstage-template-condition", path.as_str(), message);
    if !is_templated(text) {
        let always = if text.is_empty() { "never" } else { "always" };
        let finding = warn(format!("The condition is a text, not an expression: the step {always} runs"));
        findings.push((finding.with_help(format!("Write ${{{{ {} }}}}, or true or false without quotes", text.trim())), None));
        return;
    }
    let Ok(parsed) = jinja::Template::parse(text, &Options::default()) else { return };
    if let Some(name) = parsed.sole_reference() {
        let Found::Known(shapes) = types.find(Some(at), &name.path) else { return };
        let texts: Vec<&str> = values(&shapes).into_iter().flatten().filter_map(Value::as_str).collect();
        if let Some(no) = texts.iter().find(|text| ["false", "no", "off", "none", "0"].contains(&text.to_lowercase().as_str())) {
            let message = format!("{} is a text, and each text that is not empty is true, also {no:?}", name.path.join("."));
            let help = format!("Compare it: ${{{{ {} === \"…\" }}}}, or make the field a boolean", name.path.join("."));
            findings.push((warn(message).with_help(help), Focus::new(text, &name)));
        }
    } else if parsed.is_text_around() {
        findings.push((warn("There is text around the expressions: the result is never empty, and the step always runs".to_owned()), None));
    }
    for comparison in parsed.comparisons() {
        let Found::Known(shapes) = types.find(Some(at), &comparison.name.path) else { continue };
        let name = comparison.name.path.join(".");
        let shown = comparison.constant.to_string();
        let verdict = if comparison.equal { "never" } else { "always" };
        let finding = match values(&shapes) {
            Some(values) if !values.is_empty() && !values.contains(&&comparison.constant) => {
                let texts = values.iter().filter_map(|value| value.as_str());
                let near = comparison.constant.as_str().and_then(|word| nearest(word, texts));
                suggest(warn(format!("{name} is never {shown}: this comparison is {verdict} true")), near)
            }
            None if mixed(&kinds(&shapes), &comparison) => {
                let kinds: Vec<&str> = kinds(&shapes).into_iter().flatten().collect();
                warn(format!("{name} is of type {}, and {shown} is not: this comparison is {verdict} true", kinds.join(" or ")))
            }
            _ => continue,
        };
        findings.push((finding, Focus::new(text, &comparison.name)));
    }
}

/// Values of these types never equal the constant.
fn mixed(kinds: &Option<BTreeSet<&str>>, comparison: &jinja::Comparison) -> bool {
    let Some(kinds) = kinds.as_ref().filter(|kinds| !kinds.is_empty()) else { return false };
    let constant = match &comparison.constant {
        Value::Bool(_) => "boolean",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        _ => return false,
    };
    let fits = |kind: &&str| **kind == *constant || (**kind == *"integer" && constant == "number");
    // Loose comparison makes numbers of texts and of booleans; only a word never becomes one.
    let word = comparison.constant.as_str().is_some_and(|text| text.trim().parse::<f64>().is_err() && !text.trim().is_empty());
    let never = if comparison.strict { true } else { word && kinds.iter().all(|kind| matches!(*kind, "boolean" | "number" | "integer")) };
    never && !kinds.iter().any(fits)
}

/// Values that an input passes on as they are, against the schema of the action.
fn passed(
    types: &Types<'_>,
    at: usize,
    value: &Value,
    schema: &Value,
    path: &str,
    depth: usize,
    findings: &mut Vec<(Diagnostic, Option<Focus>)>,
) {
    if depth > 20 {
        return;
    }
    match value {
        Value::Object(members) => {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, member) in members {
                if let Some(schema) = properties.and_then(|properties| properties.get(name)) {
                    passed(types, at, member, schema, &pointer::join(path, name), depth + 1, findings);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema @ Value::Object(_)) = schema.get("items") {
                for (index, item) in items.iter().enumerate() {
                    passed(types, at, item, schema, &pointer::join(path, index), depth + 1, findings);
                }
            }
        }
        Value::String(text) => {
            let Some(name) = sole(text) else { return };
            let Found::Known(shapes) = types.find(Some(at), &name.path) else { return };
            let wanted = match schema.get("type") {
                Some(Value::String(one)) => vec![one.as_str()],
                Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
                _ => return,
            };
            let Some(kinds) = kinds(&shapes).filter(|kinds| !kinds.is_empty()) else { return };
            let number = |kind: &str| kind == "number" || kind == "integer";
            let fits = |kind: &&str| wanted.iter().any(|wanted| wanted == kind || (number(wanted) && number(kind)));
            if !kinds.iter().any(fits) {
                let kinds: Vec<&str> = kinds.into_iter().collect();
                let (shown, wanted) = (name.path.join("."), wanted.join(" or "));
                let message = format!("{shown} is of type {}, and the action takes {wanted}", kinds.join(" or "));
                let mut finding = Diagnostic::error("backstage-template-input", path, message);
                if wanted == "string" {
                    finding = finding.with_help("A sole expression keeps its type. Append `| dump`, or put text around it.");
                }
                findings.push((finding, Focus::new(text, &name)));
            }
        }
        _ => {}
    }
}

/// An output that is read although its step may have been left out.
fn left_out(template: &Template<'_>, read: &Read) -> Option<Diagnostic> {
    let [steps, id, output, ..] = read.name.path.as_slice() else { return None };
    if !read.sole || steps != "steps" || output != "output" || matches!(read.place, Place::If(_)) {
        return None;
    }
    let at = template.step_ids().iter().rposition(|known| known == id)?;
    let condition = |at: usize| template.steps().nth(at).and_then(|(_, step)| step.get("if"));
    if condition(at).is_none_or(|condition| condition == &Value::Bool(true)) {
        return None;
    }
    if template.steps().nth(at)?.1.get("each").is_some() {
        return None;
    }
    let reader = match read.place {
        Place::Input(at) | Place::Each(at) | Place::If(at) => condition(at),
        // A link has a condition of its own.
        Place::Output => {
            let (link, _) = read.path.rsplit_once('/')?;
            template.value.pointer(link).and_then(|link| link.get("if"))
        }
    };
    if reader.is_some() {
        return None;
    }
    let message = format!("Step {id} has a condition: when it is left out, this is undefined");
    Some(Diagnostic::info("backstage-template-left-out", read.path.as_str(), message))
}
