//! The desired objects: generated, tracked, brought into the right namespaces, without duplicates.

use foldhash::fast::RandomState;
use indexmap::map::Entry;

use super::{Condition, ResourceKey, World};
use crate::argocd::tracking::{Tracking, set_app_instance};
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::resource_key::KeyIndex;
use crate::kube::selector;
use crate::{Error, Map, Result, Value};

/// The targets; what cannot be loaded becomes a condition.
pub(super) fn desired(world: &World<'_>, manifests: &[Value], conditions: &mut Vec<Condition>, failed: &mut bool) -> Vec<Value> {
    let instance = world.app.instance_name();
    let tracking = world.settings.tracking(&instance, world.app.destination("namespace"));
    let generated = generate(manifests, &tracking).unwrap_or_else(|error| {
        let message = format!("Failed to load target state: failed to generate manifest for source 1 of {}: {error}", world.app.sources());
        conditions.push(Condition { ty: "ComparisonError", message });
        *failed = true;
        Vec::new()
    });
    let normalized = normalize(world, generated, &tracking, conditions).unwrap_or_else(|error| {
        conditions.push(Condition { ty: "ComparisonError", message: format!("Failed to normalize target state: {error}") });
        Vec::new()
    });
    filter(world, normalized, conditions)
}

/// What the repo server does: lists are flattened, tracking is written on all but CRDs.
fn generate(manifests: &[Value], tracking: &Tracking<'_>) -> Result<Vec<Value>> {
    let mut out = Vec::with_capacity(manifests.len());
    for manifest in manifests {
        let Some(object) = unstructured::read(Some(manifest.clone()))? else { continue };
        match object.get("items") {
            Some(Value::Array(items)) => {
                for item in items {
                    if !item.is_object() {
                        return Err(Error::upstream(format!("items member should be an object, got {item}")));
                    }
                    out.push(tracked(item.clone(), tracking)?);
                }
            }
            _ => out.push(tracked(object, tracking)?),
        }
    }
    if let Some(kindless) = out.iter().find(|object| unstructured::gvk(object).kind.is_empty()) {
        return Err(Error::upstream(format!("Object 'Kind' is missing in '{}'", crate::lang::gofmt::json::marshal_document(kindless))));
    }
    Ok(out)
}

fn tracked(mut object: Value, tracking: &Tracking<'_>) -> Result<Value> {
    if !tracking.label_key.is_empty() && !tracking.app_instance.is_empty() && !unstructured::is_crd(&object) {
        set_app_instance(&mut object, tracking)
            .map_err(|error| Error::upstream(format!("failed to set app instance tracking info on manifest: {error}")))?;
    }
    Ok(object)
}

/// `NormalizeTargetObjects`: namespaces by scope, and of several objects with one key the last.
fn normalize(world: &World<'_>, objects: Vec<Value>, tracking: &Tracking<'_>, conditions: &mut Vec<Condition>) -> Result<Vec<Value>> {
    let mut by_key: KeyIndex<ResourceKey, (Value, usize)> = KeyIndex::with_capacity_and_hasher(objects.len(), RandomState::default());
    for (at, mut object) in objects.into_iter().enumerate() {
        let Gvk { group, kind, .. } = unstructured::gvk(&object);
        let namespaced = world.objects.scope(group, kind).unwrap_or(true);
        let own = unstructured::namespace(&object);
        let namespace = match (namespaced, own) {
            (false, "") => None,
            (false, _) => Some(""),
            (true, "") => Some(world.app.destination("namespace")),
            (true, _) => None,
        };
        if let Some(namespace) = namespace {
            unstructured::set_namespace(&mut object, namespace);
            set_app_instance(&mut object, tracking).map_err(|error| {
                let (kind, name) = (unstructured::text(&object, "kind"), unstructured::name(&object));
                Error::upstream(format!("failed to set app instance label on resource {kind}/{name}: {error}"))
            })?;
        }
        let mut key = ResourceKey::of(&object);
        let generated = unstructured::generate_name(&object);
        if key.name.is_empty() && !generated.is_empty() {
            key.name = format!("{generated}{at}");
        }
        match by_key.entry(key) {
            Entry::Occupied(mut there) => {
                let (last, count) = there.get_mut();
                *last = object;
                *count += 1;
            }
            Entry::Vacant(place) => {
                place.insert((object, 1));
            }
        }
    }
    for (key, (_, count)) in by_key.iter().filter(|(_, (_, count))| *count > 1) {
        let message = format!("Resource {key} appeared {count} times among application resources.");
        conditions.push(Condition { ty: "RepeatedResourceWarning", message });
    }
    Ok(by_key.into_values().map(|(object, _)| object).collect())
}

/// Drops excluded kinds, and warns of objects that the selectors leave unwatched.
fn filter(world: &World<'_>, objects: Vec<Value>, conditions: &mut Vec<Condition>) -> Vec<Value> {
    let server = &world.cluster.server;
    let mut warn = |message| conditions.push(Condition { ty: "ExcludedResourceWarning", message });
    let none = Map::new();
    objects
        .into_iter()
        .filter(|object| {
            let Gvk { group, kind, .. } = unstructured::gvk(object);
            let name = unstructured::name(object);
            if world.filter.excludes(group, kind, server) {
                warn(format!("Resource {group}/{kind} {name} is excluded in the settings"));
                return false;
            }
            let text = world.filter.label_selector(group, kind, server);
            let labels = unstructured::coerced(object, "labels").unwrap_or(&none);
            if !text.is_empty() && selector::parse(&text).is_ok_and(|selector| !selector.matches(labels)) {
                warn(format!(
                    "Resource {group}/{kind} {name} does not match the resource selector {text:?} in the settings and will not be watched; it will appear as OutOfSync"
                ));
            }
            true
        })
        .collect()
}
