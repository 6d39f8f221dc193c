//! The catalog as the platform's files hold it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::tree::{Class, Tree};
use crate::backstage::catalog::check::{self, Accepted, SourceFile};
use crate::backstage::catalog::{EntityRef, relations};
use crate::text::{LineIndex, pointer};
use crate::{Diagnostic, Location, Value};

/// An accepted entity.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entity {
    /// Canonical reference: `component:default/order-service`.
    #[serde(rename = "ref")]
    pub entity_ref: String,
    /// As written.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    /// Canonical reference of the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// `spec.type`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind_type: Option<String>,
    /// Where it is written.
    pub location: Location,
    /// What it refers to and is referred by, both directions.
    pub relations: Vec<Relation>,
    /// The entity, for the rooms that read it.
    #[serde(skip)]
    pub value: Value,
}

/// One relation of an entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Relation {
    /// `ownedBy`, `hasPart` …
    pub r#type: String,
    /// Canonical reference.
    pub target: String,
    /// Whether that entity is in the catalog.
    pub found: bool,
}

/// Everything the catalog would hold.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Catalog {
    /// Accepted entities, by reference.
    pub entities: Vec<Entity>,
    /// How many of each kind.
    pub by_kind: BTreeMap<String, usize>,
    /// Documents that were refused.
    pub refused: usize,
    /// References that lead nowhere.
    pub dangling: Vec<Dangling>,
}

/// A reference to an entity that is not there.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dangling {
    /// Who refers.
    pub source: String,
    /// The field.
    pub field: String,
    /// To what.
    pub target: String,
    /// The nearest entity of that kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub did_you_mean: Option<String>,
}

impl Catalog {
    /// Checks every entity file of the tree.
    pub fn read(tree: &Tree<'_>, findings: &mut Vec<Diagnostic>) -> Self {
        let is_entity = |path: &str| matches!(tree.classes.get(path), Some(Class::Catalog | Class::Template));
        let (entities, rest): (Vec<_>, Vec<_>) = tree.files.iter().partition(|file| is_entity(&file.path));
        let files: Vec<SourceFile<'_>> = entities.into_iter().map(source).collect();
        let assets: Vec<SourceFile<'_>> = rest.into_iter().map(source).collect();
        let mut catalog = Self::default();
        let mut references = Vec::new();
        let checker = check::Checker::new(&files, &assets, check::BASE_URL).offline();
        for file in &files {
            let index = LineIndex::new(file.text);
            for verdict in checker.file(*file) {
                findings.extend(verdict.diagnostics);
                let Ok(accepted) = verdict.outcome else {
                    catalog.refused += 1;
                    continue;
                };
                let written = accepted.source.read(file.text);
                let locate = |path: &str| written.as_ref()?.document.locate(path).map(|span| index.location(file.text, file.path, span));
                for (path, url) in written.as_ref().map(|written| remote(written.value(), "")).unwrap_or_default() {
                    let message = format!("{}: what {url} holds is not known here, and is not judged", accepted.entity_ref);
                    let mut finding = Diagnostic::info("platform-unknown", path.clone(), message);
                    finding.location = locate(&path);
                    findings.push(finding);
                }
                for reference in relations::references(&accepted.entity).unwrap_or_default() {
                    let place = locate(&reference.path);
                    references.push((accepted.entity_ref.clone(), reference, place));
                }
                catalog.entities.push(entity(accepted, verdict.location));
            }
        }
        catalog.entities.sort_by(|a, b| a.entity_ref.cmp(&b.entity_ref));
        catalog.duplicates(findings);
        for entity in &catalog.entities {
            *catalog.by_kind.entry(entity.kind.clone()).or_default() += 1;
        }
        // Groups and users often come from a directory service: without a single one here no owner can be judged.
        let people = |kind: &str| kind.eq_ignore_ascii_case("group") || kind.eq_ignore_ascii_case("user");
        let blind = !catalog.by_kind.keys().any(|kind| people(kind));
        let mut unjudged: Option<(usize, Option<Location>)> = None;
        for (source, reference, place) in references {
            if blind && people(&reference.target.kind) {
                unjudged = Some(match unjudged {
                    Some((number, first)) => (number + 1, first),
                    None => (1, place.clone()),
                });
                catalog.link(&source, &reference);
            } else {
                catalog.relate(&source, &reference, place, findings);
            }
        }
        if let Some((number, place)) = unjudged {
            let refer = if number == 1 { "1 reference to one is".to_owned() } else { format!("{number} references to them are") };
            let mut finding =
                Diagnostic::info("platform-unknown", "", format!("the catalog here has no Group and no User: {refer} not judged"));
            finding.location = place;
            findings.push(finding);
        }
        for entity in &mut catalog.entities {
            entity.relations.sort();
            entity.relations.dedup();
        }
        catalog
    }

