//! The concrete syntax tree: every token of the text, with upstream's names.

use smallvec::SmallVec;

/// Kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    ByteOrderMark,
    DocMode,
    FlowErrorEnd,
    Scalar,
    DocStart,
    DocEnd,
    Newline,
    SeqItemInd,
    ExplicitKeyInd,
    MapValueInd,
    FlowMapStart,
    FlowMapEnd,
    FlowSeqStart,
    FlowSeqEnd,
    Comma,
    Space,
    Comment,
    DirectiveLine,
    Alias,
    Anchor,
    Tag,
    SingleQuoted,
    DoubleQuoted,
    BlockScalarHeader,
}

impl Kind {
    /// The kind of a piece of text, judged by itself.
    pub(super) fn of(source: &str) -> Option<Self> {
        Some(match source {
            "\u{feff}" => Self::ByteOrderMark,
            "---" => Self::DocStart,
            "..." => Self::DocEnd,
            "" | "\n" | "\r\n" => Self::Newline,
            "-" => Self::SeqItemInd,
            "?" => Self::ExplicitKeyInd,
            ":" => Self::MapValueInd,
            "{" => Self::FlowMapStart,
            "}" => Self::FlowMapEnd,
            "[" => Self::FlowSeqStart,
            "]" => Self::FlowSeqEnd,
            "," => Self::Comma,
            _ => match source.as_bytes().first()? {
                b' ' | b'\t' => Self::Space,
                b'#' => Self::Comment,
                b'%' => Self::DirectiveLine,
                b'*' => Self::Alias,
                b'&' => Self::Anchor,
                b'!' => Self::Tag,
                b'\'' => Self::SingleQuoted,
                b'"' => Self::DoubleQuoted,
                b'|' | b'>' => Self::BlockScalarHeader,
                _ => return None,
            },
        })
    }

    /// Aliases and scalars on one line.
    pub(super) fn is_flow_scalar(self) -> bool {
        matches!(self, Self::Alias | Self::Scalar | Self::SingleQuoted | Self::DoubleQuoted)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "byte-order-mark",
            Self::DocMode => "doc-mode",
            Self::FlowErrorEnd => "flow-error-end",
            Self::Scalar => "scalar",
            Self::DocStart => "doc-start",
            Self::DocEnd => "doc-end",
            Self::Newline => "newline",
            Self::SeqItemInd => "seq-item-ind",
            Self::ExplicitKeyInd => "explicit-key-ind",
            Self::MapValueInd => "map-value-ind",
            Self::FlowMapStart => "flow-map-start",
            Self::FlowMapEnd => "flow-map-end",
            Self::FlowSeqStart => "flow-seq-start",
            Self::FlowSeqEnd => "flow-seq-end",
            Self::Comma => "comma",
            Self::Space => "space",
            Self::Comment => "comment",
            Self::DirectiveLine => "directive-line",
            Self::Alias => "alias",
            Self::Anchor => "anchor",
            Self::Tag => "tag",
            Self::SingleQuoted => "single-quoted-scalar",
            Self::DoubleQuoted => "double-quoted-scalar",
            Self::BlockScalarHeader => "block-scalar-header",
        }
    }
}

/// Tokens around a node: seldom more than two.
pub(super) type Tokens = SmallVec<[Token; 2]>;

/// A piece of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    at: u32,
    end: u32,
    indent: i32,
}

impl Token {
    /// The text is no longer than 4 GiB.
    pub(super) fn new(kind: Kind, at: usize, end: usize, indent: isize) -> Self {
        Self { kind, at: at as u32, end: end as u32, indent: indent as i32 }
    }

    pub(super) fn at(&self) -> usize {
        self.at as usize
    }

    pub(super) fn end(&self) -> usize {
        self.end as usize
    }

    pub(super) fn indent(&self) -> isize {
        self.indent as isize
    }
}

/// An item of a collection.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub(super) start: Tokens,
    pub(super) explicit_key: bool,
    pub(super) key: Option<Box<Cst>>,
    pub(super) sep: Option<Tokens>,
    pub(super) value: Option<Box<Cst>>,
}

