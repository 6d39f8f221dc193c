//! A rollout from beginning to end: the controllers in a closed loop with a toy cluster.
//!
//! The clock jumps from one moment at which something can happen to the next; at each, the pods and the
//! controllers take turns until nothing changes any more. Hashes of pod templates are not what Kubernetes
//! would have: they are the roles (`r1`, `r2`, ...) in order of creation, so that a timeline reads well.

mod commands;
mod experiments;
pub mod faults;
mod observe;
mod pods;
mod references;
mod runs;
mod scenario;
mod setup;
pub mod state;
mod summary;

use std::collections::{BTreeMap, BTreeSet};

use smol_str::format_smolstr;

use faults::Faults;
use scenario::Scenario;
use state::{End, Entry, Trace};

use crate::{
    Error, Result, Value,
    rollouts::{
        hashes,
        reconcile::{self, world::World},
        spec::{Rollout, Text, Time},
    },
};

const SECOND: i64 = 1_000_000_000;
/// A reconcile takes place this much after the moment, nanoseconds.
const LATENCY: i64 = 1_000_000;
/// More rounds than this without rest are none.
const ROUNDS: usize = 120;
/// More moments than this are refused.
const MOMENTS: usize = 200_000;
/// How long before the start a healthy Rollout was created, seconds.
const HISTORY: i64 = 3600;

/// A moment of whole seconds, Unix time.
fn moment(seconds: i64) -> Time {
    Time(jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX))
}

/// Hashes of pod templates and the roles that stand for them.
#[derive(Debug, Default)]
struct Roles {
    /// By Kubernetes' hash.
    tokens: BTreeMap<String, Text>,
    /// By name of the ReplicaSet.
    sets: BTreeMap<Text, String>,
    /// ReplicaSets of the Rollout.
    rollout: usize,
    /// ReplicaSets of Experiments.
    experiment: usize,
}

/// Kubernetes' hash of the current template, and what it was made from.
#[derive(Debug, Default)]
struct Template {
    json: String,
    hash: String,
    collisions: Option<i32>,
}

struct Simulation {
    world: World,
    scenario: Scenario,
    /// The Rollout as a normalized document, without what the controller changes.
    document: Value,
    template: Template,
    roles: Roles,
    /// By name of the ReplicaSet.
    pods: BTreeMap<Text, pods::Pods>,
    /// By name of the AnalysisRun.
    watched: BTreeMap<Text, runs::Watched>,
    /// Unix time.
    now: i64,
    wakes: BTreeSet<i64>,
    /// When a failed reconcile is tried again, if something else is to happen at all.
    retry: Option<i64>,
    error: String,
    timeline: Vec<Entry>,
    /// Something may have changed since the last entry was made.
    touched: bool,
    faults: faults::Checked,
    /// Something was reached that cannot be answered offline.
    unknown: Option<String>,
    recording: bool,
    /// Before this moment a reconcile of the Rollout would do nothing, unless what it looks at changes.
    rests_until: Option<Time>,
    /// Pods are ready at once.
    instant: bool,
    unsettled: bool,
}

impl Simulation {
    /// The time that controllers see.
    fn clock(&self) -> Time {
        moment(self.now).plus(LATENCY)
    }

    /// A controller asked to look again.
    fn wake(&mut self, delay: i64) {
        let at = LATENCY.saturating_add(delay).div_euclid(SECOND).saturating_add(self.now);
        self.wakes.insert(at.max(self.now + 1));
    }

    /// Names the hash of the current template.
    fn name_hash(&mut self) {
        let collisions = self.world.rollout.status.collision_count;
        if self.template.hash.is_empty() || self.template.collisions != collisions {
            self.template.hash = hashes::hash_pod_template(&self.template.json, collisions);
            self.template.collisions = collisions;
        }
        let wanted = match self.roles.tokens.get(&self.template.hash) {
            Some(token) => token.clone(),
            None => format_smolstr!("r{}", self.roles.rollout + 1),
        };
        self.world.hashes.pod_template = wanted;
    }

