//! The rewrites of the optimiser that show in answers.
//!
//! Folding drops operands that would fail, `in` looks into sets whose keys have
//! one type, the first or last item of a filter stops early, and predicates
//! over one list are joined.

use super::ast::{BinaryOp, Kind, Node, UnaryOp};
use super::nature::{Kind as GoKind, Nature, Ty};
use super::operators;
use super::value::{Map, MapKind, Slice, Val};
use crate::lang::LangError;

/// Rewrites a checked tree.
pub(super) fn optimize(root: &mut Node) -> Result<(), LangError> {
    walk(root, &mut |node| {
        in_array(node);
        Ok(())
    })?;
    for _ in 0..1000 {
        let mut applied = false;
        walk(root, &mut |node| {
            applied |= fold(node)?;
            Ok(())
        })?;
        if !applied {
            break;
        }
    }
    for rewrite in [in_range, filter_end, combine, sum_array] {
        walk(root, &mut |node| {
            rewrite(node);
            Ok(())
        })?;
    }
    Ok(())
}

/// Children first, as upstream walks.
fn walk(node: &mut Node, visit: &mut dyn FnMut(&mut Node) -> Result<(), LangError>) -> Result<(), LangError> {
    match &mut node.kind {
        Kind::Nil
        | Kind::Ident(_)
        | Kind::Int(_)
        | Kind::Float(_)
        | Kind::Bool(_)
        | Kind::Str(_)
        | Kind::Constant(_)
        | Kind::Pointer(_) => {}
        Kind::Unary(_, inner) | Kind::Chain(inner) | Kind::Predicate(inner) => walk(inner, visit)?,
        Kind::Binary(_, left, right) => {
            walk(left, visit)?;
            walk(right, visit)?;
        }
        Kind::Member { base, property, .. } => {
            walk(base, visit)?;
            walk(property, visit)?;
        }
        Kind::Slice { base, from, to } => {
            walk(base, visit)?;
            for end in [from, to].into_iter().flatten() {
                walk(end, visit)?;
            }
        }
        Kind::Call { callee, args } => {
            walk(callee, visit)?;
            args.iter_mut().try_for_each(|arg| walk(arg, visit))?;
        }
        Kind::Builtin { args, .. } => args.iter_mut().try_for_each(|arg| walk(arg, visit))?,
        Kind::Let { value, body, .. } => {
            walk(value, visit)?;
            walk(body, visit)?;
        }
        Kind::Sequence(nodes) | Kind::Array(nodes) => nodes.iter_mut().try_for_each(|node| walk(node, visit))?,
        Kind::Conditional { condition, yes, no } => {
            for part in [condition, yes, no] {
                walk(part, visit)?;
            }
        }
        Kind::Map(pairs) => {
            for (key, value) in pairs {
                walk(key, visit)?;
                walk(value, visit)?;
            }
        }
    }
    visit(node)
}

fn in_array(node: &mut Node) {
    let Kind::Binary(BinaryOp::In, left, right) = &mut node.kind else { return };
    let Kind::Array(items) = &right.kind else { return };
    if items.is_empty() {
        return;
    }
    let integers = left.nature.kind() == GoKind::Int && items.iter().all(|item| matches!(item.kind, Kind::Int(_)));
    let texts = items.iter().all(|item| matches!(item.kind, Kind::Str(_)));
    if !integers && !texts {
        return;
    }
    let entries = items.iter().map(|item| match &item.kind {
        Kind::Int(value) => (Val::Int(*value), Val::Nil),
        Kind::Str(text) => (Val::str(text), Val::Nil),
        _ => (Val::Nil, Val::Nil),
    });
    let kind = if integers { MapKind::IntSet } else { MapKind::TextSet };
    let set = Val::Map(Map { kind, entries: entries.collect::<Vec<_>>().into() });
    right.kind = Kind::Constant(set);
}

fn constant(node: &Node) -> Option<Val> {
    Some(match &node.kind {
        Kind::Int(value) => Val::Int(*value),
        Kind::Float(value) => Val::Float(*value),
        Kind::Str(text) => Val::str(text),
        Kind::Bool(value) => Val::Bool(*value),
        _ => return None,
    })
}

