//! Calls: of the query's own functions, of builtins written in jq, of native functions.

use super::{Argument, Compiled, Compiler, Function, builtins};
use crate::lang::LangError;
use crate::lang::jq::ast::Query;
use crate::lang::jq::code::{NativeFn, Op, Pc, Step};
use crate::lang::jq::functions::{self, Native};
use crate::lang::jq::value::{Obj, V};

fn undefined(name: &str, args: usize) -> LangError {
    LangError { offset: None, ..LangError::compile(0, format!("function not defined: {name}/{args}")) }
}

fn find(functions: &[Function], name: &str, args: usize) -> Option<Pc> {
    functions.iter().rev().find(|f| f.args == args && f.name == name).map(|f| f.pc)
}

impl Compiler {
    /// A call by name.
    pub(super) fn func(&mut self, name: &str, args: &[Query]) -> Compiled<()> {
        let refs: Vec<&Query> = args.iter().collect();
        if args.is_empty() {
            if self.name_without_args(name)? {
                return Ok(());
            }
        } else if let Some(pc) = self.scopes.iter().rev().find_map(|scope| find(&scope.functions, name, args.len())) {
            return self.call(pc, &refs);
        }
        self.call_builtin(name, &refs)
    }

    /// Functions, parameters and variables; inner scopes first.
    fn name_without_args(&mut self, name: &str) -> Compiled<bool> {
        let is_value = name.starts_with('$');
        for index in (0..self.scopes.len()).rev() {
            let Some(scope) = self.scopes.get(index) else { continue };
            if !is_value && let Some(pc) = find(&scope.functions, name, 0) {
                self.call(pc, &[])?;
                return Ok(true);
            }
            if let Some(var) = scope.variables.iter().rev().find(|v| v.name == name).map(|v| v.var) {
                if is_value {
                    self.add(Op::Pop);
                    self.add(Op::Load(var));
                } else {
                    self.add(Op::Load(var));
                    self.add(Op::CallClosure);
                }
                return Ok(true);
            }
        }
        if name == "$ENV" || name == "env" {
            self.add(Op::Const(V::Obj(std::sync::Arc::new(Obj { members: Vec::new(), depth: 1 }))));
            return Ok(true);
        }
        if is_value {
            return Err(LangError { offset: None, ..LangError::compile(0, format!("variable not defined: {name}")) });
        }
        Ok(false)
    }

    /// A builtin: compiled already, written in jq, put together here, or native.
    pub(super) fn call_builtin(&mut self, name: &str, args: &[&Query]) -> Compiled<()> {
        if let Some(pc) = self.builtin(name, args.len())? {
            return self.call(pc, args);
        }
        match (name, args) {
            ("empty", []) => {
                self.add(Op::Backtrack);
                return Ok(());
            }
            ("path", [path]) => {
                self.add(Op::PathBegin);
                let input = self.fresh();
                self.add(Op::Store(input));
                self.add(Op::Load(input));
                self.block(|c| c.query(path))?;
                self.add(Op::Load(input));
                self.add(Op::PathEnd);
                return Ok(());
            }
            ("input", []) => {
                return Err(LangError { offset: None, ..LangError::compile(0, "input(s)/0 is not allowed") });
            }
            ("_range", [_, _, _]) => {
                self.arguments(args, Step::None)?;
                self.add(Op::Range);
                self.add(Op::Iterate);
                return Ok(());
            }
            _ => {}
        }
        match functions::native(name, args.len()) {
            Some(Native { run, step }) => self.native_call(run, args, step),
            None => Err(undefined(name, args.len())),
        }
    }

    /// The place of a builtin that is written in jq or put together here.
    pub(super) fn builtin(&mut self, name: &str, args: usize) -> Compiled<Option<Pc>> {
        if let Some(pc) = find(&self.builtins, name, args) {
            return Ok(Some(pc));
        }
        let special = matches!((name, args), ("_modify" | "_assign", 2) | ("_last", 1));
        let def = builtins::definition(name, args);
        if def.is_none() && !special {
            return Ok(None);
        }
        let jump = self.reserve();
        let pc = self.here();
        self.builtins.push(Function { name: name.to_owned(), pc, args });
        let scope = self.new_scope();
        // Builtins see each other and nothing else.
        let outer = std::mem::replace(&mut self.scopes, vec![scope]);
        let compiled = match def {
            Some(def) => self.function(def),
            None => self.special(name),
        };
        self.scopes = outer;
        compiled?;
        let end = self.here();
        self.set(jump, Op::Jump(end));
        Ok(Some(pc))
    }

    fn special(&mut self, name: &str) -> Compiled<()> {
        let start = self.reserve();
        let args = match name {
            "_assign" => self.assign(),
            "_modify" => self.modify(),
            _ => self.last(),
        };
        let scope = self.scope();
        let (id, variables) = (scope.id, scope.slots);
        self.set(start, Op::Scope { id, variables, args });
        Ok(())
    }

