//! Handles: state that is read once and asked often.
//!
//! A [`Kind`] says how a handle is opened and which operations it answers; each takes the operation's request without what the
//! handle keeps. A [`Handle`] is shared between threads, and [`Handle::close`] frees what it keeps as soon as no question is being
//! answered any more.

use std::any::Any;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};

use super::op::{MakeSchema, answered, schema_of};
use crate::{Error, Result, Value};

type State = Arc<dyn Any + Send + Sync>;
type Open = Box<dyn Fn(&str) -> Result<State> + Send + Sync>;
type Ask = Box<dyn Fn(&(dyn Any + Send + Sync), &str) -> Result<String> + Send + Sync>;

/// A kind of handle: how it is opened, and what it answers.
pub struct Kind {
    name: &'static str,
    help: &'static str,
    open: Open,
    opening: MakeSchema,
    methods: Vec<Method>,
}

/// An operation that a handle answers from what it keeps.
pub struct Method {
    op: &'static str,
    ask: Ask,
    question: MakeSchema,
    response: MakeSchema,
}

impl Kind {
    /// Ties a way to open to a name; the schema comes from the type.
    pub(super) fn new<Q, S>(name: &'static str, help: &'static str, open: fn(Q) -> Result<S>) -> Self
    where
        Q: DeserializeOwned + JsonSchema + 'static,
        S: Send + Sync + 'static,
    {
        Self {
            name,
            help,
            open: Box::new(move |input| {
                let request = serde_json::from_str(input).map_err(|error| Error::invalid(error.to_string()))?;
                Ok(Arc::new(open(request)?))
            }),
            opening: |generator: &mut SchemaGenerator| -> Schema { generator.subschema_for::<Q>() },
            methods: Vec::new(),
        }
    }

    /// Adds an operation; `S` is what `new` opens.
    pub(super) fn with<S, Q, A>(mut self, op: &'static str, answer: fn(&S, Q) -> Result<A>) -> Self
    where
        S: Send + Sync + 'static,
        Q: DeserializeOwned + JsonSchema + 'static,
        A: Serialize + JsonSchema + 'static,
    {
        self.methods.push(Method {
            op,
            ask: Box::new(move |state, input| {
                let state = state.downcast_ref::<S>().ok_or_else(|| Error::new("internal", format!("{op} is tied to another state")))?;
                let question = serde_json::from_str(input).map_err(|error| Error::invalid(error.to_string()))?;
                serde_json::to_string(&answer(state, question)?).map_err(|error| Error::new("internal", error.to_string()))
            }),
            question: |generator| generator.subschema_for::<Q>(),
            response: |generator| generator.subschema_for::<A>(),
        });
        self
    }

    /// `catalog`, `platform`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// One line.
    pub fn help(&self) -> &'static str {
        self.help
    }

    /// JSON Schema (2020-12) of what opens it.
    pub fn opening(&self) -> Value {
        schema_of(self.opening)
    }

    /// The operations that it answers.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }
}

impl Method {
    /// The operation's name, as in `lofting ops`.
    pub fn op(&self) -> &'static str {
        self.op
    }

    /// JSON Schema (2020-12) of the operation's request without what the handle keeps.
    pub fn question(&self) -> Value {
        schema_of(self.question)
    }

    /// JSON Schema (2020-12) of the answer.
    pub fn response(&self) -> Value {
        schema_of(self.response)
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kind").field("name", &self.name).field("methods", &self.methods).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Method").field(&self.op).finish()
    }
}

/// The kinds of the enabled rooms, sorted by name.
pub fn kinds() -> &'static [Kind] {
    static KINDS: OnceLock<Vec<Kind>> = OnceLock::new();
    KINDS.get_or_init(|| {
        vec![
            #[cfg(feature = "backstage")]
            super::backstage::kind(),
            #[cfg(feature = "platform")]
            super::platform::kind(),
        ]
    })
}

/// Kept state, until it is closed.
pub struct Handle {
    kind: &'static Kind,
    state: RwLock<Option<State>>,
}

impl Handle {
    /// Opens a handle from a request given as JSON text.
    ///
    /// # Errors
    /// The text `{"error": …}`, as [`super::call_json`] answers it: there is no such kind, or the request is refused.
    pub fn open_json(kind: &str, input: &str) -> std::result::Result<Self, String> {
        let mut made = None;
        let answer = answered(kind, || {
            let found = kinds().iter().find(|known| known.name == kind);
            let kind = found.ok_or_else(|| Error::new("unknownHandle", format!("there is no handle of kind {kind:?}")))?;
            made = Some(Self { kind, state: RwLock::new(Some((kind.open)(input)?)) });
            Ok("null".to_owned())
        });
        made.ok_or(answer)
    }

    /// Answers one question given as JSON text: `{"ok": …}` or `{"error": …}`.
    pub fn call_json(&self, op: &str, input: &str) -> String {
        // Held only while the pointer is copied: closing does not wait for answers.
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner).clone();
        answered(op, || {
            let name = self.kind.name;
            let method = self.kind.methods.iter().find(|method| method.op == op);
            let method = method.ok_or_else(|| Error::new("unknownOperation", format!("a {name} handle does not answer {op:?}")))?;
            let state = state.ok_or_else(|| Error::new("closed", format!("this {name} handle has been closed")))?;
            (method.ask)(state.as_ref(), input)
        })
    }

    /// Frees what is kept, at the latest when the questions that are being answered are. Closing again does nothing.
    pub fn close(&self) {
        let state = self.state.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(state);
    }

    /// Whether it has been closed.
    pub fn is_closed(&self) -> bool {
        self.state.read().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("kind", &self.kind.name).field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}
