//! A fast way through plain files: block collections of one-line scalars.
//!
//! Most catalog files are no more than that. Whatever else a text holds (comments, anchors, tags, flow collections, folded text, errors)
//! is left to the reader of the whole language: this one gives up as soon as it sees something that it does not know, and where it does
//! not, it makes the same documents.

use serde_json::{Map, Value};

use crate::lang::javascript::canonical;
use crate::text::Span;
use crate::yaml::builder::close;
use crate::yaml::document::{Document, Place, Spans};
use crate::yaml::kubernetes::resolve::json_float;

use super::Root;
use super::node::Js;
use super::schema::Schema;

/// Deeper files are left to the other reader, which has a limit.
const MAX_DEPTH: usize = 64;
/// Members and items that most documents have at once.
const ROOM: usize = 24;
/// Longer keys need other checks.
const MAX_KEY: usize = 512;

/// Bytes of keys.
const KEY: u8 = 1;
/// Bytes that plain scalars hold only in some places, or never.
const ODD: u8 = 2;

/// What each byte is.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let class = &mut classes[byte];
        let value = byte as u8;
        if value.is_ascii_alphanumeric() || matches!(value, b'_' | b'.' | b'/' | b'-') {
            *class |= KEY;
        }
        if value < b' ' || value >= 0x7f || matches!(value, b':' | b'#') {
            *class |= ODD;
        }
        byte += 1;
    }
    classes
};

#[inline]
fn is(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|classes| classes & class != 0)
}

/// The documents of a text; `None` when it is not that plain.
pub(super) fn roots(text: &str) -> Option<Vec<Root>> {
    let mut reader = Reader::<Place>::new(text);
    let mut roots = Vec::new();
    while let Some(document) = reader.document() {
        let (value, root) = document?;
        let spans = Spans { places: std::mem::take(&mut reader.places), root };
        roots.push(Root::Entity(Document { value, spans, comments: Vec::new(), span: root.value() }));
    }
    Some(roots)
}

/// The documents of a text one after the other, as JavaScript has them after a round trip through JSON, with where each is written.
/// They are objects. `None` when the text is not that plain after all, and nothing may be said about it.
pub(crate) fn values(text: &str) -> impl Iterator<Item = Option<(Value, Span)>> + '_ {
    let mut reader = Reader::<Span>::new(text);
    std::iter::from_fn(move || reader.document())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum LineKind {
    #[default]
    End,
    /// `---`.
    Marker,
    Content,
}

/// The current line.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    kind: LineKind,
    start: usize,
    indent: usize,
    /// Where its text ends, and its break begins.
    end: usize,
}

/// What is kept of where a value stands.
trait Mark: Copy {
    /// Whether the marks of members and items are kept, and numbers as they are written.
    const EXACT: bool;

    fn new(span: Span) -> Self;
    fn set_key(&mut self, key: Span);
    /// Makes the marks from `base` on the children of this one.
    fn close(&mut self, marks: &mut Vec<Self>, scratch: &mut Vec<Self>, base: usize);
}

impl Mark for Place {
    const EXACT: bool = true;

    fn new(span: Span) -> Self {
        Self::new(span)
    }

    fn set_key(&mut self, key: Span) {
        self.set_key(key);
    }

    fn close(&mut self, marks: &mut Vec<Self>, scratch: &mut Vec<Self>, base: usize) {
        close(marks, scratch, base, self);
    }
}

/// Only where a document stands.
impl Mark for Span {
    const EXACT: bool = false;

    fn new(span: Span) -> Self {
        span
    }

    fn set_key(&mut self, _: Span) {}

    fn close(&mut self, _: &mut Vec<Self>, _: &mut Vec<Self>, _: usize) {}
}

struct Reader<'t, M> {
    text: &'t str,
    line: Line,
    begun: bool,
    places: Vec<M>,
    scratch: Vec<M>,
    /// Members of the maps that are being read.
    members: Vec<(String, Value)>,
    /// Items of the sequences that are being read.
    items: Vec<Value>,
}

impl<'t, M: Mark> Reader<'t, M> {
    fn new(text: &'t str) -> Self {
        let (places, scratch) = (Vec::new(), Vec::new());
        Self {
            text,
            line: Line::default(),
            begun: false,
            places,
            scratch,
            members: Vec::with_capacity(ROOM),
            items: Vec::with_capacity(ROOM),
        }
    }

    /// The next document: `None` at the end, `Some(None)` where the reader gives up.
    fn document(&mut self) -> Option<Option<(Value, M)>> {
        if self.begun && self.line.kind == LineKind::End {
            return None;
        }
        Some(self.try_document())
    }

