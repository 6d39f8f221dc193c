//! From text to a query, with gojq's precedences.
//!
//! From loose to tight: `|` (right), `,`, `//` (right), `=` and its kin (not
//! associative), `or`, `and`, comparisons (not associative), `+ -`, `* / %`.

use super::ast::{BinaryOp, FuncDef, Head, Index, Key, KeyValue, Pattern, Query, Suffix, Term, Text, TextPart, UpdateOp};
use super::lexer::{Lexer, Token};
use super::value::{V, number};
use crate::lang::LangError;

/// Operators, steps or alternatives in a row: each makes the tree one deeper.
const MAX_CHAIN: usize = 500;

type Parsed<T> = Result<T, LangError>;

/// Parses a whole program.
pub(super) fn parse(source: &str, max_depth: usize) -> Parsed<Query> {
    let mut parser = Parser::new(source, max_depth)?;
    parser.header()?;
    let query = parser.body()?;
    if parser.token == Token::End { Ok(query) } else { parser.unexpected() }
}

/// Parses a list of definitions.
pub(super) fn parse_defs(source: &str) -> Parsed<Vec<FuncDef>> {
    let mut parser = Parser::new(source, 100)?;
    let mut defs = Vec::new();
    while parser.token == Token::Keyword("def") {
        defs.push(parser.def()?);
    }
    if parser.token == Token::End { Ok(defs) } else { parser.unexpected() }
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    token: Token,
    /// Where the token starts.
    start: usize,
    depth: usize,
    max_depth: usize,
}

/// An operator between two expressions, with its level and how it associates.
enum Infix {
    Alternative,
    Update(UpdateOp),
    Or,
    And,
    Binary(BinaryOp),
}

const LEVEL_ALTERNATIVE: u8 = 1;
const LEVEL_UPDATE: u8 = 2;
const LEVEL_COMPARE: u8 = 5;

impl<'s> Parser<'s> {
    fn new(source: &'s str, max_depth: usize) -> Parsed<Self> {
        let mut parser = Self { lexer: Lexer { source, at: 0 }, token: Token::End, start: 0, depth: 0, max_depth };
        parser.advance()?;
        Ok(parser)
    }

    fn advance(&mut self) -> Parsed<()> {
        (self.token, self.start) = self.lexer.next()?;
        Ok(())
    }

    fn unexpected<T>(&self) -> Parsed<T> {
        let text = self.lexer.source.get(self.start..self.lexer.at).unwrap_or_default();
        let message = if self.token == Token::End { "unexpected EOF".to_owned() } else { format!("unexpected token {text:?}") };
        Err(LangError::compile(self.start, message))
    }

    fn is(&self, sign: &'static str) -> bool {
        self.token == Token::Sign(sign)
    }

    fn eat(&mut self, sign: &'static str) -> Parsed<bool> {
        let found = self.is(sign);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, sign: &'static str) -> Parsed<()> {
        if self.eat(sign)? { Ok(()) } else { self.unexpected() }
    }

