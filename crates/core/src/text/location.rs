//! Byte spans, and the lines and columns people speak of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A half-open range of byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A line and a column, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A place in a named file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The file's path as the caller named it; empty when there is none.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Where it ends (exclusive), if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Position>,
}

/// Line starts of one text, to turn offsets into positions.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Reads the text once.
    pub fn new(text: &str) -> Self {
        let mut starts = Vec::with_capacity(memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1);
        starts.push(0);
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        Self { starts }
    }

    /// The position of a byte offset; past the end it is the end.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        self.position_from(text, offset, 1)
    }

    /// The same, searched from a line on: places that are asked for in order are near each other.
    fn position_from(&self, text: &str, offset: usize, from: usize) -> Position {
        let offset = offset.min(text.len());
        let passes = |line: usize| self.starts.get(line - 1).is_some_and(|start| *start <= offset);
        let mut low = if passes(from.max(1)) { from.max(1) } else { 1 };
        let mut step = 1;
        while passes(low + step) {
            low += step;
            step *= 2;
        }
        let near = self.starts.get(low..(low + step).min(self.starts.len())).unwrap_or_default();
        let line = low + near.partition_point(|start| *start <= offset);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = text.as_bytes().get(start..offset).map_or(0, |bytes| bytes.iter().filter(|b| (**b & 0xc0) != 0x80).count()) + 1;
        Position { line, column }
    }

    /// A span as a location in `file`.
    pub fn location(&self, text: &str, file: &str, span: Span) -> Location {
        self.location_from(text, file, span, 1)
    }

    /// The same, searched from a line on.
    pub fn location_from(&self, text: &str, file: &str, span: Span, from: usize) -> Location {
        let Position { line, column } = self.position_from(text, span.start, from);
        Location { file: file.to_owned(), line, column, end: Some(self.position_from(text, span.end, line)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{LineIndex, Position, Span};

    #[test]
    fn finds_a_place_from_any_line() {
        let text = "é\n\nab\nc\n".repeat(9);
        let index = LineIndex::new(&text);
        for (offset, _) in text.char_indices().chain([(text.len(), ' '), (text.len() + 5, ' ')]) {
            let before = text.get(..offset.min(text.len())).unwrap_or_default();
            let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
            let expected = Position { line: before.matches('\n').count() + 1, column };
            assert_eq!(index.position(&text, offset), expected);
            for from in 0..45 {
                let found = index.location_from(&text, "", Span { start: offset, end: offset }, from);
                assert_eq!(
                    (Position { line: found.line, column: found.column }, found.end),
                    (expected, Some(expected)),
                    "{offset} from {from}"
                );
            }
        }
    }
}
