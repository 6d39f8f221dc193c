//! The signature of a template function, and the table of all of them.

use std::sync::LazyLock;

use super::{argo, builtin, env::Env, sprig};
use crate::{
    Error,
    lang::gofmt::{Elem, List, Map, TooLarge, Value},
};

/// A parameter's Go type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ty {
    /// `interface {}`
    Any,
    /// `reflect.Value`: nothing is converted.
    Reflect,
    Str,
    Int,
    Uint32,
    Float,
    Bool,
    /// `map[string]interface {}`
    Map,
    /// `[]interface {}`
    List,
    /// `time.Time`
    Time,
}

impl Ty {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Reflect => "reflect.Value",
            Self::Str => "string",
            Self::Int => "int",
            Self::Uint32 => "uint32",
            Self::Float => "float64",
            Self::Bool => "bool",
            Self::Map => "map[string]interface {}",
            Self::List => "[]interface {}",
            Self::Time => "time.Time",
        }
    }

    /// The type's nil, for the types that have one.
    pub(super) fn nil(self) -> Option<Value> {
        match self {
            Self::Any => Some(Value::Nil),
            Self::Reflect => Some(Value::Invalid),
            Self::Map => Some(Value::Map(Map::nil(false))),
            Self::List => Some(Value::List(List::nil(Elem::Any))),
            _ => None,
        }
    }
}

/// Why a function gave no value.
#[derive(Debug)]
pub(super) enum Fault {
    /// Upstream's error or panic, which the engine reports as `error calling NAME: …`.
    Call(String),
    /// Not upstream's: a limit of ours, or a refusal of a function we do not have.
    Refused(Error),
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self::Call(message)
    }
}

impl From<&str> for Fault {
    fn from(message: &str) -> Self {
        Self::Call(message.to_owned())
    }
}

impl From<TooLarge> for Fault {
    fn from(_: TooLarge) -> Self {
        Self::Refused(Error::limit("a value is too large or nests too deeply"))
    }
}

/// What a function gives.
pub(super) type Outcome = Result<Value, Fault>;

/// How a function runs.
pub(super) enum Run {
    /// An ordinary function.
    Native(fn(&Env, &[Value]) -> Outcome),
    /// `and` and `or`: arguments are evaluated while they decide nothing.
    And,
    Or,
    /// `call`
    Call,
    /// Argo CD's `tpl`
    Tpl,
}

/// A template function.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) params: &'static [Ty],
    pub(super) rest: Option<Ty>,
    /// Depends on time or chance.
    pub(super) volatile: bool,
    pub(super) run: Run,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A function of this library.
pub(super) type Native = fn(&Env, &[Value]) -> Outcome;

/// A function with fixed parameters.
pub(super) const fn fixed(name: &'static str, params: &'static [Ty], run: fn(&Env, &[Value]) -> Outcome) -> Function {
    Function { name, params, rest: None, volatile: false, run: Run::Native(run) }
}

/// A function with a variadic last parameter.
pub(super) const fn variadic(name: &'static str, params: &'static [Ty], rest: Ty, run: fn(&Env, &[Value]) -> Outcome) -> Function {
    Function { name, params, rest: Some(rest), volatile: false, run: Run::Native(run) }
}

/// The same function, marked as depending on time or chance.
pub(super) const fn volatile(function: Function) -> Function {
    Function { volatile: true, ..function }
}

static TABLE: LazyLock<Vec<Function>> = LazyLock::new(|| {
    // A later table replaces the names of an earlier one: Sprig's `slice` hides the built-in.
    let mut table = Vec::with_capacity(256);
    table.extend(builtin::functions());
    table.extend(sprig::functions());
    table.extend(argo::functions());
    table.reverse();
    table.sort_by_key(|function: &Function| function.name);
    table.dedup_by_key(|function| function.name);
    table
});

/// A function by name.
pub(super) fn lookup(name: &str) -> Option<&'static Function> {
    let table: &'static [Function] = &TABLE;
    table.binary_search_by(|function| function.name.cmp(name)).ok().and_then(|at| table.get(at))
}

/// All names, sorted.
pub fn names() -> Vec<&'static str> {
    TABLE.iter().map(|function| function.name).collect()
}
