//! What the comparison reads of an Application.

use super::CONTROLLER_NAMESPACE;
use crate::argocd::ignore::IgnoreRule;
use crate::argocd::unstructured;
use crate::{Error, Map, Result, Value};

/// An Application document, read where it is needed.
#[derive(Debug, Clone, Copy)]
pub struct Application<'a> {
    document: &'a Value,
}

impl<'a> Application<'a> {
    /// Takes a document.
    pub fn read(document: Option<&'a Value>) -> Result<Self> {
        match document {
            Some(document) if document.is_object() => Ok(Self { document }),
            _ => Err(Error::invalid("application is not an object")),
        }
    }

    /// `metadata.name`.
    pub fn name(&self) -> &'a str {
        unstructured::name(self.document)
    }

    /// `metadata.namespace`.
    pub fn namespace(&self) -> &'a str {
        unstructured::namespace(self.document)
    }

    /// `metadata.uid`.
    pub fn uid(&self) -> &'a str {
        unstructured::uid(self.document)
    }

    /// The name under which it tracks objects (`InstanceName`).
    pub fn instance_name(&self) -> String {
        match self.namespace() {
            "" | CONTROLLER_NAMESPACE => self.name().to_owned(),
            namespace => format!("{namespace}_{}", self.name()),
        }
    }

    /// `namespace/name` (`QualifiedName`).
    pub fn qualified_name(&self) -> String {
        match self.namespace() {
            "" => self.name().to_owned(),
            namespace => format!("{namespace}/{}", self.name()),
        }
    }

    fn spec(&self, path: &[&str]) -> Option<&'a Value> {
        let mut at = self.document.get("spec")?;
        for key in path {
            at = at.get(*key)?;
        }
        (!at.is_null()).then_some(at)
    }

    /// A text of `spec.destination`.
    pub fn destination(&self, key: &str) -> &'a str {
        self.spec(&["destination", key]).and_then(Value::as_str).unwrap_or("")
    }

    /// How many sources it has.
    pub fn sources(&self) -> usize {
        self.spec(&["sources"]).and_then(Value::as_array).filter(|sources| !sources.is_empty()).map_or(1, Vec::len)
    }

    /// `spec.syncPolicy.syncOptions`.
    pub fn sync_options(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.spec(&["syncPolicy", "syncOptions"]).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// The value of the first sync option of a name (`SyncOptions.GetOptionValue`).
    pub fn sync_option(&self, name: &str) -> Option<&'a str> {
        self.sync_options().find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
    }

    /// `spec.syncPolicy.managedNamespaceMetadata`.
    pub fn managed_namespace_metadata(&self) -> Option<&'a Map<String, Value>> {
        self.spec(&["syncPolicy", "managedNamespaceMetadata"]).and_then(Value::as_object)
    }

    /// Whether it differs from what the last operation applied (`HasChangedManagedNamespaceMetadata`).
    pub fn has_changed_managed_namespace_metadata(&self) -> bool {
        let Some(wanted) = self.managed_namespace_metadata() else { return false };
        let result = self
            .document
            .get("status")
            .and_then(|status| status.get("operationState")?.get("syncResult"))
            .filter(|result| !result.is_null());
        let Some(result) = result else { return false };
        let applied = result.get("managedNamespaceMetadata").and_then(Value::as_object);
        let part = |metadata: &Map<String, Value>, key: &str| metadata.get(key).filter(|map| !map.is_null()).cloned();
        applied.is_none_or(|applied| ["labels", "annotations"].iter().any(|key| part(wanted, key) != part(applied, key)))
    }

    /// Whether an object is the namespace whose metadata the Application manages (`isManagedNamespace`).
    pub fn manages_namespace(&self, object: &Value) -> bool {
        unstructured::text(object, "kind") == "Namespace"
            && unstructured::name(object) == self.destination("namespace")
            && self.managed_namespace_metadata().is_some()
    }

    /// An item of `argocd.argoproj.io/compare-options`.
    pub fn compare_option(&self, option: &str) -> bool {
        unstructured::has_option(self.document, "argocd.argoproj.io/compare-options", option)
    }

    /// Whether its diffs are server-side (`shouldUseServerSideDiff`).
    pub fn server_side_diff(&self) -> bool {
        !self.compare_option("ServerSideDiff=false")
            && (self.compare_option("ServerSideDiff=true") || self.sync_options().any(|option| option == "ServerSideApply=true"))
    }

    /// `spec.ignoreDifferences`.
    pub fn ignore_differences(&self) -> Result<Vec<IgnoreRule>> {
        IgnoreRule::read_all(self.spec(&["ignoreDifferences"]))
    }
}
