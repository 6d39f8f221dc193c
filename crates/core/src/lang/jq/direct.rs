//! Plain paths, walked on the document itself.
//!
//! Most ignore rules are fields, iterations, `..` and `select` with a simple
//! condition. The machine would turn the whole document into its own values
//! for them. Whatever is not plain, and every error, is left to the machine.

use std::sync::Arc;

use super::ast::{BinaryOp, Head, Index, Query, Suffix, Term, Text};
use super::functions::Marks;
use super::value::V;
use crate::Value;
use crate::lang::goregexp;

/// Documents nested deeper are left to the machine.
const MAX_DEPTH: usize = 500;

/// Alternatives, each a row of steps.
#[derive(Debug)]
pub(super) struct Plain(Vec<Vec<Step>>);

#[derive(Debug)]
enum Step {
    Field(String),
    At(i64),
    Iterate,
    Recurse,
    /// Steps whose error ends their outputs.
    Try(Vec<Step>),
    Select(Test),
}

/// What `select` asks for.
#[derive(Debug)]
enum Test {
    Truthy(Vec<Step>),
    Equal(Vec<Step>, V, bool),
    Matches(Vec<Step>, Arc<regex::Regex>),
    StartsWith(Vec<Step>, String),
    EndsWith(Vec<Step>, String),
    Not(Box<Test>),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
}

/// Left to the machine.
struct Unusual;

type Result<T> = std::result::Result<T, Unusual>;

/// The query as plain paths, if that is all it is.
pub(super) fn plain(query: &Query) -> Option<Plain> {
    let mut all = Vec::new();
    alternatives(query, &mut all)?;
    Some(Plain(all))
}

fn alternatives(query: &Query, all: &mut Vec<Vec<Step>>) -> Option<()> {
    if let Query::Comma(left, right) = query {
        alternatives(left, all)?;
        return alternatives(right, all);
    }
    let mut steps = Vec::new();
    row(query, &mut steps)?;
    all.push(steps);
    Some(())
}

fn row(query: &Query, steps: &mut Vec<Step>) -> Option<()> {
    match query {
        Query::Pipe(left, right) => {
            row(left, steps)?;
            row(right, steps)
        }
        Query::Term(one) => term(one, steps),
        _ => None,
    }
}

fn term(term: &Term, steps: &mut Vec<Step>) -> Option<()> {
    let mut own = Vec::new();
    match &term.head {
        Head::Identity => {}
        Head::Recurse => own.push(Step::Recurse),
        Head::Index(index) => own.push(indexed(index)?),
        Head::Group(inner) => row(inner, &mut own)?,
        Head::Func(name, args) => match (name.as_str(), args.as_slice()) {
            ("select", [condition]) => own.push(Step::Select(test(condition)?)),
            ("recurse", []) => own.push(Step::Recurse),
            _ => return None,
        },
        _ => return None,
    }
    let mut before: Option<&Suffix> = None;
    for suffix in &term.suffixes {
        match suffix {
            Suffix::Index(index) => own.push(indexed(index)?),
            Suffix::Iterate => own.push(Step::Iterate),
            // After another suffix `?` is about that one alone, otherwise about all of the term.
            Suffix::Optional => {
                let from = if matches!(before, Some(&Suffix::Index(_) | &Suffix::Iterate)) { own.len().saturating_sub(1) } else { 0 };
                let tried = own.split_off(from);
                own.push(Step::Try(tried));
            }
        }
        before = Some(suffix);
    }
    steps.append(&mut own);
    Some(())
}

fn indexed(index: &Index) -> Option<Step> {
    match index {
        Index::Name(name) | Index::Text(Text::Plain(name)) => Some(Step::Field(name.clone())),
        Index::Query(query) => match constant(query)? {
            V::Str(name) => Some(Step::Field(name.to_string())),
            V::Int(at) => Some(Step::At(at)),
            _ => None,
        },
        _ => None,
    }
}

fn constant(query: &Query) -> Option<V> {
    let Query::Term(Term { head, suffixes }) = query else { return None };
    match head {
        _ if !suffixes.is_empty() => None,
        Head::Const(value) => Some(value.clone()),
        Head::Text(Text::Plain(text)) => Some(V::str(text)),
        _ => None,
    }
}

