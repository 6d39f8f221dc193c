//! `dario.cat/mergo` on maps.

use super::{Kind, List, MAX_DEPTH, Map, Text, Value};

/// Why a merge stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeError {
    /// `ErrDifferentArgumentsTypes`
    Types,
    /// Upstream panics.
    Panic(String),
    /// Too deep.
    Depth,
}

/// `mergo.Merge(&target, source)`, `MergeWithOverwrite` where `overwrite`.
///
/// Empty values (zero, false, `""`, no items) count as absent in the target.
///
/// # Errors
/// Where upstream refuses or panics.
pub fn merge(target: &Map, source: &Map, overwrite: bool, depth: usize) -> Result<(), MergeError> {
    if depth > MAX_DEPTH {
        return Err(MergeError::Depth);
    }
    if target.is_nil() {
        return Ok(());
    }
    for (key, from) in source.to_vec() {
        let to = target.get(key.as_bytes());
        if from.is_nil() && !source.strings {
            let boxed_nil = matches!(from, Value::Nil);
            if boxed_nil {
                if overwrite {
                    put(target, &key, Value::Nil, true)?;
                }
                continue;
            }
        }
        match &from {
            Value::Map(from_map) => match &to {
                Some(Value::Map(to_map)) => merge(to_map, from_map, overwrite, depth + 1)?,
                Some(Value::Foreign(foreign)) if foreign.kind() == Kind::Ptr && !overwrite => {
                    return Err(MergeError::Types);
                }
                _ => {}
            },
            Value::List(from_list) => merge_list(target, &key, &to, from_list, overwrite)?,
            _ => {}
        }
        let kept = to.as_ref().is_some_and(Value::truth);
        if kept && (from.is_slice() || (matches!(from, Value::Map(_)) && matches!(to, Some(Value::Map(_))))) {
            continue;
        }
        if overwrite || !kept {
            put(target, &key, from, !source.strings)?;
        }
    }
    Ok(())
}

fn merge_list(target: &Map, key: &Text, to: &Option<Value>, from: &List, overwrite: bool) -> Result<(), MergeError> {
    if target.strings && to.is_some() {
        return Err(MergeError::Panic("reflect: call of reflect.Value.IsNil on string Value".into()));
    }
    let replaced = if overwrite || target.is_empty() {
        Value::List(from.clone())
    } else {
        match to {
            None | Some(Value::Nil) => Value::List(List::new(from.elem, Vec::new())),
            Some(value) => value.clone(),
        }
    };
    put(target, key, replaced, true)
}

fn put(target: &Map, key: &Text, value: Value, boxed: bool) -> Result<(), MergeError> {
    if target.strings && boxed {
        return Err(MergeError::Panic("reflect.Set: value of type interface {} is not assignable to type string".into()));
    }
    target.set(key.clone(), value);
    Ok(())
}
