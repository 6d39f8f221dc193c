//! Stage 1: every page of the form.

use super::Finding;
use super::journey::Journey;
use crate::lang::jsonschema::node::{Violation, validate};
use crate::text::pointer;
use crate::{Result, Value};

pub(super) fn check(journey: &mut Journey<'_>) -> Result<Finding> {
    if let Err(error) = journey.read_values() {
        let mut problem = journey.problem(&journey.request.values, "", error.message);
        if let Some(at) = error.location {
            problem.location = crate::Location { file: journey.request.values.path.clone(), ..*at };
        }
        return Ok(Finding::failed("the values cannot be read", vec![problem]));
    }
    let values = Value::Object(journey.values.clone());
    let pages: Vec<&Value> = match journey.template.pointer("/spec/parameters") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(pages)) => pages.iter().collect(),
        Some(page) => vec![page],
    };
    let mut found = Finding::default();
    for page in &pages {
        let title = page.get("title").and_then(Value::as_str).unwrap_or("the form");
        let violations = validate(&values, page)?;
        for violation in &violations {
            let at = place(violation);
            let message = format!("{title}: {}", violation.stack().replacen("instance.", "", 1).replacen("instance ", "", 1));
            found.problems.push(journey.problem(&journey.request.values, &at, message));
        }
        let fields = page.get("properties").and_then(Value::as_object).map_or(0, serde_json::Map::len);
        let verdict = if violations.is_empty() { "valid" } else { "not valid" };
        found.product.push(format!("page {title}: {fields} fields, {verdict}"));
    }
    found.summary = match found.problems.len() {
        0 => format!("{} of {} pages valid", pages.len(), pages.len()),
        1 => "one answer is not accepted".into(),
        number => format!("{number} answers are not accepted"),
    };
    Ok(found)
}

/// `instance.a[0].b` as a pointer.
fn place(violation: &Violation) -> String {
    let mut at = String::new();
    for token in violation.property.split(['.', '[', ']']).skip(1).filter(|token| !token.is_empty()) {
        pointer::push(&mut at, token);
    }
    at
}
