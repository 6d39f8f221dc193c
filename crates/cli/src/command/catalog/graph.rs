//! `lofting catalog query` and `graph`: the entities with their relations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use lofting::Value;
use lofting::platform::File;
use lofting::platform::catalog::Catalog;
use lofting::platform::config::Config;
use lofting::platform::tree::Tree;
use serde_json::json;

use crate::cli::Format;
use crate::documents::{self, brief, list};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{self, DIM, styled};

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
    /// Files or a directory
    path: PathBuf,
    /// Only what is reachable from here, such as component:default/orders
    #[arg(long, value_name = "REF")]
    from: Option<String>,
    /// Follow relations backwards too: what a change of --from can reach
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
                    let owner =
                        entity.and_then(|entity| entity.owner.as_deref()).map(|owner| format!("owned by {owner}")).unwrap_or_default();
                    output::line(&format!("{found}  {}", styled(DIM, owner)))?;
                }
            }
            None => list(&answer, "/items").iter().try_for_each(|item| output::line(&brief(item)))?,
        }
        Ok(Exit::Clean)
    }
}

/// Relations that say the same the other way round.
const BACKWARDS: &[&str] = &["ownerOf", "apiProvidedBy", "apiConsumedBy", "dependencyOf", "hasPart", "hasMember", "parentOf"];

impl Graph {
    pub(super) fn run(self) -> Outcome {
        let catalog = read(&self.path)?;
        let wanted =
            |kind: &str| if self.relation.is_empty() { !BACKWARDS.contains(&kind) } else { self.relation.iter().any(|one| one == kind) };
        let mut edges: Vec<(&str, &str, &str)> = Vec::new();
        for entity in &catalog.entities {
            edges.extend(
                entity
                    .relations
                    .iter()
                    .filter(|one| wanted(&one.r#type))
                    .map(|one| (entity.entity_ref.as_str(), one.r#type.as_str(), one.target.as_str())),
            );
        }
        let mut nodes: BTreeSet<&str> = catalog.entities.iter().map(|entity| entity.entity_ref.as_str()).collect();
        nodes.extend(edges.iter().map(|(_, _, target)| *target));
        if let Some(from) = &self.from {
            let start = from.to_lowercase();
            if !nodes.contains(start.as_str()) {
                return Err(Failure::Usage(format!("--from {from}: there is no such entity")));
            }
            let reached = reach(&start, &edges, self.blast_radius);
            nodes.retain(|node| reached.contains(*node));
            edges.retain(|(source, _, target)| reached.contains(*source) && reached.contains(*target));
        }
        let number: BTreeMap<&str, usize> = nodes.iter().enumerate().map(|(at, node)| (*node, at)).collect();
        let id = |node: &str| number.get(node).copied().unwrap_or_default();
        let mut out = String::new();
        match self.output {
            Drawing::Json => {
                let edges: Vec<Value> =
                    edges.iter().map(|(source, kind, target)| json!({"source": source, "type": kind, "target": target})).collect();
                out = output::data(Format::Json, &json!({"nodes": nodes, "edges": edges})).unwrap_or_default();
            }
            Drawing::Mermaid => {
                out.push_str("flowchart LR\n");
                nodes.iter().for_each(|node| out.push_str(&format!("  n{}[\"{node}\"]\n", id(node))));
                edges.iter().for_each(|(source, kind, target)| out.push_str(&format!("  n{} -->|{kind}| n{}\n", id(source), id(target))));
            }
            Drawing::Dot => {
                out.push_str("digraph catalog {\n  rankdir=LR;\n  node [shape=box];\n");
                nodes.iter().for_each(|node| out.push_str(&format!("  {node:?};\n")));
                edges.iter().for_each(|(source, kind, target)| out.push_str(&format!("  {source:?} -> {target:?} [label={kind:?}];\n")));
                out.push_str("}\n");
            }
        }
        output::text(&out)?;
        Ok(Exit::Clean)
    }
}

/// What can be reached from a node; `backwards` instead follows the relations to those that refer to it.
fn reach<'g>(start: &'g str, edges: &[(&'g str, &'g str, &'g str)], backwards: bool) -> BTreeSet<&'g str> {
    let mut next: BTreeMap<&str, Vec<&'g str>> = BTreeMap::new();
    for (source, _, target) in edges {
        let (from, to) = if backwards { (target, source) } else { (source, target) };
        next.entry(from).or_default().push(to);
    }
    let mut reached = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        for to in next.get(node).into_iter().flatten() {
            if reached.insert(to) {
                open.push(to);
            }
        }
    }
    reached
}
