//! Networking v1 Ingresses as Go's types write them, and the two-way merge patch upstream applies to them.

use crate::rollouts::objects::AtPath;
use serde_json::json;

use crate::{
    Map, Value,
    rollouts::objects::{Failure, Objects, Outcome, text},
};

pub(super) const INGRESSES: &str = "ingresses.networking.k8s.io";

/// Copies the named members that are set, in Go's order of fields.
fn members(value: &Value, names: &[&str]) -> Map<String, Value> {
    let mut kept = Map::new();
    for name in names {
        match value.get(*name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.is_empty() => {}
            Some(Value::Array(items)) if items.is_empty() => {}
            Some(member) => {
                kept.insert((*name).to_owned(), member.clone());
            }
        }
    }
    kept
}

fn backend(value: &Value) -> Value {
    let mut kept = Map::new();
    if let Some(service) = value.get("service").filter(|service| service.is_object()) {
        let port = service.get("port").map(|port| members(port, &["name", "number"])).unwrap_or_default();
        let port: Map<String, Value> = port.into_iter().filter(|(_, member)| member != &json!(0)).collect();
        kept.insert("service".into(), json!({"name": text(service, "/name"), "port": port}));
    }
    if let Some(resource) = value.get("resource").filter(|resource| resource.is_object()) {
        kept.insert("resource".into(), resource.clone());
    }
    Value::Object(kept)
}

fn rule(value: &Value) -> Value {
    let mut kept = members(value, &["host"]);
    if let Some(http) = value.get("http").filter(|http| http.is_object()) {
        let paths = http.get("paths").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let paths: Vec<Value> = paths
            .iter()
            .map(|path| {
                let mut all = members(path, &["path"]);
                all.insert("pathType".into(), path.get("pathType").cloned().unwrap_or(Value::Null));
                all.insert("backend".into(), path.get("backend").map(backend).unwrap_or_else(|| json!({})));
                Value::Object(all)
            })
            .collect();
        kept.insert("http".into(), json!({"paths": paths}));
    }
    Value::Object(kept)
}

/// `spec` of an Ingress, read into Go's types and written again.
pub(super) fn spec(ingress: &Value) -> Map<String, Value> {
    let given = ingress.get("spec").unwrap_or(&Value::Null);
    let mut kept = members(given, &["ingressClassName"]);
    if let Some(default) = given.get("defaultBackend").filter(|default| default.is_object()) {
        kept.insert("defaultBackend".into(), backend(default));
    }
    let list = |name: &str| given.get(name).and_then(Value::as_array).filter(|items| !items.is_empty());
    if let Some(tls) = list("tls") {
        let tls = tls.iter().map(|entry| Value::Object(members(entry, &["hosts", "secretName"]))).collect();
        kept.insert("tls".into(), Value::Array(tls));
    }
    if let Some(rules) = list("rules") {
        kept.insert("rules".into(), Value::Array(rules.iter().map(rule).collect()));
    }
    kept
}

/// The paths of a rule of a [`spec`]; Go would dereference nil when the rule has no `http`.
pub(super) fn paths(rule: &mut Value) -> Outcome<&mut Vec<Value>> {
    rule.pointer_mut("/http/paths").and_then(Value::as_array_mut).ok_or_else(Failure::nil)
}

/// Name of the service behind a path.
pub(super) fn service(path: &Value) -> &str {
    text(path, "/backend/service/name")
}

/// `HasRuleWithService`.
pub(super) fn has_rule_with_service(ingress: &Value, name: &str) -> bool {
    let rules = ingress.at_path("/spec/rules").and_then(Value::as_array);
    let paths = rules.into_iter().flatten().filter_map(|rule| rule.at_path("/http/paths").and_then(Value::as_array)).flatten();
    paths.into_iter().any(|path| service(path) == name)
}

pub(super) fn annotations(ingress: &Value) -> Map<String, Value> {
    ingress.at_path("/metadata/annotations").and_then(Value::as_object).cloned().unwrap_or_default()
}

pub(super) fn get<'a>(objects: &'a Objects, namespace: &str, name: &str) -> Outcome<&'a Value> {
    objects.cached("Ingress", namespace, name).ok_or_else(|| Failure::not_found(INGRESSES, name))
}

/// `BuildIngressPatch` and its application: the new document, or `None` when nothing differs. Labels are
/// part of it with a spec given by NGINX (`labels`), which wants none.
pub(super) fn patched(
    current: &Value,
    wanted: &Map<String, Value>,
    labels: bool,
    spec_wanted: Option<&Map<String, Value>>,
) -> Option<Value> {
    let mut changed = false;
    let mut document = current.clone();
    let metadata = document.get_mut("metadata").and_then(Value::as_object_mut)?;
    let had = metadata.get("annotations").and_then(Value::as_object).filter(|all| !all.is_empty());
    if had != Some(wanted).filter(|all| !all.is_empty()) {
        changed = true;
        if wanted.is_empty() {
            metadata.shift_remove("annotations");
        } else {
            metadata.insert("annotations".into(), Value::Object(wanted.clone()));
        }
    }
    if labels && metadata.get("labels").and_then(Value::as_object).is_some_and(|all| !all.is_empty()) {
        changed = true;
        metadata.shift_remove("labels");
    }
    if let Some(wanted) = spec_wanted {
        let had = spec(current);
        let target = document.as_object_mut()?.entry("spec").or_insert_with(|| json!({})).as_object_mut()?;
        for name in ["ingressClassName", "defaultBackend", "tls", "rules"] {
            match (had.get(name), wanted.get(name)) {
                (old, Some(new)) if old != Some(new) => {
                    changed = true;
                    target.insert(name.to_owned(), new.clone());
                }
                (Some(_), None) => {
                    changed = true;
                    target.shift_remove(name);
                }
                _ => {}
            }
        }
    }
    changed.then_some(document)
}
