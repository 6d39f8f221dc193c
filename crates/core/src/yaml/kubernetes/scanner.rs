//! Text to tokens, with libyaml's rules for keys, indentation and white space
//! (`go.yaml.in/yaml/v2` v2.4.4, `scannerc.go`).

use std::collections::VecDeque;

use crate::text::Span;

use super::chars::{break_len, first_forbidden, reader_block};
use super::token::{Kind, Token};

/// Nesting that upstream accepts is 10,000; readers of the values recurse, in threads of 2 MiB (optimized; half of that is left).
pub(super) const MAX_DEPTH: usize = 512;

/// Why a text is refused, and at which byte.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) problem: String,
    pub(super) at: usize,
    pub(super) limit: bool,
}

pub(super) type Scan<T> = Result<T, Refusal>;

/// A place from which a key without `?` may have started.
#[derive(Debug, Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    /// Whether the token is held back until this is decided.
    watched: bool,
    token: usize,
    at: usize,
    line: usize,
    column: usize,
}

/// The scanner; [`Scanner::peek`] and [`Scanner::take`] drive it.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) flow_level: usize,
    pub(super) indent: isize,
    pub(super) key_allowed: bool,
    /// Only `\n` ends lines in this text.
    pub(super) plain_breaks: bool,
    /// Start and end of each comment.
    pub(super) comments: Vec<(u32, u32)>,
    /// The last line counts as ended, though its break is not in the text.
    pub(super) virtual_break: bool,
    indents: Vec<isize>,
    keys: Vec<SimpleKey>,
    queue: VecDeque<Token<'a>>,
    taken: usize,
    ended: bool,
    /// The text goes on after this end, with characters that are refused.
    poisoned: Option<usize>,
}

impl<'a> Scanner<'a> {
    /// A scanner of a whole text, which may start with a byte order mark.
    pub(super) fn new(text: &'a str) -> Self {
        let poisoned = first_forbidden(text);
        let text = poisoned.and_then(|bad| text.get(..reader_block(text, bad))).unwrap_or(text);
        let bytes = text.as_bytes();
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let plain_breaks = memchr::memchr(b'\r', bytes).is_none()
            && memchr::memmem::find(bytes, "\u{85}".as_bytes()).is_none()
            && memchr::memmem::find(bytes, b"\xe2\x80").is_none();
        Self {
            text,
            bytes,
            at,
            line: 0,
            column: 0,
            flow_level: 0,
            indent: -1,
            key_allowed: true,
            plain_breaks,
            comments: Vec::new(),
            virtual_break: false,
            indents: Vec::new(),
            keys: vec![SimpleKey::default()],
            queue: VecDeque::new(),
            taken: 0,
            ended: false,
            poisoned,
        }
    }

