//! The tree of a query.

use super::value::V;

/// Operators between two queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
}

/// Operators that change a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UpdateOp {
    /// `=`
    Assign,
    /// `|=`
    Modify,
    /// `+=` and its kin.
    Arithmetic(BinaryOp),
    /// `//=`
    Alternative,
}

/// A query.
#[derive(Debug, Clone)]
pub(super) enum Query {
    /// Definitions in front of a query.
    Defs(Vec<FuncDef>, Box<Query>),
    /// Nothing at all: `missing query (try ".")`.
    Missing,
    Term(Term),
    Pipe(Box<Query>, Box<Query>),
    Bind {
        source: Box<Query>,
        patterns: Vec<Pattern>,
        body: Box<Query>,
    },
    Comma(Box<Query>, Box<Query>),
    Alternative(Box<Query>, Box<Query>),
    Update(Box<Query>, UpdateOp, Box<Query>),
    And(Box<Query>, Box<Query>),
    Or(Box<Query>, Box<Query>),
    Binary(Box<Query>, BinaryOp, Box<Query>),
}

/// `def name(args): body;`
#[derive(Debug, Clone)]
pub(super) struct FuncDef {
    pub(super) name: String,
    pub(super) args: Vec<String>,
    pub(super) body: Query,
}

/// A term and what follows it.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) head: Head,
    pub(super) suffixes: Vec<Suffix>,
}

/// What a term starts with.
#[derive(Debug, Clone)]
pub(super) enum Head {
    Identity,
    Recurse,
    Index(Index),
    Const(V),
    Func(String, Vec<Query>),
    Object(Vec<KeyValue>),
    Array(Option<Box<Query>>),
    /// Whether it is a minus, and its operand.
    Unary(bool, Box<Term>),
    Format(String, Option<Text>),
    Text(Text),
    If {
        branches: Vec<(Query, Query)>,
        otherwise: Option<Box<Query>>,
    },
    Try(Box<Query>, Option<Box<Query>>),
    Reduce {
        source: Box<Query>,
        pattern: Pattern,
        start: Box<Query>,
        update: Box<Query>,
    },
    Foreach {
        source: Box<Query>,
        pattern: Pattern,
        start: Box<Query>,
        update: Box<Query>,
        extract: Option<Box<Query>>,
    },
    Label(String, Box<Query>),
    Break(String),
    Group(Box<Query>),
}

/// What follows a term.
#[derive(Debug, Clone)]
pub(super) enum Suffix {
    Index(Index),
    Iterate,
    Optional,
}

/// `.name`, `."text"`, `[query]`, `[from:to]`.
#[derive(Debug, Clone)]
pub(super) enum Index {
    Name(String),
    Text(Text),
    Query(Box<Query>),
    Slice(Option<Box<Query>>, Option<Box<Query>>),
}

/// A string, with interpolations or without.
#[derive(Debug, Clone)]
pub(super) enum Text {
    Plain(String),
    Parts(Vec<TextPart>),
}

/// A piece of an interpolated string.
#[derive(Debug, Clone)]
pub(super) enum TextPart {
    Plain(String),
    Query(Query),
}

/// The key of an object.
#[derive(Debug, Clone)]
pub(super) enum Key {
    /// A name, or `$name`.
    Name(String),
    Text(Text),
    Query(Query),
}

/// A member of an object.
#[derive(Debug, Clone)]
pub(super) struct KeyValue {
    pub(super) key: Key,
    pub(super) value: Option<Query>,
}

/// What `as` binds.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    Name(String),
    Array(Vec<Pattern>),
    Object(Vec<(Key, Option<Pattern>)>),
}

impl Query {
    /// A query that is just a term without suffixes.
    pub(super) fn head(head: Head) -> Self {
        Self::Term(Term { head, suffixes: Vec::new() })
    }
}
