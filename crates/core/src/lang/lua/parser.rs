//! Tokens to code, names resolved to slots and upvalues.

use std::rc::Rc;

use super::ast::{Binary, Block, Bytes, Call, Expr, Item, Proto, Statement, Target, Upvalue};
use super::lexer::{Lexer, Spanned, Token};

/// Nested functions, blocks and expressions.
const DEPTH: usize = 180;

struct Function {
    /// Visible locals, innermost last.
    scope: Vec<(Bytes, usize)>,
    captured: Vec<bool>,
    upvalues: Vec<(Bytes, Upvalue)>,
    vararg: bool,
}

pub(super) struct Parser<'t> {
    lexer: Lexer<'t>,
    now: Spanned,
    ahead: Option<Spanned>,
    functions: Vec<Function>,
    depth: usize,
}

type Parsed<T> = Result<T, String>;

/// Compiles a chunk.
pub(super) fn parse(text: &str) -> Parsed<Proto> {
    let mut lexer = Lexer::new(text);
    let now = lexer.next()?;
    let mut parser = Parser { lexer, now, ahead: None, functions: Vec::new(), depth: 0 };
    parser.open(true);
    let body = parser.block()?;
    if parser.now.token != Token::End {
        return Err(parser.unexpected());
    }
    Ok(parser.close(0, body))
}

