//! The static checker.

mod builtins;
mod calls;
mod operators;

use super::ast::{Kind, Node};
use super::environment::Env;
use super::functions;
use super::nature::{Kind as GoKind, Nature, Signature, Ty};
use super::time;
use crate::lang::LangError;

type Checked<T = Nature> = Result<T, LangError>;

/// Checks a tree against an environment and writes the natures into it.
pub(super) fn check(root: &mut Node, env: &Env) -> Checked<()> {
    let mut checker = Checker { env, variables: Vec::new(), scopes: Vec::new() };
    checker.visit(root)?;
    Ok(())
}

/// What `#` means in a predicate.
struct Scope {
    collection: Nature,
    /// `#index` and `#acc`, where they exist.
    pointers: Vec<(&'static str, Nature)>,
}

struct Checker<'e> {
    env: &'e Env,
    variables: Vec<(String, Nature)>,
    scopes: Vec<Scope>,
}

fn error<T>(node: &Node, message: impl Into<String>) -> Checked<T> {
    Err(LangError::compile(node.at, message))
}

impl Checker<'_> {
    fn visit(&mut self, node: &mut Node) -> Checked {
        let nature = self.nature(node)?;
        node.nature = nature.clone();
        Ok(nature)
    }

    fn nature(&mut self, node: &mut Node) -> Checked {
        let at = node.at;
        match &mut node.kind {
            Kind::Nil => Ok(Nature::of(Ty::Nil)),
            Kind::Ident(name) => self.identifier(name, at),
            Kind::Int(_) => Ok(Nature::of(Ty::Int)),
            Kind::Float(_) => Ok(Nature::of(Ty::Float)),
            Kind::Bool(_) => Ok(Nature::of(Ty::Bool)),
            Kind::Str(_) => Ok(Nature::of(Ty::Str)),
            Kind::Constant(_) => Ok(Nature::of(Ty::slice_of_any())),
            Kind::Unary(op, operand) => {
                let operand = self.visit(operand)?;
                operators::unary(*op, &operand, at)
            }
            Kind::Binary(op, left, right) => {
                let (l, r) = (self.visit(left)?, self.visit(right)?);
                operators::binary(*op, &l, &r, right, at)
            }
            Kind::Chain(inner) => self.visit(inner),
            Kind::Member { base, property, optional } => self.member(base, property, *optional, at, "field"),
            Kind::Slice { base, from, to } => self.slice(base, from.as_deref_mut(), to.as_deref_mut(), at),
            Kind::Call { callee, args } => self.call(callee, args, at),
            Kind::Builtin { name, args, .. } => self.builtin(name, args, at),
            Kind::Predicate(body) => self.predicate(body),
            Kind::Pointer(name) => self.pointer(name, at),
            Kind::Let { name, value, body } => self.declaration(name, value, body, at),
            Kind::Sequence(nodes) => {
                let mut last = Nature::unknown();
                for node in nodes {
                    last = self.visit(node)?;
                }
                Ok(last)
            }
            Kind::Conditional { condition, yes, no } => self.conditional(condition, yes, no),
            Kind::Array(nodes) => self.array(nodes),
            Kind::Map(pairs) => {
                for (key, value) in pairs {
                    self.visit(key)?;
                    self.visit(value)?;
                }
                Ok(Nature::of(Ty::map_of_any()))
            }
        }
    }

    fn identifier(&mut self, name: &str, at: usize) -> Checked {
        if let Some((_, nature)) = self.variables.iter().rev().find(|(known, _)| known == name) {
            return Ok(nature.clone());
        }
        if name == "$env" {
            return Ok(Nature::unknown());
        }
        if let Some(nature) = self.env.nature(name) {
            return Ok(nature);
        }
        if let Some(name) = functions::builtin_name(name) {
            let signature = Signature { params: vec![Ty::slice_of_any()], out: Some(Ty::Any), variadic: true, builtin: Some(name) };
            return Ok(Nature::of(Ty::Func(Box::new(signature))));
        }
        Err(LangError::compile(at, format!("unknown name {name}")))
    }

    /// `wanted` is what a complaint calls the member: a field, or a method if it is called.
    fn member(&mut self, base: &mut Node, property: &mut Node, optional: bool, at: usize, wanted: &str) -> Checked {
        if matches!(&base.kind, Kind::Ident(name) if name == "$env") {
            let Kind::Str(name) = &property.kind else { return Ok(Nature::unknown()) };
            return match self.env.nature(name) {
                Some(nature) => Ok(nature),
                None if optional => Ok(Nature::unknown()),
                None => Err(LangError::compile(at, format!("unknown name {name}"))),
            };
        }
        let (on, key) = (self.visit(base)?, self.visit(property)?);
        if on.is_unknown() {
            return Ok(Nature::unknown());
        }
        let name = match &property.kind {
            Kind::Str(name) => Some(name.as_str()),
            _ => None,
        };
        if let Some(name) = name {
            if on.is_nil() {
                return Err(LangError::compile(at, format!("type nil has no field {name}")));
            }
            if let Some(method) = time::method(&on.ty, name) {
                return Ok(Nature::of(Ty::Func(Box::new(method))));
            }
        }
        match on.kind() {
            GoKind::Map => {
                if !key.assignable_to(&on.key().ty) && !key.is_unknown() {
                    return error(property, format!("cannot use {} to get an element from {}", key.name(), on.name()));
                }
                Ok(on.items())
            }
            GoKind::Slice | GoKind::Array => {
                if !key.is_integer() && !key.is_unknown() {
                    return error(property, format!("array elements can only be selected using an integer (got {})", key.name()));
                }
                Ok(on.items())
            }
            _ => {
                let message = match name {
                    Some(name) => format!("type {} has no {wanted} {name}", on.name()),
                    None => format!("type {}[{}] is undefined", on.name(), key.name()),
                };
                Err(LangError::compile(at, message))
            }
        }
    }

    fn slice(&mut self, base: &mut Node, from: Option<&mut Node>, to: Option<&mut Node>, at: usize) -> Checked {
        let on = self.visit(base)?;
        if on.is_unknown() {
            return Ok(Nature::unknown());
        }
        if !matches!(on.kind(), GoKind::String | GoKind::Array | GoKind::Slice) {
            return Err(LangError::compile(at, format!("cannot slice {}", on.name())));
        }
        for end in [from, to].into_iter().flatten() {
            let index = self.visit(end)?;
            if !index.is_integer() && !index.is_unknown() {
                return error(end, format!("non-integer slice index {}", index.name()));
            }
        }
        Ok(on)
    }

    /// A function of one unknown; the nature of its body is kept aside.
    fn predicate(&mut self, body: &mut Node) -> Checked {
        let inner = self.visit(body)?;
        let out = match &inner.ty {
            Ty::Unknown => Some(Ty::Any),
            Ty::Nil => None,
            ty => Some(ty.clone()),
        };
        let signature = Signature { params: vec![Ty::Any], out, variadic: false, builtin: None };
        Ok(Nature { ty: Ty::Func(Box::new(signature)), elem: Some(std::sync::Arc::new(inner)) })
    }

    fn pointer(&mut self, name: &str, at: usize) -> Checked {
        let Some(scope) = self.scopes.last() else {
            return Err(LangError::compile(at, "cannot use pointer accessor outside predicate"));
        };
        if name.is_empty() {
            return if scope.collection.is_unknown() { Ok(Nature::unknown()) } else { Ok(scope.collection.items()) };
        }
        let found = scope.pointers.iter().find(|(known, _)| *known == name);
        found.map(|(_, nature)| nature.clone()).ok_or_else(|| LangError::compile(at, format!("unknown pointer #{name}")))
    }

    fn declaration(&mut self, name: &str, value: &mut Node, body: &mut Node, at: usize) -> Checked {
        if self.env.nature(name).is_some() {
            return Err(LangError::compile(at, format!("cannot redeclare {name}")));
        }
        if functions::builtin_name(name).is_some() {
            return Err(LangError::compile(at, format!("cannot redeclare builtin {name}")));
        }
        if self.variables.iter().any(|(known, _)| known == name) {
            return Err(LangError::compile(at, format!("cannot redeclare variable {name}")));
        }
        let nature = self.visit(value)?;
        self.variables.push((name.to_owned(), nature));
        let body = self.visit(body);
        self.variables.pop();
        body
    }

    fn conditional(&mut self, condition: &mut Node, yes: &mut Node, no: &mut Node) -> Checked {
        let c = self.visit(condition)?;
        if !c.is_bool() && !c.is_unknown() {
            return error(condition, format!("non-bool expression (type {}) used as condition", c.name()));
        }
        let (a, b) = (self.visit(yes)?, self.visit(no)?);
        if a.is_nil() {
            return Ok(b);
        }
        if b.is_nil() {
            return Ok(a);
        }
        if !a.assignable_to(&b.ty) {
            return Ok(Nature::unknown());
        }
        if a.is_array() && b.is_array() {
            let (x, y) = (a.items(), b.items());
            if !x.assignable_to(&y.ty) || !y.assignable_to(&x.ty) {
                return Ok(Nature::of(Ty::slice_of_any()));
            }
        }
        Ok(a)
    }

    fn array(&mut self, nodes: &mut [Node]) -> Checked {
        let mut previous: Option<Nature> = None;
        let mut alike = true;
        for node in nodes {
            let current = self.visit(node)?;
            alike &= previous.as_ref().is_none_or(|previous| previous.kind() == current.kind());
            previous = Some(current);
        }
        Ok(if alike { Nature::array_of(previous.unwrap_or_else(Nature::unknown)) } else { Nature::of(Ty::slice_of_any()) })
    }
}