    /// Whether the Rollout's reconcile is known to do nothing now. Pods and Experiments are not watched that closely.
    fn rests(&self) -> bool {
        self.rests_until.is_some_and(|end| self.clock() < end)
            && self.world.experiments.is_empty()
            && !self.labels_pods()
            && !self.restarts_pods()
    }

    fn reconcile_rollout(&mut self) -> bool {
        self.name_hash();
        self.show_pods();
        self.world.clean();
        let (now, told) = (self.clock(), self.world.events.len());
        let report = reconcile::step(&mut self.world, now);
        let silent = report.error.is_none() && !report.rate_limited && self.world.unknown.is_none() && self.world.events.len() == told;
        let error = std::mem::take(&mut self.error);
        self.retry = None;
        if let Some(failure) = report.error {
            self.retry = (!failure.not_found).then_some(self.now + 10);
            self.error = failure.message;
        }
        for delay in report.after {
            self.wake(delay);
        }
        if report.rate_limited {
            self.wake(SECOND);
        }
        self.unknown = self.world.unknown.take();
        self.touched |= self.error != error;
        self.take_pods();
        self.world.dirty |= self.tell_workload();
        let changed = self.world.changed();
        self.rests_until = (silent && !changed).then_some(report.holds_until);
        changed
    }

    /// Lets pods and controllers take turns until nothing changes.
    fn settle(&mut self) -> Result<()> {
        for _ in 0..ROUNDS {
            let mut changed = self.run_pods()?;
            if changed || !self.rests() {
                changed |= self.reconcile_rollout();
            }
            if let Some(unknown) = &self.unknown {
                return Err(Error::new("unknown", unknown.clone()));
            }
            self.touched |= changed;
            if self.recording && self.scenario.every_reconcile {
                self.number();
                self.observe();
            }
            self.world.clean();
            self.reconcile_experiments();
            self.touched |= self.world.changed();
            self.reconcile_runs()?;
            changed |= self.world.changed();
            if !changed && !self.crash() {
                return Ok(());
            }
        }
        self.unsettled = true;
        Ok(())
    }

    /// The next moment at which something happens.
    fn next(&mut self) -> Option<i64> {
        let now = self.now;
        self.wakes = self.wakes.split_off(&(now + 1));
        let wake = self.wakes.first().copied();
        let pods = self.next_pod();
        let event = self.scenario.events.iter().map(|(at, _)| self.scenario.start + at).find(|at| self.recording && *at > now);
        let best = [wake, pods, event].into_iter().flatten().min()?;
        Some(self.retry.filter(|retry| *retry > now).map_or(best, |retry| retry.min(best)))
    }

    /// A Rollout that has long been healthy.
    fn age(&mut self) -> Result<()> {
        let start = self.scenario.start;
        self.now = start - HISTORY;
        self.create()?;
        self.instant = true;
        loop {
            self.settle()?;
            match self.next() {
                Some(next) if next <= start - HISTORY / 2 => self.now = next,
                _ => break,
            }
        }
        self.instant = false;
        self.unsettled = false;
        self.world.events.clear();
        self.now = start;
        self.recording = true;
        self.touched = true;
        self.observe();
        Ok(())
    }

    fn run(&mut self) -> Result<End> {
        if self.scenario.from_healthy {
            self.age()?;
        } else {
            self.now = self.scenario.start;
            self.recording = true;
            self.create()?;
        }
        let mut happened = 0;
        for _ in 0..MOMENTS {
            let mut due = false;
            while let Some((_, command)) =
                self.scenario.events.get(happened).filter(|(at, _)| self.scenario.start + at <= self.now).cloned()
            {
                happened += 1;
                due = true;
                self.apply(command)?;
                self.touched = true;
                self.settle()?;
                self.observe();
            }
            if !due {
                self.settle()?;
                self.observe();
            }
            if self.unsettled {
                return Ok(End::Unsettled);
            }
            match self.next() {
                None if self.error.is_empty() => return Ok(End::Stable),
                None => return Ok(End::Stuck),
                Some(next) if next > self.scenario.start.saturating_add(self.scenario.horizon) => return Ok(End::Horizon),
                Some(next) => self.now = next,
            }
        }
        Err(Error::limit(format!("more than {MOMENTS} moments")))
    }
}

