//! Services follow the ReplicaSets.

use std::sync::Arc;

use serde_json::json;

use super::{
    context::Context,
    world::{Action, Set},
};
use crate::{
    Map, Value,
    rollouts::{
        objects::{Failure, Outcome},
        spec::{POD_TEMPLATE_HASH, ReplicaSet, Service, Text},
        traffic::MANAGED_BY,
    },
};

/// `GetRolloutSelectorLabel`: the hash a Service selects, "" without one.
pub(crate) fn selected(service: &Service) -> &str {
    service.spec.selector.get(POD_TEMPLATE_HASH).map_or("", String::as_str)
}

/// `IsReplicaSetAvailable`.
fn is_available(set: &ReplicaSet) -> bool {
    let (size, available) = (set.desired(), set.status.available_replicas);
    size != 0 && available != 0 && size <= available
}

impl Context<'_> {
    /// A Service as the informer has it.
    pub(crate) fn service(&self, name: &str) -> Option<&Service> {
        let namespace = &self.rollout.metadata.namespace;
        self.services
            .iter()
            .find(|service| service.metadata.name == name && service.metadata.namespace == *namespace)
            .map(|service| &**service)
    }

    pub(crate) fn expect_service(&self, name: &str) -> Outcome<&Service> {
        self.service(name).ok_or_else(|| Failure::not_found("service", name))
    }

    /// `switchServiceSelector`. The informer's copy learns the selector, but not the annotation.
    pub(crate) fn switch_service(&mut self, name: &str, hash: &str) -> Outcome {
        let service = self.expect_service(name)?;
        let managed = service.metadata.annotations.contains_key(MANAGED_BY);
        let old = service.spec.selector.get(POD_TEMPLATE_HASH).cloned();
        if old.as_deref() == Some(hash) && managed {
            return Ok(());
        }
        let rollout = self.rollout.metadata.name.to_string();
        let namespace = self.rollout.metadata.namespace.clone();
        let same = |service: &&mut Arc<Service>| service.metadata.name == name && service.metadata.namespace == namespace;
        let mut change = Map::new();
        if let Some(stored) = self.world.services.iter_mut().find(same) {
            if !self.world.switched.iter().any(|service| service.metadata.name == name) {
                self.world.switched.push(Arc::clone(stored));
            }
            let stored = Arc::make_mut(stored);
            if !managed && stored.metadata.annotations.get(MANAGED_BY) != Some(&rollout) {
                change.insert("metadata".into(), json!({"annotations": {MANAGED_BY: rollout}}));
                stored.metadata.annotations.insert(MANAGED_BY.into(), rollout);
            }
            if stored.spec.selector.get(POD_TEMPLATE_HASH).map(String::as_str) != Some(hash) {
                change.insert("spec".into(), json!({"selector": {POD_TEMPLATE_HASH: hash}}));
                stored.spec.selector.insert(POD_TEMPLATE_HASH.into(), hash.to_owned());
            }
        }
        if !change.is_empty() {
            self.world.note(|| Action::Update { kind: "Service", name: name.to_owned(), change: Value::Object(change) });
        }
        let old = old.unwrap_or_default();
        self.world.event("SwitchService", format!("Switched selector for service '{name}' from '{old}' to '{hash}'"));
        if let Some(cached) = self.services.iter_mut().find(same) {
            Arc::make_mut(cached).spec.selector.insert(POD_TEMPLATE_HASH.into(), hash.to_owned());
        }
        Ok(())
    }

    /// `ensureSVCTargets`: an unmanaged Service needs a full ReplicaSet, any switch one available pod.
    pub(crate) fn ensure_service_targets(&mut self, name: &str, set: Option<&Set>, check: bool) -> Outcome {
        let Some(set) = set else { return Ok(()) };
        if name.is_empty() {
            return Ok(());
        }
        let service = self.expect_service(name)?;
        if selected(service) == set.hash() {
            return Ok(());
        }
        let managed = service.metadata.annotations.contains_key(MANAGED_BY);
        if check && ((!managed && !is_available(set)) || set.status.available_replicas <= 0) {
            return Ok(());
        }
        let hash = set.hash().to_owned();
        self.switch_service(name, &hash)
    }

    /// `reconcilePingAndPongService`.
    pub(crate) fn reconcile_ping_pong(&mut self) -> Outcome {
        let Some(pair) = self.rollout.canary().and_then(|canary| canary.ping_pong.as_ref()) else { return Ok(()) };
        if self.rollout.is_fully_promoted() {
            return Ok(());
        }
        let ping = self.rollout.status.canary.stable_ping_pong == "ping";
        let canary = if ping { pair.pong_service.clone() } else { pair.ping_service.clone() };
        let new = self.new.clone();
        self.ensure_service_targets(&canary, new.as_ref(), false)
    }

    /// `reconcileStableAndCanaryService`.
    pub(crate) fn reconcile_stable_and_canary_service(&mut self) -> Outcome {
        let spec = Arc::clone(&self.rollout.spec);
        let Some(canary) = &spec.strategy.canary else { return Ok(()) };
        let (canary_service, stable_service) = (&canary.canary_service, &canary.stable_service);
        let basic = canary.traffic_routing.is_none();
        let (new, stable) = (self.new.clone(), self.stable.clone());
        self.ensure_service_targets(stable_service, stable.as_ref(), true)?;
        if self.pause.aborted(&self.rollout) && basic {
            return self.ensure_service_targets(canary_service, stable.as_ref(), true);
        }
        if self.rolling_back_to_stable().is_some() {
            return Ok(());
        }
        self.ensure_service_targets(canary_service, new.as_ref(), true)
    }

    /// `IsDynamicallyRollingBackToStable`: the hash that had the canary's traffic before.
    pub(crate) fn rolling_back_to_stable(&self) -> Option<Text> {
        let canary = self.rollout.canary().filter(|canary| canary.traffic_routing.is_some() && canary.dynamic_stable_scale)?;
        let _ = canary;
        if !self.rollout.is_fully_promoted() {
            return None;
        }
        let was = &self.rollout.status.canary.weights.as_ref()?.canary.pod_template_hash;
        if was == self.new_hash() {
            return None;
        }
        let available = self.new.as_ref().map_or(0, |set| set.status.available_replicas);
        (available < self.rollout.replicas()).then(|| was.clone())
    }
}
