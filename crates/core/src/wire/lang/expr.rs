//! Operations of `expr`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lang::Limits;
use crate::lang::expr::{Env, Program, ResultType, eval_time, evaluate_result};
use crate::wire::Op;
use crate::{Error, Result, Value};

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("lang.expr", "evaluate an expression as an analysis condition is evaluated", evaluate),
        Op::new("lang.expr.condition", "tell the phase that two conditions give a result", condition),
        Op::new("lang.expr.time", "evaluate an expression that yields a time", time),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ExprRequest {
    /// The expression.
    expr: String,
    /// `result`, and nothing else.
    #[serde(default)]
    env: BTreeMap<String, Value>,
    /// Go's type of `result`, where it is not what JSON says.
    #[serde(default)]
    types: BTreeMap<String, String>,
}

fn environment(env: &BTreeMap<String, Value>, types: &BTreeMap<String, String>) -> Result<Env> {
    let name = types.get("result").map_or("", String::as_str);
    let ty = ResultType::of(name).ok_or_else(|| Error::invalid(format!("there is no result type {name:?}")))?;
    let result = ty.value(env.get("result").unwrap_or(&Value::Null)).map_err(|e| Error::invalid(e.message))?;
    Ok(Env::condition(result))
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ExprResponse {
    /// NaN and infinities are words, times and durations their text.
    value: Value,
    /// Go's name of its type, `any` for `interface {}`.
    r#type: String,
}

fn evaluate(request: ExprRequest) -> Result<ExprResponse> {
    let env = environment(&request.env, &request.types)?;
    let value = Program::compile(&request.expr, &env, Limits::default())?.eval(&env)?;
    Ok(ExprResponse { value: value.to_json()?, r#type: value.type_name() })
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ConditionRequest {
    /// `result`, and nothing else.
    #[serde(default)]
    env: BTreeMap<String, Value>,
    /// Go's type of `result`, where it is not what JSON says.
    #[serde(default)]
    types: BTreeMap<String, String>,
    /// Empty means none.
    #[serde(default)]
    success_condition: String,
    /// Empty means none.
    #[serde(default)]
    failure_condition: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ConditionResponse {
    /// `Successful`, `Failed`, `Inconclusive` or `Error`.
    phase: String,
    /// What went wrong, for the phase `Error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

fn condition(request: ConditionRequest) -> Result<ConditionResponse> {
    let env = environment(&request.env, &request.types)?;
    let (phase, error) = evaluate_result(&env, &request.success_condition, &request.failure_condition);
    Ok(ConditionResponse { phase: phase.name().to_owned(), message: error.map(|error| error.message) })
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TimeRequest {
    /// The expression.
    expr: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TimeResponse {
    /// RFC 3339.
    time: String,
}

fn time(request: TimeRequest) -> Result<TimeResponse> {
    let time = eval_time(&Env::time(), &request.expr)?;
    Ok(TimeResponse { time: time.format("2006-01-02T15:04:05.999999999Z07:00") })
}
