//! Concrete syntax to nodes, with upstream's checks (`compose/`).

use std::collections::HashSet;

use crate::text::Span;

use super::cst::{BlockScalar, Cst, DocumentCst, Kind, Token};
use super::directives::Directives;
use super::node::{Js, NodeId, NodeKind, Nodes, Style};
use super::props::{Expect, Next, Props};
use super::scalar::{self, join_surrogates};
use super::schema::{PREFIX, Resolved, Schema};

/// A mistake: where, and what.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) at: usize,
    pub(super) message: String,
}

/// Composes one document.
#[derive(Debug)]
pub(super) struct Composer<'t> {
    pub(super) text: &'t str,
    pub(super) nodes: Nodes,
    pub(super) problems: Vec<Problem>,
    pub(super) directives: Directives,
    pub(super) schema: Schema,
    pub(super) at_root: bool,
    pub(super) at_key: bool,
}

/// A composed document.
#[derive(Debug)]
pub(super) struct Composed {
    pub(super) nodes: Nodes,
    pub(super) root: NodeId,
    pub(super) directives: Directives,
    pub(super) schema: Schema,
}

/// Composes a document's nodes; the problems found go to the list.
pub(super) fn compose(text: &str, document: &DocumentCst, directives: Directives, merge: bool, problems: &mut Vec<Problem>) -> Composed {
    let schema = Schema { old: directives.is_old(), merge };
    let mut composer =
        Composer { text, nodes: Nodes::default(), problems: std::mem::take(problems), directives, schema, at_root: true, at_key: false };
    let root = composer.document(document);
    let Composer { nodes, directives, problems: found, .. } = composer;
    *problems = found;
    Composed { nodes, root, directives, schema }
}

impl<'t> Composer<'t> {
    pub(super) fn error(&mut self, at: usize, message: impl Into<String>) {
        self.problems.push(Problem { at, message: message.into() });
    }

