//! Who an object is, whatever its version.

use std::fmt;

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

impl ResourceKey {
    /// The key of an object: `kube.GetResourceKey`.
    pub fn of(object: &Value) -> Self {
        let found = object::group_version_kind(object);
        Self {
            group: found.group.to_owned(),
            kind: found.kind.to_owned(),
            namespace: object::namespace(object).to_owned(),
            name: object::name(object).to_owned(),
        }
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
