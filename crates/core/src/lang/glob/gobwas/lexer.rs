//! Tokens of a gobwas pattern.

use crate::lang::LangError;

/// A lexeme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Literal characters with the escapes resolved.
    Text(String),
    /// `*`
    Any,
    /// `**`
    Super,
    /// `?`
    Single,
    /// `[lo-hi]`
    Range { not: bool, lo: char, hi: char },
    /// `[abc]`
    Set { not: bool, chars: Vec<char> },
    /// `{`
    Open,
    /// `,` inside braces
    Comma,
    /// `}` inside braces
    Close,
}

/// Splits a pattern into tokens; each carries the offset after it.
pub(super) fn tokens(pattern: &str) -> Result<Vec<(Token, usize)>, LangError> {
    let mut lexer = Lexer { pattern, at: 0, braces: 0, out: Vec::new() };
    while lexer.at < pattern.len() {
        lexer.next()?;
    }
    Ok(lexer.out)
}

struct Lexer<'p> {
    pattern: &'p str,
    at: usize,
    braces: usize,
    out: Vec<(Token, usize)>,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.pattern.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn read(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn push(&mut self, token: Token) {
        self.out.push((token, self.at));
    }

    fn error<T>(&self, reason: &str) -> Result<T, LangError> {
        Err(LangError::compile(self.at, format!("glob: syntax error at {}: {reason}", self.at)))
    }

    fn next(&mut self) -> Result<(), LangError> {
        match self.peek() {
            None => return Ok(()),
            Some('{') => {
                self.at += 1;
                self.braces += 1;
                self.push(Token::Open);
            }
            Some(',') if self.braces > 0 => {
                self.at += 1;
                self.push(Token::Comma);
            }
            Some('}') if self.braces > 0 => {
                self.at += 1;
                self.braces -= 1;
                self.push(Token::Close);
            }
            Some('[') => {
                self.at += 1;
                self.class()?;
            }
            Some('?') => {
                self.at += 1;
                self.push(Token::Single);
            }
            Some('*') => {
                self.at += 1;
                if self.peek() == Some('*') {
                    self.at += 1;
                    self.push(Token::Super);
                } else {
                    self.push(Token::Any);
                }
            }
            Some(_) => {
                let stops: &[char] = if self.braces > 0 { &['?', '*', '[', '{', '}', ','] } else { &['?', '*', '[', '{'] };
                let text = self.text(stops)?;
                if !text.is_empty() {
                    self.push(Token::Text(text));
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, stops: &[char]) -> Result<String, LangError> {
        let mut text = String::new();
        while let Some(c) = self.peek() {
            if c == '\\' {
                self.at += 1;
                match self.read() {
                    Some(escaped) => text.push(escaped),
                    None => return self.error("trailing backslash"),
                }
                continue;
            }
            if stops.contains(&c) {
                break;
            }
            text.push(c);
            self.at += c.len_utf8();
        }
        Ok(text)
    }

    fn class(&mut self) -> Result<(), LangError> {
        let mut not = false;
        if self.peek() == Some('!') {
            not = true;
            self.at += 1;
        }
        let Some(first) = self.peek() else { return self.error("unexpected end of input") };
        let after = self.at + first.len_utf8();
        // A dash in second place makes a range, whatever stands before it.
        if self.pattern.get(after..).is_some_and(|rest| rest.starts_with('-')) {
            self.at = after + 1;
            let Some(hi) = self.read() else { return self.error("unexpected end of input") };
            self.close_class()?;
            if hi < first {
                return self.error("range hi character is less than lo");
            }
            self.push(Token::Range { not, lo: first, hi });
            return Ok(());
        }
        let text = self.text(&[']'])?;
        self.close_class()?;
        if text.is_empty() {
            return self.error("could not parse range");
        }
        self.push(Token::Set { not, chars: text.chars().collect() });
        Ok(())
    }

    fn close_class(&mut self) -> Result<(), LangError> {
        match self.read() {
            None => self.error("unexpected end of input"),
            Some(']') => Ok(()),
            Some(_) => self.error("expected close range character"),
        }
    }
}
