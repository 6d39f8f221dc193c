//! Expressions, with the precedence of nunjucks.

use std::rc::Rc;

use smallvec::SmallVec;

use super::super::ast::{Arguments, BinaryOp, Compare, CompareOp, Expr, ExprKind, Filter, Literal, Name, Stmt, StmtKind, Target};
use super::super::error::{Outcome, TemplateError};
use super::token::{Lexicon, Token, TokenKind, is_reserved};

/// How deep parentheses and the like may nest.
const MAX_DEPTH: usize = 200;

/// Whether this name is a literal rather than a variable.
pub(super) fn is_literal_name(name: &str) -> bool {
    matches!(name, "true" | "false" | "null" | "none")
}

/// A run of multiplications and the like that is not a tree yet.
struct Sequence {
    first: Expr,
    operations: Vec<(BinaryOp, Expr)>,
}

impl Sequence {
    fn append(&mut self, op: BinaryOp, right: Self) {
        self.operations.push((op, right.first));
        self.operations.extend(right.operations);
    }

    fn into_expr(self) -> Expr {
        self.operations.into_iter().fold(self.first, |left, (op, right)| binary(op, left, right))
    }
}

fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    Expr { at: left.at, kind: ExprKind::Binary(op, Box::new(left), Box::new(right)) }
}

fn make(at: u32, kind: ExprKind) -> Expr {
    Expr { at, kind }
}

/// The parameters of a macro, and those with defaults.
pub(super) type Signature = (Vec<Target>, Vec<(Name, Expr)>);

/// The names of an assignment or a loop; nearly always one.
pub(super) type Targets = SmallVec<[Target; 1]>;

/// Reads one piece of code.
pub(super) struct ExpressionParser<'t> {
    tokens: &'t [Token],
    index: usize,
    /// An operand that was read before its operators are.
    parked: Option<Expr>,
    depth: usize,
    /// Reserved names are errors.
    closed: bool,
    /// What nunjucks finds only when it compiles what it has read.
    late: Option<TemplateError>,
}

impl<'t> ExpressionParser<'t> {
    /// `closed` refuses reserved names, as nunjitsu does.
    pub(super) fn new(lexicon: &'t mut Lexicon, source: &str, offset: usize, closed: bool) -> Outcome<Self> {
        Ok(Self { tokens: lexicon.tokenize(source, offset, closed)?, index: 0, parked: None, depth: 0, closed, late: None })
    }

    /// A whole expression.
    pub(super) fn expression(mut self) -> Outcome<Expr> {
        let expression = self.inline_if()?;
        self.end()?;
        Ok(expression)
    }

    /// Comma-separated names.
    pub(super) fn targets(mut self) -> Outcome<Targets> {
        let mut targets = Targets::new();
        loop {
            let at = self.at();
            let name = self.name()?;
            if is_literal_name(&name) {
                return Err(TemplateError::syntax("Binding targets must be ordinary names", at as usize));
            }
            self.allowed(&name, at)?;
            targets.push(Target { name, slot: None });
            if !self.eat(",") {
                break;
            }
        }
        self.end()?;
        Ok(targets)
    }

    /// Parameters up to a closing parenthesis.
    pub(super) fn signature(mut self) -> Outcome<Signature> {
        let arguments = self.arguments()?;
        self.end()?;
        let parameter = |argument: Expr| match argument.kind {
            ExprKind::Symbol { name, slot } => Ok(Target { name, slot }),
            _ => Err(TemplateError::syntax("Formal parameters must be names", argument.at as usize)),
        };
        let parameters = arguments.positional.into_iter().map(parameter).collect::<Outcome<_>>()?;
        Ok((parameters, arguments.keyword))
    }

    /// The filter of a filter block, applied to captured text.
    pub(super) fn filter_of(mut self, input: Expr) -> Outcome<Expr> {
        let filter = self.filter_invocation(input)?;
        self.end()?;
        Ok(filter)
    }

