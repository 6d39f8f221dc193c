//! The documentation of entities, as TechDocs would find it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::catalog::Entity;
use super::model::Platform;
use super::repository::resolve;
use crate::backstage::techdocs::{self, Page};
use crate::{Diagnostic, Severity, Value};

/// The documentation of one entity.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Docs {
    /// Canonical reference.
    pub entity: String,
    /// `backstage.io/techdocs-ref`.
    pub reference: String,
    /// The folder here; absent when the reference leads elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// `site_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_name: Option<String>,
    /// Pages in the folder.
    pub pages: usize,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// The folder that `backstage.io/techdocs-ref: dir:…` of an entity leads to.
pub fn folder(entity: &Entity) -> Option<String> {
    let reference = entity.value.pointer("/metadata/annotations/backstage.io~1techdocs-ref")?.as_str()?.strip_prefix("dir:")?;
    let base = entity.location.file.rsplit_once('/').map_or("", |(dir, _)| dir);
    resolve(base, reference)
}

/// What is wrong with a folder's documentation.
pub fn check(platform: &Platform<'_>, folder: &str) -> Vec<Diagnostic> {
    let pages: Vec<Page<'_>> = platform.tree.below(folder).map(|file| Page { path: &file.path, text: &file.text }).collect();
    techdocs::check(&pages, folder)
}

/// Every folder of documentation, once.
pub fn folders(platform: &Platform<'_>) -> BTreeSet<String> {
    platform.catalog.entities.iter().filter_map(folder).collect()
}

/// The documentation of every entity that has some.
pub fn read(platform: &Platform<'_>) -> Vec<Docs> {
    platform.catalog.entities.iter().filter_map(|entity| one(platform, entity)).collect()
}

fn one(platform: &Platform<'_>, entity: &Entity) -> Option<Docs> {
    let reference = entity.value.pointer("/metadata/annotations/backstage.io~1techdocs-ref")?.as_str()?.to_owned();
    let folder = folder(entity);
    let inside = |name: &str| folder.as_ref().map(|folder| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") });
    let config = ["mkdocs.yml", "mkdocs.yaml"].into_iter().find_map(|name| platform.tree.text(&inside(name)?));
    let config = config.and_then(|text| crate::yaml::kubernetes::unmarshal(text).ok()).unwrap_or_default();
    let pages = folder.as_deref().map_or(0, |folder| platform.tree.below(folder).filter(|file| file.path.ends_with(".md")).count());
    let problems = folder.as_deref().map(|folder| check(platform, folder)).unwrap_or_default();
    Some(Docs {
        entity: entity.entity_ref.clone(),
        reference,
        site_name: config.get("site_name").and_then(Value::as_str).map(str::to_owned),
        pages,
        problems: problems.into_iter().filter(|finding| finding.severity > Severity::Info).map(|finding| finding.message).collect(),
        folder,
    })
}
