//! Terms, bindings, conditions and loops.

use super::{Compiled, Compiler};
use crate::lang::LangError;
use crate::lang::jq::ast::{Head, Index, Key, KeyValue, Pattern, Query, Suffix, Term, Text, TextPart};
use crate::lang::jq::code::{Op, Step, Var};
use crate::lang::jq::functions;
use crate::lang::jq::value::V;

/// A constant key, if the query is one.
fn constant(query: &Query) -> Option<V> {
    let Query::Term(Term { head, suffixes }) = query else { return None };
    if !suffixes.is_empty() {
        return None;
    }
    match head {
        Head::Const(value) if value.is_number() => Some(value.clone()),
        Head::Text(Text::Plain(text)) => Some(V::str(text)),
        Head::Unary(minus, term) => constant_number(*minus, term),
        _ => None,
    }
}

fn constant_number(minus: bool, term: &Term) -> Option<V> {
    match &term.head {
        Head::Const(value) if value.is_number() && term.suffixes.is_empty() => {
            if minus {
                functions::negate(value)
            } else {
                Some(value.clone())
            }
        }
        _ => None,
    }
}

fn constant_key(index: &Index) -> Option<V> {
    match index {
        Index::Name(name) => Some(V::str(name)),
        Index::Text(Text::Plain(text)) => Some(V::str(text)),
        Index::Text(_) => None,
        Index::Query(query) => constant(query),
        Index::Slice(start, end) => {
            let side = |query: &Option<Box<Query>>| query.as_ref().map_or(Some(V::Null), |query| constant(query));
            Some(V::record([("start", side(start)?), ("end", side(end)?)]))
        }
    }
}

impl Compiler {
    pub(super) fn term(&mut self, term: &Term) -> Compiled<()> {
        self.suffixed(&term.head, &term.suffixes)
    }

    fn suffixed(&mut self, head: &Head, suffixes: &[Suffix]) -> Compiled<()> {
        let Some((last, before)) = suffixes.split_last() else { return self.head(head) };
        match last {
            Suffix::Iterate => {
                self.suffixed(head, before)?;
                self.add(Op::Iterate);
                Ok(())
            }
            Suffix::Index(index) => self.index(head, before, index),
            // Only the step right before the question mark is tried.
            Suffix::Optional => match before.split_last() {
                Some((step @ (Suffix::Index(_) | Suffix::Iterate), rest)) => {
                    self.suffixed(head, rest)?;
                    self.attempt(|c| c.suffixed(&Head::Identity, std::slice::from_ref(step)), None)
                }
                _ => self.attempt(|c| c.suffixed(head, before), None),
            },
        }
    }

    fn index(&mut self, head: &Head, before: &[Suffix], index: &Index) -> Compiled<()> {
        if let Some(key) = constant_key(index) {
            self.suffixed(head, before)?;
            self.add(Op::Index(key));
            return Ok(());
        }
        let source = Query::Term(Term { head: head.clone(), suffixes: before.to_vec() });
        let null = Query::head(Head::Const(V::Null));
        match index {
            Index::Name(_) => Ok(()),
            Index::Text(text) => {
                let key = Query::head(Head::Text(text.clone()));
                self.native_call(functions::index, &[&source, &key], Step::Index)
            }
            Index::Query(key) => self.native_call(functions::index, &[&source, key], Step::Index),
            Index::Slice(start, end) => {
                let (start, end) = (start.as_deref().unwrap_or(&null), end.as_deref().unwrap_or(&null));
                self.native_call(functions::slice, &[&source, end, start], Step::Slice)
            }
        }
    }

