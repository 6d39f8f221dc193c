//! Operations `lang.strategicMerge*`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::kube::strategic_merge;
use crate::kube::structs::{Type, structs};
use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("lang.strategicMerge", "Apply a strategic merge patch", apply),
        Op::new("lang.strategicMerge.diff", "Make the strategic merge patch between two objects", diff),
        Op::new("lang.strategicMerge.threeWay", "Make a strategic merge patch from last applied, wanted and live", three_way),
    ]
}

/// An object and a patch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ApplyRequest {
    /// Group and version of the kind.
    #[serde(default)]
    api_version: String,
    /// The kind, which has the merge keys.
    #[serde(default)]
    kind: String,
    /// The object.
    #[serde(default)]
    document: Value,
    /// The patch.
    #[serde(default)]
    patch: Value,
}

/// Two objects.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DiffRequest {
    /// Group and version of the kind.
    #[serde(default)]
    api_version: String,
    /// The kind, which has the merge keys.
    #[serde(default)]
    kind: String,
    /// Before.
    #[serde(default)]
    original: Value,
    /// After.
    #[serde(default)]
    modified: Value,
}

/// Three objects.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ThreeWayRequest {
    /// Group and version of the kind.
    #[serde(default)]
    api_version: String,
    /// The kind, which has the merge keys.
    #[serde(default)]
    kind: String,
    /// Last applied.
    #[serde(default)]
    original: Value,
    /// Wanted.
    #[serde(default)]
    modified: Value,
    /// Live.
    #[serde(default)]
    current: Value,
    /// Undo what others changed; yes unless given.
    #[serde(default)]
    overwrite: Option<bool>,
}

/// An object or a patch.
#[derive(Debug, Serialize, JsonSchema)]
struct ValueResponse {
    /// The merged object, or the patch.
    value: Value,
}

impl From<Map<String, Value>> for ValueResponse {
    fn from(value: Map<String, Value>) -> Self {
        Self { value: Value::Object(value) }
    }
}

/// The Go type of a kind: client-go's, or Argo CD's own Application.
fn type_of(api_version: &str, kind: &str) -> Result<Type> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let found = if group == "argoproj.io" && kind == "Application" {
        structs().named("argoproj.io/v1alpha1.Application")
    } else {
        structs().kind(group, version, kind)
    };
    found.ok_or_else(|| Error::upstream(format!("no kind {kind:?} is registered for version {api_version:?} in scheme")))
}

fn members(value: Value) -> Result<Map<String, Value>> {
    match value {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map),
        _ => Err(Error::upstream("invalid JSON document")),
    }
}

fn apply(request: ApplyRequest) -> Result<ValueResponse> {
    let ty = type_of(&request.api_version, &request.kind)?;
    let mut document = members(request.document)?;
    strategic_merge::apply(&mut document, members(request.patch)?, ty)?;
    Ok(document.into())
}

fn diff(request: DiffRequest) -> Result<ValueResponse> {
    let ty = type_of(&request.api_version, &request.kind)?;
    Ok(strategic_merge::diff(&members(request.original)?, &members(request.modified)?, ty)?.into())
}

fn three_way(request: ThreeWayRequest) -> Result<ValueResponse> {
    let ty = type_of(&request.api_version, &request.kind)?;
    let (original, modified, current) = (members(request.original)?, members(request.modified)?, members(request.current)?);
    let patch = if request.overwrite.unwrap_or(true) {
        strategic_merge::three_way(&original, &modified, &current, ty)?
    } else {
        strategic_merge::three_way_careful(&original, &modified, &current, ty)?
    };
    Ok(patch.into())
}
