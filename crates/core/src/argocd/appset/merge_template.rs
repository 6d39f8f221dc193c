//! `mergeGeneratorTemplate`: a generator's own template over the set's.

use crate::{
    Map, Value,
    kube::structs::{Structs, Type, structs},
};

/// `mergo.Merge(own, base)`: what is empty in the generator's template comes from the set's.
pub(super) fn merge(own: &Value, base: &Value, ty: Type) -> Value {
    let mut merged = own.clone();
    fill(structs(), &mut merged, base, ty);
    merged
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

fn fill(table: &Structs, own: &mut Value, base: &Value, ty: Type) {
    if base.is_null() {
        return;
    }
    match ty {
        Type::Pointer(to) => {
            if own.is_null() {
                *own = base.clone();
            } else {
                fill(table, own, base, table.ty(to));
            }
        }
        Type::Struct(at) => {
            if !own.is_object() {
                *own = Value::Object(Map::new());
            }
            let (Value::Object(own), Value::Object(base)) = (own, base) else { return };
            for field in table.structure(at).fields() {
                let Some(from) = base.get(field.name) else { continue };
                fill(table, own.entry(field.name).or_insert(Value::Null), from, table.ty(field.ty));
                if own.get(field.name).is_some_and(Value::is_null) {
                    own.shift_remove(field.name);
                }
            }
        }
        Type::Map(_) => match (own, base) {
            (Value::Object(own), Value::Object(base)) => {
                for (key, value) in base {
                    if own.get(key).is_none_or(empty) {
                        own.insert(key.clone(), value.clone());
                    }
                }
            }
            (own, base) => *own = base.clone(),
        },
        // raw JSON is bytes: wholly one or the other
        Type::Raw => {
            if own.is_null() {
                *own = base.clone();
            }
        }
        _ => {
            if empty(own) && !empty(base) {
                *own = base.clone();
            }
        }
    }
}
