//! The rolling sync: which Applications may progress (`applicationset/progressivesync`).

mod issues;
mod list;
mod status;
mod sync;

use std::collections::BTreeSet;

use jiff::Timestamp;

pub use issues::{InvalidOperator, Issues};
pub use list::StepList;
pub(super) use list::build;
pub use status::ApplicationStatus;
pub(super) use sync::desired_to_write;

use super::{
    compare::Comparison,
    conditions::{SetCondition, Status, Statuses},
    live,
    set::ApplicationSet,
};
use crate::{Diagnostic, Error, Result, Value};

/// `IsRollingSyncStrategy`
pub(super) fn is_rolling(set: &ApplicationSet) -> bool {
    set.text("/spec/strategy/type") == "RollingSync" && set.value().pointer("/spec/strategy/rollingSync").is_some()
}

/// `RollingSyncStrategyEnabled`
pub(super) fn is_enabled(set: &ApplicationSet) -> bool {
    is_rolling(set) && !steps_of(set).is_empty()
}

pub(super) fn steps_of(set: &ApplicationSet) -> &[Value] {
    set.items("/spec/strategy/rollingSync/steps")
}

/// When "now" is, and what the controller is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub(super) now: Timestamp,
    pub(super) grace_seconds: i64,
}

/// What one pass decides.
#[derive(Debug, Default)]
pub(super) struct Performed {
    /// Names that may sync, `maxUpdate` aside.
    pub(super) may: BTreeSet<String>,
    /// Names that get the refresh annotation.
    pub(super) refreshed: Vec<String>,
}

/// `PerformProgressiveSyncs`; both lists are decoded Applications.
///
/// # Errors
/// Where upstream panics.
pub(super) fn perform(
    set: &ApplicationSet,
    statuses: &mut Statuses,
    current: &[Value],
    desired: &[Value],
    clock: Clock,
) -> Result<Performed, String> {
    let (list, mut issues) = list::build(set, desired);
    let before = latest_waiting(&statuses.local);
    let comparison = Comparison::new(set);
    let updated = status::update(&statuses.local, &comparison, current, desired, &list, clock.now)?;
    statuses.applications(&updated);
    if let Some(refreshed) = not_reconciled(before.or_else(|| latest_waiting(&statuses.local)), current, clock) {
        return Ok(Performed { may: BTreeSet::new(), refreshed });
    }
    let may = may_sync(&list, &statuses.local, current);
    let progressed = status::progress(set, &statuses.local, &may, &list, &mut issues, clock.now);
    statuses.applications(&progressed);
    if is_rolling(set) {
        let conditions = [issues.condition(), progressing(set, &statuses.local)];
        statuses.condition(true, &conditions, true);
    }
    Ok(Performed { may, refreshed: Vec::new() })
}

/// `GetLatestWaitingTransitionTimeOfAppset`
fn latest_waiting(status: &Status) -> Option<Timestamp> {
    status
        .applications
        .iter()
        .filter(|entry| entry.status == "Waiting" && entry.is_pending_change())
        .filter_map(|entry| entry.last_transition)
        .max()
}

/// `ensureApplicationsReconciled`: the names to refresh when some are not.
fn not_reconciled(since: Option<Timestamp>, current: &[Value], clock: Clock) -> Option<Vec<String>> {
    let since = since?;
    if clock.grace_seconds > 0 && clock.now.as_second().saturating_sub(since.as_second()) < clock.grace_seconds {
        return Some(Vec::new());
    }
    let stale: Vec<&Value> = current
        .iter()
        .filter(|application| status::time(application.pointer("/status/reconciledAt")).is_none_or(|reconciled| reconciled < since))
        .collect();
    if stale.is_empty() {
        return None;
    }
    let unmarked = |application: &&&Value| {
        live::metadata_text(application, "annotations", "argocd.argoproj.io/refresh").unwrap_or_default().is_empty()
    };
    let mut names: Vec<String> = stale.iter().filter(unmarked).map(|application| live::name(application).to_owned()).collect();
    names.sort();
    Some(names)
}

/// `getAppsToSync`
fn may_sync(list: &StepList, status: &Status, current: &[Value]) -> BTreeSet<String> {
    let exists: BTreeSet<&str> = current.iter().map(live::name).collect();
    let entries = status.by_name();
    let healthy = |name: &String| {
        let entry = entries.get(name.as_str());
        exists.contains(name.as_str()) && entry.is_some_and(|entry| entry.status == "Healthy")
    };
    let mut may = BTreeSet::new();
    for step in &list.steps {
        may.extend(step.iter().cloned());
        if !step.iter().all(healthy) {
            break;
        }
    }
    may
}

