//! Calls of functions with Go signatures.

use super::{Checked, Checker, error};
use crate::lang::LangError;
use crate::lang::expr::ast::{BinaryOp, Kind, Node};
use crate::lang::expr::nature::{Kind as GoKind, Nature, Signature, Ty};

impl Checker<'_> {
    pub(super) fn call(&mut self, callee: &mut Node, args: &mut [Node], at: usize) -> Checked {
        let callee_at = callee.at;
        if let Kind::Member { base, property, optional } = &mut callee.kind {
            callee.nature = self.member(base, property, *optional, callee_at, "method")?;
        } else {
            self.visit(callee)?;
        }
        let nature = callee.nature.clone();
        if nature.is_unknown() {
            return Ok(Nature::unknown());
        }
        let name = match &callee.kind {
            Kind::Ident(name) => name.clone(),
            Kind::Member { property, .. } => match &property.kind {
                Kind::Str(name) => name.clone(),
                _ => "function".to_owned(),
            },
            _ => "function".to_owned(),
        };
        if nature.is_nil() {
            return Err(LangError::compile(at, format!("{name} is nil; cannot call nil as function")));
        }
        match &nature.ty {
            Ty::Func(signature) => match signature.builtin {
                Some(builtin) => self.builtin(builtin, args, at),
                None => self.arguments(&name, signature, args, at),
            },
            _ => error(callee, format!("{} is not callable", nature.name())),
        }
    }

    /// Checks arguments against parameters; literals take on the type they are needed in.
    fn arguments(&mut self, name: &str, signature: &Signature, args: &mut [Node], at: usize) -> Checked {
        self.signature(name, signature, args, at)?
    }

    /// The same, with complaints about what is inside arguments apart from those about the call.
    pub(super) fn signature(&mut self, name: &str, signature: &Signature, args: &mut [Node], at: usize) -> Checked<Checked> {
        let Some(out) = &signature.out else {
            return Ok(Err(LangError::compile(at, format!("func {name} doesn't return value"))));
        };
        let wanted = signature.params.len();
        let how = if !signature.variadic && args.len() > wanted {
            Some("too many")
        } else if args.len() + usize::from(signature.variadic) < wanted {
            Some("not enough")
        } else {
            None
        };
        if let Some(how) = how {
            for arg in args {
                self.visit(arg)?;
            }
            return Ok(Err(LangError::compile(at, format!("{how} arguments to call {name}"))));
        }
        for (index, arg) in args.iter_mut().enumerate() {
            let nature = self.visit(arg)?;
            let param = match signature.params.get(index.min(wanted.saturating_sub(1))) {
                Some(Ty::Slice(elem)) if signature.variadic && index + 1 >= wanted => (**elem).clone(),
                Some(ty) => ty.clone(),
                None => Ty::Any,
            };
            let wants = Nature::of(param.clone());
            if wants.is_float() && nature.is_integer() {
                to_float(arg);
                continue;
            }
            if wants.is_integer() && nature.is_integer() && nature.kind() != wants.kind() {
                to_integer(arg, &param);
                continue;
            }
            if nature.is_nil() {
                if matches!(wants.kind(), GoKind::Ptr | GoKind::Interface) {
                    continue;
                }
                return Ok(error(arg, format!("cannot use nil as argument (type {}) to call {name}", wants.name())));
            }
            if !nature.assignable_to(&param) && !nature.is_unknown() {
                return Ok(error(arg, format!("cannot use {} as argument (type {}) to call {name} ", nature.name(), wants.name())));
            }
        }
        Ok(Ok(Nature::of(out.clone())))
    }
}

fn to_float(node: &mut Node) {
    match &mut node.kind {
        #[allow(clippy::cast_precision_loss)]
        Kind::Int(value) => {
            node.kind = Kind::Float(*value as f64);
            node.nature = Nature::of(Ty::Float);
        }
        Kind::Unary(_, operand) => to_float(operand),
        Kind::Binary(BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, left, right) => {
            to_float(left);
            to_float(right);
        }
        _ => {}
    }
}

fn to_integer(node: &mut Node, ty: &Ty) {
    match &mut node.kind {
        Kind::Int(_) => node.nature = Nature::of(ty.clone()),
        Kind::Unary(_, operand) => {
            to_integer(operand, ty);
            node.nature = Nature::of(ty.clone());
        }
        Kind::Binary(BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, left, right) => {
            to_integer(left, ty);
            to_integer(right, ty);
        }
        _ => {}
    }
}
