//! The parser of `text/template/parse`.

use std::collections::BTreeMap;

use super::{
    MAX_NESTING,
    function::lookup,
    lex::{Kind, Token, lex},
    node::{Arg, Branch, Command, Node, Number, Operand, Pipe, is_empty},
    number::number,
};
use crate::{
    Error, Result,
    lang::gofmt::{Text, quote::unquote},
};

/// The trees of one text: the main one and those it defines, by name.
pub(super) type Trees = BTreeMap<String, Vec<Node>>;

struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
    name: &'t str,
    trees: Trees,
    variables: Vec<String>,
    ranges: usize,
    nesting: usize,
}

/// Parses a text under a name.
pub(super) fn parse(name: &str, text: &str) -> Result<Trees> {
    let mut parser = Parser { tokens: lex(text), at: 0, name, trees: Trees::new(), variables: vec!["$".into()], ranges: 0, nesting: 0 };
    let list = parser.main()?;
    parser.add(name.to_owned(), list)?;
    Ok(parser.trees)
}

/// How a list of statements ended.
enum End {
    End,
    Else,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Token<'t> {
        let last = self.tokens.len().saturating_sub(1);
        self.tokens.get(self.at.min(last)).cloned().unwrap_or(Token { kind: Kind::Eof, at: 0, text: "", line: 1, message: None })
    }

    fn kind(&self) -> Kind {
        let last = self.tokens.len().saturating_sub(1);
        self.tokens.get(self.at.min(last)).map_or(Kind::Eof, |token| token.kind)
    }

    fn next(&mut self) -> Token<'t> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn skip_space(&mut self) {
        while self.kind() == Kind::Space {
            self.at += 1;
        }
    }

    fn peek_non_space(&mut self) -> Token<'t> {
        self.skip_space();
        self.peek()
    }

    fn next_non_space(&mut self) -> Token<'t> {
        self.skip_space();
        self.next()
    }

    fn fail(&self, message: impl std::fmt::Display) -> Error {
        let last = self.tokens.len().saturating_sub(1);
        let line = self.tokens.get(self.at.saturating_sub(1).min(last)).map_or(1, |token| token.line);
        Error::upstream(format!("template: {}:{line}: {message}", self.name))
    }

    fn unexpected(&self, token: &Token<'_>, context: &str) -> Error {
        match &token.message {
            Some(message) => self.fail(message),
            None if token.kind == Kind::Eof => self.fail(format!("unexpected EOF in {context}")),
            None => self.fail(format!("unexpected {} in {context}", describe(token))),
        }
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token<'t>> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    fn deeper(&mut self) -> Result<()> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING { Err(Error::limit("the template nests too deeply")) } else { Ok(()) }
    }

    fn add(&mut self, name: String, list: Vec<Node>) -> Result<()> {
        match self.trees.get(&name) {
            Some(old) if !is_empty(old) => {
                if is_empty(&list) {
                    return Ok(());
                }
                Err(self.fail(format!("template: multiple definition of template {name:?}")))
            }
            _ => {
                self.trees.insert(name, list);
                Ok(())
            }
        }
    }

    fn main(&mut self) -> Result<Vec<Node>> {
        let mut list = Vec::new();
        while self.kind() != Kind::Eof {
            if self.kind() == Kind::LeftDelim {
                let before = self.at;
                self.next();
                if self.next_non_space().kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.at = before;
            }
            match self.statement()? {
                Ok(node) => list.push(node),
                Err(End::End) => return Err(self.fail("unexpected {{end}}")),
                Err(End::Else) => return Err(self.fail("unexpected {{else}}")),
            }
        }
        Ok(list)
    }

    fn definition(&mut self) -> Result<()> {
        let token = self.next_non_space();
        let name = self.template_name(&token, "define clause")?;
        self.expect(Kind::RightDelim, "define clause")?;
        let list = self.body("define clause")?;
        self.add(name, list)
    }

    /// The body of a `define` or a `block`, which sees none of the variables around it.
    fn body(&mut self, context: &str) -> Result<Vec<Node>> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".into()]);
        let ranges = std::mem::take(&mut self.ranges);
        self.deeper()?;
        let (list, end) = self.list()?;
        self.nesting -= 1;
        self.variables = variables;
        self.ranges = ranges;
        match end {
            End::End => Ok(list),
            End::Else => Err(self.fail(format!("unexpected {{{{else}}}} in {context}"))),
        }
    }

    fn template_name(&mut self, token: &Token<'_>, context: &str) -> Result<String> {
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(token, context));
        }
        let name = unquote(token.text).ok_or_else(|| self.fail("invalid syntax"))?;
        Ok(String::from_utf8_lossy(&name).into_owned())
    }

    fn list(&mut self) -> Result<(Vec<Node>, End)> {
        let mut list = Vec::new();
        while self.peek_non_space().kind != Kind::Eof {
            match self.statement()? {
                Ok(node) => list.push(node),
                Err(end) => return Ok((list, end)),
            }
        }
        self.at += 1;
        Err(self.fail("unexpected EOF"))
    }

    /// A statement, or `end` or `else`.
    fn statement(&mut self) -> Result<Result<Node, End>> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Ok(Node::Text(token.text.as_bytes().to_vec()))),
            Kind::LeftDelim => self.action(),
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn action(&mut self) -> Result<Result<Node, End>> {
        let token = self.next_non_space();
        let node = match token.kind {
            Kind::Block => self.block()?,
            Kind::Break | Kind::Continue => self.jump(token.kind)?,
            Kind::Else => {
                let peek = self.peek_non_space();
                if matches!(peek.kind, Kind::If | Kind::With) {
                    return Ok(Err(End::Else));
                }
                self.expect(Kind::RightDelim, "else")?;
                return Ok(Err(End::Else));
            }
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Err(End::End));
            }
            Kind::If => Node::If(self.control("if")?),
            Kind::Range => Node::Range(self.control("range")?),
            Kind::With => Node::With(self.control("with")?),
            Kind::Template => self.template()?,
            _ => {
                self.at -= 1;
                Node::Action(self.pipeline("command", Kind::RightDelim)?)
            }
        };
        Ok(Ok(node))
    }

    fn jump(&mut self, kind: Kind) -> Result<Node> {
        let word = if kind == Kind::Break { "break" } else { "continue" };
        let token = self.next_non_space();
        if token.kind != Kind::RightDelim {
            return Err(self.unexpected(&token, &format!("{{{{{word}}}}}")));
        }
        if self.ranges == 0 {
            return Err(self.fail(format!("{{{{{word}}}}} outside {{{{range}}}}")));
        }
        Ok(if kind == Kind::Break { Node::Break } else { Node::Continue })
    }

    fn control(&mut self, context: &str) -> Result<Branch> {
        self.deeper()?;
        let variables = self.variables.len();
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let is_range = context == "range";
        self.ranges += usize::from(is_range);
        let (list, end) = self.list()?;
        self.ranges -= usize::from(is_range);
        let otherwise = match end {
            End::End => None,
            End::Else => Some(self.otherwise(context)?),
        };
        self.variables.truncate(variables);
        self.nesting -= 1;
        Ok(Branch { pipe, list, otherwise })
    }

    fn otherwise(&mut self, context: &str) -> Result<Vec<Node>> {
        let kind = self.kind();
        if context == "if" && kind == Kind::If {
            self.next();
            return Ok(vec![Node::If(self.control("if")?)]);
        }
        if context == "with" && kind == Kind::With {
            self.next();
            return Ok(vec![Node::With(self.control("with")?)]);
        }
        match self.list()? {
            (list, End::End) => Ok(list),
            (_, End::Else) => Err(self.fail("expected end; found {{else}}")),
        }
    }

    fn block(&mut self) -> Result<Node> {
        let token = self.next_non_space();
        let name = self.template_name(&token, "block clause")?;
        let pipe = self.pipeline("block clause", Kind::RightDelim)?;
        let list = self.body("block clause")?;
        self.add(name.clone(), list)?;
        Ok(Node::Template { at: token.at, name, pipe: Some(pipe) })
    }

    fn template(&mut self) -> Result<Node> {
        let token = self.next_non_space();
        let name = self.template_name(&token, "template clause")?;
        let mut pipe = None;
        if self.next_non_space().kind != Kind::RightDelim {
            self.at -= 1;
            pipe = Some(self.pipeline("template clause", Kind::RightDelim)?);
        }
        Ok(Node::Template { at: token.at, name, pipe })
    }

    fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe> {
        let at = self.peek_non_space().at;
        let mut pipe = Pipe { at, assign: false, declared: Vec::new(), commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.at -= 1;
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return Err(self.unexpected(&token, context)),
            }
        }
        if pipe.commands.is_empty() {
            return Err(self.fail(format!("missing value for {context}")));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            let first = command.args.first().map(|arg| &arg.operand);
            if matches!(first, Some(Operand::Bool(_) | Operand::Dot | Operand::Nil | Operand::Number(_) | Operand::Str { .. })) {
                return Err(self.fail(format!("non executable command in pipeline stage {}", index + 1)));
            }
        }
        Ok(pipe)
    }

    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Result<()> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            let before = self.at;
            self.next();
            let next = self.peek_non_space();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assign = next.kind == Kind::Assign;
                    self.next();
                    pipe.declared.push(variable.text.to_owned());
                    self.variables.push(variable.text.to_owned());
                    return Ok(());
                }
                Kind::Char if next.text == "," => {
                    self.next();
                    pipe.declared.push(variable.text.to_owned());
                    self.variables.push(variable.text.to_owned());
                    if context == "range" && pipe.declared.len() < 2 {
                        if matches!(self.peek_non_space().kind, Kind::Variable | Kind::RightDelim | Kind::RightParen) {
                            continue;
                        }
                        return Err(self.fail("range can only initialize variables"));
                    }
                    return Err(self.fail(format!("too many declarations in {context}")));
                }
                _ => {
                    self.at = before;
                    return Ok(());
                }
            }
        }
    }

    fn command(&mut self) -> Result<Command> {
        let mut args = Vec::new();
        loop {
            self.skip_space();
            if let Some(operand) = self.operand()? {
                args.push(operand);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.at -= 1,
                Kind::Pipe => {}
                _ => return Err(self.unexpected(&token, "operand")),
            }
            break;
        }
        if args.is_empty() { Err(self.fail("empty command")) } else { Ok(Command { args }) }
    }

    fn operand(&mut self) -> Result<Option<Arg>> {
        let Some(arg) = self.term()? else { return Ok(None) };
        if self.kind() != Kind::Field {
            return Ok(Some(arg));
        }
        let at = self.peek().at;
        let mut fields = Vec::new();
        while self.kind() == Kind::Field {
            fields.extend(names(self.next().text));
        }
        let operand = match arg.operand {
            Operand::Field(mut first) => {
                first.append(&mut fields);
                Operand::Field(first)
            }
            Operand::Variable { name, fields: mut first } => {
                first.append(&mut fields);
                Operand::Variable { name, fields: first }
            }
            Operand::Bool(_) | Operand::Str { .. } | Operand::Number(_) | Operand::Nil | Operand::Dot => {
                return Err(self.fail(format!("unexpected . after term {:?}", arg.to_string())));
            }
            _ => return Ok(Some(Arg { at, operand: Operand::Chain { of: Box::new(arg), fields } })),
        };
        Ok(Some(Arg { at, operand }))
    }

    fn term(&mut self) -> Result<Option<Arg>> {
        let token = self.next_non_space();
        let operand = match token.kind {
            Kind::Identifier => match lookup(token.text) {
                Some(function) => Operand::Function(function),
                None => return Err(self.fail(format!("function {:?} not defined", token.text))),
            },
            Kind::Dot => Operand::Dot,
            Kind::Nil => Operand::Nil,
            Kind::Variable => {
                if !self.variables.iter().any(|name| name == token.text) {
                    return Err(self.fail(format!("undefined variable {:?}", token.text)));
                }
                Operand::Variable { name: token.text.to_owned(), fields: Vec::new() }
            }
            Kind::Field => Operand::Field(names(token.text)),
            Kind::Bool => Operand::Bool(token.text == "true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                let read: Number = number(token.text, token.kind).map_err(|message| self.fail(message))?;
                Operand::Number(read)
            }
            Kind::LeftParen => {
                self.deeper()?;
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                self.nesting -= 1;
                Operand::Pipe(pipe)
            }
            Kind::String | Kind::RawString => {
                let text = unquote(token.text).ok_or_else(|| self.fail("invalid syntax"))?;
                Operand::Str { quoted: token.text.to_owned(), text: text.into() }
            }
            _ => {
                self.at -= 1;
                return Ok(None);
            }
        };
        let at = if let Operand::Pipe(pipe) = &operand { pipe.at } else { token.at };
        Ok(Some(Arg { at, operand }))
    }
}

/// `.a.b` as its names.
fn names(text: &str) -> Vec<Text> {
    text.split('.').skip(1).map(Text::from).collect()
}

fn describe(token: &Token<'_>) -> String {
    let keyword = matches!(
        token.kind,
        Kind::Block | Kind::Break | Kind::Continue | Kind::Define | Kind::Else | Kind::End | Kind::If | Kind::Nil | Kind::Range
    ) || matches!(token.kind, Kind::Template | Kind::With | Kind::Dot);
    if keyword {
        format!("<{}>", token.text)
    } else if token.text.chars().count() > 10 {
        format!("{:?}...", token.text.chars().take(10).collect::<String>())
    } else {
        format!("{:?}", token.text)
    }
}
