//! The schema of custom kinds, the way an API server publishes a CustomResourceDefinition in OpenAPI v2.

use super::schema::{Atom, Field, Fields, List, MapType, Relationship, Scalar, Schemas, TypeRef};
use crate::{Error, Map, Result, Value};

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const DEPTH: usize = 200;

/// Adds every version of a definition.
pub(super) fn add(schemas: &mut Schemas, crd: &Value) -> Result<()> {
    let spec = crd.get("spec").and_then(Value::as_object).ok_or_else(|| Error::invalid("a CustomResourceDefinition without spec"))?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("").to_owned();
    let group = text(spec.get("group"));
    let kind = text(spec.get("names").and_then(|names| names.get("kind")));
    let all_unknown = spec.get("preserveUnknownFields") == Some(&Value::Bool(true));
    for version in spec.get("versions").and_then(Value::as_array).into_iter().flatten() {
        let schema = version.get("schema").and_then(|schema| schema.get("openAPIV3Schema")).and_then(Value::as_object);
        let root = match schema.filter(|schema| structural(schema, 0)) {
            Some(schema) if !all_unknown && !flag(schema, "x-kubernetes-preserve-unknown-fields") => root(schemas, schema)?,
            _ => {
                let element = Some(schemas.deduced());
                schemas.push(Atom { map: Some(MapType { element, ..MapType::default() }), ..Atom::default() })
            }
        };
        schemas.register(&group, &text(version.get("name")), &kind, root);
    }
    Ok(())
}

fn flag(schema: &Map<String, Value>, name: &str) -> bool {
    schema.get(name) == Some(&Value::Bool(true))
}

fn ty(schema: &Map<String, Value>) -> &str {
    schema.get("type").and_then(Value::as_str).unwrap_or("")
}

/// A schema that is not structural is published without properties.
fn structural(schema: &Map<String, Value>, depth: usize) -> bool {
    if depth > DEPTH {
        return false;
    }
    let typed =
        !ty(schema).is_empty() || flag(schema, "x-kubernetes-int-or-string") || flag(schema, "x-kubernetes-preserve-unknown-fields");
    let nested = |value: &Value| value.as_object().is_none_or(|schema| structural(schema, depth + 1));
    typed
        && schema.get("properties").and_then(Value::as_object).is_none_or(|properties| properties.values().all(nested))
        && schema.get("items").is_none_or(nested)
        && schema.get("additionalProperties").is_none_or(nested)
}

fn root(schemas: &mut Schemas, schema: &Map<String, Value>) -> Result<TypeRef> {
    let mut fields = properties(schemas, schema, 0)?;
    type_meta(schemas, &mut fields);
    let relationship = map_relationship(schema);
    Ok(schemas.push(Atom { map: Some(MapType { fields, element: None, relationship }), ..Atom::default() }))
}

fn type_meta(schemas: &mut Schemas, fields: &mut Fields) {
    let text = schemas.push(Atom { scalar: Some(Scalar::String), ..Atom::default() });
    fields.insert("apiVersion".to_owned(), Field { ty: text, default: None });
    fields.insert("kind".to_owned(), Field { ty: text, default: None });
    fields.insert("metadata".to_owned(), Field { ty: schemas.named(OBJECT_META), default: None });
}

fn properties(schemas: &mut Schemas, schema: &Map<String, Value>, depth: usize) -> Result<Fields> {
    let mut fields = Fields::default();
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let Some(property) = property.as_object() else { continue };
        let ty = convert(schemas, property, depth + 1)?;
        let default = property.get("default").filter(|default| !default.is_null()).cloned();
        fields.insert(name.clone(), Field { ty, default });
    }
    Ok(fields)
}

fn map_relationship(schema: &Map<String, Value>) -> Relationship {
    if schema.get("x-kubernetes-map-type").and_then(Value::as_str) == Some("atomic") {
        Relationship::Atomic
    } else {
        Relationship::Separable
    }
}

fn convert(schemas: &mut Schemas, schema: &Map<String, Value>, depth: usize) -> Result<TypeRef> {
    if depth > DEPTH {
        return Err(Error::limit("schema is nested too deeply"));
    }
    let scalar = |scalar| Atom { scalar: Some(scalar), ..Atom::default() };
    let free = flag(schema, "x-kubernetes-preserve-unknown-fields");
    let atom = match ty(schema) {
        "string" => scalar(Scalar::String),
        "integer" | "number" => scalar(Scalar::Numeric),
        "boolean" => scalar(Scalar::Boolean),
        "array" if !free => match schema.get("items").and_then(Value::as_object) {
            Some(items) => list(schemas, schema, items, depth)?,
            None => return Ok(schemas.deduced()),
        },
        "object" if !free => object(schemas, schema, depth)?,
        _ => return Ok(schemas.deduced()),
    };
    Ok(schemas.push(atom))
}

fn list(schemas: &mut Schemas, schema: &Map<String, Value>, items: &Map<String, Value>, depth: usize) -> Result<Atom> {
    let element = convert(schemas, items, depth + 1)?;
    let (relationship, keys) = match schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("set") => (Relationship::Associative, Vec::new()),
        Some("map") => {
            let keys =
                schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array).ok_or_else(|| Error::upstream("missing map keys"))?;
            (Relationship::Associative, keys.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        _ => (Relationship::Atomic, Vec::new()),
    };
    Ok(Atom { list: Some(List { element, relationship, keys }), ..Atom::default() })
}

fn object(schemas: &mut Schemas, schema: &Map<String, Value>, depth: usize) -> Result<Atom> {
    let mut fields = properties(schemas, schema, depth)?;
    if flag(schema, "x-kubernetes-embedded-resource") {
        type_meta(schemas, &mut fields);
    }
    let element = if fields.is_empty() {
        Some(match schema.get("additionalProperties").and_then(Value::as_object) {
            Some(additional) => convert(schemas, additional, depth + 1)?,
            None => schemas.deduced(),
        })
    } else {
        None
    };
    Ok(Atom { map: Some(MapType { fields, element, relationship: map_relationship(schema) }), ..Atom::default() })
}
