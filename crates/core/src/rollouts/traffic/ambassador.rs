//! Ambassador: a canary Mapping beside each base Mapping.
//!
//! Upstream handles the mappings concurrently; here they come in their order.

use serde_json::json;

use super::{
    Router, View,
    spec::{self, WeightDestination},
};
use crate::rollouts::objects::{Failure, Objects, Outcome, nested_i64, nested_string, set_nested, text};

pub(super) struct Ambassador<'a> {
    pub(super) view: View<'a>,
    pub(super) config: &'a spec::Ambassador,
}

fn canary_name(base: &str) -> String {
    let mut end = base.len().min(246);
    while !base.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}-canary", base.get(..end).unwrap_or(base))
}

impl Ambassador<'_> {
    fn mapping(&self, objects: &mut Objects, base: &str, weight: i32) -> Outcome {
        let namespace = self.view.subject.namespace;
        let name = canary_name(base);
        let Some(existing) = objects.get("Mapping", namespace, &name) else {
            return if weight == 0 { Ok(()) } else { self.create(objects, base, &name, weight) };
        };
        let mut document = existing.clone();
        let _ = set_nested(&mut document, &["spec", "weight"], weight.into());
        objects.update("Mapping", namespace, &name, document);
        if weight == 0 {
            objects.delete("Mapping", namespace, &name);
        }
        Ok(())
    }

    fn create(&self, objects: &mut Objects, base: &str, name: &str, weight: i32) -> Outcome {
        let namespace = self.view.subject.namespace;
        let Some(document) = objects.get("Mapping", namespace, base) else {
            objects.warn("AmbassadorMappingNotFound", format!("Ambassador mapping {base:?} not found"));
            return Err(Failure::not_found("mappings.getambassador.io", base));
        };
        if nested_i64(document, &["spec", "weight"]).ok().flatten().is_some_and(|weight| weight != 0) {
            let message = format!("Ambassador mapping {base:?} can not define weight");
            objects.warn("AmbassadorMappingConfigError", message.clone());
            return Err(Failure::new(message));
        }
        let canary = self.view.canary;
        let service = nested_string(document, &["spec", "service"]).ok().flatten().unwrap_or_default();
        let service = service.replacen(&canary.stable_service, &canary.canary_service, 1);
        let mut copy = document.clone();
        let given = text(document, "/metadata/namespace");
        copy["metadata"] = json!({"name": name});
        if !given.is_empty() {
            copy["metadata"]["namespace"] = given.into();
        }
        let _ = set_nested(&mut copy, &["spec", "service"], service.into());
        let _ = set_nested(&mut copy, &["spec", "weight"], weight.into());
        objects.create("Mapping", namespace, copy);
        Ok(())
    }
}

impl Router for Ambassador<'_> {
    fn set_weight(&self, objects: &mut Objects, weight: i32, _destinations: &[WeightDestination]) -> Outcome {
        objects.event("CanaryMappingWeightUpdate", format!("Set canary mapping weight to {weight}"));
        let failures: Vec<Failure> = self.config.mappings.iter().filter_map(|base| self.mapping(objects, base, weight).err()).collect();
        match failures.len() {
            0 => Ok(()),
            1 => failures.into_iter().next().map_or(Ok(()), Err),
            count => {
                let all: String = failures.iter().map(|failure| format!("[{}]", failure.message)).collect();
                Err(Failure::new(format!("{count} errors found: {all}")))
            }
        }
    }
}
