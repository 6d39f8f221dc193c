//! Revisions: the annotations that number ReplicaSets, and the ReplicaSet of a new template.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::json;
use smol_str::format_smolstr;

use super::{
    affinity,
    conditions::{self, PROGRESSING, condition},
    context::Context,
    metadata,
    world::{Action, Set},
};
use crate::{
    Map, Value,
    rollouts::{
        objects::{Failure, Outcome, controller_reference},
        spec::{LabelSelector, OwnerReference, POD_TEMPLATE_HASH, ReplicaSet, Rollout, to_wire},
    },
};

pub(crate) const REVISION: &str = "rollout.argoproj.io/revision";
pub(crate) const REVISION_HISTORY: &str = "rollout.argoproj.io/revision-history";
pub(crate) const DESIRED_REPLICAS: &str = "rollout.argoproj.io/desired-replicas";
const NOT_COPIED: [&str; 5] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    "notified.notifications.argoproj.io",
];

/// `strconv.ParseInt(text, 10, 64)`.
pub(crate) fn integer(text: &str) -> Option<i64> {
    crate::rollouts::spec::go_atoi(text)
}

/// `replicasetutil.Revision`: 0 without the annotation or when it is no number.
pub(crate) fn revision(annotations: &BTreeMap<String, String>) -> i64 {
    annotations.get(REVISION).and_then(|text| integer(text)).unwrap_or(0)
}

fn max_revision(sets: &[Set]) -> i64 {
    sets.iter().map(|set| revision(&set.metadata.annotations)).max().unwrap_or(0).max(0)
}

/// `SetNewReplicaSetAnnotations` for a ReplicaSet that exists: the annotations it should have.
fn synced_annotations(rollout: &Rollout, set: &ReplicaSet, wanted: i64) -> Option<BTreeMap<String, String>> {
    let have = &set.metadata.annotations;
    let copied: Vec<(&String, &String)> = rollout
        .metadata
        .annotations
        .iter()
        .filter(|(key, value)| !NOT_COPIED.contains(&key.as_str()) && have.get(*key).map_or("", String::as_str) != value.as_str())
        .collect();
    let old = have.get(REVISION);
    let number = match old.map(String::as_str) {
        None | Some("") => 0,
        Some(text) => integer(text)?,
    };
    if copied.is_empty() && number >= wanted {
        return None;
    }
    let mut annotations = have.clone();
    annotations.extend(copied.into_iter().map(|(key, value)| (key.clone(), value.clone())));
    if number < wanted {
        annotations.insert(REVISION.into(), wanted.to_string());
    }
    if let Some(old) = old {
        let history = annotations.get(REVISION_HISTORY).filter(|history| !history.is_empty() && !history.starts_with(','));
        let history = history.map_or_else(|| old.clone(), |history| format!("{history},{old}"));
        annotations.insert(REVISION_HISTORY.into(), history);
    }
    Some(annotations)
}

