//! `status.applicationStatus`: how each Application moves from Waiting to Healthy.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::{
    super::{compare::Comparison, conditions::Status, live, set::ApplicationSet},
    Issues, StepList, is_enabled, steps_of,
    sync::without_automation,
};
use crate::Value;

const REVISION_CHANGED: &str = "Application has pending changes, setting status to Waiting";
const SPEC_CHANGED: &str = "Application has pending changes (spec differs), setting status to Waiting";
const BOTH_CHANGED: &str = "Application has pending changes (revision and spec differ), setting status to Waiting";

/// An entry of `status.applicationStatus`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationStatus {
    /// The Application's name.
    pub application: String,
    /// `Waiting`, `Pending`, `Progressing` or `Healthy`.
    pub status: String,
    /// The step from 1, `-1` for none.
    pub step: String,
    /// Why.
    pub message: String,
    /// What the Application is to run; upstream keeps an absent list apart from an empty one.
    pub target_revisions: Option<Vec<String>>,
    /// When the status last changed.
    pub last_transition: Option<Timestamp>,
}

/// A time of the Kubernetes API: whole seconds.
pub(super) fn time(value: Option<&Value>) -> Option<Timestamp> {
    let time: Timestamp = value?.as_str()?.parse().ok()?;
    Timestamp::from_second(time.as_second()).ok()
}

fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    Some(value?.as_array()?.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
}

impl ApplicationStatus {
    pub(in crate::argocd::appset) fn read(value: &Value) -> Self {
        Self {
            application: live::text(value, "/application").into(),
            status: live::text(value, "/status").into(),
            step: live::text(value, "/step").into(),
            message: live::text(value, "/message").into(),
            target_revisions: texts(value.get("targetRevisions")),
            last_transition: time(value.get("lastTransitionTime")),
        }
    }

    /// `hasPendingChanges`
    pub(super) fn is_pending_change(&self) -> bool {
        [REVISION_CHANGED, SPEC_CHANGED, BOTH_CHANGED].contains(&self.message.as_str())
    }

    fn moved(&mut self, status: &str, message: &str, now: Timestamp) {
        self.status = status.into();
        self.message = message.into();
        self.last_transition = Some(now);
    }
}

fn revisions(application: &Value) -> Vec<String> {
    let several = texts(application.pointer("/status/sync/revisions")).unwrap_or_default();
    if !several.is_empty() {
        return several;
    }
    let one = live::text(application, "/status/sync/revision");
    if one.is_empty() { Vec::new() } else { vec![one.to_owned()] }
}

/// `UpdateApplicationSetApplicationStatus`
pub(super) fn update(
    status: &Status,
    comparison: &Comparison,
    current: &[Value],
    desired: &[Value],
    list: &StepList,
    now: Timestamp,
) -> Result<Vec<ApplicationStatus>, String> {
    let desired: HashMap<&str, &Value> = desired.iter().map(|application| (live::name(application), application)).collect();
    let known = status.by_name();
    let mut updated = Vec::with_capacity(current.len());
    for application in current {
        let name = live::name(application);
        let revisions = revisions(application);
        let stored = known.get(name).map_or_else(
            || ApplicationStatus {
                application: name.to_owned(),
                status: "Waiting".into(),
                step: list.label(name),
                message: "No Application status found, defaulting status to Waiting".into(),
                target_revisions: Some(revisions.clone()),
                last_transition: Some(now),
            },
            |entry| (*entry).clone(),
        );
        let revision_changed = stored.target_revisions.as_ref() != Some(&revisions);
        let spec_changed = desired.get(name).is_some_and(|desired| {
            let mut desired = (*desired).clone();
            without_automation(&mut desired);
            !comparison.specs_equivalent(application, &desired).unwrap_or(true)
        });
        let mut entry = stored.clone();
        entry.step = list.label(name);
        if revision_changed || spec_changed {
            entry.target_revisions = Some(revisions);
            let message = match (revision_changed, spec_changed) {
                (true, true) => BOTH_CHANGED,
                (true, false) => REVISION_CHANGED,
                _ => SPEC_CHANGED,
            };
            entry.moved("Waiting", message, now);
        }
        advance(&mut entry, &stored, application, now)?;
        updated.push(entry);
    }
    Ok(updated)
}

