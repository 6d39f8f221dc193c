//! The objects a router reads and writes: a small cluster that only knows how to keep documents.
//!
//! Objects are found by kind, namespace and name; `apiVersion` is not looked at. Every write that
//! changes something is remembered, in order.

use std::sync::Arc;

use serde_json::json;

use crate::{Map, Value, lang::gofmt};

/// Why upstream could not do what was asked: its own text, and whether an absent object was the cause
/// (`k8serrors.IsNotFound`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Upstream's message.
    pub message: String,
    /// An object does not exist.
    pub not_found: bool,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), not_found: false }
    }

    /// What an API server says about an absent object; `resource` is `plural.group`.
    pub(crate) fn not_found(resource: &str, name: &str) -> Self {
        Self { message: format!("{resource} \"{name}\" not found"), not_found: true }
    }

    /// Go's `fmt.Errorf("prefix: %w", err)`.
    pub(crate) fn within(self, prefix: &str) -> Self {
        Self { message: format!("{prefix}: {}", self.message), not_found: self.not_found }
    }

    /// Go code that would dereference nil or run past the end of a slice.
    pub(crate) fn nil() -> Self {
        Self::new("panic: runtime error: invalid memory address or nil pointer dereference")
    }
}

/// A step that upstream may refuse with a text of its own.
pub(crate) type Outcome<T = ()> = std::result::Result<T, Failure>;

/// What happened to an object in one API call.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// The object did not exist before.
    Create {
        /// Kubernetes kind.
        kind: String,
        /// The object as stored.
        object: Value,
    },
    /// The object changed.
    Update {
        /// Kubernetes kind.
        kind: String,
        /// `metadata.name`.
        name: String,
        /// Before the call.
        before: Arc<Value>,
        /// After the call.
        after: Arc<Value>,
    },
    /// The object is gone.
    Delete {
        /// Kubernetes kind.
        kind: String,
        /// `metadata.name`.
        name: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
struct Slot {
    kind: String,
    namespace: String,
    name: String,
    value: Arc<Value>,
    created: bool,
}

/// What an object was asked to show, for a router's part that does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Which of the objects that the router names.
    pub(crate) place: usize,
    pub(crate) weight: i32,
    pub(crate) stable_is_ping: bool,
}

/// A Kubernetes event on the Rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `Warning`, else `Normal`.
    pub warning: bool,
    /// Machine-readable reason.
    pub reason: String,
    /// For people.
    pub message: String,
}

/// The objects of a cluster, what was written to them and which events were sent.
#[derive(Debug, Clone, Default)]
pub struct Objects {
    slots: Vec<Arc<Slot>>,
    /// What an informer knows of one kind, when it lags behind.
    cache: Option<(&'static str, Vec<Arc<Slot>>)>,
    /// What routers were found to show already, so that it need not be worked out again.
    shown: Vec<(Arc<Value>, Shown)>,
    /// What changed, in the order of the API calls.
    pub writes: Vec<Write>,
    /// Events on the Rollout, in order.
    pub events: Vec<Event>,
}

impl Objects {
    /// A cluster that holds these documents.
    pub fn new(objects: impl IntoIterator<Item = Value>) -> Self {
        let mut all = Self::default();
        for object in objects {
            all.insert(object, false);
        }
        all
    }

    /// Puts a document in without recording a write; one of the same key is replaced.
    pub(crate) fn insert(&mut self, value: Value, created: bool) {
        let kind = text(&value, "/kind").to_owned();
        let namespace = text(&value, "/metadata/namespace").to_owned();
        let name = text(&value, "/metadata/name").to_owned();
        match self.position(&kind, &namespace, &name) {
            Some(at) => {
                if let Some(slot) = self.slots.get_mut(at) {
                    Arc::make_mut(slot).value = Arc::new(value);
                }
            }
            None => self.slots.push(Arc::new(Slot { kind, namespace, name, value: Arc::new(value), created })),
        }
    }

    fn position(&self, kind: &str, namespace: &str, name: &str) -> Option<usize> {
        self.slots.iter().position(|slot| slot.kind == kind && slot.namespace == namespace && slot.name == name)
    }

    /// The object of that kind, namespace and name.
    pub fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<&Value> {
        self.position(kind, namespace, name).and_then(|at| self.slots.get(at)).map(|slot| &*slot.value)
    }