/// A path with exactly one output.
fn single(query: &Query) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    row(query, &mut steps)?;
    steps.iter().all(|step| matches!(step, Step::Field(_) | Step::At(_))).then_some(steps)
}

fn test(query: &Query) -> Option<Test> {
    match query {
        Query::And(left, right) => Some(Test::And(Box::new(test(left)?), Box::new(test(right)?))),
        Query::Or(left, right) => Some(Test::Or(Box::new(test(left)?), Box::new(test(right)?))),
        Query::Binary(left, op @ (BinaryOp::Eq | BinaryOp::Ne), right) => {
            let (path, value) = match constant(right) {
                Some(value) => (single(left)?, value),
                None => (single(right)?, constant(left)?),
            };
            Some(Test::Equal(path, value, *op == BinaryOp::Eq))
        }
        Query::Pipe(left, right) => asked(left, right),
        Query::Term(Term { head: Head::Group(inner), suffixes }) if suffixes.is_empty() => test(inner),
        other => single(other).map(Test::Truthy),
    }
}

/// `path | function`
fn asked(left: &Query, right: &Query) -> Option<Test> {
    let Query::Term(Term { head: Head::Func(name, args), suffixes }) = right else { return None };
    match (name.as_str(), args.as_slice(), suffixes.is_empty()) {
        ("not", [], true) => Some(Test::Not(Box::new(test(left)?))),
        (_, [argument], true) => {
            let (path, V::Str(text)) = (single(left)?, constant(argument)?) else { return None };
            match name.as_str() {
                "test" => Some(Test::Matches(path, Arc::new(goregexp::compile(&text).ok()?))),
                "startswith" => Some(Test::StartsWith(path, text.to_string())),
                "endswith" => Some(Test::EndsWith(path, text.to_string())),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A key or an index on the way to a place of the document.
#[derive(Clone, Copy)]
enum Key<'d> {
    Name(&'d str),
    At(usize),
}

/// A place: what stands there, and whether it stands there at all.
#[derive(Clone)]
struct Place<'d> {
    value: &'d Value,
    /// Below null or a missing key; there is nothing to delete.
    ghost: bool,
    path: Vec<Key<'d>>,
}

static NULL: Value = Value::Null;

impl<'d> Place<'d> {
    fn below(&self, key: Key<'d>, value: Option<&'d Value>) -> Self {
        let mut path = self.path.clone();
        path.push(key);
        Self { value: value.unwrap_or(&NULL), ghost: self.ghost || value.is_none(), path }
    }

    fn nowhere(&self) -> Self {
        Self { value: &NULL, ghost: true, path: Vec::new() }
    }
}

impl Plain {
    /// What the paths lead to; `None` when only the machine can tell.
    pub(super) fn marks(&self, document: &Value) -> Option<Marks> {
        let mut marks = Marks::default();
        for steps in &self.0 {
            let start = Place { value: document, ghost: false, path: Vec::new() };
            walk(steps, start, &mut |place| {
                if place.ghost {
                    return Ok(());
                }
                if place.path.is_empty() {
                    return Err(Unusual);
                }
                let end = place.path.iter().fold(&mut marks, |at, key| match key {
                    Key::Name(name) => at.member(name),
                    Key::At(index) => at.item(*index),
                });
                end.delete_all();
                Ok(())
            })
            .ok()?;
        }
        Some(marks)
    }
}

fn walk<'d>(steps: &[Step], place: Place<'d>, seen: &mut dyn FnMut(Place<'d>) -> Result<()>) -> Result<()> {
    let Some((step, rest)) = steps.split_first() else { return seen(place) };
    match step {
        Step::Field(name) => {
            let next = match place.value {
                Value::Object(map) => match map.get_key_value(name) {
                    Some((key, value)) => place.below(Key::Name(key), Some(value)),
                    None => place.nowhere(),
                },
                Value::Null => place.nowhere(),
                _ => return Err(Unusual),
            };
            walk(rest, next, seen)
        }
        Step::At(index) => {
            let next = match place.value {
                Value::Array(items) => {
                    let at = if *index < 0 {
                        items.len().checked_sub(usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX))
                    } else {
                        usize::try_from(*index).ok()
                    };
                    match at.and_then(|at| Some((at, items.get(at)?))) {
                        Some((at, item)) => place.below(Key::At(at), Some(item)),
                        None => place.nowhere(),
                    }
                }
                Value::Null => place.nowhere(),
                _ => return Err(Unusual),
            };
            walk(rest, next, seen)
        }
        Step::Iterate => {
            let all = children(&place).ok_or(Unusual)?;
            all.into_iter().try_for_each(|child| walk(rest, child, seen))
        }
        Step::Recurse => recurse(rest, place, seen),
        Step::Try(inner) => {
            let mut found = Vec::new();
            let ended = walk(inner, place, &mut |place| {
                found.push(place);
                Ok(())
            });
            // Which outputs come before an error depends on the order of keys.
            if ended.is_err() && !found.is_empty() {
                return Err(Unusual);
            }
            found.into_iter().try_for_each(|place| walk(rest, place, seen))
        }
        Step::Select(test) => {
            if holds(test, place.value)? {
                walk(rest, place, seen)?;
            }
            Ok(())
        }
    }
}

fn children<'d>(place: &Place<'d>) -> Option<Vec<Place<'d>>> {
    match place.value {
        Value::Array(items) => Some(items.iter().enumerate().map(|(at, item)| place.below(Key::At(at), Some(item))).collect()),
        Value::Object(map) => Some(map.iter().map(|(key, value)| place.below(Key::Name(key), Some(value))).collect()),
        _ => None,
    }
}

