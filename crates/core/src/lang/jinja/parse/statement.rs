//! Statements: blocks, loops, assignments, macros.

use std::collections::HashSet;
use std::rc::Rc;

use smallvec::smallvec;

use super::super::Options;
use super::super::ast::{
    Blocks, Body, Branch, Callee, Expr, ExprKind, For, If, Literal, Name, Parsed, Set, SetValue, Slot, Stmt, StmtKind, Switch, Target,
};
use super::super::error::{Outcome, TemplateError};
use super::code::{is_code_space, leading_space, matching_delimiter, name_end, split_keyword, top_level_char, trim_code};
use super::expression::{ExpressionParser, Signature, Targets};
use super::plain;
use super::scan::{Piece, PieceKind, scan, tag_name};
use super::token::Lexicon;

/// How deep blocks may nest.
const MAX_DEPTH: usize = 200;
/// How many pieces a template may have.
const MAX_PIECES: usize = 1_000_000;

/// Whether a tag ends or divides a block. Tags are told apart by their bytes, which the compiler makes a tree of.
fn is_stop(tag: &str) -> bool {
    is_bare(tag) || matches!(tag.as_bytes(), b"elif" | b"elseif" | b"case")
}

/// Whether such a tag takes nothing after its name.
fn is_bare(tag: &str) -> bool {
    matches!(
        tag.as_bytes(),
        b"else" | b"endif" | b"endfor" | b"endmacro" | b"endcall" | b"endfilter" | b"endset" | b"default" | b"endswitch"
    )
}

struct StatementParser<'a> {
    pieces: Vec<Piece<'a>>,
    index: usize,
    depth: usize,
    declared: HashSet<Name>,
    blocks: Blocks,
    closed: bool,
    /// How many captures of `set` are open.
    captures: usize,
    /// Directly in a case of a `switch`, or in what a loop does else: nunjucks writes both without closing what opens in them.
    unscoped: bool,
    lexicon: Lexicon,
}

/// Where a body ended.
struct Stop<'a> {
    name: &'a str,
    rest: &'a str,
    rest_at: usize,
    at: usize,
}

/// Parses a template; names are not resolved yet.
pub(in super::super) fn parse(source: &str, options: &Options) -> Outcome<Parsed> {
    let pieces = scan(source, options)?;
    if pieces.len() > MAX_PIECES {
        return Err(TemplateError { limit: true, ..TemplateError::syntax("Template parsing exceeded the AST node limit", 0) });
    }
    let mut parser = StatementParser {
        pieces,
        index: 0,
        depth: 0,
        declared: HashSet::new(),
        blocks: Blocks::new(),
        closed: !options.legacy,
        captures: 0,
        unscoped: false,
        lexicon: Lexicon::default(),
    };
    let (body, stop) = parser.body(&[])?;
    match stop {
        None => Ok(Parsed { body, blocks: parser.blocks }),
        Some(stop) => Err(TemplateError::syntax(format!("Unexpected {:?} tag", stop.name), stop.at)),
    }
}

/// The code after the tag's name, with its offset.
fn remainder<'a>(code: &'a str, code_at: usize, name: &str) -> (&'a str, usize) {
    let rest = code.get(name.len()..).unwrap_or_default();
    let leading = leading_space(rest);
    (trim_code(rest), code_at + name.len() + leading)
}

fn wrong<T>(message: impl Into<String>, at: usize) -> Outcome<T> {
    Err(TemplateError::syntax(message, at))
}

impl<'a> StatementParser<'a> {
    fn expression(&mut self, source: &str, at: usize) -> Outcome<Expr> {
        match plain::expression(source, at, self.closed) {
            Some(plain) => Ok(plain),
            None => ExpressionParser::new(&mut self.lexicon, source, at, self.closed)?.expression(),
        }
    }

    fn targets(&mut self, source: &str, at: usize) -> Outcome<Targets> {
        match plain::expression(source, at, self.closed) {
            Some(Expr { kind: ExprKind::Symbol { name, slot }, .. }) => Ok(smallvec![Target { name, slot }]),
            _ => ExpressionParser::new(&mut self.lexicon, source, at, self.closed)?.targets(),
        }
    }

