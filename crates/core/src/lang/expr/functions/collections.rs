//! Lists and maps.

use std::cmp::Ordering;

use super::super::equality::equal;
use super::super::interpreter::{Result, length, position};
use super::super::operators::{lookup, order, to_int};
use super::super::value::{Map, MapKind, Slice, SliceKind, Val};
use super::{argument, not_a};
use crate::lang::LangError;

/// Flattening deeper than this is refused.
const MAX_DEPTH: usize = 500;

pub(super) fn call(name: &str, args: &[Val]) -> Result {
    let value = argument(args, 0);
    match name {
        "len" => match value {
            Val::Str(text) => Ok(count(text.chars().count())),
            other => length(other).map(count),
        },
        "first" => Ok(end(value, 0)),
        "last" => Ok(end(value, -1)),
        "get" => get(value, argument(args, 1)),
        "take" => take(value, argument(args, 1)),
        "keys" | "values" | "toPairs" => {
            let Val::Map(map) = value else { return Err(LangError::eval(format!("cannot get {name} from {}", kind(value)))) };
            Ok(listed(name, map))
        }
        "fromPairs" => from_pairs(value),
        "reverse" => Ok(Val::Slice(Slice::any(items(name, value)?.iter().rev().cloned().collect()))),
        "uniq" => {
            let mut kept: Vec<Val> = Vec::new();
            for item in items(name, value)? {
                if !kept.iter().any(|known| equal(item, known)) {
                    kept.push(item.clone());
                }
            }
            Ok(Val::Slice(Slice::any(kept)))
        }
        "concat" => {
            let mut all = Vec::new();
            for arg in args {
                all.extend(items(name, arg)?.iter().cloned());
            }
            Ok(Val::Slice(if all.is_empty() { Slice::of(SliceKind::Nothing, all) } else { Slice::any(all) }))
        }
        "flatten" => {
            let mut out = Vec::new();
            flatten(items(name, value)?, &mut out, 0)?;
            Ok(Val::Slice(Slice::any(out)))
        }
        _ => sort(value, args.get(1)),
    }
}

fn count(n: usize) -> Val {
    Val::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Go's word for the kind of a value.
fn kind(value: &Val) -> String {
    match value {
        Val::Nil => "invalid".into(),
        Val::Slice(_) => "slice".into(),
        Val::Map(_) => "map".into(),
        Val::Func(_) => "func".into(),
        Val::Time(_) => "struct".into(),
        other => other.ty().name(),
    }
}

fn items<'v>(name: &str, value: &'v Val) -> Result<&'v [Val]> {
    match value {
        Val::Slice(slice) => Ok(&slice.items),
        other => Err(LangError::eval(format!("cannot {name} {}", kind(other)))),
    }
}

/// `first` and `last` give nil where there is nothing.
fn end(value: &Val, index: i64) -> Val {
    match value {
        Val::Slice(slice) => position(index, slice.items.len()).and_then(|at| slice.items.get(at)).cloned().unwrap_or(Val::Nil),
        Val::Str(text) => position(index, text.len()).and_then(|at| text.as_bytes().get(at)).map_or(Val::Nil, |byte| Val::Byte(*byte)),
        Val::Map(map) => match map.kind {
            MapKind::Any | MapKind::Groups => map.get(&Val::Int(index)).cloned().unwrap_or(Val::Nil),
            _ => Val::Nil,
        },
        _ => Val::Nil,
    }
}

fn get(from: &Val, key: &Val) -> Result {
    Ok(match from {
        Val::Slice(_) | Val::Str(_) => {
            let index = to_int(key)?;
            end(from, index)
        }
        Val::Map(map) => lookup(map, key)?.cloned().unwrap_or(Val::Nil),
        _ => Val::Nil,
    })
}

