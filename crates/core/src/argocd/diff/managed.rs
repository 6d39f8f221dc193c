//! Fields of trusted managers (`util/argo/managedfields.Normalize`).

use crate::Value;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::managed_fields::{Schemas, Set, compare, managed_fields, remove_items, validate};
use crate::{Error, Result};

/// Takes what a trusted manager owns and the target would change out of both sides. Objects that do
/// not fit their schema are left alone; kinds without a schema get one deduced from the content.
pub(super) fn normalize(live: &mut Value, target: &mut Value, managers: &[&str], schemas: &Schemas) -> Result<()> {
    let Gvk { group, version, kind } = unstructured::gvk(target);
    let ty = schemas.kind(group, version, kind).unwrap_or_else(|| schemas.deduced());
    if validate(schemas, live, ty).is_err() || validate(schemas, target, ty).is_err() {
        return Ok(());
    }
    let Ok(comparison) = compare(schemas, live, target, ty) else { return Ok(()) };
    let mut gone: Vec<Set> = Vec::new();
    let mut trusted = false;
    for (manager, fields) in managed_fields(live) {
        if !managers.contains(&manager) {
            continue;
        }
        trusted = true;
        let owned = Set::read(fields).map_err(|error| Error::upstream(format!("error normalizing manager {manager}: {error}")))?;
        let both = owned.intersection(&comparison.modified);
        if !both.is_empty() {
            gone.push(both);
        }
    }
    if !trusted {
        return Ok(());
    }
    for set in &gone {
        *live = remove_items(schemas, std::mem::take(live), set, ty);
        *target = remove_items(schemas, std::mem::take(target), set, ty);
    }
    if live.is_object() && target.is_object() { Ok(()) } else { Err(Error::upstream("error converting live typedValue: expected map")) }
}
