//! Operations of `jq`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lang::Limits;
use crate::lang::jq::Program;
use crate::wire::Op;
use crate::{Error, Result, Value};

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("lang.jq", "run a jq query", run),
        Op::new("lang.jq.paths", "list the paths that a jq query leads to", paths),
        Op::new("lang.jq.delete", "delete what a jq query leads to, as ignore rules do", delete),
    ]
}

/// More outputs than this are refused.
const MAX_OUTPUTS: usize = 2_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct JqRequest {
    /// The query.
    expr: String,
    /// The document.
    input: Value,
}

fn program(request: &JqRequest) -> Result<Program> {
    Ok(Program::compile(&request.expr, Limits::default())?)
}

fn limited(outputs: Vec<Value>) -> Result<Vec<Value>> {
    if outputs.len() > MAX_OUTPUTS { Err(Error::limit("more than 2000 outputs")) } else { Ok(outputs) }
}

/// What the query yields.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Outputs {
    /// In order.
    outputs: Vec<Value>,
}

fn run(request: JqRequest) -> Result<Outputs> {
    Ok(Outputs { outputs: limited(program(&request)?.run(&request.input)?)? })
}

/// Where the query leads to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Paths {
    /// Each an array of keys and indices.
    paths: Vec<Value>,
}

fn paths(request: JqRequest) -> Result<Paths> {
    Ok(Paths { paths: limited(program(&request)?.paths(&request.input)?)? })
}

/// The document afterwards.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    /// Without what was deleted.
    value: Value,
}

fn delete(request: JqRequest) -> Result<Deleted> {
    Ok(Deleted { value: program(&request)?.delete(&request.input)? })
}