    pub(super) fn source(&self, token: &Token) -> &'t str {
        self.text.get(token.at()..token.end()).unwrap_or_default()
    }

    fn document(&mut self, document: &DocumentCst) -> NodeId {
        let value = document.value.as_deref();
        let next = match (value, document.end.first()) {
            (None, Some(token)) => Next::Token(*token),
            _ => Next::node(value),
        };
        let expect = Expect { flow: None, indicator: Kind::DocStart, next, offset: document.at, parent_indent: 0, start_on_newline: true };
        let props = self.resolve_props(&document.start, expect);
        if props.found.is_some() && !props.has_newline && matches!(value, Some(Cst::Block(_))) {
            self.error(props.end, "Block collection cannot start on same line with directives-end marker");
        }
        let root = match value {
            Some(value) => self.node(value, &props),
            None => self.empty(props.end, &props),
        };
        let end = self.nodes.end(root);
        self.resolve_end(&document.end, end, false);
        root
    }

    pub(super) fn node(&mut self, cst: &Cst, props: &Props) -> NodeId {
        let node = match cst {
            Cst::Scalar { token, end } if token.kind == Kind::Alias => {
                let id = self.alias(token, end.as_deref().unwrap_or_default());
                if props.anchor.is_some() || props.tag.is_some() {
                    self.error(token.at(), "An alias node must not specify any properties");
                }
                return id;
            }
            Cst::Scalar { token, end } => self.scalar(token, end.as_deref().unwrap_or_default(), props.tag),
            Cst::BlockScalar(scalar) => self.block_scalar(scalar, props.tag),
            Cst::Block(block) if block.map => self.block_map(block, props),
            Cst::Block(block) => self.block_seq(block, props),
            Cst::Flow(flow) => self.flow(flow, props),
            Cst::Error { at, message, .. } => {
                self.error(*at, message.clone());
                return self.empty(*at, props);
            }
            Cst::Document(_) | Cst::DocEnd { .. } | Cst::Stray(_) => {
                self.error(cst.at(), "Unsupported token");
                return self.empty(cst.at(), props);
            }
        };
        self.set_anchor(node, props.anchor);
        node
    }

    fn set_anchor(&mut self, node: NodeId, anchor: Option<Token>) {
        let Some(anchor) = anchor else { return };
        let name = self.source(&anchor).get(1..).unwrap_or_default();
        if name.is_empty() {
            self.error(anchor.at(), "Anchor cannot be an empty string");
        }
        if let Some(node) = self.nodes.get_mut(node) {
            node.anchor = Some(name.to_owned());
        }
    }

    /// A node that is not written.
    pub(super) fn empty(&mut self, at: usize, props: &Props) -> NodeId {
        let token = Token::new(Kind::Scalar, at, at, -1);
        let node = self.scalar(&token, &[], props.tag);
        self.set_anchor(node, props.anchor);
        node
    }

    fn alias(&mut self, token: &Token, end: &[Token]) -> NodeId {
        let name = self.source(token).get(1..).unwrap_or_default().to_owned();
        if name.is_empty() {
            self.error(token.at(), "Alias cannot be an empty string");
        }
        let end = self.resolve_end(end, token.end(), true);
        self.nodes.add(NodeKind::Alias(name), Span { start: token.at(), end: token.end() }, end)
    }

    /// The full name of a tag.
    pub(super) fn tag_name(&mut self, tag: Option<Token>) -> Option<String> {
        let tag = tag?;
        let (name, problem) = self.directives.tag_name(self.source(&tag));
        if let Some(problem) = problem {
            self.error(tag.at(), problem);
        }
        name.filter(|name| !name.is_empty())
    }

    fn scalar(&mut self, token: &Token, end: &[Token], tag: Option<Token>) -> NodeId {
        let mut found = Vec::new();
        let source = self.source(token);
        let (value, style) = match token.kind {
            Kind::SingleQuoted => (scalar::single(source, &mut found), Style::Single),
            Kind::DoubleQuoted => (join_surrogates(scalar::double(source, &mut found)), Style::Double),
            _ => (scalar::plain(source, &mut found), Style::Plain),
        };
        for (at, message) in found {
            self.error(token.at() + at, message);
        }
        let end = self.resolve_end(end, token.end(), true);
        self.typed(value, style, tag, Span { start: token.at(), end: token.end() }, end)
    }

    fn block_scalar(&mut self, block: &BlockScalar, tag: Option<Token>) -> NodeId {
        let mut found = Vec::new();
        let (value, style, end) = scalar::block(block, self.text, self.at_root, &mut found);
        for (at, message) in found {
            self.error(at, message);
        }
        self.typed(value, style, tag, Span { start: block.at, end }, end)
    }

    fn typed(&mut self, mut text: String, style: Style, tag: Option<Token>, span: Span, end: usize) -> NodeId {
        let name = self.tag_name(tag);
        let value = match &name {
            Some(name) if name != "!" => match self.schema.tagged(name, &text) {
                Resolved::Value(value) => value,
                Resolved::Bad(message) => {
                    self.error(tag.map_or(span.start, |tag| tag.at()), message);
                    Js::string(&*text)
                }
            },
            None if style == Style::Plain => self.schema.plain(&text, self.at_key).unwrap_or_else(|| Js::string(std::mem::take(&mut text))),
            _ => Js::string(std::mem::take(&mut text)),
        };
        let id = self.nodes.add(NodeKind::Scalar { value, source: text, style }, span, end);
        if let Some(node) = self.nodes.get_mut(id) {
            node.tag = name;
        }
        id
    }

    /// Gives a collection its tag, and the shape the tag asks for.
    pub(super) fn finish_collection(&mut self, id: NodeId, tag: Option<Token>, name: Option<String>) {
        let Some(name) = name else { return };
        let problem = match (name.strip_prefix(PREFIX), self.nodes.get(id).map(|node| &node.kind)) {
            (Some("omap" | "pairs"), Some(NodeKind::Seq { .. })) => self.pairs(id, name.ends_with("omap")),
            (Some("set"), Some(NodeKind::Map { items, .. })) => {
                let null = |value: &Option<NodeId>| value.is_none_or(|value| self.is_null(value));
                if items.iter().all(|(_, value)| null(value)) { None } else { Some("Set items must all have null values".to_owned()) }
            }
            _ => None,
        };
        let failed = problem.is_some();
        if let Some(problem) = problem {
            self.error(tag.map_or(0, |tag| tag.at()), problem);
        }
        if let Some(node) = self.nodes.get_mut(id) {
            if let NodeKind::Map { set, .. } = &mut node.kind {
                *set = !failed && name.strip_prefix(PREFIX) == Some("set");
            }
            node.tag = Some(name);
        }
    }

    fn is_null(&self, id: NodeId) -> bool {
        let node = self.nodes.get(id);
        node.is_some_and(|node| node.tag.is_none() && matches!(&node.kind, NodeKind::Scalar { value: Js::Null, .. }))
    }

    /// Makes a pair of every item of a sequence.
    fn pairs(&mut self, id: NodeId, ordered: bool) -> Option<String> {
        let Some(NodeKind::Seq { items, .. }) = self.nodes.get(id).map(|node| &node.kind) else { return None };
        let items = items.clone();
        let mut problem = None;
        let mut pairs = Vec::new();
        for item in items {
            let pair = match self.nodes.get(item).map(|node| &node.kind) {
                Some(NodeKind::Map { items, .. }) => {
                    if items.len() > 1 {
                        problem = Some("Each pair must have its own sequence indicator".to_owned());
                    }
                    items.first().copied()
                }
                _ => Some((item, None)),
            };
            let span = self.nodes.span(item);
            let pair = pair.unwrap_or_else(|| {
                let null = NodeKind::Scalar { value: Js::Null, source: String::new(), style: Style::Plain };
                (self.nodes.add(null, span, span.end), None)
            });
            pairs.push(self.nodes.add(NodeKind::Map { items: vec![pair], set: false }, span, span.end));
        }
        if ordered {
            let mut seen = Uniqueness::default();
            for pair in &pairs {
                if let Some(NodeKind::Map { items, .. }) = self.nodes.get(*pair).map(|node| &node.kind)
                    && let Some((key, _)) = items.first()
                    && !seen.add(&self.nodes, *key)
                {
                    problem = Some("Ordered maps must not include duplicate keys".to_owned());
                }
            }
        }
        if let Some(node) = self.nodes.get_mut(id) {
            node.kind = NodeKind::Seq { items: pairs, ordered };
        }
        problem
    }
}

