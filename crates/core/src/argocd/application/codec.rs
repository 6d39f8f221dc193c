//! Objects of Argo CD's own types: decoded into the Go struct, and encoded again.
//!
//! A decoded value holds the fields of the struct only, under their JSON names;
//! what is absent is Go's zero value. An empty list or map that was written is
//! kept apart from an absent one, as Go keeps empty from nil.

use crate::{
    Map, Value,
    kube::structs::{Field, Struct, Structs, Type, structs},
    lang::gofmt::json_kind,
};

/// The struct of `applicationset` or `application` by its Go name.
pub(crate) fn argocd_type(name: &str) -> Type {
    structs().named(&format!("argoproj.io/v1alpha1.{name}")).unwrap_or(Type::Raw)
}

/// Whose keys match a field: exactly so, or without regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// As the Kubernetes API reads objects.
    Exact,
    /// As `encoding/json` reads them.
    Folded,
}

/// Decodes a value into a type; what the type does not know is dropped.
///
/// # Errors
/// When a JSON type is wrong, in the words of `encoding/json`.
pub(crate) fn decode(value: &Value, ty: Type, keys: Keys) -> Result<Value, String> {
    Decoder { table: structs(), keys }.value(value, ty, "", 0).map(|decoded| decoded.unwrap_or(Value::Null))
}

struct Decoder {
    table: &'static Structs,
    keys: Keys,
}

fn go_name(table: &Structs, ty: Type) -> String {
    match ty {
        Type::String => "string".into(),
        Type::Bool => "bool".into(),
        Type::Int32 => "int32".into(),
        Type::Int64 => "int64".into(),
        Type::Pointer(to) => go_name(table, table.ty(to)),
        Type::List(of) => format!("[]{}", go_name(table, table.ty(of))),
        Type::Map(of) => format!("map[string]{}", go_name(table, table.ty(of))),
        Type::Struct(at) => format!("v1alpha1.{}", table.structure(at).name.rsplit('.').next().unwrap_or_default()),
        _ => "value".into(),
    }
}

impl Decoder {
    fn value(&self, value: &Value, ty: Type, at: &str, depth: usize) -> Result<Option<Value>, String> {
        if depth > 100 {
            return Err("json: nesting is too deep".into());
        }
        if value.is_null() {
            return Ok(None);
        }
        let wrong = || {
            let field = if at.is_empty() { String::new() } else { format!("Go struct field {at} of type ") };
            Err(format!(
                "json: cannot unmarshal {} into {}{}",
                json_kind(value),
                if field.is_empty() { "Go value of type ".to_owned() } else { field },
                go_name(self.table, ty)
            ))
        };
        let fine = |good: bool| if good { Ok(Some(value.clone())) } else { wrong() };
        match ty {
            Type::Raw => Ok(Some(value.clone())),
            Type::Pointer(to) => self.value(value, self.table.ty(to), at, depth + 1),
            Type::String | Type::Quantity | Type::Duration | Type::Bytes => fine(value.is_string()),
            Type::Bool => fine(value.is_boolean()),
            Type::Int32 => fine(value.as_i64().is_some_and(|number| i32::try_from(number).is_ok())),
            Type::Int64 => fine(value.as_i64().is_some()),
            Type::Float => fine(value.is_number()),
            Type::IntOrString => fine(value.is_string() || value.as_i64().is_some_and(|number| i32::try_from(number).is_ok())),
            Type::Time | Type::MicroTime => fine(value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok())),
            Type::List(of) => {
                let Value::Array(items) = value else { return wrong() };
                let of = self.table.ty(of);
                let decoded =
                    items.iter().map(|item| self.value(item, of, at, depth + 1).map(|item| item.unwrap_or_else(|| zero(self.table, of))));
                Ok(Some(Value::Array(decoded.collect::<Result<_, _>>()?)))
            }
            Type::Map(of) => {
                let Value::Object(members) = value else { return wrong() };
                let of = self.table.ty(of);
                let mut decoded = Map::with_capacity(members.len());
                for (key, item) in members {
                    decoded.insert(key.clone(), self.value(item, of, at, depth + 1)?.unwrap_or_else(|| zero(self.table, of)));
                }
                Ok(Some(Value::Object(decoded)))
            }
            Type::Struct(index) => {
                let Value::Object(members) = value else { return wrong() };
                self.structure(members, self.table.structure(index), depth).map(Some)
            }
        }
    }

    fn structure(&self, members: &Map<String, Value>, structure: &Struct, depth: usize) -> Result<Value, String> {
        let mut decoded = Map::new();
        let name = structure.name.rsplit('.').next().unwrap_or_default();
        for field in structure.fields() {
            let Some(member) = self.member(members, structure, field) else { continue };
            let at = format!("{name}.{}", field.name);
            match self.value(member, self.table.ty(field.ty), &at, depth + 1)? {
                Some(value) => {
                    decoded.insert(field.name.to_owned(), value);
                }
                // an embedded pointer exists as soon as its key does
                None if is_optional(structure, field) => {
                    decoded.insert(
                        field.name.to_owned(),
                        if field.name == "map" { Value::Object(Map::new()) } else { Value::Array(Vec::new()) },
                    );
                }
                None => {}
            }
        }
        Ok(Value::Object(decoded))
    }

    fn member<'m>(&self, members: &'m Map<String, Value>, structure: &Struct, field: &Field) -> Option<&'m Value> {
        let exact = members.get(field.name);
        if exact.is_some() || self.keys == Keys::Exact {
            return exact;
        }
        members
            .iter()
            .filter(|(key, _)| structure.field(key).is_none() && key.eq_ignore_ascii_case(field.name))
            .max_by(|(a, _), (b, _)| a.cmp(b))
            .map(|(_, value)| value)
    }
}

