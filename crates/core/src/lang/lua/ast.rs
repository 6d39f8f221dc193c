//! What the parser makes: names are resolved to slots already.

use std::rc::Rc;

/// A string constant; Lua strings are bytes.
pub(super) type Bytes = Rc<[u8]>;

/// A function's code.
#[derive(Debug)]
pub(super) struct Proto {
    /// Slots taken by parameters, first.
    pub(super) parameters: usize,
    /// Whether it ends in `...`.
    pub(super) vararg: bool,
    /// For each slot, whether an inner function holds on to it.
    pub(super) captured: Vec<bool>,
    /// Where the values of this function's upvalues are when it is created.
    pub(super) upvalues: Vec<Upvalue>,
    /// The body.
    pub(super) body: Block,
}

/// Where a closure finds a variable of an enclosing function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upvalue {
    /// A slot of the function that creates the closure.
    Slot(usize),
    /// An upvalue of that function.
    Outer(usize),
}

/// Statements, and the labels among them.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) statements: Vec<Statement>,
    /// Label name and the index of the statement after it.
    pub(super) labels: Vec<(Bytes, usize)>,
}

#[derive(Debug)]
pub(super) enum Statement {
    Local {
        slots: Vec<usize>,
        values: Vec<Expr>,
    },
    LocalFunction {
        slot: usize,
        function: Rc<Proto>,
    },
    Assign {
        targets: Vec<Target>,
        values: Vec<Expr>,
    },
    Call(Call),
    Do(Block),
    While {
        condition: Expr,
        body: Block,
        line: u32,
    },
    /// The condition sees the body's locals.
    Repeat {
        body: Block,
        condition: Expr,
        line: u32,
    },
    If {
        arms: Vec<(Expr, Block)>,
        otherwise: Option<Block>,
    },
    NumericFor {
        slot: usize,
        start: Expr,
        limit: Expr,
        step: Option<Expr>,
        body: Block,
        line: u32,
    },
    GenericFor {
        slots: Vec<usize>,
        values: Vec<Expr>,
        body: Block,
        line: u32,
    },
    Return(Vec<Expr>),
    Break,
    Goto(Bytes),
}

#[derive(Debug)]
pub(super) enum Target {
    Slot(usize),
    Upvalue(usize),
    Global(Bytes),
    Index { object: Expr, key: Expr, line: u32 },
}

#[derive(Debug)]
pub(super) enum Expr {
    Nil,
    True,
    False,
    Number(f64),
    Text(Bytes),
    Vararg,
    Function(Rc<Proto>),
    Slot(usize),
    Upvalue(usize),
    Global(Bytes),
    Index {
        object: Box<Expr>,
        key: Box<Expr>,
        line: u32,
    },
    Call(Box<Call>),
    /// Parentheses cut several values down to one.
    Paren(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Minus(Box<Expr>, u32),
    Length(Box<Expr>, u32),
    Binary {
        op: Binary,
        left: Box<Expr>,
        right: Box<Expr>,
        line: u32,
    },
    Table {
        items: Vec<Item>,
        line: u32,
    },
}

#[derive(Debug)]
pub(super) enum Item {
    /// Takes the next array index.
    Positional(Expr),
    Keyed(Expr, Expr),
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) function: Expr,
    /// `object:method(…)`
    pub(super) method: Option<Bytes>,
    pub(super) arguments: Vec<Expr>,
    /// As error messages name the callee.
    pub(super) name: Bytes,
    pub(super) line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Concat,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Binary {
    /// As `cannot perform … operation` names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Sub => "sub",
            Self::Mul => "mul",
            Self::Div => "div",
            Self::Mod => "mod",
            Self::Pow => "pow",
            Self::Concat => "concat",
            _ => "compare",
        }
    }
}

impl Expr {
    /// The line it starts on, where it has one of its own.
    pub(super) fn line(&self) -> Option<u32> {
        match self {
            Self::Index { line, .. }
            | Self::Binary { line, .. }
            | Self::Minus(_, line)
            | Self::Length(_, line)
            | Self::Table { line, .. } => Some(*line),
            Self::Call(call) => Some(call.line),
            Self::Paren(inner) | Self::Not(inner) | Self::And(inner, _) | Self::Or(inner, _) => inner.line(),
            _ => None,
        }
    }
}
