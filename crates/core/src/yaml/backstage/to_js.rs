//! Nodes to the JSON that the catalog goes on with (`Document.toJSON`).

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::yaml::builder::{Pairs, close};
use crate::yaml::document::{Place, Spans};
use crate::yaml::kubernetes::resolve::json_float;

use super::compose::Composed;
use super::node::{Js, Node, NodeId, NodeKind, Pair, Style};
use super::schema::iso;
use super::stringify;

/// Upstream's `maxAliasCount`.
const MAX_ALIASES: usize = 100;
/// Bytes that aliases may copy; upstream shares instead.
const MAX_ALIAS_BYTES: usize = 40 << 20;

/// What a document came to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// An object.
    Entity(Value, Spans),
    /// Nothing: null.
    Empty,
    /// Something that is no object.
    Other(Value, Spans),
    /// An object that contains itself.
    Circular,
}

/// An anchored node that was, or is being, converted.
#[derive(Debug)]
struct Anchored {
    count: usize,
    alias_count: usize,
    /// The result; none while it is being made.
    result: Option<(Value, Place)>,
}

#[derive(Debug)]
pub(super) struct ToJs<'d> {
    pub(super) document: &'d Composed,
    /// What each alias stands for.
    targets: HashMap<NodeId, Option<NodeId>>,
    /// Nodes that aliases stand for.
    wanted: HashSet<NodeId>,
    anchors: HashMap<NodeId, Anchored>,
    circular: bool,
    /// How many keys this is inside of.
    in_key: usize,
    copied: usize,
    places: Vec<Place>,
    scratch: Vec<Place>,
}

/// Converts a document without problems.
///
/// # Errors
/// Where upstream throws, which ends the whole file.
pub(super) fn convert(document: &Composed) -> Result<Outcome> {
    let mut converter = ToJs {
        document,
        targets: HashMap::new(),
        wanted: HashSet::new(),
        anchors: HashMap::new(),
        circular: false,
        in_key: 0,
        copied: 0,
        places: Vec::new(),
        scratch: Vec::new(),
    };
    converter.find_targets();
    let (value, root) = converter.node(document.root)?;
    let plain = converter.is_plain_object(document.root);
    if converter.circular && plain {
        return Ok(Outcome::Circular);
    }
    let spans = Spans { places: std::mem::take(&mut converter.places), root };
    Ok(match value {
        Value::Object(_) if plain => Outcome::Entity(value, spans),
        Value::Null if !matches!(converter.scalar(document.root), Some(Js::Number(_) | Js::Date(_) | Js::Merge)) => Outcome::Empty,
        value => Outcome::Other(value, spans),
    })
}

/// The key of an entry of a JavaScript `Map`.
#[derive(Debug)]
struct MapKey {
    /// Equal for keys that are the same value.
    identity: String,
    /// The key as a property name.
    name: String,
}

type Entry = (MapKey, Value, Place);

