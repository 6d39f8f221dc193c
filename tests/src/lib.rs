//! Vectors, and when an answer agrees with one.

pub mod bindgen;
pub mod divergences;
pub mod judge;
pub mod languages;
pub mod vector;

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}
