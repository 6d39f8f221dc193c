//! jq as `github.com/itchyny/gojq` 0.12.19 runs it, for the `jqPathExpressions` of ignore rules.
//!
//! A [`Program`] runs a query on a document ([`Program::run`]), lists the paths
//! it leads to ([`Program::paths`]) or deletes them ([`Program::delete`], what
//! Argo CD's normaliser does). Numbers of the document are doubles, as
//! `encoding/json` reads them.
//!
//! Supported: the whole language (definitions, closures, `reduce`, `foreach`,
//! `label`, `try`, destructuring with `?//`, updates, formats, string
//! interpolation) and gojq's builtins, with paths checked by identity.
//!
//! Not there, as in Argo CD: variables from outside, the environment (`$ENV` is
//! empty), modules, `input`, `debug`. `now` is what the caller says. Refused here: `builtins`,
//! Bessel and error functions. Integers are exact up to 128 bits.
//!
//! Argo CD gives a query one second. Here [`Limits::steps`] instructions stand
//! for it; queries that never end are refused either way.

mod ast;
mod code;
mod compiler;
mod direct;
mod encode;
mod error;
mod functions;
mod lexer;
mod parser;
mod value;
mod vm;

use std::sync::OnceLock;

use super::{LangError, Limits};
use crate::Value;
use code::Code;
use value::V;
use vm::Machine;

/// The refusal of a deletion that yields nothing.
const NO_DATA: &str = "JQ patch did not return any data";
/// The refusal of a deletion that yields more than one object.
const MULTIPLE: &str = "JQ patch returned multiple objects";

/// A query, compiled on first use in each of its three roles.
#[derive(Debug)]
pub struct Program {
    source: String,
    limits: Limits,
    now: f64,
    run: Role,
    paths: Role,
    delete: Role,
    form: OnceLock<Form>,
}

/// How the text is deleted.
#[derive(Debug)]
enum Form {
    /// Along plain paths, and by the machine where those do not do.
    Plain(direct::Plain),
    /// By the paths that the query lists.
    Listed,
    /// As `del(QUERY)`: it is no query by itself.
    Text,
}

type Role = OnceLock<Result<Code, LangError>>;

fn compile(source: &str, limits: &Limits) -> Result<Code, LangError> {
    compiler::compile(&parser::parse(source, limits.depth)?)
}

/// The value, with room taken for it.
fn taken<'v>(value: &'v V, room: &mut u64) -> Result<&'v V, LangError> {
    *room = room.checked_sub(value.weight(*room)).ok_or_else(|| LangError::limit("the query puts out too much"))?;
    Ok(value)
}

impl Program {
    /// Reads a query. Argo CD writes `del(QUERY)` as text, so what only makes sense in there is accepted too.
    ///
    /// # Errors
    /// gojq's parse and compile errors, with the offset where it has one.
    pub fn compile(source: &str, limits: Limits) -> Result<Self, LangError> {
        let program = Self::unread(source, limits);
        if program.delete_code().is_err() {
            program.run_code()?;
        }
        Ok(program)
    }

    fn unread(source: &str, limits: Limits) -> Self {
        let new = Role::new;
        Self { source: source.to_owned(), limits, now: 0.0, run: new(), paths: new(), delete: new(), form: OnceLock::new() }
    }

    /// Reads a query that is only ever deleted.
    ///
    /// # Errors
    /// gojq's parse and compile errors of `del(QUERY)`.
    pub fn deletion(source: &str, limits: Limits) -> Result<Self, LangError> {
        let program = Self::unread(source, limits);
        program.delete_code()?;
        Ok(program)
    }

    /// Sets what `now` answers, in seconds since 1970; without it, that is 0.
    #[must_use]
    pub fn at(mut self, now: f64) -> Self {
        self.now = now;
        self
    }

    fn run_code(&self) -> Result<&Code, LangError> {
        self.run.get_or_init(|| compile(&self.source, &self.limits)).as_ref().map_err(Clone::clone)
    }

    fn paths_code(&self) -> Result<&Code, LangError> {
        self.paths.get_or_init(|| compile(&format!("path({})", self.source), &self.limits)).as_ref().map_err(Clone::clone)
    }

    fn delete_code(&self) -> Result<&Code, LangError> {
        self.delete.get_or_init(|| compile(&format!("del({})", self.source), &self.limits)).as_ref().map_err(Clone::clone)
    }

