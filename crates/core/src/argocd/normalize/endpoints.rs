//! Endpoints (`normalizeEndpoint`): default protocols, sorted subsets.

use std::cmp::Ordering;

use super::spew;
use crate::kube::structs::{converts, encode, structs};
use crate::{Map, Value};

/// Replaces the object by its typed encoding with sorted subsets.
pub(super) fn normalize_endpoints(object: &mut Value) {
    let Some(ty) = structs().kind("", "v1", "Endpoints").filter(|ty| converts(object, *ty)) else { return };
    let mut encoded = encode(object, ty);
    if let Some(subsets) = encoded.get_mut("subsets").and_then(Value::as_array_mut) {
        for subset in subsets.iter_mut().filter_map(Value::as_object_mut) {
            sort_subset(subset);
        }
        subsets.sort_by_cached_key(spew::subset_hash);
    }
    *object = encoded;
}

fn sort_subset(subset: &mut Map<String, Value>) {
    if let Some(ports) = subset.get_mut("ports").and_then(Value::as_array_mut) {
        for port in ports.iter_mut().filter_map(Value::as_object_mut) {
            if port.get("protocol").and_then(Value::as_str).unwrap_or("").is_empty() {
                port.insert("protocol".to_owned(), Value::from("TCP"));
            }
        }
    }
    for list in ["addresses", "notReadyAddresses"] {
        if let Some(addresses) = subset.get_mut(list).and_then(Value::as_array_mut) {
            addresses.sort_by(compare_addresses);
        }
    }
    if let Some(ports) = subset.get_mut("ports").and_then(Value::as_array_mut) {
        ports.sort_by_cached_key(spew::port_hash);
    }
}

/// By the bytes of the IP, then by the UID of the target; no target comes first.
fn compare_addresses(one: &Value, other: &Value) -> Ordering {
    let ip = |value: &Value| value.get("ip").and_then(Value::as_str).unwrap_or("").to_owned();
    let target = |value: &Value| {
        value
            .get("targetRef")
            .filter(|target| !target.is_null())
            .map(|target| target.get("uid").and_then(Value::as_str).unwrap_or("").to_owned())
    };
    ip(one).cmp(&ip(other)).then_with(|| target(one).cmp(&target(other)))
}
