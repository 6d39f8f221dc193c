//! The order of a plan as a graph: waves are gates between their tasks.

use std::fmt::Write;

use petgraph::graph::{DiGraph, NodeIndex};

use super::phase::SyncPhase;
use super::plan::Plan;
use super::task::TaskView;

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A task.
    Task(TaskView),
    /// The end of a wave.
    Gate(Gate),
}

/// The end of a wave, before anything of the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Phase.
    pub phase: SyncPhase,
    /// Wave.
    pub wave: i64,
    /// Tasks are waited for: hooks always, resources when another wave follows.
    pub waits: bool,
}

/// Why one node comes after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// In order.
    Then,
    /// The task makes a child Application, whose own resources are not waited for.
    NotGated,
    /// Only when the sync fails.
    OnFailure,
}

/// The graph of a plan; acyclic.
pub type PlanGraph = DiGraph<Node, Edge>;

impl Plan {
    /// The graph of the first pass's tasks. Applications among them are marked: Argo CD judges no health of
    /// theirs, so later waves do not wait for what they deploy.
    pub fn graph(&self) -> PlanGraph {
        let mut graph = PlanGraph::new();
        let mut before: Option<NodeIndex> = None;
        let waves: Vec<&[TaskView]> = self.tasks.chunk_by(|one, other| (one.phase, one.wave) == (other.phase, other.wave)).collect();
        let regular = waves.iter().filter(|wave| wave.first().is_some_and(|task| task.phase != SyncPhase::SyncFail)).count();
        for (index, tasks) in waves.iter().enumerate() {
            let Some(first) = tasks.first() else { continue };
            let (phase, wave) = (first.phase, first.wave);
            let last = index + 1 >= regular;
            let gate = Gate { phase, wave, waits: !last || tasks.iter().any(|task| task.is_hook) };
            let end = graph.add_node(Node::Gate(gate));
            let into = if phase == SyncPhase::SyncFail { Edge::OnFailure } else { Edge::Then };
            for task in *tasks {
                let child = task.key.group == "argoproj.io" && task.key.kind == "Application" && !task.is_prune;
                let node = graph.add_node(Node::Task(task.clone()));
                if let Some(before) = before {
                    graph.add_edge(before, node, into);
                }
                graph.add_edge(node, end, if child { Edge::NotGated } else { Edge::Then });
            }
            before = Some(end);
        }
        graph
    }
}

fn label(node: &Node) -> String {
    match node {
        Node::Gate(gate) => format!("{} wave {}", gate.phase.as_str(), gate.wave),
        Node::Task(task) => {
            let prefix = match (task.is_prune, task.is_hook) {
                (true, _) => "prune ",
                (false, true) => "hook ",
                (false, false) => "",
            };
            let key = &task.key;
            let group = if key.group.is_empty() { String::new() } else { format!("{}/", key.group) };
            let namespace = if key.namespace.is_empty() { String::new() } else { format!("{}/", key.namespace) };
            format!("{prefix}{group}{} {namespace}{}", key.kind, key.name)
        }
    }
}

fn note(edge: Edge) -> &'static str {
    match edge {
        Edge::Then => "",
        Edge::NotGated => "children not waited for",
        Edge::OnFailure => "on failure",
    }
}

/// The graph in Graphviz' language.
pub fn to_dot(graph: &PlanGraph) -> String {
    let mut out = String::from("digraph sync {\n  rankdir=LR;\n");
    for index in graph.node_indices() {
        let Some(node) = graph.node_weight(index) else { continue };
        let shape = match node {
            Node::Gate(Gate { waits: true, .. }) => "diamond",
            Node::Gate(_) => "point",
            Node::Task(task) if task.is_hook => "ellipse",
            Node::Task(_) => "box",
        };
        let text = label(node).replace('\\', "\\\\").replace('"', "\\\"");
        let _ = writeln!(out, "  n{} [shape={shape}, label=\"{text}\"];", index.index());
    }
    for edge in graph.edge_indices() {
        let (Some((from, to)), Some(kind)) = (graph.edge_endpoints(edge), graph.edge_weight(edge)) else { continue };
        let style = if *kind == Edge::Then { String::new() } else { format!(" [style=dashed, label=\"{}\"]", note(*kind)) };
        let _ = writeln!(out, "  n{} -> n{}{style};", from.index(), to.index());
    }
    out.push_str("}\n");
    out
}

/// The graph as a Mermaid flowchart.
pub fn to_mermaid(graph: &PlanGraph) -> String {
    let mut out = String::from("flowchart LR\n");
    for index in graph.node_indices() {
        let Some(node) = graph.node_weight(index) else { continue };
        let text = label(node).replace('"', "#quot;");
        let shaped = match node {
            Node::Gate(_) => format!("{{\"{text}\"}}"),
            Node::Task(task) if task.is_hook => format!("([\"{text}\"])"),
            Node::Task(_) => format!("[\"{text}\"]"),
        };
        let _ = writeln!(out, "  n{}{shaped}", index.index());
    }
    for edge in graph.edge_indices() {
        let (Some((from, to)), Some(kind)) = (graph.edge_endpoints(edge), graph.edge_weight(edge)) else { continue };
        let arrow = if *kind == Edge::Then { "-->".to_owned() } else { format!("-.->|{}|", note(*kind)) };
        let _ = writeln!(out, "  n{} {arrow} n{}", from.index(), to.index());
    }
    out
}
