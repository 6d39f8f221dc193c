//! Orphaned resources (`getResourceTree` of the application controller).

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::{Condition, ResourceKey, ResourceStatus, World};
use crate::Value;
use crate::argocd::glob::matches;
use crate::argocd::project::{self, AppProject, Permissions};
use crate::argocd::tracking;
use crate::argocd::unstructured;
use crate::kube::resource_key::KeyRef;

/// What lives in the destination namespace without an Application, children included, when the project
/// watches for it; a condition only when it asks for a warning.
pub(super) fn find(
    world: &World<'_>,
    applications: &[String],
    project: &AppProject,
    permissions: &Permissions<'_>,
    resources: &[ResourceStatus<'_>],
    conditions: &mut Vec<Condition>,
) -> Vec<ResourceKey> {
    let Some(settings) = &project.spec.orphaned_resources else { return Vec::new() };
    let namespace = world.app.destination("namespace");
    if namespace.is_empty() {
        return Vec::new();
    }
    let managed: HashSet<KeyRef<'_>> =
        resources.iter().filter_map(|one| one.live.as_deref().or(one.target.as_ref()).map(KeyRef::of)).collect();
    let here: Vec<(KeyRef<'_>, &Value)> = world.objects.in_namespace(namespace).collect();
    let exists = existing(world, applications);
    let mut children: HashMap<&str, Vec<(KeyRef<'_>, &Value)>> = HashMap::new();
    for (key, object) in &here {
        for owner in owners(object) {
            children.entry(unstructured::text(owner, "uid")).or_default().push((*key, *object));
        }
    }
    let destination = project::Cluster { server: world.cluster.server.clone(), name: world.cluster.name.clone() };
    let mut queue: VecDeque<(KeyRef<'_>, &Value, Option<&str>)> = here
        .iter()
        .filter(|(key, object)| owners(object).next().is_none() && !managed.contains(key))
        .filter(|(key, _)| permissions.group_kind_name(key.group, key.kind, key.name, true) && !excluded(*key, settings))
        .map(|(key, object)| (*key, *object, None))
        .collect();
    let (mut seen, mut orphans) = (HashSet::new(), BTreeSet::new());
    while let Some((key, object, inherited)) = queue.pop_front() {
        // owners may form a circle
        if !seen.insert(key) {
            continue;
        }
        let own = tracking::app_name(object, &world.settings.label_key, world.settings.method(), &world.settings.installation_id);
        let app = if own.is_empty() { inherited } else { Some(own) };
        if app.is_some_and(|app| exists.contains(app)) {
            continue;
        }
        if !permissions.resource((key.group, key.kind), key.name, key.namespace, &destination, std::slice::from_ref(&destination)) {
            continue;
        }
        orphans.insert(key.owned());
        let uid = unstructured::uid(object);
        for (child, object) in children.get(uid).filter(|_| !uid.is_empty()).into_iter().flatten() {
            queue.push_back((*child, *object, app));
        }
    }
    if !orphans.is_empty() && settings.warn {
        let message = format!("Application has {} orphaned resources", orphans.len());
        conditions.push(Condition { ty: "OrphanedResourceWarning", message });
    }
    orphans.into_iter().collect()
}

/// The instance names of the Applications that exist.
fn existing(world: &World<'_>, applications: &[String]) -> HashSet<String> {
    let live = world.objects.applications().map(|app| match unstructured::namespace(app) {
        "" | super::CONTROLLER_NAMESPACE => unstructured::name(app).to_owned(),
        namespace => format!("{namespace}_{}", unstructured::name(app)),
    });
    live.chain(applications.iter().cloned()).chain([world.app.instance_name()]).collect()
}

fn owners(object: &Value) -> impl Iterator<Item = &Value> {
    let owners = object.get("metadata").and_then(|metadata| metadata.get("ownerReferences")).and_then(Value::as_array);
    owners.into_iter().flatten().filter(|owner| owner.is_object())
}

/// Upstream's own exceptions, and the project's (`isKnownOrphanedResourceExclusion`).
fn excluded(key: KeyRef<'_>, settings: &project::OrphanedResources) -> bool {
    let known = match (key.group, key.kind, key.name) {
        ("", "Service", "kubernetes") => key.namespace == "default",
        ("", "ServiceAccount", "default") | ("", "ConfigMap", "kube-root-ca.crt") => true,
        _ => false,
    };
    let fits = |pattern: &str, text: &str| pattern.is_empty() || matches(pattern, text);
    known || settings.ignore.iter().any(|item| fits(&item.kind, key.kind) && matches(&item.group, key.group) && fits(&item.name, key.name))
}
