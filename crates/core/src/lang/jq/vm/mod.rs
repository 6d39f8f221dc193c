//! The machine: a stack of values, a stack of calls, a stack of paths, and forks to come back to.

mod paths;
mod stack;

use std::sync::Arc;

use super::code::{Code, NativeFn, Op, Pc, Step, Var};
use super::error::JqError;
use super::functions::{self, Context};
use super::value::{Arr, Obj, V};
use crate::lang::Limits;
use paths::Followed;
use stack::{Saved, Stack};

/// Entries of any one stack.
const MAX_STACK: usize = 3_000_000;

/// What the value stack and the variables hold.
#[derive(Debug, Clone, Default)]
enum Slot {
    #[default]
    Empty,
    Value(V),
    /// Code and the frame it was written in.
    Closure(Pc, usize),
    Label(u64),
    /// What is left of an array, an object or a range.
    Items(Arc<Arr>, usize),
    Members(Arc<Obj>, usize),
    Range(Box<(V, V, V)>),
}

impl Slot {
    fn value(self) -> V {
        match self {
            Self::Value(value) => value,
            _ => V::Null,
        }
    }
}

/// A call in progress.
#[derive(Debug, Clone, Copy)]
struct Frame {
    scope: u32,
    /// Where its variables start.
    offset: usize,
    back: Pc,
    /// The caller's frame.
    caller: usize,
    /// The frame of the function it was written in.
    outer: usize,
}

/// A place to come back to.
#[derive(Debug, Clone, Copy)]
struct Fork {
    pc: Pc,
    stack: Saved,
    frames: Saved,
    paths: Saved,
    offset: usize,
    aside: usize,
}

/// What an instruction asks for.
enum Flow {
    Next,
    Go(Pc),
    Backtrack,
    Done(V),
}

const NO_FRAME: usize = usize::MAX;

/// How a scope is entered: where to return to, and the frame that is its outer one.
#[derive(Clone, Copy)]
struct Entry {
    back: Option<Pc>,
    frame: usize,
}

/// One run of a program.
pub(super) struct Machine<'c> {
    code: &'c Code,
    pub(super) context: Context<'c>,
    stack: Stack<Slot>,
    frames: Stack<Frame>,
    paths: Stack<Followed>,
    forks: Vec<Fork>,
    variables: Vec<Slot>,
    /// Where the next frame's variables go.
    offset: usize,
    /// How deep we are in code whose paths do not count.
    aside: usize,
    label: u64,
    entry: Entry,
    steps: u64,
    started: bool,
}

impl<'c> Machine<'c> {
    pub(super) fn new(code: &'c Code, input: V, limits: &Limits, now: f64) -> Self {
        let mut stack = Stack::new();
        stack.push(Slot::Value(input));
        Self {
            code,
            context: Context { shared: &code.context, output: limits.output, now },
            stack,
            frames: Stack::new(),
            paths: Stack::new(),
            forks: Vec::new(),
            variables: Vec::new(),
            offset: 0,
            aside: 0,
            label: 0,
            entry: Entry { back: Some(code.ops.len()), frame: NO_FRAME },
            steps: limits.steps,
            started: false,
        }
    }

    /// The next output.
    pub(super) fn next(&mut self) -> Option<Result<V, JqError>> {
        let mut error: Option<JqError> = None;
        let mut pc: Pc = 0;
        let mut back = self.started;
        self.started = true;
        if back {
            pc = self.pop_fork()?;
        }
        loop {
            let flow = if back { self.resume(pc, &mut error) } else { self.step(pc) };
            back = false;
            match flow {
                Ok(Flow::Next) => pc += 1,
                Ok(Flow::Go(to)) => pc = to,
                Ok(Flow::Done(value)) => return Some(Ok(value)),
                Ok(Flow::Backtrack) => back = true,
                Err(raised) => {
                    error = Some(raised);
                    back = true;
                }
            }
            if back {
                match self.pop_fork() {
                    Some(to) => pc = to,
                    None => return error.map(Err),
                }
            }
        }
    }

    fn push(&mut self, value: V) {
        self.stack.push(Slot::Value(value));
    }

    fn pop(&mut self) -> V {
        self.stack.take().unwrap_or_default().value()
    }

    fn fork(&mut self, pc: Pc) {
        let fork = Fork {
            pc,
            stack: self.stack.save(),
            frames: self.frames.save(),
            paths: self.paths.save(),
            offset: self.offset,
            aside: self.aside,
        };
        self.forks.push(fork);
    }

    fn pop_fork(&mut self) -> Option<Pc> {
        let fork = self.forks.pop()?;
        self.stack.restore(fork.stack);
        self.frames.restore(fork.frames);
        self.paths.restore(fork.paths);
        self.offset = fork.offset;
        self.aside = fork.aside;
        Some(fork.pc)
    }

