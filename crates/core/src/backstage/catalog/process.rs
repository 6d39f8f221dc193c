//! Processes registered locations until nothing changes any more, and stitches the final entities
//! (upstream `DefaultCatalogProcessingEngine`, its database, and the stitcher).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

use super::check::SourceFile;
use super::collector::Deferred;
use super::integration::ScmIntegrations;
use super::location::{
    ANNOTATION_EDIT_URL, ANNOTATION_LOCATION, ANNOTATION_ORIGIN_LOCATION, ANNOTATION_VIEW_URL, LocationRef, is_script_url,
};
use super::orchestrator::{Completed, Orchestrator};
use super::reader::{Repository, Site};
use super::reference::stringify_entity;
use super::refusal::Refusal;
use super::relations::Relations;
use super::rules::{RegisteredLocation, Rules};
use super::search;
use crate::lang::javascript::compare_utf16;
use crate::{Error, Result};

/// Who emits the registered locations.
pub const CONFIG_PROVIDER: &str = "ConfigLocationProvider";

/// Rounds per known entity before we call it an endless loop.
const MAX_ROUNDS: usize = 64;

/// The catalog at rest.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Final entities by canonical ref, in order, without `metadata.uid` and `metadata.etag`.
    pub entities: Vec<Value>,
    /// Refs that are known but never shown.
    pub unprocessed: Vec<String>,
    /// Processing errors, in order of ref.
    pub errors: Vec<ProcessingError>,
    /// Refs that two places declare, in order of appearance.
    pub conflicts: Vec<Conflict>,
    /// Who emitted whom, sorted.
    pub references: Vec<(String, String)>,
}

/// A processing error of one entity.
#[derive(Debug, Clone)]
pub struct ProcessingError {
    /// Canonical ref.
    pub entity_ref: String,
    /// What went wrong.
    pub refusal: Refusal,
}

/// A ref that is claimed from two places; the first keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Canonical ref.
    pub entity_ref: String,
    /// The location that has it.
    pub existing: String,
    /// The location that wanted it too.
    pub incoming: String,
}

/// A row of `refresh_state`.
#[derive(Debug)]
struct Row {
    entity_ref: String,
    unprocessed: Value,
    location_key: String,
    processed: Option<Value>,
    errors: Vec<Refusal>,
    signature: Option<u64>,
    relations: Relations,
}

#[derive(Debug, Default)]
struct Database {
    rows: Vec<Row>,
    by_ref: HashMap<String, usize>,
    /// Rows that are due, oldest first.
    due: BTreeSet<usize>,
    /// Edges from source to targets, duplicates kept.
    targets: HashMap<String, Vec<String>>,
    /// The same edges from target to sources.
    sources: HashMap<String, Vec<String>>,
    conflicts: Vec<Conflict>,
}

