//! Operators on values, with gojq's integers that grow where they must.

use std::sync::Arc;

use super::compare::compare;
use super::{Context, JqError, Result};
use crate::lang::jq::encode::preview;
use crate::lang::jq::error::typed;
use crate::lang::jq::value::{Obj, V};

/// Two numbers in the type they are computed in.
enum Pair {
    Ints(i128, i128),
    Floats(f64, f64),
}

fn pair(a: &V, b: &V) -> Option<Pair> {
    let integer = |value: &V| match value {
        V::Int(i) => Some(i128::from(*i)),
        V::Big(big) => Some(**big),
        _ => None,
    };
    if let (Some(a), Some(b)) = (integer(a), integer(b)) {
        return Some(Pair::Ints(a, b));
    }
    Some(Pair::Floats(a.to_float()?, b.to_float()?))
}

fn cannot(what: &str, a: &V, b: &V) -> JqError {
    JqError::message(format!("cannot {what}: {} and {}", typed(a), typed(b)))
}

/// Beyond 128 bits only the size is kept.
#[allow(clippy::cast_precision_loss)]
fn checked(exact: Option<i128>, a: i128, b: i128, inexact: fn(f64, f64) -> f64) -> V {
    exact.map_or_else(|| V::Float(inexact(a as f64, b as f64)), V::integer)
}

/// `+`
pub(in crate::lang::jq) fn add(a: &V, b: &V) -> Result {
    match (a, b) {
        (V::Str(a), V::Str(b)) => {
            let mut text = String::with_capacity(a.len() + b.len());
            text.push_str(a);
            text.push_str(b);
            Ok(V::string(text))
        }
        (V::Arr(x), V::Arr(y)) => {
            if x.items.is_empty() {
                return Ok(b.clone());
            }
            if y.items.is_empty() {
                return Ok(a.clone());
            }
            V::array(x.items.iter().chain(&y.items).cloned().collect())
        }
        (V::Obj(x), V::Obj(y)) => {
            if x.members.is_empty() {
                return Ok(b.clone());
            }
            if y.members.is_empty() {
                return Ok(a.clone());
            }
            V::object(merged(x, y))
        }
        (V::Null, other) | (other, V::Null) => Ok(other.clone()),
        _ => match pair(a, b) {
            Some(Pair::Ints(a, b)) => Ok(checked(a.checked_add(b), a, b, |a, b| a + b)),
            Some(Pair::Floats(a, b)) => Ok(V::Float(a + b)),
            None => Err(cannot("add", a, b)),
        },
    }
}

fn merged(a: &Obj, b: &Obj) -> Obj {
    let mut out = Obj { members: Vec::with_capacity(a.members.len() + b.members.len()), depth: a.depth.max(b.depth) };
    let (mut left, mut right) = (a.members.iter().peekable(), b.members.iter().peekable());
    loop {
        let member = match (left.peek(), right.peek()) {
            (Some((x, _)), Some((y, _))) if x < y => left.next(),
            (Some((x, _)), Some((y, _))) => {
                if x == y {
                    left.next();
                }
                right.next()
            }
            (Some(_), None) => left.next(),
            _ => right.next(),
        };
        match member {
            Some(member) => out.members.push(member.clone()),
            None => return out,
        }
    }
}

/// `-`
pub(in crate::lang::jq) fn subtract(a: &V, b: &V) -> Result {
    if let (V::Arr(x), V::Arr(y)) = (a, b) {
        return V::array(x.items.iter().filter(|item| !y.items.iter().any(|other| compare(item, other).is_eq())).cloned().collect());
    }
    match pair(a, b) {
        Some(Pair::Ints(a, b)) => Ok(checked(a.checked_sub(b), a, b, |a, b| a - b)),
        Some(Pair::Floats(a, b)) => Ok(V::Float(a - b)),
        None => Err(cannot("subtract", a, b)),
    }
}

/// `*`: numbers, repeated texts, merged objects.
pub(in crate::lang::jq) fn multiply(context: &Context, a: &V, b: &V) -> Result {
    match (a, b) {
        (V::Obj(x), V::Obj(y)) => deep_merge(x, y),
        (V::Str(text), count) | (count, V::Str(text)) if count.is_number() => repeat(context, text, count),
        _ => match pair(a, b) {
            Some(Pair::Ints(a, b)) => Ok(checked(a.checked_mul(b), a, b, |a, b| a * b)),
            Some(Pair::Floats(a, b)) => Ok(V::Float(a * b)),
            None => Err(cannot("multiply", a, b)),
        },
    }
}

