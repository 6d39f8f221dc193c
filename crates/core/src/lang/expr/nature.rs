//! Static types, as upstream's `Nature` on Go's `reflect.Type`.

use std::sync::Arc;

/// A Go type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ty {
    /// Nothing is known.
    Unknown,
    /// The literal nil.
    Nil,
    /// `interface {}`
    Any,
    Bool,
    Int,
    Int64,
    Uint8,
    Float,
    Str,
    Time,
    Duration,
    Month,
    Weekday,
    /// `*time.Location`
    Location,
    Slice(Box<Ty>),
    /// `[2]interface {}`
    Pair,
    /// A map with keys and values.
    Map(Box<Ty>, Box<Ty>),
    Func(Box<Signature>),
}

/// A function's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) params: Vec<Ty>,
    /// `None` if it returns nothing, or too much.
    pub(super) out: Option<Ty>,
    /// The last parameter repeats.
    pub(super) variadic: bool,
    /// A builtin, whose own rules apply.
    pub(super) builtin: Option<&'static str>,
}

/// Go's kinds, as far as they matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Invalid,
    Interface,
    Bool,
    Int,
    Int64,
    Uint8,
    Float64,
    String,
    Struct,
    Ptr,
    Slice,
    Array,
    Map,
    Func,
}

/// A type, and for lists what is known of the items.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Nature {
    pub(super) ty: Ty,
    pub(super) elem: Option<Arc<Nature>>,
}

impl Ty {
    pub(super) fn slice_of_any() -> Self {
        Self::Slice(Box::new(Self::Any))
    }

    pub(super) fn map_of_any() -> Self {
        Self::Map(Box::new(Self::Str), Box::new(Self::Any))
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Unknown | Self::Nil => Kind::Invalid,
            Self::Any => Kind::Interface,
            Self::Bool => Kind::Bool,
            Self::Int | Self::Month | Self::Weekday => Kind::Int,
            Self::Int64 | Self::Duration => Kind::Int64,
            Self::Uint8 => Kind::Uint8,
            Self::Float => Kind::Float64,
            Self::Str => Kind::String,
            Self::Time => Kind::Struct,
            Self::Location => Kind::Ptr,
            Self::Slice(_) => Kind::Slice,
            Self::Pair => Kind::Array,
            Self::Map(..) => Kind::Map,
            Self::Func(_) => Kind::Func,
        }
    }

    /// Go's name of the type.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Unknown => "unknown".into(),
            Self::Nil => "<nil>".into(),
            Self::Any => "interface {}".into(),
            Self::Bool => "bool".into(),
            Self::Int => "int".into(),
            Self::Int64 => "int64".into(),
            Self::Uint8 => "uint8".into(),
            Self::Float => "float64".into(),
            Self::Str => "string".into(),
            Self::Time => "time.Time".into(),
            Self::Duration => "time.Duration".into(),
            Self::Month => "time.Month".into(),
            Self::Weekday => "time.Weekday".into(),
            Self::Location => "*time.Location".into(),
            Self::Slice(elem) => format!("[]{}", elem.name()),
            Self::Pair => "[2]interface {}".into(),
            Self::Map(key, value) => format!("map[{}]{}", key.name(), value.name()),
            Self::Func(_) => "func".into(),
        }
    }
}

impl Nature {
    pub(super) fn of(ty: Ty) -> Self {
        Self { ty, elem: None }
    }

    pub(super) fn unknown() -> Self {
        Self::of(Ty::Unknown)
    }

    /// `[]interface {}` with items of which more is known.
    pub(super) fn array_of(elem: Nature) -> Self {
        Self { ty: Ty::slice_of_any(), elem: Some(Arc::new(elem)) }
    }

    pub(super) fn kind(&self) -> Kind {
        self.ty.kind()
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.ty, Ty::Unknown | Ty::Any)
    }

    pub(super) fn is_nil(&self) -> bool {
        self.ty == Ty::Nil
    }

    pub(super) fn is_integer(&self) -> bool {
        matches!(self.ty, Ty::Int | Ty::Int64 | Ty::Uint8)
    }

    pub(super) fn is_float(&self) -> bool {
        self.ty == Ty::Float
    }

    pub(super) fn is_number(&self) -> bool {
        self.is_integer() || self.is_float()
    }

    pub(super) fn is_bool(&self) -> bool {
        self.kind() == Kind::Bool
    }

    pub(super) fn is_string(&self) -> bool {
        self.kind() == Kind::String
    }

    pub(super) fn is_time(&self) -> bool {
        self.ty == Ty::Time
    }

    pub(super) fn is_duration(&self) -> bool {
        self.ty == Ty::Duration
    }

    pub(super) fn is_array(&self) -> bool {
        matches!(self.kind(), Kind::Slice | Kind::Array)
    }

    pub(super) fn is_map(&self) -> bool {
        self.kind() == Kind::Map
    }

    pub(super) fn name(&self) -> String {
        if self.is_nil() { "unknown".into() } else { self.ty.name() }
    }

    /// What the items or members are.
    pub(super) fn items(&self) -> Self {
        match (&self.ty, &self.elem) {
            (Ty::Slice(_) | Ty::Pair, Some(elem)) => (**elem).clone(),
            (Ty::Slice(elem), None) => Self::of((**elem).clone()),
            (Ty::Pair, None) => Self::of(Ty::Any),
            (Ty::Map(_, value), _) => Self::of((**value).clone()),
            (Ty::Location, _) => Self::unknown(),
            _ => Self::unknown(),
        }
    }

    pub(super) fn key(&self) -> Self {
        match &self.ty {
            Ty::Map(key, _) => Self::of((**key).clone()),
            _ => Self::unknown(),
        }
    }

    pub(super) fn assignable_to(&self, to: &Ty) -> bool {
        if self.is_nil() {
            return matches!(to.kind(), Kind::Ptr | Kind::Interface | Kind::Func | Kind::Map | Kind::Slice);
        }
        if self.ty == Ty::Unknown || matches!(to, Ty::Unknown | Ty::Nil) {
            return false;
        }
        *to == Ty::Any || self.ty == *to
    }

    pub(super) fn comparable_to(&self, other: &Self) -> bool {
        self.is_unknown()
            || other.is_unknown()
            || self.is_nil()
            || other.is_nil()
            || (self.is_number() && other.is_number())
            || (self.is_duration() && other.is_duration())
            || (self.is_time() && other.is_time())
            || (self.is_array() && other.is_array())
            || self.assignable_to(&other.ty)
    }

    /// Whether the two may fit once they are known; `check` is what the known one has to be.
    pub(super) fn maybe(&self, other: &Self, check: impl Fn(&Self) -> bool) -> bool {
        match (self.is_unknown(), other.is_unknown()) {
            (true, true) => true,
            (true, false) => check(other),
            (false, true) => check(self),
            (false, false) => false,
        }
    }
}
