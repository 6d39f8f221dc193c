//! Pairing targets with live objects (`sync.Reconcile`).

use std::collections::HashSet;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::live::LiveObjects;
use super::{Pair, ResourceKey, World};
use crate::Value;
use crate::argocd::unstructured;
use crate::kube::resource_key::KeyRef;

/// The pairs.
pub(super) fn reconcile<'a>(world: &World<'a>, plain: Vec<Value>, mut live: LiveObjects<'a>) -> Vec<Pair<'a>> {
    deduplicate(&plain, &mut live);
    let mut taken = vec![false; live.len()];
    let mut pairs = Vec::with_capacity(plain.len());
    for target in plain {
        let places = keys(world, &target).map(|key| live.get_index_of(&key?));
        let free = places.into_iter().flatten().find(|index| taken.get(*index) == Some(&false));
        let object = free.and_then(|index| {
            *taken.get_mut(index)? = true;
            live.get_index(index).map(|(_, object)| object.clone())
        });
        pairs.push(Pair { target: Some(target), live: object });
    }
    let rest = live.into_values().zip(taken).filter(|(_, taken)| !taken);
    pairs.extend(rest.map(|(object, _)| Pair { target: None, live: Some(object) }));
    pairs
}

/// Where a target's live object may be; both places when the scope is not known.
fn keys<'o>(world: &'o World<'_>, target: &'o Value) -> [Option<KeyRef<'o>>; 2] {
    let key = KeyRef::of(target);
    let namespace = if key.namespace.is_empty() { world.app.destination("namespace") } else { key.namespace };
    let scope = world.objects.scope(key.group, key.kind);
    let at = |namespace: &'o str| KeyRef { namespace, ..key };
    [(scope != Some(false)).then(|| at(namespace)), (scope != Some(true)).then(|| at(""))]
}

/// One object may be listed under two groups: of those with one UID, only targets or the last stay.
fn deduplicate(targets: &[Value], live: &mut LiveObjects<'_>) {
    let mut uids = HashSet::with_capacity_and_hasher(live.len(), RandomState::default());
    if live.values().all(|object| uids.insert(unstructured::uid(object))) {
        return;
    }
    let mut by_uid: IndexMap<&str, Vec<ResourceKey>> = IndexMap::new();
    for object in live.values() {
        by_uid.entry(unstructured::uid(object)).or_default().push(ResourceKey::of(object));
    }
    let wanted: HashSet<ResourceKey> = targets.iter().map(ResourceKey::of).collect();
    let mut gone = HashSet::new();
    for keys in by_uid.into_values().filter(|keys| keys.len() > 1) {
        let mut left = keys.len();
        for key in keys {
            if !wanted.contains(&key) {
                gone.insert(key);
                left -= 1;
                if left == 1 {
                    break;
                }
            }
        }
    }
    live.retain(|key, _| !gone.contains(key));
}