fn advance(entry: &mut ApplicationStatus, stored: &ApplicationStatus, application: &Value, now: Timestamp) -> Result<(), String> {
    let synced = live::text(application, "/status/sync/status") == "Synced";
    let healthy = live::text(application, "/status/health/status") == "Healthy";
    if entry.status == "Waiting" {
        match (synced, healthy) {
            (true, true) => entry.moved("Healthy", "Application resource has synced, updating status to Healthy", now),
            (true, false) => entry.moved("Progressing", "Application resource has synced, updating status to Progressing", now),
            _ => {}
        }
        return Ok(());
    }
    if stored.status == "Pending" {
        let reconciled = time(application.pointer("/status/reconciledAt"));
        let looks = reconciled.is_none_or(|reconciled| entry.last_transition.is_some_and(|last| reconciled > last));
        if looks {
            after_pending(entry, stored, application, now)?;
        }
    }
    if stored.status == "Progressing" && healthy && synced {
        entry.moved("Healthy", "Application resource became Healthy, updating status from Progressing to Healthy", now);
    }
    Ok(())
}

fn after_pending(entry: &mut ApplicationStatus, stored: &ApplicationStatus, application: &Value, now: Timestamp) -> Result<(), String> {
    let started = match application.pointer("/status/operationState") {
        Some(operation) => {
            let Some(last) = stored.last_transition else {
                return Err("runtime error: invalid memory address or nil pointer dereference".into());
            };
            time(operation.get("startedAt")).is_some_and(|started| started > last)
        }
        None => false,
    };
    if started {
        let message = match live::text(application, "/status/operationState/phase") {
            "Succeeded" => "Application resource completed a sync successfully, updating status from Pending to Progressing",
            "Failed" | "Error" => "Application resource completed a sync, updating status from Pending to Progressing",
            _ => "Application resource became Progressing, updating status from Pending to Progressing",
        };
        entry.moved("Progressing", message, now);
        return Ok(());
    }
    let conditions = application.pointer("/status/conditions").and_then(Value::as_array);
    let broken = |condition: &Value| matches!(live::text(condition, "/type"), "InvalidSpecError" | "UnknownError");
    if conditions.is_some_and(|conditions| conditions.iter().any(broken)) {
        entry.moved("Progressing", "Application resource has error and cannot sync, updating status to Progressing", now);
    }
    Ok(())
}

/// `UpdateApplicationSetApplicationStatusProgress`: Waiting becomes Pending as far as `maxUpdate` lets it.
pub(super) fn progress(
    set: &ApplicationSet,
    status: &Status,
    may: &BTreeSet<String>,
    list: &StepList,
    issues: &mut Issues,
    now: Timestamp,
) -> Vec<ApplicationStatus> {
    if !is_enabled(set) {
        return Vec::new();
    }
    let steps = steps_of(set);
    // an Application of no step counts into the first
    let step_of = |entry: &ApplicationStatus| list.step_of.get(&entry.application).copied().unwrap_or_default();
    let mut total: HashMap<usize, i64> = HashMap::new();
    let mut updating: HashMap<usize, i64> = HashMap::new();
    for entry in &status.applications {
        *total.entry(step_of(entry)).or_default() += 1;
        if matches!(entry.status.as_str(), "Pending" | "Progressing") {
            *updating.entry(step_of(entry)).or_default() += 1;
        }
    }
    let mut progressed = status.applications.clone();
    for entry in &mut progressed {
        let step = step_of(entry);
        let running = updating.entry(step).or_default();
        let max_update = steps.get(step).and_then(|step| step.get("maxUpdate"));
        let allowed = max_update.is_none_or(|written| {
            let most = scaled(written, total.get(&step).copied().unwrap_or_default()).unwrap_or_else(|value| {
                issues.note_max_update(step, value);
                0
            });
            let at_least_one = written.as_str().is_some_and(|text| text != "0%") && most < 1;
            *running < if at_least_one { 1 } else { most }
        });
        if entry.status == "Waiting" && may.contains(&entry.application) && allowed {
            entry.moved("Pending", "Application moved to Pending status, watching for the Application resource to start Progressing", now);
            *running += 1;
        }
    }
    progressed
}

/// `GetScaledValueFromIntOrPercent`, rounded down; the error is what is written.
fn scaled(value: &Value, total: i64) -> Result<i64, String> {
    if let Some(number) = value.as_i64() {
        return Ok(number);
    }
    let text = value.as_str().unwrap_or_default();
    let percent: Option<i64> = text.strip_suffix('%').and_then(|digits| digits.parse().ok());
    let percent = percent.ok_or_else(|| text.to_owned())?;
    Ok(percent.saturating_mul(total).div_euclid(100))
}
