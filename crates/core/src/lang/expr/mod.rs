//! expr-lang 1.17.7 as Argo Rollouts compiles analysis conditions.
//!
//! The language is checked statically against Go's types before it runs: what
//! `result` is (`float64`, `[]float64`, `map[string]any` …) decides what compiles.
//! A [`Program`] is compiled against an [`Env`] and evaluated with it.
//!
//! Supported: the whole language (predicates and `#`, `let`, `if`, `?.`, `??`,
//! pipes, slices, ranges, `matches`), all builtins, methods of times and
//! durations, the functions of Rollouts (`asInt`, `asFloat`, `isNaN`, `isInf`,
//! `isNil`, `default`), and those rewrites of the optimiser that can be seen in
//! an answer. The memory budget of a million items is kept.
//!
//! Not there: other environments, custom functions, operator overloading.
//! `now()` is what the caller says.

mod ast;
mod checker;
mod condition;
mod environment;
mod equality;
mod functions;
mod interpreter;
mod lexer;
mod nature;
mod operators;
mod optimizer;
mod parser;
mod time;
mod value;

use super::{LangError, Limits};
use ast::Node;
use interpreter::Interpreter;

pub use condition::{Phase, eval_condition, eval_time, evaluate_result};
pub use environment::{Env, ResultType};
pub use value::Val;

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Program {
    root: Node,
    limits: Limits,
}

impl Program {
    /// Parses, checks and optimises an expression for an environment.
    ///
    /// # Errors
    /// The first complaint of parser or checker, with the byte offset.
    pub fn compile(source: &str, env: &Env, limits: Limits) -> Result<Self, LangError> {
        let mut root = parser::parse(source, limits.depth.saturating_mul(2).saturating_add(10))?;
        checker::check(&mut root, env)?;
        optimizer::optimize(&mut root)?;
        Ok(Self { root, limits })
    }

    /// Evaluates with the environment it was compiled for.
    ///
    /// # Errors
    /// What panics upstream: an index out of range, operands that do not fit, a memory budget exceeded.
    pub fn eval(&self, env: &Env) -> Result<Val, LangError> {
        Interpreter::new(env, &self.limits).run(&self.root)
    }
}