/// Processes the locations over the files of one repository.
pub fn process(files: &[SourceFile<'_>], locations: &[RegisteredLocation], rules: Option<&Value>, site: &Site) -> Result<Catalog> {
    let rules = Rules::from_config(rules, locations)?;
    let repository = Repository::new(site, files.iter().map(|file| (file.path, file.text)));
    let integrations = ScmIntegrations::default();
    let orchestrator = Orchestrator {
        integrations: &integrations,
        urls: &repository,
        locations: &repository,
        rules: Some(&rules),
        links: RefCell::default(),
        located: RefCell::default(),
    };
    let mut database = Database::default();
    for registered in locations {
        let entity = location_entity(&registered.location).map_err(|refusal| Error::upstream(refusal.message))?;
        let entity_ref = stringify_entity(&entity);
        database.upsert(Deferred { entity, entity_ref: entity_ref.clone(), location_key: registered.location.to_string() });
        database.set_sources(&entity_ref, CONFIG_PROVIDER);
    }
    let mut rounds = 0_usize;
    while let Some(at) = database.due.pop_first() {
        rounds += 1;
        if rounds > MAX_ROUNDS.saturating_mul(database.rows.len() + 1) {
            return Err(Error::limit("the locations never settle"));
        }
        database.process(at, &orchestrator);
    }
    Ok(database.stitch())
}

/// The entity that stands for a registered location (upstream `locationSpecToLocationEntity`).
fn location_entity(location: &LocationRef) -> Result<Value, Refusal> {
    let key = location.stringify()?;
    let digest = Sha1::digest(location.to_string().as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(json!({
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Location",
        "metadata": { "name": format!("generated-{hex}"), "annotations": { ANNOTATION_LOCATION: key, ANNOTATION_ORIGIN_LOCATION: key } },
        "spec": { "type": location.kind, "target": location.target },
    }))
}

impl Database {
    /// Takes an emitted entity unless another location owns its ref.
    fn upsert(&mut self, deferred: Deferred) -> bool {
        match self.by_ref.get(&deferred.entity_ref) {
            None => {
                let at = self.rows.len();
                self.by_ref.insert(deferred.entity_ref.clone(), at);
                self.due.insert(at);
                self.rows.push(Row {
                    entity_ref: deferred.entity_ref,
                    unprocessed: deferred.entity,
                    location_key: deferred.location_key,
                    processed: None,
                    errors: Vec::new(),
                    signature: None,
                    relations: Relations::default(),
                });
                true
            }
            Some(at) => {
                let Some(row) = self.rows.get_mut(*at) else { return false };
                if row.location_key != deferred.location_key {
                    let conflict =
                        Conflict { entity_ref: deferred.entity_ref, existing: row.location_key.clone(), incoming: deferred.location_key };
                    self.conflicts.push(conflict);
                    return false;
                }
                row.unprocessed = deferred.entity;
                self.due.insert(*at);
                true
            }
        }
    }

    /// Makes `source` the only one that emits `target`.
    fn set_sources(&mut self, target: &str, source: &str) {
        self.remove_edges_to(target);
        self.targets.entry(source.to_owned()).or_default().push(target.to_owned());
        self.sources.entry(target.to_owned()).or_default().push(source.to_owned());
    }

    fn remove_edges_to(&mut self, target: &str) {
        for source in self.sources.remove(target).unwrap_or_default() {
            if let Some(targets) = self.targets.get_mut(&source) {
                targets.retain(|known| known != target);
            }
        }
    }

    fn remove_edges_from(&mut self, source: &str) {
        for target in self.targets.remove(source).unwrap_or_default() {
            if let Some(sources) = self.sources.get_mut(&target) {
                sources.retain(|known| known != source);
            }
        }
    }

    fn process(&mut self, at: usize, orchestrator: &Orchestrator<'_>) {
        let Some(row) = self.rows.get(at) else { return };
        let outcome = orchestrator.process(row.unprocessed.clone());
        let signature = self.signature(&row.entity_ref, &outcome);
        if row.signature == Some(signature) {
            return;
        }
        match outcome {
            Err(errors) => {
                if let Some(row) = self.rows.get_mut(at) {
                    row.errors = errors;
                    row.signature = Some(signature);
                }
            }
            Ok(completed) => self.store(at, completed, signature),
        }
    }

    /// What must change for a result to be stored again.
    fn signature(&self, entity_ref: &str, outcome: &Result<Completed, Vec<Refusal>>) -> u64 {
        let mut hasher = DefaultHasher::new();
        match outcome {
            Err(errors) => errors.iter().for_each(|error| error.to_string().hash(&mut hasher)),
            Ok(completed) => {
                completed.entity.to_string().hash(&mut hasher);
                let mut emitted: Vec<(&str, String)> =
                    completed.deferred.iter().map(|deferred| (deferred.location_key.as_str(), deferred.entity.to_string())).collect();
                emitted.sort();
                emitted.hash(&mut hasher);
                let no_refs = Vec::new();
                let refs: BTreeSet<&str> =
                    std::iter::once(entity_ref).chain(completed.deferred.iter().map(|deferred| deferred.entity_ref.as_str())).collect();
                let mut parents: Vec<&str> = refs
                    .iter()
                    .flat_map(|target| self.sources.get(*target).unwrap_or(&no_refs))
                    .map(String::as_str)
                    .filter(|source| *source != CONFIG_PROVIDER)
                    .collect();
                parents.sort_unstable();
                parents.hash(&mut hasher);
            }
        }
        hasher.finish()
    }

    fn store(&mut self, at: usize, completed: Completed, signature: u64) {
        let source = completed.entity_ref;
        if let Some(row) = self.rows.get_mut(at) {
            row.processed = Some(completed.entity);
            row.errors.clear();
            row.signature = Some(signature);
            row.relations = completed.relations;
        }
        let mut taken = Vec::with_capacity(completed.deferred.len());
        for deferred in completed.deferred {
            let entity_ref = deferred.entity_ref.clone();
            if self.upsert(deferred) {
                taken.push(entity_ref);
            }
        }
        self.remove_edges_from(&source);
        for target in &taken {
            self.remove_edges_to(target);
        }
        for target in &taken {
            self.sources.entry(target.clone()).or_default().push(source.clone());
        }
        if !taken.is_empty() {
            self.targets.insert(source, taken);
        }
    }

    fn stitch(self) -> Catalog {
        let mut relations: HashMap<&str, BTreeSet<(&str, &str)>> = HashMap::new();
        for relation in self.rows.iter().flat_map(|row| row.relations.iter()) {
            relations.entry(relation.source).or_default().insert((relation.kind, relation.target));
        }
        let mut order: Vec<&Row> = self.rows.iter().collect();
        order.sort_by(|a, b| compare_utf16(&a.entity_ref, &b.entity_ref));
        let mut catalog = Catalog { conflicts: self.conflicts.clone(), ..Catalog::default() };
        for row in order {
            let orphan = self.sources.get(&row.entity_ref).is_none_or(Vec::is_empty);
            match final_entity(row, relations.get(row.entity_ref.as_str()), orphan) {
                Some(entity) => catalog.entities.push(entity),
                None => catalog.unprocessed.push(row.entity_ref.clone()),
            }
            let errors = row.errors.iter().map(|refusal| ProcessingError { entity_ref: row.entity_ref.clone(), refusal: refusal.clone() });
            catalog.errors.extend(errors);
        }
        let sorted: BTreeMap<&String, &Vec<String>> = self.targets.iter().collect();
        let edges = sorted.into_iter().flat_map(|(source, targets)| targets.iter().map(move |target| (source.clone(), target.clone())));
        catalog.references = edges.collect();
        catalog.references.sort_by(|a, b| compare_utf16(&format!("{}\0{}", a.0, a.1), &format!("{}\0{}", b.0, b.1)));
        catalog
    }
}

/// The entity as the API shows it; `None` when it was never processed or cannot be indexed.
fn final_entity(row: &Row, relations: Option<&BTreeSet<(&str, &str)>>, orphan: bool) -> Option<Value> {
    let mut entity = row.processed.clone()?;
    let members = entity.as_object_mut()?;
    let annotations = members.get_mut("metadata")?.as_object_mut()?.entry("annotations").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(annotations) = annotations {
        if orphan {
            annotations.insert("backstage.io/orphan".to_owned(), Value::String("true".to_owned()));
        }
        for key in [ANNOTATION_VIEW_URL, ANNOTATION_EDIT_URL] {
            if annotations.get(key).and_then(Value::as_str).is_some_and(is_script_url) {
                let safe = "https://backstage.io/annotation-rejected-for-security-reasons";
                annotations.insert(key.to_owned(), Value::String(safe.to_owned()));
            }
        }
    }
    let relation = |(kind, target): &(&str, &str)| json!({ "type": kind, "targetRef": target });
    members.insert("relations".to_owned(), relations.into_iter().flatten().map(relation).collect());
    if !row.errors.is_empty() {
        let item = |refusal: &Refusal| {
            json!({ "type": "backstage.io/catalog-processing", "level": "error", "message": refusal.to_string(),
                "error": { "name": refusal.name, "message": refusal.message } })
        };
        members.insert("status".to_owned(), json!({ "items": row.errors.iter().map(item).collect::<Vec<_>>() }));
    }
    search::rows(&entity).ok()?;
    let metadata = entity.get_mut("metadata")?.as_object_mut()?;
    metadata.shift_remove("uid");
    metadata.shift_remove("etag");
    Some(entity)
}
