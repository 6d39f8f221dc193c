//! Evaluates expressions: indexing, arithmetic, comparison, concatenation.

use std::rc::Rc;

use super::ast::{Binary, Expr, Item};
use super::machine::{Frame, Machine, Ran};
use super::number;
use super::value::{Table, Value};

/// Chains of `__index` that gopher-lua follows.
const LOOKUPS: usize = 100;

impl Machine<'_> {
    pub(super) fn expr(&mut self, frame: &mut Frame<'_>, expr: &Expr) -> Ran<Value> {
        Ok(match expr {
            Expr::Nil => Value::Nil,
            Expr::True => Value::Bool(true),
            Expr::False => Value::Bool(false),
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(Rc::clone(text)),
            Expr::Vararg => frame.varargs.first().cloned().unwrap_or_default(),
            Expr::Function(proto) => self.closure(frame, proto),
            Expr::Slot(slot) => self.read(frame, *slot),
            Expr::Upvalue(index) => self.upvalue(frame, *index),
            Expr::Global(name) => self.global(name),
            Expr::Index { object, key, line } => {
                let object = self.expr(frame, object)?;
                let key = self.expr(frame, key)?;
                self.line = *line;
                self.index(&object, &key)?
            }
            Expr::Call(call) => self.call_expr(frame, call)?.into_iter().next().unwrap_or_default(),
            Expr::Paren(inner) => self.expr(frame, inner)?,
            Expr::And(left, right) => {
                let left = self.expr(frame, left)?;
                if left.truthy() { self.expr(frame, right)? } else { left }
            }
            Expr::Or(left, right) => {
                let left = self.expr(frame, left)?;
                if left.truthy() { left } else { self.expr(frame, right)? }
            }
            Expr::Not(inner) => Value::Bool(!self.expr(frame, inner)?.truthy()),
            Expr::Minus(inner, line) => {
                let value = self.expr(frame, inner)?;
                self.line = *line;
                self.minus(&value)?
            }
            Expr::Length(inner, line) => {
                let value = self.expr(frame, inner)?;
                self.line = *line;
                self.length(&value)?
            }
            Expr::Binary { op, left, right, line } => {
                let left = self.expr(frame, left)?;
                let right = self.expr(frame, right)?;
                self.line = *line;
                self.binary(*op, &left, &right)?
            }
            Expr::Table { items, line } => self.table(frame, items, *line)?,
        })
    }

    fn table(&mut self, frame: &mut Frame<'_>, items: &[Item], line: u32) -> Ran<Value> {
        let mut table = Table::default();
        self.charge(64)?;
        for (at, item) in items.iter().enumerate() {
            match item {
                Item::Keyed(key, value) => {
                    let key = self.expr(frame, key)?;
                    let value = self.expr(frame, value)?;
                    self.line = line;
                    self.check_key(&key)?;
                    table.set(&key, value);
                }
                Item::Positional(value) if at + 1 == items.len() => {
                    for value in self.all_values(frame, std::slice::from_ref(value))? {
                        table.push(value);
                    }
                }
                Item::Positional(value) => table.push(self.expr(frame, value)?),
            }
        }
        Ok(self.heap.adopt(table))
    }

    pub(super) fn metamethod(&self, value: &Value, event: &str) -> Value {
        let metatable = match value {
            Value::Table(at) => self.heap.tables.get(*at).and_then(|table| table.metatable),
            Value::Text(_) => self.strings,
            _ => None,
        };
        metatable.and_then(|at| self.heap.tables.get(at)).map(|table| table.get_text(event)).unwrap_or_default()
    }

    pub(super) fn index(&mut self, object: &Value, key: &Value) -> Ran<Value> {
        let mut current = object.clone();
        for _ in 0..LOOKUPS {
            if let Value::Table(at) = &current {
                let found = self.heap.tables.get(*at).map(|table| table.get(key)).unwrap_or_default();
                if !found.is_nil() {
                    return Ok(found);
                }
            }
            let handler = self.metamethod(&current, "__index");
            match handler {
                Value::Nil if matches!(current, Value::Table(_)) => return Ok(Value::Nil),
                Value::Nil => {
                    return self.error(format!("attempt to index a non-table object({}) with key '{}'", current.kind(), key.display()));
                }
                Value::Closure(_) | Value::Builtin(_) => {
                    return Ok(self.call(&handler, vec![current, key.clone()], b"?"[..].into())?.into_iter().next().unwrap_or_default());
                }
                other => current = other,
            }
        }
        self.error("too many recursions in gettable")
    }

    fn check_key(&self, key: &Value) -> Ran<()> {
        match key {
            Value::Nil => self.error("table index is nil"),
            Value::Number(number) if number.is_nan() => self.error("table index is NaN"),
            _ => Ok(()),
        }
    }

    pub(super) fn set_index(&mut self, object: &Value, key: &Value, value: Value) -> Ran<()> {
        let mut current = object.clone();
        for _ in 0..LOOKUPS {
            let handler = self.metamethod(&current, "__newindex");
            if let Value::Table(at) = &current {
                let known = self.heap.tables.get(*at).is_some_and(|table| !table.get(key).is_nil());
                if known || handler.is_nil() {
                    self.check_key(key)?;
                    if let Value::Number(index) = key {
                        self.charge((*index).clamp(0.0, 1e9) as usize / 16)?;
                    }
                    self.charge(48)?;
                    if let Some(table) = self.heap.tables.get_mut(*at) {
                        table.set(key, value);
                    }
                    return Ok(());
                }
            }
            match handler {
                Value::Nil => {
                    return self.error(format!("attempt to index a non-table object({}) with key '{}'", current.kind(), key.display()));
                }
                Value::Closure(_) | Value::Builtin(_) => {
                    self.call(&handler, vec![current, key.clone(), value], b"?"[..].into())?;
                    return Ok(());
                }
                other => current = other,
            }
        }
        self.error("too many recursions in settable")
    }

    fn minus(&mut self, value: &Value) -> Ran<Value> {
        if let Some(number) = value.as_number() {
            return Ok(Value::Number(-number));
        }
        match self.metamethod(value, "__unm") {
            Value::Nil => self.error("__unm undefined"),
            handler => Ok(self.call(&handler, vec![value.clone()], b"?"[..].into())?.into_iter().next().unwrap_or_default()),
        }
    }

    fn length(&mut self, value: &Value) -> Ran<Value> {
        if let Value::Text(text) = value {
            return Ok(Value::Number(text.len() as f64));
        }
        match (self.metamethod(value, "__len"), value) {
            (Value::Nil, Value::Table(at)) => Ok(Value::Number(self.heap.tables.get(*at).map_or(0, Table::length) as f64)),
            (Value::Nil, _) => self.error("__len undefined"),
            (handler, _) => Ok(self.call(&handler, vec![value.clone()], b"?"[..].into())?.into_iter().next().unwrap_or_default()),
        }
    }

    fn binary(&mut self, op: Binary, left: &Value, right: &Value) -> Ran<Value> {
        Ok(Value::Bool(match op {
            Binary::Equal => self.equal(left, right)?,
            Binary::NotEqual => !self.equal(left, right)?,
            Binary::Less => self.less(left, right)?,
            Binary::Greater => self.less(right, left)?,
            Binary::LessEqual => self.less_equal(left, right)?,
            Binary::GreaterEqual => self.less_equal(right, left)?,
            Binary::Concat => return self.concat(left, right),
            op => return self.arithmetic(op, left, right),
        }))
    }

    fn arithmetic(&mut self, op: Binary, left: &Value, right: &Value) -> Ran<Value> {
        if let (Some(a), Some(b)) = (left.as_number(), right.as_number()) {
            return Ok(Value::Number(match op {
                Binary::Add => a + b,
                Binary::Sub => a - b,
                Binary::Mul => a * b,
                Binary::Div => a / b,
                Binary::Pow => a.powf(b),
                _ => modulo(a, b),
            }));
        }
        let event = format!("__{}", op.name());
        match self.either(left, right, &event) {
            Value::Nil => self.error(format!("cannot perform {} operation between {} and {}", op.name(), left.kind(), right.kind())),
            handler => Ok(self.call(&handler, vec![left.clone(), right.clone()], b"?"[..].into())?.into_iter().next().unwrap_or_default()),
        }
    }

    fn either(&self, left: &Value, right: &Value, event: &str) -> Value {
        match self.metamethod(left, event) {
            Value::Nil => self.metamethod(right, event),
            handler => handler,
        }
    }

    fn concat(&mut self, left: &Value, right: &Value) -> Ran<Value> {
        let part = |value: &Value| match value {
            Value::Text(text) => Some(text.to_vec()),
            Value::Number(value) => Some(number::format(*value).into_bytes()),
            _ => None,
        };
        if let (Some(mut bytes), Some(rest)) = (part(left), part(right)) {
            bytes.extend_from_slice(&rest);
            self.charge(bytes.len())?;
            return Ok(Value::Text(bytes.into()));
        }
        match self.either(left, right, "__concat") {
            Value::Nil => self.error(format!("cannot perform concat operation between {} and {}", left.kind(), right.kind())),
            handler => Ok(self.call(&handler, vec![left.clone(), right.clone()], b"?"[..].into())?.into_iter().next().unwrap_or_default()),
        }
    }

    pub(super) fn equal(&mut self, left: &Value, right: &Value) -> Ran<bool> {
        if left.same(right) {
            return Ok(true);
        }
        if let (Value::Table(_), Value::Table(_)) = (left, right) {
            let handler = self.metamethod(left, "__eq");
            if !handler.is_nil() && handler.same(&self.metamethod(right, "__eq")) {
                let answer = self.call(&handler, vec![left.clone(), right.clone()], b"?"[..].into())?;
                return Ok(answer.first().is_some_and(Value::truthy));
            }
        }
        Ok(false)
    }

    pub(super) fn less(&mut self, left: &Value, right: &Value) -> Ran<bool> {
        match (left, right) {
            (Value::Number(a), Value::Number(b)) => Ok(a < b),
            (Value::Text(a), Value::Text(b)) => Ok(a < b),
            _ => self.compare(left, right, "__lt"),
        }
    }

    fn less_equal(&mut self, left: &Value, right: &Value) -> Ran<bool> {
        match (left, right) {
            (Value::Number(a), Value::Number(b)) => Ok(a <= b),
            (Value::Text(a), Value::Text(b)) => Ok(a <= b),
            _ => self.compare(left, right, "__le"),
        }
    }

    fn compare(&mut self, left: &Value, right: &Value, event: &str) -> Ran<bool> {
        let handler = self.metamethod(left, event);
        if std::mem::discriminant(left) == std::mem::discriminant(right) && !handler.is_nil() {
            let answer = self.call(&handler, vec![left.clone(), right.clone()], b"?"[..].into())?;
            return Ok(answer.first().is_some_and(Value::truthy));
        }
        self.error(format!("attempt to compare {} with {}", left.kind(), right.kind()))
    }
}

/// Lua's `%`: the result has the divisor's sign.
fn modulo(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if b.is_infinite() && rest != 0.0 && (rest > 0.0) != (b > 0.0) {
        return b;
    }
    if rest != 0.0 && (rest > 0.0) != (b > 0.0) { rest + b } else { rest }
}
