//! Syncing: what a closed loop never does, whatever the manifests, the cluster and the script.

use std::collections::{BTreeMap, BTreeSet};

use lofting::{Value, wire};
use proptest::prelude::*;
use serde_json::json;

/// A resource of an Application.
#[derive(Debug, Clone)]
struct Resource {
    kind: &'static str,
    wave: i64,
    /// `None`: no hook.
    hook: Option<&'static str>,
    in_git: bool,
    live: bool,
    spared: bool,
    /// The script of its health, one entry a pass after each write.
    health: Vec<&'static str>,
}

const KINDS: [(&str, &str, &str); 4] =
    [("ConfigMap", "v1", ""), ("Service", "v1", ""), ("Deployment", "apps/v1", "apps"), ("Job", "batch/v1", "batch")];

fn resource() -> impl Strategy<Value = Resource> {
    let health = prop_oneof![
        4 => Just(vec!["Healthy"]),
        2 => Just(vec!["Progressing", "Progressing", "Healthy"]),
        1 => Just(vec!["Progressing"]),
        1 => Just(vec!["Progressing", "Degraded"]),
        1 => Just(vec!["Degraded", "Healthy"]),
    ];
    let kind = proptest::sample::select(vec!["ConfigMap", "Service", "Deployment", "Job"]);
    let hook = prop_oneof![5 => Just(None), 1 => Just(Some("PreSync")), 1 => Just(Some("PostSync")), 1 => Just(Some("SyncFail"))];
    (kind, -2_i64..4, hook, any::<(bool, bool, bool)>(), health).prop_map(|(kind, wave, hook, (in_git, live, spared), health)| Resource {
        kind,
        wave,
        hook: hook.filter(|_| in_git),
        in_git,
        live: live && hook.is_none(),
        spared,
        health,
    })
}

fn api(kind: &str) -> (&'static str, &'static str) {
    KINDS.iter().find(|(known, ..)| *known == kind).map_or(("v1", ""), |(_, version, group)| (version, group))
}

/// Names are the indices, so that there are no ties.
fn manifest(index: usize, of: &Resource) -> Value {
    let (version, _) = api(of.kind);
    let mut annotations = json!({"argocd.argoproj.io/sync-wave": of.wave.to_string()});
    if let Some(hook) = of.hook {
        annotations["argocd.argoproj.io/hook"] = json!(hook);
    }
    if of.spared {
        annotations["argocd.argoproj.io/sync-options"] = json!("Prune=false");
    }
    json!({"apiVersion": version, "kind": of.kind, "metadata": {"name": format!("n{index}"), "namespace": "shop", "annotations": annotations}})
}

fn key(index: usize, of: &Resource) -> String {
    format!("{}/{}/shop/n{index}", api(of.kind).1, of.kind)
}

fn request(resources: &[Resource], errors: &[usize], retry: bool) -> Value {
    let (mut targets, mut live, mut health) = (Vec::new(), Vec::new(), serde_json::Map::new());
    for (index, resource) in resources.iter().enumerate() {
        if resource.in_git {
            targets.push(manifest(index, resource));
        }
        if resource.live {
            let mut object = manifest(index, resource);
            let (_, group) = api(resource.kind);
            object["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] =
                json!(format!("shop:{group}/{}:shop/n{index}", resource.kind));
            live.push(object);
        }
        let script: Vec<Value> = resource.health.iter().map(|status| json!({"status": status, "message": ""})).collect();
        health.insert(key(index, resource), json!(script));
    }
    let errors: Vec<Value> = errors
        .iter()
        .filter_map(|index| Some((index, resources.get(*index)?)))
        .map(|(index, resource)| json!({"key": key(*index, resource), "verb": "apply", "message": "no", "times": 1}))
        .collect();
    let mut operation = json!({"sync": {"prune": true, "revision": "main"}});
    if retry {
        operation["retry"] = json!({"limit": 2, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "1m"}});
    }
    json!({
        "application": {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "shop", "namespace": "argocd"},
            "spec": {"project": "default", "source": {"repoURL": "https://g", "path": "."},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"}},
        },
        "targets": targets, "live": live, "operation": operation, "revision": "abc",
        "assume": {"health": health, "errors": errors},
    })
}

