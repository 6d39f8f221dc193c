//! Ephemeral metadata: labels and annotations that pods carry only while they are canary, preview,
//! stable or active.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;

use super::{
    context::Context,
    selector,
    world::{Action, Set, metadata_change},
};
use crate::{
    Map, Value,
    rollouts::{
        objects::Outcome,
        spec::{Metadata, ReplicaSet, Rollout, go_json},
    },
};

pub(crate) const EPHEMERAL_METADATA: &str = "rollout.argoproj.io/ephemeral-metadata";

/// What a ReplicaSet that is about to be created gets: canary or preview metadata beside a stable one,
/// stable or active metadata if it is the first.
pub(crate) fn of_created(rollout: &Rollout, has_stable: bool) -> Option<&Metadata> {
    match (rollout.canary(), rollout.blue_green(), has_stable) {
        (Some(canary), _, true) => canary.canary_metadata.as_ref(),
        (Some(canary), _, false) => canary.stable_metadata.as_ref(),
        (None, Some(strategy), true) => strategy.preview_metadata.as_ref(),
        (None, Some(strategy), false) => strategy.active_metadata.as_ref(),
        _ => None,
    }
}

/// `ParseExistingPodMetadata`: what was injected before.
fn existing(set: &ReplicaSet) -> Option<Metadata> {
    let text = set.metadata.annotations.get(EPHEMERAL_METADATA)?;
    let value: Value = serde_json::from_str(text).ok()?;
    Metadata::deserialize(crate::rollouts::objects::without_nulls(&value)).ok()
}

type Texts = BTreeMap<String, String>;

/// Sets what is desired and takes out what was injected and is no longer; true when something changed.
fn sync(have: &mut Texts, injected: Option<&Texts>, desired: Option<&Texts>) -> bool {
    let mut changed = false;
    for (key, value) in desired.into_iter().flatten() {
        if have.get(key).map_or("", String::as_str) != value {
            have.insert(key.clone(), value.clone());
            changed = true;
        }
    }
    for key in injected.into_iter().flatten().map(|(key, _)| key) {
        if !desired.is_some_and(|desired| desired.contains_key(key)) && have.remove(key).is_some() {
            changed = true;
        }
    }
    changed
}

fn template_texts(template: &Value, member: &str) -> Texts {
    let map = template.get("metadata").and_then(|metadata| metadata.get(member)).and_then(Value::as_object);
    map.into_iter().flatten().map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

fn set_template_texts(template: &mut Value, member: &str, texts: &Texts) {
    let Some(members) = template.as_object_mut() else { return };
    let metadata = members.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    let Some(metadata) = metadata.as_object_mut() else { return };
    if texts.is_empty() {
        metadata.shift_remove(member);
    } else {
        let texts = texts.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect();
        metadata.insert(member.to_owned(), Value::Object(texts));
    }
}

/// As Go writes it: empty maps are left out.
fn document(metadata: &Metadata) -> String {
    let texts = |map: &Texts| Value::Object(map.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect());
    let mut all = Map::new();
    if !metadata.labels.is_empty() {
        all.insert("labels".into(), texts(&metadata.labels));
    }
    if !metadata.annotations.is_empty() {
        all.insert("annotations".into(), texts(&metadata.annotations));
    }
    go_json(&Value::Object(all))
}

/// `SyncReplicaSetEphemeralPodMetadata`: the changed ReplicaSet, or `None` when it is as it should be.
pub(crate) fn sync_set(set: &ReplicaSet, desired: Option<&Metadata>) -> Option<ReplicaSet> {
    let injected = existing(set);
    if desired.is_none() && injected.is_none() {
        return None;
    }
    let mut annotations = template_texts(&set.spec.template, "annotations");
    let mut labels = template_texts(&set.spec.template, "labels");
    let mut changed = sync(&mut annotations, injected.as_ref().map(|all| &all.annotations), desired.map(|all| &all.annotations));
    changed |= sync(&mut labels, injected.as_ref().map(|all| &all.labels), desired.map(|all| &all.labels));
    if !changed {
        return None;
    }
    let mut set = set.clone();
    set_template_texts(Arc::make_mut(&mut set.spec.template), "annotations", &annotations);
    set_template_texts(Arc::make_mut(&mut set.spec.template), "labels", &labels);
    match desired {
        Some(desired) => set.metadata.annotations.insert(EPHEMERAL_METADATA.into(), document(desired)),
        None => set.metadata.annotations.remove(EPHEMERAL_METADATA),
    };
    Some(set)
}

impl Context<'_> {
    /// `reconcileEphemeralMetadata`.
    pub(crate) fn reconcile_ephemeral_metadata(&mut self) -> Outcome {
        let (new, stable) = match (self.rollout.canary(), self.rollout.blue_green()) {
            (Some(canary), _) => (&canary.canary_metadata, &canary.stable_metadata),
            (None, Some(strategy)) => (&strategy.preview_metadata, &strategy.active_metadata),
            (None, None) => return Ok(()),
        };
        if new.is_none() && stable.is_none() {
            return Ok(());
        }
        let (new, stable) = (new.clone(), stable.clone());
        let hash = self.rollout.status.stable_rs.as_str();
        let promoted = hash.is_empty() || hash == self.new.as_ref().map_or("", |set| set.hash());
        if promoted {
            self.sync_metadata(self.new.clone(), stable.as_ref())?;
        } else {
            self.sync_metadata(self.new.clone(), new.as_ref())?;
            self.sync_metadata(self.stable.clone(), stable.as_ref())?;
        }
        for set in self.other.clone() {
            self.sync_metadata(Some(set), None)?;
        }
        Ok(())
    }

    fn sync_metadata(&mut self, set: Option<Set>, desired: Option<&Metadata>) -> Outcome {
        let Some(mut set) = set else { return Ok(()) };
        let injected = existing(&set);
        if let Some(changed) = sync_set(&set, desired) {
            // Upstream keeps the old copy for everything but the pods below.
            set = self.update_set(changed).map_err(|failure| failure.within("failed to sync ephemeral metadata"))?;
        }
        if set.spec.replicas == Some(0) {
            return Ok(());
        }
        self.sync_pods(&set, injected.as_ref(), desired);
        Ok(())
    }

    fn sync_pods(&mut self, set: &Arc<ReplicaSet>, injected: Option<&Metadata>, desired: Option<&Metadata>) {
        for at in 0..self.world.pods.len() {
            let Some(pod) = self.world.pods.get(at) else { break };
            let owned = super::context::controller_uid(&pod.metadata) == Some(set.metadata.uid.as_str());
            if !owned || !selector::matches(set.spec.selector.as_ref(), &pod.metadata.labels) {
                continue;
            }
            let mut metadata = pod.metadata.clone();
            let mut changed = sync(&mut metadata.annotations, injected.map(|all| &all.annotations), desired.map(|all| &all.annotations));
            changed |= sync(&mut metadata.labels, injected.map(|all| &all.labels), desired.map(|all| &all.labels));
            if !changed {
                continue;
            }
            let change = metadata_change(&pod.metadata, &metadata);
            self.world.dirty = true;
            let name = metadata.name.clone();
            self.world.note(|| {
                let mut patch = Map::new();
                patch.insert("metadata".into(), Value::Object(change));
                Action::Update { kind: "Pod", name: name.into(), change: Value::Object(patch) }
            });
            if let Some(pod) = self.world.pods.get_mut(at) {
                pod.metadata = metadata;
            }
        }
    }
}
