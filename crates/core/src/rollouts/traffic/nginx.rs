//! Ingress NGINX: one canary Ingress beside each stable one.

use crate::rollouts::objects::AtPath;
use serde_json::json;

use super::{
    Router, View,
    ingress::{annotations, get, patched, paths, service, spec},
    spec::{self, WeightDestination},
};
use crate::{
    Map, Value,
    rollouts::objects::{Failure, Objects, Outcome, controller_reference, is_controlled_by},
};

const INGRESS_CLASS: &str = "kubernetes.io/ingress.class";
const DEFAULT_PREFIX: &str = "nginx.ingress.kubernetes.io";

pub(super) struct Nginx<'a> {
    pub(super) view: View<'a>,
    pub(super) config: &'a spec::Nginx,
    pub(super) max_traffic_weight: Option<i32>,
}

/// `GetCanaryIngressName`: at most 253 bytes.
fn canary_ingress_name(rollout: &str, stable: &str) -> String {
    const SUFFIX: &str = "-canary";
    if stable.is_empty() {
        return String::new();
    }
    let mut name = format!("{rollout}-{stable}");
    let mut end = name.len().min(253 - SUFFIX.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    name + SUFFIX
}

impl Nginx<'_> {
    fn prefix(&self) -> &str {
        let prefix = self.config.annotation_prefix.as_str();
        if prefix.is_empty() { DEFAULT_PREFIX } else { prefix }
    }

    fn canary_annotations(&self, stable: &Value, weight: i32) -> Map<String, Value> {
        let prefix = self.prefix();
        let mut all = Map::new();
        if let Some(class) = annotations(stable).get(INGRESS_CLASS) {
            all.insert(INGRESS_CLASS.into(), class.clone());
        }
        for (key, value) in &self.config.additional_ingress_annotations {
            let key = if key.starts_with(prefix) { key.clone() } else { format!("{prefix}/{key}") };
            all.insert(key, value.as_str().into());
        }
        for (key, value) in &self.config.canary_ingress_annotations {
            all.insert(key.clone(), value.as_str().into());
        }
        all.insert(format!("{prefix}/canary"), "true".into());
        all.insert(format!("{prefix}/canary-weight"), weight.to_string().into());
        if let Some(total) = self.max_traffic_weight {
            all.insert(format!("{prefix}/canary-weight-total"), total.to_string().into());
        }
        all
    }

    /// Rules with a stable backend, all their paths kept, stable backends turned into canary ones.
    fn canary_spec(&self, stable: &Value) -> Outcome<Map<String, Value>> {
        let canary = self.view.canary;
        let given = spec(stable);
        let mut wanted = Map::new();
        for name in ["tls", "ingressClassName"] {
            if let Some(member) = given.get(name) {
                wanted.insert(name.to_owned(), member.clone());
            }
        }
        let mut rules = Vec::new();
        for rule in given.get("rules").and_then(Value::as_array).into_iter().flatten() {
            let mut rule = rule.clone();
            let mut ours = false;
            for path in paths(&mut rule)? {
                if path.at_path("/backend/service").is_none() {
                    return Err(Failure::nil());
                }
                if service(path) == canary.stable_service {
                    ours = true;
                    if let Some(name) = path.pointer_mut("/backend/service/name") {
                        *name = canary.canary_service.as_str().into();
                    }
                }
            }
            if ours {
                rules.push(rule);
            }
        }
        if rules.is_empty() {
            return Err(Failure::new(format!(
                "ingress `{}` has no rules using service {} backend",
                self.config.stable_ingress, canary.stable_service
            )));
        }
        wanted.insert("rules".into(), Value::Array(rules));
        Ok(wanted)
    }

    fn one_ingress(&self, objects: &mut Objects, stable_name: &str, weight: i32) -> Outcome {
        let subject = self.view.subject;
        let name = canary_ingress_name(subject.name, stable_name);
        let stable = get(objects, subject.namespace, stable_name)
            .map_err(|failure| Failure::new(format!("error retrieving stableIngress `{stable_name}` from cache: {}", failure.message)))?;
        let mut wanted = self.canary_annotations(stable, weight);
        let spec = self.canary_spec(stable)?;
        if objects.cached("Ingress", subject.namespace, &name).is_none() {
            objects.event("CreatingCanaryIngress", format!("Creating canary ingress `{name}` with weight `{weight}`"));
        }
        let current = objects.cached("Ingress", subject.namespace, &name).or_else(|| objects.get("Ingress", subject.namespace, &name));
        let Some(current) = current else {
            let object = json!({
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": {
                    "name": name,
                    "annotations": wanted,
                    "ownerReferences": [controller_reference(subject.name, subject.uid)],
                },
                "spec": spec,
            });
            objects.create("Ingress", subject.namespace, object);
            return Ok(());
        };
        if !is_controlled_by(current, subject.uid) {
            return Err(Failure::new(format!("canary ingress `{name}` controlled by different object")));
        }
        for (key, value) in annotations(current) {
            wanted.entry(key).or_insert(value);
        }
        if let Some(document) = patched(current, &wanted, true, Some(&spec)) {
            objects.event("PatchingCanaryIngress", format!("Updating Ingress `{name}` to desiredWeight '{weight}'"));
            objects.update("Ingress", subject.namespace, &name, document);
        }
        Ok(())
    }
}

impl Router for Nginx<'_> {
    fn set_weight(&self, objects: &mut Objects, weight: i32, _destinations: &[WeightDestination]) -> Outcome {
        let one = std::slice::from_ref(&self.config.stable_ingress);
        for stable in self.config.stable_ingresses.as_deref().unwrap_or(one) {
            self.one_ingress(objects, stable, weight)?;
        }
        Ok(())
    }
}
