//! The search table as an index: for every key its values in order, with who has them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use memchr::memmem;
use serde_json::Value;

use super::super::reference::stringify_entity;
use super::super::search;
use super::predicate::Predicate;
use super::select::Selection;
use crate::Result;

/// Final entities and the rows they are found by.
#[derive(Debug)]
pub struct Index {
    pub(super) entities: Vec<Value>,
    pub(super) refs: Vec<String>,
    by_ref: HashMap<String, u32>,
    keys: HashMap<String, Column>,
}

/// Distinct values up to which a column's counts are kept.
const MAX_FACETS: usize = 1000;

/// The rows of one key.
#[derive(Debug, Default)]
pub(super) struct Column {
    /// The values in order, each ended by a zero byte, so that a text is looked for in all of them at once.
    text: String,
    /// By value, then entity.
    pub(super) entries: Vec<Entry>,
    /// Entities whose value is null or too long.
    pub(super) nulls: Vec<u32>,
    /// Rows by value as written, in order; none when there are many.
    facets: Option<Vec<(Box<str>, usize)>>,
    /// Who has a value; none when few have.
    present: Option<Selection>,
}

/// One row.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where the value is in the column's text.
    start: usize,
    length: u32,
    pub(super) entity: u32,
    /// The value as written, when it is not the same.
    original: Option<Box<str>>,
}

/// A row before it has its place.
type Loose = (String, Option<Box<str>>, u32);

impl Index {
    /// Indexes final entities, given in the order of their database ids; those that cannot be indexed are left out.
    pub fn new(entities: Vec<Value>) -> Self {
        let mut index = Self { entities: Vec::new(), refs: Vec::new(), by_ref: HashMap::new(), keys: HashMap::new() };
        let mut loose: BTreeMap<String, (Vec<Loose>, Vec<u32>)> = BTreeMap::new();
        for entity in entities {
            let Ok(rows) = search::rows(&entity) else { continue };
            let at = index.entities.len() as u32;
            for row in rows {
                let (values, nulls) = loose.entry(row.key).or_default();
                match row.value {
                    None => nulls.push(at),
                    Some(value) => {
                        let original = row.original.filter(|original| *original != value).map(String::into_boxed_str);
                        values.push((value, original, at));
                    }
                }
            }
            let entity_ref = stringify_entity(&entity);
            index.by_ref.insert(entity_ref.clone(), at);
            index.refs.push(entity_ref);
            index.entities.push(entity);
        }
        let len = index.entities.len();
        index.keys = loose.into_iter().map(|(key, (values, nulls))| (key, Column::new(values, nulls, len))).collect();
        index
    }

    /// The canonical refs, in order.
    pub fn all_refs(&self) -> impl Iterator<Item = &str> {
        self.refs.iter().map(String::as_str)
    }

    /// The canonical refs of the entities that fit a predicate, in order.
    pub fn refs(&self, predicate: &Predicate) -> Result<Vec<String>> {
        let selected = self.select(predicate)?;
        Ok(selected.iter().filter_map(|at| self.refs.get(at as usize).cloned()).collect())
    }

    /// The entities, in order.
    pub fn entities(&self) -> &[Value] {
        &self.entities
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
    fn new(mut values: Vec<Loose>, nulls: Vec<u32>, len: usize) -> Self {
        values.sort_by(|a, b| a.0.cmp(&b.0).then(a.2.cmp(&b.2)));
        let mut column = Self { nulls, ..Self::default() };
        column.text.reserve_exact(values.iter().map(|(value, ..)| value.len() + 1).sum());
        column.entries.reserve_exact(values.len());
        let mut counts: Option<BTreeMap<Box<str>, usize>> = Some(BTreeMap::new());
        for (value, original, entity) in values {
            if let Some(known) = &mut counts {
                let written = original.as_deref().unwrap_or(&value);
                let room = known.len() < MAX_FACETS;
                match known.get_mut(written) {
                    Some(count) => *count += 1,
                    None if room => {
                        known.insert(written.into(), 1);
                    }
                    None => counts = None,
                }
            }
            // Values are at most 200 UTF-16 units long.
            column.entries.push(Entry { start: column.text.len(), length: value.len() as u32, entity, original });
            column.text.push_str(&value);
            column.text.push('\0');
        }
        column.facets = counts.map(|counts| counts.into_iter().collect());
        if column.entries.len() > len / 16 {
            column.present = Some(Selection::of(len, column.entries.iter().map(|entry| entry.entity)));
        }
        column
    }

    /// The value of a row, in lower case.
    pub(super) fn value(&self, entry: &Entry) -> &str {
        self.text.get(entry.start..entry.start + entry.length as usize).unwrap_or_default()
    }

    /// The value of a row as written.
    pub(super) fn original<'c>(&'c self, entry: &'c Entry) -> &'c str {
        entry.original.as_deref().unwrap_or_else(|| self.value(entry))
    }

    /// Rows by value as written, in order, if there are not too many values.
    pub(super) fn facets(&self) -> Option<&[(Box<str>, usize)]> {
        self.facets.as_deref()
    }

    /// Who has a value, of `len` entities.
    pub(super) fn present(&self, len: usize) -> Cow<'_, Selection> {
        match &self.present {
            Some(present) => Cow::Borrowed(present),
            None => Cow::Owned(Selection::of(len, self.entries.iter().map(|entry| entry.entity))),
        }
    }

    /// The rows with exactly this value.
    pub(super) fn equal(&self, value: &str) -> &[Entry] {
        let start = self.entries.partition_point(|entry| self.value(entry) < value);
        let rest = self.entries.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|entry| self.value(entry) == value)).unwrap_or_default()
    }

    /// The rows whose value starts with this.
    pub(super) fn starting_with(&self, prefix: &str) -> &[Entry] {
        let start = self.entries.partition_point(|entry| self.value(entry) < prefix);
        let rest = self.entries.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|entry| self.value(entry).starts_with(prefix))).unwrap_or_default()
    }

    /// The rows whose value contains a text that has no zero byte and is not empty.
    pub(super) fn containing<'c>(&'c self, text: &'c str) -> impl Iterator<Item = &'c Entry> {
        let mut after = 0;
        memmem::find_iter(self.text.as_bytes(), text.as_bytes()).filter_map(move |found| {
            // One row may contain it twice.
            if found < after {
                return None;
            }
            let next = self.entries.partition_point(|entry| entry.start <= found);
            let entry = self.entries.get(next.checked_sub(1)?)?;
            after = entry.start + entry.length as usize;
            Some(entry)
        })
    }
}
