//! Canonical form through the Go struct (`remarshal`).

use crate::Value;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::structs::{canonicalize, conforms, go_number, structs};

/// Rewrites an object of a built-in kind the way decoding into its struct and encoding it again
/// does, keeping only members it had. One unknown field or wrong type anywhere switches all of it off.
/// Says whether the object was rewritten.
pub fn remarshal(object: &mut Value) -> bool {
    go_numbers(object);
    let Gvk { group, version, kind } = unstructured::gvk(object);
    let Some(ty) = structs().kind(group, version, kind) else { return false };
    if conforms(object, ty, true).is_none() {
        return false;
    }
    canonicalize(object, ty);
    true
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
