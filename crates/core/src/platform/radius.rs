//! What a change reaches: the platform as one graph.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::Bfs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::File;
use super::application::Origin;
use super::model::Platform;
use super::wiring::{Wire, is_workload};
use crate::{Error, Result, Value};

/// Request of `platform.wire`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Every text of the platform's directory.
    pub files: Vec<File>,
    /// Application name to what a renderer made of its source.
    #[serde(default)]
    pub rendered: BTreeMap<String, String>,
    /// A node, or a file: what does a change of it reach?
    pub changed: Option<String>,
}

/// Response of `platform.wire`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wiring {
    /// Components and what they are wired to.
    pub wiring: Vec<Wire>,
    /// The nodes, by id.
    pub nodes: Vec<Node>,
    /// A change of `from` reaches `to`.
    pub edges: Vec<Edge>,
    /// What the change reaches, if one is asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radius: Option<Radius>,
}

/// A thing of the platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Node {
    /// `component:default/shop`, `application:shop`, `workload:Deployment/shop/shop`, `repository:github.com/acme/gitops` …
    pub id: String,
    /// Canonical reference of who owns it, as far as the wiring tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// An edge of the graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Edge {
    /// The cause.
    pub from: String,
    /// What it reaches.
    pub to: String,
    /// How: `source`, `generates`, `yields`, `permits`, `deploys`, `runs`, `dependsOn` …
    pub by: String,
}

/// What a change reaches.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Radius {
    /// The nodes that change themselves.
    pub changed: Vec<String>,
    /// The nodes they reach, nearest first, with the way there.
    pub affected: Vec<Affected>,
    /// The same nodes by owner; those without one under `""`.
    pub by_owner: BTreeMap<String, Vec<String>>,
}

/// A node that is reached.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Affected {
    /// The node.
    pub id: String,
    /// The node before it on the shortest way.
    pub through: String,
    /// How that one reaches it.
    pub by: String,
    /// Edges from the change.
    pub distance: usize,
}

/// The graph of a platform.
#[derive(Debug, Default)]
pub struct Graph {
    graph: DiGraph<Node, String>,
    by_id: BTreeMap<String, NodeIndex>,
    /// Files by the nodes that they hold.
    files: BTreeMap<String, BTreeSet<NodeIndex>>,
}

/// Answers `platform.wire`.
///
/// # Errors
/// When the configuration cannot be read, or nothing is called as the request says.
pub fn wiring(request: &Request) -> Result<Wiring> {
    let platform = Platform::read(&request.files, &request.rendered)?;
    let graph = Graph::new(&platform);
    let radius = request.changed.as_deref().map(|changed| graph.radius(changed)).transpose()?;
    let mut edges: Vec<Edge> = graph.edges().collect();
    edges.sort();
    let mut nodes: Vec<Node> = graph.graph.node_weights().cloned().collect();
    nodes.sort();
    Ok(Wiring { wiring: platform.wiring, nodes, edges, radius })
}

impl Graph {
    /// Draws it.
    pub fn new(platform: &Platform<'_>) -> Self {
        let mut all = Self::default();
        for entity in &platform.catalog.entities {
            let node = all.node(&entity.entity_ref);
            if let Some(weight) = all.graph.node_weight_mut(node) {
                weight.owner.clone_from(&entity.owner);
            }
            all.files.entry(entity.location.file.clone()).or_default().insert(node);
        }
        all.catalog(platform);
        all.applications(platform);
        for wire in &platform.wiring {
            for application in &wire.applications {
                all.edge(&format!("application:{application}"), &wire.component, "deploys");
            }
            for workload in &wire.workloads {
                all.edge(&format!("workload:{workload}"), &wire.component, "runs");
            }
            if let Some(repository) = &wire.repository {
                all.edge(&format!("repository:{}", repository.to_ascii_lowercase()), &wire.component, "source");
            }
        }
        all.owners();
        all
    }

    fn catalog(&mut self, platform: &Platform<'_>) {
        for entity in &platform.catalog.entities {
            for relation in entity.relations.iter().filter(|relation| relation.found) {
                // Who depends, consumes or is part is reached by what it depends on, consumes or belongs to.
                match relation.r#type.as_str() {
                    "dependsOn" | "consumesApi" => self.edge(&relation.target, &entity.entity_ref, &relation.r#type),
                    "providesApi" => self.edge(&entity.entity_ref, &relation.target, "providesApi"),
                    _ => {}
                }
            }
        }
    }

    fn applications(&mut self, platform: &Platform<'_>) {
        for application in &platform.applications.items {
            let id = format!("application:{}", application.name);
            let node = self.node(&id);
            if let Some(at) = &application.location {
                self.files.entry(at.file.clone()).or_default().insert(node);
            }
            for source in &application.sources {
                self.edge(&format!("repository:{}", super::repository::normalize(&source.repo_url)), &id, "source");
            }
            match &application.origin {
                Origin::ApplicationSet(set) => self.edge(&format!("applicationset:{set}"), &id, "generates"),
                Origin::Application(parent) => self.edge(&format!("application:{parent}"), &id, "yields"),
                Origin::File => {}
            }
            if platform.applications.projects.contains_key(&application.project) {
                self.edge(&format!("project:{}", application.project), &id, "permits");
            }
            for target in application.targets.iter().flatten() {
                if let Some(file) = &target.file {
                    self.files.entry(file.clone()).or_default().insert(node);
                }
                let text = |pointer: &str| target.object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
                if is_workload(text("/kind")) {
                    let space = match text("/metadata/namespace") {
                        "" => application.destination.namespace.as_str(),
                        space => space,
                    };
                    self.edge(&id, &format!("workload:{}/{space}/{}", text("/kind"), text("/metadata/name")), "deploys");
                }
            }
        }
        for set in &platform.applications.sets {
            let node = self.node(&format!("applicationset:{}", set.name));
            if let Some(at) = &set.location {
                self.files.entry(at.file.clone()).or_default().insert(node);
            }
        }
    }