    /// As [`Self::get`], to be kept while the objects change.
    pub(crate) fn shared(&self, kind: &str, namespace: &str, name: &str) -> Option<&Arc<Value>> {
        self.position(kind, namespace, name).and_then(|at| self.slots.get(at)).map(|slot| &slot.value)
    }

    /// From now on, [`Self::cached`] answers with the objects of this kind as they are now.
    pub(crate) fn freeze(&mut self, kind: &'static str) {
        self.cache = Some((kind, self.slots.iter().filter(|slot| slot.kind == kind).cloned().collect()));
    }

    /// The object as an informer has it.
    pub(crate) fn cached(&self, kind: &str, namespace: &str, name: &str) -> Option<&Value> {
        match &self.cache {
            Some((frozen, slots)) if *frozen == kind => {
                slots.iter().find(|slot| slot.namespace == namespace && slot.name == name).map(|slot| &*slot.value)
            }
            _ => self.get(kind, namespace, name),
        }
    }

    pub(crate) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Arc<Value>)> {
        self.slots.iter().filter(move |slot| slot.kind == kind).map(|slot| (slot.name.as_str(), &slot.value))
    }

    /// Whether this very document was found to show that already.
    pub(crate) fn shows(&self, document: &Arc<Value>, what: Shown) -> bool {
        self.shown.iter().any(|(known, shown)| *shown == what && Arc::ptr_eq(known, document))
    }

    /// Remembers that a document shows something; it is known of the last document in a place.
    pub(crate) fn remember(&mut self, document: &Arc<Value>, what: Shown) {
        let known = (Arc::clone(document), what);
        match self.shown.iter_mut().find(|(_, shown)| shown.place == what.place) {
            Some(slot) => *slot = known,
            None => self.shown.push(known),
        }
    }

    /// What routers are told from now on may mean something else.
    pub(crate) fn forget_shown(&mut self) {
        self.shown.clear();
    }

    /// Stores a new object; what is recorded is the request, which need not name the namespace it goes to.
    pub(crate) fn create(&mut self, kind: &str, namespace: &str, mut object: Value) {
        self.writes.push(Write::Create { kind: kind.to_owned(), object: object.clone() });
        if text(&object, "/metadata/namespace").is_empty()
            && !namespace.is_empty()
            && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
        {
            metadata.insert("namespace".into(), namespace.into());
        }
        self.insert(object, true);
    }

    /// Stores the new form of an object that exists; nothing is recorded when it is the same.
    pub(crate) fn update(&mut self, kind: &str, namespace: &str, name: &str, object: Value) {
        let Some(slot) = self.position(kind, namespace, name).and_then(|at| self.slots.get_mut(at)) else { return };
        if *slot.value != object {
            let after = Arc::new(object);
            let before = std::mem::replace(&mut Arc::make_mut(slot).value, Arc::clone(&after));
            self.writes.push(Write::Update { kind: kind.to_owned(), name: name.to_owned(), before, after });
        }
    }

    pub(crate) fn delete(&mut self, kind: &str, namespace: &str, name: &str) {
        if let Some(at) = self.position(kind, namespace, name) {
            self.slots.remove(at);
            self.writes.push(Write::Delete { kind: kind.to_owned(), name: name.to_owned() });
        }
    }

    pub(crate) fn event(&mut self, reason: &str, message: String) {
        self.events.push(Event { warning: false, reason: reason.to_owned(), message });
    }

    pub(crate) fn warn(&mut self, reason: &str, message: String) {
        self.events.push(Event { warning: true, reason: reason.to_owned(), message });
    }

    /// Everything, in the order given, then what was created by resource name, namespace and name.
    pub fn into_values(self) -> Vec<Value> {
        let (mut fresh, given): (Vec<Arc<Slot>>, Vec<Arc<Slot>>) = self.slots.into_iter().partition(|slot| slot.created);
        let key = |slot: &Arc<Slot>| format!("{}/{}/{}", plural(&slot.kind), slot.namespace, slot.name);
        fresh.sort_by_key(key);
        given.into_iter().chain(fresh).map(|slot| (*slot.value).clone()).collect()
    }
}

fn plural(kind: &str) -> String {
    let kind = kind.to_lowercase();
    if kind == "ingress" { format!("{kind}es") } else { format!("{kind}s") }
}

/// A value's inner values, by path.
pub(crate) trait AtPath {
    /// What is at a JSON pointer without escapes; unlike serde_json's, it copies nothing.
    fn at_path(&self, path: &str) -> Option<&Value>;
}

