//! The tree to a JSON value and places, as `sigs.k8s.io/yaml` v1.6.0 turns
//! YAML into JSON on top of go-yaml's `decode.go`.

use std::collections::HashSet;

use base64::Engine;
use serde_json::Value;

use crate::text::Span;
use crate::yaml::builder::{Pairs, close};
use crate::yaml::document::{Place, Spans};
use crate::yaml::tree::{Kind, Node, NodeId, Scalar, Tree};

use super::resolve::{BINARY, MERGE, Resolved, go_g, json_float, resolve};
use super::scanner::{MAX_DEPTH, Refusal, Scan};

/// Bytes that aliases may copy before the document counts as a bomb.
const MAX_ALIAS_BYTES: usize = 40 << 20;

/// How to decode.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mode {
    /// Keys that occur twice are refused.
    pub(super) strict: bool,
    /// Scalars of the root mapping become strings, as for a Go `map[string]string`.
    pub(super) string_map: bool,
}

#[derive(Debug)]
struct Decoder<'t, 'a> {
    tree: &'t Tree<'a>,
    mode: Mode,
    places: Vec<Place>,
    scratch: Vec<Place>,
    /// Aliases that are being followed.
    open: HashSet<NodeId>,
    decoded: usize,
    aliased: usize,
    alias_bytes: usize,
    depth: usize,
    duplicate: Option<(usize, String)>,
}

/// Keys of one mapping as typed, in strict mode.
type Seen = HashSet<(u8, String)>;

/// The value and places of a tree.
pub(super) fn decode(tree: &Tree<'_>, root: NodeId, mode: Mode) -> Scan<(Value, Spans)> {
    let mut decoder = Decoder {
        tree,
        mode,
        places: Vec::new(),
        scratch: Vec::new(),
        open: HashSet::new(),
        decoded: 0,
        aliased: 0,
        alias_bytes: 0,
        depth: 0,
        duplicate: None,
    };
    let Some(node) = tree.get(root) else { return Ok((Value::Null, Spans::default())) };
    let (value, root) = decoder.node(root, node)?;
    if let Some((at, key)) = decoder.duplicate {
        return refuse(format!("unmarshal errors: key {key:?} already set in map"), at);
    }
    let spans = Spans { places: decoder.places, root };
    if let Some(place) = first_refused(&spans) {
        return refuse("json: unsupported value, or map key of unsupported type", place.value().start);
    }
    Ok((value, spans))
}

/// A value without JSON that has not been replaced by a later one.
fn first_refused(spans: &Spans) -> Option<Place> {
    if !spans.root.refused && !spans.places.iter().any(|place| place.refused) {
        return None;
    }
    let mut open = vec![spans.root];
    while let Some(place) = open.pop() {
        if place.refused {
            return Some(place);
        }
        let first = place.first as usize;
        open.extend(spans.places.get(first..first + place.len as usize).unwrap_or_default());
    }
    None
}

fn refuse<T>(problem: impl Into<String>, at: usize) -> Scan<T> {
    Err(Refusal { problem: problem.into(), at, limit: false })
}

impl<'t, 'a> Decoder<'t, 'a> {
    /// Counts one node against upstream's alias ratio and our copying limit.
    fn count(&mut self, node: &Node<'_>) -> Scan<()> {
        self.decoded += 1;
        if self.open.is_empty() {
            return Ok(());
        }
        self.aliased += 1;
        self.alias_bytes += 100 + if let Kind::Scalar(scalar) = &node.kind { scalar.text.len() } else { 0 };
        if self.aliased > 100 && self.decoded > 1000 && self.aliased as f64 / self.decoded as f64 > allowed_alias_ratio(self.decoded) {
            return refuse("document contains excessive aliasing", node.span.start);
        }
        if self.alias_bytes > MAX_ALIAS_BYTES {
            let problem = format!("aliases copy more than {MAX_ALIAS_BYTES} bytes");
            return Err(Refusal { problem, at: node.span.start, limit: true });
        }
        Ok(())
    }

