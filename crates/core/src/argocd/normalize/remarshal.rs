//! Canonical form through the Go struct (`remarshal`).

use crate::Value;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::structs::{Shape, canonicalize, conforms, go_number, structs};

/// What canonical form did to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remarshalled {
    /// Its kind has no struct, or the struct does not take it: it stays as it is.
    Left,
    /// It was canonical already ([`Shape::Canonical`]).
    Canonical,
    /// It was nearly canonical, and needed no rewriting ([`Shape::Paired`]).
    Paired,
    /// It was rewritten.
    Rewritten,
}

/// Rewrites an object of a built-in kind the way decoding into its struct and encoding it again
/// does, keeping only members it had. One unknown field or wrong type anywhere switches all of it off.
pub fn remarshal(object: &mut Value) -> Remarshalled {
    go_numbers(object);
    let Gvk { group, version, kind } = unstructured::gvk(object);
    let Some(ty) = structs().kind(group, version, kind) else { return Remarshalled::Left };
    match conforms(object, ty, true) {
        None => Remarshalled::Left,
        Some(Shape::Canonical) => Remarshalled::Canonical,
        Some(Shape::Paired) => Remarshalled::Paired,
        Some(_) => {
            canonicalize(object, ty);
            Remarshalled::Rewritten
        }
    }
}

/// One JSON round trip: integral floats become integers, integers beyond 64 bits floats.
pub(crate) fn go_numbers(value: &mut Value) {
    match value {
        Value::Number(number) if !number.is_i64() => *number = go_number(number),
        Value::Array(items) => items.iter_mut().for_each(go_numbers),
        Value::Object(members) => members.values_mut().for_each(go_numbers),
        _ => {}
    }
}
