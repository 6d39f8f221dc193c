//! `==`, as upstream's `runtime.Equal`, and Go's `reflect.DeepEqual`.

use super::value::{SliceKind, Val};

/// A number as a double, and whether it is an integer.
#[allow(clippy::cast_precision_loss)]
pub(super) fn number(value: &Val) -> Option<(f64, Option<i64>)> {
    Some(match value {
        Val::Int(value) | Val::Int64(value) => (*value as f64, Some(*value)),
        Val::Byte(byte) => (f64::from(*byte), Some(i64::from(*byte))),
        Val::Float(value) => (*value, None),
        _ => return None,
    })
}

/// `==`
#[allow(clippy::float_cmp)]
pub(super) fn equal(a: &Val, b: &Val) -> bool {
    if let (Some(x), Some(y)) = (number(a), number(b)) {
        return match (x.1, y.1) {
            (Some(x), Some(y)) => x == y,
            _ => x.0 == y.0,
        };
    }
    match (a, b) {
        (Val::Str(a), Val::Str(b)) => a == b,
        (Val::Time(a), Val::Time(b)) => a.seconds == b.seconds && a.nanos == b.nanos,
        (Val::Slice(x), Val::Slice(y)) => {
            let plain = |kind| matches!(kind, SliceKind::Any | SliceKind::Nothing | SliceKind::Float | SliceKind::Text | SliceKind::Int);
            let mixed = x.kind == y.kind || [x.kind, y.kind].iter().any(|kind| matches!(kind, SliceKind::Any | SliceKind::Nothing));
            if plain(x.kind) && plain(y.kind) && mixed {
                return x.items.len() == y.items.len() && x.items.iter().zip(y.items.iter()).all(|(a, b)| equal(a, b));
            }
            identical(a, b)
        }
        _ if a.is_nil() && b.is_nil() => true,
        _ => identical(a, b),
    }
}

/// `reflect.DeepEqual`: the same type and the same content.
#[allow(clippy::float_cmp)]
pub(super) fn identical(a: &Val, b: &Val) -> bool {
    match (a, b) {
        (Val::Nil, Val::Nil) => true,
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Int(a), Val::Int(b))
        | (Val::Int64(a), Val::Int64(b))
        | (Val::Duration(a), Val::Duration(b))
        | (Val::Month(a), Val::Month(b))
        | (Val::Weekday(a), Val::Weekday(b)) => a == b,
        (Val::Byte(a), Val::Byte(b)) => a == b,
        (Val::Float(a), Val::Float(b)) => a == b,
        (Val::Str(a), Val::Str(b)) => a == b,
        (Val::Time(a), Val::Time(b)) => a.seconds == b.seconds && a.nanos == b.nanos && a.offset() == b.offset(),
        (Val::Slice(a), Val::Slice(b)) => {
            a.kind == b.kind && a.items.len() == b.items.len() && a.items.iter().zip(b.items.iter()).all(|(a, b)| identical(a, b))
        }
        (Val::Map(a), Val::Map(b)) => {
            a.kind == b.kind
                && a.entries.len() == b.entries.len()
                && a.entries.iter().all(|(key, value)| b.get(key).is_some_and(|other| identical(value, other)))
        }
        _ => false,
    }
}
