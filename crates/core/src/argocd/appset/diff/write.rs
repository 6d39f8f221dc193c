//! What reaches the cluster: `createOrUpdateInCluster` and `deleteInCluster`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    Map, Value,
    argocd::application::codec::argocd_type,
    argocd::{
        application::destination_cluster,
        appset::{
            compare::{Comparison, same},
            inventory::Inventory,
            live,
            set::ApplicationSet,
        },
    },
    kube::merge_patch,
};

const RESOURCES_FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";
const KEPT_FINALIZERS: [&str; 2] = ["pre-delete-finalizer.argocd.argoproj.io", "post-delete-finalizer.argocd.argoproj.io"];
const KEPT_ANNOTATIONS: [&str; 3] = ["notified.notifications.argoproj.io", "argocd.argoproj.io/refresh", "argocd.argoproj.io/hydrate"];

/// Positions by namespace and name.
type Places = HashMap<(String, String), usize>;

/// The Applications of the cluster, decoded, and what one pass did to them.
#[derive(Debug, Clone, Default)]
pub(super) struct Cluster {
    pub(super) applications: Vec<Value>,
    pub(super) created: BTreeSet<String>,
    pub(super) updated: BTreeSet<String>,
    /// Names, and the finalizers at the moment of deletion.
    pub(super) deleted: BTreeMap<String, Vec<String>>,
    /// Why something stays as it is, by name.
    pub(super) reasons: BTreeMap<String, Vec<String>>,
}

