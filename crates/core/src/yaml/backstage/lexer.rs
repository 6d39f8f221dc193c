//! Text to lexemes, as npm `yaml` 2.9.1 cuts them (`parse/lexer.js`).

use std::collections::VecDeque;

/// One lexeme: a piece of the text, or a mark between pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lexeme {
    /// Bytes of the text.
    Text(usize, usize),
    /// A document starts.
    Document,
    /// A flow collection ends without its bracket.
    FlowEnd,
    /// The next lexeme is a plain or block scalar, whatever it looks like.
    Scalar,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Stream,
    BlockStart,
    Document,
    Flow,
}

#[derive(Debug)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    state: State,
    out: VecDeque<Lexeme>,
    /// Indentation indicator of a block header less one; -1 if none.
    block_indent: isize,
    block_keep: bool,
    flow_key: bool,
    flow_level: usize,
    indent_next: isize,
    indent: isize,
    /// Where the current line ends, once it is known.
    line_end: Option<usize>,
}

/// White space or the end.
fn is_empty(byte: Option<u8>) -> bool {
    matches!(byte, None | Some(b' ' | b'\n' | b'\r' | b'\t'))
}

fn is_flow_indicator(byte: Option<u8>) -> bool {
    matches!(byte, Some(b',' | b'[' | b']' | b'{' | b'}'))
}

