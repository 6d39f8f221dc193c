//! Values while rendering: JavaScript's, closed off from JavaScript's objects.

use crate::lang::javascript::special::{marked, unmarked};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::{Map, Number, Value as Json};

use super::ast::Callee;
use super::error::{Outcome, fail};
use super::eval::{Frame, Scope};
use super::methods::WRAPPER;
use super::parse::is_reserved;
use crate::lang::javascript::integer_key;

/// A value.
#[derive(Clone)]
pub(super) enum Value {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    /// Text that needs no escaping any more.
    Safe(Rc<str>),
    Array(Rc<Array>),
    Record(Rc<Record>),
    Regex(Rc<Regex>),
    Callable(Rc<Callable>),
}

/// A list; `None` is a hole. Methods may change it.
pub(super) struct Array {
    pub(super) items: RefCell<Vec<Option<Value>>>,
    /// How deep it nests, itself included.
    depth: Cell<usize>,
}

/// A mapping; never changes.
#[derive(Default)]
pub(super) struct Record {
    pub(super) entries: IndexMap<Rc<str>, Value>,
    /// JavaScript's iterators are objects without members.
    pub(super) iterator: Option<Iteration>,
    depth: usize,
}

/// A walk over a list, as nunjucks hands it out.
pub(super) struct Iteration {
    /// What it is printed as.
    pub(super) class: &'static str,
    pub(super) list: Rc<Array>,
    pub(super) yields: Yields,
    /// The next position; `None` at the end.
    pub(super) position: Cell<Option<usize>>,
}

/// What a walk gives of every item.
#[derive(Clone, Copy)]
pub(super) enum Yields {
    Keys,
    Values,
    Entries,
}

impl Iteration {
    /// The next item, of the list as it is by now.
    pub(super) fn next(&self) -> Option<Value> {
        let at = self.position.get()?;
        if at >= self.list.len() {
            self.position.set(None);
            return None;
        }
        self.position.set(Some(at + 1));
        let key = Value::Number(at as f64);
        Some(match self.yields {
            Yields::Keys => key,
            Yields::Values => self.list.at(at),
            Yields::Entries => Value::list([key, self.list.at(at)]),
        })
    }
}

/// A regular expression literal.
pub(super) struct Regex {
    pub(super) source: Rc<str>,
    pub(super) flags: Rc<str>,
    pub(super) last_index: Cell<usize>,
}

/// Something that can be called.
#[derive(Clone)]
pub(super) enum Callable {
    Macro(Rc<MacroValue>),
    /// `range`, `cycler`, `joiner`.
    Builtin(&'static str),
    Cycler(Rc<CyclerState>),
    CyclerMethod(Rc<CyclerState>, &'static str),
    Joiner(Rc<JoinerState>),
    /// A method with its receiver.
    Method(Value, Rc<str>),
    /// The same as nunjucks hands it out: a function that can be printed.
    Wrapped(Value, Rc<str>),
    /// A bare function of JavaScript, which prints as its source.
    Source(&'static str),
    /// A function of the host.
    Host(Rc<str>),
}

/// A macro or the body of a call block, with what it closes over.
pub(super) struct MacroValue {
    pub(super) callee: Rc<Callee>,
    pub(super) scope: Rc<Scope>,
    pub(super) invocation: Rc<Scope>,
    /// Only call blocks see the frame around them.
    pub(super) frame: Option<Rc<Frame>>,
}

/// `cycler(…)`.
pub(super) struct CyclerState {
    pub(super) values: Vec<Value>,
    pub(super) index: Cell<i64>,
}

/// `joiner(…)`.
pub(super) struct JoinerState {
    pub(super) separator: Value,
    pub(super) used: Cell<bool>,
}

impl Callable {
    /// What JavaScript prints for the function; `None` for what cannot be printed.
    pub(super) fn printed(&self) -> Option<&'static str> {
        match self {
            Self::Wrapped(..) => Some(WRAPPER),
            Self::Source(source) => Some(source),
            _ => None,
        }
    }
}

/// Mappings up to this size are not looked up by hash.
const SMALL: usize = 8;
/// Deepest nesting of values.
pub(super) const MAX_DEPTH: usize = 256;
/// Most entries of one value.
pub(super) const MAX_ENTRIES: usize = 100_000;

/// How deep a container of these nests.
fn depth_of<'v>(items: impl Iterator<Item = &'v Value>) -> usize {
    let depth = |item: &Value| match item {
        Value::Array(array) => array.depth(),
        Value::Record(record) => record.depth(),
        _ => 0,
    };
    1 + items.map(depth).max().unwrap_or_default()
}

/// Whether a value holds others.
fn holds(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Record(_) | Value::Callable(_))
}

