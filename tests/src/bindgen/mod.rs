//! What is generated from the table of operations: host functions, their types, pages.

mod model;
mod node;
mod pages;
mod python;

use std::path::PathBuf;

/// A generated file: path from the repository's root, and its text.
pub type Generated = (PathBuf, String);

/// Everything that `make bindgen` writes.
pub fn all() -> Vec<Generated> {
    let table = model::Table::read();
    let mut files = python::files(&table);
    files.extend(node::files(&table));
    files.extend(pages::files());
    files
}
