//! Deployments as the controllers recorded them: how often, how fast, how many failed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::snapshot::Snapshot;
use super::tree::is;
use crate::Value;

/// Deployments of a whole platform.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Rows of all histories.
    pub deployments: usize,
    /// Deployments a week between the first and the last, over all Applications; absent below two weeks' worth of rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_week: Option<f64>,
    /// Median seconds from one revision of an Application to its next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_time_seconds: Option<i64>,
    /// Median seconds from a commit to its first deployment, of the deployments whose commit the inventory dates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_to_deploy_seconds: Option<i64>,
    /// How many deployments that median rests on.
    pub dated_commits: usize,
    /// Failed deployments: rolled back, ended in failure, or a Rollout that was aborted.
    pub failures: Vec<Failure>,
    /// Failures of all deployments, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_failure_percent: Option<f64>,
    /// Deployments by day (`2026-01-31`).
    pub by_day: BTreeMap<String, usize>,
    /// The same by Application.
    pub applications: Vec<ApplicationDelivery>,
}

/// Deployments of one Application.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationDelivery {
    /// Its name.
    pub application: String,
    /// Rows of its history.
    pub deployments: usize,
    /// Median seconds from one revision to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_time_seconds: Option<i64>,
    /// Median seconds from a commit to its first deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_to_deploy_seconds: Option<i64>,
}

/// A deployment that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failure {
    /// The Application.
    pub application: String,
    /// How it shows.
    pub why: String,
}

struct Row<'v> {
    at: Timestamp,
    revision: &'v str,
}

/// Measures what the snapshot's Applications and Rollouts recorded; `commits` are those of the inventory.
pub fn measure(snapshot: &Snapshot<'_>, commits: &[Value]) -> Delivery {
    let mut all = Delivery::default();
    let (mut gaps, mut waits) = (Vec::new(), Vec::new());
    let dated: BTreeMap<&str, Timestamp> = commits
        .iter()
        .filter_map(|commit| Some((commit.get("revision")?.as_str()?, commit.get("date")?.as_str()?.parse().ok()?)))
        .collect();
    let (mut first, mut last): (Option<Timestamp>, Option<Timestamp>) = (None, None);
    for (name, live) in snapshot.applications() {
        let rows = rows(live);
        for row in &rows {
            *all.by_day.entry(row.at.strftime("%Y-%m-%d").to_string()).or_default() += 1;
            first = Some(first.map_or(row.at, |at| at.min(row.at)));
            last = Some(last.map_or(row.at, |at| at.max(row.at)));
        }
        let own: Vec<i64> = rows.windows(2).filter_map(gap).collect();
        let waited = since_commit(&rows, &dated);
        all.deployments += rows.len();
        if !rows.is_empty() {
            all.applications.push(ApplicationDelivery {
                application: name.to_owned(),
                deployments: rows.len(),
                lead_time_seconds: median(own.clone()),
                commit_to_deploy_seconds: median(waited.clone()),
            });
        }
        gaps.extend(own);
        waits.extend(waited);
        all.failures.extend(failures(name, live, &rows, snapshot));
    }
    all.lead_time_seconds = median(gaps);
    all.dated_commits = waits.len();
    all.commit_to_deploy_seconds = median(waits);
    if let (Some(first), Some(last)) = (first, last) {
        let weeks = (last.as_second() - first.as_second()) as f64 / (7.0 * 86_400.0);
        all.per_week = (weeks >= 1.0).then(|| (all.deployments as f64 / weeks * 10.0).round() / 10.0);
    }
    all.change_failure_percent =
        (all.deployments > 0).then(|| (all.failures.len() as f64 * 1000.0 / all.deployments as f64).round() / 10.0);
    all
}

fn rows(live: &Value) -> Vec<Row<'_>> {
    let history = live.pointer("/status/history").and_then(Value::as_array);
    let mut rows: Vec<Row<'_>> = history
        .into_iter()
        .flatten()
        .filter_map(|row| {
            let at = row.get("deployedAt")?.as_str()?.parse().ok()?;
            let revision = row.get("revision").and_then(Value::as_str).filter(|revision| !revision.is_empty());
            let first = row.pointer("/revisions/0").and_then(Value::as_str);
            Some(Row { at, revision: revision.or(first).unwrap_or_default() })
        })
        .collect();
    rows.sort_by_key(|row| row.at);
    rows
}

/// Seconds between two rows of different revisions.
fn gap(pair: &[Row<'_>]) -> Option<i64> {
    let [before, after] = pair else { return None };
    (before.revision != after.revision).then(|| after.at.as_second() - before.at.as_second())
}

/// Seconds from each commit to the first time that it was deployed; a clock that ran behind counts as none.
fn since_commit(rows: &[Row<'_>], dated: &BTreeMap<&str, Timestamp>) -> Vec<i64> {
    let mut seen = BTreeSet::new();
    let first = rows.iter().filter(|row| seen.insert(row.revision));
    first.filter_map(|row| Some((row.at.as_second() - dated.get(row.revision)?.as_second()).max(0))).collect()
}

fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

fn failures(name: &str, live: &Value, rows: &[Row<'_>], snapshot: &Snapshot<'_>) -> Vec<Failure> {
    let mut found = Vec::new();
    let mut say = |why: String| found.push(Failure { application: name.to_owned(), why });
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for pair in rows.windows(2) {
        let [before, after] = pair else { continue };
        seen.insert(before.revision);
        if before.revision != after.revision && seen.contains(after.revision) {
            say(format!("rolled back to {} on {}", after.revision.chars().take(7).collect::<String>(), after.at.strftime("%Y-%m-%d")));
        }
    }
    let phase = live.pointer("/status/operationState/phase").and_then(Value::as_str).unwrap_or_default();
    if matches!(phase, "Failed" | "Error") {
        say(format!("its last operation ended {phase}"));
    }
    for rollout in snapshot.tracked_by(name).filter(|object| is(object, "argoproj.io", "Rollout")) {
        if rollout.pointer("/status/abort").and_then(Value::as_bool) == Some(true) {
            say(format!("the Rollout {} was aborted", rollout.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_waits_until_it_is_first_deployed() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap_or_else(|error| panic!("{error}"));
        let row = |time: &str, revision: &'static str| Row { at: at(time), revision };
        let rows = [
            row("2026-01-01T10:00:00Z", "a"),
            row("2026-01-01T11:00:00Z", "b"),
            row("2026-01-02T10:00:00Z", "a"),
            row("2026-01-03T00:00:00Z", "c"),
        ];
        let dated = [("a", at("2026-01-01T09:00:00Z")), ("b", at("2026-01-01T11:00:05Z"))].into_iter().collect();
        assert_eq!(since_commit(&rows, &dated), [3600, 0]);
        assert_eq!((median(vec![5, 1, 9]), median(Vec::new())), (Some(5), None));
    }
}
