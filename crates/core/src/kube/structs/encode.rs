//! What encoding the decoded struct again gives.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fields::{bytes, quantity};
use super::go::integer;
use super::{Field, Struct, Structs, Type, structs, time};
use crate::{Map, Value};

/// Rewrites a value that conforms to the type the way decoding and encoding would, but adds no
/// member that was not there: Argo CD's `remarshal` (canonical values, `omitempty` zeros dropped).
pub fn canonicalize(value: &mut Value, ty: Type) {
    rewrite(structs(), value, ty);
}

/// The whole encoding of a value that conforms to the type, with members that are always written.
pub fn encode(value: &Value, ty: Type) -> Value {
    full(structs(), value, ty)
}

fn rewrite(table: &Structs, value: &mut Value, ty: Type) {
    if value.is_null() {
        *value = zero(table, ty);
        return;
    }
    match ty {
        Type::Raw | Type::String | Type::Bool => {}
        Type::Pointer(to) => rewrite(table, value, table.ty(to)),
        Type::List(of) => {
            let of = table.ty(of);
            if let Value::Array(items) = value {
                items.iter_mut().for_each(|item| rewrite(table, item, of));
            }
        }
        Type::Map(of) => {
            let of = table.ty(of);
            if let Value::Object(members) = value {
                members.values_mut().for_each(|item| rewrite(table, item, of));
            }
        }
        Type::Struct(at) => {
            if let Value::Object(members) = value {
                rewrite_struct(table, members, table.structure(at));
            }
        }
        _ => {
            if let Some(leaf) = leaf(value, ty) {
                *value = leaf;
            }
        }
    }
}

