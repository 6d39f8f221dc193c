//! Filter predicates: how they are read, and how they look at one entity in memory
//! (upstream `@backstage/filter-predicates`).

use serde_json::{Map, Value};

use crate::lang::javascript::to_text;
use crate::{Error, Result};

/// How deep predicates may nest.
const MAX_DEPTH: usize = 128;

/// A predicate that has passed the schema.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// A string, number or boolean; only meaningful in memory.
    Primitive(Value),
    /// Every one.
    All(Vec<Predicate>),
    /// At least one.
    Any(Vec<Predicate>),
    /// The opposite.
    Not(Box<Predicate>),
    /// All of these fields.
    Fields(Vec<(String, FieldTest)>),
}

/// What a field must be.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldTest {
    /// Equal.
    Equals(Value),
    /// Present, or absent.
    Exists(bool),
    /// Equal to one of these.
    In(Vec<Value>),
    /// A list with an item that fits.
    Contains(Box<Predicate>),
    /// A string that starts with this.
    HasPrefix(String),
}

impl Predicate {
    /// Reads a predicate (upstream `parseFilterPredicate`).
    pub fn parse(value: &Value) -> Result<Self> {
        Self::read(value, 0).ok_or_else(|| Error::upstream("Invalid filter predicate"))
    }

    fn read(value: &Value, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        match value {
            Value::String(_) | Value::Number(_) | Value::Bool(_) => Some(Self::Primitive(value.clone())),
            Value::Object(members) => Self::read_object(members, depth),
            Value::Null | Value::Array(_) => None,
        }
    }

    fn read_object(members: &Map<String, Value>, depth: usize) -> Option<Self> {
        let list = |value: &Value| value.as_array()?.iter().map(|item| Self::read(item, depth + 1)).collect::<Option<Vec<_>>>();
        if let Some((key, argument)) = members.iter().next().filter(|_| members.len() == 1) {
            match key.as_str() {
                "$all" => return list(argument).map(Self::All),
                "$any" => return list(argument).map(Self::Any),
                "$not" => return Self::read(argument, depth + 1).map(|inner| Self::Not(Box::new(inner))),
                _ => {}
            }
        }
        let field = |(key, test): (&String, &Value)| {
            let plain = !key.starts_with('$') && !key.contains(['\n', '\r', '\u{2028}', '\u{2029}']);
            Some((key.clone(), FieldTest::read(test, depth).filter(|_| plain)?))
        };
        members.iter().map(field).collect::<Option<_>>().map(Self::Fields)
    }

    /// Whether an entity, or any value, fits (upstream `evaluateFilterPredicate`).
    pub fn matches(&self, value: &Value) -> bool {
        match self {
            Self::Primitive(wanted) => equal(Some(value), wanted),
            Self::All(all) => all.iter().all(|inner| inner.matches(value)),
            Self::Any(any) => any.iter().any(|inner| inner.matches(value)),
            Self::Not(inner) => !inner.matches(value),
            Self::Fields(fields) => fields.iter().all(|(path, test)| test.matches(value_at(value, path, 0))),
        }
    }
}

impl FieldTest {
    fn read(value: &Value, depth: usize) -> Option<Self> {
        let primitive = |value: &Value| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
        if primitive(value) {
            return Some(Self::Equals(value.clone()));
        }
        let members = value.as_object()?;
        // The first form that fits wins; keys beside it are dropped.
        let exists = members.get("$exists").and_then(Value::as_bool).map(Self::Exists);
        let within = || {
            members.get("$in").and_then(Value::as_array).filter(|items| items.iter().all(primitive)).map(|items| Self::In(items.clone()))
        };
        let contains = || {
            let inner = Predicate::read(members.get("$contains")?, depth + 1)?;
            Some(Self::Contains(Box::new(inner)))
        };
        let prefix = || members.get("$hasPrefix").and_then(Value::as_str).map(|text| Self::HasPrefix(text.to_owned()));
        exists.or_else(within).or_else(contains).or_else(prefix)
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Equals(wanted) => equal(value, wanted),
            Self::Exists(wanted) => value.is_some() == *wanted,
            Self::In(options) => options.iter().any(|option| equal(value, option)),
            Self::Contains(inner) => value.and_then(Value::as_array).is_some_and(|items| items.iter().any(|item| inner.matches(item))),
            Self::HasPrefix(prefix) => {
                value.and_then(Value::as_str).is_some_and(|text| text.to_uppercase().starts_with(&prefix.to_uppercase()))
            }
        }
    }
}

/// Equality without case, and by text as soon as a number is involved.
fn equal(value: Option<&Value>, wanted: &Value) -> bool {
    match (value, wanted) {
        (Some(Value::Null), _) | (_, Value::Null) | (None, _) => false,
        (Some(Value::String(a)), Value::String(b)) => a == b || a.to_uppercase() == b.to_uppercase(),
        (Some(Value::Bool(a)), Value::Bool(b)) => a == b,
        (Some(a), b) if a.is_number() || b.is_number() => to_text(a) == to_text(b),
        (Some(Value::Array(a)), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(Some(a), b)),
        _ => false,
    }
}

/// The value at a dotted path; keys may themselves contain dots (upstream `getJsonValueAtPath`).
fn value_at<'a>(value: &'a Value, path: &str, depth: usize) -> Option<&'a Value> {
    if path.is_empty() || depth > MAX_DEPTH {
        return None;
    }
    value.as_object()?.iter().find_map(|(key, member)| {
        if key == path {
            return Some(member);
        }
        let rest = path.strip_prefix(key.as_str())?.strip_prefix('.')?;
        value_at(member, rest, depth + 1)
    })
}
