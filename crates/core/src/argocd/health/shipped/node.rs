//! A live object as a health script sees it.
//!
//! Scripts that ship with Argo CD are Lua: what is absent is nil, nulls vanish,
//! and touching something that is no table raises an error that names the
//! script's line. The checks of this folder keep those outcomes, so each access
//! that can fail says on which line of upstream's script it stands.

use crate::Value;
use crate::argocd::health::script::Assessed;
use crate::argocd::health::status::{Health, HealthCode};

/// What a check gives: a judgement, none (the built-in check decides), or an error's text.
pub(in crate::argocd::health) type Judged = Result<Option<Assessed>, String>;

/// A value, or nil.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'v>(Option<&'v Value>);

/// An error as the interpreter words it.
pub(super) fn fail<T>(line: u32, message: impl std::fmt::Display) -> Result<T, String> {
    Err(format!("<string>:{line}: {message}"))
}

impl<'v> Node<'v> {
    pub(super) const NIL: Self = Self(None);

    pub(super) fn new(value: &'v Value) -> Self {
        Self(Some(value).filter(|value| !value.is_null()))
    }

    /// Lua's name of its type.
    pub(super) fn kind(self) -> &'static str {
        match self.0 {
            None | Some(Value::Null) => "nil",
            Some(Value::Bool(_)) => "boolean",
            Some(Value::Number(_)) => "number",
            Some(Value::String(_)) => "string",
            Some(Value::Array(_) | Value::Object(_)) => "table",
        }
    }

    pub(super) fn is_nil(self) -> bool {
        self.0.is_none()
    }

    /// Neither nil nor false.
    pub(super) fn truthy(self) -> bool {
        !matches!(self.0, None | Some(Value::Bool(false)))
    }

    /// A member. A list has no named members, a string has none that scripts use; anything else cannot be indexed.
    pub(super) fn get(self, line: u32, key: &str) -> Result<Self, String> {
        match self.0 {
            Some(Value::Object(members)) => Ok(members.get(key).map_or(Self::NIL, Self::new)),
            Some(Value::Array(_) | Value::String(_)) => Ok(Self::NIL),
            _ => fail(line, format!("attempt to index a non-table object({}) with key '{key}'", self.kind())),
        }
    }

    /// An item of a list, counted from 1.
    pub(super) fn item(self, line: u32, at: usize) -> Result<Self, String> {
        match self.0 {
            Some(Value::Array(items)) => {
                Ok(items.iter().filter(|item| !item.is_null()).nth(at.wrapping_sub(1)).map_or(Self::NIL, Self::new))
            }
            Some(Value::Object(_) | Value::String(_)) => Ok(Self::NIL),
            _ => fail(line, format!("attempt to index a non-table object({}) with key '{at}'", self.kind())),
        }
    }

    /// A path of members, all accessed on one line.
    pub(super) fn path(self, line: u32, keys: &[&str]) -> Result<Self, String> {
        keys.iter().try_fold(self, |node, key| node.get(line, key))
    }

    /// `ipairs`: the items of a list; other tables have none.
    pub(super) fn each(self, line: u32) -> Result<impl Iterator<Item = Node<'v>>, String> {
        let items: &'v [Value] = match self.0 {
            Some(Value::Array(items)) => items,
            Some(Value::Object(_)) => &[],
            _ => return fail(line, format!("bad argument #1 to ipairs (table expected, got {})", self.kind())),
        };
        Ok(items.iter().filter(|item| !item.is_null()).map(Node::new))
    }

    /// `pairs`: members in sorted order (upstream's order is a Go map's), or the items of a list with their numbers.
    pub(super) fn pairs(self, line: u32) -> Result<Vec<(String, Node<'v>)>, String> {
        match self.0 {
            Some(Value::Object(members)) => {
                let mut pairs: Vec<_> =
                    members.iter().filter(|(_, v)| !v.is_null()).map(|(key, value)| (key.clone(), Node::new(value))).collect();
                pairs.sort_by(|a, b| a.0.cmp(&b.0));
                Ok(pairs)
            }
            Some(Value::Array(items)) => Ok(items
                .iter()
                .filter(|item| !item.is_null())
                .enumerate()
                .map(|(at, item)| ((at + 1).to_string(), Node::new(item)))
                .collect()),
            _ => fail(line, format!("bad argument #1 to pairs (table expected, got {})", self.kind())),
        }
    }

    /// `#`
    pub(super) fn len(self, line: u32) -> Result<usize, String> {
        match self.0 {
            Some(Value::String(text)) => Ok(text.len()),
            Some(Value::Array(items)) => Ok(items.iter().filter(|item| !item.is_null()).count()),
            Some(Value::Object(_)) => Ok(0),
            _ => fail(line, "__len undefined"),
        }
    }

    /// Whether it is that string.
    pub(super) fn is(self, text: &str) -> bool {
        matches!(self.0, Some(Value::String(own)) if own == text)
    }

    /// Whether it is that boolean.
    pub(super) fn is_bool(self, value: bool) -> bool {
        matches!(self.0, Some(Value::Bool(own)) if *own == value)
    }

    /// Whether it is that number.
    #[allow(clippy::float_cmp, reason = "Lua compares numbers exactly")]
    pub(super) fn is_number(self, value: f64) -> bool {
        matches!(self.0, Some(Value::Number(own)) if own.as_f64() == Some(value))
    }

    /// Lua's `==`: tables are equal only to themselves.
    #[allow(clippy::float_cmp, reason = "Lua compares numbers exactly")]
    pub(super) fn same(self, other: Self) -> bool {
        match (self.0, other.0) {
            (None, None) => true,
            (Some(Value::Number(a)), Some(Value::Number(b))) => a.as_f64() == b.as_f64(),
            (Some(a @ (Value::Array(_) | Value::Object(_))), Some(b)) => std::ptr::eq(a, b),
            (Some(a), Some(b)) => a == b,
            _ => false,
        }
    }

    /// The string it is.
    pub(super) fn text(self) -> Option<&'v str> {
        self.0.and_then(Value::as_str)
    }

    /// The number it is.
    pub(super) fn number(self) -> Option<f64> {
        match self.0 {
            Some(Value::Number(number)) => number.as_f64(),
            _ => None,
        }
    }

    /// The number that arithmetic takes it for: strings that read as one count.
    pub(super) fn operand(self) -> Option<f64> {
        self.number().or_else(|| self.text().and_then(crate::lang::lua::parse_number))
    }

    /// `self < other`; on a number use [`Node::less_than`].
    pub(super) fn less(self, line: u32, other: Self) -> Result<bool, String> {
        match (self.0, other.0) {
            (Some(Value::Number(a)), Some(Value::Number(b))) => Ok(a.as_f64() < b.as_f64()),
            (Some(Value::String(a)), Some(Value::String(b))) => Ok(a < b),
            _ => fail(line, format!("attempt to compare {} with {}", self.kind(), other.kind())),
        }
    }

    /// `self < number`
    pub(super) fn less_than(self, line: u32, number: f64) -> Result<bool, String> {
        self.number().map_or_else(|| fail(line, format!("attempt to compare {} with number", self.kind())), |own| Ok(own < number))
    }

    /// `self > number`
    pub(super) fn more_than(self, line: u32, number: f64) -> Result<bool, String> {
        self.number().map_or_else(|| fail(line, format!("attempt to compare number with {}", self.kind())), |own| Ok(own > number))
    }

    /// As `tostring` writes it. Tables print an address upstream, which nobody can rely on.
    pub(super) fn show(self) -> String {
        match self.0 {
            None | Some(Value::Null) => "nil".into(),
            Some(Value::Bool(value)) => value.to_string(),
            Some(Value::Number(number)) => crate::lang::lua::format_number(number.as_f64().unwrap_or(0.0)),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(_) | Value::Object(_)) => "table".into(),
        }
    }
}