fn rewrite_struct(table: &Structs, members: &mut Map<String, Value>, structure: &Struct) {
    // A key that matches only without regard to case is decoded under the right name, which the original does not have.
    let folded: Vec<(&'static str, Value)> = members
        .iter()
        .filter(|(name, _)| structure.field(name).is_none())
        .filter_map(|(name, item)| structure.field_folded(name).map(|field| (field.name, item.clone())))
        .collect();
    for (name, item) in folded {
        // the exact name is decoded later unless it sorts first
        if let Some(slot) = members.get_mut(name)
            && slot.is_null()
        {
            *slot = item;
        }
    }
    members.retain(|name, item| {
        let Some(field) = structure.field(name) else { return false };
        let ty = table.ty(field.ty);
        if omitted(table, item, field, ty) {
            return false;
        }
        rewrite(table, item, ty);
        true
    });
}

/// Whether `omitempty` or `omitzero` drops the decoded value of a field.
pub(crate) fn is_omitted(value: &Value, field: &Field, ty: Type) -> bool {
    omitted(structs(), value, field, ty)
}

/// A scalar in canonical spelling; none when it has that already, or cannot have it.
pub(crate) fn canonical_leaf(value: &Value, ty: Type) -> Option<Value> {
    leaf(value, ty)
}

/// Whether `omitempty` or `omitzero` drops the decoded value.
pub(super) fn omitted(table: &Structs, value: &Value, field: &Field, ty: Type) -> bool {
    if field.omit_zero && matches!(ty, Type::Time) {
        return match value {
            Value::String(text) => !time::is_plain(text) && time::read(text).is_some_and(|at| at.is_zero()),
            other => other.is_null(),
        };
    }
    field.omit_empty && empty(table, value, ty)
}

fn empty(_table: &Structs, value: &Value, ty: Type) -> bool {
    match ty {
        Type::String | Type::Bytes | Type::List(_) | Type::Map(_) => match value {
            Value::Null => true,
            Value::String(text) => text.is_empty() || matches!(ty, Type::Bytes) && text.chars().all(|one| matches!(one, '\r' | '\n')),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        },
        Type::Bool => !matches!(value, Value::Bool(true)),
        Type::Int32 | Type::Int64 | Type::Float => value.is_null() || value.as_f64() == Some(0.0),
        Type::Pointer(_) => value.is_null(),
        _ => false,
    }
}

/// A scalar in canonical spelling.
fn leaf(value: &Value, ty: Type) -> Option<Value> {
    Some(match (ty, value) {
        (Type::Int32 | Type::Int64 | Type::IntOrString, Value::Number(number)) if !number.is_i64() => Value::from(integer(number)?),
        (Type::Float, Value::Number(number)) if !number.is_i64() => Value::Number(super::go_number(number)),
        (Type::Bytes, Value::String(text)) if text.contains(['\r', '\n']) => Value::from(STANDARD.encode(bytes(text)?)),
        (Type::Bytes, Value::Array(items)) => {
            let bytes: Vec<u8> = items.iter().filter_map(|item| item.as_u64().and_then(|byte| u8::try_from(byte).ok())).collect();
            Value::from(STANDARD.encode(bytes))
        }
        (Type::Quantity, _) => {
            let canonical = quantity(value)?.to_string();
            if value.as_str() == Some(canonical.as_str()) {
                return None;
            }
            Value::from(canonical)
        }
        (Type::Time, Value::String(text)) => time::read(text)?.seconds(),
        (Type::MicroTime, Value::String(text)) => time::read_micro(text)?.micros(),
        (Type::Duration, Value::String(text)) => Value::from(crate::kube::duration::format(crate::kube::duration::parse(text).ok()?)),
        _ => return None,
    })
}

/// The encoding of a type's zero value.
fn zero(table: &Structs, ty: Type) -> Value {
    match ty {
        Type::String => Value::from(""),
        Type::Bool => Value::Bool(false),
        Type::Int32 | Type::Int64 | Type::Float | Type::IntOrString => Value::from(0),
        Type::Quantity => Value::from("0"),
        Type::Duration => Value::from("0s"),
        Type::Struct(at) => full_struct(table, None, table.structure(at)),
        Type::Bytes | Type::Time | Type::MicroTime | Type::Raw | Type::Pointer(_) | Type::List(_) | Type::Map(_) => Value::Null,
    }
}

fn full(table: &Structs, value: &Value, ty: Type) -> Value {
    if value.is_null() {
        return zero(table, ty);
    }
    match (ty, value) {
        (Type::Pointer(to), _) => full(table, value, table.ty(to)),
        (Type::List(of), Value::Array(items)) => {
            let of = table.ty(of);
            Value::Array(items.iter().map(|item| full(table, item, of)).collect())
        }
        (Type::Map(of), Value::Object(members)) => {
            let of = table.ty(of);
            Value::Object(members.iter().map(|(name, item)| (name.clone(), full(table, item, of))).collect())
        }
        (Type::Struct(at), Value::Object(members)) => full_struct(table, Some(members), table.structure(at)),
        _ => leaf(value, ty).unwrap_or_else(|| value.clone()),
    }
}

fn full_struct(table: &Structs, members: Option<&Map<String, Value>>, structure: &Struct) -> Value {
    let mut out = Map::with_capacity(members.map_or(0, Map::len));
    for field in structure.fields() {
        let ty = table.ty(field.ty);
        let value = members.and_then(|members| lookup(members, structure, field)).unwrap_or(&Value::Null);
        if !omitted(table, value, field, ty) {
            out.insert(field.name.to_owned(), full(table, value, ty));
        }
    }
    Value::Object(out)
}

/// The member that ends up in a field: the last one, in sorted order, whose name matches.
fn lookup<'a>(members: &'a Map<String, Value>, structure: &Struct, field: &Field) -> Option<&'a Value> {
    if let Some(exact) = members.get(field.name) {
        return Some(exact);
    }
    let mut last: Option<(&String, &Value)> = None;
    for (name, value) in members {
        if name.eq_ignore_ascii_case(field.name) && structure.field(name).is_none() && last.is_none_or(|(before, _)| before < name) {
            last = Some((name, value));
        }
    }
    last.map(|(_, value)| value)
}
