//! Rollouts, played through: limits on pods, sums of weights, the way back after an abort, and rest.

use std::collections::BTreeMap;

use lofting::Value;
use lofting::rollouts::reconcile::{Action, reconcile};
use lofting::rollouts::simulate::faults::Faults;
use lofting::rollouts::simulate::state::{End, Entry};
use lofting::rollouts::simulate::{play, simulate};
use lofting::wire;
use proptest::prelude::*;
use serde_json::json;

/// A share of pods or a number of them, as the two limits are written.
fn limit() -> impl Strategy<Value = Value> {
    prop_oneof![(0..4).prop_map(|pods| json!(pods)), (0..=100).prop_map(|share| json!(format!("{share}%")))]
}

fn pause() -> impl Strategy<Value = Value> {
    (1..120).prop_map(|seconds| json!({"pause": {"duration": seconds}}))
}

/// Steps whose weights rise, with pauses that end by themselves.
fn steps() -> impl Strategy<Value = Vec<Value>> {
    (proptest::collection::btree_set(0..=100, 0..6), proptest::collection::vec(proptest::option::of(pause()), 6)).prop_map(
        |(weights, pauses)| {
            let steps = weights.into_iter().zip(pauses);
            steps.flat_map(|(weight, pause)| [Some(json!({"setWeight": weight})), pause]).flatten().collect()
        },
    )
}

fn rollout(replicas: i32, strategy: Value) -> Value {
    json!({
        "metadata": {"name": "app"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "app"}},
            "template": {"metadata": {"labels": {"app": "app"}}, "spec": {"containers": [{"name": "app", "image": "app:v1"}]}},
            "strategy": strategy,
        },
    })
}

/// Without traffic routing: its pods are its weights.
fn basic() -> impl Strategy<Value = Value> {
    (0..12, limit(), limit(), steps()).prop_map(|(replicas, surge, unavailable, steps)| {
        rollout(replicas, json!({"canary": {"maxSurge": surge, "maxUnavailable": unavailable, "steps": steps}}))
    })
}

/// With Istio: services, and the weights of a VirtualService.
fn routed() -> impl Strategy<Value = Value> {
    (1..8, steps(), any::<bool>()).prop_map(|(replicas, steps, dynamic)| {
        let istio = json!({"virtualService": {"name": "vs", "routes": ["primary"]}});
        let canary = json!({
            "stableService": "stable",
            "canaryService": "canary",
            "dynamicStableScale": dynamic,
            "trafficRouting": {"istio": istio},
            "steps": steps,
        });
        rollout(replicas, json!({"canary": canary}))
    })
}

fn blue_green() -> impl Strategy<Value = Value> {
    (1..8, any::<bool>(), 0..60).prop_map(|(replicas, auto, seconds)| {
        let strategy = json!({
            "activeService": "active",
            "previewService": "preview",
            "autoPromotionEnabled": auto,
            "autoPromotionSeconds": seconds,
        });
        rollout(replicas, json!({"blueGreen": strategy}))
    })
}

fn any_rollout() -> impl Strategy<Value = Value> {
    prop_oneof![basic(), routed(), blue_green()]
}

/// An update, then whatever users do.
fn events() -> impl Strategy<Value = Vec<Value>> {
    let verbs = ["promote", "promoteFull", "abort", "retry", "pause", "resume", "undo", "restart"];
    let event = (1..600, proptest::sample::select(verbs.to_vec())).prop_map(|(at, verb)| json!({"at": format!("{at}s"), "do": verb}));
    proptest::collection::vec(event, 0..5).prop_map(|more| {
        let mut events = vec![json!({"at": "0s", "do": "setImage", "image": "app:v2"})];
        events.extend(more);
        events
    })
}

fn scenario() -> impl Strategy<Value = Value> {
    (events(), 0..40).prop_map(|(events, ready)| json!({"events": events, "pods": {"readyAfter": format!("{ready}s")}}))
}

