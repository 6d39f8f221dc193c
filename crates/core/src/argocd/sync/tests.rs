//! Properties that every plan has, over small random Applications.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::json;

use super::plan::{Plan, PlanRequest, plan};
use super::toy::Assume;
use super::{Operation, OperationPhase, Verb};
use crate::Value;

/// A small generator of numbers; the same seed gives the same Application.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.roll(from.len() as u64)).unwrap()]
    }
}

fn object(dice: &mut Dice, index: usize, live: bool) -> Value {
    const KINDS: [(&str, &str); 6] = [
        ("v1", "ConfigMap"),
        ("apps/v1", "Deployment"),
        ("v1", "Service"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole"),
        ("batch/v1", "Job"),
        ("v1", "Secret"),
    ];
    let (version, kind) = *dice.pick(&KINDS);
    let mut annotations = json!({});
    if dice.roll(2) == 0 {
        annotations["argocd.argoproj.io/sync-wave"] = (*dice.pick(&["-1", "0", "1", "2", "5"])).into();
    }
    if !live && dice.roll(5) == 0 {
        annotations["argocd.argoproj.io/hook"] = (*dice.pick(&["PreSync", "PostSync", "SyncFail", "Sync"])).into();
    }
    if dice.roll(4) == 0 {
        annotations["argocd.argoproj.io/sync-options"] = (*dice.pick(&["Prune=false", "Prune=true", "PruneLast=true"])).into();
    }
    let name = format!("o{index}");
    let mut metadata = json!({ "name": name, "annotations": annotations });
    if live {
        let group = version.split_once('/').map_or("", |(group, _)| group);
        metadata["annotations"]["argocd.argoproj.io/tracking-id"] = format!("web:{group}/{kind}:web/{name}").into();
        if kind != "ClusterRole" {
            metadata["namespace"] = "web".into();
        }
    }
    json!({ "apiVersion": version, "kind": kind, "metadata": metadata })
}

fn request(seed: u64) -> PlanRequest {
    let mut dice = Dice(seed);
    let count = 2 + usize::try_from(dice.roll(7)).unwrap();
    let mut health = json!({});
    let targets: Vec<Value> = (0..count).map(|index| object(&mut dice, index, false)).collect();
    let live: Vec<Value> = (count..count + 4).map(|index| object(&mut dice, index, true)).collect();
    for target in &targets {
        if dice.roll(3) == 0 {
            let group = target["apiVersion"].as_str().unwrap().split_once('/').map_or("", |(group, _)| group);
            let namespace = if target["kind"] == "ClusterRole" { "" } else { "web" };
            let key = format!("{group}/{}/{namespace}/{}", target["kind"].as_str().unwrap(), target["metadata"]["name"].as_str().unwrap());
            health[key] = dice
                .pick(&[
                    json!([{ "status": "Progressing" }, { "status": "Healthy" }]),
                    json!([{ "status": "Degraded", "message": "broken" }]),
                    json!([{ "status": "Suspended" }]),
                    json!([{ "status": "Progressing" }, { "status": "Progressing" }, { "status": "Healthy" }]),
                ])
                .clone();
        }
    }
    PlanRequest {
        application: json!({
            "metadata": { "name": "web", "namespace": "argocd" },
            "spec": { "destination": { "server": "https://kubernetes.default.svc", "namespace": "web" } },
        }),
        targets,
        live,
        operation: Some(Operation::deserialize(json!({ "sync": { "prune": true } })).unwrap()),
        revision: "0123456789abcdef".to_owned(),
        assume: Assume::deserialize(json!({ "health": health })).unwrap(),
        ..PlanRequest::default()
    }
}

fn check(seed: u64, property: impl Fn(&PlanRequest, &Plan)) {
    let request = request(seed);
    let plan = plan(&request).unwrap();
    property(&request, &plan);
}

#[test]
fn waves_wait_for_earlier_ones() {
    for seed in 0..120 {
        check(seed, |_, plan| {
            let mut states = HashMap::new();
            for pass in &plan.passes {
                // Health is looked at before anything is applied.
                for result in &pass.results {
                    states.insert((result.key.clone(), result.sync_phase), result.state);
                }
                for action in pass.actions.iter().filter(|action| !action.dry_run && action.verb == Verb::Apply) {
                    let Some((phase, wave)) = action.task else { continue };
                    if phase == super::SyncPhase::SyncFail {
                        continue;
                    }
                    for task in plan.tasks.iter().filter(|task| !task.is_prune && (task.phase, task.wave) < (phase, wave)) {
                        let state = states.get(&(task.key.clone(), task.phase)).copied().flatten();
                        assert_eq!(state, Some(OperationPhase::Succeeded), "seed {seed}: {} before {}", action.key, task.key);
                    }
                }
            }
        });
    }
}

#[test]
fn prune_false_is_never_pruned() {
    for seed in 0..120 {
        check(seed, |request, plan| {
            for action in plan.passes.iter().flat_map(|pass| &pass.actions).filter(|action| action.verb == Verb::Prune) {
                let live = request.live.iter().find(|live| live["metadata"]["name"] == action.key.name.as_str()).unwrap();
                assert_ne!(live["metadata"]["annotations"]["argocd.argoproj.io/sync-options"], "Prune=false", "seed {seed}");
            }
        });
    }
}

#[test]
fn every_plan_ends_or_says_why() {
    for seed in 0..120 {
        check(seed, |_, plan| {
            assert!(plan.state.phase.completed() || !plan.stuck.is_empty(), "seed {seed}: {}", plan.state.message);
        });
    }
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    for seed in 0..60 {
        check(seed, |request, expected| {
            let mut turned = request.clone();
            turned.targets.reverse();
            turned.live.rotate_left(1);
            assert_eq!(plan(&turned).unwrap(), {
                let mut expected = expected.clone();
                // Results keep the order in which tasks were first touched, which is the tasks' own.
                expected.state.sync_result.clone_from(&plan(&turned).unwrap().state.sync_result);
                expected
            });
        });
    }
}

#[test]
fn an_action_is_made_once_an_attempt() {
    for seed in 0..120 {
        check(seed, |_, plan| {
            let mut seen = HashMap::new();
            for action in plan.passes.iter().flat_map(|pass| &pass.actions).filter(|action| !action.dry_run && action.error.is_none()) {
                let times = seen.entry((action.verb, action.key.clone(), action.task)).or_insert(0);
                *times += 1;
                assert_eq!(*times, 1, "seed {seed}: {} of {}", action.verb.as_str(), action.key);
            }
        });
    }
}

#[test]
fn graphs_are_acyclic_and_drawn() {
    check(7, |_, plan| {
        let graph = plan.graph();
        assert!(!petgraph::algo::is_cyclic_directed(&graph));
        assert!(super::to_dot(&graph).starts_with("digraph sync {"));
        assert!(super::to_mermaid(&graph).starts_with("flowchart LR"));
    });
}
