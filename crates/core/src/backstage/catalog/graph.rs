//! The catalog as a graph: who depends on whom, in circles, and what a change reaches.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use petgraph::Direction;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Bfs, EdgeRef};
use serde_json::Value;

use super::reference::EntityRef;
use super::relations::references;

/// An entity, or what one refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Canonical reference.
    pub entity_ref: String,
    /// The catalog has it.
    pub known: bool,
}

/// References as edges, from the entity that writes them to the one they name.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    graph: DiGraph<Node, &'static str>,
    nodes: HashMap<String, NodeIndex>,
}

/// Relations along which a change of the target reaches the source.
const NEEDS: &[&str] = &["dependsOn", "consumesApi", "partOf", "childOf"];

impl Graph {
    /// The graph of some edges: source, relation, target.
    pub fn of_edges<'a>(edges: impl IntoIterator<Item = (&'a str, &'static str, &'a str)>) -> Self {
        let mut graph = Self::default();
        for (source, relation, target) in edges {
            let (source, target) = (graph.node(source), graph.node(target));
            graph.graph.add_edge(source, target, relation);
        }
        graph
    }

    /// Builds the graph; references that cannot be read are left out.
    pub fn new<'a>(entities: impl IntoIterator<Item = &'a Value>) -> Self {
        let entities: Vec<(String, &Value)> =
            entities.into_iter().filter_map(|entity| Some((EntityRef::of(entity)?.canonical(), entity))).collect();
        let mut graph = Self::default();
        for (entity_ref, _) in &entities {
            let node = graph.node(entity_ref);
            if let Some(node) = graph.graph.node_weight_mut(node) {
                node.known = true;
            }
        }
        for (entity_ref, entity) in entities {
            let source = graph.node(&entity_ref);
            for reference in references(entity).unwrap_or_default() {
                let target = graph.node(&reference.target.canonical());
                let known = graph.graph.edges_connecting(source, target).any(|edge| *edge.weight() == reference.field.outgoing);
                if !known {
                    graph.graph.add_edge(source, target, reference.field.outgoing);
                }
            }
        }
        graph
    }

    fn node(&mut self, entity_ref: &str) -> NodeIndex {
        if let Some(node) = self.nodes.get(entity_ref) {
            return *node;
        }
        let node = self.graph.add_node(Node { entity_ref: entity_ref.to_owned(), known: false });
        self.nodes.insert(entity_ref.to_owned(), node);
        node
    }

    fn name(&self, node: NodeIndex) -> &str {
        self.graph.node_weight(node).map_or("", |node| &node.entity_ref)
    }

    /// Whether an entity or a reference is of that name.
    pub fn contains(&self, entity_ref: &str) -> bool {
        self.nodes.contains_key(entity_ref)
    }

    /// The graph with these relations only; entities stay.
    pub fn along(&self, relations: &[String]) -> Self {
        self.part(|_| true, |relation| relations.iter().any(|one| one == relation))
    }

    /// The graph of these entities only.
    pub fn within(&self, entity_refs: &BTreeSet<String>) -> Self {
        self.part(|node| entity_refs.contains(&node.entity_ref), |_| true)
    }

    fn part(&self, node: impl Fn(&Node) -> bool, edge: impl Fn(&'static str) -> bool) -> Self {
        let graph = self.graph.filter_map(|_, one| node(one).then(|| one.clone()), |_, relation| edge(relation).then_some(*relation));
        let nodes = graph.node_indices().filter_map(|at| Some((graph.node_weight(at)?.entity_ref.clone(), at))).collect();
        Self { graph, nodes }
    }

    /// An entity and everything its references lead to.
    pub fn reach(&self, entity_ref: &str) -> BTreeSet<String> {
        let Some(start) = self.nodes.get(entity_ref) else { return BTreeSet::new() };
        let mut search = Bfs::new(&self.graph, *start);
        std::iter::from_fn(|| search.next(&self.graph)).map(|node| self.name(node).to_owned()).collect()
    }

    /// The nodes, sorted.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.sorted().into_iter().map(|(_, node)| node)
    }

    /// The references, sorted: source, relation, target.
    pub fn edges(&self) -> impl Iterator<Item = (&str, &'static str, &str)> {
        self.sorted_edges().into_iter()
    }

    /// References that lead nowhere, sorted: source, relation, target.
    pub fn dangling(&self) -> Vec<(String, &'static str, String)> {
        let unknown = |node: NodeIndex| self.graph.node_weight(node).is_some_and(|node| !node.known);
        let edges = self.graph.edge_references().filter(|edge| unknown(edge.target()));
        let mut found: Vec<_> =
            edges.map(|edge| (self.name(edge.source()).to_owned(), *edge.weight(), self.name(edge.target()).to_owned())).collect();
        found.sort();
        found
    }

    /// Entities that depend on themselves along one relation, group by group, each sorted.
    pub fn cycles(&self, relation: &str) -> Vec<Vec<String>> {
        let only = self.graph.filter_map(|_, node| Some(node.entity_ref.clone()), |_, edge| (*edge == relation).then_some(()));
        let mut cycles: Vec<Vec<String>> = tarjan_scc(&only)
            .into_iter()
            .filter(|group| group.len() > 1 || group.first().is_some_and(|node| only.contains_edge(*node, *node)))
            .map(|group| {
                let mut names: Vec<String> = group.iter().filter_map(|node| only.node_weight(*node).cloned()).collect();
                names.sort();
                names
            })
            .collect();
        cycles.sort();
        cycles
    }

    /// Everything that a change of an entity may reach, sorted: what depends on it, and what consumes the APIs it provides.
    pub fn impact(&self, entity_ref: &str) -> Vec<String> {
        let Some(start) = self.nodes.get(entity_ref).copied() else { return Vec::new() };
        let mut reached = BTreeSet::new();
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            let dependants = self.graph.edges_directed(node, Direction::Incoming).filter(|edge| NEEDS.contains(edge.weight()));
            let provided = self.graph.edges_directed(node, Direction::Outgoing).filter(|edge| *edge.weight() == "providesApi");
            let next = dependants.map(|edge| edge.source()).chain(provided.map(|edge| edge.target()));
            for node in next.filter(|node| *node != start) {
                if reached.insert(self.name(node).to_owned()) {
                    open.push(node);
                }
            }
        }
        reached.into_iter().collect()
    }

    /// The nodes sorted by reference, with what to call them.
    fn sorted(&self) -> Vec<(NodeIndex, &Node)> {
        let mut nodes: Vec<_> = self.graph.node_indices().filter_map(|at| Some((at, self.graph.node_weight(at)?))).collect();
        nodes.sort_by(|(_, a), (_, b)| a.entity_ref.cmp(&b.entity_ref));
        nodes
    }

    fn sorted_edges(&self) -> Vec<(&str, &'static str, &str)> {
        let mut edges: Vec<_> =
            self.graph.edge_references().map(|edge| (self.name(edge.source()), *edge.weight(), self.name(edge.target()))).collect();
        edges.sort_unstable();
        edges
    }

    /// The graph in Graphviz' language; what the catalog does not have is dashed.
    pub fn dot(&self) -> String {
        let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let mut out = String::from("digraph catalog {\n  rankdir=LR;\n  node [shape=box];\n");
        for (_, node) in self.sorted() {
            let style = if node.known { "" } else { " [style=dashed]" };
            let _ = writeln!(out, "  {}{style};", quote(&node.entity_ref));
        }
        for (source, relation, target) in self.sorted_edges() {
            let _ = writeln!(out, "  {} -> {} [label={}];", quote(source), quote(target), quote(relation));
        }
        out.push_str("}\n");
        out
    }

    /// The graph in Mermaid's language.
    pub fn mermaid(&self) -> String {
        let mut out = String::from("flowchart LR\n");
        let mut names = HashMap::new();
        for (at, (_, node)) in self.sorted().into_iter().enumerate() {
            names.insert(node.entity_ref.as_str(), at);
            let class = if node.known { "" } else { ":::missing" };
            let _ = writeln!(out, "  n{at}[\"{}\"]{class}", node.entity_ref.replace('"', "#quot;"));
        }
        for (source, relation, target) in self.sorted_edges() {
            if let (Some(source), Some(target)) = (names.get(source), names.get(target)) {
                let _ = writeln!(out, "  n{source} -->|{relation}| n{target}");
            }
        }
        out.push_str("  classDef missing stroke-dasharray: 5 5\n");
        out
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Graph;

    #[test]
    fn finds_circles_and_reach() {
        let component = |name: &str, needs: &[&str]| {
            json!({ "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": { "name": name },
                "spec": { "type": "service", "lifecycle": "x", "owner": "team", "dependsOn": needs } })
        };
        let entities = [component("a", &["component:b"]), component("b", &["component:a"]), component("c", &["component:a"])];
        let graph = Graph::new(&entities);
        assert_eq!(graph.cycles("dependsOn"), [["component:default/a", "component:default/b"]]);
        assert_eq!(graph.impact("component:default/a"), ["component:default/b", "component:default/c"]);
        assert_eq!(graph.dangling().len(), 3);
        let reached = graph.reach("component:default/b");
        assert_eq!(reached.iter().collect::<Vec<_>>(), ["component:default/a", "component:default/b", "group:default/team"]);
        let part = graph.along(&["dependsOn".to_owned()]).within(&reached);
        assert_eq!(
            part.edges().collect::<Vec<_>>(),
            [("component:default/a", "dependsOn", "component:default/b"), ("component:default/b", "dependsOn", "component:default/a")]
        );
        assert_eq!(part.nodes().filter(|node| !node.known).count(), 1);
    }
}
