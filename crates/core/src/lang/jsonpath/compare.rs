//! Comparisons of `text/template`: only values of one kind compare.

use super::walk::Item;
use crate::Value;
use crate::lang::LangError;

/// What a value is compared as.
enum Basic<'i> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'i str),
    Byte(u8),
}

fn basic<'i>(item: &'i Item<'_>) -> Result<Basic<'i>, LangError> {
    Ok(match item {
        Item::Json(Value::Bool(b)) => Basic::Bool(*b),
        Item::Json(Value::Number(n)) => Basic::Float(n.as_f64().unwrap_or(f64::NAN)),
        Item::Json(Value::String(s)) => Basic::Text(s),
        Item::Text(text) => Basic::Text(text),
        Item::Int(i) => Basic::Int(*i),
        Item::Float(f) => Basic::Float(*f),
        Item::Bool(b) => Basic::Bool(*b),
        Item::Byte(byte) => Basic::Byte(*byte),
        Item::Json(_) | Item::Nothing => return Err(LangError::eval("invalid type for comparison")),
    })
}

fn incompatible<T>() -> Result<T, LangError> {
    Err(LangError::eval("incompatible types for comparison"))
}

#[allow(clippy::float_cmp)]
fn equal(a: &Item<'_>, b: &Item<'_>) -> Result<bool, LangError> {
    Ok(match (basic(a)?, basic(b)?) {
        (Basic::Bool(a), Basic::Bool(b)) => a == b,
        (Basic::Int(a), Basic::Int(b)) => a == b,
        (Basic::Float(a), Basic::Float(b)) => a == b,
        (Basic::Text(a), Basic::Text(b)) => a == b,
        (Basic::Byte(a), Basic::Byte(b)) => a == b,
        (Basic::Int(a), Basic::Byte(b)) | (Basic::Byte(b), Basic::Int(a)) => a == i64::from(b),
        _ => return incompatible(),
    })
}

fn less(a: &Item<'_>, b: &Item<'_>) -> Result<bool, LangError> {
    Ok(match (basic(a)?, basic(b)?) {
        (Basic::Bool(_), Basic::Bool(_)) => return Err(LangError::eval("invalid type for comparison")),
        (Basic::Int(a), Basic::Int(b)) => a < b,
        (Basic::Float(a), Basic::Float(b)) => a < b,
        (Basic::Text(a), Basic::Text(b)) => a < b,
        (Basic::Byte(a), Basic::Byte(b)) => a < b,
        (Basic::Int(a), Basic::Byte(b)) => a < i64::from(b),
        (Basic::Byte(a), Basic::Int(b)) => i64::from(a) < b,
        _ => return incompatible(),
    })
}

/// Whether two values stand in a filter's relation.
pub(super) fn holds(operator: &str, a: &Item<'_>, b: &Item<'_>) -> Result<bool, LangError> {
    match operator {
        "==" => equal(a, b),
        "!=" => equal(a, b).map(|equal| !equal),
        "<" => less(a, b),
        ">=" => less(a, b).map(|less| !less),
        "<=" => Ok(less(a, b)? || equal(a, b)?),
        ">" => Ok(!(less(a, b)? || equal(a, b)?)),
        other => Err(LangError::eval(format!("unrecognized filter operator {other}"))),
    }
}