impl AtPath for Value {
    fn at_path(&self, path: &str) -> Option<&Value> {
        path.split('/').skip(1).try_fold(self, |at, name| match at {
            Self::Object(members) => members.get(name),
            Self::Array(items) => name.parse::<usize>().ok().and_then(|at| items.get(at)),
            _ => None,
        })
    }
}

/// The text at a JSON pointer, or "".
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.at_path(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// `metav1.IsControlledBy`: the controlling owner reference carries this uid.
pub(crate) fn is_controlled_by(object: &Value, uid: &str) -> bool {
    let owners = object.at_path("/metadata/ownerReferences").and_then(Value::as_array);
    let controller = owners.into_iter().flatten().find(|owner| owner.get("controller") == Some(&Value::Bool(true)));
    controller.is_some_and(|owner| text(owner, "/uid") == uid)
}

/// `metav1.NewControllerRef` for a Rollout.
pub(crate) fn controller_reference(name: &str, uid: &str) -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": name, "uid": uid, "controller": true, "blockOwnerDeletion": true})
}

/// `unstructured.NestedFieldNoCopy` towards a slice: `Ok(None)` when absent.
pub(crate) fn nested_slice<'a>(object: &'a Value, path: &[&str]) -> Outcome<Option<&'a Vec<Value>>> {
    match nested(object, path)? {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(other) => Err(accessor(path, other, "[]interface{}")),
    }
}

/// As [`nested_slice`], towards a map.
pub(crate) fn nested_map<'a>(object: &'a Value, path: &[&str]) -> Outcome<Option<&'a Map<String, Value>>> {
    match nested(object, path)? {
        None => Ok(None),
        Some(Value::Object(members)) => Ok(Some(members)),
        Some(other) => Err(accessor(path, other, "map[string]interface{}")),
    }
}

/// As [`nested_slice`], towards a text.
pub(crate) fn nested_string<'a>(object: &'a Value, path: &[&str]) -> Outcome<Option<&'a str>> {
    match nested(object, path)? {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(accessor(path, other, "string")),
    }
}

/// As [`nested_slice`], towards an integer.
pub(crate) fn nested_i64(object: &Value, path: &[&str]) -> Outcome<Option<i64>> {
    match nested(object, path)? {
        None => Ok(None),
        Some(other) => other.as_i64().map(Some).ok_or_else(|| accessor(path, other, "int64")),
    }
}

fn nested<'a>(object: &'a Value, path: &[&str]) -> Outcome<Option<&'a Value>> {
    let mut at = object;
    for (depth, name) in path.iter().enumerate() {
        match at {
            Value::Object(members) => match members.get(*name) {
                Some(next) => at = next,
                None => return Ok(None),
            },
            Value::Null => return Ok(None),
            other => return Err(accessor(path.get(..depth + 1).unwrap_or(path), other, "map[string]interface{}")),
        }
    }
    Ok(Some(at))
}

fn accessor(path: &[&str], value: &Value, wanted: &str) -> Failure {
    let kind = gofmt::go_type(value);
    let printed = gofmt::sprint(&[gofmt::Value::from_json(value)]);
    let shown = printed.map_or_else(|_| value.to_string(), |bytes| String::from_utf8_lossy(&bytes).into_owned());
    Failure::new(format!(".{} accessor error: {shown} is of the type {kind}, expected {wanted}", path.join(".")))
}

/// `unstructured.SetNestedField`: makes the maps on the way.
pub(crate) fn set_nested(object: &mut Value, path: &[&str], value: Value) -> Outcome {
    let Some((last, parents)) = path.split_last() else { return Ok(()) };
    let mut at = object;
    for (depth, name) in parents.iter().enumerate() {
        let Value::Object(members) = at else { return Err(not_a_map(path, depth)) };
        at = members.entry((*name).to_owned()).or_insert_with(|| Value::Object(Map::new()));
    }
    let Value::Object(members) = at else { return Err(not_a_map(path, parents.len())) };
    members.insert((*last).to_owned(), value);
    Ok(())
}

fn not_a_map(path: &[&str], depth: usize) -> Failure {
    let shown = path.get(..depth).unwrap_or(path).join(".");
    Failure::new(format!("value cannot be set because .{shown} is not a map[string]interface{{}}"))
}

/// A document without the members that are null, at any depth: what Go's decoder sees of a typed object.
pub(crate) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members.iter().filter(|(_, member)| !member.is_null()).map(|(name, member)| (name.clone(), without_nulls(member))).collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}
