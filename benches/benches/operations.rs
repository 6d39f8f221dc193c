//! Decisions: one operation of the wire on one named input, as upstream was timed on it.
//!
//! Each answer is compared with upstream's before anything is timed. The time
//! includes reading the request's `Value` and writing the answer's.
#![allow(clippy::expect_used, missing_docs)]

use criterion::{BatchSize, Criterion, criterion_group};
use lofting::{Value, wire};
use lofting_benches::{Named, OPERATIONS, Processor, agrees};

fn operations(criterion: &mut Criterion<Processor>) {
    for (input, answer) in OPERATIONS {
        let named: Named = serde_json::from_str(input).expect("a committed input");
        let expected: Value = serde_json::from_str(answer).expect("a committed answer");
        let ours = wire::call(&named.op, named.input.clone()).expect("an answer");
        assert!(agrees(&ours, &expected), "{}: not upstream's answer", named.id);
        criterion.bench_function(&named.id, |bencher| {
            bencher.iter_batched(|| named.input.clone(), |input| wire::call(&named.op, input), BatchSize::LargeInput);
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Processor).sample_size(20);
    targets = operations
}
