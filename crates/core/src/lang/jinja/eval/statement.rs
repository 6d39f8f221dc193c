//! Statements.

use std::rc::Rc;

use super::super::ast::{Body, Branch, For, If, SetValue, Stmt, StmtKind, Switch, Target};
use super::super::coerce::{strict_equal, to_number, truthy};
use super::super::error::{Outcome, fail};
use super::super::units;
use super::super::value::{Array, Callable, MacroValue, Record, Value, loop_record};
use super::{Evaluator, Frame, Output, Region, Scope};

/// Most bytes of a unit of text.
const MAX_BYTES: usize = 3;

/// What a loop runs over.
struct Items {
    values: Values,
    length: Value,
    /// The value is a list, as far as the compiled code can see.
    list: bool,
}

/// The items one after the other.
enum Values {
    Listed(std::vec::IntoIter<Value>),
    /// A list that nothing changes meanwhile.
    Shared {
        array: Rc<Array>,
        next: usize,
    },
    /// The members `0`, `1` and so on of a mapping that has a `length`.
    Numbered {
        record: Rc<Record>,
        next: u64,
        length: f64,
    },
}

impl Iterator for Values {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        match self {
            Self::Listed(values) => values.next(),
            Self::Shared { array, next } => {
                let index = *next;
                *next += 1;
                (index < array.len()).then(|| array.at(index))
            }
            Self::Numbered { record, next, length } => {
                let index = *next;
                *next += 1;
                ((index as f64) < *length).then(|| record.get(&index.to_string()))
            }
        }
    }
}

