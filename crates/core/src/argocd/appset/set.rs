//! An ApplicationSet, decoded.

use crate::{
    Error, Result, Value,
    argocd::application::codec::{self, Keys, argocd_type},
};

/// A decoded ApplicationSet.
#[derive(Debug, Clone)]
pub struct ApplicationSet {
    value: Value,
}

impl ApplicationSet {
    /// Decodes a document as the Kubernetes API reads it: exact keys, unknown ones dropped.
    ///
    /// # Errors
    /// When a JSON type is wrong.
    pub fn from_value(document: &Value) -> Result<Self> {
        let value = codec::decode(document, argocd_type("ApplicationSet"), Keys::Exact).map_err(Error::upstream)?;
        Ok(Self { value })
    }

    /// The decoded document.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// A text by JSON pointer; empty when absent.
    pub(super) fn text(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// A boolean by JSON pointer.
    pub(super) fn flag(&self, pointer: &str) -> bool {
        self.value.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A list by JSON pointer.
    pub(super) fn items(&self, pointer: &str) -> &[Value] {
        self.value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// A list of texts by JSON pointer.
    pub(super) fn texts(&self, pointer: &str) -> Vec<&str> {
        self.items(pointer).iter().filter_map(Value::as_str).collect()
    }

    /// `metadata.name`
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// `metadata.namespace`
    pub fn namespace(&self) -> &str {
        self.text("/metadata/namespace")
    }

    /// `spec.goTemplate`
    pub fn go_template(&self) -> bool {
        self.flag("/spec/goTemplate")
    }
}
