//! Kubernetes and Backstage YAML: text to values with places, and back.
//!
//! Two dialects, each exactly as its upstream reads it: [`kubernetes`]
//! (`sigs.k8s.io/yaml`, what Argo CD and `kubectl` use) and [`backstage`] (npm
//! `yaml` as the catalog calls it). [`emit`] writes as `sigs.k8s.io/yaml` does.

pub mod backstage;
mod builder;
mod document;
mod emit;
#[cfg(feature = "serde_yaml")]
pub mod interop;
pub mod kubernetes;
mod tree;

pub use document::{Comment, Document};
pub use emit::{emit, marshal};

use crate::error::Result;

/// Whose YAML a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `sigs.k8s.io/yaml`: YAML 1.1 scalars, merge keys, the last duplicate wins.
    Kubernetes,
    /// npm `yaml` as Backstage's catalog calls it: YAML 1.2 core, no merge
    /// keys, duplicates are errors.
    Backstage,
}

/// The documents of a text, with places; empty and null documents vanish.
///
/// # Errors
/// When the dialect's upstream refuses the text, with the place.
pub fn parse(text: &str, dialect: Dialect) -> Result<Vec<Document>> {
    match dialect {
        Dialect::Kubernetes => kubernetes::parse(text),
        Dialect::Backstage => backstage::parse(text, false)?.into_iter().collect(),
    }
}

/// Like [`parse`] for bytes, which need not be UTF-8.
///
/// # Errors
/// As [`parse`]; bytes that are no UTF-8 are refused at their place.
pub fn parse_bytes(bytes: &[u8], dialect: Dialect) -> Result<Vec<Document>> {
    parse(document::text(bytes)?, dialect)
}
