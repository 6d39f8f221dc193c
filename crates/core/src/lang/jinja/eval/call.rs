//! Calls: macros, builtins, methods, functions of the host.

use std::cell::Cell;
use std::cmp::Ordering;
use std::rc::Rc;

use super::super::ast::{Arguments, Callee, Expr, ExprKind};
use super::super::coerce::{add, order, truthy};
use super::super::error::{Outcome, TemplateError, fail};
use super::super::filters::Keywords;
use super::super::methods;
use super::super::value::{Callable, CyclerState, JoinerState, MacroValue, Value, kind_of};
use super::{Evaluator, Frame, Region, Scope};

impl Evaluator<'_> {
    pub(super) fn call(
        &mut self,
        callee: &Expr,
        arguments: &Arguments,
        scope: &Rc<Scope>,
        region: &Region,
        depth: usize,
    ) -> Outcome<Value> {
        let target = self.expr(callee, scope, region, depth + 1)?;
        let Value::Callable(callable) = &target else {
            let kind = kind_of(&target);
            return match path_of(callee) {
                Some(name) => fail(format!("Template value {name:?} resolved to {kind} and cannot be called")),
                None => fail(format!("Template expression resolved to {kind} and cannot be called")),
            };
        };
        if let Callable::Macro(value) = &**callable {
            let positional = self.positional(arguments, scope, region, depth + 1)?;
            let keyword = self.keyword(arguments, scope, region, depth + 1)?;
            return self.invoke(value, positional, keyword, depth + 1);
        }
        let bounds = match &**callable {
            Callable::Builtin("range") => (0, 3),
            Callable::Builtin("joiner") => (0, 1),
            Callable::Joiner(_) | Callable::CyclerMethod(..) => (0, 0),
            Callable::Method(receiver, name) | Callable::Wrapped(receiver, name) => methods::arity(receiver, name, self.options),
            Callable::Cycler(_) => return fail("Interpreter builtin object is not directly callable"),
            _ => (0, usize::MAX),
        };
        if !arguments.keyword.is_empty() {
            return fail("the call does not accept keyword arguments");
        }
        let count = arguments.positional.len();
        if count < bounds.0 || count > bounds.1 {
            return fail(format!("the call requires {} to {} positional arguments", bounds.0, bounds.1));
        }
        let positional = self.positional(arguments, scope, region, depth + 1)?;
        self.meter.scratch(&positional)?;
        let answer = self.invoke_builtin(callable, positional)?;
        self.meter.made(answer)
    }

    fn invoke_builtin(&mut self, callable: &Callable, mut positional: Vec<Value>) -> Outcome<Value> {
        match callable {
            Callable::Builtin("range") => self.range(&positional),
            Callable::Builtin("cycler") => {
                Ok(Value::callable(Callable::Cycler(Rc::new(CyclerState { values: positional, index: Cell::new(-1) }))))
            }
            Callable::Builtin(_) => {
                let separator = if positional.is_empty() { Value::Undefined } else { positional.swap_remove(0) };
                let separator = if truthy(&separator) { separator } else { Value::text(",") };
                Ok(Value::callable(Callable::Joiner(Rc::new(JoinerState { separator, used: Cell::new(false) }))))
            }
            Callable::Joiner(state) => Ok(if state.used.replace(true) { state.separator.clone() } else { Value::text("") }),
            Callable::CyclerMethod(state, "reset") => {
                state.index.set(-1);
                Ok(Value::Undefined)
            }
            Callable::CyclerMethod(state, _) => {
                if state.values.is_empty() {
                    state.index.set(0);
                    return Ok(Value::Undefined);
                }
                let next = state.index.get().saturating_add(1).rem_euclid(state.values.len() as i64);
                state.index.set(next);
                Ok(usize::try_from(next).ok().and_then(|next| state.values.get(next)).cloned().unwrap_or(Value::Undefined))
            }
            Callable::Method(receiver, name) | Callable::Wrapped(receiver, name) => {
                self.meter.scratch([receiver])?;
                methods::invoke(self, receiver, name, positional)
            }
            Callable::Host(name) => {
                self.charge_capability()?;
                let positional = positional.iter().map(Value::to_json).collect::<Outcome<Vec<_>>>()?;
                let answer = self.host.global(name, positional);
                let answer =
                    answer.map_err(|message| TemplateError::evaluation(format!("Template global {:?} failed: {message}", &**name)))?;
                answer.as_ref().map_or(Ok(Value::Undefined), Value::from_json)
            }
            // Its `this` is nunjucks' context, which has no such member.
            Callable::Source(_) => Ok(Value::Undefined),
            Callable::Macro(_) | Callable::Cycler(_) => fail("Interpreter builtin object is not directly callable"),
        }
    }

    fn range(&mut self, positional: &[Value]) -> Outcome<Value> {
        let argument = |at: usize| positional.get(at).cloned().unwrap_or(Value::Undefined);
        let (mut start, mut stop, mut step) = (argument(0), argument(1), argument(2));
        if matches!(stop, Value::Undefined) {
            (stop, start, step) = (start, Value::Number(0.0), Value::Number(1.0));
        } else if !truthy(&step) {
            step = Value::Number(1.0);
        }
        let wanted = if order(&step, &Value::Number(0.0))? == Some(Ordering::Greater) { Ordering::Less } else { Ordering::Greater };
        let mut output = Vec::new();
        let mut value = start;
        self.meter.operands(&step, &Value::Undefined)?;
        while order(&value, &stop)? == Some(wanted) {
            self.meter.operands(&value, &stop)?;
            output.push(value.clone());
            self.charge(0)?;
            value = self.meter.made(add(&value, &step)?)?;
        }
        Ok(Value::list(output))
    }

    /// `{% call %}`: the macro gets the block as `caller`.
    pub(super) fn call_block(
        &mut self,
        call: &Expr,
        caller: &Rc<Callee>,
        scope: &Rc<Scope>,
        region: &Region,
        depth: usize,
    ) -> Outcome<Value> {
        let ExprKind::Call { callee, arguments } = &call.kind else { return fail("Invalid call block") };
        let target = self.expr(callee, scope, region, depth + 1)?;
        let value = match &target {
            Value::Callable(callable) => match &**callable {
                Callable::Macro(value) if value.frame.is_none() => Rc::clone(value),
                _ => return fail("Call blocks can target only template macros"),
            },
            _ => return fail("Call blocks can target only template macros"),
        };
        let positional = self.positional(arguments, scope, region, depth + 1)?;
        let mut keyword = self.keyword(arguments, scope, region, depth + 1)?;
        let block = MacroValue {
            callee: Rc::clone(caller),
            scope: Rc::clone(scope),
            invocation: Rc::clone(&region.invocation),
            frame: Some(Rc::clone(&region.frame)),
        };
        keyword.insert("caller".into(), Value::callable(Callable::Macro(Rc::new(block))));
        self.invoke(&value, positional, keyword, depth + 1)
    }

    fn invoke(&mut self, value: &MacroValue, positional: Vec<Value>, mut keyword: Keywords, depth: usize) -> Outcome<Value> {
        let callee = &value.callee;
        let local = Rc::new(value.scope.child(true));
        let is_macro = value.frame.is_none();
        let region = Region {
            frame: Rc::new(Frame::new(callee.slots, value.frame.clone())),
            invocation: Rc::clone(&value.invocation),
            exports_macros: is_macro,
            exports_assignments: false,
        };
        let mut given = positional.into_iter();
        let mut values: Vec<Value> = Vec::with_capacity(callee.parameters.len());
        for parameter in &callee.parameters {
            values.push(match given.next() {
                Some(value) => value,
                None => keyword.shift_remove(parameter.name.as_str()).unwrap_or(Value::Undefined),
            });
        }
        // What is left over fills the defaults in order.
        for (value, (name, _)) in given.zip(&callee.defaults) {
            keyword.insert(name.as_str().into(), value);
        }
        for (parameter, value) in callee.parameters.iter().zip(values) {
            local.set(&parameter.name, value.clone());
            if let Some(slot) = parameter.slot {
                region.frame.set(slot, value);
            }
        }
        for (name, default) in &callee.defaults {
            let value = match keyword.get(name.as_str()) {
                Some(value) => value.clone(),
                None => self.expr(default, &local, &region, depth + 1)?,
            };
            local.set(name, value);
        }
        let declares_caller = callee.parameters.iter().any(|parameter| &*parameter.name == "caller")
            || callee.defaults.iter().any(|(name, _)| &**name == "caller");
        if !declares_caller && let Some(caller) = keyword.get("caller") {
            local.set(&"caller".into(), caller.clone());
        }
        self.capture(&callee.body, &local, &region, depth + 1).map(|text| Value::Safe(text.into()))
    }
}

/// A dotted path, for diagnostics.
fn path_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Symbol { name, .. } => Some(name.to_string()),
        ExprKind::Member { target, key } => Some(format!("{}.{key}", path_of(target)?)),
        _ => None,
    }
}
