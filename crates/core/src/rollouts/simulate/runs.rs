//! AnalysisRuns, measured by the scenario's answers.

use std::{collections::HashMap, rc::Rc};

use serde_json::json;

use super::{
    Simulation, moment,
    scenario::{Ending, Reply, Rule},
};
use crate::{
    Result, Value,
    rollouts::{
        analysis::{
            evaluate,
            reconcile::{self, Answer},
            tasks,
        },
        reconcile::context::whole_seconds,
        spec::{AnalysisPhase, AnalysisRun, AnalysisRunStatus, Metric, POD_TEMPLATE_HASH, Time, go_json},
    },
};

/// The keys of objects in order, as Go writes maps.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            Value::Object(members.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

fn matches(rule: &Rule, run: &AnalysisRun, metric: &str) -> bool {
    let label = |name: &str| run.metadata.labels.get(name).map_or("", String::as_str);
    (rule.kind.is_empty() || rule.kind == label("rollout-type"))
        && rule.step.as_ref().is_none_or(|step| step == label("step-index"))
        && (rule.role.is_empty() || rule.role == label(POD_TEMPLATE_HASH))
        && (rule.metric.is_empty() || rule.metric == metric)
}

/// How a finished measurement of a metric is answered.
fn reply<'a>(rules: &'a [Rule], run: &AnalysisRun, metric: &str) -> Option<&'a Reply> {
    let result = run.status.result(metric);
    let done = result.map_or(0, |result| result.successful + result.failed + result.inconclusive + result.error);
    let rule = rules.iter().find(|rule| matches(rule, run, metric))?;
    rule.replies.get(usize::try_from(done).unwrap_or(0)).or(rule.replies.last())
}

fn finished(reply: Option<&Reply>, metric: &Metric, now: Time) -> Value {
    let now = now.wire();
    match reply.map(|reply| &reply.ending) {
        None => json!({"phase": "Successful", "finishedAt": now}),
        Some(Ending::Phase { phase, message }) => json!({"phase": phase, "message": message, "finishedAt": now}),
        Some(Ending::Value(value)) => {
            let (phase, message) = match evaluate::result_of(value, "json") {
                Ok(result) => evaluate::evaluate(metric, result),
                Err(error) => (AnalysisPhase::Error, Some(error.message)),
            };
            json!({"phase": phase, "message": message.unwrap_or_default(), "finishedAt": now, "value": go_json(&sorted(value))})
        }
    }
}

/// Times as the API server stores them.
fn round(status: &mut AnalysisRunStatus) {
    let round = |time: &mut Option<Time>| *time = time.map(whole_seconds);
    round(&mut status.started_at);
    round(&mut status.completed_at);
    for measurement in status.metric_results.iter_mut().flat_map(|result| &mut result.measurements) {
        round(&mut measurement.started_at);
        round(&mut measurement.finished_at);
        round(&mut measurement.resume_at);
    }
}

impl Simulation {
    fn answers(&self, run: &AnalysisRun) -> HashMap<String, Answer> {
        let Ok(metrics) = reconcile::resolved_without_secrets(&run.spec.metrics, &run.spec.args) else { return HashMap::new() };
        let terminating = tasks::terminating(run);
        let now = self.clock();
        let mut answers = HashMap::new();
        for task in tasks::due(run, &metrics, now) {
            let Some(metric) = metrics.get(task.metric).filter(|_| !(task.resume && terminating)) else { continue };
            let reply = reply(&self.scenario.rules, run, &metric.name);
            let fields = match reply {
                Some(reply) if reply.after > 0 && !task.resume => {
                    json!({"phase": "Running", "resumeAt": moment(self.now.saturating_add(reply.after)).wire()})
                }
                reply => finished(reply, metric, now),
            };
            answers.insert(metric.name.clone(), Answer::Fields(fields));
        }
        answers
    }

    /// Every AnalysisRun once, by name.
    pub(super) fn reconcile_runs(&mut self) -> Result<()> {
        let now = self.clock();
        self.world.analysis_runs.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        for at in 0..self.world.analysis_runs.len() {
            let Some(run) = self.world.analysis_runs.get(at).filter(|run| !run.status.phase.completed()) else { continue };
            let mut changed = (**run).clone();
            let around = reconcile::World { answers: self.answers(run), ..reconcile::World::default() };
            let outcome = reconcile::reconcile(&mut changed, &around, now)?;
            round(&mut changed.status);
            if let Some(stored) = self.world.analysis_runs.get_mut(at).filter(|run| run.status != changed.status) {
                *stored = Rc::new(changed);
                self.world.dirty = true;
            }
            if let Some(delay) = outcome.requeue_after {
                self.wake(delay);
            }
        }
        Ok(())
    }
}
