//! What can be seen of the world at a moment.

use crate::rollouts::objects::AtPath;
use std::collections::BTreeMap;

use super::{
    Simulation,
    state::{BlueGreen, Condition, Entry, Pause, PauseReason, Replicas, Run, Set},
};
use crate::{
    Value,
    rollouts::{
        objects::text,
        reconcile::{answer, revision::REVISION, scaling::DEADLINE},
        spec::{POD_TEMPLATE_HASH, Rollout, Time},
        weights, why,
    },
};

fn revision(annotations: &BTreeMap<String, String>) -> String {
    annotations.get(REVISION).cloned().unwrap_or_default()
}

impl Simulation {
    fn seconds(&self, time: Option<Time>) -> Option<i64> {
        let seconds = i64::try_from(time?.0.as_nanosecond().div_euclid(1_000_000_000)).ok()?;
        Some(seconds - self.scenario.start)
    }

    /// Adds an entry when something visible changed.
    pub(super) fn observe(&mut self) {
        if !std::mem::take(&mut self.touched) {
            return;
        }
        let mut entry = self.state();
        if let Some(last) = self.timeline.last_mut() {
            let events = std::mem::take(&mut last.events);
            entry.at = last.at;
            let same = entry == *last;
            last.events = events;
            if same {
                return;
            }
        }
        entry.at = self.now - self.scenario.start;
        for event in self.world.events.drain(..) {
            let line = format!("{}: {}", event.reason, event.message);
            if !entry.events.contains(&line) {
                entry.events.push(line);
            }
        }
        self.timeline.push(entry);
    }

    fn state(&self) -> Entry {
        let rollout = &self.world.rollout;
        let status = &rollout.status;
        let mut entry = Entry {
            phase: status.phase.to_string(),
            message: status.message.to_string(),
            revision: revision(&rollout.metadata.annotations),
            current: status.current_pod_hash.to_string(),
            stable: status.stable_rs.to_string(),
            step: status.current_step_index,
            abort: status.abort,
            aborted_at: self.seconds(status.aborted_at),
            promote_full: status.promote_full,
            error: (!self.error.is_empty()).then(|| self.error.clone()),
            ..Entry::default()
        };
        let since = |condition: &crate::rollouts::spec::PauseCondition| PauseReason {
            reason: condition.reason.to_string(),
            since: self.seconds(condition.start_time),
        };
        entry.pause = Pause {
            spec: rollout.spec.paused,
            controller: status.controller_pause,
            conditions: status.pause_conditions.iter().map(since).collect(),
        };
        entry.replicas = Replicas {
            desired: rollout.spec.replicas,
            current: status.replicas,
            updated: status.updated_replicas,
            ready: status.ready_replicas,
            available: status.available_replicas,
            hpa: status.hpa_replicas,
        };
        if rollout.canary().is_some() {
            let wanted = weights::current_set_weight(rollout);
            entry.set_weight = Some(wanted);
            entry.actual_weight = Some(self.actual_weight(rollout));
            entry.weights = answer::weights(status);
            entry.stable_ping_pong = status.canary.stable_ping_pong.to_string();
        } else if rollout.blue_green().is_some() {
            entry.blue_green = Some(BlueGreen {
                active: status.blue_green.active_selector.to_string(),
                preview: status.blue_green.preview_selector.to_string(),
                scale_up_preview_check_point: status.blue_green.scale_up_preview_check_point,
            });
        }
        self.show_objects(&mut entry);
        self.show_routing(&mut entry);
        for condition in &status.conditions {
            let told = matches!(&*condition.kind, "Progressing" | "InvalidSpec");
            let shown = Condition {
                status: condition.status.to_string(),
                reason: condition.reason.to_string(),
                message: told.then(|| condition.message.to_string()),
            };
            entry.conditions.insert(condition.kind.to_string(), shown);
        }
        entry
    }

