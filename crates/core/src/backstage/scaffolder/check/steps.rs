//! The steps: their ids, their actions and what they pass to them.

use std::collections::HashMap;

use serde_json::Value;

use super::{Template, nearest, suggest};
use crate::lang::jsonschema::node;
use crate::text::{Diagnostic, pointer};

pub(super) fn check(template: &mut Template<'_>) {
    let mut findings = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for ((at, step), id) in template.steps().zip(template.step_ids()) {
        let path = format!("/spec/steps/{at}");
        if let Some(first) = seen.insert(id.clone(), at) {
            let message = format!("Step {first} has the id {id} too; only the last output stays");
            findings.push(Diagnostic::warning("backstage-template-duplicate-step", format!("{path}/id"), message));
        }
        let Some(Value::String(name)) = step.get("action") else { continue };
        let Some(action) = template.registry.get(name) else {
            let finding =
                Diagnostic::error("backstage-template-unknown-action", format!("{path}/action"), format!("There is no action {name}"));
            findings.push(suggest(finding, nearest(name, template.registry.ids())));
            continue;
        };
        if let Some(schema) = &action.input {
            input(name, schema, step.get("input"), &format!("{path}/input"), &mut findings);
        }
    }
    template.report_all(findings);
}

/// Members that the action does not take, lacks, or takes in another shape.
fn input(action: &str, schema: &Value, input: Option<&Value>, path: &str, findings: &mut Vec<Diagnostic>) {
    let none = Value::Object(serde_json::Map::new());
    let Value::Object(members) = input.unwrap_or(&none) else { return };
    let alternatives: Vec<&Value> = match schema.get("anyOf").and_then(Value::as_array) {
        Some(alternatives) => alternatives.iter().collect(),
        None => vec![schema],
    };
    let properties = |name: &str| alternatives.iter().find_map(|schema| schema.get("properties")?.get(name));
    let closed = alternatives.iter().all(|schema| schema.get("additionalProperties") == Some(&Value::Bool(false)));
    for (name, value) in members {
        let at = pointer::join(path, name);
        match properties(name) {
            None if closed => {
                let known = alternatives.iter().filter_map(|schema| schema.get("properties")?.as_object()).flat_map(|known| known.keys());
                let finding = Diagnostic::error("backstage-template-unknown-input", at, format!("{action} takes no {name}"));
                findings.push(suggest(finding, nearest(name, known.map(String::as_str))));
            }
            Some(schema) if !is_templated(value) => {
                for violation in node::validate(value, schema).unwrap_or_default() {
                    let place = violation.property.replacen("instance", name, 1);
                    findings.push(Diagnostic::error("backstage-template-input", at.as_str(), format!("{place} {}", violation.message)));
                }
            }
            _ => {}
        }
    }
    let missing = |schema: &&Value| -> Vec<String> {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        required.filter(|name| !members.contains_key(*name)).map(str::to_owned).collect()
    };
    if let Some(fewest) = alternatives.iter().map(missing).min_by_key(Vec::len) {
        for name in fewest {
            findings.push(Diagnostic::error("backstage-template-missing-input", path, format!("{action} needs {name}")));
        }
    }
}

/// Its value is not known before it is rendered.
fn is_templated(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("${{") || text.contains("{%") || text.contains("{#"),
        Value::Array(items) => items.iter().any(is_templated),
        Value::Object(members) => members.values().any(is_templated),
        _ => false,
    }
}
