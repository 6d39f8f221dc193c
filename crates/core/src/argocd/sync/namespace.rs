//! The destination namespace that a sync creates and looks after (`syncNamespace`).

use serde_json::json;

use super::object::SYNC_OPTIONS;
use crate::{Map, Value};

/// `syncPolicy.managedNamespaceMetadata`, when it is set.
pub(crate) fn managed_metadata(application: &Value) -> Option<&Value> {
    application.pointer("/spec/syncPolicy/managedNamespaceMetadata").filter(|metadata| !metadata.is_null())
}

/// The Namespace to apply: a new one always, a live one only to look after its metadata.
pub(crate) fn managed_namespace(name: &str, is_live: bool, metadata: Option<&Value>) -> Option<Value> {
    if is_live && metadata.is_none() {
        return None;
    }
    Some(namespace(name, metadata))
}

/// A Namespace with the managed labels and annotations. Those are applied server-side, to leave others alone.
pub(crate) fn namespace(name: &str, metadata: Option<&Value>) -> Value {
    let mut own = Map::new();
    own.insert("name".into(), name.into());
    if let Some(managed) = metadata {
        let strings = |key: &str| managed.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
        let labels = strings("labels");
        if managed.get("labels").is_some_and(Value::is_object) {
            own.insert("labels".into(), labels.into());
        }
        let mut annotations = strings("annotations");
        annotations.insert(SYNC_OPTIONS.into(), "ServerSideApply=true".into());
        own.insert("annotations".into(), annotations.into());
    }
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": own, "spec": {}, "status": {} })
}
