//! Runs a checked tree.

use std::sync::Arc;

use super::ast::{BinaryOp, Kind, Node, UnaryOp};
use super::environment::Env;
use super::nature::{Kind as GoKind, Ty};
use super::value::{Map, MapKind, Slice, SliceKind, Val};
use super::{functions, operators, time};
use crate::lang::{LangError, Limits};

pub(super) type Result<T = Val> = std::result::Result<T, LangError>;

/// Items that lists and maps may take altogether, as upstream's default.
const MEMORY_BUDGET: usize = 1_000_000;

/// A predicate in progress.
pub(super) struct Scope {
    pub(super) items: Arc<Vec<Val>>,
    pub(super) index: usize,
    pub(super) acc: Val,
}

pub(super) struct Interpreter<'r> {
    pub(super) env: &'r Env,
    variables: Vec<(&'r str, Val)>,
    pub(super) scopes: Vec<Scope>,
    memory: usize,
    steps: u64,
    /// What `findLast` and `findLastIndex` of expr-lang 1.17.7 leave on its stack: the outcome of every test of their loop.
    /// An instruction with several operands takes it for one.
    pub(super) litter: Vec<Val>,
}

/// A value, or that an optional member was nil and the chain ends.
enum Link {
    Value(Val),
    Broken,
}

impl<'r> Interpreter<'r> {
    pub(super) fn new(env: &'r Env, limits: &Limits) -> Self {
        Self { env, variables: Vec::new(), scopes: Vec::new(), memory: 0, steps: limits.steps, litter: Vec::new() }
    }

    pub(super) fn grow(&mut self, items: usize) -> Result<()> {
        self.memory = self.memory.saturating_add(items);
        if self.memory >= MEMORY_BUDGET { Err(LangError::eval("memory budget exceeded")) } else { Ok(()) }
    }

