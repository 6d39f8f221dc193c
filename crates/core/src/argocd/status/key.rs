//! The identity of a resource: everything but its version.

use std::fmt;

use crate::Value;
use crate::argocd::unstructured::{self, Gvk};

/// `kube.ResourceKey`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceKey {
    /// The group, empty for core.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace, empty for cluster-scoped kinds.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ResourceKey {
    /// The key of an object (`kube.GetResourceKey`).
    pub fn of(object: &Value) -> Self {
        let Gvk { group, kind, .. } = unstructured::gvk(object);
        Self {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: unstructured::namespace(object).to_owned(),
            name: unstructured::name(object).to_owned(),
        }
    }
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.group, self.kind, self.namespace, self.name)
    }
}
