//! Figures of a timeline.

use super::state::{End, Entry, Summary};
/// The share of requests that the new version answers.
fn exposure(entry: &Entry) -> f64 {
    if entry.current == entry.stable || entry.stable.is_empty() {
        return 0.0;
    }
    if let Some(strategy) = &entry.blue_green {
        return if strategy.active == entry.current { 1.0 } else { 0.0 };
    }
    if let Some(weights) = &entry.weights {
        let (canary, stable, more) = weights.told();
        let all = canary + stable + more;
        return if all > 0 { (canary + more) as f64 / all as f64 } else { 0.0 };
    }
    let all: i32 = entry.replica_sets.values().map(|set| set.available).sum();
    let new = entry.replica_sets.get(&entry.current).map_or(0, |set| set.available);
    if all > 0 { f64::from(new) / f64::from(all) } else { 0.0 }
}

/// Sums a timeline up; `first` is when the first event happens.
pub(crate) fn summarize(timeline: &[Entry], end: End, first: i64) -> Summary {
    let last = timeline.last();
    let spans = timeline.iter().zip(timeline.iter().skip(1));
    // Not a sum: that of nothing is negative zero.
    let exposed = spans.map(|(entry, next)| exposure(entry) * (next.at - entry.at) as f64).fold(0.0, |all, part| all + part);
    let aborted = timeline.iter().position(|entry| entry.abort);
    let rollback = aborted.and_then(|at| {
        let entries = timeline.get(at..)?;
        let back = entries.iter().find(|entry| exposure(entry) == 0.0)?;
        Some(back.at - entries.first()?.at)
    });
    let pods = |entry: &Entry| entry.replica_sets.values().map(|set| i64::from(set.replicas)).sum();
    Summary {
        end,
        at: last.map_or(0, |last| last.at),
        entries: timeline.len(),
        duration: last.map_or(0, |last| last.at - first).max(0),
        peak_pods: timeline.iter().map(pods).max().unwrap_or(0),
        exposed_seconds: exposed,
        rollback_seconds: rollback,
        phase: last.map_or_else(String::new, |last| last.phase.to_string()),
        message: last.map_or_else(String::new, |last| last.message.to_string()),
    }
}
