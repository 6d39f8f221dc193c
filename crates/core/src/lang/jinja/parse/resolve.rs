//! Gives statically bound names their storage, in the order in which nunjucks' compiler meets them.

use std::rc::Rc;

use super::super::ast::{
    Arguments, Branch, Callee, Expr, ExprKind, For, If, Name, Parsed, Root, Set, SetValue, Slot, Stmt, StmtKind, Switch, Target,
};
use super::super::error::{Outcome, TemplateError};
use super::super::methods::MUTATING;

/// How many nodes may be compiled, copies included.
const MAX_NODES: usize = 1_000_000;

/// A name with the frame and place that hold its value.
struct Binding {
    name: Name,
    depth: u32,
    index: u32,
}

struct Resolver {
    bindings: Vec<Binding>,
    /// How many frames of call blocks enclose this one.
    depth: u32,
    /// Slots of the current frame.
    slots: u32,
    /// There is a block that is not found.
    namesakes: bool,
    nodes: usize,
    uses_loop: bool,
    mutates: bool,
    assigns: bool,
}

/// Resolves a parsed template.
pub(in super::super) fn resolve(parsed: Parsed) -> Outcome<Root> {
    let Parsed { mut body, mut blocks } = parsed;
    let mut resolver =
        Resolver { bindings: Vec::new(), depth: 0, slots: 0, namesakes: false, nodes: 0, uses_loop: false, mutates: false, assigns: false };
    resolver.body(&mut body)?;
    if resolver.namesakes {
        // A block knows no name of the place where it stands, so that one form of it serves every place.
        blocks.values_mut().try_for_each(|block| resolver.stmt(block))?;
    } else {
        blocks.clear();
    }
    Ok(Root { body, blocks, slots: resolver.slots, uses_loop: resolver.uses_loop, mutates: resolver.mutates, assigns: resolver.assigns })
}

impl Resolver {
    fn count(&mut self) -> Outcome<()> {
        self.nodes += 1;
        if self.nodes > MAX_NODES { Err(TemplateError::limit("work unit")) } else { Ok(()) }
    }

    fn slot(&mut self) -> Slot {
        let index = self.slots;
        self.slots += 1;
        Slot { up: 0, index }
    }

    fn bind(&mut self, name: &Name) -> Slot {
        let slot = self.slot();
        self.bindings.push(Binding { name: name.clone(), depth: self.depth, index: slot.index });
        slot
    }

    /// Compiles the body of a capture, which nunjucks makes a function of: its macros are known after it, and out of reach.
    fn capture(&mut self, body: &mut [Stmt]) -> Outcome<()> {
        let kept = self.bindings.len();
        self.body(body)?;
        for binding in self.bindings.iter_mut().skip(kept) {
            binding.index = Slot::LOST;
        }
        Ok(())
    }

    fn find(&self, name: &str) -> Option<Slot> {
        let binding = self.bindings.iter().rev().find(|binding| &*binding.name == name)?;
        Some(Slot { up: self.depth - binding.depth, index: binding.index })
    }

    fn body(&mut self, body: &mut [Stmt]) -> Outcome<()> {
        body.iter_mut().try_for_each(|stmt| self.stmt(stmt))
    }

    fn stmt(&mut self, stmt: &mut Stmt) -> Outcome<()> {
        self.count()?;
        match &mut stmt.kind {
            StmtKind::Text(_) => Ok(()),
            StmtKind::Output(expr) => self.expr(expr),
            StmtKind::If(branch) => {
                let If { condition, body, otherwise } = &mut **branch;
                self.expr(condition)?;
                self.body(body)?;
                otherwise.as_mut().map_or(Ok(()), |body| self.body(body))
            }
            StmtKind::For(repeat) => self.repeat(repeat),
            StmtKind::Set(set) => {
                self.assigns = true;
                let Set { targets, value } = &mut **set;
                match value {
                    SetValue::Expr(expr) => self.expr(expr)?,
                    SetValue::Block(body) => self.capture(body)?,
                }
                for target in targets {
                    // what is out of reach is made anew where it is set
                    target.slot = match self.find(&target.name) {
                        Some(slot) if slot.is_lost() => Some(self.bind(&target.name)),
                        found => found,
                    };
                }
                Ok(())
            }
            StmtKind::Macro(callee, slot) => {
                self.assigns = true;
                *slot = Some(self.bind(&callee.name));
                self.callee(Rc::make_mut(callee), false)
            }
            StmtKind::CallBlock { call, caller } => {
                self.assigns = true;
                self.expr(call)?;
                self.callee(Rc::make_mut(caller), true)
            }
            StmtKind::Namesake(_) => {
                self.namesakes = true;
                Ok(())
            }
            StmtKind::Failing(_, names) => {
                let lost = names.iter().map(|name| Binding { name: name.clone(), depth: self.depth, index: Slot::LOST });
                self.bindings.extend(lost);
                Ok(())
            }
            StmtKind::Block { body, slots, .. } => {
                self.assigns = true;
                *slots = self.frame(0, false, |resolver| resolver.body(body))?;
                Ok(())
            }
            StmtKind::Switch(switch) => {
                let Switch { value, cases, default } = &mut **switch;
                self.expr(value)?;
                for (condition, body) in cases {
                    self.expr(condition)?;
                    self.body(body)?;
                }
                default.as_mut().map_or(Ok(()), |body| self.body(body))
            }
        }
    }

