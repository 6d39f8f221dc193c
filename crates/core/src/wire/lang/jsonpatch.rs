//! Operations `lang.jsonpointer`, `lang.jsonpatch` and `lang.mergePatch*`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Result;
use crate::kube::{json_patch, merge_patch};
use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("lang.jsonpointer", "Remove what a JSON pointer names", pointer),
        Op::new("lang.jsonpatch", "Apply a JSON patch", patch),
        Op::new("lang.mergePatch", "Apply a JSON merge patch", merge),
        Op::new("lang.mergePatch.create", "Make the merge patch between two documents", create),
    ]
}

/// A document and a pointer into it.
#[derive(Debug, Deserialize, JsonSchema)]
struct PointerRequest {
    /// The document.
    document: Value,
    /// The pointer.
    pointer: String,
}

/// A document and a patch.
#[derive(Debug, Deserialize, JsonSchema)]
struct PatchRequest {
    /// The document.
    document: Value,
    /// The patch.
    patch: Value,
}

/// Two documents.
#[derive(Debug, Deserialize, JsonSchema)]
struct CreateRequest {
    /// Before.
    original: Value,
    /// After.
    modified: Value,
}

/// A document.
#[derive(Debug, Serialize, JsonSchema)]
struct ValueResponse {
    /// The document, or the patch.
    value: Value,
}

fn pointer(request: PointerRequest) -> Result<ValueResponse> {
    let mut value = request.document;
    json_patch::remove(&mut value, &request.pointer)?;
    Ok(ValueResponse { value })
}

fn patch(request: PatchRequest) -> Result<ValueResponse> {
    Ok(ValueResponse { value: json_patch::apply(request.document, &request.patch)? })
}

fn merge(request: PatchRequest) -> Result<ValueResponse> {
    Ok(ValueResponse { value: merge_patch::apply_document(request.document, request.patch)? })
}

fn create(request: CreateRequest) -> Result<ValueResponse> {
    Ok(ValueResponse { value: merge_patch::create(&request.original, &request.modified)? })
}