    pub(super) fn run(&mut self, node: &'r Node) -> Result {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            return Err(LangError::limit("the expression takes too many steps"));
        }
        if let Some(value) = self.peek(node) {
            return Ok(value.clone());
        }
        match &node.kind {
            Kind::Nil => Ok(Val::Nil),
            Kind::Ident(name) => Ok(self.identifier(name)),
            Kind::Int(_) | Kind::Float(_) | Kind::Bool(_) => Ok(literal(node).unwrap_or(Val::Nil)),
            Kind::Str(text) => Ok(Val::str(text)),
            Kind::Constant(value) => Ok(value.clone()),
            Kind::Unary(op, operand) => {
                let value = self.run(operand)?;
                unary(*op, value)
            }
            Kind::Binary(op, left, right) => self.binary(*op, left, right),
            Kind::Member { .. } | Kind::Call { .. } | Kind::Slice { .. } => self.linked(node),
            Kind::Chain(inner) => self.linked(inner),
            Kind::Builtin { name, args, throws } => self.builtin(name, args, *throws),
            Kind::Predicate(body) => self.run(body),
            Kind::Pointer(name) => self.pointer(name),
            _ => self.compound(node),
        }
    }

    /// What has nodes of its own to order: kept apart, so that `run` needs little stack.
    #[inline(never)]
    fn compound(&mut self, node: &'r Node) -> Result {
        match &node.kind {
            Kind::Let { name, value, body } => {
                let value = self.run(value)?;
                self.variables.push((name, value));
                let result = self.run(body);
                self.variables.pop();
                result
            }
            Kind::Sequence(nodes) => {
                let mut last = Val::Nil;
                for node in nodes {
                    last = self.run(node)?;
                }
                Ok(last)
            }
            Kind::Conditional { condition, yes, no } => {
                let branch = if boolean(&self.run(condition)?)? { yes } else { no };
                self.run(branch)
            }
            Kind::Array(nodes) => {
                let items = self.operands(nodes.iter())?;
                self.grow(items.len())?;
                Ok(Val::Slice(Slice::any(items)))
            }
            Kind::Map(pairs) => self.map(pairs),
            _ => Ok(Val::Nil),
        }
    }

    fn linked(&mut self, node: &'r Node) -> Result {
        match self.link(node)? {
            Link::Value(value) => Ok(value),
            Link::Broken => Ok(Val::Nil),
        }
    }

    /// What is only looked up, without a copy; `None` where it takes more than that.
    fn peek(&self, node: &'r Node) -> Option<&Val> {
        match &node.kind {
            Kind::Ident(name) => match self.variables.iter().rev().find(|(known, _)| known == name) {
                Some((_, value)) => Some(value),
                None if name == "result" => self.env.peek_result(),
                None => None,
            },
            Kind::Pointer(name) if name != "index" && name != "acc" => {
                let scope = self.scopes.last()?;
                scope.items.get(scope.index)
            }
            Kind::Member { base, property, .. } => match (self.peek(base)?, &property.kind) {
                (Val::Slice(slice), Kind::Int(index)) => slice.items.get(position(*index, slice.items.len())?),
                (Val::Map(map), Kind::Str(key)) if map.kind == MapKind::Text => map.text(key),
                _ => None,
            },
            _ => None,
        }
    }

    fn identifier(&self, name: &str) -> Val {
        if let Some((_, value)) = self.variables.iter().rev().find(|(known, _)| *known == name) {
            return value.clone();
        }
        if name == "$env" {
            let entries = self.env.names().into_iter().map(|name| (Val::str(name), self.env.value(name)));
            return Val::Map(Map { kind: MapKind::Text, entries: entries.collect::<Vec<_>>().into() });
        }
        self.env.value(name)
    }

    /// The operands of one instruction, as they are found on the stack.
    pub(super) fn operands(&mut self, nodes: impl ExactSizeIterator<Item = &'r Node>) -> Result<Vec<Val>> {
        let (start, count) = (self.litter.len(), nodes.len());
        let mut stack = Vec::with_capacity(count);
        for node in nodes {
            let value = self.run(node)?;
            stack.extend(self.litter.drain(start..));
            stack.push(value);
        }
        let operands = stack.split_off(stack.len() - count);
        self.litter.extend(stack);
        Ok(operands)
    }

    /// The left operand once the right one is evaluated; `start` is how much litter there was between them.
    fn left_operand(&mut self, left: Val, start: usize) -> Val {
        if self.litter.len() <= start {
            return left;
        }
        let found = self.litter.pop().unwrap_or(Val::Nil);
        self.litter.insert(start, left);
        found
    }

    fn map(&mut self, pairs: &'r [(Node, Node)]) -> Result {
        let mut entries = Vec::with_capacity(pairs.len());
        let nodes: Vec<&Node> = pairs.iter().flat_map(|(key, value)| [key, value]).collect();
        let mut values = self.operands(nodes.into_iter())?.into_iter();
        while let (Some(key), Some(value)) = (values.next(), values.next()) {
            entries.push((key, value));
        }
        self.grow(entries.len())?;
        if let Some((key, _)) = entries.iter().find(|(key, _)| !matches!(key, Val::Str(_))) {
            let message = format!("interface conversion: interface {{}} is {}, not string", key.ty().name());
            return Err(LangError::eval(message));
        }
        Ok(Val::Map(Map::texts(entries)))
    }

    fn binary(&mut self, op: BinaryOp, left: &'r Node, right: &'r Node) -> Result {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let l = self.run(left)?;
                if boolean(&l)? == (op == BinaryOp::Or) { Ok(l) } else { self.run(right) }
            }
            BinaryOp::Coalesce => {
                let l = self.run(left)?;
                if l.is_nil() { self.run(right) } else { Ok(l) }
            }
            BinaryOp::Range => {
                let from = self.run(left)?;
                let start = self.litter.len();
                let to = self.run(right)?;
                let from = self.left_operand(from, start);
                self.range(&from, &to)
            }
            _ => {
                if !matches!(op, BinaryOp::Eq | BinaryOp::Ne)
                    && let (Some(l), Some(r)) = (self.peek(left), literal(right))
                {
                    return operators::binary(op, l, &r);
                }
                let l = self.run(left)?;
                let start = self.litter.len();
                let r = self.run(right)?;
                let l = self.left_operand(l, start);
                if matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
                    typed_equality(left, right, &l, &r)?;
                }
                operators::binary(op, &l, &r)
            }
        }
    }

    fn range(&mut self, from: &Val, to: &Val) -> Result {
        let (from, to) = (operators::to_int(from)?, operators::to_int(to)?);
        let size = to.saturating_sub(from).saturating_add(1).max(0);
        self.grow(usize::try_from(size).unwrap_or(usize::MAX))?;
        Ok(Val::Slice(Slice::of(SliceKind::Int, if size == 0 { Vec::new() } else { (from..=to).map(Val::Int).collect() })))
    }

    fn pointer(&self, name: &str) -> Result {
        let Some(scope) = self.scopes.last() else { return Err(LangError::eval("cannot use pointer accessor outside predicate")) };
        Ok(match name {
            "index" => Val::Int(i64::try_from(scope.index).unwrap_or(i64::MAX)),
            "acc" => scope.acc.clone(),
            _ => match scope.items.get(scope.index) {
                Some(item) => item.clone(),
                None => return Err(LangError::eval("reflect: slice index out of range")),
            },
        })
    }

    /// Members, slices and calls: a row that `?.` may break off.
    fn link(&mut self, node: &'r Node) -> Result<Link> {
        match &node.kind {
            Kind::Member { base, property, optional } => {
                let Link::Value(on) = self.link(base)? else { return Ok(Link::Broken) };
                if *optional && on.is_nil() {
                    return Ok(Link::Broken);
                }
                let start = self.litter.len();
                let key = self.run(property)?;
                let on = self.left_operand(on, start);
                fetch(&on, &key).map(Link::Value)
            }
            Kind::Slice { base, from, to } => {
                let Link::Value(on) = self.link(base)? else { return Ok(Link::Broken) };
                let start = self.litter.len();
                let to = match to {
                    Some(to) => self.run(to)?,
                    None => Val::Int(i64::try_from(length(&on)?).unwrap_or(i64::MAX)),
                };
                let between = self.litter.len();
                let from = match from {
                    Some(from) => self.run(from)?,
                    None => Val::Int(0),
                };
                let to = self.left_operand(to, between);
                let on = self.left_operand(on, start);
                slice(&on, &from, &to).map(Link::Value)
            }
            Kind::Call { callee, args } => {
                let values = self.operands(args.iter())?;
                let Link::Value(callee) = self.link(callee)? else { return Ok(Link::Broken) };
                functions::call(self.env, &callee, &values).map(Link::Value)
            }
            _ => self.run(node).map(Link::Value),
        }
    }
}

