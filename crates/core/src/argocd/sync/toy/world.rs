//! The objects of a toy cluster and how they change from pass to pass.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use jiff::Timestamp;
use serde_json::json;

use super::assume::{Assume, AssumedHealth};
use super::health_kinds::is_scripted;
use super::kinds::{ApiKind, built_in, defined};
use crate::argocd::health::{Health, HealthCode, builtin};
use crate::argocd::sync::cluster::{ApiError, ApiResult, Live};
use crate::argocd::sync::object::Object;
use crate::argocd::sync::state::rfc3339;
use crate::argocd::unstructured;
use crate::kube::resource_key::{KeyIndex, KeyMap, ResourceKey};
use crate::{Error, Result, Value};

/// One object, and what the world knows about it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) live: Live,
    /// The Application it says it belongs to, unless something owns it.
    pub(super) app: Option<String>,
    /// The script of its health; none when it has no health.
    script: Option<Arc<[AssumedHealth]>>,
    /// The length of the script in the assumptions.
    scripted: i64,
    /// Passes since the start, or since the object was last written.
    age: i64,
}

/// Which objects there are, and which of them are terminating.
#[derive(Debug, Clone)]
pub struct Members(Vec<(Arc<ResourceKey>, bool)>);

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        let sorted = |members: &Self| {
            let mut members = members.0.clone();
            members.sort();
            members
        };
        self.0.len() == other.0.len() && (self.0 == other.0 || sorted(self) == sorted(other))
    }
}

impl Entry {
    fn show_health(&mut self) {
        let Some(shown) = self.script.as_deref().and_then(|script| at(script, self.age)) else { return };
        if self.live.health.as_ref().is_some_and(|known| known.status == shown.status && known.message == shown.message) {
            return;
        }
        self.live.health = Some(Arc::new(if HealthCode::parse(&shown.status).is_some() {
            Health { status: shown.status.clone(), message: shown.message.clone(), failed: false }
        } else {
            Health::new(HealthCode::Unknown, "Lua returned an invalid health status")
        }));
    }
}

/// A toy cluster.
#[derive(Debug)]
pub struct World {
    pub(super) objects: KeyIndex<Arc<ResourceKey>, Entry>,
    /// Passes until a deleted object is gone.
    pub(super) dying: HashMap<ResourceKey, i64>,
    pub(super) assume: Assume,
    scripts: HashMap<String, Arc<[AssumedHealth]>>,
    healthy: Arc<[AssumedHealth]>,
    pub(super) kinds: Vec<ApiKind>,
    /// Places in `kinds`, by kind.
    by_kind: KeyMap<String, Vec<usize>>,
    built_in: usize,
    pub(super) revision: u64,
    /// The time of the pass.
    pub(super) now: Timestamp,
    serial: u64,
    pub(super) made: u64,
}

impl World {
    /// A cluster with these objects.
    pub fn new(live: &[Value], assume: Assume) -> Result<Self> {
        let (now, _) = assume.clock()?;
        let kinds = built_in();
        let scripts = assume.health.iter().map(|(key, script)| (key.clone(), script.clone().unwrap_or_default().into()));
        let mut world = Self {
            objects: KeyIndex::with_capacity_and_hasher(live.len(), RandomState::default()),
            dying: HashMap::new(),
            scripts: scripts.collect(),
            healthy: [AssumedHealth { status: "Healthy".to_owned(), message: String::new() }].into(),
            built_in: kinds.len(),
            by_kind: by_kind(&kinds),
            kinds,
            revision: 0,
            now,
            serial: 0,
            made: 0,
            assume,
        };
        for object in live {
            let mut object = object.clone();
            world.stamp(&mut object, None);
            world.insert(object, 0);
        }
        world.objects.values_mut().for_each(Entry::show_health);
        Ok(world)
    }

    /// Refuses what is no object, as the API server would.
    pub fn check_objects(objects: &[Value]) -> Result<()> {
        for (index, object) in objects.iter().enumerate() {
            if !object.is_object() {
                return Err(Error::invalid(format!("object {index} is no object")));
            }
            if unstructured::text(object, "kind").is_empty() || unstructured::text(object, "apiVersion").is_empty() {
                return Err(Error::invalid(format!("object {index} has no apiVersion or kind")));
            }
        }
        Ok(())
    }

