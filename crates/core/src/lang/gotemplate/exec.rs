//! Running a template: `text/template/exec.go`.

use super::{
    MissingKey,
    env::Env,
    function::{Fault, Function, Run, Ty},
    node::{Arg, Branch, Command, Node, Number, Operand, Pipe},
    parse::Trees,
};
use crate::{
    Error, Result,
    lang::gofmt::{Elem, MAX_TEXT, Text, Value, sprint_bytes, time::Time},
};

/// How deep templates may call one another.
const MAX_CALLS: usize = 200;

/// The trees that a run can see: its own first, then those of the template around a `tpl`.
pub(super) struct Scope<'t> {
    pub(super) trees: &'t Trees,
    pub(super) text: &'t str,
    pub(super) parent: Option<&'t Scope<'t>>,
}

impl<'t> Scope<'t> {
    fn lookup(&'t self, name: &str) -> Option<(&'t [Node], &'t str)> {
        let own = self.trees.get(name).map(|list| (list.as_slice(), self.text));
        match (own, self.parent) {
            (Some((list, _)), Some(parent)) if super::node::is_empty(list) => parent.lookup(name).or(own),
            (None, Some(parent)) => parent.lookup(name),
            _ => own,
        }
    }
}

/// What an error is about: prints as its node.
#[derive(Clone, Copy)]
enum Place<'t> {
    None,
    Pipe(&'t Pipe),
    Arg(&'t Arg),
    Command(&'t Command),
    Name(usize, &'t str),
}

enum Flow {
    Next,
    Break,
    Continue,
}

struct Exec<'t> {
    scope: &'t Scope<'t>,
    text: &'t str,
    name: String,
    env: &'t Env,
    missing: MissingKey,
    out: Vec<u8>,
    variables: Vec<(&'t str, Value)>,
    place: Place<'t>,
    depth: usize,
}

/// Runs the tree named `base`.
pub(super) fn execute<'t>(scope: &'t Scope<'t>, env: &'t Env, missing: MissingKey, data: &Value) -> Result<Vec<u8>> {
    let list: &[Node] = scope.trees.get("base").map_or(&[], Vec::as_slice);
    let mut exec = Exec {
        scope,
        text: scope.text,
        name: "base".into(),
        env,
        missing,
        out: Vec::new(),
        variables: vec![("$", data.clone())],
        place: Place::None,
        depth: 0,
    };
    exec.walk(data, list)?;
    Ok(exec.out)
}

impl<'t> Exec<'t> {
    fn fail(&self, message: impl std::fmt::Display) -> Error {
        let (at, node) = match self.place {
            Place::None => return Error::upstream(format!("template: {}: {message}", self.name)),
            Place::Pipe(pipe) => (pipe.at, pipe.to_string()),
            Place::Arg(arg) => (arg.at, arg.to_string()),
            Place::Command(command) => (command.args.first().map_or(0, |arg| arg.at), command.to_string()),
            Place::Name(at, name) => (at, format!("{{{{template {name:?}}}}}")),
        };
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = 1 + before.bytes().filter(|b| *b == b'\n').count();
        let column = before.rfind('\n').map_or(at, |newline| at - newline - 1);
        Error::upstream(format!("template: base:{line}:{column}: executing {:?} at <{node}>: {message}", self.name))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.out.len() + bytes.len() > MAX_TEXT {
            return Err(Error::limit("the template's text is too long"));
        }
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn walk(&mut self, dot: &Value, list: &'t [Node]) -> Result<Flow> {
        for node in list {
            self.env.step(1)?;
            let flow = self.statement(dot, node)?;
            if !matches!(flow, Flow::Next) {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, dot: &Value, node: &'t Node) -> Result<Flow> {
        match node {
            Node::Text(text) => self.write(text)?,
            Node::Action(pipe) => {
                let value = self.pipeline(dot, pipe)?;
                if pipe.declared.is_empty() {
                    self.print(&value)?;
                }
            }
            Node::If(branch) => return self.branch(dot, branch, false),
            Node::With(branch) => return self.branch(dot, branch, true),
            Node::Range(branch) => return self.range(dot, branch),
            Node::Template { at, name, pipe } => self.template(dot, *at, name, pipe.as_ref())?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn print(&mut self, value: &Value) -> Result<()> {
        if value.is_nil_interface() {
            return self.write(b"<no value>");
        }
        let mut out = std::mem::take(&mut self.out);
        let printed = sprint_bytes(value, &mut out);
        self.out = out;
        if printed.is_err() || self.out.len() > MAX_TEXT {
            return Err(Error::limit("a value is too large to print"));
        }
        Ok(())
    }

    fn branch(&mut self, dot: &Value, branch: &'t Branch, with: bool) -> Result<Flow> {
        let mark = self.variables.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let flow = if value.truth() {
            self.walk(if with { &value } else { dot }, &branch.list)
        } else if let Some(otherwise) = &branch.otherwise {
            self.walk(dot, otherwise)
        } else {
            Ok(Flow::Next)
        };
        self.variables.truncate(mark);
        flow
    }

    fn range(&mut self, dot: &Value, branch: &'t Branch) -> Result<Flow> {
        let outer = self.variables.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let ran = match &value {
            Value::Int(_) | Value::Int64(_) | Value::Uint8(_) | Value::Uint64(_) => self.range_integer(&value, branch)?,
            Value::List(list) => {
                for index in 0..list.len() {
                    let Some(item) = list.get(index) else { break };
                    if self.iterate(branch, Value::Int(index as i64), item)? {
                        break;
                    }
                }
                !list.is_empty()
            }
            Value::Map(map) => {
                for (key, item) in map.to_vec() {
                    if self.iterate(branch, Value::Str(key), item)? {
                        break;
                    }
                }
                !map.is_empty()
            }
            Value::Invalid | Value::Nil => false,
            Value::Foreign(foreign) if foreign.integer().is_some() => {
                let value = Value::Int64(foreign.integer().unwrap_or(0));
                self.range_integer(&value, branch)?
            }
            other => return Err(self.fail(format!("range can't iterate over {}", other.to_text()))),
        };
        let flow = match (&branch.otherwise, ran) {
            (Some(otherwise), false) => self.walk(dot, otherwise)?,
            _ => Flow::Next,
        };
        self.variables.truncate(outer);
        Ok(flow)
    }

    fn range_integer(&mut self, value: &Value, branch: &'t Branch) -> Result<bool> {
        if branch.pipe.declared.len() > 1 {
            return Err(self.fail(format!("can't use {} to iterate over more than one variable", value.to_text())));
        }
        let (count, make): (u64, fn(u64) -> Value) = match value {
            Value::Int(v) => (u64::try_from(*v).unwrap_or(0), |i| Value::Int(i as i64)),
            Value::Int64(v) => (u64::try_from(*v).unwrap_or(0), |i| Value::Int64(i as i64)),
            Value::Uint8(v) => (u64::from(*v), |i| Value::Uint8(i as u8)),
            Value::Uint64(v) => (*v, Value::Uint64),
            _ => (0, Value::Uint64),
        };
        for index in 0..count {
            if self.iterate(branch, Value::Invalid, make(index))? {
                break;
            }
        }
        Ok(count > 0)
    }

    /// One round; true when the loop is to end.
    fn iterate(&mut self, branch: &'t Branch, index: Value, item: Value) -> Result<bool> {
        self.env.step(1)?;
        let pipe = &branch.pipe;
        let mark = self.variables.len();
        match (pipe.declared.as_slice(), pipe.assign) {
            ([], _) => {}
            ([only], true) => self.set_variable(only, item.clone())?,
            ([first, second, ..], true) => {
                self.set_variable(first, index)?;
                self.set_variable(second, item.clone())?;
            }
            (declared, false) => {
                self.set_top(1, item.clone());
                if declared.len() > 1 {
                    self.set_top(2, index);
                }
            }
        }
        let flow = self.walk(&item, &branch.list);
        self.variables.truncate(mark);
        Ok(matches!(flow?, Flow::Break))
    }

    fn set_top(&mut self, from_end: usize, value: Value) {
        let at = self.variables.len().saturating_sub(from_end);
        if let Some(variable) = self.variables.get_mut(at) {
            variable.1 = value;
        }
    }

    fn set_variable(&mut self, name: &str, value: Value) -> Result<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some(variable) => {
                variable.1 = value;
                Ok(())
            }
            None => Err(self.fail(format!("undefined variable: {name}"))),
        }
    }

    fn template(&mut self, dot: &Value, at: usize, name: &'t str, pipe: Option<&'t Pipe>) -> Result<()> {
        self.place = Place::Name(at, name);
        let Some((list, text)) = self.scope.lookup(name) else {
            return Err(self.fail(format!("template {name:?} not defined")));
        };
        if self.depth >= MAX_CALLS {
            return Err(Error::limit("the templates call one another too deeply"));
        }
        let dot = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Value::Invalid,
        };
        let variables = std::mem::replace(&mut self.variables, vec![("$", dot.clone())]);
        let outer_name = std::mem::replace(&mut self.name, name.to_owned());
        let outer_text = std::mem::replace(&mut self.text, text);
        self.depth += 1;
        self.walk(&dot, list)?;
        self.depth -= 1;
        self.variables = variables;
        self.name = outer_name;
        self.text = outer_text;
        Ok(())
    }

    fn pipeline(&mut self, dot: &Value, pipe: &'t Pipe) -> Result<Value> {
        self.place = Place::Pipe(pipe);
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value)?.unwrapped());
        }
        let value = value.unwrap_or(Value::Invalid);
        for name in &pipe.declared {
            if pipe.assign {
                self.set_variable(name, value.clone())?;
            } else {
                self.variables.push((name.as_str(), value.clone()));
            }
        }
        Ok(value)
    }

    fn command(&mut self, dot: &Value, command: &'t Command, last: Option<Value>) -> Result<Value> {
        let Some(first) = command.args.first() else { return Ok(Value::Invalid) };
        match &first.operand {
            Operand::Field(fields) => {
                self.place = Place::Arg(first);
                self.chain(dot, dot.clone(), first, fields, Some(&command.args), last)
            }
            Operand::Chain { of, fields } => {
                self.place = Place::Arg(first);
                let receiver = self.receiver(dot, of, first)?;
                self.chain(dot, receiver, first, fields, Some(&command.args), last)
            }
            Operand::Function(function) => {
                self.place = Place::Arg(first);
                self.call(dot, function, Place::Command(command), &command.args, last)
            }
            Operand::Pipe(pipe) => {
                self.not_a_function(&command.args, last.as_ref())?;
                self.pipeline(dot, pipe)
            }
            Operand::Variable { name, fields } => {
                self.place = Place::Arg(first);
                let value = self.variable(name)?;
                if fields.is_empty() {
                    self.not_a_function(&command.args, last.as_ref())?;
                    return Ok(value);
                }
                self.chain(dot, value, first, fields, Some(&command.args), last)
            }
            operand => {
                self.place = Place::Arg(first);
                self.not_a_function(&command.args, last.as_ref())?;
                match operand {
                    Operand::Bool(value) => Ok(Value::Bool(*value)),
                    Operand::Dot => Ok(dot.clone()),
                    Operand::Number(number) => self.constant(number),
                    Operand::Str { text, .. } => Ok(Value::Str(text.clone())),
                    _ => Err(self.fail("nil is not a command")),
                }
            }
        }
    }

    fn not_a_function(&self, args: &[Arg], last: Option<&Value>) -> Result<()> {
        match args.first() {
            Some(first) if args.len() > 1 || last.is_some() => Err(self.fail(format!("can't give argument to non-function {first}"))),
            _ => Ok(()),
        }
    }

    fn variable(&self, name: &str) -> Result<Value> {
        match self.variables.iter().rev().find(|(known, _)| *known == name) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(self.fail(format!("undefined variable: {name}"))),
        }
    }

    fn constant(&self, number: &Number) -> Result<Value> {
        if let Some((real, imaginary)) = number.complex {
            return Ok(Value::Complex(real, imaginary));
        }
        let text = number.text.as_str();
        let hex = text.len() > 2 && (text.starts_with("0x") || text.starts_with("0X")) && !text.contains(['p', 'P']);
        let rune = text.starts_with('\'');
        match number {
            Number { float: Some(float), .. } if !hex && !rune && text.contains(['.', 'e', 'E', 'p', 'P']) => Ok(Value::Float(*float)),
            Number { int: Some(int), .. } => Ok(Value::Int(*int)),
            Number { uint: Some(_), .. } => Err(self.fail(format!("{text} overflows int"))),
            _ => Ok(Value::Invalid),
        }
    }

    /// What a chain such as `(index . "a").b` starts from.
    fn receiver(&mut self, dot: &Value, of: &'t Arg, chain: &'t Arg) -> Result<Value> {
        if matches!(of.operand, Operand::Nil) {
            return Err(self.fail(format!("indirection through explicit nil in {chain}")));
        }
        self.argument(dot, Ty::Reflect, of)
    }

    fn chain(
        &mut self,
        dot: &Value,
        receiver: Value,
        node: &'t Arg,
        fields: &'t [Text],
        args: Option<&'t [Arg]>,
        last: Option<Value>,
    ) -> Result<Value> {
        let mut receiver = receiver;
        let mut boxed = false;
        let Some((final_field, before)) = fields.split_last() else { return Ok(receiver) };
        for field in before {
            let next = self.field(dot, field, node, None, None, &receiver, boxed)?;
            boxed = !matches!(&receiver, Value::Map(map) if map.strings);
            receiver = next;
        }
        self.field(dot, final_field, node, args, last, &receiver, boxed)
    }

    #[allow(clippy::too_many_arguments)]
    fn field(
        &mut self,
        dot: &Value,
        name: &Text,
        node: &'t Arg,
        args: Option<&'t [Arg]>,
        last: Option<Value>,
        receiver: &Value,
        boxed: bool,
    ) -> Result<Value> {
        let has_args = args.is_some_and(|args| args.len() > 1) || last.is_some();
        match receiver {
            Value::Invalid if self.missing == MissingKey::Error => {
                Err(self.fail(format!("nil data; no entry for key {:?}", name.to_lossy())))
            }
            Value::Invalid => Ok(Value::Invalid),
            Value::Nil => Err(self.fail(format!("nil pointer evaluating interface {{}}.{}", name.to_lossy()))),
            Value::Map(map) => {
                if has_args {
                    return Err(self.fail(format!("{} is not a method but has arguments", name.to_lossy())));
                }
                match map.get(name.as_bytes()) {
                    Some(value) => Ok(value),
                    None => match self.missing {
                        MissingKey::Default => Ok(Value::Invalid),
                        MissingKey::Zero => Ok(map.zero()),
                        MissingKey::Error => Err(self.fail(format!("map has no entry for key {:?}", name.to_lossy()))),
                    },
                }
            }
            Value::Foreign(foreign) => {
                let foreign = foreign.clone();
                let mut values = Vec::new();
                for arg in args.unwrap_or_default().iter().skip(1) {
                    values.push(self.argument(dot, Ty::Any, arg)?);
                }
                values.extend(last);
                let name = name.to_lossy();
                self.place = Place::Arg(node);
                match foreign.call(&name, &values) {
                    Some(Ok(value)) => Ok(value),
                    Some(Err(message)) => Err(self.fail(format!("error calling {name}: {message}"))),
                    None => Err(self.fail(format!("can't evaluate field {name} in type {}", foreign.type_name()))),
                }
            }
            other => {
                let ty = if boxed { "interface {}".to_owned() } else { other.type_name() };
                Err(self.fail(format!("can't evaluate field {} in type {ty}", name.to_lossy())))
            }
        }
    }

    fn call(&mut self, dot: &Value, function: &'static Function, node: Place<'t>, args: &'t [Arg], last: Option<Value>) -> Result<Value> {
        self.env.step(1)?;
        let args = args.get(1..).unwrap_or_default();
        let count = args.len() + usize::from(last.is_some());
        let fixed = function.params.len();
        if function.rest.is_some() {
            if count < fixed {
                return Err(self.fail(format!("wrong number of args for {}: want at least {fixed} got {}", function.name, args.len())));
            }
        } else if count != fixed {
            return Err(self.fail(format!("wrong number of args for {}: want {fixed} got {count}", function.name)));
        }
        if matches!(function.run, Run::And | Run::Or) {
            return self.decide(dot, matches!(function.run, Run::Or), args, last);
        }
        let ty = |index: usize| function.params.get(index).copied().or(function.rest).unwrap_or(Ty::Any);
        let mut values = Vec::with_capacity(count);
        for (index, arg) in args.iter().enumerate() {
            values.push(self.argument(dot, ty(index), arg)?);
        }
        if let Some(last) = last {
            values.push(self.validate(last, ty(args.len()))?);
        }
        let outcome = match &function.run {
            Run::Native(run) => run(self.env, &values),
            Run::Tpl => self.tpl(&values),
            _ => Err(match values.first() {
                Some(value) if !value.is_nil_interface() => {
                    let called = args.first().map_or_else(String::new, ToString::to_string);
                    Fault::Call(format!("non-function {called} of type {}", value.type_name()))
                }
                _ => Fault::from("call of nil"),
            }),
        };
        match outcome {
            Ok(value) => Ok(value),
            Err(Fault::Refused(error)) => Err(error),
            Err(Fault::Call(message)) => {
                self.place = node;
                Err(self.fail(format!("error calling {}: {message}", function.name)))
            }
        }
    }

    fn decide(&mut self, dot: &Value, or: bool, args: &'t [Arg], last: Option<Value>) -> Result<Value> {
        let mut value = Value::Invalid;
        for arg in args {
            value = self.argument(dot, Ty::Reflect, arg)?;
            if value.truth() == or {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    /// Argo CD's `tpl`: a text as a template with the same functions, options and definitions.
    fn tpl(&mut self, values: &[Value]) -> Result<Value, Fault> {
        let [Value::Str(text), value] = values else { return Err("tpl wants a text and a value".into()) };
        let depth = self.env.tpl_depth.get() + 1;
        if depth > 3 {
            return Err("maximum recursion depth 3 exceeded in tpl function".into());
        }
        let text = text.to_lossy();
        let trees = super::parse::parse("base", &text).map_err(|error| {
            if error.code == "limit" {
                Fault::Refused(error)
            } else {
                Fault::Call(format!("cannot parse template {text:?}: {}", error.message))
            }
        })?;
        self.env.tpl_depth.set(depth);
        let scope = Scope { trees: &trees, text: &text, parent: Some(self.scope) };
        let result = execute(&scope, self.env, self.missing, &value.clone().unwrapped());
        self.env.tpl_depth.set(depth - 1);
        match result {
            Ok(bytes) => {
                let text = super::convert::replace(&bytes, b"<no value>", b"");
                Ok(Value::text(text))
            }
            Err(error) if error.code == "upstream" => {
                Err(Fault::Call(format!("error during tpl function execution for {text:?}: {}", error.message)))
            }
            Err(error) => Err(Fault::Refused(error)),
        }
    }

    fn argument(&mut self, dot: &Value, ty: Ty, arg: &'t Arg) -> Result<Value> {
        self.place = Place::Arg(arg);
        let value = match &arg.operand {
            Operand::Dot => dot.clone(),
            Operand::Nil => {
                return ty.nil().ok_or_else(|| self.fail(format!("cannot assign nil to {}", ty.name())));
            }
            Operand::Field(fields) => self.chain(dot, dot.clone(), arg, fields, None, None)?,
            Operand::Variable { name, fields } => {
                let value = self.variable(name)?;
                self.chain(dot, value, arg, fields, None, None)?
            }
            Operand::Pipe(pipe) => self.pipeline(dot, pipe)?,
            Operand::Function(function) => self.call(dot, function, Place::Arg(arg), &[], None)?,
            Operand::Chain { of, fields } => {
                let receiver = self.receiver(dot, of, arg)?;
                self.chain(dot, receiver, arg, fields, None, None)?
            }
            literal => return self.literal(ty, arg, literal),
        };
        self.validate(value, ty)
    }

    fn literal(&mut self, ty: Ty, arg: &Arg, literal: &Operand) -> Result<Value> {
        let number = if let Operand::Number(number) = literal { Some(number) } else { None };
        match ty {
            Ty::Any | Ty::Reflect => match literal {
                Operand::Bool(value) => Ok(Value::Bool(*value)),
                Operand::Str { text, .. } => Ok(Value::Str(text.clone())),
                _ => number.map_or(Ok(Value::Invalid), |number| self.constant(number)),
            },
            Ty::Bool => match literal {
                Operand::Bool(value) => Ok(Value::Bool(*value)),
                _ => Err(self.fail(format!("expected bool; found {arg}"))),
            },
            Ty::Str => match literal {
                Operand::Str { text, .. } => Ok(Value::Str(text.clone())),
                _ => Err(self.fail(format!("expected string; found {arg}"))),
            },
            Ty::Int => match number.and_then(|number| number.int) {
                Some(int) => Ok(Value::Int(int)),
                None => Err(self.fail(format!("expected integer; found {arg}"))),
            },
            Ty::Uint32 => match number.and_then(|number| number.uint) {
                Some(uint) => Ok(Value::Uint64(uint & 0xffff_ffff)),
                None => Err(self.fail(format!("expected unsigned integer; found {arg}"))),
            },
            Ty::Float => match number.and_then(|number| number.float) {
                Some(float) => Ok(Value::Float(float)),
                None => Err(self.fail(format!("expected float; found {arg}"))),
            },
            Ty::Map | Ty::List | Ty::Time => Err(self.fail(format!("can't handle {arg} for arg of type {}", ty.name()))),
        }
    }

    fn validate(&self, value: Value, ty: Ty) -> Result<Value> {
        if matches!(value, Value::Invalid) {
            return ty.nil().ok_or_else(|| self.fail(format!("invalid value; expected {}", ty.name())));
        }
        let fits = match (&value, ty) {
            (_, Ty::Any | Ty::Reflect) | (Value::Str(_), Ty::Str) | (Value::Int(_), Ty::Int) | (Value::Float(_), Ty::Float) => true,
            (Value::Bool(_), Ty::Bool) => true,
            (Value::Map(map), Ty::Map) => !map.strings,
            (Value::List(list), Ty::List) => list.elem == Elem::Any,
            (Value::Foreign(foreign), Ty::Time) => foreign.as_any().is::<Time>(),
            _ => false,
        };
        if fits {
            return Ok(value);
        }
        let got = if matches!(value, Value::Nil) { "interface {}".to_owned() } else { value.type_name() };
        Err(self.fail(format!("wrong type for value; expected {}; got {got}", ty.name())))
    }
}

/// Calls `seen` for every operand of some trees.
fn visit(trees: &Trees, seen: &mut impl FnMut(&Operand)) {
    fn list(nodes: &[Node], seen: &mut impl FnMut(&Operand)) {
        for node in nodes {
            match node {
                Node::Action(pipe) | Node::Template { pipe: Some(pipe), .. } => commands(pipe, seen),
                Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                    commands(&branch.pipe, seen);
                    list(&branch.list, seen);
                    list(branch.otherwise.as_deref().unwrap_or_default(), seen);
                }
                _ => {}
            }
        }
    }
    fn commands(pipe: &Pipe, seen: &mut impl FnMut(&Operand)) {
        pipe.commands.iter().flat_map(|command| &command.args).for_each(|arg| operand(arg, seen));
    }
    fn operand(arg: &Arg, seen: &mut impl FnMut(&Operand)) {
        seen(&arg.operand);
        match &arg.operand {
            Operand::Pipe(pipe) => commands(pipe, seen),
            Operand::Chain { of, .. } => operand(of, seen),
            _ => {}
        }
    }
    trees.values().for_each(|nodes| list(nodes, seen));
}

/// Whether some trees call functions of time or chance, or `tpl`, which may.
pub(super) fn is_volatile(trees: &Trees) -> bool {
    let mut found = false;
    visit(trees, &mut |operand| {
        if let Operand::Function(function) = operand {
            found |= function.volatile || matches!(function.run, Run::Tpl);
        }
    });
    found
}

/// Whether some trees hand the dot or the root on as a whole, or call `tpl`.
pub(super) fn reads_all(trees: &Trees) -> bool {
    let mut found = false;
    visit(trees, &mut |operand| {
        found |= match operand {
            Operand::Dot => true,
            Operand::Variable { name, fields } => name == "$" && fields.is_empty(),
            Operand::Function(function) => matches!(function.run, Run::Tpl),
            _ => false,
        };
    });
    found
}

/// The field paths that some trees read, from the dot or the root.
pub(super) fn fields(trees: &Trees) -> Vec<String> {
    let mut found = std::collections::BTreeSet::new();
    visit(trees, &mut |operand| {
        let fields = match operand {
            Operand::Field(fields) => fields,
            Operand::Variable { name, fields } if name == "$" => fields,
            _ => return,
        };
        let path: Vec<_> = fields.iter().map(Text::to_lossy).collect();
        if !path.is_empty() {
            found.insert(path.join("."));
        }
    });
    found.into_iter().collect()
}
