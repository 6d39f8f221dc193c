//! Builtins and the functions of the environment.

mod collections;
mod dates;
mod json;
mod numbers;
mod predicates;
mod texts;

use super::ast::Node;
use super::environment::Env;
use super::interpreter::{Interpreter, Result};
use super::nature::Ty;
use super::time;
use super::value::{Func, Val};
use crate::lang::LangError;
use crate::lang::gofmt::number::{float_to_int, parse_float};

pub(super) use json::print;

/// Parameter types and result of one form of a builtin.
pub(super) type Overload = (Vec<Ty>, Ty);

/// A part of a predicate builtin's arguments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) predicate: bool,
    pub(super) optional: bool,
}

const EXPR: Part = Part { predicate: false, optional: false };
const PREDICATE: Part = Part { predicate: true, optional: false };
const MAYBE_EXPR: Part = Part { predicate: false, optional: true };
const MAYBE_PREDICATE: Part = Part { predicate: true, optional: true };

const PREDICATES: [(&str, &[Part]); 15] = [
    ("all", &[EXPR, PREDICATE]),
    ("none", &[EXPR, PREDICATE]),
    ("any", &[EXPR, PREDICATE]),
    ("one", &[EXPR, PREDICATE]),
    ("filter", &[EXPR, PREDICATE]),
    ("map", &[EXPR, PREDICATE]),
    ("count", &[EXPR, MAYBE_PREDICATE]),
    ("sum", &[EXPR, MAYBE_PREDICATE]),
    ("find", &[EXPR, PREDICATE]),
    ("findIndex", &[EXPR, PREDICATE]),
    ("findLast", &[EXPR, PREDICATE]),
    ("findLastIndex", &[EXPR, PREDICATE]),
    ("groupBy", &[EXPR, PREDICATE]),
    ("sortBy", &[EXPR, PREDICATE, MAYBE_EXPR]),
    ("reduce", &[EXPR, PREDICATE, MAYBE_EXPR]),
];

const PLAIN: [&str; 54] = [
    "len",
    "type",
    "abs",
    "ceil",
    "floor",
    "round",
    "int",
    "float",
    "string",
    "trim",
    "trimPrefix",
    "trimSuffix",
    "upper",
    "lower",
    "split",
    "splitAfter",
    "replace",
    "repeat",
    "join",
    "indexOf",
    "lastIndexOf",
    "hasPrefix",
    "hasSuffix",
    "max",
    "min",
    "mean",
    "median",
    "toJSON",
    "fromJSON",
    "toBase64",
    "fromBase64",
    "now",
    "duration",
    "date",
    "timezone",
    "first",
    "last",
    "get",
    "take",
    "keys",
    "values",
    "toPairs",
    "fromPairs",
    "reverse",
    "uniq",
    "concat",
    "flatten",
    "sort",
    "bitand",
    "bitor",
    "bitxor",
    "bitnand",
    "bitshl",
    "bitshr",
];

const MORE: [&str; 2] = ["bitushr", "bitnot"];

/// The shape of a predicate builtin's arguments.
pub(super) fn predicate_shape(name: &str) -> Option<(&'static str, &'static [Part])> {
    PREDICATES.iter().find(|(known, _)| *known == name).copied()
}

/// The name, if it is one of a builtin.
pub(super) fn builtin_name(name: &str) -> Option<&'static str> {
    let predicate = predicate_shape(name).map(|(name, _)| name);
    predicate.or_else(|| PLAIN.iter().chain(&MORE).find(|known| **known == name).copied())
}

/// The forms of a builtin that is checked by Go signatures.
pub(super) fn overloads(name: &str) -> Option<Vec<Overload>> {
    let list = |ty| Ty::Slice(Box::new(ty));
    let (s, i) = (Ty::Str, Ty::Int);
    Some(match name {
        "type" | "string" | "toJSON" => vec![(vec![Ty::Any], s)],
        "trim" | "trimPrefix" | "trimSuffix" => vec![(vec![s.clone()], s.clone()), (vec![s.clone(), s.clone()], s)],
        "upper" | "lower" | "toBase64" | "fromBase64" => vec![(vec![s.clone()], s)],
        "split" | "splitAfter" => {
            vec![(vec![s.clone(), s.clone()], list(s.clone())), (vec![s.clone(), s.clone(), i], list(s))]
        }
        "replace" => vec![(vec![s.clone(), s.clone(), s.clone(), i], s.clone()), (vec![s.clone(), s.clone(), s.clone()], s)],
        "repeat" => vec![(vec![s.clone(), i], s)],
        "join" => vec![
            (vec![list(s.clone()), s.clone()], s.clone()),
            (vec![list(Ty::Any), s.clone()], s.clone()),
            (vec![list(Ty::Any)], s.clone()),
            (vec![list(s.clone())], s),
        ],
        "indexOf" | "lastIndexOf" => vec![(vec![s.clone(), s], i)],
        "hasPrefix" | "hasSuffix" => vec![(vec![s.clone(), s], Ty::Bool)],
        "fromJSON" => vec![(vec![s], Ty::Any)],
        "duration" => vec![(vec![s], Ty::Duration)],
        "timezone" => vec![(vec![s], Ty::Location)],
        "sort" => {
            // The last form is the one a complaint names.
            let ordered = [Ty::Any, Ty::Int, Ty::Float, Ty::Str].map(|ty| (vec![list(ty), Ty::Str], list(Ty::Any)));
            ordered.into_iter().chain([Ty::Any, Ty::Float, Ty::Str, Ty::Int].map(|ty| (vec![list(ty)], list(Ty::Any)))).collect()
        }
        "bitand" | "bitor" | "bitxor" | "bitnand" | "bitshl" | "bitshr" | "bitushr" => vec![(vec![i.clone(), i.clone()], i)],
        "bitnot" => vec![(vec![i.clone()], i)],
        _ => return None,
    })
}

