//! The syntax tree, with the storage that the resolver gives to names.

use std::{collections::BTreeMap, rc::Rc};

use smallvec::SmallVec;
use smol_str::SmolStr;

/// A byte offset in the template, for diagnostics.
pub(super) type At = u32;

/// A name; most are so short that they need no memory of their own.
pub(super) type Name = SmolStr;

/// Where a statically bound name is stored: frames to go up, then the index in that frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) up: u32,
    pub(super) index: u32,
}

impl Slot {
    /// The place of a value that nothing reaches.
    pub(super) const LOST: u32 = u32::MAX;

    pub(super) fn is_lost(self) -> bool {
        self.index == Self::LOST
    }
}

/// An expression with its place.
#[derive(Debug, Clone)]
pub(super) struct Expr {
    pub(super) at: At,
    pub(super) kind: ExprKind,
}

#[derive(Debug, Clone)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    Regex { source: Rc<str>, flags: Rc<str> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BinaryOp {
    Add,
    Concat,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CompareOp {
    Equal,
    StrictEqual,
    NotEqual,
    StrictNotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Debug, Clone)]
pub(super) enum ExprKind {
    Literal(Literal),
    Symbol {
        name: Name,
        slot: Option<Slot>,
    },
    Array(Vec<Expr>),
    /// Everything is evaluated; the last value counts.
    Group(Vec<Expr>),
    Dict(Vec<(Name, Expr)>),
    /// A member whose key is written in the template; it stands where the key does.
    Member {
        target: Box<Expr>,
        key: Name,
    },
    /// A member whose key is computed.
    Lookup {
        target: Box<Expr>,
        key: Box<Expr>,
    },
    Slice {
        target: Box<Expr>,
        bounds: Box<[Expr; 3]>,
    },
    InlineIf {
        condition: Box<Expr>,
        body: Box<Expr>,
        otherwise: Option<Box<Expr>>,
    },
    Or(Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Positive(Box<Expr>),
    Floor(Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    Compare(Box<Compare>),
    In(Box<Expr>, Box<Expr>),
    Is(Box<Expr>, Box<Expr>),
    Filter(Box<Filter>),
    Call {
        callee: Box<Expr>,
        arguments: Box<Arguments>,
    },
    /// Rendered text as a value.
    Capture(Body),
}

/// Comparisons from left to right; nearly always one.
#[derive(Debug, Clone)]
pub(super) struct Compare {
    pub(super) first: Expr,
    pub(super) operations: SmallVec<[(CompareOp, Expr); 1]>,
}

/// A filter on its input.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    pub(super) name: Name,
    pub(super) input: Expr,
    pub(super) arguments: Arguments,
}

/// What a call or filter is given.
#[derive(Debug, Clone, Default)]
pub(super) struct Arguments {
    pub(super) positional: Vec<Expr>,
    pub(super) keyword: Vec<(Name, Expr)>,
}

/// Statements in order.
pub(super) type Body = Vec<Stmt>;

#[derive(Debug, Clone)]
pub(super) struct Stmt {
    pub(super) at: At,
    pub(super) kind: StmtKind,
}

#[derive(Debug, Clone)]
pub(super) enum StmtKind {
    Text(Text),
    Output(Expr),
    If(Box<If>),
    For(Box<For>),
    Set(Box<Set>),
    Macro(Rc<Callee>, Option<Slot>),
    CallBlock {
        call: Expr,
        caller: Rc<Callee>,
    },
    Block {
        body: Body,
        slots: u32,
    },
    /// A block inside a `set` that captures: nunjucks does not find it, and renders the one of its name outside, if there is one.
    Namesake(Name),
    /// What fails where it is reached, with the message: blocks that call `super`, and templates that would have to be loaded,
    /// with the names that they would be known by.
    Failing(Rc<str>, Vec<Name>),
    Switch(Box<Switch>),
}

#[derive(Debug, Clone)]
pub(super) struct If {
    pub(super) condition: Expr,
    pub(super) body: Body,
    pub(super) otherwise: Option<Body>,
}

#[derive(Debug, Clone)]
pub(super) struct Set {
    pub(super) targets: SmallVec<[Target; 1]>,
    pub(super) value: SetValue,
}

#[derive(Debug, Clone)]
pub(super) struct Switch {
    pub(super) value: Expr,
    pub(super) cases: Vec<(Expr, Body)>,
    pub(super) default: Option<Body>,
}

/// Text that is written as it is.
#[derive(Debug, Clone)]
pub(super) enum Text {
    /// A part of the template.
    Part { from: u32, to: u32 },
    /// Several parts, joined.
    Joined(Rc<str>),
}

impl Text {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Part { from, to } => from >= to,
            Self::Joined(text) => text.is_empty(),
        }
    }
}

/// A name that is assigned.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) name: Name,
    pub(super) slot: Option<Slot>,
}

#[derive(Debug, Clone)]
pub(super) enum SetValue {
    Expr(Expr),
    Block(Body),
}

/// A loop. Loops with several targets are compiled twice, because what the
/// targets bind to depends on whether the value is a list or a mapping.
#[derive(Debug, Clone)]
pub(super) struct For {
    pub(super) value: Expr,
    /// Keeps the length between runs of the same loop.
    pub(super) length: Slot,
    pub(super) list: Branch,
    pub(super) mapping: Option<Branch>,
    pub(super) otherwise: Option<Body>,
}

#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub(super) targets: SmallVec<[Target; 1]>,
    pub(super) body: Body,
}

/// A macro, or the body of a call block.
#[derive(Debug, Clone)]
pub(super) struct Callee {
    pub(super) name: Name,
    pub(super) parameters: Vec<Target>,
    pub(super) defaults: Vec<(Name, Expr)>,
    pub(super) body: Body,
    /// How many slots its frame has.
    pub(super) slots: u32,
}

/// The blocks that nunjucks finds, by name.
pub(super) type Blocks = BTreeMap<Name, Stmt>;

/// A template whose names are not resolved yet.
pub(super) struct Parsed {
    pub(super) body: Body,
    /// Only of the legacy era: the others have no block that is not found.
    pub(super) blocks: Blocks,
}

/// A parsed template.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) body: Body,
    /// What stands in the place of a [`StmtKind::Namesake`].
    pub(super) blocks: Blocks,
    pub(super) slots: u32,
    /// The name `loop` occurs, so loops must provide it.
    pub(super) uses_loop: bool,
    /// Lists of the context may be changed while rendering.
    pub(super) mutates: bool,
    /// There are assignments, macros, blocks or call blocks, which ask scopes for names.
    pub(super) assigns: bool,
}
