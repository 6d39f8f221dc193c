//! From text to nodes.

use crate::lang::LangError;

/// Filters and unions nest at most so deep.
const MAX_DEPTH: usize = 50;

/// One start, end or step of an array index.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Param {
    pub(super) value: i64,
    pub(super) known: bool,
    /// The end that follows from a single index.
    pub(super) derived: bool,
}

/// A step of a path.
#[derive(Debug, Clone)]
pub(super) enum Node {
    List(Vec<Node>),
    Text(String),
    Field(String),
    Array([Param; 3]),
    Filter { left: Vec<Node>, operator: String, right: Vec<Node> },
    Int(i64),
    Float(f64),
    Bool(bool),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
    Identifier(String),
}

/// Parses a template.
pub(super) fn parse(source: &str, depth: usize) -> Result<Vec<Node>, LangError> {
    if depth > MAX_DEPTH {
        return Err(LangError::limit("the path nests too deeply"));
    }
    let mut parser = Parser { source, at: 0, start: 0, depth };
    let mut nodes = Vec::new();
    loop {
        let rest = parser.rest();
        let Some(open) = rest.find('{') else {
            if !rest.is_empty() {
                nodes.push(Node::Text(rest.to_owned()));
            }
            return Ok(nodes);
        };
        if open > 0 {
            nodes.push(Node::Text(rest.get(..open).unwrap_or_default().to_owned()));
        }
        parser.at += open + 1;
        parser.start = parser.at;
        nodes.push(Node::List(parser.action()?));
    }
}

/// The first list of what stands between braces.
fn parse_action(source: &str, depth: usize) -> Result<Vec<Node>, LangError> {
    match parse(&format!("{{{source}}}"), depth + 1)?.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

struct Parser<'s> {
    source: &'s str,
    at: usize,
    /// Where the text being read began.
    start: usize,
    depth: usize,
}

fn is_terminator(c: Option<char>) -> bool {
    matches!(c, None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}'))
}

impl<'s> Parser<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn consume(&mut self) -> &'s str {
        let text = self.source.get(self.start..self.at).unwrap_or_default();
        self.start = self.at;
        text
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, LangError> {
        Err(LangError::compile(self.at, message))
    }

