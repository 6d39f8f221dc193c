//! What Rollouts does with an expression: conditions, phases and times.

use super::environment::Env;
use super::value::Val;
use super::{Limits, Program};
use crate::lang::LangError;
use crate::lang::gofmt::time::Time;

/// The outcome of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The success condition holds, the failure condition does not.
    Successful,
    /// The failure condition holds, or there is only a success condition and it does not.
    Failed,
    /// Neither holds.
    Inconclusive,
    /// A condition cannot be evaluated.
    Error,
}

impl Phase {
    /// As in `AnalysisPhase`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Inconclusive => "Inconclusive",
            Self::Error => "Error",
        }
    }
}

/// `EvalCondition`: whether a condition holds.
///
/// # Errors
/// When it does not compile, does not run, or is no boolean.
pub fn eval_condition(env: &Env, condition: &str) -> Result<bool, LangError> {
    match Program::compile(condition, env, Limits::default())?.eval(env)? {
        Val::Bool(holds) => Ok(holds),
        other => Err(LangError::eval(format!("expected bool, but got {}", other.ty().name()))),
    }
}

/// `EvaluateResult`: the phase that two conditions give a result; empty ones are left out.
/// With the phase comes what went wrong, in upstream's words.
pub fn evaluate_result(env: &Env, success: &str, failure: &str) -> (Phase, Option<LangError>) {
    let evaluate = |name: &str, condition: &str| {
        eval_condition(env, condition).map_err(|error| {
            let empty = match env.result() {
                Val::Nil => true,
                Val::Slice(slice) => slice.items.is_empty(),
                _ => false,
            };
            let why = if empty { "metric result is nil or empty: no data returned from the metric provider" } else { &error.message };
            LangError { message: format!("could not evaluate {name} \"{condition}\": {why}"), ..error.clone() }
        })
    };
    let given = |name: &str, condition: &str| if condition.is_empty() { Ok(None) } else { evaluate(name, condition).map(Some) };
    let outcome = given("successCondition", success).and_then(|holds| Ok((holds, given("failureCondition", failure)?)));
    match outcome {
        Err(error) => (Phase::Error, Some(error)),
        Ok((success, failure)) => {
            let phase = match (success, failure) {
                (None | Some(true), None) | (None | Some(true), Some(false)) => Phase::Successful,
                (_, Some(true)) | (Some(false), None) => Phase::Failed,
                (Some(false), Some(false)) => Phase::Inconclusive,
            };
            (phase, None)
        }
    }
}

/// `EvalTime`: the time an expression yields.
///
/// # Errors
/// When it does not compile, does not run, or is no time.
pub fn eval_time(env: &Env, expression: &str) -> Result<Time, LangError> {
    match Program::compile(expression, env, Limits::default())?.eval(env)? {
        Val::Time(time) => Ok(time.as_ref().clone()),
        other => Err(LangError::eval(format!("expected time.Time, but got {}", other.ty().name()))),
    }
}