/// A piece of a concatenation: words of the script, or a value of the object.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'v> {
    /// Words.
    Text(&'v str),
    /// A value.
    Value(Node<'v>),
}

impl Part<'_> {
    fn kind(self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Value(node) => node.kind(),
        }
    }

    fn show(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.to_owned()),
            Self::Value(node) if matches!(node.kind(), "string" | "number") => Some(node.show()),
            Self::Value(_) => None,
        }
    }
}

/// `a .. b .. c`, which Lua joins from the right; anything but strings and numbers is an error.
pub(super) fn concat(line: u32, parts: &[Part<'_>]) -> Result<String, String> {
    let mut joined: Option<String> = None;
    for (at, part) in parts.iter().enumerate().rev() {
        let Some(text) = part.show() else {
            // The operands that meet first: this one with what stands to its right, or with its left neighbour when it is last.
            return match (joined, at.checked_sub(1).and_then(|left| parts.get(left))) {
                (Some(_), _) => fail(line, format!("cannot perform concat operation between {} and string", part.kind())),
                (None, Some(left)) => fail(line, format!("cannot perform concat operation between {} and {}", left.kind(), part.kind())),
                (None, None) => fail(line, format!("cannot perform concat operation between {} and string", part.kind())),
            };
        };
        joined = Some(match joined {
            None => text,
            Some(right) => text + &right,
        });
    }
    Ok(joined.unwrap_or_default())
}

/// `table.concat`: what a script collected, with a separator between. A table keeps no nil.
pub(super) fn joined(line: u32, items: &[Part<'_>], separator: &str) -> Result<String, String> {
    let mut texts = Vec::with_capacity(items.len());
    for item in items.iter().filter(|item| item.kind() != "nil") {
        match item.show() {
            Some(text) => texts.push(text),
            None => return fail(line, format!("invalid value ({}) at index {} in table for concat", item.kind(), texts.len() + 1)),
        }
    }
    Ok(texts.join(separator))
}

/// A judgement with the script's own words.
pub(super) fn say(code: HealthCode, message: impl Into<String>) -> Judged {
    Ok(Some(Health::new(code, message).into()))
}

/// A judgement with a message of the object: nil is no message, and anything but a string empties the whole status (Go's decoding fails).
pub(super) fn tell(code: HealthCode, message: Node<'_>) -> Judged {
    match message.0 {
        None => say(code, ""),
        Some(Value::String(text)) => say(code, text.clone()),
        Some(_) => empty(),
    }
}

/// The message if there is one (neither nil nor false), else the script's own words.
pub(super) fn tell_or(code: HealthCode, message: Node<'_>, words: &str) -> Judged {
    if message.truthy() { tell(code, message) } else { say(code, words) }
}

/// A status without a word: what Go decodes from an empty table.
pub(super) fn empty() -> Judged {
    Ok(Some(Health { status: String::new(), message: String::new(), failed: false }.into()))
}
