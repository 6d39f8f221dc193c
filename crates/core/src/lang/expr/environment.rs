//! What a condition can refer to: `result` and the functions of `utils/evaluate`.

use super::nature::{Nature, Signature, Ty};
use super::value::{Func, Slice, SliceKind, Val};
use crate::Value;
use crate::lang::LangError;

/// The Go type that a provider gives its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultType {
    /// As `encoding/json` decodes it.
    Json,
    /// `[]float64`
    Floats,
    /// `float64`
    Float,
    /// `*float64`
    FloatPointer,
    /// `int`
    Int,
    /// `int64`
    Int64,
    /// `[]string`
    Texts,
    /// `[]map[string]any`
    Maps,
}

/// What `now()` answers unless the caller says: the middle of 2026, when the pinned Rollouts came out.
const RELEASE: i64 = 1_782_864_000;

/// The environment of a condition, or of a time expression.
#[derive(Debug, Clone)]
pub struct Env {
    /// `None` in time expressions.
    result: Option<Val>,
    /// What `now()` answers: seconds since 1970.
    pub(super) now: i64,
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(word) => match word.as_str() {
            "NaN" => Some(f64::NAN),
            "+Inf" => Some(f64::INFINITY),
            "-Inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

impl ResultType {
    /// By Go's name.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "" => Self::Json,
            "[]float64" => Self::Floats,
            "float64" => Self::Float,
            "*float64" => Self::FloatPointer,
            "int" => Self::Int,
            "int64" => Self::Int64,
            "[]string" => Self::Texts,
            "[]map[string]any" => Self::Maps,
            _ => return None,
        })
    }

    /// The value in that type.
    ///
    /// # Errors
    /// When the JSON does not fit.
    #[allow(clippy::cast_possible_truncation)]
    pub fn value(self, json: &Value) -> Result<Val, LangError> {
        let wrong = || LangError::eval(format!("the result does not fit {self:?}"));
        let items = || json.as_array().ok_or_else(wrong);
        Ok(match self {
            Self::Json => Val::from_json(json),
            Self::Float => Val::Float(float(json).ok_or_else(wrong)?),
            Self::FloatPointer if json.is_null() => Val::Nil,
            Self::FloatPointer => Val::Float(float(json).ok_or_else(wrong)?),
            Self::Int => Val::Int(float(json).ok_or_else(wrong)? as i64),
            Self::Int64 => Val::Int64(float(json).ok_or_else(wrong)? as i64),
            Self::Floats => Val::Slice(Slice::of(SliceKind::Float, items()?.iter().filter_map(float).map(Val::Float).collect())),
            Self::Texts => Val::Slice(Slice::of(SliceKind::Text, items()?.iter().map(Val::from_json).collect())),
            Self::Maps => Val::Slice(Slice::of(SliceKind::Map, items()?.iter().map(Val::from_json).collect())),
        })
    }
}

impl Env {
    /// The environment of a condition about a result.
    pub fn condition(result: Val) -> Self {
        Self { result: Some(result), now: RELEASE }
    }

    /// The environment of a time expression.
    pub fn time() -> Self {
        Self { result: None, now: RELEASE }
    }

    /// Sets what `now()` answers, in seconds since 1970.
    #[must_use]
    pub fn at(mut self, now: i64) -> Self {
        self.now = now;
        self
    }

    /// The result; nil in time expressions.
    pub(super) fn result(&self) -> Val {
        self.result.clone().unwrap_or(Val::Nil)
    }

    /// As [`Env::result`], borrowed.
    pub(super) fn peek_result(&self) -> Option<&Val> {
        self.result.as_ref()
    }

    fn function(&self, name: &str) -> Option<(&'static str, Signature)> {
        let signature = |params: Vec<Ty>, out| Signature { params, out: Some(out), variadic: false, builtin: None };
        match name {
            "isNaN" => Some(("isNaN", signature(vec![Ty::Float], Ty::Bool))),
            "isInf" => Some(("isInf", signature(vec![Ty::Float], Ty::Bool))),
            _ if self.result.is_none() => None,
            "asInt" => Some(("asInt", signature(vec![Ty::Any], Ty::Int64))),
            "asFloat" => Some(("asFloat", signature(vec![Ty::Any], Ty::Float))),
            "isNil" => Some(("isNil", signature(vec![Ty::Any], Ty::Bool))),
            "default" => Some(("default", signature(vec![Ty::Any, Ty::Any], Ty::Any))),
            _ => None,
        }
    }

    /// The static type of a name.
    pub(super) fn nature(&self, name: &str) -> Option<Nature> {
        if let (Some(result), "result") = (&self.result, name) {
            return Some(Nature::of(result.ty()));
        }
        self.function(name).map(|(_, signature)| Nature::of(Ty::Func(Box::new(signature))))
    }

    /// The value of a name; nil where there is none.
    pub(super) fn value(&self, name: &str) -> Val {
        match name {
            "result" => self.result(),
            _ => self.function(name).map_or(Val::Nil, |(name, _)| Val::Func(Func::Env(name))),
        }
    }

    /// All names, for `$env`.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let all = ["result", "asInt", "asFloat", "isNaN", "isInf", "isNil", "default"];
        all.into_iter().filter(|name| self.nature(name).is_some()).collect()
    }
}