    /// `_assign(p; $x)`: every path of `p` gets the value, for each value.
    fn assign(&mut self) -> u32 {
        let [input, paths, value, current, path] = [(); 5].map(|()| self.fresh());
        for var in [input, paths, value] {
            self.add(Op::Store(var));
        }
        self.add(Op::Load(input));
        self.add(Op::ExpBegin);
        self.add(Op::Load(value));
        self.add(Op::CallClosure);
        self.add(Op::Store(value));
        self.add(Op::ExpEnd);
        self.add(Op::Load(input));
        let fork = self.reserve();
        self.add(Op::Dup);
        self.add(Op::Store(current));
        self.add(Op::PathBegin);
        self.add(Op::Load(paths));
        self.add(Op::CallClosure);
        self.add(Op::Load(current));
        self.add(Op::PathEnd);
        self.add(Op::Store(path));
        self.add(Op::Load(value));
        self.add(Op::SetPath(current, path));
        self.add(Op::Backtrack);
        let done = self.add(Op::Pop);
        self.set(fork, Op::Fork(done));
        self.add(Op::Load(current));
        self.add(Op::Return);
        2
    }

    /// `_modify(p; f)`: every path gets the first output of `f`; where there is none, it is deleted.
    fn modify(&mut self) -> u32 {
        let [current, path, update, deleted, label] = [(); 5].map(|()| self.fresh());
        for var in [current, path, update] {
            self.add(Op::Store(var));
        }
        self.add(Op::Push(V::flat(Vec::new())));
        self.add(Op::Store(deleted));
        self.add(Op::Load(current));
        let outer = self.reserve();
        self.add(Op::PathBegin);
        self.add(Op::Load(path));
        self.add(Op::CallClosure);
        self.add(Op::Load(current));
        self.add(Op::PathEnd);
        self.add(Op::Store(path));
        self.add(Op::Label(label));
        self.add(Op::Load(current));
        let nothing = self.reserve();
        self.add(Op::Pop);
        self.add(Op::Load(path));
        self.add(Op::Load(current));
        self.native(functions::getpath, 1, Step::GetPath);
        self.add(Op::Load(update));
        self.add(Op::CallClosure);
        self.add(Op::SetPath(current, path));
        self.add(Op::Load(current));
        let again = self.reserve();
        let skip = self.reserve();
        // Only the first output counts.
        let leave = self.add(Op::Break(label, "".into()));
        self.set(again, Op::Fork(leave));
        let delete = self.add(Op::Load(path));
        self.set(nothing, Op::Fork(delete));
        self.add(Op::Append(deleted));
        let next = self.add(Op::Backtrack);
        self.set(skip, Op::Jump(next));
        let done = self.add(Op::Pop);
        self.set(outer, Op::Fork(done));
        self.add(Op::Load(deleted));
        self.add(Op::Load(current));
        self.native(functions::delpaths, 1, Step::None);
        self.add(Op::Return);
        2
    }

    /// `_last(f)`: the last output, or nothing.
    fn last(&mut self) -> u32 {
        let [value, source, missing] = [(); 3].map(|()| self.fresh());
        self.add(Op::Store(value));
        self.add(Op::Store(source));
        self.add(Op::Push(V::Bool(true)));
        self.add(Op::Store(missing));
        self.add(Op::Load(value));
        let fork = self.reserve();
        self.add(Op::Load(source));
        self.add(Op::CallClosure);
        self.add(Op::Store(value));
        self.add(Op::Push(V::Bool(false)));
        self.add(Op::Store(missing));
        self.add(Op::Backtrack);
        let done = self.add(Op::Pop);
        self.set(fork, Op::Fork(done));
        self.add(Op::Load(missing));
        let here = self.here();
        self.add(Op::JumpUnless(here + 2));
        self.add(Op::Backtrack);
        self.add(Op::Load(value));
        self.add(Op::Return);
        1
    }

    fn call(&mut self, pc: Pc, args: &[&Query]) -> Compiled<()> {
        if args.is_empty() {
            self.add(Op::Call(pc));
            return Ok(());
        }
        let args: Vec<Argument<'_>> = args.iter().map(|query| Argument::Query(query)).collect();
        self.call_closures(pc, &args)
    }

    pub(super) fn call_closures(&mut self, pc: Pc, args: &[Argument<'_>]) -> Compiled<()> {
        let input = self.fresh();
        self.add(Op::Store(input));
        for arg in args.iter().rev() {
            let start = match arg {
                Argument::Lambda(start) => *start,
                Argument::Query(query) => self.lambda(|c| c.query(query))?,
            };
            self.add(Op::PushClosure(start));
        }
        self.add(Op::Load(input));
        self.add(Op::Call(pc));
        Ok(())
    }

    /// Arguments on the stack, the last one in the outer loop, and the input on top.
    fn arguments(&mut self, args: &[&Query], step: Step) -> Compiled<()> {
        if args.is_empty() {
            return Ok(());
        }
        // What indexes is computed aside; the value that is indexed is followed.
        let aside = match step {
            Step::None | Step::Whole | Step::Operands => None,
            Step::Index | Step::Slice => Some(1),
            Step::GetPath => Some(0),
        };
        let input = self.fresh();
        self.add(Op::Store(input));
        if aside.is_some() {
            self.add(Op::ExpBegin);
        }
        for (index, arg) in args.iter().enumerate().rev() {
            self.add(Op::Load(input));
            self.block(|c| c.query(arg))?;
            if aside == Some(index) {
                self.add(Op::ExpEnd);
            }
        }
        if aside.is_some_and(|aside| aside > 0) {
            self.add(Op::Push(V::Null));
        } else {
            self.add(Op::Load(input));
        }
        Ok(())
    }

    pub(super) fn native_call(&mut self, run: NativeFn, args: &[&Query], step: Step) -> Compiled<()> {
        self.arguments(args, step)?;
        self.native(run, u8::try_from(args.len()).unwrap_or(u8::MAX), step);
        Ok(())
    }
}
