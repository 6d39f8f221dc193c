//! Values with Go's types.

use std::sync::Arc;

use super::nature::{Signature, Ty};
use crate::Value;
use crate::lang::LangError;
use crate::lang::gofmt::time::{Time, Zone};

/// A value of a condition.
#[derive(Debug, Clone)]
pub enum Val {
    /// nil
    Nil,
    /// bool
    Bool(bool),
    /// int
    Int(i64),
    /// int64
    Int64(i64),
    /// uint8: a byte of a text
    Byte(u8),
    /// float64
    Float(f64),
    /// string
    Str(Arc<str>),
    /// time.Time
    Time(Arc<Time>),
    /// time.Duration
    Duration(i64),
    /// time.Month
    Month(i64),
    /// time.Weekday
    Weekday(i64),
    /// *time.Location
    Location(Arc<Zone>),
    /// A slice, or `[2]any`
    Slice(Slice),
    /// A map
    Map(Map),
    /// A function
    Func(Func),
}

/// A function value.
#[derive(Debug, Clone)]
pub enum Func {
    /// One of the environment.
    Env(&'static str),
    /// A method and what it belongs to.
    Method(&'static str, Arc<Val>),
}

/// What a slice's items are declared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SliceKind {
    /// []interface {}
    Any,
    /// []interface {}, nil: nothing was ever appended
    Nothing,
    /// []float64
    Float,
    /// []string
    Text,
    /// []int
    Int,
    /// []map[string]interface {}
    Map,
    /// [][2]interface {}
    Pairs,
    /// [2]interface {}
    Pair,
}

/// A slice.
#[derive(Debug, Clone)]
pub struct Slice {
    /// Its Go type.
    pub kind: SliceKind,
    /// Its items.
    pub items: Arc<Vec<Val>>,
}

/// What a map's keys and values are declared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapKind {
    /// map[string]interface {}
    Text,
    /// map[interface {}]interface {}
    Any,
    /// map[interface {}][]interface {}
    Groups,
    /// map[int]struct {}
    IntSet,
    /// map[string]struct {}
    TextSet,
}

/// A map, its entries in the order they were put in.
#[derive(Debug, Clone)]
pub struct Map {
    /// Its Go type.
    pub kind: MapKind,
    /// Keys and values.
    pub entries: Arc<[(Val, Val)]>,
}

impl Slice {
    /// `[]interface {}`
    pub fn any(items: Vec<Val>) -> Self {
        Self { kind: SliceKind::Any, items: Arc::new(items) }
    }

    /// A slice of another kind.
    pub fn of(kind: SliceKind, items: Vec<Val>) -> Self {
        Self { kind, items: Arc::new(items) }
    }
}

impl Map {
    /// `map[string]interface {}`; of equal keys the first counts.
    pub fn texts(entries: Vec<(Val, Val)>) -> Self {
        let mut kept: Vec<(Val, Val)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            if !kept.iter().any(|(known, _)| super::equality::identical(known, &key)) {
                kept.push((key, value));
            }
        }
        Self { kind: MapKind::Text, entries: kept.into() }
    }

    /// The value of a text key.
    pub(super) fn text(&self, wanted: &str) -> Option<&Val> {
        self.entries.iter().find(|(key, _)| matches!(key, Val::Str(key) if &**key == wanted)).map(|(_, value)| value)
    }

    /// The value of a key that has the map's key type.
    pub fn get(&self, key: &Val) -> Option<&Val> {
        if let (MapKind::Text | MapKind::TextSet, Val::Str(wanted)) = (self.kind, key) {
            return self.entries.iter().find(|(key, _)| matches!(key, Val::Str(key) if key == wanted)).map(|(_, value)| value);
        }
        self.entries.iter().find(|(known, _)| super::equality::identical(known, key)).map(|(_, value)| value)
    }
}

impl Val {
    /// A string.
    pub fn str(text: &str) -> Self {
        Self::Str(text.into())
    }

