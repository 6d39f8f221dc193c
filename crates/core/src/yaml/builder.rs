//! Builds objects and the places of their members side by side.

use std::collections::HashMap;

use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::document::Place;

/// One object while its members are collected.
#[derive(Debug)]
pub(super) struct Pairs {
    pub(super) map: Map<String, Value>,
    /// Where the places of its members start in the scratch list.
    pub(super) base: usize,
    /// Index of each key, made when the first duplicate shows up.
    index: HashMap<String, usize>,
}

impl Pairs {
    pub(super) fn new(len: usize, base: usize) -> Self {
        Self { map: Map::with_capacity(len), base, index: HashMap::new() }
    }

    /// Sets a key; one that is there keeps its position.
    pub(super) fn set(&mut self, scratch: &mut Vec<Place>, key: String, value: Value, place: Place) {
        let len = self.map.len();
        match self.map.entry(key) {
            Entry::Vacant(entry) => {
                if !self.index.is_empty() {
                    self.index.insert(entry.key().clone(), len);
                }
                entry.insert(value);
                scratch.push(place);
            }
            Entry::Occupied(mut entry) => {
                let key = entry.key().clone();
                entry.insert(value);
                if self.index.is_empty() {
                    self.index = self.map.keys().enumerate().map(|(at, key)| (key.clone(), at)).collect();
                }
                if let Some(slot) = self.index.get(&key).and_then(|at| scratch.get_mut(self.base + at)) {
                    *slot = place;
                }
            }
        }
    }
}

/// Makes the scratch places from `base` on the children of `place`.
pub(super) fn close(places: &mut Vec<Place>, scratch: &mut Vec<Place>, base: usize, place: &mut Place) {
    place.first = places.len() as u32;
    place.len = scratch.len().saturating_sub(base) as u32;
    places.extend(scratch.drain(base.min(scratch.len())..));
}
