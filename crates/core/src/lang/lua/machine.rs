//! Runs statements.

use std::rc::Rc;

use super::ast::{Block, Bytes, Call, Expr, Proto, Statement, Target, Upvalue};
use super::library::{self, Builtin};
use super::value::{Closure, Heap, Table, Value};
use super::{Limits, LuaError};

/// gopher-lua's default call stack.
const CALLS: usize = 250;

pub(super) type Ran<T> = Result<T, LuaError>;

/// The state of one run.
#[derive(Debug)]
pub(super) struct Machine<'l> {
    pub(super) heap: Heap,
    pub(super) globals: usize,
    /// Whether the libraries are among the globals: that is put off until it can be told.
    opened: bool,
    /// Metatable of all strings, once the string library is open.
    pub(super) strings: Option<usize>,
    limits: &'l Limits,
    steps: u64,
    bytes: usize,
    depth: usize,
    /// The line of the statement or expression at work, for errors raised by builtins.
    pub(super) line: u32,
    /// How the running builtin was named at its call.
    pub(super) callee: Bytes,
    /// Whether the whole standard library is open.
    pub(super) open_libs: bool,
    pub(super) now: Option<i64>,
}

/// A running function.
pub(super) struct Frame<'p> {
    slots: Vec<Value>,
    pub(super) varargs: Vec<Value>,
    upvalues: Rc<[usize]>,
    proto: &'p Proto,
}

/// How a block ended.
enum Flow {
    Next,
    Break,
    Goto(Bytes),
    Return(Vec<Value>),
}

impl<'l> Machine<'l> {
    pub(super) fn new(limits: &'l Limits, open_libs: bool, now: Option<i64>) -> Self {
        let mut heap = Heap::default();
        let globals = heap.table();
        let callee = b"?"[..].into();
        let mut machine =
            Self { heap, globals, opened: false, strings: None, limits, steps: 0, bytes: 0, depth: 0, line: 0, callee, open_libs, now };
        if open_libs {
            machine.open();
        }
        machine
    }

    fn open(&mut self) {
        self.opened = true;
        library::open(self);
    }

    /// The table of the globals.
    pub(super) fn globals(&mut self) -> Option<&mut Table> {
        self.heap.tables.get_mut(self.globals)
    }

    /// A global, nil when there is none.
    pub(super) fn global(&mut self, name: &Bytes) -> Value {
        let key = Value::Text(Rc::clone(name));
        let find = |machine: &mut Self| machine.globals().map(|globals| globals.get(&key)).unwrap_or_default();
        let found = find(self);
        if self.opened || !found.is_nil() {
            return found;
        }
        match library::base(name) {
            Some(builtin) => Value::Builtin(builtin),
            None if library::is_opened(name) => {
                self.open();
                find(self)
            }
            None => found,
        }
    }

    fn set_global(&mut self, name: &Bytes, value: Value) {
        if !self.opened && value.is_nil() {
            self.open();
        }
        if let Some(globals) = self.globals() {
            globals.set(&Value::Text(Rc::clone(name)), value);
        }
    }

    pub(super) fn error<T>(&self, message: impl std::fmt::Display) -> Ran<T> {
        Err(LuaError::text(format!("<string>:{}: {message}", self.line)))
    }

    pub(super) fn step(&mut self) -> Ran<()> {
        self.steps += 1;
        if self.steps > self.limits.steps { self.error("context deadline exceeded") } else { Ok(()) }
    }

