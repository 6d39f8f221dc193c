//! Expressions.

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::rc::Rc;

use super::super::ast::{Arguments, BinaryOp, CompareOp, Expr, ExprKind, Filter, Literal, Name};
use super::super::coerce::{add, concat, loose_equal, order, strict_equal, to_number, to_text, truthy};
use super::super::error::{Outcome, TemplateError, fail};
use super::super::value::{Callable, Regex, Value, kind_of};
use super::super::{filters, methods, tests};
use super::{Evaluator, Region, Scope};
use crate::lang::javascript::power;

/// What comparing an item costs at least, in bytes of text.
const ITEM_BYTES: usize = 8;

impl Evaluator<'_> {
    pub(super) fn expr(&mut self, expr: &Expr, scope: &Rc<Scope>, region: &Region, depth: usize) -> Outcome<Value> {
        self.charge(depth)?;
        self.expr_unplaced(expr, scope, region, depth).map_err(|error| error.at(expr.at))
    }

    fn expr_unplaced(&mut self, expr: &Expr, scope: &Rc<Scope>, region: &Region, depth: usize) -> Outcome<Value> {
        let deeper = depth + 1;
        match &expr.kind {
            ExprKind::Literal(literal) => Ok(literal_value(literal)),
            ExprKind::Symbol { name, slot } => match slot {
                Some(slot) if slot.is_lost() => Err(TemplateError::evaluation(format!("{name} is not defined"))),
                Some(slot) => Ok(region.frame.get(*slot)),
                None => Ok(self.lookup_name(name, scope)),
            },
            ExprKind::Array(items) => {
                let values = items.iter().map(|item| self.expr(item, scope, region, deeper).map(Some)).collect::<Outcome<_>>()?;
                self.meter.made(Value::sparse(values))
            }
            ExprKind::Group(items) => self.group(items, scope, region, deeper),
            ExprKind::Dict(pairs) => {
                let entries: Vec<(Rc<str>, Value)> = pairs
                    .iter()
                    .map(|(key, value)| Ok((key.as_str().into(), self.expr(value, scope, region, deeper)?)))
                    .collect::<Outcome<_>>()?;
                self.meter.made(Value::record(entries)?)
            }
            ExprKind::Member { target, key } => {
                let target = self.expr(target, scope, region, deeper)?;
                self.constant_member(&target, key, deeper)
            }
            ExprKind::Lookup { target, key } => self.lookup(target, key, scope, region, deeper),
            ExprKind::Slice { target, bounds } => {
                let target = self.expr(target, scope, region, deeper)?;
                self.slice(target, bounds, scope, region, deeper)
            }
            ExprKind::InlineIf { condition, body, otherwise } => {
                if truthy(&self.expr(condition, scope, region, deeper)?) {
                    self.expr(body, scope, region, deeper)
                } else {
                    otherwise.as_ref().map_or_else(|| Ok(Value::text("")), |otherwise| self.expr(otherwise, scope, region, deeper))
                }
            }
            ExprKind::Or(left, right) => {
                let left = self.expr(left, scope, region, deeper)?;
                if truthy(&left) { Ok(left) } else { self.expr(right, scope, region, deeper) }
            }
            ExprKind::And(left, right) => {
                let left = self.expr(left, scope, region, deeper)?;
                if truthy(&left) { self.expr(right, scope, region, deeper) } else { Ok(left) }
            }
            ExprKind::Not(target) => Ok(Value::Bool(!truthy(&self.expr(target, scope, region, deeper)?))),
            ExprKind::Negative(target) => Ok(Value::Number(-self.number(target, scope, region, deeper)?)),
            ExprKind::Positive(target) => Ok(Value::Number(self.number(target, scope, region, deeper)?)),
            ExprKind::Floor(target) => Ok(Value::Number(self.number(target, scope, region, deeper)?.floor())),
            ExprKind::Binary(op, left, right) => {
                let left = self.expr(left, scope, region, deeper + 1)?;
                let right = self.expr(right, scope, region, deeper + 1)?;
                self.meter.operands(&left, &right)?;
                self.meter.made(arithmetic(*op, &left, &right)?)
            }
            ExprKind::Compare(compared) => {
                let mut left = self.expr(&compared.first, scope, region, deeper + 1)?;
                for (op, operand) in &compared.operations {
                    let right = self.expr(operand, scope, region, deeper + 1)?;
                    self.pay_comparison(*op, &left, &right)?;
                    left = Value::Bool(compare(*op, &left, &right)?);
                }
                Ok(left)
            }
            ExprKind::In(needle, container) => {
                let needle = self.expr(needle, scope, region, deeper)?;
                let container = self.expr(container, scope, region, deeper)?;
                self.pay_search(&container, &needle)?;
                contains(&container, &needle).map(Value::Bool)
            }
            ExprKind::Is(value, test) => self.test(value, test, scope, region, deeper),
            ExprKind::Filter(filter) => self.filter(filter, scope, region, deeper),
            ExprKind::Call { callee, arguments } => self.call(callee, arguments, scope, region, deeper),
            ExprKind::Capture(body) => {
                let scope = Rc::new(scope.child(false));
                Ok(Value::text(self.capture(body, &scope, region, deeper)?))
            }
        }
    }

    /// The operand of a sign.
    fn number(&mut self, target: &Expr, scope: &Rc<Scope>, region: &Region, depth: usize) -> Outcome<f64> {
        let value = self.expr(target, scope, region, depth)?;
        self.meter.operands(&value, &Value::Undefined)?;
        to_number(&value)
    }

    /// Reading from a text costs its length.
    fn touch(&self, target: &Value) -> Outcome<()> {
        target.as_text().map_or(Ok(()), |text| self.meter.index(text))
    }

    /// Lists and mappings are turned into primitives unless both sides are such.
    fn pay_comparison(&self, op: CompareOp, left: &Value, right: &Value) -> Outcome<()> {
        let structured = |value: &Value| matches!(value, Value::Array(_) | Value::Record(_) | Value::Regex(_));
        let strict = matches!(op, CompareOp::StrictEqual | CompareOp::StrictNotEqual);
        let loose = matches!(op, CompareOp::Equal | CompareOp::NotEqual) && structured(left) && structured(right);
        if loose || strict && (structured(left) || structured(right)) { Ok(()) } else { self.meter.operands(left, right) }
    }

    fn pay_search(&self, container: &Value, needle: &Value) -> Outcome<()> {
        match container {
            Value::Array(array) => {
                let each = needle.as_text().map_or(ITEM_BYTES, |text| text.len().max(ITEM_BYTES));
                self.meter.text(array.len().saturating_mul(each))
            }
            Value::Text(text) | Value::Safe(text) => {
                self.meter.text(text.len()).and_then(|()| self.meter.operands(needle, &Value::Undefined))
            }
            _ => self.meter.operands(needle, &Value::Undefined),
        }
    }

    /// JavaScript's comma: all are evaluated, the last one counts.
    fn group(&mut self, items: &[Expr], scope: &Rc<Scope>, region: &Region, depth: usize) -> Outcome<Value> {
        let mut last = Value::Undefined;
        for (at, item) in items.iter().enumerate() {
            last = self.expr(item, scope, region, depth)?;
            if at + 1 < items.len() {
                self.meter.scratch([&last])?;
            }
        }
        Ok(last)
    }

    fn lookup(&mut self, target: &Expr, key: &Expr, scope: &Rc<Scope>, region: &Region, depth: usize) -> Outcome<Value> {
        let target = self.expr(target, scope, region, depth)?;
        self.touch(&target)?;
        let key = self.expr(key, scope, region, depth)?;
        self.meter.operands(&key, &Value::Undefined)?;
        Ok(self.member(&target, &to_text(&key)?))
    }

    /// A member whose key is written in the template; the key counts as an expression of its own.
    fn constant_member(&mut self, target: &Value, key: &str, depth: usize) -> Outcome<Value> {
        self.touch(target)?;
        self.charge(depth)?;
        Ok(self.member(target, key))
    }

    /// The same as [`Self::expr`] for a name with members where nothing can be assigned, which needs no scopes.
    pub(super) fn path(&mut self, expr: &Expr, depth: usize) -> Outcome<Value> {
        let place = |error: TemplateError| error.at(expr.at);
        self.charge(depth)?;
        match &expr.kind {
            ExprKind::Member { target, key } => {
                let target = self.path(target, depth + 1).map_err(place)?;
                self.constant_member(&target, key, depth + 1).map_err(place)
            }
            ExprKind::Symbol { name, .. } => Ok(self.context_name(name)),
            _ => Ok(Value::Undefined),
        }
    }

    /// A name that is not bound statically: scopes first.
    fn lookup_name(&mut self, name: &Name, scope: &Scope) -> Value {
        match scope.get(name) {
            Some(value) => value,
            None => self.context_name(name),
        }
    }

    /// A name that no scope has: context, compatibility names, globals.
    fn context_name(&mut self, name: &Name) -> Value {
        if let Some(value) = self.context.find(name) {
            return value.clone();
        }
        if self.options.cookiecutter_compat {
            match &**name {
                "True" => return Value::Bool(true),
                "False" => return Value::Bool(false),
                "None" => return Value::Null,
                _ => {}
            }
        }
        let builtin = ["range", "cycler", "joiner"].into_iter().find(|builtin| **builtin == **name);
        let callable = match builtin {
            _ if self.host.has_global(name) => Callable::Host(name.as_str().into()),
            Some(builtin) => Callable::Builtin(builtin),
            None => return Value::Undefined,
        };
        if let Some((_, known)) = self.globals.iter().find(|(known, _)| known == name) {
            return known.clone();
        }
        let value = Value::callable(callable);
        self.globals.push((name.clone(), value.clone()));
        value
    }

    /// A property or method of a value.
    fn member(&self, target: &Value, key: &str) -> Value {
        if let Value::Callable(callable) = target {
            return match (&**callable, key) {
                (Callable::Cycler(state), "current") => {
                    let index = usize::try_from(state.index.get()).ok();
                    index.map_or(Value::Null, |index| state.values.get(index).cloned().unwrap_or(Value::Undefined))
                }
                (Callable::Cycler(state), "next") => Value::callable(Callable::CyclerMethod(Rc::clone(state), "next")),
                (Callable::Cycler(state), "reset") => Value::callable(Callable::CyclerMethod(Rc::clone(state), "reset")),
                _ => Value::Undefined,
            };
        }
        match methods::own(target, key) {
            Some(Value::Callable(callable)) => Value::callable((*callable).clone()),
            // nunjucks' SafeString is an object without items.
            Some(_) if self.options.legacy && matches!(target, Value::Safe(_)) && !matches!(key, "val" | "length") => Value::Undefined,
            Some(value) => value,
            None if methods::exists(target, key, self.options) => {
                let make = if self.options.legacy { Callable::Wrapped } else { Callable::Method };
                Value::callable(make(target.clone(), key.into()))
            }
            None if self.options.legacy => methods::inherited(target, key),
            None => Value::Undefined,
        }
    }

    fn slice(&mut self, target: Value, bounds: &[Expr; 3], scope: &Rc<Scope>, region: &Region, depth: usize) -> Outcome<Value> {
        if matches!(target, Value::Callable(_)) {
            return fail("Callable values cannot be sliced");
        }
        let target = if truthy(&target) { target } else { Value::list([]) };
        let length = methods::own(&target, "length").unwrap_or(Value::Undefined);
        let [start, stop, step] = bounds;
        let mut start = self.expr(start, scope, region, depth + 1)?;
        let mut stop = self.expr(stop, scope, region, depth + 1)?;
        let step = self.expr(step, scope, region, depth + 1)?;
        self.meter.operands(&start, &stop)?;
        self.meter.operands(&step, &length)?;
        let numeric = to_number(&step)?;
        if !numeric.is_finite() || numeric == 0.0 {
            return fail("Slice step must have finite non-zero numeric coercion");
        }
        let zero = Value::Number(0.0);
        let backwards = order(&step, &zero)? == Some(Ordering::Less);
        if matches!(start, Value::Null) {
            start = if backwards { Value::Number(to_number(&length)? - 1.0) } else { zero.clone() };
        }
        if matches!(stop, Value::Null) {
            stop = if backwards { Value::Number(-1.0) } else { length.clone() };
        } else if order(&stop, &zero)? == Some(Ordering::Less) {
            stop = add(&stop, &length)?;
        }
        if order(&start, &zero)? == Some(Ordering::Less) {
            start = add(&start, &length)?;
        }
        let mut output = Vec::new();
        let mut index = start;
        loop {
            if order(&index, &zero)? == Some(Ordering::Less) || order(&index, &length)? == Some(Ordering::Greater) {
                break;
            }
            let against = order(&index, &stop)?;
            let done = if backwards {
                matches!(against, Some(Ordering::Less | Ordering::Equal))
            } else {
                matches!(against, Some(Ordering::Greater | Ordering::Equal))
            };
            if done {
                break;
            }
            self.charge(depth)?;
            self.touch(&target)?;
            let value = methods::own(&target, &to_text(&index)?).unwrap_or(Value::Undefined);
            self.meter.scratch([&value])?;
            output.push(Some(value));
            index = self.meter.made(add(&index, &step)?)?;
        }
        self.meter.made(Value::sparse(output))
    }

    fn test(&mut self, value: &Expr, test: &Expr, scope: &Rc<Scope>, region: &Region, depth: usize) -> Outcome<Value> {
        let (name, arguments) = match &test.kind {
            ExprKind::Call { callee, arguments } => (test_name(callee), Cow::Borrowed(&**arguments)),
            // What is filtered is the first thing the test is given.
            ExprKind::Filter(filter) => {
                let mut arguments = filter.arguments.clone();
                arguments.positional.insert(0, filter.input.clone());
                (filter.name.clone(), Cow::Owned(arguments))
            }
            _ => (test_name(test), Cow::Owned(Arguments::default())),
        };
        let Some(arity) = tests::arity(&name) else { return fail(format!("Unknown template test {:?}", &*name)) };
        if !arguments.keyword.is_empty() {
            return fail(format!("Template test {name} does not accept keyword arguments"));
        }
        // nunjucks writes several arguments without commas, and does not count a single one.
        let fits = if self.options.legacy { arguments.positional.len() < 2 } else { arguments.positional.len() == arity };
        if !fits {
            return fail(format!("Template test {name} requires {arity} positional argument"));
        }
        let value = self.expr(value, scope, region, depth + 1)?;
        let arguments = self.positional(&arguments, scope, region, depth + 1)?;
        std::iter::once(&value).chain(&arguments).try_for_each(|value| self.meter.expand(value))?;
        let verdict = tests::apply(&name, &value, &arguments);
        let context = |error: TemplateError| TemplateError {
            message: format!("Test {:?} failed for {} input: {}", &*name, kind_of(&value), error.message),
            ..error
        };
        verdict.map(Value::Bool).map_err(context)
    }

    pub(super) fn positional(&mut self, arguments: &Arguments, scope: &Rc<Scope>, region: &Region, depth: usize) -> Outcome<Vec<Value>> {
        arguments.positional.iter().map(|argument| self.expr(argument, scope, region, depth)).collect()
    }

    pub(super) fn keyword(
        &mut self,
        arguments: &Arguments,
        scope: &Rc<Scope>,
        region: &Region,
        depth: usize,
    ) -> Outcome<filters::Keywords> {
        let mut keyword = filters::Keywords::default();
        for (name, value) in &arguments.keyword {
            let value = self.expr(value, scope, region, depth)?;
            keyword.insert(name.as_str().into(), value);
        }
        Ok(keyword)
    }

    fn filter(&mut self, filter: &Filter, scope: &Rc<Scope>, region: &Region, depth: usize) -> Outcome<Value> {
        let Filter { name, input, arguments } = filter;
        let builtin: &str = if self.options.cookiecutter_compat && &**name == "jsonify" { "dump" } else { name };
        let host = self.host.has_filter(name);
        if !host && !filters::exists(builtin) {
            return fail(format!("Unknown template filter {:?}", &**name));
        }
        if host && !arguments.keyword.is_empty() {
            return fail(format!("Registered filter {name} does not accept keyword arguments"));
        }
        let input = self.expr(input, scope, region, depth + 1)?;
        let positional = self.positional(arguments, scope, region, depth + 1)?;
        let keyword = self.keyword(arguments, scope, region, depth + 1)?;
        self.meter.scratch(std::iter::once(&input).chain(&positional).chain(keyword.values()))?;
        if host {
            self.charge_capability()?;
            let positional = positional.iter().map(Value::to_json).collect::<Outcome<Vec<_>>>()?;
            let given = match &input {
                // nunjucks' SafeString: an object that prints as its text.
                Value::Safe(text) if self.options.legacy => {
                    let length = super::super::units::length(text);
                    Some(serde_json::json!({ "val": super::super::units::well_formed(&**text), "length": length }))
                }
                other => other.to_json()?,
            };
            let answer = self.host.filter(name, given, positional);
            let answer = answer.map_err(|message| TemplateError::evaluation(format!("Template filter {:?} failed: {message}", &**name)))?;
            return answer.as_ref().map_or(Ok(Value::Undefined), Value::from_json);
        }
        let applied = filters::apply(self, builtin, &input, positional, keyword);
        applied.and_then(|value| self.meter.made(value)).map_err(|error| match error.limit {
            true => error,
            false => {
                TemplateError { message: format!("Filter {builtin:?} failed for {} input: {}", kind_of(&input), error.message), ..error }
            }
        })
    }
}

