//! One reconcile of the Rollout controller: level-triggered, exactly its writes.
//!
//! [`reconcile`] is upstream's `syncHandler`: it validates, finds or creates the ReplicaSet of the
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
pub(crate) mod world;

pub use answer::{Answer, Documents, answer};

use serde_json::json;

use context::Context;
use world::{Action, World};

use crate::rollouts::{
    objects::{Failure, Outcome},
    spec::Time,
};

/// The controller's resync period, nanoseconds: 15 minutes.
pub(crate) const RESYNC: i64 = 15 * 60 * 1_000_000_000;

/// What a reconcile asks of the queue, and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Why it ended early, if it did.
    pub(crate) error: Option<Failure>,
    /// Delays after which to look again, nanoseconds.
    pub(crate) after: Vec<i64>,
    /// A rate-limited retry was asked for.
    pub(crate) rate_limited: bool,
}

/// Runs the controller once.
pub(crate) fn reconcile(world: &mut World, now: Time) -> Report {
    if world.rollout.metadata.deletion_timestamp.is_some() {
        return Report::default();
    }
    let mut context = Context::new(world, now);
    let error = run(&mut context).err();
    context.finish(error)
}

fn run(context: &mut Context<'_>) -> Outcome {
    context.load()?;
    if context.written {
        return Ok(());
    }
    if context.rollout.spec.replicas.is_none() {
        context.rollout.spec.replicas = Some(1);
        context.rollout.metadata.generation = context.rollout.metadata.generation.saturating_add(1);
        let name = context.rollout.metadata.name.clone();
        context.world.dirty = true;
        context.world.forget_verdicts();
        context.world.note(|| Action::Update { kind: "Rollout", name, change: json!({"spec": {"replicas": 1}}) });
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
