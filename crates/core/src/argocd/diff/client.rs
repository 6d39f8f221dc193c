//! Client-side diff: three-way with what was last applied, else two-way.

use std::borrow::Cow;

use super::last_applied::{LAST_APPLIED, last_applied};
use super::{kept, prune};
use crate::argocd::ignore::Reach;
use crate::argocd::normalize::{self, normalize};
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::members::equal;
use crate::kube::structs::{Shape, Type, conforms, structs};
use crate::kube::{defaults, merge_patch, strategic_merge};
use crate::{Error, Map, Result, Value};

type Members = Map<String, Value>;

/// What is known beforehand, so that it need not be found out again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hints {
    /// How canonical the target is, if it is known.
    pub(super) target: Option<Shape>,
    /// How canonical the live object is, if it is known.
    pub(super) live: Option<Shape>,
    /// The target was brought into canonical form, which takes that its struct knows all of it.
    pub(super) rewritten: bool,
    /// What was last applied is the target.
    pub(super) applied: bool,
    /// Nothing that was last applied is gone from the target.
    pub(super) kept: bool,
}

/// Two sides as plain objects.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The live object after normalisation.
    pub(super) normalized: Value,
    /// The live object as the sync would leave it; none when that is the same.
    pub(super) predicted: Option<Value>,
}

impl Outcome {
    pub(super) fn of(normalized: Value, predicted: Value) -> Self {
        let predicted = Some(predicted).filter(|predicted| !equal(predicted, &normalized));
        Self { normalized, predicted }
    }
}

/// Compares two normalised objects.
pub(super) fn diff(mut target: Cow<'_, Value>, live: Value, options: &normalize::Options<'_>, mut hints: Hints) -> Result<Outcome> {
    hints.kept = hints.applied || keeps_all(&target, &live, options);
    let original = if hints.kept { None } else { last_applied(&live).ok().flatten() };
    let mut live = live;
    // A rule can take a whole object away. Nothing is wanted then but that what was applied before goes; a known kind is compared with
    // an empty object.
    let nothing = target.is_null() && live.is_object();
    if nothing && original.as_ref().is_none_or(Value::is_null) {
        return Ok(Outcome { normalized: live, predicted: None });
    }
    if live.is_null() && is_known(&target) {
        live = Value::Object(Members::new());
    }
    // a namespace that both have is no part of a patch
    if original.is_none() && is_bare(&target, &live) {
        return three_way(None, &target, &mut live, hints);
    }
    // the live object has the namespace anyway, and an empty map of annotations means nothing
    let stripped = without_namespace(target.to_mut());
    if let Some(mut original) = original {
        normalize(&mut original, options, None);
        // upstream falls back to the two-way diff when this one fails
        let done = stripped
            .clone()
            .and_then(|()| without_namespace(&mut original))
            .and_then(|()| three_way(Some(&original), &target, &mut live, hints));
        match done {
            Err(error) if error.code != strategic_merge::CRASH => {}
            done => return done,
        }
    }
    if nothing {
        return Ok(Outcome { normalized: live, predicted: None });
    }
    stripped?;
    three_way(None, &target, &mut live, hints)
}

/// Whether what was last applied is known to delete nothing.
fn keeps_all(target: &Value, live: &Value, options: &normalize::Options<'_>) -> bool {
    let applied = || unstructured::annotation(live, LAST_APPLIED);
    followed(target, options).is_some_and(|ty| applied().is_some_and(|text| kept::keeps_all(text, target, ty)))
}

/// The type of a target that can be compared with the text of what was last applied: rules must not tell the two apart, and the
/// claims of a StatefulSet are pruned to the latter.
pub(super) fn followed(target: &Value, options: &normalize::Options<'_>) -> Option<Type> {
    let Gvk { group, version, kind } = unstructured::gvk(target);
    let rewritten = normalize::is_rewritten(group, kind) || kind == "StatefulSet";
    let reached = || options.normalizer.is_some_and(|normalizer| normalizer.reach(target) > Reach::Nothing);
    structs().kind(group, version, kind).filter(|_| !rewritten && !reached())
}

