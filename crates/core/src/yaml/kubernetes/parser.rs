//! Tokens to the tree of one document (`parserc.go` and the node builder of
//! `decode.go` in `go.yaml.in/yaml/v2` v2.4.4).

use std::borrow::Cow;
use std::collections::HashMap;

use crate::text::Span;
use crate::yaml::tree::{Children, Kind as NodeKind, NONE, NodeId, Scalar, Tree};

use super::scanner::{MAX_DEPTH, Refusal, Scan, Scanner};
use super::token::Kind;

/// The first document of a text.
#[derive(Debug)]
pub(super) struct Parsed<'a> {
    pub(super) tree: Tree<'a>,
    /// `NONE` for a stream without documents.
    pub(super) root: NodeId,
    pub(super) comments: Vec<(u32, u32)>,
}

/// Anchor and tag in front of a node.
#[derive(Debug, Default)]
struct Properties<'a> {
    anchor: Option<&'a str>,
    tag: Option<Box<str>>,
}

#[derive(Debug)]
struct Parser<'a> {
    scanner: Scanner<'a>,
    tree: Tree<'a>,
    anchors: HashMap<&'a str, NodeId>,
    tags: Vec<(String, String)>,
    depth: usize,
}

/// Reads the first document of a text, and looks at the token after it;
/// `ended` takes the last line for one that ends.
pub(super) fn parse_first(text: &str, ended: bool) -> Scan<Parsed<'_>> {
    let mut scanner = Scanner::new(text);
    scanner.virtual_break = ended && !text.is_empty() && !text.ends_with(['\n', '\r']);
    let mut parser = Parser { scanner, tree: Tree::default(), anchors: HashMap::new(), tags: Vec::new(), depth: 0 };
    let root = parser.document()?;
    let Parser { scanner, tree, .. } = parser;
    Ok(Parsed { tree, root, comments: scanner.comments })
}

impl<'a> Parser<'a> {
    fn refuse<T>(&self, problem: &str, at: usize) -> Scan<T> {
        Err(Refusal { problem: problem.to_owned(), at, limit: false })
    }

    /// Refuses the token in front.
    fn unexpected<T>(&mut self, problem: &str) -> Scan<T> {
        let at = self.scanner.peek()?.span.start;
        self.refuse(problem, at)
    }

    fn document(&mut self) -> Scan<NodeId> {
        let (explicit, at) = match self.scanner.peek()? {
            token if matches!(token.kind, Kind::StreamEnd) => return Ok(NONE),
            token => (matches!(token.kind, Kind::Version(..) | Kind::TagDirective(_) | Kind::DocumentStart), token.span.start),
        };
        if explicit {
            self.directives()?;
        }
        self.default_tags();
        let root = if explicit {
            if !matches!(self.scanner.peek()?.kind, Kind::DocumentStart) {
                return self.unexpected("did not find expected <document start>");
            }
            let end = self.scanner.take().map_or(at, |token| token.span.end);
            match self.scanner.peek()?.kind {
                Kind::Version(..) | Kind::TagDirective(_) | Kind::DocumentStart | Kind::DocumentEnd | Kind::StreamEnd => self.empty(end),
                _ => self.node(true, false)?,
            }
        } else {
            self.node(true, false)?
        };
        self.scanner.peek()?;
        Ok(root)
    }

    fn directives(&mut self) -> Scan<()> {
        let mut version = false;
        loop {
            let token = self.scanner.peek()?;
            let at = token.span.start;
            match &token.kind {
                Kind::Version(..) if version => return self.refuse("found duplicate %YAML directive", at),
                Kind::Version(1, 1) => version = true,
                Kind::Version(..) => return self.refuse("found incompatible YAML document", at),
                Kind::TagDirective(directive) => {
                    if self.tags.iter().any(|(handle, _)| *handle == directive.0) {
                        return self.refuse("found duplicate %TAG directive", at);
                    }
                    self.tags.push((directive.0.clone(), directive.1.clone()));
                }
                _ => return Ok(()),
            }
            self.scanner.take();
        }
    }

