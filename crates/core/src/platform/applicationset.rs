//! What each ApplicationSet generates.

use super::application::ApplicationSet;
use super::tree::Object;
use crate::{Diagnostic, Value};

/// A set with the Applications it generates.
#[derive(Debug)]
pub struct Generated {
    /// The summary.
    pub set: ApplicationSet,
    /// The manifests.
    pub applications: Vec<Value>,
}

/// Generates with what the inventory knows.
pub fn generate(object: &Object<'_>, _inventory: &Value, _findings: &mut Vec<Diagnostic>) -> Generated {
    let set = ApplicationSet {
        name: object.meta("name").to_owned(),
        location: object.location("/metadata/name"),
        applications: Vec::new(),
        error: None,
        needs: Vec::new(),
    };
    Generated { set, applications: Vec::new() }
}
