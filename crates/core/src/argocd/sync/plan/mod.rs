//! A sync played through: the engine folded over a toy cluster.

mod arrange;
mod explain;
mod fold;
mod settle;

pub use explain::{Hold, Stuck};
pub use fold::{Plan, PlanPass, PlanRequest, plan, sorted_results};
pub(crate) use fold::{pass_time, project_name};
pub(crate) use settle::Settle;
