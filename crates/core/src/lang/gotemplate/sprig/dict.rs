//! `dict.go`

use super::super::{
    convert::{any, strval, text},
    data::deep_copy,
    env::Env,
    function::{Fault, Function, Outcome, Ty, fixed, variadic},
};
use crate::lang::gofmt::{List, Map, MergeError, Text, Value, merge};

/// The map functions.
pub(super) fn functions() -> Vec<Function> {
    use Ty::{Any, Map as Dict, Str};
    vec![
        fixed("get", &[Dict, Str], |_, args| Ok(dict(args, 0).get(text(args, 1)).unwrap_or_else(|| Value::text("")))),
        fixed("set", &[Dict, Str, Any], |_, args| {
            if dict(args, 0).set(Text::from(text(args, 1)), any(args, 2).clone()) {
                Ok(any(args, 0).clone())
            } else {
                Err("assignment to entry in nil map".into())
            }
        }),
        fixed("unset", &[Dict, Str], |_, args| {
            dict(args, 0).unset(text(args, 1));
            Ok(any(args, 0).clone())
        }),
        fixed("hasKey", &[Dict, Str], |_, args| Ok(Value::Bool(dict(args, 0).get(text(args, 1)).is_some()))),
        variadic("pluck", &[Str], Dict, |_, args| {
            let found = (1..args.len()).filter_map(|at| dict(args, at).get(text(args, 0))).collect();
            Ok(Value::List(List::appended(found)))
        }),
        variadic("keys", &[], Dict, |_, args| {
            let keys = (0..args.len()).flat_map(|at| dict(args, at).to_vec()).map(|(key, _)| key);
            Ok(Value::List(List::strings_from(0, keys)))
        }),
        fixed("values", &[Dict], |_, args| {
            Ok(Value::List(List::appended(dict(args, 0).to_vec().into_iter().map(|(_, value)| value).collect())))
        }),
        variadic("pick", &[Dict], Str, |_, args| {
            let wanted = (1..args.len()).map(|at| Text::from(text(args, at)));
            let dict = dict(args, 0);
            Ok(Value::Map(Map::any(wanted.filter_map(|key| dict.get(key.as_bytes()).map(|value| (key, value))))))
        }),
        variadic("omit", &[Dict], Str, |_, args| {
            let omitted = |key: &Text| (1..args.len()).any(|at| text(args, at) == key.as_bytes());
            Ok(Value::Map(Map::any(dict(args, 0).to_vec().into_iter().filter(|(key, _)| !omitted(key)))))
        }),
        variadic("dict", &[], Any, |_, args| {
            let mut entries = Vec::with_capacity(args.len() / 2 + 1);
            for pair in args.chunks(2) {
                let key = strval(any(pair, 0))?;
                entries.push((key, pair.get(1).cloned().unwrap_or_else(|| Value::text(""))));
            }
            Ok(Value::Map(Map::any(entries)))
        }),
        variadic("merge", &[Dict], Dict, |_, args| merged(args, false, false)),
        variadic("mustMerge", &[Dict], Dict, |_, args| merged(args, false, true)),
        variadic("mergeOverwrite", &[Dict], Dict, |_, args| merged(args, true, false)),
        variadic("mustMergeOverwrite", &[Dict], Dict, |_, args| merged(args, true, true)),
        fixed("deepCopy", &[Any], copied),
        fixed("mustDeepCopy", &[Any], copied),
        variadic("dig", &[], Any, dig),
    ]
}

/// A parameter of type `map[string]interface {}`.
fn dict(args: &[Value], index: usize) -> &Map {
    const NIL: &Map = &Map::nil(false);
    match args.get(index) {
        Some(Value::Map(map)) => map,
        _ => NIL,
    }
}

fn merged(args: &[Value], overwrite: bool, must: bool) -> Outcome {
    let mut target = dict(args, 0).clone();
    if target.is_nil() && args.len() > 1 && (1..args.len()).any(|at| !dict(args, at).is_nil()) {
        target = Map::any([]);
    }
    for at in 1..args.len() {
        match merge(&target, dict(args, at), overwrite, 0) {
            Ok(()) => {}
            Err(MergeError::Types) if must => return Err("src and dst must be of same type".into()),
            Err(MergeError::Types) => return Ok(Value::text("")),
            Err(MergeError::Panic(message)) => return Err(message.into()),
            Err(MergeError::Depth) => return Err(crate::lang::gofmt::TooLarge.into()),
        }
    }
    Ok(Value::Map(target))
}

fn copied(env: &Env, args: &[Value]) -> Outcome {
    let value = any(args, 0);
    if value.is_nil_interface() {
        return Err("deepCopy error: reflectwalk: unsupported type: invalid".into());
    }
    env.step(crate::lang::gofmt::sprint(std::slice::from_ref(value))?.len() as u64 / 4).map_err(Fault::Refused)?;
    Ok(deep_copy(value, 0))
}

fn dig(_: &Env, args: &[Value]) -> Outcome {
    let [keys @ .., default, last] = args else { return Err("dig needs at least three arguments".into()) };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let mut current = last.clone();
    let mut names = Vec::with_capacity(keys.len());
    let Value::Map(Map { strings: false, .. }) = &current else { return Err(conversion(&current, "map[string]interface {}")) };
    for key in keys {
        match key {
            Value::Str(name) => names.push(name.clone()),
            other => return Err(conversion(other, "string")),
        }
    }
    for name in names {
        let Value::Map(map @ Map { strings: false, .. }) = &current else { return Err(conversion(&current, "map[string]interface {}")) };
        match map.get(name.as_bytes()) {
            Some(value) => current = value,
            None => return Ok(default.clone()),
        }
    }
    Ok(current)
}

fn conversion(value: &Value, wanted: &str) -> Fault {
    let found = if value.is_nil_interface() { "nil".to_owned() } else { value.type_name() };
    Fault::Call(format!("interface conversion: interface {{}} is {found}, not {wanted}"))
}
