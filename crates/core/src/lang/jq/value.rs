//! jq's values: shared, immutable, with the identity that paths are checked by.

use std::sync::Arc;

use super::error::JqError;
use crate::{Map, Value};

/// Values nested deeper than this are refused.
const MAX_DEPTH: u32 = 1_000;

/// A value.
#[derive(Debug, Clone)]
pub(super) enum V {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// An integer that does not fit `i64`.
    Big(Box<i128>),
    Str(Arc<str>),
    Arr(Arc<Arr>),
    Obj(Arc<Obj>),
}

/// An array that knows how deep it nests.
#[derive(Debug, Clone, Default)]
pub(super) struct Arr {
    pub(super) items: Vec<V>,
    pub(super) depth: u32,
    /// What it is a slice of and from where: Go's slices share the memory of their array.
    pub(super) part_of: Option<(Arc<Arr>, usize)>,
}

/// An object with its members sorted by key, as everything in jq lists them.
#[derive(Debug, Clone, Default)]
pub(super) struct Obj {
    pub(super) members: Vec<(Arc<str>, V)>,
    pub(super) depth: u32,
}

impl Obj {
    fn find(&self, key: &str) -> Result<usize, usize> {
        self.members.binary_search_by(|(name, _)| (**name).cmp(key))
    }

    pub(super) fn get(&self, key: &str) -> Option<&V> {
        self.find(key).ok().and_then(|at| self.members.get(at)).map(|(_, value)| value)
    }

    pub(super) fn insert(&mut self, key: Arc<str>, value: V) {
        self.depth = self.depth.max(value.depth() + 1);
        match self.find(&key) {
            Ok(at) => {
                if let Some(member) = self.members.get_mut(at) {
                    member.1 = value;
                }
            }
            Err(at) => self.members.insert(at, (key, value)),
        }
    }
}

impl Arr {
    /// For changing: it is no slice of another any more.
    pub(super) fn owned(this: &mut Arc<Self>) -> &mut Self {
        let arr = Arc::make_mut(this);
        arr.part_of = None;
        arr
    }

    /// Whether Go would find the same elements at the same address; all arrays that were made empty have one.
    fn shares(self: &Arc<Self>, other: &Arc<Self>) -> bool {
        let place = |arr: &Arc<Self>| arr.part_of.as_ref().map_or((Arc::as_ptr(arr), 0), |(root, at)| (Arc::as_ptr(root), *at));
        let empty = |arr: &Self| arr.items.is_empty() && arr.part_of.is_none();
        (empty(self) && empty(other)) || (self.items.len() == other.items.len() && place(self) == place(other))
    }
}

impl V {
    pub(super) fn str(text: &str) -> Self {
        Self::Str(text.into())
    }

    pub(super) fn string(text: String) -> Self {
        Self::Str(text.into())
    }

    /// An array; refused when it nests too deeply.
    pub(super) fn array(items: Vec<V>) -> Result<Self, JqError> {
        let depth = 1 + items.iter().map(V::depth).max().unwrap_or(0);
        if depth > MAX_DEPTH {
            Err(JqError::limit("the value nests too deeply"))
        } else {
            Ok(Self::Arr(Arc::new(Arr { items, depth, part_of: None })))
        }
    }

    /// An array of values that hold no other values.
    pub(super) fn flat(items: Vec<V>) -> Self {
        let depth = 1 + items.iter().map(V::depth).max().unwrap_or(0);
        Self::Arr(Arc::new(Arr { items, depth, part_of: None }))
    }

    /// A part of an array.
    pub(super) fn slice(arr: &Arc<Arr>, from: usize, to: usize) -> Self {
        let items = arr.items.get(from..to).unwrap_or_default().to_vec();
        let depth = 1 + items.iter().map(V::depth).max().unwrap_or(0);
        let (root, at) = arr.part_of.as_ref().map_or((arr, 0), |(root, at)| (root, *at));
        let part_of = (!root.items.is_empty()).then(|| (Arc::clone(root), at + from));
        Self::Arr(Arc::new(Arr { items, depth, part_of }))
    }

    pub(super) fn object(obj: Obj) -> Result<Self, JqError> {
        if obj.depth > MAX_DEPTH { Err(JqError::limit("the value nests too deeply")) } else { Ok(Self::Obj(Arc::new(obj))) }
    }

    /// An object of a few named members.
    pub(super) fn record<const N: usize>(members: [(&str, V); N]) -> Self {
        let mut obj = Obj { members: Vec::with_capacity(N), depth: 1 };
        for (key, value) in members {
            obj.insert(key.into(), value);
        }
        Self::Obj(Arc::new(obj))
    }

    pub(super) fn depth(&self) -> u32 {
        match self {
            Self::Arr(arr) => arr.depth,
            Self::Obj(obj) => obj.depth,
            _ => 0,
        }
    }