    /// Counts memory that a program asks for in one go.
    pub(super) fn charge(&mut self, bytes: usize) -> Ran<()> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > self.limits.bytes { self.error("context deadline exceeded") } else { Ok(()) }
    }

    pub(super) fn run(&mut self, proto: Rc<Proto>) -> Ran<Vec<Value>> {
        self.heap.closures.push(Closure { proto, upvalues: Rc::from([]) });
        let main = Value::Closure(self.heap.closures.len() - 1);
        self.call(&main, Vec::new(), b"main chunk"[..].into())
    }

    /// Calls a value; `name` is how the call site names it.
    pub(super) fn call(&mut self, function: &Value, arguments: Vec<Value>, name: Bytes) -> Ran<Vec<Value>> {
        self.step()?;
        if self.depth >= CALLS {
            return self.error("stack overflow");
        }
        self.depth += 1;
        let result = match function {
            Value::Closure(at) => match self.heap.closures.get(*at).cloned() {
                Some(closure) => self.enter(&closure, arguments),
                None => self.error("attempt to call a non-function object"),
            },
            Value::Builtin(builtin) => self.builtin(*builtin, arguments, name),
            other => match self.metamethod(other, "__call") {
                Value::Nil => self.error("attempt to call a non-function object"),
                handler => {
                    let mut all = vec![other.clone()];
                    all.extend(arguments);
                    self.call(&handler, all, name)
                }
            },
        };
        self.depth -= 1;
        result
    }

    fn builtin(&mut self, builtin: Builtin, arguments: Vec<Value>, name: Bytes) -> Ran<Vec<Value>> {
        let outer = std::mem::replace(&mut self.callee, name);
        let result = library::call(self, builtin, arguments);
        self.callee = outer;
        result
    }

    fn enter(&mut self, closure: &Closure, mut arguments: Vec<Value>) -> Ran<Vec<Value>> {
        let proto = Rc::clone(&closure.proto);
        let varargs = if proto.vararg && arguments.len() > proto.parameters { arguments.split_off(proto.parameters) } else { Vec::new() };
        arguments.truncate(proto.parameters);
        arguments.resize(proto.parameters, Value::Nil);
        let mut frame =
            Frame { slots: vec![Value::Nil; proto.captured.len()], varargs, upvalues: Rc::clone(&closure.upvalues), proto: &proto };
        for (slot, argument) in arguments.into_iter().enumerate() {
            self.bind(&mut frame, slot, argument);
        }
        let line = self.line;
        let flow = self.block(&mut frame, &proto.body)?;
        self.line = line;
        Ok(match flow {
            Flow::Return(values) => values,
            _ => Vec::new(),
        })
    }

    /// Gives a fresh local its value.
    fn bind(&mut self, frame: &mut Frame<'_>, slot: usize, value: Value) {
        let captured = frame.proto.captured.get(slot).copied().unwrap_or(false);
        let value = if captured {
            self.heap.cells.push(value);
            Value::Cell(self.heap.cells.len() - 1)
        } else {
            value
        };
        if let Some(place) = frame.slots.get_mut(slot) {
            *place = value;
        }
    }

    pub(super) fn read(&self, frame: &Frame<'_>, slot: usize) -> Value {
        match frame.slots.get(slot) {
            Some(Value::Cell(cell)) => self.heap.cells.get(*cell).cloned().unwrap_or_default(),
            Some(value) => value.clone(),
            None => Value::Nil,
        }
    }

    fn write(&mut self, frame: &mut Frame<'_>, slot: usize, value: Value) {
        match frame.slots.get_mut(slot) {
            Some(Value::Cell(cell)) => {
                if let Some(place) = self.heap.cells.get_mut(*cell) {
                    *place = value;
                }
            }
            Some(place) => *place = value,
            None => {}
        }
    }

    pub(super) fn upvalue(&self, frame: &Frame<'_>, index: usize) -> Value {
        frame.upvalues.get(index).and_then(|cell| self.heap.cells.get(*cell)).cloned().unwrap_or_default()
    }

    pub(super) fn closure(&mut self, frame: &mut Frame<'_>, proto: &Rc<Proto>) -> Value {
        let upvalues = proto
            .upvalues
            .iter()
            .map(|place| match place {
                Upvalue::Slot(slot) => match frame.slots.get(*slot) {
                    Some(Value::Cell(cell)) => *cell,
                    // A local that is captured before it was bound: a jump went around its declaration.
                    _ => {
                        self.bind(frame, *slot, Value::Nil);
                        self.heap.cells.len() - 1
                    }
                },
                Upvalue::Outer(index) => frame.upvalues.get(*index).copied().unwrap_or(0),
            })
            .collect();
        self.heap.closures.push(Closure { proto: Rc::clone(proto), upvalues });
        Value::Closure(self.heap.closures.len() - 1)
    }

    fn block(&mut self, frame: &mut Frame<'_>, block: &Block) -> Ran<Flow> {
        let mut at = 0;
        while let Some(statement) = block.statements.get(at) {
            at += 1;
            match self.statement(frame, statement)? {
                Flow::Next => {}
                Flow::Goto(label) => match block.labels.iter().find(|(name, _)| *name == label) {
                    Some((_, target)) => at = *target,
                    None => return Ok(Flow::Goto(label)),
                },
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, frame: &mut Frame<'_>, statement: &Statement) -> Ran<Flow> {
        self.step()?;
        match statement {
            Statement::Local { slots, values } => {
                let values = self.values(frame, values, slots.len())?;
                for (slot, value) in slots.iter().zip(values) {
                    self.bind(frame, *slot, value);
                }
            }
            Statement::LocalFunction { slot, function } => {
                self.bind(frame, *slot, Value::Nil);
                let closure = self.closure(frame, function);
                self.write(frame, *slot, closure);
            }
            Statement::Assign { targets, values } => self.assign(frame, targets, values)?,
            Statement::Call(call) => {
                self.call_expr(frame, call)?;
            }
            Statement::Do(body) => return self.block(frame, body),
            Statement::If { arms, otherwise } => {
                for (condition, body) in arms {
                    if self.expr(frame, condition)?.truthy() {
                        return self.block(frame, body);
                    }
                }
                if let Some(body) = otherwise {
                    return self.block(frame, body);
                }
            }
            Statement::While { condition, body, line } => {
                while self.expr(frame, condition)?.truthy() {
                    self.line = *line;
                    self.step()?;
                    if let Some(flow) = ends_loop(self.block(frame, body)?) {
                        return Ok(flow);
                    }
                }
            }
            Statement::Repeat { body, condition, line } => loop {
                self.line = *line;
                self.step()?;
                if let Some(flow) = ends_loop(self.block(frame, body)?) {
                    return Ok(flow);
                }
                if self.expr(frame, condition)?.truthy() {
                    break;
                }
            },
            Statement::NumericFor { slot, start, limit, step, body, line } => {
                return self.numeric_for(frame, (*slot, start, limit, step.as_ref()), body, *line);
            }
            Statement::GenericFor { slots, values, body, line } => return self.generic_for(frame, slots, values, body, *line),
            Statement::Return(values) => {
                if let [Expr::Call(call)] = values.as_slice() {
                    return self.call_expr(frame, call).map(Flow::Return);
                }
                return self.all_values(frame, values).map(Flow::Return);
            }
            Statement::Break => return Ok(Flow::Break),
            Statement::Goto(label) => return Ok(Flow::Goto(Rc::clone(label))),
        }
        Ok(Flow::Next)
    }

    fn numeric_for(&mut self, frame: &mut Frame<'_>, header: (usize, &Expr, &Expr, Option<&Expr>), body: &Block, line: u32) -> Ran<Flow> {
        let (slot, start, limit, step) = header;
        let start = self.expr(frame, start)?;
        let limit = self.expr(frame, limit)?;
        let step = step.map_or(Ok(Value::Number(1.0)), |step| self.expr(frame, step))?;
        self.line = line;
        let Some(mut at) = start.as_number() else { return self.error("for statement init must be a number") };
        let Value::Number(limit) = limit else { return self.error("for statement limit must be a number") };
        let Value::Number(step) = step else { return self.error("for statement step must be a number") };
        while if step > 0.0 { at <= limit } else { at >= limit } {
            self.step()?;
            self.bind(frame, slot, Value::Number(at));
            if let Some(flow) = ends_loop(self.block(frame, body)?) {
                return Ok(flow);
            }
            at += step;
        }
        Ok(Flow::Next)
    }

    fn generic_for(&mut self, frame: &mut Frame<'_>, slots: &[usize], values: &[Expr], body: &Block, line: u32) -> Ran<Flow> {
        let mut header = self.values(frame, values, 3)?.into_iter();
        let (function, state, mut control) =
            (header.next().unwrap_or_default(), header.next().unwrap_or_default(), header.next().unwrap_or_default());
        loop {
            self.line = line;
            let results = self.call(&function, vec![state.clone(), control], b"?"[..].into())?;
            control = results.first().cloned().unwrap_or_default();
            if control.is_nil() {
                return Ok(Flow::Next);
            }
            let mut results = results.into_iter();
            for slot in slots {
                let value = results.next().unwrap_or_default();
                self.bind(frame, *slot, value);
            }
            if let Some(flow) = ends_loop(self.block(frame, body)?) {
                return Ok(flow);
            }
        }
    }

    fn assign(&mut self, frame: &mut Frame<'_>, targets: &[Target], values: &[Expr]) -> Ran<()> {
        if let ([target], [value]) = (targets, values) {
            if let Target::Index { object, key, line } = target {
                let object = self.expr(frame, object)?;
                let key = self.expr(frame, key)?;
                let value = self.expr(frame, value)?;
                self.line = *line;
                return self.set_index(&object, &key, value);
            }
            let value = self.expr(frame, value)?;
            return self.store(frame, target, value);
        }
        let mut places = Vec::new();
        for target in targets {
            places.push(match target {
                Target::Index { object, key, .. } => Some((self.expr(frame, object)?, self.expr(frame, key)?)),
                _ => None,
            });
        }
        let values = self.values(frame, values, targets.len())?;
        for ((target, place), value) in targets.iter().zip(places).zip(values).rev() {
            match (target, place) {
                (Target::Index { line, .. }, Some((object, key))) => {
                    self.line = *line;
                    self.set_index(&object, &key, value)?;
                }
                _ => self.store(frame, target, value)?,
            }
        }
        Ok(())
    }

    fn store(&mut self, frame: &mut Frame<'_>, target: &Target, value: Value) -> Ran<()> {
        match target {
            Target::Slot(slot) => self.write(frame, *slot, value),
            Target::Upvalue(index) => {
                if let Some(place) = frame.upvalues.get(*index).and_then(|cell| self.heap.cells.get_mut(*cell)) {
                    *place = value;
                }
            }
            Target::Global(name) => self.set_global(name, value),
            Target::Index { .. } => {}
        }
        Ok(())
    }

    pub(super) fn call_expr(&mut self, frame: &mut Frame<'_>, call: &Call) -> Ran<Vec<Value>> {
        let callee = self.expr(frame, &call.function)?;
        let (function, mut arguments) = match &call.method {
            Some(method) => {
                self.line = call.line;
                (self.index(&callee, &Value::Text(Rc::clone(method)))?, vec![callee])
            }
            None => (callee, Vec::new()),
        };
        arguments.extend(self.all_values(frame, &call.arguments)?);
        self.line = call.line;
        let results = self.call(&function, arguments, Rc::clone(&call.name))?;
        self.line = call.line;
        Ok(results)
    }

    /// Every value of a list: the last expression may give several.
    pub(super) fn all_values(&mut self, frame: &mut Frame<'_>, list: &[Expr]) -> Ran<Vec<Value>> {
        let mut values = Vec::with_capacity(list.len());
        for (at, expr) in list.iter().enumerate() {
            match expr {
                Expr::Call(call) if at + 1 == list.len() => values.extend(self.call_expr(frame, call)?),
                Expr::Vararg if at + 1 == list.len() => values.extend(frame.varargs.iter().cloned()),
                expr => values.push(self.expr(frame, expr)?),
            }
        }
        Ok(values)
    }

    fn values(&mut self, frame: &mut Frame<'_>, list: &[Expr], count: usize) -> Ran<Vec<Value>> {
        let mut values = self.all_values(frame, list)?;
        values.resize(count, Value::Nil);
        Ok(values)
    }
}

fn ends_loop(flow: Flow) -> Option<Flow> {
    match flow {
        Flow::Next => None,
        Flow::Break => Some(Flow::Next),
        other => Some(other),
    }
}