    fn signature(&mut self, source: &str, at: usize) -> Outcome<Signature> {
        if trim_code(source).is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        ExpressionParser::new(&mut self.lexicon, &format!("{source})"), at, self.closed)?.signature()
    }

    fn body(&mut self, stops: &[&str]) -> Outcome<(Body, Option<Stop<'a>>)> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(TemplateError { limit: true, ..TemplateError::syntax("Template parsing exceeded the nesting depth limit", 0) });
        }
        let parsed = self.body_contents(stops);
        self.depth -= 1;
        parsed
    }

    fn body_contents(&mut self, stops: &[&str]) -> Outcome<(Body, Option<Stop<'a>>)> {
        // Most bodies inside a template are short.
        let mut body = Vec::with_capacity(if self.depth == 1 { self.pieces.len().min(64) } else { 2 });
        while let Some(piece) = self.pieces.get_mut(self.index) {
            let text = piece.text.take();
            let Piece { kind, code, at: tag_at, code_at, .. } = *piece;
            self.index += 1;
            let at = tag_at as u32;
            match kind {
                PieceKind::Text => body.extend(text.map(|text| Stmt { at, kind: StmtKind::Text(text) })),
                PieceKind::Variable => {
                    let kind = StmtKind::Output(self.expression(code, code_at)?);
                    body.push(Stmt { at, kind });
                }
                PieceKind::Block => {
                    let name = tag_name(code);
                    let (rest, rest_at) = remainder(code, code_at, name);
                    // Only tags that begin with these are among the stops.
                    if matches!(name.as_bytes().first(), Some(b'e' | b'c' | b'd')) && stops.contains(&name) {
                        if is_bare(name) && !rest.is_empty() {
                            return wrong(format!("{name} tag does not accept trailing content"), tag_at);
                        }
                        return Ok((body, Some(Stop { name, rest, rest_at, at: tag_at })));
                    }
                    if is_stop(name) {
                        return wrong(format!("Unexpected {name:?} tag without a matching opening tag"), tag_at);
                    }
                    let kind = self.statement(name, rest, rest_at, tag_at)?;
                    body.push(Stmt { at, kind });
                }
            }
        }
        Ok((body, None))
    }

    /// A body that must be ended by one of the stops.
    fn body_until(&mut self, stops: &[&str], missing: &str, at: usize) -> Outcome<(Body, Stop<'a>)> {
        self.ended(false, stops, missing, at)
    }

    /// As [`Self::body_until`], of a body that is `unscoped` in nunjucks.
    fn unscoped_until(&mut self, stops: &[&str], missing: &str, at: usize) -> Outcome<(Body, Stop<'a>)> {
        self.ended(true, stops, missing, at)
    }

    fn ended(&mut self, unscoped: bool, stops: &[&str], missing: &str, at: usize) -> Outcome<(Body, Stop<'a>)> {
        let outer = std::mem::replace(&mut self.unscoped, unscoped);
        let (body, stop) = self.body(stops)?;
        self.unscoped = outer;
        match stop {
            Some(stop) => Ok((body, stop)),
            None => wrong(format!("Missing {missing} tag"), at),
        }
    }

    /// What nunjucks compiles to a function that stays open to the end of its scope must not stand where there is none.
    fn opens(&self, at: usize) -> Outcome<()> {
        if self.unscoped && !self.closed { wrong("nunjucks writes broken JavaScript for this tag here", at) } else { Ok(()) }
    }

    fn statement(&mut self, name: &str, rest: &'a str, rest_at: usize, at: usize) -> Outcome<StmtKind> {
        match name.as_bytes() {
            b"if" => self.if_(rest, rest_at, at),
            b"for" => self.for_(name, rest, rest_at, at),
            b"set" => self.set(rest, rest_at, at),
            b"macro" => self.macro_(rest, rest_at, at),
            b"call" => self.call(rest, rest_at, at),
            b"filter" => self.filter(rest, rest_at, at),
            b"block" => self.block(rest, rest_at, at),
            b"switch" => self.switch(rest, rest_at, at),
            b"include" | b"import" | b"from" | b"extends" if !self.closed => self.load(name, rest, rest_at, at),
            b"include" | b"import" | b"from" | b"extends" => wrong(unloadable(name), at),
            b"asyncEach" | b"asyncAll" if !self.closed => self.opens(at).and_then(|()| self.for_(name, rest, rest_at, at)),
            b"ifAsync" if !self.closed => self.opens(at).and_then(|()| self.if_(rest, rest_at, at)),
            b"" => wrong("Template block tag cannot be empty", at),
            _ => wrong(format!("Unknown template tag {name:?}"), at),
        }
    }

    /// The scaffolder gives nunjucks no loader, which shows where the tag is reached. What would be imported is known after it all
    /// the same, and out of reach.
    fn load(&mut self, name: &str, source: &'a str, source_at: usize, at: usize) -> Outcome<StmtKind> {
        let mut imported = Vec::new();
        let expression = match name {
            "include" => {
                let ignoring = strip_word(source, "missing").and_then(|rest| strip_word(rest, "ignore"));
                let ignoring = ignoring.or_else(|| strip_word(source, "ignore"));
                ignoring.filter(|rest| !rest.is_empty()).unwrap_or(source)
            }
            "import" => {
                let Some((template, end)) = split_keyword(source, "as")? else { return wrong("parseImport: expected \"as\" keyword", at) };
                imported.push(imported_name(without_context(source.get(end..).unwrap_or_default()), at)?);
                template
            }
            "from" => {
                let Some((template, end)) = split_keyword(source, "import")? else { return wrong("parseFrom: expected import", at) };
                for item in source.get(end..).unwrap_or_default().split(',') {
                    let (name, alias) = match split_keyword(without_context(item), "as")? {
                        Some((name, end)) => (name, without_context(item).get(end..).unwrap_or_default()),
                        None => (without_context(item), without_context(item)),
                    };
                    if imported_name(name, at)?.starts_with('_') {
                        return wrong("parseFrom: names starting with an underscore cannot be imported", at);
                    }
                    imported.push(imported_name(alias, at)?);
                }
                template
            }
            _ => source,
        };
        self.expression(expression, source_at)?;
        self.opens(at)?;
        Ok(StmtKind::Failing(unloadable(name).into(), imported))
    }

    fn if_(&mut self, source: &str, source_at: usize, at: usize) -> Outcome<StmtKind> {
        let condition = self.expression(source, source_at)?;
        let (body, stop) = self.body_until(&["elif", "elseif", "else", "endif"], "endif", at)?;
        let otherwise = match stop.name {
            "elif" | "elseif" => {
                let kind = self.deeper(|parser| parser.if_(stop.rest, stop.rest_at, stop.at))?;
                Some(vec![Stmt { at: stop.at as u32, kind }])
            }
            "else" => Some(self.body_until(&["endif"], "endif", at)?.0),
            _ => None,
        };
        Ok(StmtKind::If(Box::new(If { condition, body, otherwise })))
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(TemplateError { limit: true, ..TemplateError::syntax("Template parsing exceeded the nesting depth limit", 0) });
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn for_(&mut self, tag: &str, source: &str, source_at: usize, at: usize) -> Outcome<StmtKind> {
        let Some((left, end)) = split_keyword(source, "in")? else { return wrong("For tag requires an in expression", at) };
        let targets = self.targets(left, source_at)?;
        if let [only] = targets.as_slice()
            && &*only.name == "loop"
        {
            return wrong("A single loop target cannot be named loop", at);
        }
        let value = self.expression(trim_code(source.get(end..).unwrap_or_default()), source_at + end)?;
        let ending = match tag {
            "asyncEach" => "endeach",
            "asyncAll" => "endall",
            _ => "endfor",
        };
        let (body, stop) = self.body_until(&["else", ending], ending, at)?;
        let otherwise = if stop.name == "else" { Some(self.unscoped_until(&[ending], ending, at)?.0) } else { None };
        let length = Slot { up: 0, index: 0 };
        Ok(StmtKind::For(Box::new(For { value, length, list: Branch { targets, body }, mapping: None, otherwise })))
    }

    fn set(&mut self, source: &str, source_at: usize, at: usize) -> Outcome<StmtKind> {
        if let Some(equals) = top_level_char(source, b'=')? {
            let targets = self.targets(source.get(..equals).unwrap_or_default(), source_at)?;
            let value = self.expression(source.get(equals + 1..).unwrap_or_default(), source_at + equals + 1)?;
            return Ok(StmtKind::Set(Box::new(Set { targets, value: SetValue::Expr(value) })));
        }
        let targets = self.targets(source, source_at)?;
        self.captures += 1;
        let supers = self.lexicon.supers();
        let (body, _) = self.body_until(&["endset"], "endset", at)?;
        self.lexicon.overlook_supers(supers);
        self.captures -= 1;
        if self.closed && declares_macro(&body) {
            return wrong("Macro declarations are not supported inside set captures", at);
        }
        Ok(StmtKind::Set(Box::new(Set { targets, value: SetValue::Block(body) })))
    }

    fn macro_(&mut self, source: &str, source_at: usize, at: usize) -> Outcome<StmtKind> {
        let end = name_end(source, 0, false);
        let header = end.and_then(|end| Some((source.get(..end)?, source.get(end..)?.trim_start_matches(is_code_space))));
        let inside = header.and_then(|(name, rest)| Some((name, rest.strip_prefix('(')?.strip_suffix(')')?)));
        let Some((name, signature)) = inside else { return wrong("Invalid macro signature", at) };
        let name = self.expression(name, source_at)?;
        let ExprKind::Symbol { name, .. } = name.kind else { return wrong("Macro name must be an identifier", at) };
        let (parameters, defaults) = self.signature(signature, source_at)?;
        let (body, _) = self.body_until(&["endmacro"], "endmacro", at)?;
        Ok(StmtKind::Macro(Rc::new(Callee { name, parameters, defaults, body, slots: 0 }), None))
    }

    fn call(&mut self, source: &str, source_at: usize, at: usize) -> Outcome<StmtKind> {
        let (mut signature, mut target, mut target_at) = ("", source, source_at);
        if source.starts_with('(') {
            let Some(closing) = matching_delimiter(source)? else { return wrong("Invalid call-block arguments", at) };
            signature = source.get(1..closing).unwrap_or_default();
            target = trim_code(source.get(closing + 1..).unwrap_or_default());
            target_at = source_at + closing + 1;
        }
        let call = self.expression(target, target_at)?;
        let ExprKind::Call { callee, .. } = &call.kind else { return wrong("Call block requires a function call", at) };
        if self.closed && !is_static_target(callee) {
            return wrong("Call block target must be a static macro reference", at);
        }
        let (body, _) = self.body_until(&["endcall"], "endcall", at)?;
        let (parameters, defaults) = self.signature(signature, source_at)?;
        let caller = Rc::new(Callee { name: "caller".into(), parameters, defaults, body, slots: 0 });
        Ok(StmtKind::CallBlock { call, caller })
    }

    fn filter(&mut self, source: &str, source_at: usize, at: usize) -> Outcome<StmtKind> {
        let (body, _) = self.body_until(&["endfilter"], "endfilter", at)?;
        if self.closed && declares_macro(&body) {
            return wrong("Macro declarations are not supported inside filter captures", at);
        }
        let capture = Expr { at: at as u32, kind: ExprKind::Capture(body) };
        Ok(StmtKind::Output(ExpressionParser::new(&mut self.lexicon, source, source_at, self.closed)?.filter_of(capture)?))
    }

    fn block(&mut self, source: &str, source_at: usize, at: usize) -> Outcome<StmtKind> {
        let name = self.expression(source, source_at)?;
        let ExprKind::Symbol { name, .. } = name.kind else { return wrong("Block name must be an identifier", at) };
        self.opens(at)?;
        let supers = self.lexicon.supers();
        let (body, stop) = self.body_until(&["endblock"], "endblock", at)?;
        if !stop.rest.is_empty() && *stop.rest != *name {
            return wrong("Endblock name must match its opening block", stop.at);
        }
        if !self.closed && self.captures > 0 {
            return Ok(StmtKind::Namesake(name));
        }
        // nunjucks asks for `super` first, wherever it is called
        let block = if self.lexicon.supers() > supers {
            StmtKind::Failing(format!("no super block available for {:?}", &*name).into(), Vec::new())
        } else {
            StmtKind::Block { body, slots: 0 }
        };
        if !self.declared.insert(name.clone()) {
            return wrong(format!("Block {name:?} is declared more than once"), at);
        }
        if !self.closed {
            self.blocks.insert(name, Stmt { at: at as u32, kind: block.clone() });
        }
        Ok(block)
    }

    fn switch(&mut self, source: &str, source_at: usize, at: usize) -> Outcome<StmtKind> {
        const STOPS: &[&str] = &["case", "default", "endswitch"];
        let value = self.expression(source, source_at)?;
        let (lead, mut stop) = self.body_until(STOPS, "endswitch", at)?;
        if self.closed && !lead.is_empty() {
            return wrong("Switch content must begin with case or default", at);
        }
        let mut cases = Vec::new();
        let supers = self.lexicon.supers();
        if !self.closed && stop.name != "case" {
            // nunjucks passes over what comes first, then takes any tag for a case: its name is the condition.
            let condition = self.expression(&format!("{} {}", stop.name, stop.rest), stop.at)?;
            let (body, next) = self.unscoped_until(STOPS, "endswitch", at)?;
            cases.push((condition, body));
            stop = next;
        }
        while stop.name == "case" {
            let condition = self.expression(stop.rest, stop.rest_at)?;
            let (body, next) = self.unscoped_until(STOPS, "endswitch", at)?;
            cases.push((condition, body));
            stop = next;
        }
        self.lexicon.overlook_supers(supers);
        let mut default = None;
        if stop.name == "default" {
            default = Some(self.unscoped_until(&["endswitch"], "endswitch", at)?.0);
        }
        if cases.is_empty() && default.is_none() {
            return wrong("Switch requires at least one case or default", at);
        }
        Ok(StmtKind::Switch(Box::new(Switch { value, cases, default })))
    }
}

