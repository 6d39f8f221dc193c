//! Values, tables, and the heap that owns them for one run.

use std::rc::Rc;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::ast::{Bytes, Proto};
use super::number;

/// A Lua value; tables and functions live in the [`Heap`].
#[derive(Debug, Clone, Default)]
pub(super) enum Value {
    #[default]
    Nil,
    Bool(bool),
    Number(f64),
    Text(Bytes),
    Table(usize),
    Closure(usize),
    Builtin(super::library::Builtin),
    /// A captured local's place; never seen by a program.
    Cell(usize),
}

impl Value {
    pub(super) fn text(text: impl AsRef<[u8]>) -> Self {
        Self::Text(text.as_ref().into())
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Table(_) => "table",
            Self::Closure(_) | Self::Builtin(_) | Self::Cell(_) => "function",
        }
    }

    pub(super) fn truthy(&self) -> bool {
        !matches!(self, Self::Nil | Self::Bool(false))
    }

    pub(super) fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// As `tostring` without metatables, lossy for bytes that are no UTF-8.
    pub(super) fn display(&self) -> String {
        match self {
            Self::Nil => "nil".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(value) => number::format(*value),
            Self::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Self::Table(at) => format!("table: {at:#014x}"),
            Self::Closure(at) | Self::Cell(at) => format!("function: {at:#014x}"),
            Self::Builtin(builtin) => format!("function: {:#014x}", *builtin as usize),
        }
    }

    /// Numbers, and strings that read as numbers.
    pub(super) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(*value),
            Self::Text(text) => std::str::from_utf8(text).ok().and_then(number::parse),
            _ => None,
        }
    }

    #[allow(clippy::float_cmp, reason = "Lua compares numbers exactly")]
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nil, Self::Nil) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Table(a), Self::Table(b)) | (Self::Closure(a), Self::Closure(b)) => a == b,
            (Self::Builtin(a), Self::Builtin(b)) => a == b,
            _ => false,
        }
    }
}

/// A key of a table's hash part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Text(Bytes),
    Number(u64),
    Bool(bool),
    Table(usize),
    Function(usize),
}

/// Indices up to here are kept in the array part; a table with more is refused.
const LARGEST_INDEX: usize = 1 << 20;

/// gopher-lua's table: an array part that is filled with nil up to any index set, and a hash part that keeps insertion order.
#[derive(Debug, Default)]
pub(super) struct Table {
    array: Vec<Value>,
    hash: IndexMap<Key, Value, RandomState>,
    pub(super) metatable: Option<usize>,
}

impl Table {
    /// A table with room for so many array values and other ones.
    pub(super) fn with_capacity(array: usize, hash: usize) -> Self {
        Self { array: Vec::with_capacity(array), hash: IndexMap::with_capacity_and_hasher(hash, RandomState::default()), metatable: None }
    }

    pub(super) fn get(&self, key: &Value) -> Value {
        match index(key) {
            Some(at) => self.array.get(at).cloned().unwrap_or_default(),
            None => hash_key(key).and_then(|key| self.hash.get(&key).cloned()).unwrap_or_default(),
        }
    }

    pub(super) fn get_text(&self, key: &str) -> Value {
        self.get(&Value::text(key))
    }

    /// The array index must be below [`LARGEST_INDEX`]; the key is not nil and not NaN.
    pub(super) fn set(&mut self, key: &Value, value: Value) {
        match index(key) {
            Some(at) => {
                if at >= self.array.len() {
                    self.array.resize(at, Value::Nil);
                    self.array.push(value);
                } else if let Some(place) = self.array.get_mut(at) {
                    *place = value;
                }
            }
            None => {
                let Some(key) = hash_key(key) else { return };
                if value.is_nil() {
                    // The key keeps its place: a loop over the table may be standing on it.
                    if let Some(place) = self.hash.get_mut(&key) {
                        *place = Value::Nil;
                    }
                } else {
                    self.hash.insert(key, value);
                }
            }
        }
    }

    pub(super) fn set_text(&mut self, key: &str, value: Value) {
        self.set(&Value::text(key), value);
    }

    /// What is not in the array part, in order.
    pub(super) fn into_hash(self) -> impl Iterator<Item = (Value, Value)> {
        self.hash.into_iter().map(|(key, value)| (from_key(&key), value))
    }

    pub(super) fn push(&mut self, value: Value) {
        self.array.push(value);
    }

    /// The index of the last array value that is not nil.
    pub(super) fn length(&self) -> usize {
        self.array.iter().rposition(|value| !value.is_nil()).map_or(0, |at| at + 1)
    }

    pub(super) fn array_mut(&mut self) -> &mut Vec<Value> {
        &mut self.array
    }

    pub(super) fn array(&self) -> &[Value] {
        &self.array
    }

    /// The pair after a key, array first.
    pub(super) fn next(&self, key: &Value) -> Option<(Value, Value)> {
        let array_from = match key {
            Value::Nil => Some(0),
            key => index(key).filter(|at| *at < self.array.len()).map(|at| at + 1),
        };
        if let Some(from) = array_from
            && let Some(at) = (from..self.array.len()).find(|at| self.array.get(*at).is_some_and(|value| !value.is_nil()))
        {
            return Some((Value::Number((at + 1) as f64), self.array.get(at).cloned().unwrap_or_default()));
        }
        let from = if array_from.is_some() { 0 } else { self.hash.get_index_of(&hash_key(key)?)? + 1 };
        (from..self.hash.len()).find_map(|at| {
            let (key, value) = self.hash.get_index(at)?;
            (!value.is_nil()).then(|| (from_key(key), value.clone()))
        })
    }
}

/// The array slot of a positive whole number.
fn index(key: &Value) -> Option<usize> {
    match key {
        Value::Number(number) if *number >= 1.0 && number.fract() == 0.0 && *number < LARGEST_INDEX as f64 => Some(*number as usize - 1),
        _ => None,
    }
}

fn hash_key(key: &Value) -> Option<Key> {
    Some(match key {
        Value::Text(text) => Key::Text(Rc::clone(text)),
        Value::Number(number) => Key::Number(if *number == 0.0 { 0 } else { number.to_bits() }),
        Value::Bool(value) => Key::Bool(*value),
        Value::Table(at) => Key::Table(*at),
        Value::Closure(at) => Key::Function(*at),
        Value::Builtin(builtin) => Key::Function(usize::MAX - *builtin as usize),
        Value::Nil | Value::Cell(_) => return None,
    })
}

fn from_key(key: &Key) -> Value {
    match key {
        Key::Text(text) => Value::Text(Rc::clone(text)),
        Key::Number(bits) => Value::Number(f64::from_bits(*bits)),
        Key::Bool(value) => Value::Bool(*value),
        Key::Table(at) => Value::Table(*at),
        Key::Function(at) => Value::Closure(*at),
    }
}

/// A function with the variables it holds on to.
#[derive(Debug, Clone)]
pub(super) struct Closure {
    pub(super) proto: Rc<Proto>,
    /// Cells of the heap.
    pub(super) upvalues: Rc<[usize]>,
}

/// Everything one run allocates, freed together: cycles cannot leak.
#[derive(Debug, Default)]
pub(super) struct Heap {
    pub(super) tables: Vec<Table>,
    pub(super) closures: Vec<Closure>,
    pub(super) cells: Vec<Value>,
}

impl Heap {
    pub(super) fn table(&mut self) -> usize {
        self.tables.push(Table::default());
        self.tables.len() - 1
    }

    pub(super) fn adopt(&mut self, table: Table) -> Value {
        self.tables.push(table);
        Value::Table(self.tables.len() - 1)
    }
}
