//! From the tree to instructions.
//!
//! A function is a stretch of code that starts with a scope and ends with a
//! return; arguments of functions written in jq are closures, arguments of
//! native functions are computed in place, the last one in the outer loop.

mod builtins;
mod calls;
mod terms;

use super::ast::{FuncDef, Query, UpdateOp};
use super::code::{Code, NativeFn, Op, Pc, Step, Var};
use super::functions::{self, Shared};
use super::value::V;
use crate::lang::LangError;

pub(super) type Compiled<T> = Result<T, LangError>;

/// Functions may nest so deep while they are compiled.
const MAX_DEPTH: usize = 2_000;

/// What names mean in one function.
#[derive(Debug, Clone, Default)]
struct Scope {
    id: u32,
    slots: u32,
    depth: usize,
    variables: Vec<Variable>,
    functions: Vec<Function>,
}

#[derive(Debug, Clone)]
struct Variable {
    name: String,
    var: Var,
    depth: usize,
}

#[derive(Debug, Clone)]
struct Function {
    name: String,
    pc: Pc,
    args: usize,
}

/// Compiles a query.
pub(super) fn compile(query: &Query) -> Compiled<Code> {
    let mut compiler = Compiler { ops: Vec::new(), builtins: Vec::new(), scopes: Vec::new(), scope_count: 0, depth: 0 };
    let scope = compiler.new_scope();
    compiler.scopes.push(scope);
    let start = compiler.reserve();
    compiler.query(query)?;
    compiler.add(Op::Return);
    let scope = compiler.scope();
    let (id, variables) = (scope.id, scope.slots);
    compiler.set(start, Op::Scope { id, variables, args: 0 });
    compiler.tail_calls();
    Ok(Code { ops: compiler.ops, context: Shared::default() })
}

struct Compiler {
    ops: Vec<Op>,
    builtins: Vec<Function>,
    scopes: Vec<Scope>,
    scope_count: u32,
    depth: usize,
}

impl Compiler {
    fn add(&mut self, op: Op) -> Pc {
        self.ops.push(op);
        self.ops.len() - 1
    }

    fn reserve(&mut self) -> Pc {
        self.add(Op::Nop)
    }

    fn set(&mut self, at: Pc, op: Op) {
        if let Some(slot) = self.ops.get_mut(at) {
            *slot = op;
        }
    }

    fn here(&self) -> Pc {
        self.ops.len()
    }

    fn new_scope(&mut self) -> Scope {
        let id = self.scope_count;
        self.scope_count += 1;
        Scope { id, ..Scope::default() }
    }

