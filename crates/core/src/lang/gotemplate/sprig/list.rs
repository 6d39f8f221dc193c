//! `list.go`

use super::super::{
    compare::deep_equal,
    convert::{any, empty, int, slice, to_int},
    env::Env,
    function::{Fault, Function, Native, Outcome, Ty, fixed, variadic},
};
use crate::lang::gofmt::{Elem, List, Value};

/// The list functions; `must…` give the same errors here, as a panic is an error too.
pub(super) fn functions() -> Vec<Function> {
    use Ty::{Any, Int};
    let mut table = vec![
        variadic("list", &[], Any, |_, args| Ok(Value::List(List::any(args.to_vec())))),
        variadic("tuple", &[], Any, |_, args| Ok(Value::List(List::any(args.to_vec())))),
        variadic("concat", &[], Any, concat),
    ];
    for (name, must) in [("append", "mustAppend"), ("push", "mustPush")] {
        table.push(fixed(name, &[Any, Any], push));
        table.push(fixed(must, &[Any, Any], push));
    }
    let one: [(&str, &str, Native); 7] = [
        ("first", "mustFirst", |_, args| Ok(slice(any(args, 0), "find first on")?.get(0).unwrap_or(Value::Nil))),
        ("last", "mustLast", |_, args| {
            let list = slice(any(args, 0), "find last on")?;
            Ok(list.len().checked_sub(1).and_then(|at| list.get(at)).unwrap_or(Value::Nil))
        }),
        ("rest", "mustRest", |_, args| Ok(part(slice(any(args, 0), "find rest on")?, 1, 0))),
        ("initial", "mustInitial", |_, args| Ok(part(slice(any(args, 0), "find initial on")?, 0, 1))),
        ("reverse", "mustReverse", |_, args| {
            Ok(Value::List(List::any(slice(any(args, 0), "find reverse on")?.to_vec().into_iter().rev().collect())))
        }),
        ("compact", "mustCompact", |_, args| {
            Ok(Value::List(List::appended(slice(any(args, 0), "compact on")?.to_vec().into_iter().filter(|item| !empty(item)).collect())))
        }),
        ("uniq", "mustUniq", uniq),
    ];
    for (name, must, run) in one {
        table.push(fixed(name, &[Any], run));
        table.push(fixed(must, &[Any], run));
    }
    let two: [(&str, &str, &'static [Ty], Native); 3] = [
        ("prepend", "mustPrepend", &[Any, Any], |_, args| {
            let mut items = vec![any(args, 1).clone()];
            items.extend(slice(any(args, 0), "prepend on")?.to_vec());
            Ok(Value::List(List::prepended(items)))
        }),
        ("has", "mustHas", &[Any, Any], |env, args| {
            if any(args, 1).is_nil_interface() {
                return Ok(Value::Bool(false));
            }
            Ok(Value::Bool(contains(env, &slice(any(args, 1), "find has on")?.to_vec(), any(args, 0))?))
        }),
        ("chunk", "mustChunk", &[Int, Any], chunk),
    ];
    for (name, must, params, run) in two {
        table.push(fixed(name, params, run));
        table.push(fixed(must, params, run));
    }
    table.push(variadic("without", &[Any], Any, without));
    table.push(variadic("mustWithout", &[Any], Any, without));
    table.push(variadic("slice", &[Any], Any, sliced));
    table.push(variadic("mustSlice", &[Any], Any, sliced));
    table
}

fn push(_: &Env, args: &[Value]) -> Outcome {
    let mut items = slice(any(args, 0), "push on")?.to_vec();
    items.push(any(args, 1).clone());
    Ok(Value::List(List::pushed(items)))
}

fn part(list: &List, skip_front: usize, skip_back: usize) -> Value {
    if list.is_empty() {
        return Value::List(List::nil(Elem::Any));
    }
    let items = list.to_vec();
    let end = items.len().saturating_sub(skip_back);
    Value::List(List::any(items.get(skip_front..end).unwrap_or_default().to_vec()))
}

fn contains(env: &Env, items: &[Value], needle: &Value) -> Result<bool, Fault> {
    env.step(items.len() as u64).map_err(Fault::Refused)?;
    for item in items {
        if deep_equal(env, needle, item, 0)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(env: &Env, args: &[Value]) -> Outcome {
    let mut found: Vec<Value> = Vec::new();
    for item in slice(any(args, 0), "find uniq on")?.to_vec() {
        if !contains(env, &found, &item)? {
            found.push(item);
        }
    }
    Ok(Value::List(List::appended(found)))
}

fn without(env: &Env, args: &[Value]) -> Outcome {
    let omit = args.get(1..).unwrap_or_default();
    let mut kept = Vec::new();
    for item in slice(any(args, 0), "find without on")?.to_vec() {
        if !contains(env, omit, &item)? {
            kept.push(item);
        }
    }
    Ok(Value::List(List::appended(kept)))
}

fn sliced(_: &Env, args: &[Value]) -> Outcome {
    let list = match any(args, 0) {
        Value::List(list) => list,
        Value::Nil | Value::Invalid => return Err("runtime error: invalid memory address or nil pointer dereference".into()),
        other => return Err(format!("list should be type of slice or array but {}", other.kind().name()).into()),
    };
    if list.is_empty() {
        return Ok(Value::Nil);
    }
    let start = args.get(1).map_or(0, to_int);
    let end = args.get(2).map_or(list.len() as i64, to_int);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    match range.and_then(|(start, end)| list.slice(start, end)) {
        Some(list) => Ok(Value::List(list)),
        None => Err("reflect.Value.Slice: slice index out of bounds".into()),
    }
}

fn concat(env: &Env, args: &[Value]) -> Outcome {
    let mut items = Vec::new();
    for arg in args {
        let list = match arg {
            Value::List(list) => list,
            Value::Nil | Value::Invalid => return Err("runtime error: invalid memory address or nil pointer dereference".into()),
            other => return Err(format!("Cannot concat type {} as list", other.kind().name()).into()),
        };
        env.room(Some((items.len() + list.len()) * 16))?;
        items.extend(list.to_vec());
    }
    Ok(Value::List(if items.is_empty() { List::nil(Elem::Any) } else { List::appended(items) }))
}

fn chunk(_: &Env, args: &[Value]) -> Outcome {
    let size = int(args, 0);
    let items = slice(any(args, 1), "chunk")?.to_vec();
    if size == 0 {
        // floor((len-1)/0)+1 pieces: upstream panics for any list, even an empty one
        return Err("runtime error: makeslice: len out of range".into());
    }
    let pieces = ((items.len() as f64 - 1.0) / size as f64).floor() + 1.0;
    if size < 0 {
        return if !(0.0..1.0).contains(&pieces) {
            Err("runtime error: makeslice: len out of range".into())
        } else {
            Ok(Value::List(List::new(Elem::AnyList, Vec::new())))
        };
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let chunks = items.chunks(size.max(1)).map(|piece| Value::List(List::any(piece.to_vec()))).collect();
    Ok(Value::List(List::new(Elem::AnyList, chunks)))
}
