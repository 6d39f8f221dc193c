//! The ApplicationSet: what it generates, what an edit would change, and how a rolling sync moves.
//!
//! [`generate`] follows `applicationset/controllers/template` and the
//! generators of Argo CD v3.6.1 over an [`Inventory`]: whatever upstream would
//! fetch is data, and what is missing comes back as [`Need`]s.

mod codes;
mod compare;
mod conditions;
mod diff;
mod generate;
mod generators;
mod interpolate;
mod inventory;
mod live;
mod merge_template;
mod needs;
mod params;
mod patch;
mod plan;
mod render;
mod report;
mod set;
mod slug;
mod steps;
mod stop;
mod text;
mod unused;

pub use codes::CODES;
pub use conditions::SetCondition;
pub use diff::{Change, Deletion, Diff, DiffRequest, Outcome, diff};
pub use generate::{Generated, GeneratedApplication, Upstream, generate};
pub use inventory::{
    Cluster, ConfigMap, Inventory, Plugin, PullRequest, PullRequests, ScmBranch, ScmOrganization, ScmRepository, Settings, Tree,
};
pub use needs::Need;
pub use render::{RenderRequest, render};
pub use report::{GeneratorRow, Provenance, Reading, TemplatedField};
pub use set::ApplicationSet;
pub use steps::{ApplicationStatus, InvalidOperator, Issues, StepList, Steps, StepsRequest, steps};

#[cfg(test)]
mod tests;