/// A number or a truth as it is written.
fn literal(node: &Node) -> Option<Val> {
    match &node.kind {
        Kind::Int(value) => Some(integer(*value, &node.nature.ty)),
        Kind::Float(value) => Some(Val::Float(*value)),
        Kind::Bool(value) => Some(Val::Bool(*value)),
        _ => None,
    }
}

/// Literals take on the integer type they are passed as.
fn integer(value: i64, ty: &Ty) -> Val {
    match ty {
        Ty::Int64 => Val::Int64(value),
        #[allow(clippy::cast_precision_loss)]
        Ty::Float => Val::Float(value as f64),
        _ => Val::Int(value),
    }
}

/// A condition has to be a boolean.
pub(super) fn boolean(value: &Val) -> Result<bool> {
    match value {
        Val::Bool(value) => Ok(*value),
        Val::Nil => Err(LangError::eval("interface conversion: interface {} is nil, not bool")),
        other => Err(LangError::eval(format!("interface conversion: interface {{}} is {}, not bool", other.ty().name()))),
    }
}

fn unary(op: UnaryOp, value: Val) -> Result {
    Ok(match (op, value) {
        (UnaryOp::Not, value) => Val::Bool(!boolean(&value)?),
        (UnaryOp::Plus, value) => value,
        (UnaryOp::Minus, Val::Int(value)) => Val::Int(value.wrapping_neg()),
        (UnaryOp::Minus, Val::Int64(value)) => Val::Int64(value.wrapping_neg()),
        (UnaryOp::Minus, Val::Byte(value)) => Val::Byte(value.wrapping_neg()),
        (UnaryOp::Minus, Val::Float(value)) => Val::Float(-value),
        (UnaryOp::Minus, other) => return Err(LangError::eval(format!("invalid operation: - {}", other.ty().name()))),
    })
}

