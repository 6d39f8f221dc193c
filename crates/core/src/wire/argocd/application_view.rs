//! Reading the few fields of an Application that several operations look at.

use serde::Deserialize;

use crate::argocd::application::codec::{Keys, argocd_type, decode};
use crate::argocd::project::ApplicationDestination;
use crate::{Error, Result, Value};

/// Refuses a document that does not decode into upstream's struct.
pub(super) fn check(document: &Value, ty: &str) -> Result<()> {
    decoded(document, ty).map(drop)
}

/// A document decoded into upstream's struct of that name, as `encoding/json` does it.
pub(super) fn decoded(document: &Value, ty: &str) -> Result<Value> {
    decode(document, argocd_type(ty), Keys::Folded).map_err(|error| Error::invalid(format!("cannot read the {ty}: {error}")))
}

/// `spec.destination`.
pub(super) fn destination(application: &Value) -> Result<ApplicationDestination> {
    match application.pointer("/spec/destination") {
        None | Some(Value::Null) => Ok(ApplicationDestination::default()),
        Some(value) => {
            ApplicationDestination::deserialize(value).map_err(|error| Error::invalid(format!("cannot read the destination: {error}")))
        }
    }
}

/// `metadata.name`.
pub(super) fn metadata_name(application: &Value) -> Result<&str> {
    metadata_text(application, "name")
}

/// `metadata.namespace`.
pub(super) fn metadata_namespace(application: &Value) -> Result<&str> {
    metadata_text(application, "namespace")
}

fn metadata_text<'a>(application: &'a Value, key: &str) -> Result<&'a str> {
    if !application.is_object() {
        return Err(Error::invalid("application missing"));
    }
    match application.get("metadata").and_then(|metadata| metadata.get(key)) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Error::invalid(format!("metadata.{key} is no string"))),
    }
}
