//! Entity references: `[kind:][namespace/]name`.

use std::fmt;

use serde_json::Value;

use crate::lang::javascript::{stringify, truthy};
use crate::text::pointer::member_of;
use crate::{Error, Result};

/// The namespace of entities that name none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// A full reference in the case it was written in (upstream `CompoundEntityRef`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntityRef {
    /// `Component`, `user` … as written.
    pub kind: String,
    /// As written.
    pub namespace: String,
    /// As written.
    pub name: String,
}

/// What a reference takes when it leaves its kind or namespace out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Defaults<'a> {
    /// The kind, if the field has one.
    pub kind: Option<&'a str>,
    /// The namespace; absent or empty means `default`.
    pub namespace: Option<&'a str>,
}

/// A reference whose parts belong to somebody else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Parts<'a> {
    /// Reads a reference (upstream `parseEntityRef` on a string). Lenient as upstream: only emptiness is refused.
    fn parse(text: &'a str, defaults: Defaults<'a>) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::upstream("Entity reference must not be empty"));
        }
        let slash = text.find('/');
        let colon = text.find(':').filter(|colon| slash.is_none_or(|slash| slash > *colon));
        let kind = colon.and_then(|colon| text.get(..colon));
        let after_kind = colon.map_or(0, |colon| colon + 1);
        let namespace = slash.and_then(|slash| text.get(after_kind..slash));
        let name = text.get(after_kind.max(slash.map_or(0, |slash| slash + 1))..).unwrap_or_default();
        if kind == Some("") || namespace == Some("") || name.is_empty() {
            return Err(Error::upstream(format!("Entity reference \"{text}\" was not on the form [<kind>:][<namespace>/]<name>")));
        }
        Self::complete(kind, namespace, Some(name), defaults, || stringify(&Value::String(text.to_owned())))
    }

    /// Reads a reference given as a string or an object (upstream `parseEntityRef`).
    pub(super) fn from_value(value: &'a Value, defaults: Defaults<'a>) -> Result<Self> {
        if !truthy(value) {
            return Err(Error::upstream("Entity reference must not be empty"));
        }
        if let Value::String(text) = value {
            return Self::parse(text, defaults);
        }
        let textual = || stringify(value);
        let part = |key: &str| -> Result<Option<&'a str>> {
            match value.get(key) {
                None | Some(Value::Null) => Ok(None),
                Some(Value::String(text)) => Ok(Some(text)),
                Some(other) if !truthy(other) => Ok(Some("")),
                Some(_) => Err(Error::upstream(format!("Entity reference {} has a {key} that is not a string", textual()))),
            }
        };
        Self::complete(part("kind")?, part("namespace")?, part("name")?, defaults, textual)
    }

    fn complete(
        kind: Option<&'a str>,
        namespace: Option<&'a str>,
        name: Option<&'a str>,
        defaults: Defaults<'a>,
        textual: impl Fn() -> String,
    ) -> Result<Self> {
        let default_namespace = defaults.namespace.filter(|namespace| !namespace.is_empty()).unwrap_or(DEFAULT_NAMESPACE);
        let missing = |what: &str| Error::upstream(format!("Entity reference {} had missing or empty {what}", textual()));
        let given = |part: Option<&'a str>| part.filter(|part| !part.is_empty());
        Ok(Self {
            kind: given(kind.or(defaults.kind)).ok_or_else(|| missing("kind (e.g. did not start with \"component:\" or similar)"))?,
            namespace: given(namespace.or(Some(default_namespace))).ok_or_else(|| missing("namespace"))?,
            name: given(name).ok_or_else(|| missing("name"))?,
        })
    }

    /// The reference of an entity; `None` when a part is not a string.
    pub(super) fn of(entity: &'a Value) -> Option<Self> {
        let metadata = member_of(entity, "metadata")?;
        let namespace = match member_of(metadata, "namespace") {
            Some(Value::String(namespace)) if !namespace.is_empty() => namespace,
            Some(other) if truthy(other) => return None,
            _ => DEFAULT_NAMESPACE,
        };
        Some(Self { kind: member_of(entity, "kind")?.as_str()?, namespace, name: member_of(metadata, "name")?.as_str()? })
    }

    /// The reference of an entity that has passed the envelope.
    fn of_enveloped(entity: &'a Value) -> Self {
        let metadata = member_of(entity, "metadata");
        let namespace = metadata.and_then(|metadata| member_of(metadata, "namespace")).and_then(Value::as_str).unwrap_or(DEFAULT_NAMESPACE);
        Self { kind: text(member_of(entity, "kind")), namespace, name: text(metadata.and_then(|metadata| member_of(metadata, "name"))) }
    }

    /// Appends `kind:namespace/name` in lower case.
    pub(super) fn canonical_into(self, out: &mut String) {
        out.reserve(self.kind.len() + self.namespace.len() + self.name.len() + 2);
        let start = out.len();
        if self.kind.is_ascii() && self.namespace.is_ascii() && self.name.is_ascii() {
            for part in [self.kind, ":", self.namespace, "/", self.name] {
                out.push_str(part);
            }
            if let Some(written) = out.get_mut(start..) {
                written.make_ascii_lowercase();
            }
            return;
        }
        for (part, behind) in [(self.kind, ":"), (self.namespace, "/"), (self.name, "")] {
            out.push_str(&part.to_lowercase());
            out.push_str(behind);
        }
    }

    fn canonical(self) -> String {
        let mut out = String::new();
        self.canonical_into(&mut out);
        out
    }

    pub(super) fn owned(self) -> EntityRef {
        EntityRef { kind: self.kind.to_owned(), namespace: self.namespace.to_owned(), name: self.name.to_owned() }
    }
}

