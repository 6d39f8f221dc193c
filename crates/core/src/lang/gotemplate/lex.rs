//! The lexer of `text/template/parse`.

use crate::lang::gofmt::unicode::{is_digit, is_letter};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Error,
    Bool,
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

/// A token: its text (or the message of an error), byte offset and line.
#[derive(Debug, Clone)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) at: usize,
    pub(super) text: &'t str,
    pub(super) line: usize,
    pub(super) message: Option<String>,
}

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

struct Lexer<'t> {
    input: &'t str,
    at: usize,
    start: usize,
    line: usize,
    start_line: usize,
    depth: usize,
    tokens: Vec<Token<'t>>,
}

/// All tokens; the last one is the end or an error.
pub(super) fn lex(input: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { input, at: 0, start: 0, line: 1, start_line: 1, depth: 0, tokens: Vec::new() };
    // Each step either makes a token or moves on; `None` ends.
    while lexer.text().is_some() {}
    lexer.tokens
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || is_letter(c) || is_digit(c)
}

fn left_trim_marker(text: &str) -> bool {
    text.starts_with('-') && text.get(1..).is_some_and(|rest| rest.starts_with(SPACES))
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.input.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    fn count_lines(&mut self) {
        let text = self.input.get(self.start..self.at).unwrap_or_default();
        self.line += text.bytes().filter(|b| *b == b'\n').count();
    }

    fn emit(&mut self, kind: Kind) {
        let text = self.input.get(self.start..self.at).unwrap_or_default();
        self.tokens.push(Token { kind, at: self.start, text, line: self.start_line, message: None });
        self.start = self.at;
        self.start_line = self.line;
    }

    fn ignore(&mut self) {
        self.start = self.at;
        self.start_line = self.line;
    }

    fn fail(&mut self, message: impl Into<String>) -> Option<()> {
        self.tokens.push(Token { kind: Kind::Error, at: self.start, text: "", line: self.start_line, message: Some(message.into()) });
        None
    }

    /// Text up to the next action, then the action.
    fn text(&mut self) -> Option<()> {
        let rest = self.rest();
        let Some(offset) = rest.find("{{") else {
            self.at = self.input.len();
            if self.at > self.start {
                self.count_lines();
                self.emit(Kind::Text);
            }
            self.emit(Kind::Eof);
            return None;
        };
        if offset > 0 {
            let text = rest.get(..offset).unwrap_or_default();
            let trimmed = left_trim_marker(rest.get(offset + 2..).unwrap_or_default());
            let kept = if trimmed { text.trim_end_matches(SPACES).len() } else { offset };
            self.at += kept;
            self.count_lines();
            if kept > 0 {
                self.emit(Kind::Text);
            } else {
                self.ignore();
            }
            self.at += offset - kept;
            self.count_lines();
            self.ignore();
        }
        self.left_delim()
    }

    fn left_delim(&mut self) -> Option<()> {
        self.at += 2;
        let marker = if left_trim_marker(self.rest()) { 2 } else { 0 };
        if self.rest().get(marker..).is_some_and(|rest| rest.starts_with("/*")) {
            self.at += marker;
            self.count_lines();
            self.ignore();
            return self.comment();
        }
        self.emit(Kind::LeftDelim);
        self.at += marker;
        self.count_lines();
        self.ignore();
        self.depth = 0;
        while self.inside()? {}
        Some(())
    }

    fn comment(&mut self) -> Option<()> {
        self.at += 2;
        let Some(end) = self.rest().find("*/") else { return self.fail("unclosed comment") };
        self.at += end + 2;
        let Some(trim) = self.at_right_delim() else { return self.fail("comment ends before closing delimiter") };
        self.skip_right_delim(trim);
        self.count_lines();
        self.ignore();
        Some(())
    }

    /// Whether the closing delimiter is here, and whether it trims.
    fn at_right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with(SPACES) && rest.get(1..).is_some_and(|rest| rest.starts_with("-}}")) {
            return Some(true);
        }
        rest.starts_with("}}").then_some(false)
    }

    fn skip_right_delim(&mut self, trim: bool) {
        self.at += if trim { 4 } else { 2 };
        if trim {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(SPACES).len();
        }
    }

    fn right_delim(&mut self, trim: bool) {
        if trim {
            self.at += 2;
            self.count_lines();
            self.ignore();
        }
        self.at += 2;
        self.emit(Kind::RightDelim);
        if trim {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(SPACES).len();
            self.count_lines();
            self.ignore();
        }
    }

    /// One token inside an action; `Some(false)` when the action is over.
    fn inside(&mut self) -> Option<bool> {
        if let Some(trim) = self.at_right_delim() {
            if self.depth > 0 {
                self.fail("unclosed left paren")?;
            }
            self.right_delim(trim);
            return Some(false);
        }
        let Some(c) = self.next() else {
            self.fail("unclosed action")?;
            return None;
        };
        match c {
            ' ' | '\t' | '\r' | '\n' => return self.space(),
            '=' => self.emit(Kind::Assign),
            ':' => {
                if self.next() != Some('=') {
                    self.fail("expected :=")?;
                }
                self.emit(Kind::Declare);
            }
            '|' => self.emit(Kind::Pipe),
            '"' => self.quoted('"', Kind::String, "unterminated quoted string")?,
            '\'' => self.quoted('\'', Kind::CharConstant, "unterminated character constant")?,
            '`' => self.raw()?,
            '$' => self.field(Kind::Variable)?,
            '.' if !self.rest().starts_with(|c: char| c.is_ascii_digit()) => self.field(Kind::Field)?,
            '.' | '+' | '-' | '0'..='9' => {
                self.at -= 1;
                self.number()?;
            }
            c if is_alphanumeric(c) => self.identifier()?,
            '(' => {
                self.depth += 1;
                self.emit(Kind::LeftParen);
            }
            ')' => {
                if self.depth == 0 {
                    self.fail("unexpected right paren")?;
                }
                self.depth -= 1;
                self.emit(Kind::RightParen);
            }
            ' '..='~' => self.emit(Kind::Char),
            c => self.fail(format!("unrecognized character in action: U+{:04X} '{c}'", c as u32))?,
        }
        Some(true)
    }

    fn space(&mut self) -> Option<bool> {
        let mut count = 1;
        while self.peek().is_some_and(|c| SPACES.contains(&c)) {
            self.next();
            count += 1;
        }
        // A blank before "-}}" belongs to the delimiter.
        if self.input.get(self.at - 1..).is_some_and(|rest| rest.get(1..).is_some_and(|rest| rest.starts_with("-}}"))) {
            self.at -= 1;
            if self.input.as_bytes().get(self.at) == Some(&b'\n') {
                self.line -= 1;
            }
            if count == 1 {
                self.right_delim(true);
                return Some(false);
            }
        }
        self.emit(Kind::Space);
        Some(true)
    }

    fn quoted(&mut self, mark: char, kind: Kind, message: &str) -> Option<()> {
        loop {
            match self.next() {
                Some('\\') if !matches!(self.peek(), None | Some('\n')) => {
                    self.next();
                }
                Some('\\' | '\n') | None => return self.fail(message),
                Some(c) if c == mark => break,
                Some(_) => {}
            }
        }
        self.emit(kind);
        Some(())
    }

    fn raw(&mut self) -> Option<()> {
        loop {
            match self.next() {
                None => return self.fail("unterminated raw quoted string"),
                Some('`') => break,
                Some(_) => {}
            }
        }
        self.emit(Kind::RawString);
        Some(())
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None => true,
            Some(c) if SPACES.contains(&c) => true,
            Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(_) => self.rest().starts_with("}}"),
        }
    }

    fn field(&mut self, kind: Kind) -> Option<()> {
        if self.at_terminator() {
            self.emit(if kind == Kind::Variable { kind } else { Kind::Dot });
            return Some(());
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        if !self.at_terminator() {
            return self.bad_character();
        }
        self.emit(kind);
        Some(())
    }

    fn bad_character(&mut self) -> Option<()> {
        let c = self.peek().unwrap_or('\u{fffd}');
        self.fail(format!("bad character U+{:04X} '{c}'", c as u32))
    }

    fn identifier(&mut self) -> Option<()> {
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        if !self.at_terminator() {
            return self.bad_character();
        }
        let word = self.input.get(self.start..self.at).unwrap_or_default();
        self.emit(match word {
            "block" => Kind::Block,
            "break" => Kind::Break,
            "continue" => Kind::Continue,
            "define" => Kind::Define,
            "else" => Kind::Else,
            "end" => Kind::End,
            "if" => Kind::If,
            "nil" => Kind::Nil,
            "range" => Kind::Range,
            "template" => Kind::Template,
            "with" => Kind::With,
            "true" | "false" => Kind::Bool,
            _ => Kind::Identifier,
        });
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        let good = self.scan_number();
        let signed = good && matches!(self.peek(), Some('+' | '-'));
        let complex = signed && self.scan_number() && self.input.get(..self.at).is_some_and(|text| text.ends_with('i'));
        if !good || (signed && !complex) {
            let text = self.input.get(self.start..self.at).unwrap_or_default().to_owned();
            return self.fail(format!("bad number syntax: {text:?}"));
        }
        self.emit(if complex { Kind::Complex } else { Kind::Number });
        Some(())
    }

    fn accept(&mut self, valid: &str) -> bool {
        let found = self.peek().is_some_and(|c| valid.contains(c));
        if found {
            self.next();
        }
        found
    }

    fn accept_run(&mut self, valid: &str) {
        while self.accept(valid) {}
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        if digits.len() == 11 && self.accept("eE") {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        if digits.len() == 23 && self.accept("pP") {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }
}