    /// The place of a variable, seen from the current frame.
    fn place(&self, var: Var) -> Option<usize> {
        let mut at = self.frames.index();
        while let Some(frame) = self.frames.get(at) {
            if frame.scope == var.scope {
                return Some(frame.offset + var.slot as usize);
            }
            at = frame.outer;
        }
        None
    }

    fn variable(&mut self, var: Var) -> Option<&mut Slot> {
        let place = self.place(var)?;
        self.variables.get_mut(place)
    }

    fn load(&mut self, var: Var) -> Slot {
        self.variable(var).map(|slot| slot.clone()).unwrap_or_default()
    }

    fn store(&mut self, var: Var, value: Slot) {
        if let Some(slot) = self.variable(var) {
            *slot = value;
        }
    }

    /// Pays for an instruction, or for values that were copied.
    fn spend(&mut self, cost: usize) -> Result<(), JqError> {
        self.steps = self.steps.saturating_sub(cost as u64);
        let stacks = [self.stack.len(), self.frames.len(), self.paths.len(), self.forks.len(), self.variables.len() / 2];
        if self.steps == 0 || stacks.iter().any(|len| *len > MAX_STACK) {
            self.forks.clear();
            return Err(JqError::limit("JQ patch execution timed out (too many steps)"));
        }
        Ok(())
    }

    /// Runs the instruction that a fork came back to.
    fn resume(&mut self, pc: Pc, error: &mut Option<JqError>) -> Result<Flow, JqError> {
        self.spend(1)?;
        let code = self.code;
        match (code.ops.get(pc), error.take()) {
            (Some(Op::Fork(to)), None) => Ok(Flow::Go(*to)),
            (Some(Op::TryBegin(_)), Some(JqError::Passing(inner))) => Err(*inner),
            (Some(Op::TryBegin(to)), Some(raised @ (JqError::Message(_) | JqError::Value(_)))) => {
                self.pop();
                self.push(match raised {
                    JqError::Value(value) => value,
                    other => V::string(other.text()),
                });
                Ok(Flow::Go(*to))
            }
            (Some(Op::TryEnd), Some(raised)) => Err(match raised {
                limit @ JqError::Limit(_) => limit,
                other => JqError::Passing(Box::new(other)),
            }),
            (Some(Op::ForkAlternative(to)), Some(raised)) if !matches!(raised, JqError::Limit(_)) => Ok(Flow::Go(*to)),
            (Some(Op::Label(_)), raised) => {
                let label = self.stack.take();
                match (raised, label) {
                    (Some(JqError::Break(to, _)), Some(Slot::Label(label))) if to == label => Ok(Flow::Backtrack),
                    (Some(raised), _) => Err(raised),
                    (None, _) => Ok(Flow::Backtrack),
                }
            }
            (Some(Op::Iterate), None) => self.iterate(pc, true),
            (_, Some(raised)) => Err(raised),
            (_, None) => Ok(Flow::Backtrack),
        }
    }

    fn step(&mut self, pc: Pc) -> Result<Flow, JqError> {
        self.spend(1)?;
        let code = self.code;
        let Some(op) = code.ops.get(pc) else { return Ok(Flow::Backtrack) };
        match op {
            Op::Nop => {}
            Op::Push(value) => self.push(value.clone()),
            Op::Pop => {
                self.stack.take();
            }
            Op::Dup => {
                let top = self.stack.top().cloned().unwrap_or_default();
                self.stack.push(top);
            }
            Op::Const(value) => {
                self.stack.take();
                self.push(value.clone());
            }
            Op::Load(var) => {
                let slot = self.load(*var);
                self.stack.push(slot);
            }
            Op::Store(var) => {
                let slot = self.stack.take().unwrap_or_default();
                self.store(*var, slot);
            }
            Op::Fork(_) | Op::TryBegin(_) | Op::TryEnd | Op::ForkAlternative(_) => self.fork(pc),
            Op::Backtrack => return Ok(Flow::Backtrack),
            Op::Jump(to) => return Ok(Flow::Go(*to)),
            Op::JumpUnless(to) => {
                if !self.pop().truthy() {
                    return Ok(Flow::Go(*to));
                }
            }
            Op::ExpBegin => self.aside += 1,
            Op::ExpEnd => self.aside = self.aside.saturating_sub(1),
            Op::Call(_) | Op::CallAgain(_) | Op::PushClosure(_) | Op::CallClosure | Op::Scope { .. } | Op::Return => {
                return self.call(op, pc);
            }
            Op::Iterate => return self.iterate(pc, false),
            _ => self.data(op, pc)?,
        }
        Ok(Flow::Next)
    }

