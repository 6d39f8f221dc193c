//! AnalysisRuns, measured by the scenario's answers.

use std::{collections::HashMap, sync::Arc};

use super::{
    Simulation, moment,
    scenario::{Ending, Reply, Rule},
};
use crate::{
    Result, Value,
    rollouts::{
        analysis::{
            evaluate,
            reconcile::{self, Answer, Ended, Prepared},
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

/// What is remembered of an AnalysisRun between its reconciles.
pub(super) struct Watched {
    /// What follows from its spec, which does not change.
    prepared: Arc<Result<Prepared, String>>,
    /// As it was when a reconcile left it alone: until a measurement is due, the next one does, too.
    rested: Option<Arc<AnalysisRun>>,
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

fn finished(reply: Option<&Reply>, metric: &Metric) -> Ended {
    match reply.map(|reply| &reply.ending) {
        None => Ended { phase: AnalysisPhase::Successful, ..Ended::default() },
        Some(Ending::Phase { phase, message }) => {
            Ended { phase: AnalysisPhase::from(phase.clone()), message: message.clone(), value: None }
        }
        Some(Ending::Value(value)) => {
            let (phase, message) = match evaluate::result_of(value, "json") {
                Ok(result) => evaluate::evaluate(metric, result),
                Err(error) => (AnalysisPhase::Error, Some(error.message)),
            };
            Ended { phase, message: message.unwrap_or_default(), value: Some(go_json(&sorted(value))) }
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
    fn answers(&self, run: &AnalysisRun, prepared: &Result<Prepared, String>) -> HashMap<String, Answer> {
        let Ok(Prepared { metrics, .. }) = prepared else { return HashMap::new() };
        let terminating = tasks::terminating(run);
        let now = self.clock();
        let mut answers = HashMap::new();
        for task in tasks::due(run, metrics, now) {
            let Some(metric) = metrics.get(task.metric).filter(|_| !(task.resume && terminating)) else { continue };
            let reply = reply(&self.scenario.rules, run, &metric.name);
            if let Some(ended) = self.bad(metric) {
                answers.insert(metric.name.clone(), Answer::Ended(ended));
                continue;
            }
            let answer = match reply {
                Some(reply) if reply.after > 0 && !task.resume => Answer::Resume(moment(self.now.saturating_add(reply.after))),
                reply => Answer::Ended(finished(reply, metric)),
            };
            answers.insert(metric.name.clone(), answer);
        }
        answers
    }

    /// Every AnalysisRun once, by name.
    pub(super) fn reconcile_runs(&mut self) -> Result<()> {
        let now = self.clock();
        self.world.analysis_runs.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        for at in 0..self.world.analysis_runs.len() {
            let Some(run) = self.world.analysis_runs.get(at).filter(|run| !run.status.phase.completed()).map(Arc::clone) else { continue };
            let name = &run.metadata.name;
            if !self.watched.contains_key(name) {
                self.watched.insert(name.clone(), Watched { prepared: Arc::new(reconcile::prepare(&run)), rested: None });
            }
            let Some(Watched { prepared, rested }) = self.watched.get(name) else { continue };
            if let (Ok(Prepared { metrics, .. }), Some(rested)) = (&**prepared, rested)
                && Arc::ptr_eq(rested, &run)
                && tasks::due(&run, metrics, now).is_empty()
            {
                if let Some(next) = tasks::next(&run, metrics, now) {
                    self.wake(next.since(now).max(0));
                }
                continue;
            }
            let prepared = Arc::clone(prepared);
            let mut changed = (*run).clone();
            let around = reconcile::World { answers: self.answers(&run, &prepared), ..reconcile::World::default() };
            let outcome = reconcile::reconcile_prepared(&mut changed, &prepared, &around, now)?;
            round(&mut changed.status);
            let same = run.status == changed.status;
            if (&run.status.phase, &run.status.message) != (&changed.status.phase, &changed.status.message) {
                // What else a measurement changes is neither shown nor looked at by the Rollout.
                self.rests_until = None;
                self.touched = true;
            }
            if let Some(stored) = self.world.analysis_runs.get_mut(at).filter(|_| !same) {
                *stored = Arc::new(changed);
                self.world.dirty = true;
            }
            if let Some(watched) = self.watched.get_mut(&run.metadata.name) {
                watched.rested = same.then_some(run);
            }
            if let Some(delay) = outcome.requeue_after {
                self.wake(delay);
            }
        }
        Ok(())
    }
}
