//! Operations of `experiment`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rollout::read_rollout;
use crate::{
    Result, Value,
    rollouts::{
        experiment,
        spec::{ReplicaSet, to_wire},
    },
    wire::Op,
};

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("experiment.build", "the Experiment that an experiment step starts", build)]
}

/// Request of `experiment.build`.
#[derive(Deserialize, JsonSchema)]
struct BuildRequest {
    /// The Rollout.
    #[serde(default)]
    rollout: Value,
    /// The ReplicaSet of the wanted template.
    #[serde(rename = "newRS")]
    new_rs: Option<Value>,
    /// The ReplicaSet that is stable.
    #[serde(rename = "stableRS")]
    stable_rs: Option<Value>,
}

/// Response of `experiment.build`.
#[derive(Default, Serialize, JsonSchema)]
struct BuildResponse {
    /// The Experiment; absent when there is no experiment step.
    #[serde(skip_serializing_if = "Option::is_none")]
    experiment: Option<Value>,
    /// Upstream's refusal.
    failed: Option<String>,
}

fn build(request: BuildRequest) -> Result<BuildResponse> {
    let rollout = read_rollout(&request.rollout)?;
    let new = ReplicaSet::read_opt(request.new_rs.as_ref())?;
    let stable = ReplicaSet::read_opt(request.stable_rs.as_ref())?;
    Ok(match experiment::build(&rollout, stable.as_ref(), new.as_ref())? {
        Err(failed) => BuildResponse { failed: Some(failed), ..Default::default() },
        Ok(None) => BuildResponse::default(),
        Ok(Some(experiment)) => {
            let mut document = to_wire("Experiment", &serde_json::to_value(experiment).unwrap_or_default())?;
            drop_empty(&mut document);
            BuildResponse { experiment: Some(document), failed: None }
        }
    })
}

/// Takes out the empty `status`, `resources` and `strategy` that Go's structs always write.
fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let empty = |member: &Value| member.as_object().is_some_and(serde_json::Map::is_empty);
            members.retain(|key, member| !(empty(member) && matches!(key.as_str(), "status" | "resources" | "strategy")));
            members.values_mut().for_each(drop_empty);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_empty),
        _ => {}
    }
}
