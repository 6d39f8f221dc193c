//! Software templates: their pages, steps and outputs.

use schemars::JsonSchema;
use serde::Serialize;

use super::catalog::Catalog;
use crate::{Location, Value};

/// One software template.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// Canonical reference.
    #[serde(rename = "ref")]
    pub entity_ref: String,
    /// `metadata.title`, else its name.
    pub title: String,
    /// Canonical reference of the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The form, page by page.
    pub pages: Vec<Page>,
    /// What it does.
    pub steps: Vec<Step>,
    /// Names of the outputs.
    pub outputs: Vec<String>,
    /// Where it is written.
    pub location: Location,
}

/// One page of a form.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// Its fields.
    pub fields: Vec<FormField>,
}

/// One field of a form.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FormField {
    /// The parameter's name.
    pub name: String,
    /// Its JSON Schema type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether the form insists on it.
    pub required: bool,
    /// `ui:field`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picker: Option<String>,
}

/// One step.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Step {
    /// Its id.
    pub id: String,
    /// What people read.
    pub name: String,
    /// The action.
    pub action: String,
    /// `if`, as written.
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// The templates of a catalog.
pub fn read(catalog: &Catalog) -> Vec<Template> {
    catalog
        .entities
        .iter()
        .filter(|entity| entity.kind.eq_ignore_ascii_case("template"))
        .map(|entity| {
            let value = &entity.value;
            let steps = value.pointer("/spec/steps").and_then(Value::as_array);
            Template {
                entity_ref: entity.entity_ref.clone(),
                title: value.pointer("/metadata/title").and_then(Value::as_str).unwrap_or(&entity.name).to_owned(),
                owner: entity.owner.clone(),
                pages: pages(value),
                steps: steps.into_iter().flatten().enumerate().map(|(at, step)| self::step(at, step)).collect(),
                outputs: value
                    .pointer("/spec/output")
                    .and_then(Value::as_object)
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.clone())
                    .collect(),
                location: entity.location.clone(),
            }
        })
        .collect()
}

fn step(at: usize, step: &Value) -> Step {
    let text = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = text("id");
    let id = if id.is_empty() { format!("step-{}", at + 1) } else { id };
    let condition = step.get("if").filter(|value| !value.is_null());
    Step {
        name: if text("name").is_empty() { id.clone() } else { text("name") },
        id,
        action: text("action"),
        condition: condition.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
    }
}

/// `spec.parameters` is a list of pages, or one page.
fn pages(template: &Value) -> Vec<Page> {
    let page = |schema: &Value| {
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        Page {
            title: schema.get("title").and_then(Value::as_str).unwrap_or_default().to_owned(),
            fields: properties
                .into_iter()
                .flatten()
                .map(|(name, field)| FormField {
                    name: name.clone(),
                    kind: field.get("type").and_then(Value::as_str).unwrap_or("any").to_owned(),
                    required: required.contains(&name.as_str()),
                    picker: field.get("ui:field").and_then(Value::as_str).map(str::to_owned),
                })
                .collect(),
        }
    };
    match template.pointer("/spec/parameters") {
        Some(Value::Array(pages)) => pages.iter().map(page).collect(),
        Some(one @ Value::Object(_)) => vec![page(one)],
        _ => Vec::new(),
    }
}
