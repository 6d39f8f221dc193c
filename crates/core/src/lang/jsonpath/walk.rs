//! Walking a document.

use super::compare::holds;
use super::parser::{Node, Param};
use crate::Value;
use crate::lang::{LangError, Limits};

/// A value on the way: of the document, or made by the path itself.
#[derive(Debug, Clone)]
pub(super) enum Item<'v> {
    Json(&'v Value),
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A byte of a text, which is what `[*]` of a text lists.
    Byte(u8),
    /// What an empty `range` runs on: not even null.
    Nothing,
}

/// A refusal with what was found so far: an existence filter looks at that.
type Walked<'v> = Result<Vec<Item<'v>>, (Vec<Item<'v>>, LangError)>;

/// All results of a path.
pub(super) fn find(nodes: &[Node], document: &Value, limits: &Limits) -> Result<Vec<Value>, LangError> {
    let mut walk = Walk { ranges: 0, opened: false, closed: false, steps: limits.steps };
    let mut found = Vec::new();
    let root = if document.is_null() { Item::Nothing } else { Item::Json(document) };
    walk.template(nodes, &root, &mut found)?;
    found.iter().map(Item::to_value).collect()
}

impl Item<'_> {
    fn to_value(&self) -> Result<Value, LangError> {
        Ok(match self {
            Self::Json(value) => (*value).clone(),
            Self::Text(text) => Value::String(text.clone()),
            Self::Int(i) => Value::from(*i),
            Self::Float(f) => Value::from(*f),
            Self::Bool(b) => Value::Bool(*b),
            Self::Byte(byte) => Value::from(*byte),
            Self::Nothing => return Err(LangError::eval("reflect: call of reflect.Value.Interface on zero Value")),
        })
    }

    fn is_null(&self) -> bool {
        matches!(self, Self::Json(Value::Null))
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Json(Value::Object(_)) => "map[string]interface {}",
            Self::Json(Value::Array(_)) => "[]interface {}",
            Self::Json(Value::String(_)) | Self::Text(_) => "string",
            Self::Json(Value::Number(_)) | Self::Float(_) => "float64",
            Self::Json(Value::Bool(_)) | Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Byte(_) => "uint8",
            Self::Json(Value::Null) | Self::Nothing => "nil",
        }
    }
}

/// What `*` lists of a value.
fn children<'v>(item: &Item<'v>) -> Vec<Item<'v>> {
    match item {
        Item::Json(Value::Object(map)) => map.values().map(Item::Json).collect(),
        Item::Json(Value::Array(items)) => items.iter().map(Item::Json).collect(),
        Item::Json(Value::String(text)) => text.bytes().map(Item::Byte).collect(),
        Item::Text(text) => text.bytes().map(Item::Byte).collect(),
        _ => Vec::new(),
    }
}

struct Walk {
    /// Open ranges.
    ranges: usize,
    /// `range` and `end` were just met.
    opened: bool,
    closed: bool,
    steps: u64,
}

impl Walk {
    /// Runs the nodes; returns how many were used up to the `end` that closes a range, 0 if none did.
    fn template<'v>(&mut self, nodes: &[Node], current: &Item<'v>, found: &mut Vec<Item<'v>>) -> Result<usize, LangError> {
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            at += 1;
            let results = self.node(vec![current.clone()], node).map_err(|(_, error)| error)?;
            if std::mem::take(&mut self.closed) {
                return Ok(at);
            }
            if std::mem::take(&mut self.opened) {
                let rest = nodes.get(at..).unwrap_or_default();
                self.ranges += 1;
                let mut used = 0;
                if results.is_empty() {
                    // The body runs once on nothing, to find its end.
                    used = self.template(rest, &Item::Nothing, &mut Vec::new())?;
                }
                for result in &results {
                    used = self.template(rest, result, found)?;
                }
                self.ranges -= 1;
                at += used;
                continue;
            }
            found.extend(results);
        }
        Ok(0)
    }

    fn list<'v>(&mut self, mut current: Vec<Item<'v>>, nodes: &[Node]) -> Walked<'v> {
        for node in nodes {
            current = self.node(current, node)?;
        }
        Ok(current)
    }

    fn node<'v>(&mut self, input: Vec<Item<'v>>, node: &Node) -> Walked<'v> {
        self.steps = self.steps.saturating_sub(input.len() as u64 + 1);
        if self.steps == 0 {
            return Err((Vec::new(), LangError::limit("the path takes too many steps")));
        }
        let literal = |item: Item<'v>| Ok(vec![item; input.len()]);
        match node {
            Node::List(nodes) => self.list(input, nodes),
            Node::Text(text) => Ok(vec![Item::Text(text.clone())]),
            Node::Int(i) => literal(Item::Int(*i)),
            Node::Float(f) => literal(Item::Float(*f)),
            Node::Bool(b) => literal(Item::Bool(*b)),
            Node::Field(name) => field(&input, name),
            Node::Array(params) => array(input, params),
            Node::Filter { left, operator, right } => self.filter(input, left, operator, right),
            Node::Wildcard => Ok(input.iter().flat_map(children).collect()),
            Node::Recursive => {
                let mut out = Vec::new();
                self.recursive(input, &mut out);
                Ok(out)
            }
            Node::Union(lists) => {
                let mut out = Vec::new();
                for nodes in lists {
                    match self.list(input.clone(), nodes) {
                        Ok(found) => out.extend(found),
                        Err((_, error)) => return Err((input, error)),
                    }
                }
                Ok(out)
            }
            Node::Identifier(name) => self.identifier(input, name),
        }
    }

    fn identifier<'v>(&mut self, input: Vec<Item<'v>>, name: &str) -> Walked<'v> {
        match name {
            "range" => {
                self.opened = true;
                Ok(input)
            }
            "end" if self.ranges > 0 => {
                self.closed = true;
                Ok(Vec::new())
            }
            "end" => Err((Vec::new(), LangError::eval("not in range, nothing to end"))),
            other => Err((input, LangError::eval(format!("unrecognized identifier {other}")))),
        }
    }

    /// Every value that holds others, and then what it holds.
    fn recursive<'v>(&mut self, input: Vec<Item<'v>>, out: &mut Vec<Item<'v>>) {
        for item in input {
            let inner = children(&item);
            self.steps = self.steps.saturating_sub(1);
            if !inner.is_empty() && self.steps > 0 {
                out.push(item);
                self.recursive(inner, out);
            }
        }
    }

    fn filter<'v>(&mut self, input: Vec<Item<'v>>, left: &[Node], operator: &str, right: &[Node]) -> Walked<'v> {
        let mut out = Vec::new();
        for item in &input {
            let Item::Json(Value::Array(items)) = item else {
                let message = format!("{} is not array or slice and cannot be filtered", item.type_name());
                return Err((input.clone(), LangError::eval(message)));
            };
            for item in items {
                match self.passes(Item::Json(item), left, operator, right) {
                    Ok(true) => out.push(Item::Json(item)),
                    Ok(false) => {}
                    Err(error) => return Err((input.clone(), error)),
                }
            }
        }
        Ok(out)
    }

    fn passes(&mut self, item: Item<'_>, left: &[Node], operator: &str, right: &[Node]) -> Result<bool, LangError> {
        let lefts = self.list(vec![item.clone()], left);
        if operator == "exists" {
            let found = lefts.unwrap_or_else(|(found, _)| found);
            return Ok(!found.is_empty());
        }
        let one = |found: Vec<Item<'_>>| match found.len() {
            0 => Ok(None),
            1 => Ok(found.first().map(detach)),
            _ => Err(LangError::eval("can only compare one element at a time")),
        };
        let Some(left) = one(lefts.map_err(|(_, error)| error)?)? else { return Ok(false) };
        let rights = self.list(vec![item], right).map_err(|(_, error)| error)?;
        let Some(right) = one(rights)? else { return Ok(false) };
        holds(operator, &left.borrowed(), &right.borrowed())
    }
}

