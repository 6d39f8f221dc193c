//! The tree of a template, and how its nodes print in error messages.

use std::fmt;

use super::function::Function;
use crate::lang::gofmt::Text;

/// A statement.
#[derive(Debug)]
pub(super) enum Node {
    Text(Vec<u8>),
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template { at: usize, name: String, pipe: Option<Pipe> },
    Break,
    Continue,
}

/// `if`, `with` and `range`.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) list: Vec<Node>,
    pub(super) otherwise: Option<Vec<Node>>,
}

/// `$x := a | b`
#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) at: usize,
    pub(super) assign: bool,
    pub(super) declared: Vec<String>,
    pub(super) commands: Vec<Command>,
}

/// A function or operand with its arguments.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) args: Vec<Arg>,
}

/// A number with every type it may have.
#[derive(Debug, Clone, Default)]
pub(super) struct Number {
    pub(super) text: String,
    pub(super) int: Option<i64>,
    pub(super) uint: Option<u64>,
    pub(super) float: Option<f64>,
    pub(super) complex: Option<(f64, f64)>,
}

/// An operand and its byte offset.
#[derive(Debug)]
pub(super) struct Arg {
    pub(super) at: usize,
    pub(super) operand: Operand,
}

/// What an operand is.
#[derive(Debug)]
pub(super) enum Operand {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Str { quoted: String, text: Text },
    Field(Vec<Text>),
    Variable { name: String, fields: Vec<Text> },
    Function(&'static Function),
    Chain { of: Box<Arg>, fields: Vec<Text> },
    Pipe(Pipe),
}

fn write_fields(f: &mut fmt::Formatter<'_>, fields: &[Text]) -> fmt::Result {
    fields.iter().try_for_each(|field| write!(f, ".{}", field.to_lossy()))
}

impl fmt::Display for Arg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.operand {
            Operand::Dot => f.write_str("."),
            Operand::Nil => f.write_str("nil"),
            Operand::Bool(value) => write!(f, "{value}"),
            Operand::Number(number) => f.write_str(&number.text),
            Operand::Str { quoted, .. } => f.write_str(quoted),
            Operand::Field(fields) => write_fields(f, fields),
            Operand::Variable { name, fields } => {
                f.write_str(name)?;
                write_fields(f, fields)
            }
            Operand::Function(function) => f.write_str(function.name),
            Operand::Chain { of, fields } => {
                if matches!(of.operand, Operand::Pipe(_)) {
                    write!(f, "({of})")?;
                } else {
                    write!(f, "{of}")?;
                }
                write_fields(f, fields)
            }
            Operand::Pipe(pipe) => write!(f, "{pipe}"),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, arg) in self.args.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            if matches!(arg.operand, Operand::Pipe(_)) {
                write!(f, "({arg})")?;
            } else {
                write!(f, "{arg}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.declared.is_empty() {
            write!(f, "{} {} ", self.declared.join(", "), if self.assign { "=" } else { ":=" })?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            if index > 0 {
                f.write_str(" | ")?;
            }
            write!(f, "{command}")?;
        }
        Ok(())
    }
}

/// Whether a body is nothing but blanks, which lets another definition replace it.
pub(super) fn is_empty(list: &[Node]) -> bool {
    list.iter().all(|node| match node {
        Node::Text(text) => text.trim_ascii().is_empty(),
        _ => false,
    })
}
