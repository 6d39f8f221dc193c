//! The typed model of Rollout, ReplicaSet, AnalysisRun and Experiment.
//!
//! Reading goes as Go reads JSON into the structs of the pinned release: field
//! tables in `tables/` say which fields exist, of what type, and whether zero
//! values are written back. The typed structs here hold what the rules look at.

mod analysis;
mod decode;
mod defaults;
mod experiment;
mod int_or_string;
mod json;
mod meta;
mod quote;
mod replica_set;
mod rollout;
mod schema;
mod service;
mod status;
mod strategy;
mod time;
mod traffic;
mod word;

pub(crate) use crate::kube::duration::format as format_duration;
pub use analysis::*;
pub use decode::{Reading, normalize, read, read_opt, to_wire};
pub use experiment::*;
pub use int_or_string::IntOrString;
pub(crate) use int_or_string::{go_atoi, go_parse_i32};
pub use json::go_json;
pub(crate) use json::{general, go_float};
pub use meta::*;
pub(crate) use quote::go_quote;
pub use replica_set::*;
pub use rollout::*;
pub use service::*;
pub use status::*;
pub use strategy::*;
pub use time::{Time, go_duration};
pub use traffic::*;
pub(crate) use word::Word;

/// A text that a reconcile copies often and that is mostly short: copying one costs nothing.
pub(crate) type Text = smol_str::SmolStr;
