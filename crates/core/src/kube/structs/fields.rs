//! Would Go decode this value into that struct?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::go::integer;
use super::{Structs, Type, structs, time};
use crate::Value;
use crate::kube::quantity::Quantity;

/// How close a value that decodes is to what encoding it again would give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Every key is a field's exact name.
    Plain,
    /// Some keys are unknown (only when decoding is lenient).
    Extra,
    /// Some keys match a field only when case is ignored, or list elements are null.
    Odd,
}

/// Whether `encoding/json` decodes `value` into the type, and how plain it is; `strict` refuses unknown fields.
pub fn conforms(value: &Value, ty: Type, strict: bool) -> Option<Shape> {
    check(structs(), value, ty, strict)
}

fn check(table: &Structs, value: &Value, ty: Type, strict: bool) -> Option<Shape> {
    if value.is_null() {
        return Some(Shape::Plain);
    }
    let plain = |fine: bool| fine.then_some(Shape::Plain);
    match (ty, value) {
        (Type::Raw, _) | (Type::String, Value::String(_)) | (Type::Bool, Value::Bool(_)) | (Type::Float, Value::Number(_)) => {
            Some(Shape::Plain)
        }
        (Type::Int32, Value::Number(number)) => plain(integer(number).is_some_and(|at| i32::try_from(at).is_ok())),
        (Type::Int64, Value::Number(number)) => plain(integer(number).is_some()),
        (Type::Bytes, Value::String(text)) => plain(bytes(text).is_some()),
        (Type::Bytes, Value::Array(items)) => {
            plain(items.iter().all(|item| item.as_u64().is_some_and(|byte| byte < 256))).map(|_| Shape::Odd)
        }
        (Type::Quantity, Value::String(_) | Value::Number(_)) => plain(quantity(value).is_some()),
        (Type::Time, Value::String(text)) => plain(time::read(text).is_some()),
        (Type::MicroTime, Value::String(text)) => plain(time::read_micro(text).is_some()),
        (Type::Duration, Value::String(text)) => plain(crate::kube::duration::parse(text).is_ok()),
        (Type::IntOrString, Value::String(_)) => Some(Shape::Plain),
        (Type::IntOrString, Value::Number(number)) => plain(integer(number).is_some_and(|at| i32::try_from(at).is_ok())),
        (Type::Pointer(to), _) => check(table, value, table.ty(to), strict),
        (Type::List(of), Value::Array(items)) => {
            let of = table.ty(of);
            let nulls = if items.iter().any(Value::is_null) { Shape::Odd } else { Shape::Plain };
            items.iter().try_fold(nulls, |shape, item| Some(shape.max(check(table, item, of, strict)?)))
        }
        (Type::Map(of), Value::Object(members)) => {
            let of = table.ty(of);
            members.values().try_fold(Shape::Plain, |shape, item| Some(shape.max(check(table, item, of, strict)?)))
        }
        (Type::Struct(at), Value::Object(members)) => {
            let structure = table.structure(at);
            members.iter().try_fold(Shape::Plain, |shape, (name, item)| {
                if let Some(field) = structure.field(name) {
                    return Some(shape.max(check(table, item, table.ty(field.ty), strict)?));
                }
                match structure.field_folded(name) {
                    Some(field) => check(table, item, table.ty(field.ty), strict).map(|_| Shape::Odd),
                    None if strict => None,
                    None => Some(shape.max(Shape::Extra)),
                }
            })
        }
        _ => None,
    }
}

/// The bytes of a base64 string as `encoding/json` decodes it: line breaks are skipped.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    if text.contains(['\r', '\n']) {
        return STANDARD.decode(text.replace(['\r', '\n'], "")).ok();
    }
    STANDARD.decode(text).ok()
}

/// A quantity given as a string or as a bare number.
pub(super) fn quantity(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => Quantity::parse(text.trim()).ok(),
        Value::Number(number) => Quantity::parse(&super::go_number(number).to_string()).ok(),
        _ => None,
    }
}
