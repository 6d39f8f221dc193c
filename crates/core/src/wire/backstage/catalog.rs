//! Operations of `catalog`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::backstage::catalog::check::{self, SourceFile, Verdict};
use crate::backstage::catalog::coverage::{Coverage, coverage};
use crate::backstage::catalog::dangling::{circles, dangling};
use crate::backstage::catalog::diff::{Change, diff};
use crate::backstage::catalog::graph::Graph;
use crate::backstage::catalog::process::{self, Catalog};
use crate::backstage::catalog::reference::Defaults;
use crate::backstage::catalog::register::every_entity_file;
use crate::backstage::catalog::rules::RegisteredLocation;
use crate::backstage::catalog::{EntityRef, Site, relations};
use crate::wire::Op;
use crate::{Diagnostic, Result};

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("catalog.parseEntityRef", "Read an entity reference", parse_entity_ref),
        Op::new("catalog.relations", "The relations that an entity emits, in both directions", emitted_relations),
        Op::new("catalog.process", "Process registered locations and stitch the final entities", process_locations),
        Op::new("catalog.graph", "The references of a catalog as a graph, with circles and what a change reaches", draw),
        Op::new("catalog.diff", "What changed between two states of a catalog", compare),
        Op::new("catalog.coverage", "How much of a catalog is described and owned", cover),
        Op::new("catalog.check", "Check entity files document by document, as registration would", check_files),
    ]
}

/// A named text.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct File {
    /// Path inside the repository.
    pub(super) path: String,
    /// The whole text.
    pub(super) text: String,
}

impl File {
    fn source(&self) -> SourceFile<'_> {
        SourceFile { path: &self.path, text: &self.text }
    }
}

fn sources(files: &[File]) -> Vec<SourceFile<'_>> {
    files.iter().map(File::source).collect()
}

/// An entity reference to read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ParseEntityRef {
    /// The reference: a string, or an object with kind, namespace and name.
    r#ref: Value,
    /// The kind it takes when it names none.
    default_kind: Option<String>,
    /// The namespace it takes when it names none; `default` if absent or empty.
    default_namespace: Option<String>,
}

/// A full reference, in the case it was written in.
#[derive(Debug, Serialize, JsonSchema)]
struct FullRef {
    /// Kind.
    kind: String,
    /// Namespace.
    namespace: String,
    /// Name.
    name: String,
}

fn parse_entity_ref(request: ParseEntityRef) -> Result<FullRef> {
    let defaults = Defaults { kind: request.default_kind.as_deref(), namespace: request.default_namespace.as_deref() };
    let EntityRef { kind, namespace, name } = EntityRef::from_value(&request.r#ref, defaults)?;
    Ok(FullRef { kind, namespace, name })
}

/// An entity as written.
#[derive(Debug, Deserialize, JsonSchema)]
struct RelationsRequest {
    /// The entity; nothing about it is checked or sorted first.
    entity: Value,
}

/// What the built-in processors emit.
#[derive(Debug, Serialize, JsonSchema)]
struct RelationsAnswer {
    /// In upstream's order: for each reference the entity's own relation, then the target's.
    relations: Vec<RelationEntry>,
}

/// One directed relation between canonical refs.
#[derive(Debug, Serialize, JsonSchema)]
struct RelationEntry {
    /// Who has it.
    source: String,
    /// `ownedBy`, `hasPart` …
    r#type: &'static str,
    /// Whom it points to.
    target: String,
}

fn emitted_relations(request: RelationsRequest) -> Result<RelationsAnswer> {
    let relations = relations::relations(&request.entity).map_err(|(_, error)| error)?;
    let entry = |relation: relations::Relation<'_>| RelationEntry {
        source: relation.source.to_owned(),
        r#type: relation.kind,
        target: relation.target.to_owned(),
    };
    Ok(RelationsAnswer { relations: relations.iter().map(entry).collect() })
}

/// Files to check.
#[derive(Debug, Deserialize, JsonSchema)]
struct CheckRequest {
    /// The files that hold entities.
    files: Vec<File>,
    /// Files that only placeholders can reach.
    #[serde(default)]
    assets: Vec<File>,
    /// Also report references that lead to none of the entities, and circles.
    #[serde(default)]
    references: bool,
    /// Canonical references of entities that other files have.
    #[serde(default)]
    known: Vec<String>,
}

/// The verdicts.
#[derive(Debug, Serialize, JsonSchema)]
struct CheckAnswer {
    /// Whether every document was accepted.
    accepted: bool,
    /// One entry per document that yields something, in order.
    documents: Vec<DocumentEntry>,
    /// The accepted entities, in order.
    entities: Vec<EntityEntry>,
    /// All findings, with their places.
    diagnostics: Vec<Diagnostic>,
}