    /// An entity by canonical reference.
    pub fn get(&self, entity_ref: &str) -> Option<&Entity> {
        self.position(entity_ref).and_then(|at| self.entities.get(at))
    }

    fn position(&self, entity_ref: &str) -> Option<usize> {
        self.entities.binary_search_by(|entity| entity.entity_ref.as_str().cmp(entity_ref)).ok()
    }

    fn duplicates(&mut self, findings: &mut Vec<Diagnostic>) {
        for pair in self.entities.windows(2) {
            if let [first, second] = pair
                && first.entity_ref == second.entity_ref
            {
                let message =
                    format!("{} is declared twice; the first one read keeps the name ({})", second.entity_ref, first.location.file);
                let mut finding = Diagnostic::error("platform-duplicate-entity", "/metadata/name", message);
                finding.location = Some(second.location.clone());
                findings.push(finding);
            }
        }
        self.entities.dedup_by(|later, first| later.entity_ref == first.entity_ref);
    }

    /// Enters a reference at both ends; the place of its target, if that is here.
    fn link(&mut self, source: &str, reference: &relations::Reference) -> Option<usize> {
        let target = reference.target.canonical();
        let at = self.position(&target);
        if let Some(entity) = self.position(source).and_then(|at| self.entities.get_mut(at)) {
            if reference.field.field == "owner" {
                entity.owner = Some(target.clone());
            }
            entity.relations.push(Relation { r#type: reference.field.outgoing.to_owned(), target, found: at.is_some() });
        }
        if let Some(entity) = at.and_then(|at| self.entities.get_mut(at)) {
            entity.relations.push(Relation { r#type: reference.field.incoming.to_owned(), target: source.to_owned(), found: true });
        }
        at
    }

    fn relate(&mut self, source: &str, reference: &relations::Reference, place: Option<Location>, findings: &mut Vec<Diagnostic>) {
        if self.link(source, reference).is_some() {
            return;
        }
        let target = reference.target.canonical();
        let near = self.nearest(&reference.target);
        let mut finding = Diagnostic::warning(
            "platform-dangling-reference",
            reference.path.clone(),
            format!("{source}: {} {target} is not in the catalog", reference.field.field),
        );
        finding.location = place;
        finding.help = near.as_ref().map(|near| format!("did you mean {near}?"));
        findings.push(finding);
        self.dangling.push(Dangling { source: source.to_owned(), field: reference.field.field.to_owned(), target, did_you_mean: near });
    }

    /// The entity of the same kind whose name is nearest, if it is near.
    fn nearest(&self, target: &EntityRef) -> Option<String> {
        let kind = format!("{}:", target.kind.to_lowercase());
        let name = target.name.to_lowercase();
        self.entities
            .iter()
            .filter(|entity| entity.entity_ref.starts_with(&kind))
            .map(|entity| (strsim::damerau_levenshtein(&entity.name.to_lowercase(), &name), &entity.entity_ref))
            .min()
            .filter(|(distance, _)| *distance <= 2.max(name.chars().count() / 4))
            .map(|(_, entity_ref)| entity_ref.clone())
    }
}

fn source(file: &super::File) -> SourceFile<'_> {
    SourceFile { path: &file.path, text: &file.text }
}

/// Placeholders that fetch from a URL, with their places.
fn remote<'v>(value: &'v Value, at: &str) -> Vec<(String, &'v str)> {
    match value {
        Value::Object(members) => {
            let placeholder = |key: &str| members.len() == 1 && ["$text", "$json", "$yaml"].contains(&key);
            let inside = members.iter().flat_map(|(key, member)| {
                let path = pointer::join(at, key);
                match member.as_str() {
                    Some(url) if placeholder(key) && url.contains("://") => vec![(path, url)],
                    _ => remote(member, &path),
                }
            });
            inside.collect()
        }
        Value::Array(items) => items.iter().enumerate().flat_map(|(index, item)| remote(item, &format!("{at}/{index}"))).collect(),
        _ => Vec::new(),
    }
}

fn entity(accepted: Accepted, location: Location) -> Entity {
    let text = |pointer: &str| accepted.entity.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    Entity {
        name: text("/metadata/name").unwrap_or_default(),
        owner: None,
        kind_type: text("/spec/type"),
        location,
        relations: Vec::new(),
        kind: accepted.kind().to_owned(),
        entity_ref: accepted.entity_ref,
        value: accepted.entity,
    }
}