impl Evaluator<'_> {
    pub(super) fn body(&mut self, body: &[Stmt], scope: &Rc<Scope>, region: &Region, output: &mut Output, depth: usize) -> Outcome<()> {
        self.charge(depth)?;
        for stmt in body {
            self.stmt(stmt, scope, region, output, depth + 1).map_err(|error| error.at(stmt.at))?;
        }
        Ok(())
    }

    fn stmt(&mut self, stmt: &Stmt, scope: &Rc<Scope>, region: &Region, output: &mut Output, depth: usize) -> Outcome<()> {
        self.charge(depth)?;
        match &stmt.kind {
            StmtKind::Text(text) => self.append_text(output, text),
            StmtKind::Output(expr) => {
                let value = self.expr(expr, scope, region, depth + 1)?;
                self.append_value(output, &value)
            }
            StmtKind::If(branch) => {
                let If { condition, body, otherwise } = &**branch;
                if truthy(&self.expr(condition, scope, region, depth + 1)?) {
                    self.body(body, scope, region, output, depth + 1)
                } else if let Some(otherwise) = otherwise {
                    self.body(otherwise, scope, region, output, depth + 1)
                } else {
                    Ok(())
                }
            }
            StmtKind::For(repeat) => self.repeat(repeat, scope, region, output, depth + 1),
            StmtKind::Set(set) => self.set(&set.targets, &set.value, scope, region, depth + 1),
            StmtKind::Macro(callee, slot) => {
                let value = MacroValue {
                    callee: Rc::clone(callee),
                    scope: Rc::clone(&region.invocation),
                    invocation: Rc::clone(&region.invocation),
                    frame: None,
                };
                let value = Value::callable(Callable::Macro(Rc::new(value)));
                if let Some(slot) = slot {
                    region.frame.set(*slot, value.clone());
                }
                if region.exports_macros {
                    region.invocation.set(&callee.name, value);
                }
                Ok(())
            }
            StmtKind::CallBlock { call, caller } => {
                let value = self.call_block(call, caller, scope, region, depth + 1)?;
                let text = super::super::coerce::print(&value)?;
                self.append(output, &text, None)
            }
            StmtKind::Namesake(name) => match self.blocks.get(name) {
                Some(block) => self.stmt(block, scope, region, output, depth + 1),
                None => fail(format!("unknown block {:?}", &**name)),
            },
            StmtKind::Failing(message, _) => fail(&**message),
            StmtKind::Block { body, slots, .. } => {
                let block_scope = Rc::new(scope.child(true));
                let region = Region {
                    frame: Rc::new(Frame::new(*slots, None)),
                    invocation: Rc::clone(&region.invocation),
                    exports_macros: true,
                    exports_assignments: false,
                };
                self.body(body, &block_scope, &region, output, depth + 1)
            }
            StmtKind::Switch(switch) => {
                let Switch { value, cases, default } = &**switch;
                let value = self.expr(value, scope, region, depth + 1)?;
                self.switch(&value, cases, default.as_ref(), scope, region, output, depth + 1)
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn switch(
        &mut self,
        value: &Value,
        cases: &[(super::super::ast::Expr, Body)],
        default: Option<&Body>,
        scope: &Rc<Scope>,
        region: &Region,
        output: &mut Output,
        depth: usize,
    ) -> Outcome<()> {
        let mut matched = false;
        for (condition, body) in cases {
            matched = matched || strict_equal(value, &self.expr(condition, scope, region, depth)?);
            // An empty case falls through to the next one.
            if matched && !body.is_empty() {
                return self.body(body, scope, region, output, depth);
            }
        }
        default.map_or(Ok(()), |body| self.body(body, scope, region, output, depth))
    }

    fn set(&mut self, targets: &[Target], value: &SetValue, scope: &Rc<Scope>, region: &Region, depth: usize) -> Outcome<()> {
        let value = match value {
            SetValue::Expr(expr) => self.expr(expr, scope, region, depth)?,
            SetValue::Block(body) => Value::text(self.capture(body, scope, region, depth)?),
        };
        for target in targets {
            scope.assign(&target.name, value.clone());
            if let Some(slot) = target.slot {
                region.frame.set(slot, value.clone());
            }
            if region.exports_assignments {
                region.invocation.set(&target.name, value.clone());
            }
        }
        Ok(())
    }

    /// Renders a body into text of its own.
    pub(super) fn capture(&mut self, body: &[Stmt], scope: &Rc<Scope>, region: &Region, depth: usize) -> Outcome<String> {
        let mut output = Output { text: String::new(), root: false };
        self.body(body, scope, region, &mut output, depth + 1)?;
        Ok(units::joined(output.text))
    }

    fn repeat(&mut self, repeat: &For, scope: &Rc<Scope>, region: &Region, output: &mut Output, depth: usize) -> Outcome<()> {
        let value = drained(self.expr(&repeat.value, scope, region, depth)?);
        let single = repeat.mapping.is_none();
        if let (Value::Record(record), true) = (&value, single) {
            self.meter.operands(&record.get("length"), &Value::Undefined)?;
        }
        if let Some(text) = value.as_text() {
            self.meter.room(text.len() / MAX_BYTES)?;
        }
        let items = match &value {
            Value::Array(array) if !self.mutates => shared(array),
            other => iterate(other, single)?,
        };
        let branch: &Branch = if items.list { &repeat.list } else { repeat.mapping.as_ref().unwrap_or(&repeat.list) };
        let loop_scope = Rc::new(scope.child(false));
        let inner = Region { exports_macros: false, exports_assignments: false, ..region.clone() };
        let mut length = region.frame.get(repeat.length);
        if truthy(&value) {
            length = items.length.clone();
            region.frame.set(repeat.length, length.clone());
        }
        self.meter.operands(&length, &Value::Undefined)?;
        let numeric = if self.uses_loop { to_number(&length)? } else { 0.0 };
        for (index, item) in items.values.enumerate() {
            bind(&branch.targets, &item, single, items.list, self.assigns.then_some(&*loop_scope), &region.frame)?;
            if self.uses_loop {
                loop_scope.set(&"loop".into(), loop_record(index, &length, numeric));
            }
            self.body(&branch.body, &loop_scope, &inner, output, depth)?;
        }
        match &repeat.otherwise {
            Some(otherwise) if !truthy(&length) => self.body(otherwise, &loop_scope, &inner, output, depth),
            _ => Ok(()),
        }
    }
}

/// An iterator becomes the list of what is left of it (`runtime.fromIterator`).
fn drained(value: Value) -> Value {
    match &value {
        Value::Record(record) => match &record.iterator {
            Some(iterator) => Value::list(std::iter::from_fn(|| iterator.next())),
            None => value,
        },
        _ => value,
    }
}

/// Gives the targets of a loop their values; the scope gets them where somebody may ask it.
fn bind(targets: &[Target], item: &Value, single: bool, list: bool, scope: Option<&Scope>, frame: &Frame) -> Outcome<()> {
    let local = |target: &Target, value: Value, named: bool| {
        if let Some(scope) = scope.filter(|_| named) {
            scope.set(target.name(), value.clone());
        }
        if let Some(slot) = target.slot {
            frame.set(slot, value);
        }
    };
    if single {
        targets.iter().take(1).for_each(|target| local(target, item.clone(), true));
        return Ok(());
    }
    let bound = if list { usize::MAX } else { 2 };
    for (index, target) in targets.iter().enumerate().take(bound) {
        local(target, destructure(item, index)?, !list);
    }
    Ok(())
}

fn destructure(value: &Value, index: usize) -> Outcome<Value> {
    Ok(match value {
        Value::Undefined | Value::Null => return fail("Cannot destructure a nullish loop value"),
        Value::Array(array) => array.at(index),
        Value::Record(record) => record.get(&index.to_string()),
        Value::Text(text) => units::at(text, index).map_or(Value::Undefined, Value::text),
        _ => Value::Undefined,
    })
}

fn pair(key: Value, value: Value) -> Value {
    Value::list([key, value])
}

/// A list that nothing in the template can change.
fn shared(array: &Rc<Array>) -> Items {
    let length = Value::Number(array.len() as f64);
    Items { values: Values::Shared { array: Rc::clone(array), next: 0 }, length, list: true }
}

/// What a loop runs over, for one target or for several.
fn iterate(value: &Value, single: bool) -> Outcome<Items> {
    let list = matches!(value, Value::Array(_) | Value::Safe(_));
    let items = |values: Vec<Value>, length: Value| Items { values: Values::Listed(values.into_iter()), length, list };
    let count = |length: usize| Value::Number(length as f64);
    Ok(match value {
        Value::Array(array) => {
            // A list that grows while it is walked is walked as it was.
            let values = array.values();
            let length = count(values.len());
            items(values, length)
        }
        Value::Record(record) if single => {
            let length = record.get("length");
            let bound = to_number(&length)?;
            Items { values: Values::Numbered { record: Rc::clone(record), next: 0, length: bound }, length, list }
        }
        Value::Record(record) => {
            let values = record.entries.iter().map(|(key, value)| pair(Value::Text(Rc::clone(key)), value.clone())).collect();
            items(values, count(record.entries.len()))
        }
        Value::Text(text) if !single => {
            let parts = units::split(text);
            let length = count(parts.len());
            let values =
                parts.into_iter().enumerate().map(|(index, unit)| pair(Value::text(index.to_string()), Value::text(unit))).collect();
            items(values, length)
        }
        Value::Text(text) | Value::Safe(text) => {
            let values: Vec<Value> = units::split(text).into_iter().map(Value::text).collect();
            let length = count(values.len());
            items(values, length)
        }
        _ => items(Vec::new(), if single { Value::Undefined } else { Value::Number(0.0) }),
    })
}
