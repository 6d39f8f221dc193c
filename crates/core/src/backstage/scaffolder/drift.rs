//! How far a repository has moved from what its template makes.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::actions::Registry;
use super::dry_run::{DryRun, Mode, SourceFile};
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

/// What the comparison looks at.
type Tree<'a> = BTreeMap<&'a str, (&'a [u8], Mode)>;

fn by_path(files: &[SourceFile]) -> Tree<'_> {
    files.iter().map(|file| (file.path.as_str(), (file.bytes.as_slice(), file.mode))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Drift, DryRun, Registry, SourceFile, drift};

    const TEMPLATE: &str = "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata:\n  name: t\nspec:\n  type: service\n  \
        parameters:\n    properties:\n      name: {type: string}\n  steps:\n    - action: fetch:template\n      input:\n        \
        url: ./skeleton\n        values: {name: '${{ parameters.name }}'}\n";

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), bytes: text.as_bytes().to_vec(), ..SourceFile::default() }
    }

    fn template(skeleton: &[(&str, &str)]) -> Vec<SourceFile> {
        let files = skeleton.iter().map(|(path, text)| file(&format!("skeleton/{path}"), text));
        std::iter::once(file("template.yaml", TEMPLATE)).chain(files).collect()
    }

    fn run(files: &[SourceFile]) -> DryRun<'_> {
        let values = [("name".to_owned(), "orders".into())].into_iter().collect();
        DryRun { files, template: "template.yaml", values, ..DryRun::default() }
    }

    fn compare(new: &[(&str, &str)], old: Option<&[(&str, &str)]>, repository: &[(&str, &str)]) -> Vec<(String, Drift)> {
        let (new, old) = (template(new), old.map(template));
        let repository: Vec<SourceFile> = repository.iter().map(|(path, text)| file(path, text)).collect();
        let registry = Registry::built_in().unwrap_or_else(|error| panic!("{error}"));
        let found = drift(&run(&new), old.as_deref().map(run).as_ref(), &repository, registry);
        found.unwrap_or_else(|error| panic!("{error}")).into_iter().map(|file| (file.path, file.drift)).collect()
    }

    #[test]
    fn two_ways_only_says_that_it_differs() {
        let skeleton = [("a.txt", "${{ values.name }}\n"), ("b.txt", "b\n"), ("gone.txt", "x\n")];
        let found = compare(&skeleton, None, &[("a.txt", "orders\n"), ("b.txt", "mine\n"), ("own.txt", "own\n")]);
        assert_eq!(found, [("b.txt".to_owned(), Drift::Changed), ("gone.txt".to_owned(), Drift::Changed)]);
    }

    #[test]
    fn three_ways_tells_who_changed_it() {
        let old = [("same", "1"), ("mine", "1"), ("theirs", "1"), ("both", "1"), ("agreed", "1"), ("deleted", "1"), ("dropped", "1")];
        let new = [("same", "1"), ("mine", "1"), ("theirs", "2"), ("both", "2"), ("agreed", "2"), ("deleted", "1"), ("new", "2")];
        let repository = [("same", "1"), ("mine", "3"), ("theirs", "1"), ("both", "3"), ("agreed", "2"), ("dropped", "1"), ("own", "9")];
        let found = compare(&new, Some(&old), &repository);
        let expected = [
            ("agreed", Drift::Agreed),
            ("both", Drift::Conflict),
            ("deleted", Drift::Repository),
            ("dropped", Drift::Template),
            ("mine", Drift::Repository),
            ("new", Drift::Template),
            ("theirs", Drift::Template),
        ];
        assert_eq!(found, expected.map(|(path, drift)| (path.to_owned(), drift)));
    }
}