fn total(entry: &Entry, count: impl Fn(&lofting::rollouts::simulate::state::Set) -> i32) -> i32 {
    entry.replica_sets.values().map(count).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Upstream guarantees the limits of a canary without traffic routing as long as `spec.replicas` stays and
    /// no pod that was available is lost to a restart.
    #[test]
    fn pods_stay_within_surge_and_unavailability(rollout in basic(), ready in 0..40) {
        let limits = wire::call("rollout.replicas", json!({"rollout": rollout})).unwrap();
        let of = |key: &str| limits[key].as_i64().unwrap() as i32;
        let (surge, unavailable) = (of("maxSurge"), of("maxUnavailable"));
        let replicas = rollout["spec"]["replicas"].as_i64().unwrap() as i32;
        let scenario = json!({
            "events": [{"at": "0s", "do": "setImage", "image": "app:v2"}],
            "pods": {"readyAfter": format!("{ready}s")},
            "detail": "reconciles",
        });
        let timeline = simulate(&rollout, &scenario).unwrap().timeline;
        // Both limits zero is a spec that the controller refuses.
        prop_assume!(timeline.iter().all(|entry| entry.error.is_none()));
        for entry in &timeline {
            let (size, available) = (total(entry, |set| set.spec), total(entry, |set| set.available));
            prop_assert!(size <= replicas + surge, "{size} pods at {} s, {replicas} wanted and {surge} more allowed", entry.at);
            prop_assert!(available >= replicas - unavailable, "{available} available at {} s of {replicas}, {unavailable} fewer allowed", entry.at);
        }
    }

    /// `workloadRef`: from where a template is taken makes no difference to the pods.
    #[test]
    fn a_referenced_template_plays_as_ones_own(rollout in any_rollout(), scenario in scenario()) {
        let mut referring = rollout.clone();
        let spec = referring["spec"].as_object_mut().unwrap();
        let template = spec.shift_remove("template").unwrap();
        let selector = spec.shift_remove("selector").unwrap();
        spec.insert("workloadRef".into(), json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "old"}));
        let mut with = scenario.clone();
        with["objects"] = json!([{
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "old"},
            "spec": {"selector": selector, "template": template},
        }]);
        // Services that are made up for a scenario select what the Rollout's own selector says.
        let courses = [simulate(&rollout, &scenario).unwrap(), simulate(&referring, &with).unwrap()].map(|trace| {
            let mut course: Vec<_> = trace.timeline.into_iter().map(|entry| (entry.at, entry.stable, entry.current, entry.replica_sets)).collect();
            course.dedup_by(|later, earlier| later.1 == earlier.1 && later.2 == earlier.2 && later.3 == earlier.3);
            (course, trace.summary.phase, trace.summary.end)
        });
        prop_assert_eq!(&courses[0], &courses[1]);
    }

    #[test]
    fn weights_sum_to_a_hundred(rollout in routed(), scenario in scenario()) {
        for entry in &simulate(&rollout, &scenario).unwrap().timeline {
            if let Some((canary, stable, more)) = entry.weights.as_ref().map(|weights| weights.told()) {
                prop_assert_eq!(canary + stable + more, 100, "at {} s", entry.at);
            }
            for routes in entry.virtual_services.iter().flat_map(|services| services.values()) {
                for route in routes.value().as_array().into_iter().flatten() {
                    let destinations = route["route"].as_array().into_iter().flatten();
                    let sum: i64 = destinations.map(|to| to["weight"].as_i64().unwrap()).sum();
                    prop_assert_eq!(sum, 100, "the route at {} s", entry.at);
                }
            }
        }
    }

    #[test]
    fn an_aborted_rollout_returns_to_stable(rollout in any_rollout(), at in 0..120) {
        let update = json!({"at": "0s", "do": "setImage", "image": "app:v2"});
        let scenario = json!({"events": [update, {"at": format!("{at}s"), "do": "abort"}]});
        // Without pods there is nothing that an update could wait for.
        prop_assume!(rollout["spec"]["replicas"] != json!(0));
        let trace = simulate(&rollout, &scenario).unwrap();
        prop_assume!(trace.timeline.iter().all(|entry| entry.error.is_none()));
        let last = trace.timeline.last().unwrap();
        prop_assert_eq!(trace.summary.end, End::Stable);
        if !last.abort {
            // The update was over before the abort, which then means nothing.
            prop_assert_eq!(&last.stable, &last.current);
            return Ok(());
        }
        let replicas = rollout["spec"]["replicas"].as_i64().unwrap() as i32;
        prop_assert_eq!((last.phase.as_str(), last.stable.as_str(), last.current.as_str()), ("Degraded", "r1", "r2"));
        prop_assert_eq!(last.replica_sets["r1"].available, replicas);
        prop_assert_eq!(last.replica_sets["r2"].spec, 0);
        prop_assert!(last.step.is_none_or(|step| step == 0));
        if let Some(weights) = &last.weights {
            prop_assert_eq!(weights.told().0, 0);
        }
        for service in ["stable", "active"] {
            prop_assert!(last.services.get(service).is_none_or(|role| role == "r1"), "{service} selects {:?}", last.services.get(service));
        }
    }

    #[test]
    fn the_same_scenario_plays_the_same(rollout in any_rollout(), scenario in scenario()) {
        prop_assert_eq!(simulate(&rollout, &scenario).unwrap(), simulate(&rollout, &scenario).unwrap());
    }

    #[test]
    fn a_settled_rollout_is_left_alone(rollout in any_rollout(), scenario in scenario()) {
        let played = play(&rollout, &scenario, &Faults::default()).unwrap();
        prop_assume!(played.trace.summary.end == End::Stable);
        let again = reconcile(&played.rollout, &played.world, played.now);
        // While an aborted update is paused and its pods are up, v1.10.2 switches the canary Service there and back in each reconcile.
        let last = played.trace.timeline.last().unwrap();
        let mut selected = BTreeMap::new();
        for action in &again.actions {
            let Action::Update { kind: "Service", name, change } = action else { panic!("{action:?}") };
            selected.insert(name.as_str(), change["spec"]["selector"]["rollouts-pod-template-hash"].as_str().unwrap());
        }
        for (name, role) in selected {
            prop_assert_eq!(role, last.services[name].as_str(), "the Service {}", name);
        }
        prop_assert_eq!(&again.rollout, &played.rollout);
        let third = reconcile(&again.rollout, &again.world, played.now);
        prop_assert_eq!((third.rollout, third.events.len()), (again.rollout, again.events.len()));
    }
}