impl Context<'_> {
    /// `getAllReplicaSetsAndSyncRevision`: the new ReplicaSet carries the highest revision, and so does the
    /// Rollout.
    pub(crate) fn sync_revision(&mut self) -> Outcome {
        let Some(new) = self.new.clone() else { return Ok(()) };
        self.new_detached = true;
        let wanted = max_revision(&self.older).saturating_add(1);
        let annotations = synced_annotations(&self.rollout, &new, wanted);
        let affinity_stale = affinity::needs_update(&self.rollout, &self.world.hashes.pod_template, &new.spec.template);
        if annotations.is_some() || new.spec.min_ready_seconds != self.rollout.spec.min_ready_seconds || affinity_stale {
            let mut set = (*new).clone();
            if let Some(annotations) = annotations {
                set.metadata.annotations = annotations;
            }
            set.spec.min_ready_seconds = self.rollout.spec.min_ready_seconds;
            affinity::apply(&self.rollout, &self.world.hashes.pod_template, Arc::make_mut(&mut set.spec.template));
            let name = set.metadata.name.clone();
            let stored =
                self.update_set(set).map_err(|failure| failure.within(&format!("failed to update replicaset revision on {name}")))?;
            self.new = Some(stored);
            return Ok(());
        }
        let revision = new.metadata.annotations.get(REVISION).map_or("", String::as_str);
        self.set_rollout_revision(revision);
        if conditions::get(&self.rollout.status, PROGRESSING).is_none() {
            let message = format!("Found new replica set {:?}", new.metadata.name);
            let found = condition(PROGRESSING, "True", "FoundNewReplicaSet", message, self.seconds());
            conditions::set(&mut self.rollout.status, found);
            self.store_status(self.rollout.status.clone());
        }
        Ok(())
    }

    /// `setRolloutRevision`.
    fn set_rollout_revision(&mut self, revision: &str) {
        let annotations = &mut self.rollout.metadata.annotations;
        if annotations.get(REVISION).map_or("", String::as_str) == revision {
            return;
        }
        annotations.insert(REVISION.into(), revision.to_owned());
        self.written = true;
        self.world.dirty = true;
        let name = self.rollout.metadata.name.clone();
        let change = self.annotation_change(revision);
        self.world.note(|| Action::Update { kind: "Rollout", name: name.into(), change: json!({"metadata": {"annotations": change}}) });
        self.world.event("RolloutUpdated", format!("Rollout updated to revision {revision}"));
    }

    /// `createDesiredReplicaSet`: with no pods yet. Nothing else happens in this reconcile.
    pub(crate) fn create_desired_set(&mut self) -> Outcome {
        let revision = max_revision(&self.older).saturating_add(1);
        let set = self.desired_set(revision);
        let name = set.metadata.name.clone();
        if let Some(existing) = self.world.set(&name).cloned() {
            return self.adopt_existing(existing, revision);
        }
        let set = Arc::new(set);
        if self.world.recording {
            let object = set_document(&set);
            self.world.actions.push(Action::Create { kind: "ReplicaSet", name: name.to_string(), object });
        }
        self.world.dirty = true;
        self.world.replica_sets.push(Arc::clone(&set));
        self.new = Some(set);
        self.set_rollout_revision(&revision.to_string());
        self.world.event("NewReplicaSetCreated", format!("Created ReplicaSet {name} (revision {revision})"));
        let message = format!("Created new replica set {name:?}");
        let created = condition(PROGRESSING, "True", "NewReplicaSetCreated", message, self.seconds());
        conditions::set(&mut self.rollout.status, created);
        self.store_status(self.rollout.status.clone());
        Ok(())
    }

    /// A ReplicaSet of that name exists: ours if its template is ours, else the hashes collide.
    fn adopt_existing(&mut self, existing: Set, revision: i64) -> Outcome {
        let ours = super::context::controller_uid(&existing.metadata) == Some(self.rollout.metadata.uid.as_str());
        if ours && super::template::equal_ignoring_hash(&existing.spec.template, &self.rollout.spec.template) {
            self.new = Some(existing);
            self.set_rollout_revision(&revision.to_string());
            return Ok(());
        }
        let count = self.rollout.status.collision_count.unwrap_or(0).saturating_add(1);
        self.rollout.status.collision_count = Some(count);
        self.store_status(self.rollout.status.clone());
        Err(Failure::new(format!("replicasets.apps \"{}\" already exists", existing.metadata.name)))
    }

    fn desired_set(&self, revision: i64) -> ReplicaSet {
        let rollout = &self.rollout;
        let hash = &self.world.hashes.pod_template;
        let mut template = rollout.spec.template.clone();
        affinity::apply(rollout, hash, &mut template);
        set_template_label(&mut template, POD_TEMPLATE_HASH, hash);
        let labels: BTreeMap<String, String> =
            crate::rollouts::spec::template_labels(&template).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let mut selector: LabelSelector = rollout.spec.selector.clone().unwrap_or_default();
        selector.match_labels.insert(POD_TEMPLATE_HASH.into(), hash.to_string());
        let mut set = ReplicaSet::default();
        set.metadata.name = format_smolstr!("{}-{hash}", rollout.metadata.name);
        set.metadata.namespace.clone_from(&rollout.metadata.namespace);
        set.metadata.labels = labels;
        set.metadata.uid = format_smolstr!("uid-replicaset-{}", set.metadata.name);
        set.metadata.creation_timestamp = Some(self.seconds());
        set.metadata.generation = 1;
        set.metadata.owner_references = vec![OwnerReference {
            api_version: "argoproj.io/v1alpha1".into(),
            kind: "Rollout".into(),
            name: rollout.metadata.name.clone(),
            uid: rollout.metadata.uid.clone(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }];
        let copied = rollout.metadata.annotations.iter().filter(|(key, value)| !NOT_COPIED.contains(&key.as_str()) && !value.is_empty());
        set.metadata.annotations = copied.map(|(key, value)| (key.clone(), value.clone())).collect();
        set.metadata.annotations.insert(REVISION.into(), revision.to_string());
        set.metadata.annotations.insert(DESIRED_REPLICAS.into(), rollout.replicas().to_string());
        set.spec.replicas = Some(0);
        set.spec.min_ready_seconds = rollout.spec.min_ready_seconds;
        set.spec.selector = Some(selector);
        set.spec.template = Arc::new(template);
        let wanted = metadata::of_created(rollout, self.stable.is_some());
        if let Some(synced) = metadata::sync_set(&set, wanted) {
            set = synced;
        }
        set
    }
}