/// A block map or sequence.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) map: bool,
    pub(super) at: usize,
    pub(super) indent: isize,
    pub(super) items: Vec<Item>,
}

/// A flow map or sequence.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) at: usize,
    pub(super) indent: isize,
    pub(super) open: Token,
    pub(super) items: Vec<Item>,
    pub(super) end: Tokens,
}

impl Flow {
    pub(super) fn is_map(&self) -> bool {
        self.open.kind == Kind::FlowMapStart
    }
}

/// A literal or folded block.
#[derive(Debug)]
pub(super) struct BlockScalar {
    pub(super) at: usize,
    pub(super) indent: isize,
    pub(super) props: Tokens,
    pub(super) source: (usize, usize),
    /// Something that is no token of a header stands in it.
    pub(super) bad: bool,
}

/// A document.
#[derive(Debug)]
pub(super) struct DocumentCst {
    pub(super) at: usize,
    pub(super) start: Tokens,
    pub(super) value: Option<Box<Cst>>,
    pub(super) end: Tokens,
}

/// A node of the concrete syntax tree.
#[derive(Debug)]
pub(super) enum Cst {
    Document(DocumentCst),
    Scalar {
        token: Token,
        end: Option<Tokens>,
    },
    BlockScalar(BlockScalar),
    Block(Block),
    Flow(Flow),
    DocEnd {
        token: Token,
        end: Tokens,
    },
    Error {
        at: usize,
        message: String,
    },
    /// A token between documents.
    Stray(Token),
}

impl Cst {
    pub(super) fn at(&self) -> usize {
        match self {
            Self::Document(document) => document.at,
            Self::Scalar { token, .. } | Self::DocEnd { token, .. } | Self::Stray(token) => token.at(),
            Self::BlockScalar(scalar) => scalar.at,
            Self::Block(block) => block.at,
            Self::Flow(flow) => flow.at,
            Self::Error { at, .. } => *at,
        }
    }

    pub(super) fn indent(&self) -> Option<isize> {
        match self {
            Self::Scalar { token, .. } => Some(token.indent()),
            Self::BlockScalar(scalar) => Some(scalar.indent),
            Self::Block(block) => Some(block.indent),
            Self::Flow(flow) => Some(flow.indent),
            _ => None,
        }
    }

    /// The tokens behind a scalar or flow collection, when it has any list of them.
    pub(super) fn end_mut(&mut self) -> Option<&mut Tokens> {
        match self {
            Self::Scalar { end, .. } => end.as_mut(),
            Self::Flow(flow) => Some(&mut flow.end),
            _ => None,
        }
    }

    pub(super) fn is_block(&self, map: bool) -> bool {
        matches!(self, Self::Block(block) if block.map == map)
    }

    /// Whether it stretches over more than one line, as a key must not.
    pub(super) fn contains_newline(&self, text: &str) -> bool {
        let newline = |tokens: &[Token]| tokens.iter().any(|token| token.kind == Kind::Newline);
        match self {
            Self::Scalar { token, end } => {
                text.get(token.at()..token.end()).is_some_and(|source| source.contains('\n')) || end.as_deref().is_some_and(newline)
            }
            Self::Flow(flow) => flow.items.iter().any(|item| {
                newline(&item.start)
                    || item.sep.as_deref().is_some_and(newline)
                    || [&item.key, &item.value].into_iter().flatten().any(|part| part.contains_newline(text))
            }),
            _ => true,
        }
    }
}

/// Whether a list holds a token of a kind.
pub(super) fn includes(tokens: &[Token], kind: Kind) -> bool {
    tokens.iter().any(|token| token.kind == kind)
}

/// Whether a list holds only white space and comments.
pub(super) fn is_blank(tokens: &[Token]) -> bool {
    tokens.iter().all(|token| matches!(token.kind, Kind::Space | Kind::Comment | Kind::Newline))
}
