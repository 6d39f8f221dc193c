//! The catalog: entities as the server validates, processes, relates and finds them.
//!
//! The road: [`read`](mod@read) texts, [`check`](mod@check) each document as the
//! processing orchestrator does, [`process`](mod@process) a whole set of locations.

pub mod check;
mod collector;
pub mod coverage;
pub mod dangling;
pub mod diff;
pub mod field_format;
mod git_url;
pub mod graph;
pub mod integration;
pub mod kinds;
pub mod location;
mod orchestrator;
mod placeholder;
pub mod policy;
pub mod process;
pub mod query;
pub mod read;
mod reader;
pub mod reference;
mod refusal;
pub mod register;
pub mod relations;
pub mod rules;
pub mod search;
mod url_path;

pub use location::LocationRef;
pub use reader::Site;
pub use reference::EntityRef;
pub use refusal::{Refusal, Stage};