/// Sets a label of a pod template.
pub(crate) fn set_template_label(template: &mut Value, key: &str, value: &str) {
    if !template.is_object() {
        *template = json!({});
    }
    let Some(members) = template.as_object_mut() else { return };
    let metadata = members.entry("metadata").or_insert_with(|| json!({}));
    if let Some(labels) = metadata.as_object_mut().map(|all| all.entry("labels").or_insert_with(|| json!({})))
        && let Some(labels) = labels.as_object_mut()
    {
        labels.insert(key.to_owned(), value.into());
    }
}

fn texts(map: &BTreeMap<String, String>) -> Value {
    Value::Object(map.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect())
}

/// A ReplicaSet as it is sent to be created.
fn set_document(set: &ReplicaSet) -> Value {
    let metadata = &set.metadata;
    let mut spec = Map::new();
    spec.insert("replicas".into(), set.desired().into());
    if set.spec.min_ready_seconds != 0 {
        spec.insert("minReadySeconds".into(), set.spec.min_ready_seconds.into());
    }
    spec.insert("selector".into(), set.spec.selector.as_ref().map_or(Value::Null, selector_document));
    spec.insert("template".into(), to_wire("PodTemplateSpec", &set.spec.template).unwrap_or_else(|_| (*set.spec.template).clone()));
    let owner = metadata.owner_references.first();
    json!({
        "metadata": {
            "name": metadata.name,
            "namespace": metadata.namespace,
            "labels": texts(&metadata.labels),
            "annotations": texts(&metadata.annotations),
            "ownerReferences": owner.map(|owner| vec![controller_reference(&owner.name, &owner.uid)]),
        },
        "spec": spec,
    })
}

/// A LabelSelector as Go writes it.
pub(crate) fn selector_document(selector: &LabelSelector) -> Value {
    let mut all = Map::new();
    if !selector.match_labels.is_empty() {
        all.insert("matchLabels".into(), texts(&selector.match_labels));
    }
    if !selector.match_expressions.is_empty() {
        let expressions = selector.match_expressions.iter().map(|wanted| {
            let mut entry = Map::new();
            entry.insert("key".into(), wanted.key.as_str().into());
            entry.insert("operator".into(), wanted.operator.as_str().into());
            if !wanted.values.is_empty() {
                entry.insert("values".into(), wanted.values.clone().into());
            }
            Value::Object(entry)
        });
        all.insert("matchExpressions".into(), expressions.collect());
    }
    Value::Object(all)
}