/// Drops values one after the other: a chain of them may be longer than the stack.
fn dismantle(mut rest: Vec<Value>) {
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(array) => {
                rest.extend(Rc::into_inner(array).into_iter().flat_map(|array| array.items.take()).flatten().filter(holds));
            }
            Value::Record(record) => {
                if let Some(mut record) = Rc::into_inner(record) {
                    rest.extend(std::mem::take(&mut record.entries).into_values().filter(holds));
                    rest.extend(record.iterator.take().map(|iterator| Value::Array(iterator.list)));
                }
            }
            Value::Callable(callable) => {
                if let Some(Callable::Method(receiver, _) | Callable::Wrapped(receiver, _)) = Rc::into_inner(callable) {
                    rest.push(receiver);
                }
            }
            _ => {}
        }
    }
}

impl Drop for Array {
    fn drop(&mut self) {
        let items = self.items.get_mut();
        if items.iter().flatten().any(holds) {
            dismantle(std::mem::take(items).into_iter().flatten().filter(holds).collect());
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.entries.values().any(holds) {
            dismantle(std::mem::take(&mut self.entries).into_values().filter(holds).collect());
        }
    }
}

impl Array {
    pub(super) fn new(items: Vec<Option<Value>>) -> Self {
        let depth = Cell::new(depth_of(items.iter().flatten()));
        Self { items: RefCell::new(items), depth }
    }

    pub(super) fn depth(&self) -> usize {
        self.depth.get()
    }

    /// Puts other items in.
    pub(super) fn replace(&self, items: Vec<Option<Value>>) {
        self.depth.set(depth_of(items.iter().flatten()));
        *self.items.borrow_mut() = items;
    }

    pub(super) fn len(&self) -> usize {
        self.items.borrow().len()
    }

    /// The item, `undefined` for holes and beyond the end.
    pub(super) fn at(&self, index: usize) -> Value {
        self.items.borrow().get(index).cloned().flatten().unwrap_or(Value::Undefined)
    }

    /// Every item, `undefined` for holes.
    pub(super) fn values(&self) -> Vec<Value> {
        self.items.borrow().iter().map(|item| item.clone().unwrap_or(Value::Undefined)).collect()
    }

    /// The items without holes.
    pub(super) fn present(&self) -> Vec<Value> {
        self.items.borrow().iter().flatten().cloned().collect()
    }
}

impl Record {
    /// Integer-like keys come first, ascending; reserved keys are refused.
    pub(super) fn new(entries: impl IntoIterator<Item = (Rc<str>, Value)>) -> Outcome<Self> {
        let mut indexed: Vec<(u32, Rc<str>, Value)> = Vec::new();
        let mut named: IndexMap<Rc<str>, Value> = IndexMap::new();
        for (name, value) in entries {
            if is_reserved(&name) {
                return fail(format!("Template record key {name} is reserved"));
            }
            match integer_key(&name) {
                Some(index) => indexed.push((index, name, value)),
                None => {
                    named.insert(name, value);
                }
            }
        }
        if indexed.is_empty() {
            return Ok(Self::of(named));
        }
        // The sort is stable and a later entry replaces an earlier one.
        indexed.sort_by_key(|(index, ..)| *index);
        let mut ordered: IndexMap<Rc<str>, Value> = indexed.into_iter().map(|(_, name, value)| (name, value)).collect();
        ordered.extend(named);
        Ok(Self::of(ordered))
    }

    /// A mapping whose entries are in order.
    pub(super) fn of(entries: IndexMap<Rc<str>, Value>) -> Self {
        let depth = depth_of(entries.values());
        Self { entries, iterator: None, depth }
    }

    /// JavaScript's iterator over a list.
    pub(super) fn iterating(iteration: Iteration) -> Self {
        let depth = 1 + iteration.list.depth();
        Self { entries: IndexMap::new(), iterator: Some(iteration), depth }
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The value of a name; small mappings are searched from end to end, which is quicker than hashing the name.
    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<&Value> {
        if self.entries.len() > SMALL {
            return self.entries.get(name);
        }
        self.entries.iter().find(|(known, _)| &***known == name).map(|(_, value)| value)
    }

    pub(super) fn get(&self, name: &str) -> Value {
        self.find(name).cloned().unwrap_or(Value::Undefined)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }
}

impl Value {
    pub(super) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    pub(super) fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::Array(Rc::new(Array::new(items.into_iter().map(Some).collect())))
    }

    pub(super) fn sparse(items: Vec<Option<Self>>) -> Self {
        Self::Array(Rc::new(Array::new(items)))
    }

    pub(super) fn record(entries: impl IntoIterator<Item = (Rc<str>, Self)>) -> Outcome<Self> {
        Ok(Self::Record(Rc::new(Record::new(entries)?)))
    }

    pub(super) fn callable(callable: Callable) -> Self {
        Self::Callable(Rc::new(callable))
    }

