//! Relations that the built-in kinds and templates emit, in both directions.

use serde_json::Value;

use super::reference::{Defaults, EntityRef};
use crate::lang::javascript::{to_text, truthy};
use crate::text::pointer;
use crate::{Error, Result};

/// One directed relation between canonical refs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Relation {
    /// Canonical ref of the entity that has the relation.
    pub source: String,
    /// `ownedBy`, `hasPart` …
    pub kind: &'static str,
    /// Canonical ref of the other entity.
    pub target: String,
}

/// A field of `spec` that refers to other entities.
#[derive(Debug, Clone, Copy)]
pub struct ReferenceField {
    /// The field's name in `spec`.
    pub field: &'static str,
    /// The kind it takes when the reference names none.
    pub default_kind: Option<&'static str>,
    /// The relation of the entity itself.
    pub outgoing: &'static str,
    /// The relation of the target.
    pub incoming: &'static str,
}

const fn field(field: &'static str, default_kind: Option<&'static str>, outgoing: &'static str, incoming: &'static str) -> ReferenceField {
    ReferenceField { field, default_kind, outgoing, incoming }
}

const OWNER: ReferenceField = field("owner", Some("Group"), "ownedBy", "ownerOf");
const SYSTEM: ReferenceField = field("system", Some("System"), "partOf", "hasPart");
const DEPENDS_ON: ReferenceField = field("dependsOn", None, "dependsOn", "dependencyOf");
const DEPENDENCY_OF: ReferenceField = field("dependencyOf", None, "dependencyOf", "dependsOn");

const COMPONENT: &[ReferenceField] = &[
    OWNER,
    field("subcomponentOf", Some("Component"), "partOf", "hasPart"),
    field("providesApis", Some("API"), "providesApi", "apiProvidedBy"),
    field("consumesApis", Some("API"), "consumesApi", "apiConsumedBy"),
    DEPENDS_ON,
    DEPENDENCY_OF,
    SYSTEM,
];
const API: &[ReferenceField] = &[OWNER, SYSTEM];
const RESOURCE: &[ReferenceField] = &[OWNER, DEPENDS_ON, DEPENDENCY_OF, SYSTEM];
const USER: &[ReferenceField] = &[field("memberOf", Some("Group"), "memberOf", "hasMember")];
const GROUP: &[ReferenceField] = &[
    field("parent", Some("Group"), "childOf", "parentOf"),
    field("children", Some("Group"), "parentOf", "childOf"),
    field("members", Some("User"), "hasMember", "memberOf"),
];
const SYSTEM_FIELDS: &[ReferenceField] = &[OWNER, field("domain", Some("Domain"), "partOf", "hasPart")];
const DOMAIN: &[ReferenceField] = &[OWNER, field("subdomainOf", Some("Domain"), "partOf", "hasPart")];
const TEMPLATE: &[ReferenceField] = &[OWNER];

/// The reference fields of a kind, in upstream's order of emission.
pub fn reference_fields(api_version: &str, kind: &str) -> &'static [ReferenceField] {
    match kind {
        "Component" => COMPONENT,
        "API" => API,
        "Resource" => RESOURCE,
        "User" => USER,
        "Group" => GROUP,
        "System" => SYSTEM_FIELDS,
        "Domain" => DOMAIN,
        "Template" if api_version == super::kinds::TEMPLATE_API_VERSION => TEMPLATE,
        _ => &[],
    }
}

/// Every field that makes references, kind by kind.
pub fn every_field() -> impl Iterator<Item = &'static ReferenceField> {
    [COMPONENT, API, RESOURCE, USER, GROUP, SYSTEM_FIELDS, DOMAIN, TEMPLATE].into_iter().flatten()
}

/// A reference that an entity makes, with the place it is written at.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The field it is in.
    pub field: ReferenceField,
    /// JSON pointer to the text.
    pub path: String,
    /// What it refers to.
    pub target: EntityRef,
}

/// Every reference in `spec`, in upstream's order, or the first that cannot be read with its pointer.
pub fn references(entity: &Value) -> Result<Vec<Reference>, (String, Error)> {
    let at_root = |message: &str| (String::new(), Error::upstream(message));
    let metadata = entity.get("metadata").filter(|metadata| !metadata.is_null());
    let metadata = metadata.ok_or_else(|| at_root("Cannot read properties of undefined (reading 'namespace')"))?;
    let (Some(kind), api_version) = (entity.get("kind").and_then(Value::as_str), entity.get("apiVersion").and_then(Value::as_str)) else {
        return Ok(Vec::new());
    };
    let fields = reference_fields(api_version.unwrap_or_default(), kind);
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    let spec = entity.get("spec").filter(|spec| !spec.is_null());
    let spec = spec.ok_or_else(|| at_root("Cannot read properties of undefined (reading 'owner')"))?;
    let namespace = metadata.get("namespace").filter(|namespace| truthy(namespace)).map(to_text);
    let mut found = Vec::new();
    for field in fields {
        let Some(targets) = spec.get(field.field).filter(|targets| truthy(targets)) else { continue };
        let defaults = Defaults { kind: field.default_kind, namespace: namespace.as_deref() };
        let path = format!("/spec/{}", field.field);
        let mut read = |value: &Value, path: String| match EntityRef::from_value(value, defaults) {
            Ok(target) => {
                found.push(Reference { field: *field, path, target });
                Ok(())
            }
            Err(error) => Err((path, error)),
        };
        match targets {
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    read(item, pointer::join(&path, at))?;
                }
            }
            other => read(other, path)?,
        }
    }
    Ok(found)
}

/// The relations that an entity emits, both directions of each reference in turn
/// (`BuiltinKindsEntityProcessor`, then `ScaffolderEntitiesProcessor`).
pub fn relations(entity: &Value) -> Result<Vec<Relation>, (String, Error)> {
    let references = references(entity)?;
    if references.is_empty() {
        return Ok(Vec::new());
    }
    let own =
        EntityRef::of(entity).ok_or_else(|| (String::new(), Error::upstream("kind, namespace and name must be strings")))?.canonical();
    let mut relations = Vec::with_capacity(references.len() * 2);
    for reference in references {
        let target = reference.target.canonical();
        relations.push(Relation { source: own.clone(), kind: reference.field.outgoing, target: target.clone() });
        relations.push(Relation { source: target, kind: reference.field.incoming, target: own.clone() });
    }
    Ok(relations)
}
