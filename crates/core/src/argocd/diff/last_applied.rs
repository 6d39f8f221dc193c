//! The annotation in which kubectl and Argo CD keep what was last applied.

use crate::argocd::unstructured;
use crate::{Result, Value};

/// `kubectl.kubernetes.io/last-applied-configuration`.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The object in the annotation; none when there is no annotation, an error when it is no object.
pub(super) fn last_applied(object: &Value) -> Result<Option<Value>> {
    let Some(text) = unstructured::annotation(object, LAST_APPLIED) else { return Ok(None) };
    let parsed: Value = serde_json::from_str(text).map_err(|error| crate::Error::upstream(error.to_string()))?;
    match unstructured::read(Some(parsed))? {
        Some(mut object) => {
            crate::argocd::normalize::go_numbers(&mut object);
            Ok(Some(object))
        }
        None => Err(crate::Error::upstream("Object 'Kind' is missing in 'null'")),
    }
}
