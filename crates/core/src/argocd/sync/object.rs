//! A document with the facts that syncing reads of it, worked out once.

use std::sync::{Arc, OnceLock};

use crate::Value;
use crate::argocd::tracking::{self, AppInstance, TrackingMethod};
use crate::argocd::unstructured::{self, annotation_items};

use super::hook::{HOOK_FINALIZER, HookFacts, sync_wave};
use super::order::kind_rank;
use crate::kube::resource_key::ResourceKey;

/// The annotation with an object's sync options.
pub const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";

/// A manifest or a live object.
#[derive(Debug, Clone)]
pub struct Object {
    value: Value,
    key: Arc<ResourceKey>,
    version: String,
    uid: Box<str>,
    /// Of its kind, among those in the order in which they are made.
    rank: usize,
    wave: i64,
    hook: HookFacts,
    options: Vec<String>,
    /// Group and kind that a CustomResourceDefinition defines.
    defines: Option<(String, String)>,
    is_crd: bool,
    terminating: bool,
    /// What its tracking id says.
    instance: Option<Box<AppInstance>>,
    /// The same object as it is applied: in a namespace, and with a finalizer if it is a hook.
    placed: OnceLock<Arc<Object>>,
}

impl Object {
    /// Reads a document.
    pub fn new(value: Value) -> Self {
        let gvk = unstructured::gvk(&value);
        let is_crd = unstructured::is_crd(&value);
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Self {
            key: Arc::new(ResourceKey::of(&value)),
            version: gvk.version.to_owned(),
            uid: unstructured::uid(&value).into(),
            rank: kind_rank(gvk.kind),
            wave: sync_wave(&value),
            hook: HookFacts::of(&value),
            options: annotation_items(&value, SYNC_OPTIONS).map(str::to_owned).collect(),
            defines: if is_crd { text("/spec/group").zip(text("/spec/names/kind")) } else { None },
            is_crd,
            instance: tracking::app_instance(&value, TrackingMethod::Annotation, "").map(Box::new),
            placed: OnceLock::new(),
            terminating: value.pointer("/metadata/deletionTimestamp").and_then(Value::as_str).is_some_and(|stamp| !stamp.is_empty()),
            value,
        }
    }

    /// The document.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The document, to be changed: read it anew afterwards.
    pub fn into_value(self) -> Value {
        self.value
    }

    /// Its key.
    pub fn key(&self) -> &ResourceKey {
        &self.key
    }

    /// Its key, to be kept.
    pub fn shared_key(&self) -> Arc<ResourceKey> {
        Arc::clone(&self.key)
    }

    /// The Application that its tracking id names, and as whose object.
    pub fn instance(&self) -> Option<&AppInstance> {
        self.instance.as_deref()
    }

    /// The object as it is applied; made once, so for one destination only.
    pub(crate) fn placed(&self, make: impl FnOnce(&Self) -> Self) -> Arc<Self> {
        Arc::clone(self.placed.get_or_init(|| Arc::new(make(self))))
    }

    /// Its API version without the group.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// `metadata.uid`, empty when missing.
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Where its kind stands in the order of kinds.
    pub(crate) fn rank(&self) -> usize {
        self.rank
    }

    /// `apiVersion` as written.
    pub fn api_version(&self) -> &str {
        unstructured::text(&self.value, "apiVersion")
    }

    /// Its wave by its annotations.
    pub fn wave(&self) -> i64 {
        self.wave
    }

    /// What its hook annotations say.
    pub fn hook(&self) -> &HookFacts {
        &self.hook
    }

    /// Whether its sync options hold exactly that one.
    pub fn has_option(&self, option: &str) -> bool {
        self.options.iter().any(|own| own == option)
    }

    /// The value of the first `name=value` among its sync options.
    pub fn option_value(&self, name: &str) -> Option<&str> {
        self.options.iter().find_map(|own| own.strip_prefix(name)?.strip_prefix('='))
    }

    /// Group and kind it defines, as a CustomResourceDefinition.
    pub fn defines(&self) -> Option<(&str, &str)> {
        self.defines.as_ref().map(|(group, kind)| (group.as_str(), kind.as_str()))
    }

    /// Whether it is a CustomResourceDefinition.
    pub fn is_crd(&self) -> bool {
        self.is_crd
    }

    /// Whether it is a core Namespace of that name.
    pub fn is_namespace_named(&self, name: &str) -> bool {
        self.is_namespace() && self.key.name == name
    }

    /// Whether it is a core Namespace.
    pub fn is_namespace(&self) -> bool {
        self.key.kind == "Namespace" && self.key.group.is_empty()
    }

    /// Whether it carries a deletion timestamp.
    pub fn is_terminating(&self) -> bool {
        self.terminating
    }

    /// Its finalizers; anything but a list of strings is none.
    pub fn finalizers(&self) -> Vec<&str> {
        finalizers(&self.value)
    }

    /// Whether it carries the hook finalizer.
    pub fn has_hook_finalizer(&self) -> bool {
        self.finalizers().contains(&HOOK_FINALIZER)
    }
}

/// `GetFinalizers()`.
pub(crate) fn finalizers(object: &Value) -> Vec<&str> {
    let list = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    list.and_then(|list| list.iter().map(Value::as_str).collect::<Option<Vec<_>>>()).unwrap_or_default()
}

/// `SetFinalizers()`: none removes the member.
pub(crate) fn set_finalizers(object: &mut Value, finalizers: Vec<String>) {
    let Some(metadata) = unstructured::metadata_mut(object) else { return };
    if finalizers.is_empty() {
        metadata.shift_remove("finalizers");
    } else {
        metadata.insert("finalizers".to_owned(), finalizers.into());
    }
}
