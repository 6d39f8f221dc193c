//! Who an object is, whatever its version.

use std::fmt;

use crate::Value;
use crate::argocd::unstructured;

/// `kube.ResourceKey`: group, kind, namespace, name; ordered and printed in that order.
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
    /// A key of its four parts.
    pub fn new(group: impl Into<String>, kind: impl Into<String>, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { group: group.into(), kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }

    /// The key of a document (`kube.GetResourceKey`).
    pub fn of(object: &Value) -> Self {
        let gvk = unstructured::gvk(object);
        Self::new(gvk.group, gvk.kind, unstructured::namespace(object), unstructured::name(object))
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
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.group, self.kind, self.namespace, self.name)
    }
}
