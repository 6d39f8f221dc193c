//! What builtins accept and return.

use super::{Checked, Checker, Scope, error};
use crate::lang::LangError;
use crate::lang::expr::ast::{Kind, Node};
use crate::lang::expr::functions::{self, Overload};
use crate::lang::expr::nature::{Kind as GoKind, Nature, Signature, Ty};

const ONE_AND_ONE: &str = "predicate should has one input and one output param";

fn numeric(kind: GoKind) -> bool {
    matches!(kind, GoKind::Int | GoKind::Int64 | GoKind::Uint8 | GoKind::Float64)
}

impl Checker<'_> {
    pub(super) fn builtin(&mut self, name: &'static str, args: &mut [Node], at: usize) -> Checked {
        if functions::predicate_shape(name).is_some() {
            return self.predicate_builtin(name, args, at);
        }
        if name == "get" {
            return self.get(args, at);
        }
        if let Some(overloads) = functions::overloads(name) {
            return self.overloaded(name, &overloads, args, at);
        }
        let natures = args.iter_mut().map(|arg| self.visit(arg)).collect::<Checked<Vec<_>>>()?;
        validate(name, &natures).map_err(|message| LangError::compile(at, message))
    }

    fn overloaded(&mut self, name: &str, overloads: &[Overload], args: &mut [Node], at: usize) -> Checked {
        let mut last = Err(LangError::compile(at, format!("no matching overload for {name}")));
        for (params, out) in overloads {
            let signature = Signature { params: params.clone(), out: Some(out.clone()), variadic: false, builtin: None };
            // What is wrong inside an argument comes before what is wrong with it.
            last = self.signature(name, &signature, args, at)?;
            if last.is_ok() {
                break;
            }
        }
        last
    }

    fn get(&mut self, args: &mut [Node], at: usize) -> Checked {
        let [base, property] = args else {
            return Err(LangError::compile(at, format!("invalid number of arguments (expected 2, got {})", args.len())));
        };
        let (on, key) = (self.visit(base)?, self.visit(property)?);
        if matches!(&base.kind, Kind::Ident(name) if name == "$env") {
            return Ok(match &property.kind {
                Kind::Str(name) => self.env.nature(name).unwrap_or_else(Nature::unknown),
                _ => Nature::unknown(),
            });
        }
        if on.is_unknown() {
            return Ok(Nature::unknown());
        }
        match on.kind() {
            GoKind::Slice | GoKind::Array if key.is_integer() || key.is_unknown() => Ok(on.items()),
            GoKind::Slice | GoKind::Array => error(property, format!("non-integer slice index {}", key.name())),
            GoKind::Map if key.assignable_to(&on.key().ty) || key.is_unknown() => Ok(on.items()),
            GoKind::Map => error(property, format!("cannot use {} to get an element from {}", key.name(), on.name())),
            _ => error(base, format!("type {} does not support indexing", on.name())),
        }
    }

    /// `all`, `map`, `reduce` and their kin.
    fn predicate_builtin(&mut self, name: &'static str, args: &mut [Node], at: usize) -> Checked {
        let Some((first, rest)) = args.split_first_mut() else {
            return Err(LangError::compile(at, format!("not enough arguments to call {name}")));
        };
        let collection = self.visit(first)?;
        if !collection.is_array() && !collection.is_unknown() {
            return error(first, format!("builtin {name} takes only array (got {})", collection.name()));
        }
        let item = || if collection.is_unknown() { Nature::unknown() } else { collection.items() };
        let Some((predicate, rest)) = rest.split_first_mut() else {
            return Ok(if name == "count" { Nature::of(Ty::Int) } else { item() });
        };
        let mut pointers = Vec::new();
        if matches!(name, "map" | "reduce") {
            pointers.push(("index", Nature::of(Ty::Int)));
        }
        if name == "reduce" {
            pointers.push(("acc", Nature::unknown()));
        }
        self.scopes.push(Scope { collection: collection.clone(), pointers });
        let checked = self.visit(predicate);
        self.scopes.pop();
        let function = checked?;
        for extra in rest {
            self.visit(extra)?;
        }
        let (Ty::Func(signature), Some(body)) = (&function.ty, &function.elem) else { return error(predicate, ONE_AND_ONE) };
        let Some(out) = &signature.out else { return error(predicate, ONE_AND_ONE) };
        let boolean =
            matches!(name, "all" | "none" | "any" | "one" | "filter" | "count" | "find" | "findLast" | "findIndex" | "findLastIndex");
        if boolean && !matches!(out, Ty::Bool | Ty::Any) {
            return error(predicate, format!("predicate should return boolean (got {})", out.name()));
        }
        Ok(match name {
            "all" | "none" | "any" | "one" => Nature::of(Ty::Bool),
            "filter" if collection.is_unknown() => Nature::of(Ty::slice_of_any()),
            "filter" => Nature::array_of(collection.items()),
            "map" => Nature::array_of((**body).clone()),
            "count" | "findIndex" | "findLastIndex" => Nature::of(Ty::Int),
            "sum" => Nature::of(out.clone()),
            "find" | "findLast" => item(),
            "groupBy" => Nature::of(Ty::Map(Box::new(Ty::Any), Box::new(Ty::slice_of_any()))),
            "sortBy" => collection.clone(),
            _ => (**body).clone(),
        })
    }
}

