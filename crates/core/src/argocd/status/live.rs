//! The live objects that belong to an Application, or stand where one of its targets goes.

use std::borrow::Cow;

use super::{Condition, ResourceKey, World, convert};
use crate::argocd::project::{self, Permissions};
use crate::argocd::tracking;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::resource_key::{KeyIndex, KeyRef};
use crate::{Error, Map, Result, Value};

pub(super) type LiveObjects<'a> = KeyIndex<ResourceKey, Cow<'a, Value>>;

/// Finds them, drops those the project does not permit, and warns of shared ones. A managed
/// namespace that is live but not desired is added to the targets.
pub(super) fn managed<'a>(
    world: &World<'a>,
    targets: &mut Vec<Value>,
    permissions: &Permissions<'_>,
    conditions: &mut Vec<Condition>,
    failed: &mut bool,
) -> LiveObjects<'a> {
    let mut live = find(world, targets).unwrap_or_else(|error| {
        conditions.push(Condition { ty: "ComparisonError", message: format!("Failed to load live state: {error}") });
        *failed = true;
        LiveObjects::default()
    });
    let destination = project::Cluster { server: world.cluster.server.clone(), name: world.cluster.name.clone() };
    live.retain(|_, object| {
        let Gvk { group, kind, .. } = unstructured::gvk(object);
        let (name, namespace) = (unstructured::name(object), unstructured::namespace(object));
        permissions.resource((group, kind), name, namespace, &destination, std::slice::from_ref(&destination))
    });
    let instance = world.app.instance_name();
    let settings = &world.settings;
    let desired = targets.iter().any(|target| world.app.manages_namespace(target));
    for object in live.values() {
        let owner = tracking::app_name(object, &settings.label_key, settings.method(), &settings.installation_id);
        if !owner.is_empty() && owner != instance {
            let message = format!(
                "{}/{} is part of applications {} and {}",
                unstructured::text(object, "kind"),
                unstructured::name(object),
                world.app.qualified_name(),
                owner.replace('_', "/")
            );
            conditions.push(Condition { ty: "SharedResourceWarning", message });
        }
        if !desired && world.app.manages_namespace(object) {
            targets.push(managed_namespace(world, unstructured::name(object)));
        }
    }
    live
}

/// The namespace that `managedNamespaceMetadata` stands for (`syncNamespace`).
fn managed_namespace(world: &World<'_>, name: &str) -> Value {
    let metadata = world.app.managed_namespace_metadata();
    let part = |key: &str| metadata.and_then(|metadata| metadata.get(key)).and_then(Value::as_object).cloned().unwrap_or_default();
    let mut annotations = part("annotations");
    annotations.insert("argocd.argoproj.io/sync-options".to_owned(), Value::from("ServerSideApply=true"));
    let mut meta = Map::new();
    meta.insert("name".to_owned(), Value::from(name));
    meta.insert("annotations".to_owned(), Value::Object(annotations));
    let labels = part("labels");
    if !labels.is_empty() {
        meta.insert("labels".to_owned(), Value::Object(labels));
    }
    serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": meta, "spec": {}, "status": {}})
}

/// `GetManagedLiveObjs`.
fn find<'a>(world: &World<'a>, targets: &[Value]) -> Result<LiveObjects<'a>> {
    let limited = &world.cluster.namespaces;
    for target in targets.iter().filter(|_| !limited.is_empty()) {
        let (kind, name, namespace) = (unstructured::text(target, "kind"), unstructured::name(target), unstructured::namespace(target));
        if namespace.is_empty() && !world.cluster.cluster_resources {
            return Err(Error::upstream(format!("cluster level {kind} {name:?} can not be managed when in namespaced mode")));
        }
        if !namespace.is_empty() && !limited.iter().any(|one| one == namespace) {
            return Err(Error::upstream(format!("namespace {namespace:?} for {kind} {name:?} is not managed")));
        }
    }
    let mut live: LiveObjects<'a> = world.objects.managed().map(|(key, object)| (key.owned(), Cow::Borrowed(object))).collect();
    for target in targets {
        let key = KeyRef::of(target);
        let gvk = unstructured::gvk(target);
        let found = match live.get(&key) {
            Some(Cow::Borrowed(object)) => Some(*object),
            Some(Cow::Owned(_)) => continue,
            None => match world.objects.cached(key) {
                Some(cached) if cached.has_manifest => Some(cached.object),
                Some(cached) => world.objects.get(gvk, unstructured::name(cached.object), unstructured::namespace(cached.object)),
                None if world.objects.scope(gvk.group, gvk.kind).is_none() => {
                    world.objects.get(gvk, unstructured::name(target), unstructured::namespace(target))
                }
                None => None,
            },
        };
        let Some(found) = found else { continue };
        let of_live = unstructured::gvk(found);
        let found = if of_live.group == gvk.group && of_live.version == gvk.version {
            Cow::Borrowed(found)
        } else {
            match convert::to_version(found, gvk) {
                Some(converted) => Cow::Owned(converted),
                None => match world.objects.get(gvk, unstructured::name(found), unstructured::namespace(found)) {
                    Some(other) => Cow::Borrowed(other),
                    None => continue,
                },
            }
        };
        match live.get_mut(&key) {
            Some(there) => *there = found,
            None => {
                live.insert(key.owned(), found);
            }
        }
    }
    Ok(live)
}