    /// Moves to the time of a pass.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Moves the world one pass on.
    pub fn tick(&mut self) {
        let mut gone: Vec<ResourceKey> = Vec::new();
        self.dying.retain(|key, left| {
            if *left >= 0 {
                *left -= 1;
                if *left <= 0 {
                    gone.push(key.clone());
                    return false;
                }
            }
            true
        });
        for key in gone {
            self.forget(&key);
        }
        let mut missing = Vec::new();
        for (key, entry) in &mut self.objects {
            entry.age += 1;
            let script = entry.script.as_deref().filter(|_| entry.scripted > 0);
            if script.and_then(|script| at(script, entry.age)).is_some_and(|health| health.status == "Missing") {
                missing.push(Arc::clone(key));
            } else {
                entry.show_health();
            }
        }
        for key in missing {
            self.forget(&key);
        }
    }

    /// Whether something is still to come by itself.
    pub fn has_pending_change(&self) -> bool {
        self.dying.values().any(|left| *left > 0) || self.objects.values().any(|entry| entry.age < entry.scripted)
    }

    /// Which objects there are.
    pub fn members(&self) -> Members {
        let member = |(key, entry): (&Arc<ResourceKey>, &Entry)| (Arc::clone(key), entry.live.object.is_terminating());
        Members(self.objects.iter().map(member).collect())
    }

    /// All keys, sorted; terminating objects are marked.
    pub fn keys(&self) -> Vec<String> {
        let show = |(key, entry): (&Arc<ResourceKey>, &Entry)| {
            if entry.live.object.is_terminating() { format!("{key} (terminating)") } else { key.to_string() }
        };
        let mut keys: Vec<String> = self.objects.iter().map(show).collect();
        keys.sort();
        keys
    }

    fn forget(&mut self, key: &ResourceKey) {
        let gone = self.objects.swap_remove(key);
        if gone.is_some_and(|entry| entry.live.object.is_crd()) {
            self.read_kinds();
        }
    }

    fn insert(&mut self, object: Value, age: i64) {
        let object = Object::new(object);
        let key = object.shared_key();
        let script = if self.scripts.is_empty() { None } else { self.scripts.get(&key.to_string()).cloned() };
        let scripted = script.as_ref().map_or(0, |script| i64::try_from(script.len()).unwrap_or(i64::MAX));
        let has_health = || is_scripted(&key.group, &key.kind) || builtin::check(object.value()).is_some();
        let script = script.or_else(|| has_health().then(|| Arc::clone(&self.healthy)));
        let owned = object.value().pointer("/metadata/ownerReferences").and_then(Value::as_array).is_some_and(|owners| !owners.is_empty());
        let app = if owned { None } else { object.instance().map(|instance| instance.application_name.clone()) };
        let is_crd = object.is_crd();
        let entry = Entry { live: Live { object: Arc::new(object), health: None }, app, script, scripted, age };
        self.objects.insert(key, entry);
        if is_crd {
            self.read_kinds();
        }
    }

    /// The same object with other content, without counting as written.
    pub(super) fn touch(&mut self, key: &ResourceKey, value: Value) {
        if let Some(entry) = self.objects.get_mut(key) {
            entry.live.object = Arc::new(Object::new(value));
        }
    }

    fn read_kinds(&mut self) {
        self.kinds.truncate(self.built_in);
        let definitions = self.objects.values().filter(|entry| entry.live.object.is_crd());
        let mut kinds: Vec<ApiKind> = definitions.flat_map(|entry| defined(entry.live.object.value())).collect();
        self.kinds.append(&mut kinds);
        self.by_kind = by_kind(&self.kinds);
        self.revision += 1;
    }

    /// What the API server keeps or fills in.
    fn stamp(&mut self, object: &mut Value, old: Option<&Value>) {
        self.serial += 1;
        let serial = self.serial;
        let is_crd = unstructured::is_crd(object);
        if let Some(metadata) = unstructured::metadata_mut(object) {
            let is_empty = |value: Option<&Value>| value.is_none_or(|value| value.is_null() || value.as_str() == Some(""));
            if let Some(old) = old {
                let of = |key: &str| old.get("metadata").and_then(|metadata| metadata.get(key)).cloned();
                for key in ["uid", "generation", "creationTimestamp"] {
                    match of(key) {
                        Some(value) => drop(metadata.insert(key.to_owned(), value)),
                        None => drop(metadata.shift_remove(key)),
                    }
                }
                for key in ["deletionTimestamp", "managedFields"] {
                    let own = metadata.get(key);
                    if is_empty(own) || own.and_then(Value::as_array).is_some_and(Vec::is_empty) {
                        metadata.extend(of(key).filter(|value| !value.is_null()).map(|value| (key.to_owned(), value)));
                    }
                }
            } else {
                if is_empty(metadata.get("uid")) {
                    metadata.insert("uid".to_owned(), format!("uid-{serial}").into());
                }
                metadata.insert("generation".to_owned(), 1.into());
                if is_empty(metadata.get("creationTimestamp")) {
                    metadata.insert("creationTimestamp".to_owned(), "2025-01-01T00:00:00Z".into());
                }
            }
            metadata.insert("resourceVersion".to_owned(), serial.to_string().into());
        }
        if is_crd && let Some(members) = object.as_object_mut() {
            let status = members.entry("status").or_insert_with(|| json!({}));
            if let Some(status) = status.as_object_mut() {
                status.insert("conditions".to_owned(), json!([{ "type": "Established", "status": "True" }]));
            }
        }
    }