    /// About how much it is to look at all of it: one for each value, however often it is shared, and for sixteen bytes of
    /// text. Soon after `most` it is not counted on.
    pub(super) fn weight(&self, most: u64) -> u64 {
        let mut total = 1;
        let inner: &mut dyn Iterator<Item = &V> = match self {
            Self::Str(text) => return 1 + text.len() as u64 / 16,
            Self::Arr(arr) => &mut arr.items.iter(),
            Self::Obj(obj) => &mut obj.members.iter().map(|(_, value)| value),
            _ => return 1,
        };
        for value in inner {
            if total > most {
                break;
            }
            total += value.weight(most - total.min(most));
        }
        total
    }

    pub(super) fn size(length: usize) -> Self {
        Self::Int(i64::try_from(length).unwrap_or(i64::MAX))
    }

    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Int(_) | Self::Float(_) | Self::Big(_) => "number",
            Self::Str(_) => "string",
            Self::Arr(_) => "array",
            Self::Obj(_) => "object",
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Float(_) | Self::Big(_))
    }

    pub(super) fn truthy(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }

    /// Numbers as an index: truncated and clamped to `i64`.
    pub(super) fn to_int(&self) -> Option<i64> {
        match self {
            Self::Int(i) => Some(*i),
            Self::Float(f) => Some(float_to_int(*f)),
            Self::Big(big) => Some(if **big > 0 { i64::MAX } else { i64::MIN }),
            _ => None,
        }
    }

    pub(super) fn to_int_ceil(&self) -> Option<i64> {
        match self {
            Self::Float(f) => Some(float_to_int(f.ceil())),
            other => other.to_int(),
        }
    }

    #[allow(clippy::cast_precision_loss)]
    pub(super) fn to_float(&self) -> Option<f64> {
        match self {
            Self::Int(i) => Some(*i as f64),
            Self::Float(f) => Some(*f),
            Self::Big(big) => Some(**big as f64),
            _ => None,
        }
    }

    /// An integer of any size.
    pub(super) fn integer(value: i128) -> Self {
        i64::try_from(value).map_or_else(|_| Self::Big(Box::new(value)), Self::Int)
    }

    /// Whether the value is still the one a path led to: containers by identity, the rest by value.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Arr(a), Self::Arr(b)) => Arc::ptr_eq(a, b) || a.shares(b),
            (Self::Obj(a), Self::Obj(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// What `encoding/json` would hand over: all numbers as doubles.
    pub(super) fn from_json(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(b) => Self::Bool(*b),
            Value::Number(n) => Self::Float(n.as_f64().unwrap_or(0.0)),
            Value::String(s) => Self::str(s),
            Value::Array(items) => Self::flat(items.iter().map(Self::from_json).collect()),
            Value::Object(map) => {
                let mut members: Vec<(Arc<str>, V)> =
                    map.iter().map(|(key, value)| (Arc::from(key.as_str()), Self::from_json(value))).collect();
                members.sort_unstable_by(|a, b| a.0.cmp(&b.0));
                let depth = 1 + members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0);
                Self::Obj(Arc::new(Obj { members, depth }))
            }
        }
    }

    /// What `encoding/json` would write.
    ///
    /// # Errors
    /// NaN and infinities have no JSON.
    #[allow(clippy::cast_precision_loss)]
    pub(super) fn to_json(&self) -> Result<Value, JqError> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(*b),
            Self::Int(i) => Value::from(*i),
            Self::Big(big) => u64::try_from(**big).map_or_else(|_| Value::from(**big as f64), Value::from),
            Self::Float(f) => float_to_json(*f)?,
            Self::Str(s) => Value::String(s.to_string()),
            Self::Arr(arr) => Value::Array(arr.items.iter().map(Self::to_json).collect::<Result<_, _>>()?),
            Self::Obj(obj) => {
                let members = obj.members.iter().map(|(key, value)| Ok((key.to_string(), value.to_json()?)));
                Value::Object(members.collect::<Result<Map<_, _>, JqError>>()?)
            }
        })
    }
}

#[allow(clippy::cast_possible_truncation)]
fn float_to_json(f: f64) -> Result<Value, JqError> {
    if !f.is_finite() {
        let name = if f.is_nan() {
            "NaN"
        } else if f > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        };
        return Err(JqError::message(format!("json: unsupported value: {name}")));
    }
    // Whole numbers are written without a point.
    Ok(if f.fract() == 0.0 && f.abs() < 9.0e15 && !(f == 0.0 && f.is_sign_negative()) { Value::from(f as i64) } else { Value::from(f) })
}

#[allow(clippy::cast_possible_truncation)]
fn float_to_int(f: f64) -> i64 {
    // Go leaves NaN at the smallest integer.
    if f.is_nan() { i64::MIN } else { f as i64 }
}

/// A number as written in a query or read by `tonumber`.
pub(super) fn number(text: &str) -> V {
    if let Ok(value) = text.parse::<i64>() {
        return V::Int(value);
    }
    let is_float = text.contains(['.', 'e', 'E']);
    if !is_float && let Ok(value) = text.parse::<i128>() {
        return V::integer(value);
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => V::Float(value),
        _ => V::Float(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
    }
}
