//! Reading what the user points at.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use rayon::prelude::*;

use crate::documents;
use crate::exit::Failure;
use crate::output;

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
        std::io::stdin().read_to_end(&mut bytes).map_err(|error| Failure::Io("stdin".into(), error))?;
    } else {
        let read = std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
        read.map_err(|error| Failure::Usage(format!("{name}: {}", explain(&error))))?;
    }
    decode(bytes).map_err(|why| Failure::Usage(format!("{name}: {why}")))
}

/// Every file below `root`, in order of path; `.gitignore` and `.loftingignore` are respected, links to directories are not followed.
pub(crate) fn tree(root: &Path) -> Result<Vec<File>, Failure> {
    files(root, |_| true)
}

/// The YAML and JSON files of a directory, or the one file named, with names that lead there from here. What cannot be read in
/// a directory is reported on stderr and left out; a file that was named must be readable.
pub(crate) fn data(path: &Path) -> Result<Vec<(String, String)>, Failure> {
    if !path.is_dir() {
        return Ok(vec![(path.display().to_string(), text(path)?)]);
    }
    let mut texts = Vec::new();
    for file in files(path, documents::is_data)? {
        let name = path.join(&file.path).display().to_string();
        match file.text {
            Ok(text) => texts.push((name, text)),
            Err(why) => output::note("skipped", &format!("{name}: {why}")),
        }
    }
    Ok(texts)
}

fn files(root: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<File>, Failure> {
    if !root.is_dir() {
        return Ok(vec![File { text: Ok(text(root)?), path: root.display().to_string() }]);
    }
    let mut found: Vec<(String, Result<PathBuf, String>)> = Vec::new();
    for entry in walk(root) {
        match entry {
            Ok(entry) => found.extend(candidate(root, entry)),
            Err(error) => found.push(unreadable(root, &error)),
        }
    }
    found.retain(|(path, file)| file.is_err() || wanted(path));
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found.into_par_iter().map(|(path, file)| File { text: file.and_then(|file| read(&file)), path }).collect())
}

/// What a walk found, if it is to be read or reported.
fn candidate(root: &Path, entry: ignore::DirEntry) -> Option<(String, Result<PathBuf, String>)> {
    let name = relative(root, entry.path());
    let kind = entry.file_type()?;
    if kind.is_dir() {
        return None;
    }
    if kind.is_file() {
        return Some((name, Ok(entry.into_path())));
    }
    if !kind.is_symlink() {
        return Some((name, Err("neither a file nor a directory".into())));
    }
    Some(match std::fs::metadata(entry.path()) {
        Ok(target) if target.is_file() => (name, Ok(entry.into_path())),
        Ok(target) if target.is_dir() => (name, Err("a link to a directory is not followed".into())),
        Ok(_) => (name, Err("a link to neither a file nor a directory".into())),
        Err(error) => (name, Err(format!("a link that leads nowhere ({error})"))),
    })
}

/// A directory that cannot be listed, or an ignore file that cannot be read.
fn unreadable(root: &Path, error: &ignore::Error) -> (String, Result<PathBuf, String>) {
    match error {
        ignore::Error::WithPath { path, err } => (relative(root, path), Err(err.io_error().map_or_else(|| err.to_string(), explain))),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => unreadable(root, err),
        other => (".".into(), Err(other.to_string())),
    }
}

/// The same files on every machine: what the user or the clone ignores on top is not asked.
fn walk(root: &Path) -> ignore::Walk {
    WalkBuilder::new(root)
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .add_custom_ignore_filename(".loftingignore")
        .filter_entry(|entry| entry.file_name() != ".git")
        .follow_links(false)
        .build()
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let name = path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    if name.is_empty() { ".".into() } else { name }
}

/// A file of a tree: never more of it than is read at most, however it grows meanwhile.
fn read(path: &Path) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| explain(&error))?;
    let size = file.metadata().map_err(|error| explain(&error))?.len();
    let large = |size: u64| format!("{} MiB: larger than the {} MiB that are read", size >> 20, LARGEST >> 20);
    if size > LARGEST {
        return Err(large(size));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| explain(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(large(LARGEST));
    }
    decode(bytes)
}

fn decode(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.iter().take(8000).any(|byte| *byte == 0) {
        return Err("binary, not text".into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count();
        format!("not UTF-8 in line {line} (after byte {valid})")
    })
}

/// What the system says, in words.
fn explain(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file or directory".into(),
        ErrorKind::PermissionDenied => "permission denied".into(),
        _ => error.to_string(),
    }
}

/// A refusal about a text, with the file it came from.
pub(crate) fn named(mut error: lofting::Error, file: &str) -> Failure {
    match error.location.as_mut() {
        Some(at) => at.file = file.to_owned(),
        None => error.message = format!("{file}: {}", error.message),
    }
    Failure::Refused(error)
}
