//! Operators at run time.

use std::cmp::Ordering;
use std::sync::Arc;

use super::ast::BinaryOp;
use super::equality::{equal, number};
use super::value::{Map, MapKind, Val};
use crate::lang::{LangError, gomath, goregexp};

type Result<T = Val> = std::result::Result<T, LangError>;

fn invalid(sign: &str, a: &Val, b: &Val) -> LangError {
    LangError::eval(format!("invalid operation: {} {sign} {}", a.ty().name(), b.ty().name()))
}

/// Orders two values; `None` if one is NaN.
pub(super) fn order(a: &Val, b: &Val, sign: &str) -> Result<Option<Ordering>> {
    if let (Some(x), Some(y)) = (number(a), number(b)) {
        return Ok(match (x.1, y.1) {
            (Some(x), Some(y)) => Some(x.cmp(&y)),
            _ => x.0.partial_cmp(&y.0),
        });
    }
    match (a, b) {
        (Val::Str(a), Val::Str(b)) => Ok(Some(a.cmp(b))),
        (Val::Time(a), Val::Time(b)) => Ok(Some((a.seconds, a.nanos).cmp(&(b.seconds, b.nanos)))),
        (Val::Duration(a), Val::Duration(b)) => Ok(Some(a.cmp(b))),
        _ => Err(invalid(sign, a, b)),
    }
}

/// An integer from any number, as `runtime.ToInt`.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn to_int(value: &Val) -> Result<i64> {
    match number(value) {
        Some((_, Some(value))) => Ok(value),
        Some((value, None)) => Ok(crate::lang::gofmt::number::float_to_int(value)),
        None => Err(LangError::eval(format!("invalid operation: int({})", value.ty().name()))),
    }
}

fn to_float(value: &Val) -> Result<f64> {
    number(value).map(|(value, _)| value).ok_or_else(|| LangError::eval(format!("invalid operation: float({})", value.ty().name())))
}

/// Operators on two values; `and`, `or` and `??` are the interpreter's.
pub(super) fn binary(op: BinaryOp, a: &Val, b: &Val) -> Result {
    Ok(match op {
        BinaryOp::Eq => Val::Bool(equal(a, b)),
        BinaryOp::Ne => Val::Bool(!equal(a, b)),
        BinaryOp::Lt => Val::Bool(order(a, b, "<")? == Some(Ordering::Less)),
        BinaryOp::Gt => Val::Bool(order(a, b, ">")? == Some(Ordering::Greater)),
        BinaryOp::Le => Val::Bool(matches!(order(a, b, "<=")?, Some(Ordering::Less | Ordering::Equal))),
        BinaryOp::Ge => Val::Bool(matches!(order(a, b, ">=")?, Some(Ordering::Greater | Ordering::Equal))),
        BinaryOp::Add => add(a, b)?,
        BinaryOp::Sub => subtract(a, b)?,
        BinaryOp::Mul => multiply(a, b)?,
        BinaryOp::Div => match (number(a), number(b)) {
            (Some((a, _)), Some((b, _))) => Val::Float(a / b),
            _ => return Err(invalid("/", a, b)),
        },
        BinaryOp::Mod => match (number(a), number(b)) {
            (Some((_, Some(_))), Some((_, Some(0)))) => return Err(LangError::eval("runtime error: integer divide by zero")),
            (Some((_, Some(a))), Some((_, Some(b)))) => Val::Int(a.wrapping_rem(b)),
            _ => return Err(invalid("%", a, b)),
        },
        BinaryOp::Pow => Val::Float(gomath::pow(to_float(a)?, to_float(b)?)),
        BinaryOp::In => Val::Bool(contained(a, b)?),
        BinaryOp::Matches => texts(a, b, |a, b| match goregexp::compile(b) {
            Ok(regex) => Ok(regex.is_match(a)),
            Err(why) => Err(LangError::eval(why)),
        })?,
        BinaryOp::Contains => texts(a, b, |a, b| Ok(a.contains(b)))?,
        BinaryOp::StartsWith => texts(a, b, |a, b| Ok(a.starts_with(b)))?,
        BinaryOp::EndsWith => texts(a, b, |a, b| Ok(a.ends_with(b)))?,
        BinaryOp::Range | BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce => return Err(invalid("?", a, b)),
    })
}