fn literal_value(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(b) => Value::Bool(*b),
        Literal::Number(n) => Value::Number(*n),
        Literal::Text(text) => Value::Text(Rc::clone(text)),
        Literal::Regex { source, flags } => {
            Value::Regex(Rc::new(Regex { source: Rc::clone(source), flags: Rc::clone(flags), last_index: Cell::new(0) }))
        }
    }
}

/// The name a test is called by; whatever is not a name or literal is `undefined`.
fn test_name(expr: &Expr) -> Name {
    match &expr.kind {
        ExprKind::Symbol { name, .. } => name.clone(),
        ExprKind::Literal(literal) => to_text(&literal_value(literal)).map_or_else(|_| "undefined".into(), |text| Name::from(&*text)),
        _ => "undefined".into(),
    }
}

fn arithmetic(op: BinaryOp, left: &Value, right: &Value) -> Outcome<Value> {
    match op {
        BinaryOp::Add => return add(left, right),
        BinaryOp::Concat => return concat(left, right),
        _ => {}
    }
    let (left, right) = (to_number(left)?, to_number(right)?);
    Ok(Value::Number(match op {
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        BinaryOp::Div => left / right,
        BinaryOp::Mod => left % right,
        _ => power(left, right),
    }))
}

fn compare(op: CompareOp, left: &Value, right: &Value) -> Outcome<bool> {
    Ok(match op {
        CompareOp::Equal => loose_equal(left, right)?,
        CompareOp::NotEqual => !loose_equal(left, right)?,
        CompareOp::StrictEqual => strict_equal(left, right),
        CompareOp::StrictNotEqual => !strict_equal(left, right),
        CompareOp::Less => order(left, right)? == Some(Ordering::Less),
        CompareOp::LessEqual => matches!(order(left, right)?, Some(Ordering::Less | Ordering::Equal)),
        CompareOp::Greater => order(left, right)? == Some(Ordering::Greater),
        CompareOp::GreaterEqual => matches!(order(left, right)?, Some(Ordering::Greater | Ordering::Equal)),
    })
}

fn contains(container: &Value, needle: &Value) -> Outcome<bool> {
    match container {
        Value::Text(text) => Ok(text.contains(&*to_text(needle)?)),
        Value::Safe(_) => Ok(matches!(&*to_text(needle)?, "length" | "val")),
        Value::Array(array) => Ok(array.items.borrow().iter().flatten().any(|item| strict_equal(item, needle))),
        Value::Record(record) if record.iterator.is_none() => Ok(record.has(&to_text(needle)?)),
        _ => fail("Membership requires an array, record, or string"),
    }
}
