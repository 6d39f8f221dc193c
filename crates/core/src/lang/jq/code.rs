//! The instructions that a query becomes.

use std::sync::Arc;

use super::error::JqError;
use super::functions::Context;
use super::value::V;

/// Index of an instruction.
pub(super) type Pc = usize;

/// A variable: the number of its scope and its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Var {
    pub(super) scope: u32,
    pub(super) slot: u32,
}

/// A function written in Rust: input, then arguments.
pub(super) type NativeFn = fn(&mut Context, V, &[V]) -> Result<V, JqError>;

/// What a native call adds to the path that is being followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing: the result is a new value.
    None,
    /// As [`Step::None`], of a function that looks at all of its input and arguments, however deep: it costs as much.
    Whole,
    /// As [`Step::Whole`], of an operator, which does not look at its input.
    Operands,
    Index,
    Slice,
    GetPath,
}

/// One instruction.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Nop,
    Push(V),
    Pop,
    Dup,
    /// Replaces the top.
    Const(V),
    Load(Var),
    Store(Var),
    /// Makes an object of so many keys and values.
    Object(usize),
    /// Appends the top to the array in a variable.
    Append(Var),
    /// Comes back to the second place when the first has run dry.
    Fork(Pc),
    TryBegin(Pc),
    TryEnd,
    ForkAlternative(Pc),
    Label(Var),
    Break(Var, Arc<str>),
    Backtrack,
    Jump(Pc),
    JumpUnless(Pc),
    /// A constant key.
    Index(V),
    /// A constant index that must meet an array.
    IndexArray(i64),
    Call(Pc),
    /// A call of the function itself in last place, which reuses its frame.
    CallAgain(Pc),
    Native(NativeFn, u8, Step),
    /// Numbers from, up to and by.
    Range,
    PushClosure(Pc),
    CallClosure,
    Scope {
        id: u32,
        variables: u32,
        args: u32,
    },
    Return,
    Iterate,
    /// Between these, paths are not followed.
    ExpBegin,
    ExpEnd,
    PathBegin,
    PathEnd,
    /// Sets the path in the second variable of the value in the first to the top.
    SetPath(Var, Var),
}

/// A compiled query.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) ops: Vec<Op>,
    pub(super) context: super::functions::Shared,
}
