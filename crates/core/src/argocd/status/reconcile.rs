//! Pairing targets with live objects (`sync.Reconcile`).

use std::collections::HashSet;

use indexmap::IndexMap;

use super::live::LiveObjects;
use super::{Pair, ResourceKey, World};
use crate::Value;
use crate::argocd::sync::hook::HookFacts;
use crate::argocd::unstructured::{self, Gvk};

/// The pairs, and the hooks among the targets.
pub(super) struct Reconciled<'a> {
    pub(super) pairs: Vec<Pair<'a>>,
    pub(super) hooks: Vec<Value>,
}

pub(super) fn reconcile<'a>(world: &World<'a>, targets: Vec<Value>, mut live: LiveObjects<'a>) -> Reconciled<'a> {
    let (mut plain, mut hooks) = (Vec::with_capacity(targets.len()), Vec::new());
    for target in targets {
        let hook = HookFacts::of(&target);
        if hook.is_hook && !hook.ignored {
            hooks.push(target);
        } else if !hook.ignored {
            plain.push(target);
        }
    }
    deduplicate(&plain, &mut live);
    let mut taken = HashSet::new();
    let mut pairs = Vec::with_capacity(plain.len());
    for target in plain {
        let found = keys(world, &target).into_iter().find(|key| live.contains_key(key) && !taken.contains(key));
        let object = found.and_then(|key| {
            let object = live.get(&key).cloned();
            taken.insert(key);
            object
        });
        pairs.push(Pair { target: Some(target), live: object });
    }
    pairs.extend(live.into_iter().filter(|(key, _)| !taken.contains(key)).map(|(_, object)| Pair { target: None, live: Some(object) }));
    Reconciled { pairs, hooks }
}

/// Where a target's live object may be; both places when the scope is not known.
fn keys(world: &World<'_>, target: &Value) -> Vec<ResourceKey> {
    let Gvk { group, kind, .. } = unstructured::gvk(target);
    let own = unstructured::namespace(target);
    let namespace = if own.is_empty() { world.app.destination("namespace") } else { own };
    let scope = world.objects.scope(group, kind);
    let key = |namespace: &str| ResourceKey::of(target).in_namespace(namespace);
    let mut keys = Vec::with_capacity(2);
    if scope != Some(false) {
        keys.push(key(namespace));
    }
    if scope != Some(true) {
        keys.push(key(""));
    }
    keys
}

/// One object may be listed under two groups: of those with one UID, only targets or the last stay.
fn deduplicate(targets: &[Value], live: &mut LiveObjects<'_>) {
    let mut uids = HashSet::with_capacity(live.len());
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
