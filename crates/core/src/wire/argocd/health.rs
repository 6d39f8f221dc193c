//! Operation `health.assess`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::argocd::health::{self, Health};
use crate::wire::Op;
use crate::{Result, Value};

/// Request of `health.assess`.
#[derive(Debug, Deserialize, JsonSchema)]
struct Assess {
    /// The live object.
    object: Value,
}

fn assess(request: Assess) -> Result<Option<Health>> {
    Ok(health::assess(&request.object))
}

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("health.assess", "Judge a live object's health: status and message, or null for a kind without health", assess)]
}
