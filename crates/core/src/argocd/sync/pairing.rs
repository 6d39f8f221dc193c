//! Desired and live, paired (`GetManagedLiveObjs`, `sync.Reconcile`).

use std::collections::HashSet;
use std::sync::Arc;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::cluster::{Cluster, Live};
use super::desired::{Condition, Desired, is_for_sync};
use super::namespace::{managed_metadata, namespace};
use super::object::Object;
use crate::Value;
use crate::argocd::project::{Cluster as DestinationCluster, Permissions};
use crate::kube::resource_key::{KeyIndex, KeyMap, ResourceKey};

/// A target, a live object, or both.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) target: Option<Arc<Object>>,
    pub(crate) live: Option<Live>,
}

/// `ReconciliationResult`, and the conditions met on the way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pairing {
    pub(crate) pairs: Vec<Pair>,
    pub(crate) hooks: Vec<Arc<Object>>,
    pub(crate) conditions: Vec<Condition>,
}

/// For whom pairs are made.
pub(crate) struct Owner<'a> {
    pub(crate) application: &'a Value,
    /// `namespace/name`.
    pub(crate) qualified_name: &'a str,
    pub(crate) app_instance: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) permissions: &'a Permissions<'a>,
    pub(crate) destination: &'a DestinationCluster,
}

/// Live objects that are tracked, or stand where a target goes, as far as the project permits them.
pub(crate) fn live_objects(owner: &Owner<'_>, targets: &[Arc<Object>], cluster: &dyn Cluster) -> KeyIndex<Arc<ResourceKey>, Live> {
    let mut live: KeyIndex<Arc<ResourceKey>, Live> =
        cluster.tracked(owner.app_instance).into_iter().map(|live| (live.object.shared_key(), live)).collect();
    for target in targets {
        if !live.contains_key(target.key())
            && let Some(found) = cluster.cached(target.key())
        {
            live.insert(target.shared_key(), found);
        }
    }
    live.retain(|key, _| owner.permissions.resource((&key.group, &key.kind), &key.name, &key.namespace, owner.destination, &[]));
    live
}

/// Pairs targets with live objects; what is left over of the live ones is extra.
pub(crate) fn pair(owner: &Owner<'_>, desired: &Desired, cluster: &dyn Cluster) -> Pairing {
    let mut live = live_objects(owner, &desired.targets, cluster);
    let mut pairing = Pairing { conditions: desired.conditions.clone(), ..Pairing::default() };
    shared_conditions(owner, &live, &mut pairing.conditions);
    let mut targets: Vec<Arc<Object>> = desired.targets.clone();
    targets.extend(managed_namespaces(owner, desired, &live));
    let mut resources = Vec::with_capacity(targets.len());
    for target in targets.into_iter().filter(|target| is_for_sync(target.hook())) {
        match target.hook() {
            hook if hook.ignored => {}
            hook if hook.is_hook => pairing.hooks.push(target),
            _ => resources.push(target),
        }
    }
    drop_duplicates(&resources, &mut live);
    pairing.pairs.reserve(resources.len());
    for (scope, target) in scopes(&resources, cluster).into_iter().zip(resources) {
        let key = target.key();
        let mut take = |namespace: &str| {
            if key.namespace == namespace { live.swap_remove(key) } else { live.swap_remove(&key.in_namespace(namespace)) }
        };
        let namespace = if key.namespace.is_empty() { owner.namespace } else { &key.namespace };
        let in_namespace = if scope == Some(false) { None } else { take(namespace) };
        let found = in_namespace.or_else(|| if scope == Some(true) { None } else { take("") });
        pairing.pairs.push(Pair { target: Some(target), live: found });
    }
    let mut extra: Vec<Live> = live.into_values().collect();
    extra.sort_by(|one, other| one.object.key().cmp(other.object.key()));
    pairing.pairs.extend(extra.into_iter().map(|live| Pair { target: None, live: Some(live) }));
    missing_namespaces(&mut pairing, cluster);
    pairing
}

