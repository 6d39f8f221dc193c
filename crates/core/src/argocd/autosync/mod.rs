//! Does the controller start a sync by itself? (`ApplicationController.autoSync`)

mod attempted;
mod decide;
mod self_heal;

pub use decide::{Comparison, Condition, Decision, Reason, ResourceStatus, decide};
pub use self_heal::{SelfHeal, SelfHealBackoff};
