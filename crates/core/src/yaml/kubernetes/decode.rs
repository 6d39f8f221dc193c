//! The tree to a JSON value and places, as `sigs.k8s.io/yaml` v1.6.0 turns
//! YAML into JSON on top of go-yaml's `decode.go`.

use std::collections::HashSet;

use base64::Engine;
use serde_json::Value;

use crate::text::Span;
use crate::yaml::builder::{Pairs, close};
use crate::yaml::document::{Place, Spans};
use crate::yaml::tree::{Kind, NONE, Node, NodeId, Tree};

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
struct Decoder<'a> {
    tree: Tree<'a>,
    /// Nothing is read twice, so texts can be moved out.
    once: bool,
    mode: Mode,
    places: Vec<Place>,
    scratch: Vec<Place>,
    /// Aliases that are being followed.
    open: HashSet<NodeId>,
    decoded: usize,
    aliased: usize,
    alias_bytes: usize,
    depth: usize,
    /// How many of those levels are mappings that are being merged into the one around them.
    merging: usize,
    duplicate: Option<(usize, String)>,
}

/// Keys of one mapping as typed, in strict mode.
type Seen = HashSet<(u8, String)>;

/// The value and places of a tree.
pub(super) fn decode(tree: Tree<'_>, root: NodeId, mode: Mode) -> Scan<(Value, Spans)> {
    if root == NONE {
        return Ok((Value::Null, Spans::default()));
    }
    let mut decoder = Decoder {
        once: !tree.has_aliases(),
        tree,
        mode,
        places: Vec::new(),
        scratch: Vec::new(),
        open: HashSet::new(),
        decoded: 0,
        aliased: 0,
        alias_bytes: 0,
        depth: 0,
        merging: 0,
        duplicate: None,
    };
    let (value, root) = decoder.node(root)?;
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

impl Decoder<'_> {
    fn span(&self, id: NodeId) -> Span {
        self.tree.get(id).map(|node| node.span).unwrap_or_default()
    }

    fn shape(&self, id: NodeId) -> Shape {
        match self.tree.get(id).map(|node| &node.kind) {
            Some(Kind::Sequence { first, len }) => Shape::Sequence(*first, *len),
            Some(Kind::Mapping { first, len }) => Shape::Mapping(*first, *len),
            Some(Kind::Alias(target)) => Shape::Alias(*target),
            Some(Kind::Scalar(_)) | None => Shape::Scalar,
        }
    }

    /// Counts one node against upstream's alias ratio and our copying limit.
    fn count(&mut self, id: NodeId) -> Scan<()> {
        self.decoded += 1;
        if self.open.is_empty() {
            return Ok(());
        }
        let Some(node) = self.tree.get(id) else { return Ok(()) };
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

    fn node(&mut self, id: NodeId) -> Scan<(Value, Place)> {
        self.count(id)?;
        let span = self.span(id);
        let mut place = Place::new(span);
        match self.shape(id) {
            Shape::Scalar => {
                let value = self.scalar(id)?;
                place.refused = value.is_none();
                Ok((value.unwrap_or_default(), place))
            }
            Shape::Alias(target) => {
                let (value, mut place) = self.alias(id, |decoder| decoder.node(target))?;
                place.set_value(span);
                Ok((value, place))
            }
            Shape::Sequence(first, len) => {
                self.deeper(span.start)?;
                let mut items = Vec::with_capacity(len as usize);
                let base = self.scratch.len();
                let mut next = first;
                while next != NONE {
                    let (value, place) = self.node(next)?;
                    items.push(value);
                    self.scratch.push(place);
                    next = self.tree.next(next);
                }
                self.depth -= 1;
                close(&mut self.places, &mut self.scratch, base, &mut place);
                Ok((Value::Array(items), place))
            }
            Shape::Mapping(first, len) => {
                self.deeper(span.start)?;
                let base = self.scratch.len();
                let mut pairs = Pairs::new(len as usize / 2, base);
                self.mapping(first, &mut pairs, &mut HashSet::new())?;
                self.depth -= 1;
                close(&mut self.places, &mut self.scratch, base, &mut place);
                Ok((Value::Object(pairs.map), place))
            }
        }
    }

    /// Follows an alias, unless it is being followed already.
    fn alias<T>(&mut self, id: NodeId, follow: impl FnOnce(&mut Self) -> Scan<T>) -> Scan<T> {
        if !self.open.insert(id) {
            return refuse("anchor value contains itself", self.span(id).start);
        }
        let result = follow(self)?;
        self.open.remove(&id);
        Ok(result)
    }

    /// `None` for a number that JSON does not have.
    fn scalar(&mut self, id: NodeId) -> Scan<Option<Value>> {
        match self.resolved(id)? {
            Ok(text) => Ok(Some(Value::String(text))),
            Err(resolved) => Ok(self.typed(resolved)),
        }
    }

    fn typed(&self, resolved: Resolved) -> Option<Value> {
        if self.mode.string_map && self.depth == self.merging + 1 {
            let text = match resolved {
                // Only keys get YAML's words for these.
                Resolved::Float(float) if float.is_nan() => "NaN".to_owned(),
                Resolved::Float(float) if (float as f32).is_infinite() => if float > 0.0 { "+Inf" } else { "-Inf" }.to_owned(),
                other => key_text(other),
            };
            return Some(Value::String(text));
        }
        Some(match resolved {
            Resolved::Null | Resolved::Text => Value::Null,
            Resolved::Bool(bool) => Value::Bool(bool),
            Resolved::Int(int) => Value::from(int),
            Resolved::Uint(uint) => Value::from(uint),
            Resolved::Float(float) => json_float(float)?,
        })
    }

    /// A string, or a scalar of another type.
    fn resolved(&mut self, id: NodeId) -> Scan<Result<String, Resolved>> {
        let Some(Node { kind: Kind::Scalar(scalar), span, .. }) = self.tree.get(id) else { return Ok(Err(Resolved::Null)) };
        let at = span.start;
        if scalar.tag.as_deref() == Some(BINARY) {
            return binary(&scalar.text).map_or_else(|| refuse("!!binary value contains invalid base64 data", at), |text| Ok(Ok(text)));
        }
        if scalar.tag.is_some() || scalar.implicit {
            match resolve(scalar.tag.as_deref(), &scalar.text) {
                Ok(Resolved::Text) => {}
                Ok(other) => return Ok(Err(other)),
                Err(problem) => return refuse(problem, at),
            }
        }
        Ok(Ok(self.tree.text(id, self.once)))
    }

    /// Adds the pairs of a mapping, or of one that is merged.
    fn mapping(&mut self, first: NodeId, pairs: &mut Pairs, seen: &mut Seen) -> Scan<()> {
        let mut key = first;
        while key != NONE {
            let value = self.tree.next(key);
            let next = self.tree.next(value);
            let at = std::mem::replace(&mut key, next);
            if self.tree.get(at).is_some_and(is_merge) {
                self.merge(value, pairs, seen)?;
                continue;
            }
            let span = self.span(at);
            let (class, mut text) = self.key(at)?;
            let (child, mut place) = self.node(value)?;
            place.set_key(span);
            place.refused |= class >= NULL_KEY;
            if self.mode.strict && !seen.insert((class, text.clone())) {
                self.duplicate.get_or_insert((span.start, text));
                continue;
            }
            // A key that JSON cannot have is none of the texts that would be written like it.
            if class >= NULL_KEY {
                text.insert(0, '\0');
            }
            pairs.set(&mut self.scratch, text, child, place);
        }
        Ok(())
    }

    /// A key's Go type (a small number) and its text.
    fn key(&mut self, id: NodeId) -> Scan<(u8, String)> {
        self.count(id)?;
        match self.shape(id) {
            Shape::Scalar => match self.resolved(id)? {
                Ok(text) => Ok((0, text)),
                Err(resolved) => Ok((key_class(resolved), key_text(resolved))),
            },
            Shape::Alias(target) => self.alias(id, |decoder| decoder.key(target)),
            Shape::Sequence(..) | Shape::Mapping(..) => refuse("invalid map key", self.span(id).start),
        }
    }

    /// `<<`: pairs of other mappings, in the order in which upstream sets them.
    fn merge(&mut self, id: NodeId, pairs: &mut Pairs, seen: &mut Seen) -> Scan<()> {
        let Shape::Sequence(first, _) = self.shape(id) else { return self.merge_one(id, pairs, seen) };
        let mut items = Vec::new();
        let mut next = first;
        while next != NONE {
            items.push(next);
            next = self.tree.next(next);
        }
        items.into_iter().rev().try_for_each(|item| self.merge_one(item, pairs, seen))
    }

    fn merge_one(&mut self, id: NodeId, pairs: &mut Pairs, seen: &mut Seen) -> Scan<()> {
        let not_a_map = "map merge requires map or sequence of maps as the value";
        let at = self.span(id).start;
        self.count(id)?;
        self.deeper(at)?;
        self.merging += 1;
        match self.shape(id) {
            Shape::Mapping(first, _) => self.mapping(first, pairs, seen)?,
            Shape::Alias(target) => {
                let Shape::Mapping(first, _) = self.shape(target) else { return refuse(not_a_map, at) };
                self.alias(id, |decoder| {
                    decoder.count(target)?;
                    decoder.mapping(first, pairs, seen)
                })?;
            }
            _ => return refuse(not_a_map, at),
        }
        self.merging -= 1;
        self.depth -= 1;
        Ok(())
    }
}

/// What a node is, without its text.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Scalar,
    Sequence(NodeId, u32),
    Mapping(NodeId, u32),
    Alias(NodeId),
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
