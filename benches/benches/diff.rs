//! Argo CD's functions alone, on prepared objects, as upstream's were timed: one diff, one judgement
//! of health, one comparison.
//!
//! Each answer is compared with upstream's before anything is timed.
#![allow(clippy::expect_used, missing_docs)]

use std::cell::OnceCell;

use criterion::{Criterion, criterion_group};
use lofting::argocd::diff::{DiffOptions, Differ};
use lofting::argocd::health::{self, Customizations};
use lofting::argocd::ignore::IgnoreRule;
use lofting::argocd::settings::Settings;
use lofting::argocd::status::{self, Cluster, Scopes};
use lofting::{Value, wire};
use lofting_benches::{COMPARISON, DIFFS, HEALTHS, Named, Processor, agrees, grown};

fn named((input, answer): (&str, &str)) -> Named {
    let named: Named = serde_json::from_str(input).expect("a committed input");
    let expected: Value = serde_json::from_str(answer).expect("a committed answer");
    let ours = wire::call(&named.op, named.input.clone()).expect("an answer");
    assert!(agrees(&ours, &expected), "{}: not upstream's answer", named.id);
    named
}

/// `argo/diff.StateDiff`, settings and schemas ready.
fn diffs(criterion: &mut Criterion<Processor>) {
    for one in DIFFS {
        let named = named(one);
        let part = |key: &str| named.input.get(key);
        let settings = Settings::default();
        let rules = IgnoreRule::read_all(part("ignoreDifferences")).expect("rules");
        let flag = |key: &str| part("options").and_then(|options| options.get(key)).is_some_and(|value| *value == Value::Bool(true));
        let options = DiffOptions { server_side_diff: flag("serverSideDiff"), ..DiffOptions::default() };
        let differ = Differ::new(&rules, &settings, options, &[]).expect("a differ");
        criterion.bench_function(&format!("core/{}", named.id), |bencher| {
            bencher.iter(|| differ.diff(part("target"), part("live"), part("predictedLive")).expect("a diff"));
        });
    }
}

/// `health.GetResourceHealth`.
fn healths(criterion: &mut Criterion<Processor>) {
    for one in HEALTHS {
        let named = named(one);
        let customizations = named.input.get("customizations").map(Customizations::from_value).unwrap_or_default();
        let object = named.input.get("object").expect("an object");
        criterion.bench_function(&format!("core/{}", named.id), |bencher| bencher.iter(|| health::assess_with(object, &customizations)));
    }
}

/// `AppStateManager.CompareAppState`, the manifest step included.
fn comparisons(criterion: &mut Criterion<Processor>) {
    let small = named(COMPARISON);
    let upstream: Value = serde_json::from_str(COMPARISON.1).expect("a committed answer");
    let mut group = criterion.benchmark_group("core");
    group.sample_size(10);
    for count in [10, 100, 1_000, 10_000, 100_000] {
        let input = OnceCell::new();
        // a row that is not asked for makes nothing
        group.bench_function(format!("compare-app-{count}"), |bencher| {
            let input = input.get_or_init(|| grown(&small.input, count));
            let list = |key: &str| input.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let request = status::Request {
                application: input.get("application"),
                targets: list("targets"),
                live: list("live"),
                cluster: Cluster::default(),
                scopes: Scopes::read(&[("cert-manager.io/Certificate".to_owned(), "Namespaced".to_owned())].into()),
                ..status::Request::default()
            };
            let answer = status::compare(&request).expect("a comparison");
            assert_eq!((Some(answer.sync), answer.resources.len()), (upstream["sync"].as_str(), count));
            drop(answer);
            bencher.iter(|| status::compare(&request).expect("a comparison").resources.len());
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Processor).sample_size(20);
    targets = diffs, healths, comparisons
}
