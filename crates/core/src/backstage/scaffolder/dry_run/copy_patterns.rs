//! `copyWithoutTemplating` and the patterns of `fs:delete` (npm `globby` 11).

use std::collections::HashSet;

use super::workspace::{Entry, Workspace};
use crate::backstage::glob::{Glob, GlobOptions, is_glob};
use crate::{Error, Result};

const OPTIONS: GlobOptions = GlobOptions { dot: true, nocase: false, micromatch: true };

/// Something below a folder.
pub(super) type Listed<'a> = (&'a str, &'a Entry);

/// The files that patterns select. Negations count for the patterns before them.
pub(super) fn select(patterns: &[&str], entries: &[Listed<'_>]) -> Result<HashSet<String>> {
    let mut selected = HashSet::new();
    for (at, pattern) in patterns.iter().enumerate().filter(|(_, pattern)| !pattern.starts_with('!')) {
        let refused = patterns.iter().skip(at).filter_map(|pattern| pattern.strip_prefix('!'));
        let refused: Vec<Negation> = refused.map(Negation::new).collect();
        let Some(pattern) = expand(pattern, entries)? else { continue };
        let base = base_folder(&pattern);
        let glob = Glob::new(&pattern, OPTIONS);
        let files = entries.iter().filter(|(_, entry)| matches!(entry, Entry::File(_)));
        for (path, _) in files.filter(|(path, _)| glob.matches(path)) {
            if !refused.iter().any(|negation| negation.hides(path, base)) {
                selected.insert((*path).to_owned());
            }
        }
    }
    Ok(selected)
}

/// A folder's name stands for all that is in it. None for patterns that lead elsewhere.
fn expand(pattern: &str, entries: &[Listed<'_>]) -> Result<Option<String>> {
    let is_folder = |wanted: &str| entries.iter().any(|(path, entry)| *path == wanted && matches!(entry, Entry::Folder));
    let parts: Vec<&str> = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if pattern.starts_with('/') || parts.contains(&"..") {
        return Ok(None);
    }
    let folder = parts.join("/");
    if folder.is_empty() {
        return Ok(Some("**".to_owned()));
    }
    if is_folder(&folder) {
        return Ok(Some(format!("{folder}/**")));
    }
    if pattern.ends_with('/') && entries.iter().any(|(path, _)| *path == folder) {
        return Err(Error::upstream(format!("ENOTDIR: not a directory, stat '{pattern}'")));
    }
    // Entries are found as `./a` then, which is none of the paths that are looked up.
    let dotted = pattern.split('/').any(|part| part == ".");
    Ok((!dotted && !pattern.ends_with('/')).then_some(folder))
}

/// The folder at which the search of a pattern starts.
fn base_folder(pattern: &str) -> &str {
    let mut end = 0;
    for (at, _) in pattern.match_indices('/') {
        if is_glob(pattern.get(end..at).unwrap_or_default()) {
            break;
        }
        end = at;
    }
    pattern.get(..end).unwrap_or_default()
}

/// A pattern behind a bang.
struct Negation {
    glob: Glob,
    /// Folders that it matches are not entered.
    closes: bool,
}

impl Negation {
    fn new(pattern: &str) -> Self {
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        let last = pattern.rsplit('/').next().unwrap_or_default();
        Self { glob: Glob::new(pattern, OPTIONS), closes: last == "**" || !(is_glob(last) || pattern.ends_with('/')) }
    }

    fn hides(&self, path: &str, base: &str) -> bool {
        if self.glob.matches_positively(path) {
            return true;
        }
        let below_base = |at: usize| at > base.len();
        let mut folders = path.match_indices('/').map(|(at, _)| at).filter(|at| below_base(*at));
        self.closes && folders.any(|at| self.glob.matches_positively(path.get(..at).unwrap_or_default()))
    }
}

/// The files of a workspace that a pattern of `fs:delete` selects; folders stay.
pub(super) fn select_files(workspace: &Workspace, pattern: &str) -> Vec<String> {
    let pattern = pattern.replace('\\', "/");
    if workspace.is_folder(&pattern) {
        let below = workspace.below(&pattern).filter(|(_, entry)| matches!(entry, Entry::File(_)));
        return below.map(|(path, _)| super::workspace::join(&pattern, path)).collect();
    }
    let glob = Glob::new(&pattern, OPTIONS);
    workspace.files().filter(|(path, _)| glob.matches(path)).map(|(path, _)| path.to_owned()).collect()
}