fn is_known(object: &Value) -> bool {
    let Gvk { group, version, kind } = unstructured::gvk(object);
    object.is_object() && structs().kind(group, version, kind).is_some()
}

/// Whether [`without_namespace`] takes nothing out of the target that makes a difference.
fn is_bare(target: &Value, live: &Value) -> bool {
    let Some(Value::Object(metadata)) = target.get("metadata") else { return target.get("metadata").is_none() };
    let bare = metadata.get("annotations").is_some_and(|annotations| annotations.as_object().is_none_or(Map::is_empty));
    let namespace = metadata.get("namespace");
    !bare
        && (namespace.is_none()
            || (namespace.is_some_and(Value::is_string) && namespace == live.get("metadata").and_then(|live| live.get("namespace"))))
}

/// `original` is none when it is the target. The live object is taken when there is an answer.
fn three_way(original: Option<&Value>, target: &Value, live: &mut Value, hints: Hints) -> Result<Outcome> {
    let Gvk { group, version, kind } = unstructured::gvk(original.unwrap_or(target));
    let ty = structs().kind(group, version, kind);
    let stateful_set = matches!(group, "apps" | "extensions") && kind == "StatefulSet";
    let document = || Error::upstream("Invalid JSON Document");
    // a rule took it away
    let nothing = Members::new();
    let original = match original {
        Some(Value::Null) => Some(&nothing),
        Some(original) => Some(original.as_object().ok_or_else(document)?),
        None => None,
    };
    let whole = target;
    let target = match target {
        Value::Null if ty.is_some() => &nothing,
        target => target.as_object().ok_or_else(document)?,
    };
    let current = live.as_object().ok_or_else(document)?;
    match ty {
        Some(ty) => {
            let shape = |known: Option<Shape>, members: &Value| known.or_else(|| conforms(members, ty, false));
            let hints = Hints {
                target: if original.is_none() && !hints.kept { shape(hints.target, whole) } else { hints.target },
                live: shape(hints.live, live),
                ..hints
            };
            let covered = hints.kept
                && (hints.rewritten || hints.target.is_some())
                && hints.live.is_some_and(|shape| shape <= Shape::Paired)
                && strategic_merge::is_covered(target, current, ty, stateful_set);
            let patch = if covered { Members::new() } else { known(original, target, current, ty, stateful_set, hints)? };
            finish(live, patch, ty, hints)
        }
        None => {
            let delta = unknown(original, target, current)?;
            let live = std::mem::take(live);
            if delta.is_empty() {
                return Ok(Outcome { normalized: live, predicted: None });
            }
            let mut predicted = live.clone();
            if let Value::Object(predicted) = &mut predicted {
                merge_patch::apply(predicted, delta);
            }
            Ok(Outcome::of(live, predicted))
        }
    }
}

/// Takes out the namespace and an empty map of annotations.
pub(super) fn without_namespace(object: &mut Value) -> Result<()> {
    let metadata = match object.get_mut("metadata") {
        None => return Ok(()),
        Some(Value::Object(metadata)) => metadata,
        Some(_) => return Err(Error::new(strategic_merge::CRASH, "runtime error in upstream: metadata is not a map")),
    };
    metadata.shift_remove("namespace");
    if metadata.get("annotations").is_some_and(says_nothing) {
        metadata.shift_remove("annotations");
    }
    Ok(())
}

/// Whether annotations are taken out.
pub(super) fn says_nothing(annotations: &Value) -> bool {
    annotations.is_null() || annotations.as_object().is_some_and(Map::is_empty)
}

