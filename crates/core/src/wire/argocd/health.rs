//! Operation `health.assess`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::argocd::health::{self, Customizations, Health};
use crate::wire::Op;
use crate::{Result, Value};

/// Request of `health.assess`.
#[derive(Debug, Deserialize, JsonSchema)]
struct Assess {
    /// The live object.
    object: Value,
    /// `group/Kind` (core: `Kind`; globs allowed) to `{"health.lua", "health.lua.useOpenLibs"}`.
    #[serde(default)]
    customizations: Value,
}

fn assess(request: Assess) -> Result<Option<Health>> {
    Ok(health::assess_with(&request.object, &Customizations::from_value(&request.customizations)))
}

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("health.assess", "Judge a live object's health: status and message, or null for a kind without health", assess)]
}