/// A compared value on its own.
enum Owned {
    Json(Value),
    Item(Item<'static>),
}

impl Owned {
    fn borrowed(&self) -> Item<'_> {
        match self {
            Self::Json(value) => Item::Json(value),
            Self::Item(item) => item.clone(),
        }
    }
}

fn detach(item: &Item<'_>) -> Owned {
    match item {
        Item::Json(value) => Owned::Json((*value).clone()),
        Item::Text(text) => Owned::Item(Item::Text(text.clone())),
        Item::Int(i) => Owned::Item(Item::Int(*i)),
        Item::Float(f) => Owned::Item(Item::Float(*f)),
        Item::Bool(b) => Owned::Item(Item::Bool(*b)),
        Item::Byte(byte) => Owned::Item(Item::Byte(*byte)),
        Item::Nothing => Owned::Item(Item::Nothing),
    }
}

fn field<'v>(input: &[Item<'v>], name: &str) -> Walked<'v> {
    if input.is_empty() {
        return Ok(Vec::new());
    }
    let out: Vec<Item<'v>> = input
        .iter()
        .filter_map(|item| match item {
            Item::Json(Value::Object(map)) => map.get(name).map(Item::Json),
            _ => None,
        })
        .collect();
    if out.is_empty() { Err((out, LangError::eval(format!("{name} is not found")))) } else { Ok(out) }
}

fn array<'v>(input: Vec<Item<'v>>, params: &[Param; 3]) -> Walked<'v> {
    let mut out = Vec::new();
    for item in &input {
        if item.is_null() {
            continue;
        }
        let Item::Json(Value::Array(items)) = item else {
            if matches!(item, Item::Nothing) {
                return Err((Vec::new(), LangError::eval("reflect: call of reflect.Value.Type on zero Value")));
            }
            let message = format!("{} is not array or slice", item.type_name());
            return Err((input, LangError::eval(message)));
        };
        match range(items.len(), params) {
            Ok(Some((from, to, step))) => {
                out.extend(items.get(from..to).unwrap_or_default().iter().step_by(step).map(Item::Json));
            }
            Ok(None) => return Ok(out),
            Err(message) => return Err((input, LangError::eval(message))),
        }
    }
    Ok(out)
}

/// Start, end and step; `None` if nothing is asked for.
fn range(length: usize, params: &[Param; 3]) -> Result<Option<(usize, usize, usize)>, String> {
    let size = i64::try_from(length).unwrap_or(i64::MAX);
    let [start, end, step] = params;
    let mut from = if start.known { start.value } else { 0 };
    if from < 0 {
        from = from.saturating_add(size);
    }
    let mut to = if end.known { end.value } else { size };
    if to < 0 || (to == 0 && end.derived) {
        to = to.saturating_add(size);
    }
    if from == to {
        return Ok(None);
    }
    let out_of_bounds = |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
    if from >= size || from < 0 {
        return out_of_bounds(from);
    }
    if to > size || to < 0 {
        return out_of_bounds(to.saturating_sub(1));
    }
    if from > to {
        return Err(format!("starting index {from} is greater than ending index {to}"));
    }
    let step = match step {
        Param { known: false, .. } => 1,
        step => usize::try_from(step.value).ok().filter(|step| *step > 0).ok_or("step must be > 0")?,
    };
    Ok(Some((usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(0), step)))
}
