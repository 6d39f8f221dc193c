//! Whether two objects are the same, found without building what a diff would show.
//!
//! Most resources of an Application are in sync. For those it is enough that the patch is empty, and what only the live object
//! has cannot fill it, so the live object is read where it is.

use std::borrow::Cow;

use super::client::{patch, without_namespace};
use super::last_applied::{LAST_APPLIED, last_applied};
use super::side::without_managed_fields;
use super::{DiffResult, Differ, same};
use crate::argocd::ignore::{self, Reach};
use crate::argocd::normalize::{self, Remarshalled, go_numbers, normalize, remarshal};
use crate::argocd::tracking;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::structs::{Shape, Type, conforms, conforms_apart, structs};
use crate::kube::{merge_patch, strategic_merge};
use crate::{Result, Value};

impl Differ<'_> {
    /// As [`Self::diff`]; of objects that do not differ the two sides are not given.
    pub fn verdict<'l>(&self, target: Option<&Value>, live: Option<&'l Value>, predicted_live: Option<&Value>) -> Result<DiffResult<'l>> {
        let plain = !self.options.server_side_diff && predicted_live.is_none();
        match (target, live) {
            (Some(target), Some(live)) if plain && self.same(target, live) == Some(true) => Ok(DiffResult::default()),
            (Some(_), Some(_)) => {
                self.diff(target, live, predicted_live).map(|diff| if diff.modified { diff } else { DiffResult::default() })
            }
            _ => self.diff(target, live, predicted_live),
        }
    }

    /// True when the two are certainly the same; none when that takes a closer look.
    fn same(&self, target: &Value, live: &Value) -> Option<bool> {
        let bookkeeping = |object: &Value| {
            object.get("status").is_some() || object.get("metadata").is_some_and(|metadata| metadata.get("managedFields").is_some())
        };
        if !target.is_object() || bookkeeping(target) || !ignore::trusted_managers(self.rules, self.settings, target).is_empty() {
            return None;
        }
        if !self.gathered && ignore::resource_rule(target).is_some() {
            return None;
        }
        let Gvk { group, version, kind } = unstructured::gvk(live);
        let known = structs().kind(group, version, kind);
        // canonical form must be nothing to do, but for a status that goes anyway
        let apart = Some("status").filter(|status| self.normalizer.takes(live, status));
        if known.is_some_and(|ty| conforms_apart(live, ty, apart).is_none_or(|shape| shape > Shape::Paired)) {
            return None;
        }
        if let Some(same) = self.in_place(target, live, known) {
            return Some(same);
        }
        let rules = self.normalizer.reach(live).max(self.normalizer.reach(target));
        let rewritten = normalize::is_rewritten(group, kind);
        // a label that moves to an annotation is written into the live object
        let moved = unstructured::coerced(live, "labels").is_some_and(|labels| labels.contains_key(&self.settings.label_key));
        let mut live = match rules {
            Reach::Anything => return None,
            Reach::Nothing | Reach::Members if known.is_some() && !rewritten && !moved => Cow::Borrowed(live),
            _ => Cow::Owned(without_managed_fields(live, Some("status"))?),
        };
        let options = normalize::Options { normalizer: Some(&self.normalizer), ..self.basic() };
        let mut target = target.clone();
        if let Cow::Owned(live) = &mut live {
            let _ = tracking::normalize(Some(&target), Some(live), &self.settings.label_key, &self.settings.tracking_method);
            go_numbers(live);
            normalize(live, &options, None);
        }
        let mut applied = unstructured::annotation(&live, LAST_APPLIED).is_some_and(|text| same::says(text, &target));
        applied &= remarshal(&mut target) != Remarshalled::Rewritten;
        normalize(&mut target, &options, None);
        without_namespace(&mut target).ok()?;
        let original = if applied {
            None
        } else {
            match last_applied(&live) {
                Ok(Some(mut original)) => {
                    normalize(&mut original, &options, None);
                    without_namespace(&mut original).ok()?;
                    Some(original)
                }
                _ => None,
            }
        };
        Some(patch(original.as_ref(), &target, &live).ok()?.is_empty())
    }

    /// As [`Self::same`], with both objects read where they are; none when that is not enough. The live one is canonical. What
    /// smoothing and normalising would put into it, the target does not ask for.
    fn in_place(&self, target: &Value, live: &Value, known: Option<Type>) -> Option<bool> {
        let Gvk { group, kind, .. } = unstructured::gvk(live);
        let (wanted, current) = (target.as_object()?, live.as_object()?);
        if unstructured::gvk(target) != unstructured::gvk(live) || wanted.get("metadata").is_some_and(|metadata| !metadata.is_object()) {
            return None;
        }
        if self.normalizer.reach(target) > Reach::Nothing || self.normalizer.reach(live) > Reach::Members {
            return None;
        }
        let has = |test: fn(&Value) -> bool| test(target) || test(live);
        let rewritten = match (group, kind) {
            ("", "Endpoints") => true,
            ("", "Secret") => known.is_none() || has(|object| object.get("stringData").is_some()),
            ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
                has(|object| object.get("rules").and_then(Value::as_array).is_some_and(Vec::is_empty))
                    || (self.settings.ignore_aggregated_roles && has(|object| object.get("aggregationRule").is_some()))
            }
            _ => false,
        };
        if rewritten {
            return None;
        }
        if let Some(text) = unstructured::annotation(live, LAST_APPLIED) {
            let kept = |ty| conforms(target, ty, true).is_some_and(|shape| shape <= Shape::Paired);
            if known.is_some_and(|ty| !kept(ty)) || !same::says(text, target) {
                return None;
            }
        }
        match known {
            // an answer by the patch itself may still be yes
            Some(ty) => {
                let claims = matches!(group, "apps" | "extensions") && kind == "StatefulSet";
                strategic_merge::is_covered(wanted, current, ty, claims).then_some(true)
            }
            None => Some(merge_patch::is_covered(wanted, current)),
        }
    }
}
