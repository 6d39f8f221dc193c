//! Nodes of a document after composition.

use std::cell::RefCell;

use crate::text::Span;

pub(super) type NodeId = usize;

/// A JavaScript value that a scalar can have.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Js {
    Null,
    Bool(bool),
    Number(f64),
    /// The text can be moved out when it is not needed again.
    String(RefCell<String>),
    /// A `Buffer`.
    Bytes(Vec<u8>),
    /// A `Date`, in milliseconds; NaN when it is invalid.
    Date(f64),
    /// The symbol that stands for `<<`.
    Merge,
}

impl Js {
    pub(super) fn string(text: impl Into<String>) -> Self {
        Self::String(RefCell::new(text.into()))
    }
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

/// A key, and its value unless there is none.
pub(super) type Pair = (NodeId, Option<NodeId>);

#[derive(Debug)]
pub(super) enum NodeKind {
    Scalar {
        value: Js,
        /// As written; empty for strings.
        source: String,
        style: Style,
    },
    Map {
        items: Vec<Pair>,
        set: bool,
    },
    /// `ordered`: an `!!omap`, which is a `Map` in JavaScript.
    Seq {
        items: Vec<NodeId>,
        ordered: bool,
    },
    Alias(String),
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) anchor: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) span: Span,
    /// Where comments and white space behind it end.
    pub(super) end: usize,
}

/// A document's nodes, in order of their creation.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    nodes: Vec<Node>,
}

impl Nodes {
    pub(super) fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    pub(super) fn get_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id)
    }

    pub(super) fn add(&mut self, kind: NodeKind, span: Span, end: usize) -> NodeId {
        self.nodes.push(Node { kind, anchor: None, tag: None, span, end });
        self.nodes.len() - 1
    }

    pub(super) fn end(&self, id: NodeId) -> usize {
        self.get(id).map_or(0, |node| node.end)
    }

    pub(super) fn span(&self, id: NodeId) -> Span {
        self.get(id).map(|node| node.span).unwrap_or_default()
    }
}
