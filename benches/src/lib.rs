//! What the benches share: named inputs with upstream's recorded answers, and a clock.
//!
//! Time is processor time of the measuring thread, as in the peers' programs,
//! so that a busy machine disturbs neither side.

mod argocd;

pub use argocd::{COMPARISON, DIFFS, HEALTHS, grown};

use cpu_time::ThreadTime;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// The allocator of the command line and the bindings.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One operation with its input, as upstream was asked too.
#[derive(Debug, Deserialize)]
pub struct Named {
    /// The name of the row.
    pub id: String,
    /// The operation of the wire.
    pub op: String,
    /// Its input.
    pub input: Value,
}

/// The operations that are timed: input, and what upstream answered to it.
pub const OPERATIONS: [(&str, &str); 5] = [
    (include_str!("../inputs/health-small-deployment.json"), include_str!("../answers/health-small-deployment.json")),
    (include_str!("../inputs/diff-small-configmap.json"), include_str!("../answers/diff-small-configmap.json")),
    (include_str!("../inputs/diff-medium-deployment.json"), include_str!("../answers/diff-medium-deployment.json")),
    (include_str!("../inputs/appset-list-1000-fasttemplate.json"), include_str!("../answers/appset-list-1000-fasttemplate.json")),
    (include_str!("../inputs/appset-list-1000-gotemplate.json"), include_str!("../answers/appset-list-1000-gotemplate.json")),
];

/// Single reconciles and whole rollouts: input, and what upstream answered to it.
pub const ROLLOUTS: [(&str, &str); 6] = [
    (include_str!("../inputs/reconcile-idle.json"), include_str!("../answers/reconcile-idle.json")),
    (include_str!("../inputs/reconcile-busy.json"), include_str!("../answers/reconcile-busy.json")),
    (include_str!("../inputs/trace-small.json"), include_str!("../answers/trace-small.json")),
    (include_str!("../inputs/trace-medium.json"), include_str!("../answers/trace-medium.json")),
    (include_str!("../inputs/trace-analysis.json"), include_str!("../answers/trace-analysis.json")),
    (include_str!("../inputs/trace-large.json"), include_str!("../answers/trace-large.json")),
];

/// 99 Kubernetes documents in 101,572 bytes.
pub const MANIFESTS: &str = include_str!("../inputs/manifests-100k.yaml");

/// Whole syncs: input, and what upstream answered to it.
pub const PLANS: [(&str, &str); 3] = [
    (include_str!("../inputs/sync-plan-10.json"), include_str!("../answers/sync-plan-10.json")),
    (include_str!("../inputs/sync-plan-100.json"), include_str!("../answers/sync-plan-100.json")),
    (include_str!("../inputs/sync-plan-1000.json"), include_str!("../answers/sync-plan-1000.json")),
];

/// ApplicationSets: input, and what upstream answered to it.
pub const SETS: [(&str, &str); 8] = [
    (include_str!("../inputs/appset-list-10-fasttemplate.json"), include_str!("../answers/appset-list-10-fasttemplate.json")),
    (include_str!("../inputs/appset-list-1000-fasttemplate.json"), include_str!("../answers/appset-list-1000-fasttemplate.json")),
    (include_str!("../inputs/appset-matrix-30x30-fasttemplate.json"), include_str!("../answers/appset-matrix-30x30-fasttemplate.json")),
    (
        include_str!("../inputs/appset-git-directories-1000-fasttemplate.json"),
        include_str!("../answers/appset-git-directories-1000-fasttemplate.json"),
    ),
    (include_str!("../inputs/appset-list-10-gotemplate.json"), include_str!("../answers/appset-list-10-gotemplate.json")),
    (include_str!("../inputs/appset-list-1000-gotemplate.json"), include_str!("../answers/appset-list-1000-gotemplate.json")),
    (include_str!("../inputs/appset-matrix-30x30-gotemplate.json"), include_str!("../answers/appset-matrix-30x30-gotemplate.json")),
    (
        include_str!("../inputs/appset-git-directories-1000-gotemplate.json"),
        include_str!("../answers/appset-git-directories-1000-gotemplate.json"),
    ),
];

/// How many documents [`MANIFESTS`] has.
pub const DOCUMENTS: usize = 99;

/// An answer as it is committed: of many Applications or states only their number, the first and the last; of a sync what
/// each pass came to, its first and its last call, and the end.
#[must_use]
pub fn summary(answer: &Value) -> Value {
    let list = |key: &str| answer.get(key).and_then(Value::as_array);
    if let Some(all) = list("applications") {
        json!({"count": all.len(), "first": all.first(), "last": all.last()})
    } else if let Some(all) = list("timeline") {
        json!({"count": all.len(), "first": all.first(), "last": all.last(), "summary": answer["summary"]})
    } else if let Some(passes) = list("passes") {
        let count = |of: &Value, key: &str| of.get(key).and_then(Value::as_array).map_or(0, Vec::len);
        let pass = |pass: &Value| json!([pass["phase"], pass["message"], count(pass, "actions"), count(pass, "results")]);
        let mut actions = passes.iter().filter_map(|pass| pass.get("actions")?.as_array()).flatten();
        let end = &answer["final"];
        json!({
            "passes": passes.iter().map(pass).collect::<Vec<Value>>(),
            "first": actions.next(),
            "last": actions.last(),
            "final": [end["phase"], end["message"], count(end, "resources"), count(end, "cluster")],
        })
    } else {
        answer.clone()
    }
}

/// Whether an answer says what upstream said; ours may say more (causes, what was ignored).
#[must_use]
pub fn agrees(ours: &Value, upstream: &Value) -> bool {
    says(&summary(ours), upstream)
}

/// Every member that upstream gives, in every row.
fn says(ours: &Value, upstream: &Value) -> bool {
    match (ours, upstream) {
        (Value::Object(ours), Value::Object(upstream)) => {
            upstream.iter().all(|(key, value)| ours.get(key).is_some_and(|own| says(own, value)))
        }
        (Value::Array(ours), Value::Array(upstream)) => {
            ours.len() == upstream.len() && ours.iter().zip(upstream).all(|(own, value)| says(own, value))
        }
        (ours, upstream) => ours == upstream,
    }
}

/// Whether everything that upstream's answer holds is in ours, at any depth; its null may be absent.
#[must_use]
pub fn covers(ours: &Value, upstream: &Value) -> bool {
    match (ours, upstream) {
        (Value::Object(ours), Value::Object(upstream)) => {
            upstream.iter().all(|(key, value)| covers(ours.get(key).unwrap_or(&Value::Null), value))
        }
        (Value::Array(ours), Value::Array(upstream)) => {
            ours.len() == upstream.len() && ours.iter().zip(upstream).all(|(ours, upstream)| covers(ours, upstream))
        }
        _ => ours == upstream,
    }
}

/// Processor time of this thread.
#[derive(Debug, Clone, Copy, Default)]
pub struct Processor;

impl Measurement for Processor {
    type Intermediate = ThreadTime;
    type Value = Duration;

    fn start(&self) -> ThreadTime {
        ThreadTime::now()
    }

    fn end(&self, start: ThreadTime) -> Duration {
        start.elapsed()
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}
