//! Functions written in Rust.

mod arithmetic;
mod arrays;
mod compare;
mod formats;
mod indexing;
mod math;
mod regular;
mod strings;
mod time;
mod update;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::ast::BinaryOp;
use super::code::{NativeFn, Step};
use super::encode::encode;
use super::error::JqError;
use super::value::V;

pub(super) use arithmetic::{minus, negate, plus, range};
pub(super) use indexing::{getpath, index, index_value, slice};
pub(super) use update::{Marks, delpaths, marks_of, set_path, sweep_json};

/// Regular expressions by text and flags, kept as long as the program.
type Regexps = Mutex<HashMap<(String, String), Arc<regex::Regex>>>;

/// What the runs of one program share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    regexps: Regexps,
}

/// What a function may use.
pub(super) struct Context<'c> {
    pub(super) shared: &'c Shared,
    /// Bytes that a text may grow to.
    pub(super) output: usize,
    /// Seconds since 1970, as the caller says.
    pub(super) now: f64,
}

/// A native function and what it means for paths.
pub(super) struct Native {
    pub(super) run: NativeFn,
    pub(super) step: Step,
}

type Result = std::result::Result<V, JqError>;

/// An argument; there always are as many as the table says.
fn arg(args: &[V], index: usize) -> &V {
    args.get(index).unwrap_or(&V::Null)
}

/// The function of an operator.
pub(super) fn operator(op: BinaryOp) -> NativeFn {
    match op {
        BinaryOp::Add => |_, _, args| arithmetic::add(arg(args, 0), arg(args, 1)),
        BinaryOp::Sub => |_, _, args| arithmetic::subtract(arg(args, 0), arg(args, 1)),
        BinaryOp::Mul => |context, _, args| arithmetic::multiply(context, arg(args, 0), arg(args, 1)),
        BinaryOp::Div => |_, _, args| arithmetic::divide(arg(args, 0), arg(args, 1)),
        BinaryOp::Mod => |_, _, args| arithmetic::modulo(arg(args, 0), arg(args, 1)),
        BinaryOp::Eq => |_, _, args| Ok(V::Bool(compare::compare(arg(args, 0), arg(args, 1)).is_eq())),
        BinaryOp::Ne => |_, _, args| Ok(V::Bool(compare::compare(arg(args, 0), arg(args, 1)).is_ne())),
        BinaryOp::Gt => |_, _, args| Ok(V::Bool(compare::compare(arg(args, 0), arg(args, 1)).is_gt())),
        BinaryOp::Lt => |_, _, args| Ok(V::Bool(compare::compare(arg(args, 0), arg(args, 1)).is_lt())),
        BinaryOp::Ge => |_, _, args| Ok(V::Bool(compare::compare(arg(args, 0), arg(args, 1)).is_ge())),
        BinaryOp::Le => |_, _, args| Ok(V::Bool(compare::compare(arg(args, 0), arg(args, 1)).is_le())),
    }
}

/// How much of its operands an operator looks at.
pub(super) fn operator_step(op: BinaryOp) -> Step {
    match op {
        BinaryOp::Add | BinaryOp::Div | BinaryOp::Mod => Step::None,
        _ => Step::Operands,
    }
}

/// `a // b` on two values.
pub(super) fn alternative(_: &mut Context, _: V, args: &[V]) -> Result {
    Ok(if arg(args, 0).truthy() { arg(args, 0).clone() } else { arg(args, 1).clone() })
}

/// The native function of that name and number of arguments.
pub(super) fn native(name: &str, args: usize) -> Option<Native> {
    let step = match (name, args) {
        ("getpath", 1) => Step::GetPath,
        ("_index", 2) => Step::Index,
        ("_slice", 3) => Step::Slice,
        ("type" | "length" | "keys" | "has" | "add" | "reverse" | "error" | "setpath" | "delpaths", _) => Step::None,
        _ => Step::Whole,
    };
    let run = match args {
        0 => general(name).or_else(|| strings::of_input(name)).or_else(|| arrays::of_input(name)).or_else(|| {
            formats::of_input(name).or_else(|| math::of_input(name)).or_else(|| time::of_input(name)).or_else(|| regular::of_input(name))
        }),
        1 => general_with(name)
            .or_else(|| strings::with_one(name))
            .or_else(|| arrays::with_one(name))
            .or_else(|| time::with_one(name))
            .or_else(|| formats::with_one(name)),
        2 => math::with_two(name).or(match name {
            "setpath" => Some(update::setpath as NativeFn),
            "_index" => Some(index as NativeFn),
            _ => None,
        }),
        3 => math::with_three(name).or(match name {
            "_match" => Some(regular::matches as NativeFn),
            "_slice" => Some(slice as NativeFn),
            _ => None,
        }),
        _ => None,
    };
    run.map(|run| Native { run, step })
}

fn general(name: &str) -> Option<NativeFn> {
    Some(match name {
        "type" => |_, input, _| Ok(V::str(input.type_name())),
        "tojson" => |_, input, _| Ok(V::string(encode(&input))),
        "tostring" => |_, input, _| Ok(to_string(input)),
        "error" => |_, input, _| Err(JqError::Value(input)),
        "halt" => |_, _, _| Err(JqError::Halt(V::Null)),
        "halt_error" => |_, input, _| Err(JqError::Halt(input)),
        "now" => |context, _, _| Ok(V::Float(context.now)),
        "modulemeta" => |_, input, _| match &input {
            V::Str(name) => Err(JqError::message(format!("cannot load module: {name:?}"))),
            other => Err(JqError::cannot("modulemeta", other)),
        },
        "builtins" => |_, _, _| Err(JqError::message("builtins is not available")),
        _ => return None,
    })
}

fn general_with(name: &str) -> Option<NativeFn> {
    Some(match name {
        "error" => |_, _, args| Err(JqError::Value(arg(args, 0).clone())),
        "halt_error" => |_, input, args| match arg(args, 0).to_int() {
            Some(_) => Err(JqError::Halt(input)),
            None => Err(JqError::cannot("halt_error", arg(args, 0))),
        },
        "getpath" => getpath,
        "delpaths" => delpaths,
        _ => return None,
    })
}

/// `tostring`: texts stay, the rest becomes JSON.
fn to_string(value: V) -> V {
    match value {
        text @ V::Str(_) => text,
        other => V::string(encode(&other)),
    }
}

/// The text of a value for formats.
fn text_of(value: &V) -> String {
    match value {
        V::Str(text) => text.to_string(),
        other => encode(other),
    }
}
