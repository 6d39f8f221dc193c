//! Field ownership: typed values and sets of paths (`structured-merge-diff` v6.4.2).
//!
//! The schema of the built-in kinds is the static one that is compiled into
//! gitops-engine, extracted by `tests/oracles/kube-tables`; custom kinds get
//! theirs from CustomResourceDefinitions.

mod compare;
mod crd;
mod element;
mod field_set;
mod merge;
mod remove;
mod revert;
mod schema;
mod set;
mod validate;

pub use compare::{Comparison, compare};
pub use element::Element;
pub use field_set::foreign_fields;
pub use merge::merge;
pub use remove::remove_items;
pub use revert::revert_foreign;
pub use schema::{Schemas, TypeRef};
pub use set::Set;
pub use validate::validate;

use crate::Value;

/// The entries of `metadata.managedFields`: manager and `fieldsV1`; none when they are malformed.
pub fn managed_fields(object: &Value) -> Vec<(&str, &Value)> {
    let entries = object.get("metadata").and_then(|metadata| metadata.get("managedFields")).and_then(Value::as_array);
    let mut out = Vec::new();
    for entry in entries.into_iter().flatten() {
        let Some(members) = entry.as_object() else { return Vec::new() };
        let manager = match members.get("manager") {
            None | Some(Value::Null) => "",
            Some(Value::String(manager)) => manager.as_str(),
            Some(_) => return Vec::new(),
        };
        out.push((manager, members.get("fieldsV1").unwrap_or(&Value::Null)));
    }
    out
}
