//! A document while it is patched. Upstream tells a null that was read from a
//! null that was added, and so do we.

use indexmap::IndexMap;
use serde_json::{Map, Value};

/// A value that may be patched.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// A null of the document, or an operation without a value.
    Null,
    /// A null that an operation added.
    AddedNull,
    /// Anything without members.
    Leaf(Value),
    Array(Vec<Node>),
    Object(IndexMap<String, Node>),
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Value::Object(map) => Self::Object(map.into_iter().map(|(key, value)| (key, Self::from(value))).collect()),
            leaf => Self::Leaf(leaf),
        }
    }
}

impl From<Node> for Value {
    fn from(node: Node) -> Self {
        match node {
            Node::Null | Node::AddedNull => Self::Null,
            Node::Leaf(value) => value,
            Node::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Node::Object(map) => Self::Object(map.into_iter().map(|(key, node)| (key, Self::from(node))).collect::<Map<_, _>>()),
        }
    }
}

impl Node {
    /// Upstream's comparison; `None` where it panics.
    pub(super) fn same(&self, other: &Self) -> Option<bool> {
        Some(match (self, other) {
            (Self::Null, _) | (_, Self::Null) => return None,
            (Self::AddedNull, Self::AddedNull) => true,
            (Self::Leaf(one), Self::Leaf(two)) => one == two,
            (Self::Array(one), Self::Array(two)) => {
                if one.len() != two.len() {
                    return Some(false);
                }
                for (one, two) in one.iter().zip(two) {
                    if !one.same(two)? {
                        return Some(false);
                    }
                }
                true
            }
            (Self::Object(one), Self::Object(two)) => {
                if one.len() != two.len() {
                    return Some(false);
                }
                for (key, one) in one {
                    let equal = match (one, two.get(key)) {
                        (Self::Null, Some(Self::Null)) => true,
                        (_, None) | (Self::Null, _) | (_, Some(Self::Null)) => false,
                        (one, Some(two)) => one.same(two)?,
                    };
                    if !equal {
                        return Some(false);
                    }
                }
                true
            }
            _ => false,
        })
    }
}