    fn node(&mut self, id: &str) -> NodeIndex {
        match self.by_id.get(id) {
            Some(node) => *node,
            None => {
                let node = self.graph.add_node(Node { id: id.to_owned(), owner: None });
                self.by_id.insert(id.to_owned(), node);
                node
            }
        }
    }

    fn edge(&mut self, from: &str, to: &str, by: &str) {
        let (from, to) = (self.node(from), self.node(to));
        if from != to && self.graph.edges_connecting(from, to).all(|edge| edge.weight() != by) {
            self.graph.add_edge(from, to, by.to_owned());
        }
    }

    /// Applications and workloads are owned by the owner of the Component that they reach first.
    fn owners(&mut self) {
        let unowned: Vec<NodeIndex> =
            self.graph.node_indices().filter(|node| self.graph.node_weight(*node).is_some_and(|node| node.owner.is_none())).collect();
        for node in unowned {
            let is_deployed =
                self.graph.node_weight(node).is_some_and(|node| node.id.starts_with("application:") || node.id.starts_with("workload:"));
            if !is_deployed {
                continue;
            }
            let owner = |next: NodeIndex| {
                let next = self.graph.node_weight(next)?;
                next.id.starts_with("component:").then(|| next.owner.clone())?
            };
            let mut owners: BTreeSet<String> = self.graph.neighbors(node).filter_map(owner).collect();
            for workload in self.graph.neighbors(node).collect::<Vec<_>>() {
                owners.extend(self.graph.neighbors(workload).filter_map(owner));
            }
            if let (Some(only), 1) = (owners.iter().next(), owners.len())
                && let Some(weight) = self.graph.node_weight_mut(node)
            {
                weight.owner = Some(only.clone());
            }
        }
    }

    fn edges(&self) -> impl Iterator<Item = Edge> + '_ {
        self.graph.edge_indices().filter_map(|edge| {
            let (from, to) = self.graph.edge_endpoints(edge)?;
            let id = |node| self.graph.node_weight(node).map(|node| node.id.clone());
            Some(Edge { from: id(from)?, to: id(to)?, by: self.graph.edge_weight(edge)?.clone() })
        })
    }

    /// What a change of a node, or of a file, reaches.
    ///
    /// # Errors
    /// When nothing is called that; the message suggests what is.
    pub fn radius(&self, changed: &str) -> Result<Radius> {
        let start: BTreeSet<NodeIndex> = match (self.by_id.get(changed), self.files.get(changed)) {
            (Some(node), _) => BTreeSet::from([*node]),
            (None, Some(nodes)) => nodes.clone(),
            (None, None) => return Err(Error::invalid(self.unknown(changed))),
        };
        let mut seen: BTreeMap<NodeIndex, Option<(NodeIndex, usize)>> = start.iter().map(|node| (*node, None)).collect();
        let mut affected: Vec<(NodeIndex, Affected)> = Vec::new();
        let mut at: Vec<NodeIndex> = start.iter().copied().collect();
        for distance in 1.. {
            let mut next = Vec::new();
            for from in at {
                let mut reached: Vec<NodeIndex> = self.graph.neighbors(from).collect();
                reached.sort();
                reached.dedup();
                for to in reached {
                    if seen.contains_key(&to) {
                        continue;
                    }
                    seen.insert(to, Some((from, distance)));
                    let id = |node| self.graph.node_weight(node).map(|node| node.id.clone()).unwrap_or_default();
                    let by = self.graph.edges_connecting(from, to).next().map(|edge| edge.weight().clone()).unwrap_or_default();
                    affected.push((to, Affected { id: id(to), through: id(from), by, distance }));
                    next.push(to);
                }
            }
            if next.is_empty() {
                break;
            }
            at = next;
        }
        let mut by_owner: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (node, one) in &affected {
            let owner = self.graph.node_weight(*node).and_then(|node| node.owner.clone()).unwrap_or_default();
            by_owner.entry(owner).or_default().push(one.id.clone());
        }
        for list in by_owner.values_mut() {
            list.sort();
        }
        let ids = start.iter().filter_map(|node| self.graph.node_weight(*node)).map(|node| node.id.clone()).collect();
        Ok(Radius { changed: ids, affected: affected.into_iter().map(|(_, one)| one).collect(), by_owner })
    }

    fn unknown(&self, changed: &str) -> String {
        let last = |id: &str| id.rsplit(['/', ':']).next().unwrap_or(id).to_owned();
        let wanted = last(changed);
        let mut near: Vec<&String> = self.by_id.keys().chain(self.files.keys()).filter(|id| last(id) == wanted).take(4).collect();
        if near.is_empty() {
            let all = self.by_id.keys().chain(self.files.keys());
            near = all
                .map(|id| (strsim::damerau_levenshtein(id, changed), id))
                .min()
                .filter(|(distance, _)| *distance <= 4)
                .map(|(_, id)| id)
                .into_iter()
                .collect();
        }
        let names: Vec<&str> = near.into_iter().map(String::as_str).collect();
        let hint = if names.is_empty() { String::new() } else { format!("; did you mean {}?", names.join(" or ")) };
        format!("nothing here is called {changed}{hint}")
    }

    /// How many nodes a node reaches.
    pub fn reach(&self, id: &str) -> usize {
        let Some(node) = self.by_id.get(id) else { return 0 };
        let mut search = Bfs::new(&self.graph, *node);
        let mut count = 0;
        while search.next(&self.graph).is_some() {
            count += 1;
        }
        count - 1
    }
}
