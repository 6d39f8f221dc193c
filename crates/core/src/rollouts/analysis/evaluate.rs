//! The phase of one measurement: a result against a metric's conditions.

use super::series::Sample;
use crate::{
    Error, Result, Value,
    lang::expr::{Env, Phase, ResultType, Val, evaluate_result},
    rollouts::spec::{AnalysisPhase, Metric},
};

/// `EvaluateResult`: the phase, and for Error upstream's message.
pub(crate) fn evaluate(metric: &Metric, result: Val) -> (AnalysisPhase, Option<String>) {
    let (phase, error) = evaluate_result(&Env::condition(result), &metric.success_condition, &metric.failure_condition);
    let phase = match phase {
        Phase::Successful => AnalysisPhase::Successful,
        Phase::Failed => AnalysisPhase::Failed,
        Phase::Inconclusive => AnalysisPhase::Inconclusive,
        Phase::Error => AnalysisPhase::Error,
    };
    (phase, error.map(|error| error.message))
}

/// A result as the Go value a provider hands over; its type decides what compiles. Types:
/// `json` (or none), `float64`, `*float64`, `[]float64`, `int`, `int64`.
pub(crate) fn result_of(result: &Value, type_name: &str) -> Result<Val> {
    let refused = |wanted: &str| Error::parse(format!("the result cannot be read as {wanted}"));
    let number = |value: &Value| match value {
        Value::Null => Some(0.0),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => super::series::number(text),
        _ => None,
    };
    match type_name {
        "" | "json" => Ok(ResultType::Json.value(result)?),
        // A nil pointer and a nil slice come out as nil.
        "*float64" | "[]float64" if result.is_null() => Ok(Val::Nil),
        "float64" | "*float64" => number(result).map(Val::Float).ok_or_else(|| refused(type_name)),
        "int" | "int64" => {
            let integer = if result.is_null() { Some(0) } else { result.as_i64() }.ok_or_else(|| refused(type_name))?;
            Ok(if type_name == "int" { Val::Int(integer) } else { Val::Int64(integer) })
        }
        "[]float64" => {
            let items = result.as_array().ok_or_else(|| refused(type_name))?;
            let numbers: Option<Vec<f64>> = items.iter().map(number).collect();
            floats(&numbers.ok_or_else(|| refused(type_name))?)
        }
        _ => Err(Error::invalid(format!("there is no result type {type_name:?}"))),
    }
}

fn floats(numbers: &[f64]) -> Result<Val> {
    let word = |number: &f64| match number {
        number if number.is_nan() => Value::from("NaN"),
        number if number.is_infinite() => Value::from(if *number > 0.0 { "+Inf" } else { "-Inf" }),
        number => Value::from(*number),
    };
    Ok(ResultType::Floats.value(&Value::Array(numbers.iter().map(word).collect()))?)
}

/// A value of a series as the provider of that kind of series hands it over.
pub(crate) fn result_of_sample(sample: &Sample) -> Result<Val> {
    match sample {
        Sample::Number(number) => Ok(Val::Float(*number)),
        Sample::Vector(numbers) => floats(numbers),
        Sample::Json(value) => Ok(ResultType::Json.value(value)?),
        Sample::Error(_) => Ok(Val::Nil),
    }
}
