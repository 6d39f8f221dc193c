//! Which weight the routers get.

use std::sync::Arc;

use super::{
    context::{Context, borrowed},
    revision::REVISION,
    world::{Action, merge_patch},
};
use crate::{
    Value,
    rollouts::{
        objects::{Objects, Outcome, Write},
        replicas,
        spec::{AnalysisPhase, Canary, Text, TrafficWeights, WeightDestination},
        steps,
        traffic::{self, Pods, Router, Subject},
        weights,
    },
};

/// Weight, hash of the canary side, and what experiments get.
struct Wanted {
    weight: i32,
    canary: Text,
    destinations: Vec<WeightDestination>,
}

fn share(weight: i32, total: i32, full: i32) -> i32 {
    weight.wrapping_mul(total).checked_div(full).unwrap_or(0)
}

/// Kinds of the routers' objects, as they are named in actions.
fn kind_of(kind: &str) -> &'static str {
    match kind {
        "VirtualService" => "VirtualService",
        "DestinationRule" => "DestinationRule",
        "Ingress" => "Ingress",
        "TrafficSplit" => "TrafficSplit",
        "TraefikService" => "TraefikService",
        "ApisixRoute" => "ApisixRoute",
        "Mapping" => "Mapping",
        "VirtualRouter" => "VirtualRouter",
        "VirtualNode" => "VirtualNode",
        _ => "Object",
    }
}

