//! JSON pointers (RFC 6901).

use std::borrow::Cow;

use serde_json::{Map, Value};

/// Appends one reference token to a pointer, escaped.
pub fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&escape(token));
}

/// A pointer with one more reference token.
pub fn join(pointer: &str, token: impl std::fmt::Display) -> String {
    let mut joined = pointer.to_owned();
    push(&mut joined, &token.to_string());
    joined
}

/// `~` and `/` as `~0` and `~1`.
pub fn escape(token: &str) -> Cow<'_, str> {
    if token.contains(['~', '/']) { Cow::Owned(token.replace('~', "~0").replace('/', "~1")) } else { Cow::Borrowed(token) }
}

/// The reverse of [`escape`].
pub fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') { Cow::Owned(token.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(token) }
}

/// The reference tokens of a pointer, unescaped; none for the whole document.
pub fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.strip_prefix('/').into_iter().flat_map(|rest| rest.split('/')).map(unescape)
}

/// The pointer without its last token; `None` for the whole document.
pub fn parent(pointer: &str) -> Option<&str> {
    pointer.rfind('/').and_then(|at| pointer.get(..at))
}

/// Objects up to this size are searched from end to end, which is quicker than hashing the key.
const SMALL: usize = 8;

/// The member of a key.
#[inline]
pub(crate) fn member<'m>(members: &'m Map<String, Value>, key: &str) -> Option<&'m Value> {
    if members.len() > SMALL {
        return members.get(key);
    }
    members.iter().find(|(known, _)| *known == key).map(|(_, member)| member)
}

/// The same for a value, which has none unless it is an object.
#[inline]
pub(crate) fn member_of<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.as_object().and_then(|members| member(members, key))
}
