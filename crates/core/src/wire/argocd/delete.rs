//! Operations of `delete`.

use schemars::JsonSchema;
use serde::Serialize;

use super::sync::{ActionOutput, PlanInput, seconds};
use crate::Result;
use crate::argocd::delete::delete_plan;
use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("delete.plan", "Plays the deletion of an Application through: hooks, cascade, what is left", plan)]
}

/// The plan of a deletion.
#[derive(Serialize, JsonSchema)]
struct DeleteOutput {
    /// Pass by pass.
    passes: Vec<PassOutput>,
    /// The end.
    #[serde(rename = "final")]
    end: FinalOutput,
}

/// A pass.
#[derive(Serialize, JsonSchema)]
struct PassOutput {
    /// When, RFC 3339.
    at: String,
    /// Calls to the cluster, sorted.
    actions: Vec<ActionOutput>,
    /// The Application's finalizers, sorted.
    finalizers: Vec<String>,
    /// What the controller reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The end of a deletion.
#[derive(Serialize, JsonSchema)]
struct FinalOutput {
    /// No finalizer is left.
    completed: bool,
    /// Finalizers that are left.
    finalizers: Vec<String>,
    /// Keys left in the cluster; ` (terminating)` marks those that are going.
    cluster: Vec<String>,
}

fn plan(input: PlanInput) -> Result<DeleteOutput> {
    let plan = delete_plan(&input.read()?)?;
    let passes = plan.passes.into_iter().map(|pass| PassOutput {
        at: seconds(pass.at),
        actions: pass.actions.into_iter().map(ActionOutput::of).collect(),
        finalizers: pass.finalizers,
        error: pass.error,
    });
    Ok(DeleteOutput {
        passes: passes.collect(),
        end: FinalOutput { completed: plan.finalizers.is_empty(), finalizers: plan.finalizers, cluster: plan.cluster },
    })
}
