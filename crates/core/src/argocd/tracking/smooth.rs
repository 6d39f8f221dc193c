//! Smoothing the move from labels to annotations (`ResourceTracking.Normalize`).

use super::{TRACKING_ID, TrackingMethod};
use crate::argocd::unstructured;
use crate::{Result, Value};

/// Takes out of a live object what only the change of tracking method put there or left out. The
/// caller ignores a failure; what was done before it stays.
pub fn normalize(target: Option<&Value>, live: Option<&mut Value>, label_key: &str, method: &str) -> Result<()> {
    if method.is_empty() || TrackingMethod::read(method) == TrackingMethod::Label {
        return Ok(());
    }
    let (Some(target), Some(live)) = (target, live) else { return Ok(()) };
    if text(live, "labels", label_key)?.is_empty() || unstructured::is_crd(live) {
        return Ok(());
    }
    if text(live, "annotations", TRACKING_ID)?.is_empty() {
        let wanted = text(target, "annotations", TRACKING_ID)?.to_owned();
        unstructured::set_string(live, "annotations", TRACKING_ID, &wanted)?;
    }
    if text(target, "labels", label_key)?.is_empty() {
        unstructured::remove_string(live, "labels", label_key)?;
    }
    Ok(())
}

fn text<'a>(object: &'a Value, map: &str, key: &str) -> Result<&'a str> {
    Ok(unstructured::string_map(object, map)?.and_then(|members| members.get(key)).and_then(Value::as_str).unwrap_or(""))
}
