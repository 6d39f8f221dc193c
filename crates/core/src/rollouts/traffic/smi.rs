//! Service Mesh Interface: a TrafficSplit owned by the Rollout.

use serde_json::json;

use super::{
    Router, View,
    spec::{self, WeightDestination},
};
use crate::{
    Value,
    rollouts::objects::{Failure, Objects, Outcome, controller_reference, is_controlled_by},
};

pub(super) struct Smi<'a> {
    pub(super) view: View<'a>,
    pub(super) config: &'a spec::Smi,
}

/// A weight as the API version writes it: v1alpha1 has a quantity, the later ones a number.
fn weight(version: &str, value: i64) -> Value {
    if version == "v1alpha1" { value.to_string().into() } else { value.into() }
}

/// A TrafficSplit as Go's types of that version write it.
pub(crate) fn tidy(version: &str, split: &mut Value) {
    split["apiVersion"] = format!("split.smi-spec.io/{version}").into();
    tidy_weights(version, split);
}

fn tidy_weights(version: &str, split: &mut Value) {
    if version == "v1alpha1"
        && let Some(backends) = split.pointer_mut("/spec/backends").and_then(Value::as_array_mut)
    {
        for backend in backends {
            if let Some(given) = backend.get_mut("weight")
                && let Some(number) = given.as_i64()
            {
                *given = weight(version, number);
            }
        }
    }
}

impl Smi<'_> {
    fn version(&self) -> &str {
        if self.view.subject.smi_version.is_empty() { "v1alpha1" } else { self.view.subject.smi_version }
    }
}

impl Router for Smi<'_> {
    fn set_weight(&self, objects: &mut Objects, desired: i32, destinations: &[WeightDestination]) -> Outcome {
        let subject = self.view.subject;
        let canary = self.view.canary;
        let version = self.version();
        let or = |given: &'_ str, default: &str| if given.is_empty() { default.to_owned() } else { given.to_owned() };
        let name = or(&self.config.traffic_split_name, subject.name);
        let root = or(&self.config.root_service, &canary.stable_service);
        let given: i64 = destinations.iter().map(|to| i64::from(to.weight)).sum();
        let backend = |service: &str, share: i64| json!({"service": service, "weight": weight(version, share)});
        let mut backends = vec![backend(&canary.canary_service, i64::from(desired))];
        backends.extend(destinations.iter().map(|to| backend(&to.service_name, i64::from(to.weight))));
        backends.push(backend(&canary.stable_service, 100 - i64::from(desired) - given));
        let Some(existing) = objects.get("TrafficSplit", subject.namespace, &name) else {
            let object = json!({
                "apiVersion": format!("split.smi-spec.io/{version}"),
                "kind": "TrafficSplit",
                "metadata": {
                    "name": name,
                    "namespace": subject.namespace,
                    "ownerReferences": [controller_reference(subject.name, subject.uid)],
                },
                "spec": {"service": root, "backends": backends},
            });
            objects.create("TrafficSplit", subject.namespace, object);
            objects.event("TrafficSplitCreated", format!("TrafficSplit `{name}` created"));
            return Ok(());
        };
        if !is_controlled_by(existing, subject.uid) {
            return Err(Failure::new(format!("Rollout does not own TrafficSplit `{name}`")));
        }
        let mut document = existing.clone();
        tidy_weights(version, &mut document);
        let spec = document.as_object_mut().map(|all| all.entry("spec").or_insert_with(|| json!({})));
        if let Some(Value::Object(spec)) = spec {
            spec.insert("service".into(), root.into());
            spec.insert("backends".into(), Value::Array(backends));
            spec.shift_remove("matches");
        }
        objects.update("TrafficSplit", subject.namespace, &name, document);
        Ok(())
    }
}
