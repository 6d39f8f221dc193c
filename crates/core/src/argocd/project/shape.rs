//! JSON types that Go's decoder insists on in an AppProject, beyond the fields that decisions read.

use crate::{Error, Result, Value};

#[derive(Clone, Copy)]
enum Shape {
    Text,
    Object,
    /// A list of objects.
    Objects,
    /// A map of texts.
    Texts,
}

const SHAPES: [(&str, Shape); 20] = [
    ("/apiVersion", Shape::Text),
    ("/kind", Shape::Text),
    ("/metadata", Shape::Object),
    ("/metadata/name", Shape::Text),
    ("/metadata/generateName", Shape::Text),
    ("/metadata/namespace", Shape::Text),
    ("/metadata/labels", Shape::Texts),
    ("/metadata/annotations", Shape::Texts),
    ("/spec", Shape::Object),
    ("/spec/description", Shape::Text),
    ("/spec/destinations", Shape::Objects),
    ("/spec/roles", Shape::Objects),
    ("/spec/clusterResourceWhitelist", Shape::Objects),
    ("/spec/clusterResourceBlacklist", Shape::Objects),
    ("/spec/namespaceResourceWhitelist", Shape::Objects),
    ("/spec/namespaceResourceBlacklist", Shape::Objects),
    ("/spec/destinationServiceAccounts", Shape::Objects),
    ("/spec/syncWindows", Shape::Objects),
    ("/spec/orphanedResources", Shape::Object),
    ("/status", Shape::Object),
];

/// Refuses a project with a value of the wrong JSON type; null is always fine.
pub(super) fn check(document: &Value) -> Result<()> {
    for (pointer, shape) in SHAPES {
        let Some(value) = document.pointer(pointer).filter(|value| !value.is_null()) else { continue };
        let fits = match shape {
            Shape::Text => value.is_string(),
            Shape::Object => value.is_object(),
            Shape::Objects => value.as_array().is_some_and(|items| items.iter().all(|item| item.is_object() || item.is_null())),
            Shape::Texts => value.as_object().is_some_and(|members| members.values().all(|item| item.is_string() || item.is_null())),
        };
        if !fits {
            return Err(Error::invalid(format!("cannot read the AppProject: wrong JSON type at {pointer}")));
        }
    }
    Ok(())
}
