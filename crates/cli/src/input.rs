//! Reading what the user points at.

use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use rayon::prelude::*;

use crate::exit::Failure;

/// Larger files are reported and skipped.
const LARGEST: u64 = 50 << 20;

/// One file of a tree.
#[derive(Debug)]
pub(crate) struct File {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    /// Its text, or why it was left out.
    pub(crate) text: Result<String, String>,
}

/// A named file, or stdin for `-`.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    if name == "-" {
        std::io::stdin().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    }
    .map_err(|e| Failure::Io(name.clone(), e))?;
    String::from_utf8(bytes).map_err(|e| Failure::Usage(format!("{name}: not UTF-8 after byte {}", e.utf8_error().valid_up_to())))
}

/// Every file below `root`, in order of path; `.gitignore` and `.loftingignore` are respected, links are not followed.
pub(crate) fn tree(root: &Path) -> Result<Vec<File>, Failure> {
    if root.is_file() {
        let path = root.display().to_string();
        return Ok(vec![File { text: read(root), path }]);
    }
    if !root.is_dir() {
        return Err(Failure::Usage(format!("{}: there is no such file or directory", root.display())));
    }
    let mut found: Vec<(String, Result<PathBuf, String>)> = Vec::new();
    for entry in walk(root) {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                found.push((relative(root, entry.path()), Ok(entry.into_path())));
            }
            Ok(entry) if entry.path_is_symlink() => {
                let target = std::fs::metadata(entry.path());
                let name = relative(root, entry.path());
                match target {
                    Ok(meta) if meta.is_file() => found.push((name, Ok(entry.into_path()))),
                    Ok(_) => found.push((name, Err("a link to a directory is not followed".into()))),
                    Err(error) => found.push((name, Err(format!("a link that leads nowhere: {error}")))),
                }
            }
            Ok(_) => {}
            Err(error) => found.push((String::new(), Err(error.to_string()))),
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found.into_par_iter().map(|(path, file)| File { text: file.and_then(|file| read(&file)), path }).collect())
}

fn walk(root: &Path) -> ignore::Walk {
    WalkBuilder::new(root)
        .hidden(false)
        .require_git(false)
        .add_custom_ignore_filename(".loftingignore")
        .filter_entry(|entry| entry.file_name() != ".git")
        .follow_links(false)
        .build()
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > LARGEST {
        return Err(format!("{} MiB: larger than the {} MiB that are read", size >> 20, LARGEST >> 20));
    }
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    if bytes.iter().take(8000).any(|byte| *byte == 0) {
        return Err("binary".into());
    }
    String::from_utf8(bytes).map_err(|e| format!("not UTF-8 after byte {}", e.utf8_error().valid_up_to()))
}

/// A refusal about a text, with the file it came from.
pub(crate) fn named(mut error: lofting::Error, file: &str) -> Failure {
    match error.location.as_mut() {
        Some(at) => at.file = file.to_owned(),
        None => error.message = format!("{file}: {}", error.message),
    }
    Failure::Refused(error)
}
