//! `eq`, `lt` and the rest, and `reflect.DeepEqual`.

use super::{env::Env, function::Fault};
use crate::lang::gofmt::{Kind, MAX_DEPTH, TooLarge, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basic {
    None,
    Bool,
    Complex,
    Int,
    Float,
    Str,
    Uint,
}

fn basic(value: &Value) -> Basic {
    match value {
        Value::Bool(_) => Basic::Bool,
        Value::Int(_) | Value::Int64(_) => Basic::Int,
        Value::Uint8(_) | Value::Uint64(_) => Basic::Uint,
        Value::Float(_) => Basic::Float,
        Value::Complex(..) => Basic::Complex,
        Value::Str(_) => Basic::Str,
        Value::Foreign(foreign) if foreign.integer().is_some() => Basic::Int,
        _ => Basic::None,
    }
}

fn int(value: &Value) -> i64 {
    match value {
        Value::Int(v) | Value::Int64(v) => *v,
        Value::Foreign(foreign) => foreign.integer().unwrap_or(0),
        _ => 0,
    }
}

fn uint(value: &Value) -> u64 {
    match value {
        Value::Uint8(v) => u64::from(*v),
        Value::Uint64(v) => *v,
        _ => 0,
    }
}

fn incompatible(a: &Value, b: &Value) -> Fault {
    Fault::Call(format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name()))
}

/// `eq` of a value and several others: whether one of them is equal.
pub(super) fn eq(first: &Value, others: &[Value]) -> Result<bool, Fault> {
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        if eq_one(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn eq_one(a: &Value, b: &Value) -> Result<bool, Fault> {
    match (basic(a), basic(b)) {
        (Basic::Int, Basic::Uint) => Ok(u64::try_from(int(a)).is_ok_and(|v| v == uint(b))),
        (Basic::Uint, Basic::Int) => Ok(u64::try_from(int(b)).is_ok_and(|v| v == uint(a))),
        (x, y) if x != y => {
            if a.is_nil_interface() || b.is_nil_interface() {
                Ok(false)
            } else {
                Err(incompatible(a, b))
            }
        }
        (Basic::None, _) => {
            let kind = |v: &Value| if v.is_nil_interface() { Kind::Invalid } else { v.kind() };
            if kind(a) != kind(b) && kind(a) != Kind::Invalid && kind(b) != Kind::Invalid {
                return Err(format!("non-comparable types {}: {}, {}: {}", a.to_text(), a.type_name(), b.type_name(), b.to_text()).into());
            }
            if a.is_nil() || b.is_nil() {
                return Ok(a.is_nil() == b.is_nil());
            }
            match (a, b) {
                (Value::Foreign(x), Value::Foreign(y)) => Ok(x.equals(y.as_ref())),
                _ => Err(format!("non-comparable type {}: {}", b.to_text(), b.type_name()).into()),
            }
        }
        (Basic::Int, _) => Ok(int(a) == int(b)),
        (Basic::Uint, _) => Ok(uint(a) == uint(b)),
        _ => Ok(match (a, b) {
            (Value::Bool(x), Value::Bool(y)) => x == y,
            (Value::Float(x), Value::Float(y)) => x == y,
            (Value::Complex(x, i), Value::Complex(y, j)) => x == y && i == j,
            (Value::Str(x), Value::Str(y)) => x == y,
            _ => false,
        }),
    }
}

/// `lt`
pub(super) fn lt(a: &Value, b: &Value) -> Result<bool, Fault> {
    let invalid = || Fault::from("invalid type for comparison");
    match (basic(a), basic(b)) {
        (Basic::None, _) | (_, Basic::None) => Err(invalid()),
        (Basic::Int, Basic::Uint) => Ok(int(a) < 0 || (int(a) as u64) < uint(b)),
        (Basic::Uint, Basic::Int) => Ok(int(b) >= 0 && uint(a) < int(b) as u64),
        (x, y) if x != y => Err(incompatible(a, b)),
        (Basic::Bool | Basic::Complex, _) => Err(invalid()),
        (Basic::Int, _) => Ok(int(a) < int(b)),
        (Basic::Uint, _) => Ok(uint(a) < uint(b)),
        _ => Ok(match (a, b) {
            (Value::Float(x), Value::Float(y)) => x < y,
            (Value::Str(x), Value::Str(y)) => x < y,
            _ => false,
        }),
    }
}

/// `le`
pub(super) fn le(a: &Value, b: &Value) -> Result<bool, Fault> {
    Ok(lt(a, b)? || eq_one(a, b)?)
}

/// `reflect.DeepEqual`; every item takes a step, since lists that share their items are as large as what they spell out.
pub(super) fn deep_equal(env: &Env, a: &Value, b: &Value, depth: usize) -> Result<bool, Fault> {
    if depth > MAX_DEPTH {
        return Err(TooLarge.into());
    }
    Ok(match (a, b) {
        (Value::Nil | Value::Invalid, Value::Nil | Value::Invalid) => true,
        (Value::Bool(x), Value::Bool(y)) => x == y,
        (Value::Int(x), Value::Int(y)) | (Value::Int64(x), Value::Int64(y)) => x == y,
        (Value::Uint8(x), Value::Uint8(y)) => x == y,
        (Value::Uint64(x), Value::Uint64(y)) => x == y,
        (Value::Float(x), Value::Float(y)) => x == y,
        (Value::Complex(x, i), Value::Complex(y, j)) => x == y && i == j,
        (Value::Str(x), Value::Str(y)) => x == y,
        (Value::List(x), Value::List(y)) => {
            if x.elem != y.elem || x.is_nil() != y.is_nil() || x.len() != y.len() {
                return Ok(false);
            }
            if x.same(y) {
                return Ok(true);
            }
            for (x, y) in x.to_vec().iter().zip(&y.to_vec()) {
                env.step(1).map_err(Fault::Refused)?;
                if !deep_equal(env, x, y, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(x), Value::Map(y)) => {
            if x.strings != y.strings || x.is_nil() != y.is_nil() || x.len() != y.len() {
                return Ok(false);
            }
            if x.same(y) {
                return Ok(true);
            }
            for ((key, x), (other, y)) in x.to_vec().iter().zip(&y.to_vec()) {
                env.step(1).map_err(Fault::Refused)?;
                if key != other || !deep_equal(env, x, y, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Foreign(x), Value::Foreign(y)) => x.equals(y.as_ref()),
        _ => false,
    })
}
