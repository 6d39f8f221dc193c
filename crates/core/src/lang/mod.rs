//! The small languages that upstream decisions are written in.
//!
//! Each language is a module of its own with the same shape: compile a source
//! text once under [`Limits`], evaluate it many times. What a program may not
//! do is a [`LangError`] with the place in the source and upstream's wording.

pub mod cron;
pub mod expr;
pub mod fasttemplate;
pub mod glob;
pub mod gofmt;
pub mod gotemplate;
pub mod javascript;
pub mod jinja;
pub mod jq;
pub mod jsonpath;
pub mod jsonschema;
pub mod lua;

mod duration;
mod error;
mod gomath;
pub(crate) mod goregexp;
mod limits;

pub use error::{LangError, LangErrorKind};
pub use limits::Limits;

/// A text in Go's `%q` form for plain texts.
pub(crate) fn gofmt_quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
