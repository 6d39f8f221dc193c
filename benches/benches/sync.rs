//! Syncing: the order of the tasks of prepared manifests, and the closed loop on a prepared request.
//!
//! The inputs `sync-plan-N` are those that `oracle bench` makes; each answer is compared with upstream's before anything is
//! timed. Go is timed twice on them: its engine alone, without
//! comparison, settings and sockets, and its whole controller; ours compares, decides and plays the cluster in both.
#![allow(clippy::expect_used, missing_docs)]

use std::cell::LazyCell;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group};
use lofting::argocd::sync::{Object, PlanRequest, ordered, plan};
use lofting::wire;
use lofting_benches::{Named, PLANS, Processor, agrees};
use serde_json::{Value, json};

const KINDS: [(&str, &str); 6] = [
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("apps/v1", "Deployment"),
    ("batch/v1", "Job"),
    ("networking.k8s.io/v1", "Ingress"),
];

/// Manifests of every phase and of waves from -5 to 5, in no order.
fn manifests(count: usize) -> Vec<Arc<Object>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    let manifest = |index: usize| {
        let (api, kind) = KINDS[draw(KINDS.len())];
        let wave = i64::try_from(draw(11)).unwrap_or(0) - 5;
        let mut annotations = json!({"argocd.argoproj.io/sync-wave": wave.to_string()});
        if index % 20 == 7 {
            annotations["argocd.argoproj.io/hook"] = json!(["PreSync", "PostSync"][draw(2)]);
        }
        let name = format!("n{:06}-{index}", draw(1_000_000));
        Arc::new(Object::new(json!({"apiVersion": api, "kind": kind, "metadata": {"name": name, "annotations": annotations}})))
    };
    (0..count).map(manifest).collect()
}

fn order(criterion: &mut Criterion<Processor>) {
    let mut group = criterion.benchmark_group("sync-order");
    let of_plan = |(input, _): (&str, &str)| {
        let named: Named = serde_json::from_str(input).expect("a committed input");
        let targets: Vec<Arc<Object>> = request(&named.input).targets.into_iter().map(|target| Arc::new(Object::new(target))).collect();
        let count = named.id.rsplit('-').next().and_then(|count| count.parse().ok()).expect("a number");
        (count, targets)
    };
    let mut time = |count: usize, targets: &dyn Fn() -> Vec<Arc<Object>>| {
        let targets = LazyCell::new(|| {
            let targets = targets();
            let tasks = ordered(&targets);
            assert!(tasks.len() >= targets.len(), "a task for each phase of each manifest");
            assert!(tasks.is_sorted_by_key(|task| (task.phase, task.wave)), "phases and waves in order");
            targets
        });
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            let targets = &*targets;
            bencher.iter(|| ordered(targets));
        });
    };
    for plan in PLANS {
        let (count, targets) = of_plan(plan);
        time(count, &|| targets.clone());
    }
    for count in [10_000, 100_000] {
        time(count, &|| manifests(count));
    }
    group.finish();
}

/// The request of a named input, as the wire reads it.
fn request(input: &Value) -> PlanRequest {
    let objects = |key: &str| input.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let operation = input.get("operation").map(|operation| serde_json::from_value(operation.clone()).expect("an operation"));
    let assume = input.get("assume").map(|assume| serde_json::from_value(assume.clone()).expect("assumptions"));
    PlanRequest {
        application: input["application"].clone(),
        project: None,
        targets: objects("targets"),
        live: objects("live"),
        operation,
        revision: input["revision"].as_str().unwrap_or_default().to_owned(),
        assume: assume.unwrap_or_default(),
        clusters: Vec::new(),
    }
}

fn closed_loop(criterion: &mut Criterion<Processor>) {
    for (input, answer) in PLANS {
        let named: Named = serde_json::from_str(input).expect("a committed input");
        let expected: Value = serde_json::from_str(answer).expect("a committed answer");
        let ours = wire::call(&named.op, named.input.clone()).expect("an answer");
        assert!(agrees(&ours, &expected), "{}: not upstream's answer", named.id);
        let request = request(&named.input);
        criterion.bench_function(&named.id, |bencher| bencher.iter(|| plan(&request)));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Processor).sample_size(10);
    targets = order, closed_loop
}