    fn head(&mut self, head: &Head) -> Compiled<()> {
        match head {
            Head::Identity => Ok(()),
            Head::Recurse => self.func("recurse", &[]),
            Head::Index(index) => self.index(&Head::Identity, &[], index),
            Head::Const(value) => {
                self.add(Op::Const(value.clone()));
                Ok(())
            }
            Head::Func(name, args) => self.func(name, args),
            Head::Object(members) => self.object(members),
            Head::Array(query) => self.array(query.as_deref()),
            Head::Unary(minus, term) => {
                if let Some(value) = constant_number(*minus, term) {
                    self.add(Op::Const(value));
                    return Ok(());
                }
                self.term(term)?;
                self.native(if *minus { functions::minus } else { functions::plus }, 0, Step::None);
                Ok(())
            }
            Head::Format(name, text) => self.format(name, text.as_ref()),
            Head::Text(text) => self.text(text, "tostring", None),
            Head::If { branches, otherwise } => self.conditional(branches, otherwise.as_deref()),
            Head::Try(body, handler) => self.attempt(|c| c.query(body), handler.as_deref()),
            Head::Reduce { source, pattern, start, update } => self.reduce(source, pattern, start, update),
            Head::Foreach { source, pattern, start, update, extract } => self.foreach(source, pattern, start, update, extract.as_deref()),
            Head::Label(name, body) => {
                let label = self.declare(&format!("${}", name.replace('$', "%")));
                self.add(Op::Label(label));
                self.query(body)
            }
            Head::Break(name) => {
                let Some(label) = self.variable(&format!("${}", name.replace('$', "%"))) else {
                    return Err(LangError { offset: None, ..LangError::compile(0, format!("label not defined: {name}")) });
                };
                self.add(Op::Break(label, name.as_str().into()));
                Ok(())
            }
            Head::Group(query) => self.block(|c| c.query(query)),
        }
    }

    fn object(&mut self, members: &[KeyValue]) -> Compiled<()> {
        if members.is_empty() {
            self.add(Op::Const(V::record([])));
            return Ok(());
        }
        self.block(|c| {
            let input = c.fresh();
            c.add(Op::Store(input));
            for member in members {
                c.member(input, member)?;
            }
            c.add(Op::Object(members.len()));
            Ok(())
        })
    }

    fn member(&mut self, input: Var, member: &KeyValue) -> Compiled<()> {
        match &member.key {
            Key::Name(name) => {
                if let Some(plain) = name.strip_prefix('$') {
                    if member.value.is_none() {
                        self.add(Op::Push(V::str(plain)));
                    }
                    self.add(Op::Load(input));
                    self.func(name, &[])?;
                } else {
                    self.constant_member(input, name, member.value.is_none());
                }
            }
            Key::Text(Text::Plain(text)) => self.constant_member(input, text, member.value.is_none()),
            Key::Text(text) => {
                self.add(Op::Load(input));
                self.text(text, "tostring", None)?;
                if member.value.is_none() {
                    let key = self.fresh();
                    self.add(Op::Dup);
                    self.add(Op::Store(key));
                    self.add(Op::Load(key));
                    self.add(Op::Load(input));
                    self.add(Op::Push(V::Null));
                    self.native(functions::index, 2, Step::Index);
                }
            }
            Key::Query(query) => {
                self.add(Op::Load(input));
                self.block(|c| c.query(query))?;
            }
        }
        if let Some(value) = &member.value {
            self.add(Op::Load(input));
            self.query(value)?;
        }
        Ok(())
    }

    fn constant_member(&mut self, input: Var, name: &str, short: bool) {
        self.add(Op::Push(V::str(name)));
        if short {
            self.add(Op::Load(input));
            self.add(Op::Index(V::str(name)));
        }
    }

    fn array(&mut self, query: Option<&Query>) -> Compiled<()> {
        let empty = V::flat(Vec::new());
        let Some(query) = query else {
            self.add(Op::Const(empty));
            return Ok(());
        };
        self.add(Op::Push(empty));
        let items = self.fresh();
        self.add(Op::Store(items));
        let fork = self.reserve();
        self.block(|c| c.query(query))?;
        self.add(Op::Append(items));
        self.add(Op::Backtrack);
        let done = self.add(Op::Pop);
        self.set(fork, Op::Fork(done));
        self.add(Op::Load(items));
        Ok(())
    }

