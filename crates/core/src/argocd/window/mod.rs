//! When syncing is allowed (`v1alpha1.SyncWindows`).
//!
//! A window is the open interval from a schedule time to that time plus its
//! duration. Upstream works out the zone's offset from the wall clock, so every
//! question takes `now` beside the instant it is about.

mod can_sync;
mod matches;
mod next;
mod reason;
mod schedule;
mod spec;

pub use can_sync::{active, can_sync, inactive_allows};
pub use matches::{WindowedApplication, matches};
pub use next::next_change;
pub use reason::reason;
pub use spec::SyncWindow;