/// The place itself, then everything below it.
fn recurse<'d>(rest: &[Step], place: Place<'d>, seen: &mut dyn FnMut(Place<'d>) -> Result<()>) -> Result<()> {
    if place.path.len() > MAX_DEPTH {
        return Err(Unusual);
    }
    let below = children(&place).unwrap_or_default();
    walk(rest, place, seen)?;
    below.into_iter().try_for_each(|child| recurse(rest, child, seen))
}

fn holds(test: &Test, value: &Value) -> Result<bool> {
    Ok(match test {
        Test::Truthy(path) => !matches!(at(path, value)?, Value::Null | Value::Bool(false)),
        Test::Equal(path, wanted, equal) => same(at(path, value)?, wanted)? == *equal,
        Test::Matches(path, regex) => regex.is_match(text(path, value)?),
        Test::StartsWith(path, prefix) => text(path, value)?.starts_with(prefix.as_str()),
        Test::EndsWith(path, suffix) => text(path, value)?.ends_with(suffix.as_str()),
        Test::Not(inner) => !holds(inner, value)?,
        Test::And(left, right) => holds(left, value)? && holds(right, value)?,
        Test::Or(left, right) => holds(left, value)? || holds(right, value)?,
    })
}

fn text<'d>(path: &[Step], value: &'d Value) -> Result<&'d str> {
    at(path, value)?.as_str().ok_or(Unusual)
}

/// The one value that a single path leads to.
fn at<'d>(path: &[Step], value: &'d Value) -> Result<&'d Value> {
    let mut found = value;
    for step in path {
        found = match (step, found) {
            (_, Value::Null) => &NULL,
            (Step::Field(name), Value::Object(map)) => map.get(name).unwrap_or(&NULL),
            (Step::At(index), Value::Array(items)) if *index >= 0 => {
                usize::try_from(*index).ok().and_then(|at| items.get(at)).unwrap_or(&NULL)
            }
            _ => return Err(Unusual),
        };
    }
    Ok(found)
}

fn same(value: &Value, wanted: &V) -> Result<bool> {
    Ok(match (value, wanted) {
        (Value::Null, V::Null) => true,
        (Value::Bool(value), V::Bool(wanted)) => value == wanted,
        (Value::String(value), V::Str(wanted)) => value.as_str() == &**wanted,
        (Value::Number(value), V::Int(_) | V::Float(_)) => value.as_f64() == wanted.to_float(),
        (_, V::Null | V::Bool(_) | V::Str(_) | V::Int(_) | V::Float(_)) => false,
        _ => return Err(Unusual),
    })
}
