//! The search table as an index: for every key its values in order, with who has them.

use std::collections::HashMap;

use serde_json::Value;

use super::super::reference::stringify_entity;
use super::super::search;

/// Final entities and the rows they are found by.
#[derive(Debug)]
pub struct Index {
    pub(super) entities: Vec<Value>,
    pub(super) refs: Vec<String>,
    by_ref: HashMap<String, u32>,
    keys: HashMap<String, Column>,
}

/// The rows of one key.
#[derive(Debug, Default)]
pub(super) struct Column {
    /// By value, then entity.
    pub(super) entries: Vec<Entry>,
    /// Entities whose value is null or too long.
    pub(super) nulls: Vec<u32>,
}

/// One row.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) value: Box<str>,
    /// The value as written, when it is not the same.
    original: Option<Box<str>>,
    pub(super) entity: u32,
}

impl Entry {
    pub(super) fn original(&self) -> &str {
        self.original.as_deref().unwrap_or(&self.value)
    }
}

impl Index {
    /// Indexes final entities, given in the order of their database ids; those that cannot be indexed are left out.
    pub fn new(entities: Vec<Value>) -> Self {
        let mut index = Self { entities: Vec::new(), refs: Vec::new(), by_ref: HashMap::new(), keys: HashMap::new() };
        for entity in entities {
            let Ok(rows) = search::rows(&entity) else { continue };
            let at = index.entities.len() as u32;
            for row in rows {
                let column = index.keys.entry(row.key).or_default();
                match row.value {
                    None => column.nulls.push(at),
                    Some(value) => {
                        let original = row.original.filter(|original| *original != value).map(String::into_boxed_str);
                        column.entries.push(Entry { value: value.into_boxed_str(), original, entity: at });
                    }
                }
            }
            let entity_ref = stringify_entity(&entity);
            index.by_ref.insert(entity_ref.clone(), at);
            index.refs.push(entity_ref);
            index.entities.push(entity);
        }
        let sort = |column: &mut Column| column.entries.sort_by(|a, b| a.value.cmp(&b.value).then(a.entity.cmp(&b.entity)));
        index.keys.values_mut().for_each(sort);
        index
    }

    /// How many entities it holds.
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// The entity of a canonical ref.
    pub fn get(&self, entity_ref: &str) -> Option<&Value> {
        self.entities.get(self.position(entity_ref)? as usize)
    }

    pub(super) fn position(&self, entity_ref: &str) -> Option<u32> {
        self.by_ref.get(entity_ref).copied()
    }

    pub(super) fn column(&self, key: &str) -> Option<&Column> {
        self.keys.get(key)
    }
}

impl Column {
    /// The rows with exactly this value.
    pub(super) fn equal(&self, value: &str) -> &[Entry] {
        let start = self.entries.partition_point(|entry| &*entry.value < value);
        let rest = self.entries.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|entry| &*entry.value == value)).unwrap_or_default()
    }

    /// The rows whose value starts with this.
    pub(super) fn starting_with(&self, prefix: &str) -> &[Entry] {
        let start = self.entries.partition_point(|entry| &*entry.value < prefix);
        let rest = self.entries.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|entry| entry.value.starts_with(prefix))).unwrap_or_default()
    }
}
