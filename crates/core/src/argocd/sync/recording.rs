//! Every call to the cluster, written down as it is made.

use std::sync::Arc;

use super::cluster::{ApiError, ApiResource, ApiResult, ApplyOptions, Cluster, Live, Propagation};
use super::object::Object;
use super::phase::SyncPhase;
use crate::Value;
use crate::kube::resource_key::ResourceKey;

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// `kubectl apply`.
    Apply,
    /// `kubectl create`.
    Create,
    /// `kubectl replace`.
    Replace,
    /// An update.
    Update,
    /// Deletes what Git does not name any more.
    Prune,
    /// Deletes an object of an Application that is being deleted.
    Delete,
    /// Takes the hook finalizer off.
    RemoveFinalizer,
    /// Deletes a hook.
    DeleteHook,
    /// Moves managed fields from client-side to server-side apply.
    MigrateManagedFields,
}

impl Verb {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Update => "update",
            Self::Prune => "prune",
            Self::Delete => "delete",
            Self::RemoveFinalizer => "removeFinalizer",
            Self::DeleteHook => "deleteHook",
            Self::MigrateManagedFields => "migrateManagedFields",
        }
    }
}

/// One call to the cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// What.
    pub verb: Verb,
    /// Only tried.
    pub dry_run: bool,
    /// The task's phase and wave, for calls that make or prune.
    pub task: Option<(SyncPhase, i64)>,
    /// On which object; no namespace for cluster-scoped kinds.
    pub key: ResourceKey,
    /// `--force`.
    pub force: Option<bool>,
    /// `--validate`.
    pub validate: Option<bool>,
    /// `--server-side`.
    pub server_side: Option<bool>,
    /// Of a deletion.
    pub propagation: Option<Propagation>,
    /// The refusal.
    pub error: Option<String>,
    /// What was handed over, for real calls.
    pub object: Option<Value>,
}

impl Action {
    fn new(verb: Verb, key: ResourceKey) -> Self {
        Self {
            verb,
            dry_run: false,
            task: None,
            key,
            force: None,
            validate: None,
            server_side: None,
            propagation: None,
            error: None,
            object: None,
        }
    }
}

/// A cluster and the calls made to it.
pub(crate) struct Recording<'a> {
    pub(crate) cluster: &'a mut dyn Cluster,
    pub(crate) actions: Vec<Action>,
    show_objects: bool,
}

impl<'a> Recording<'a> {
    pub(crate) fn new(cluster: &'a mut dyn Cluster, show_objects: bool) -> Self {
        Self { cluster, actions: Vec::new(), show_objects }
    }

    fn record<T>(&mut self, mut action: Action, result: ApiResult<T>) -> ApiResult<T> {
        action.error = result.as_ref().err().map(|error| error.message.clone());
        self.actions.push(action);
        result
    }

    fn making(&self, verb: Verb, object: &Object, dry_run: bool) -> Action {
        let key = object.key();
        let cluster_scoped = self.cluster.is_namespaced(&key.group, &key.kind) == Some(false);
        let key = if cluster_scoped { key.in_namespace("") } else { key.clone() };
        let shown = (self.show_objects && !dry_run).then(|| object.value().clone());
        Action { dry_run, object: shown, ..Action::new(verb, key) }
    }

    pub(crate) fn apply(&mut self, object: &Object, options: ApplyOptions) -> ApiResult<String> {
        let action = Action {
            force: Some(options.force),
            validate: Some(options.validate),
            server_side: Some(options.server_side),
            ..self.making(Verb::Apply, object, options.dry_run)
        };
        let result = self.cluster.apply(object, options);
        self.record(action, result)
    }

    pub(crate) fn replace(&mut self, object: &Object, dry_run: bool, force: bool) -> ApiResult<String> {
        let action = Action { force: Some(force), ..self.making(Verb::Replace, object, dry_run) };
        let result = self.cluster.replace(object, dry_run, force);
        self.record(action, result)
    }

    pub(crate) fn create(&mut self, object: &Object, dry_run: bool, validate: bool) -> ApiResult<String> {
        let action = Action { validate: Some(validate), ..self.making(Verb::Create, object, dry_run) };
        let result = self.cluster.create(object, dry_run, validate);
        self.record(action, result)
    }