pub(super) fn finalizers(application: &Value) -> Vec<String> {
    let list = application.pointer("/metadata/finalizers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn set_finalizers(application: &mut Value, finalizers: &[String]) {
    let metadata = live::metadata_mut(application);
    if finalizers.is_empty() {
        metadata.shift_remove("finalizers");
    } else {
        metadata.insert("finalizers".into(), finalizers.iter().map(String::as_str).map(Value::from).collect());
    }
}

impl Cluster {
    /// Notes why something of an Application stays as it is.
    pub(super) fn reason(&mut self, name: &str, why: String) {
        self.reasons.entry(name.to_owned()).or_default().push(why);
    }

    /// Notes the set's Applications that are not generated any more and that the policy spares.
    pub(super) fn spare(&mut self, set: &ApplicationSet, generated: &BTreeSet<&str>, policy: &str) {
        let spared = self.applications.iter().filter(|one| live::is_current(one, set)).map(live::name);
        let names: Vec<String> = spared.filter(|name| !generated.contains(name)).map(ToOwned::to_owned).collect();
        for name in names {
            self.reason(&name, format!("it is no longer generated, but the policy {policy} forbids deletion"));
        }
    }

    /// Names of the set's Applications.
    pub(super) fn current(&self, set: &ApplicationSet) -> Vec<Value> {
        self.applications.iter().filter(|application| live::is_current(application, set)).cloned().collect()
    }

    fn places(&self) -> Places {
        let key = |application: &Value| (live::namespace(application).to_owned(), live::name(application).to_owned());
        self.applications.iter().enumerate().rev().map(|(index, application)| (key(application), index)).collect()
    }

    /// Writes the generated Applications; the error of the first name that failed.
    pub(super) fn create_or_update(&mut self, set: &ApplicationSet, inventory: &Inventory, generated: &[Value]) -> Result<(), String> {
        let comparison = Comparison::new(set);
        let kept = Kept::new(set, inventory);
        let mut errors = BTreeMap::new();
        let mut places = self.places();
        for application in generated {
            let mut application = application.clone();
            live::normalize(&mut application);
            let name = live::name(&application).to_owned();
            if let Err(error) = self.write(set, &comparison, &kept, &mut places, application) {
                errors.insert(name, error);
            }
        }
        errors.into_values().next().map_or(Ok(()), Err)
    }

    fn write(
        &mut self,
        set: &ApplicationSet,
        comparison: &Comparison,
        kept: &Kept<'_>,
        places: &mut Places,
        generated: Value,
    ) -> Result<(), String> {
        let name = live::name(&generated).to_owned();
        let wrapped = |error: String| format!("error while wrapping using MutateFn: {error}");
        let place = (live::namespace(&generated).to_owned(), name.clone());
        let Some(found) = places.get(&place).and_then(|index| self.applications.get_mut(*index)) else {
            let mut created = only_significant(&generated);
            live::set_controller(&mut created, set).map_err(wrapped)?;
            places.insert(place, self.applications.len());
            self.applications.push(created);
            self.created.insert(name);
            return Ok(());
        };
        let mut normalized = found.clone();
        let (mut desired, preserved) = mutated(found, generated, kept);
        if !preserved.is_empty() {
            self.reasons.entry(name.clone()).or_default().extend(preserved);
        }
        live::set_controller(&mut desired, set).map_err(wrapped)?;
        live::normalize(&mut normalized);
        if let Some(hidden) = comparison.hidden(&normalized, &desired)? {
            self.reasons.entry(name.clone()).or_default().push(hidden);
        }
        comparison.ignore(&mut normalized, &mut desired)?;
        if same(argocd_type("Application"), Some(&normalized), Some(&desired)) {
            return Ok(());
        }
        let patch = match (live::encode(&normalized), live::encode(&desired)) {
            (Value::Object(before), Value::Object(after)) => merge_patch::diff(&before, &after),
            _ => Map::new(),
        };
        let mut stored = match live::encode(found) {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        merge_patch::apply(&mut stored, patch);
        *found = live::decode(&Value::Object(stored)).map_err(|error| error.message)?;
        self.updated.insert(name);
        Ok(())
    }

    /// Deletes the set's Applications that are not generated any more.
    pub(super) fn delete(&mut self, set: &ApplicationSet, inventory: &Inventory, generated: &BTreeSet<&str>) {
        let empty = Value::Object(Map::new());
        let deleted = &mut self.deleted;
        self.applications.retain(|application| {
            let name = live::name(application);
            if !live::is_current(application, set) || generated.contains(name) {
                return true;
            }
            let mut own = finalizers(application);
            let destination = application.pointer("/spec/destination").unwrap_or(&empty);
            if destination_cluster(destination, inventory).is_err() {
                own.retain(|finalizer| finalizer != RESOURCES_FINALIZER);
            }
            deleted.insert(name.to_owned(), own);
            false
        });
    }

    /// Deletes one Application as it is given.
    pub(super) fn remove(&mut self, application: &Value) {
        let name = live::name(application);
        self.applications.retain(|one| live::name(one) != name || live::namespace(one) != live::namespace(application));
        self.deleted.insert(name.to_owned(), finalizers(application));
    }

    /// `removeOwnerReferencesOnDeleteAppSet`
    pub(super) fn release(&mut self, set: &ApplicationSet) {
        for application in &mut self.applications {
            if live::is_current(application, set) {
                let name = live::name(application).to_owned();
                live::metadata_mut(application).shift_remove("ownerReferences");
                self.updated.insert(name);
            }
        }
    }
}

/// Keys that a live Application keeps.
struct Kept<'k> {
    annotations: Vec<&'k str>,
    labels: Vec<&'k str>,
}

impl<'k> Kept<'k> {
    fn new(set: &'k ApplicationSet, inventory: &'k Inventory) -> Self {
        let mut annotations = set.texts("/spec/preservedFields/annotations");
        annotations.extend(inventory.settings.preserved_annotations.iter().map(String::as_str));
        annotations.extend(KEPT_ANNOTATIONS);
        let mut labels = set.texts("/spec/preservedFields/labels");
        labels.extend(inventory.settings.preserved_labels.iter().map(String::as_str));
        Self { annotations, labels }
    }
}

/// The members that a new Application takes from the generated one.
fn only_significant(generated: &Value) -> Value {
    let mut created = Value::Object(Map::new());
    let metadata = live::metadata_mut(&mut created);
    for key in ["name", "namespace", "annotations", "labels", "finalizers"] {
        if let Some(value) = generated.pointer("/metadata").and_then(|metadata| metadata.get(key)) {
            metadata.insert(key.to_owned(), value.clone());
        }
    }
    if let Value::Object(members) = &mut created {
        for key in ["spec", "operation"] {
            if let Some(value) = generated.get(key) {
                members.insert(key.to_owned(), value.clone());
            }
        }
    }
    created
}

/// Puts the live one's keys into the generated one, and says so where the generated one would change them.
fn keep(generated: &mut Value, found: &Value, map: &str, keys: &[&str], preserved: &mut Vec<String>) {
    for key in keys {
        if let Some(value) = live::metadata_text(found, map, key) {
            if !KEPT_ANNOTATIONS.contains(key) && live::metadata_text(generated, map, key) != Some(value) {
                preserved.push(format!("preservedFields keeps {} {key}: {value}", map.trim_end_matches('s')));
            }
            let metadata = live::metadata_mut(generated);
            let texts = metadata.entry(map.to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(texts) = texts {
                texts.insert((*key).to_owned(), Value::from(value));
            }
        }
    }
}

/// The live Application with what the generated one decides, and what of the live one is preserved against it.
fn mutated(found: &Value, mut generated: Value, kept: &Kept<'_>) -> (Value, Vec<String>) {
    let mut preserved = Vec::new();
    keep(&mut generated, found, "annotations", &kept.annotations, &mut preserved);
    keep(&mut generated, found, "labels", &kept.labels, &mut preserved);
    let mut all = finalizers(&generated);
    for prefix in KEPT_FINALIZERS {
        all.extend(finalizers(found).into_iter().filter(|finalizer| finalizer.starts_with(prefix)));
    }
    set_finalizers(&mut generated, &all);
    let mut desired = found.clone();
    if let Value::Object(members) = &mut desired {
        members.insert("spec".into(), generated.get("spec").cloned().unwrap_or_default());
        if let Some(operation) = generated.get("operation") {
            members.insert("operation".into(), operation.clone());
        }
    }
    let metadata = live::metadata_mut(&mut desired);
    for key in ["annotations", "labels", "finalizers"] {
        match generated.get("metadata").and_then(|metadata| metadata.get(key)) {
            Some(value) => metadata.insert(key.to_owned(), value.clone()),
            None => metadata.shift_remove(key),
        };
    }
    (desired, preserved)
}