    fn try_document(&mut self) -> Option<(Value, M)> {
        if !self.begun {
            self.begun = true;
            self.read_line(0)?;
        }
        if self.line.kind == LineKind::Marker {
            self.advance()?;
        }
        if self.line.kind != LineKind::Content || self.line.indent != 0 {
            return None;
        }
        let start = self.line.start;
        let document = self.map(0, start, 0)?;
        (self.line.kind != LineKind::Content).then_some(document)
    }

    fn bytes(&self, from: usize, to: usize) -> &[u8] {
        self.text.as_bytes().get(from..to).unwrap_or_default()
    }

    fn advance(&mut self) -> Option<()> {
        self.read_line(self.line.end + 1)
    }

    /// Gives up at blank lines and comments.
    fn read_line(&mut self, start: usize) -> Option<()> {
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        if rest.is_empty() {
            let end = self.text.len();
            self.line = Line { kind: LineKind::End, start: end, indent: 0, end };
            return Some(());
        }
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..length)?;
        let indent = line.iter().position(|byte| *byte != b' ')?;
        let kind = if line == b"---" { LineKind::Marker } else { LineKind::Content };
        self.line = Line { kind, start, indent, end: start + length };
        Some(())
    }

    /// Where a key that starts here ends, at its colon; the colon ends the line or is followed by a space.
    fn key(&self, start: usize) -> Option<usize> {
        let rest = self.bytes(start, self.line.end);
        let length = rest.iter().position(|byte| !is(*byte, KEY))?;
        let ends = rest.get(length) == Some(&b':') && matches!(rest.get(length + 1), None | Some(b' '));
        (ends && length <= MAX_KEY && rest.first().is_some_and(u8::is_ascii_alphabetic)).then_some(start + length)
    }

    /// A map whose keys are at a column; the first of them starts at `first`.
    fn map(&mut self, column: usize, first: usize, depth: usize) -> Option<(Value, M)> {
        if depth > MAX_DEPTH {
            return None;
        }
        let (base, first_member) = (self.scratch.len(), self.members.len());
        let mut start = first;
        loop {
            let colon = self.key(start)?;
            let key = self.text.get(start..colon)?;
            if plain(key).is_some() {
                return None;
            }
            let (value, mut place) = self.value(column, colon + 1, depth)?;
            if M::EXACT {
                place.set_key(Span { start, end: colon });
                self.scratch.push(place);
            }
            self.members.push((key.to_owned(), value));
            if self.line.kind != LineKind::Content || self.line.indent < column {
                break;
            }
            if self.line.indent > column {
                return None;
            }
            start = self.line.start + column;
        }
        let count = self.members.len() - first_member;
        // Processing adds a member to `metadata`.
        let mut map = Map::with_capacity(count + usize::from(depth == 1 && !M::EXACT));
        map.extend(self.members.drain(first_member..));
        // Equal keys are an error.
        (map.len() == count).then(|| (Value::Object(map), self.collection(first, base)))
    }

    /// The place of a collection whose children's places start at `base`.
    fn collection(&mut self, first: usize, base: usize) -> M {
        let mut place = M::new(Span { start: first, end: self.line.start });
        place.close(&mut self.places, &mut self.scratch, base);
        place
    }

    /// The value behind a colon.
    fn value(&mut self, column: usize, from: usize, depth: usize) -> Option<(Value, M)> {
        let line_end = self.line.end;
        if from < line_end {
            let blanks = self.bytes(from, line_end).iter().position(|byte| *byte != b' ')?;
            let scalar = self.scalar(from + blanks, line_end)?;
            self.advance()?;
            return (!self.continues(column)).then_some(scalar);
        }
        self.advance()?;
        let Line { kind, start, indent, .. } = self.line;
        let item = self.bytes(start + indent, start + indent + 2) == b"- ";
        match kind {
            LineKind::Content if item && indent >= column => self.sequence(indent, depth + 1),
            LineKind::Content if indent > column => self.map(indent, start + indent, depth + 1),
            _ => None,
        }
    }

    /// Whether the line could go on with the scalar before it.
    fn continues(&self, column: usize) -> bool {
        self.line.kind == LineKind::Content && self.line.indent > column
    }

    fn sequence(&mut self, column: usize, depth: usize) -> Option<(Value, M)> {
        if depth > MAX_DEPTH {
            return None;
        }
        let (base, first_item) = (self.scratch.len(), self.items.len());
        let first = self.line.start + column;
        while self.line.kind == LineKind::Content && self.line.indent == column {
            let start = self.line.start + column;
            if self.bytes(start, start + 2) != b"- " {
                break;
            }
            let (value, place) = match self.key(start + 2) {
                Some(_) => self.map(column + 2, start + 2, depth + 1)?,
                None => {
                    let scalar = self.scalar(start + 2, self.line.end)?;
                    self.advance()?;
                    if self.continues(column) {
                        return None;
                    }
                    scalar
                }
            };
            self.items.push(value);
            if M::EXACT {
                self.scratch.push(place);
            }
        }
        let items = self.items.drain(first_item..).collect();
        Some((Value::Array(items), self.collection(first, base)))
    }

    /// A scalar that takes the rest of a line.
    fn scalar(&self, start: usize, end: usize) -> Option<(Value, M)> {
        let text = self.text.get(start..end)?;
        let bytes = text.as_bytes();
        let place = M::new(Span { start, end });
        let value = match bytes {
            [quote @ (b'"' | b'\''), inner @ .., last] if quote == last => {
                let odd = |byte: &u8| *byte == *quote || *byte == b'\\' || *byte < b' ';
                if inner.iter().any(odd) {
                    return None;
                }
                Value::String(text.get(1..text.len() - 1)?.to_owned())
            }
            [first, ..] if first.is_ascii_alphanumeric() || matches!(first, b'/' | b'.' | b'_' | b'$' | b'(') || *first >= 0x80 => {
                let mut ascii = true;
                for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| is(**byte, ODD)) {
                    match byte {
                        b':' if matches!(bytes.get(at + 1), None | Some(b' ')) => return None,
                        b'#' if at.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b' ') => return None,
                        b':' | b'#' => {}
                        0x80.. => ascii = false,
                        _ => return None,
                    }
                }
                if bytes.last() == Some(&b' ') || (!ascii && text.contains('\u{feff}')) {
                    return None;
                }
                match plain(text) {
                    None => Value::String(text.to_owned()),
                    Some(Js::Null) => Value::Null,
                    Some(Js::Bool(bool)) => Value::Bool(bool),
                    Some(Js::Number(number)) => {
                        let number = json_float(number).unwrap_or_default();
                        if M::EXACT { number } else { canonical(&number) }
                    }
                    Some(_) => return None,
                }
            }
            _ => return None,
        };
        Some((value, place))
    }
}

