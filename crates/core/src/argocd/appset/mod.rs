//! The ApplicationSet: what it generates, what an edit would change, and how a rolling sync moves.
//!
//! [`generate`] follows `applicationset/controllers/template` and the
//! generators of Argo CD v3.6.1 over an [`Inventory`]: whatever upstream would
//! fetch is data, and what is missing comes back as [`Need`]s.

mod codes;
mod generate;
mod generators;
mod interpolate;
mod inventory;
mod merge_template;
mod needs;
mod params;
mod patch;
mod plan;
mod render;
mod report;
mod set;
mod slug;
mod stop;
mod text;

pub use codes::CODES;
pub use generate::{Generated, GeneratedApplication, Upstream, generate};
pub use inventory::{
    Cluster, ConfigMap, Inventory, Plugin, PullRequest, PullRequests, ScmBranch, ScmOrganization, ScmRepository, Settings, Tree,
};
pub use needs::Need;
pub use render::{RenderRequest, render};
pub use report::{Provenance, TemplatedField};
pub use set::ApplicationSet;
