//! What the engine needs of a cluster.

use std::sync::Arc;

use super::object::Object;
use crate::Value;
use crate::argocd::health::Health;
use crate::kube::resource_key::ResourceKey;

/// A live object and its health, as the controller's customisations judge it.
#[derive(Debug, Clone)]
pub struct Live {
    /// The object.
    pub object: Arc<Object>,
    /// What customisations say; none leaves the word to the built-in checks.
    pub health: Option<Arc<Health>>,
}

/// One kind that the API server serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiResource {
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Its name in URLs.
    pub plural: String,
}

/// A refusal of the API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// `apierrors.IsNotFound`.
    pub not_found: bool,
    /// `apierrors.IsAlreadyExists`.
    pub already_exists: bool,
    /// The text.
    pub message: String,
}

impl ApiError {
    /// Any refusal.
    pub fn new(message: impl Into<String>) -> Self {
        Self { not_found: false, already_exists: false, message: message.into() }
    }

    /// `apierrors.NewNotFound`.
    pub fn not_found(group: &str, resource: &str, name: &str) -> Self {
        Self { not_found: true, ..Self::new(format!("{} not found", named(group, resource, name))) }
    }

    /// `apierrors.NewAlreadyExists`.
    pub fn already_exists(group: &str, resource: &str, name: &str) -> Self {
        Self { already_exists: true, ..Self::new(format!("{} already exists", named(group, resource, name))) }
    }

    /// The same with Go's `fmt.Errorf("what: %w")` around it.
    #[must_use]
    pub fn wrap(self, what: &str) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }
}

fn named(group: &str, resource: &str, name: &str) -> String {
    let dot = if group.is_empty() { "" } else { "." };
    format!("{resource}{dot}{group} {}", crate::lang::gofmt_quote(name))
}

/// The result of a call.
pub type ApiResult<T> = Result<T, ApiError>;

/// How an object is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ApplyOptions {
    /// Only a client-side dry run.
    pub dry_run: bool,
    /// `--force`.
    pub force: bool,
    /// `--validate`.
    pub validate: bool,
    /// `--server-side`.
    pub server_side: bool,
}

/// `metadata.propagationPolicy` of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// Dependents first.
    Foreground,
    /// Dependents later.
    Background,
    /// Dependents stay.
    Orphan,
}

impl Propagation {
    /// Upstream's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Foreground => "Foreground",
            Self::Background => "Background",
            Self::Orphan => "Orphan",
        }
    }
}

/// The cluster as syncing sees it. [`super::toy::World`] is one; a controller brings its own.
pub trait Cluster {
    /// Discovery: the resource behind a group, version and kind.
    fn resource(&self, group: &str, version: &str, kind: &str) -> ApiResult<ApiResource>;
    /// Whether a kind is namespaced, if it is known in any version.
    fn is_namespaced(&self, group: &str, kind: &str) -> Option<bool>;
    /// The version in which a kind is served, to tell people: that group first, else any group.
    fn served_version(&self, group: &str, kind: &str) -> Option<(String, String)>;
    /// Changes whenever the kinds served change.
    fn kinds_revision(&self) -> u64;
    /// Objects without owner that carry the Application's tracking id.
    fn tracked(&self, app_instance: &str) -> Vec<Live>;
    /// One object of the cache.
    fn cached(&self, key: &ResourceKey) -> Option<Live>;
    /// Reads one object from the API server.
    fn get(&mut self, key: &ResourceKey, plural: &str) -> ApiResult<Live>;
    /// Reads one object by kind, as `kubectl.GetResource` does.
    fn get_resource(&mut self, key: &ResourceKey) -> ApiResult<Live>;
    /// `kubectl apply`; the answer is what kubectl prints.
    fn apply(&mut self, object: &Object, options: ApplyOptions) -> ApiResult<String>;
    /// `kubectl replace`.
    fn replace(&mut self, object: &Object, dry_run: bool, force: bool) -> ApiResult<String>;
    /// `kubectl create`.
    fn create(&mut self, object: &Object, dry_run: bool, validate: bool) -> ApiResult<String>;
    /// An update with the live object's resource version.
    fn update(&mut self, object: &Object, dry_run: bool) -> ApiResult<()>;
    /// Creates a hook of a deletion; the first part of the answer is the name it is given.
    fn create_resource(&mut self, object: &Object) -> (String, ApiResult<()>);
    /// Deletes an object.
    fn delete(&mut self, key: &ResourceKey, propagation: Option<Propagation>) -> ApiResult<()>;
    /// Deletes a hook.
    fn delete_hook(&mut self, key: &ResourceKey, plural: &str) -> ApiResult<()>;
    /// Writes the finalizers of an object.
    fn update_finalizers(&mut self, key: &ResourceKey, plural: &str, finalizers: Vec<String>) -> ApiResult<()>;
    /// Writes the managed fields of an object.
    fn patch_managed_fields(&mut self, key: &ResourceKey, plural: &str, fields: Vec<Value>) -> ApiResult<()>;
}