/// The verdict on one document.
#[derive(Debug, Serialize, JsonSchema)]
struct DocumentEntry {
    /// The file.
    path: String,
    /// Counts, from 0, the documents of the file that yield something.
    document: usize,
    /// Whether the server would take it.
    accepted: bool,
    /// Canonical ref, if accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#ref: Option<String>,
    /// Kind as written, if accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// The first stage of the server's pipeline that refused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// An accepted entity.
#[derive(Debug, Serialize, JsonSchema)]
struct EntityEntry {
    /// Canonical ref.
    r#ref: String,
    /// Kind as written.
    kind: String,
    /// Where it is written.
    location: crate::Location,
}

fn check_files(request: CheckRequest) -> Result<CheckAnswer> {
    let (files, assets) = (sources(&request.files), sources(&request.assets));
    let verdicts = check::check(&files, &assets, check::BASE_URL);
    let mut answer = CheckAnswer { accepted: true, documents: Vec::new(), entities: Vec::new(), diagnostics: Vec::new() };
    let mut dangling = if request.references { dangling(&verdicts, &files, &request.known) } else { Vec::new() };
    if request.references {
        dangling.extend(circles(&verdicts, &files));
    }
    for verdict in verdicts {
        let Verdict { path, document, outcome, diagnostics, location, .. } = verdict;
        let (accepted, entity_ref, kind, reason) = match outcome {
            Ok(accepted) => {
                let kind = accepted.kind().to_owned();
                (true, Some(accepted.entity_ref), Some(kind), None)
            }
            Err(refusals) => (false, None, None, refusals.first().map(|refusal| refusal.stage.name())),
        };
        if let (Some(r#ref), Some(kind)) = (&entity_ref, &kind) {
            answer.entities.push(EntityEntry { r#ref: r#ref.clone(), kind: kind.clone(), location });
        }
        answer.accepted &= accepted;
        answer.documents.push(DocumentEntry { path, document, accepted, r#ref: entity_ref, kind, reason });
        answer.diagnostics.extend(diagnostics);
    }
    answer.diagnostics.extend(dangling);
    Ok(answer)
}

/// Registered locations over the files of one repository.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ProcessRequest {
    /// The repository: `https://github.com/acme/platform/blob/main/PATH` and `/srv/platform/PATH`.
    pub(super) files: Vec<File>,
    /// `catalog.locations` of app-config.
    #[serde(default)]
    pub(super) locations: Vec<LocationConfig>,
    /// `catalog.rules` of app-config; absent: Component, API and Location.
    pub(super) rules: Option<Value>,
}

/// An entry of `catalog.locations`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct LocationConfig {
    /// `url` or `file`.
    r#type: String,
    /// URL or path.
    target: String,
    /// Rules that hold for this location only.
    rules: Option<Value>,
}

/// The catalog at rest.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ProcessAnswer {
    /// Final entities by canonical ref, in order, without uid and etag.
    entities: Vec<Value>,
    /// Refs the catalog knows but never shows.
    unprocessed: Vec<String>,
    /// Processing errors in order of ref.
    errors: Vec<ErrorEntry>,
    /// Refs that two places declare.
    conflicts: Vec<ConflictEntry>,
    /// Who emitted whom.
    references: Vec<ReferenceEntry>,
}

/// A processing error.
#[derive(Debug, Serialize, JsonSchema)]
struct ErrorEntry {
    /// Canonical ref.
    r#ref: String,
    /// The error's name.
    name: &'static str,
    /// The error's message.
    message: String,
}

/// A ref that is claimed from two places.
#[derive(Debug, Serialize, JsonSchema)]
struct ConflictEntry {
    /// Canonical ref.
    r#ref: String,
    /// The location that has it.
    existing: String,
    /// The location that wanted it too.
    incoming: String,
}

/// An edge of the processing graph.
#[derive(Debug, Serialize, JsonSchema)]
struct ReferenceEntry {
    /// A ref, or `ConfigLocationProvider`.
    source: String,
    /// A ref.
    target: String,
}

impl ProcessRequest {
    /// The catalog at rest; `every` registers every file with an entity if no location is.
    pub(super) fn catalog(self, every: bool) -> Result<Catalog> {
        let (files, site) = (sources(&self.files), Site::default());
        let mut rules = self.rules.clone();
        let mut locations: Vec<RegisteredLocation> =
            self.locations.into_iter().map(|location| RegisteredLocation::new(location.r#type, location.target, location.rules)).collect();
        if every && locations.is_empty() {
            let (found, allowing) = every_entity_file(&files, &site);
            locations = found;
            rules = rules.or(Some(allowing));
        }
        process::process(&files, &locations, rules.as_ref(), &site)
    }
}

fn process_locations(request: ProcessRequest) -> Result<ProcessAnswer> {
    Ok(ProcessAnswer::new(request.catalog(false)?))
}

impl ProcessAnswer {
    pub(super) fn new(catalog: Catalog) -> Self {
        let Catalog { entities, unprocessed, errors, conflicts, references } = catalog;
        let error = |error: process::ProcessingError| ErrorEntry {
            r#ref: error.entity_ref,
            name: error.refusal.name,
            message: error.refusal.message,
        };
        let conflict = |conflict: process::Conflict| ConflictEntry {
            r#ref: conflict.entity_ref,
            existing: conflict.existing,
            incoming: conflict.incoming,
        };
        Self {
            entities,
            unprocessed,
            errors: errors.into_iter().map(error).collect(),
            conflicts: conflicts.into_iter().map(conflict).collect(),
            references: references.into_iter().map(|(source, target)| ReferenceEntry { source, target }).collect(),
        }
    }
}

/// A catalog to draw.
#[derive(Debug, Deserialize, JsonSchema)]
struct GraphRequest {
    /// The entities.
    entities: Vec<Value>,
    #[serde(flatten)]
    question: GraphQuestion,
}

/// What to draw, and what to follow.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct GraphQuestion {
    /// `dot` or `mermaid`; no drawing if absent.
    format: Option<String>,
    /// Canonical references of entities that change.
    #[serde(default)]
    changed: Vec<String>,
}

/// The graph.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct GraphAnswer {
    /// In the language that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    drawing: Option<String>,
    /// Groups of entities that depend on each other in circles, by relation.
    cycles: Vec<Cycle>,
    /// References to entities that are not there.
    dangling: Vec<Dangling>,
    /// What the changes may reach, sorted.
    impact: Vec<String>,
}

/// A circle.
#[derive(Debug, Serialize, JsonSchema)]
struct Cycle {
    /// `dependsOn`, `partOf` or `childOf`.
    relation: &'static str,
    /// Canonical references.
    entities: Vec<String>,
}

/// A reference to nothing.
#[derive(Debug, Serialize, JsonSchema)]
struct Dangling {
    /// Who refers.
    source: String,
    /// How.
    relation: &'static str,
    /// To what.
    target: String,
}

fn draw(request: GraphRequest) -> Result<GraphAnswer> {
    draw_entities(&request.entities, request.question)
}

/// Draws the references of entities.
pub(super) fn draw_entities(entities: &[Value], request: GraphQuestion) -> Result<GraphAnswer> {
    let graph = Graph::new(entities);
    let drawing = match request.format.as_deref() {
        None => None,
        Some("dot") => Some(graph.dot()),
        Some("mermaid") => Some(graph.mermaid()),
        Some(other) => return Err(crate::Error::invalid(format!("there is no format {other:?}"))),
    };
    let cycles = |relation: &'static str| graph.cycles(relation).into_iter().map(move |entities| Cycle { relation, entities });
    let mut impact: Vec<String> = request.changed.iter().flat_map(|changed| graph.impact(changed)).collect();
    impact.sort();
    impact.dedup();
    Ok(GraphAnswer {
        drawing,
        cycles: ["dependsOn", "partOf", "childOf"].into_iter().flat_map(cycles).collect(),
        dangling: graph.dangling().into_iter().map(|(source, relation, target)| Dangling { source, relation, target }).collect(),
        impact,
    })
}

/// Two states of a catalog.
#[derive(Debug, Deserialize, JsonSchema)]
struct DiffRequest {
    /// The entities before.
    old: Vec<Value>,
    /// The entities after.
    new: Vec<Value>,
}

/// The changes.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DiffAnswer {
    /// Sorted by reference.
    pub(super) changes: Vec<Change>,
}

fn compare(request: DiffRequest) -> Result<DiffAnswer> {
    Ok(DiffAnswer { changes: diff(&request.old, &request.new) })
}

/// A catalog to count.
#[derive(Debug, Deserialize, JsonSchema)]
struct CoverageRequest {
    /// The entities.
    entities: Vec<Value>,
}

fn cover(request: CoverageRequest) -> Result<Coverage> {
    Ok(coverage(&request.entities))
}