impl Context<'_> {
    /// `reconcileTrafficRouting`.
    pub(crate) fn reconcile_traffic_routing(&mut self) -> Outcome {
        let spec = Arc::clone(&self.rollout.spec);
        let Some(canary) = &spec.strategy.canary else { return Ok(()) };
        let mut objects = std::mem::take(&mut self.world.objects);
        let outcome = self.route(canary, &mut objects);
        self.world.objects = objects;
        self.take_router_writes();
        outcome
    }

    fn route(&mut self, config: &Canary, objects: &mut Objects) -> Outcome {
        let rollout = &self.rollout;
        let (name, namespace, uid) = (rollout.metadata.name.clone(), rollout.metadata.namespace.clone(), rollout.metadata.uid.clone());
        let weighted = rollout.status.canary.weights.as_ref().map(|weights| weights.canary.pod_template_hash.clone());
        let subject = Subject {
            name: &name,
            namespace: &namespace,
            uid: &uid,
            stable_is_ping: rollout.status.canary.stable_ping_pong == "ping",
            abort: rollout.status.abort,
            fully_promoted: rollout.is_fully_promoted(),
            weighted_canary_hash: weighted.as_deref(),
            replicas: rollout.replicas(),
            // Istio alone looks at them, and only where no Service is named.
            replica_sets: if config.traffic_routing.as_ref().is_some_and(|routing| routing.istio.is_some())
                && config.canary_service.is_empty()
                && config.stable_service.is_empty()
            {
                let pods = |set: &super::world::Set| Pods {
                    name: set.metadata.name.to_string(),
                    hash: set.hash().to_owned(),
                    replicas: set.desired(),
                    available: set.status.available_replicas,
                };
                self.all.iter().map(pods).collect()
            } else {
                Vec::new()
            },
            smi_version: "v1alpha1",
        };
        let routers = traffic::routers(&subject, config);
        let plugins = config.traffic_routing.as_ref().and_then(|routing| routing.plugins.as_ref());
        if let Some((name, _)) = plugins.into_iter().flatten().next() {
            self.world.unknown = Some(format!("traffic is routed by the plugin {name:?}, whose answer is not here"));
        }
        if routers.is_empty() {
            self.status.canary.weights = None;
            return Ok(());
        }
        if config.traffic_routing.as_ref().is_some_and(|routing| routing.nginx.is_some()) {
            objects.freeze("Ingress");
        }
        for router in &routers {
            if !self.route_one(&**router, objects)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// One router; `false` ends the round.
    fn route_one(&mut self, router: &dyn Router, objects: &mut Objects) -> Outcome<bool> {
        let wanted = self.wanted_weight(router, objects)?;
        self.flush(objects);
        let full = self.rollout.max_traffic_weight();
        if !self.enough_stable_pods(full.wrapping_sub(wanted.weight)) {
            return Ok(false);
        }
        let outcome = self.tell(router, objects, &wanted);
        self.flush(objects);
        outcome?;
        self.record_weights(wanted, full);
        Ok(true)
    }

    /// Events of the router, in their place among our own.
    fn flush(&mut self, objects: &mut Objects) {
        self.world.events.append(&mut objects.events);
        let writes = std::mem::take(&mut objects.writes);
        self.world.objects.writes.extend(writes);
        self.take_router_writes();
    }

    fn wanted_weight(&mut self, router: &dyn Router, objects: &mut Objects) -> Outcome<Wanted> {
        let full = self.rollout.max_traffic_weight();
        let mut wanted = Wanted { weight: 0, canary: self.new_hash().into(), destinations: Vec::new() };
        let dynamic = self.rollout.canary().is_some_and(|canary| canary.dynamic_stable_scale);
        let new_available = self.new.as_ref().map_or(0, |set| set.status.available_replicas);
        let (_, index) = steps::current(&self.rollout);
        if let Some(previous) = self.rolling_back_to_stable() {
            wanted.weight = self.weight_on_way_back();
            wanted.canary = previous;
        } else if self.rollout.is_fully_promoted() {
            router.remove_managed_routes(objects)?;
        } else if self.pause.aborted(&self.rollout) {
            wanted.weight = self.weight_on_way_back();
            if !dynamic || wanted.weight == 0 {
                let spec = Arc::clone(&self.rollout.spec);
                let service = spec.strategy.canary.as_ref().map_or("", |canary| canary.canary_service.as_str());
                let stable = self.stable.clone();
                self.ensure_service_targets(service, stable.as_ref(), false)?;
            }
            router.remove_managed_routes(objects)?;
        } else if new_available == 0 {
            wanted.destinations = self.experiment_destinations();
            router.remove_managed_routes(objects)?;
        } else if self.rollout.status.promote_full {
            if dynamic {
                wanted.weight = share(full, new_available, self.rollout.replicas());
            } else if let Some(weights) = &self.rollout.status.canary.weights {
                wanted.weight = weights.canary.weight;
            }
            router.remove_managed_routes(objects)?;
        } else if let Some(index) = index {
            let at = replicas::at_desired(&self.rollout, self.new.as_deref(), self.stable.as_deref(), &borrowed(&self.other), None);
            let steps = self.rollout.steps();
            let position = usize::try_from(index).unwrap_or(0);
            if !at {
                let before = steps.get(..position.min(steps.len())).unwrap_or_default();
                wanted.weight = before.iter().rev().find_map(|step| step.set_weight).unwrap_or(0);
                wanted.destinations = self.experiment_destinations();
            } else if position != steps.len() {
                wanted.weight = weights::current_set_weight(&self.rollout);
                wanted.destinations = self.experiment_destinations();
            } else {
                wanted.weight = full;
            }
        }
        Ok(wanted)
    }

    /// `checkReplicasAvailable` for the stable ReplicaSet.
    fn enough_stable_pods(&self, weight: i32) -> bool {
        let Some(stable) = &self.stable else { return false };
        let wanted = share(weight, self.rollout.replicas(), self.rollout.max_traffic_weight());
        let threshold = self.rollout.canary().and_then(|canary| canary.replica_progress_threshold.as_ref());
        stable.status.available_replicas >= wanted || replicas::threshold_met(threshold, Some(stable), wanted)
    }

    fn tell(&mut self, router: &dyn Router, objects: &mut Objects, wanted: &Wanted) -> Outcome {
        let revision = self.rollout.metadata.annotations.get(REVISION).and_then(|text| crate::rollouts::spec::go_parse_i32(text));
        if revision.is_some_and(|revision| revision > 1)
            && let (Some(_), Some(index)) = steps::current(&self.rollout)
            && let Some(step) = usize::try_from(index).ok().and_then(|at| self.rollout.steps().get(at))
        {
            if let Some(route) = &step.set_header_route {
                router.set_header_route(objects, route)?;
            }
            if let Some(route) = &step.set_mirror_route {
                router.set_mirror_route(objects, route)?;
            }
        }
        let none_available = self.new.as_ref().is_none_or(|set| set.status.available_replicas == 0);
        if none_available && self.rollout.status.canary.weights.as_ref().is_some_and(|weights| weights.canary.weight > 0) {
            self.set_weight(router, objects, wanted)?;
        }
        let stable = self.stable.as_ref().map_or("", |set| set.hash());
        router.update_hash(objects, &wanted.canary, stable, &wanted.destinations)?;
        self.set_weight(router, objects, wanted)
    }

    fn set_weight(&mut self, router: &dyn Router, objects: &mut Objects, wanted: &Wanted) -> Outcome {
        let outcome = router.set_weight(objects, wanted.weight, &wanted.destinations);
        if let Err(failure) = &outcome {
            objects.warn("TrafficRoutingError", failure.message.clone());
        }
        outcome
    }

    /// `calculateWeightStatus`, and the event that tells of it.
    fn record_weights(&mut self, wanted: Wanted, full: i32) {
        let (canary_service, stable_service) =
            self.rollout.canary().map_or(("", ""), |canary| (canary.canary_service.as_str(), canary.stable_service.as_str()));
        let given = wanted.destinations.iter().fold(0i32, |sum, to| sum.wrapping_add(to.weight));
        let additional = wanted.destinations;
        let new = TrafficWeights {
            canary: WeightDestination { weight: wanted.weight, service_name: canary_service.into(), pod_template_hash: wanted.canary },
            stable: WeightDestination {
                weight: full.wrapping_sub(wanted.weight).wrapping_sub(given),
                service_name: stable_service.into(),
                pod_template_hash: self.stable.as_ref().map_or("", |set| set.hash()).into(),
            },
            additional,
            verified: None,
        };
        self.weights_checked = true;
        let old = self.rollout.status.canary.weights.as_ref();
        if old.is_some_and(|old| old.canary == new.canary && old.stable == new.stable && old.additional == new.additional) {
            return;
        }
        let mut details = Vec::new();
        match old {
            None => details.push(format!("to {}", new.canary.weight)),
            Some(old) => {
                if old.canary.weight != new.canary.weight {
                    details.push(format!("from {} to {}", old.canary.weight, new.canary.weight));
                }
                if old.additional != new.additional {
                    let shown: Vec<String> =
                        new.additional.iter().map(|to| format!("{{{} {} {}}}", to.weight, to.service_name, to.pod_template_hash)).collect();
                    details.push(format!("additional: [{}]", shown.join(" ")));
                }
            }
        }
        self.world.event("TrafficWeightUpdated", format!("Traffic weight updated {}", details.join(", ")));
        self.status.canary.weights = Some(new);
    }

    /// `calculateDesiredWeightOnAbortOrStableRollback`: traffic goes back as stable pods come up.
    fn weight_on_way_back(&self) -> i32 {
        let dynamic = self.rollout.canary().is_some_and(|canary| canary.dynamic_stable_scale);
        let replicas = self.rollout.replicas();
        let (true, Some(stable), Some(new)) = (dynamic && replicas != 0, self.stable.as_deref(), self.new.as_deref()) else { return 0 };
        let full = self.rollout.max_traffic_weight();
        let desired = weights::desired_canary_weight(&self.rollout, Some(new), Some(stable));
        let standing = share(full, stable.status.available_replicas, replicas);
        let expected = full.wrapping_sub(standing).max(0);
        let Some(current) = self.rollout.status.canary.weights.as_ref().map(|weights| weights.canary.weight) else {
            return expected.max(desired);
        };
        if desired <= 0 {
            return expected.min(current);
        }
        if standing < full.wrapping_sub(desired) { current } else { desired.min(current) }
    }

    /// `calculateWeightDestinationsFromExperiment`: only while the experiment runs.
    fn experiment_destinations(&self) -> Vec<WeightDestination> {
        let Some(step) = steps::current_experiment(&self.rollout) else { return Vec::new() };
        let Some(experiment) = self.experiment.as_ref().filter(|experiment| experiment.status.phase == AnalysisPhase::Running) else {
            return Vec::new();
        };
        let weight = |name: &str| step.templates.iter().find(|template| template.name == name).and_then(|template| template.weight);
        experiment
            .status
            .template_statuses
            .iter()
            .filter_map(|status| {
                let weight = weight(&status.name)?;
                Some(WeightDestination {
                    weight,
                    service_name: status.service_name.as_str().into(),
                    pod_template_hash: status.pod_template_hash.as_str().into(),
                })
            })
            .collect()
    }

    /// Turns what the routers wrote into actions.
    fn take_router_writes(&mut self) {
        let writes = std::mem::take(&mut self.world.objects.writes);
        self.world.events.append(&mut self.world.objects.events);
        for write in writes {
            match write {
                Write::Create { kind, mut object } => {
                    let name = crate::rollouts::objects::text(&object, "/metadata/name").to_owned();
                    if let Some(members) = object.as_object_mut().filter(|_| kind == "Ingress" || kind == "TrafficSplit") {
                        members.shift_remove("apiVersion");
                        members.shift_remove("kind");
                    }
                    self.world.touch();
                    self.world.note(|| Action::Create { kind: kind_of(&kind), name, object });
                }
                Write::Update { kind, name, before, after } => {
                    let kind = kind_of(&kind);
                    self.world.reference_verdict = None;
                    self.world.note(|| Action::Update {
                        kind,
                        name: name.clone(),
                        change: merge_patch(&before, &after).unwrap_or(Value::Null),
                    });
                    if !self.world.rerouted.iter().any(|(known, other, _)| *known == kind && *other == name) {
                        self.world.rerouted.push((kind, name, before));
                    }
                }
                Write::Delete { kind, name } => {
                    self.world.touch();
                    self.world.note(|| Action::Delete { kind: kind_of(&kind), name });
                }
            }
        }
    }
}
