//! What Argo CD generates, diffs, judges healthy, orders and syncs.

pub mod application;
pub mod appset;
pub mod autosync;
pub mod delete;
pub mod diff;
pub(crate) mod glob;
pub mod health;
pub mod ignore;
pub mod normalize;
pub mod project;
pub mod settings;
pub mod status;
pub mod sync;
pub mod tracking;
pub(crate) mod unstructured;
pub mod window;