/// What a plain scalar is, unless it is a string.
fn plain(text: &str) -> Option<Js> {
    Schema { old: false, merge: false }.plain(text, false)
}

#[cfg(test)]
mod tests {
    use super::super::whole_roots;
    use super::roots;

    /// What both readers make of a text, if the fast one takes it.
    fn compare(text: &str) -> bool {
        let Some(fast) = roots(text) else { return false };
        let whole = whole_roots(text, false).map(|roots| format!("{roots:?}"));
        assert_eq!(Some(format!("{fast:?}")), whole.ok(), "{text}");
        true
    }

    #[test]
    fn makes_the_same_documents() {
        let taken = [
            "a: b\n",
            "a: b",
            "---\na: b\n---\nc:\n  d: 1\n  e: true\n",
            "a:\n- x\n- y: 1\n  z: null\nb: 0x10\n",
            "a:\n  - x: 1\n    y:\n      - q\n      - w: e\n  - 'it'\n  - \"is\"\nb: 1e3\nc: -1\n".trim_end(),
            "metadata:\n  annotations:\n    backstage.io/x: https://a.b/c?d=e#f\n  tags:\n  - a\nspec:\n  n: 012\n  f: 1.50\n  d: 2020-01-01\n",
            "a: \"\"\nb: ''\nc: é ü\n",
        ];
        let refused = [
            "a: -1\n",
            "a:\n",
            "a: b\n  c\n",
            "a: b # c\n",
            "a: b\na: c\n",
            "true: 1\n",
            "a: [1]\n",
            "a: |\n  x\n",
            "- a\n",
            "a: b\n---\n",
            "a:\n   - b\n  - c\n",
            "a: b: c\n",
            "",
            "a: 'it''s'\n",
            "a:\tb\n",
        ];
        for text in taken {
            assert_eq!(compare(text), !text.contains(": -1"), "{text}");
        }
        for text in refused {
            assert!(!compare(text), "{text}");
        }
    }

    /// Lines at random, put together in every way that looks like a file.
    #[test]
    fn makes_the_same_of_drawn_texts() {
        let heads = [
            "a: b",
            "c:",
            "- d",
            "- e: 1",
            "f: 'g'",
            "h.i/j: 2.0",
            "- k:",
            "---",
            "l: m n",
            "o: ~x",
            "p: null",
            "- \"q\"",
            "yes: No",
            "r: \"s\" t",
            "u: v:w",
            "-",
            "x: y#z",
        ];
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut draw = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap_or_default() % below
        };
        let mut taken = 0;
        for _ in 0..60_000 {
            let mut text = String::new();
            for _ in 0..=draw(7) {
                text.push_str(&" ".repeat([0, 0, 2, 2, 4, 1, 6].get(draw(7)).copied().unwrap_or_default()));
                text.push_str(heads.get(draw(heads.len())).copied().unwrap_or_default());
                text.push('\n');
            }
            taken += usize::from(compare(&text));
        }
        assert!(taken > 1000, "{taken}");
    }
}
