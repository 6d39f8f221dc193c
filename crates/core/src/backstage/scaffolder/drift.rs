//! How far a repository has moved from what its template makes.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::actions::Registry;
use super::dry_run::{DryRun, SourceFile};
use crate::Result;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Drift {
    /// The repository changed it, the template did not.
    Repository,
    /// The template changed it, the repository did not.
    Template,
    /// Both changed it to the same.
    Agreed,
    /// Both changed it, each in its own way.
    Conflict,
    /// It differs, and nobody knows who changed it.
    Changed,
}

/// A file that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftedFile {
    /// Its path in the repository.
    pub path: String,
    /// Who changed it.
    pub drift: Drift,
    /// The template makes it.
    pub in_template: bool,
    /// The repository has it.
    pub in_repository: bool,
}

/// Runs a template and compares; with the template's old revision, tells who changed what.
/// Files that no revision of the template makes are the repository's own and left out.
pub fn drift(run: &DryRun<'_>, before: Option<&DryRun<'_>>, repository: &[SourceFile], registry: &Registry) -> Result<Vec<DriftedFile>> {
    let made = run.run(registry)?.files;
    let made_before = before.map(|before| before.run(registry)).transpose()?.map(|outcome| outcome.files);
    let (new, old, mine) = (by_path(&made), made_before.as_deref().map(by_path), by_path(repository));
    let paths: BTreeSet<&str> = new.keys().chain(old.iter().flat_map(BTreeMap::keys)).copied().collect();
    let mut drifted = Vec::new();
    for path in paths {
        let (theirs, ours) = (new.get(path), mine.get(path));
        let drift = match old.as_ref().map(|old| old.get(path)) {
            None if theirs == ours => continue,
            None => Drift::Changed,
            Some(base) => match (base == theirs, base == ours) {
                (true, true) => continue,
                (true, false) => Drift::Repository,
                (false, true) => Drift::Template,
                (false, false) if theirs == ours => Drift::Agreed,
                (false, false) => Drift::Conflict,
            },
        };
        drifted.push(DriftedFile { path: path.to_owned(), drift, in_template: theirs.is_some(), in_repository: ours.is_some() });
    }
    Ok(drifted)
}

fn by_path(files: &[SourceFile]) -> BTreeMap<&str, &[u8]> {
    files.iter().map(|file| (file.path.as_str(), file.bytes.as_slice())).collect()
}
