//! Block maps, block sequences and flow collections (`resolve-block-map.js` and
//! its neighbours).

use crate::text::Span;

use super::compose::{Composer, Uniqueness};
use super::cst::{Block, Cst, Flow, Item, Kind, Token};
use super::node::{NodeId, NodeKind, Pair};
use super::props::{Expect, Next, Props};

const COLUMN: &str = "All mapping items must start at the same column";
const BLOCK_IN_FLOW: &str = "Block collections are not allowed within flow collections";
/// Keys without `?` may be this long, in UTF-16 units.
const MAX_KEY: usize = 1024;

fn is_block(node: Option<&Cst>) -> bool {
    matches!(node, Some(Cst::Block(_)))
}

/// What comes after the tokens before a key.
fn next_of_key(item: &Item) -> Next<'_> {
    match (&item.key, item.sep.as_ref().and_then(|sep| sep.first())) {
        (Some(key), _) => Next::Node(key),
        (None, Some(token)) => Next::Token(*token),
        (None, None) => Next::None,
    }
}

impl Composer<'_> {
    fn too_long(&self, start: usize, colon: &Token) -> bool {
        colon.at() > start + MAX_KEY
            && self.text.get(start..colon.at()).is_some_and(|text| text.chars().map(char::len_utf16).sum::<usize>() > MAX_KEY)
    }

    pub(super) fn block_map(&mut self, map: &Block, props: &Props) -> NodeId {
        let name = self.tag_name(props.tag);
        self.at_root = false;
        let mut offset = map.at;
        let mut comment_end = None;
        let mut items = Vec::new();
        let mut seen = Uniqueness::default();
        for item in &map.items {
            let expect = Expect {
                flow: None,
                indicator: Kind::ExplicitKeyInd,
                next: next_of_key(item),
                offset,
                parent_indent: map.indent,
                start_on_newline: true,
            };
            let key_props = self.resolve_props(&item.start, expect);
            if key_props.found.is_none() && self.implicit_key(item, &key_props, map, offset) {
                comment_end = Some(key_props.end);
                continue;
            }
            if key_props.found.is_some_and(|found| found.indent() != map.indent) {
                self.error(offset, COLUMN);
            }
            let (pair, end) = self.block_pair(item, &key_props, map, &mut seen);
            items.push(pair);
            offset = end;
        }
        if let Some(end) = comment_end.filter(|end| *end < offset) {
            self.error(end, "Map comment with trailing content");
        }
        let id = self.nodes.add(NodeKind::Map { items, set: false }, Span { start: map.at, end: offset }, comment_end.unwrap_or(offset));
        self.finish_collection(id, props.tag, name);
        id
    }

    /// Checks a key without `?`; whether there is no item at all.
    fn implicit_key(&mut self, item: &Item, props: &Props, map: &Block, offset: usize) -> bool {
        let key = item.key.as_deref();
        if let Some(key) = key {
            if key.is_block(false) {
                self.error(offset, "A block sequence may not be used as an implicit map key");
            } else if key.indent().is_some_and(|indent| indent != map.indent) {
                self.error(offset, COLUMN);
            }
        }
        if props.anchor.is_none() && props.tag.is_none() && item.sep.is_none() {
            return true;
        }
        if props.newline_after_prop.is_some() || key.is_some_and(|key| key.contains_newline(self.text)) {
            let at = key.map(Cst::at).or_else(|| item.start.last().map(|token| token.at())).unwrap_or(offset);
            self.error(at, "Implicit keys need to be on a single line");
        }
        false
    }

    fn block_pair(&mut self, item: &Item, key_props: &Props, map: &Block, seen: &mut Uniqueness) -> (Pair, usize) {
        let (key, value) = (item.key.as_deref(), item.value.as_deref());
        let implicit = key_props.found.is_none();
        self.at_key = true;
        let key_node = match key {
            Some(key) => self.node(key, key_props),
            None => self.empty(key_props.end, key_props),
        };
        self.at_key = false;
        if !seen.add(&self.nodes, key_node) {
            self.error(key_props.end, "Map keys must be unique");
        }
        let expect = Expect {
            flow: None,
            indicator: Kind::MapValueInd,
            next: Next::node(value),
            offset: self.nodes.end(key_node),
            parent_indent: map.indent,
            start_on_newline: matches!(key, None | Some(Cst::BlockScalar(_))),
        };
        let value_props = self.resolve_props(item.sep.as_deref().unwrap_or_default(), expect);
        let Some(found) = value_props.found else {
            if implicit {
                self.error(self.nodes.span(key_node).start, "Implicit map keys need to be followed by map values");
            }
            return ((key_node, None), value_props.end);
        };
        if implicit {
            if value.is_some_and(|value| value.is_block(true)) && !value_props.has_newline {
                self.error(value_props.end, "Nested mappings are not allowed in compact mappings");
            }
            if self.too_long(key_props.start, &found) {
                let message = "The : indicator must be at most 1024 chars after the start of an implicit block mapping key";
                self.error(self.nodes.span(key_node).start, message);
            }
        }
        let value_node = match value {
            Some(value) => self.node(value, &value_props),
            None => self.empty(value_props.end, &value_props),
        };
        ((key_node, Some(value_node)), self.nodes.end(value_node))
    }

    pub(super) fn block_seq(&mut self, seq: &Block, props: &Props) -> NodeId {
        let name = self.tag_name(props.tag);
        let last_prop = match (props.anchor, props.tag) {
            (Some(anchor), Some(tag)) => Some(if anchor.at() > tag.at() { anchor } else { tag }),
            (anchor, tag) => anchor.or(tag),
        };
        if let Some(last) = last_prop.filter(|last| props.newline_after_prop.is_none_or(|newline| newline.at() < last.at())) {
            self.error(last.at(), "Missing newline after block sequence props");
        }
        self.at_root = false;
        self.at_key = false;
        let mut offset = seq.at;
        let mut comment_end = None;
        let mut items = Vec::new();
        for item in &seq.items {
            let value = item.value.as_deref();
            let expect = Expect {
                flow: None,
                indicator: Kind::SeqItemInd,
                next: Next::node(value),
                offset,
                parent_indent: seq.indent,
                start_on_newline: true,
            };
            let props = self.resolve_props(&item.start, expect);
            if props.found.is_none() {
                if props.anchor.is_none() && props.tag.is_none() && value.is_none() {
                    comment_end = Some(props.end);
                    continue;
                }
                if value.is_some_and(|value| value.is_block(false)) {
                    self.error(props.end, "All sequence items must start at the same column");
                } else {
                    self.error(offset, "Sequence item without - indicator");
                }
            }
            let node = match value {
                Some(value) => self.node(value, &props),
                None => self.empty(props.end, &props),
            };
            offset = self.nodes.end(node);
            items.push(node);
        }
        let id =
            self.nodes.add(NodeKind::Seq { items, ordered: false }, Span { start: seq.at, end: offset }, comment_end.unwrap_or(offset));
        self.finish_collection(id, props.tag, name);
        id
    }

    pub(super) fn flow(&mut self, flow: &Flow, props: &Props) -> NodeId {
        let tag_name = self.tag_name(props.tag);
        let is_map = flow.is_map();
        let name = if is_map { "flow map" } else { "flow sequence" };
        let at_root = std::mem::take(&mut self.at_root);
        self.at_key = false;
        let mut walk =
            FlowWalk { name, is_map, offset: flow.open.end(), pairs: Vec::new(), values: Vec::new(), seen: Uniqueness::default() };
        for at in 0..flow.items.len() {
            self.flow_item(flow, at, &mut walk);
        }
        let (close, end) = self.flow_end(flow, name, at_root, walk.offset);
        let kind =
            if is_map { NodeKind::Map { items: walk.pairs, set: false } } else { NodeKind::Seq { items: walk.values, ordered: false } };
        let id = self.nodes.add(kind, Span { start: flow.at, end: close }, end);
        self.finish_collection(id, props.tag, tag_name);
        id
    }

    /// The closing bracket and what is behind it: where each ends.
    fn flow_end(&mut self, flow: &Flow, name: &str, at_root: bool, offset: usize) -> (usize, usize) {
        let closing = if flow.is_map() { Kind::FlowMapEnd } else { Kind::FlowSeqEnd };
        let bracket = if flow.is_map() { '}' } else { ']' };
        let mut rest = flow.end.get(1..).unwrap_or_default();
        let mut close = offset;
        match flow.end.first() {
            Some(end) if end.kind == closing => close = end.end(),
            end => {
                let name = format!("F{}", name.get(1..).unwrap_or_default());
                let message = if at_root {
                    format!("{name} must end with a {bracket}")
                } else {
                    format!("{name} in block collection must be sufficiently indented and end with a {bracket}")
                };
                self.error(offset, message);
                if end.is_some_and(|end| end.end() - end.at() != 1) {
                    rest = &flow.end;
                }
            }
        }
        (close, self.resolve_end(rest, close, true))
    }

    fn flow_item(&mut self, flow: &Flow, at: usize, walk: &mut FlowWalk) {
        let Some(item) = flow.items.get(at) else { return };
        let (key, value) = (item.key.as_deref(), item.value.as_deref());
        let name = walk.name;
        let expect = Expect {
            flow: Some(name),
            indicator: Kind::ExplicitKeyInd,
            next: next_of_key(item),
            offset: walk.offset,
            parent_indent: flow.indent,
            start_on_newline: false,
        };
        let props = self.resolve_props(&item.start, expect);
        if props.found.is_none() {
            if props.anchor.is_none() && props.tag.is_none() && item.sep.is_none() && value.is_none() {
                match props.comma {
                    Some(comma) if at == 0 => self.error(comma.at(), format!("Unexpected , in {name}")),
                    _ if at + 1 < flow.items.len() => self.error(props.start, format!("Unexpected empty item in {name}")),
                    _ => {}
                }
                walk.offset = props.end;
                return;
            }
            if !walk.is_map && key.is_some_and(|key| key.contains_newline(self.text)) {
                self.error(key.map_or(0, Cst::at), "Implicit keys of flow sequence pairs need to be on a single line");
            }
        }
        match props.comma {
            Some(comma) if at == 0 => self.error(comma.at(), format!("Unexpected , in {name}")),
            None if at > 0 => self.error(props.start, format!("Missing , between {name} items")),
            _ => {}
        }
        if !walk.is_map && item.sep.is_none() && props.found.is_none() {
            let node = match value {
                Some(value) => self.node(value, &props),
                None => self.empty(props.end, &props),
            };
            walk.values.push(node);
            walk.offset = self.nodes.end(node);
            if is_block(value) {
                self.error(self.nodes.span(node).start, BLOCK_IN_FLOW);
            }
            return;
        }
        self.flow_pair(flow, item, &props, walk);
    }

    fn flow_pair(&mut self, flow: &Flow, item: &Item, props: &Props, walk: &mut FlowWalk) {
        let (key, value) = (item.key.as_deref(), item.value.as_deref());
        self.at_key = true;
        let key_node = match key {
            Some(key) => self.node(key, props),
            None => self.empty(props.end, props),
        };
        let key_span = self.nodes.span(key_node);
        if is_block(key) {
            self.error(key_span.start, BLOCK_IN_FLOW);
        }
        self.at_key = false;
        let sep = item.sep.as_deref().unwrap_or_default();
        let expect = Expect {
            flow: Some(walk.name),
            indicator: Kind::MapValueInd,
            next: Next::node(value),
            offset: self.nodes.end(key_node),
            parent_indent: flow.indent,
            start_on_newline: false,
        };
        let value_props = self.resolve_props(sep, expect);
        match (value_props.found, value) {
            (Some(found), _) if !walk.is_map && props.found.is_none() => {
                if let Some(newline) = sep.iter().take_while(|token| token.at() != found.at()).find(|token| token.kind == Kind::Newline) {
                    self.error(newline.at(), "Implicit keys of flow sequence pairs need to be on a single line");
                }
                if self.too_long(props.start, &found) {
                    let message = "The : indicator must be at most 1024 chars after the start of an implicit flow sequence key";
                    self.error(found.at(), message);
                }
            }
            (None, Some(value)) => {
                let colon = self.text.as_bytes().get(value.at()) == Some(&b':');
                if colon && matches!(value, Cst::Scalar { .. }) {
                    self.error(value.at(), format!("Missing space after : in {}", walk.name));
                } else {
                    self.error(value_props.start, format!("Missing , or : between {} items", walk.name));
                }
            }
            _ => {}
        }
        let value_node = match value {
            Some(value) => Some(self.node(value, &value_props)),
            None if value_props.found.is_some() => Some(self.empty(value_props.end, &value_props)),
            None => None,
        };
        if let Some(node) = value_node.filter(|_| is_block(value)) {
            self.error(self.nodes.span(node).start, BLOCK_IN_FLOW);
        }
        walk.offset = value_node.map_or(value_props.end, |node| self.nodes.end(node));
        if walk.is_map {
            if !walk.seen.add(&self.nodes, key_node) {
                self.error(props.end, "Map keys must be unique");
            }
            walk.pairs.push((key_node, value_node));
        } else {
            let last = value_node.unwrap_or(key_node);
            let span = Span { start: key_span.start, end: self.nodes.span(last).end };
            let end = self.nodes.end(last);
            walk.values.push(self.nodes.add(NodeKind::Map { items: vec![(key_node, value_node)], set: false }, span, end));
        }
    }
}

/// A flow collection while its items are read.
struct FlowWalk {
    name: &'static str,
    is_map: bool,
    offset: usize,
    pairs: Vec<Pair>,
    values: Vec<NodeId>,
    seen: Uniqueness,
}
