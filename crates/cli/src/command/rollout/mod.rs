//! `lofting rollout`.

mod chart;
mod check;
mod simulate;
mod status;
mod svg;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use lofting::rollouts::simulate::state::Entry;

use crate::cli::{Format, Global};
use crate::exit::Outcome;

/// Check Rollouts, play one through, or say where one stands.
#[derive(Debug, Args)]
pub(crate) struct RolloutCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Validate Rollouts and what they refer to, as the controller does, and lint them
    Check {
        /// Files or directories; - is stdin
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// How to write the answer
        #[arg(short, long, value_enum, default_value_t = Format::Human)]
        output: Format,
    },
    /// Play an update through: weights and pods over time; exits with 1 when it does not end Healthy
    Simulate(simulate::Simulate),
    /// Where Rollouts stand, from a snapshot (`kubectl get rollout,rs -o yaml`), and why; exits with 1 unless all are Healthy
    Status(status::Status),
}

impl RolloutCommand {
    pub(crate) fn run(self, global: &Global) -> Outcome {
        match self.action {
            Action::Check { paths, output } => check::run(&paths, output),
            Action::Simulate(simulate) => simulate.run(global),
            Action::Status(status) => status.run(),
        }
    }
}

/// Seconds as `1h02m03s`.
fn clock(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest:02}s"),
        _ => format!("{hours}h{minutes:02}m{rest:02}s"),
    }
}

/// The role of the version that is there in the beginning.
const FIRST: &str = "r1";

/// What the traffic of a state says about a new version.
enum Share {
    /// The first version of all comes up: there is no other.
    Initial,
    /// The version that was there in the beginning has all the traffic, and none is on its way.
    Quiet,
    /// Of 100.
    New(i32),
}

impl Share {
    /// Argo Rollouts' word for a canary, the active Service's for blue-green.
    fn of(entry: &Entry) -> Self {
        match entry.current.as_str() {
            _ if entry.stable.is_empty() => return Self::Initial,
            FIRST if entry.stable == FIRST => return Self::Quiet,
            _ => {}
        }
        Self::New(match &entry.blue_green {
            Some(strategy) if strategy.active == entry.current => 100,
            Some(_) => 0,
            None if entry.current == entry.stable => 100,
            None => percent(entry),
        })
    }

    /// Of 100; nothing without a new version.
    fn percent(&self) -> i32 {
        if let Self::New(percent) = self { *percent } else { 0 }
    }
}

/// The weight of 100, whatever `maxTrafficWeight` is; the share of the available pods without traffic routing.
fn percent(entry: &Entry) -> i32 {
    let Some(weights) = &entry.weights else {
        let total: i32 = entry.replica_sets.iter().filter(|(role, _)| !role.starts_with('x')).map(|(_, set)| set.available).sum();
        let new = entry.replica_sets.get(&entry.current).map_or(0, |set| set.available);
        return if total > 0 { new * 100 / total } else { 0 };
    };
    let weight = entry.actual_weight.unwrap_or(0);
    let (canary, stable, more) = weights.told();
    match canary + stable + more {
        full if full > 0 && full != 100 => i32::try_from(i64::from(weight) * 100 / full).unwrap_or(weight),
        _ => weight,
    }
}

/// What the new version answers while it is not the stable one: requests if their rate is known, else all the traffic's seconds.
fn exposed(summary: &lofting::rollouts::simulate::state::Summary, rate: Option<f64>) -> String {
    match rate {
        Some(rate) => format!("{:.0} requests", summary.exposed_seconds * rate),
        None => format!("{:.0} s of all traffic", summary.exposed_seconds),
    }
}
