//! Text to value: 100 kB of manifests in both dialects, beside other Rust readers.
#![allow(clippy::expect_used, missing_docs)]

use criterion::{Criterion, Throughput, criterion_group};
use granit_parser::{Event, Parser};
use lofting::Value;
use lofting::yaml::{self, Dialect};
use lofting_benches::{DOCUMENTS, MANIFESTS, Processor};
use serde::Deserialize;

fn serde_documents(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text).map(|document| Value::deserialize(document).expect("a document")).collect()
}

/// Events only: this crate builds no values.
fn granit_documents(text: &str) -> usize {
    Parser::new_from_str(text).filter(|next| matches!(next.as_ref().expect("an event").0, Event::DocumentEnd)).count()
}

fn read(dialect: Dialect) -> Vec<yaml::Document> {
    yaml::parse(MANIFESTS, dialect).expect("documents")
}

fn values(documents: &[yaml::Document]) -> Vec<&Value> {
    documents.iter().map(yaml::Document::value).collect()
}

fn text_to_value(criterion: &mut Criterion<Processor>) {
    let kubernetes = read(Dialect::Kubernetes);
    let backstage = read(Dialect::Backstage);
    let peer = serde_documents(MANIFESTS);
    assert_eq!(kubernetes.len(), DOCUMENTS);
    assert_eq!(values(&kubernetes), values(&backstage), "this file means the same in both dialects");
    assert_eq!(values(&kubernetes), peer.iter().collect::<Vec<_>>(), "and to serde_yaml");
    assert_eq!(granit_documents(MANIFESTS), DOCUMENTS);
    assert!(kubernetes.iter().all(|document| document.locate("/kind").is_some()), "every field has its place");

    let mut group = criterion.benchmark_group("yaml-100k");
    group.throughput(Throughput::Bytes(MANIFESTS.len() as u64));
    group.bench_function("lofting-kubernetes", |bencher| bencher.iter_with_large_drop(|| read(Dialect::Kubernetes)));
    group.bench_function("lofting-backstage", |bencher| bencher.iter_with_large_drop(|| read(Dialect::Backstage)));
    group.bench_function("serde_yaml", |bencher| bencher.iter_with_large_drop(|| serde_documents(MANIFESTS)));
    group.bench_function("granit-parser-events", |bencher| bencher.iter(|| granit_documents(MANIFESTS)));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Processor).sample_size(30);
    targets = text_to_value
}
