//! What operators accept.

use super::Checked;
use crate::lang::LangError;
use crate::lang::expr::ast::{BinaryOp, Kind, Node, UnaryOp};
use crate::lang::expr::nature::{Nature, Ty};
use crate::lang::goregexp;

/// The nature of a unary operation.
pub(super) fn unary(op: UnaryOp, operand: &Nature, at: usize) -> Checked {
    match op {
        UnaryOp::Not if operand.is_bool() || operand.is_unknown() => Ok(Nature::of(Ty::Bool)),
        UnaryOp::Minus | UnaryOp::Plus if operand.is_number() => Ok(operand.clone()),
        UnaryOp::Minus | UnaryOp::Plus if operand.is_unknown() => Ok(Nature::unknown()),
        _ => {
            let sign = match op {
                UnaryOp::Not => "!",
                UnaryOp::Minus => "-",
                UnaryOp::Plus => "+",
            };
            Err(LangError::compile(at, format!("invalid operation: {sign} (mismatched type {})", operand.name())))
        }
    }
}

fn promote(l: &Nature, r: &Nature) -> Nature {
    Nature::of(if l.is_float() || r.is_float() { Ty::Float } else { Ty::Int })
}

/// The nature of a binary operation.
pub(super) fn binary(op: BinaryOp, l: &Nature, r: &Nature, right: &Node, at: usize) -> Checked {
    let of = |ty: Ty| Some(Nature::of(ty));
    let both = |check: fn(&Nature) -> bool| check(l) && check(r);
    let numbers = both(Nature::is_number);
    let ordered = |n: &Nature| n.is_number() || n.is_string() || n.is_time() || n.is_duration();
    let found = match op {
        BinaryOp::Eq | BinaryOp::Ne => l.comparable_to(r).then(|| Nature::of(Ty::Bool)),
        BinaryOp::Or | BinaryOp::And => (both(Nature::is_bool) || l.maybe(r, Nature::is_bool)).then(|| Nature::of(Ty::Bool)),
        BinaryOp::Lt | BinaryOp::Gt | BinaryOp::Le | BinaryOp::Ge => {
            let fits = numbers || both(Nature::is_string) || both(Nature::is_time) || both(Nature::is_duration) || l.maybe(r, ordered);
            fits.then(|| Nature::of(Ty::Bool))
        }
        BinaryOp::Sub => match () {
            () if numbers => Some(promote(l, r)),
            () if both(Nature::is_time) || both(Nature::is_duration) => of(Ty::Duration),
            () if l.is_time() && r.is_duration() => of(Ty::Time),
            () if l.maybe(r, |n| n.is_number() || n.is_time() || n.is_duration()) => of(Ty::Unknown),
            () => None,
        },
        BinaryOp::Mul => match () {
            () if numbers => Some(promote(l, r)),
            () if (l.is_number() || l.is_duration()) && (r.is_number() || r.is_duration()) => of(Ty::Duration),
            () if l.maybe(r, |n| n.is_number() || n.is_duration()) => of(Ty::Unknown),
            () => None,
        },
        BinaryOp::Div | BinaryOp::Pow => (numbers || l.maybe(r, Nature::is_number)).then(|| Nature::of(Ty::Float)),
        BinaryOp::Mod => (both(Nature::is_integer) || l.maybe(r, Nature::is_integer)).then(|| Nature::of(Ty::Int)),
        BinaryOp::Add => match () {
            () if numbers => Some(promote(l, r)),
            () if both(Nature::is_string) => of(Ty::Str),
            () if (l.is_time() && r.is_duration()) || (l.is_duration() && r.is_time()) => of(Ty::Time),
            () if both(Nature::is_duration) => of(Ty::Duration),
            () if l.maybe(r, ordered) => of(Ty::Unknown),
            () => None,
        },
        BinaryOp::In => return contained(l, r, at),
        BinaryOp::Matches => {
            if let Kind::Str(pattern) = &right.kind {
                goregexp::compile(pattern).map_err(|why| LangError::compile(at, why))?;
            }
            (both(Nature::is_string) || l.maybe(r, Nature::is_string)).then(|| Nature::of(Ty::Bool))
        }
        BinaryOp::Contains | BinaryOp::StartsWith | BinaryOp::EndsWith => {
            (both(Nature::is_string) || l.maybe(r, Nature::is_string)).then(|| Nature::of(Ty::Bool))
        }
        BinaryOp::Range => (both(Nature::is_integer) || l.maybe(r, Nature::is_integer)).then(|| Nature::array_of(Nature::of(Ty::Int))),
        BinaryOp::Coalesce => Some(match () {
            () if l.is_nil() => r.clone(),
            () if r.is_nil() || r.assignable_to(&l.ty) => l.clone(),
            () => Nature::unknown(),
        }),
    };
    found.ok_or_else(|| mismatch(op, l, r, at))
}

fn mismatch(op: BinaryOp, l: &Nature, r: &Nature, at: usize) -> LangError {
    let sign = match op {
        BinaryOp::Or => "or",
        BinaryOp::And => "and",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::Le => "<=",
        BinaryOp::In => "in",
        BinaryOp::Matches => "matches",
        BinaryOp::Contains => "contains",
        BinaryOp::StartsWith => "startsWith",
        BinaryOp::EndsWith => "endsWith",
        BinaryOp::Range => "..",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Mod => "%",
        BinaryOp::Pow => "**",
        BinaryOp::Coalesce => "??",
    };
    LangError::compile(at, format!("invalid operation: {sign} (mismatched types {} and {})", l.name(), r.name()))
}

fn contained(l: &Nature, r: &Nature, at: usize) -> Checked {
    let yes = Ok(Nature::of(Ty::Bool));
    if (l.is_string() || l.is_unknown()) && r.is_time() {
        return yes;
    }
    if r.is_map() {
        let key = r.key();
        if !l.is_unknown() && !l.assignable_to(&key.ty) {
            return Err(LangError::compile(at, format!("cannot use {} as type {} in map key", l.name(), key.name())));
        }
        return yes;
    }
    if r.is_array() {
        let item = r.items();
        if !l.comparable_to(&item) {
            return Err(LangError::compile(at, format!("cannot use {} as type {} in array", l.name(), item.name())));
        }
        return yes;
    }
    if (l.is_unknown() && r.is_string()) || r.is_unknown() {
        return yes;
    }
    Err(mismatch(BinaryOp::In, l, r, at))
}
