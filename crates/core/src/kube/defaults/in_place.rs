//! Defaults set in a document as it is.
//!
//! Upstream encodes the struct before and after its defaults and applies the difference as a strategic
//! patch. On a canonical document (see [`Shape::Canonical`](crate::kube::structs::Shape)) that comes to
//! setting the defaults where they are, but for two things that are observed here: a struct by value is
//! encoded even when the document does not have it, and a list that does not merge is replaced as a
//! whole, with everything the encoding writes.

use super::{Structs, Type, Value, encode, reach, structs, visit};
use crate::Map;
use crate::kube::members::{distinct, equal_lists};

/// Sets the defaults of a canonical document of that type.
pub fn fill(object: &mut Value, ty: Type) {
    if reach().of(structs(), ty) {
        value(structs(), object, ty);
    }
}

/// As [`fill`], of a document whose merging lists may have elements that share a key
/// ([`Shape::Paired`](crate::kube::structs::Shape)). When a default reached into such a list, the document stays as it is and the
/// answer is no: upstream pairs its elements by position in an order of its own.
pub fn fill_paired(object: &mut Value, ty: Type) -> bool {
    if !reach().of(structs(), ty) {
        return true;
    }
    if pairs_stay(object, ty) {
        value(structs(), object, ty);
        return true;
    }
    let before = object.clone();
    value(structs(), object, ty);
    let untouched = pairs_stayed(structs(), &before, object, ty);
    if !untouched {
        *object = before;
    }
    untouched
}

/// Whether no default reaches into a list that merges and has elements with one key; what is not certain is no. Certain are the
/// ports of containers whose elements are complete, outside of the host's network: nothing above looks into those.
pub fn pairs_stay(object: &Value, ty: Type) -> bool {
    stay(structs(), object, ty)
}

fn stay(table: &Structs, object: &Value, ty: Type) -> bool {
    match (ty, object) {
        (Type::Pointer(to), _) => stay(table, object, table.ty(to)),
        (Type::Struct(at), Value::Object(members)) => {
            let structure = table.structure(at);
            let ports = structure.name == "core/v1.Container";
            members.iter().all(|(name, item)| {
                let Some(field) = structure.field(name).filter(|field| field.name != "hostNetwork") else { return false };
                match (table.ty(field.ty), item, field.merge_key.filter(|_| field.merge)) {
                    (Type::List(of), Value::Array(items), Some(key)) => {
                        let of = table.ty(of);
                        if distinct(items, key) {
                            return items.iter().all(|item| stay(table, item, of));
                        }
                        ports && name == "ports" && items.iter().all(|item| is_complete(table, item, of))
                    }
                    (Type::List(_), ..) => true,
                    (ty, ..) => stay(table, item, ty),
                }
            })
        }
        _ => true,
    }
}

/// Whether the defaults of an element change nothing in it.
fn is_complete(table: &Structs, item: &Value, ty: Type) -> bool {
    let mut filled = item.clone();
    value(table, &mut filled, ty);
    filled == *item
}

/// What a list that does not merge comes to with its defaults, in a canonical document.
pub(crate) fn list_with_defaults(list: &Value, ty: Type) -> Value {
    let mut list = list.clone();
    if reach().of(structs(), ty) {
        replaced(structs(), &mut list, ty);
    }
    list
}

/// Whether the lists that merge and have elements with one key are the same in both.
fn pairs_stayed(table: &Structs, before: &Value, after: &Value, ty: Type) -> bool {
    match (ty, before, after) {
        (Type::Pointer(to), ..) => pairs_stayed(table, before, after, table.ty(to)),
        (Type::Struct(at), Value::Object(before), Value::Object(after)) => {
            let structure = table.structure(at);
            before.iter().all(|(name, one)| {
                let (Some(field), Some(other)) = (structure.field(name), after.get(name)) else { return true };
                match (table.ty(field.ty), one, other, field.merge_key.filter(|_| field.merge)) {
                    (Type::List(_), Value::Array(one), Value::Array(other), Some(key)) if !distinct(one, key) => equal_lists(one, other),
                    (Type::List(of), Value::Array(one), Value::Array(other), Some(_)) => {
                        let of = table.ty(of);
                        one.iter().zip(other).all(|(one, other)| pairs_stayed(table, one, other, of))
                    }
                    (Type::List(_), ..) => true,
                    (ty, ..) => pairs_stayed(table, one, other, ty),
                }
            })
        }
        _ => true,
    }
}

fn value(table: &Structs, at: &mut Value, ty: Type) {
    match (ty, at) {
        (Type::Pointer(to), at) => value(table, at, table.ty(to)),
        (Type::Struct(ty), Value::Object(members)) => members_of(table, members, ty),
        _ => {}
    }
}

fn members_of(table: &Structs, members: &mut Map<String, Value>, ty: u32) {
    let reach = reach();
    // the functions see these structs in every encoding
    let mut made = Vec::new();
    for field in reach.fields(table, ty) {
        if matches!(table.ty(field.ty), Type::Struct(_)) && !members.contains_key(field.name) {
            members.insert(field.name.to_owned(), Value::Object(Map::new()));
            made.push(field.name);
        }
    }
    if let Some(function) = reach.function(ty) {
        function(members);
    }
    for field in reach.fields(table, ty) {
        let Some(there) = members.get_mut(field.name) else { continue };
        match (table.ty(field.ty), there) {
            (Type::List(of), Value::Array(items)) if field.merge => {
                let of = table.ty(of);
                items.iter_mut().for_each(|item| value(table, item, of));
            }
            (ty @ Type::List(_), list) => replaced(table, list, ty),
            (ty, there) => value(table, there, ty),
        }
    }
    for name in made {
        if members.get(name).and_then(Value::as_object).is_some_and(Map::is_empty) {
            members.shift_remove(name);
        }
    }
}

/// A list that does not merge: its encoding after the defaults, if they change any element.
fn replaced(table: &Structs, list: &mut Value, ty: Type) {
    let before = encode(list, ty);
    let mut after = before.clone();
    visit(table, &mut after, ty);
    if after != before {
        *list = after;
    }
}
