//! Strategic merge patches (`apimachinery/pkg/util/strategicpatch`), over the struct table.
//!
//! Upstream works on decoded JSON and consults the Go struct only where two
//! maps or lists differ; so do we, quirks included: duplicate merge keys pair
//! up by position after an unstable sort, and a map under an unknown field is
//! an error only when it differs.

mod apply;
mod conflicts;
mod covered;
mod diff;
mod lists;
mod order;

pub(crate) use covered::is_covered;

use super::structs::{Type, structs};
use crate::{Error, Map, Result, Value};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const SET_ORDER: &str = "$setElementOrder/";
const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList/";

type Members = Map<String, Value>;

/// The patch that turns `original` into `modified` (`CreateTwoWayMergePatch`).
pub fn diff(original: &Members, modified: &Members, ty: Type) -> Result<Members> {
    diff::maps(
        original,
        modified,
        ty,
        diff::Options { set_order: true, retain_keys: false, ignore_deletions: false, ignore_additions: false },
    )
}

/// The patch from `current` to `modified` that deletes only what `original` had
/// (`CreateThreeWayMergePatch` with overwrite).
pub fn three_way(original: &Members, modified: &Members, current: &Members, ty: Type) -> Result<Members> {
    let delta = diff::maps(
        current,
        modified,
        ty,
        diff::Options { set_order: true, retain_keys: false, ignore_deletions: true, ignore_additions: false },
    )?;
    let mut patch = diff::maps(
        original,
        modified,
        ty,
        diff::Options { set_order: true, retain_keys: false, ignore_deletions: false, ignore_additions: true },
    )?;
    if patch.is_empty() {
        return settled(delta, ty);
    }
    apply::merge_map(&mut patch, delta, ty, apply::Options { merge_parallel_list: false, ignore_unmatched_nulls: false })?;
    Ok(patch)
}

/// [`three_way`] where `original` is `modified`, which must be canonical
/// ([`Shape::Canonical`](super::structs::Shape)): nothing is deleted.
pub(crate) fn additions(modified: &Members, current: &Members, ty: Type) -> Result<Members> {
    let options = diff::Options { set_order: true, retain_keys: false, ignore_deletions: true, ignore_additions: false };
    settled(diff::maps(current, modified, ty, options)?, ty)
}

/// The delta as merging it into an empty patch leaves it.
fn settled(delta: Members, ty: Type) -> Result<Members> {
    if !delta.keys().any(|key| key.starts_with('$')) && !holds_directives(&delta) {
        return Ok(delta);
    }
    let mut patch = Members::new();
    apply::merge_map(&mut patch, delta, ty, apply::Options { merge_parallel_list: false, ignore_unmatched_nulls: false })?;
    Ok(patch)
}

/// Like [`three_way`], but refuses a patch that would undo what was changed since
/// `original` (`CreateThreeWayMergePatch` without overwrite).
///
/// # Errors
/// When the patch conflicts with such a change, or the documents do not fit the type.
pub fn three_way_careful(original: &Members, modified: &Members, current: &Members, ty: Type) -> Result<Members> {
    let patch = three_way(original, modified, current, ty)?;
    let options = diff::Options { set_order: false, retain_keys: false, ignore_deletions: false, ignore_additions: false };
    let changed = diff::maps(original, current, ty, options)?;
    if conflicts::maps(&patch, &changed, ty)? {
        return Err(Error::upstream("patch conflicts with changes made from original to current"));
    }
    Ok(patch)
}

/// Whether merging into an empty patch could change the delta: only a directive could.
fn holds_directives(delta: &Members) -> bool {
    fn inside(value: &Value) -> bool {
        match value {
            Value::Object(members) => members.contains_key(DIRECTIVE) || members.values().any(inside),
            Value::Array(items) => items.iter().any(inside),
            _ => false,
        }
    }
    delta.contains_key(DIRECTIVE) || delta.values().any(inside)
}

/// Applies a patch (`StrategicMergePatch`).
pub fn apply(original: &mut Members, patch: Members, ty: Type) -> Result<()> {
    apply::merge_map(original, patch, ty, apply::Options { merge_parallel_list: true, ignore_unmatched_nulls: true })
}

/// What the struct says about one field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strategy {
    pub(crate) merge: bool,
    pub(crate) replace: bool,
    pub(crate) retain_keys: bool,
    pub(crate) merge_key: Option<&'static str>,
}

/// `LookupPatchMetadataForStruct`.
pub(crate) fn lookup_map(ty: Type, key: &str) -> Result<(Type, Strategy)> {
    let table = structs();
    let ty = if let Type::Pointer(to) = ty { table.ty(to) } else { ty };
    let Type::Struct(at) = ty else {
        return Err(Error::upstream(format!("merging an object in json but data type is not struct, at {key:?}")));
    };
    let structure = table.structure(at);
    let Some(field) = structure.field_folded(key) else {
        let name = structure.name.rsplit_once('.').map_or(structure.name, |(_, name)| name);
        return Err(Error::upstream(format!("unable to find api field in struct {name} for the json field {key:?}")));
    };
    let strategy = Strategy { merge: field.merge, replace: field.replace, retain_keys: field.retain_keys, merge_key: field.merge_key };
    Ok((table.ty(field.ty), strategy))
}

/// `LookupPatchMetadataForSlice`.
pub(crate) fn lookup_list(ty: Type, key: &str) -> Result<(Type, Strategy)> {
    let table = structs();
    let (field, strategy) = lookup_map(ty, key)?;
    let element = match field {
        Type::List(of) => match table.ty(of) {
            Type::List(_) | Type::Bytes => return Err(Error::upstream("unexpected slice of slice")),
            element => element,
        },
        Type::Bytes => Type::Int32,
        Type::Pointer(to) => match table.ty(to) {
            Type::List(of) => table.ty(of),
            other => other,
        },
        _ => return Err(Error::upstream(format!("expected slice or array type at {key:?}"))),
    };
    Ok((element, strategy))
}

/// The code of a refusal where upstream crashes: it has no fallback.
pub const CRASH: &str = "upstreamCrash";

fn crash(what: &str) -> Error {
    Error::new(CRASH, format!("runtime error in upstream: {what}"))
}

/// Go cannot compare two maps or two lists.
fn comparable(one: &Value, other: &Value) -> Result<()> {
    match (one, other) {
        (Value::Object(_), Value::Object(_)) => Err(crash("comparing uncomparable type map[string]interface {}")),
        (Value::Array(_), Value::Array(_)) => Err(crash("comparing uncomparable type []interface {}")),
        _ => Ok(()),
    }
}

fn bad_type(wanted: &str) -> Error {
    Error::upstream(format!("expected a {wanted}, but received something else"))
}

fn no_merge_key(key: &str) -> Error {
    Error::upstream(format!("map does not contain declared merge key: {key}"))
}

/// The JSON type as Go's decoder makes it; integers and floats differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Bool,
    Int,
    Float,
    String,
    List,
    Map,
}

fn kind(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Bool,
        Value::Number(number) if number.is_i64() => Kind::Int,
        Value::Number(_) => Kind::Float,
        Value::String(_) => Kind::String,
        Value::Array(_) => Kind::List,
        Value::Object(_) => Kind::Map,
    }
}
