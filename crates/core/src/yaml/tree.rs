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
}

impl<'a> Tree<'a> {
    pub(super) fn get(&self, id: NodeId) -> Option<&Node<'a>> {
        self.nodes.get(id as usize)
    }

    /// Adds a node that has no siblings yet.
    pub(super) fn add(&mut self, kind: Kind<'a>, span: Span) -> NodeId {
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

    /// The children of a list that starts at `first`.
    pub(super) fn siblings(&self, first: NodeId) -> Siblings<'_, 'a> {
        Siblings { tree: self, at: first }
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

/// Iterator over a list of children.
pub(super) struct Siblings<'t, 'a> {
    tree: &'t Tree<'a>,
    at: NodeId,
}

impl<'t, 'a> Iterator for Siblings<'t, 'a> {
    type Item = (NodeId, &'t Node<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let id = self.at;
        let node = self.tree.get(id)?;
        self.at = node.next;
        Some((id, node))
    }
}