    #[inline]
    fn peek(&self, ahead: usize) -> &'t TokenKind {
        self.tokens.get(self.index + ahead).or(self.tokens.last()).map_or(&TokenKind::End, |token| &token.kind)
    }

    fn at(&self) -> u32 {
        self.tokens.get(self.index).or(self.tokens.last()).map_or(0, |token| token.at)
    }

    // So small and so often asked that the texts are compared in place.
    #[inline]
    fn is(&self, operator: &str) -> bool {
        matches!(self.peek(0), TokenKind::Operator(found) if *found == operator)
    }

    #[inline]
    fn is_name(&self, ahead: usize, wanted: &str) -> bool {
        matches!(self.peek(ahead), TokenKind::Name(name) if &**name == wanted)
    }

    #[inline]
    fn eat(&mut self, operator: &str) -> bool {
        let found = self.is(operator);
        self.index += usize::from(found);
        found
    }

    #[inline]
    fn eat_name(&mut self, wanted: &str) -> bool {
        let found = self.is_name(0, wanted);
        self.index += usize::from(found);
        found
    }

    fn wrong<T>(&self, message: impl Into<String>) -> Outcome<T> {
        Err(TemplateError::syntax(message, self.at() as usize))
    }

    fn expect(&mut self, operator: &str) -> Outcome<()> {
        if self.eat(operator) { Ok(()) } else { self.wrong(format!("Expected {operator}")) }
    }

    fn end(&mut self) -> Outcome<()> {
        match self.late.take() {
            Some(late) => Err(late),
            None if matches!(self.peek(0), TokenKind::End) => Ok(()),
            None => self.wrong("Expected eof"),
        }
    }

    fn name(&mut self) -> Outcome<Name> {
        let TokenKind::Name(name) = self.peek(0) else { return self.wrong("Expected name") };
        self.index += 1;
        Ok(name.clone())
    }

    fn allowed(&self, name: &str, at: u32) -> Outcome<()> {
        if self.closed && is_reserved(name) {
            return Err(TemplateError::syntax(format!("Template name {name:?} is reserved"), at as usize));
        }
        Ok(())
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(TemplateError {
                limit: true,
                ..TemplateError::syntax("Template parsing exceeded the nesting depth limit", self.at() as usize)
            });
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Most expressions are one operand: it is read first, and the levels of operators are gone through only if one follows.
    fn inline_if(&mut self) -> Outcome<Expr> {
        let prefixed = match self.peek(0) {
            TokenKind::Operator(operator) => matches!(*operator, "-" | "+"),
            TokenKind::Name(name) => &**name == "not",
            _ => false,
        };
        if !prefixed {
            let operand = self.filter()?;
            if matches!(self.peek(0), TokenKind::End | TokenKind::Operator(")" | "]" | "}" | "," | ":")) {
                return Ok(operand);
            }
            self.parked = Some(operand);
        }
        let body = self.or()?;
        if !self.eat_name("if") {
            return Ok(body);
        }
        let condition = Box::new(self.or()?);
        let otherwise = if self.eat_name("else") { Some(Box::new(self.nested(Self::or)?)) } else { None };
        Ok(make(body.at, ExprKind::InlineIf { condition, body: Box::new(body), otherwise }))
    }

    fn or(&mut self) -> Outcome<Expr> {
        let mut left = self.and()?;
        while self.eat_name("or") {
            let right = self.and()?;
            left = make(left.at, ExprKind::Or(Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn and(&mut self) -> Outcome<Expr> {
        let mut left = self.not()?;
        while self.eat_name("and") {
            let right = self.not()?;
            left = make(left.at, ExprKind::And(Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn not(&mut self) -> Outcome<Expr> {
        let at = self.at();
        if self.parked.is_none() && self.eat_name("not") {
            let target = self.nested(Self::not)?;
            return Ok(sink_not(target, at));
        }
        self.membership()
    }

    fn membership(&mut self) -> Outcome<Expr> {
        let mut left = self.test()?;
        loop {
            let negated = self.is_name(0, "not") && self.is_name(1, "in");
            if negated {
                self.index += 2;
            } else if !self.eat_name("in") {
                return Ok(left);
            }
            let right = self.test()?;
            let at = left.at;
            left = make(at, ExprKind::In(Box::new(left), Box::new(right)));
            if negated {
                left = make(at, ExprKind::Not(Box::new(left)));
            }
        }
    }

    fn test(&mut self) -> Outcome<Expr> {
        let left = self.equality()?;
        if !self.eat_name("is") {
            return Ok(left);
        }
        let negated = self.eat_name("not");
        let late = self.late.take();
        let right = self.equality()?;
        // the test's name is taken from what was read, and only the arguments of a call are compiled
        let compiled = self.late.take().filter(|_| matches!(right.kind, ExprKind::Call { .. }));
        self.late = late.or(compiled);
        let at = left.at;
        let test = make(right.at, ExprKind::Is(Box::new(left), Box::new(right)));
        Ok(if negated { make(at, ExprKind::Not(Box::new(test))) } else { test })
    }

    fn equality(&mut self) -> Outcome<Expr> {
        self.comparison(Self::relational, |operator| match operator {
            "==" => Some(CompareOp::Equal),
            "===" => Some(CompareOp::StrictEqual),
            "!=" => Some(CompareOp::NotEqual),
            "!==" => Some(CompareOp::StrictNotEqual),
            _ => None,
        })
    }

    fn relational(&mut self) -> Outcome<Expr> {
        self.comparison(Self::additive, |operator| match operator {
            "<" => Some(CompareOp::Less),
            "<=" => Some(CompareOp::LessEqual),
            ">" => Some(CompareOp::Greater),
            ">=" => Some(CompareOp::GreaterEqual),
            _ => None,
        })
    }

    fn comparison(&mut self, operand: fn(&mut Self) -> Outcome<Expr>, read: fn(&str) -> Option<CompareOp>) -> Outcome<Expr> {
        let first = operand(self)?;
        let mut operations = SmallVec::new();
        while let TokenKind::Operator(operator) = self.peek(0)
            && let Some(op) = read(operator)
        {
            self.index += 1;
            operations.push((op, operand(self)?));
        }
        Ok(if operations.is_empty() { first } else { make(first.at, ExprKind::Compare(Box::new(Compare { first, operations }))) })
    }

    fn additive(&mut self) -> Outcome<Expr> {
        let operand = self.filter()?;
        if !matches!(self.peek(0), TokenKind::Operator("+" | "-" | "~" | "*" | "/" | "//" | "%" | "**")) {
            return Ok(operand);
        }
        self.parked = Some(operand);
        let mut left = self.multiply()?.into_expr();
        loop {
            let op = match self.peek(0) {
                TokenKind::Operator("+") => BinaryOp::Add,
                TokenKind::Operator("-") => BinaryOp::Sub,
                TokenKind::Operator("~") => BinaryOp::Concat,
                _ => return Ok(left),
            };
            self.index += 1;
            let right = self.multiply()?.into_expr();
            left = binary(op, left, right);
        }
    }

    fn multiply(&mut self) -> Outcome<Sequence> {
        let mut sequence = self.divide()?;
        while self.eat("*") {
            let right = self.divide()?;
            sequence.append(BinaryOp::Mul, right);
        }
        Ok(sequence)
    }

    fn divide(&mut self) -> Outcome<Sequence> {
        let mut sequence = self.floor_divide()?;
        while self.eat("/") {
            let right = self.floor_divide()?;
            sequence.append(BinaryOp::Div, right);
        }
        Ok(sequence)
    }

    fn floor_divide(&mut self) -> Outcome<Sequence> {
        let mut sequence = self.modulo()?;
        while self.eat("//") {
            let right = self.modulo()?;
            sequence.append(BinaryOp::Div, right);
            let target = sequence.into_expr();
            sequence = Sequence { first: make(target.at, ExprKind::Floor(Box::new(target))), operations: Vec::new() };
        }
        Ok(sequence)
    }

    fn modulo(&mut self) -> Outcome<Sequence> {
        let mut sequence = Sequence { first: self.power()?, operations: Vec::new() };
        while self.eat("%") {
            let right = self.power()?;
            sequence.operations.push((BinaryOp::Mod, right));
        }
        Ok(sequence)
    }

    fn power(&mut self) -> Outcome<Expr> {
        let mut left = self.filter()?;
        while self.eat("**") {
            let right = self.filter()?;
            left = binary(BinaryOp::Pow, left, right);
        }
        Ok(left)
    }

    fn filter(&mut self) -> Outcome<Expr> {
        if let Some(operand) = self.parked.take() {
            return Ok(operand);
        }
        let mut expression = self.unary()?;
        while self.eat("|") {
            expression = self.filter_invocation(expression)?;
        }
        Ok(expression)
    }

    fn filter_invocation(&mut self, input: Expr) -> Outcome<Expr> {
        let at = self.at();
        let first = self.name()?;
        self.allowed(&first, at)?;
        let mut name = first;
        while self.eat(".") {
            let at = self.at();
            let segment = self.name()?;
            self.allowed(&segment, at)?;
            name = format!("{name}.{segment}").into();
        }
        let arguments = if self.eat("(") { self.nested(Self::arguments)? } else { Arguments::default() };
        Ok(make(at, ExprKind::Filter(Box::new(Filter { name, input, arguments }))))
    }

    fn unary(&mut self) -> Outcome<Expr> {
        let at = self.at();
        if self.eat("-") {
            let target = self.nested(Self::unary)?;
            if let ExprKind::Negative(inner) = &target.kind {
                return self.repeated("-", inner, target.at);
            }
            return Ok(make(at, ExprKind::Negative(Box::new(target))));
        }
        if self.eat("+") {
            let target = self.nested(Self::unary)?;
            if let ExprKind::Positive(inner) = &target.kind {
                return self.repeated("+", inner, target.at);
            }
            return Ok(make(at, ExprKind::Positive(Box::new(target))));
        }
        self.postfix()
    }

    /// nunjucks writes two signs as JavaScript's `--` or `++`: what cannot be assigned to is a mistake of syntax, but a call,
    /// which every lookup is, fails where it is evaluated.
    fn repeated(&mut self, sign: &str, inner: &Expr, at: u32) -> Outcome<Expr> {
        let call = matches!(
            inner.kind,
            ExprKind::Symbol { .. } | ExprKind::Member { .. } | ExprKind::Lookup { .. } | ExprKind::Call { .. } | ExprKind::Filter(_)
        );
        if self.closed || !call {
            let late = TemplateError::syntax(format!("Repeated unparenthesized unary {sign} is not supported"), at as usize);
            if self.closed {
                return Err(late);
            }
            self.late.get_or_insert(late);
        }
        let failing = Stmt { at, kind: StmtKind::Failing("Invalid left-hand side expression in prefix operation".into(), Vec::new()) };
        Ok(Expr { at, kind: ExprKind::Capture(vec![failing]) })
    }

    fn postfix(&mut self) -> Outcome<Expr> {
        let mut expression = self.primary()?;
        loop {
            if self.eat(".") {
                let at = self.at();
                let key = self.name()?;
                self.allowed(&key, at)?;
                expression = make(at, ExprKind::Member { target: Box::new(expression), key });
            } else if self.eat("[") {
                expression = self.nested(|parser| parser.subscript(expression))?;
            } else if self.eat("(") {
                let arguments = Box::new(self.nested(Self::arguments)?);
                expression = make(expression.at, ExprKind::Call { callee: Box::new(expression), arguments });
            } else {
                return Ok(expression);
            }
        }
    }

    fn subscript(&mut self, target: Expr) -> Outcome<Expr> {
        let at = self.at();
        let bound = |parser: &mut Self| -> Outcome<Option<Expr>> {
            if parser.is(":") || parser.is("]") { Ok(None) } else { parser.inline_if().map(Some) }
        };
        let start = bound(self)?;
        if !self.eat(":") {
            let Some(key) = start else { return self.wrong("Expected subscript expression") };
            self.expect("]")?;
            let target = Box::new(target);
            return Ok(match key.kind {
                ExprKind::Literal(Literal::Text(text)) => {
                    self.allowed(&text, key.at)?;
                    make(key.at, ExprKind::Member { target, key: (&*text).into() })
                }
                kind => make(key.at, ExprKind::Lookup { target, key: Box::new(make(key.at, kind)) }),
            });
        }
        if !self.closed {
            return self.wrong("parseAggregate: expected comma after expression");
        }
        let stop = bound(self)?;
        let step = if self.eat(":") { bound(self)? } else { None };
        self.expect("]")?;
        let or = |bound: Option<Expr>, default: Literal| bound.unwrap_or_else(|| make(at, ExprKind::Literal(default)));
        let bounds = [or(start, Literal::Null), or(stop, Literal::Null), or(step, Literal::Number(1.0))];
        Ok(make(at, ExprKind::Slice { target: Box::new(target), bounds: Box::new(bounds) }))
    }

    fn primary(&mut self) -> Outcome<Expr> {
        let at = self.at();
        let literal = |literal: Literal| make(at, ExprKind::Literal(literal));
        let found = match self.peek(0) {
            TokenKind::Number(number) => literal(Literal::Number(*number)),
            TokenKind::Text(text) => literal(Literal::Text(Rc::clone(text))),
            TokenKind::Regex { source, flags } => literal(Literal::Regex { source: Rc::clone(source), flags: Rc::clone(flags) }),
            TokenKind::Name(name) => match &**name {
                "true" => literal(Literal::Bool(true)),
                "false" => literal(Literal::Bool(false)),
                "none" | "null" => literal(Literal::Null),
                _ => {
                    self.allowed(name, at)?;
                    make(at, ExprKind::Symbol { name: name.clone(), slot: None })
                }
            },
            TokenKind::Operator(operator) => {
                let operator = *operator;
                return self.enclosed(operator, at);
            }
            TokenKind::End => return self.wrong("Unexpected expression token at end of input"),
        };
        self.index += 1;
        Ok(found)
    }

    fn enclosed(&mut self, operator: &'static str, at: u32) -> Outcome<Expr> {
        match operator {
            "(" => {
                self.index += 1;
                let children = self.nested(|parser| parser.delimited(")"))?;
                if children.is_empty() {
                    return Err(TemplateError::syntax("Parenthesized expression cannot be empty", at as usize));
                }
                Ok(make(at, ExprKind::Group(children)))
            }
            "[" => {
                self.index += 1;
                Ok(make(at, ExprKind::Array(self.nested(|parser| parser.delimited("]"))?)))
            }
            "{" => {
                self.index += 1;
                Ok(make(at, ExprKind::Dict(self.nested(Self::dictionary)?)))
            }
            other => self.wrong(format!("Unexpected expression token {other:?}")),
        }
    }

    fn dictionary(&mut self) -> Outcome<Vec<(Name, Expr)>> {
        let mut pairs = Vec::new();
        if self.eat("}") {
            return Ok(pairs);
        }
        loop {
            let at = self.at();
            let key = match self.peek(0).clone() {
                TokenKind::Name(name) if !is_literal_name(&name) => name,
                TokenKind::Text(text) => (&*text).into(),
                TokenKind::Number(_) | TokenKind::Name(_) if !self.closed => {
                    let late = TemplateError::syntax("Dictionary keys must be strings or names", at as usize);
                    self.late.get_or_insert(late);
                    Name::default()
                }
                _ => return self.wrong("Dictionary keys must be strings or names"),
            };
            self.index += 1;
            self.allowed(&key, at)?;
            self.expect(":")?;
            pairs.push((key, self.inline_if()?));
            if !self.eat(",") {
                break;
            }
        }
        self.expect("}")?;
        Ok(pairs)
    }

    fn delimited(&mut self, end: &str) -> Outcome<Vec<Expr>> {
        let mut children = Vec::new();
        if self.eat(end) {
            return Ok(children);
        }
        loop {
            children.push(self.inline_if()?);
            if !self.eat(",") {
                break;
            }
        }
        self.expect(end)?;
        Ok(children)
    }

    fn arguments(&mut self) -> Outcome<Arguments> {
        let mut arguments = Arguments::default();
        if self.eat(")") {
            return Ok(arguments);
        }
        loop {
            let at = self.at();
            if matches!(self.peek(0), TokenKind::Name(_)) && matches!(self.peek(1), TokenKind::Operator("=")) {
                let name = self.name()?;
                self.allowed(&name, at)?;
                self.index += 1;
                arguments.keyword.push((name, self.inline_if()?));
            } else {
                arguments.positional.push(self.inline_if()?);
            }
            if !self.eat(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(arguments)
    }
}

/// `not` negates the leftmost operand of arithmetic and comparisons, as the generated JavaScript does.
fn sink_not(target: Expr, at: u32) -> Expr {
    match target.kind {
        ExprKind::Binary(op, left, right) if op != BinaryOp::Pow => make(at, ExprKind::Binary(op, Box::new(sink_not(*left, at)), right)),
        ExprKind::Compare(compare) => {
            let Compare { first, operations } = *compare;
            make(at, ExprKind::Compare(Box::new(Compare { first: sink_not(first, at), operations })))
        }
        kind => make(at, ExprKind::Not(Box::new(Expr { at: target.at, kind }))),
    }
}
