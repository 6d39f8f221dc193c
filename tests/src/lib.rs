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

/// Every text file below a directory, sorted by path, with `/`.
pub fn files_below(dir: &std::path::Path) -> Vec<lofting::platform::File> {
    let mut files = Vec::new();
    let mut left = vec![dir.to_owned()];
    while let Some(at) = left.pop() {
        for entry in std::fs::read_dir(&at).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
            } else if let (Ok(name), Ok(text)) = (path.strip_prefix(dir), std::fs::read_to_string(&path)) {
                let parts: Vec<_> = name.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
                files.push(lofting::platform::File { path: parts.join("/"), text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}
