//! Would Go decode this value into that struct?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::encode::omitted;
use super::go::integer;
use super::{Field, Structs, Type, structs, time};
use crate::kube::members::distinct;
use crate::kube::quantity::Quantity;
use crate::{Map, Value};

/// How close a value that decodes is to what encoding it again would give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// [`super::canonicalize`] would leave it as it is, lists that merge have distinct keys, and nothing
    /// is null; the defaults can be set in place. Sufficient, not necessary.
    Canonical,
    /// As [`Self::Canonical`], but for lists that merge in which elements share a key.
    Paired,
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

/// As [`conforms`], strictly; how plain a top-level member is does not count if it is the one named.
pub(crate) fn conforms_apart(value: &Value, ty: Type, apart: Option<&str>) -> Option<Shape> {
    match (ty, value) {
        (Type::Struct(at), Value::Object(members)) => check_struct(structs(), members, at, true, apart),
        _ => check(structs(), value, ty, true),
    }
}

fn check(table: &Structs, value: &Value, ty: Type, strict: bool) -> Option<Shape> {
    match (ty, value) {
        (_, Value::Null) => Some(Shape::Plain),
        (Type::Raw, _) | (Type::String | Type::IntOrString, Value::String(_)) | (Type::Bool, Value::Bool(_)) => Some(Shape::Canonical),
        (Type::Float, Value::Number(number)) => Some(canonical_if(number.is_i64())),
        (Type::Int32 | Type::IntOrString, Value::Number(number)) => {
            let fits = integer(number).is_some_and(|at| i32::try_from(at).is_ok());
            fits.then(|| canonical_if(number.is_i64()))
        }
        (Type::Int64, Value::Number(number)) => integer(number).map(|_| canonical_if(number.is_i64())),
        (Type::Bytes, Value::String(text)) => bytes(text).map(|_| canonical_if(!text.contains(['\r', '\n']))),
        (Type::Bytes, Value::Array(items)) => items.iter().all(|item| item.as_u64().is_some_and(|byte| byte < 256)).then_some(Shape::Odd),
        (Type::Quantity, Value::String(text)) if is_canonical_quantity(text) => Some(Shape::Canonical),
        (Type::Quantity, Value::String(_) | Value::Number(_)) => quantity(value).map(|_| Shape::Plain),
        (Type::Time, Value::String(text)) if time::is_plain(text) => Some(Shape::Canonical),
        (Type::Time, Value::String(text)) => time::read(text).map(|_| Shape::Plain),
        (Type::MicroTime, Value::String(text)) => time::read_micro(text).map(|_| Shape::Plain),
        (Type::Duration, Value::String(text)) => crate::kube::duration::parse(text).ok().map(|_| Shape::Plain),
        (Type::Pointer(to), _) => check(table, value, table.ty(to), strict),
        (Type::List(of), Value::Array(items)) => {
            let of = table.ty(of);
            items.iter().try_fold(Shape::Canonical, |shape, item| {
                let own = if item.is_null() { Shape::Odd } else { check(table, item, of, strict)? };
                Some(shape.max(own))
            })
        }
        (Type::Map(of), Value::Object(members)) => {
            let of = table.ty(of);
            let least = if matches!(of, Type::Struct(_) | Type::Pointer(_)) { Shape::Plain } else { Shape::Canonical };
            members.values().try_fold(least, |shape, item| Some(shape.max(check(table, item, of, strict)?)))
        }
        (Type::Struct(at), Value::Object(members)) => check_struct(table, members, at, strict, None),
        _ => None,
    }
}

fn canonical_if(canonical: bool) -> Shape {
    if canonical { Shape::Canonical } else { Shape::Plain }
}

fn check_struct(table: &Structs, members: &Map<String, Value>, at: u32, strict: bool, apart: Option<&str>) -> Option<Shape> {
    let structure = table.structure(at);
    let mut shape = canonical_if(structure.needed().all(|field| members.contains_key(field.name)));
    for (name, item) in members {
        let own = match structure.field(name) {
            Some(field) => {
                let ty = table.ty(field.ty);
                let own = check(table, item, ty, strict)?;
                if own <= Shape::Paired { own.max(kept(table, item, field, ty)) } else { own }
            }
            None => match structure.field_folded(name) {
                Some(field) => check(table, item, table.ty(field.ty), strict).map(|_| Shape::Odd)?,
                None if strict => return None,
                None => Shape::Extra,
            },
        };
        if apart.is_none_or(|apart| apart != name) {
            shape = shape.max(own);
        }
    }
    Some(shape)
}

