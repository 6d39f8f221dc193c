//! AWS load balancer controller: forward actions in annotations of the Ingress.
//!
//! With several ingresses, the first one that needs no change ends the round (v1.10.2).

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    Router, View,
    ingress::{annotations, get, has_rule_with_service, patched, paths, service, spec},
    spec::{self, ManagedRoute, SetHeaderRoute, WeightDestination},
};
use crate::{
    Map, Value,
    lang::gofmt::{json::marshal_ordered, json_kind, syntax_error},
    rollouts::objects::{Failure, Objects, Outcome},
};

const DEFAULT_PREFIX: &str = "alb.ingress.kubernetes.io";
const MANAGED: &str = "rollouts.argoproj.io/managed-alb-annotations";

pub(super) struct Alb<'a> {
    pub(super) view: View<'a>,
    pub(super) config: &'a spec::Alb,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Action<'a> {
    r#type: &'static str,
    forward_config: ForwardConfig<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ForwardConfig<'a> {
    target_groups: Vec<TargetGroup<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_group_stickiness_config: Option<StickinessConfig>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TargetGroup<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    service_name: &'a str,
    service_port: String,
    weight: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StickinessConfig {
    enabled: bool,
    duration_seconds: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Condition<'a> {
    field: &'static str,
    http_header_config: HeaderConfig<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeaderConfig<'a> {
    http_header_name: &'a str,
    values: Vec<&'a str>,
}

/// JSON as Go writes it.
fn go_json(value: &impl Serialize) -> String {
    marshal_ordered(&serde_json::to_value(value).unwrap_or_default())
}

impl Alb<'_> {
    fn ingresses(&self) -> &[String] {
        self.config.ingresses.as_deref().unwrap_or(std::slice::from_ref(&self.config.ingress))
    }

    fn key(&self, what: &str, name: &str) -> String {
        let prefix = self.config.annotation_prefix.as_str();
        format!("{}/{what}.{name}", if prefix.is_empty() { DEFAULT_PREFIX } else { prefix })
    }

    fn action_service(&self) -> &str {
        let root = self.config.root_service.as_str();
        if root.is_empty() { &self.view.canary.stable_service } else { root }
    }

    fn action(&self, shares: &[(&str, i64)]) -> Outcome<String> {
        let port = self.config.service_port.to_string();
        let target_groups = shares
            .iter()
            .map(|(service, weight)| TargetGroup { service_name: service, service_port: port.clone(), weight: *weight })
            .collect();
        let sticky = self.config.stickiness_config.as_ref().filter(|config| config.enabled);
        if sticky.is_some_and(|config| !(1..=604_800).contains(&config.duration_seconds)) {
            return Err(Failure::new("TargetGroupStickinessConfig's duration must be between 1 and 604800 seconds (7 days)!"));
        }
        let sticky = sticky.map(|config| StickinessConfig { enabled: true, duration_seconds: config.duration_seconds });
        let forward_config = ForwardConfig { target_groups, target_group_stickiness_config: sticky };
        Ok(go_json(&Action { r#type: "forward", forward_config }))
    }

    fn forward(&self, weight: i32, destinations: &[WeightDestination]) -> Outcome<String> {
        let (stable, canary) = self.view.services(true);
        let given: i64 = destinations.iter().map(|to| i64::from(to.weight)).sum();
        let mut shares = vec![(canary, i64::from(weight))];
        shares.extend(destinations.iter().map(|to| (to.service_name.as_str(), i64::from(to.weight))));
        shares.push((stable, 100 - i64::from(weight) - given));
        self.action(&shares)
    }

    fn header_annotations(&self, all: &mut Map<String, Value>, route: &SetHeaderRoute) -> Outcome {
        let (action, condition) = (self.key("actions", &route.name), self.key("conditions", &route.name));
        match &route.matches {
            Some(matches) => {
                let mut conditions: Vec<Condition<'_>> = Vec::new();
                for wanted in matches {
                    let name = wanted.header_name.as_str();
                    let value = wanted.value().exact.as_str();
                    match conditions.iter_mut().find(|have| have.http_header_config.http_header_name == name) {
                        Some(have) => have.http_header_config.values.push(value),
                        None => conditions.push(Condition {
                            field: "http-header",
                            http_header_config: HeaderConfig { http_header_name: name, values: vec![value] },
                        }),
                    }
                }
                let forward = self.action(&[(self.view.services(true).1, 100)])?;
                if all.is_empty() {
                    return Err(Failure::new("panic: assignment to entry in nil map"));
                }
                all.insert(action.clone(), forward.into());
                let text = if conditions.is_empty() { "null".to_owned() } else { go_json(&conditions) };
                all.insert(condition.clone(), text.into());
            }
            None => {
                all.shift_remove(&action);
                all.shift_remove(&condition);
            }
        }
        self.manage(all, route.matches.is_some(), &[action, condition])
    }

    /// `modifyManagedAnnotation`: which annotations are ours.
    fn manage(&self, all: &mut Map<String, Value>, add: bool, keys: &[String]) -> Outcome {
        let text = all.get(MANAGED).and_then(Value::as_str).unwrap_or_default();
        let mut managed: BTreeMap<String, Option<Vec<String>>> = BTreeMap::new();
        if !text.is_empty() {
            let read: BTreeMap<String, Option<Vec<Option<String>>>> =
                serde_json::from_str(text).map_err(|_| Failure::new(complaint(text)))?;
            let names = |list: Vec<Option<String>>| list.into_iter().map(Option::unwrap_or_default).collect();
            managed = read.into_iter().map(|(name, list)| (name, list.map(names))).collect();
        }
        let ours = managed.entry(self.view.subject.name.to_owned()).or_default().get_or_insert_default();
        for key in keys {
            if !add {
                remove(ours, key);
            } else if !ours.contains(key) {
                ours.push(key.clone());
            }
        }
        all.insert(MANAGED.into(), go_json(&managed).into());
        Ok(())
    }

    /// Runs a change over the ingresses and stores each; the first without a difference ends it.
    fn each(
        &self,
        objects: &mut Objects,
        told: &str,
        change: impl Fn(&Value) -> Outcome<(Map<String, Value>, Option<Map<String, Value>>)>,
    ) -> Outcome {
        let namespace = self.view.subject.namespace;
        for name in self.ingresses() {
            let ingress = get(objects, namespace, name)?;
            let (wanted, spec) = change(ingress)?;
            let Some(document) = patched(ingress, &wanted, false, spec.as_ref()) else { return Ok(()) };
            objects.event("PatchingALBIngress", format!("Updating Ingress `{name}` {told}"));
            objects.update("Ingress", namespace, name, document);
        }
        Ok(())
    }

    fn managed_routes(&self) -> &[ManagedRoute] {
        self.view.managed_routes().unwrap_or_default()
    }
}

/// `removeValue`: takes out of the list it walks, so what follows a removed value is passed over.
fn remove(list: &mut Vec<String>, key: &str) {
    let length = list.len();
    let mut backing = std::mem::take(list);
    let mut end = length;
    for at in 0..length {
        if backing.get(at).is_some_and(|value| value == key) && at < end {
            for next in at + 1..end {
                backing.swap(next - 1, next);
            }
            end -= 1;
        }
    }
    backing.truncate(end);
    *list = backing;
}

/// What Go's decoder says about a text that is not the JSON it wants: names with lists of names.
fn complaint(text: &str) -> String {
    let wrong = |value: &Value, into: &str| format!("json: cannot unmarshal {} into {into}", json_kind(value));
    let found: Value = match serde_json::from_str(text) {
        Ok(found) => found,
        Err(error) => return syntax_error(text).unwrap_or_else(|| error.to_string()),
    };
    let Value::Object(members) = &found else { return wrong(&found, "Go value of type ingress.ManagedALBAnnotations") };
    let complaints = members.iter().find_map(|(name, value)| match value {
        Value::Null => None,
        Value::Array(items) => {
            let (at, item) = items.iter().enumerate().find(|(_, item)| !item.is_null() && !item.is_string())?;
            Some(wrong(item, &format!("ManagedALBAnnotations.{name}.{at} of type string")))
        }
        other => Some(wrong(other, &format!("Go struct field ManagedALBAnnotations.{name} of type ingress.ManagedALBAnnotation"))),
    });
    complaints.unwrap_or_default()
}

impl Router for Alb<'_> {
    fn set_weight(&self, objects: &mut Objects, weight: i32, destinations: &[WeightDestination]) -> Outcome {
        let action_service = self.action_service();
        self.each(objects, &format!("to desiredWeight '{weight}'"), |ingress| {
            if !has_rule_with_service(ingress, action_service) {
                return Err(Failure::new(format!("ingress does not have service `{action_service}` in rules")));
            }
            let mut wanted = annotations(ingress);
            let key = self.key("actions", action_service);
            wanted.insert(key.clone(), self.forward(weight, destinations)?.into());
            self.manage(&mut wanted, true, &[key])?;
            Ok((wanted, None))
        })
    }

    fn set_header_route(&self, objects: &mut Objects, route: &SetHeaderRoute) -> Outcome {
        self.each(objects, &format!("to headerRoute '{}'", route.name), |ingress| {
            let mut wanted = annotations(ingress);
            self.header_annotations(&mut wanted, route)?;
            let mut spec = spec(ingress);
            let has = has_rule_with_service(ingress, &route.name);
            for rule in spec.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten() {
                let paths = paths(rule)?;
                if has && route.matches.is_none() {
                    remove_path(paths, &route.name);
                } else if !has && route.matches.is_some() {
                    let backend = serde_json::json!({"service": {"name": route.name, "port": {"name": "use-annotation"}}});
                    paths.insert(0, serde_json::json!({"path": "/*", "pathType": "ImplementationSpecific", "backend": backend}));
                }
                let managed = self.managed_routes();
                let rank = |path: &Value| managed.iter().rposition(|known| known.name == service(path)).unwrap_or(managed.len());
                paths.sort_by_key(rank);
            }
            Ok((wanted, Some(spec)))
        })
    }

    fn remove_managed_routes(&self, objects: &mut Objects) -> Outcome {
        if self.managed_routes().is_empty() {
            return Ok(());
        }
        self.each(objects, "removing managed routes", |ingress| {
            let mut wanted = annotations(ingress);
            let mut keys = Vec::new();
            for route in self.managed_routes() {
                for key in [self.key("actions", &route.name), self.key("conditions", &route.name)] {
                    wanted.shift_remove(&key);
                    keys.push(key);
                }
            }
            self.manage(&mut wanted, false, &keys)?;
            let mut spec = spec(ingress);
            for rule in spec.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten() {
                let paths = paths(rule)?;
                for route in self.managed_routes() {
                    remove_path(paths, &route.name);
                }
            }
            Ok((wanted, Some(spec)))
        })
    }
}

fn remove_path(paths: &mut Vec<Value>, name: &str) {
    if let Some(at) = paths.iter().position(|path| service(path) == name) {
        paths.remove(at);
    }
}