impl<'d> ToJs<'d> {
    fn get(&self, id: NodeId) -> Option<&'d Node> {
        let document: &'d Composed = self.document;
        document.nodes.get(id)
    }

    fn scalar(&self, id: NodeId) -> Option<&'d Js> {
        match &self.get(id)?.kind {
            NodeKind::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    fn is_plain_object(&self, id: NodeId) -> bool {
        matches!(self.get(id).map(|node| &node.kind), Some(NodeKind::Map { set: false, .. }))
    }

    /// Walks the document in order: an alias stands for the last node before it
    /// that has its anchor.
    fn find_targets(&mut self) {
        let mut anchors: HashMap<&'d str, NodeId> = HashMap::new();
        let mut open = vec![self.document.root];
        while let Some(id) = open.pop() {
            let Some(node) = self.get(id) else { continue };
            if let Some(anchor) = node.anchor.as_deref().filter(|anchor| !anchor.is_empty()) {
                anchors.insert(anchor, id);
            }
            match &node.kind {
                NodeKind::Alias(name) => {
                    let target = anchors.get(name.as_str()).copied();
                    self.targets.insert(id, target);
                    self.wanted.extend(target);
                }
                NodeKind::Seq { items, .. } => open.extend(items.iter().rev()),
                NodeKind::Map { items, .. } => {
                    for (key, value) in items.iter().rev() {
                        open.extend(value);
                        open.push(*key);
                    }
                }
                NodeKind::Scalar { .. } => {}
            }
        }
    }

    /// `toJS`: remembers what anchored nodes come to.
    fn node(&mut self, id: NodeId) -> Result<(Value, Place)> {
        let Some(node) = self.get(id) else { return Ok((Value::Null, Place::default())) };
        if node.anchor.as_deref().is_none_or(str::is_empty) {
            return self.convert(id, node);
        }
        self.anchors.insert(id, Anchored { count: 1, alias_count: 0, result: None });
        let result = self.convert(id, node)?;
        if self.wanted.contains(&id)
            && let Some(anchored) = self.anchors.get_mut(&id)
        {
            anchored.result = Some(result.clone());
        }
        Ok(result)
    }

    fn convert(&mut self, id: NodeId, node: &'d Node) -> Result<(Value, Place)> {
        let mut place = Place::new(node.span);
        let value = match &node.kind {
            NodeKind::Scalar { value, .. } => scalar_json(value, self.in_key == 0 && self.wanted.is_empty()),
            NodeKind::Alias(name) => {
                let (value, target) = self.alias(id, name)?;
                place.first = target.first;
                place.len = target.len;
                value
            }
            NodeKind::Seq { items, ordered } => {
                let base = self.scratch.len();
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    let (value, place) = self.node(*item)?;
                    values.push(value);
                    self.scratch.push(place);
                }
                close(&mut self.places, &mut self.scratch, base, &mut place);
                if *ordered {
                    place.len = 0;
                    json!({})
                } else {
                    Value::Array(values)
                }
            }
            NodeKind::Map { items, set } => {
                let base = self.scratch.len();
                let mut pairs = Pairs::new(items.len(), base);
                for pair in items {
                    self.pair(*pair, &mut pairs, *set)?;
                }
                close(&mut self.places, &mut self.scratch, base, &mut place);
                Value::Object(pairs.map)
            }
        };
        Ok((value, place))
    }

    /// `addPairToJSMap` for an object; a set only looks at the key.
    fn pair(&mut self, (key, value): Pair, pairs: &mut Pairs, set: bool) -> Result<()> {
        if self.is_merge_key(key) {
            return self.merge(value, &mut |converter, (name, value, place)| {
                if !pairs.map.contains_key(&name.name) {
                    pairs.set(&mut converter.scratch, name.name, value, place);
                }
            });
        }
        let name = self.property(key)?;
        if set {
            return Ok(());
        }
        let (value_json, mut place) = self.value(value, key)?;
        // A symbol is no JSON.
        if value.is_some_and(|value| self.scalar(value) == Some(&Js::Merge)) {
            return Ok(());
        }
        place.set_key(self.document.nodes.span(key));
        pairs.set(&mut self.scratch, name, value_json, place);
        Ok(())
    }

    fn value(&mut self, value: Option<NodeId>, key: NodeId) -> Result<(Value, Place)> {
        match value {
            Some(value) => self.node(value),
            None => Ok((Value::Null, Place::new(self.document.nodes.span(key)))),
        }
    }

    fn is_merge_key(&self, key: NodeId) -> bool {
        match self.get(key).map(|node| &node.kind) {
            Some(NodeKind::Scalar { value: Js::Merge, .. }) => true,
            Some(NodeKind::Scalar { value: Js::String(text), style: Style::Plain, .. }) => {
                self.document.schema.merges() && *text.borrow() == "<<"
            }
            _ => false,
        }
    }

    /// A key as a property name (`stringifyKey`).
    fn property(&mut self, key: NodeId) -> Result<String> {
        if let Some(name) = self.plain_property(key) {
            return Ok(name);
        }
        self.in_key += 1;
        let (value, _) = self.node(key)?;
        self.in_key -= 1;
        let mut scalar = self.scalar(key).cloned();
        if let Some(NodeKind::Alias(_)) = self.get(key).map(|node| &node.kind) {
            let target = self.targets.get(&key).copied().flatten();
            scalar = target.and_then(|target| self.scalar(target).cloned());
        }
        Ok(match (scalar, value) {
            (None, _) => stringify::key(self, key),
            (Some(scalar), _) => stringify::js_string(&scalar),
        })
    }

    /// The usual case: a string that no alias stands for.
    fn plain_property(&self, key: NodeId) -> Option<String> {
        let Some(Node { kind: NodeKind::Scalar { value: Js::String(text), .. }, anchor: None, .. }) = self.get(key) else { return None };
        let take = self.in_key == 0 && self.wanted.is_empty();
        Some(if take { text.take() } else { text.borrow().clone() })
    }

    /// What an alias stands for, counted against upstream's limit.
    fn resolve(&mut self, alias: NodeId) -> Result<Option<NodeId>> {
        let Some(target) = self.targets.get(&alias).copied().flatten() else { return Ok(None) };
        if !self.anchors.contains_key(&target) {
            self.node(target)?;
        }
        let alias_count = match self.anchors.get(&target) {
            Some(anchored) if anchored.alias_count == 0 => self.alias_count(target),
            Some(anchored) => anchored.alias_count,
            None => 0,
        };
        if let Some(anchored) = self.anchors.get_mut(&target) {
            anchored.count += 1;
            anchored.alias_count = alias_count;
            if anchored.count * alias_count > MAX_ALIASES {
                return Err(Error::upstream("Excessive alias count indicates a resource exhaustion attack"));
            }
        }
        Ok(Some(target))
    }

    /// How many aliases hide in a node (`getAliasCount`).
    fn alias_count(&self, id: NodeId) -> usize {
        match self.get(id).map(|node| &node.kind) {
            Some(NodeKind::Alias(_)) => {
                let target = self.targets.get(&id).copied().flatten();
                target.and_then(|target| self.anchors.get(&target)).map_or(0, |anchored| anchored.count * anchored.alias_count)
            }
            Some(NodeKind::Seq { items, .. }) => items.iter().map(|item| self.alias_count(*item)).max().unwrap_or(0),
            Some(NodeKind::Map { items, .. }) => items
                .iter()
                .map(|(key, value)| self.alias_count(*key).max(value.map_or(1, |value| self.alias_count(value))))
                .max()
                .unwrap_or(0),
            _ => 1,
        }
    }

    fn alias(&mut self, alias: NodeId, name: &str) -> Result<(Value, Place)> {
        let Some(target) = self.resolve(alias)? else {
            return Err(Error::upstream(format!("Unresolved alias (the anchor must be set before the alias): {name}")));
        };
        match self.anchors.get(&target).and_then(|anchored| anchored.result.clone()) {
            Some((value, place)) => {
                self.copied = self.copied.saturating_add(size(&value));
                if self.copied > MAX_ALIAS_BYTES {
                    return Err(Error::limit(format!("aliases copy more than {MAX_ALIAS_BYTES} bytes")));
                }
                Ok((value, place))
            }
            None => {
                self.circular = true;
                Ok((Value::Null, Place::default()))
            }
        }
    }

    /// The node behind an alias, or the node itself.
    fn behind(&mut self, id: NodeId) -> Result<Option<NodeId>> {
        match self.get(id).map(|node| &node.kind) {
            Some(NodeKind::Alias(_)) => self.resolve(id),
            _ => Ok(Some(id)),
        }
    }

    /// `<<`: hands over the entries of other maps, in order.
    fn merge(&mut self, value: Option<NodeId>, add: &mut dyn FnMut(&mut Self, Entry)) -> Result<()> {
        let wrong = || Error::upstream("Merge sources must be maps or map aliases");
        let source = self.behind(value.ok_or_else(wrong)?)?.ok_or_else(wrong)?;
        let sources = match self.get(source).map(|node| &node.kind) {
            Some(NodeKind::Seq { items, .. }) => items.clone(),
            _ => vec![source],
        };
        for source in sources {
            let source = self.behind(source)?.ok_or_else(wrong)?;
            let Some(NodeKind::Map { items, set: false }) = self.get(source).map(|node| &node.kind) else { return Err(wrong()) };
            for entry in self.entries(items)? {
                add(self, entry);
            }
        }
        Ok(())
    }

    /// The entries of a map, as a JavaScript `Map` has them.
    fn entries(&mut self, items: &'d [Pair]) -> Result<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::with_capacity(items.len());
        let mut index: HashMap<String, usize> = HashMap::new();
        for (key, value) in items {
            if self.is_merge_key(*key) {
                self.merge(*value, &mut |_, entry| {
                    if !index.contains_key(&entry.0.identity) {
                        index.insert(entry.0.identity.clone(), entries.len());
                        entries.push(entry);
                    }
                })?;
                continue;
            }
            let map_key = self.map_key(*key)?;
            let (value, mut place) = self.value(*value, *key)?;
            place.set_key(self.document.nodes.span(*key));
            match index.get(&map_key.identity).and_then(|at| entries.get_mut(*at)) {
                Some(entry) => *entry = (map_key, value, place),
                None => {
                    index.insert(map_key.identity.clone(), entries.len());
                    entries.push((map_key, value, place));
                }
            }
        }
        Ok(entries)
    }

    fn map_key(&mut self, key: NodeId) -> Result<MapKey> {
        self.in_key += 1;
        let (value, _) = self.node(key)?;
        self.in_key -= 1;
        let target = match self.get(key).map(|node| &node.kind) {
            Some(NodeKind::Alias(_)) => self.targets.get(&key).copied().flatten().unwrap_or(key),
            _ => key,
        };
        Ok(match self.scalar(target) {
            Some(Js::Null) => MapKey { identity: "null".to_owned(), name: "null".to_owned() },
            Some(Js::String(text)) => {
                let name = text.borrow().clone();
                MapKey { identity: format!("s{name}"), name }
            }
            Some(scalar) => {
                let name = stringify::js_string(scalar);
                MapKey { identity: format!("d{name}"), name }
            }
            None => MapKey { identity: format!("o{target}"), name: object_text(&value) },
        })
    }
}

/// An object as `String(..)` writes it.
fn object_text(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            items.iter().map(|item| if item.is_null() { String::new() } else { object_text(item) }).collect::<Vec<_>>().join(",")
        }
        Value::Object(_) => "[object Object]".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `take`: nobody else needs the text.
fn scalar_json(value: &Js, take: bool) -> Value {
    match value {
        Js::Null | Js::Merge => Value::Null,
        Js::Bool(bool) => Value::Bool(*bool),
        Js::Number(number) => json_float(*number).unwrap_or_default(),
        Js::String(text) if take => Value::String(text.take()),
        Js::String(text) => Value::String(text.borrow().clone()),
        Js::Bytes(bytes) => json!({"type": "Buffer", "data": bytes}),
        Js::Date(millis) => iso(*millis).map_or(Value::Null, Value::String),
    }
}

/// About how much memory a value takes.
fn size(value: &Value) -> usize {
    100 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + size(value)).sum(),
        _ => 0,
    }
}
