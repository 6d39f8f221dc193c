//! What Argo CD generates, diffs, judges healthy, orders and syncs.

pub mod autosync;
pub mod health;
pub mod project;
pub mod tracking;
pub(crate) mod unstructured;
pub mod window;