    fn action(&mut self) -> Result<Vec<Node>, LangError> {
        let mut nodes = Vec::new();
        loop {
            if self.rest().starts_with('}') {
                self.at += 1;
                self.consume();
                return Ok(nodes);
            }
            if self.rest().starts_with("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if self.rest().starts_with("..") {
                self.recursive(&mut nodes)?;
                continue;
            }
            match self.peek() {
                None | Some('\r' | '\n') => return self.error("unclosed action"),
                Some(' ' | '@' | '$') => {
                    self.next();
                    self.consume();
                }
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(quote)?),
                Some('.') => {
                    self.next();
                    nodes.push(self.field());
                }
                Some(c) if c == '+' || c == '-' || c.is_numeric() => nodes.push(self.number()?),
                Some(c) if c == '_' || c.is_alphanumeric() => nodes.push(self.identifier()),
                Some(c) => return self.error(format!("unrecognized character in action: U+{:04X} '{c}'", u32::from(c))),
            }
        }
    }

    fn recursive(&mut self, nodes: &mut Vec<Node>) -> Result<(), LangError> {
        if matches!(nodes.last(), Some(Node::Recursive)) {
            return self.error("invalid multiple recursive descent");
        }
        self.at += 2;
        self.consume();
        nodes.push(Node::Recursive);
        if self.peek().is_some_and(|c| c == '_' || c.is_alphanumeric()) {
            nodes.push(self.field());
        }
        Ok(())
    }

    /// A field after its dot, up to a terminator that is not escaped.
    fn field(&mut self) -> Node {
        self.consume();
        while !is_terminator(self.peek()) {
            if self.next() == Some('\\') {
                self.next();
            }
        }
        match self.consume() {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn identifier(&mut self) -> Node {
        while !is_terminator(self.peek()) {
            self.next();
        }
        match self.consume() {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            name => Node::Identifier(name.to_owned()),
        }
    }

    fn number(&mut self) -> Result<Node, LangError> {
        if matches!(self.peek(), Some('+' | '-')) {
            self.next();
        }
        while self.peek().is_some_and(|c| c == '.' || c.is_numeric()) {
            self.next();
        }
        let text = self.consume();
        if let Ok(value) = text.parse::<i64>() {
            return Ok(Node::Int(value));
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Node::Float(value)),
            _ => self.error(format!("cannot parse number {text}")),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Node, LangError> {
        self.next();
        loop {
            match self.next() {
                None | Some('\n') => return self.error("unterminated quoted string"),
                Some(c) if c == quote && !self.before_is_backslash() => break,
                Some(_) => {}
            }
        }
        let text = self.consume();
        let inner = text.get(1..text.len() - 1).unwrap_or_default();
        match unquote(inner, quote) {
            Some(text) => Ok(Node::Text(text)),
            None => self.error(format!("unquote string {text} error invalid syntax")),
        }
    }

    fn before_is_backslash(&self) -> bool {
        self.at.checked_sub(2).and_then(|at| self.source.as_bytes().get(at)) == Some(&b'\\')
    }

    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), LangError> {
        loop {
            match self.next() {
                None | Some('\n') => return self.error("unterminated array"),
                Some(']') => break,
                Some(_) => {}
            }
        }
        let text = self.consume();
        let text = match text.get(1..text.len() - 1).unwrap_or_default() {
            "*" => ":",
            text => text,
        };
        if text.contains(',') {
            let parts = text.split(',').map(|part| parse_action(&format!("[{}]", part.trim_matches(' ')), self.depth));
            nodes.push(Node::Union(parts.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let key = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).filter(|key| !key.contains('\''));
        if let Some(key) = key.filter(|_| text.len() > 1) {
            nodes.extend(parse_action(&format!(".{key}"), self.depth)?);
            return Ok(());
        }
        nodes.push(Node::Array(self.params(text)?));
        Ok(())
    }

    /// `n`, `a:b`, `a:b:step`.
    fn params(&self, text: &str) -> Result<[Param; 3], LangError> {
        let parts: Vec<&str> = text.split(':').collect();
        let is_number = |part: &&str| part.strip_prefix('-').unwrap_or(part).bytes().all(|b| b.is_ascii_digit());
        if parts.len() > 3 || !parts.iter().all(is_number) {
            return self.error(format!("invalid array index {text}"));
        }
        let mut params = [Param::default(); 3];
        for (index, part) in parts.iter().enumerate() {
            if part.is_empty() {
                continue;
            }
            let Ok(value) = part.parse() else { return self.error(format!("array index {part} is not a number")) };
            if let Some(param) = params.get_mut(index) {
                *param = Param { value, known: true, derived: false };
            }
        }
        if parts.len() == 1 {
            params[1] = Param { value: params[0].value.saturating_add(1), known: true, derived: true };
        }
        Ok(params)
    }

    fn filter(&mut self) -> Result<Node, LangError> {
        self.at += 3;
        self.consume();
        let (mut open, mut closed, mut pair) = (false, false, ' ');
        loop {
            match self.next() {
                None | Some('\n') => return self.error("unterminated filter"),
                Some(quote @ ('"' | '\'')) => {
                    if !open {
                        (open, pair) = (true, quote);
                    } else if quote == pair && !self.before_is_backslash() {
                        closed = true;
                    }
                }
                Some(')') if open == closed => break,
                Some(_) => {}
            }
        }
        if self.next() != Some(']') {
            return self.error("unclosed array expect ]");
        }
        let text = self.consume();
        let text = text.get(..text.len() - 2).unwrap_or_default();
        let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let split = text.find(is_operator).filter(|at| *at > 0).and_then(|at| {
            let run = text.get(at..)?.find(|c| !is_operator(c)).unwrap_or(text.len() - at);
            // Something has to be left on the right.
            let run = if at + run == text.len() { run - 1 } else { run };
            (run > 0).then_some((at, at + run))
        });
        let Some((from, to)) = split else {
            let left = parse_action(text, self.depth)?;
            return Ok(Node::Filter { left, operator: "exists".to_owned(), right: Vec::new() });
        };
        let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
        let left = parse_action(part(0..from), self.depth)?;
        let right = parse_action(part(to..text.len()), self.depth)?;
        Ok(Node::Filter { left, operator: part(from..to).to_owned(), right })
    }
}

/// Go's escapes, for either quote.
fn unquote(text: &str, quote: char) -> Option<String> {
    if !text.contains('\\') && !text.contains(quote) {
        return Some(text.to_owned());
    }
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..)?;
        if c == quote {
            return None;
        }
        if c != '\\' {
            out.extend(c.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        let escape = rest.chars().next()?;
        rest = rest.get(escape.len_utf8()..)?;
        let digits = match escape {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if digits > 0 {
            let hex = rest.get(..digits).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
            let code = u32::from_str_radix(hex, 16).ok()?;
            rest = rest.get(digits..)?;
            match (escape, char::from_u32(code)) {
                ('x', _) => out.push(u8::try_from(code).ok()?),
                (_, Some(c)) => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
                _ => return None,
            }
            continue;
        }
        out.push(match escape {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '\\' => b'\\',
            '\'' | '"' if escape == quote => u8::try_from(escape).ok()?,
            '0'..='7' => {
                let more = rest.get(..2).filter(|more| more.bytes().all(|b| matches!(b, b'0'..=b'7')))?;
                rest = rest.get(2..)?;
                u8::try_from(u32::from_str_radix(&format!("{escape}{more}"), 8).ok()?).ok()?
            }
            _ => return None,
        });
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}
