//! What can be seen of the world at a moment.

use crate::rollouts::objects::AtPath;
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use smol_str::format_smolstr;

use super::{
    Simulation,
    state::{Absent, BlueGreen, Condition, Entry, Part, Pause, PauseReason, Replicas, Run, Set},
};
use crate::{
    Value,
    rollouts::{
        objects::text,
        reconcile::{revision::REVISION, scaling::DEADLINE},
        spec::{POD_TEMPLATE_HASH, Rollout, Text, Time, Word},
        weights, why,
    },
};

fn revision(annotations: &BTreeMap<String, String>) -> Text {
    annotations.get(REVISION).map(Text::from).unwrap_or_default()
}

/// A word that is known when the library is built is not copied.
fn word(word: &Word) -> Text {
    match word {
        Cow::Borrowed(known) => Text::new_static(known),
        Cow::Owned(other) => other.as_str().into(),
    }
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
            phase: status.phase.clone(),
            message: status.message.clone(),
            revision: revision(&rollout.metadata.annotations),
            current: status.current_pod_hash.clone(),
            stable: status.stable_rs.clone(),
            step: status.current_step_index,
            abort: status.abort,
            aborted_at: self.seconds(status.aborted_at),
            promote_full: status.promote_full,
            error: (!self.error.is_empty()).then(|| self.error.as_str().into()),
            ..Entry::default()
        };
        let since = |condition: &crate::rollouts::spec::PauseCondition| PauseReason {
            reason: condition.reason.clone(),
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
            entry.weights.clone_from(&status.canary.weights);
            entry.stable_ping_pong = status.canary.stable_ping_pong.clone();
        } else if rollout.blue_green().is_some() {
            entry.blue_green = Some(BlueGreen {
                active: status.blue_green.active_selector.clone(),
                preview: status.blue_green.preview_selector.clone(),
                scale_up_preview_check_point: status.blue_green.scale_up_preview_check_point,
            });
        }
        self.show_objects(&mut entry);
        self.show_routing(&mut entry);
        for condition in &status.conditions {
            let told = matches!(&*condition.kind, "Progressing" | "InvalidSpec");
            let shown = Condition {
                status: word(&condition.status),
                reason: word(&condition.reason),
                message: told.then(|| condition.message.clone()),
            };
            entry.conditions.insert(word(&condition.kind), shown);
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
            entry.replica_sets.insert(self.role(&set.metadata.name).into(), shown);
        }
        for service in self.world.services.iter().filter(|service| service.metadata.namespace == self.world.rollout.metadata.namespace) {
            let selected = service.spec.selector.get(POD_TEMPLATE_HASH).map(Text::from).unwrap_or_default();
            entry.services.insert(service.metadata.name.clone(), selected);
        }
        for run in &self.world.analysis_runs {
            let kind = run.metadata.labels.get("rollout-type").map(Text::from).unwrap_or_default();
            let shown = Run {
                r#type: Some(kind),
                phase: run.status.phase.as_str().into(),
                message: run.status.message.as_str().into(),
                terminate: run.spec.terminate,
            };
            entry.analysis_runs.insert(run.metadata.name.clone(), shown);
        }
        for experiment in &self.world.experiments {
            let shown = Run {
                r#type: None,
                phase: experiment.status.phase.as_str().into(),
                message: experiment.status.message.as_str().into(),
                terminate: experiment.spec.terminate,
            };
            entry.experiments.insert(experiment.metadata.name.clone(), shown);
        }
    }

    fn show_routing(&self, entry: &mut Entry) {
        let rollout = &self.world.rollout;
        let Some(routing) = rollout.traffic_routing() else { return };
        let namespace = rollout.metadata.namespace.as_str();
        let seen =
            |kind: &'static str| self.world.objects.of_kind(kind).filter(|(_, object)| text(object, "/metadata/namespace") == namespace);
        let all = |kind: &'static str, what: &'static str| -> BTreeMap<Text, Part> {
            seen(kind).map(|(name, object)| (name.into(), Part::new(object, what, Absent::Null))).collect()
        };
        let named = |kind: &'static str| {
            seen(kind).map(move |(name, object)| (format_smolstr!("{kind}/{name}"), Part::new(object, "/spec", Absent::Null)))
        };
        if routing.istio.is_some() {
            entry.virtual_services = Some(all("VirtualService", "/spec/http"));
            let label = |subset: &Value| text(subset.at_path("/labels").unwrap_or(&Value::Null), "/rollouts-pod-template-hash").into();
            let subsets = |rule: &Value| {
                let list = rule.at_path("/spec/subsets").and_then(Value::as_array).into_iter().flatten();
                list.map(|subset| (text(subset, "/name").into(), label(subset))).collect()
            };
            entry.destination_rules = seen("DestinationRule").map(|(name, rule)| (name.into(), subsets(rule))).collect();
        }
        for kind in ["TraefikService", "ApisixRoute", "Mapping", "VirtualRouter", "VirtualNode"] {
            entry.routers.extend(named(kind));
        }
        if routing.app_mesh.is_some() {
            entry.routers.extend(named("VirtualService"));
        }
        if routing.nginx.is_some() || routing.alb.is_some() {
            let annotations =
                |(name, object): (&str, &Arc<Value>)| (name.into(), Part::new(object, "/metadata/annotations", Absent::Empty));
            entry.ingresses = Some(seen("Ingress").map(annotations).collect());
        }
        if routing.smi.is_some() {
            entry.traffic_splits = Some(all("TrafficSplit", "/spec"));
        }
    }
}