    /// Writes an object; true when it was there before.
    pub(super) fn put(&mut self, object: &Object) -> ApiResult<bool> {
        let key = object.key();
        let Some(namespaced) = self.scope(&key.group, &key.kind) else {
            return Err(no_matches(object));
        };
        let mut value = object.value().clone();
        if !namespaced {
            unstructured::set_namespace(&mut value, "");
        }
        let key = ResourceKey::of(&value);
        let old = self.objects.get(&key).map(|entry| Arc::clone(&entry.live.object));
        self.stamp(&mut value, old.as_ref().map(|old| old.value()));
        self.insert(value, -1);
        Ok(old.is_some())
    }

    /// Deletes an object, at once or in time.
    pub(super) fn remove(&mut self, key: &ResourceKey) -> ApiResult<()> {
        let Some(entry) = self.objects.get(key) else {
            return Err(ApiError::not_found(&key.group, &key.kind.to_lowercase(), &key.name));
        };
        let object = Arc::clone(&entry.live.object);
        let mut left = self.assume.delete_passes.get(&key.to_string()).copied().unwrap_or(0);
        if left == 0 && !object.finalizers().is_empty() {
            left = -1;
        }
        if left == 0 {
            self.forget(key);
        } else if !object.is_terminating() {
            let mut value = object.value().clone();
            if let Some(metadata) = unstructured::metadata_mut(&mut value) {
                metadata.insert("deletionTimestamp".to_owned(), rfc3339(self.now).into());
            }
            self.touch(key, value);
            self.dying.insert(key.clone(), left);
        }
        Ok(())
    }

    /// Removes an object whose last finalizer is gone.
    pub(super) fn release(&mut self, key: &ResourceKey) {
        self.forget(key);
        self.dying.remove(key);
    }

    /// Whether a kind is namespaced, if it is served in any version.
    pub(super) fn scope(&self, group: &str, kind: &str) -> Option<bool> {
        let mut known = self.by_kind.get(kind)?.iter().filter_map(|at| self.kinds.get(*at));
        known.find(|known| known.group == group).map(|known| known.namespaced)
    }

    /// The key under which an object is kept.
    pub(super) fn home(&self, object: &Object) -> ResourceKey {
        let key = object.key();
        if self.scope(&key.group, &key.kind) == Some(false) { key.in_namespace("") } else { key.clone() }
    }

    /// The scripted failure of a call, if its turn has come.
    pub(super) fn strike(&mut self, key: &ResourceKey, verb: &str, dry_run: bool) -> ApiResult<()> {
        if self.assume.errors.is_empty() {
            return Ok(());
        }
        let key = key.to_string();
        for error in self.assume.errors.iter_mut().filter(|error| error.verb == verb && error.dry_run == dry_run && error.key == key) {
            match error.times {
                0 => {}
                1 => error.times = -1,
                2.. => error.times -= 1,
                _ => continue,
            }
            return Err(ApiError::new(error.message.clone()));
        }
        Ok(())
    }
}

fn by_kind(kinds: &[ApiKind]) -> KeyMap<String, Vec<usize>> {
    let mut places: KeyMap<String, Vec<usize>> = KeyMap::default();
    for (at, known) in kinds.iter().enumerate() {
        places.entry(known.kind.clone()).or_default().push(at);
    }
    places
}

fn at(script: &[AssumedHealth], age: i64) -> Option<&AssumedHealth> {
    let last = script.len().checked_sub(1)?;
    script.get(usize::try_from(age).unwrap_or(0).min(last))
}

/// The REST mapper's refusal of an unknown kind.
pub(super) fn no_matches(object: &Object) -> ApiError {
    ApiError::new(format!(
        "no matches for kind {} in version {}",
        crate::lang::gofmt_quote(&object.key().kind),
        crate::lang::gofmt_quote(object.api_version())
    ))
}
