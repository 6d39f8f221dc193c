//! Sets of paths (`fieldpath.Set`).

use std::collections::{BTreeMap, BTreeSet};

use super::element::{self, Element};
use crate::{Error, Result, Value};

/// Paths: those that end here, and those that go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Set {
    members: BTreeSet<Element>,
    children: BTreeMap<Element, Set>,
}

impl Set {
    /// Reads `fieldsV1`.
    pub fn read(fields: &Value) -> Result<Self> {
        Ok(Self::read_node(fields, 0)?.0)
    }

    fn read_node(fields: &Value, depth: usize) -> Result<(Self, bool)> {
        if depth > 500 {
            return Err(Error::limit("managed fields are nested too deeply"));
        }
        let members = match fields {
            Value::Object(members) => members,
            Value::Null => return Ok((Self::default(), true)),
            _ => return Err(Error::upstream("error building managedFields set: expected an object")),
        };
        let mut set = Self::default();
        let mut own = members.is_empty();
        let mut any = false;
        for (name, value) in members {
            if name == "." {
                own = true;
                continue;
            }
            let Some(element) = element::read(name)? else { continue };
            let (below, member) = Self::read_node(value, depth + 1)?;
            any = true;
            if !below.is_empty() {
                set.children.insert(element.clone(), below);
            }
            if member {
                set.members.insert(element);
            }
        }
        Ok((set, own || !any))
    }

    /// Whether there is no path at all.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.children.values().all(Self::is_empty)
    }

    /// Adds a path; the empty one is not tracked.
    pub(super) fn insert(&mut self, path: &[Element]) {
        match path {
            [] => {}
            [last] => {
                self.members.insert(last.clone());
            }
            [first, rest @ ..] => self.children.entry(first.clone()).or_default().insert(rest),
        }
    }

    /// Adds one element: itself, what is below it, or both.
    pub(super) fn add(&mut self, element: Element, itself: bool, below: Self) {
        if !below.is_empty() {
            match self.children.get_mut(&element) {
                Some(there) => there.extend(below),
                None => {
                    self.children.insert(element.clone(), below);
                }
            }
        }
        if itself {
            self.members.insert(element);
        }
    }

    /// What is below an element, if there may be something.
    pub(super) fn child(&self, element: &str) -> Option<&Self> {
        self.children.get(element)
    }

    /// Whether neither the element is in the set nor anything below it.
    pub(super) fn is_free_of(&self, element: &str) -> bool {
        !self.has(element) && self.below(element).is_none()
    }

    /// Whether nothing was ever put into it.
    pub(super) fn is_bare(&self) -> bool {
        self.members.is_empty() && self.children.is_empty()
    }

    /// Whether the path of one element is in the set.
    pub(super) fn has(&self, element: &str) -> bool {
        self.members.contains(element)
    }

    /// What is below an element.
    pub(super) fn below(&self, element: &str) -> Option<&Self> {
        self.children.get(element).filter(|below| !below.is_empty())
    }

    /// Paths in either.
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        self.extend(other);
        self
    }

    fn extend(&mut self, mut other: Self) {
        if self.is_bare() {
            *self = other;
            return;
        }
        self.members.append(&mut other.members);
        for (element, below) in other.children {
            match self.children.get_mut(&element) {
                Some(there) => there.extend(below),
                None => {
                    self.children.insert(element, below);
                }
            }
        }
    }

    /// Paths in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let children = self.children.iter().filter_map(|(element, below)| {
            let both = below.intersection(other.children.get(element)?);
            (!both.is_empty()).then(|| (element.clone(), both))
        });
        Self { members: self.members.intersection(&other.members).cloned().collect(), children: children.collect() }
    }

    /// Paths in this one only; what lies below a path of the other stays.
    #[must_use]
    pub fn difference(mut self, other: &Self) -> Self {
        self.subtract(other);
        self
    }

    fn subtract(&mut self, other: &Self) {
        self.members.retain(|element| !other.members.contains(element));
        self.children.retain(|element, below| {
            if let Some(there) = other.children.get(element) {
                below.subtract(there);
            }
            !below.is_empty()
        });
    }

    /// Without the paths that have something below them in `owned` (`excludeManagerOwnedAncestors`).
    #[must_use]
    pub fn without_ancestors_of(mut self, owned: &Self) -> Self {
        self.take_ancestors_of(owned);
        self
    }

    fn take_ancestors_of(&mut self, owned: &Self) {
        self.members.retain(|element| owned.below(element).is_none());
        self.children.retain(|element, below| {
            if let Some(there) = owned.children.get(element) {
                below.take_ancestors_of(there);
            }
            !below.is_empty()
        });
    }

    /// Without the fields that are one of several keys of a list item on their path
    /// (`filterOutCompositeKeyFields`).
    #[must_use]
    pub fn without_composite_keys(mut self) -> Self {
        self.take_keys(&mut Vec::new());
        self
    }

    fn take_keys(&mut self, keys: &mut Vec<String>) {
        if !keys.is_empty() {
            let is_key = |element: &str| element.strip_prefix("f:").is_some_and(|name| keys.iter().any(|key| key == name));
            self.members.retain(|element| !is_key(element));
        }
        self.children.retain(|element, below| {
            let before = keys.len();
            keys.extend(element::key_names(element).filter(|names| names.len() > 1).into_iter().flatten());
            below.take_keys(keys);
            keys.truncate(before);
            !below.is_empty()
        });
    }
}

impl Set {
    /// Whether the field at a JSON pointer of an object is in the set, or something below it.
    pub fn owns(&self, pointer: &str, object: &Value) -> bool {
        let mut at = object;
        let mut set = self;
        let mut tokens = crate::text::pointer::tokens(pointer).peekable();
        while let Some(token) = tokens.next() {
            let (next, element) = match at {
                Value::Array(items) => {
                    let Some(item) = token.parse::<usize>().ok().and_then(|index| items.get(index)) else { return false };
                    (Some(item), set.item(item))
                }
                other => (other.get(token.as_ref()), Some(element::field(&token))),
            };
            let Some(element) = element else {
                // an atomic list is owned as a whole
                return set.is_empty();
            };
            if tokens.peek().is_none() {
                return set.has(&element) || set.below(&element).is_some();
            }
            match (set.children.get(&element), next) {
                (Some(below), Some(next)) => {
                    set = below;
                    at = next;
                }
                _ => return set.has(&element),
            }
        }
        false
    }

    /// The element by which this set knows a list item.
    fn item(&self, item: &Value) -> Option<Element> {
        let fits = |element: &&Element| match element.split_once(':') {
            Some(("k", keys)) => serde_json::from_str::<Value>(keys)
                .ok()
                .and_then(|keys| keys.as_object().cloned())
                .is_some_and(|keys| keys.iter().all(|(name, value)| item.get(name).is_none_or(|there| there == value))),
            Some(("v", value)) => serde_json::from_str::<Value>(value).is_ok_and(|value| value == *item),
            _ => false,
        };
        self.children.keys().find(fits).or_else(|| self.members.iter().find(fits)).cloned()
    }
}