    pub(crate) fn update(&mut self, object: &Object, dry_run: bool) -> ApiResult<()> {
        let action = self.making(Verb::Update, object, dry_run);
        let result = self.cluster.update(object, dry_run);
        self.record(action, result)
    }

    pub(crate) fn create_resource(&mut self, object: &Object) -> ApiResult<()> {
        let mut action = self.making(Verb::Create, object, false);
        action.object = None;
        let (name, result) = self.cluster.create_resource(object);
        action.key.name = name;
        self.record(action, result)
    }

    pub(crate) fn delete(&mut self, verb: Verb, key: &ResourceKey, propagation: Option<Propagation>) -> ApiResult<()> {
        let result = self.cluster.delete(key, propagation);
        self.record(Action { propagation, ..Action::new(verb, key.clone()) }, result)
    }

    /// Where the API server keeps an object: its URL name, and no namespace if it has none.
    fn locate(&self, object: &Object, key: &ResourceKey) -> ApiResult<(ResourceKey, String)> {
        let ApiResource { namespaced, plural } = self.cluster.resource(&key.group, object.version(), &key.kind)?;
        Ok((if namespaced { key.clone() } else { key.in_namespace("") }, plural))
    }

    /// Reads the object of a task from the API server.
    pub(crate) fn get(&mut self, object: &Object, key: &ResourceKey) -> ApiResult<Live> {
        let (key, plural) = self.locate(object, key).map_err(|error| error.wrap("failed to get api resource"))?;
        self.cluster.get(&key, &plural).map_err(|error| error.wrap("failed to get resource"))
    }

    /// Writes finalizers; an object that is gone is not written about.
    pub(crate) fn update_finalizers(&mut self, object: &Object, key: &ResourceKey, finalizers: Vec<String>) -> ApiResult<()> {
        let (key, plural) = self.locate(object, key).map_err(|error| error.wrap("failed to get api resource"))?;
        let result = self.cluster.update_finalizers(&key, &plural, finalizers);
        if matches!(&result, Err(error) if error.not_found) {
            return result.map_err(|error| error.wrap("failed to update resource"));
        }
        self.record(Action::new(Verb::RemoveFinalizer, key), result).map_err(|error| error.wrap("failed to update resource"))
    }

    /// Deletes a hook.
    pub(crate) fn delete_hook(&mut self, object: &Object, key: &ResourceKey, propagation: Propagation) -> ApiResult<()> {
        let (key, plural) = self.locate(object, key).map_err(|error| error.wrap("failed to get api resource"))?;
        let result = self.cluster.delete_hook(&key, &plural);
        let mut action = Action { propagation: Some(propagation), ..Action::new(Verb::DeleteHook, key) };
        match &result {
            Err(ApiError { not_found: true, .. }) => {
                action.propagation = None;
                action.error = Some("not found".to_owned());
            }
            Err(error) => action.error = Some(error.message.clone()),
            Ok(()) => {}
        }
        self.actions.push(action);
        result.map_err(|error| error.wrap("failed to delete resource"))
    }

    /// Moves the managed fields of a client-side manager; `fields` tells the new ones from the fresh object.
    pub(crate) fn migrate_managed_fields(
        &mut self,
        live: &Arc<Object>,
        fields: impl FnOnce(&Object) -> ApiResult<Option<Vec<Value>>>,
    ) -> ApiResult<()> {
        let key = live.key();
        let (key, plural) = self.locate(live, key).map_err(|error| {
            let of = format!("failed to get api resource for {}/{}, Kind={}", key.group, live.version(), key.kind);
            error.wrap(&of)
        })?;
        let fresh = self.cluster.get(&key, &plural).map_err(|error| error.wrap("failed to get fresh object for CSA migration"))?;
        let Some(fields) = fields(&fresh.object)? else { return Ok(()) };
        let result = self.cluster.patch_managed_fields(&key, &plural, fields);
        self.record(Action::new(Verb::MigrateManagedFields, key), result)
    }
}
