//! Repositories that templates made, against what the templates make today.

use schemars::JsonSchema;
use serde::Serialize;

use super::config::GeneratedRepository;
use super::model::Platform;
use crate::backstage::scaffolder::actions::Registry;
use crate::backstage::scaffolder::drift::{Drift, DriftedFile, drift};
use crate::backstage::scaffolder::dry_run::{DryRun, SourceFile};
use crate::{Error, Map, Result, Value, yaml};

/// One repository and what became of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedState {
    /// Its directory here.
    pub dir: String,
    /// The template's file.
    pub template: String,
    /// Files that are not what the template makes.
    pub files: Vec<DriftedFile>,
    /// Why it could not be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Every repository that `lofting.yaml` names.
pub fn all(platform: &Platform<'_>) -> Vec<GeneratedState> {
    platform
        .config
        .generated
        .iter()
        .map(|one| {
            let (files, error) = match of(platform, one) {
                Ok(files) => (files, None),
                Err(error) => (Vec::new(), Some(error.message)),
            };
            GeneratedState { dir: one.dir.clone(), template: one.template.clone(), files, error }
        })
        .collect()
}

fn of(platform: &Platform<'_>, one: &GeneratedRepository) -> Result<Vec<DriftedFile>> {
    let text = platform.tree.text(&one.values).ok_or_else(|| Error::invalid(format!("there is no file {}", one.values)))?;
    let values = values(text)?;
    let files = around(platform, &one.template);
    let run = DryRun { files: &files, template: &one.template, values: values.clone(), from_host: true, ..DryRun::default() };
    let old = one.base.as_ref().map(|base| around(platform, base));
    let before = old.as_ref().zip(one.base.as_ref()).map(|(files, base)| DryRun {
        files,
        template: base,
        values,
        from_host: true,
        ..DryRun::default()
    });
    let dir = one.dir.trim_end_matches('/');
    let repository: Vec<SourceFile> =
        platform.tree.below(dir).map(|file| source_file(file.path.get(dir.len() + 1..).unwrap_or_default(), &file.text)).collect();
    if repository.is_empty() {
        return Err(Error::invalid(format!("there is no file below {dir}")));
    }
    drift(&run, before.as_ref(), &repository, Registry::built_in()?)
}

/// Form values as a file says them.
pub fn values(text: &str) -> Result<Map<String, Value>> {
    match yaml::kubernetes::unmarshal(text)? {
        Value::Object(members) => Ok(members),
        Value::Null => Ok(Map::new()),
        _ => Err(Error::invalid("the values are no mapping")),
    }
}

/// The files that a run of a template may fetch: what lies beside it or in its parent's directory.
pub fn around(platform: &Platform<'_>, template: &str) -> Vec<SourceFile> {
    let dir = template.rsplit_once('/').map_or("", |(dir, _)| dir);
    let parent = dir.rsplit_once('/').map_or("", |(dir, _)| dir);
    platform.tree.below(parent).map(|file| source_file(&file.path, &file.text)).collect()
}

/// A text as a run sees it.
fn source_file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), bytes: text.as_bytes().to_vec(), ..SourceFile::default() }
}

/// What became of a file, for people.
pub fn words(file: &DriftedFile) -> &'static str {
    match file.drift {
        Drift::Repository => "changed in the repository",
        Drift::Template => "changed in the template",
        Drift::Agreed => "changed alike in both",
        Drift::Conflict => "changed differently in both",
        Drift::Changed if !file.in_repository => "missing",
        Drift::Changed => "different",
    }
}
