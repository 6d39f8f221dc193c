//! JSON patches as `evanphx/json-patch` v5.9.11 (its v4 package) applies them:
//! RFC 6902 with negative indices, with `replace` that adds, and without
//! mercy for nulls inside lists.

mod node;
mod operation;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::text::pointer::unescape;

use node::Node;
use operation::Patch;

/// Applies a patch, a list of operations, to an object or a list.
///
/// # Errors
/// When an operation does not apply or is none; the message is upstream's.
pub fn apply(document: Value, patch: &Value) -> Result<Value> {
    let patch = Patch::read(patch)?;
    let mut root = match document {
        Value::Object(_) | Value::Array(_) => Node::from(document),
        // Upstream has an object without a map then: nothing can be set in it.
        Value::Null if patch.is_empty() => return Ok(Value::Null),
        _ => return Err(Error::upstream("json: cannot unmarshal into Go value of type jsonpatch.partialDoc")),
    };
    patch.apply(&mut root)?;
    Ok(root.into())
}

/// Removes what a pointer names, in place: the patch that `jsonPointers` of
/// ignore rules become. The first token is dropped unseen, as upstream does.
///
/// # Errors
/// When there is nothing to remove; the document is as it was.
pub fn remove(document: &mut Value, pointer: &str) -> Result<()> {
    let missing = || Error::upstream(format!("remove operation does not apply: doc is missing path: {pointer:?}: missing value"));
    if !document.is_object() && !document.is_array() {
        return Err(missing());
    }
    let mut tokens = pointer.split('/').skip(1).map(unescape).peekable();
    let mut container = document;
    loop {
        let token = tokens.next().ok_or_else(missing)?;
        if tokens.peek().is_none() {
            return remove_from(container, &token, pointer);
        }
        let next = match container {
            Value::Object(map) => map.get_mut(&*token),
            Value::Array(items) => index(&token, items.len()).and_then(|at| items.get_mut(at)),
            _ => None,
        };
        container = next.filter(|next| next.is_object() || next.is_array()).ok_or_else(missing)?;
    }
}

fn remove_from(container: &mut Value, key: &str, pointer: &str) -> Result<()> {
    let wrong = |what: &str| Error::upstream(format!("error in remove for path: '{pointer}': {what}"));
    match container {
        Value::Object(map) => map.shift_remove(key).map(|_| ()).ok_or_else(|| wrong("Unable to remove nonexistent key")),
        Value::Array(items) => {
            let at = index(key, items.len()).ok_or_else(|| wrong("Unable to access invalid index"))?;
            items.remove(at);
            Ok(())
        }
        _ => Err(wrong("not a container")),
    }
}

/// An index into a list: a decimal number, from the end when negative.
fn index(token: &str, len: usize) -> Option<usize> {
    let index: i64 = token.parse().ok()?;
    let len = i64::try_from(len).ok()?;
    let index = if index < 0 { index.checked_add(len)? } else { index };
    usize::try_from(index).ok().filter(|_| index < len)
}
