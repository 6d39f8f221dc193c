//! Code to tokens.

use std::rc::Rc;

use smallvec::SmallVec;

use super::super::ast::Name;
use super::super::error::{Outcome, TemplateError};
use super::super::regex::{Pattern, weight};
use super::code::{is_code_space, name_end, regex_literal};

/// Whether templates may never say this name.
pub(in super::super) fn is_reserved(name: &str) -> bool {
    matches!(name, "constructor" | "prototype" | "__proto__")
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    Name(Name),
    Number(f64),
    Text(Rc<str>),
    Regex { source: Rc<str>, flags: Rc<str> },
    Operator(&'static str),
    End,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) at: u32,
}

/// Whether a token is the name of a called `super` that is no member.
fn calls_super(tokens: &[Token], at: usize) -> bool {
    let is = |at: Option<usize>, text: &str| {
        at.and_then(|at| tokens.get(at)).is_some_and(|token| match &token.kind {
            TokenKind::Name(name) => name == text,
            TokenKind::Operator(operator) => *operator == text,
            _ => false,
        })
    };
    is(Some(at), "super") && is(Some(at + 1), "(") && !is(at.checked_sub(1), ".")
}

/// The operator that a text begins with.
fn operator(text: &[u8]) -> Option<&'static str> {
    Some(match text {
        [b'=', b'=', b'=', ..] => "===",
        [b'!', b'=', b'=', ..] => "!==",
        [b'*', b'*', ..] => "**",
        [b'/', b'/', ..] => "//",
        [b'=', b'=', ..] => "==",
        [b'!', b'=', ..] => "!=",
        [b'<', b'=', ..] => "<=",
        [b'>', b'=', ..] => ">=",
        [b'(', ..] => "(",
        [b')', ..] => ")",
        [b'[', ..] => "[",
        [b']', ..] => "]",
        [b'{', ..] => "{",
        [b'}', ..] => "}",
        [b'.', ..] => ".",
        [b',', ..] => ",",
        [b':', ..] => ":",
        [b'|', ..] => "|",
        [b'~', ..] => "~",
        [b'+', ..] => "+",
        [b'-', ..] => "-",
        [b'*', ..] => "*",
        [b'/', ..] => "/",
        [b'%', ..] => "%",
        [b'<', ..] => "<",
        [b'>', ..] => ">",
        [b'=', ..] => "=",
        _ => return None,
    })
}

/// What ends a name of nunjucks, which may hold any other character.
const LEGACY_DELIMITERS: &str = "()[]{}%*-+~/#,:|.<>=!";

/// What all regular expressions of a template may weigh, in characters with repetitions multiplied.
const MAX_PATTERNS: usize = 4_000_000;

/// What the expressions of one template have in common: the room for their tokens.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    tokens: SmallVec<[Token; 8]>,
    /// What the regular expressions of the template weigh.
    patterns: usize,
    /// How often nunjucks would find a call of `super`.
    supers: usize,
}

impl Lexicon {
    /// How many calls of `super` there were so far, where nunjucks compiles the template.
    pub(super) fn supers(&self) -> usize {
        self.supers
    }

    /// Goes back to an earlier count: nunjucks does not look for calls where the later ones are.
    pub(super) fn overlook_supers(&mut self, supers: usize) {
        self.supers = supers;
    }

    /// A regular expression, compiled to see whether it is one, and where it ends.
    fn pattern(&mut self, source: &str, at: usize) -> Outcome<(TokenKind, usize)> {
        let literal = regex_literal(source, at)?;
        self.patterns = self.patterns.saturating_add(weight(literal.source));
        if self.patterns > MAX_PATTERNS {
            return Err(TemplateError::limit("regular-expression"));
        }
        if Pattern::new(literal.source, literal.flags).is_err() {
            return Err(TemplateError::syntax("Invalid regular-expression literal", at));
        }
        Ok((TokenKind::Regex { source: literal.source.into(), flags: literal.flags.into() }, literal.end))
    }

    /// Tokens of a piece of code that starts at `offset` in the template. Names after dots may start with digits unless `strict`.
    pub(super) fn tokenize(&mut self, source: &str, offset: usize, leading_digits: bool) -> Outcome<&[Token]> {
        self.tokens.clear();
        self.read(source, offset, leading_digits)?;
        if !leading_digits {
            self.supers += (0..self.tokens.len()).filter(|at| calls_super(&self.tokens, *at)).count();
        }
        Ok(&self.tokens)
    }

