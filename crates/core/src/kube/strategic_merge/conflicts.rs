//! Whether two patches contradict one another (`MergingMapsHaveConflicts`).

use super::lists::{deduplicate, element_kind};
use super::order::{go_text, sort_as_upstream};
use super::{DIRECTIVE, Kind, Members, RETAIN_KEYS, Type, lookup_list, lookup_map, no_merge_key};
use crate::{Error, Result, Value};

/// What a field's tags say, as far as it matters here.
#[derive(Debug, Clone, Copy, Default)]
struct Field {
    ty: Option<Type>,
    merge: bool,
    replace: bool,
    merge_key: &'static str,
}

pub(super) fn maps(left: &Members, right: &Members, ty: Type) -> Result<bool> {
    members(left, right, Field { ty: Some(ty), ..Field::default() })
}

/// Two objects, their own directives included.
fn members(left: &Members, right: &Members, field: Field) -> Result<bool> {
    if left.get(DIRECTIVE) != right.get(DIRECTIVE) {
        return Ok(true);
    }
    if field.replace {
        return Ok(false);
    }
    for (key, one) in left.iter().filter(|(key, _)| *key != DIRECTIVE && *key != RETAIN_KEYS) {
        let Some(other) = right.get(key) else { continue };
        let ty = field.ty.unwrap_or(Type::Raw);
        let (ty, strategy) = match one {
            Value::Array(_) => lookup_list(ty, key)?,
            Value::Object(_) => lookup_map(ty, key)?,
            _ if one != other => return Ok(true),
            _ => continue,
        };
        let merge_key = strategy.merge_key.unwrap_or("");
        if values(one, other, Field { ty: Some(ty), merge: strategy.merge, replace: strategy.replace, merge_key })? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn values(left: &Value, right: &Value, field: Field) -> Result<bool> {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => members(left, right, field),
        (Value::Array(left), Value::Array(right)) => lists(left, right, field),
        _ => Ok(left != right),
    }
}

fn lists(left: &[Value], right: &[Value], field: Field) -> Result<bool> {
    let inner = Field { ty: field.ty, ..Field::default() };
    let maps = element_kind(&[left, right])? == Kind::Map;
    if field.merge {
        return if maps { merging(left, right, field.merge_key, inner) } else { Ok(false) };
    }
    if left.len() != right.len() {
        return Ok(true);
    }
    let (mut left, mut right) = (left.to_vec(), right.to_vec());
    if !maps {
        for list in [&mut left, &mut right] {
            deduplicate(list);
            sort_as_upstream(list, |value| go_text(Some(value)));
        }
        if left.len() > right.len() {
            return Err(Error::upstream("index out of range"));
        }
    }
    for (one, other) in left.iter().zip(&right) {
        if values(one, other, inner)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Elements of the same merge key; of several, the last one counts.
fn merging(left: &[Value], right: &[Value], merge_key: &str, inner: Field) -> Result<bool> {
    let key = |item: &Value| item.get(merge_key).map(|key| go_text(Some(key)).into_owned()).ok_or_else(|| no_merge_key(merge_key));
    let keyed = |items: &[Value]| items.iter().map(key).collect::<Result<Vec<_>>>();
    let (left_keys, right_keys) = (keyed(left)?, keyed(right)?);
    for (at, (one, key)) in left.iter().zip(&left_keys).enumerate() {
        if left_keys.iter().skip(at + 1).any(|later| later == key) {
            continue;
        }
        let other = right_keys.iter().rposition(|other| other == key).and_then(|at| right.get(at));
        if let Some(other) = other
            && values(one, other, inner)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}
