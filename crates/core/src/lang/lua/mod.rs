//! Lua as gopher-lua 1.1.2 runs it inside Argo CD: Lua 5.1 with `goto`.
//!
//! Supported: the whole language, metatables, closures, varargs; the libraries
//! base, `table` and the reduced `os` (`time`, `date`) always, and with
//! [`Options::open_libs`] also `string` and `math`. `io`, `coroutine` and
//! `debug` are there as empty tables; `print` writes nowhere; random numbers
//! and the environment are absent; the clock is [`Options::now`].
//!
//! Why not a binding of C Lua: error texts, number formatting and the order in
//! which tables are walked end up in health messages, and gopher-lua's differ
//! from every C Lua. This interpreter needs no `unsafe`, builds for wasm, and
//! counts steps and bytes where the controller counts a second.

mod ast;
mod base;
mod format;
mod json;
mod lexer;
mod library;
mod machine;
mod math;
mod number;
mod operators;
mod os;
mod parser;
mod pattern;
mod string;
mod table;
mod value;

use std::rc::Rc;

use crate::Value as Json;
pub(crate) use number::{format as format_number, parse as parse_number};

use machine::Machine;
use value::Value;

/// What one run may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Statements, calls and comparisons: what upstream's one second stands for.
    pub steps: u64,
    /// Bytes asked for by tables and strings.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 5_000_000, bytes: 256 << 20 }
    }
}

/// How to run a program.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Open the whole standard library.
    pub open_libs: bool,
    /// Seconds since 1970, for `os.time()` and `os.date()`.
    pub now: Option<i64>,
    /// Limits.
    pub limits: Limits,
}

/// A raised value; most are texts that start with `<string>:LINE:`.
#[derive(Debug)]
pub(crate) struct LuaError(Box<Value>);

impl LuaError {
    fn text(message: String) -> Self {
        Self(Box::new(Value::text(message)))
    }

    fn value(value: Value) -> Self {
        Self(Box::new(value))
    }

    fn into_value(self) -> Value {
        *self.0
    }
}

/// What a program left on top of its stack.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Nothing, or nil.
    Nil,
    /// A table, as gopher-json encodes it; or its complaint.
    Table(Result<Json, String>),
    /// Anything else, by the name of its type.
    Other(&'static str),
}

/// A compiled program.
#[derive(Debug, Clone)]
pub struct Program(Rc<ast::Proto>);

impl Program {
    /// Compiles a source text.
    ///
    /// # Errors
    /// gopher-lua's message when the text is no Lua.
    pub fn compile(source: &str) -> Result<Self, String> {
        parser::parse(source).map(|proto| Self(Rc::new(proto)))
    }

    /// Runs the program with the given globals.
    ///
    /// # Errors
    /// The raised value as text.
    pub fn run(&self, globals: &[(&str, &Json)], options: &Options) -> Result<Output, String> {
        let mut machine = Machine::new(&options.limits, options.open_libs, options.now);
        for (name, json) in globals {
            let value = json::decode(&mut machine.heap, json);
            let value = if json.as_object().is_some_and(crate::Map::is_empty) { Value::Table(machine.heap.table()) } else { value };
            if let Some(globals) = machine.globals() {
                globals.set_text(name, value);
            }
        }
        let results = machine.run(Rc::clone(&self.0)).map_err(|error| error.into_value().display())?;
        Ok(match results.last() {
            None | Some(Value::Nil) => Output::Nil,
            Some(value @ Value::Table(_)) => Output::Table(json::encode(&machine.heap, value)),
            Some(other) => Output::Other(other.kind()),
        })
    }
}