/// Whether a canonical member stays, and merges without surprise.
fn kept(table: &Structs, item: &Value, field: &Field, ty: Type) -> Shape {
    if field.replace || omitted(table, item, field, ty) {
        return Shape::Plain;
    }
    match (field.merge_key.filter(|_| field.merge), item) {
        (Some(key), Value::Array(items)) if !distinct(items, key) => {
            // an element without a key is another matter
            if items.iter().all(|item| item.get(key).is_some_and(|key| key.is_string() || key.is_i64())) {
                Shape::Paired
            } else {
                Shape::Plain
            }
        }
        _ => Shape::Canonical,
    }
}

/// Whether `encoding/json` decodes `value` into the type, unknown fields skipped: [`conforms`] without a look at the shape.
pub fn decodes(value: &Value, ty: Type) -> bool {
    fits(structs(), value, ty)
}

fn fits(table: &Structs, value: &Value, ty: Type) -> bool {
    match (ty, value) {
        (_, Value::Null) | (Type::Raw, _) | (Type::String | Type::IntOrString, Value::String(_)) | (Type::Bool, Value::Bool(_)) => true,
        (Type::Struct(at), Value::Object(members)) => {
            let structure = table.structure(at);
            let text = |name: &str, item: &Value| item.is_string() && structure.takes_text(name);
            members.iter().filter(|(name, item)| !text(name, item)).all(|(name, item)| match (structure.plain_type(name), item) {
                (Some(Type::String | Type::IntOrString), Value::String(_)) | (Some(Type::Bool), Value::Bool(_)) => true,
                (Some(Type::Int32), Value::Number(number)) if number.as_i64().is_some_and(|at| i32::try_from(at).is_ok()) => true,
                (Some(ty), _) => fits(table, item, ty),
                (None, _) => structure.field_folded(name).is_none_or(|field| fits(table, item, table.ty(field.ty))),
            })
        }
        (Type::Pointer(to), _) => fits(table, value, table.ty(to)),
        (Type::List(of), Value::Array(items)) => {
            let of = table.ty(of);
            items.iter().all(|item| fits(table, item, of))
        }
        (Type::Map(of), Value::Object(members)) => {
            let of = table.ty(of);
            members.values().all(|item| fits(table, item, of))
        }
        _ => check(table, value, ty, false).is_some(),
    }
}

/// Quick recognition of quantities that are written the canonical way: few digits and a suffix.
fn is_canonical_quantity(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (Some(number), Some(suffix)) = (text.get(..digits), text.get(digits..)) else { return false };
    if digits > 4 || number.starts_with('0') {
        return text == "0";
    }
    let Ok(number) = number.parse::<u32>() else { return false };
    match suffix {
        "" | "m" | "k" | "M" | "G" => number % 1000 != 0,
        "Ki" | "Mi" | "Gi" => number % 1024 != 0,
        _ => false,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_waved_through_only_where_it_decodes() {
        let table = structs();
        for structure in (0..table.len()).map(|at| table.structure(u32::try_from(at).unwrap_or(0))) {
            for field in structure.fields() {
                let takes = [field.name.to_owned(), field.name.to_uppercase()].iter().any(|name| structure.takes_text(name));
                let text = check(table, &Value::from("no such thing"), table.ty(field.ty), false).is_some();
                assert!(!takes || text, "{}.{}", structure.name, field.name);
            }
        }
    }

    #[test]
    fn sees_lists_whose_keys_repeat() {
        let shape = |ports: Value| {
            let object = serde_json::json!({"spec": {"ports": ports}});
            conforms(&object, structs().kind("", "v1", "Service").unwrap_or(Type::Raw), true)
        };
        assert_eq!(shape(serde_json::json!([{"port": 53}, {"port": 54}])), Some(Shape::Canonical));
        assert_eq!(shape(serde_json::json!([{"port": 53}, {"port": 53}])), Some(Shape::Paired));
        assert_eq!(shape(serde_json::json!([{"port": 53}, {"name": "x"}])), Some(Shape::Plain));
        assert_eq!(shape(serde_json::json!([{"port": 53, "name": ""}, {"port": 53}])), Some(Shape::Plain));
    }

    #[test]
    fn quick_recognition_agrees_with_the_quantity_itself() {
        for number in 0..2100 {
            for suffix in ["", "m", "k", "M", "G", "Ki", "Mi", "Gi", "Ti", "n", "e3"] {
                let text = format!("{number}{suffix}");
                if is_canonical_quantity(&text) {
                    assert_eq!(Quantity::parse(&text).map(|quantity| quantity.to_string()).unwrap_or_default(), text);
                }
            }
        }
        assert!(["512Mi", "0", "250m", "1", "10Gi"].into_iter().all(is_canonical_quantity));
        assert!(["1024Mi", "1000m", "1.5", "", "00", "-1", "1k ", "Mi"].into_iter().all(|text| !is_canonical_quantity(text)));
    }
}
