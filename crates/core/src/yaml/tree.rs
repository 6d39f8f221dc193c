//! The syntax tree of one document: a flat list of nodes, linked by index.

use std::borrow::Cow;

use crate::text::Span;

/// Index of a node; [`NONE`] ends a list of children.
pub(super) type NodeId = u32;

/// No node.
pub(super) const NONE: NodeId = NodeId::MAX;

/// One node as written.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) span: Span,
    /// The next child of the same parent.
    pub(super) next: NodeId,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    /// A scalar, its text already unfolded and unescaped.
    Scalar(Scalar<'a>),
    /// Children are the items.
    Sequence { first: NodeId, len: u32 },
    /// Children alternate: key, value, key, value.
    Mapping { first: NodeId, len: u32 },
    /// The node that carries the anchor.
    Alias(NodeId),
}

/// A scalar before its type is known.
#[derive(Debug)]
pub(super) struct Scalar<'a> {
    pub(super) text: Cow<'a, str>,
    /// Its type follows from its text: plain without a tag, or tagged `!`.
    pub(super) implicit: bool,
    /// The full tag, when there is one.
    pub(super) tag: Option<Box<str>>,
}

/// All nodes of one document.
#[derive(Debug, Default)]
pub(super) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    aliases: bool,
}

impl<'a> Tree<'a> {
    pub(super) fn get(&self, id: NodeId) -> Option<&Node<'a>> {
        self.nodes.get(id as usize)
    }

    /// Adds a node that has no siblings yet.
    pub(super) fn add(&mut self, kind: Kind<'a>, span: Span) -> NodeId {
        self.aliases |= matches!(kind, Kind::Alias(_));
        let id = self.nodes.len() as NodeId;
        self.nodes.push(Node { kind, span, next: NONE });
        id
    }

    /// Completes a collection whose children were added after it.
    pub(super) fn finish(&mut self, id: NodeId, kind: Kind<'a>, end: usize) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.kind = kind;
            node.span.end = end.max(node.span.start);
        }
    }

    pub(super) fn end(&self, id: NodeId) -> usize {
        self.get(id).map_or(0, |node| node.span.end)
    }

    /// The next child of the same parent.
    pub(super) fn next(&self, id: NodeId) -> NodeId {
        self.get(id).map_or(NONE, |node| node.next)
    }

    /// Whether any node stands for another.
    pub(super) fn has_aliases(&self) -> bool {
        self.aliases
    }

    /// The text of a scalar; taken out of the tree when it is not needed again.
    pub(super) fn text(&mut self, id: NodeId, take: bool) -> String {
        match self.nodes.get_mut(id as usize).map(|node| &mut node.kind) {
            Some(Kind::Scalar(scalar)) if take => std::mem::take(&mut scalar.text).into_owned(),
            Some(Kind::Scalar(scalar)) => scalar.text.to_string(),
            _ => String::new(),
        }
    }
}

/// Collects the children of one parent.
#[derive(Debug)]
pub(super) struct Children {
    pub(super) first: NodeId,
    last: NodeId,
    pub(super) len: u32,
}

impl Children {
    pub(super) fn new() -> Self {
        Self { first: NONE, last: NONE, len: 0 }
    }

    pub(super) fn push(&mut self, tree: &mut Tree<'_>, id: NodeId) {
        match tree.nodes.get_mut(self.last as usize) {
            Some(last) if self.len > 0 => last.next = id,
            _ => self.first = id,
        }
        self.last = id;
        self.len = self.len.saturating_add(1);
    }

    /// Where the last child ends; `or` when there is none.
    pub(super) fn end(&self, tree: &Tree<'_>, or: usize) -> usize {
        if self.len == 0 { or } else { tree.end(self.last) }
    }
}