    fn deeper(&mut self, at: usize) -> Scan<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Refusal { problem: format!("exceeded max depth of {MAX_DEPTH}"), at, limit: true });
        }
        Ok(())
    }

    fn node(&mut self, id: NodeId, node: &'t Node<'a>) -> Scan<(Value, Place)> {
        self.count(node)?;
        let mut place = Place::new(node.span);
        match &node.kind {
            Kind::Scalar(scalar) => {
                let value = self.scalar(scalar, node.span.start)?;
                place.refused = value.is_none();
                Ok((value.unwrap_or_default(), place))
            }
            Kind::Alias(target) => {
                let (value, mut place) = self.alias(id, node, *target, |decoder, target_node| decoder.node(*target, target_node))?;
                place.set_value(node.span);
                Ok((value, place))
            }
            Kind::Sequence { first, len } => self.sequence(*first, *len, place),
            Kind::Mapping { first, len } => {
                self.deeper(node.span.start)?;
                let mut pairs = Pairs::new(*len as usize / 2, self.scratch.len());
                self.mapping(*first, &mut pairs, &mut HashSet::new())?;
                self.depth -= 1;
                let place = self.close(pairs.base, place);
                Ok((Value::Object(pairs.map), place))
            }
        }
    }

    /// Moves the scratch places from `base` on into the list, as children of `place`.
    fn close(&mut self, base: usize, mut place: Place) -> Place {
        close(&mut self.places, &mut self.scratch, base, &mut place);
        place
    }

    fn sequence(&mut self, first: NodeId, len: u32, place: Place) -> Scan<(Value, Place)> {
        self.deeper(place.value().start)?;
        let mut items = Vec::with_capacity(len as usize);
        let base = self.scratch.len();
        let tree = self.tree;
        for (id, child) in tree.siblings(first) {
            let (value, place) = self.node(id, child)?;
            items.push(value);
            self.scratch.push(place);
        }
        self.depth -= 1;
        let place = self.close(base, place);
        Ok((Value::Array(items), place))
    }

    /// Follows an alias, unless it is being followed already.
    fn alias<T>(
        &mut self,
        id: NodeId,
        node: &Node<'_>,
        target: NodeId,
        follow: impl FnOnce(&mut Self, &'t Node<'a>) -> Scan<T>,
    ) -> Scan<T> {
        let tree = self.tree;
        let Some(target_node) = tree.get(target).filter(|_| self.open.insert(id)) else {
            return refuse("anchor value contains itself", node.span.start);
        };
        let result = follow(self, target_node)?;
        self.open.remove(&id);
        Ok(result)
    }

    /// `None` for a number that JSON does not have.
    fn scalar(&self, scalar: &Scalar<'_>, at: usize) -> Scan<Option<Value>> {
        match self.resolved(scalar, at)? {
            Ok(text) => Ok(Some(Value::String(text))),
            Err(resolved) => Ok(self.typed(scalar, resolved)),
        }
    }

    fn typed(&self, scalar: &Scalar<'_>, resolved: Resolved) -> Option<Value> {
        if self.mode.string_map && self.depth == 1 {
            let text = match resolved {
                Resolved::Null => String::new(),
                Resolved::Text => scalar.text.to_string(),
                // Only keys get YAML's words for these.
                Resolved::Float(float) if float.is_nan() => "NaN".to_owned(),
                Resolved::Float(float) if (float as f32).is_infinite() => if float > 0.0 { "+Inf" } else { "-Inf" }.to_owned(),
                other => key_text(other),
            };
            return Some(Value::String(text));
        }
        Some(match resolved {
            Resolved::Null => Value::Null,
            Resolved::Bool(bool) => Value::Bool(bool),
            Resolved::Int(int) => Value::from(int),
            Resolved::Uint(uint) => Value::from(uint),
            Resolved::Float(float) => json_float(float)?,
            Resolved::Text => Value::String(scalar.text.to_string()),
        })
    }

    /// A string, or a scalar of another type.
    fn resolved(&self, scalar: &Scalar<'_>, at: usize) -> Scan<Result<String, Resolved>> {
        if scalar.tag.is_none() && !scalar.implicit {
            return Ok(Ok(scalar.text.to_string()));
        }
        if scalar.tag.as_deref() == Some(BINARY) {
            return binary(&scalar.text).map_or_else(|| refuse("!!binary value contains invalid base64 data", at), |text| Ok(Ok(text)));
        }
        match resolve(scalar.tag.as_deref(), &scalar.text) {
            Ok(Resolved::Text) => Ok(Ok(scalar.text.to_string())),
            Ok(other) => Ok(Err(other)),
            Err(problem) => refuse(problem, at),
        }
    }

    /// Adds the pairs of a mapping, or of one that is merged.
    fn mapping(&mut self, first: NodeId, pairs: &mut Pairs, seen: &mut Seen) -> Scan<()> {
        let tree = self.tree;
        let mut children = tree.siblings(first);
        while let (Some((key_id, key)), Some((value_id, value))) = (children.next(), children.next()) {
            if is_merge(key) {
                self.merge(value_id, value, pairs, seen)?;
                continue;
            }
            let (class, text) = self.key(key_id, key)?;
            let (child, mut place) = self.node(value_id, value)?;
            place.set_key(key.span);
            place.refused |= class >= NULL_KEY;
            if self.mode.strict && !seen.insert((class, text.clone())) {
                self.duplicate.get_or_insert((key.span.start, text));
                continue;
            }
            pairs.set(&mut self.scratch, text, child, place);
        }
        Ok(())
    }

    /// A key's Go type (a small number) and its text.
    fn key(&mut self, id: NodeId, key: &'t Node<'a>) -> Scan<(u8, String)> {
        self.count(key)?;
        let at = key.span.start;
        match &key.kind {
            Kind::Scalar(scalar) => match self.resolved(scalar, at)? {
                Ok(text) => Ok((0, text)),
                Err(resolved) => Ok((key_class(resolved), key_text(resolved))),
            },
            Kind::Alias(target) => self.alias(id, key, *target, |decoder, target_node| decoder.key(*target, target_node)),
            Kind::Sequence { .. } | Kind::Mapping { .. } => refuse("invalid map key", at),
        }
    }

    /// `<<`: pairs of other mappings, in the order in which upstream sets them.
    fn merge(&mut self, id: NodeId, node: &'t Node<'a>, pairs: &mut Pairs, seen: &mut Seen) -> Scan<()> {
        match &node.kind {
            Kind::Sequence { first, .. } => {
                let tree = self.tree;
                let mut items: Vec<_> = tree.siblings(*first).collect();
                items.reverse();
                for (id, item) in items {
                    self.merge_one(id, item, pairs, seen)?;
                }
                Ok(())
            }
            _ => self.merge_one(id, node, pairs, seen),
        }
    }

    fn merge_one(&mut self, id: NodeId, node: &'t Node<'a>, pairs: &mut Pairs, seen: &mut Seen) -> Scan<()> {
        let not_a_map = "map merge requires map or sequence of maps as the value";
        self.count(node)?;
        self.deeper(node.span.start)?;
        match &node.kind {
            Kind::Mapping { first, .. } => self.mapping(*first, pairs, seen)?,
            Kind::Alias(target) => match self.tree.get(*target).map(|target| &target.kind) {
                Some(Kind::Mapping { first, .. }) => self.alias(id, node, *target, |decoder, target_node| {
                    decoder.count(target_node)?;
                    decoder.mapping(*first, pairs, seen)
                })?,
                _ => return refuse(not_a_map, node.span.start),
            },
            _ => return refuse(not_a_map, node.span.start),
        }
        self.depth -= 1;
        Ok(())
    }
}

