//! Operations `lang.quantity*`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Result;
use crate::kube::quantity::Quantity;
use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("lang.quantity", "Read and print a resource quantity", read),
        Op::new("lang.quantity.compare", "Compare, add and subtract two quantities", compare),
    ]
}

/// A quantity: `text` or `json`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct QuantityRequest {
    /// Its text.
    #[serde(default)]
    text: Option<String>,
    /// A document's value.
    #[serde(default)]
    json: Value,
}

/// A quantity in all its forms.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct QuantityResponse {
    /// `String()`.
    string: String,
    /// What `MarshalJSON` writes.
    json: String,
    /// The canonical text.
    canonical: String,
    /// `DecimalSI`, `BinarySI`, `DecimalExponent` or nothing.
    format: &'static str,
    /// Whole units, rounded up.
    value: i64,
    /// Thousandths, rounded up.
    milli_value: i64,
    /// -1, 0 or 1.
    sign: i32,
}

fn read(request: QuantityRequest) -> Result<QuantityResponse> {
    let quantity = match request.text {
        Some(text) => Quantity::parse(&text)?,
        None => Quantity::from_value(&request.json)?,
    };
    Ok(QuantityResponse {
        string: quantity.to_string(),
        json: quantity.to_string(),
        canonical: quantity.canonical(),
        format: quantity.format().name(),
        value: quantity.value(),
        milli_value: quantity.milli_value(),
        sign: quantity.sign(),
    })
}

/// Two quantities.
#[derive(Debug, Deserialize, JsonSchema)]
struct CompareRequest {
    /// One.
    a: String,
    /// The other.
    b: String,
}

/// How they compare.
#[derive(Debug, Serialize, JsonSchema)]
struct CompareResponse {
    /// -1, 0 or 1.
    compare: i8,
    /// Whether they are equal.
    equal: bool,
    /// `a + b`.
    sum: String,
    /// `a - b`.
    difference: String,
}

fn compare(request: CompareRequest) -> Result<CompareResponse> {
    let (one, other) = (Quantity::parse(&request.a)?, Quantity::parse(&request.b)?);
    let order = one.cmp(&other);
    Ok(CompareResponse {
        compare: order as i8,
        equal: order.is_eq(),
        sum: one.add(&other)?.to_string(),
        difference: one.sub(&other)?.to_string(),
    })
}
