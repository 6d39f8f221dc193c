//! The text form of a selector.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::kube::names;

use super::{Operator, Requirement, Rules};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    End,
    Close,
    Comma,
    Bang,
    DoubleEquals,
    Equals,
    Greater,
    Less,
    NotEquals,
    Open,
    In,
    NotIn,
    Word(String),
    Bad(String),
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::End => "",
            Self::Close => ")",
            Self::Comma => ",",
            Self::Bang => "!",
            Self::DoubleEquals => "==",
            Self::Equals => "=",
            Self::Greater => ">",
            Self::Less => "<",
            Self::NotEquals => "!=",
            Self::Open => "(",
            Self::In => "in",
            Self::NotIn => "notin",
            Self::Word(text) | Self::Bad(text) => text,
        }
    }

    fn symbol(text: &str) -> Option<Self> {
        Some(match text {
            ")" => Self::Close,
            "," => Self::Comma,
            "!" => Self::Bang,
            "==" => Self::DoubleEquals,
            "=" => Self::Equals,
            ">" => Self::Greater,
            "<" => Self::Less,
            "!=" => Self::NotEquals,
            "(" => Self::Open,
            _ => return None,
        })
    }

    /// As a value, `in` and `notin` are words.
    fn word(&self) -> Option<&str> {
        matches!(self, Self::Word(_) | Self::In | Self::NotIn).then(|| self.text())
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_symbol(byte: u8) -> bool {
    b"=!(),><".contains(&byte)
}

/// All tokens; a NUL ends the text, as upstream's reader takes it for the end.
fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        while is_space(byte(at)) {
            at += 1;
        }
        let start = at;
        if byte(at) == 0 {
            tokens.push(Token::End);
            return tokens;
        }
        if is_symbol(byte(at)) {
            let (token, end) = symbol(text, start);
            tokens.push(token);
            at = end;
            continue;
        }
        while byte(at) != 0 && !is_space(byte(at)) && !is_symbol(byte(at)) {
            at += 1;
        }
        let word = text.get(start..at).unwrap_or_default();
        tokens.push(match word {
            "in" => Token::In,
            "notin" => Token::NotIn,
            _ => Token::Word(word.to_owned()),
        });
        if byte(at) == 0 && at < bytes.len() {
            // Upstream steps over the NUL that ended a word.
            at += 1;
        }
    }
}

/// The longest run of symbols that still is one, grown one by one.
fn symbol(text: &str, start: usize) -> (Token, usize) {
    let mut found = None;
    let mut end = start;
    while text.as_bytes().get(end).copied().is_some_and(is_symbol) {
        match Token::symbol(text.get(start..=end).unwrap_or_default()) {
            Some(token) => found = Some(token),
            None if found.is_some() => break,
            None => {}
        }
        end += 1;
    }
    let seen = text.get(start..end).unwrap_or_default();
    (found.unwrap_or_else(|| Token::Bad(format!("error expected: keyword found '{seen}'"))), end)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

fn expected<T>(found: &Token, what: &str) -> Result<T> {
    Err(Error::upstream(format!("found '{}', expected: {what}", found.text())))
}

pub(super) fn parse(text: &str) -> Result<Vec<Requirement>> {
    let mut parser = Parser { tokens: tokens(text), at: 0 };
    let mut requirements = Vec::new();
    loop {
        match parser.peek() {
            Token::End => return Ok(requirements),
            token if token.word().is_some() || token == Token::Bang => {
                let requirement = parser.requirement();
                requirements.push(requirement.map_err(|error| Error::upstream(format!("unable to parse requirement: {error}")))?);
                match parser.next() {
                    Token::End => return Ok(requirements),
                    Token::Comma => {
                        let next = parser.peek();
                        if next.word().is_none() && next != Token::Bang {
                            return expected(&next, "identifier after ','");
                        }
                    }
                    other => return expected(&other, "',' or 'end of string'"),
                }
            }
            other => return expected(&other, "!, identifier, or 'end of string'"),
        }
    }
}

impl Parser {
    fn peek(&self) -> Token {
        self.tokens.get(self.at).cloned().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement> {
        let mut token = self.next();
        let negated = token == Token::Bang;
        if negated {
            token = self.next();
        }
        let Some(key) = token.word() else { return expected(&token, "identifier") };
        let messages = names::qualified_name(key);
        if !messages.is_empty() {
            return Err(Error::upstream(format!("Invalid value: {key:?}: {}", messages.join("; "))));
        }
        let key = key.to_owned();
        if negated {
            return Requirement::new(key, Operator::DoesNotExist, Vec::new(), Rules::Strict);
        }
        if matches!(self.peek(), Token::End | Token::Comma) {
            return Requirement::new(key, Operator::Exists, Vec::new(), Rules::Strict);
        }
        let operator = match self.next() {
            Token::In => Operator::In,
            Token::Equals => Operator::Equals,
            Token::DoubleEquals => Operator::DoubleEquals,
            Token::Greater => Operator::GreaterThan,
            Token::Less => Operator::LessThan,
            Token::NotIn => Operator::NotIn,
            Token::NotEquals => Operator::NotEquals,
            other => return expected(&other, "in, notin, =, ==, !=, gt, lt"),
        };
        let values = match operator {
            Operator::In | Operator::NotIn => self.values()?,
            _ => self.exact_value()?,
        };
        Requirement::new(key, operator, values.into_iter().collect(), Rules::Strict)
    }

    /// `(a, b)`; empty places are empty values.
    fn values(&mut self) -> Result<BTreeSet<String>> {
        let open = self.next();
        if open != Token::Open {
            return expected(&open, "'('");
        }
        let mut values = BTreeSet::new();
        if self.peek() == Token::Close {
            self.next();
            values.insert(String::new());
            return Ok(values);
        }
        if self.peek() != Token::Comma && self.peek().word().is_none() {
            return expected(&self.peek(), "',', ')' or identifier");
        }
        loop {
            let token = self.next();
            if token == Token::Comma {
                if values.is_empty() || matches!(self.peek(), Token::Close | Token::Comma) {
                    values.insert(String::new());
                }
                if self.peek() == Token::Close {
                    break;
                }
            } else if let Some(word) = token.word() {
                values.insert(word.to_owned());
                match self.peek() {
                    Token::Comma => {}
                    Token::Close => break,
                    other => return expected(&other, "',' or ')'"),
                }
            } else {
                return expected(&token, "',', or identifier");
            }
        }
        self.next();
        Ok(values)
    }

    fn exact_value(&mut self) -> Result<BTreeSet<String>> {
        if matches!(self.peek(), Token::End | Token::Comma) {
            return Ok(BTreeSet::from([String::new()]));
        }
        let token = self.next();
        match token.word() {
            Some(word) => Ok(BTreeSet::from([word.to_owned()])),
            None => expected(&token, "identifier"),
        }
    }
}