fn one(args: &[Nature]) -> Result<&Nature, String> {
    match args {
        [only] => Ok(only),
        _ => Err(format!("invalid number of arguments (expected 1, got {})", args.len())),
    }
}

/// Builtins with rules of their own.
fn validate(name: &str, args: &[Nature]) -> Result<Nature, String> {
    let of = |ty| Ok(Nature::of(ty));
    // An unknown argument counts as `any`.
    let ty = |arg: &Nature| if arg.is_unknown() { Ty::Any } else { arg.ty.clone() };
    let kind = |arg: &Nature| ty(arg).kind();
    let invalid = |arg: &Nature| Err(format!("invalid argument for {name} (type {})", arg.name()));
    let listed = |arg: &Nature| matches!(kind(arg), GoKind::Interface | GoKind::Slice | GoKind::Array);
    match name {
        "len" => match kind(one(args)?) {
            GoKind::Array | GoKind::Map | GoKind::Slice | GoKind::String | GoKind::Interface => of(Ty::Int),
            _ => invalid(one(args)?),
        },
        "abs" => match kind(one(args)?) {
            kind if numeric(kind) || kind == GoKind::Interface => of(ty(one(args)?)),
            _ => invalid(one(args)?),
        },
        "ceil" | "floor" | "round" => match kind(one(args)?) {
            kind if numeric(kind) || kind == GoKind::Interface => of(Ty::Float),
            _ => invalid(one(args)?),
        },
        "int" | "float" => match kind(one(args)?) {
            kind if numeric(kind) || matches!(kind, GoKind::Interface | GoKind::String) => {
                of(if name == "int" { Ty::Int } else { Ty::Float })
            }
            _ => invalid(one(args)?),
        },
        "max" | "min" | "mean" | "median" => {
            let Some(first) = args.first() else { return Err(format!("not enough arguments to call {name}")) };
            for arg in args {
                match kind(arg) {
                    GoKind::Interface | GoKind::Array | GoKind::Slice => return of(Ty::Any),
                    kind if numeric(kind) => {}
                    _ => return invalid(arg),
                }
            }
            of(ty(first))
        }
        "now" => match args {
            [] => of(Ty::Time),
            [zone] if zone.ty == Ty::Location => of(Ty::Time),
            _ => Err(format!("invalid number of arguments (expected 0, got {})", args.len())),
        },
        "date" => {
            let Some(first) = args.first() else { return Err("invalid number of arguments (expected at least 1, got 0)".into()) };
            let given = args.len() - usize::from(first.ty == Ty::Location);
            if given > 3 { Err(format!("invalid number of arguments (expected at most 3, got {given})")) } else { of(Ty::Time) }
        }
        "first" | "last" => match (kind(one(args)?), &one(args)?.ty) {
            (GoKind::Interface, _) => of(Ty::Any),
            (_, Ty::Slice(elem)) => of((**elem).clone()),
            (_, Ty::Pair) => of(Ty::Any),
            _ => Err(format!("cannot get {name} element from {}", one(args)?.name())),
        },
        "take" => match args {
            [list, _] if !listed(list) => Err(format!("cannot take from {}", list.name())),
            [list, count] => match kind(count) {
                GoKind::Interface | GoKind::Int | GoKind::Int64 => of(ty(list)),
                _ => Err(format!("cannot take {} elements", count.name())),
            },
            _ => Err(format!("invalid number of arguments (expected 2, got {})", args.len())),
        },
        "keys" | "values" | "toPairs" => match kind(one(args)?) {
            GoKind::Interface | GoKind::Map => of(Ty::slice_of_any()),
            _ => Err(format!("cannot get {name} from {}", one(args)?.name())),
        },
        "fromPairs" if listed(one(args)?) => of(Ty::Map(Box::new(Ty::Any), Box::new(Ty::Any))),
        "reverse" | "uniq" | "flatten" if listed(one(args)?) => of(Ty::slice_of_any()),
        "concat" => match args.iter().find(|arg| !listed(arg)) {
            _ if args.is_empty() => Err("invalid number of arguments (expected at least 1, got 0)".into()),
            Some(arg) => Err(format!("cannot concat {}", arg.name())),
            None => of(Ty::slice_of_any()),
        },
        _ => Err(format!("cannot {name} {}", one(args)?.name())),
    }
}