/// Whether each of them is of a namespaced kind, if that is known; each kind is asked for once.
fn scopes(resources: &[Arc<Object>], cluster: &dyn Cluster) -> Vec<Option<bool>> {
    let mut known: KeyMap<(&str, &str), Option<bool>> = KeyMap::default();
    let mut scopes = Vec::with_capacity(resources.len());
    for key in resources.iter().map(|object| object.key()) {
        scopes.push(*known.entry((&key.group, &key.kind)).or_insert_with(|| cluster.is_namespaced(&key.group, &key.kind)));
    }
    scopes
}

/// `SharedResourceWarning` for objects that another Application tracks.
fn shared_conditions(owner: &Owner<'_>, live: &KeyIndex<Arc<ResourceKey>, Live>, conditions: &mut Vec<Condition>) {
    for (key, live) in live {
        let other = live.object.instance().map_or("", |instance| &instance.application_name);
        if !other.is_empty() && other != owner.app_instance {
            let message =
                format!("{}/{} is part of applications {} and {}", key.kind, key.name, owner.qualified_name, other.replace('_', "/"));
            conditions.push(Condition::new("SharedResourceWarning", message));
        }
    }
}

/// A managed namespace that is live and tracked gets a target, lest it be pruned.
fn managed_namespaces(owner: &Owner<'_>, desired: &Desired, live: &KeyIndex<Arc<ResourceKey>, Live>) -> Option<Arc<Object>> {
    let metadata = managed_metadata(owner.application)?;
    let managed = |object: &Object| object.key().kind == "Namespace" && object.key().name == owner.namespace;
    if desired.targets.iter().any(|target| managed(target)) {
        return None;
    }
    let live = live.values().find(|live| managed(&live.object))?;
    Some(Arc::new(Object::new(namespace(&live.object.key().name, Some(metadata)))))
}

/// The same object seen through two API groups stays once: where Git names it (`dedupLiveResources`).
fn drop_duplicates(targets: &[Arc<Object>], live: &mut KeyIndex<Arc<ResourceKey>, Live>) {
    let mut seen: HashSet<&str, RandomState> = HashSet::with_capacity_and_hasher(live.len(), RandomState::default());
    if live.values().all(|live| seen.insert(live.object.uid())) {
        return;
    }
    let mut by_uid: IndexMap<&str, Vec<&Arc<ResourceKey>>> = IndexMap::with_capacity(live.len());
    for (key, live) in &*live {
        by_uid.entry(live.object.uid()).or_default().push(key);
    }
    let mut dropped = Vec::new();
    for keys in by_uid.values_mut().filter(|keys| keys.len() > 1) {
        keys.sort();
        let mut left = keys.len();
        for key in keys {
            if !targets.iter().any(|target| target.key() == &***key) {
                dropped.push(Arc::clone(key));
                left -= 1;
                if left == 1 {
                    break;
                }
            }
        }
    }
    for key in dropped {
        live.swap_remove(&key);
    }
}

fn missing_namespaces(pairing: &mut Pairing, cluster: &dyn Cluster) {
    for pair in &pairing.pairs {
        let Some(object) = pair.live.as_ref().map(|live| &live.object).or(pair.target.as_ref()) else { continue };
        let key = object.key();
        if key.namespace.is_empty() && cluster.is_namespaced(&key.group, &key.kind) == Some(true) {
            let message = format!("Namespace for {} {}/{}, Kind={} is missing.", key.name, key.group, object.version(), key.kind);
            pairing.conditions.push(Condition::new("InvalidSpecError", message));
        }
    }
}

/// Is this live object really ours? Controllers copy annotations to what they make
/// (`isSelfReferencedObj`).
pub(crate) fn is_self_referenced(target: Option<&Object>, live: Option<&Object>) -> bool {
    let Some(live) = live else { return true };
    let key = live.key();
    let same = |group: &str, kind: &str, namespace: &str, name: &str| {
        (key.namespace == namespace || key.namespace.is_empty()) && key.name == name && key.group == group && key.kind == kind
    };
    match target {
        Some(target) => {
            let own = target.key();
            same(&own.group, &own.kind, &own.namespace, &own.name)
        }
        None => live.instance().is_none_or(|instance| same(&instance.group, &instance.kind, &instance.namespace, &instance.name)),
    }
}
