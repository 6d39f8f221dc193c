//! `RespectIgnoreDifferences=true`: what is ignored in the comparison is not written by the sync.

use crate::argocd::diff::Differ;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::structs::structs;
use crate::kube::{merge_patch, strategic_merge};
use crate::{Error, Map, Result, Value};

type Members = Map<String, Value>;

/// The target with the live values of what is ignored. Rules are applied to both sides; what they took out of
/// the live object is put into the target; then what the patch took along for the ride is taken back.
pub(crate) fn respect(differ: &Differ<'_>, target: &Value, live: &Value) -> Result<Value> {
    let (normalized_target, normalized_live) = differ.normalize(target, Some(live))?;
    let normalized_live = normalized_live.unwrap_or(Value::Null);
    let Gvk { group, version, kind } = unstructured::gvk(&normalized_target);
    // The status belongs to the resource's own controller.
    let (current, modified) = (without_status(&normalized_live)?, without_status(live)?);
    let mut patched = match structs().kind(group, version, kind) {
        Some(ty) => {
            let patch = strategic_merge::three_way(&modified, &modified, &current, ty)?;
            let mut patched = members(&normalized_target)?.clone();
            strategic_merge::apply(&mut patched, patch, ty)?;
            Value::Object(patched)
        }
        None => {
            let patch = merge_patch::create(&Value::Object(current), &Value::Object(modified))?;
            merge_patch::apply_document(normalized_target.clone(), patch)?
        }
    };
    if let (Value::Object(patched), Ok(target), Ok(normalized)) = (&mut patched, members(target), members(&normalized_target)) {
        restore(patched, target, normalized, normalized_live.as_object(), 0);
    }
    Ok(patched)
}

fn members(object: &Value) -> Result<&Members> {
    object.as_object().ok_or_else(|| Error::upstream("Object 'Kind' is missing"))
}

fn without_status(object: &Value) -> Result<Members> {
    let mut members = members(object)?.clone();
    members.shift_remove("status");
    Ok(members)
}

/// A patch takes fields whose strategy is `replace` as a whole. What no rule touched gets the target's value
/// back, and what only the live object has goes again (`restoreNonIgnoredFields`).
fn restore(patched: &mut Members, target: &Members, normalized: &Members, live: Option<&Members>, depth: usize) {
    const DEEPEST: usize = 256;
    for (key, wanted) in target {
        let untouched = normalized.get(key);
        if depth < DEEPEST
            && let (Some(Value::Object(patched)), Value::Object(wanted), Some(Value::Object(untouched))) =
                (patched.get_mut(key), wanted, untouched)
        {
            let live = live.and_then(|live| live.get(key)).and_then(Value::as_object);
            restore(patched, wanted, untouched, live, depth + 1);
        } else if untouched == Some(wanted) && patched.get(key) != Some(wanted) {
            patched.insert(key.clone(), wanted.clone());
        }
    }
    patched.retain(|key, _| target.contains_key(key) || live.is_none_or(|live| !live.contains_key(key)));
}