/// Macros are referred to by name or by constant keys.
fn is_static_target(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Symbol { .. } => true,
        ExprKind::Member { target, .. } => is_static_target(target),
        ExprKind::Lookup { target, key } => {
            is_static_target(target) && matches!(&key.kind, ExprKind::Literal(literal) if !matches!(literal, Literal::Regex { .. }))
        }
        _ => false,
    }
}

/// A name that something is imported by.
fn imported_name(code: &str, at: usize) -> Outcome<Name> {
    let name = trim_code(code);
    if name_end(name, 0, false) == Some(name.len()) { Ok(name.into()) } else { wrong("Expected a name to import", at) }
}

/// An import without what it says of the context.
fn without_context(code: &str) -> &str {
    let code = trim_code(code);
    let said = strip_word(code, "context").and_then(|rest| strip_word(rest, "without").or_else(|| strip_word(rest, "with")));
    said.unwrap_or(code)
}

/// What stands before a last word.
fn strip_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let before = text.strip_suffix(word)?;
    let rest = before.trim_end_matches(is_code_space);
    (rest.len() < before.len()).then_some(rest)
}

fn unloadable(tag: &str) -> String {
    format!("Unsupported template-loading tag {tag:?}")
}

fn declares_macro(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        StmtKind::Macro(..) => true,
        StmtKind::If(branch) => declares_macro(&branch.body) || branch.otherwise.as_deref().is_some_and(declares_macro),
        StmtKind::For(repeat) => declares_macro(&repeat.list.body) || repeat.otherwise.as_deref().is_some_and(declares_macro),
        StmtKind::Set(set) => matches!(&set.value, SetValue::Block(body) if declares_macro(body)),
        StmtKind::Block { body, .. } => declares_macro(body),
        StmtKind::CallBlock { caller, .. } => declares_macro(&caller.body),
        StmtKind::Switch(switch) => {
            switch.cases.iter().any(|(_, body)| declares_macro(body)) || switch.default.as_deref().is_some_and(declares_macro)
        }
        StmtKind::Output(expr) => captures_macro(expr),
        StmtKind::Text(_) | StmtKind::Namesake(_) | StmtKind::Failing(..) => false,
    })
}

/// Filter blocks are the only expressions with statements inside.
fn captures_macro(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Capture(body) => declares_macro(body),
        ExprKind::Filter(filter) => captures_macro(&filter.input) || filter.arguments.positional.iter().any(captures_macro),
        _ => false,
    }
}
