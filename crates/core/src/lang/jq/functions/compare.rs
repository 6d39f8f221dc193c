//! jq's total order: null, false, true, numbers, strings, arrays, objects.

use std::cmp::Ordering;

use crate::lang::jq::value::V;

fn rank(value: &V) -> u8 {
    match value {
        V::Null => 0,
        V::Bool(false) => 1,
        V::Bool(true) => 2,
        V::Int(_) | V::Float(_) | V::Big(_) => 3,
        V::Str(_) => 4,
        V::Arr(_) => 5,
        V::Obj(_) => 6,
    }
}

/// NaN is less than everything, itself included.
fn floats(a: f64, b: f64) -> Ordering {
    if a < b || a.is_nan() {
        Ordering::Less
    } else if a == b {
        Ordering::Equal
    } else {
        Ordering::Greater
    }
}

/// `Compare`.
pub(in crate::lang::jq) fn compare(a: &V, b: &V) -> Ordering {
    match (a, b) {
        (V::Int(a), V::Int(b)) => a.cmp(b),
        (V::Int(a), V::Big(b)) => i128::from(*a).cmp(b),
        (V::Big(a), V::Int(b)) => (**a).cmp(&i128::from(*b)),
        (V::Big(a), V::Big(b)) => a.cmp(b),
        (V::Int(_) | V::Float(_) | V::Big(_), V::Int(_) | V::Float(_) | V::Big(_)) => {
            floats(a.to_float().unwrap_or(f64::NAN), b.to_float().unwrap_or(f64::NAN))
        }
        (V::Str(a), V::Str(b)) => a.cmp(b),
        (V::Arr(a), V::Arr(b)) => slices(&a.items, &b.items),
        (V::Obj(a), V::Obj(b)) => {
            let keys = a.members.iter().map(|(key, _)| key).cmp(b.members.iter().map(|(key, _)| key));
            keys.then_with(|| {
                let values = a.members.iter().zip(&b.members).map(|((_, a), (_, b))| compare(a, b));
                values.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
            })
        }
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

/// The order of two arrays.
pub(super) fn slices(a: &[V], b: &[V]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| compare(a, b)).find(|order| order.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
}