    /// As `kubectl argo rollouts get` shows it.
    fn actual_weight(&self, rollout: &Rollout) -> i32 {
        let sets = self.world.replica_sets.iter().filter(|set| !self.of_experiment(set)).map(|set| &**set);
        why::actual_weight(rollout, sets)
    }

    fn show_objects(&self, entry: &mut Entry) {
        for set in &self.world.replica_sets {
            let deadline = set.metadata.annotations.get(DEADLINE).and_then(|text| Time::parse(text));
            let shown = Set {
                revision: revision(&set.metadata.annotations),
                spec: set.desired(),
                replicas: set.status.replicas,
                ready: set.status.ready_replicas,
                available: set.status.available_replicas,
                scale_down_at: self.seconds(deadline),
            };
            entry.replica_sets.insert(self.role(&set.metadata.name).to_owned(), shown);
        }
        for service in self.world.services.iter().filter(|service| service.metadata.namespace == self.world.rollout.metadata.namespace) {
            let selected = service.spec.selector.get(POD_TEMPLATE_HASH).cloned().unwrap_or_default();
            entry.services.insert(service.metadata.name.to_string(), selected);
        }
        for run in &self.world.analysis_runs {
            let kind = run.metadata.labels.get("rollout-type").cloned().unwrap_or_default();
            let shown = Run {
                r#type: Some(kind),
                phase: run.status.phase.as_str().to_owned(),
                message: run.status.message.clone(),
                terminate: run.spec.terminate,
            };
            entry.analysis_runs.insert(run.metadata.name.to_string(), shown);
        }
        for experiment in &self.world.experiments {
            let shown = Run {
                r#type: None,
                phase: experiment.status.phase.as_str().to_owned(),
                message: experiment.status.message.clone(),
                terminate: experiment.spec.terminate,
            };
            entry.experiments.insert(experiment.metadata.name.to_string(), shown);
        }
    }

    fn show_routing(&self, entry: &mut Entry) {
        let rollout = &self.world.rollout;
        let Some(routing) = rollout.traffic_routing() else { return };
        let namespace = rollout.metadata.namespace.as_str();
        let all = |kind: &'static str, what: &str| -> BTreeMap<String, Value> {
            let shown = self.world.objects.of_kind(kind).filter(|(_, object)| text(object, "/metadata/namespace") == namespace);
            shown.map(|(name, object)| (name.to_owned(), object.at_path(what).cloned().unwrap_or_default())).collect()
        };
        if routing.istio.is_some() {
            entry.virtual_services = Some(all("VirtualService", "/spec/http"));
            let rules = all("DestinationRule", "/spec/subsets");
            let label = |subset: &Value| text(subset.at_path("/labels").unwrap_or(&Value::Null), "/rollouts-pod-template-hash").to_owned();
            let subsets = |list: &Value| {
                let list = list.as_array().into_iter().flatten();
                list.map(|subset| (text(subset, "/name").to_owned(), label(subset))).collect()
            };
            entry.destination_rules = rules.into_iter().map(|(name, list)| (name, subsets(&list))).collect();
        }
        for kind in ["TraefikService", "ApisixRoute", "Mapping", "VirtualRouter", "VirtualNode"] {
            entry.routers.extend(all(kind, "/spec").into_iter().map(|(name, spec)| (format!("{kind}/{name}"), spec)));
        }
        if routing.app_mesh.is_some() {
            entry.routers.extend(all("VirtualService", "/spec").into_iter().map(|(name, spec)| (format!("VirtualService/{name}"), spec)));
        }
        if routing.nginx.is_some() || routing.alb.is_some() {
            let plain = |value: Value| if value.is_null() { Value::Object(crate::Map::new()) } else { value };
            let ingresses = all("Ingress", "/metadata/annotations");
            entry.ingresses = Some(ingresses.into_iter().map(|(name, annotations)| (name, plain(annotations))).collect());
        }
        if routing.smi.is_some() {
            entry.traffic_splits = Some(all("TrafficSplit", "/spec"));
        }
    }
}
