//! `all`, `map`, `reduce` and their kin.

use std::sync::Arc;

use super::super::ast::{BinaryOp, Node};
use super::super::equality::identical;
use super::super::interpreter::{Interpreter, Result, Scope, boolean};
use super::super::operators;
use super::super::value::{Map, MapKind, Slice, Val};
use super::collections::sort_values;
use crate::lang::LangError;

impl<'r> Interpreter<'r> {
    pub(super) fn predicate_builtin(&mut self, name: &'static str, args: &'r [Node], throws: bool) -> Result {
        let Some((first, rest)) = args.split_first() else { return Err(LangError::eval("missing arguments")) };
        let items = match self.run(first)? {
            Val::Slice(slice) => slice.items,
            Val::Nil => return Err(LangError::eval("reflect: call of reflect.Value.Len on zero Value")),
            Val::Str(text) => Arc::new(text.bytes().map(Val::Byte).collect()),
            Val::Map(map) if map.entries.is_empty() => Arc::new(Vec::new()),
            Val::Map(_) => return Err(LangError::eval("reflect: call of reflect.Value.Index on map Value")),
            other => return Err(LangError::eval(format!("reflect: call of reflect.Value.Len on {} Value", other.ty().name()))),
        };
        self.scopes.push(Scope { items, index: 0, acc: Val::Nil });
        let result = self.in_scope(name, rest, throws);
        self.scopes.pop();
        result
    }

    fn items(&self) -> Arc<Vec<Val>> {
        self.scopes.last().map(|scope| Arc::clone(&scope.items)).unwrap_or_default()
    }

