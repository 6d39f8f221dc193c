//! The orders that upstream's sorts give.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{DIRECTIVE, bad_type, comparable, no_merge_key};
use crate::{Result, Value};

/// A scalar as Go's `%v` prints it.
pub(super) fn go_text(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        None | Some(Value::Null) => Cow::Borrowed("<nil>"),
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(other) => Cow::Owned(other.to_string()),
    }
}

/// Sorts by text the way upstream's `sort.Sort` with a "less or equal" does: up to twelve elements by
/// insertion, which turns equal neighbours around.
pub(super) fn sort_as_upstream<T, F>(items: &mut [T], text: F)
where
    F: for<'t> Fn(&'t T) -> Cow<'t, str>,
{
    if items.len() > 12 {
        items.sort_by(|one, other| text(one).cmp(&text(other)));
        return;
    }
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 {
            let swap = match (items.get(at), items.get(at - 1)) {
                (Some(one), Some(before)) => text(one) <= text(before),
                _ => false,
            };
            if !swap {
                break;
            }
            items.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// The first place of each element in a list.
pub(super) struct Places {
    places: HashMap<String, usize>,
}

impl Places {
    pub(super) fn of(list: &[Value], merge_key: &str) -> Self {
        let mut places = HashMap::with_capacity(list.len());
        for (at, item) in list.iter().enumerate() {
            places.entry(identity(item, merge_key)).or_insert(at);
        }
        Self { places }
    }

    /// One more element at the end.
    pub(super) fn add(&mut self, item: &Value, merge_key: &str, at: usize) {
        self.places.entry(identity(item, merge_key)).or_insert(at);
    }

    pub(super) fn get(&self, item: &Value, merge_key: &str) -> Option<usize> {
        self.places.get(&identity(item, merge_key)).copied()
    }
}

/// A key under which equal elements collide: the merge key's value, or the scalar itself.
fn identity(item: &Value, merge_key: &str) -> String {
    match key_of(item, merge_key) {
        Some(Value::String(text)) => format!("\"{text}"),
        Some(other) => other.to_string(),
        None => "null".to_owned(),
    }
}

/// Refuses to look an element up whose key Go cannot compare with that of another.
pub(super) fn comparable_in(list: &[Value], item: &Value, merge_key: &str) -> Result<()> {
    match key_of(item, merge_key) {
        Some(own @ (Value::Object(_) | Value::Array(_))) => {
            list.iter().filter_map(|other| key_of(other, merge_key)).try_for_each(|other| comparable(own, other))
        }
        _ => Ok(()),
    }
}

/// The merge key's value, or the element itself where there is none.
fn key_of<'a>(item: &'a Value, merge_key: &str) -> Option<&'a Value> {
    if merge_key.is_empty() { Some(item) } else { item.get(merge_key) }
}

/// Orders a list as another one says, deletions last (`normalizeSliceOrder`).
pub(super) fn normalize(items: &mut Vec<Value>, order: &[Value], merge_key: &str) -> Result<()> {
    let mut deletions = Vec::new();
    if !merge_key.is_empty() {
        for item in items.iter().chain(order) {
            let members = item.as_object().ok_or_else(|| bad_type("map"))?;
            if !members.contains_key(merge_key) {
                return Err(no_merge_key(merge_key));
            }
        }
        if items.iter().any(is_deletion) {
            let (gone, left) = std::mem::take(items).into_iter().partition(is_deletion);
            deletions = gone;
            *items = left;
        }
    }
    if items.len() > 1 {
        for item in items.iter() {
            comparable_in(order, item, merge_key)?;
        }
        sort(items, order, merge_key);
    }
    items.extend(deletions);
    Ok(())
}

pub(super) fn is_deletion(item: &Value) -> bool {
    item.get(DIRECTIVE).and_then(Value::as_str) == Some("delete")
}

fn sort(items: &mut Vec<Value>, order: &[Value], merge_key: &str) {
    let places = Places::of(order, merge_key);
    let mut keyed: Vec<(Option<usize>, Value)> =
        std::mem::take(items).into_iter().map(|item| (places.get(&item, merge_key), item)).collect();
    if keyed.iter().all(|(place, _)| place.is_some()) || keyed.len() > 20 {
        keyed.sort_by_key(|(place, _)| *place);
    } else {
        // what is not in the order counts as smaller than everything before it
        for end in 1..keyed.len() {
            let mut at = end;
            while at > 0 {
                let smaller = match (keyed.get(at), keyed.get(at - 1)) {
                    (Some((Some(one), _)), Some((Some(before), _))) => one < before,
                    _ => true,
                };
                if !smaller {
                    break;
                }
                keyed.swap(at, at - 1);
                at -= 1;
            }
        }
    }
    items.extend(keyed.into_iter().map(|(_, item)| item));
}

/// Merges what only the server has into what the patch has, by the server's order
/// (`normalizeElementOrder`).
pub(super) fn interleave(
    mut patch: Vec<Value>,
    mut server_only: Vec<Value>,
    patch_order: &[Value],
    server_order: &[Value],
    merge_key: &str,
) -> Result<Vec<Value>> {
    normalize(&mut patch, patch_order, merge_key)?;
    normalize(&mut server_only, server_order, merge_key)?;
    if server_only.is_empty() {
        return Ok(patch);
    }
    if !patch.is_empty() {
        for item in server_only.iter().chain(&patch) {
            comparable_in(server_order, item, merge_key)?;
        }
    }
    let places = Places::of(server_order, merge_key);
    let mut merged = Vec::with_capacity(patch.len() + server_only.len());
    let (mut left, mut right) = (server_only.into_iter().peekable(), patch.into_iter().peekable());
    loop {
        let take_left = match (left.peek(), right.peek()) {
            (None, None) => return Ok(merged),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(one), Some(other)) => match (places.get(one, merge_key), places.get(other, merge_key)) {
                (Some(one), Some(other)) => one < other,
                _ => false,
            },
        };
        merged.extend(if take_left { left.next() } else { right.next() });
    }
}
