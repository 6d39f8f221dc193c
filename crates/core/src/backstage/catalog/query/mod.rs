//! Finding entities as the catalog's API does: filter strings, predicates, order, fields, full text, pages, facets.
//!
//! [`Index`] is the handle: build it once, ask it often.

mod fields;
mod filter;
mod index;
mod pages;
mod predicate;
mod request;
mod select;

pub use fields::project;
pub use filter::parse_filter;
pub use index::Index;
pub use pages::{Page, PageRequest};
pub use predicate::{FieldTest, Predicate};
pub use request::{Answer, Item, Order, Query, Route, answer};
