//! Secrets (`NormalizeSecret`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::argocd::unstructured::{self, Gvk};
use crate::kube::structs::{converts, encode, structs};
use crate::{Map, Value};

/// Folds `stringData` into `data` and gives `data` its canonical spelling; a Secret that is not one
/// keeps its shape.
pub fn normalize_secret(object: &mut Value) {
    let Gvk { group, kind, .. } = unstructured::gvk(object);
    if !group.is_empty() || kind != "Secret" {
        return;
    }
    fold_string_data(object);
    let Some(ty) = structs().kind("", "v1", "Secret").filter(|ty| converts(object, *ty)) else { return };
    let Some(members) = object.as_object_mut() else { return };
    let Some(Value::Object(data)) = members.get_mut("data") else { return };
    if data.is_empty() {
        // an empty map is not written, and what is not there is set as null
        members.insert("data".to_owned(), Value::Null);
        return;
    }
    let field = structs().deref(ty).and_then(|secret| secret.field("data"));
    let Some(map) = field.map(|field| structs().ty(field.ty)) else { return };
    for value in data.values_mut().filter(|value| value.is_null()) {
        *value = Value::from("");
    }
    let encoded = encode(&Value::Object(std::mem::take(data)), map);
    members.insert("data".to_owned(), encoded);
}

fn fold_string_data(object: &mut Value) {
    let Some(members) = object.as_object_mut() else { return };
    let Some(Value::Object(plain)) = members.get("stringData") else { return };
    let mut data = match members.get("data") {
        Some(Value::Object(data)) => data.clone(),
        // upstream would write into a nil map when `data` is of another type
        _ => Map::new(),
    };
    for (key, value) in plain {
        let value = match value {
            Value::String(text) => Value::from(STANDARD.encode(text)),
            other => other.clone(),
        };
        data.insert(key.clone(), value);
    }
    members.insert("data".to_owned(), Value::Object(data));
    members.shift_remove("stringData");
}