/// The patch alone, of two normalised objects; `original` is none when it is the target, or when there is none.
pub(super) fn patch(original: Option<&Value>, target: &Value, live: &Value) -> Result<Members> {
    let Gvk { group, version, kind } = unstructured::gvk(original.unwrap_or(target));
    let stateful_set = matches!(group, "apps" | "extensions") && kind == "StatefulSet";
    let document = || Error::upstream("Invalid JSON Document");
    let original = match original {
        Some(original) => Some(original.as_object().ok_or_else(document)?),
        None => None,
    };
    let (whole, target, live) = (target, target.as_object().ok_or_else(document)?, live.as_object().ok_or_else(document)?);
    match structs().kind(group, version, kind) {
        Some(ty) => {
            let target_shape = if original.is_none() { conforms(whole, ty, false) } else { None };
            known(original, target, live, ty, stateful_set, Hints { target: target_shape, ..Hints::default() })
        }
        None => unknown(original, target, live),
    }
}

/// The merge patch for a kind that client-go does not know.
fn unknown(original: Option<&Members>, target: &Members, live: &Members) -> Result<Members> {
    match original {
        None => Ok(merge_patch::additions(target, live)),
        Some(original) => merge_patch::three_way(original, target, &prune::members(original, live)),
    }
}

/// The strategic patch for a built-in kind.
fn known(original: Option<&Members>, target: &Members, live: &Members, ty: Type, stateful_set: bool, hints: Hints) -> Result<Members> {
    let base = if stateful_set { without_claim_defaults(original.unwrap_or(target), live) } else { None };
    let live = base.as_ref().unwrap_or(live);
    match original {
        // nothing can have been deleted, and a canonical target has nothing to complain about
        None if hints.kept || hints.target.is_some_and(|shape| shape <= Shape::Paired) => strategic_merge::additions(target, live, ty),
        original => strategic_merge::three_way(original.unwrap_or(target), target, live, ty),
    }
}

/// The live object before and after the patch, both with their defaults.
fn finish(live: &mut Value, patch: Members, ty: Type, hints: Hints) -> Result<Outcome> {
    // the caller may need the live object again when this fails
    let sure = match hints.live {
        Some(Shape::Canonical) => true,
        Some(Shape::Paired) => defaults::pairs_stay(live, ty),
        _ => false,
    };
    let shape = if sure { Some(Shape::Canonical) } else { hints.live };
    let take = |live: &mut Value| if sure { std::mem::take(live) } else { live.clone() };
    if patch.is_empty() {
        let mut normalized = take(live);
        with_defaults(&mut normalized, ty, shape)?;
        return Ok(Outcome { normalized, predicted: None });
    }
    let mut predicted = live.clone();
    if let Value::Object(predicted) = &mut predicted {
        strategic_merge::apply(predicted, patch, ty)?;
    }
    let patched = conforms(&predicted, ty, false);
    with_defaults(&mut predicted, ty, patched)?;
    let mut normalized = take(live);
    with_defaults(&mut normalized, ty, shape)?;
    Ok(Outcome::of(normalized, predicted))
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
/// as it is. On a canonical one they are set in place, which cannot fail.
fn with_defaults(object: &mut Value, ty: Type, shape: Option<Shape>) -> Result<()> {
    // The patch that brings a Deployment its whole spec leaves its `$retainKeys` there, as no other does.
    let bare = object.get("spec").is_none() && unstructured::gvk(object).kind == "Deployment";
    let done = match shape {
        None => return Ok(()),
        Some(_) if bare => false,
        Some(Shape::Canonical) => {
            defaults::fill(object, ty);
            true
        }
        Some(Shape::Paired) => defaults::fill_paired(object, ty),
        Some(_) => false,
    };
    if !done {
        let (before, after) = defaults::before_and_after(object, ty);
        if let (Value::Object(before), Value::Object(after), Value::Object(object)) = (&before, &after, &mut *object) {
            let patch = strategic_merge::diff(before, after, ty)?;
            if !patch.is_empty() {
                strategic_merge::apply(object, patch, ty)?;
            }
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
