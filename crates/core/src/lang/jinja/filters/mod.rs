//! The filters of nunjucks.

mod json;
mod legacy;
mod markup;
mod sequence;
mod sort;
mod text;

use std::rc::Rc;

use indexmap::IndexMap;

use super::coerce::{print, to_number, to_text, truthy};
use super::error::{Outcome, fail};
use super::eval::Evaluator;
use super::value::{Record, Value};
use crate::lang::javascript::{parse_float, parse_int, power};

pub(super) use json::dump;
pub(super) use sort::{pay, sort_by};

/// Keyword arguments in the order given.
pub(super) type Keywords = IndexMap<Rc<str>, Value>;

const NAMES: &[&str] = &[
    "abs",
    "batch",
    "capitalize",
    "center",
    "d",
    "default",
    "dictsort",
    "dump",
    "e",
    "escape",
    "first",
    "float",
    "forceescape",
    "groupby",
    "indent",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "nl2br",
    "random",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "striptags",
    "sum",
    "title",
    "trim",
    "truncate",
    "upper",
    "urlencode",
    "urlize",
    "wordcount",
];

/// Whether there is such a filter.
pub(super) fn exists(name: &str) -> bool {
    NAMES.binary_search(&name).is_ok()
}

/// Every filter, sorted.
pub(super) fn names() -> &'static [&'static str] {
    NAMES
}

/// Positional arguments, `undefined` where there are none.
pub(super) struct Given<'a>(&'a [Value]);

impl Given<'_> {
    pub(super) fn at(&self, index: usize) -> &Value {
        self.0.get(index).unwrap_or(&Value::Undefined)
    }

    pub(super) fn rest(&self, from: usize) -> &[Value] {
        self.0.get(from..).unwrap_or_default()
    }
}

/// Filters with named parameters take keywords as such; to the others they are one more argument.
fn lower(name: &str, mut positional: Vec<Value>, mut keyword: Keywords) -> Vec<Value> {
    let names: &[&str] = match name {
        "int" => &["default", "base"],
        "sort" => &["reverse", "case_sensitive", "attribute"],
        _ => {
            if !keyword.is_empty() {
                keyword.insert("__keywords".into(), Value::Bool(true));
                positional.push(Value::Record(Rc::new(Record::of(keyword))));
            }
            return positional;
        }
    };
    positional.truncate(names.len());
    for name in names.iter().skip(positional.len()) {
        positional.push(keyword.shift_remove(*name).unwrap_or(Value::Undefined));
    }
    positional
}

/// Applies a filter that exists.
pub(super) fn apply(evaluator: &mut Evaluator<'_>, name: &str, input: &Value, positional: Vec<Value>, keyword: Keywords) -> Outcome<Value> {
    let positional = lower(name, positional, keyword);
    let given = Given(&positional);
    let legacy = evaluator.options.legacy;
    let as_object = match input {
        Value::Safe(text) if legacy && BY_INDEX.contains(&name) => Some(safe_string(text)?),
        _ => None,
    };
    let input = as_object.as_ref().unwrap_or(input);
    match name.as_bytes() {
        b"abs" => Ok(Value::Number(to_number(input)?.abs())),
        b"default" | b"d" => Ok(default(input, &given)),
        b"float" => {
            let parsed = parse_float(&to_text(input)?);
            Ok(if parsed.is_nan() { given.at(0).clone() } else { Value::Number(parsed) })
        }
        b"int" => int(input, &given),
        b"round" => round(input, &given),
        b"dump" => dump(input, Some(given.at(0)), legacy),
        b"length" => Ok(sequence::length(input)),
        b"list" => sequence::list(evaluator, input),
        b"first" | b"last" => sequence::edge(input, name == "last"),
        b"random" => sequence::random(input),
        b"reverse" => sequence::reverse(evaluator, input),
        b"batch" if legacy => legacy::batch(evaluator, input, &given),
        b"slice" if legacy => legacy::slice(evaluator, input, &given),
        b"batch" => sequence::batch(evaluator, input, &given),
        b"slice" => sequence::slice(evaluator, input, &given),
        b"join" => sequence::join(evaluator, input, &given),
        b"sum" => sequence::sum(evaluator, input, &given),
        b"groupby" => sequence::groupby(evaluator, input, &given),
        b"select" | b"reject" => sequence::select(evaluator, input, &given, name == "select"),
        b"selectattr" | b"rejectattr" => sequence::selectattr(input, &given, name == "selectattr"),
        b"sort" => sort::sort(evaluator, input, &given),
        b"dictsort" => sort::dictsort(evaluator, input, &given),
        b"escape" | b"e" | b"forceescape" | b"safe" | b"string" | b"nl2br" | b"striptags" | b"urlencode" | b"urlize" => {
            markup::apply(name, input, &given, legacy)
        }
        _ => text::apply(&evaluator.meter, name, input, &given),
    }
}

