//! Who an object is, whatever its version.

use std::collections::HashMap;
use std::fmt;

use foldhash::fast::RandomState;
use indexmap::{Equivalent, IndexMap};
use serde_json::Value;

use super::object;

/// `kube.ResourceKey` of gitops-engine: ordered and printed by group, kind,
/// namespace and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ResourceKey {
    /// API group, empty for core.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Namespace, empty for cluster scope.
    pub namespace: String,
    /// Name.
    pub name: String,
}

/// A map from keys, or from parts of them, with a quick hash; only asked, never walked.
pub(crate) type KeyMap<K, V> = HashMap<K, V, RandomState>;

/// A map from keys with a quick hash, walked in the order of insertion.
pub(crate) type KeyIndex<K, V> = IndexMap<K, V, RandomState>;

/// A [`ResourceKey`] read where the object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct KeyRef<'o> {
    pub(crate) group: &'o str,
    pub(crate) kind: &'o str,
    pub(crate) namespace: &'o str,
    pub(crate) name: &'o str,
}

impl<'o> KeyRef<'o> {
    /// The key of an object.
    pub(crate) fn of(object: &'o Value) -> Self {
        let found = object::group_version_kind(object);
        Self { group: found.group, kind: found.kind, namespace: object::namespace(object), name: object::name(object) }
    }

    /// The key with texts of its own.
    pub(crate) fn owned(self) -> ResourceKey {
        ResourceKey::new(self.group, self.kind, self.namespace, self.name)
    }
}

impl Equivalent<ResourceKey> for KeyRef<'_> {
    fn equivalent(&self, key: &ResourceKey) -> bool {
        self.name == key.name && self.namespace == key.namespace && self.kind == key.kind && self.group == key.group
    }
}

impl ResourceKey {
    /// A key of its four parts.
    pub fn new(group: impl Into<String>, kind: impl Into<String>, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { group: group.into(), kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }

    /// The key of an object: `kube.GetResourceKey`.
    pub fn of(object: &Value) -> Self {
        let found = object::group_version_kind(object);
        Self::new(found.group, found.kind, object::namespace(object), object::name(object))
    }

    /// As Go prints the struct where upstream forgot that only its pointer has a text.
    pub(crate) fn go_struct(&self) -> String {
        format!("{{{} {} {} {}}}", self.group, self.kind, self.namespace, self.name)
    }

    /// The same object in another namespace.
    #[must_use]
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self::new(&*self.group, &*self.kind, namespace, &*self.name)
    }

    /// Reads what [`fmt::Display`] prints.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/').map(str::to_owned);
        let key = Self { group: parts.next()?, kind: parts.next()?, namespace: parts.next()?, name: parts.next()? };
        parts.next().is_none().then_some(key)
    }
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{}/{}", self.group, self.kind, self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_borrowed_key_finds_an_owned_one() {
        let mut index: KeyIndex<ResourceKey, u8> = KeyIndex::default();
        index.insert(ResourceKey::new("apps", "Deployment", "shop", "web"), 1);
        let object = serde_json::json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}});
        let key = KeyRef::of(&object);
        assert_eq!((index.get(&key), key.owned()), (Some(&1), ResourceKey::of(&object)));
        assert_eq!(index.get(&KeyRef { name: "other", ..key }), None);
    }
}
