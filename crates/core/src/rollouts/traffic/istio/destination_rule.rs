//! Subsets of a DestinationRule follow the pod-template hashes.
//!
//! v1.10.2 drops every subset that is neither the canary's, nor the stable one, nor an experiment's, and
//! always rewrites a rule one of whose subsets has further members (`trafficPolicy` and so on).

use crate::rollouts::objects::AtPath;
use std::collections::BTreeMap;

use serde_json::json;

use super::{DESTINATION_RULES, Istio};
use crate::{
    Map, Value,
    rollouts::{
        objects::{Failure, Objects, Outcome, set_nested, text},
        traffic::{
            MANAGED_BY, POD_TEMPLATE_HASH,
            spec::{DestinationRuleRef, WeightDestination},
        },
    },
};

#[derive(Clone)]
struct Subset {
    name: String,
    labels: Option<Map<String, Value>>,
    extra: Map<String, Value>,
}

impl Subset {
    fn read(value: &Value) -> Outcome<Self> {
        let Value::Object(members) = value else {
            return Err(Failure::new("json: cannot unmarshal into Go value of type map[string]interface {}"));
        };
        let mut subset = Self { name: text(value, "/name").to_owned(), labels: None, extra: Map::new() };
        for (key, member) in members {
            match (key.as_str(), member) {
                ("name", _) | ("labels", Value::Null) => {}
                ("labels", Value::Object(labels)) => subset.labels = Some(labels.clone()),
                _ => {
                    subset.extra.insert(key.clone(), member.clone());
                }
            }
        }
        Ok(subset)
    }

    fn label(&mut self, hash: &str) {
        let labels = self.labels.get_or_insert_default();
        if hash.is_empty() {
            labels.shift_remove(POD_TEMPLATE_HASH);
        } else {
            labels.insert(POD_TEMPLATE_HASH.into(), hash.into());
        }
    }

    /// Written by the other encoder, would this read the same as `old`?
    fn same_as(&self, old: &Self) -> bool {
        let was = old.labels.as_ref().filter(|labels| !labels.is_empty());
        old.extra.is_empty() && self.extra.is_empty() && !old.name.is_empty() && self.name == old.name && self.labels.as_ref() == was
    }

    fn to_value(&self) -> Value {
        let mut all = Map::new();
        all.insert("name".into(), self.name.as_str().into());
        if let Some(labels) = &self.labels {
            all.insert("labels".into(), Value::Object(labels.clone()));
        }
        all.extend(self.extra.clone());
        Value::Object(all)
    }
}

