//! Relations that the built-in kinds and templates emit, in both directions.

use std::borrow::Cow;

use serde_json::Value;
use smallvec::SmallVec;
use smol_str::SmolStr;

use super::reference::{Defaults, EntityRef, Parts};
use crate::lang::javascript::{to_text, truthy};
use crate::text::pointer::member_of;
use crate::{Error, Result};

/// One directed relation between canonical refs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Relation<'a> {
    /// Canonical ref of the entity that has the relation.
    pub source: &'a str,
    /// `ownedBy`, `hasPart` …
    pub kind: &'static str,
    /// Canonical ref of the other entity.
    pub target: &'a str,
}

/// The relations that one entity emits. Each reference is kept once, for both of its directions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relations {
    /// Canonical ref of the entity.
    own: SmolStr,
    /// The field and the canonical ref in it.
    targets: Vec<(&'static ReferenceField, SmolStr)>,
}

impl Relations {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.targets.len() * 2
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// In upstream's order: for each reference the entity's own relation, then the target's.
    pub fn iter(&self) -> impl Iterator<Item = Relation<'_>> {
        let own = self.own.as_str();
        self.targets.iter().flat_map(move |(field, target)| {
            let target = target.as_str();
            let outgoing = Relation { source: own, kind: field.outgoing, target };
            [outgoing, Relation { source: target, kind: field.incoming, target: own }]
        })
    }
}

/// A field of `spec` that refers to other entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// A reference that cannot be read: its pointer, and why.
type Unreadable = (String, Error);

/// Every reference in `spec`, in upstream's order, or the first that cannot be read with its pointer.
pub fn references(entity: &Value) -> Result<Vec<Reference>, Unreadable> {
    let mut found = Vec::new();
    each_reference(entity, |field, index, target| {
        found.push(Reference { field: *field, path: path(field, index), target: target.owned() });
    })?;
    Ok(found)
}

fn path(field: &ReferenceField, index: Option<usize>) -> String {
    match index {
        None => format!("/spec/{}", field.field),
        Some(index) => format!("/spec/{}/{index}", field.field),
    }
}

/// Calls `visit` with every reference: the field, the position in its list if it is one, and the target.
fn each_reference(entity: &Value, mut visit: impl FnMut(&'static ReferenceField, Option<usize>, Parts<'_>)) -> Result<(), Unreadable> {
    let at_root = |message: &str| (String::new(), Error::upstream(message));
    let metadata = member_of(entity, "metadata").filter(|metadata| !metadata.is_null());
    let metadata = metadata.ok_or_else(|| at_root("Cannot read properties of undefined (reading 'namespace')"))?;
    let text = |key: &str| member_of(entity, key).and_then(Value::as_str);
    let (Some(kind), api_version) = (text("kind"), text("apiVersion")) else {
        return Ok(());
    };
    let fields = reference_fields(api_version.unwrap_or_default(), kind);
    if fields.is_empty() {
        return Ok(());
    }
    let spec = member_of(entity, "spec").filter(|spec| !spec.is_null());
    let spec = spec.ok_or_else(|| at_root("Cannot read properties of undefined (reading 'owner')"))?;
    let namespace: Option<Cow<'_, str>> =
        member_of(metadata, "namespace").filter(|namespace| truthy(namespace)).map(|namespace| match namespace {
            Value::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(to_text(other)),
        });
    for field in fields {
        let Some(targets) = member_of(spec, field.field).filter(|targets| truthy(targets)) else { continue };
        let defaults = Defaults { kind: field.default_kind, namespace: namespace.as_deref() };
        let mut read = |value: &Value, index: Option<usize>| match Parts::from_value(value, defaults) {
            Ok(target) => {
                visit(field, index, target);
                Ok(())
            }
            Err(error) => Err((path(field, index), error)),
        };
        match targets {
            Value::Array(items) => items.iter().enumerate().try_for_each(|(at, item)| read(item, Some(at)))?,
            other => read(other, None)?,
        }
    }
    Ok(())
}

/// The relations that an entity emits, both directions of each reference in turn
/// (`BuiltinKindsEntityProcessor`, then `ScaffolderEntitiesProcessor`).
pub fn relations(entity: &Value) -> Result<Relations, Unreadable> {
    let mut found: SmallVec<[(&'static ReferenceField, SmolStr); 12]> = SmallVec::new();
    let mut text = String::with_capacity(64);
    each_reference(entity, |field, _, target| {
        text.clear();
        target.canonical_into(&mut text);
        found.push((field, SmolStr::new(&text)));
    })?;
    if found.is_empty() {
        return Ok(Relations::default());
    }
    let own = Parts::of(entity).ok_or_else(|| (String::new(), Error::upstream("kind, namespace and name must be strings")))?;
    text.clear();
    own.canonical_into(&mut text);
    Ok(Relations { own: SmolStr::new(&text), targets: found.into_vec() })
}
