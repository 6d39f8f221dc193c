//! What goes wrong in a simulation, besides what the scenario's events say.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Simulation, scenario};
use crate::{
    Result, Value,
    rollouts::{
        analysis::{evaluate, reconcile::Ended},
        spec::{AnalysisPhase, Metric, go_json},
        steps,
    },
};

/// Pods and metrics that turn bad on the way.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Pods of the new version that crash.
    pub crash: Vec<Crash>,
    /// Metrics that turn bad.
    pub metric: Vec<BadMetric>,
}

/// Pods of the new version crash once the update has reached a step, and never get ready again.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Crash {
    /// The step, counted from 0; the number of steps stands for "when all are done".
    pub step: i32,
    /// How many of its pods stay ready.
    pub ready: i64,
}

/// Measurements of a metric are bad from a moment on.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BadMetric {
    /// A Go duration after the start, in whole seconds.
    pub at: String,
    /// Its name; without one every metric.
    pub metric: Option<String>,
    /// What is measured, judged by the metric's conditions; without it the measurement is Failed.
    pub value: Option<Value>,
}

/// Faults that have been checked.
#[derive(Debug, Default)]
pub(super) struct Checked {
    crash: Vec<Crash>,
    /// With the seconds after the start.
    metric: Vec<(i64, BadMetric)>,
}

impl Checked {
    pub(super) fn read(faults: &Faults) -> Result<Self> {
        let metric = faults.metric.iter().map(|bad| Ok((scenario::seconds(&bad.at)?, bad.clone())));
        Ok(Self { crash: faults.crash.clone(), metric: metric.collect::<Result<_>>()? })
    }
}

impl Simulation {
    /// Lets the pods crash whose step is reached; whether any did.
    pub(super) fn crash(&mut self) -> bool {
        let rollout = &self.world.rollout;
        if self.faults.crash.is_empty() || !self.recording || rollout.is_fully_promoted() || rollout.status.abort {
            return false;
        }
        let Some(index) = steps::current(rollout).1 else { return false };
        let role = rollout.status.current_pod_hash.to_string();
        let Some(at) = self.faults.crash.iter().position(|crash| index >= crash.step) else { return false };
        let crash = self.faults.crash.remove(at);
        self.scenario.limits.insert(role, crash.ready);
        self.touched = true;
        true
    }

    /// The answer of a metric that has turned bad.
    pub(super) fn bad(&self, metric: &Metric) -> Option<Ended> {
        let since = self.now - self.scenario.start;
        let named = |bad: &BadMetric| bad.metric.as_ref().is_none_or(|name| *name == metric.name);
        let (_, bad) = self.faults.metric.iter().find(|(at, bad)| self.recording && *at <= since && named(bad))?;
        let Some(value) = &bad.value else {
            return Some(Ended { phase: AnalysisPhase::Failed, message: "the metric has turned bad".into(), value: None });
        };
        let (phase, message) = match evaluate::result_of(value, "json") {
            Ok(result) => evaluate::evaluate(metric, result),
            Err(error) => (AnalysisPhase::Error, Some(error.message)),
        };
        Some(Ended { phase, message: message.unwrap_or_default(), value: Some(go_json(value)) })
    }
}