/// Filters that take nunjucks' `SafeString` for an object: it has a length and no items.
const BY_INDEX: [&str; 11] = ["batch", "first", "groupby", "last", "list", "random", "reject", "reverse", "select", "sort", "urlencode"];

/// The members of a `SafeString`.
fn safe_string(text: &Rc<str>) -> Outcome<Value> {
    let length = Value::Number(super::units::length(text) as f64);
    Value::record([("val".into(), Value::Text(Rc::clone(text))), ("length".into(), length)])
}

fn default(input: &Value, given: &Given<'_>) -> Value {
    let wanted = if truthy(given.at(1)) { truthy(input) } else { !matches!(input, Value::Undefined) };
    if wanted { input.clone() } else { given.at(0).clone() }
}

fn int(input: &Value, given: &Given<'_>) -> Outcome<Value> {
    let base = match given.at(1) {
        Value::Undefined => 10.0,
        base => to_number(base)?.trunc(),
    };
    let base = if base.is_finite() { (base % 4_294_967_296.0) as i64 as i32 } else { 0 };
    let parsed = parse_int(&to_text(input)?, base);
    Ok(if parsed.is_nan() { given.at(0).clone() } else { Value::Number(parsed) })
}

fn round(input: &Value, given: &Given<'_>) -> Outcome<Value> {
    let precision = if truthy(given.at(0)) { to_number(given.at(0))? } else { 0.0 };
    let factor = power(10.0, precision);
    let method = if let Value::Text(method) = given.at(1) { &**method } else { "" };
    let scaled = to_number(input)? * factor;
    let rounded = match method {
        "ceil" => scaled.ceil(),
        "floor" => scaled.floor(),
        _ => js_round(scaled),
    };
    Ok(Value::Number(rounded / factor))
}

/// `Math.round`: halves go up.
fn js_round(number: f64) -> f64 {
    let floor = number.floor();
    if number - floor >= 0.5 { floor + 1.0 } else { floor }
}

/// Safe text stays safe.
fn copy_safeness(input: &Value, output: String) -> Value {
    if matches!(input, Value::Safe(_)) { Value::Safe(output.into()) } else { Value::text(output) }
}

/// Text input; anything else is refused.
fn require_text(input: &Value) -> Outcome<&Rc<str>> {
    match input.as_text() {
        Some(text) => Ok(text),
        None => fail("Filter input must be a string"),
    }
}

/// `undefined`, `null` and `false` are empty text.
fn normalized(input: &Value) -> Value {
    if matches!(input, Value::Undefined | Value::Null | Value::Bool(false)) { Value::text("") } else { input.clone() }
}

/// The value as the output prints it.
fn printed(input: &Value) -> Outcome<String> {
    print(input)
}

/// Room for an intermediate list of this many items.
fn reserve(evaluator: &mut Evaluator<'_>, count: f64) -> Outcome<usize> {
    if !count.is_finite() || count > 9_007_199_254_740_991.0 {
        return Err(super::error::TemplateError::limit("work unit"));
    }
    let count = count as usize;
    evaluator.charge_many(count)?;
    Ok(count)
}
