//! The three systems together: a platform repository read as one whole.
//!
//! Files come in as texts; [`tree`] says what each is, [`repository`] finds the
//! Git repositories among them, and [`preview`] draws the picture: catalog,
//! templates, Applications, Rollouts, and how they are wired.

pub mod adoption;
pub mod application;
pub mod applicationset;
mod assumed;
pub mod catalog;
pub mod codes;
pub mod config;
pub mod delivery;
pub mod docs;
pub mod drift;
pub mod flow;
pub mod lints;
pub mod model;
pub mod plan;
pub mod preview;
pub mod radius;
pub mod repository;
pub mod rollout;
pub mod snapshot;
pub mod state;
pub mod status;
pub mod template;
pub mod text_diff;
pub mod timeline;
pub mod tree;
pub mod wiring;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A named text of the platform.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
pub struct File {
    /// Relative to the platform's root, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}
