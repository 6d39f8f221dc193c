//! From tokens to the simplified tree.

use super::lexer::{Token, tokens};
use crate::lang::LangError;

/// Braces deeper than this are refused.
const MAX_DEPTH: usize = 250;

/// A node of the pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Void,
    Text(String),
    Any,
    Super,
    Single,
    Range { not: bool, lo: char, hi: char },
    Set { not: bool, chars: Vec<char> },
    Sequence(Vec<Node>),
    Alternatives(Vec<Node>),
}

/// An open brace: the finished alternatives and the one being read.
struct Brace {
    done: Vec<Node>,
    outer: Vec<Node>,
}

pub(super) fn parse(pattern: &str) -> Result<Node, LangError> {
    let mut open: Vec<Brace> = Vec::new();
    let mut current: Vec<Node> = Vec::new();
    for (token, offset) in tokens(pattern)? {
        match token {
            Token::Text(text) => current.push(Node::Text(text)),
            Token::Any => current.push(Node::Any),
            Token::Super => current.push(Node::Super),
            Token::Single => current.push(Node::Single),
            Token::Range { not, lo, hi } => current.push(Node::Range { not, lo, hi }),
            Token::Set { not, chars } => current.push(Node::Set { not, chars }),
            Token::Open => {
                if open.len() >= MAX_DEPTH {
                    return Err(LangError::limit(format!("glob: braces nest deeper than {MAX_DEPTH} at {offset}")));
                }
                open.push(Brace { done: Vec::new(), outer: std::mem::take(&mut current) });
            }
            Token::Comma => {
                if let Some(brace) = open.last_mut() {
                    brace.done.push(Node::Sequence(std::mem::take(&mut current)));
                }
            }
            Token::Close => {
                if let Some(mut brace) = open.pop() {
                    brace.done.push(Node::Sequence(std::mem::take(&mut current)));
                    current = brace.outer;
                    current.push(Node::Alternatives(brace.done));
                }
            }
        }
    }
    if open.is_empty() {
        Ok(Node::Sequence(current))
    } else {
        Err(LangError::compile(pattern.len(), format!("glob: syntax error at {}: unclosed `{{`", pattern.len())))
    }
}

/// Inlines nested sequences, drops voids, joins texts and stars, and unwraps single children.
pub(super) fn simplify(node: Node) -> Node {
    match node {
        Node::Sequence(children) => {
            let mut flat = Vec::with_capacity(children.len());
            for child in children {
                push(&mut flat, simplify(child));
            }
            unwrap(flat, Node::Sequence)
        }
        Node::Alternatives(children) => unwrap(children.into_iter().map(simplify).collect(), Node::Alternatives),
        other => other,
    }
}

fn unwrap(mut nodes: Vec<Node>, wrap: fn(Vec<Node>) -> Node) -> Node {
    if nodes.len() > 1 { wrap(nodes) } else { nodes.pop().unwrap_or(Node::Void) }
}

fn push(out: &mut Vec<Node>, node: Node) {
    match (node, out.last_mut()) {
        (Node::Sequence(children), _) => children.into_iter().for_each(|child| push(out, child)),
        (Node::Void, _) | (Node::Any, Some(Node::Any | Node::Super)) | (Node::Super, Some(Node::Super)) => {}
        (Node::Text(text), Some(Node::Text(before))) => before.push_str(&text),
        (Node::Super, Some(last @ Node::Any)) => *last = Node::Super,
        (node, _) => out.push(node),
    }
}
