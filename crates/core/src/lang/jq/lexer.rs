//! Tokens of a query; strings are read by the parser, which knows about interpolation.

use crate::lang::LangError;

/// A lexeme.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    End,
    /// A name, perhaps `module::name`.
    Ident(String),
    Keyword(&'static str),
    /// `$name`, the dollar included.
    Variable(String),
    /// `.name` without the dot.
    Field(String),
    Number(String),
    /// `@name`, the sign included.
    Format(String),
    /// An opening quote; the parser goes on from here.
    Quote,
    /// Anything else, by its text.
    Sign(&'static str),
}

const KEYWORDS: [&str; 21] = [
    "or", "and", "module", "import", "include", "def", "as", "label", "break", "null", "true", "false", "if", "then", "elif", "else",
    "end", "try", "catch", "reduce", "foreach",
];

/// Longest first.
const SIGNS: [&str; 35] = [
    "//=", "?//", "..", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", ">=", "<=", "//", "|", "?", "+", "-", "*", "/", "%", "=", ">", "<",
    ".", ",", ":", ";", "(", ")", "[", "]", "{", "}", "$",
];

/// Reads one token after the other.
pub(super) struct Lexer<'s> {
    pub(super) source: &'s str,
    pub(super) at: usize,
}

fn is_ident(byte: u8, tail: bool) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || (tail && byte.is_ascii_digit())
}

impl Lexer<'_> {
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.source.as_bytes().get(at).copied().unwrap_or(0)
    }

    fn skip(&mut self) {
        loop {
            match self.byte(self.at) {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'#' => self.comment(),
                _ => return,
            }
        }
    }

    /// To the end of the line; a backslash keeps it going.
    fn comment(&mut self) {
        while self.at < self.source.len() {
            match self.byte(self.at) {
                0 => {
                    self.at = self.source.len();
                }
                b'\\' => {
                    self.at += 1;
                    match self.byte(self.at) {
                        b'\\' | b'\n' => self.at += 1,
                        b'\r' => self.at += 1 + usize::from(self.byte(self.at + 1) == b'\n'),
                        _ => {}
                    }
                }
                b'\n' | b'\r' => return,
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.source.len());
    }

    fn text(&self, from: usize) -> &str {
        self.source.get(from..self.at).unwrap_or_default()
    }

    fn ident(&mut self) {
        while is_ident(self.byte(self.at), true) {
            self.at += 1;
        }
    }

    fn ident_or_module(&mut self) {
        self.ident();
        if self.byte(self.at) == b':' && self.byte(self.at + 1) == b':' && is_ident(self.byte(self.at + 2), false) {
            self.at += 2;
            self.ident();
        }
    }

    pub(super) fn next(&mut self) -> Result<(Token, usize), LangError> {
        self.skip();
        let from = self.at;
        let (first, second) = (self.byte(from), self.byte(from + 1));
        if from >= self.source.len() {
            return Ok((Token::End, from));
        }
        let token = if is_ident(first, false) {
            self.ident_or_module();
            let text = self.text(from);
            match KEYWORDS.iter().find(|keyword| **keyword == text) {
                Some(keyword) => Token::Keyword(keyword),
                None => Token::Ident(text.to_owned()),
            }
        } else if first.is_ascii_digit() || (first == b'.' && second.is_ascii_digit()) {
            self.number()?;
            Token::Number(self.text(from).to_owned())
        } else if first == b'.' && is_ident(second, false) {
            self.at += 1;
            self.ident();
            Token::Field(self.text(from + 1).to_owned())
        } else if first == b'$' && is_ident(second, false) {
            self.at += 1;
            self.ident_or_module();
            Token::Variable(self.text(from).to_owned())
        } else if first == b'@' && is_ident(second, true) {
            self.at += 1;
            self.ident();
            Token::Format(self.text(from).to_owned())
        } else if first == b'"' {
            self.at += 1;
            Token::Quote
        } else {
            let rest = self.source.get(from..).unwrap_or_default();
            let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) else {
                let token: String = rest.chars().take(1).collect();
                return Err(LangError::compile(from, format!("unexpected token {token:?}")));
            };
            self.at += sign.len();
            Token::Sign(sign)
        };
        Ok((token, from))
    }

    fn invalid<T>(&self, from: usize) -> Result<T, LangError> {
        Err(LangError::compile(from, format!("invalid token {:?}", self.text(from))))
    }

    fn number(&mut self) -> Result<(), LangError> {
        let from = self.at;
        let (mut dot, mut exponent) = (false, false);
        loop {
            match self.byte(self.at) {
                b'0'..=b'9' => self.at += 1,
                b'.' if !dot && !exponent => {
                    dot = true;
                    self.at += 1;
                }
                b'.' if !exponent => {
                    self.at += 1;
                    return self.invalid(from);
                }
                b'e' | b'E' if !exponent => {
                    exponent = true;
                    self.at += 1;
                    self.at += usize::from(matches!(self.byte(self.at), b'-' | b'+'));
                    if !self.byte(self.at).is_ascii_digit() {
                        return self.invalid(from);
                    }
                }
                byte if is_ident(byte, false) => {
                    self.at += 1;
                    return self.invalid(from);
                }
                _ => return Ok(()),
            }
        }
    }
}

/// Whether `tonumber` takes a text.
pub(super) fn valid_number(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = text.strip_prefix('.').unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let mut lexer = Lexer { source: text, at: 0 };
    lexer.number().is_ok() && lexer.at == text.len()
}
