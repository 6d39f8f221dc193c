//! A Go value with its dynamic type.

use std::{any::Any, fmt, rc::Rc, sync::Arc};

use super::{List, Map, sprint};

/// A Go string: immutable bytes, most often UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<[u8]>);

impl Text {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, each byte that is no UTF-8 as U+FFFD.
    pub fn to_lossy(&self) -> std::borrow::Cow<'_, str> {
        lossy(&self.0)
    }
}

/// Each byte that is no UTF-8 becomes one U+FFFD, as Go decodes strings.
pub(crate) fn lossy(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    text.into()
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_lossy(), f)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into_bytes().into())
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl std::borrow::Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

/// `reflect.Kind`, the part that templates can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Invalid,
    Bool,
    Int,
    Int64,
    Uint8,
    Uint64,
    Float64,
    Complex128,
    Interface,
    Map,
    Ptr,
    Slice,
    String,
    Struct,
}

impl Kind {
    /// `Kind.String()`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Uint8 => "uint8",
            Self::Uint64 => "uint64",
            Self::Float64 => "float64",
            Self::Complex128 => "complex128",
            Self::Interface => "interface",
            Self::Map => "map",
            Self::Ptr => "ptr",
            Self::Slice => "slice",
            Self::String => "string",
            Self::Struct => "struct",
        }
    }
}

/// A value of a Go type that has methods: a time, a version, a raw JSON text.
pub trait Foreign: fmt::Debug {
    /// As `%T` prints it.
    fn type_name(&self) -> String;
    /// Its kind.
    fn kind(&self) -> Kind;
    /// `String()`, where the type is a Stringer.
    fn string(&self) -> Option<Vec<u8>>;
    /// The number behind a named integer type.
    fn integer(&self) -> Option<i64> {
        None
    }
    /// What `%v` prints for a type without `String()`.
    fn plain(&self) -> Vec<u8> {
        self.string().unwrap_or_default()
    }
    /// What `encoding/json` writes; `None` when it refuses.
    fn json(&self) -> Option<String>;
    /// Calls a method; `None` when there is no such method (or field).
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>>;
    /// `==` on values of the same type.
    fn equals(&self, other: &dyn Foreign) -> bool;
    /// For downcasting.
    fn as_any(&self) -> &dyn Any;
}

/// A Go value as `reflect.Value` sees it.
#[derive(Debug, Clone)]
pub enum Value {
    /// The zero `reflect.Value`: a key that is missing, a nil that lost its interface.
    Invalid,
    /// A nil of type `interface {}`.
    Nil,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `int64`
    Int64(i64),
    /// `uint8`
    Uint8(u8),
    /// `uint64`
    Uint64(u64),
    /// `float64`
    Float(f64),
    /// `complex128`
    Complex(f64, f64),
    /// `string`
    Str(Text),
    /// A slice.
    List(List),
    /// A map with string keys.
    Map(Map),
    /// Anything with methods.
    Foreign(Rc<dyn Foreign>),
}

impl Value {
    /// A string.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::Str(text.into())
    }

    /// `Kind()`; a value in an interface counts as itself.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Invalid => Kind::Invalid,
            Self::Nil => Kind::Interface,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Int64(_) => Kind::Int64,
            Self::Uint8(_) => Kind::Uint8,
            Self::Uint64(_) => Kind::Uint64,
            Self::Float(_) => Kind::Float64,
            Self::Complex(..) => Kind::Complex128,
            Self::Str(_) => Kind::String,
            Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Foreign(value) => value.kind(),
        }
    }

    /// As `%T` prints it.
    pub fn type_name(&self) -> String {
        match self {
            Self::Invalid | Self::Nil => "<nil>".into(),
            Self::List(list) => list.elem.slice_type().into(),
            Self::Map(map) => map.type_name().into(),
            Self::Foreign(value) => value.type_name(),
            other => other.kind().name().into(),
        }
    }

    /// No value, or a nil interface.
    pub fn is_nil_interface(&self) -> bool {
        matches!(self, Self::Invalid | Self::Nil)
    }

    /// A nil of any type that has one.
    pub fn is_nil(&self) -> bool {
        match self {
            Self::Invalid | Self::Nil => true,
            Self::List(list) => list.is_nil(),
            Self::Map(map) => map.is_nil(),
            _ => false,
        }
    }

    /// The nil interface as no value, as `Elem()` of an interface gives it.
    #[must_use]
    pub fn unwrapped(self) -> Self {
        match self {
            Self::Nil => Self::Invalid,
            other => other,
        }
    }

    /// No value as the nil interface, as `Zero` of `interface {}` gives it.
    #[must_use]
    pub fn boxed(self) -> Self {
        match self {
            Self::Invalid => Self::Nil,
            other => other,
        }
    }

    /// Truth as `text/template` has it.
    pub fn truth(&self) -> bool {
        match self {
            Self::Invalid | Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value) | Self::Int64(value) => *value != 0,
            Self::Uint8(value) => *value != 0,
            Self::Uint64(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Self::Str(value) => !value.as_bytes().is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Foreign(value) => value.integer() != Some(0),
        }
    }

    /// `fmt.Sprint` as text.
    pub fn to_text(&self) -> String {
        lossy(&sprint(std::slice::from_ref(self)).unwrap_or_default()).into_owned()
    }

    /// A decoded JSON value: numbers are `float64`, objects `map[string]any`.
    pub fn from_json(value: &crate::Value) -> Self {
        match value {
            crate::Value::Null => Self::Nil,
            crate::Value::Bool(value) => Self::Bool(*value),
            crate::Value::Number(value) => Self::Float(value.as_f64().unwrap_or_default()),
            crate::Value::String(value) => Self::text(value.as_str()),
            crate::Value::Array(items) => Self::List(List::appended(items.iter().map(Self::from_json).collect())),
            crate::Value::Object(members) => {
                Self::Map(Map::any(members.iter().map(|(key, value)| (Text::from(key.as_str()), Self::from_json(value)))))
            }
        }
    }
}