impl EntityRef {
    /// Reads a reference (upstream `parseEntityRef` on a string). Lenient as upstream: only emptiness is refused.
    pub fn parse(text: &str, defaults: Defaults<'_>) -> Result<Self> {
        Parts::parse(text, defaults).map(Parts::owned)
    }

    /// Reads a reference given as a string or an object (upstream `parseEntityRef`).
    pub fn from_value(value: &Value, defaults: Defaults<'_>) -> Result<Self> {
        Parts::from_value(value, defaults).map(Parts::owned)
    }

    /// The reference of an entity (upstream `getCompoundEntityRef`); `None` when a part is not a string.
    pub fn of(entity: &Value) -> Option<Self> {
        Parts::of(entity).map(Parts::owned)
    }

    /// `kind:namespace/name` in lower case: the form that is compared (upstream `stringifyEntityRef`).
    pub fn canonical(&self) -> String {
        Parts { kind: &self.kind, namespace: &self.namespace, name: &self.name }.canonical()
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.kind, self.namespace, self.name)
    }
}

/// The canonical ref of an entity that has passed the envelope (upstream `stringifyEntityRef` on an entity).
pub fn stringify_entity(entity: &Value) -> String {
    Parts::of_enveloped(entity).canonical()
}

fn lower(part: &str) -> impl Iterator<Item = u8> + '_ {
    part.bytes().map(|byte| byte.to_ascii_lowercase())
}

/// Whether [`stringify_entity`] would give this.
pub(super) fn is_ref_of(entity: &Value, canonical: &str) -> bool {
    let Parts { kind, namespace, name } = Parts::of_enveloped(entity);
    if !(kind.is_ascii() && namespace.is_ascii() && name.is_ascii()) {
        return stringify_entity(entity) == canonical;
    }
    lower(kind).chain(*b":").chain(lower(namespace)).chain(*b"/").chain(lower(name)).eq(canonical.bytes())
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_leniently() {
        let defaults = Defaults { kind: Some("component"), namespace: None };
        for (text, kind, namespace, name) in [
            ("a:b:c", "a", "default", "b:c"),
            ("a:b/c/d", "a", "b", "c/d"),
            ("a/b:c", "component", "a", "b:c"),
            ("x", "component", "default", "x"),
        ] {
            let got = EntityRef::parse(text, defaults).unwrap();
            assert_eq!((got.kind.as_str(), got.namespace.as_str(), got.name.as_str()), (kind, namespace, name));
        }
        assert!(EntityRef::parse("x", Defaults::default()).is_err());
        assert!(EntityRef::parse("a:/b", defaults).is_err());
    }
}
