//! Operations of `simulate`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Result, Value,
    rollouts::simulate::{self, faults::Faults, state::Trace},
    wire::Op,
};

/// A Rollout and what happens to it.
#[derive(Debug, Deserialize, JsonSchema)]
struct Request {
    /// The Rollout; its status is not looked at.
    rollout: Value,
    /// Events, pods, answers to measurements and objects, as a scenario file has them.
    #[serde(default)]
    scenario: Value,
    /// What goes wrong besides.
    #[serde(default)]
    faults: Faults,
}

fn run(request: Request) -> Result<Trace> {
    simulate::play(&request.rollout, &request.scenario, &request.faults).map(|played| played.trace)
}

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("rollout.simulate", "how a rollout goes, from beginning to end, in a given scenario", run)]
}
