//! `lofting catalog query` and `graph`: the entities with their relations.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use lofting::Value;
use lofting::backstage::catalog::reference::Defaults;
use lofting::backstage::catalog::{EntityRef, graph as catalog, relations};
use lofting::platform::File;
use lofting::platform::catalog::Catalog;
use lofting::platform::config::Config;
use lofting::platform::tree::Tree;
use serde_json::json;

use crate::cli::Format;
use crate::documents::{self, brief, list};
use crate::entities::{ENTITIES, EntityFiles};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{self, DIM, styled};
use crate::report::count;

#[derive(Debug, Args)]
pub(super) struct Query {
    /// Files or a directory
    path: PathBuf,
    /// `KEY=VALUE` or `KEY`, comma for and; several options are or
    #[arg(long, short, value_name = "FILTER")]
    filter: Vec<String>,
    /// Fields of the answer, such as metadata.name
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    field: Vec<String>,
    /// `FIELD,asc` or `FIELD,desc`
    #[arg(long, value_name = "ORDER")]
    order: Vec<String>,
    /// Text to look for
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<i64>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

#[derive(Debug, Args)]
pub(super) struct Graph {
    /// Files or directories
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Only what its references lead to, such as component:default/orders
    #[arg(long, value_name = "REF")]
    from: Option<String>,
    /// Instead what a change of --from may reach: what depends on it, consumes its APIs, is part of it
    #[arg(long, requires = "from")]
    blast_radius: bool,
    /// Only these relations, such as dependsOn
    #[arg(long, value_name = "TYPE")]
    relation: Vec<String>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Drawing::Mermaid)]
    output: Drawing,
}

/// How to write a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Drawing {
    /// A Mermaid graph
    Mermaid,
    /// A Graphviz graph
    Dot,
    /// Nodes and edges
    Json,
}

/// The catalog that a directory's files make.
fn read(path: &Path) -> Result<Catalog, Failure> {
    let files: Vec<File> =
        input::tree(path)?.into_iter().filter_map(|file| Some(File { path: file.path, text: file.text.ok()? })).collect();
    let config = Config::read(&files)?;
    let catalog = Catalog::read(&Tree::read(&files, &config), &mut Vec::new());
    if catalog.entities.is_empty() {
        return Err(Failure::Usage(format!("{}: no entity is accepted here; `lofting catalog check` says why", path.display())));
    }
    Ok(catalog)
}

impl Query {
    pub(super) fn run(self) -> Outcome {
        let catalog = read(&self.path)?;
        let entities: Vec<Value> = catalog
            .entities
            .iter()
            .map(|entity| {
                let mut value = entity.value.clone();
                let relations: Vec<Value> =
                    entity.relations.iter().map(|one| json!({"type": one.r#type, "targetRef": one.target})).collect();
                if let Some(members) = value.as_object_mut() {
                    members.insert("relations".into(), Value::Array(relations));
                }
                value
            })
            .collect();
        let whole = self.field.is_empty() && self.output == Format::Human;
        let mut request =
            json!({"entities": entities, "filter": self.filter, "fields": self.field, "orderField": self.order, "limit": self.limit});
        if let Some(term) = &self.text {
            request["fullTextFilter"] = json!({"term": term});
        }
        let answer = documents::call("catalog.query", request)?;
        match output::data(self.output, &answer) {
            Some(data) => output::text(&data)?,
            None if whole => {
                for found in list(&answer, "/refs").iter().filter_map(Value::as_str) {
                    let entity = catalog.get(found);
                    match entity.and_then(|entity| entity.owner.as_deref()) {
                        Some(owner) => output::line(&format!("{found}  {}", styled(DIM, format!("owned by {owner}"))))?,
                        None => output::line(found)?,
                    }
                }
                if list(&answer, "/refs").is_empty() {
                    output::note("nothing", &format!("none of {} fits", count(catalog.entities.len(), "entity")));
                }
            }
            None => list(&answer, "/items").iter().try_for_each(|item| output::line(&brief(item)))?,
        }
        Ok(Exit::Clean)
    }
}

impl Graph {
    pub(super) fn run(self) -> Outcome {
        let entities = EntityFiles::read(&self.paths, ENTITIES)?.accepted();
        if entities.is_empty() {
            return Err(Failure::Usage("no entity is accepted here; `lofting catalog check` says why".to_owned()));
        }
        let mut graph = catalog::Graph::new(&entities);
        if !self.relation.is_empty() {
            self.relation.iter().try_for_each(|relation| known(relation))?;
            graph = graph.along(&self.relation);
        }
        if let Some(from) = &self.from {
            let start = start(&graph, from)?;
            let reached = if self.blast_radius { graph.impact(&start).into_iter().chain([start]).collect() } else { graph.reach(&start) };
            graph = graph.within(&reached);
        }
        output::text(&match self.output {
            Drawing::Mermaid => graph.mermaid(),
            Drawing::Dot => graph.dot(),
            Drawing::Json => {
                let edges = graph.edges().map(|(source, kind, target)| json!({"source": source, "type": kind, "target": target}));
                let nodes: Vec<&str> = graph.nodes().map(|node| node.entity_ref.as_str()).collect();
                let missing: Vec<&str> = graph.nodes().filter(|node| !node.known).map(|node| node.entity_ref.as_str()).collect();
                let answer = json!({"nodes": nodes, "missing": missing, "edges": edges.collect::<Vec<Value>>()});
                output::data(Format::Json, &answer).unwrap_or_default()
            }
        })?;
        Ok(Exit::Clean)
    }
}

/// The entity that `--from` names.
fn start(graph: &catalog::Graph, from: &str) -> Result<String, Failure> {
    let parsed = EntityRef::parse(from, Defaults::default());
    let reference = match &parsed {
        Ok(reference) if graph.contains(&reference.canonical()) => return Ok(reference.canonical()),
        Ok(reference) => reference.name.to_lowercase(),
        Err(_) => from.to_lowercase(),
    };
    let name = |node: &str| node.rsplit('/').next() == Some(&reference);
    let near: Vec<&str> = graph.nodes().map(|node| node.entity_ref.as_str()).filter(|node| name(node)).collect();
    Err(Failure::Usage(match (near.as_slice(), parsed) {
        ([], Err(error)) => format!("--from {from}: {}", error.message),
        ([], Ok(_)) => format!("--from {from}: there is no such entity"),
        (near, _) => format!("--from {from}: there is no such entity; did you mean {}?", near.join(" or ")),
    }))
}

/// Refuses what is no relation that an entity can write.
fn known(relation: &str) -> Result<(), Failure> {
    let fields = || relations::every_field();
    // What one kind writes backwards, another may write forwards: a group's members, a user's groups.
    if fields().any(|field| field.outgoing == relation) {
        return Ok(());
    }
    let why = match fields().find(|field| field.incoming == relation) {
        Some(field) => format!("is {} seen from its target; ask for that", field.outgoing),
        None => {
            let names: BTreeSet<&str> = fields().map(|field| field.outgoing).collect();
            format!("is no relation; there are {}", names.into_iter().collect::<Vec<_>>().join(", "))
        }
    };
    Err(Failure::Usage(format!("--relation {relation} {why}")))
}
