//! Tokens around nodes: anchors, tags, indicators, comments (`resolve-props.js`,
//! `resolve-end.js`).

use super::compose::Composer;
use super::cst::{Cst, Kind, Token};

/// What to look for in front of a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expect<'e> {
    /// The kind of flow collection, if in one.
    pub(super) flow: Option<&'static str>,
    pub(super) indicator: Kind,
    pub(super) next: Next<'e>,
    pub(super) offset: usize,
    pub(super) parent_indent: isize,
    pub(super) start_on_newline: bool,
}

/// What follows the tokens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Next<'e> {
    None,
    Token(Token),
    Node(&'e Cst),
}

impl<'e> Next<'e> {
    pub(super) fn node(node: Option<&'e Cst>) -> Self {
        node.map_or(Self::None, Self::Node)
    }

    fn at(self) -> usize {
        match self {
            Self::None => 0,
            Self::Token(token) => token.at(),
            Self::Node(node) => node.at(),
        }
    }

    /// Whether it must be kept apart from a tag or anchor before it.
    fn sticks(self) -> bool {
        match self {
            Self::None => false,
            Self::Token(token) => !matches!(token.kind, Kind::Space | Kind::Newline | Kind::Comma),
            Self::Node(Cst::Scalar { token, .. }) => token.kind != Kind::Scalar || token.end() > token.at(),
            Self::Node(_) => true,
        }
    }
}

/// What stood in front of a node.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Props {
    pub(super) comma: Option<Token>,
    pub(super) found: Option<Token>,
    pub(super) has_newline: bool,
    pub(super) anchor: Option<Token>,
    pub(super) tag: Option<Token>,
    pub(super) newline_after_prop: Option<Token>,
    pub(super) end: usize,
    pub(super) start: usize,
}

const SEPARATE: &str = "Tags and anchors must be separated from the next token by white space";
const TABS: &str = "Tabs are not allowed as indentation";
pub(super) const COMMENT: &str = "Comments must be separated from other tokens by white space characters";

/// State while the tokens pass by.
struct Walk {
    props: Props,
    at_newline: bool,
    has_space: bool,
    need_space: bool,
    tab: Option<Token>,
    start: Option<usize>,
}

impl Composer<'_> {
    pub(super) fn resolve_props(&mut self, tokens: &[Token], expect: Expect<'_>) -> Props {
        let line = expect.start_on_newline;
        let mut walk = Walk { props: Props::default(), at_newline: line, has_space: line, need_space: false, tab: None, start: None };
        for token in tokens {
            if walk.need_space {
                if !matches!(token.kind, Kind::Space | Kind::Newline | Kind::Comma) {
                    self.error(token.at(), SEPARATE);
                }
                walk.need_space = false;
            }
            if let Some(tab) = walk.tab.take()
                && walk.at_newline
                && !matches!(token.kind, Kind::Comment | Kind::Newline)
            {
                self.error(tab.at(), TABS);
            }
            self.prop(token, expect, &mut walk);
        }
        let Walk { mut props, at_newline, need_space, tab, start, .. } = walk;
        props.end = tokens.last().map_or(expect.offset, |last| last.end());
        props.start = start.unwrap_or(props.end);
        if need_space && expect.next.sticks() {
            self.error(expect.next.at(), SEPARATE);
        }
        if let Some(tab) = tab {
            let before_block = matches!(expect.next, Next::Node(Cst::Block(_)));
            if (at_newline && tab.indent() <= expect.parent_indent) || before_block {
                self.error(tab.at(), TABS);
            }
        }
        props
    }

    fn prop(&mut self, token: &Token, expect: Expect<'_>, walk: &mut Walk) {
        let props = &mut walk.props;
        match token.kind {
            Kind::Space => {
                let before_flow = expect.indicator == Kind::DocStart && matches!(expect.next, Next::Node(Cst::Flow(_)));
                if expect.flow.is_none() && !before_flow && self.source(token).contains('\t') {
                    walk.tab = Some(*token);
                }
                walk.has_space = true;
            }
            Kind::Comment => {
                if !walk.has_space {
                    self.error(token.at(), COMMENT);
                }
                walk.at_newline = false;
            }
            Kind::Newline => {
                walk.at_newline = true;
                props.has_newline = true;
                if props.anchor.is_some() || props.tag.is_some() {
                    props.newline_after_prop = Some(*token);
                }
                walk.has_space = true;
            }
            Kind::Anchor | Kind::Tag => {
                let (slot, message) = if token.kind == Kind::Anchor {
                    (&mut props.anchor, "A node can have at most one anchor")
                } else {
                    (&mut props.tag, "A node can have at most one tag")
                };
                if slot.replace(*token).is_some() {
                    self.error(token.at(), message);
                }
                walk.start.get_or_insert(token.at());
                walk.at_newline = false;
                walk.has_space = false;
                walk.need_space = true;
            }
            kind if kind == expect.indicator => {
                if props.anchor.is_some() || props.tag.is_some() {
                    let message = format!("Anchors and tags must be after the {} indicator", self.source(token));
                    self.error(token.at(), message);
                }
                if props.found.replace(*token).is_some() {
                    let message = format!("Unexpected {} in {}", self.source(token), expect.flow.unwrap_or("collection"));
                    self.error(token.at(), message);
                }
                walk.at_newline = matches!(kind, Kind::SeqItemInd | Kind::ExplicitKeyInd);
                walk.has_space = false;
            }
            Kind::Comma if expect.flow.is_some() => {
                if props.comma.replace(*token).is_some() {
                    self.error(token.at(), format!("Unexpected , in {}", expect.flow.unwrap_or_default()));
                }
                walk.at_newline = false;
                walk.has_space = false;
            }
            kind => {
                self.error(token.at(), format!("Unexpected {} token", kind.name()));
                walk.at_newline = false;
                walk.has_space = false;
            }
        }
    }

    /// Tokens behind a node; where they end.
    pub(super) fn resolve_end(&mut self, tokens: &[Token], mut offset: usize, need_space: bool) -> usize {
        let mut space = false;
        for token in tokens {
            match token.kind {
                Kind::Space | Kind::Newline => space = true,
                Kind::Comment => {
                    if need_space && !space {
                        self.error(token.at(), COMMENT);
                    }
                }
                kind => self.error(token.at(), format!("Unexpected {} at node end", kind.name())),
            }
            offset += token.end() - token.at();
        }
        offset
    }
}
