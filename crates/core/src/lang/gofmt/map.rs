//! Maps with string keys: shared and mutable, always walked in key order.

use std::{
    cell::{Ref, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use super::{Text, Value, list::dismantle};

/// A key and its value.
pub type Entry = (Text, Value);

/// A map. Cloning shares it, as assigning does in Go.
#[derive(Debug, Clone)]
pub struct Map {
    /// `map[string]string` rather than `map[string]interface {}`.
    pub strings: bool,
    table: Option<Rc<Table>>,
}

/// So few entries are sorted as they come: collecting them takes a list and a sort first.
const ONE_BY_ONE: usize = 8;

#[derive(Debug)]
struct Table(RefCell<BTreeMap<Text, Value>>);

impl Drop for Table {
    fn drop(&mut self) {
        let table = self.0.get_mut();
        if !table.values().any(|value| matches!(value, Value::List(_) | Value::Map(_))) {
            return;
        }
        let mut values: Vec<Value> = std::mem::take(table).into_values().collect();
        while let Some(value) = values.pop() {
            dismantle(value, &mut values);
        }
    }
}

impl Map {
    /// `map[string]interface {}`
    pub fn any(entries: impl IntoIterator<Item = Entry>) -> Self {
        let entries = entries.into_iter();
        let mut table = BTreeMap::new();
        if entries.size_hint().1.is_some_and(|most| most <= ONE_BY_ONE) {
            entries.for_each(|(key, value)| drop(table.insert(key, value)));
        } else {
            table = entries.collect();
        }
        Self { strings: false, table: Some(Rc::new(Table(RefCell::new(table)))) }
    }

    /// `map[string]string`
    pub fn strings(entries: impl IntoIterator<Item = (Text, Text)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key, Value::Str(value))).collect();
        Self { strings: true, table: Some(Rc::new(Table(RefCell::new(entries)))) }
    }

    /// The nil map of a type.
    pub const fn nil(strings: bool) -> Self {
        Self { strings, table: None }
    }

    /// Whether it is the nil map.
    pub fn is_nil(&self) -> bool {
        self.table.is_none()
    }

    /// As `%T` prints it.
    pub fn type_name(&self) -> &'static str {
        if self.strings { "map[string]string" } else { "map[string]interface {}" }
    }

    /// The element type's zero value.
    pub fn zero(&self) -> Value {
        if self.strings { Value::text("") } else { Value::Nil }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.table.as_ref().map_or(0, |table| table.0.borrow().len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries in key order, borrowed; `None` for the nil map.
    pub fn entries(&self) -> Option<Ref<'_, BTreeMap<Text, Value>>> {
        self.table.as_ref().map(|table| table.0.borrow())
    }

    /// A copy of the entries, in key order.
    pub fn to_vec(&self) -> Vec<Entry> {
        self.entries().map(|entries| entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect()).unwrap_or_default()
    }

    /// A value by key.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.table.as_ref()?.0.borrow().get(key).cloned()
    }

    /// Sets a key; false on the nil map, where Go panics.
    pub fn set(&self, key: Text, value: Value) -> bool {
        match &self.table {
            Some(table) => {
                table.0.borrow_mut().insert(key, value.boxed());
                true
            }
            None => false,
        }
    }

    /// Removes a key.
    pub fn unset(&self, key: &[u8]) {
        if let Some(table) = &self.table {
            table.0.borrow_mut().remove(key);
        }
    }

    /// Whether both are the same map.
    pub fn same(&self, other: &Self) -> bool {
        match (&self.table, &other.table) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }

    pub(super) fn dismantle(self, rest: &mut Vec<Value>) {
        if let Some(table) = self.table
            && let Ok(table) = Rc::try_unwrap(table)
        {
            rest.extend(std::mem::take(&mut *table.0.borrow_mut()).into_values());
        }
    }
}