    /// Text, also when it is safe.
    pub(super) fn as_text(&self) -> Option<&Rc<str>> {
        match self {
            Self::Text(text) | Self::Safe(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// A value of the outside world.
    pub(super) fn from_json(json: &Json) -> Outcome<Self> {
        let mut entries = 0;
        Self::copy(json, 0, &mut entries)
    }

    fn copy(json: &Json, depth: usize, entries: &mut usize) -> Outcome<Self> {
        let reserve = |count: usize, entries: &mut usize| {
            *entries += count;
            if depth >= MAX_DEPTH {
                return fail("Template value nesting cannot exceed 256 levels");
            }
            if *entries > MAX_ENTRIES { fail("Template value copies cannot exceed 100000 structured entries") } else { Ok(()) }
        };
        Ok(match json {
            Json::Null => Self::Null,
            Json::Bool(b) => Self::Bool(*b),
            Json::Number(n) => Self::Number(n.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => Self::text(text),
            Json::Array(items) => {
                reserve(items.len(), entries)?;
                let items = items.iter().map(|item| Self::copy(item, depth + 1, entries).map(Some)).collect::<Outcome<_>>()?;
                Self::sparse(items)
            }
            marked if unmarked(marked).is_some() => Self::Number(unmarked(marked).unwrap_or(f64::NAN)),
            Json::Object(members) => {
                reserve(members.len(), entries)?;
                let members: Vec<(Rc<str>, Self)> = members
                    .iter()
                    .map(|(key, member)| Ok((key.as_str().into(), Self::copy(member, depth + 1, entries)?)))
                    .collect::<Outcome<_>>()?;
                Self::record(members)?
            }
        })
    }

    /// The value for the outside world; `None` is `undefined`.
    pub(super) fn to_json(&self) -> Outcome<Option<Json>> {
        self.export(json_number)
    }

    /// The same with numbers that JSON does not have, marked as such.
    pub(super) fn to_marked_json(&self) -> Outcome<Option<Json>> {
        self.export(
            |number| if number.is_finite() && (number != 0.0 || number.is_sign_positive()) { json_number(number) } else { marked(number) },
        )
    }

    fn export(&self, to_number: fn(f64) -> Json) -> Outcome<Option<Json>> {
        Ok(Some(match self {
            Self::Undefined => return Ok(None),
            Self::Null => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Number(n) => to_number(*n),
            Self::Text(text) | Self::Safe(text) => Json::String(super::units::well_formed(&**text)),
            Self::Array(array) => {
                let items = array.values();
                Json::Array(items.iter().map(|item| Ok(item.export(to_number)?.unwrap_or(Json::Null))).collect::<Outcome<_>>()?)
            }
            Self::Record(record) => {
                let mut out = Map::with_capacity(record.entries.len());
                for (key, value) in &record.entries {
                    if let Some(value) = value.export(to_number)? {
                        out.insert(super::units::well_formed(&**key), value);
                    }
                }
                Json::Object(out)
            }
            Self::Regex(regex) => Json::String(regex.to_text()),
            // Functions of JavaScript are nothing in JSON.
            Self::Callable(callable) if callable.printed().is_some() => return Ok(None),
            Self::Callable(_) => return fail("Callable values cannot cross the capability boundary"),
        }))
    }

    /// A copy whose lists can change without anybody noticing.
    pub(super) fn deep_clone(&self) -> Self {
        match self {
            Self::Array(array) => Self::sparse(array.items.borrow().iter().map(|item| item.as_ref().map(Self::deep_clone)).collect()),
            Self::Record(record) => {
                let entries = record.entries.iter().map(|(key, value)| (Rc::clone(key), value.deep_clone())).collect();
                Self::Record(Rc::new(Record::of(entries)))
            }
            other => other.clone(),
        }
    }
}

/// A number as JSON has it.
pub(super) fn json_number(number: f64) -> Json {
    if !number.is_finite() {
        return Json::Null;
    }
    if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 {
        return Json::Number((number as i64).into());
    }
    Number::from_f64(number).map_or(Json::Null, |number| crate::lang::javascript::canonical(&Json::Number(number)))
}

impl Regex {
    /// `/source/flags`.
    pub(super) fn to_text(&self) -> String {
        let source = if self.source.is_empty() { "(?:)".to_owned() } else { self.source.replace('\n', "\\n").replace('\r', "\\r") };
        let flags: String = "gimy".chars().filter(|flag| self.flags.contains(*flag)).collect();
        format!("/{source}/{flags}")
    }
}

/// The name of a kind of value, for diagnostics.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Undefined => "undefined",
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Text(_) => "string",
        Value::Safe(_) => "safe string",
        Value::Array(_) => "array",
        Value::Record(_) => "record",
        Value::Regex(_) => "regular expression",
        Value::Callable(_) => "callable",
    }
}

/// A record for `loop`.
pub(super) fn loop_record(index: usize, length: &Value, numeric: f64) -> Value {
    let name = |name: &str| -> Rc<str> { name.into() };
    let at = index as f64;
    let entries = IndexMap::from([
        (name("index"), Value::Number(at + 1.0)),
        (name("index0"), Value::Number(at)),
        (name("revindex"), Value::Number(numeric - at)),
        (name("revindex0"), Value::Number(numeric - at - 1.0)),
        (name("first"), Value::Bool(index == 0)),
        (name("last"), Value::Bool(at == numeric - 1.0)),
        (name("length"), length.clone()),
    ]);
    Value::Record(Rc::new(Record::of(entries)))
}
