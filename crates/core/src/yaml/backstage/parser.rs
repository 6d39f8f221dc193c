//! Lexemes to concrete syntax, as npm `yaml` 2.9.1 builds it (`parse/parser.js`).

use std::collections::VecDeque;

use smallvec::smallvec;

use super::attach::{attach, first_key_start_props, fix_flow_seq_items, next_item_start, split_first_key_props, trailing_blanks};
use super::cst::{Block, BlockScalar, Cst, DocumentCst, Flow, Item, Kind, Token, Tokens, includes, is_blank};
use super::lexer::{Lexeme, Lexer};

/// Upstream runs out of stack in some thousand levels; half a thread of 2 MiB is enough for this (optimized).
pub(super) const MAX_DEPTH: usize = 512;

#[derive(Debug)]
pub(super) struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    out: VecDeque<Cst>,
    stack: Vec<Cst>,
    token: Token,
    at_newline: bool,
    at_scalar: bool,
    indent: isize,
    on_key_line: bool,
    done: bool,
    /// Where nesting got too deep.
    pub(super) too_deep: Option<usize>,
    /// All comments, in order.
    pub(super) comments: Vec<(u32, u32)>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            lexer: Lexer::new(text),
            out: VecDeque::new(),
            stack: Vec::new(),
            token: Token::new(Kind::DocMode, 0, 0, 0),
            at_newline: true,
            at_scalar: false,
            indent: 0,
            on_key_line: false,
            done: false,
            too_deep: None,
            comments: Vec::new(),
        }
    }

    /// The next document, or token between documents.
    pub(super) fn next(&mut self) -> Option<Cst> {
        while self.out.is_empty() && !self.done {
            match self.lexer.next() {
                Some(lexeme) if self.too_deep.is_none() => self.lexeme(lexeme),
                _ => {
                    self.done = true;
                    while !self.stack.is_empty() {
                        self.pop(None);
                    }
                }
            }
        }
        self.out.pop_front()
    }

    fn lexeme(&mut self, lexeme: Lexeme) {
        let at = self.token.end();
        let (kind, end) = match lexeme {
            Lexeme::Document => (Some(Kind::DocMode), at),
            Lexeme::FlowEnd => (Some(Kind::FlowErrorEnd), at),
            Lexeme::Scalar => {
                self.at_newline = false;
                self.at_scalar = true;
                return;
            }
            Lexeme::Text(_, end) if self.at_scalar => {
                self.at_scalar = false;
                self.token = Token::new(Kind::Scalar, at, end, self.indent);
                self.step();
                return;
            }
            Lexeme::Text(start, end) => (Kind::of(self.text.get(start..end).unwrap_or_default()), end),
        };
        let Some(kind) = kind else {
            let message = "Not a YAML token".to_owned();
            self.pop(Some(Cst::Error { at, message }));
            self.token = Token::new(self.token.kind, at, end, self.token.indent());
            return;
        };
        if kind == Kind::Comment {
            self.comments.push((at as u32, end as u32));
        }
        self.token = Token::new(kind, at, end, self.indent);
        let len = (end - at) as isize;
        self.step();
        match kind {
            Kind::Newline => {
                self.at_newline = true;
                self.indent = 0;
            }
            Kind::Space => {
                if self.at_newline && self.text.as_bytes().get(at) == Some(&b' ') {
                    self.indent += len;
                }
            }
            Kind::ExplicitKeyInd | Kind::MapValueInd | Kind::SeqItemInd => {
                if self.at_newline {
                    self.indent += len;
                }
            }
            Kind::DocMode | Kind::FlowErrorEnd => {}
            _ => self.at_newline = false,
        }
    }

    fn push(&mut self, node: Cst) {
        if self.stack.len() >= MAX_DEPTH {
            self.too_deep = Some(node.at());
            return;
        }
        self.stack.push(node);
    }

    /// The token at hand, with the indentation as it is now.
    fn here(&self) -> Token {
        Token::new(self.token.kind, self.token.at(), self.token.end(), self.indent)
    }

    fn error(&self, message: String) -> Cst {
        Cst::Error { at: self.token.at(), message }
    }

    fn step(&mut self) {
        if self.too_deep.is_some() {
            return;
        }
        let kind = self.token.kind;
        if kind == Kind::DocEnd && !matches!(self.stack.last(), Some(Cst::DocEnd { .. })) {
            while !self.stack.is_empty() {
                self.pop(None);
            }
            self.stack.push(Cst::DocEnd { token: self.here(), end: Tokens::new() });
            return;
        }
        match self.stack.last() {
            None => self.stream(),
            Some(Cst::Document(_)) => self.document(),
            Some(Cst::Scalar { .. }) => self.scalar(),
            Some(Cst::BlockScalar(_)) => self.block_scalar(),
            Some(Cst::Block(block)) if block.map => self.block_map(),
            Some(Cst::Block(_)) => self.block_seq(),
            Some(Cst::Flow(_)) => self.flow(),
            Some(Cst::DocEnd { .. }) => self.document_end(),
            Some(Cst::Error { .. } | Cst::Stray(_)) => self.pop(None),
        }
    }

    fn pop_and_step(&mut self) {
        self.pop(None);
        self.step();
    }

    /// Closes the innermost node, or attaches an error to it.
    fn pop(&mut self, error: Option<Cst>) {
        let Some(mut node) = error.or_else(|| self.stack.pop()) else {
            let at = self.token.at();
            self.out.push_back(Cst::Error { at, message: "Tried to pop an empty stack".to_owned() });
            return;
        };
        let Some(top) = self.stack.last_mut() else {
            self.out.push_back(node);
            return;
        };
        match &mut node {
            // Blocks count from their parent, not from their header.
            Cst::BlockScalar(scalar) => scalar.indent = top.indent().unwrap_or(0),
            Cst::Flow(flow) => {
                if matches!(top, Cst::Document(_)) {
                    flow.indent = 0;
                }
                fix_flow_seq_items(flow);
            }
            _ => {}
        }
        let becomes_value = match top {
            Cst::Document(_) => true,
            Cst::Block(block) => !block.map || block.items.last().is_some_and(|item| item.value.is_none() && item.sep.is_some()),
            _ => false,
        };
        let trailing = if becomes_value { trailing_blanks(&mut node) } else { None };
        match top {
            Cst::Document(document) => {
                document.value = Some(Box::new(node));
                if let Some(trailing) = trailing {
                    document.end = trailing;
                }
            }
            Cst::BlockScalar(scalar) => scalar.bad = true,
            Cst::Block(block) => {
                attach(block, node, &mut self.on_key_line);
                if let Some(start) = trailing {
                    block.items.push(Item { start, ..Item::default() });
                }
            }
            Cst::Flow(flow) => match flow.items.last_mut() {
                Some(item) if item.value.is_none() && item.sep.is_some() => item.value = Some(Box::new(node)),
                Some(item) if item.value.is_none() => {
                    item.key = Some(Box::new(node));
                    item.sep = Some(Tokens::new());
                }
                _ => flow.items.push(Item { key: Some(Box::new(node)), sep: Some(Tokens::new()), ..Item::default() }),
            },
            Cst::Scalar { .. } | Cst::DocEnd { .. } | Cst::Error { .. } | Cst::Stray(_) => {
                self.pop(None);
                self.pop(Some(node));
            }
        }
    }

    fn stream(&mut self) {
        match self.token.kind {
            Kind::DirectiveLine | Kind::ByteOrderMark | Kind::Space | Kind::Comment | Kind::Newline => {
                self.out.push_back(Cst::Stray(self.here()));
            }
            Kind::DocMode | Kind::DocStart => {
                let start = if self.token.kind == Kind::DocStart { smallvec![self.here()] } else { Tokens::new() };
                self.push(Cst::Document(DocumentCst { at: self.token.at(), start, value: None, end: Tokens::new() }));
            }
            kind => {
                let error = self.error(format!("Unexpected {} token in YAML stream", kind.name()));
                self.out.push_back(error);
            }
        }
    }

    fn document(&mut self) {
        let here = self.here();
        let Some(Cst::Document(document)) = self.stack.last_mut() else { return };
        if document.value.is_some() {
            return self.line_end();
        }
        match here.kind {
            Kind::DocStart if !is_blank(&document.start) => self.pop_and_step(),
            Kind::DocStart | Kind::Anchor | Kind::Tag | Kind::Space | Kind::Comment | Kind::Newline => document.start.push(here),
            kind => match self.block_value() {
                Some(value) => self.push(value),
                None => {
                    let error = self.error(format!("Unexpected {} token in YAML document", kind.name()));
                    self.out.push_back(error);
                }
            },
        }
    }

    fn scalar(&mut self) {
        if self.token.kind != Kind::MapValueInd {
            return self.line_end();
        }
        let depth = self.stack.len();
        let start = first_key_start_props(self.stack.get_mut(depth.saturating_sub(2)).filter(|_| depth >= 2));
        let here = self.here();
        let Some(mut key) = self.stack.pop() else { return };
        let mut sep = match &mut key {
            Cst::Scalar { end, .. } => end.take().unwrap_or_default(),
            _ => Tokens::new(),
        };
        sep.push(here);
        self.start_map(key, start, sep);
    }

    /// A block map that starts with a key that was read already.
    fn start_map(&mut self, key: Cst, start: Tokens, sep: Tokens) {
        let (at, indent) = (key.at(), key.indent().unwrap_or(0));
        let item = Item { start, key: Some(Box::new(key)), sep: Some(sep), ..Item::default() };
        self.on_key_line = true;
        self.push(Cst::Block(Block { map: true, at, indent, items: vec![item] }));
    }

    fn block_scalar(&mut self) {
        let here = self.here();
        let Some(Cst::BlockScalar(scalar)) = self.stack.last_mut() else { return };
        match here.kind {
            Kind::Space | Kind::Comment | Kind::Newline => scalar.props.push(here),
            Kind::Scalar => {
                scalar.source = (here.at(), here.end());
                self.at_newline = true;
                self.indent = 0;
                self.pop(None);
            }
            _ => self.pop_and_step(),
        }
    }

    fn document_end(&mut self) {
        let here = self.here();
        if here.kind == Kind::DocMode {
            return;
        }
        if let Some(Cst::DocEnd { end, .. }) = self.stack.last_mut() {
            end.push(here);
        }
        if here.kind == Kind::Newline {
            self.pop(None);
        }
    }

    /// What follows a value on its line.
    fn line_end(&mut self) {
        let here = self.here();
        match here.kind {
            Kind::Comma | Kind::DocStart | Kind::DocEnd | Kind::FlowSeqEnd | Kind::FlowMapEnd | Kind::MapValueInd => {
                return self.pop_and_step();
            }
            Kind::Newline => self.on_key_line = false,
            _ => {}
        }
        match self.stack.last_mut() {
            Some(Cst::Scalar { end, .. }) => end.get_or_insert_default().push(here),
            Some(Cst::Flow(flow)) => flow.end.push(here),
            Some(Cst::Document(document)) => document.end.push(here),
            _ => {}
        }
        if here.kind == Kind::Newline {
            self.pop(None);
        }
    }

    fn flow_scalar(&self) -> Cst {
        Cst::Scalar { token: self.here(), end: None }
    }

    /// The value that the token at hand starts, if it does.
    fn block_value(&mut self) -> Option<Cst> {
        let here = self.here();
        let (at, indent) = (here.at(), here.indent());
        match here.kind {
            kind if kind.is_flow_scalar() => Some(self.flow_scalar()),
            Kind::BlockScalarHeader => {
                Some(Cst::BlockScalar(BlockScalar { at, indent, props: smallvec![here], source: (here.end(), here.end()), bad: false }))
            }
            Kind::FlowMapStart | Kind::FlowSeqStart => {
                Some(Cst::Flow(Flow { at, indent, open: here, items: Vec::new(), end: Tokens::new() }))
            }
            Kind::SeqItemInd => {
                let item = Item { start: smallvec![here], ..Item::default() };
                Some(Cst::Block(Block { map: false, at, indent, items: vec![item] }))
            }
            Kind::ExplicitKeyInd | Kind::MapValueInd => {
                self.on_key_line = true;
                let mut start = first_key_start_props(self.stack.last_mut());
                let item = if here.kind == Kind::ExplicitKeyInd {
                    start.push(here);
                    Item { start, explicit_key: true, ..Item::default() }
                } else {
                    Item { start, sep: Some(smallvec![here]), ..Item::default() }
                };
                Some(Cst::Block(Block { map: true, at, indent, items: vec![item] }))
            }
            _ => None,
        }
    }

    /// The common part of white space in block maps and sequences.
    fn block_space(&mut self) {
        let here = self.here();
        let Some(Cst::Block(block)) = self.stack.last_mut() else { return };
        let indent = block.indent;
        let Some(item) = block.items.last_mut() else { return };
        if let Some(value) = &mut item.value {
            if here.kind == Kind::Newline
                && let Some(end) = value.end_mut()
                && end.last().is_some_and(|last| last.kind == Kind::Comment)
            {
                end.push(here);
                return;
            }
            block.items.push(Item { start: smallvec![here], ..Item::default() });
            return;
        }
        if let Some(sep) = item.sep.as_mut().filter(|_| block.map) {
            sep.push(here);
            return;
        }
        let indented_comment = here.kind == Kind::Comment
            && here.indent() > indent
            && item.start.iter().all(|st| matches!(st.kind, Kind::Newline | Kind::Space));
        if indented_comment {
            let mut start = std::mem::take(&mut item.start);
            let before = block.items.len().checked_sub(2).and_then(|at| block.items.get_mut(at));
            if let Some(end) = before.and_then(|item| item.value.as_mut()).and_then(|value| value.end_mut()) {
                end.append(&mut start);
                end.push(here);
                block.items.pop();
                return;
            }
            if let Some(item) = block.items.last_mut() {
                item.start = start;
            }
        }
        if let Some(item) = block.items.last_mut() {
            item.start.push(here);
        }
    }

    fn block_map(&mut self) {
        let here = self.here();
        if matches!(here.kind, Kind::Newline | Kind::Space | Kind::Comment) {
            if here.kind == Kind::Newline {
                self.on_key_line = false;
            }
            return self.block_space();
        }
        let on_key_line = self.on_key_line;
        let Some(Cst::Block(map)) = self.stack.last_mut() else { return };
        if here.indent() < map.indent {
            return self.pop_and_step();
        }
        let Some(item) = map.items.last_mut() else { return };
        let at_map_indent = !on_key_line && here.indent() == map.indent;
        let at_next_item = at_map_indent && (item.sep.is_some() || item.explicit_key) && here.kind != Kind::SeqItemInd;
        let start = if at_next_item && item.value.is_none() { next_item_start(item, map.indent) } else { Tokens::new() };
        match here.kind {
            Kind::Anchor | Kind::Tag => {
                if at_next_item || item.value.is_some() {
                    let mut start = start;
                    start.push(here);
                    map.items.push(Item { start, ..Item::default() });
                    self.on_key_line = true;
                } else if let Some(sep) = &mut item.sep {
                    sep.push(here);
                } else {
                    item.start.push(here);
                }
            }
            Kind::ExplicitKeyInd => {
                self.on_key_line = true;
                if item.sep.is_none() && !item.explicit_key {
                    item.start.push(here);
                    item.explicit_key = true;
                } else if at_next_item || item.value.is_some() {
                    let mut start = start;
                    start.push(here);
                    map.items.push(Item { start, explicit_key: true, ..Item::default() });
                } else {
                    let item = Item { start: smallvec![here], explicit_key: true, ..Item::default() };
                    self.push(Cst::Block(Block { map: true, at: here.at(), indent: here.indent(), items: vec![item] }));
                }
            }
            Kind::MapValueInd => {
                self.on_key_line = true;
                self.map_value(here, start, at_next_item);
            }
            kind if kind.is_flow_scalar() => {
                let scalar = Cst::Scalar { token: here, end: None };
                if at_next_item || item.value.is_some() {
                    map.items.push(Item { start, key: Some(Box::new(scalar)), sep: Some(Tokens::new()), ..Item::default() });
                    self.on_key_line = true;
                } else if item.sep.is_some() {
                    self.push(scalar);
                } else {
                    item.key = Some(Box::new(scalar));
                    item.sep = Some(Tokens::new());
                    self.on_key_line = true;
                }
            }
            _ => self.map_block_value(start, at_map_indent),
        }
    }

    fn map_block_value(&mut self, start: Tokens, at_map_indent: bool) {
        let Some(value) = self.block_value() else { return self.pop_and_step() };
        let Some(Cst::Block(map)) = self.stack.last_mut() else { return };
        if value.is_block(false) {
            let same_line = map
                .items
                .last()
                .is_some_and(|item| !item.explicit_key && item.sep.as_ref().is_some_and(|sep| !includes(sep, Kind::Newline)));
            if same_line {
                let error = self.error("Unexpected block-seq-ind on same line with key".to_owned());
                return self.pop(Some(error));
            }
        } else if at_map_indent {
            map.items.push(Item { start, ..Item::default() });
        }
        self.push(value);
    }

    /// A `:` in a block map.
    fn map_value(&mut self, here: Token, start: Tokens, at_next_item: bool) {
        let Some(Cst::Block(map)) = self.stack.last_mut() else { return };
        let Some(item) = map.items.last_mut() else { return };
        let nested = |item: Item| Cst::Block(Block { map: true, at: here.at(), indent: here.indent(), items: vec![item] });
        let empty_key = |start: Tokens| Item { start, sep: Some(smallvec![here]), ..Item::default() };
        let explicit = item.explicit_key;
        let Some(sep) = &mut item.sep else {
            if !explicit || includes(&item.start, Kind::Newline) {
                item.key = None;
                item.sep = Some(smallvec![here]);
            } else {
                let start = split_first_key_props(&mut item.start);
                self.push(nested(empty_key(start)));
            }
            return;
        };
        if item.value.is_some() || (!explicit && at_next_item) {
            map.items.push(empty_key(if explicit { Tokens::new() } else { start }));
        } else if includes(sep, Kind::MapValueInd) {
            self.push(nested(empty_key(if explicit { start } else { Tokens::new() })));
        } else if explicit
            && item.key.as_deref().is_some_and(|key| matches!(key, Cst::Scalar { .. } | Cst::Flow(_)))
            && !includes(sep, Kind::Newline)
        {
            let mut sep = item.sep.take().unwrap_or_default();
            sep.push(here);
            let key = item.key.take();
            let start = split_first_key_props(&mut item.start);
            self.push(nested(Item { start, key, sep: Some(sep), ..Item::default() }));
        } else {
            if explicit {
                sep.extend(start);
            }
            sep.push(here);
        }
    }

    fn block_seq(&mut self) {
        let here = self.here();
        if matches!(here.kind, Kind::Newline | Kind::Space | Kind::Comment) {
            return self.block_space();
        }
        let Some(Cst::Block(seq)) = self.stack.last_mut() else { return };
        let indent = seq.indent;
        let Some(item) = seq.items.last_mut() else { return };
        match here.kind {
            Kind::Anchor | Kind::Tag if item.value.is_none() && here.indent() > indent => {
                item.start.push(here);
                return;
            }
            Kind::SeqItemInd if here.indent() == indent => {
                if item.value.is_some() || includes(&item.start, Kind::SeqItemInd) {
                    seq.items.push(Item { start: smallvec![here], ..Item::default() });
                } else {
                    item.start.push(here);
                }
                return;
            }
            _ => {}
        }
        if here.indent() > indent
            && !matches!(here.kind, Kind::Anchor | Kind::Tag)
            && let Some(value) = self.block_value()
        {
            return self.push(value);
        }
        self.pop_and_step();
    }

    fn flow(&mut self) {
        let here = self.here();
        if here.kind == Kind::FlowErrorEnd {
            loop {
                self.pop(None);
                if !matches!(self.stack.last(), Some(Cst::Flow(_))) {
                    return;
                }
            }
        }
        let Some(Cst::Flow(flow)) = self.stack.last_mut() else { return };
        if !flow.end.is_empty() {
            return self.after_flow(here);
        }
        let open = flow.items.last_mut().filter(|item| item.value.is_none());
        match here.kind {
            Kind::Comma | Kind::ExplicitKeyInd => match flow.items.last_mut() {
                Some(item) if item.sep.is_none() => item.start.push(here),
                _ => flow.items.push(Item { start: smallvec![here], ..Item::default() }),
            },
            Kind::MapValueInd => match open {
                None => flow.items.push(Item { sep: Some(smallvec![here]), ..Item::default() }),
                Some(item) => match &mut item.sep {
                    Some(sep) => sep.push(here),
                    None => {
                        item.key = None;
                        item.sep = Some(smallvec![here]);
                    }
                },
            },
            Kind::Space | Kind::Comment | Kind::Newline | Kind::Anchor | Kind::Tag => match open {
                None => flow.items.push(Item { start: smallvec![here], ..Item::default() }),
                Some(Item { sep: Some(sep), .. }) => sep.push(here),
                Some(item) => item.start.push(here),
            },
            kind if kind.is_flow_scalar() => {
                let scalar = Cst::Scalar { token: here, end: None };
                match open {
                    None => flow.items.push(Item { key: Some(Box::new(scalar)), sep: Some(Tokens::new()), ..Item::default() }),
                    Some(item) if item.sep.is_some() => self.push(scalar),
                    Some(item) => {
                        item.key = Some(Box::new(scalar));
                        item.sep = Some(Tokens::new());
                    }
                }
            }
            Kind::FlowMapEnd | Kind::FlowSeqEnd => flow.end.push(here),
            _ => match self.block_value() {
                Some(value) => self.push(value),
                None => self.pop_and_step(),
            },
        }
    }

    /// A token behind a closed flow collection.
    fn after_flow(&mut self, here: Token) {
        let depth = self.stack.len();
        let indent = self.stack.last().and_then(Cst::indent);
        let parent = depth.checked_sub(2).and_then(|at| self.stack.get_mut(at));
        if let Some(Cst::Block(map)) = &parent
            && map.map
            && ((here.kind == Kind::MapValueInd && Some(map.indent) == indent)
                || (here.kind == Kind::Newline && map.items.last().is_none_or(|item| item.sep.is_none())))
        {
            return self.pop_and_step();
        }
        if here.kind != Kind::MapValueInd || matches!(parent, Some(Cst::Flow(_))) {
            return self.line_end();
        }
        let start = first_key_start_props(parent);
        let Some(mut key) = self.stack.pop() else { return };
        let mut sep = Tokens::new();
        if let Cst::Flow(flow) = &mut key {
            fix_flow_seq_items(flow);
            sep = flow.end.drain(1..).collect();
        }
        sep.push(here);
        self.start_map(key, start, sep);
    }
}
