//! What deleting an Application does (`finalizeApplicationDeletion`).
//!
//! The controller is asked again and again until no finalizer is left: hooks before, the cascade wave by
//! wave from the highest down, hooks after, and the hooks' own removal.

mod cascade;
mod finalizers;
mod hooks;
mod plan;
mod step;

pub use finalizers::{POST_DELETE_FINALIZER, PRE_DELETE_FINALIZER, RESOURCES_FINALIZER};
pub use plan::{DeletePass, DeletePlan, delete_plan};
pub use step::{Deletion, Step};
