//! Making a patch (`diffMaps` and what it calls).

use super::lists::{self, Lists};
use super::{DELETE_FROM_LIST, DIRECTIVE, Members, RETAIN_KEYS, SET_ORDER, Type, kind, lookup_list, lookup_map};
use crate::kube::members::{Walk, equal_lists, equal_maps};
use crate::{Error, Result, Value};

/// `DiffOptions`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) set_order: bool,
    pub(super) retain_keys: bool,
    pub(super) ignore_deletions: bool,
    pub(super) ignore_additions: bool,
}

pub(super) fn maps(original: &Members, modified: &Members, ty: Type, options: Options) -> Result<Members> {
    let mut patch = Members::new();
    let mut walk = Walk::new(original);
    let mut shared = 0;
    for (key, after) in modified {
        let Some(before) = walk.find(key) else {
            if !options.ignore_additions {
                patch.insert(key.clone(), after.clone());
            }
            continue;
        };
        shared += 1;
        if key == DIRECTIVE {
            directive(before, after, &mut patch)?;
            continue;
        }
        if kind(before) != kind(after) {
            replace(key, after, &mut patch, options);
            continue;
        }
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => map_field(key, before, after, &mut patch, ty, options)?,
            (Value::Array(before), Value::Array(after)) => list_field(key, before, after, &mut patch, ty, options)?,
            _ if before != after => replace(key, after, &mut patch, options),
            _ => {}
        }
    }
    if !options.ignore_deletions && shared < original.len() {
        for key in original.keys().filter(|key| !modified.contains_key(*key)) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    if options.retain_keys {
        retain_keys(original, modified, &mut patch);
    }
    Ok(patch)
}

fn retain_keys(original: &Members, modified: &Members, patch: &mut Members) {
    let mut keys: Vec<&String> = modified.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key).collect();
    let more = || original.iter().any(|(key, value)| !value.is_null() && !modified.contains_key(key));
    if !keys.is_empty() && (!patch.is_empty() || more()) {
        keys.sort_unstable();
        patch.insert(RETAIN_KEYS.to_owned(), Value::Array(keys.into_iter().map(|key| Value::from(key.as_str())).collect()));
    }
}

fn directive(before: &Value, after: &Value, patch: &mut Members) -> Result<()> {
    if !before.is_string() || !after.is_string() {
        return Err(Error::upstream(format!("invalid value for special key: {DIRECTIVE}")));
    }
    if before != after {
        patch.insert(DIRECTIVE.to_owned(), after.clone());
    }
    Ok(())
}

fn replace(key: &str, after: &Value, patch: &mut Members, options: Options) {
    if !options.ignore_additions {
        patch.insert(key.to_owned(), after.clone());
    }
}

fn map_field(key: &str, before: &Members, after: &Members, patch: &mut Members, ty: Type, mut options: Options) -> Result<()> {
    let (sub, strategy) = match lookup_map(ty, key) {
        Ok(found) => found,
        Err(_) if equal_maps(before, after) => return Ok(()),
        Err(error) => return Err(error),
    };
    if strategy.replace {
        // put in the patch even when equal
        if !options.ignore_additions {
            patch.insert(key.to_owned(), Value::Object(after.clone()));
        }
        return Ok(());
    }
    options.retain_keys = strategy.retain_keys;
    let inner = maps(before, after, sub, options)?;
    if !inner.is_empty() {
        patch.insert(key.to_owned(), Value::Object(inner));
    }
    Ok(())
}

fn list_field(key: &str, before: &[Value], after: &[Value], patch: &mut Members, ty: Type, mut options: Options) -> Result<()> {
    let (element, strategy) = match lookup_list(ty, key) {
        Ok(found) => found,
        Err(_) if equal_lists(before, after) => return Ok(()),
        Err(error) => return Err(error),
    };
    if !strategy.merge {
        if !options.ignore_additions && !equal_lists(before, after) {
            patch.insert(key.to_owned(), Value::Array(after.to_vec()));
        }
        return Ok(());
    }
    options.retain_keys = strategy.retain_keys;
    let Lists { add, delete, order } = lists::diff(before, after, element, strategy.merge_key.unwrap_or(""), options)?;
    if !add.is_empty() {
        patch.insert(key.to_owned(), Value::Array(add));
    }
    if !delete.is_empty() {
        patch.insert(format!("{DELETE_FROM_LIST}{key}"), Value::Array(delete));
    }
    if options.set_order && !order.is_empty() {
        patch.insert(format!("{SET_ORDER}{key}"), Value::Array(order));
    }
    Ok(())
}