    fn is_after_dot(&self) -> bool {
        matches!(self.tokens.last(), Some(Token { kind: TokenKind::Operator("."), .. }))
    }

    fn is_after_operand(&self) -> bool {
        let Some(last) = self.tokens.last() else { return false };
        match last.kind {
            TokenKind::Name(_) | TokenKind::Number(_) | TokenKind::Text(_) | TokenKind::Regex { .. } => true,
            TokenKind::Operator(operator) => matches!(operator, ")" | "]" | "}"),
            TokenKind::End => false,
        }
    }

    fn read(&mut self, source: &str, offset: usize, leading_digits: bool) -> Outcome<()> {
        let legacy = !leading_digits;
        let bytes = source.as_bytes();
        let mut at = 0;
        while let Some(c) = source.get(at..).and_then(|rest| rest.chars().next()) {
            if is_code_space(c) {
                at += c.len_utf8();
                continue;
            }
            let start = at;
            let wrong = |message: &str| Err(TemplateError::syntax(message, offset + start));
            let kind = if legacy && !LEGACY_DELIMITERS.contains(c) && !matches!(c, '"' | '\'') {
                let rest = source.get(at..).unwrap_or_default();
                if rest.starts_with("r/") {
                    let (kind, end) = self.pattern(source, at).map_err(|error| TemplateError { offset: Some(offset + at), ..error })?;
                    at = end;
                    kind
                } else {
                    let length = rest.find(|c| LEGACY_DELIMITERS.contains(c) || is_code_space(c)).unwrap_or(rest.len());
                    let run = rest.get(..length).unwrap_or_default();
                    if run.bytes().all(|b| b.is_ascii_digit()) {
                        at = number_end(bytes, at);
                        TokenKind::Number(source.get(start..at).unwrap_or_default().parse().unwrap_or(f64::NAN))
                    } else {
                        at += length;
                        TokenKind::Name(run.into())
                    }
                }
            } else if let Some(end) = name_end(source, at, leading_digits && c.is_ascii_digit() && self.is_after_dot()) {
                let name = source.get(at..end).unwrap_or_default();
                if name == "r" && bytes.get(end) == Some(&b'/') {
                    let (kind, end) = self.pattern(source, at).map_err(|error| TemplateError { offset: Some(offset + at), ..error })?;
                    at = end;
                    kind
                } else {
                    at = end;
                    TokenKind::Name(name.into())
                }
            } else if c == '.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) && !self.is_after_operand() {
                return wrong("Invalid numeric literal");
            } else if c.is_ascii_digit() {
                at = number_end(bytes, at);
                if bytes.get(at).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_') {
                    return wrong("Invalid numeric literal");
                }
                TokenKind::Number(source.get(start..at).unwrap_or_default().parse().unwrap_or(f64::NAN))
            } else if c == '"' || c == '\'' {
                let (text, end) = string(source, at, c).ok_or_else(|| TemplateError::syntax("Unterminated string literal", offset + at))?;
                at = end;
                TokenKind::Text(text.into())
            } else {
                let rest = bytes.get(at..).unwrap_or_default();
                match operator(rest) {
                    Some(operator) => {
                        at += operator.len();
                        TokenKind::Operator(operator)
                    }
                    None => return wrong(&format!("Unexpected character {:?}", c.to_string())),
                }
            };
            self.tokens.push(Token { kind, at: (offset + start) as u32 });
        }
        self.tokens.push(Token { kind: TokenKind::End, at: (offset + source.len()) as u32 });
        Ok(())
    }
}

fn number_end(bytes: &[u8], start: usize) -> usize {
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let whole = digits(start);
    if bytes.get(whole) == Some(&b'.') { digits(whole + 1) } else { whole }
}

/// A string literal and its end; `\n`, `\r` and `\t` are the only escapes with a meaning.
fn string(source: &str, start: usize, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut chars = source.get(start + 1..)?.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Some((text, start + 1 + at + 1)),
            '\\' => match chars.next()?.1 {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                other => text.push(other),
            },
            c => text.push(c),
        }
    }
    None
}
