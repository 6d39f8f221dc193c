//! ApplicationSets: `appset::generate` on a prepared set and inventory, as the Go program times `GenerateApplications`.
//!
//! The inputs are those that `oracle bench` makes; each answer is compared with upstream's before anything is timed. One
//! set of 50,000 Applications, its elements alike, is timed beside them.
#![allow(clippy::expect_used, missing_docs)]

use std::cell::LazyCell;

use criterion::{Criterion, criterion_group};
use lofting::argocd::appset::{ApplicationSet, Inventory, generate};
use lofting::{Value, wire};
use lofting_benches::{Named, Processor, SETS, agrees};
use serde_json::json;

/// The set and the inventory of an input.
fn prepared(input: &Value) -> (ApplicationSet, Inventory) {
    let set = ApplicationSet::from_value(input.get("applicationSet").expect("a set")).expect("a set");
    let inventory = input.get("inventory").map(|inventory| serde_json::from_value(inventory.clone()).expect("an inventory"));
    (set, inventory.unwrap_or_default())
}

/// The same set with so many elements in its list.
fn grown(input: &Value, count: usize) -> Value {
    let mut input = input.clone();
    let elements = (0..count).map(|index| json!({"name": format!("name-{index}"), "nameEnv": "prod"})).collect();
    *input.pointer_mut("/applicationSet/spec/generators/0/list/elements").expect("a list") = Value::Array(elements);
    input
}

fn time(criterion: &mut Criterion<Processor>, row: &str, input: impl Fn() -> Value, count: usize) {
    let prepared = LazyCell::new(|| {
        let (set, inventory) = prepared(&input());
        let generated = generate(&set, &inventory, false).expect("an answer");
        assert_eq!((generated.applications.len(), generated.upstream.failed), (count, false), "{row}");
        (set, inventory)
    });
    criterion.bench_function(row, |bencher| {
        let (set, inventory) = &*prepared;
        bencher.iter(|| generate(set, inventory, false));
    });
}

fn appset(criterion: &mut Criterion<Processor>) {
    for (input, answer) in SETS {
        let named: Named = serde_json::from_str(input).expect("a committed input");
        let expected: Value = serde_json::from_str(answer).expect("a committed answer");
        let ours = wire::call(&named.op, named.input.clone()).expect("an answer");
        assert!(agrees(&ours, &expected), "{}: not upstream's answer", named.id);
        let count = ours["applications"].as_array().map_or(0, Vec::len);
        let row = named.id.replacen("appset-", "appset/", 1);
        time(criterion, &row, || named.input.clone(), count);
        if row.starts_with("appset/list-10-") {
            time(criterion, &row.replacen("10", "50000", 1), || grown(&named.input, 50_000), 50_000);
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Processor).sample_size(10);
    targets = appset
}
