//! Whose object is this? (`util/argo.ResourceTracking`)

mod id;
mod method;
mod smooth;
mod write;

pub use id::{AppInstance, truncate_label};
pub use method::TrackingMethod;
pub use smooth::normalize;
pub use write::{Tracking, remove_app_instance, set_app_instance};

use crate::Value;
use crate::argocd::unstructured;
use crate::kube::resource_key::KeyRef;

/// The annotation with the tracking id.
pub const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";
/// The annotation with the installation id.
pub const INSTALLATION_ID: &str = "argocd.argoproj.io/installation-id";
/// The default instance label.
pub const INSTANCE_LABEL: &str = "app.kubernetes.io/instance";

/// The Application a live object says it belongs to, empty when none (`GetAppName`).
pub fn app_name<'o>(object: &'o Value, label_key: &str, method: TrackingMethod, installation_id: &str) -> &'o str {
    match method {
        TrackingMethod::Label => unstructured::string_map(object, "labels")
            .ok()
            .flatten()
            .and_then(|labels| labels.get(label_key))
            .and_then(Value::as_str)
            .unwrap_or(""),
        _ => tracked(object, installation_id).and_then(id::parse).map_or("", |(app, _)| app),
    }
}

/// The tracking id of a live object under the annotation methods (`GetAppInstance`).
pub fn app_instance(object: &Value, method: TrackingMethod, installation_id: &str) -> Option<AppInstance> {
    match method {
        TrackingMethod::Annotation | TrackingMethod::AnnotationAndLabel => AppInstance::parse(tracked(object, installation_id)?).ok(),
        TrackingMethod::Label | TrackingMethod::Other => None,
    }
}

/// The object that [`app_instance`] names.
pub(crate) fn tracked_key<'o>(object: &'o Value, method: TrackingMethod, installation_id: &str) -> Option<KeyRef<'o>> {
    match method {
        TrackingMethod::Annotation | TrackingMethod::AnnotationAndLabel => Some(id::parse(tracked(object, installation_id)?)?.1),
        TrackingMethod::Label | TrackingMethod::Other => None,
    }
}

/// The text of a tracking id, unless it is another installation's.
fn tracked<'o>(object: &'o Value, installation_id: &str) -> Option<&'o str> {
    if !installation_id.is_empty() && unstructured::annotation(object, INSTALLATION_ID) != Some(installation_id) {
        return None;
    }
    let annotations = unstructured::string_map(object, "annotations").ok()?;
    annotations?.get(TRACKING_ID)?.as_str()
}