/// A plain `<<`.
fn is_merge(node: &Node<'_>) -> bool {
    matches!(&node.kind, Kind::Scalar(scalar) if scalar.text == "<<" && (scalar.implicit || scalar.tag.as_deref() == Some(MERGE)))
}

/// Classes of keys that JSON cannot have.
const NULL_KEY: u8 = 4;
const LARGE_KEY: u8 = 5;

fn key_class(resolved: Resolved) -> u8 {
    match resolved {
        Resolved::Bool(_) => 1,
        Resolved::Int(_) => 2,
        Resolved::Uint(_) => LARGE_KEY,
        Resolved::Float(_) => 3,
        Resolved::Null => NULL_KEY,
        Resolved::Text => 0,
    }
}

/// A key or coerced scalar that is not a string, as text; floats with the
/// digits of single precision, as upstream writes them.
fn key_text(resolved: Resolved) -> String {
    match resolved {
        Resolved::Bool(bool) => bool.to_string(),
        Resolved::Int(int) => int.to_string(),
        Resolved::Uint(uint) => uint.to_string(),
        Resolved::Float(float) => go_g(&format!("{:e}", float as f32)),
        Resolved::Null | Resolved::Text => String::new(),
    }
}

/// The bytes of standard base64, line breaks ignored, as text.
fn binary(text: &str) -> Option<String> {
    let clean: String = text.chars().filter(|character| !matches!(character, '\r' | '\n')).collect();
    let config = base64::engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let engine = base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    let bytes = engine.decode(clean).ok()?;
    Some(String::from_utf8(bytes).unwrap_or_else(|error| go_lossy(error.as_bytes())))
}

/// One U+FFFD for each byte that is not UTF-8, as Go's JSON encoder writes.
fn go_lossy(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    out
}

/// The share of decoded nodes that may come out of aliases.
fn allowed_alias_ratio(decoded: usize) -> f64 {
    match decoded {
        ..=400_000 => 0.99,
        4_000_000.. => 0.10,
        _ => 0.99 - 0.89 * ((decoded - 400_000) as f64 / 3_600_000.0),
    }
}

/// The span of a document's content.
pub(super) fn extent(tree: &Tree<'_>, root: NodeId) -> Span {
    tree.get(root).map(|node| node.span).unwrap_or_default()
}
