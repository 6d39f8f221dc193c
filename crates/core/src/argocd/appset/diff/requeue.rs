//! When the controller looks again: `GetRequeueAfter`.

use crate::{Value, argocd::appset::set::ApplicationSet};

const QUICK: i64 = 180;
const SLOW: i64 = 1800;

/// Seconds; 0 for never.
pub(super) fn seconds(set: &ApplicationSet) -> i64 {
    soonest(set.items("/spec/generators"), 0)
}

fn soonest(generators: &[Value], depth: usize) -> i64 {
    generators.iter().flat_map(|generator| of(generator, depth)).filter(|seconds| *seconds != 0).min().unwrap_or_default()
}

fn of(generator: &Value, depth: usize) -> Vec<i64> {
    let written = |key: &str, default: i64| {
        let generator = generator.get(key).filter(|generator| !generator.is_null())?;
        Some(generator.get("requeueAfterSeconds").and_then(Value::as_i64).unwrap_or(default))
    };
    let children = |key: &str| {
        let children = generator.get(key)?.get("generators")?.as_array()?;
        (depth < 8).then(|| soonest(children, depth + 1))
    };
    [
        written("git", QUICK),
        written("oci", QUICK),
        written("clusterDecisionResource", QUICK),
        written("scmProvider", SLOW),
        written("pullRequest", SLOW),
        written("plugin", SLOW),
        children("matrix"),
        children("merge"),
    ]
    .into_iter()
    .flatten()
    .collect()
}