fn deep_merge(a: &Obj, b: &Obj) -> Result {
    let mut out = a.clone();
    for (key, value) in &b.members {
        let value = match (out.get(key), value) {
            (Some(V::Obj(x)), V::Obj(y)) => deep_merge(x, y)?,
            _ => value.clone(),
        };
        out.insert(Arc::clone(key), value);
    }
    V::object(out)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn repeat(context: &Context, text: &str, count: &V) -> Result {
    let times = count.to_float().unwrap_or(f64::NAN);
    if times < 0.0 || times.is_nan() {
        return Ok(V::Null);
    }
    let times = times.min(2_147_483_647.0);
    let whole = times as usize;
    let size = text.len().saturating_mul(whole);
    if size >= 2_147_483_647 {
        let (text, count) = (preview(&V::str(text)), preview(&V::Float(times)));
        return Err(JqError::message(format!("repeat string result too large: {text} * {count}")));
    }
    if size > context.output {
        return Err(JqError::limit("the text grows too large"));
    }
    Ok(V::string(text.repeat(whole)))
}

/// `/`: numbers, or a text split at another.
#[allow(clippy::cast_precision_loss)]
pub(in crate::lang::jq) fn divide(a: &V, b: &V) -> Result {
    if let (V::Str(text), V::Str(separator)) = (a, b) {
        return Ok(if text.is_empty() { V::flat(Vec::new()) } else { super::strings::split(text, separator) });
    }
    let zero = || Err(JqError::message(format!("cannot divide {} by: {}", typed(a), typed(b))));
    match pair(a, b) {
        Some(Pair::Ints(_, 0)) => zero(),
        Some(Pair::Ints(x, y)) => Ok(match x.checked_rem(y) {
            Some(0) => V::integer(x / y),
            _ => V::Float(x as f64 / y as f64),
        }),
        Some(Pair::Floats(_, 0.0)) => zero(),
        Some(Pair::Floats(x, y)) => Ok(V::Float(x / y)),
        None => Err(cannot("divide", a, b)),
    }
}

/// `%` on integers; doubles are truncated first.
pub(in crate::lang::jq) fn modulo(a: &V, b: &V) -> Result {
    let zero = || Err(JqError::message(format!("cannot modulo {} by: {}", typed(a), typed(b))));
    match pair(a, b) {
        Some(Pair::Ints(_, 0)) => zero(),
        Some(Pair::Ints(x, y)) => Ok(V::integer(x.checked_rem(y).unwrap_or(0))),
        Some(Pair::Floats(x, y)) if x.is_nan() || y.is_nan() => Ok(V::Float(f64::NAN)),
        Some(Pair::Floats(x, y)) => match (V::Float(x).to_int(), V::Float(y).to_int()) {
            (Some(x), Some(y)) if y != 0 => Ok(V::Int(x.checked_rem(y).unwrap_or(0))),
            _ => zero(),
        },
        None => Err(cannot("modulo", a, b)),
    }
}

/// The negative of a number.
pub(in crate::lang::jq) fn negate(value: &V) -> Option<V> {
    Some(match value {
        V::Int(i) => V::integer(-i128::from(*i)),
        V::Big(big) => big.checked_neg().map_or(V::Float(f64::INFINITY), V::integer),
        V::Float(f) => V::Float(-f),
        _ => return None,
    })
}

/// Unary minus.
pub(in crate::lang::jq) fn minus(_: &mut Context, input: V, _: &[V]) -> Result {
    negate(&input).ok_or_else(|| JqError::message(format!("cannot negate: {}", typed(&input))))
}

/// Unary plus.
pub(in crate::lang::jq) fn plus(_: &mut Context, input: V, _: &[V]) -> Result {
    if input.is_number() { Ok(input) } else { Err(JqError::message(format!("cannot plus: {}", typed(&input)))) }
}

/// The next number of a range and what is left of it.
pub(in crate::lang::jq) fn range((from, to, by): (V, V, V)) -> Option<(V, (V, V, V))> {
    let (direction, distance) = (compare(&by, &V::Int(0)), compare(&from, &to));
    if direction.is_eq() || distance.is_eq() || direction == distance {
        return None;
    }
    let next = add(&from, &by).ok()?;
    Some((from, (next, to, by)))
}
