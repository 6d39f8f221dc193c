//! The kinds that the server knows, and the schema of each one's `spec`.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::refusal::{Refusal, Stage};
use crate::lang::jsonschema::ajv::{Library, Schema, Violation};
use crate::text::pointer::member_of;

/// The `apiVersion` of software templates.
pub const TEMPLATE_API_VERSION: &str = "scaffolder.backstage.io/v1beta3";

/// The two interchangeable `apiVersion`s of the built-in kinds.
pub const BUILTIN_API_VERSIONS: &[&str] = &["backstage.io/v1alpha1", "backstage.io/v1beta1"];

/// The built-in kinds, and the template, in the spelling they must have.
pub const KINDS: &[&str] = &["API", "Component", "Resource", "Group", "Location", "User", "System", "Domain", "Template"];

fn text() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

fn texts() -> Value {
    json!({ "type": "array", "items": text() })
}

/// An object schema: required names first, then every property.
fn object(required: &[&str], properties: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> = properties.iter().map(|(key, schema)| ((*key).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn profile() -> Value {
    object(&[], &[("displayName", text()), ("email", text()), ("picture", text())])
}

/// The schema of `spec`; `None` for kinds that nobody recognises.
fn spec_schema(kind: &str) -> Option<Value> {
    Some(match kind {
        "Component" => object(
            &["type", "lifecycle", "owner"],
            &[
                ("type", text()),
                ("lifecycle", text()),
                ("owner", text()),
                ("system", text()),
                ("subcomponentOf", text()),
                ("providesApis", texts()),
                ("consumesApis", texts()),
                ("dependsOn", texts()),
            ],
        ),
        "API" => object(
            &["type", "lifecycle", "owner", "definition"],
            &[("type", text()), ("lifecycle", text()), ("owner", text()), ("system", text()), ("definition", text())],
        ),
        "Resource" => object(&["type", "owner"], &[("type", text()), ("owner", text()), ("dependsOn", texts()), ("system", text())]),
        "Group" => object(
            &["type", "children"],
            &[("type", text()), ("profile", profile()), ("parent", text()), ("children", texts()), ("members", texts())],
        ),
        "User" => object(&["memberOf"], &[("profile", profile()), ("memberOf", texts())]),
        "System" => object(&["owner"], &[("owner", text()), ("domain", text()), ("type", text())]),
        "Domain" => object(&["owner"], &[("owner", text()), ("subdomainOf", text()), ("type", text())]),
        "Location" => object(
            &[],
            &[
                ("type", text()),
                ("target", text()),
                ("targets", texts()),
                ("presence", json!({ "type": "string", "enum": ["required", "optional"] })),
            ],
        ),
        "Template" => template_spec(),
        _ => return None,
    })
}

fn template_spec() -> Value {
    let any_text = || json!({ "type": "string" });
    let permissions = || object(&[], &[("tags", json!({ "type": "array", "items": { "type": "string" } }))]);
    let page = || object(&[], &[("backstage:permissions", permissions())]);
    let condition = || json!({ "type": ["string", "boolean"] });
    let list = |item: Value| json!({ "type": "array", "items": item });
    let decorators = || list(object(&[], &[("id", any_text()), ("input", json!({ "type": "object" }))]));
    let step = object(
        &["action"],
        &[
            ("id", any_text()),
            ("name", any_text()),
            ("action", any_text()),
            ("input", json!({ "type": "object" })),
            ("if", condition()),
            ("backstage:permissions", permissions()),
        ],
    );
    let link = object(&[], &[("if", condition()), ("url", text()), ("entityRef", text()), ("title", text()), ("icon", text())]);
    let words = object(&[], &[("if", condition()), ("title", text()), ("icon", text()), ("content", any_text())]);
    let mut output = object(&[], &[("links", list(link)), ("text", list(words))]);
    if let Value::Object(members) = &mut output {
        members.insert("additionalProperties".to_owned(), any_text());
    }
    let labels = object(&[], &[("backButtonText", any_text()), ("createButtonText", any_text()), ("reviewButtonText", any_text())]);
    object(
        &["type", "steps"],
        &[
            ("type", text()),
            ("owner", text()),
            ("lifecycle", text()),
            ("parameters", json!({ "oneOf": [page(), list(page())] })),
            ("secrets", object(&[], &[("schema", json!({ "type": "object" }))])),
            ("presentation", object(&[], &[("buttonLabels", labels)])),
            ("EXPERIMENTAL_recovery", object(&[], &[("EXPERIMENTAL_strategy", any_text())])),
            ("formDecorators", decorators()),
            ("EXPERIMENTAL_formDecorators", decorators()),
            ("steps", list(step)),
            ("output", output),
        ],
    )
}

/// The whole-entity schema of a kind, without the common entity schema.
fn kind_schema(kind: &str) -> Option<&'static Schema> {
    static SCHEMAS: OnceLock<Vec<(&'static str, Schema)>> = OnceLock::new();
    let schemas = SCHEMAS.get_or_init(|| {
        let library = Library::default();
        let compile = |kind: &&'static str| {
            let spec = spec_schema(kind)?;
            Some((*kind, library.compile(&object(&["spec"], &[("spec", spec)])).ok()?))
        };
        KINDS.iter().filter_map(compile).collect()
    });
    schemas.iter().find(|(known, _)| *known == kind).map(|(_, schema)| schema)
}

/// Whether a built-in processor knows this pair.
pub fn is_recognized(api_version: &str, kind: &str) -> bool {
    match kind {
        "Template" => api_version == TEMPLATE_API_VERSION,
        _ => KINDS.contains(&kind) && BUILTIN_API_VERSIONS.contains(&api_version),
    }
}

/// The processor whose errors a kind's violations appear under.
fn processor(kind: &str) -> &'static str {
    if kind == "Template" { "ScaffolderEntitiesProcessor" } else { "BuiltinKindsEntityProcessor" }
}

/// Every violation of the kind's schema, in Ajv's order; empty also for kinds that nobody knows.
pub fn violations(entity: &Value) -> Vec<Violation> {
    let text = |key: &str| member_of(entity, key).and_then(Value::as_str).unwrap_or_default();
    if !is_recognized(text("apiVersion"), text("kind")) {
        return Vec::new();
    }
    kind_schema(text("kind")).map(|schema| schema.validate_all(entity)).unwrap_or_default()
}

/// `<instancePath> <message> - <params>`, as Backstage prints an Ajv error.
pub fn print_violation(violation: &Violation) -> String {
    let at = if violation.instance_path.is_empty() { "<root>" } else { &violation.instance_path };
    format!("{at} {} - {}", violation.message, violation.params)
}

/// The validation stage: some processor must know the kind, and its schema must hold.
pub fn validate(entity: &Value, entity_ref: &str) -> Result<(), Refusal> {
    let text = |key: &str| member_of(entity, key).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if !is_recognized(api_version, kind) {
        let message = format!("No processor recognized the entity {entity_ref} as valid, possibly caused by a foreign kind or apiVersion");
        let path = if KINDS.contains(&kind) { "/apiVersion" } else { "/kind" };
        return Err(Refusal::new(Stage::Unrecognized, "InputError", message).at(path));
    }
    match violations(entity).first() {
        None => Ok(()),
        Some(first) => {
            let cause = Refusal::new(Stage::Kind, "TypeError", print_violation(first)).at(place(first));
            let outer = format!("Processor {} threw an error while validating the entity {entity_ref}", processor(kind));
            Err(cause.caused(Stage::Kind, "InputError", &outer))
        }
    }
}

/// The pointer to report: the missing or additional property itself has none yet.
pub(crate) fn place(violation: &Violation) -> String {
    match violation.params.strip_prefix("additionalProperty: ") {
        Some(key) => crate::text::pointer::join(&violation.instance_path, key),
        None => violation.instance_path.clone(),
    }
}