/// Text operators are false on nil and refuse anything but texts.
fn texts(a: &Val, b: &Val, run: impl Fn(&str, &str) -> Result<bool>) -> Result {
    match (a, b) {
        (Val::Nil, _) | (_, Val::Nil) => Ok(Val::Bool(false)),
        (Val::Str(a), Val::Str(b)) => run(a, b).map(Val::Bool),
        (Val::Str(_), other) | (other, _) => {
            Err(LangError::eval(format!("interface conversion: interface {{}} is {}, not string", other.ty().name())))
        }
    }
}

fn add(a: &Val, b: &Val) -> Result {
    if let (Some(x), Some(y)) = (number(a), number(b)) {
        return Ok(match (x.1, y.1) {
            (Some(x), Some(y)) => Val::Int(x.wrapping_add(y)),
            _ => Val::Float(x.0 + y.0),
        });
    }
    match (a, b) {
        (Val::Str(x), Val::Str(y)) => {
            let mut text = String::with_capacity(x.len() + y.len());
            text.push_str(x);
            text.push_str(y);
            if text.len() > 64 << 20 {
                return Err(LangError::limit("the text grows too large"));
            }
            Ok(Val::string(text))
        }
        (Val::Time(time), Val::Duration(nanos)) | (Val::Duration(nanos), Val::Time(time)) => Ok(Val::Time(Arc::new(time.add(*nanos)))),
        (Val::Duration(a), Val::Duration(b)) => Ok(Val::Duration(a.wrapping_add(*b))),
        _ => Err(invalid("+", a, b)),
    }
}

fn subtract(a: &Val, b: &Val) -> Result {
    if let (Some(x), Some(y)) = (number(a), number(b)) {
        return Ok(match (x.1, y.1) {
            (Some(x), Some(y)) => Val::Int(x.wrapping_sub(y)),
            _ => Val::Float(x.0 - y.0),
        });
    }
    match (a, b) {
        (Val::Time(a), Val::Time(b)) => Ok(Val::Duration(a.since(b))),
        (Val::Time(time), Val::Duration(nanos)) => Ok(Val::Time(Arc::new(time.add(nanos.saturating_neg())))),
        (Val::Duration(a), Val::Duration(b)) => Ok(Val::Duration(a.wrapping_sub(*b))),
        _ => Err(invalid("-", a, b)),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn multiply(a: &Val, b: &Val) -> Result {
    if let (Some(x), Some(y)) = (number(a), number(b)) {
        return Ok(match (x.1, y.1) {
            (Some(x), Some(y)) => Val::Int(x.wrapping_mul(y)),
            _ => Val::Float(x.0 * y.0),
        });
    }
    match (a, b) {
        (Val::Duration(x), Val::Duration(y)) => Ok(Val::Duration(x.wrapping_mul(*y))),
        (Val::Duration(nanos), other) | (other, Val::Duration(nanos)) => match number(other) {
            Some((_, Some(factor))) => Ok(Val::Duration(nanos.wrapping_mul(factor))),
            Some((factor, None)) => Ok(Val::Duration((factor * *nanos as f64) as i64)),
            None => Err(invalid("*", a, b)),
        },
        _ => Err(invalid("*", a, b)),
    }
}

/// The value of a key in a map, with Go's complaint about a key of the wrong type.
pub(super) fn lookup<'m>(map: &'m Map, key: &Val) -> Result<Option<&'m Val>> {
    let zero;
    let key = match (map.kind, key) {
        (MapKind::Any | MapKind::Groups, key) => key,
        (MapKind::Text | MapKind::TextSet, Val::Nil) => {
            zero = Val::str("");
            &zero
        }
        (MapKind::IntSet, Val::Nil) => &Val::Int(0),
        (MapKind::Text | MapKind::TextSet, Val::Str(_)) | (MapKind::IntSet, Val::Int(_)) => key,
        (_, key) => {
            let wanted = if map.kind == MapKind::IntSet { "int" } else { "string" };
            let found = key.ty().name();
            let message = format!("reflect.Value.MapIndex: value of type {found} is not assignable to type {wanted}");
            return Err(LangError::eval(message));
        }
    };
    Ok(map.get(key))
}

fn contained(needle: &Val, list: &Val) -> Result<bool> {
    match list {
        Val::Nil => Ok(false),
        Val::Slice(slice) => Ok(slice.items.iter().any(|item| equal(item, needle))),
        Val::Map(map) => Ok(lookup(map, needle)?.is_some()),
        other => Err(LangError::eval(format!("operator \"in\" not defined on {}", other.ty().name()))),
    }
}