    /// Instructions that make and change values.
    fn data(&mut self, op: &Op, pc: Pc) -> Result<(), JqError> {
        match op {
            Op::Object(count) => self.object(*count)?,
            Op::Append(var) => self.append(*var)?,
            Op::Label(var) => {
                let label = self.label;
                self.label += 1;
                self.stack.push(Slot::Label(label));
                self.fork(pc);
                self.stack.pop();
                self.store(*var, Slot::Label(label));
            }
            Op::Break(var, name) => {
                let label = match self.load(*var) {
                    Slot::Label(label) => label,
                    _ => u64::MAX,
                };
                return Err(JqError::Break(label, name.as_ref().into()));
            }
            Op::Index(key) => {
                let value = self.pop();
                let found = functions::index_value(&value, key)?;
                self.push(found.clone());
                self.follow(&value, || key.clone(), &found)?;
            }
            Op::IndexArray(index) => {
                let value = self.pop();
                if !matches!(value, V::Null | V::Arr(_)) {
                    return Err(JqError::expected("an array", &value));
                }
                let key = V::Int(*index);
                let found = functions::index_value(&value, &key)?;
                self.push(found.clone());
                self.follow(&value, || key, &found)?;
            }
            Op::Native(run, args, step) => self.native(*run, *args, *step)?,
            Op::Range => {
                self.pop();
                let (from, to, by) = (self.pop(), self.pop(), self.pop());
                if let Some(bad) = [&from, &to, &by].into_iter().find(|v| !v.is_number()) {
                    return Err(JqError::cannot("range", bad));
                }
                self.stack.push(Slot::Range(Box::new((from, to, by))));
            }
            Op::PathBegin => self.begin_path(),
            Op::PathEnd => self.end_path()?,
            Op::SetPath(value, path) => {
                let new = self.pop();
                let path = self.load(*path).value();
                let old = self.variable(*value).map(std::mem::take).unwrap_or_default().value();
                let changed = functions::set_path(old, &path, new)?;
                self.store(*value, Slot::Value(changed));
            }
            _ => {}
        }
        Ok(())
    }

    fn object(&mut self, count: usize) -> Result<(), JqError> {
        let mut pairs = Vec::with_capacity(count);
        for _ in 0..count {
            let (value, key) = (self.pop(), self.pop());
            match key {
                V::Str(key) => pairs.push((key, value)),
                other => return Err(JqError::expected("a string for object key", &other)),
            }
        }
        let mut obj = Obj { members: Vec::with_capacity(count), depth: 1 };
        // The last of equal keys wins; they came off the stack last first.
        for (key, value) in pairs.into_iter().rev() {
            obj.insert(key, value);
        }
        let object = V::object(obj)?;
        self.push(object);
        Ok(())
    }

    fn append(&mut self, var: Var) -> Result<(), JqError> {
        let item = self.pop();
        let depth = item.depth() + 1;
        if depth > 1_000 {
            return Err(JqError::limit("the value nests too deeply"));
        }
        if let Some(Slot::Value(V::Arr(arr))) = self.variable(var) {
            let arr = Arr::owned(arr);
            arr.items.push(item);
            arr.depth = arr.depth.max(depth);
        }
        Ok(())
    }

    fn native(&mut self, run: NativeFn, count: u8, step: Step) -> Result<(), JqError> {
        let input = self.pop();
        let mut args = [V::Null, V::Null, V::Null];
        for arg in args.iter_mut().take(usize::from(count)) {
            *arg = self.pop();
        }
        let args = args.get(..usize::from(count)).unwrap_or_default();
        if matches!(step, Step::Whole | Step::Operands) {
            let looked_at = args.iter().chain((step == Step::Whole).then_some(&input));
            // What is no container costs no more than the instruction.
            let weights = looked_at.map(|value| value.weight(self.steps) - 1);
            let whole = weights.fold(0, u64::saturating_add);
            self.spend(usize::try_from(whole).unwrap_or(usize::MAX))?;
        }
        let followed = (step == Step::GetPath && self.follows()).then(|| input.clone());
        let result = run(&mut self.context, input, args)?;
        self.spend(match &result {
            V::Arr(arr) => arr.items.len(),
            V::Obj(obj) => obj.members.len(),
            V::Str(text) => text.len() / 8,
            _ => 0,
        })?;
        self.push(result.clone());
        if !self.follows() {
            return Ok(());
        }
        match (step, args) {
            (Step::Index, [value, key]) => self.follow(value, || key.clone(), &result),
            (Step::Slice, [value, end, start]) => {
                let key = || V::record([("start", start.clone()), ("end", end.clone())]);
                self.follow(value, key, &result)
            }
            (Step::GetPath, [V::Arr(path)]) => self.follow_path(&followed.unwrap_or(V::Null), &path.items, &result),
            _ => Ok(()),
        }
    }