/// `getProgressingCondition`
fn progressing(set: &ApplicationSet, status: &Status) -> SetCondition {
    let unfinished = (1..=steps_of(set).len()).map(|step| step.to_string()).find(|step| {
        let mut entries = status.applications.iter().filter(|entry| &entry.step == step);
        entries.any(|entry| entry.status != "Healthy")
    });
    match unfinished {
        Some(step) => SetCondition::new(
            "RolloutProgressing",
            true,
            "ApplicationSetModified",
            format!("ApplicationSet is performing rollout of step {step}"),
        ),
        None => SetCondition::new("RolloutProgressing", false, "ApplicationSetRolloutComplete", "ApplicationSet Rollout has completed"),
    }
}

/// A set, what it generates and what lives.
#[derive(Debug)]
pub struct StepsRequest<'r> {
    /// The set with its status.
    pub set: &'r ApplicationSet,
    /// The generated Applications.
    pub desired: &'r [Value],
    /// The live Applications with their status.
    pub current: &'r [Value],
    /// `--progressive-syncs-refresh-grace-period` in seconds.
    pub grace_seconds: i64,
    /// The time of this pass.
    pub now: Timestamp,
}

/// One pass of the rolling sync.
#[derive(Debug)]
pub struct Steps {
    /// Which Applications are in which step.
    pub list: StepList,
    /// What is wrong with the steps.
    pub issues: Issues,
    /// Names that may sync, `maxUpdate` aside.
    pub may_progress: BTreeSet<String>,
    /// The new statuses by name.
    pub statuses: Vec<ApplicationStatus>,
    /// The new conditions.
    pub conditions: Vec<SetCondition>,
    /// Names that get the refresh annotation.
    pub refreshed: Vec<String>,
    /// What this pass writes, with the statuses read at its start; encoded, by name.
    pub written: Vec<Value>,
    /// What the next pass writes, with the new statuses.
    pub written_next: Vec<Value>,
    /// Findings about the steps.
    pub diagnostics: Vec<Diagnostic>,
}

/// Runs one pass of the rolling sync.
///
/// # Errors
/// When a document cannot be decoded, or upstream panics.
pub fn steps(request: &StepsRequest<'_>) -> Result<Steps> {
    let set = request.set;
    let current = request.current.iter().map(|application| live::read(application, set)).collect::<Result<Vec<Value>>>()?;
    let mut desired = request.desired.iter().map(live::decode).collect::<Result<Vec<Value>>>()?;
    for application in &mut desired {
        live::metadata_mut(application).insert("namespace".into(), Value::from(live::namespace_of(set)));
    }
    let status = Status::read(set);
    let mut statuses = Statuses { local: status.clone(), cluster: status.clone() };
    let clock = Clock { now: request.now, grace_seconds: request.grace_seconds };
    let performed =
        perform(set, &mut statuses, &current, &desired, clock).map_err(|message| Error::upstream(format!("panic: {message}")))?;
    let (list, issues) = list::build(set, &desired);
    let write = |status: &Status| {
        if !is_enabled(set) {
            return Vec::new();
        }
        let mut written = desired_to_write(status, &performed.may, &desired);
        written.sort_by(|a, b| live::name(a).cmp(live::name(b)));
        written.iter().map(live::encode).collect()
    };
    let mut applications = statuses.cluster.applications.clone();
    applications.sort_by(|a, b| a.application.cmp(&b.application));
    Ok(Steps {
        diagnostics: unassigned(set, &list, &desired),
        list,
        issues,
        written: write(&status),
        written_next: write(&statuses.cluster),
        may_progress: performed.may,
        statuses: applications,
        conditions: statuses.cluster.conditions,
        refreshed: performed.refreshed,
    })
}

fn unassigned(set: &ApplicationSet, list: &StepList, desired: &[Value]) -> Vec<Diagnostic> {
    if !is_enabled(set) {
        return Vec::new();
    }
    let outside = desired.iter().map(live::name).filter(|name| !list.step_of.contains_key(*name));
    let message = |name: &str| format!("Application {name:?} is in no step: it is never synced by the rollout");
    outside
        .map(|name| Diagnostic::warning("argocd-appset-unassigned-application", "/spec/strategy/rollingSync/steps", message(name)))
        .collect()
}
