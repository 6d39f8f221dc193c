//! The operations of a patch.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::text::pointer::unescape;

use super::index;
use super::node::Node;

/// A patch that was read.
#[derive(Debug)]
pub(super) struct Patch<'p>(Vec<Option<&'p Map<String, Value>>>);

impl<'p> Patch<'p> {
    pub(super) fn read(patch: &'p Value) -> Result<Self> {
        let wrong = || Error::upstream("json: cannot unmarshal into Go value of type jsonpatch.Patch");
        let items = match patch {
            Value::Null => return Ok(Self(Vec::new())),
            Value::Array(items) => items,
            _ => return Err(wrong()),
        };
        let operations = items.iter().map(|item| match item {
            Value::Null => Ok(None),
            Value::Object(map) => Ok(Some(map)),
            _ => Err(wrong()),
        });
        Ok(Self(operations.collect::<Result<_>>()?))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn apply(&self, root: &mut Node) -> Result<()> {
        for operation in &self.0 {
            let empty = Map::new();
            let operation = operation.unwrap_or(&empty);
            match operation.get("op").and_then(Value::as_str).unwrap_or("unknown") {
                "add" => {
                    let path = member(operation, "path")?;
                    let (container, key) = find(root, path).ok_or_else(|| missing("add", path))?;
                    add(container, &key, value(operation))?;
                }
                "remove" => {
                    let path = member(operation, "path")?;
                    let (container, key) = find(root, path).ok_or_else(|| missing("remove", path))?;
                    take(container, &key)?;
                }
                "replace" => replace(root, operation)?,
                "move" => {
                    let from = member(operation, "from")?;
                    let (container, key) = find(root, from).ok_or_else(|| missing("move", from))?;
                    let moved = take(container, &key)?;
                    let path = member(operation, "path")?;
                    let (container, key) = find(root, path).ok_or_else(|| missing("move", path))?;
                    add(container, &key, moved)?;
                }
                "copy" => {
                    let from = member(operation, "from")?;
                    let (container, key) = find(root, from).ok_or_else(|| missing("copy", from))?;
                    let copied = get(container, &key)?.cloned().unwrap_or(Node::Null);
                    let path = member(operation, "path")?;
                    let (container, key) = find(root, path).ok_or_else(|| missing("copy", path))?;
                    add(container, &key, copied)?;
                }
                "test" => test(root, operation)?,
                other => return Err(Error::upstream(format!("Unexpected kind: {other}"))),
            }
        }
        Ok(())
    }
}

fn missing(operation: &str, path: &str) -> Error {
    Error::upstream(format!("{operation} operation does not apply: doc is missing path: {path:?}: missing value"))
}

fn member<'o>(operation: &'o Map<String, Value>, name: &str) -> Result<&'o str> {
    operation.get(name).and_then(Value::as_str).ok_or_else(|| Error::upstream(format!("operation missing {name} field: missing value")))
}

/// The value of an operation; without one, a null like those of documents.
fn value(operation: &Map<String, Value>) -> Node {
    match operation.get("value") {
        None => Node::Null,
        Some(Value::Null) => Node::AddedNull,
        Some(value) => Node::from(value.clone()),
    }
}

/// The container of a pointer's last token, and that token.
fn find<'n>(root: &'n mut Node, pointer: &str) -> Option<(&'n mut Node, String)> {
    let mut tokens = pointer.split('/').skip(1).map(|token| unescape(token).into_owned());
    let mut token = tokens.next()?;
    let mut container = root;
    for next in tokens {
        container = match container {
            Node::Object(map) => map.get_mut(&token)?,
            Node::Array(items) => {
                let at = index(&token, items.len())?;
                items.get_mut(at)?
            }
            _ => return None,
        };
        if !matches!(container, Node::Object(_) | Node::Array(_)) {
            return None;
        }
        token = next;
    }
    Some((container, token))
}

fn bad_index(key: &str) -> Error {
    Error::upstream(format!("Unable to access invalid index: {key}: invalid index referenced"))
}

/// What is there; an object without the key has nothing, which is no error.
fn get<'n>(container: &'n Node, key: &str) -> Result<Option<&'n Node>> {
    match container {
        Node::Object(map) => Ok(map.get(key)),
        Node::Array(items) => index(key, items.len()).and_then(|at| items.get(at)).map(Some).ok_or_else(|| bad_index(key)),
        _ => Ok(None),
    }
}

fn add(container: &mut Node, key: &str, node: Node) -> Result<()> {
    match container {
        Node::Object(map) => {
            map.insert(key.to_owned(), node);
        }
        Node::Array(items) if key == "-" => items.push(node),
        Node::Array(items) => {
            let at = index(key, items.len() + 1).ok_or_else(|| bad_index(key))?;
            items.insert(at, node);
        }
        _ => return Err(bad_index(key)),
    }
    Ok(())
}

fn take(container: &mut Node, key: &str) -> Result<Node> {
    match container {
        Node::Object(map) => {
            map.shift_remove(key).ok_or_else(|| Error::upstream(format!("Unable to remove nonexistent key: {key}: missing value")))
        }
        Node::Array(items) => {
            let at = index(key, items.len()).ok_or_else(|| bad_index(key))?;
            Ok(items.remove(at))
        }
        _ => Err(bad_index(key)),
    }
}

fn replace(root: &mut Node, operation: &Map<String, Value>) -> Result<()> {
    let path = member(operation, "path")?;
    if path.is_empty() {
        return match value(operation) {
            node @ (Node::Array(_) | Node::Object(_)) => {
                *root = node;
                Ok(())
            }
            _ => Err(Error::upstream("replace operation value must be object or array")),
        };
    }
    let (container, key) = find(root, path).ok_or_else(|| missing("replace", path))?;
    get(container, &key)?;
    match container {
        Node::Object(map) => {
            map.insert(key, value(operation));
        }
        Node::Array(items) => {
            if let Some(slot) = index(&key, items.len()).and_then(|at| items.get_mut(at)) {
                *slot = value(operation);
            }
        }
        _ => {}
    }
    Ok(())
}

fn test(root: &mut Node, operation: &Map<String, Value>) -> Result<()> {
    let path = member(operation, "path")?;
    let wanted = value(operation);
    let failed = || Error::upstream(format!("testing value {path} failed: test failed"));
    if path.is_empty() {
        return if root.same(&wanted) == Some(true) { Ok(()) } else { Err(failed()) };
    }
    let (container, key) = find(root, path).ok_or_else(|| missing("test", path))?;
    let holds = match get(container, &key)? {
        None | Some(Node::Null) => matches!(wanted, Node::Null | Node::AddedNull),
        Some(node) => node.same(&wanted) == Some(true),
    };
    if holds { Ok(()) } else { Err(failed()) }
}