    fn call(&mut self, op: &Op, pc: Pc) -> Result<Flow, JqError> {
        match op {
            Op::Call(to) => {
                self.entry = Entry { back: Some(pc), frame: self.frames.index() };
                return Ok(Flow::Go(*to));
            }
            Op::CallAgain(to) => {
                self.entry = Entry { back: None, frame: self.frames.index() };
                return Ok(Flow::Go(*to));
            }
            Op::PushClosure(to) => {
                let frame = self.frames.index();
                self.stack.push(Slot::Closure(*to, frame));
            }
            Op::CallClosure => {
                if let Some(Slot::Closure(to, frame)) = self.stack.take() {
                    self.entry = Entry { back: Some(pc), frame };
                    return Ok(Flow::Go(to));
                }
            }
            Op::Scope { id, variables, .. } => self.enter(*id, *variables as usize),
            _ => {
                let back = self.leave();
                if self.frames.is_empty() {
                    return Ok(Flow::Done(self.pop()));
                }
                return Ok(Flow::Go(back + 1));
            }
        }
        Ok(Flow::Next)
    }

    fn enter(&mut self, id: u32, variables: usize) {
        let Entry { back, frame } = self.entry;
        let current = self.frames.index();
        let (back, caller) = match back {
            Some(back) => (back, current),
            // The frame of the call that is repeated makes room for the new one.
            None => {
                let old = self.frames.top().copied();
                let back = self.leave();
                (back, old.map_or(NO_FRAME, |old| old.caller))
            }
        };
        let outer = match self.frames.get(frame) {
            Some(written_in) if written_in.scope == id => written_in.outer,
            _ => frame,
        };
        self.frames.push(Frame { scope: id, offset: self.offset, back, caller, outer });
        self.offset += variables;
        if self.offset > self.variables.len() {
            self.variables.resize(self.offset * 2, Slot::Empty);
        }
    }

    /// Drops the current frame; where it returns to.
    fn leave(&mut self) -> Pc {
        let free = self.frames.top_is_free();
        let Some(frame) = self.frames.pop() else { return 0 };
        if free {
            self.offset = frame.offset;
        }
        self.frames.set_index(frame.caller);
        frame.back
    }

    fn iterate(&mut self, pc: Pc, resumed: bool) -> Result<Flow, JqError> {
        let source = self.stack.take().unwrap_or_default();
        let follows = self.follows();
        let (key, value, rest) = match source {
            Slot::Value(V::Arr(arr)) => {
                if follows && !resumed {
                    self.check_iterated(&V::Arr(Arc::clone(&arr)))?;
                }
                let Some(first) = arr.items.first().cloned() else { return Ok(Flow::Backtrack) };
                let rest = (arr.items.len() > 1).then_some(Slot::Items(arr, 1));
                (V::Int(0), first, rest)
            }
            Slot::Items(arr, at) => {
                let Some(item) = arr.items.get(at).cloned() else { return Ok(Flow::Backtrack) };
                let rest = (at + 1 < arr.items.len()).then(|| Slot::Items(arr, at + 1));
                (V::size(at), item, rest)
            }
            Slot::Value(V::Obj(obj)) => {
                if follows && !resumed {
                    self.check_iterated(&V::Obj(Arc::clone(&obj)))?;
                }
                let Some((key, value)) = obj.members.first().cloned() else { return Ok(Flow::Backtrack) };
                let rest = (obj.members.len() > 1).then_some(Slot::Members(obj, 1));
                (V::Str(key), value, rest)
            }
            Slot::Members(obj, at) => {
                let Some((key, value)) = obj.members.get(at).cloned() else { return Ok(Flow::Backtrack) };
                let rest = (at + 1 < obj.members.len()).then(|| Slot::Members(obj, at + 1));
                (V::Str(key), value, rest)
            }
            Slot::Range(range) => {
                let Some((value, rest)) = functions::range(*range) else { return Ok(Flow::Backtrack) };
                self.stack.push(Slot::Range(Box::new(rest)));
                self.fork(pc);
                self.stack.pop();
                self.push(value);
                return Ok(Flow::Next);
            }
            other => {
                let value = other.value();
                return Err(JqError::message(format!("cannot iterate over: {}", super::error::typed(&value))));
            }
        };
        if let Some(rest) = rest {
            self.stack.push(rest);
            self.fork(pc);
            self.stack.pop();
        }
        self.push(value.clone());
        if follows {
            self.paths.push(Followed::Step(key, value));
        }
        Ok(Flow::Next)
    }
}