fn is_tag(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-#;/?:@&=+$_.!~*'()".contains(&byte)
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
            state: State::Stream,
            out: VecDeque::new(),
            block_indent: -1,
            block_keep: false,
            flow_key: false,
            flow_level: 0,
            indent_next: 0,
            indent: 0,
            line_end: None,
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn ahead(&self, by: usize) -> Option<u8> {
        self.byte(self.at + by)
    }

    fn starts_with(&self, at: usize, text: &[u8]) -> bool {
        self.bytes.get(at..).is_some_and(|rest| rest.starts_with(text))
    }

    fn find(&self, byte: u8, from: usize) -> Option<usize> {
        memchr::memchr(byte, self.bytes.get(from..)?).map(|at| from + at)
    }

    fn find_before(&self, byte: u8, from: usize, limit: usize) -> Option<usize> {
        memchr::memchr(byte, self.bytes.get(from..limit)?).map(|at| from + at)
    }

    /// Where the current line ends, without its break.
    fn line(&mut self) -> usize {
        let end = match self.line_end {
            Some(end) if end >= self.at => end,
            _ => {
                let end = self.find(b'\n', self.at).unwrap_or(self.bytes.len());
                self.line_end = Some(end);
                end
            }
        };
        if end < self.bytes.len() && end > self.at && self.byte(end - 1) == Some(b'\r') { end - 1 } else { end }
    }

    fn push_to(&mut self, end: usize, allow_empty: bool) -> usize {
        let end = end.min(self.bytes.len());
        if end > self.at {
            let len = end - self.at;
            self.out.push_back(Lexeme::Text(self.at, end));
            self.at = end;
            return len;
        }
        if allow_empty {
            self.out.push_back(Lexeme::Text(self.at, self.at));
        }
        0
    }

    fn push_count(&mut self, count: usize) -> usize {
        self.push_to(self.at + count, false)
    }

    fn push_spaces(&mut self, tabs: bool) -> usize {
        let len =
            self.bytes.get(self.at..).unwrap_or_default().iter().take_while(|byte| **byte == b' ' || (tabs && **byte == b'\t')).count();
        self.push_count(len)
    }

    fn push_newline(&mut self) -> usize {
        match (self.ahead(0), self.ahead(1)) {
            (Some(b'\n'), _) => self.push_count(1),
            (Some(b'\r'), Some(b'\n')) => self.push_count(2),
            _ => 0,
        }
    }

    fn push_name(&mut self) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let len = rest.iter().position(|byte| b" ,[]{}\n\r\t".contains(byte)).unwrap_or(rest.len());
        self.push_count(len)
    }

    pub(super) fn next(&mut self) -> Option<Lexeme> {
        while self.out.is_empty() && self.at < self.bytes.len() {
            self.state = match self.state {
                State::Stream => self.stream(),
                State::BlockStart => self.block_start(),
                State::Document => self.document(),
                State::Flow => self.flow(),
            };
        }
        self.out.pop_front()
    }

    fn at_line_end(&self) -> bool {
        let mut at = self.at;
        while matches!(self.byte(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        match self.byte(at) {
            None | Some(b'#' | b'\n') => true,
            Some(b'\r') => self.byte(at + 1) == Some(b'\n'),
            _ => false,
        }
    }

    fn stream(&mut self) -> State {
        let end = self.line();
        if self.starts_with(self.at, "\u{feff}".as_bytes()) {
            self.push_count(3);
        }
        if self.at < end && self.ahead(0) == Some(b'%') {
            let line = self.bytes.get(self.at..end).unwrap_or_default();
            let comment = (1..line.len()).find(|at| line.get(*at) == Some(&b'#') && matches!(line.get(at - 1), Some(b' ' | b'\t')));
            let directive = line.get(..comment.unwrap_or(line.len())).unwrap_or_default();
            let len = directive.len() - directive.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            self.push_count(len);
            self.push_spaces(true);
            self.push_to(end, false);
            self.push_newline();
            return State::Stream;
        }
        if self.at_line_end() {
            self.push_spaces(true);
            self.push_to(end, false);
            self.push_newline();
            return State::Stream;
        }
        self.out.push_back(Lexeme::Document);
        self.line_start()
    }

    fn marker_at(&self, at: usize) -> bool {
        (self.starts_with(at, b"---") || self.starts_with(at, b"...")) && is_empty(self.byte(at + 3))
    }

    fn line_start(&mut self) -> State {
        if self.marker_at(self.at) {
            let start = self.ahead(0) == Some(b'-');
            self.push_count(3);
            self.indent = 0;
            self.indent_next = 0;
            return if start { State::Document } else { State::Stream };
        }
        self.indent = self.push_spaces(false) as isize;
        if self.indent_next > self.indent && !is_empty(self.ahead(1)) {
            self.indent_next = self.indent;
        }
        self.block_start()
    }

    fn block_start(&mut self) -> State {
        if matches!(self.ahead(0), Some(b'-' | b'?' | b':')) && is_empty(self.ahead(1)) {
            let len = self.push_count(1) + self.push_spaces(true);
            self.indent_next = self.indent + 1;
            self.indent += len as isize;
            return State::BlockStart;
        }
        State::Document
    }

    fn document(&mut self) -> State {
        self.push_spaces(true);
        let end = self.line();
        self.push_indicators();
        let here = if self.at < end { self.ahead(0) } else { None };
        match here {
            Some(b'#') | None => {
                self.push_to(end, false);
                self.push_newline();
                self.line_start()
            }
            Some(b'{' | b'[') => {
                self.push_count(1);
                self.flow_key = false;
                self.flow_level = 1;
                State::Flow
            }
            Some(b'}' | b']') => {
                self.push_count(1);
                State::Document
            }
            Some(b'*') => {
                self.push_name();
                State::Document
            }
            Some(b'"' | b'\'') => self.quoted(),
            Some(b'|' | b'>') => {
                self.block_header();
                self.push_spaces(true);
                self.push_to(end, false);
                self.push_newline();
                self.block_scalar()
            }
            _ => self.plain(),
        }
    }

    fn flow(&mut self) -> State {
        let mut indent = -1;
        loop {
            let newline = self.push_newline();
            let mut spaces = 0;
            if newline > 0 {
                spaces = self.push_spaces(false);
                indent = spaces as isize;
                self.indent = indent;
            }
            spaces += self.push_spaces(true);
            if newline + spaces == 0 {
                break;
            }
        }
        let end = self.line();
        let first = if self.at < end { self.ahead(0) } else { None };
        let dedented = indent != -1 && indent < self.indent_next && first != Some(b'#');
        if dedented || (indent == 0 && self.at < end && self.marker_at(self.at)) {
            let closes = indent == self.indent_next - 1 && self.flow_level == 1 && matches!(first, Some(b']' | b'}'));
            if !closes {
                self.flow_level = 0;
                self.out.push_back(Lexeme::FlowEnd);
                return self.line_start();
            }
        }
        while self.at < end && self.ahead(0) == Some(b',') {
            self.push_count(1);
            self.push_spaces(true);
            self.flow_key = false;
        }
        self.push_indicators();
        let here = if self.at < end { self.ahead(0) } else { None };
        match here {
            None => State::Flow,
            Some(b'#') => {
                self.push_to(end, false);
                State::Flow
            }
            Some(b'{' | b'[') => {
                self.push_count(1);
                self.flow_key = false;
                self.flow_level += 1;
                State::Flow
            }
            Some(b'}' | b']') => {
                self.push_count(1);
                self.flow_key = true;
                self.flow_level = self.flow_level.saturating_sub(1);
                self.after_scalar()
            }
            Some(b'*') => {
                self.push_name();
                State::Flow
            }
            Some(b'"' | b'\'') => {
                self.flow_key = true;
                self.quoted()
            }
            Some(b':') if self.flow_key || is_empty(self.ahead(1)) || self.ahead(1) == Some(b',') => {
                self.flow_key = false;
                self.push_count(1);
                self.push_spaces(true);
                State::Flow
            }
            Some(_) => {
                self.flow_key = false;
                self.plain()
            }
        }
    }

    fn after_scalar(&self) -> State {
        if self.flow_level > 0 { State::Flow } else { State::Document }
    }

    /// Where a scalar goes on in the line at `at`, if it does.
    fn continued(&self, at: usize) -> Option<usize> {
        if self.indent_next > 0 {
            let spaces = self.bytes.get(at..).unwrap_or_default().iter().take_while(|byte| **byte == b' ').count();
            let end = at + spaces;
            return match self.byte(end) {
                Some(b'\r') if self.byte(end + 1) == Some(b'\n') => Some(end + 1),
                Some(b'\n') => Some(end),
                _ => (spaces as isize >= self.indent_next).then_some(end),
            };
        }
        if self.marker_at(at) { None } else { Some(at) }
    }

    fn quoted(&mut self) -> State {
        let quote = self.ahead(0).unwrap_or(b'"');
        let mut end = self.find(quote, self.at + 1);
        if quote == b'\'' {
            while let Some(at) = end.filter(|at| self.byte(at + 1) == Some(b'\'')) {
                end = self.find(b'\'', at + 2);
            }
        } else {
            while let Some(at) = end {
                let escapes = self.bytes.get(self.at..at).unwrap_or_default().iter().rev().take_while(|byte| **byte == b'\\').count();
                if escapes % 2 == 0 {
                    break;
                }
                end = self.find(b'"', at + 1);
            }
        }
        // Without a closing quote, upstream takes the rest of the text.
        let limit = end.unwrap_or(0);
        let mut newline = self.find_before(b'\n', self.at, limit);
        while let Some(at) = newline {
            let Some(next) = self.continued(at + 1) else { break };
            newline = self.find_before(b'\n', next, limit);
        }
        let stop = match (newline, end) {
            (Some(at), _) => {
                if at > 0 && self.byte(at - 1) == Some(b'\r') {
                    at - 1
                } else {
                    at
                }
            }
            (None, Some(end)) => end + 1,
            (None, None) => self.bytes.len(),
        };
        self.push_to(stop, false);
        self.after_scalar()
    }

    fn block_header(&mut self) {
        self.block_indent = -1;
        self.block_keep = false;
        let mut at = self.at;
        loop {
            at += 1;
            match self.byte(at) {
                Some(b'+') => self.block_keep = true,
                Some(digit @ b'1'..=b'9') => self.block_indent = isize::from(digit - b'0') - 1,
                Some(b'-') => {}
                _ => break,
            }
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let len = rest.iter().position(|byte| is_empty(Some(*byte)) || *byte == b'#').unwrap_or(rest.len());
        self.push_count(len);
    }

    fn block_scalar(&mut self) -> State {
        // The end of the line before; -1 at the start of the text.
        let mut newline = self.at as isize - 1;
        let mut indent = 0;
        let mut at = self.at;
        loop {
            match self.byte(at) {
                Some(b' ') => indent += 1,
                Some(b'\n') => {
                    newline = at as isize;
                    indent = 0;
                }
                Some(b'\r') if self.byte(at + 1) == Some(b'\n') => {}
                _ => break,
            }
            at += 1;
        }
        if indent >= self.indent_next {
            self.indent_next = match self.block_indent {
                -1 => indent,
                explicit => explicit + if self.indent_next == 0 { 1 } else { self.indent_next },
            };
            newline = self.block_end(newline);
        }
        newline = self.block_tail(newline, indent);
        self.out.push_back(Lexeme::Scalar);
        let end = usize::try_from(newline + 1).unwrap_or(0);
        self.push_to(end, true);
        self.line_start()
    }

    /// The break that ends the last line of a block.
    fn block_end(&self, mut newline: isize) -> isize {
        loop {
            let from = usize::try_from(newline + 1).unwrap_or(0);
            let Some(next) = self.continued(from) else { return newline };
            match self.find(b'\n', next) {
                Some(at) => newline = at as isize,
                None => return self.bytes.len() as isize,
            }
        }
    }

    /// Moves the end over a tab-indented rest, or back over empty lines.
    fn block_tail(&self, mut newline: isize, indent: isize) -> isize {
        let mut at = usize::try_from(newline + 1).unwrap_or(0);
        while self.byte(at) == Some(b' ') {
            at += 1;
        }
        if self.byte(at) == Some(b'\t') {
            while matches!(self.byte(at), Some(b'\t' | b' ' | b'\r' | b'\n')) {
                at += 1;
            }
            return at as isize - 1;
        }
        if self.block_keep {
            return newline;
        }
        let byte = |at: isize| usize::try_from(at).ok().and_then(|at| self.byte(at));
        loop {
            let mut at = newline - 1;
            if byte(at) == Some(b'\r') {
                at -= 1;
            }
            let last = at;
            while byte(at) == Some(b' ') {
                at -= 1;
            }
            if byte(at) == Some(b'\n') && at >= self.at as isize && at + 1 + indent > last {
                newline = at;
            } else {
                return newline;
            }
        }
    }

    fn plain(&mut self) -> State {
        let flow = self.flow_level > 0;
        let mut end = self.at;
        let mut at = self.at;
        while let Some(byte) = self.byte(at) {
            match byte {
                b':' => {
                    let next = self.byte(at + 1);
                    if is_empty(next) || (flow && is_flow_indicator(next)) {
                        break;
                    }
                    end = at + 1;
                }
                b' ' | b'\n' | b'\r' | b'\t' => {
                    let mut break_here = byte == b'\n';
                    let mut next = self.byte(at + 1);
                    if byte == b'\r' {
                        if next == Some(b'\n') {
                            at += 1;
                            break_here = true;
                            next = self.byte(at + 1);
                        } else {
                            end = at + 1;
                        }
                    }
                    if next == Some(b'#') || (flow && is_flow_indicator(next)) {
                        break;
                    }
                    if break_here {
                        let Some(next) = self.continued(at + 1) else { break };
                        // On to the line's content, but not past the blank before a comment.
                        at = at.max(next.saturating_sub(2));
                    }
                }
                _ if flow && is_flow_indicator(Some(byte)) => break,
                _ => end = at + 1,
            }
            at += 1;
        }
        self.out.push_back(Lexeme::Scalar);
        self.push_to(end, true);
        self.after_scalar()
    }

    fn push_indicators(&mut self) {
        loop {
            match self.ahead(0) {
                Some(b'!') => {
                    self.push_tag();
                }
                Some(b'&') => {
                    self.push_name();
                }
                Some(b'-' | b'?' | b':') => {
                    let flow = self.flow_level > 0;
                    let next = self.ahead(1);
                    if !(is_empty(next) || (flow && is_flow_indicator(next))) {
                        return;
                    }
                    if !flow {
                        self.indent_next = self.indent + 1;
                    } else if self.flow_key {
                        self.flow_key = false;
                    }
                    self.push_count(1);
                }
                _ => return,
            }
            self.push_spaces(true);
        }
    }

    fn push_tag(&mut self) {
        let mut at;
        if self.ahead(1) == Some(b'<') {
            at = self.at + 2;
            while !is_empty(self.byte(at)) && self.byte(at) != Some(b'>') {
                at += 1;
            }
            at += usize::from(self.byte(at) == Some(b'>'));
        } else {
            at = self.at + 1;
            while let Some(byte) = self.byte(at) {
                if is_tag(byte) {
                    at += 1;
                } else if byte == b'%' && [1, 2].iter().all(|by| self.byte(at + by).is_some_and(|hex| hex.is_ascii_hexdigit())) {
                    at += 3;
                } else {
                    break;
                }
            }
        }
        self.push_to(at, false);
    }
}