    /// The next token, left in place.
    pub(super) fn peek(&mut self) -> Scan<&Token<'a>> {
        while self.needs_more()? {
            self.fetch()?;
        }
        let end = self.at;
        self.queue.front().ok_or(Refusal { problem: "unexpected end of stream".into(), at: end, limit: false })
    }

    /// Takes the token that [`Scanner::peek`] showed.
    pub(super) fn take(&mut self) -> Option<Token<'a>> {
        let token = self.queue.pop_front();
        self.taken += usize::from(token.is_some());
        token
    }

    /// Whether the front token may still turn out to start a key.
    fn needs_more(&mut self) -> Scan<bool> {
        let Some(front) = self.queue.front() else { return Ok(!self.ended) };
        let level = front.key_level as usize;
        let taken = self.taken;
        match self.keys.get(level) {
            Some(key) if key.possible && key.watched && key.token == taken => self.key_valid(level),
            _ => Ok(false),
        }
    }

    pub(super) fn refuse<T>(&self, problem: impl Into<String>) -> Scan<T> {
        Err(Refusal { problem: problem.into(), at: self.at, limit: false })
    }

    /// The byte `ahead` of the current one; 0 past the end.
    #[inline]
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    pub(super) fn rest(&self, ahead: usize) -> &'a [u8] {
        self.bytes.get(self.at + ahead..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn is_break(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            b'\n' => true,
            b'\r' | 0xc2 | 0xe2 => break_len(self.rest(ahead)) > 0,
            0 => self.virtual_break && self.at + ahead == self.bytes.len(),
            _ => false,
        }
    }

    /// Space, tab, line break or end.
    #[inline]
    pub(super) fn is_blank_or_end(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t' | 0) || self.is_break(ahead)
    }

    /// One character on.
    #[inline]
    pub(super) fn skip(&mut self) {
        self.at += match self.byte(0) {
            0..=0x7f => 1,
            0x80..=0xdf => 2,
            0xe0..=0xef => 3,
            _ => 4,
        };
        self.column += 1;
    }

    /// Over the line break here, if there is one.
    #[inline]
    pub(super) fn skip_break(&mut self) {
        let len = break_len(self.rest(0));
        let end = len == 0 && self.virtual_break && self.at >= self.bytes.len();
        if end {
            self.virtual_break = false;
        }
        if len > 0 || end {
            self.at += len;
            self.line += 1;
            self.column = 0;
        }
    }

    /// To the end of this line.
    pub(super) fn skip_to_break(&mut self) {
        if self.plain_breaks {
            let len = memchr::memchr(b'\n', self.rest(0)).unwrap_or(self.rest(0).len());
            self.at += len;
            self.column += len;
        } else {
            while self.at < self.bytes.len() && !self.is_break(0) {
                self.skip();
            }
        }
    }

    /// `---` or `...` at the start of a line.
    pub(super) fn at_document_indicator(&self) -> bool {
        self.column == 0 && matches!(self.rest(0), [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..]) && self.is_blank_or_end(3)
    }

    pub(super) fn push(&mut self, kind: Kind<'a>, start: usize, end: usize) {
        let key_level = (self.keys.len() - 1) as u32;
        self.queue.push_back(Token { kind, span: Span { start, end }, key_level });
    }

    /// Puts a token before the one with an absolute number; behind all when that is gone.
    fn insert(&mut self, number: usize, kind: Kind<'a>, at: usize) {
        let token = Token { kind, span: Span { start: at, end: at }, key_level: u32::MAX };
        match number.checked_sub(self.taken) {
            Some(index) if index <= self.queue.len() => self.queue.insert(index, token),
            _ => self.queue.push_back(token),
        }
    }

    /// Reads at least one more token.
    fn fetch(&mut self) -> Scan<()> {
        self.skip_to_token();
        self.unroll_indent(self.column as isize);
        if let Some(bad) = self.poisoned
            && self.at + 4 > self.bytes.len()
        {
            return Err(Refusal { problem: "control characters are not allowed".into(), at: bad, limit: false });
        }
        if self.at >= self.bytes.len() {
            return self.fetch_end();
        }
        let byte = self.byte(0);
        if self.column == 0 {
            if byte == b'%' {
                self.unroll_indent(-1);
                self.remove_key()?;
                self.key_allowed = false;
                return self.scan_directive();
            }
            if self.at_document_indicator() {
                let kind = if byte == b'-' { Kind::DocumentStart } else { Kind::DocumentEnd };
                self.unroll_indent(-1);
                self.remove_key()?;
                self.key_allowed = false;
                let start = self.at;
                self.at += 3;
                self.column += 3;
                self.push(kind, start, start + 3);
                return Ok(());
            }
        }
        self.fetch_by_indicator(byte)
    }

    fn fetch_by_indicator(&mut self, byte: u8) -> Scan<()> {
        let flow = self.flow_level > 0;
        match byte {
            b'[' => self.fetch_flow_start(Kind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Kind::FlowMappingStart),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => {
                self.remove_key()?;
                self.key_allowed = true;
                self.push_indicator(Kind::FlowEntry);
                Ok(())
            }
            b'-' if self.is_blank_or_end(1) => self.fetch_block_entry(),
            b'?' if flow || self.is_blank_or_end(1) => self.fetch_key(),
            b':' if flow || self.is_blank_or_end(1) => self.fetch_value(),
            b'*' | b'&' => {
                self.save_key()?;
                self.key_allowed = false;
                self.scan_anchor(byte == b'*')
            }
            b'!' => {
                self.save_key()?;
                self.key_allowed = false;
                self.scan_tag()
            }
            b'|' | b'>' if !flow => {
                self.remove_key()?;
                self.key_allowed = true;
                self.scan_block_scalar(byte == b'|')
            }
            b'\'' | b'"' => {
                self.save_key()?;
                self.key_allowed = false;
                self.scan_quoted(byte == b'\'')
            }
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b' ' | b'\t' => self.refuse("found character that cannot start any token"),
            _ => {
                self.save_key()?;
                self.key_allowed = false;
                self.scan_plain()
            }
        }
    }

    fn push_indicator(&mut self, kind: Kind<'a>) {
        let start = self.at;
        self.skip();
        self.push(kind, start, self.at);
    }

    /// Over white space, comments and line breaks.
    fn skip_to_token(&mut self) {
        loop {
            while self.byte(0) == b' ' || (self.byte(0) == b'\t' && (self.flow_level > 0 || !self.key_allowed)) {
                self.at += 1;
                self.column += 1;
            }
            if self.byte(0) == b'#' {
                let start = self.at;
                self.skip_to_break();
                self.comments.push((start as u32, self.at as u32));
            }
            if !self.is_break(0) {
                return;
            }
            self.skip_break();
            if self.flow_level == 0 {
                self.key_allowed = true;
            }
        }
    }

    /// Whether the possible key of a level still is one.
    fn key_valid(&mut self, level: usize) -> Scan<bool> {
        let (line, column) = (self.line, self.column);
        let Some(key) = self.keys.get_mut(level) else { return Ok(false) };
        if !key.possible {
            return Ok(false);
        }
        if key.line < line || key.column + 1024 < column {
            if key.required {
                return Err(Refusal { problem: "could not find expected ':'".into(), at: key.at, limit: false });
            }
            key.possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    fn save_key(&mut self) -> Scan<()> {
        if !self.key_allowed {
            return Ok(());
        }
        self.remove_key()?;
        let key = SimpleKey {
            possible: true,
            required: self.flow_level == 0 && self.indent == self.column as isize,
            watched: true,
            token: self.taken + self.queue.len(),
            at: self.at,
            line: self.line,
            column: self.column,
        };
        if let Some(last) = self.keys.last_mut() {
            *last = key;
        }
        Ok(())
    }

    fn remove_key(&mut self) -> Scan<()> {
        let Some(key) = self.keys.last_mut() else { return Ok(()) };
        if key.possible && key.required {
            return Err(Refusal { problem: "could not find expected ':'".into(), at: key.at, limit: false });
        }
        key.possible = false;
        Ok(())
    }

    /// Opens a block collection when the column is deeper than the indentation.
    fn roll_indent(&mut self, column: usize, number: Option<usize>, kind: Kind<'a>, at: usize) -> Scan<()> {
        if self.flow_level > 0 || self.indent >= column as isize {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column as isize;
        if self.indents.len() > MAX_DEPTH {
            return Err(Refusal { problem: format!("exceeded max depth of {MAX_DEPTH}"), at, limit: true });
        }
        match number {
            Some(number) => self.insert(number, kind, at),
            None => self.queue.push_back(Token { kind, span: Span { start: at, end: at }, key_level: u32::MAX }),
        }
        Ok(())
    }

    /// Closes the block collections that are deeper than a column.
    fn unroll_indent(&mut self, column: isize) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            let at = self.at;
            self.queue.push_back(Token { kind: Kind::BlockEnd, span: Span { start: at, end: at }, key_level: u32::MAX });
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn fetch_end(&mut self) -> Scan<()> {
        // upstream ends the last line here, so that no key waits for its ':' any more
        if self.column != 0 {
            self.column = 0;
            self.line += 1;
        }
        self.unroll_indent(-1);
        self.remove_key()?;
        self.key_allowed = false;
        self.ended = true;
        self.push(Kind::StreamEnd, self.at, self.at);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: Kind<'a>) -> Scan<()> {
        self.save_key()?;
        let number = self.taken + self.queue.len();
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return Err(Refusal { problem: format!("exceeded max depth of {MAX_DEPTH}"), at: self.at, limit: true });
        }
        self.key_allowed = true;
        self.push_indicator(kind);
        self.keys.push(SimpleKey { token: number, ..SimpleKey::default() });
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: Kind<'a>) -> Scan<()> {
        self.remove_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            let inner = self.keys.pop().unwrap_or_default();
            // Upstream forgets the outer key as well when nothing inside could be one.
            if let Some(outer) = self.keys.last_mut()
                && outer.token == inner.token
            {
                outer.watched = false;
            }
        }
        self.key_allowed = false;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Scan<()> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return self.refuse("block sequence entries are not allowed in this context");
            }
            self.roll_indent(self.column, None, Kind::SequenceStart, self.at)?;
        }
        self.remove_key()?;
        self.key_allowed = true;
        self.push_indicator(Kind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Scan<()> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return self.refuse("mapping keys are not allowed in this context");
            }
            self.roll_indent(self.column, None, Kind::MappingStart, self.at)?;
        }
        self.remove_key()?;
        self.key_allowed = self.flow_level == 0;
        self.push_indicator(Kind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Scan<()> {
        let level = self.keys.len() - 1;
        if self.key_valid(level)? {
            let key = self.keys.get(level).copied().unwrap_or_default();
            self.insert(key.token, Kind::Key, key.at);
            self.roll_indent(key.column, Some(key.token), Kind::MappingStart, key.at)?;
            if let Some(key) = self.keys.get_mut(level) {
                key.possible = false;
            }
            self.key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.key_allowed {
                    return self.refuse("mapping values are not allowed in this context");
                }
                self.roll_indent(self.column, None, Kind::MappingStart, self.at)?;
            }
            self.key_allowed = self.flow_level == 0;
        }
        self.push_indicator(Kind::Value);
        Ok(())
    }
}
