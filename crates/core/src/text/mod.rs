//! Texts, places in them, JSON pointers and findings: what every room speaks.

mod code;
mod diagnostic;
mod location;
pub mod pointer;
mod surrogates;

pub use code::Code;
pub use diagnostic::{Diagnostic, Related, Severity};
pub use location::{LineIndex, Location, Position, Span};
pub(crate) use surrogates::pair_surrogates;