fn literal(value: Val) -> Option<(Kind, Ty)> {
    Some(match value {
        Val::Int(value) => (Kind::Int(value), Ty::Int),
        Val::Float(value) => (Kind::Float(value), Ty::Float),
        Val::Str(text) => (Kind::Str(text.to_string()), Ty::Str),
        Val::Bool(value) => (Kind::Bool(value), Ty::Bool),
        _ => return None,
    })
}

fn fold(node: &mut Node) -> Result<bool, LangError> {
    let at = node.at;
    let replacement = match &mut node.kind {
        Kind::Unary(op, operand) => match (op, &operand.kind) {
            (UnaryOp::Minus, Kind::Int(value)) => literal(Val::Int(value.wrapping_neg())),
            (UnaryOp::Minus, Kind::Float(value)) => literal(Val::Float(-value)),
            (UnaryOp::Plus, Kind::Int(value)) => literal(Val::Int(*value)),
            (UnaryOp::Plus, Kind::Float(value)) => literal(Val::Float(*value)),
            (UnaryOp::Not, Kind::Bool(value)) => literal(Val::Bool(!value)),
            _ => None,
        },
        Kind::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) => {
            let neutral = *op == BinaryOp::And;
            let known = |node: &Node| match node.kind {
                Kind::Bool(value) => Some(value),
                _ => None,
            };
            let (l, r) = (known(left), known(right));
            let kept = if l == Some(neutral) {
                Some(right)
            } else if r == Some(neutral) {
                Some(left)
            } else {
                None
            };
            if let Some(kept) = kept {
                let nature = std::mem::replace(&mut node.nature, Nature::unknown());
                let mut kept = (**kept).clone();
                kept.nature = nature;
                *node = kept;
                return Ok(true);
            }
            if l.is_some() || r.is_some() { literal(Val::Bool(!neutral)) } else { None }
        }
        Kind::Binary(op, left, right) => fold_binary(*op, left, right, at)?,
        Kind::Array(items) if !items.is_empty() => items
            .iter()
            .map(constant)
            .collect::<Option<Vec<_>>>()
            .map(|values| (Kind::Constant(Val::Slice(Slice::any(values))), Ty::slice_of_any())),
        Kind::Builtin { name: "filter", args, .. } => return Ok(fold_filter(args)),
        _ => None,
    };
    let Some((kind, ty)) = replacement else { return Ok(false) };
    node.kind = kind;
    node.nature = Nature::of(ty);
    Ok(true)
}

fn fold_binary(op: BinaryOp, left: &Node, right: &Node, at: usize) -> Result<Option<(Kind, Ty)>, LangError> {
    let (Some(l), Some(r)) = (constant(left), constant(right)) else { return Ok(None) };
    let numbers = l.is_number() && r.is_number();
    let folds = match op {
        BinaryOp::Add => numbers || matches!((&l, &r), (Val::Str(_), Val::Str(_))),
        BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Pow => numbers,
        BinaryOp::Mod => {
            if matches!((&l, &r), (Val::Int(_), Val::Int(0))) {
                return Err(LangError::compile(at, "integer divide by zero"));
            }
            matches!((&l, &r), (Val::Int(_), Val::Int(_)))
        }
        BinaryOp::Eq => {
            matches!((&l, &r), (Val::Int(_), Val::Int(_)) | (Val::Str(_), Val::Str(_)) | (Val::Bool(_), Val::Bool(_)))
        }
        _ => false,
    };
    if !folds {
        return Ok(None);
    }
    Ok(operators::binary(op, &l, &r).ok().and_then(literal))
}