/// `OptionalMap` and `OptionalArray` of a plugin parameter.
fn is_optional(structure: &Struct, field: &Field) -> bool {
    structure.name.ends_with(".ApplicationSourcePluginParameter") && matches!(field.name, "map" | "array")
}

/// The decoded zero value of a list's or a map's element.
fn zero(table: &Structs, ty: Type) -> Value {
    match ty {
        Type::String | Type::Quantity | Type::Duration | Type::Bytes => Value::from(""),
        Type::Bool => Value::Bool(false),
        Type::Int32 | Type::Int64 | Type::Float | Type::IntOrString => Value::from(0),
        Type::Struct(_) => Value::Object(Map::new()),
        Type::Pointer(to) => zero(table, table.ty(to)),
        _ => Value::Null,
    }
}

/// Encodes a decoded value as Go does: `omitempty` zeros are left out, other zeros are written.
pub(crate) fn encode(value: &Value, ty: Type) -> Value {
    full(structs(), value, ty)
}

/// Whether a field is left out of the encoding; `value` is encoded already.
pub(crate) fn is_omitted(structure: &Struct, field: &Field, ty: Type, value: &Value) -> bool {
    if is_optional(structure, field) {
        return value.is_null();
    }
    if field.omit_zero && matches!(ty, Type::Struct(_)) {
        return value.as_object().is_none_or(|members| members.values().all(|member| member.as_array().is_some_and(Vec::is_empty)));
    }
    if structure.name.ends_with(".ApplicationSourcePluginParameter") && field.name == "name" {
        return false;
    }
    if !field.omit_empty {
        return false;
    }
    match (ty, value) {
        (Type::Struct(_), _) => false,
        (Type::Pointer(_) | Type::Raw | Type::Time | Type::MicroTime, value) => value.is_null(),
        (_, Value::Null | Value::Bool(false)) => true,
        (_, Value::String(text)) => text.is_empty(),
        (_, Value::Array(items)) => items.is_empty(),
        (_, Value::Object(members)) => members.is_empty(),
        (_, Value::Number(number)) => number.as_f64() == Some(0.0),
        _ => false,
    }
}

/// Whether a field is left out of the encoding of its decoded value, which is encoded only where that tells.
pub(crate) fn is_left_out(structure: &Struct, field: &Field, ty: Type, decoded: &Value) -> bool {
    match ty {
        Type::Struct(_) => field.omit_zero && is_omitted(structure, field, ty, &encode(decoded, ty)),
        _ if decoded.is_null() => is_omitted(structure, field, ty, &encode(decoded, ty)),
        _ => is_omitted(structure, field, ty, decoded),
    }
}

fn full(table: &Structs, value: &Value, ty: Type) -> Value {
    match (ty, value) {
        (Type::Pointer(_), Value::Null) => Value::Null,
        (Type::Pointer(to), _) => full(table, value, table.ty(to)),
        (Type::Struct(at), _) => {
            let structure = table.structure(at);
            let mut out = Map::new();
            for field in structure.fields() {
                let ty = table.ty(field.ty);
                let member = full(table, value.get(field.name).unwrap_or(&Value::Null), ty);
                if !is_omitted(structure, field, ty, &member) {
                    out.insert(field.name.to_owned(), member);
                }
            }
            Value::Object(out)
        }
        (Type::List(of), Value::Array(items)) => Value::Array(items.iter().map(|item| full(table, item, table.ty(of))).collect()),
        (Type::Map(of), Value::Object(members)) => {
            Value::Object(members.iter().map(|(key, item)| (key.clone(), full(table, item, table.ty(of)))).collect())
        }
        (Type::List(_) | Type::Map(_) | Type::Raw | Type::Time | Type::MicroTime, Value::Null) => Value::Null,
        (_, Value::Null) => zero(table, ty),
        _ => value.clone(),
    }
}
