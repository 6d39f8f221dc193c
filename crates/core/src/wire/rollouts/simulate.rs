//! Operations of `simulate`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Result, Value,
    rollouts::simulate::{self, state::Trace},
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
}

fn run(request: Request) -> Result<Trace> {
    simulate::simulate(&request.rollout, &request.scenario)
}

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("rollout.simulate", "how a rollout goes, from beginning to end, in a given scenario", run)]
}
