//! Apache APISIX: backend weights of an ApisixRoute, and a second route for headers.

use serde_json::json;

use super::{
    Router, View,
    spec::{self, SetHeaderRoute, WeightDestination},
};
use crate::{
    Value,
    rollouts::objects::{
        Failure, Objects, Outcome, controller_reference, is_controlled_by, nested_i64, nested_slice, nested_string, set_nested,
    },
};

const KIND: &str = "ApisixRoute";
const ASSERTION: &str = "Failed type assertion for Apisix http route";

pub(super) struct Apisix<'a> {
    pub(super) view: View<'a>,
    pub(super) config: &'a spec::Apisix,
}

/// The rule of that name; rules before it must have one.
fn rule_position(rules: &[Value], wanted: &str) -> Outcome<usize> {
    for (at, rule) in rules.iter().enumerate() {
        let Value::Object(members) = rule else { return Err(Failure::new(ASSERTION)) };
        match members.get("name") {
            None => return Err(Failure::new("Apisix http route rule name field not found")),
            Some(Value::String(name)) if name == wanted => return Ok(at),
            Some(Value::String(_)) => {}
            Some(_) => return Err(Failure::new(format!("{ASSERTION} rule name"))),
        }
    }
    Err(Failure::new(format!("Apisix http route rule {wanted} not found")))
}

fn backends(rule: &mut Value) -> Outcome<&mut Vec<Value>> {
    match rule.get_mut("backends") {
        None => Err(Failure::new("Apisix http route backends not found")),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Failure::new(format!("{ASSERTION} backends"))),
    }
}

fn backend_name<'a>(backend: &'a Value, assertion: &str) -> Outcome<&'a str> {
    if !backend.is_object() {
        return Err(Failure::new(assertion));
    }
    nested_string(backend, &["serviceName"])?.ok_or_else(|| Failure::new("serviceName field was not found in backend"))
}

fn set_weight(backends: &mut [Value], service: &str, weight: i64) -> Outcome {
    for backend in backends {
        if backend_name(backend, &format!("{ASSERTION} backends"))? == service {
            return set_nested(backend, &["weight"], weight.into());
        }
    }
    Err(Failure::new(format!("apisix route {service} backend was not found")))
}

fn expressions(route: &SetHeaderRoute) -> Vec<Value> {
    let mut all = Vec::new();
    for wanted in route.matches.iter().flatten() {
        let value = wanted.value();
        let mut push = |op: &str, text: String| {
            all.push(json!({"subject": {"scope": "Header", "name": wanted.header_name}, "op": op, "value": text}));
        };
        if !value.exact.is_empty() {
            push("Equal", value.exact.clone());
        }
        if !value.regex.is_empty() {
            push("RegexMatch", value.regex.clone());
        }
        if !value.prefix.is_empty() {
            push("RegexMatch", format!("^{}.*", value.prefix));
        }
    }
    all
}

impl Apisix<'_> {
    fn route_name(&self) -> Outcome<&str> {
        self.config.route.as_ref().map(|route| route.name.as_str()).ok_or_else(Failure::nil)
    }

    fn fetch<'o>(&self, objects: &'o Objects, name: &str) -> Outcome<&'o Value> {
        objects.get(KIND, self.view.subject.namespace, name).ok_or_else(|| Failure::not_found("apisixroutes", name))
    }

    /// Applies a change to each selected rule of `spec.http`.
    fn each_rule(&self, document: &mut Value, change: impl Fn(&mut Value) -> Outcome) -> Outcome {
        let mut rules = nested_slice(document, &["spec", "http"])?
            .ok_or_else(|| Failure::new("spec.http was not found in Apisix Route manifest"))?
            .clone();
        let own = [self.route_name()?.to_owned()];
        let names = self.config.route.as_ref().and_then(|route| route.rules.as_deref()).unwrap_or(&own);
        for name in names {
            let at = rule_position(&rules, name)?;
            if let Some(rule) = rules.get_mut(at) {
                change(rule)?;
            }
        }
        set_nested(document, &["spec", "http"], Value::Array(rules))
    }

    /// The header route's own ApisixRoute, and whether it is new.
    fn header_document(&self, objects: &Objects, name: &str, base: &Value) -> Outcome<(Value, bool)> {
        let subject = self.view.subject;
        if let Ok(existing) = self.fetch(objects, name) {
            if !is_controlled_by(existing, subject.uid) {
                return Err(Failure::new(format!("duplicate ApisixRoute [{name}] already exists")));
            }
            return Ok((existing.clone(), false));
        }
        let mut document = base.clone();
        if let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut) {
            for key in ["resourceVersion", "generation", "uid", "creationTimestamp"] {
                metadata.shift_remove(key);
            }
            metadata.insert("name".into(), name.into());
            metadata.insert("ownerReferences".into(), json!([controller_reference(subject.name, subject.uid)]));
        }
        Ok((document, true))
    }
}

impl Router for Apisix<'_> {
    fn set_weight(&self, objects: &mut Objects, weight: i32, _destinations: &[WeightDestination]) -> Outcome {
        let name = self.route_name()?;
        let mut document = self.fetch(objects, name)?.clone();
        let canary = self.view.canary;
        self.each_rule(&mut document, |rule| {
            let backends = backends(rule)?;
            set_weight(backends, &canary.canary_service, i64::from(weight))?;
            set_weight(backends, &canary.stable_service, 100 - i64::from(weight))
        })?;
        objects.update(KIND, self.view.subject.namespace, name, document);
        Ok(())
    }

    fn set_header_route(&self, objects: &mut Objects, route: &SetHeaderRoute) -> Outcome {
        let namespace = self.view.subject.namespace;
        let base = self.fetch(objects, self.route_name()?)?;
        let (mut document, new) = self.header_document(objects, &route.name, base)?;
        if route.matches.is_none() {
            if !new {
                objects.delete(KIND, namespace, &route.name);
            }
            return Ok(());
        }
        let canary = self.view.canary;
        self.each_rule(&mut document, |rule| {
            let all = backends(rule)?;
            set_weight(all, &canary.canary_service, 100)?;
            let mut kept = Vec::with_capacity(all.len());
            for backend in all.iter() {
                if backend_name(backend, "Failed type assertion for Apisix http route backend")? != canary.stable_service {
                    kept.push(backend.clone());
                }
            }
            *all = kept;
            if new {
                let priority = nested_i64(rule, &["priority"])?.unwrap_or(0);
                set_nested(rule, &["priority"], priority.saturating_add(1).into())?;
            }
            set_nested(rule, &["match", "exprs"], Value::Array(expressions(route)))
        })?;
        if new {
            objects.create(KIND, namespace, document);
        } else {
            objects.update(KIND, namespace, &route.name, document);
        }
        Ok(())
    }

    fn remove_managed_routes(&self, objects: &mut Objects) -> Outcome {
        let subject = self.view.subject;
        for route in self.view.managed_routes().unwrap_or_default() {
            if objects.get(KIND, subject.namespace, &route.name).is_some_and(|object| is_controlled_by(object, subject.uid)) {
                objects.delete(KIND, subject.namespace, &route.name);
            }
        }
        Ok(())
    }
}
