//! Lua 5.1 tokens, with `::` and `goto` as gopher-lua has them.

use std::rc::Rc;

use super::ast::Bytes;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(Bytes),
    Keyword(&'static str),
    Symbol(&'static str),
    Text(Bytes),
    Number(f64),
    End,
}

#[derive(Debug, Clone)]
pub(super) struct Spanned {
    pub(super) token: Token,
    pub(super) line: u32,
    pub(super) column: u32,
    /// As written, for messages.
    pub(super) raw: String,
}

const KEYWORDS: &[&str] = &[
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil", "not", "or", "repeat",
    "return", "then", "true", "until", "while",
];

const SYMBOLS: &[&str] = &[
    "...", "..", "==", "~=", "<=", ">=", "::", "+", "-", "*", "/", "%", "^", "#", "<", ">", "=", "(", ")", "{", "}", "[", "]", ";", ":",
    ",", ".",
];

pub(super) struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    line: u32,
    line_start: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text: text.as_bytes(), at: 0, line: 1, line_start: 0 }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn bump(&mut self) -> u8 {
        let byte = self.peek(0);
        self.at += 1;
        if byte == b'\n' {
            self.line += 1;
            self.line_start = self.at;
        }
        byte
    }

    fn column(&self) -> u32 {
        u32::try_from(self.at.saturating_sub(self.line_start)).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// The message gopher-lua's lexer gives.
    fn error(&self, near: &str, message: &str) -> String {
        format!("<string> line:{}(column:{}) near '{near}':   {message}\n", self.line, self.column().saturating_sub(1))
    }

    pub(super) fn next(&mut self) -> Result<Spanned, String> {
        self.blank()?;
        let (line, column, start) = (self.line, self.column(), self.at);
        let token = self.token()?;
        let raw = String::from_utf8_lossy(self.text.get(start..self.at.min(self.text.len())).unwrap_or_default()).into_owned();
        Ok(Spanned { token, line, column, raw })
    }

    fn blank(&mut self) -> Result<(), String> {
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.bump();
                }
                b'-' if self.peek(1) == b'-' => {
                    self.at += 2;
                    if self.peek(0) == b'[' && self.long_level().is_some() {
                        self.long_text()?;
                    } else {
                        while self.at < self.text.len() && self.peek(0) != b'\n' {
                            self.at += 1;
                        }
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    fn token(&mut self) -> Result<Token, String> {
        let first = self.peek(0);
        if self.at >= self.text.len() {
            return Ok(Token::End);
        }
        if first.is_ascii_alphabetic() || first == b'_' {
            let start = self.at;
            while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
                self.at += 1;
            }
            let word = self.text.get(start..self.at).unwrap_or_default();
            return Ok(match KEYWORDS.iter().find(|keyword| keyword.as_bytes() == word) {
                Some(keyword) => Token::Keyword(keyword),
                None => Token::Name(word.into()),
            });
        }
        if first.is_ascii_digit() || (first == b'.' && self.peek(1).is_ascii_digit()) {
            return self.number();
        }
        if first == b'"' || first == b'\'' {
            return self.quoted(first);
        }
        if first == b'[' && self.long_level().is_some() {
            return self.long_text().map(Token::Text);
        }
        match SYMBOLS.iter().find(|symbol| self.text.get(self.at..).is_some_and(|rest| rest.starts_with(symbol.as_bytes()))) {
            Some(symbol) => {
                self.at += symbol.len();
                Ok(Token::Symbol(symbol))
            }
            None => {
                self.bump();
                let near = char::from(first).to_string();
                Err(self.error(&near, &format!("Invalid '{near}' token")))
            }
        }
    }

    fn number(&mut self) -> Result<Token, String> {
        let start = self.at;
        let hexadecimal = self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X');
        while self.peek(0).is_ascii_alphanumeric()
            || self.peek(0) == b'.'
            || (!hexadecimal && matches!(self.peek(0), b'+' | b'-') && self.exponent(start))
        {
            self.at += 1;
        }
        let raw = String::from_utf8_lossy(self.text.get(start..self.at).unwrap_or_default()).into_owned();
        super::number::parse(&raw).map(Token::Number).ok_or_else(|| self.error(&raw, "malformed number"))
    }

    fn exponent(&self, start: usize) -> bool {
        self.at > start && matches!(self.text.get(self.at - 1), Some(b'e' | b'E'))
    }

    fn quoted(&mut self, quote: u8) -> Result<Token, String> {
        self.bump();
        let mut bytes = Vec::new();
        loop {
            if self.at >= self.text.len() {
                return Err(self.error(&String::from_utf8_lossy(&bytes), "unterminated string"));
            }
            match self.bump() {
                byte if byte == quote => return Ok(Token::Text(bytes.into())),
                b'\n' => return Err(self.error(&String::from_utf8_lossy(&bytes), "unterminated string")),
                b'\\' => self.escape(&mut bytes),
                byte => bytes.push(byte),
            }
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) {
        match self.bump() {
            b'a' => bytes.push(7),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'v' => bytes.push(11),
            digit @ b'0'..=b'9' => {
                let mut code = u32::from(digit - b'0');
                for _ in 0..2 {
                    if !self.peek(0).is_ascii_digit() {
                        break;
                    }
                    code = code * 10 + u32::from(self.bump() - b'0');
                }
                bytes.push(code.to_le_bytes()[0]);
            }
            other => bytes.push(other),
        }
    }

    /// The number of `=` when a long bracket opens here.
    fn long_level(&self) -> Option<usize> {
        let mut level = 0;
        while self.peek(1 + level) == b'=' {
            level += 1;
        }
        (self.peek(0) == b'[' && self.peek(1 + level) == b'[').then_some(level)
    }

    fn long_text(&mut self) -> Result<Bytes, String> {
        let level = self.long_level().unwrap_or(0);
        self.at += level + 2;
        if self.peek(0) == b'\r' {
            self.bump();
        }
        if self.peek(0) == b'\n' {
            self.bump();
        }
        let closing: Vec<u8> = std::iter::once(b']').chain(std::iter::repeat_n(b'=', level)).chain(std::iter::once(b']')).collect();
        let mut bytes = Vec::new();
        loop {
            if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(&closing)) {
                self.at += closing.len();
                return Ok(Rc::from(bytes));
            }
            if self.at >= self.text.len() {
                return Err(self.error("", "unterminated multiline string"));
            }
            bytes.push(self.bump());
        }
    }
}
