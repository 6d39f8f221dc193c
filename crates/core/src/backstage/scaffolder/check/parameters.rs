//! The form: parameters that are read but not asked for, and the other way round.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::expressions::Read;
use super::{Template, nearest, suggest};
use crate::text::{Diagnostic, pointer};

/// How deep conditions of a form may nest.
const MAX_DEPTH: usize = 50;

pub(super) fn check(template: &mut Template<'_>, reads: &[Read]) {
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    walk(template.value, &mut |name, path, _| {
        asked.entry(name.to_owned()).or_insert_with(|| path.to_owned());
    });
    let mut used = HashSet::new();
    let mut all = false;
    for read in reads.iter().filter(|read| read.name.path.first().is_some_and(|name| name == "parameters")) {
        let Some(name) = read.name.path.get(1) else {
            all = true;
            continue;
        };
        used.insert(name.as_str());
        if !asked.contains_key(name) {
            let finding =
                Diagnostic::error("backstage-template-unknown-parameter", read.path.as_str(), format!("The form asks for no {name}"));
            template.report(suggest(finding, nearest(name, asked.keys().map(String::as_str))), read.focus.clone());
        }
    }
    if all {
        return;
    }
    for (name, path) in asked.iter().filter(|(name, _)| !used.contains(name.as_str())) {
        let message = format!("The form asks for {name}, which no step and no output reads");
        template.report(Diagnostic::warning("backstage-template-unused-parameter", path.as_str(), message), None);
    }
}

/// What is told of a field: its name, its place and its schema.
type Visit<'v, 'a> = &'v mut dyn FnMut(&str, &str, &'a Value);

/// Visits every field that the form's pages may give, also those of conditions.
pub(super) fn walk<'a>(template: &'a Value, visit: Visit<'_, 'a>) {
    match template.pointer("/spec/parameters") {
        Some(Value::Array(pages)) => {
            pages.iter().enumerate().for_each(|(at, page)| fields(page, &format!("/spec/parameters/{at}"), 0, visit));
        }
        Some(page) => fields(page, "/spec/parameters", 0, visit),
        None => {}
    }
}

fn fields<'a>(schema: &'a Value, path: &str, depth: usize, visit: Visit<'_, 'a>) {
    if depth > MAX_DEPTH {
        return;
    }
    if let Some(Value::Object(properties)) = schema.get("properties") {
        for (name, member) in properties {
            visit(name, &pointer::join(&format!("{path}/properties"), name), member);
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        if let Some(Value::Array(parts)) = schema.get(key) {
            parts.iter().enumerate().for_each(|(at, part)| fields(part, &format!("{path}/{key}/{at}"), depth + 1, visit));
        }
    }
    for key in ["if", "then", "else"] {
        if let Some(part) = schema.get(key) {
            fields(part, &format!("{path}/{key}"), depth + 1, visit);
        }
    }
    for key in ["dependencies", "dependentSchemas"] {
        if let Some(Value::Object(parts)) = schema.get(key) {
            parts.iter().for_each(|(name, part)| fields(part, &pointer::join(&format!("{path}/{key}"), name), depth + 1, visit));
        }
    }
}