    fn format(&mut self, name: &str, text: Option<&Text>) -> Compiled<()> {
        let function = match name {
            "@text" => "tostring",
            "@json" => "tojson",
            "@html" => "_tohtml",
            "@uri" => "_touri",
            "@urid" => "_tourid",
            "@csv" => "_tocsv",
            "@tsv" => "_totsv",
            "@sh" => "_tosh",
            "@base64" => "_tobase64",
            "@base64d" => "_tobase64d",
            _ => "format",
        };
        let argument = (function == "format").then(|| Query::head(Head::Text(Text::Plain(name.trim_start_matches('@').to_owned()))));
        match text {
            Some(text) => self.text(text, function, argument.as_ref()),
            None => self.func(function, argument.as_slice()),
        }
    }

    /// A string; interpolations go through a format.
    fn text(&mut self, text: &Text, function: &str, argument: Option<&Query>) -> Compiled<()> {
        let parts = match text {
            Text::Plain(text) => {
                self.add(Op::Const(V::str(text)));
                return Ok(());
            }
            Text::Parts(parts) => parts,
        };
        let queries = parts.iter().map(|part| match part {
            TextPart::Plain(text) => Query::head(Head::Text(Text::Plain(text.clone()))),
            TextPart::Query(query) => {
                let format = Query::head(Head::Func(function.to_owned(), argument.cloned().into_iter().collect()));
                Query::Pipe(Box::new(Query::head(Head::Group(Box::new(query.clone())))), Box::new(format))
            }
        });
        let sum = queries.reduce(|left, right| Query::Binary(Box::new(left), crate::lang::jq::ast::BinaryOp::Add, Box::new(right)));
        sum.map_or(Ok(()), |sum| self.query(&sum))
    }

    fn conditional(&mut self, branches: &[(Query, Query)], otherwise: Option<&Query>) -> Compiled<()> {
        let mut ends = Vec::new();
        for (condition, then) in branches {
            self.add(Op::Dup);
            self.add(Op::ExpBegin);
            self.block(|c| c.query(condition))?;
            self.add(Op::ExpEnd);
            let unless = self.reserve();
            self.block(|c| c.query(then))?;
            ends.push(self.reserve());
            let next = self.here();
            self.set(unless, Op::JumpUnless(next));
        }
        if let Some(query) = otherwise {
            self.block(|c| c.query(query))?;
        }
        let end = self.here();
        for jump in ends {
            self.set(jump, Op::Jump(end));
        }
        Ok(())
    }

    fn attempt(&mut self, body: impl FnOnce(&mut Self) -> Compiled<()>, handler: Option<&Query>) -> Compiled<()> {
        let begin = self.reserve();
        self.block(body)?;
        self.add(Op::TryEnd);
        let jump = self.reserve();
        let caught = self.here();
        self.set(begin, Op::TryBegin(caught));
        match handler {
            Some(handler) => self.block(|c| c.query(handler))?,
            None => {
                self.add(Op::Backtrack);
            }
        }
        let end = self.here();
        self.set(jump, Op::Jump(end));
        Ok(())
    }

    fn reduce(&mut self, source: &Query, pattern: &Pattern, start: &Query, update: &Query) -> Compiled<()> {
        self.block(|c| {
            c.add(Op::Dup);
            let state = c.fresh();
            c.block(|c| c.query(start))?;
            c.add(Op::Store(state));
            let fork = c.reserve();
            c.query(source)?;
            c.pattern(pattern, &mut Vec::new())?;
            c.add(Op::Load(state));
            c.block(|c| c.query(update))?;
            c.add(Op::Store(state));
            c.add(Op::Backtrack);
            let done = c.add(Op::Pop);
            c.set(fork, Op::Fork(done));
            c.add(Op::Load(state));
            Ok(())
        })
    }

