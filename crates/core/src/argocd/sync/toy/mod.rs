//! A toy cluster that plans run on: objects, scripted health, scripted failures, deletions that take time.

mod api;
mod assume;
mod health_kinds;
mod kinds;
mod world;

pub use assume::{Assume, AssumedError, AssumedHealth};
pub use world::{Members, World};