impl Parser<'_> {
    fn open(&mut self, vararg: bool) {
        self.functions.push(Function { scope: Vec::new(), captured: Vec::new(), upvalues: Vec::new(), vararg });
    }

    fn close(&mut self, parameters: usize, body: Block) -> Proto {
        let function = self.functions.pop();
        let (captured, upvalues, vararg) = function.map(|f| (f.captured, f.upvalues, f.vararg)).unwrap_or_default();
        Proto { parameters, vararg, captured, upvalues: upvalues.into_iter().map(|(_, place)| place).collect(), body }
    }

    /// gopher-lua's words for a token that does not fit.
    fn unexpected(&self) -> String {
        if self.now.token == Token::End {
            return "<string> at EOF:   syntax error\n".into();
        }
        format!("<string> line:{}(column:{}) near '{}':   syntax error\n", self.now.line, self.now.column, near(&self.now))
    }

    fn advance(&mut self) -> Parsed<Spanned> {
        let next = match self.ahead.take() {
            Some(token) => token,
            None => self.lexer.next()?,
        };
        Ok(std::mem::replace(&mut self.now, next))
    }

    fn peek(&mut self) -> Parsed<&Token> {
        if self.ahead.is_none() {
            self.ahead = Some(self.lexer.next()?);
        }
        Ok(self.ahead.as_ref().map_or(&Token::End, |spanned| &spanned.token))
    }

    fn is(&self, word: &str) -> bool {
        matches!(self.now.token, Token::Keyword(w) | Token::Symbol(w) if w == word)
    }

    fn take(&mut self, word: &str) -> Parsed<bool> {
        let found = self.is(word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, word: &str) -> Parsed<()> {
        if self.take(word)? { Ok(()) } else { Err(self.unexpected()) }
    }

    fn name(&mut self) -> Parsed<Bytes> {
        match &self.now.token {
            Token::Name(name) => {
                let name = Rc::clone(name);
                self.advance()?;
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn declare(&mut self, name: Bytes) -> usize {
        let Some(function) = self.functions.last_mut() else { return 0 };
        let slot = function.captured.len();
        function.captured.push(false);
        function.scope.push((name, slot));
        slot
    }

    fn mark(&self) -> usize {
        self.functions.last().map_or(0, |function| function.scope.len())
    }

    fn forget(&mut self, mark: usize) {
        if let Some(function) = self.functions.last_mut() {
            function.scope.truncate(mark);
        }
    }

    fn resolve(&mut self, name: &Bytes) -> Option<Result<usize, usize>> {
        let top = self.functions.len().checked_sub(1)?;
        if let Some(slot) = find(self.functions.get(top)?, name) {
            return Some(Ok(slot));
        }
        self.upvalue(top, name).map(Err)
    }

    fn upvalue(&mut self, level: usize, name: &Bytes) -> Option<usize> {
        let known = self.functions.get(level)?.upvalues.iter().position(|(known, _)| known == name);
        if known.is_some() {
            return known;
        }
        let outer = level.checked_sub(1)?;
        let place = match find(self.functions.get(outer)?, name) {
            Some(slot) => {
                *self.functions.get_mut(outer)?.captured.get_mut(slot)? = true;
                Upvalue::Slot(slot)
            }
            None => Upvalue::Outer(self.upvalue(outer, name)?),
        };
        let upvalues = &mut self.functions.get_mut(level)?.upvalues;
        upvalues.push((Rc::clone(name), place));
        Some(upvalues.len() - 1)
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH { Err("<string>: too many nested blocks and expressions\n".into()) } else { Ok(()) }
    }

    fn block(&mut self) -> Parsed<Block> {
        let mark = self.mark();
        let block = self.open_block()?;
        self.forget(mark);
        Ok(block)
    }

    /// A block whose locals stay visible: `repeat` needs them in its condition.
    fn open_block(&mut self) -> Parsed<Block> {
        self.deeper()?;
        let mut block = Block::default();
        loop {
            while self.take(";")? {}
            if self.now.token == Token::End || ["end", "else", "elseif", "until"].iter().any(|word| self.is(word)) {
                break;
            }
            if self.take("::")? {
                let name = self.name()?;
                self.expect("::")?;
                block.labels.push((name, block.statements.len()));
                continue;
            }
            let last = self.is("return") || self.is("break");
            let statement = self.statement()?;
            block.statements.push(statement);
            if last && matches!(block.statements.last(), Some(Statement::Return(_))) {
                self.take(";")?;
                break;
            }
        }
        self.depth -= 1;
        Ok(block)
    }

    fn statement(&mut self) -> Parsed<Statement> {
        let line = self.now.line;
        if self.take("if")? {
            return self.if_statement();
        }
        if self.take("while")? {
            let condition = self.expr()?;
            self.expect("do")?;
            let body = self.block()?;
            self.expect("end")?;
            return Ok(Statement::While { condition, body, line });
        }
        if self.take("do")? {
            let body = self.block()?;
            self.expect("end")?;
            return Ok(Statement::Do(body));
        }
        if self.take("for")? {
            return self.for_statement(line);
        }
        if self.take("repeat")? {
            let mark = self.mark();
            let body = self.open_block()?;
            self.expect("until")?;
            let condition = self.expr()?;
            self.forget(mark);
            return Ok(Statement::Repeat { body, condition, line });
        }
        if self.take("function")? {
            return self.function_statement(line);
        }
        if self.take("local")? {
            return self.local_statement();
        }
        if self.take("return")? {
            let done = self.now.token == Token::End || [";", "end", "else", "elseif", "until"].iter().any(|word| self.is(word));
            return Ok(Statement::Return(if done { Vec::new() } else { self.exprs()? }));
        }
        if self.take("break")? {
            return Ok(Statement::Break);
        }
        if self.take("goto")? {
            return Ok(Statement::Goto(self.name()?));
        }
        self.expr_statement()
    }

    fn if_statement(&mut self) -> Parsed<Statement> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.expr()?;
            self.expect("then")?;
            arms.push((condition, self.block()?));
            if self.take("elseif")? {
                continue;
            }
            if self.take("else")? {
                otherwise = Some(self.block()?);
            }
            self.expect("end")?;
            return Ok(Statement::If { arms, otherwise });
        }
    }

    fn for_statement(&mut self, line: u32) -> Parsed<Statement> {
        let mut names = vec![self.name()?];
        if self.take("=")? {
            let start = self.expr()?;
            self.expect(",")?;
            let limit = self.expr()?;
            let step = if self.take(",")? { Some(self.expr()?) } else { None };
            let mark = self.mark();
            let slot = self.declare(names.remove(0));
            let body = self.loop_body(mark)?;
            return Ok(Statement::NumericFor { slot, start, limit, step, body, line });
        }
        while self.take(",")? {
            names.push(self.name()?);
        }
        self.expect("in")?;
        let values = self.exprs()?;
        let mark = self.mark();
        let slots = names.into_iter().map(|name| self.declare(name)).collect();
        let body = self.loop_body(mark)?;
        Ok(Statement::GenericFor { slots, values, body, line })
    }

    fn loop_body(&mut self, mark: usize) -> Parsed<Block> {
        self.expect("do")?;
        let body = self.block()?;
        self.forget(mark);
        self.expect("end")?;
        Ok(body)
    }

    fn function_statement(&mut self, line: u32) -> Parsed<Statement> {
        let mut target = self.variable()?;
        let mut method = false;
        while self.is(".") || self.is(":") {
            method = self.is(":");
            self.advance()?;
            let key = Expr::Text(self.name()?);
            target = Expr::Index { object: Box::new(target), key: Box::new(key), line };
            if method {
                break;
            }
        }
        let function = self.function_body(method)?;
        let target = self.target(target)?;
        Ok(Statement::Assign { targets: vec![target], values: vec![Expr::Function(function)] })
    }

    fn local_statement(&mut self) -> Parsed<Statement> {
        if self.take("function")? {
            let name = self.name()?;
            let slot = self.declare(name);
            return Ok(Statement::LocalFunction { slot, function: self.function_body(false)? });
        }
        let mut names = vec![self.name()?];
        while self.take(",")? {
            names.push(self.name()?);
        }
        let values = if self.take("=")? { self.exprs()? } else { Vec::new() };
        let slots = names.into_iter().map(|name| self.declare(name)).collect();
        Ok(Statement::Local { slots, values })
    }

    fn expr_statement(&mut self) -> Parsed<Statement> {
        let start = self.now.clone();
        let first = self.suffixed()?;
        if let Expr::Call(call) = first {
            if !self.is("=") && !self.is(",") {
                return Ok(Statement::Call(*call));
            }
            return Err(self.unexpected());
        }
        if matches!(first, Expr::Paren(_)) {
            return Err(self.unexpected());
        }
        if !self.is("=") && !self.is(",") {
            let _ = start;
            return Err(self.unexpected());
        }
        let mut targets = vec![self.target(first)?];
        while self.take(",")? {
            let next = self.suffixed()?;
            targets.push(self.target(next)?);
        }
        self.expect("=")?;
        Ok(Statement::Assign { targets, values: self.exprs()? })
    }

    fn target(&self, expr: Expr) -> Parsed<Target> {
        match expr {
            Expr::Slot(slot) => Ok(Target::Slot(slot)),
            Expr::Upvalue(index) => Ok(Target::Upvalue(index)),
            Expr::Global(name) => Ok(Target::Global(name)),
            Expr::Index { object, key, line } => Ok(Target::Index { object: *object, key: *key, line }),
            _ => Err(self.unexpected()),
        }
    }

    fn exprs(&mut self) -> Parsed<Vec<Expr>> {
        let mut list = vec![self.expr()?];
        while self.take(",")? {
            list.push(self.expr()?);
        }
        Ok(list)
    }

    fn expr(&mut self) -> Parsed<Expr> {
        self.binary(0)
    }

    fn binary(&mut self, floor: u8) -> Parsed<Expr> {
        self.deeper()?;
        let line = self.now.line;
        let mut left = self.unary()?;
        while let Some((left_power, right_power, op)) = operator(&self.now.token) {
            if left_power < floor {
                break;
            }
            self.advance()?;
            let right = Box::new(self.binary(right_power)?);
            let line = left.line().unwrap_or(line);
            left = match op {
                Operator::And => Expr::And(Box::new(left), right),
                Operator::Or => Expr::Or(Box::new(left), right),
                Operator::Binary(op) => Expr::Binary { op, left: Box::new(left), right, line },
            };
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        const UNARY: u8 = 14;
        if self.take("not")? {
            return Ok(Expr::Not(Box::new(self.binary(UNARY)?)));
        }
        if self.take("-")? {
            let line = self.now.line;
            return Ok(match self.binary(UNARY)? {
                Expr::Number(number) => Expr::Number(-number),
                operand => Expr::Minus(Box::new(operand), line),
            });
        }
        if self.take("#")? {
            let line = self.now.line;
            return Ok(Expr::Length(Box::new(self.binary(UNARY)?), line));
        }
        self.simple()
    }

    fn simple(&mut self) -> Parsed<Expr> {
        let line = self.now.line;
        let constant = match &self.now.token {
            Token::Number(number) => Some(Expr::Number(*number)),
            Token::Text(text) => Some(Expr::Text(Rc::clone(text))),
            Token::Keyword("nil") => Some(Expr::Nil),
            Token::Keyword("true") => Some(Expr::True),
            Token::Keyword("false") => Some(Expr::False),
            Token::Symbol("...") => {
                if !self.functions.last().is_some_and(|function| function.vararg) {
                    return Err(format!(
                        "<string> line:{line}(column:{}) near '...':   cannot use '...' outside a vararg function\n",
                        self.now.column
                    ));
                }
                Some(Expr::Vararg)
            }
            _ => None,
        };
        if let Some(constant) = constant {
            self.advance()?;
            return Ok(constant);
        }
        if self.is("{") {
            return self.table();
        }
        if self.take("function")? {
            return Ok(Expr::Function(self.function_body(false)?));
        }
        self.suffixed()
    }

    fn variable(&mut self) -> Parsed<Expr> {
        let name = self.name()?;
        Ok(match self.resolve(&name) {
            Some(Ok(slot)) => Expr::Slot(slot),
            Some(Err(upvalue)) => Expr::Upvalue(upvalue),
            None => Expr::Global(name),
        })
    }

    fn suffixed(&mut self) -> Parsed<Expr> {
        let line = self.now.line;
        let mut name: Bytes = b"?"[..].into();
        let mut expr = if self.take("(")? {
            let inner = self.expr()?;
            self.expect(")")?;
            Expr::Paren(Box::new(inner))
        } else {
            if let Token::Name(word) = &self.now.token {
                name = Rc::clone(word);
            }
            self.variable()?
        };
        let mut links = 0;
        loop {
            links += 1;
            if links > DEPTH {
                return Err("<string>: too many nested blocks and expressions\n".into());
            }
            if self.take(".")? {
                name = self.name()?;
                expr = Expr::Index { object: Box::new(expr), key: Box::new(Expr::Text(Rc::clone(&name))), line };
            } else if self.take("[")? {
                let key = self.expr()?;
                self.expect("]")?;
                name = if let Expr::Text(text) = &key { Rc::clone(text) } else { b"?"[..].into() };
                expr = Expr::Index { object: Box::new(expr), key: Box::new(key), line };
            } else if self.is(":") {
                self.advance()?;
                let method = self.name()?;
                let arguments = self.arguments()?.ok_or_else(|| self.unexpected())?;
                expr = Expr::Call(Box::new(Call { function: expr, name: Rc::clone(&method), method: Some(method), arguments, line }));
                name = b"?"[..].into();
            } else if let Some(arguments) = self.arguments()? {
                expr = Expr::Call(Box::new(Call { function: expr, method: None, arguments, name, line }));
                name = b"?"[..].into();
            } else {
                return Ok(expr);
            }
        }
    }

    fn arguments(&mut self) -> Parsed<Option<Vec<Expr>>> {
        if let Token::Text(text) = &self.now.token {
            let text = Expr::Text(Rc::clone(text));
            self.advance()?;
            return Ok(Some(vec![text]));
        }
        if self.is("{") {
            return Ok(Some(vec![self.table()?]));
        }
        if !self.take("(")? {
            return Ok(None);
        }
        if self.take(")")? {
            return Ok(Some(Vec::new()));
        }
        let list = self.exprs()?;
        self.expect(")")?;
        Ok(Some(list))
    }

    fn table(&mut self) -> Parsed<Expr> {
        let line = self.now.line;
        self.expect("{")?;
        let mut items = Vec::new();
        while !self.is("}") {
            let named = matches!(self.now.token, Token::Name(_)) && *self.peek()? == Token::Symbol("=");
            if named {
                let key = Expr::Text(self.name()?);
                self.expect("=")?;
                items.push(Item::Keyed(key, self.expr()?));
            } else if self.take("[")? {
                let key = self.expr()?;
                self.expect("]")?;
                self.expect("=")?;
                items.push(Item::Keyed(key, self.expr()?));
            } else {
                items.push(Item::Positional(self.expr()?));
            }
            if !self.take(",")? && !self.take(";")? {
                break;
            }
        }
        self.expect("}")?;
        Ok(Expr::Table { items, line })
    }

    fn function_body(&mut self, method: bool) -> Parsed<Rc<Proto>> {
        self.expect("(")?;
        let mut names: Vec<Bytes> = if method { vec![b"self"[..].into()] } else { Vec::new() };
        let mut vararg = false;
        while !self.is(")") {
            if self.take("...")? {
                vararg = true;
                break;
            }
            names.push(self.name()?);
            if !self.take(",")? {
                break;
            }
        }
        self.expect(")")?;
        self.open(vararg);
        let parameters = names.len();
        for name in names {
            self.declare(name);
        }
        let body = self.block()?;
        let proto = self.close(parameters, body);
        self.expect("end")?;
        Ok(Rc::new(proto))
    }
}

fn find(function: &Function, name: &Bytes) -> Option<usize> {
    function.scope.iter().rev().find(|(known, _)| known == name).map(|(_, slot)| *slot)
}

/// gopher-lua names a string token by its content.
fn near(spanned: &Spanned) -> String {
    match &spanned.token {
        Token::Text(text) => String::from_utf8_lossy(text).into_owned(),
        _ => spanned.raw.clone(),
    }
}

enum Operator {
    And,
    Or,
    Binary(Binary),
}

/// Left and right binding power; concatenation and powers bind to the right.
fn operator(token: &Token) -> Option<(u8, u8, Operator)> {
    let (Token::Symbol(word) | Token::Keyword(word)) = token else { return None };
    Some(match *word {
        "or" => (1, 2, Operator::Or),
        "and" => (3, 4, Operator::And),
        "<" => (5, 6, Operator::Binary(Binary::Less)),
        ">" => (5, 6, Operator::Binary(Binary::Greater)),
        "<=" => (5, 6, Operator::Binary(Binary::LessEqual)),
        ">=" => (5, 6, Operator::Binary(Binary::GreaterEqual)),
        "~=" => (5, 6, Operator::Binary(Binary::NotEqual)),
        "==" => (5, 6, Operator::Binary(Binary::Equal)),
        ".." => (8, 7, Operator::Binary(Binary::Concat)),
        "+" => (9, 10, Operator::Binary(Binary::Add)),
        "-" => (9, 10, Operator::Binary(Binary::Sub)),
        "*" => (11, 12, Operator::Binary(Binary::Mul)),
        "/" => (11, 12, Operator::Binary(Binary::Div)),
        "%" => (11, 12, Operator::Binary(Binary::Mod)),
        "^" => (16, 15, Operator::Binary(Binary::Pow)),
        _ => return None,
    })
}
