//! Client-side diff: three-way with what was last applied, else two-way.

use super::last_applied::last_applied;
use super::{DiffResult, prune};
use crate::argocd::normalize::{self, normalize};
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::structs::{Type, conforms, structs};
use crate::kube::{defaults, merge_patch, strategic_merge};
use crate::{Error, Map, Result, Value};

type Members = Map<String, Value>;

/// Compares two normalised objects.
pub(super) fn diff(mut target: Value, live: Value, options: &normalize::Options<'_>) -> Result<DiffResult> {
    let original = last_applied(&live).ok().flatten();
    // the live object has the namespace anyway, and an empty map of annotations means nothing
    let stripped = without_namespace(&mut target);
    if let Some(mut original) = original {
        normalize(&mut original, options, None);
        // upstream falls back to the two-way diff when this one fails
        match stripped.clone().and_then(|()| without_namespace(&mut original)).and_then(|()| three_way(&original, &target, &live)) {
            Err(error) if error.code != strategic_merge::CRASH => {}
            done => return done,
        }
    }
    stripped?;
    three_way(&target, &target, &live)
}

fn three_way(original: &Value, target: &Value, live: &Value) -> Result<DiffResult> {
    let Gvk { group, version, kind } = unstructured::gvk(original);
    let ty = structs().kind(group, version, kind);
    let stateful_set = matches!(group, "apps" | "extensions") && kind == "StatefulSet";
    let document = || Error::upstream("Invalid JSON Document");
    let original = original.as_object().ok_or_else(document)?;
    let target = target.as_object().ok_or_else(document)?;
    let current = live.as_object().ok_or_else(document)?;
    match ty {
        Some(ty) => known(original, target, current, ty, stateful_set),
        None => unknown(original, target, current),
    }
}

/// Takes out the namespace and an empty map of annotations.
fn without_namespace(object: &mut Value) -> Result<()> {
    let metadata = match object.get_mut("metadata") {
        None => return Ok(()),
        Some(Value::Object(metadata)) => metadata,
        Some(_) => return Err(Error::new(strategic_merge::CRASH, "runtime error in upstream: metadata is not a map")),
    };
    metadata.shift_remove("namespace");
    let bare = match metadata.get("annotations") {
        Some(Value::Null) => true,
        Some(Value::Object(annotations)) => annotations.is_empty(),
        _ => false,
    };
    if bare {
        metadata.shift_remove("annotations");
    }
    Ok(())
}

fn unknown(original: &Members, target: &Members, live: &Members) -> Result<DiffResult> {
    let pruned = prune::members(original, live);
    let patch = merge_patch::three_way(original, target, &pruned)?;
    let mut predicted = live.clone();
    merge_patch::apply(&mut predicted, patch);
    Ok(DiffResult {
        modified: predicted != *live,
        normalized_live: Value::Object(live.clone()),
        predicted_live: Value::Object(predicted),
        ignored: Vec::new(),
    })
}

fn known(original: &Members, target: &Members, live: &Members, ty: Type, stateful_set: bool) -> Result<DiffResult> {
    let base = if stateful_set { without_claim_defaults(original, live) } else { None };
    let patch = strategic_merge::three_way(original, target, base.as_ref().unwrap_or(live), ty)?;
    let mut normalized = Value::Object(live.clone());
    if patch.is_empty() {
        with_defaults(&mut normalized, ty)?;
        return Ok(DiffResult { modified: false, predicted_live: normalized.clone(), normalized_live: normalized, ignored: Vec::new() });
    }
    let mut predicted = live.clone();
    strategic_merge::apply(&mut predicted, patch, ty)?;
    let mut predicted = Value::Object(predicted);
    with_defaults(&mut predicted, ty)?;
    with_defaults(&mut normalized, ty)?;
    Ok(DiffResult { modified: predicted != normalized, normalized_live: normalized, predicted_live: predicted, ignored: Vec::new() })
}

/// Claim templates are pruned to what was asked for: the API server adds fields to them that the
/// scheme's defaults do not know.
fn without_claim_defaults(original: &Members, live: &Members) -> Option<Members> {
    let claims = |object: &Members| object.get("spec")?.get("volumeClaimTemplates")?.as_array().cloned();
    let (wanted, there) = (claims(original)?, claims(live)?);
    let mut live = live.clone();
    let spec = live.get_mut("spec").and_then(Value::as_object_mut)?;
    spec.insert("volumeClaimTemplates".to_owned(), Value::Array(prune::items(&wanted, &there)));
    Some(live)
}

/// The scheme's defaults as a patch over the untyped object; an object that does not decode is left
/// as it is.
fn with_defaults(object: &mut Value, ty: Type) -> Result<()> {
    if conforms(object, ty, false).is_none() {
        return Ok(());
    }
    let (before, after) = defaults::before_and_after(object, ty);
    if let (Value::Object(before), Value::Object(after), Value::Object(object)) = (&before, &after, &mut *object) {
        let patch = strategic_merge::diff(before, after, ty)?;
        if !patch.is_empty() {
            strategic_merge::apply(object, patch, ty)?;
        }
    }
    through_float(object);
    Ok(())
}

/// Upstream decodes the outcome into floats once more: integers beyond 2^53 are rounded.
fn through_float(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_i64().is_some_and(|integer| integer.unsigned_abs() > 1 << 53) => {
            if let Some(float) = number.as_f64().and_then(serde_json::Number::from_f64) {
                *number = crate::kube::structs::go_number(&float);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(through_float),
        Value::Object(members) => members.values_mut().for_each(through_float),
        _ => {}
    }
}
