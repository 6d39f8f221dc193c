//! A document that was read: its value, and where everything in it was written.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::text::{LineIndex, Span, pointer};

/// One YAML document.
#[derive(Debug, Clone)]
pub struct Document {
    pub(super) value: Value,
    pub(super) spans: Spans,
    pub(super) comments: Vec<(u32, u32)>,
    pub(super) span: Span,
}

/// A comment, kept by its position: from `#` to the end of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// The bytes of the comment in the text that was parsed.
    pub span: Span,
}

/// The place of one node: its key, if it has one, its value, and its children
/// in the order of the value's own children. Offsets of 32 bits, as there are
/// many of these.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    key: (u32, u32),
    value: (u32, u32),
    pub(super) first: u32,
    pub(super) len: u32,
    /// The value cannot be had, which counts only if it is still there in the end.
    pub(super) refused: bool,
}

impl Place {
    pub(super) fn new(value: Span) -> Self {
        Self { key: NO_KEY, value: narrow(value), ..Self::default() }
    }

    pub(super) fn set_value(&mut self, span: Span) {
        self.value = narrow(span);
    }

    pub(super) fn set_key(&mut self, span: Span) {
        self.key = narrow(span);
    }

    pub(super) fn value(self) -> Span {
        widen(self.value)
    }

    fn key(self) -> Option<Span> {
        (self.key != NO_KEY).then(|| widen(self.key))
    }
}

/// No key: the end lies before the start.
const NO_KEY: (u32, u32) = (1, 0);

fn narrow(span: Span) -> (u32, u32) {
    let narrow = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    (narrow(span.start), narrow(span.end))
}

fn widen((start, end): (u32, u32)) -> Span {
    Span { start: start as usize, end: end as usize }
}

/// The places of all nodes of one document; children lie side by side.
#[derive(Debug, Clone, Default)]
pub(super) struct Spans {
    pub(super) places: Vec<Place>,
    pub(super) root: Place,
}

impl Document {
    /// The value, its keys in the order in which they were written.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The value, given away.
    pub fn into_value(self) -> Value {
        self.value
    }

    /// The bytes of the whole document.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The comments in it, in order.
    pub fn comments(&self) -> impl ExactSizeIterator<Item = Comment> + '_ {
        self.comments.iter().map(|span| Comment { span: widen(*span) })
    }

    /// Where the value at a JSON pointer is written. When there is none, where
    /// its nearest existing parent is: the parent's key, or the parent itself
    /// when it has no key. `None` when the pointer is not a JSON pointer.
    pub fn locate(&self, pointer: &str) -> Option<Span> {
        let (place, whole) = self.place(pointer)?;
        Some(if whole { place.value() } else { place.key().unwrap_or(place.value()) })
    }

    /// Where the key of the value at a JSON pointer is written; without a key,
    /// or when nothing is there, the same as [`Document::locate`].
    pub fn locate_key(&self, pointer: &str) -> Option<Span> {
        let (place, _) = self.place(pointer)?;
        Some(place.key().unwrap_or(place.value()))
    }

    /// The place of a pointer or of its nearest parent, and which of the two.
    fn place(&self, pointer: &str) -> Option<(Place, bool)> {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return None;
        }
        let mut place = self.spans.root;
        let mut value = &self.value;
        for token in pointer::tokens(pointer) {
            let child = match value {
                Value::Object(map) => map.iter().enumerate().find(|(_, (key, _))| **key == *token).map(|(at, (_, child))| (at, child)),
                Value::Array(items) => token.parse().ok().and_then(|at: usize| items.get(at).map(|child| (at, child))),
                _ => None,
            };
            let next = child.and_then(|(at, child)| {
                let at = u32::try_from(at).ok().filter(|at| *at < place.len)?;
                Some((*self.spans.places.get((place.first + at) as usize)?, child))
            });
            match next {
                Some((next, child)) => (place, value) = (next, child),
                None => return Some((place, false)),
            }
        }
        Some((place, true))
    }

    /// The same document, as part of a text in which it starts at `offset`.
    pub(crate) fn shifted(mut self, offset: usize) -> Self {
        if offset == 0 {
            return self;
        }
        let by = u32::try_from(offset).unwrap_or(u32::MAX);
        for place in self.spans.places.iter_mut().chain([&mut self.spans.root]) {
            for (start, end) in [&mut place.key, &mut place.value].into_iter().filter(|span| **span != NO_KEY) {
                *start = start.saturating_add(by);
                *end = end.saturating_add(by);
            }
        }
        for (start, end) in &mut self.comments {
            *start = start.saturating_add(by);
            *end = end.saturating_add(by);
        }
        self.span.start += offset;
        self.span.end += offset;
        self
    }
}

/// Bytes as text, or the place of the first that is not UTF-8.
pub(super) fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        let at = Span { start: valid.len(), end: valid.len() };
        let location = LineIndex::new(valid).location(valid, "", at);
        let byte = bytes.get(valid.len()).copied().unwrap_or(0);
        Error::parse(format!("yaml: line {}: invalid UTF-8 octet 0x{byte:02x}", location.line)).at(location)
    })
}
