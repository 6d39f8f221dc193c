//! `status.conditions` of an ApplicationSet: `setApplicationSetStatusCondition`.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{live::text, set::ApplicationSet, steps::ApplicationStatus};

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SetCondition {
    /// `ErrorOccurred`, `ParametersGenerated`, `ResourcesUpToDate`, `RolloutProgressing`, `InvalidRolloutConfig`
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// A word.
    pub reason: String,
    /// A sentence.
    pub message: String,
}

impl SetCondition {
    pub(super) fn new(kind: &str, status: bool, reason: &str, message: impl Into<String>) -> Self {
        let status = if status { "True" } else { "False" };
        Self { kind: kind.into(), status: status.into(), reason: reason.into(), message: message.into() }
    }

    /// `ErrorOccurred`
    pub(super) fn error(reason: &str, message: impl Into<String>) -> Self {
        Self::new("ErrorOccurred", true, reason, message)
    }
}

/// The part of a set's status that the controller writes.
#[derive(Debug, Clone, Default)]
pub(super) struct Status {
    pub(super) conditions: Vec<SetCondition>,
    pub(super) applications: Vec<ApplicationStatus>,
}

impl Status {
    /// As the set holds it.
    pub(super) fn read(set: &ApplicationSet) -> Self {
        let condition = |value: &crate::Value| SetCondition {
            kind: text(value, "/type").into(),
            status: text(value, "/status").into(),
            reason: text(value, "/reason").into(),
            message: text(value, "/message").into(),
        };
        Self {
            conditions: set.items("/status/conditions").iter().map(condition).collect(),
            applications: set.items("/status/applicationStatus").iter().map(ApplicationStatus::read).collect(),
        }
    }

    /// The first entry of each name.
    pub(super) fn by_name(&self) -> HashMap<&str, &ApplicationStatus> {
        self.applications.iter().rev().map(|entry| (entry.application.as_str(), entry)).collect()
    }

    fn set(&mut self, new: &[SetCondition], evaluated: &[&str]) {
        let is_evaluated = |kind: &str| evaluated.contains(&kind);
        self.conditions.retain(|condition| !is_evaluated(&condition.kind));
        self.conditions.extend(new.iter().filter(|condition| is_evaluated(&condition.kind)).cloned());
        self.conditions.sort_by(|a, b| {
            let key = |condition: &SetCondition| {
                (condition.kind.clone(), condition.status.clone(), condition.reason.clone(), condition.message.clone())
            };
            key(a).cmp(&key(b))
        });
    }
}

/// The status in the controller's memory and in the cluster.
#[derive(Debug, Clone)]
pub(super) struct Statuses {
    pub(super) local: Status,
    pub(super) cluster: Status,
}

impl Statuses {
    /// `setApplicationSetStatusCondition`
    pub(super) fn condition(&mut self, rolling: bool, given: &[SetCondition], parameters_generated: bool) {
        let mut evaluated = vec!["ParametersGenerated"];
        if !rolling {
            evaluated.extend(["InvalidRolloutConfig", "RolloutProgressing"]);
        }
        let mut new = vec![if parameters_generated {
            SetCondition::new("ParametersGenerated", true, "ParametersGenerated", "All parameters have been generated successfully")
        } else {
            let error = given.iter().rfind(|condition| condition.kind == "ErrorOccurred");
            let message = error.map_or("progressive sync", |condition| condition.message.as_str());
            SetCondition::new("ParametersGenerated", false, "ErrorOccurred", message)
        }];
        for condition in given {
            let dropped = !rolling && matches!(condition.kind.as_str(), "InvalidRolloutConfig" | "RolloutProgressing");
            if dropped {
                evaluated.retain(|kind| *kind != condition.kind);
            } else {
                evaluated.push(&condition.kind);
            }
            new.push(condition.clone());
            match (condition.kind.as_str(), condition.status.as_str()) {
                ("ResourcesUpToDate", "True") => {
                    evaluated.push("ErrorOccurred");
                    new.push(SetCondition::new("ErrorOccurred", false, &condition.reason, condition.message.as_str()));
                }
                ("ErrorOccurred", "True") => {
                    evaluated.push("ResourcesUpToDate");
                    new.push(SetCondition::new("ResourcesUpToDate", false, "ErrorOccurred", condition.message.as_str()));
                }
                _ => {}
            }
        }
        let before = self.local.conditions.clone();
        self.local.set(&new, &evaluated);
        if before != self.local.conditions {
            self.cluster.set(&new, &evaluated);
            self.local = self.cluster.clone();
        }
    }

    /// `setAppSetApplicationStatus`
    pub(super) fn applications(&mut self, new: &[ApplicationStatus]) {
        let known = self.local.by_name();
        let unchanged = |status: &ApplicationStatus| {
            known.get(status.application.as_str()).is_some_and(|current| {
                current.status == status.status
                    && current.step == status.step
                    && current.message == status.message
                    && current.last_transition == status.last_transition
            })
        };
        if new.len() == self.local.applications.len() && new.iter().all(unchanged) {
            return;
        }
        let mut sorted = new.to_vec();
        sorted.sort_by(|a, b| a.application.cmp(&b.application));
        self.cluster.applications = sorted;
        self.local = self.cluster.clone();
    }
}
