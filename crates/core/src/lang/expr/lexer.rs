//! Tokens of an expression.

use crate::lang::LangError;

/// A lexeme.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    End,
    Ident(String),
    Number(String),
    Str(String),
    /// Signs and words that are operators.
    Operator(String),
    Bracket(char),
}

/// All tokens with their offsets; the last is [`Token::End`].
pub(super) fn tokens(source: &str) -> Result<Vec<(Token, usize)>, LangError> {
    let mut lexer = Lexer { source, at: 0, out: Vec::new() };
    while lexer.at < source.len() {
        lexer.next()?;
    }
    lexer.out.push((Token::End, source.len()));
    Ok(lexer.out)
}

fn alphabetic(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphabetic()
}

fn alphanumeric(c: char) -> bool {
    alphabetic(c) || c.is_ascii_digit() || (!c.is_ascii() && c.is_numeric())
}

/// Whether a word may be a property name.
pub(super) fn is_identifier(word: &str) -> bool {
    word.starts_with(alphabetic) && word.chars().all(alphanumeric)
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    out: Vec<(Token, usize)>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn accept(&mut self, valid: &str) -> bool {
        let found = self.peek().is_some_and(|c| valid.contains(c));
        if found {
            self.take();
        }
        found
    }

    fn run(&mut self, accept: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&accept) {
            self.take();
        }
    }

    fn error<T>(&self, at: usize, message: impl Into<String>) -> Result<T, LangError> {
        Err(LangError::compile(at, message))
    }

    fn text(&self, from: usize) -> String {
        self.source.get(from..self.at).unwrap_or_default().to_owned()
    }

    fn operator(&mut self, from: usize) {
        let text = self.text(from);
        self.out.push((Token::Operator(text), from));
    }

    fn next(&mut self) -> Result<(), LangError> {
        let from = self.at;
        let Some(c) = self.take() else { return Ok(()) };
        match c {
            c if c.is_whitespace() => {}
            '\'' | '"' => {
                let text = self.string(c, from)?;
                self.out.push((Token::Str(text), from));
            }
            '`' => self.raw(from)?,
            '0'..='9' => {
                self.at = from;
                self.number(from)?;
            }
            '?' => {
                self.accept(".?");
                self.operator(from);
            }
            '/' => self.slash(from)?,
            '#' => {
                self.accept("#");
                self.operator(from);
                let start = self.at;
                self.run(alphanumeric);
                if self.at > start {
                    let name = self.text(start);
                    self.out.push((Token::Ident(name), start));
                }
            }
            '|' | ':' => {
                self.accept(c.encode_utf8(&mut [0; 4]));
                self.operator(from);
            }
            '(' | '[' | '{' | ')' | ']' | '}' => self.out.push((Token::Bracket(c), from)),
            ',' | ';' | '%' | '+' | '-' | '^' => self.operator(from),
            '&' | '!' | '=' | '*' | '<' | '>' => {
                self.accept("&=*");
                self.operator(from);
            }
            '.' => {
                if self.peek().is_some_and(|c| c.is_ascii_digit()) {
                    self.at = from;
                    return self.number(from);
                }
                self.accept(".");
                self.operator(from);
            }
            c if alphanumeric(c) => self.word(from),
            c => return self.error(from, format!("unrecognized character: U+{:04X} '{c}'", u32::from(c))),
        }
        Ok(())
    }

    fn word(&mut self, from: usize) {
        self.run(alphanumeric);
        let word = self.text(from);
        match word.as_str() {
            "not" => {
                self.operator(from);
                self.run(|c| c == ' ');
            }
            "in" | "or" | "and" | "matches" | "contains" | "startsWith" | "endsWith" | "let" | "if" | "else" => self.operator(from),
            _ => self.out.push((Token::Ident(word), from)),
        }
    }

    fn slash(&mut self, from: usize) -> Result<(), LangError> {
        if self.accept("/") {
            self.run(|c| c != '\n');
            self.take();
        } else if self.accept("*") {
            match self.rest().find("*/") {
                Some(end) => self.at += end + 2,
                None => return self.error(self.source.len(), "unclosed comment"),
            }
        } else {
            self.operator(from);
        }
        Ok(())
    }

    fn number(&mut self, from: usize) -> Result<(), LangError> {
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
        self.run(|c| digits.contains(c));
        let end = self.at;
        if self.accept(".") {
            if self.peek() == Some('.') {
                // Two dots are a range.
                self.at = end;
                let text = self.text(from);
                self.out.push((Token::Number(text), from));
                return Ok(());
            }
            self.run(|c| digits.contains(c));
        }
        if self.accept("eE") {
            self.accept("+-");
            self.run(|c| digits.contains(c));
        }
        if self.peek().is_some_and(alphanumeric) {
            self.take();
            let text = self.text(from);
            return self.error(from, format!("bad number syntax: {text:?}"));
        }
        let text = self.text(from);
        self.out.push((Token::Number(text), from));
        Ok(())
    }

    fn raw(&mut self, from: usize) -> Result<(), LangError> {
        let mut text = String::new();
        loop {
            match self.take() {
                None => return self.error(from, "literal not terminated"),
                Some('`') if self.peek() == Some('`') => {
                    self.take();
                    text.push('`');
                }
                Some('`') => break,
                Some(c) => text.push(c),
            }
        }
        self.out.push((Token::Str(text), from));
        Ok(())
    }

    /// A string after its opening quote.
    fn string(&mut self, quote: char, from: usize) -> Result<String, LangError> {
        let mut out: Vec<u8> = Vec::new();
        loop {
            let Some(c) = self.take() else { return self.error(from, "literal not terminated") };
            match c {
                '\n' => return self.error(from, "literal not terminated"),
                '\r' => out.push(b'\n'),
                c if c == quote => break,
                '\\' => self.escape(quote, &mut out)?,
                c => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    fn escape(&mut self, quote: char, out: &mut Vec<u8>) -> Result<(), LangError> {
        let bad = LangError::compile(self.at, "invalid char escape");
        let Some(c) = self.take() else { return Err(bad) };
        let simple = match c {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '\\' => b'\\',
            c if c == quote => u8::try_from(c).unwrap_or(b'?'),
            'x' | 'u' | 'U' | '0'..='3' => return self.coded(c, out),
            _ => return Err(bad),
        };
        out.push(simple);
        Ok(())
    }

    fn coded(&mut self, kind: char, out: &mut Vec<u8>) -> Result<(), LangError> {
        let bad = LangError::compile(self.at, "invalid char escape");
        let (text, used, radix) = match kind {
            'u' if self.peek() == Some('{') => {
                let inside = self.rest().get(1..).and_then(|rest| rest.split_once('}')).map(|(inside, _)| inside.to_owned());
                match inside {
                    Some(hex) if (1..=6).contains(&hex.len()) => (hex.clone(), hex.len() + 2, 16),
                    _ => return Err(bad),
                }
            }
            'x' | 'u' | 'U' => {
                let digits = match kind {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                match self.rest().get(..digits) {
                    Some(hex) => (hex.to_owned(), digits, 16),
                    None => return Err(bad),
                }
            }
            first => match self.rest().get(..2) {
                Some(more) => (format!("{first}{more}"), 2, 8),
                None => return Err(bad),
            },
        };
        let code = u32::from_str_radix(&text, radix).ok().filter(|code| !text.starts_with('+') && *code <= 0x0010_ffff);
        let Some(code) = code else { return Err(bad) };
        self.at += used;
        let c = char::from_u32(code).unwrap_or('\u{fffd}');
        out.extend(c.encode_utf8(&mut [0; 4]).bytes());
        Ok(())
    }
}