    fn default_tags(&mut self) {
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.tags.iter().any(|(known, _)| known == handle) {
                self.tags.push((handle.to_owned(), prefix.to_owned()));
            }
        }
    }

    fn empty(&mut self, at: usize) -> NodeId {
        let scalar = Scalar { text: Cow::Borrowed(""), implicit: true, tag: None };
        self.tree.add(NodeKind::Scalar(scalar), Span { start: at, end: at })
    }

    /// One node; `block` allows block collections, `indentless` a sequence at
    /// the indentation of its key.
    fn node(&mut self, block: bool, indentless: bool) -> Scan<NodeId> {
        let token = self.scanner.peek()?;
        let span = token.span;
        if let Kind::Alias(name) = token.kind {
            let Some(target) = self.anchors.get(name).copied() else {
                return self.refuse(&format!("unknown anchor '{name}' referenced"), span.start);
            };
            self.scanner.take();
            return Ok(self.tree.add(NodeKind::Alias(target), span));
        }
        let properties = self.properties()?;
        let token = self.scanner.peek()?;
        let here = token.span;
        match token.kind {
            Kind::BlockEntry if indentless => self.collection(properties, here, Self::indentless_sequence),
            Kind::Scalar(..) => self.scalar(properties),
            Kind::FlowSequenceStart => self.collection(properties, here, Self::flow_sequence),
            Kind::FlowMappingStart => self.collection(properties, here, Self::flow_mapping),
            Kind::SequenceStart if block => self.collection(properties, here, Self::block_sequence),
            Kind::MappingStart if block => self.collection(properties, here, Self::block_mapping),
            _ if properties.anchor.is_some() || properties.tag.is_some() => {
                let implicit = properties.tag.is_none();
                let scalar = Scalar { text: Cow::Borrowed(""), implicit, tag: properties.tag };
                let id = self.tree.add(NodeKind::Scalar(scalar), span);
                self.anchor(properties.anchor, id);
                Ok(id)
            }
            _ => self.refuse("did not find expected node content", here.start),
        }
    }

    fn anchor(&mut self, anchor: Option<&'a str>, id: NodeId) {
        if let Some(name) = anchor {
            self.anchors.insert(name, id);
        }
    }

    fn properties(&mut self) -> Scan<Properties<'a>> {
        let mut properties = Properties::default();
        let mut tagged = false;
        for _ in 0..2 {
            let token = self.scanner.peek()?;
            let at = token.span.start;
            match &token.kind {
                Kind::Anchor(name) if properties.anchor.is_none() => properties.anchor = Some(name),
                Kind::Tag(tag) if !tagged => {
                    tagged = true;
                    let (handle, suffix) = &**tag;
                    if handle.is_empty() {
                        properties.tag = (!suffix.is_empty()).then(|| suffix.as_str().into());
                    } else {
                        let prefix = self.tags.iter().find(|(known, _)| known == handle).map(|(_, prefix)| prefix.as_str());
                        let full = format!("{}{suffix}", prefix.unwrap_or_default());
                        if prefix.is_none() || full.is_empty() {
                            return self.refuse("found undefined tag handle", at);
                        }
                        properties.tag = Some(full.into());
                    }
                }
                _ => break,
            }
            self.scanner.take();
        }
        Ok(properties)
    }

    fn scalar(&mut self, properties: Properties<'a>) -> Scan<NodeId> {
        let Some(token) = self.scanner.take() else { return self.refuse("did not find expected node content", 0) };
        let Kind::Scalar(text, plain) = token.kind else { return self.refuse("did not find expected node content", token.span.start) };
        let implicit = match properties.tag.as_deref() {
            None => plain,
            Some(tag) => tag == "!",
        };
        let id = self.tree.add(NodeKind::Scalar(Scalar { text, implicit, tag: properties.tag }), token.span);
        self.anchor(properties.anchor, id);
        Ok(id)
    }

    /// Opens a collection, reads its children and closes it.
    fn collection(&mut self, properties: Properties<'a>, span: Span, read: fn(&mut Self, NodeId) -> Scan<()>) -> Scan<NodeId> {
        if self.depth >= MAX_DEPTH {
            return Err(Refusal { problem: format!("exceeded max depth of {MAX_DEPTH}"), at: span.start, limit: true });
        }
        let id = self.tree.add(NodeKind::Sequence { first: NONE, len: 0 }, span);
        self.anchor(properties.anchor, id);
        self.depth += 1;
        read(self, id)?;
        self.depth -= 1;
        Ok(id)
    }

    fn finish(&mut self, id: NodeId, mapping: bool, children: &Children, end: usize) {
        let (first, len) = (children.first, children.len);
        let kind = if mapping { NodeKind::Mapping { first, len } } else { NodeKind::Sequence { first, len } };
        self.tree.finish(id, kind, end);
    }

    fn block_sequence(&mut self, id: NodeId) -> Scan<()> {
        let start = self.scanner.take().map_or(0, |token| token.span.start);
        let mut children = Children::new();
        loop {
            let token = self.scanner.peek()?;
            let end = token.span.end;
            match token.kind {
                Kind::BlockEntry => {
                    self.scanner.take();
                    let child = match self.scanner.peek()?.kind {
                        Kind::BlockEntry | Kind::BlockEnd => self.empty(end),
                        _ => self.node(true, false)?,
                    };
                    children.push(&mut self.tree, child);
                }
                Kind::BlockEnd => {
                    self.scanner.take();
                    let end = children.end(&self.tree, start);
                    self.finish(id, false, &children, end);
                    return Ok(());
                }
                _ => return self.unexpected("did not find expected '-' indicator"),
            }
        }
    }

    fn indentless_sequence(&mut self, id: NodeId) -> Scan<()> {
        let mut children = Children::new();
        loop {
            let token = self.scanner.peek()?;
            let end = token.span.end;
            if !matches!(token.kind, Kind::BlockEntry) {
                let end = children.end(&self.tree, 0);
                self.finish(id, false, &children, end);
                return Ok(());
            }
            self.scanner.take();
            let child = match self.scanner.peek()?.kind {
                Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd => self.empty(end),
                _ => self.node(true, false)?,
            };
            children.push(&mut self.tree, child);
        }
    }

    fn block_mapping(&mut self, id: NodeId) -> Scan<()> {
        let start = self.scanner.take().map_or(0, |token| token.span.start);
        let mut children = Children::new();
        loop {
            let token = self.scanner.peek()?;
            let end = token.span.end;
            match token.kind {
                Kind::Key => {
                    self.scanner.take();
                    let key = self.block_mapping_part(end)?;
                    children.push(&mut self.tree, key);
                }
                Kind::BlockEnd => {
                    self.scanner.take();
                    let end = children.end(&self.tree, start);
                    self.finish(id, true, &children, end);
                    return Ok(());
                }
                _ => return self.unexpected("did not find expected key"),
            }
            let token = self.scanner.peek()?;
            let span = token.span;
            let value = if matches!(token.kind, Kind::Value) {
                self.scanner.take();
                self.block_mapping_part(span.end)?
            } else {
                self.empty(span.start)
            };
            children.push(&mut self.tree, value);
        }
    }

    /// The key after `?` or the value after `:`; empty when another follows.
    fn block_mapping_part(&mut self, end: usize) -> Scan<NodeId> {
        match self.scanner.peek()?.kind {
            Kind::Key | Kind::Value | Kind::BlockEnd => Ok(self.empty(end)),
            _ => self.node(true, true),
        }
    }

    fn flow_sequence(&mut self, id: NodeId) -> Scan<()> {
        self.scanner.take();
        let mut children = Children::new();
        loop {
            if !matches!(self.scanner.peek()?.kind, Kind::FlowSequenceEnd) {
                if children.len > 0 {
                    if !matches!(self.scanner.peek()?.kind, Kind::FlowEntry) {
                        return self.unexpected("did not find expected ',' or ']'");
                    }
                    self.scanner.take();
                }
                let token = self.scanner.peek()?;
                let span = token.span;
                if matches!(token.kind, Kind::Key) {
                    let child = self.collection(Properties::default(), span, Self::flow_pair)?;
                    children.push(&mut self.tree, child);
                    continue;
                }
                if !matches!(token.kind, Kind::FlowSequenceEnd) {
                    let child = self.node(false, false)?;
                    children.push(&mut self.tree, child);
                    continue;
                }
            }
            let end = self.scanner.take().map_or(0, |token| token.span.end);
            self.finish(id, false, &children, end);
            return Ok(());
        }
    }

    /// A mapping of one pair that is written as an item of a flow sequence.
    fn flow_pair(&mut self, id: NodeId) -> Scan<()> {
        self.scanner.take();
        let mut children = Children::new();
        let token = self.scanner.peek()?;
        let end = token.span.end;
        let key = match token.kind {
            Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd => {
                // Upstream drops this token, whatever it is.
                self.scanner.take();
                self.empty(end)
            }
            _ => self.node(false, false)?,
        };
        children.push(&mut self.tree, key);
        let token = self.scanner.peek()?;
        let mut start = token.span.start;
        let mut value = None;
        if matches!(token.kind, Kind::Value) {
            self.scanner.take();
            let token = self.scanner.peek()?;
            start = token.span.start;
            if !matches!(token.kind, Kind::FlowEntry | Kind::FlowSequenceEnd) {
                value = Some(self.node(false, false)?);
            }
        }
        let value = value.unwrap_or_else(|| self.empty(start));
        children.push(&mut self.tree, value);
        self.scanner.peek()?;
        let end = children.end(&self.tree, 0);
        self.finish(id, true, &children, end);
        Ok(())
    }

    fn flow_mapping(&mut self, id: NodeId) -> Scan<()> {
        self.scanner.take();
        let mut children = Children::new();
        loop {
            if !matches!(self.scanner.peek()?.kind, Kind::FlowMappingEnd) {
                if children.len > 0 {
                    if !matches!(self.scanner.peek()?.kind, Kind::FlowEntry) {
                        return self.unexpected("did not find expected ',' or '}'");
                    }
                    self.scanner.take();
                }
                if self.flow_mapping_pair(&mut children)? {
                    continue;
                }
            }
            let end = self.scanner.take().map_or(0, |token| token.span.end);
            self.finish(id, true, &children, end);
            return Ok(());
        }
    }

    /// Whether there was a pair.
    fn flow_mapping_pair(&mut self, children: &mut Children) -> Scan<bool> {
        let token = self.scanner.peek()?;
        match token.kind {
            Kind::Key => {
                self.scanner.take();
                let token = self.scanner.peek()?;
                let start = token.span.start;
                let key = match token.kind {
                    Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd => self.empty(start),
                    _ => self.node(false, false)?,
                };
                children.push(&mut self.tree, key);
                let token = self.scanner.peek()?;
                let mut start = token.span.start;
                let mut value = None;
                if matches!(token.kind, Kind::Value) {
                    self.scanner.take();
                    let token = self.scanner.peek()?;
                    start = token.span.start;
                    if !matches!(token.kind, Kind::FlowEntry | Kind::FlowMappingEnd) {
                        value = Some(self.node(false, false)?);
                    }
                }
                let value = value.unwrap_or_else(|| self.empty(start));
                children.push(&mut self.tree, value);
            }
            Kind::FlowMappingEnd => return Ok(false),
            _ => {
                let key = self.node(false, false)?;
                children.push(&mut self.tree, key);
                let start = self.scanner.peek()?.span.start;
                let value = self.empty(start);
                children.push(&mut self.tree, value);
            }
        }
        Ok(true)
    }
}
