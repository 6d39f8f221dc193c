//! Operation `lang.intOrPercent`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Result;
use crate::kube::int_or_percent::IntOrString;
use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("lang.intOrPercent", "Resolve a number or percentage against a total", resolve)]
}

/// A number or percentage, and what it is a percentage of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Request {
    /// The number or text.
    value: Value,
    /// The total.
    total: i64,
    /// Round percentages up.
    #[serde(default)]
    round_up: bool,
    /// `value` for the older `GetValueFromIntOrPercent`.
    #[serde(default)]
    function: Option<String>,
}

/// The result.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Response {
    /// The number it comes to.
    value: i64,
    /// `String()`.
    string: String,
    /// `IntValue()`.
    int_value: i64,
}

fn resolve(request: Request) -> Result<Response> {
    let value = IntOrString::from_value(&request.value)?;
    let number = match request.function.as_deref() {
        Some("value") => value.value_from(request.total, request.round_up)?,
        _ => value.scaled_value(request.total, request.round_up)?,
    };
    Ok(Response { value: number, string: value.to_string(), int_value: value.int_value() })
}