    fn outputs(&self, code: &Code, input: &Value) -> Result<Vec<Value>, LangError> {
        let mut machine = Machine::new(code, V::from_json(input), &self.limits, self.now);
        let (mut outputs, mut room) = (Vec::new(), self.room());
        while let Some(output) = machine.next() {
            outputs.push(taken(&output?, &mut room)?.to_json()?);
        }
        Ok(outputs)
    }

    /// What all outputs together may weigh; a value takes about sixteen bytes at least.
    fn room(&self) -> u64 {
        self.limits.output as u64 / 16
    }

    /// All outputs for an input.
    ///
    /// # Errors
    /// The first error; outputs before it are dropped.
    pub fn run(&self, input: &Value) -> Result<Vec<Value>, LangError> {
        self.outputs(self.run_code()?, input)
    }

    /// The outputs of `path(QUERY)`.
    ///
    /// # Errors
    /// As [`Program::run`], and where the query leads to no path.
    pub fn paths(&self, input: &Value) -> Result<Vec<Value>, LangError> {
        self.outputs(self.paths_code()?, input)
    }

    /// The document without what the query leads to, as Argo CD's ignore rules delete it.
    ///
    /// # Errors
    /// As [`Program::paths`]; a document that is no object; no output or several.
    pub fn delete(&self, input: &Value) -> Result<Value, LangError> {
        if !matches!(input, Value::Object(_) | Value::Null) {
            return Err(LangError::eval("json: cannot unmarshal into Go value of type map[string]interface {}"));
        }
        if input.is_null() {
            // Upstream has a map that is nil: it prints as null as long as nothing is put into it.
            let value = self.delete(&Value::Object(crate::Map::new()))?;
            return Ok(if value.as_object().is_some_and(crate::Map::is_empty) { Value::Null } else { value });
        }
        let document = input;
        let code = self.delete_code()?;
        if let Some(marks) = self.marks(document)? {
            let mut copy = document.clone();
            functions::sweep_json(&mut copy, &marks);
            return Ok(copy);
        }
        let mut machine = Machine::new(code, V::from_json(document), &self.limits, self.now);
        let output = machine.next().ok_or_else(|| LangError::eval(NO_DATA))??;
        let output = taken(&output, &mut self.room())?.to_json()?;
        match machine.next() {
            None => Ok(output),
            Some(Ok(_)) => Err(LangError::eval(MULTIPLE)),
            Some(Err(error)) => Err(error.into()),
        }
    }

    /// As [`Program::delete`], in place; when it is refused, the document stays as it is.
    ///
    /// # Errors
    /// As [`Program::delete`].
    pub fn delete_from(&self, document: &mut Value) -> Result<(), LangError> {
        if document.is_object()
            && let Some(marks) = self.marks(document)?
        {
            functions::sweep_json(document, &marks);
            return Ok(());
        }
        *document = self.delete(document)?;
        Ok(())
    }

    fn form(&self) -> &Form {
        self.form.get_or_init(|| match parser::parse(&self.source, self.limits.depth) {
            Ok(query) => direct::plain(&query).map_or(Form::Listed, Form::Plain),
            Err(_) => Form::Text,
        })
    }

    /// What the query leads to in a document: `del(f)` is `delpaths([path(f)])`, and deleting from the document itself
    /// keeps the order of its keys. `None` if the text is no query by itself.
    fn marks(&self, document: &Value) -> Result<Option<functions::Marks>, LangError> {
        let plain = match self.form() {
            Form::Plain(plain) => plain.marks(document),
            Form::Listed => None,
            Form::Text => return Ok(None),
        };
        if plain.is_some() {
            return Ok(plain);
        }
        let input = V::from_json(document);
        Ok(Some(functions::marks_of(&input, &V::flat(self.listed(&input)?))?))
    }

    /// The outputs of `path(QUERY)`.
    fn listed(&self, input: &V) -> Result<Vec<V>, LangError> {
        let mut machine = Machine::new(self.paths_code()?, input.clone(), &self.limits, self.now);
        let (mut paths, mut room) = (Vec::new(), self.room());
        while let Some(path) = machine.next() {
            let path = path?;
            taken(&path, &mut room)?;
            paths.push(path);
        }
        Ok(paths)
    }
}