fn take(from: &Val, wanted: &Val) -> Result {
    let Val::Slice(slice) = from else { return Err(LangError::eval(format!("cannot take from {}", kind(from)))) };
    let wanted = match wanted {
        Val::Int(n) | Val::Int64(n) | Val::Duration(n) | Val::Month(n) | Val::Weekday(n) => *n,
        other => return Err(LangError::eval(format!("cannot take {} elements", kind(other)))),
    };
    let Ok(wanted) = usize::try_from(wanted) else { return Err(LangError::eval("reflect.Value.Slice: slice index out of bounds")) };
    let taken = slice.items.get(..wanted.min(slice.items.len())).unwrap_or_default().to_vec();
    Ok(Val::Slice(Slice::of(slice.kind, taken)))
}

fn listed(name: &str, map: &Map) -> Val {
    let entries = map.entries.iter().cloned();
    match name {
        "keys" => Val::Slice(Slice::any(entries.map(|(key, _)| key).collect())),
        "values" => Val::Slice(Slice::any(entries.map(|(_, value)| value).collect())),
        _ => {
            let pairs = entries.map(|(key, value)| Val::Slice(Slice::of(SliceKind::Pair, vec![key, value])));
            Val::Slice(Slice::of(SliceKind::Pairs, pairs.collect()))
        }
    }
}

fn from_pairs(value: &Val) -> Result {
    let Val::Slice(slice) = value else { return Err(LangError::eval(format!("cannot transform {} from pairs", kind(value)))) };
    let mut entries = Vec::with_capacity(slice.items.len());
    for pair in slice.items.iter() {
        let Val::Slice(pair) = pair else { return Err(LangError::eval("invalid pair")) };
        let [key, value] = pair.items.as_slice() else { return Err(LangError::eval("invalid pair length")) };
        if matches!(key, Val::Slice(_) | Val::Map(_) | Val::Func(_)) {
            return Err(LangError::eval(format!("runtime error: hash of unhashable type {}", key.ty().name())));
        }
        entries.push((key.clone(), value.clone()));
    }
    // Of equal keys the last counts.
    entries.reverse();
    let mut map = Map::texts(entries);
    map.entries = map.entries.iter().rev().cloned().collect::<Vec<_>>().into();
    Ok(Val::Map(Map { kind: MapKind::Any, ..map }))
}

fn flatten(from: &[Val], out: &mut Vec<Val>, depth: usize) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(LangError::eval("recursion depth exceeded"));
    }
    for item in from {
        match item {
            Val::Slice(inner) => flatten(&inner.items, out, depth + 1)?,
            other => out.push(other.clone()),
        }
    }
    Ok(())
}

fn sort(value: &Val, direction: Option<&Val>) -> Result {
    let descending = match direction {
        None => false,
        Some(Val::Str(text)) if &**text == "asc" => false,
        Some(Val::Str(text)) if &**text == "desc" => true,
        Some(Val::Str(text)) => return Err(LangError::eval(format!("invalid order {text}, expected asc or desc"))),
        Some(other) => return Err(not_a(other, "string")),
    };
    let list = match value {
        Val::Slice(slice)
            if matches!(slice.kind, SliceKind::Any | SliceKind::Nothing | SliceKind::Int | SliceKind::Float | SliceKind::Text) =>
        {
            slice.items.iter().cloned().collect()
        }
        // Anything else leaves upstream with no list at all.
        _ => Vec::new(),
    };
    let keyed = list.into_iter().map(|item: Val| (item.clone(), item)).collect();
    Ok(Val::Slice(Slice::any(sort_values(keyed, descending)?)))
}

/// Sorts by keys that have to compare with each other.
pub(super) fn sort_values(mut keyed: Vec<(Val, Val)>, descending: bool) -> Result<Vec<Val>> {
    // Go compares at least neighbours, so a pair that does not compare is found.
    for pair in keyed.windows(2) {
        if let [(a, _), (b, _)] = pair {
            order(a, b, "<")?;
        }
    }
    let mut failed = None;
    keyed.sort_by(|(a, _), (b, _)| {
        let (a, b) = if descending { (b, a) } else { (a, b) };
        match order(a, b, "<") {
            Ok(order) => order.unwrap_or(Ordering::Equal),
            Err(error) => {
                failed.get_or_insert(error);
                Ordering::Equal
            }
        }
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(keyed.into_iter().map(|(_, value)| value).collect()),
    }
}
