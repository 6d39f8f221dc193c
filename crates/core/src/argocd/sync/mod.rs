//! What a sync does, and in which order.
//!
//! [`Engine`] is the controller's operation as a level-triggered state machine over a [`Cluster`]; [`plan()`]
//! folds it over a toy cluster with a script of what happens. Annotations and options of one object are in
//! `object`, `hook` and `options`; desired and live objects are brought together in `desired` and `pairing`;
//! a pass makes its tasks in `generate` and `order`, and works them off in `step`, `run`, `apply` and `hooks`.

pub(crate) mod application;
mod apply;
pub mod cluster;
mod codes;
pub(crate) mod desired;
mod differences;
pub(crate) mod engine;
mod generate;
mod graph;
pub mod hook;
mod hooks;
mod lint;
mod migrate;
mod namespace;
pub(crate) mod object;
pub(crate) mod operation;
mod options;
mod order;
mod pairing;
pub(crate) mod pass;
mod phase;
pub mod plan;
pub(crate) mod recording;
mod respect;
mod results;
mod run;
pub(crate) mod state;
mod step;
mod task;
#[cfg(test)]
mod tests;
pub mod toy;
mod waiting;

pub use application::remote_cluster;
pub use cluster::{Cluster, Live};
pub use codes::CODES;
pub use engine::{CONTROLLER_NAMESPACE, DELETION_APPROVED, Engine, EngineOptions, IN_CLUSTER, Outcome};
pub use graph::{Edge, Gate, Node, PlanGraph, to_dot, to_mermaid};
pub use lint::{lint, policy_findings, resource_findings};
pub use object::{Object, SYNC_OPTIONS};
pub use operation::{Backoff, Force, Initiator, Operation, RetryStrategy, SyncOperation, SyncOperationResource, SyncStrategy};
pub use options::{SYNC_OPTIONS_KNOWN, Scope, scope};
pub use order::{kind_rank, ordered};
pub use phase::{OperationPhase, ResultCode, SyncPhase};
pub use plan::{Plan, PlanPass, PlanRequest, plan};
pub use recording::{Action, Verb};
pub use state::{OperationState, ResourceResult, SyncResult};
pub use task::TaskView;
pub use waiting::{WaitReason, Waiting};

pub use crate::kube::resource_key::ResourceKey;
