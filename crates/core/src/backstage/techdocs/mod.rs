//! TechDocs: the documentation of an entity, before MkDocs builds it.

mod annotation;
pub mod check;
mod config;
mod pages;

pub use annotation::{check_all, folders};
pub use check::{Page, check};

/// The configuration that is read: `mkdocs.yaml` goes before `mkdocs.yml`.
const CONFIGS: [&str; 2] = ["mkdocs.yaml", "mkdocs.yml"];
