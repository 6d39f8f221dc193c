//! `templatePatch`.

use super::stop::Stop;
use crate::{
    Map, Value,
    argocd::application::codec::{self, Keys, argocd_type},
    kube::strategic_merge,
    yaml,
};

/// `ConvertYAMLToJSON`: a text that starts with a brace is JSON already.
pub(super) fn yaml_to_json(text: &str) -> Result<Value, Stop> {
    if text.trim().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| Stop::Error(error.to_string()));
    }
    Ok(yaml::kubernetes::unmarshal(text)?)
}

/// `applyTemplatePatch` on an encoded Application.
pub(super) fn apply(application: Value, patch_text: &str) -> Result<Value, Stop> {
    let ty = argocd_type("Application");
    let patch = yaml_to_json(patch_text).map_err(|stop| stop.context("error while converting template to json"))?;
    let invalid = |error: String| Stop::Error(format!("invalid templatePatch {:?}: {error}", patch.to_string()));
    codec::decode(&patch, ty, Keys::Folded).map_err(invalid)?;
    let project = application.pointer("/spec/project").cloned().unwrap_or(Value::from(""));
    let mut merged = match application {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    if let Value::Object(patch) = patch {
        strategic_merge::apply(&mut merged, patch, ty).map_err(|error| {
            Stop::Error(format!("error while applying templatePatch template to json {:?}: {}", patch_text, error.message))
        })?;
    }
    let decoded = codec::decode(&Value::Object(merged), ty, Keys::Folded)
        .map_err(|error| Stop::Error(format!("error while unmarhsalling patched application: {error}")))?;
    let mut encoded = codec::encode(&decoded, ty);
    if let Some(spec) = encoded.get_mut("spec").and_then(Value::as_object_mut) {
        spec.insert("project".into(), project);
    }
    Ok(encoded)
}
