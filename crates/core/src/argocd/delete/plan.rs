//! A deletion played through over a toy cluster.

use jiff::Timestamp;

use super::step::Deletion;
use crate::argocd::project::AppProject;
use crate::argocd::sync::object::finalizers;
use crate::argocd::sync::plan::{Settle, pass_time, project_name};
use crate::argocd::sync::state::whole_second;
use crate::argocd::sync::toy::World;
use crate::argocd::sync::{Action, PlanRequest};
use crate::{Error, Result};

/// The plan of a deletion.
#[derive(Debug, Clone, PartialEq)]
pub struct DeletePlan {
    /// The passes.
    pub passes: Vec<DeletePass>,
    /// Finalizers that are left.
    pub finalizers: Vec<String>,
    /// Keys that are left in the cluster, sorted.
    pub cluster: Vec<String>,
}

/// One pass.
#[derive(Debug, Clone, PartialEq)]
pub struct DeletePass {
    /// When.
    pub at: Timestamp,
    /// The calls, sorted.
    pub actions: Vec<Action>,
    /// The Application's finalizers, sorted.
    pub finalizers: Vec<String>,
    /// What the controller reports.
    pub error: Option<String>,
}

const MAX_PASSES: i64 = 20;
/// More passes than this are refused.
const PASS_LIMIT: i64 = 100_000;

type Signature = (Vec<Action>, Vec<String>, Option<String>, Vec<String>);

/// Plays the deletion of an Application through.
pub fn delete_plan(request: &PlanRequest) -> Result<DeletePlan> {
    World::check_objects(&request.targets)?;
    World::check_objects(&request.live)?;
    let assume = &request.assume;
    let (start, step) = assume.clock()?;
    let last = if assume.max_passes == 0 { MAX_PASSES } else { assume.max_passes };
    if last > PASS_LIMIT {
        return Err(Error::limit(format!("at most {PASS_LIMIT} passes")));
    }
    let mut world = World::new(&request.live, assume.clone())?;
    let project = match &request.project {
        Some(project) => project.clone(),
        None => AppProject::permissive(project_name(&request.application)),
    };
    let mut deletion =
        Deletion::new(&request.application, &project, &request.targets, whole_second(start))?.with_clusters(&request.clusters);
    let mut left: Vec<String> = finalizers(&request.application).into_iter().map(str::to_owned).collect();
    let (mut passes, mut settle) = (Vec::new(), Settle::<Signature>::new());
    for index in 0..last {
        let at = pass_time(start, step, index);
        world.set_now(at);
        if index > 0 {
            world.tick();
            if index == assume.approve_at {
                deletion.approve(whole_second(at));
            }
        }
        let mut done = deletion.step(&left, &mut world);
        left = done.finalizers;
        done.actions.sort_by_cached_key(|action| format!("{}|{}", action.verb.as_str(), action.key));
        let mut sorted = left.clone();
        sorted.sort();
        let pass = DeletePass { at, actions: done.actions, finalizers: sorted, error: done.error };
        passes.push(pass.clone());
        if left.is_empty() {
            break;
        }
        let waiting = world.has_pending_change() || index < assume.approve_at;
        if settle.is_settled((pass.actions, pass.finalizers, pass.error, world.keys()), waiting) {
            break;
        }
    }
    left.sort();
    Ok(DeletePlan { passes, finalizers: left, cluster: world.keys() })
}
