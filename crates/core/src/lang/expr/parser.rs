//! From tokens to a tree.

use super::ast::{BinaryOp, Kind, Node, UnaryOp};
use super::functions;
use super::lexer::{Token, is_identifier, tokens};
use crate::lang::LangError;

type Parsed<T = Node> = Result<T, LangError>;

/// As many nodes as upstream allows.
const MAX_NODES: usize = 10_000;

/// Operators or members in a row: each makes the tree one deeper.
const MAX_CHAIN: usize = 500;

/// Parses an expression.
pub(super) fn parse(source: &str, max_depth: usize) -> Parsed {
    let tokens = tokens(source)?;
    let mut parser = Parser { tokens, at: 0, predicates: 0, depth: 0, max_depth, nodes: 0 };
    let node = parser.sequence()?;
    if *parser.token() == Token::End { Ok(node) } else { parser.unexpected() }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    /// How many predicates enclose us: `#` means something inside only.
    predicates: usize,
    depth: usize,
    max_depth: usize,
    nodes: usize,
}

/// Precedence of an operator, and whether it associates to the right.
fn binary(word: &str) -> Option<(BinaryOp, u16, bool)> {
    use BinaryOp as Op;
    Some(match word {
        "or" | "||" => (Op::Or, 10, false),
        "and" | "&&" => (Op::And, 15, false),
        "==" => (Op::Eq, 20, false),
        "!=" => (Op::Ne, 20, false),
        "<" => (Op::Lt, 20, false),
        ">" => (Op::Gt, 20, false),
        ">=" => (Op::Ge, 20, false),
        "<=" => (Op::Le, 20, false),
        "in" => (Op::In, 20, false),
        "matches" => (Op::Matches, 20, false),
        "contains" => (Op::Contains, 20, false),
        "startsWith" => (Op::StartsWith, 20, false),
        "endsWith" => (Op::EndsWith, 20, false),
        ".." => (Op::Range, 25, false),
        "+" => (Op::Add, 30, false),
        "-" => (Op::Sub, 30, false),
        "*" => (Op::Mul, 60, false),
        "/" => (Op::Div, 60, false),
        "%" => (Op::Mod, 60, false),
        "**" | "^" => (Op::Pow, 100, true),
        "??" => (Op::Coalesce, 500, false),
        _ => return None,
    })
}

fn comparison(word: &str) -> bool {
    matches!(word, "<" | ">" | ">=" | "<=")
}

impl Parser {
    fn token(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn offset(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |(_, at)| *at)
    }

    fn advance(&mut self) {
        self.at += 1;
    }

