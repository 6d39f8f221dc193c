//! Operations of `tracking`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::argocd::tracking::{self, AppInstance, Tracking, TrackingMethod};
use crate::argocd::unstructured;
use crate::wire::Op;
use crate::{Error, Result, Value};

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("tracking.parse", "Read a tracking id", parse),
        Op::new("tracking.format", "Write a tracking id", format),
        Op::new("tracking.owner", "Which Application a live object says it belongs to", owner),
        Op::new("tracking.set", "Write tracking metadata on an object", set),
        Op::new("tracking.remove", "Take tracking metadata off an object", remove),
        Op::new("tracking.normalize", "Smooth the move from label to annotation tracking in a live object", normalize),
        Op::new("tracking.truncate", "Cut a label value to the length that Kubernetes allows", truncate),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Text {
    /// The text.
    value: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TextAnswer {
    /// The text.
    value: String,
}

/// The parts of a tracking id.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Instance {
    /// The instance name of the Application.
    application_name: String,
    /// The group, empty for core.
    group: String,
    /// The kind.
    kind: String,
    /// The namespace.
    namespace: String,
    /// The name.
    name: String,
}

impl From<AppInstance> for Instance {
    fn from(from: AppInstance) -> Self {
        Self { application_name: from.application_name, group: from.group, kind: from.kind, namespace: from.namespace, name: from.name }
    }
}

fn parse(request: Text) -> Result<Instance> {
    AppInstance::parse(&request.value).map(Instance::from)
}

fn format(request: Instance) -> Result<TextAnswer> {
    let Instance { application_name, group, kind, namespace, name } = request;
    Ok(TextAnswer { value: AppInstance { application_name, group, kind, namespace, name }.to_string() })
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Object {
    /// The object.
    object: Value,
    /// `label`, `annotation`, `annotation+label`; anything else behaves much as `annotation`.
    #[serde(default)]
    tracking_method: String,
    /// The instance label's key.
    #[serde(default)]
    label_key: String,
    /// `installationID`.
    #[serde(default, rename = "installationID")]
    installation_id: String,
    /// The Application's instance name.
    #[serde(default)]
    app_instance: String,
    /// The destination namespace.
    #[serde(default)]
    namespace: String,
}

impl Object {
    fn take(&mut self) -> Result<Value> {
        unstructured::read(Some(self.object.take()))?.ok_or_else(|| Error::invalid("object is null"))
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Owner {
    /// The Application's instance name, empty when there is none.
    app_name: String,
    /// What the tracking id says, under the annotation methods.
    instance: Option<Instance>,
}

fn owner(mut request: Object) -> Result<Owner> {
    let object = request.take()?;
    let method = TrackingMethod::read(&request.tracking_method);
    Ok(Owner {
        app_name: tracking::app_name(&object, &request.label_key, method, &request.installation_id).to_owned(),
        instance: tracking::app_instance(&object, method, &request.installation_id).map(Instance::from),
    })
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ObjectAnswer {
    /// The object afterwards.
    object: Value,
}

fn set(mut request: Object) -> Result<ObjectAnswer> {
    let mut object = request.take()?;
    let tracking = Tracking {
        method: TrackingMethod::read(&request.tracking_method),
        label_key: &request.label_key,
        installation_id: &request.installation_id,
        app_instance: &request.app_instance,
        namespace: &request.namespace,
    };
    tracking::set_app_instance(&mut object, &tracking)?;
    Ok(ObjectAnswer { object })
}

fn remove(mut request: Object) -> Result<ObjectAnswer> {
    let mut object = request.take()?;
    tracking::remove_app_instance(&mut object, TrackingMethod::read(&request.tracking_method))?;
    Ok(ObjectAnswer { object })
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Pair {
    /// The desired object.
    target: Option<Value>,
    /// The live object.
    live: Option<Value>,
    /// As in `application.resourceTrackingMethod`.
    #[serde(default)]
    tracking_method: String,
    /// The instance label's key.
    #[serde(default)]
    label_key: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Smoothed {
    /// The live object afterwards.
    live: Option<Value>,
    /// Whether upstream reports an error, which its caller ignores.
    failed: bool,
}

fn normalize(request: Pair) -> Result<Smoothed> {
    let target = unstructured::read(request.target)?;
    let mut live = unstructured::read(request.live)?;
    let failed = tracking::normalize(target.as_ref(), live.as_mut(), &request.label_key, &request.tracking_method).is_err();
    Ok(Smoothed { live, failed })
}

fn truncate(request: Text) -> Result<TextAnswer> {
    tracking::truncate_label(&request.value).map(|value| TextAnswer { value })
}