    fn at(&mut self, index: usize) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.index = index;
        }
    }

    fn accumulate(&mut self, value: Val) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.acc = value;
        }
    }

    /// The predicate on one item; without a predicate the item itself.
    fn apply(&mut self, predicate: Option<&'r Node>, index: usize, item: &Val) -> Result {
        self.at(index);
        match predicate {
            Some(predicate) => self.run(predicate),
            None => Ok(item.clone()),
        }
    }

    fn holds(&mut self, predicate: Option<&'r Node>, index: usize, item: &Val) -> Result<bool> {
        boolean(&self.apply(predicate, index, item)?)
    }

    fn in_scope(&mut self, name: &'static str, rest: &'r [Node], throws: bool) -> Result {
        let items = self.items();
        let predicate = rest.first();
        let count = |n: usize| Val::Int(i64::try_from(n).unwrap_or(i64::MAX));
        match name {
            "all" | "any" | "none" => {
                // The first item that decides.
                let deciding = name != "all";
                for (index, item) in items.iter().enumerate() {
                    if self.holds(predicate, index, item)? == deciding {
                        return Ok(Val::Bool(name == "any"));
                    }
                }
                Ok(Val::Bool(name != "any"))
            }
            "one" | "count" => {
                let mut found = 0;
                for (index, item) in items.iter().enumerate() {
                    found += usize::from(self.holds(predicate, index, item)?);
                }
                Ok(if name == "one" { Val::Bool(found == 1) } else { count(found) })
            }
            "filter" => self.filter(&items, predicate),
            "map" => self.map_items(&items, predicate),
            "sum" => {
                let mut sum = Val::Int(0);
                for (index, item) in items.iter().enumerate() {
                    let value = self.apply(predicate, index, item)?;
                    sum = operators::binary(BinaryOp::Add, &value, &sum)?;
                }
                Ok(sum)
            }
            "find" | "findIndex" => {
                for (index, item) in items.iter().enumerate() {
                    if self.holds(predicate, index, item)? {
                        return Ok(if name == "find" { item.clone() } else { count(index) });
                    }
                }
                missing(throws)
            }
            "findLast" | "findLastIndex" => {
                for (index, item) in items.iter().enumerate().rev() {
                    self.litter.push(Val::Bool(true));
                    if self.holds(predicate, index, item)? {
                        return Ok(if name == "findLast" { item.clone() } else { count(index) });
                    }
                }
                self.litter.push(Val::Bool(false));
                missing(throws)
            }
            "groupBy" => self.group_by(&items, predicate),
            "sortBy" => self.sort_by(&items, predicate, rest.get(1)),
            _ => self.reduce(&items, predicate, rest.get(1)),
        }
    }

    fn filter(&mut self, items: &[Val], predicate: Option<&'r Node>) -> Result {
        let (start, mut kept) = (self.litter.len(), 0);
        let mut stack = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let holds = self.holds(predicate, index, item)?;
            stack.extend(self.litter.drain(start..));
            if holds {
                stack.push(item.clone());
                kept += 1;
            }
        }
        let filtered = stack.split_off(stack.len() - kept);
        self.litter.extend(stack);
        self.grow(kept)?;
        Ok(Val::Slice(Slice::any(filtered)))
    }

    fn map_items(&mut self, items: &[Val], predicate: Option<&'r Node>) -> Result {
        let start = self.litter.len();
        let mut stack = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let value = self.apply(predicate, index, item)?;
            stack.extend(self.litter.drain(start..));
            stack.push(value);
        }
        let mapped = stack.split_off(stack.len() - items.len());
        self.litter.extend(stack);
        self.grow(mapped.len())?;
        Ok(Val::Slice(Slice::any(mapped)))
    }

    fn group_by(&mut self, items: &[Val], predicate: Option<&'r Node>) -> Result {
        let mut groups: Vec<(Val, Vec<Val>)> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let key = self.apply(predicate, index, item)?;
            if matches!(key, Val::Slice(_) | Val::Map(_) | Val::Func(_)) {
                return Err(LangError::eval(format!("runtime error: hash of unhashable type {}", key.ty().name())));
            }
            match groups.iter_mut().find(|(known, _)| identical(known, &key)) {
                Some((_, group)) => group.push(item.clone()),
                None => groups.push((key, vec![item.clone()])),
            }
        }
        let entries = groups.into_iter().map(|(key, group)| (key, Val::Slice(Slice::any(group))));
        Ok(Val::Map(Map { kind: MapKind::Groups, entries: entries.collect::<Vec<_>>().into() }))
    }

    fn sort_by(&mut self, items: &[Val], predicate: Option<&'r Node>, order: Option<&'r Node>) -> Result {
        let descending = match order {
            None => false,
            Some(order) => match self.run(order)? {
                Val::Str(text) if &*text == "asc" => false,
                Val::Str(text) if &*text == "desc" => true,
                Val::Str(_) => return Err(LangError::eval("unknown order, use asc or desc")),
                other => return Err(super::not_a(&other, "string")),
            },
        };
        let mut keyed = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            keyed.push((self.apply(predicate, index, item)?, item.clone()));
        }
        let sorted = sort_values(keyed, descending)?;
        self.grow(sorted.len())?;
        Ok(Val::Slice(Slice::any(sorted)))
    }

    fn reduce(&mut self, items: &[Val], predicate: Option<&'r Node>, start: Option<&'r Node>) -> Result {
        let mut from = 0;
        match start {
            Some(start) => {
                let start = self.run(start)?;
                self.accumulate(start);
            }
            None => match items.first() {
                Some(first) => {
                    self.accumulate(first.clone());
                    from = 1;
                }
                None => return Err(LangError::eval("reflect: slice index out of range")),
            },
        }
        for (index, item) in items.iter().enumerate().skip(from) {
            let value = self.apply(predicate, index, item)?;
            self.accumulate(value);
        }
        Ok(self.scopes.last().map_or(Val::Nil, |scope| scope.acc.clone()))
    }
}

fn missing(throws: bool) -> Result {
    if throws { Err(LangError::eval("reflect: slice index out of range")) } else { Ok(Val::Nil) }
}
