//! Why a plan takes as long as it does, or never ends.

use jiff::Timestamp;

use super::fold::{Plan, PlanPass};
use crate::argocd::sync::cluster::Cluster;
use crate::argocd::sync::pass::health_of;
use crate::argocd::sync::phase::SyncPhase;
use crate::argocd::sync::task::TaskView;
use crate::argocd::sync::toy::World;
use crate::argocd::sync::waiting::{WaitReason, Waiting};

/// A stretch of passes that waited for the same phase and wave, for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub reason: WaitReason,
    /// Which phase and wave; none for windows and retries.
    pub step: Option<(SyncPhase, i64)>,
    /// The first pass that waited.
    pub from: usize,
    /// The last one.
    pub to: usize,
    /// When it began.
    pub since: Timestamp,
    /// When the next pass found it over; none while it is still waited for.
    pub until: Option<Timestamp>,
    /// Everything that was waited for.
    pub on: Vec<TaskView>,
    /// What was waited for to the last: the critical path runs through it.
    pub last: Vec<TaskView>,
}

/// A task that an operation waits for in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Which; none when the operation as a whole is held.
    pub task: Option<TaskView>,
    /// Why it will not be done, in plain words.
    pub why: String,
}

impl Plan {
    /// The holds of the plan, in order: together they are its critical path.
    pub fn holds(&self) -> Vec<Hold> {
        let mut holds: Vec<Hold> = Vec::new();
        for (index, pass) in self.passes.iter().enumerate() {
            let Some(waiting) = &pass.waiting else { continue };
            let step = waiting.tasks.first().map(|task| (task.phase, task.wave));
            let until = self.passes.get(index + 1).map(|next| next.at);
            match holds.last_mut() {
                Some(hold) if hold.to + 1 == index && hold.reason == waiting.reason && hold.step == step => {
                    hold.to = index;
                    hold.until = until;
                    let new = waiting.tasks.iter().filter(|task| !hold.on.iter().any(|known| same(known, task)));
                    let new: Vec<TaskView> = new.cloned().collect();
                    hold.on.extend(new);
                    hold.last.clone_from(&waiting.tasks);
                }
                _ => holds.push(Hold {
                    reason: waiting.reason,
                    step,
                    from: index,
                    to: index,
                    since: pass.at,
                    until,
                    on: waiting.tasks.clone(),
                    last: waiting.tasks.clone(),
                }),
            }
        }
        holds
    }
}

fn same(one: &TaskView, other: &TaskView) -> bool {
    one.key == other.key && one.phase == other.phase
}

/// Why an operation that is not over will not be, as the world stands.
pub(super) fn stuck(last: Option<&PlanPass>, settled: bool, world: &World) -> Vec<Stuck> {
    let Some(pass) = last.filter(|pass| !pass.phase.completed()) else { return Vec::new() };
    if !settled {
        let why = "the plan stopped at its last pass while something was still to come; raise maxPasses".to_owned();
        return vec![Stuck { task: None, why }];
    }
    match &pass.waiting {
        None => vec![Stuck { task: None, why: pass.message.clone() }],
        Some(waiting) if waiting.tasks.is_empty() => vec![Stuck { task: None, why: pass.message.clone() }],
        Some(waiting) => {
            let tasks = waiting.tasks.iter();
            tasks.map(|task| Stuck { task: Some(task.clone()), why: why(waiting, task, world) }).collect()
        }
    }
}

fn why(waiting: &Waiting, task: &TaskView, world: &World) -> String {
    let cluster_scoped = world.is_namespaced(&task.key.group, &task.key.kind) == Some(false);
    let live = world.cached(&if cluster_scoped { task.key.in_namespace("") } else { (*task.key).clone() });
    if waiting.reason == WaitReason::Confirmation {
        return "its prune needs approval: set the annotation argocd.argoproj.io/deletion-approved on the Application to a time \
                after the operation began"
            .to_owned();
    }
    let Some(live) = live else { return "it is not in the cluster".to_owned() };
    if waiting.reason == WaitReason::Deletion {
        let finalizers = live.object.finalizers();
        return if finalizers.is_empty() {
            "it was deleted and does not go".to_owned()
        } else {
            format!("it was deleted and is held by the finalizers {}", finalizers.join(", "))
        };
    }
    match health_of(&live) {
        Some(health) if !health.message.is_empty() => format!("it stays {}: {}", health.status, health.message),
        Some(health) => format!("it stays {}", health.status),
        None => "it has no health".to_owned(),
    }
}