/// Keys of a map, to find duplicates: scalars of the same value.
#[derive(Debug, Default)]
pub(super) struct Uniqueness {
    few: Vec<NodeId>,
    /// Takes over when there are many.
    many: HashSet<String>,
}

/// So many keys are compared one by one.
const FEW: usize = 12;

impl Uniqueness {
    /// Whether a key is new.
    pub(super) fn add(&mut self, nodes: &Nodes, key: NodeId) -> bool {
        let Some(value) = scalar(nodes, key) else { return true };
        if self.few.len() < FEW {
            let new = !self.few.iter().filter_map(|other| scalar(nodes, *other)).any(|other| same(value, other));
            self.few.push(key);
            return new;
        }
        if self.many.is_empty() {
            self.many.extend(self.few.iter().filter_map(|other| scalar(nodes, *other)).filter_map(identity));
        }
        identity(value).is_none_or(|identity| self.many.insert(identity))
    }
}

fn scalar(nodes: &Nodes, key: NodeId) -> Option<&Js> {
    match nodes.get(key).map(|node| &node.kind) {
        Some(NodeKind::Scalar { value, .. }) => Some(value),
        _ => None,
    }
}

/// `===`, which tells apart what is compared by reference.
fn same(one: &Js, other: &Js) -> bool {
    match (one, other) {
        (Js::Null, Js::Null) => true,
        (Js::Bool(one), Js::Bool(other)) => one == other,
        (Js::Number(one), Js::Number(other)) => one == other,
        (Js::String(one), Js::String(other)) => one == other,
        _ => false,
    }
}

/// Equal for the same values.
fn identity(value: &Js) -> Option<String> {
    Some(match value {
        Js::Null => "n".to_owned(),
        Js::Bool(bool) => format!("b{bool}"),
        Js::Number(number) if number.is_nan() => return None,
        // The sign of zero does not count.
        Js::Number(number) => format!("d{:?}", number + 0.0),
        Js::String(text) => format!("s{}", text.borrow()),
        Js::Bytes(_) | Js::Date(_) | Js::Merge => return None,
    })
}
