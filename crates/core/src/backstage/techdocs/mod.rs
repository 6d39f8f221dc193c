//! TechDocs: the documentation of an entity, before MkDocs builds it.

pub mod check;
mod config;
mod pages;

pub use check::{Page, check};
