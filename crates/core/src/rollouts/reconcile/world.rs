//! What the controller sees and changes: the API server's objects, as far as a rollout looks at them.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    Map, Result, Value,
    rollouts::{
        objects::{Event, Objects},
        spec::{AnalysisRun, AnalysisTemplate, Experiment, ObjectMeta, ReplicaSet, Rollout, Service, Text, Time},
    },
};

/// A ReplicaSet that several lists share.
pub(crate) type Set = Arc<ReplicaSet>;

/// Analysis templates by name; what cannot be decoded refuses the Rollouts that name it, and no others.
pub(crate) type Shelf = BTreeMap<String, Result<Arc<AnalysisTemplate>>>;

/// What upstream's hash functions give for the current template and steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hashes {
    pub(crate) pod_template: Text,
    pub(crate) steps: Text,
}

/// A pod, as a restart and pod metadata look at it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Pod {
    pub(crate) metadata: ObjectMeta,
    /// The condition Ready is True; since when, if that is known.
    pub(crate) ready: Option<Option<Time>>,
    /// The name by which the API server puts it in order: in a simulation hashes are roles, in a cluster they are not.
    pub(crate) listed: Text,
}

/// An API call that changed something.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A new object, without what the API server fills in.
    Create {
        /// Kubernetes kind.
        kind: &'static str,
        /// `metadata.name`.
        name: String,
        /// The object.
        object: Value,
    },
    /// An object changed.
    Update {
        /// Kubernetes kind.
        kind: &'static str,
        /// `metadata.name`.
        name: String,
        /// The JSON merge patch from before to after.
        change: Value,
    },
    /// An object is gone.
    Delete {
        /// Kubernetes kind.
        kind: &'static str,
        /// `metadata.name`.
        name: String,
    },
    /// A pod was evicted.
    Evict {
        /// `metadata.name`.
        name: String,
    },
}

/// The objects around a Rollout, decoded: read once ([`super::read`]), reconciled as often as wanted.
///
/// A copy shares its objects with the original.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub(crate) rollout: Rollout,
    pub(crate) hashes: Hashes,
    pub(crate) replica_sets: Vec<Set>,
    pub(crate) services: Vec<Arc<Service>>,
    pub(crate) analysis_runs: Vec<Arc<AnalysisRun>>,
    pub(crate) experiments: Vec<Arc<Experiment>>,
    pub(crate) pods: Vec<Pod>,
    /// What `workloadRef` can name.
    pub(crate) workloads: Vec<Arc<super::workload::Workload>>,
    /// Routers' objects.
    pub(crate) objects: Objects,
    /// AnalysisTemplates by name.
    pub(crate) templates: Arc<Shelf>,
    /// ClusterAnalysisTemplates by name.
    pub(crate) cluster_templates: Arc<Shelf>,
    pub(crate) actions: Vec<Action>,
    pub(crate) events: Vec<Event>,
    /// Pods that were evicted, by name.
    pub(crate) evicted: Vec<String>,
    /// Whether actions are described (a simulation only needs to know that something happened).
    pub(crate) recording: bool,
    /// Something was created, changed or deleted; what may be undone again is kept apart.
    pub(crate) dirty: bool,
    /// Services as they were before they were first switched.
    pub(crate) switched: Vec<Arc<Service>>,
    /// Routers' objects as they were before they were first updated, by kind and name.
    pub(crate) rerouted: Vec<(&'static str, String, Arc<Value>)>,
    /// Whether DestinationRules are watched, so that one can keep an old ReplicaSet alive.
    pub(crate) watches_destination_rules: bool,
    /// Something was reached that cannot be answered offline, and what it is.
    pub(crate) unknown: Option<String>,
    /// What validation of the spec said, while it has not changed.
    pub(crate) spec_verdict: Option<Option<super::validation::Refusal>>,
    /// The analysis templates that the Rollout names are there and sound.
    pub(crate) templates_sound: bool,
    /// What validation of the references said, while no referenced object has changed.
    pub(crate) reference_verdict: Option<Option<super::validation::Refusal>>,
}

impl World {
    /// Whether what was done since [`Self::dirty`] was last reset made a difference.
    pub(crate) fn changed(&self) -> bool {
        let switched = |before: &Arc<Service>| {
            let name = &before.metadata.name;
            self.services.iter().find(|service| service.metadata.name == *name) != Some(before)
        };
        let rerouted = |(kind, name, before): &(&'static str, String, Arc<Value>)| {
            self.objects.of_kind(kind).find(|(other, _)| other == name).map(|(_, object)| object) != Some(before)
        };
        self.dirty || self.switched.iter().any(switched) || self.rerouted.iter().any(rerouted)
    }

    /// Forgets what earlier reconciles did and said.
    pub(crate) fn begin(&mut self) {
        self.clean();
        self.actions.clear();
        self.events.clear();
        self.evicted.clear();
        self.unknown = None;
    }

    /// Forgets what was done.
    pub(crate) fn clean(&mut self) {
        self.dirty = false;
        self.switched.clear();
        self.rerouted.clear();
    }

    /// The spec changed, or an object that it refers to.
    pub(crate) fn forget_verdicts(&mut self) {
        self.spec_verdict = None;
        self.templates_sound = false;
        self.reference_verdict = None;
        self.objects.forget_shown();
    }

    /// A router's object changed.
    pub(crate) fn touch(&mut self) {
        self.dirty = true;
        self.reference_verdict = None;
    }

