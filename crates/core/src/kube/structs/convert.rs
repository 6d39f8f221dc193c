//! Would apimachinery's converter read this value into that struct? (`FromUnstructured`)

use super::fields::{Shape, bytes, conforms};
use super::{Structs, Type, structs};
use crate::Value;

/// Whether `DefaultUnstructuredConverter.FromUnstructured` accepts the value: field names must be
/// exact, unknown ones are skipped, integers are not checked for overflow.
pub fn converts(value: &Value, ty: Type) -> bool {
    check(structs(), value, ty)
}

fn check(table: &Structs, value: &Value, ty: Type) -> bool {
    if value.is_null() {
        return true;
    }
    match (ty, value) {
        (Type::Raw, _) | (Type::String, Value::String(_)) | (Type::Bool, Value::Bool(_)) | (Type::Float, Value::Number(_)) => true,
        (Type::Int32 | Type::Int64, Value::Number(number)) => !number.is_f64() || number.as_f64().is_some_and(|float| float.fract() == 0.0),
        (Type::Bytes, Value::String(text)) => bytes(text).is_some(),
        (Type::Bytes, Value::Array(items)) => items.iter().all(Value::is_number),
        (Type::Pointer(to), _) => check(table, value, table.ty(to)),
        (Type::List(of), Value::Array(items)) => items.iter().all(|item| check(table, item, table.ty(of))),
        (Type::Map(of), Value::Object(members)) => members.values().all(|item| check(table, item, table.ty(of))),
        (Type::Struct(at), Value::Object(members)) => {
            let structure = table.structure(at);
            members.iter().all(|(name, item)| structure.field(name).is_none_or(|field| check(table, item, table.ty(field.ty))))
        }
        (Type::Quantity | Type::Time | Type::MicroTime | Type::Duration | Type::IntOrString, _) => {
            conforms(value, ty, false).is_some_and(|shape| shape <= Shape::Plain)
        }
        _ => false,
    }
}
