//! One reconcile of the Rollout controller: level-triggered, exactly its writes.
//!
//! [`reconcile`] is upstream's `syncHandler` as a function: it validates, finds or creates the ReplicaSet of the
//! current template, then goes the way of the strategy and stores a new status. Each early exit of
//! upstream's is one here, for "what happens first wins" is the semantics.

mod affinity;
pub(crate) mod analysis_runs;
pub(crate) mod answer;
mod blue_green;
mod canary;
pub(crate) mod conditions;
pub(crate) mod context;
mod experiments;
mod metadata;
mod pause;
mod persist;
mod restart;
pub(crate) mod revision;
mod routing;
pub(crate) mod scaling;
pub(crate) mod selector;
mod services;
pub(crate) mod template;
pub(crate) mod validation;
pub(crate) mod workload;
pub(crate) mod world;

pub use answer::{Answer, Documents, answer, read};

use std::sync::Arc;

use serde_json::json;

use context::Context;
pub use world::{Action, World};

use crate::rollouts::{
    objects::{Event, Failure, Outcome},
    spec::{Rollout, Time},
};

/// The controller's resync period, nanoseconds: 15 minutes.
pub(crate) const RESYNC: i64 = 15 * 60 * 1_000_000_000;

/// When a workload that is not there is looked for again, nanoseconds: 20 seconds.
pub(crate) const RESOLVE_AGAIN: i64 = 20 * 1_000_000_000;

/// What a reconcile asks of the queue, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    /// Why it ended early, if it did.
    pub(crate) error: Option<Failure>,
    /// Delays after which to look again, nanoseconds.
    pub(crate) after: Vec<i64>,
    /// A rate-limited retry was asked for.
    pub(crate) rate_limited: bool,
    /// Before this moment the clock alone makes no difference: the same objects give the same answer.
    pub(crate) holds_until: Time,
}

/// What one reconcile did and asks for.
#[derive(Debug, Clone)]
pub struct Reconciled {
    /// The Rollout afterwards, with its new status.
    pub rollout: Rollout,
    /// The objects afterwards; what did not change is shared with those before.
    pub world: World,
    /// API calls that changed something, in order.
    pub actions: Vec<Action>,
    /// Events on the Rollout, in order.
    pub events: Vec<Event>,
    /// The smallest delay asked for, nanoseconds.
    pub requeue_after: Option<i64>,
    /// A rate-limited retry was asked for.
    pub retry: bool,
    /// Why it ended early, if it did.
    pub error: Option<Failure>,
    /// The answer hangs on something that is not here, such as a plugin's code: what it is. The rest says
    /// how far the controller came before.
    pub unknown: Option<String>,
}

/// Runs the controller once (`rollout.Controller.syncHandler`): level-triggered, the same answer for the
/// same Rollout, world and moment. Neither is changed; both come back as they are afterwards.
pub fn reconcile(rollout: &Rollout, world: &World, now: Time) -> Reconciled {
    let mut world = World { rollout: rollout.clone(), recording: true, ..world.clone() };
    world.begin();
    // What is remembered of an earlier reconcile may be about another Rollout.
    world.forget_verdicts();
    let report = step(&mut world, now);
    Reconciled {
        rollout: std::mem::take(&mut world.rollout),
        actions: std::mem::take(&mut world.actions),
        events: std::mem::take(&mut world.events),
        unknown: world.unknown.take(),
        world,
        requeue_after: report.after.iter().min().copied(),
        retry: report.error.is_some() || report.rate_limited,
        error: report.error,
    }
}

/// Runs the controller once on a world that holds the Rollout.
pub(crate) fn step(world: &mut World, now: Time) -> Report {
    if world.rollout.metadata.deletion_timestamp.is_some() {
        return Report { error: None, after: Vec::new(), rate_limited: false, holds_until: Time::MAX };
    }
    let mut context = Context::new(world, now);
    let error = run(&mut context).err();
    context.finish(error)
}

fn run(context: &mut Context<'_>) -> Outcome {
    if !context.load()? {
        return Ok(());
    }
    if context.written {
        return Ok(());
    }
    if context.rollout.spec.replicas.is_none() {
        Arc::make_mut(&mut context.rollout.spec).replicas = Some(1);
        context.rollout.metadata.generation = context.rollout.metadata.generation.saturating_add(1);
        let name = context.rollout.metadata.name.clone();
        context.world.dirty = true;
        context.world.forget_verdicts();
        context.world.note(|| Action::Update { kind: "Rollout", name: name.into(), change: json!({"spec": {"replicas": 1}}) });
        return Ok(());
    }
    context.check_paused_conditions();
    if context.written {
        return Ok(());
    }
    if context.is_scaling_event()? {
        return context.sync_replicas_only();
    }
    if context.rollout.blue_green().is_some() { context.roll_out_blue_green() } else { context.roll_out_canary() }
}
