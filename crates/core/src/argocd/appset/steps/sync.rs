//! `SyncDesiredApplications`: the operation that starts a sync.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::{conditions::Status, live};
use crate::{Value, argocd::application::validate::has_multiple_sources};

/// `disableAutomatedSync`
pub(super) fn without_automation(application: &mut Value) {
    if let Some(Value::Object(automated)) = application.pointer_mut("/spec/syncPolicy/automated") {
        automated.insert("enabled".into(), Value::Bool(false));
    }
}

fn prunes(application: &Value) -> bool {
    let Some(automated) = application.pointer("/spec/syncPolicy/automated") else { return false };
    let flag = |key: &str| automated.get(key).and_then(Value::as_bool);
    flag("enabled").unwrap_or(true) && flag("prune").unwrap_or_default()
}

/// What the rolling sync writes of decoded Applications.
pub(in crate::argocd::appset) fn desired_to_write(status: &Status, may: &BTreeSet<String>, desired: &[Value]) -> Vec<Value> {
    let mut written = desired.to_vec();
    let entries = status.by_name();
    for application in &mut written {
        let prune = prunes(application);
        without_automation(application);
        let name = live::name(application);
        let entry = entries.get(name);
        let Some(entry) = entry.filter(|entry| entry.status == "Pending" && may.contains(name)) else { continue };
        let operation = operation(application, prune, entry.target_revisions.as_deref());
        if let Value::Object(members) = application {
            members.insert("operation".into(), operation);
        }
    }
    written
}

fn operation(application: &Value, prune: bool, revisions: Option<&[String]>) -> Value {
    let spec = application.get("spec").cloned().unwrap_or_default();
    let mut sync = json!({});
    let members = live::member_mut(&mut sync, "sync");
    if has_multiple_sources(&spec) {
        if let Some(revisions) = revisions {
            members.insert("revisions".into(), json!(revisions));
        }
    } else if let Some(first) = revisions.and_then(<[String]>::first) {
        members.insert("revision".into(), Value::from(first.as_str()));
    }
    let mut retry = json!({"limit": 5});
    if let Some(policy) = spec.get("syncPolicy") {
        if let Some(written) = policy.get("retry") {
            retry = written.clone();
        }
        if let Some(options) = policy.get("syncOptions") {
            members.insert("syncOptions".into(), options.clone());
        }
        if prune {
            members.insert("prune".into(), Value::Bool(true));
        }
    }
    json!({
        "initiatedBy": {"username": "applicationset-controller", "automated": true},
        "info": [{"name": "Reason", "value": "ApplicationSet RollingSync triggered a sync of this Application resource"}],
        "sync": sync.get("sync").cloned().unwrap_or_default(),
        "retry": retry,
    })
}