impl Istio<'_> {
    pub(super) fn fetch_rule<'o>(&self, objects: &'o mut Objects, rule: &DestinationRuleRef) -> Outcome<&'o Value> {
        let namespace = self.view.subject.namespace;
        if objects.get("DestinationRule", namespace, &rule.name).is_none() {
            objects.warn("DestinationRuleNotFound", format!("DestinationRule `{}` not found", rule.name));
        }
        objects.get("DestinationRule", namespace, &rule.name).ok_or_else(|| Failure::not_found(DESTINATION_RULES, &rule.name))
    }

    /// `shouldDelayDestinationRuleUpdate`: without services, wait for the ReplicaSets that get traffic.
    fn delayed(&self, canary: &str, stable: &str) -> Option<&str> {
        let subject = self.view.subject;
        if !self.view.canary.canary_service.is_empty() || !self.view.canary.stable_service.is_empty() {
            return None;
        }
        let back_to_stable = subject.abort || self.rolling_back(stable);
        subject
            .replica_sets
            .iter()
            .filter(|pods| pods.replicas != 0 && !pods.hash.is_empty() && (pods.hash == stable || pods.hash == canary))
            .filter(|pods| !(back_to_stable && pods.hash == canary))
            .find(|pods| pods.available < pods.replicas)
            .map(|pods| pods.name.as_str())
    }

    /// `IsDynamicallyRollingBackToStable`, seen from the stable ReplicaSet.
    fn rolling_back(&self, stable: &str) -> bool {
        let subject = self.view.subject;
        let Some(pods) = subject.replica_sets.iter().find(|pods| pods.hash == stable) else { return false };
        subject.fully_promoted
            && self.view.canary.dynamic_stable_scale
            && subject.weighted_canary_hash.is_some_and(|hash| hash != pods.hash)
            && pods.available < subject.replicas
    }

    pub(super) fn update_subsets(&self, objects: &mut Objects, canary: &str, stable: &str, destinations: &[WeightDestination]) -> Outcome {
        if let Some(name) = self.delayed(canary, stable) {
            return Err(Failure::new(format!("delaying destination rule switch: ReplicaSet {name} not fully available")));
        }
        let Some(rule) = &self.config.destination_rule else { return Ok(()) };
        let document = self.fetch_rule(objects, rule)?;
        let subsets = match document.at_path("/spec/subsets") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items.iter().map(Subset::read).collect::<Outcome<Vec<_>>>()?,
            Some(_) => return Err(Failure::new("json: cannot unmarshal into Go value of type []map[string]interface {}")),
        };
        let desired = desired_subsets(rule, &subsets, canary, stable, destinations)?;
        let same_subsets =
            !subsets.is_empty() && desired.len() == subsets.len() && desired.iter().zip(&subsets).all(|(new, old)| new.same_as(old));
        let managed = document.at_path("/metadata/annotations").and_then(|all| all.get(MANAGED_BY)).and_then(Value::as_str)
            == Some(self.view.subject.name);
        let has_host = !text(document, "/spec/host").is_empty();
        if same_subsets && managed && has_host {
            return Ok(());
        }
        let mut document = document.clone();
        if !managed {
            set_nested(&mut document, &["metadata", "annotations", MANAGED_BY], self.view.subject.name.into())?;
        }
        if !has_host {
            set_nested(&mut document, &["spec", "host"], "".into())?;
        }
        if !same_subsets {
            set_nested(&mut document, &["spec", "subsets"], Value::Array(desired.iter().map(Subset::to_value).collect()))?;
        }
        objects.update("DestinationRule", self.view.subject.namespace, &rule.name, document);
        objects.event(
            "UpdatedDestinationRule",
            format!(
                "DestinationRule {} subset updated ({}: {canary}, {}: {stable})",
                rule.name, rule.canary_subset_name, rule.stable_subset_name
            ),
        );
        Ok(())
    }
}

fn desired_subsets(
    rule: &DestinationRuleRef,
    subsets: &[Subset],
    canary: &str,
    stable: &str,
    destinations: &[WeightDestination],
) -> Outcome<Vec<Subset>> {
    let mut others: BTreeMap<&str, &str> =
        destinations.iter().map(|to| (to.service_name.as_str(), to.pod_template_hash.as_str())).collect();
    let mut desired = Vec::with_capacity(subsets.len());
    for subset in subsets {
        let mut subset = subset.clone();
        if subset.name == rule.canary_subset_name {
            subset.label(canary);
        } else if subset.name == rule.stable_subset_name {
            subset.label(stable);
        } else if let Some(hash) = others.get(subset.name.as_str()).copied() {
            if !hash.is_empty() {
                if subset.labels.is_none() {
                    return Err(Failure::new("panic: assignment to entry in nil map"));
                }
                others.remove(subset.name.as_str());
                subset.label(hash);
            } else if let Some(labels) = &mut subset.labels {
                labels.shift_remove(POD_TEMPLATE_HASH);
            }
        } else {
            continue;
        }
        desired.push(subset);
    }
    for (name, hash) in others {
        let labels = json!({POD_TEMPLATE_HASH: hash});
        desired.push(Subset { name: name.to_owned(), labels: labels.as_object().cloned(), extra: Map::new() });
    }
    Ok(desired)
}
