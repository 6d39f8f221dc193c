//! Canonical form through the Go struct (`remarshal`).

use std::borrow::Cow;

use crate::Value;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::structs::{Shape, Type, canonicalize, conforms, go_number, structs};

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
    let Some((ty, shape)) = shape(object) else { return Remarshalled::Left };
    let form = form(shape);
    if form == Remarshalled::Rewritten {
        canonicalize(object, ty);
    }
    form
}

/// As [`remarshal`]; the object is copied only when it changes.
pub(crate) fn remarshal_cow(object: &mut Cow<'_, Value>) -> Remarshalled {
    if !is_go(object) {
        go_numbers(object.to_mut());
    }
    let Some((ty, shape)) = shape(object) else { return Remarshalled::Left };
    let form = form(shape);
    if form == Remarshalled::Rewritten {
        canonicalize(object.to_mut(), ty);
    }
    form
}

fn shape(object: &Value) -> Option<(Type, Shape)> {
    let Gvk { group, version, kind } = unstructured::gvk(object);
    let ty = structs().kind(group, version, kind)?;
    conforms(object, ty, true).map(|shape| (ty, shape))
}

fn form(shape: Shape) -> Remarshalled {
    match shape {
        Shape::Canonical => Remarshalled::Canonical,
        Shape::Paired => Remarshalled::Paired,
        _ => Remarshalled::Rewritten,
    }
}

/// Whether [`go_numbers`] would change nothing.
fn is_go(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_i64(),
        Value::Array(items) => items.iter().all(is_go),
        Value::Object(members) => members.values().all(is_go),
        _ => true,
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