/// Go's complaint about a failed type assertion.
fn not_a(value: &Val, wanted: &str) -> LangError {
    LangError::eval(format!("interface conversion: interface {{}} is {}, not {wanted}", value.ty().name()))
}

fn argument(args: &[Val], index: usize) -> &Val {
    args.get(index).unwrap_or(&Val::Nil)
}

fn text(args: &[Val], index: usize) -> Result<&str> {
    match argument(args, index) {
        Val::Str(text) => Ok(text),
        other => Err(not_a(other, "string")),
    }
}

impl<'r> Interpreter<'r> {
    /// Runs a builtin.
    pub(super) fn builtin(&mut self, name: &'static str, args: &'r [Node], throws: bool) -> Result {
        if predicate_shape(name).is_some() {
            return self.predicate_builtin(name, args, throws);
        }
        let values = self.operands(args.iter())?;
        self.plain(name, &values)
    }

    fn plain(&mut self, name: &'static str, args: &[Val]) -> Result {
        match name {
            "trim" | "trimPrefix" | "trimSuffix" | "upper" | "lower" | "split" | "splitAfter" | "replace" | "join" | "indexOf"
            | "lastIndexOf" | "hasPrefix" | "hasSuffix" | "toBase64" | "fromBase64" => texts::call(name, args),
            "repeat" => {
                let repeated = texts::repeat(args)?;
                if let Val::Str(text) = &repeated {
                    self.grow(text.len())?;
                }
                Ok(repeated)
            }
            "string" => Ok(Val::string(print(argument(args, 0)))),
            "type" => Ok(Val::str(json::type_word(argument(args, 0)))),
            "toJSON" => json::to_json(argument(args, 0)),
            "fromJSON" => json::from_json(text(args, 0)?),
            "now" | "date" | "duration" | "timezone" => dates::call(self.env, name, args),
            "len" | "first" | "last" | "get" | "take" | "keys" | "values" | "toPairs" | "fromPairs" | "reverse" | "uniq" | "concat"
            | "flatten" | "sort" => {
                let result = collections::call(name, args)?;
                if let (Val::Slice(slice), "reverse" | "concat" | "flatten" | "sort") = (&result, name) {
                    self.grow(slice.items.len())?;
                }
                Ok(result)
            }
            _ => numbers::call(name, args),
        }
    }
}

/// Calls a function value.
pub(super) fn call(env: &Env, callee: &Val, args: &[Val]) -> Result {
    match callee {
        Val::Func(Func::Method(name, on)) => time::call(on, name, args),
        Val::Func(Func::Env(name)) => of_env(env, name, args),
        Val::Nil => Err(LangError::eval("invalid operation: cannot call nil")),
        other => Err(LangError::eval(format!("invalid operation: cannot call non-function of type {}", other.ty().name()))),
    }
}

#[allow(clippy::cast_precision_loss)]
fn of_env(env: &Env, name: &str, args: &[Val]) -> Result {
    let value = argument(args, 0);
    let refused = || LangError::eval(format!("{name}() not supported on {} {}", value.ty().name(), print(value)));
    Ok(match (name, value) {
        ("isNaN", Val::Float(value)) => Val::Bool(value.is_nan()),
        ("isInf", Val::Float(value)) => Val::Bool(value.is_infinite()),
        ("isNaN" | "isInf", other) => return Err(not_a(other, "float64")),
        ("isNil", _) => Val::Bool(matches!(env.result(), Val::Nil)),
        ("default", _) => match env.result() {
            Val::Nil => argument(args, 1).clone(),
            result => result,
        },
        ("asInt", Val::Float(value)) => Val::Int64(float_to_int(*value)),
        ("asInt", Val::Int(value) | Val::Int64(value)) => Val::Int64(*value),
        ("asInt", Val::Byte(byte)) => Val::Int64(i64::from(*byte)),
        ("asInt", Val::Str(text)) => {
            Val::Int64(text.parse().map_err(|_| LangError::eval(format!("strconv.ParseInt: parsing {text:?}: invalid syntax")))?)
        }
        ("asFloat", Val::Float(value)) => Val::Float(*value),
        ("asFloat", Val::Int(value) | Val::Int64(value)) => Val::Float(*value as f64),
        ("asFloat", Val::Byte(byte)) => Val::Float(f64::from(*byte)),
        ("asFloat", Val::Str(text)) => {
            Val::Float(parse_float(text).map_err(|_| LangError::eval(format!("strconv.ParseFloat: parsing {text:?}: invalid syntax")))?)
        }
        _ => return Err(refused()),
    })
}
