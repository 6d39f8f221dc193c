//! The toy cluster's API.

use std::sync::Arc;

use super::world::{World, no_matches};
use crate::Value;
use crate::argocd::sync::cluster::{ApiError, ApiResource, ApiResult, ApplyOptions, Cluster, Live, Propagation};
use crate::argocd::sync::object::{Object, set_finalizers};
use crate::argocd::unstructured;
use crate::kube::resource_key::ResourceKey;

impl World {
    fn make(&mut self, object: &Object, verb: &str, dry_run: bool) -> ApiResult<bool> {
        let key = self.home(object);
        self.strike(&key, verb, dry_run)?;
        if !dry_run {
            return self.put(object);
        }
        match self.scope(&object.key().group, &object.key().kind) {
            Some(_) => Ok(self.objects.contains_key(&key)),
            None => Err(no_matches(object)),
        }
    }
}

fn said(word: &str, dry_run: bool) -> String {
    if dry_run { format!("{word} (dry run)") } else { word.to_owned() }
}

impl Cluster for World {
    fn resource(&self, group: &str, version: &str, kind: &str) -> ApiResult<ApiResource> {
        let mut served = self.kinds.iter().filter(|known| known.group == group && known.version == version).peekable();
        if served.peek().is_none() {
            let of = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
            let missing = ApiError { not_found: true, ..ApiError::new("the server could not find the requested resource") };
            return Err(missing.wrap(&format!("failed to discover server resources for group version {of}")));
        }
        served
            .find(|known| known.kind == kind)
            .map(|known| ApiResource { namespaced: known.namespaced, plural: known.plural.clone() })
            .ok_or_else(|| ApiError::not_found(group, kind, ""))
    }

    fn is_namespaced(&self, group: &str, kind: &str) -> Option<bool> {
        self.scope(group, kind)
    }

    fn served_version(&self, group: &str, kind: &str) -> Option<(String, String)> {
        let same_group = self.kinds.iter().find(|known| known.group == group && known.kind == kind);
        let any_group = || self.kinds.iter().find(|known| known.kind == kind);
        same_group.or_else(any_group).map(|known| (known.group.clone(), known.version.clone()))
    }

    fn kinds_revision(&self) -> u64 {
        self.revision
    }

    fn tracked(&self, app_instance: &str) -> Vec<Live> {
        let ours = self.objects.values().filter(|entry| entry.app.as_deref() == Some(app_instance));
        ours.map(|entry| entry.live.clone()).collect()
    }

    fn cached(&self, key: &ResourceKey) -> Option<Live> {
        self.objects.get(key).map(|entry| entry.live.clone())
    }

    fn get(&mut self, key: &ResourceKey, plural: &str) -> ApiResult<Live> {
        let live = self.cached(key).ok_or_else(|| ApiError::not_found(&key.group, plural, &key.name))?;
        self.strike(key, "get", false)?;
        Ok(live)
    }

    fn get_resource(&mut self, key: &ResourceKey) -> ApiResult<Live> {
        self.strike(key, "get", false)?;
        self.cached(key).ok_or_else(|| ApiError::not_found(&key.group, &key.kind.to_lowercase(), &key.name))
    }

    fn apply(&mut self, object: &Object, options: ApplyOptions) -> ApiResult<String> {
        let existed = self.make(object, "apply", options.dry_run)?;
        Ok(match (options.server_side, existed) {
            (true, _) => said("serverside-applied", options.dry_run),
            (false, true) => said("configured", options.dry_run),
            (false, false) => said("created", options.dry_run),
        })
    }

    fn replace(&mut self, object: &Object, dry_run: bool, _force: bool) -> ApiResult<String> {
        self.make(object, "replace", dry_run)?;
        Ok(said("replaced", dry_run))
    }

    fn create(&mut self, object: &Object, dry_run: bool, _validate: bool) -> ApiResult<String> {
        self.make(object, "create", dry_run)?;
        Ok(said("created", dry_run))
    }

    fn update(&mut self, object: &Object, dry_run: bool) -> ApiResult<()> {
        self.make(object, "update", dry_run).map(drop)
    }

    fn create_resource(&mut self, object: &Object) -> (String, ApiResult<()>) {
        let mut object = Arc::new(object.clone());
        let prefix = unstructured::generate_name(object.value()).to_owned();
        if object.key().name.is_empty() && !prefix.is_empty() {
            self.made += 1;
            let mut value = object.value().clone();
            if let Some(metadata) = unstructured::metadata_mut(&mut value) {
                metadata.insert("name".to_owned(), format!("{prefix}{:05}", self.made).into());
            }
            object = Arc::new(Object::new(value));
        }
        let key = self.home(&object);
        let name = key.name.clone();
        if let Err(error) = self.strike(&key, "create", false) {
            return (name, Err(error));
        }
        if self.objects.contains_key(&key) {
            let error = ApiError::already_exists(&key.group, &key.kind.to_lowercase(), &name);
            return (name, Err(error));
        }
        (name, self.put(&object).map(drop))
    }

    fn delete(&mut self, key: &ResourceKey, _propagation: Option<Propagation>) -> ApiResult<()> {
        self.strike(key, "delete", false)?;
        self.remove(key)
    }

    fn delete_hook(&mut self, key: &ResourceKey, plural: &str) -> ApiResult<()> {
        if !self.objects.contains_key(key) {
            return Err(ApiError::not_found(&key.group, plural, &key.name));
        }
        self.strike(key, "deleteHook", false)?;
        self.remove(key)
    }

    fn update_finalizers(&mut self, key: &ResourceKey, plural: &str, finalizers: Vec<String>) -> ApiResult<()> {
        let Some(live) = self.cached(key) else { return Err(ApiError::not_found(&key.group, plural, &key.name)) };
        self.strike(key, "removeFinalizer", false)?;
        let in_time = self.assume.delete_passes.get(&key.to_string()).is_some_and(|passes| *passes != 0);
        if live.object.is_terminating() && finalizers.is_empty() && !in_time {
            self.release(key);
        } else {
            let mut value = live.object.value().clone();
            set_finalizers(&mut value, finalizers);
            self.touch(key, value);
        }
        Ok(())
    }

    fn patch_managed_fields(&mut self, key: &ResourceKey, plural: &str, fields: Vec<Value>) -> ApiResult<()> {
        let Some(live) = self.cached(key) else { return Err(ApiError::not_found(&key.group, plural, &key.name)) };
        self.strike(key, "patch", false)?;
        let mut value = live.object.value().clone();
        if let Some(metadata) = unstructured::metadata_mut(&mut value) {
            metadata.insert("managedFields".to_owned(), fields.into());
        }
        self.touch(key, value);
        Ok(())
    }
}