    fn keyword(&mut self, word: &'static str) -> Parsed<()> {
        if self.token == Token::Keyword(word) { self.advance() } else { self.unexpected() }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= self.max_depth {
            return Err(LangError::limit(format!("the query nests deeper than {}", self.max_depth)));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Module headers are read; imports have nothing to load from.
    fn header(&mut self) -> Parsed<()> {
        if self.token == Token::Keyword("module") {
            self.advance()?;
            self.term()?;
            self.expect(";")?;
        }
        if matches!(self.token, Token::Keyword("import" | "include")) {
            return Err(LangError::compile(self.start, "cannot load module"));
        }
        Ok(())
    }

    fn body(&mut self) -> Parsed<Query> {
        let mut defs = Vec::new();
        while self.token == Token::Keyword("def") {
            defs.push(self.def()?);
        }
        let query = if self.token == Token::End { Query::Missing } else { self.query()? };
        Ok(if defs.is_empty() { query } else { Query::Defs(defs, Box::new(query)) })
    }

    fn def(&mut self) -> Parsed<FuncDef> {
        self.keyword("def")?;
        let Token::Ident(name) = self.token.clone() else { return self.unexpected() };
        if name.contains(':') {
            return self.unexpected();
        }
        self.advance()?;
        let mut args = Vec::new();
        if self.eat("(")? {
            loop {
                match self.token.clone() {
                    Token::Ident(arg) | Token::Variable(arg) if !arg.contains(':') => args.push(arg),
                    _ => return self.unexpected(),
                }
                self.advance()?;
                if !self.eat(";")? {
                    break;
                }
            }
            self.expect(")")?;
        }
        self.expect(":")?;
        let body = self.query()?;
        self.expect(";")?;
        Ok(FuncDef { name, args, body })
    }

    fn query(&mut self) -> Parsed<Query> {
        self.deeper(|parser| {
            let mut left = parser.operand()?;
            let mut length = 0;
            while parser.eat(",")? {
                length += 1;
                if length > MAX_CHAIN {
                    return Err(LangError::limit("the query has too many alternatives"));
                }
                left = Query::Comma(Box::new(left), Box::new(parser.operand()?));
            }
            if parser.eat("|")? {
                left = Query::Pipe(Box::new(left), Box::new(parser.query()?));
            }
            Ok(left)
        })
    }

    /// What stands between commas; definitions, labels and bindings reach as far as they can.
    fn operand(&mut self) -> Parsed<Query> {
        match self.token {
            Token::Keyword("def") => {
                let def = self.def()?;
                Ok(Query::Defs(vec![def], Box::new(self.query()?)))
            }
            Token::Keyword("label") => {
                self.advance()?;
                let Token::Variable(name) = self.token.clone() else { return self.unexpected() };
                self.advance()?;
                self.expect("|")?;
                let body = self.query()?;
                Ok(Query::head(Head::Label(name, Box::new(body))))
            }
            _ => {
                let source = self.expr(0)?;
                if self.token != Token::Keyword("as") {
                    return Ok(source);
                }
                self.advance()?;
                let mut patterns = vec![self.pattern()?];
                while self.eat("?//")? {
                    patterns.push(self.pattern()?);
                }
                self.expect("|")?;
                let body = self.query()?;
                Ok(Query::Bind { source: Box::new(source), patterns, body: Box::new(body) })
            }
        }
    }

    fn infix(&self) -> Option<(Infix, u8)> {
        use BinaryOp::{Add, Div, Eq, Ge, Gt, Le, Lt, Mod, Mul, Ne, Sub};
        let arithmetic = |op| (Infix::Update(UpdateOp::Arithmetic(op)), LEVEL_UPDATE);
        Some(match self.token {
            Token::Keyword("or") => (Infix::Or, 3),
            Token::Keyword("and") => (Infix::And, 4),
            Token::Sign(sign) => match sign {
                "//" => (Infix::Alternative, LEVEL_ALTERNATIVE),
                "=" => (Infix::Update(UpdateOp::Assign), LEVEL_UPDATE),
                "|=" => (Infix::Update(UpdateOp::Modify), LEVEL_UPDATE),
                "//=" => (Infix::Update(UpdateOp::Alternative), LEVEL_UPDATE),
                "+=" => arithmetic(Add),
                "-=" => arithmetic(Sub),
                "*=" => arithmetic(Mul),
                "/=" => arithmetic(Div),
                "%=" => arithmetic(Mod),
                "==" => (Infix::Binary(Eq), LEVEL_COMPARE),
                "!=" => (Infix::Binary(Ne), LEVEL_COMPARE),
                ">" => (Infix::Binary(Gt), LEVEL_COMPARE),
                "<" => (Infix::Binary(Lt), LEVEL_COMPARE),
                ">=" => (Infix::Binary(Ge), LEVEL_COMPARE),
                "<=" => (Infix::Binary(Le), LEVEL_COMPARE),
                "+" => (Infix::Binary(Add), 6),
                "-" => (Infix::Binary(Sub), 6),
                "*" => (Infix::Binary(Mul), 7),
                "/" => (Infix::Binary(Div), 7),
                "%" => (Infix::Binary(Mod), 7),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn expr(&mut self, min: u8) -> Parsed<Query> {
        self.deeper(|parser| {
            let mut left = Query::Term(parser.term()?);
            let mut length = 0;
            while let Some((infix, level)) = parser.infix() {
                if level < min {
                    break;
                }
                length += 1;
                if length > MAX_CHAIN {
                    return Err(LangError::limit("the query has too many operators"));
                }
                parser.advance()?;
                let right = parser.expr(if level == LEVEL_ALTERNATIVE { level } else { level + 1 })?;
                if matches!(level, LEVEL_UPDATE | LEVEL_COMPARE) && parser.infix().is_some_and(|(_, next)| next == level) {
                    return parser.unexpected();
                }
                let (l, r) = (Box::new(left), Box::new(right));
                left = match infix {
                    Infix::Alternative => Query::Alternative(l, r),
                    Infix::Update(op) => Query::Update(l, op, r),
                    Infix::Or => Query::Or(l, r),
                    Infix::And => Query::And(l, r),
                    Infix::Binary(op) => Query::Binary(l, op, r),
                };
            }
            Ok(left)
        })
    }

    fn pattern(&mut self) -> Parsed<Pattern> {
        self.deeper(|parser| match parser.token.clone() {
            Token::Variable(name) if !name.contains(':') => {
                parser.advance()?;
                Ok(Pattern::Name(name))
            }
            Token::Sign("[") => {
                parser.advance()?;
                let mut items = vec![parser.pattern()?];
                while parser.eat(",")? {
                    items.push(parser.pattern()?);
                }
                parser.expect("]")?;
                Ok(Pattern::Array(items))
            }
            Token::Sign("{") => {
                parser.advance()?;
                let mut members = vec![parser.pattern_member()?];
                while parser.eat(",")? {
                    members.push(parser.pattern_member()?);
                }
                parser.expect("}")?;
                Ok(Pattern::Object(members))
            }
            _ => parser.unexpected(),
        })
    }

    fn pattern_member(&mut self) -> Parsed<(Key, Option<Pattern>)> {
        let key = self.key()?;
        if matches!(&key, Key::Name(name) if name.starts_with('$')) && !self.is(":") {
            return Ok((key, None));
        }
        self.expect(":")?;
        Ok((key, Some(self.pattern()?)))
    }

    fn key(&mut self) -> Parsed<Key> {
        match self.token.clone() {
            Token::Ident(name) | Token::Variable(name) if !name.contains(':') => {
                self.advance()?;
                Ok(Key::Name(name))
            }
            Token::Keyword(name) => {
                self.advance()?;
                Ok(Key::Name(name.to_owned()))
            }
            Token::Quote => Ok(Key::Text(self.text()?)),
            Token::Sign("(") => {
                self.advance()?;
                let query = self.query()?;
                self.expect(")")?;
                Ok(Key::Query(query))
            }
            _ => self.unexpected(),
        }
    }

    fn term(&mut self) -> Parsed<Term> {
        self.deeper(|parser| {
            let (head, first) = parser.head()?;
            let mut suffixes: Vec<Suffix> = first.into_iter().collect();
            if matches!(head, Head::Unary(..)) {
                return Ok(Term { head, suffixes });
            }
            loop {
                if suffixes.len() > MAX_CHAIN {
                    return Err(LangError::limit("the query has too many steps in a row"));
                }
                match parser.token.clone() {
                    Token::Field(name) => {
                        parser.advance()?;
                        suffixes.push(Suffix::Index(Index::Name(name)));
                    }
                    Token::Sign("[") => suffixes.push(parser.bracket()?),
                    Token::Sign("?") => {
                        parser.advance()?;
                        suffixes.push(Suffix::Optional);
                    }
                    Token::Sign(".") => {
                        parser.advance()?;
                        match parser.token {
                            Token::Quote => suffixes.push(Suffix::Index(Index::Text(parser.text()?))),
                            Token::Sign("[") => suffixes.push(parser.bracket()?),
                            _ => return parser.unexpected(),
                        }
                    }
                    _ => return Ok(Term { head, suffixes }),
                }
            }
        })
    }

    /// `[]`, `[q]`, `[q:]`, `[:q]`, `[q:q]`.
    fn bracket(&mut self) -> Parsed<Suffix> {
        self.expect("[")?;
        if self.eat("]")? {
            return Ok(Suffix::Iterate);
        }
        if self.eat(":")? {
            let end = self.query()?;
            self.expect("]")?;
            return Ok(Suffix::Index(Index::Slice(None, Some(Box::new(end)))));
        }
        let start = Box::new(self.query()?);
        if self.eat("]")? {
            return Ok(Suffix::Index(Index::Query(start)));
        }
        self.expect(":")?;
        let end = if self.is("]") { None } else { Some(Box::new(self.query()?)) };
        self.expect("]")?;
        Ok(Suffix::Index(Index::Slice(Some(start), end)))
    }

    fn head(&mut self) -> Parsed<(Head, Option<Suffix>)> {
        let head = match self.token.clone() {
            Token::Sign(".") => {
                self.advance()?;
                match self.token {
                    Token::Quote => Head::Index(Index::Text(self.text()?)),
                    Token::Sign("[") => match self.bracket()? {
                        Suffix::Index(index) => Head::Index(index),
                        suffix => return Ok((Head::Identity, Some(suffix))),
                    },
                    _ => Head::Identity,
                }
            }
            Token::Field(name) => {
                self.advance()?;
                Head::Index(Index::Name(name))
            }
            Token::Number(text) => {
                self.advance()?;
                Head::Const(number(&text))
            }
            Token::Ident(name) => {
                self.advance()?;
                Head::Func(name, self.args()?)
            }
            Token::Variable(name) => {
                self.advance()?;
                Head::Func(name, Vec::new())
            }
            Token::Format(name) => {
                self.advance()?;
                let text = if self.token == Token::Quote { Some(self.text()?) } else { None };
                Head::Format(name, text)
            }
            Token::Quote => Head::Text(self.text()?),
            Token::Keyword(word) => return Ok((self.keyword_head(word)?, None)),
            Token::Sign(sign) => return Ok((self.sign_head(sign)?, None)),
            Token::End => return self.unexpected(),
        };
        Ok((head, None))
    }

    fn args(&mut self) -> Parsed<Vec<Query>> {
        let mut args = Vec::new();
        if self.eat("(")? {
            args.push(self.query()?);
            while self.eat(";")? {
                args.push(self.query()?);
            }
            self.expect(")")?;
        }
        Ok(args)
    }

    fn sign_head(&mut self, sign: &'static str) -> Parsed<Head> {
        if !matches!(sign, ".." | "+" | "-" | "(" | "[" | "{") {
            return self.unexpected();
        }
        self.advance()?;
        Ok(match sign {
            ".." => Head::Recurse,
            "+" | "-" => Head::Unary(sign == "-", Box::new(self.term()?)),
            "(" => {
                let query = self.query()?;
                self.expect(")")?;
                Head::Group(Box::new(query))
            }
            "[" => {
                if self.eat("]")? {
                    return Ok(Head::Array(None));
                }
                let query = self.query()?;
                self.expect("]")?;
                Head::Array(Some(Box::new(query)))
            }
            _ => self.object()?,
        })
    }

    fn object(&mut self) -> Parsed<Head> {
        let mut members = Vec::new();
        while !self.is("}") {
            let key = self.key()?;
            let needs_value = matches!(key, Key::Query(_));
            let value = if needs_value || self.is(":") {
                self.expect(":")?;
                Some(self.object_value()?)
            } else {
                None
            };
            members.push(KeyValue { key, value });
            if !self.eat(",")? {
                break;
            }
        }
        self.expect("}")?;
        Ok(Head::Object(members))
    }

    fn object_value(&mut self) -> Parsed<Query> {
        self.deeper(|parser| {
            let left = parser.expr(0)?;
            if parser.eat("|")? {
                return Ok(Query::Pipe(Box::new(left), Box::new(parser.object_value()?)));
            }
            Ok(left)
        })
    }

    fn keyword_head(&mut self, word: &'static str) -> Parsed<Head> {
        if !matches!(word, "null" | "true" | "false" | "if" | "try" | "reduce" | "foreach" | "break") {
            return self.unexpected();
        }
        self.advance()?;
        Ok(match word {
            "null" => Head::Const(V::Null),
            "true" => Head::Const(V::Bool(true)),
            "false" => Head::Const(V::Bool(false)),
            "if" => self.conditional()?,
            "try" => {
                let body = Query::Term(self.term()?);
                let mut handler = None;
                if self.token == Token::Keyword("catch") {
                    self.advance()?;
                    handler = Some(Box::new(Query::Term(self.term()?)));
                }
                Head::Try(Box::new(body), handler)
            }
            "break" => {
                let Token::Variable(name) = self.token.clone() else { return self.unexpected() };
                self.advance()?;
                Head::Break(name)
            }
            _ => self.fold(word == "foreach")?,
        })
    }

    fn conditional(&mut self) -> Parsed<Head> {
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.query()?;
            self.keyword("then")?;
            branches.push((condition, self.query()?));
            match self.token {
                Token::Keyword("elif") => self.advance()?,
                Token::Keyword("else") => {
                    self.advance()?;
                    otherwise = Some(Box::new(self.query()?));
                    break;
                }
                _ => break,
            }
        }
        self.keyword("end")?;
        Ok(Head::If { branches, otherwise })
    }

    fn fold(&mut self, foreach: bool) -> Parsed<Head> {
        let source = Box::new(self.expr(0)?);
        self.keyword("as")?;
        let pattern = self.pattern()?;
        self.expect("(")?;
        let start = Box::new(self.query()?);
        self.expect(";")?;
        let update = Box::new(self.query()?);
        let mut extract = None;
        if foreach && self.eat(";")? {
            extract = Some(Box::new(self.query()?));
        }
        self.expect(")")?;
        Ok(if foreach {
            Head::Foreach { source, pattern, start, update, extract }
        } else {
            Head::Reduce { source, pattern, start, update }
        })
    }

    /// A string after its opening quote, which is the current token.
    fn text(&mut self) -> Parsed<Text> {
        let (mut parts, mut plain) = (Vec::new(), String::new());
        let mut interpolated = false;
        let mut at = self.lexer.at;
        loop {
            let source = self.lexer.source;
            let rest = source.get(at..).unwrap_or_default();
            let Some(c) = rest.chars().next() else {
                return Err(LangError::compile(source.len(), "unterminated string literal"));
            };
            at += c.len_utf8();
            match c {
                '"' => break,
                '\\' => {
                    if rest.as_bytes().get(1) != Some(&b'(') {
                        at = escape(source, at, &mut plain)?;
                        continue;
                    }
                    interpolated = true;
                    if !plain.is_empty() {
                        parts.push(TextPart::Plain(std::mem::take(&mut plain)));
                    }
                    self.lexer.at = at + 1;
                    self.advance()?;
                    parts.push(TextPart::Query(self.query()?));
                    if !self.is(")") {
                        return self.unexpected();
                    }
                    at = self.lexer.at;
                }
                c => plain.push(c),
            }
        }
        self.lexer.at = at;
        self.advance()?;
        if !interpolated {
            return Ok(Text::Plain(plain));
        }
        if !plain.is_empty() {
            parts.push(TextPart::Plain(plain));
        }
        Ok(Text::Parts(parts))
    }
}

/// Reads an escape after its backslash; returns where the text goes on.
fn escape(source: &str, at: usize, out: &mut String) -> Parsed<usize> {
    let bytes = source.as_bytes();
    let bad = || Err(LangError::compile(at, "invalid escape sequence in string literal"));
    let simple = match bytes.get(at) {
        Some(b'"') => '"',
        Some(b'/') => '/',
        Some(b'\\') => '\\',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let hex = |at: usize| {
                source.get(at..at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok()).filter(|_| bytes.get(at) != Some(&b'+'))
            };
            let Some(unit) = hex(at + 1) else { return bad() };
            let mut next = at + 5;
            let mut code = unit;
            if (0xd800..0xdc00).contains(&unit)
                && source.get(next..next + 2) == Some("\\u")
                && let Some(low) = hex(next + 2)
                && (0xdc00..0xe000).contains(&low)
            {
                code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                next += 6;
            }
            out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
            return Ok(next);
        }
        _ => return bad(),
    };
    out.push(simple);
    Ok(at + 1)
}
