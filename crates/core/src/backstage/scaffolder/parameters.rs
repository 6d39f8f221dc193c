//! Form values and secrets against what a template asks for, as the server checks them.

use serde_json::Value;

use crate::Result;
use crate::lang::jsonschema::node::{Violation, validate};

/// The violations of the first page that the values do not satisfy. Defaults are never applied.
pub fn check_values(parameters: Option<&Value>, values: &Value) -> Result<Vec<Violation>> {
    let pages: Vec<&Value> = match parameters {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(pages)) => pages.iter().collect(),
        Some(page) => vec![page],
    };
    for page in pages {
        let found = validate(values, page)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// The violations of the secrets, in words that do not show them.
pub fn check_secrets(schema: Option<&Value>, secrets: &Value) -> Result<Vec<Violation>> {
    let Some(schema) = schema.filter(|schema| crate::lang::javascript::truthy(schema)) else { return Ok(Vec::new()) };
    let found = validate(secrets, schema)?;
    Ok(found
        .into_iter()
        .map(|violation| {
            let property = violation.property.replacen("instance", "secrets", 1);
            let message = match &violation.argument {
                Some(name) if violation.name == "required" => format!("secrets.{name} is required"),
                _ => format!("{property} {}", violation.message),
            };
            Violation { property, message, ..violation }
        })
        .collect())
}
