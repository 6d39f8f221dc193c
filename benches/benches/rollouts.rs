//! The step machine: one reconcile on prepared objects, and whole rollouts from the first event to rest.
//!
//! Upstream's side (`rollouts-trace/oracle bench`) times `syncHandler` over fake clients on prepared
//! objects, and its closed loop from the request's JSON on; so do we. Answers are asserted first.
#![allow(clippy::expect_used, missing_docs)]

use criterion::{BatchSize, Criterion, criterion_group};
use lofting::rollouts::{
    reconcile::{self, Documents},
    simulate,
    spec::Time,
};
use lofting::{Value, wire};
use lofting_benches::{Named, Processor, ROLLOUTS, covers, summary};

/// The objects of a request of `rollout.reconcile`.
fn documents(world: &Value) -> Documents {
    let list = |key: &str| world.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let hash = |key: &str| world["hashes"][key].as_str().unwrap_or_default().to_owned();
    Documents {
        pod_template_hash: hash("podTemplate"),
        step_hash: hash("steps"),
        replica_sets: list("replicaSets"),
        services: list("services"),
        analysis_runs: list("analysisRuns"),
        experiments: list("experiments"),
        analysis_templates: list("analysisTemplates"),
        cluster_analysis_templates: list("clusterAnalysisTemplates"),
        pods: list("pods"),
        routed: vec![
            ("Ingress", list("ingresses")),
            ("VirtualService", list("virtualServices")),
            ("DestinationRule", list("destinationRules")),
            ("TrafficSplit", list("trafficSplits")),
        ],
        routers: list("routers"),
        workloads: list("workloads"),
    }
}

fn rollouts(criterion: &mut Criterion<Processor>) {
    for (input, answer) in ROLLOUTS {
        let named: Named = serde_json::from_str(input).expect("a committed input");
        let expected: Value = serde_json::from_str(answer).expect("a committed answer");
        let ours = wire::call(&named.op, named.input.clone()).expect("an answer");
        assert!(covers(&summary(&ours), &expected), "{}: not upstream's answer", named.id);
        let input = &named.input;
        if named.op == "rollout.reconcile" {
            let now = Time::parse(input["now"].as_str().expect("a moment")).expect("a moment");
            let (rollout, world) = reconcile::read(&input["rollout"], &documents(&input["world"]), now).expect("objects");
            criterion.bench_function(&named.id, |bencher| {
                bencher.iter_batched(|| (), |()| reconcile::reconcile(&rollout, &world, now), BatchSize::SmallInput);
            });
        } else {
            let (rollout, scenario) = (&input["rollout"], &input["scenario"]);
            criterion.bench_function(&named.id, |bencher| {
                bencher.iter_with_large_drop(|| simulate::simulate(rollout, scenario).expect("a timeline"));
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Processor).sample_size(30);
    targets = rollouts
}