/// A filter of a filter is one filter.
fn fold_filter(args: &mut Vec<Node>) -> bool {
    let [Node { kind: Kind::Builtin { name: "filter", args: inner, .. }, .. }, Node { kind: Kind::Predicate(second), .. }] =
        args.as_slice()
    else {
        return false;
    };
    let [source, Node { kind: Kind::Predicate(first), at, nature }] = inner.as_slice() else { return false };
    let joined = Node { kind: Kind::Binary(BinaryOp::And, first.clone(), second.clone()), at: *at, nature: Nature::of(Ty::Bool) };
    let predicate = Node { kind: Kind::Predicate(Box::new(joined)), at: *at, nature: nature.clone() };
    *args = vec![source.clone(), predicate];
    true
}

fn in_range(node: &mut Node) {
    let Kind::Binary(BinaryOp::In, left, right) = &node.kind else { return };
    let Kind::Binary(BinaryOp::Range, from, to) = &right.kind else { return };
    if left.nature.kind() != GoKind::Int || !matches!((&from.kind, &to.kind), (Kind::Int(_), Kind::Int(_))) {
        return;
    }
    let side = |op, bound: &Node| {
        let kind = Kind::Binary(op, left.clone(), Box::new(bound.clone()));
        Box::new(Node { kind, at: node.at, nature: Nature::of(Ty::Bool) })
    };
    node.kind = Kind::Binary(BinaryOp::And, side(BinaryOp::Ge, from), side(BinaryOp::Le, to));
}

/// `filter(…)[0]`, `filter(…)[-1]`, `first(filter(…))` and `last(filter(…))` stop at what they find.
fn filter_end(node: &mut Node) {
    let (filter, name, throws) = match &node.kind {
        Kind::Member { base, property, optional: false } => match property.kind {
            Kind::Int(0) => (base.as_ref(), "find", true),
            Kind::Int(-1) => (base.as_ref(), "findLast", true),
            _ => return,
        },
        Kind::Builtin { name: end @ ("first" | "last"), args, .. } => match args.as_slice() {
            [only] => (only, if *end == "first" { "find" } else { "findLast" }, false),
            _ => return,
        },
        _ => return,
    };
    let Kind::Builtin { name: "filter", args, .. } = &filter.kind else { return };
    node.kind = Kind::Builtin { name, args: args.clone(), throws };
}

/// `all(x, p) && all(x, q)` is `all(x, p && q)`; `any` and `none` alike.
fn combine(node: &mut Node) {
    let Kind::Binary(op, left, right) = &node.kind else { return };
    let (Kind::Builtin { name, args: a, .. }, Kind::Builtin { name: other, args: b, .. }) = (&left.kind, &right.kind) else { return };
    let joined = match (*name, op) {
        ("all", BinaryOp::And) => BinaryOp::And,
        ("any", BinaryOp::Or) => BinaryOp::Or,
        ("none", BinaryOp::And) => BinaryOp::Or,
        _ => return,
    };
    let ([source, first], [other_source, second]) = (a.as_slice(), b.as_slice()) else { return };
    let (Kind::Predicate(p), Kind::Predicate(q)) = (&first.kind, &second.kind) else { return };
    if name != other || source.nature.ty != other_source.nature.ty || !source.same(other_source) {
        return;
    }
    let mut body = Node { kind: Kind::Binary(joined, p.clone(), q.clone()), at: node.at, nature: Nature::of(Ty::Bool) };
    combine(&mut body);
    let predicate = Node { kind: Kind::Predicate(Box::new(body)), at: first.at, nature: first.nature.clone() };
    node.kind = Kind::Builtin { name, args: vec![source.clone(), predicate], throws: false };
}

/// The sum of a written list adds from the right.
fn sum_array(node: &mut Node) {
    let Kind::Builtin { name: "sum", args, .. } = &node.kind else { return };
    let [Node { kind: Kind::Array(items), .. }] = args.as_slice() else { return };
    if items.len() < 2 {
        return;
    }
    let folded = items.iter().rev().cloned().reduce(|right, left| {
        let at = left.at;
        Node { kind: Kind::Binary(BinaryOp::Add, Box::new(left), Box::new(right)), at, nature: Nature::unknown() }
    });
    if let Some(folded) = folded {
        node.kind = folded.kind;
    }
}