    /// Compiles a frame of its own and returns how many slots it has.
    fn frame(&mut self, depth: u32, inherit: bool, compile: impl FnOnce(&mut Self) -> Outcome<()>) -> Outcome<u32> {
        let kept = self.bindings.len();
        let outer = if inherit { Vec::new() } else { std::mem::take(&mut self.bindings) };
        let (outer_depth, outer_slots) = (std::mem::replace(&mut self.depth, depth), std::mem::replace(&mut self.slots, 0));
        let compiled = compile(self);
        if inherit {
            self.bindings.truncate(kept);
        } else {
            self.bindings = outer;
        }
        self.depth = outer_depth;
        let slots = std::mem::replace(&mut self.slots, outer_slots);
        compiled.map(|()| slots)
    }

    fn callee(&mut self, callee: &mut Callee, inherit: bool) -> Outcome<()> {
        let depth = if inherit { self.depth + 1 } else { 0 };
        let Callee { parameters, defaults, body, slots, .. } = callee;
        *slots = self.frame(depth, inherit, |resolver| {
            let mut known: Vec<(Name, Slot)> = Vec::new();
            for parameter in parameters.iter_mut() {
                let slot = match known.iter().find(|(name, _)| *name == parameter.name) {
                    Some((_, slot)) => *slot,
                    None => {
                        let slot = resolver.bind(&parameter.name);
                        known.push((parameter.name.clone(), slot));
                        slot
                    }
                };
                parameter.slot = Some(slot);
            }
            defaults.iter_mut().try_for_each(|(_, value)| resolver.expr(value))?;
            resolver.body(body)
        })?;
        Ok(())
    }

    fn repeat(&mut self, repeat: &mut For) -> Outcome<()> {
        self.expr(&mut repeat.value)?;
        repeat.length = self.slot();
        let kept = self.bindings.len();
        if repeat.list.targets.len() > 1 {
            let mut mapping = repeat.list.clone();
            self.branch(&mut repeat.list, usize::MAX)?;
            self.branch(&mut mapping, 2)?;
            repeat.mapping = Some(mapping);
        } else {
            self.branch(&mut repeat.list, usize::MAX)?;
        }
        if let Some(otherwise) = &mut repeat.otherwise {
            self.body(otherwise)?;
        }
        self.bindings.truncate(kept);
        Ok(())
    }

    fn branch(&mut self, branch: &mut Branch, bound: usize) -> Outcome<()> {
        for (at, target) in branch.targets.iter_mut().enumerate() {
            if at < bound {
                target.slot = Some(self.bind(&target.name));
            }
        }
        self.body(&mut branch.body)
    }

    fn arguments(&mut self, arguments: &mut Arguments) -> Outcome<()> {
        arguments.positional.iter_mut().try_for_each(|expr| self.expr(expr))?;
        arguments.keyword.iter_mut().try_for_each(|(_, expr)| self.expr(expr))
    }

    fn expr(&mut self, expr: &mut Expr) -> Outcome<()> {
        self.count()?;
        match &mut expr.kind {
            ExprKind::Literal(_) => Ok(()),
            ExprKind::Symbol { name, slot } => {
                *slot = self.find(name);
                self.uses_loop |= &**name == "loop";
                Ok(())
            }
            ExprKind::Array(items) | ExprKind::Group(items) => items.iter_mut().try_for_each(|item| self.expr(item)),
            ExprKind::Dict(pairs) => pairs.iter_mut().try_for_each(|(_, value)| self.expr(value)),
            ExprKind::Member { target, key } => {
                self.mutates |= MUTATING.contains(&&**key);
                // The key counts as well.
                self.count()?;
                self.expr(target)
            }
            ExprKind::Lookup { target, key } => {
                self.mutates |= !matches!(key.kind, ExprKind::Literal(_));
                self.expr(target)?;
                self.expr(key)
            }
            ExprKind::Slice { target, bounds } => {
                self.expr(target)?;
                bounds.iter_mut().try_for_each(|bound| self.expr(bound))
            }
            ExprKind::InlineIf { condition, body, otherwise } => {
                self.expr(condition)?;
                self.expr(body)?;
                otherwise.as_mut().map_or(Ok(()), |otherwise| self.expr(otherwise))
            }
            ExprKind::Or(left, right)
            | ExprKind::And(left, right)
            | ExprKind::In(left, right)
            | ExprKind::Is(left, right)
            | ExprKind::Binary(_, left, right) => {
                self.expr(left)?;
                self.expr(right)
            }
            ExprKind::Not(target) | ExprKind::Negative(target) | ExprKind::Positive(target) | ExprKind::Floor(target) => self.expr(target),
            ExprKind::Compare(compare) => {
                self.expr(&mut compare.first)?;
                compare.operations.iter_mut().try_for_each(|(_, operand)| self.expr(operand))
            }
            ExprKind::Filter(filter) => {
                self.expr(&mut filter.input)?;
                self.arguments(&mut filter.arguments)
            }
            ExprKind::Call { callee, arguments } => {
                self.expr(callee)?;
                self.arguments(arguments)
            }
            ExprKind::Capture(body) => self.capture(body),
        }
    }
}

/// Targets keep their names even where nothing is bound to them.
impl Target {
    /// The name.
    pub(in super::super) fn name(&self) -> &Name {
        &self.name
    }
}
