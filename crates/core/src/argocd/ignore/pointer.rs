//! `remove` of a JSON patch, with the library's quirks (`evanphx/json-patch` v5.9.11, API of v4).

use crate::text::pointer as rfc6901;
use crate::{Map, Value};

/// A JSON pointer as the library splits it: what stands before the first slash is ignored, a text
/// without a slash never applies.
#[derive(Debug, Clone)]
pub(super) struct Pointer {
    way: Vec<String>,
    last: Option<String>,
}

impl Pointer {
    pub(super) fn new(text: &str) -> Self {
        let mut tokens: Vec<String> = text.split('/').skip(1).map(decode).collect();
        let last = tokens.pop();
        Self { way: tokens, last }
    }

    /// Whether it names a top-level member that says nothing of the object's type: `/status`, `/spec`.
    pub(super) fn is_plain_member(&self) -> bool {
        self.way.is_empty() && self.last.as_deref().is_some_and(|name| !matches!(name, "kind" | "apiVersion"))
    }

    /// Whether the object has the member that it ends with at the top.
    pub(super) fn is_member_of(&self, object: &Value) -> bool {
        self.last.as_deref().is_some_and(|name| object.get(name).is_some())
    }

    /// Whether it names all of that top-level member.
    pub(super) fn is_member(&self, name: &str) -> bool {
        self.way.is_empty() && self.last.as_deref() == Some(name)
    }

    /// Removes the field and gives its pointer; nothing happens when it is not there.
    pub(super) fn remove(&self, object: &mut Value) -> Option<String> {
        let last = self.last.as_deref()?;
        let mut path = String::new();
        let mut at = object;
        for token in &self.way {
            at = match at {
                Value::Object(members) => members.get_mut(token.as_str()).filter(|next| !next.is_null())?,
                Value::Array(items) => {
                    let index = index(token, items.len())?;
                    items.get_mut(index)?
                }
                _ => return None,
            };
            rfc6901::push(&mut path, token);
        }
        rfc6901::push(&mut path, last);
        match at {
            Value::Object(members) => remove_member(members, last).then_some(path),
            Value::Array(items) => {
                let index = index(last, items.len())?;
                items.remove(index);
                Some(path)
            }
            _ => None,
        }
    }
}

fn remove_member(members: &mut Map<String, Value>, name: &str) -> bool {
    members.shift_remove(name).is_some()
}

/// `~1` and `~0` in one pass, as a string replacer does.
fn decode(token: &str) -> String {
    let mut out = String::with_capacity(token.len());
    let mut rest = token;
    while let Some(at) = rest.find('~') {
        out.push_str(rest.get(..at).unwrap_or(""));
        let tail = rest.get(at..).unwrap_or("");
        let (text, skip) = match tail.as_bytes().get(1) {
            Some(b'1') => ("/", 2),
            Some(b'0') => ("~", 2),
            _ => ("~", 1),
        };
        out.push_str(text);
        rest = tail.get(skip..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

/// An array index as Go's `Atoi` reads it; negative ones count from the end.
fn index(token: &str, len: usize) -> Option<usize> {
    let at: i64 = token.parse().ok()?;
    let len = i64::try_from(len).ok()?;
    let at = if at < 0 { at.checked_add(len)? } else { at };
    (0..len).contains(&at).then(|| usize::try_from(at).ok()).flatten()
}