fn plan(request: &Value) -> Value {
    wire::call("sync.plan", request.clone()).unwrap()
}

fn array<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn key_of(action: &Value) -> String {
    format!("{}/{}/{}/{}", text(action, "group"), text(action, "kind"), text(action, "namespace"), text(action, "name"))
}

/// The calls that change the cluster, each with its pass.
fn calls(plan: &Value) -> impl Iterator<Item = (usize, &Value)> {
    let passes = array(plan, "passes").iter().enumerate();
    passes
        .flat_map(|(pass, of)| array(of, "actions").iter().map(move |action| (pass, action)))
        .filter(|(_, call)| call["dryRun"] == json!(false))
}

fn world() -> impl Strategy<Value = (Vec<Resource>, Vec<usize>, bool)> {
    (proptest::collection::vec(resource(), 1..9), proptest::collection::vec(0_usize..9, 0..2), any::<bool>())
}

proptest! {
    #[test]
    fn a_wave_waits_until_all_earlier_ones_are_healthy((resources, errors, retry) in world()) {
        let plan = plan(&request(&resources, &errors, retry));
        // When each was last written, by key.
        let mut written: BTreeMap<String, usize> = BTreeMap::new();
        let tasks: Vec<(String, String, i64, bool)> = array(&plan, "phases")
            .iter()
            .flat_map(|phase| array(phase, "waves").iter().map(move |wave| (text(phase, "phase"), wave)))
            .flat_map(|(phase, wave)| {
                let number = wave["wave"].as_i64().unwrap();
                array(wave, "tasks").iter().map(move |task| (phase.to_owned(), key_of(task), number, task["prune"] == json!(true)))
            })
            .collect();
        let by_key: BTreeMap<String, &Resource> = resources.iter().enumerate().map(|(index, one)| (key(index, one), one)).collect();
        for (pass, call) in calls(&plan) {
            let Some(wave) = call.get("wave").and_then(Value::as_i64).filter(|_| text(call, "verb") == "apply") else { continue };
            let phase = text(call, "phase");
            // When a sync has failed, its hooks for that all run at once.
            if phase == "SyncFail" {
                continue;
            }
            for (_, earlier, ..) in tasks.iter().filter(|task| task.0 == phase && task.2 < wave && !task.3) {
                let Some(at) = written.get(earlier) else {
                    prop_assert!(false, "{} before {earlier} was applied", key_of(call));
                    continue;
                };
                prop_assert!(*at < pass, "{} in the same pass as {earlier}", key_of(call));
                let script = &by_key[earlier].health;
                let now = script.get(pass - at - 1).or(script.last()).copied().unwrap_or("Healthy");
                let hook = by_key[earlier].hook.is_some();
                // A hook that is done stays done, whatever becomes of it; its health was read in an earlier pass.
                prop_assert!(now == "Healthy" || hook, "{} while {earlier} is {now}", key_of(call));
            }
            written.insert(key_of(call), pass);
        }
    }

    #[test]
    fn what_is_marked_is_not_pruned((resources, errors, retry) in world()) {
        let plan = plan(&request(&resources, &errors, retry));
        let spared: BTreeSet<String> =
            resources.iter().enumerate().filter(|(_, one)| one.spared && !one.in_git).map(|(index, one)| key(index, one)).collect();
        for (_, call) in calls(&plan).filter(|(_, call)| text(call, "verb") == "prune") {
            prop_assert!(!spared.contains(&key_of(call)), "{}", key_of(call));
        }
        // What is spared is still there in the end.
        let left: BTreeSet<&str> = array(&plan["final"], "cluster").iter().filter_map(Value::as_str).collect();
        for (index, one) in resources.iter().enumerate().filter(|(_, one)| one.live && one.spared && !one.in_git) {
            prop_assert!(left.contains(key(index, one).as_str()), "{} is gone; left: {left:?}", key(index, one));
        }
    }

    #[test]
    fn nothing_is_pruned_when_the_application_says_so((resources, errors, retry) in world()) {
        let mut request = request(&resources, &errors, retry);
        request["operation"]["sync"]["syncOptions"] = json!(["Prune=false"]);
        let plan = plan(&request);
        prop_assert!(calls(&plan).all(|(_, call)| text(call, "verb") != "prune"), "{plan}");
    }

    #[test]
    fn a_phase_waits_until_the_one_before_is_done((resources, errors, retry) in world()) {
        const ORDER: [&str; 3] = ["PreSync", "Sync", "PostSync"];
        let plan = plan(&request(&resources, &errors, retry));
        let (mut attempt, mut last) = (0, 0);
        for pass in array(&plan, "passes") {
            let phases = array(pass, "actions").iter().filter(|call| call["dryRun"] == json!(false));
            let phases: BTreeSet<usize> = phases.filter_map(|call| ORDER.iter().position(|phase| *phase == text(call, "phase"))).collect();
            prop_assert!(phases.len() < 2, "two phases in one pass: {pass}");
            for phase in phases {
                prop_assert!(phase >= last, "{} after {}", ORDER[phase], ORDER[last]);
                last = phase;
            }
            let now = pass.get("retryCount").and_then(Value::as_i64).unwrap_or(0);
            if now != attempt {
                (attempt, last) = (now, 0);
            }
        }
    }

    #[test]
    fn every_action_appears_once_in_an_attempt((resources, errors, retry) in world()) {
        let plan = plan(&request(&resources, &errors, retry));
        let mut seen: BTreeSet<(i64, String, String, String)> = BTreeSet::new();
        let mut attempt = 0;
        for pass in array(&plan, "passes") {
            for call in array(pass, "actions").iter().filter(|call| call["dryRun"] == json!(false)) {
                let verb = text(call, "verb");
                if !matches!(verb, "apply" | "create" | "replace" | "prune") {
                    continue;
                }
                let new = seen.insert((attempt, verb.to_owned(), text(call, "phase").to_owned(), key_of(call)));
                prop_assert!(new, "{verb} {} twice in attempt {attempt}", key_of(call));
            }
            // An attempt ends when the pass says so; the next pass counts one more.
            attempt = pass.get("retryCount").and_then(Value::as_i64).unwrap_or(0);
        }
    }

    #[test]
    fn the_engine_ends_or_says_why_not((resources, errors, retry) in world()) {
        let plan = plan(&request(&resources, &errors, retry));
        let completed = plan["final"]["completed"] == json!(true);
        let stuck = array(&plan, "stuck");
        prop_assert!(completed == stuck.is_empty(), "{plan}");
        prop_assert!(stuck.iter().all(|stuck| !text(stuck, "why").is_empty()));
        let finding = array(&plan, "diagnostics").iter().any(|finding| text(finding, "code") == "argocd-sync-never-finishes");
        prop_assert!(completed != finding);
    }

    #[test]
    fn the_order_of_the_input_does_not_matter((resources, errors, retry) in world(), turn in 0_usize..9) {
        let one = request(&resources, &errors, retry);
        let mut other = one.clone();
        for key in ["targets", "live"] {
            let list = other[key].as_array_mut().unwrap();
            list.reverse();
            let by = turn % list.len().max(1);
            list.rotate_left(by);
        }
        let (mut one, mut other) = (plan(&one), plan(&other));
        for answer in [&mut one, &mut other] {
            // Findings point into the request.
            answer.as_object_mut().unwrap().remove("diagnostics");
        }
        prop_assert_eq!(one, other);
    }
}