/// Plays a scenario.
///
/// # Errors
/// As [`play`].
pub fn simulate(rollout: &Value, scenario: &Value) -> Result<Trace> {
    play(rollout, scenario, &Faults::default()).map(|played| played.trace)
}

/// A scenario that was played, and the cluster as it is in the end.
#[derive(Debug, Clone)]
pub struct Played {
    /// The states on the way.
    pub trace: Trace,
    /// The Rollout in the end.
    pub rollout: Rollout,
    /// The objects around it in the end.
    pub world: World,
    /// When that is.
    pub now: Time,
}

/// Plays a scenario in which things go wrong.
///
/// # Errors
/// When the Rollout, the scenario or the faults cannot be read, a limit is reached, or (code `unknown`) the
/// course hangs on a plugin.
pub fn play(rollout: &Value, scenario: &Value, faults: &Faults) -> Result<Played> {
    let scenario = Scenario::read(scenario)?;
    let first = scenario.events.first().map_or(0, |(at, _)| *at);
    let mut simulation = setup::set_up(rollout, scenario)?;
    simulation.faults = faults::Checked::read(faults)?;
    let end = simulation.run()?;
    let summary = summary::summarize(&simulation.timeline, end, first);
    simulation.name_hash();
    simulation.show_pods();
    let now = simulation.clock();
    let mut world = simulation.world;
    world.begin();
    world.forget_verdicts();
    let rollout = std::mem::take(&mut world.rollout);
    Ok(Played { trace: Trace { timeline: simulation.timeline, summary }, rollout, world, now })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use serde_json::json;

    use super::*;

    fn rollout() -> Value {
        json!({
            "metadata": {"name": "app"},
            "spec": {
                "replicas": 4,
                "selector": {"matchLabels": {"app": "app"}},
                "template": {
                    "metadata": {"labels": {"app": "app"}},
                    "spec": {"containers": [{"name": "app", "image": "app:v1"}]},
                },
                "strategy": {"canary": {"steps": [{"setWeight": 50}, {"pause": {"duration": "1m"}}]}},
            },
        })
    }

    #[test]
    fn an_update_goes_through_its_steps() {
        let scenario = json!({"events": [{"at": "0s", "do": "setImage", "image": "app:v2"}]});
        let trace = simulate(&rollout(), &scenario).unwrap();
        assert_eq!(trace, simulate(&rollout(), &scenario).unwrap());
        assert_eq!((trace.summary.end, trace.summary.phase.as_str()), (End::Stable, "Healthy"));
        assert!(trace.timeline.iter().any(|entry| entry.phase == "Paused" && entry.actual_weight == Some(50)));
        let last = trace.timeline.last().unwrap();
        assert_eq!((last.stable.as_str(), last.replica_sets["r2"].available), ("r2", 4));
        assert!(trace.summary.exposed_seconds > 30.0 && trace.summary.exposed_seconds < 60.0, "{:?}", trace.summary);
    }

    #[test]
    fn a_settled_world_rests() {
        let scenario =
            Scenario::read(&json!({"events": [{"at": "0s", "do": "setImage", "image": "app:v2"}, {"at": "30s", "do": "abort"}]}));
        let mut simulation = setup::set_up(&rollout(), scenario.unwrap()).unwrap();
        simulation.run().unwrap();
        assert!(simulation.timeline.last().unwrap().abort);
        simulation.now += 1;
        assert!(!simulation.run_pods().unwrap() && !simulation.reconcile_rollout());
    }

    #[test]
    fn a_scenario_is_checked() {
        for scenario in [json!({"evnts": []}), json!({"events": [{"at": "1500ms", "do": "abort"}]}), json!({"analysis": [{"answers": []}]})]
        {
            assert!(simulate(&rollout(), &scenario).is_err(), "{scenario}");
        }
    }
}
