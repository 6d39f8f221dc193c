//! Operations of `jsonpath`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lang::Limits;
use crate::lang::jsonpath::Program;
use crate::wire::Op;
use crate::{Result, Value};

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("lang.jsonpath", "list all results of a web metric's JSONPath", find)]
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct JsonPathRequest {
    /// The path of client-go's dialect; empty means `{$}`.
    #[serde(default)]
    expr: String,
    /// The document.
    input: Value,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct JsonPathResponse {
    /// In order; a metric takes the first.
    values: Vec<Value>,
}

fn find(request: JsonPathRequest) -> Result<JsonPathResponse> {
    let program = Program::compile(&request.expr, Limits::default())?;
    Ok(JsonPathResponse { values: program.eval(&request.input)? })
}