/// Where both sides are `int` or both `string` by type, upstream compares without looking, and panics on nil.
fn typed_equality(left: &Node, right: &Node, l: &Val, r: &Val) -> Result<()> {
    let bad = |value: &Val, wanted: &str| {
        Err(LangError::eval(format!("interface conversion: interface {{}} is {}, not {wanted}", value.ty().name())))
    };
    match (&left.nature.ty, &right.nature.ty) {
        (Ty::Int, Ty::Int) => match (l, r) {
            (Val::Int(_), Val::Int(_)) => Ok(()),
            (Val::Int(_), other) | (other, _) => bad(other, "int"),
        },
        (Ty::Str, Ty::Str) if left.nature.kind() == GoKind::String => match (l, r) {
            (Val::Str(_), Val::Str(_)) => Ok(()),
            (Val::Str(_), other) | (other, _) => bad(other, "string"),
        },
        _ => Ok(()),
    }
}

/// The length in items or bytes.
pub(super) fn length(value: &Val) -> Result<usize> {
    match value {
        Val::Slice(slice) => Ok(slice.items.len()),
        Val::Map(map) => Ok(map.entries.len()),
        Val::Str(text) => Ok(text.len()),
        other => Err(LangError::eval(format!("invalid argument for len (type {})", other.ty().name()))),
    }
}

/// An index from the front or, negative, from the back.
pub(super) fn position(index: i64, length: usize) -> Option<usize> {
    let size = i64::try_from(length).unwrap_or(i64::MAX);
    let index = if index < 0 { index.saturating_add(size) } else { index };
    usize::try_from(index).ok().filter(|index| *index < length)
}

/// `a.b` and `a[b]`
pub(super) fn fetch(on: &Val, key: &Val) -> Result {
    if let Val::Str(name) = key
        && let Some(name) = time::method_name(&on.ty(), name)
    {
        return Ok(Val::Func(super::value::Func::Method(name, Arc::new(on.clone()))));
    }
    let cannot = || LangError::eval(format!("cannot fetch {} from {}", functions::print(key), on.ty().name()));
    match on {
        Val::Slice(_) | Val::Str(_) => {
            let index = operators::to_int(key)?;
            let length = length(on)?;
            let out_of_range = || LangError::eval(format!("index out of range: {index} (array length is {length})"));
            let at = position(index, length).ok_or_else(out_of_range)?;
            match on {
                Val::Slice(slice) => slice.items.get(at).cloned().ok_or_else(out_of_range),
                Val::Str(text) => text.as_bytes().get(at).map(|byte| Val::Byte(*byte)).ok_or_else(out_of_range),
                _ => Err(cannot()),
            }
        }
        Val::Map(map) => Ok(operators::lookup(map, key)?.cloned().unwrap_or(if map.kind == MapKind::Groups {
            Val::Slice(Slice::any(Vec::new()))
        } else {
            Val::Nil
        })),
        _ => Err(cannot()),
    }
}

fn slice(on: &Val, from: &Val, to: &Val) -> Result {
    let (from, to) = (operators::to_int(from)?, operators::to_int(to)?);
    let length = match on {
        Val::Slice(_) | Val::Str(_) => length(on)?,
        _ => return Err(LangError::eval(format!("cannot slice {from}"))),
    };
    let size = i64::try_from(length).unwrap_or(i64::MAX);
    let clamp = |index: i64| (if index < 0 { index.saturating_add(size) } else { index }).max(0);
    let to = clamp(to).min(size);
    let from = clamp(from).min(to);
    let (from, to) = (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(0));
    Ok(match on {
        Val::Slice(slice) => {
            let kind = if slice.kind == SliceKind::Pair { SliceKind::Any } else { slice.kind };
            Val::Slice(Slice::of(kind, slice.items.get(from..to).unwrap_or_default().to_vec()))
        }
        Val::Str(text) => {
            let bytes = text.as_bytes().get(from..to).unwrap_or_default();
            Val::string(String::from_utf8_lossy(bytes).into_owned())
        }
        _ => Val::Nil,
    })
}