    fn error<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(LangError::compile(self.offset(), message))
    }

    fn unexpected<T>(&self) -> Parsed<T> {
        let message = match self.token() {
            Token::End => "unexpected token EOF".to_owned(),
            Token::Ident(text) => format!("unexpected token Identifier(\"{text}\")"),
            Token::Number(text) => format!("unexpected token Number(\"{text}\")"),
            Token::Str(text) => format!("unexpected token String({text:?})"),
            Token::Operator(text) => format!("unexpected token Operator(\"{text}\")"),
            Token::Bracket(c) => format!("unexpected token Bracket(\"{c}\")"),
        };
        self.error(message)
    }

    fn is(&self, word: &str) -> bool {
        matches!(self.token(), Token::Operator(text) if text == word)
    }

    fn is_bracket(&self, bracket: char) -> bool {
        *self.token() == Token::Bracket(bracket)
    }

    fn expect(&mut self, word: &str) -> Parsed<()> {
        if !self.is(word) {
            return self.unexpected();
        }
        self.advance();
        Ok(())
    }

    fn expect_bracket(&mut self, bracket: char) -> Parsed<()> {
        if !self.is_bracket(bracket) {
            return self.unexpected();
        }
        self.advance();
        Ok(())
    }

    fn identifier(&mut self) -> Parsed<String> {
        let Token::Ident(name) = self.token().clone() else { return self.unexpected() };
        self.advance();
        Ok(name)
    }

    fn node(&mut self, kind: Kind, at: usize) -> Parsed {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return self.error("compilation failed: expression exceeds maximum allowed nodes");
        }
        Ok(Node::new(kind, at))
    }

    fn sequence(&mut self) -> Parsed {
        let at = self.offset();
        let mut nodes = vec![self.expression(0)?];
        while self.is(";") {
            self.advance();
            if *self.token() == Token::End {
                break;
            }
            nodes.push(self.expression(0)?);
        }
        match nodes.pop() {
            Some(only) if nodes.is_empty() => Ok(only),
            Some(last) => {
                nodes.push(last);
                self.node(Kind::Sequence(nodes), at)
            }
            None => self.unexpected(),
        }
    }

    fn expression(&mut self, precedence: u16) -> Parsed {
        if self.depth >= self.max_depth {
            return Err(LangError::limit(format!("the expression nests deeper than {}", self.max_depth)));
        }
        self.depth += 1;
        let node = self.expression_inner(precedence);
        self.depth -= 1;
        node
    }

    fn expression_inner(&mut self, precedence: u16) -> Parsed {
        if precedence == 0 && self.is("let") {
            return self.declaration();
        }
        if precedence == 0 && self.is("if") {
            return self.conditional_if();
        }
        let mut left = self.primary()?;
        let mut previous = String::new();
        let mut length = 0;
        while let Token::Operator(word) = self.token().clone() {
            length += 1;
            if length > MAX_CHAIN {
                return Err(LangError::limit("the expression has too many operators in a row"));
            }
            let (mut word, mut at, before) = (word, self.offset(), self.at);
            let negate = word == "not";
            if negate {
                self.advance();
                let Token::Operator(next) = self.token().clone() else { return self.unexpected() };
                if !matches!(next.as_str(), "contains" | "matches" | "startsWith" | "endsWith" | "in") {
                    return self.unexpected();
                }
                if binary(&next).is_none_or(|(_, level, _)| level < precedence) {
                    self.at = before;
                    break;
                }
                (word, at) = (next, self.offset());
            }
            if word == "|" && precedence == 0 {
                self.advance();
                let at = self.offset();
                let name = self.identifier()?;
                left = self.call(name, at, vec![left])?;
                previous = word;
                continue;
            }
            let Some((op, level, right_associative)) = binary(&word).filter(|(_, level, _)| *level >= precedence) else { break };
            self.advance();
            if previous == "??" && word != "??" {
                let message = format!("Operator ({word}) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses.");
                return Err(LangError::compile(at, message));
            }
            if comparison(&word) {
                left = self.comparison(left, op, at, level)?;
            } else {
                let right = self.expression(if right_associative { level } else { level + 1 })?;
                left = self.node(Kind::Binary(op, Box::new(left), Box::new(right)), at)?;
                if negate {
                    left = self.node(Kind::Unary(UnaryOp::Not, Box::new(left)), at)?;
                }
            }
            previous = word;
        }
        if precedence == 0 { self.ternary(left) } else { Ok(left) }
    }

    /// `a < b < c` is `a < b && b < c`.
    fn comparison(&mut self, mut left: Node, mut op: BinaryOp, mut at: usize, level: u16) -> Parsed {
        let mut root: Option<Node> = None;
        loop {
            let right = self.expression(level + 1)?;
            let node = self.node(Kind::Binary(op, Box::new(left), Box::new(right.clone())), at)?;
            root = Some(match root {
                None => node,
                Some(before) => self.node(Kind::Binary(BinaryOp::And, Box::new(before), Box::new(node)), at)?,
            });
            left = right;
            match self.token().clone() {
                Token::Operator(word) if comparison(&word) => {
                    at = self.offset();
                    op = binary(&word).map_or(op, |(op, _, _)| op);
                    self.advance();
                }
                _ => break,
            }
        }
        root.map_or_else(|| self.unexpected(), Ok)
    }

    fn declaration(&mut self) -> Parsed {
        self.advance();
        let at = self.offset();
        let name = self.identifier()?;
        self.expect("=")?;
        let value = Box::new(self.expression(0)?);
        self.expect(";")?;
        let body = Box::new(self.sequence()?);
        self.node(Kind::Let { name, value, body }, at)
    }

    fn conditional_if(&mut self) -> Parsed {
        if self.depth >= self.max_depth {
            return Err(LangError::limit("the expression nests too deeply"));
        }
        let at = self.offset();
        self.advance();
        let condition = Box::new(self.expression(0)?);
        self.expect_bracket('{')?;
        let yes = Box::new(self.sequence()?);
        self.expect_bracket('}')?;
        self.expect("else")?;
        let no = if self.is("if") {
            self.depth += 1;
            let no = self.conditional_if();
            self.depth -= 1;
            no?
        } else {
            self.expect_bracket('{')?;
            let no = self.sequence()?;
            self.expect_bracket('}')?;
            no
        };
        self.node(Kind::Conditional { condition, yes, no: Box::new(no) }, at)
    }

    fn ternary(&mut self, mut node: Node) -> Parsed {
        while self.is("?") {
            self.advance();
            let yes;
            if self.is(":") {
                self.advance();
                yes = node.clone();
            } else {
                yes = self.expression(0)?;
                self.expect(":")?;
            }
            let no = self.expression(0)?;
            let at = self.offset();
            let kind = Kind::Conditional { condition: Box::new(node), yes: Box::new(yes), no: Box::new(no) };
            node = self.node(kind, at)?;
        }
        Ok(node)
    }

    fn primary(&mut self) -> Parsed {
        let at = self.offset();
        if let Token::Operator(word) = self.token().clone() {
            let unary = match word.as_str() {
                "not" | "!" => Some((UnaryOp::Not, 50)),
                "-" => Some((UnaryOp::Minus, 90)),
                "+" => Some((UnaryOp::Plus, 90)),
                _ => None,
            };
            if let Some((op, level)) = unary {
                self.advance();
                let operand = self.expression(level)?;
                let node = self.node(Kind::Unary(op, Box::new(operand)), at)?;
                return self.postfix(node);
            }
            if self.predicates > 0 && (word == "#" || word == ".") {
                let mut name = String::new();
                if word == "#" {
                    self.advance();
                    if let Token::Ident(found) = self.token().clone() {
                        name = found;
                        self.advance();
                    }
                }
                let node = self.node(Kind::Pointer(name), at)?;
                return self.postfix(node);
            }
            if word == "::" {
                self.advance();
                let at = self.offset();
                let name = self.identifier()?;
                let node = self.call(name, at, Vec::new())?;
                return self.postfix(node);
            }
        }
        if self.is_bracket('(') {
            self.advance();
            let node = self.sequence()?;
            self.expect_bracket(')')?;
            return self.postfix(node);
        }
        self.secondary()
    }

    fn secondary(&mut self) -> Parsed {
        let at = self.offset();
        let node = match self.token().clone() {
            Token::Ident(name) => {
                self.advance();
                match name.as_str() {
                    "true" | "false" => return self.node(Kind::Bool(name == "true"), at),
                    "nil" => return self.node(Kind::Nil, at),
                    _ if self.is_bracket('(') => self.call(name, at, Vec::new())?,
                    _ => self.node(Kind::Ident(name), at)?,
                }
            }
            Token::Number(text) => {
                self.advance();
                let kind = number(&text).ok_or_else(|| LangError::compile(at, format!("invalid number literal: {text}")))?;
                return self.node(kind, at);
            }
            Token::Str(text) => {
                self.advance();
                self.node(Kind::Str(text), at)?
            }
            Token::Bracket('[') => self.array(at)?,
            Token::Bracket('{') => self.map(at)?,
            _ => return self.unexpected(),
        };
        self.postfix(node)
    }

    fn call(&mut self, name: String, at: usize, mut args: Vec<Node>) -> Parsed {
        if let Some((name, shape)) = functions::predicate_shape(&name) {
            self.expect_bracket('(')?;
            let given = args.len();
            for (index, part) in shape.iter().skip(given).enumerate() {
                if self.is_bracket(')') {
                    if part.optional {
                        break;
                    }
                    return self.error(format!("expected at least {} arguments", shape.len() - given));
                }
                if index > 0 {
                    self.expect(",")?;
                }
                args.push(if part.predicate { self.predicate()? } else { self.expression(0)? });
            }
            if self.is(",") {
                self.advance();
            }
            self.expect_bracket(')')?;
            return self.node(Kind::Builtin { name, args, throws: false }, at);
        }
        if let Some(name) = functions::builtin_name(&name) {
            self.arguments(&mut args)?;
            return self.node(Kind::Builtin { name, args, throws: false }, at);
        }
        let callee = Box::new(self.node(Kind::Ident(name), at)?);
        self.arguments(&mut args)?;
        self.node(Kind::Call { callee, args }, at)
    }

    fn arguments(&mut self, args: &mut Vec<Node>) -> Parsed<()> {
        let given = args.len();
        self.expect_bracket('(')?;
        while !self.is_bracket(')') {
            if args.len() > given {
                self.expect(",")?;
            }
            if self.is_bracket(')') {
                break;
            }
            args.push(self.expression(0)?);
        }
        self.expect_bracket(')')
    }

    fn predicate(&mut self) -> Parsed {
        let at = self.offset();
        let braces = self.is_bracket('{');
        self.predicates += 1;
        let node = if braces {
            self.advance();
            self.sequence()?
        } else {
            let node = self.expression(0)?;
            if self.is(";") {
                return self.error("wrap predicate with brackets { and }");
            }
            node
        };
        self.predicates -= 1;
        if braces {
            self.expect_bracket('}')?;
        }
        self.node(Kind::Predicate(Box::new(node)), at)
    }

    fn array(&mut self, at: usize) -> Parsed {
        self.advance();
        let mut items = Vec::new();
        while !self.is_bracket(']') {
            if !items.is_empty() {
                self.expect(",")?;
                if self.is_bracket(']') {
                    break;
                }
            }
            items.push(self.expression(0)?);
        }
        self.expect_bracket(']')?;
        self.node(Kind::Array(items), at)
    }

    fn map(&mut self, at: usize) -> Parsed {
        self.advance();
        let mut pairs = Vec::new();
        while !self.is_bracket('}') {
            if !pairs.is_empty() {
                self.expect(",")?;
                if self.is_bracket('}') {
                    break;
                }
            }
            let key_at = self.offset();
            let key = match self.token().clone() {
                Token::Number(text) | Token::Str(text) | Token::Ident(text) => {
                    self.advance();
                    self.node(Kind::Str(text), key_at)?
                }
                Token::Bracket('(') => self.expression(0)?,
                _ => {
                    return self
                        .error("a map key must be a quoted string, a number, a identifier, or an expression enclosed in parentheses");
                }
            };
            self.expect(":")?;
            let value = self.expression(0)?;
            self.nodes += 1;
            pairs.push((key, value));
        }
        self.expect_bracket('}')?;
        self.node(Kind::Map(pairs), at)
    }

    fn postfix(&mut self, mut node: Node) -> Parsed {
        for _ in 0..MAX_CHAIN {
            let at = self.offset();
            let optional = self.is("?.");
            if self.is(".") || optional {
                self.advance();
                if optional && self.is_bracket('[') {
                    node = self.bracket(node, true)?;
                    continue;
                }
                let property_at = self.offset();
                let name = match self.token().clone() {
                    Token::Ident(name) => name,
                    Token::Operator(word) if is_identifier(&word) => word,
                    _ => return self.error("expected name"),
                };
                self.advance();
                let property = Box::new(self.node(Kind::Str(name), property_at)?);
                // One chain is enough for the whole row.
                let (base, chained) = match node {
                    Node { kind: Kind::Chain(inner), .. } => (inner, true),
                    node => (Box::new(node), false),
                };
                node = self.node(Kind::Member { base, property, optional }, property_at)?;
                if self.is_bracket('(') {
                    let mut args = Vec::new();
                    self.arguments(&mut args)?;
                    node = self.node(Kind::Call { callee: Box::new(node), args }, property_at)?;
                }
                if chained || optional {
                    node = self.node(Kind::Chain(Box::new(node)), at)?;
                }
            } else if self.is_bracket('[') {
                node = self.bracket(node, false)?;
            } else {
                return Ok(node);
            }
        }
        Err(LangError::limit("the expression has too many members in a row"))
    }

    fn bracket(&mut self, node: Node, optional: bool) -> Parsed {
        let at = self.offset();
        self.advance();
        let base = Box::new(node);
        let mut from = None;
        if !self.is(":") {
            let index = self.expression(0)?;
            if !self.is(":") {
                let member = Kind::Member { base, property: Box::new(index), optional };
                let mut node = self.node(member, at)?;
                if optional {
                    node = self.node(Kind::Chain(Box::new(node)), at)?;
                }
                self.expect_bracket(']')?;
                return Ok(node);
            }
            from = Some(Box::new(index));
        }
        self.advance();
        let to = if self.is_bracket(']') { None } else { Some(Box::new(self.expression(0)?)) };
        self.expect_bracket(']')?;
        self.node(Kind::Slice { base, from, to }, at)
    }
}

fn number(text: &str) -> Option<Kind> {
    let plain = text.replace('_', "").to_ascii_lowercase();
    let radix = |digits: &str, radix| i64::from_str_radix(digits, radix).ok().map(Kind::Int);
    if let Some(hex) = plain.strip_prefix("0x") {
        return radix(hex, 16);
    }
    if plain.contains(['.', 'e']) {
        return plain.parse::<f64>().ok().filter(|f| f.is_finite()).map(Kind::Float);
    }
    if let Some(bits) = plain.strip_prefix("0b") {
        return radix(bits, 2);
    }
    if let Some(octal) = plain.strip_prefix("0o") {
        return radix(octal, 8);
    }
    plain.parse().ok().map(Kind::Int)
}