    fn foreach(&mut self, source: &Query, pattern: &Pattern, start: &Query, update: &Query, extract: Option<&Query>) -> Compiled<()> {
        self.block(|c| {
            c.add(Op::Dup);
            let state = c.fresh();
            c.block(|c| c.query(start))?;
            c.add(Op::Store(state));
            c.query(source)?;
            c.pattern(pattern, &mut Vec::new())?;
            c.add(Op::Load(state));
            c.block(|c| c.query(update))?;
            c.add(Op::Dup);
            c.add(Op::Store(state));
            if let Some(extract) = extract {
                c.block(|c| c.query(extract))?;
            }
            Ok(())
        })
    }

    pub(super) fn bind(&mut self, source: &Query, patterns: &[Pattern], body: &Query) -> Compiled<()> {
        self.block(|c| {
            c.add(Op::Dup);
            c.add(Op::ExpBegin);
            c.query(source)?;
            let mut bound: Vec<Var> = Vec::new();
            let mut jumps = Vec::new();
            for (index, pattern) in patterns.iter().enumerate() {
                let last = index + 1 == patterns.len();
                let fork = if last { None } else { Some(c.reserve()) };
                // What an earlier pattern has bound is null in a later one.
                for var in std::mem::take(&mut bound) {
                    c.add(Op::Push(V::Null));
                    c.add(Op::Store(var));
                }
                c.pattern(pattern, &mut bound)?;
                if let Some(fork) = fork {
                    jumps.push(c.reserve());
                    let next = c.here();
                    c.set(fork, Op::ForkAlternative(next));
                }
            }
            let body_start = c.here();
            for jump in jumps {
                c.set(jump, Op::Jump(body_start));
            }
            c.add(Op::ExpEnd);
            c.query(body)
        })
    }

    fn pattern(&mut self, pattern: &Pattern, bound: &mut Vec<Var>) -> Compiled<()> {
        match pattern {
            Pattern::Name(name) => {
                let var = self.declare(name);
                self.add(Op::Store(var));
                bound.push(var);
            }
            Pattern::Array(items) => {
                let value = self.fresh();
                self.add(Op::Store(value));
                for (index, item) in items.iter().enumerate() {
                    self.add(Op::Load(value));
                    self.add(Op::IndexArray(i64::try_from(index).unwrap_or(i64::MAX)));
                    self.pattern(item, bound)?;
                }
            }
            Pattern::Object(members) => {
                let value = self.fresh();
                self.add(Op::Store(value));
                for (key, inner) in members {
                    self.pattern_member(value, key, inner.as_ref(), bound)?;
                }
            }
        }
        Ok(())
    }

    fn pattern_member(&mut self, value: Var, key: &Key, inner: Option<&Pattern>, bound: &mut Vec<Var>) -> Compiled<()> {
        self.add(Op::Load(value));
        let mut name = None;
        let constant = match key {
            Key::Name(text) => {
                let plain = text.strip_prefix('$');
                name = plain.is_some().then_some(text);
                Some(plain.unwrap_or(text))
            }
            Key::Text(Text::Plain(text)) if !text.is_empty() => Some(text.as_str()),
            Key::Text(text) => {
                self.text(text, "tostring", None)?;
                None
            }
            Key::Query(query) => {
                self.query(query)?;
                None
            }
        };
        match constant {
            Some(text) => {
                self.add(Op::Index(V::str(text)));
            }
            None => {
                self.add(Op::Load(value));
                self.add(Op::Push(V::Null));
                self.native(functions::index, 2, Step::Index);
            }
        }
        if let Some(name) = name {
            if inner.is_some() {
                self.add(Op::Dup);
            }
            self.pattern(&Pattern::Name(name.clone()), bound)?;
        }
        if let Some(inner) = inner {
            self.pattern(inner, bound)?;
        }
        Ok(())
    }
}
