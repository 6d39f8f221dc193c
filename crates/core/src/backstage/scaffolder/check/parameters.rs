//! The form: parameters that are read but not asked for, and the other way round.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::expressions::Read;
use super::{Template, nearest, suggest};
use crate::text::{Diagnostic, pointer};

/// How deep conditions of a form may nest.
const MAX_DEPTH: usize = 50;

pub(super) fn check(template: &mut Template<'_>, reads: &[Read]) {
    let mut asked = BTreeMap::new();
    match template.value.pointer("/spec/parameters") {
        Some(Value::Array(pages)) => {
            pages.iter().enumerate().for_each(|(at, page)| fields(page, &format!("/spec/parameters/{at}"), 0, &mut asked));
        }
        Some(page) => fields(page, "/spec/parameters", 0, &mut asked),
        None => {}
    }
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
            template.findings.push(suggest(finding, nearest(name, asked.keys().map(String::as_str))));
        }
    }
    if all {
        return;
    }
    for (name, path) in asked.iter().filter(|(name, _)| !used.contains(name.as_str())) {
        let message = format!("The form asks for {name}, which no step and no output reads");
        template.findings.push(Diagnostic::warning("backstage-template-unused-parameter", path.as_str(), message));
    }
}

/// The names that a page may give, with the places of the first mention.
fn fields(schema: &Value, path: &str, depth: usize, out: &mut BTreeMap<String, String>) {
    if depth > MAX_DEPTH {
        return;
    }
    if let Some(Value::Object(properties)) = schema.get("properties") {
        for name in properties.keys() {
            out.entry(name.clone()).or_insert_with(|| pointer::join(&format!("{path}/properties"), name));
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        if let Some(Value::Array(parts)) = schema.get(key) {
            parts.iter().enumerate().for_each(|(at, part)| fields(part, &format!("{path}/{key}/{at}"), depth + 1, out));
        }
    }
    for key in ["if", "then", "else"] {
        if let Some(part) = schema.get(key) {
            fields(part, &format!("{path}/{key}"), depth + 1, out);
        }
    }
    for key in ["dependencies", "dependentSchemas"] {
        if let Some(Value::Object(parts)) = schema.get(key) {
            parts.iter().for_each(|(name, part)| fields(part, &pointer::join(&format!("{path}/{key}"), name), depth + 1, out));
        }
    }
}
