//! What Argo CD generates, diffs, judges healthy, orders and syncs.

pub mod health;
pub mod tracking;
pub(crate) mod unstructured;