    pub(super) fn string(text: String) -> Self {
        Self::Str(text.into())
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Int64(_) | Self::Byte(_) | Self::Float(_))
    }

    pub(super) fn is_nil(&self) -> bool {
        matches!(self, Self::Nil) || self.is_nil_slice()
    }

    /// A slice that is nil, yet no nil interface.
    pub(super) fn is_nil_slice(&self) -> bool {
        matches!(self, Self::Slice(slice) if slice.kind == SliceKind::Nothing)
    }

    /// The value as `encoding/json` hands it over.
    pub fn from_json(value: &Value) -> Self {
        match value {
            Value::Null => Self::Nil,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Float(number.as_f64().unwrap_or(0.0)),
            Value::String(text) => Self::str(text),
            Value::Array(items) => Self::Slice(Slice::any(items.iter().map(Self::from_json).collect())),
            Value::Object(map) => {
                let entries: Vec<_> = map.iter().map(|(key, value)| (Self::str(key), Self::from_json(value))).collect();
                Self::Map(Map { kind: MapKind::Text, entries: entries.into() })
            }
        }
    }

    pub(super) fn ty(&self) -> Ty {
        match self {
            Self::Nil => Ty::Nil,
            Self::Bool(_) => Ty::Bool,
            Self::Int(_) => Ty::Int,
            Self::Int64(_) => Ty::Int64,
            Self::Byte(_) => Ty::Uint8,
            Self::Float(_) => Ty::Float,
            Self::Str(_) => Ty::Str,
            Self::Time(_) => Ty::Time,
            Self::Duration(_) => Ty::Duration,
            Self::Month(_) => Ty::Month,
            Self::Weekday(_) => Ty::Weekday,
            Self::Location(_) => Ty::Location,
            Self::Slice(slice) => slice.kind.ty(),
            Self::Map(map) => match map.kind {
                MapKind::Text => Ty::map_of_any(),
                MapKind::Any => Ty::Map(Box::new(Ty::Any), Box::new(Ty::Any)),
                MapKind::Groups => Ty::Map(Box::new(Ty::Any), Box::new(Ty::slice_of_any())),
                MapKind::IntSet => Ty::Map(Box::new(Ty::Int), Box::new(Ty::Any)),
                MapKind::TextSet => Ty::Map(Box::new(Ty::Str), Box::new(Ty::Any)),
            },
            Self::Func(_) => Ty::Func(Box::new(Signature { params: Vec::new(), out: None, variadic: true, builtin: None })),
        }
    }

    /// Go's name of the type, `any` for `interface {}`.
    pub fn type_name(&self) -> String {
        self.ty().name().replace("interface {}", "any")
    }

    /// As JSON; what JSON has no numbers for becomes words, times their text.
    ///
    /// # Errors
    /// Functions and pointers have no JSON.
    pub fn to_json(&self) -> Result<Value, LangError> {
        Ok(match self {
            Self::Nil => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) | Self::Int64(value) => Value::from(*value),
            Self::Byte(byte) => Value::from(*byte),
            Self::Float(value) if value.is_nan() => Value::from("NaN"),
            Self::Float(value) if value.is_infinite() => Value::from(if *value > 0.0 { "+Inf" } else { "-Inf" }),
            Self::Float(value) => Value::from(*value),
            Self::Str(text) => Value::from(&**text),
            Self::Time(time) => Value::from(time.format("2006-01-02T15:04:05.999999999Z07:00")),
            Self::Duration(_) | Self::Month(_) | Self::Weekday(_) => Value::from(super::functions::print(self)),
            Self::Slice(slice) => Value::Array(slice.items.iter().map(Self::to_json).collect::<Result<_, _>>()?),
            Self::Map(map) => {
                let entries = map.entries.iter().map(|(key, value)| Ok((super::functions::print(key), value.to_json()?)));
                Value::Object(entries.collect::<Result<_, LangError>>()?)
            }
            Self::Func(_) => return Err(LangError::eval("value is a function")),
            Self::Location(_) => return Err(LangError::eval("value of type *time.Location")),
        })
    }
}

impl SliceKind {
    fn ty(self) -> Ty {
        let of = |ty| Ty::Slice(Box::new(ty));
        match self {
            Self::Any | Self::Nothing => of(Ty::Any),
            Self::Float => of(Ty::Float),
            Self::Text => of(Ty::Str),
            Self::Int => of(Ty::Int),
            Self::Map => of(Ty::map_of_any()),
            Self::Pairs => of(Ty::Pair),
            Self::Pair => Ty::Pair,
        }
    }
}
