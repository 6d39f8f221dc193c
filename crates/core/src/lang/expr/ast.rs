//! The tree of an expression; the checker writes natures into it.

use super::nature::Nature;
use super::value::Val;

/// A node with its place and its static type.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Byte offset in the source.
    pub(super) at: usize,
    pub(super) nature: Nature,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Nil,
    Ident(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    Str(String),
    /// A folded array, or the set that `in` looks into.
    Constant(Val),
    Unary(UnaryOp, Box<Node>),
    Binary(BinaryOp, Box<Node>, Box<Node>),
    /// Where an optional member that is nil ends up.
    Chain(Box<Node>),
    Member {
        base: Box<Node>,
        property: Box<Node>,
        optional: bool,
    },
    Slice {
        base: Box<Node>,
        from: Option<Box<Node>>,
        to: Option<Box<Node>>,
    },
    Call {
        callee: Box<Node>,
        args: Vec<Node>,
    },
    Builtin {
        name: &'static str,
        args: Vec<Node>,
        throws: bool,
    },
    Predicate(Box<Node>),
    Pointer(String),
    Let {
        name: String,
        value: Box<Node>,
        body: Box<Node>,
    },
    Sequence(Vec<Node>),
    Conditional {
        condition: Box<Node>,
        yes: Box<Node>,
        no: Box<Node>,
    },
    Array(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// Operators before an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnaryOp {
    Not,
    Minus,
    Plus,
}

/// Operators between operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BinaryOp {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Gt,
    Ge,
    Le,
    In,
    Matches,
    Contains,
    StartsWith,
    EndsWith,
    Range,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Coalesce,
}

impl Node {
    pub(super) fn new(kind: Kind, at: usize) -> Self {
        Self { kind, at, nature: Nature::unknown() }
    }

    /// Whether two nodes are written the same.
    pub(super) fn same(&self, other: &Self) -> bool {
        same_kind(&self.kind, &other.kind)
    }
}

fn same_all(a: &[Node], b: &[Node]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
}

fn same_maybe(a: &Option<Box<Node>>, b: &Option<Box<Node>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.same(b),
        (None, None) => true,
        _ => false,
    }
}

fn same_kind(a: &Kind, b: &Kind) -> bool {
    match (a, b) {
        (Kind::Nil, Kind::Nil) => true,
        (Kind::Ident(a), Kind::Ident(b)) | (Kind::Str(a), Kind::Str(b)) | (Kind::Pointer(a), Kind::Pointer(b)) => a == b,
        (Kind::Int(a), Kind::Int(b)) => a == b,
        (Kind::Float(a), Kind::Float(b)) => a.to_bits() == b.to_bits(),
        (Kind::Bool(a), Kind::Bool(b)) => a == b,
        (Kind::Constant(a), Kind::Constant(b)) => super::equality::identical(a, b),
        (Kind::Unary(x, a), Kind::Unary(y, b)) => x == y && a.same(b),
        (Kind::Binary(x, a, c), Kind::Binary(y, b, d)) => x == y && a.same(b) && c.same(d),
        (Kind::Chain(a), Kind::Chain(b)) | (Kind::Predicate(a), Kind::Predicate(b)) => a.same(b),
        (Kind::Member { base: a, property: p, optional: x }, Kind::Member { base: b, property: q, optional: y }) => {
            x == y && a.same(b) && p.same(q)
        }
        (Kind::Slice { base: a, from: f, to: t }, Kind::Slice { base: b, from: g, to: u }) => {
            a.same(b) && same_maybe(f, g) && same_maybe(t, u)
        }
        (Kind::Call { callee: a, args: x }, Kind::Call { callee: b, args: y }) => a.same(b) && same_all(x, y),
        (Kind::Builtin { name: a, args: x, .. }, Kind::Builtin { name: b, args: y, .. }) => a == b && same_all(x, y),
        (Kind::Sequence(a), Kind::Sequence(b)) | (Kind::Array(a), Kind::Array(b)) => same_all(a, b),
        (Kind::Map(a), Kind::Map(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0.same(&b.0) && a.1.same(&b.1)),
        (Kind::Conditional { condition: a, yes: b, no: c }, Kind::Conditional { condition: x, yes: y, no: z }) => {
            a.same(x) && b.same(y) && c.same(z)
        }
        (Kind::Let { name: a, value: b, body: c }, Kind::Let { name: x, value: y, body: z }) => a == x && b.same(y) && c.same(z),
        _ => false,
    }
}