    /// The ReplicaSets of a Rollout: controlled by it, or by no one and selected by it.
    pub(crate) fn owned_sets(&self, rollout: &Rollout) -> Vec<&ReplicaSet> {
        let owned = |set: &&Set| match super::context::controller_uid(&set.metadata) {
            Some(owner) => owner == rollout.metadata.uid || rollout.metadata.uid.is_empty(),
            None => super::selector::matches(rollout.spec.selector.as_ref(), &set.metadata.labels),
        };
        self.replica_sets.iter().filter(owned).map(|set| &**set).collect()
    }

    pub(crate) fn set(&self, name: &str) -> Option<&Set> {
        self.replica_sets.iter().find(|set| set.metadata.name == name)
    }

    pub(crate) fn note(&mut self, action: impl FnOnce() -> Action) {
        if self.recording {
            self.actions.push(action());
        }
    }

    pub(crate) fn event(&mut self, reason: &str, message: String) {
        self.events.push(Event { warning: false, reason: reason.to_owned(), message });
    }

    pub(crate) fn warn(&mut self, reason: &str, message: String) {
        self.events.push(Event { warning: true, reason: reason.to_owned(), message });
    }

    /// Stores a new form of a ReplicaSet as the API server does: status, uid and creation time stay, the
    /// generation rises with the spec. `None` when there is no such ReplicaSet.
    pub(crate) fn store_set(&mut self, mut set: ReplicaSet) -> Option<Set> {
        let at = self.replica_sets.iter().position(|stored| stored.metadata.name == set.metadata.name)?;
        let stored = self.replica_sets.get(at)?.clone();
        set.status = stored.status.clone();
        set.metadata.uid.clone_from(&stored.metadata.uid);
        set.metadata.creation_timestamp = stored.metadata.creation_timestamp;
        set.metadata.generation = stored.metadata.generation;
        if set.spec != stored.spec {
            set.metadata.generation = set.metadata.generation.saturating_add(1);
        }
        if set == *stored {
            return Some(stored);
        }
        let set = Arc::new(set);
        self.dirty = true;
        if self.recording {
            let change = set_change(&stored, &set);
            self.actions.push(Action::Update { kind: "ReplicaSet", name: set.metadata.name.to_string(), change });
        }
        if let Some(slot) = self.replica_sets.get_mut(at) {
            *slot = Arc::clone(&set);
        }
        Some(set)
    }

    /// Adds, changes or removes an annotation of a stored ReplicaSet.
    pub(crate) fn annotate_set(&mut self, name: &str, key: &str, value: Option<String>) {
        let Some(stored) = self.set(name) else { return };
        let mut set = (**stored).clone();
        match value {
            Some(value) => set.metadata.annotations.insert(key.to_owned(), value),
            None => set.metadata.annotations.remove(key),
        };
        self.store_set(set);
    }
}

/// The JSON merge patch between two maps of texts.
pub(crate) fn text_changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Option<Value> {
    if before == after {
        return None;
    }
    if after.is_empty() {
        return Some(Value::Null);
    }
    let mut patch = Map::new();
    for (key, value) in after {
        if before.get(key) != Some(value) {
            patch.insert(key.clone(), value.as_str().into());
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Some(Value::Object(patch))
}

/// The JSON merge patch of labels and annotations.
pub(crate) fn metadata_change(before: &ObjectMeta, after: &ObjectMeta) -> Map<String, Value> {
    let mut metadata = Map::new();
    if let Some(patch) = text_changes(&before.labels, &after.labels) {
        metadata.insert("labels".into(), patch);
    }
    if let Some(patch) = text_changes(&before.annotations, &after.annotations) {
        metadata.insert("annotations".into(), patch);
    }
    metadata
}

fn set_change(before: &ReplicaSet, after: &ReplicaSet) -> Value {
    let mut change = Map::new();
    let mut metadata = metadata_change(&before.metadata, &after.metadata);
    if before.metadata.owner_references != after.metadata.owner_references {
        let owners =
            after.metadata.owner_references.iter().map(|owner| serde_json::to_value(owner).unwrap_or_default()).collect::<Vec<_>>();
        metadata.insert("ownerReferences".into(), if owners.is_empty() { Value::Null } else { Value::Array(owners) });
    }
    if !metadata.is_empty() {
        change.insert("metadata".into(), Value::Object(metadata));
    }
    let mut spec = Map::new();
    if before.spec.replicas != after.spec.replicas {
        spec.insert("replicas".into(), after.desired().into());
    }
    if before.spec.min_ready_seconds != after.spec.min_ready_seconds {
        let seconds = after.spec.min_ready_seconds;
        spec.insert("minReadySeconds".into(), if seconds == 0 { Value::Null } else { seconds.into() });
    }
    if before.spec.template != after.spec.template
        && let Some(patch) = merge_patch(&before.spec.template, &after.spec.template)
    {
        spec.insert("template".into(), patch);
    }
    if !spec.is_empty() {
        change.insert("spec".into(), Value::Object(spec));
    }
    Value::Object(change)
}

/// `jsonpatch.CreateMergePatch`: `None` when nothing differs.
pub(crate) fn merge_patch(before: &Value, after: &Value) -> Option<Value> {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let mut patch = Map::new();
            for (key, value) in new {
                match old.get(key) {
                    None => {
                        patch.insert(key.clone(), value.clone());
                    }
                    Some(before) => {
                        if let Some(inner) = merge_patch(before, value) {
                            patch.insert(key.clone(), inner);
                        }
                    }
                }
            }
            for key in old.keys().filter(|key| !new.contains_key(*key)) {
                patch.insert(key.clone(), Value::Null);
            }
            (!patch.is_empty()).then_some(Value::Object(patch))
        }
        _ => (before != after).then(|| after.clone()),
    }
}
