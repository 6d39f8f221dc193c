//! Writing and removing tracking metadata (`SetAppInstance`, `RemoveAppInstance`).

use super::{INSTALLATION_ID, INSTANCE_LABEL, TRACKING_ID, TrackingMethod, id, truncate_label};
use crate::argocd::unstructured::{self, Gvk};
use crate::{Error, Map, Result, Value};

/// The label key of Argo CD before 0.11; it also goes into pod templates.
const LEGACY_LABEL: &str = "applications.argoproj.io/app-name";

/// What is written: the settings and the Application.
#[derive(Debug, Clone, Copy)]
pub struct Tracking<'a> {
    /// The tracking method.
    pub method: TrackingMethod,
    /// The instance label's key.
    pub label_key: &'a str,
    /// `installationID`, empty when not set.
    pub installation_id: &'a str,
    /// The Application's instance name.
    pub app_instance: &'a str,
    /// The destination namespace, for objects without one.
    pub namespace: &'a str,
}

/// Writes the tracking metadata of an Application on an object.
pub fn set_app_instance(object: &mut Value, tracking: &Tracking<'_>) -> Result<()> {
    match tracking.method {
        TrackingMethod::Label => set_label(object, tracking.label_key, tracking.app_instance),
        TrackingMethod::Annotation | TrackingMethod::Other => set_annotation(object, tracking),
        TrackingMethod::AnnotationAndLabel => {
            set_annotation(object, tracking)?;
            let value = truncate_label(tracking.app_instance).map_err(label_failed)?;
            set_label(object, tracking.label_key, &value)
        }
    }
}

/// Takes the tracking metadata off an object. The label removed is always the default one, whatever
/// key is configured.
pub fn remove_app_instance(object: &mut Value, method: TrackingMethod) -> Result<()> {
    if method != TrackingMethod::Label {
        unstructured::remove_string(object, "annotations", TRACKING_ID)?;
        unstructured::remove_string(object, "annotations", INSTALLATION_ID)?;
    }
    if matches!(method, TrackingMethod::Label | TrackingMethod::AnnotationAndLabel) {
        unstructured::remove_string(object, "labels", INSTANCE_LABEL)?;
    }
    Ok(())
}

fn set_annotation(object: &mut Value, tracking: &Tracking<'_>) -> Result<()> {
    let id = id::of_object(object, tracking.app_instance, tracking.namespace);
    if tracking.installation_id.is_empty() {
        unstructured::remove_string(object, "annotations", INSTALLATION_ID)?;
    } else {
        unstructured::set_string(object, "annotations", INSTALLATION_ID, tracking.installation_id)?;
    }
    unstructured::set_string(object, "annotations", TRACKING_ID, &id)
}

fn label_failed(error: Error) -> Error {
    Error::upstream(format!("failed to set app instance label: {error}"))
}

fn set_label(object: &mut Value, key: &str, value: &str) -> Result<()> {
    unstructured::set_string(object, "labels", key, value).map_err(label_failed)?;
    if key != LEGACY_LABEL {
        return Ok(());
    }
    let Gvk { group, kind, .. } = unstructured::gvk(object);
    match (group, kind) {
        ("apps" | "extensions", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") => {
            let version = unstructured::text(object, "apiVersion").to_owned();
            label_template(object, key, value).map_err(label_failed)?;
            if matches!(version.as_str(), "apps/v1beta1" | "extensions/v1beta1") {
                keep_selector(object, key).map_err(label_failed)
            } else {
                Ok(())
            }
        }
        ("batch", "Job") => label_template(object, key, value).map_err(label_failed),
        _ => Ok(()),
    }
}

const TEMPLATE_LABELS: [&str; 4] = ["spec", "template", "metadata", "labels"];

fn label_template(object: &mut Value, key: &str, value: &str) -> Result<()> {
    let mut labels = nested_map(object, &TEMPLATE_LABELS)?.unwrap_or_default();
    labels.insert(key.to_owned(), Value::from(value));
    set_nested(object, &TEMPLATE_LABELS, Value::Object(labels))
}

/// Without a selector the API server would have copied the template's labels, ours included.
fn keep_selector(object: &mut Value, key: &str) -> Result<()> {
    if nested_map(object, &["spec", "selector"])?.is_some_and(|selector| !selector.is_empty()) {
        return Ok(());
    }
    let mut labels = nested_map(object, &TEMPLATE_LABELS)?.unwrap_or_default();
    labels.shift_remove(key);
    set_nested(object, &["spec", "selector", "matchLabels"], Value::Object(labels))
}

/// `NestedMap`: a copy; none when any part of the way is missing.
fn nested_map(object: &Value, path: &[&str]) -> Result<Option<Map<String, Value>>> {
    let mut at = object;
    for key in path {
        match at {
            Value::Null => return Ok(None),
            Value::Object(members) => match members.get(*key) {
                Some(next) => at = next,
                None => return Ok(None),
            },
            _ => return Err(Error::upstream(format!(".{} accessor error: expected map[string]interface {{}}", path.join(".")))),
        }
    }
    match at {
        Value::Object(members) => Ok(Some(members.clone())),
        _ => Err(Error::upstream(format!(".{} accessor error: expected map[string]interface {{}}", path.join(".")))),
    }
}

/// `SetNestedField`: makes maps on the way, refuses to walk through anything else.
fn set_nested(object: &mut Value, path: &[&str], value: Value) -> Result<()> {
    let Some((last, way)) = path.split_last() else { return Ok(()) };
    let mut at = object;
    for key in way {
        let Value::Object(members) = at else { return Err(not_a_map(path)) };
        at = members.entry((*key).to_owned()).or_insert_with(|| Value::Object(Map::new()));
    }
    let Value::Object(members) = at else { return Err(not_a_map(path)) };
    members.insert((*last).to_owned(), value);
    Ok(())
}

fn not_a_map(path: &[&str]) -> Error {
    Error::upstream(format!("value cannot be set because .{} is not a map[string]interface{{}}", path.join(".")))
}
