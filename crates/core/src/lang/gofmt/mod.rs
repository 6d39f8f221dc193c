//! What several of Go's small languages share: values with Go's types, `fmt`'s
//! verbs, `strconv`'s numbers and quoting, `encoding/json`'s text, `regexp`'s
//! syntax and `time`'s layouts.
//!
//! Go's type of a value decides what a template prints, compares and accepts,
//! so a [`Value`] keeps `int` from `float64`, `map[string]string` from
//! `map[string]interface {}`, and a nil of a type from no value at all.

pub mod float;
pub mod json;
mod json_syntax;
mod list;
mod map;
mod merge;
pub mod number;
mod print;
mod printf;
pub mod quote;
pub mod regexp;
pub mod time;
pub mod time_layout;
pub mod unicode;
mod value;

pub(crate) use json_syntax::{go_type, json_kind, syntax_error};
pub use list::{Elem, List};
pub(crate) use list::{appended_capacity, next_capacity};
pub use map::{Entry, Map};
pub use merge::{MergeError, merge};
pub use print::{Printer, sprint, sprint_bytes, sprintln};
pub use printf::sprintf;
pub use value::{Foreign, Kind, Text, Value};

/// The most bytes that one printed value may take.
pub const MAX_TEXT: usize = 64 << 20;

/// How deep values may nest before printing or comparing gives up.
pub const MAX_DEPTH: usize = 256;

/// A value was too large or too deep to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;
