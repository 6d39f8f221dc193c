//! What is evened out in every object before it is compared (`gitops-engine/pkg/diff.Normalize`).

mod endpoints;
mod remarshal;
mod role;
mod secret;
mod spew;

pub use remarshal::{Remarshalled, remarshal};
pub(crate) use remarshal::{go_numbers, remarshal_cow};
pub use secret::normalize_secret;

use std::borrow::Cow;

use super::ignore::{Normalizer, Reach, Removed};
use super::unstructured::{self, Gvk};
use crate::Value;

/// The normalisations that are always on, then the pluggable ones.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// `ignoreAggregatedRoles` of `resource.compareoptions`.
    pub ignore_aggregated_roles: bool,
    /// Ignore rules and known types; none under server-side diff before the dry run.
    pub normalizer: Option<&'a Normalizer>,
}

/// Normalises an object in place. A failure of the pluggable part is ignored, as upstream only logs it.
/// Says whether a canonical object is still canonical for certain.
pub fn normalize(object: &mut Value, options: &Options<'_>, removed: Option<&mut Vec<Removed>>) -> bool {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("creationTimestamp");
    }
    let Gvk { group, kind, .. } = unstructured::gvk(object);
    let mut canonical = true;
    match (group, kind) {
        ("", "Secret") => {
            normalize_secret(object);
            canonical = false;
        }
        ("rbac.authorization.k8s.io", "ClusterRole" | "Role") => {
            role::normalize_role(object, options.ignore_aggregated_roles);
            canonical = false;
        }
        ("", "Endpoints") => {
            endpoints::normalize_endpoints(object);
            canonical = false;
        }
        _ => {}
    }
    if let Some(normalizer) = options.normalizer {
        let mut touched = false;
        let _ = normalizer.run(object, removed, &mut touched);
        canonical &= !touched;
    }
    canonical
}

/// Whether objects of a kind have a normalisation of their own.
pub(crate) fn is_rewritten(group: &str, kind: &str) -> bool {
    matches!((group, kind), ("", "Secret" | "Endpoints") | ("rbac.authorization.k8s.io", "Role" | "ClusterRole"))
}

/// As [`normalize`]; the object is copied only when it may change.
pub(crate) fn normalize_cow(object: &mut Cow<'_, Value>, options: &Options<'_>, removed: Option<&mut Vec<Removed>>) -> bool {
    let Gvk { group, kind, .. } = unstructured::gvk(object);
    let special = is_rewritten(group, kind);
    let dated = object.get("metadata").is_some_and(|metadata| metadata.get("creationTimestamp").is_some());
    let reached = options.normalizer.is_some_and(|normalizer| normalizer.reach(object) > Reach::Nothing);
    if special || dated || reached { normalize(object.to_mut(), options, removed) } else { true }
}
