//! Writes what is generated from the table of operations.

use lofting_tests::{bindgen, root};

fn main() -> std::io::Result<()> {
    for (path, text) in bindgen::all() {
        let path = root().join(path);
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}