    /// The scope being compiled; there always is one.
    fn scope(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    fn create(&mut self, name: &str) -> Var {
        let scope = self.scope();
        let var = Var { scope: scope.id, slot: scope.slots };
        scope.slots += 1;
        let depth = scope.depth;
        scope.variables.push(Variable { name: name.to_owned(), var, depth });
        var
    }

    fn fresh(&mut self) -> Var {
        self.create("")
    }

    /// A variable of that name in this block, made if it is not there.
    fn declare(&mut self, name: &str) -> Var {
        let scope = self.scope();
        let depth = scope.depth;
        match scope.variables.iter().find(|v| v.name == name && v.depth == depth) {
            Some(variable) => variable.var,
            None => self.create(name),
        }
    }

    fn variable(&self, name: &str) -> Option<Var> {
        self.scopes.iter().rev().find_map(|scope| scope.variables.iter().rev().find(|v| v.name == name)).map(|v| v.var)
    }

    /// Names made inside end with the block.
    fn block<T>(&mut self, compile: impl FnOnce(&mut Self) -> Compiled<T>) -> Compiled<T> {
        let scope = self.scope();
        let (variables, functions) = (scope.variables.len(), scope.functions.len());
        scope.depth += 1;
        let compiled = compile(self);
        let scope = self.scope();
        scope.depth -= 1;
        scope.variables.truncate(variables);
        scope.functions.truncate(functions);
        compiled
    }

    fn native(&mut self, run: NativeFn, args: u8, step: Step) {
        self.add(Op::Native(run, args, step));
    }

    fn query(&mut self, query: &Query) -> Compiled<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(LangError::limit("the query nests too deeply"));
        }
        let compiled = self.query_inner(query);
        self.depth -= 1;
        compiled
    }

    fn query_inner(&mut self, query: &Query) -> Compiled<()> {
        match query {
            Query::Defs(defs, body) => {
                for def in defs {
                    self.define(def)?;
                }
                self.query(body)
            }
            Query::Missing => Err(LangError::compile(0, "missing query (try \".\")")),
            Query::Term(term) => self.term(term),
            Query::Pipe(left, right) => {
                self.query(left)?;
                self.query(right)
            }
            Query::Bind { source, patterns, body } => self.bind(source, patterns, body),
            Query::Comma(left, right) => {
                let fork = self.reserve();
                self.query(left)?;
                let jump = self.reserve();
                self.set(fork, Op::Fork(jump + 1));
                self.query(right)?;
                let end = self.here();
                self.set(jump, Op::Jump(end));
                Ok(())
            }
            Query::Alternative(left, right) => self.alternative(left, right),
            Query::Update(left, op, right) => self.update(left, *op, right),
            Query::And(left, right) => self.logic(left, right, false),
            Query::Or(left, right) => self.logic(left, right, true),
            Query::Binary(left, op, right) => {
                let run = functions::operator(*op);
                self.native_call(run, &[left, right], functions::operator_step(*op))
            }
        }
    }

    /// `a // b`: the true outputs of `a`, or `b` if there are none.
    fn alternative(&mut self, left: &Query, right: &Query) -> Compiled<()> {
        self.add(Op::Push(V::Bool(false)));
        let found = self.fresh();
        self.add(Op::Store(found));
        let fork = self.reserve();
        self.query(left)?;
        self.add(Op::Dup);
        let skip = self.reserve();
        self.add(Op::Push(V::Bool(true)));
        self.add(Op::Store(found));
        let jump = self.reserve();
        let pop = self.add(Op::Pop);
        self.set(skip, Op::JumpUnless(pop));
        self.add(Op::Backtrack);
        let second = self.add(Op::Load(found));
        self.set(fork, Op::Fork(second));
        let here = self.here();
        self.add(Op::JumpUnless(here + 2));
        self.add(Op::Backtrack);
        self.query(right)?;
        let end = self.here();
        self.set(jump, Op::Jump(end));
        Ok(())
    }

    /// `and`, `or`: a condition on both sides, outputs are booleans.
    fn logic(&mut self, left: &Query, right: &Query, or: bool) -> Compiled<()> {
        self.add(Op::Dup);
        self.add(Op::ExpBegin);
        self.block(|c| c.query(left))?;
        self.add(Op::ExpEnd);
        let first = self.reserve();
        let mut to_end = Vec::new();
        if or {
            self.add(Op::Const(V::Bool(true)));
            to_end.push(self.reserve());
            let here = self.here();
            self.set(first, Op::JumpUnless(here));
        }
        self.add(Op::Dup);
        self.add(Op::ExpBegin);
        self.block(|c| c.query(right))?;
        self.add(Op::ExpEnd);
        let second = self.reserve();
        self.add(Op::Const(V::Bool(true)));
        to_end.push(self.reserve());
        let no = self.add(Op::Const(V::Bool(false)));
        self.set(second, Op::JumpUnless(no));
        if !or {
            self.set(first, Op::JumpUnless(no));
        }
        let end = self.here();
        for jump in to_end {
            self.set(jump, Op::Jump(end));
        }
        Ok(())
    }

    fn update(&mut self, left: &Query, op: UpdateOp, right: &Query) -> Compiled<()> {
        match op {
            UpdateOp::Assign => self.call_builtin("_assign", &[left, right]),
            UpdateOp::Modify => self.call_builtin("_modify", &[left, right]),
            UpdateOp::Arithmetic(_) | UpdateOp::Alternative => {
                self.add(Op::Dup);
                self.query(right)?;
                let operand = self.declare("$%0");
                self.add(Op::Store(operand));
                let (function, step) = match op {
                    UpdateOp::Arithmetic(op) => (functions::operator(op), functions::operator_step(op)),
                    _ => (functions::alternative as NativeFn, Step::None),
                };
                let pc = self.builtin("_modify", 2)?.ok_or_else(|| LangError::compile(0, "function not defined: _modify/2"))?;
                // The function that is applied: `. op $operand`.
                let start = self.lambda(|c| {
                    let input = c.fresh();
                    c.add(Op::Store(input));
                    c.add(Op::Load(operand));
                    c.add(Op::Load(input));
                    c.add(Op::Load(input));
                    c.native(function, 2, step);
                    Ok(())
                })?;
                self.call_closures(pc, &[Argument::Query(left), Argument::Lambda(start)])
            }
        }
    }

    fn define(&mut self, def: &FuncDef) -> Compiled<()> {
        let jump = self.reserve();
        let pc = self.here();
        self.scope().functions.push(Function { name: def.name.clone(), pc, args: def.args.len() });
        let scope = self.new_scope();
        self.scopes.push(scope);
        let compiled = self.function(def);
        self.scopes.pop();
        compiled?;
        let end = self.here();
        self.set(jump, Op::Jump(end));
        Ok(())
    }

    /// The code of a function whose scope is on top.
    fn function(&mut self, def: &FuncDef) -> Compiled<()> {
        let start = self.reserve();
        if !def.args.is_empty() {
            let input = self.fresh();
            self.add(Op::Store(input));
            let mut values = Vec::new();
            for arg in &def.args {
                let plain = arg.strip_prefix('$');
                let var = self.create(plain.unwrap_or(arg));
                self.add(Op::Store(var));
                if plain.is_some() {
                    values.push((arg, var));
                }
            }
            for (name, closure) in values {
                self.add(Op::Load(input));
                self.add(Op::ExpBegin);
                self.add(Op::Load(closure));
                self.add(Op::CallClosure);
                let var = self.declare(name);
                self.add(Op::Store(var));
                self.add(Op::ExpEnd);
            }
            self.add(Op::Load(input));
        }
        self.query(&def.body)?;
        self.add(Op::Return);
        let scope = self.scope();
        let (id, variables) = (scope.id, scope.slots);
        let args = u32::try_from(def.args.len()).unwrap_or(u32::MAX);
        self.set(start, Op::Scope { id, variables, args });
        Ok(())
    }

    /// Code without a name, jumped over where it stands; its place.
    fn lambda(&mut self, compile: impl FnOnce(&mut Self) -> Compiled<()>) -> Compiled<Pc> {
        let jump = self.reserve();
        let scope = self.new_scope();
        self.scopes.push(scope);
        let start = self.reserve();
        let compiled = compile(self);
        self.add(Op::Return);
        let scope = self.scopes.pop().unwrap_or_default();
        self.set(start, Op::Scope { id: scope.id, variables: scope.slots, args: 0 });
        let end = self.here();
        self.set(jump, Op::Jump(end));
        compiled.map(|()| start)
    }

    /// Calls of a function by itself in last place reuse its frame.
    fn tail_calls(&mut self) {
        let mut open: Vec<(Pc, bool, u32)> = Vec::new();
        for at in 0..self.ops.len() {
            match self.ops.get(at) {
                Some(Op::Scope { variables, args, .. }) => open.push((at, *variables == 0, *args)),
                Some(Op::Return) => {
                    open.pop();
                }
                Some(Op::Call(target)) => {
                    let target = *target;
                    if let Some((start, bare, 0)) = open.last()
                        && *start == target
                        && self.returns(at + 1)
                    {
                        let op = if *bare { Op::Jump(target + 1) } else { Op::CallAgain(target) };
                        self.set(at, op);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether nothing but jumps lies between here and a return.
    fn returns(&self, mut at: Pc) -> bool {
        for _ in 0..self.ops.len() {
            match self.ops.get(at) {
                Some(Op::Jump(target)) => at = *target,
                Some(Op::Return) => return true,
                _ => return false,
            }
        }
        false
    }
}

/// An argument of a function written in jq.
enum Argument<'q> {
    Query(&'q Query),
    /// Code that is there already.
    Lambda(Pc),
}
