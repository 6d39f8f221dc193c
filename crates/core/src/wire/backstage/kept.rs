//! The handle `catalog`: entities that are indexed once and asked often.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::catalog::{DiffAnswer, File, GraphQuestion, LocationConfig, ProcessAnswer, ProcessRequest, draw_entities};
use super::query::{Question, ask};
use crate::backstage::catalog::coverage::{Coverage, coverage};
use crate::backstage::catalog::diff::diff;
use crate::backstage::catalog::process::Catalog;
use crate::backstage::catalog::query::Index;
use crate::wire::Kind;
use crate::{Error, Result};

pub(in crate::wire) fn kind() -> Kind {
    Kind::new("catalog", "A catalog's entities, indexed once for many questions", open)
        .with("catalog.query", |kept: &Kept, question: Question| ask(&kept.index, question))
        .with("catalog.graph", |kept: &Kept, question: GraphQuestion| draw_entities(kept.index.entities(), question))
        .with("catalog.coverage", |kept: &Kept, _: Nothing| -> Result<Coverage> { Ok(coverage(kept.index.entities())) })
        .with("catalog.diff", |kept: &Kept, to: Later| Ok(DiffAnswer { changes: diff(kept.index.entities(), &to.new) }))
        .with("catalog.process", |kept: &Kept, _: Nothing| -> Result<ProcessAnswer> { Ok(kept.processed()) })
}

/// What a catalog is made of: final entities, or the files of a repository.
#[derive(Debug, Deserialize, JsonSchema)]
struct Opening {
    /// Final entities, in the order of their database ids.
    entities: Option<Vec<Value>>,
    /// Instead of entities, the repository that `catalog.process` reads them from.
    #[serde(default)]
    files: Vec<File>,
    /// `catalog.locations` of app-config; without any, every file with an entity is registered.
    #[serde(default)]
    locations: Vec<LocationConfig>,
    /// `catalog.rules` of app-config; absent: what upstream allows, or without `locations` every kind that is there.
    rules: Option<Value>,
}

/// No question but the operation itself.
#[derive(Debug, Deserialize, JsonSchema)]
struct Nothing {}

/// The state to compare with.
#[derive(Debug, Deserialize, JsonSchema)]
struct Later {
    /// The entities after.
    new: Vec<Value>,
}

struct Kept {
    index: Index,
    /// What processing left besides the entities.
    rest: Catalog,
}

impl Kept {
    fn processed(&self) -> ProcessAnswer {
        let rest = &self.rest;
        ProcessAnswer::new(Catalog {
            entities: self.index.entities().to_vec(),
            unprocessed: rest.unprocessed.clone(),
            errors: rest.errors.clone(),
            conflicts: rest.conflicts.clone(),
            references: rest.references.clone(),
        })
    }
}

fn open(opening: Opening) -> Result<Kept> {
    let Opening { entities, files, locations, rules } = opening;
    let mut rest = match entities {
        Some(entities) if files.is_empty() => Catalog { entities, ..Catalog::default() },
        None if !files.is_empty() => ProcessRequest { files, locations, rules }.catalog(true)?,
        _ => return Err(Error::invalid("a catalog is opened either with entities or with files")),
    };
    let index = Index::new(std::mem::take(&mut rest.entities));
    Ok(Kept { index, rest })
}
