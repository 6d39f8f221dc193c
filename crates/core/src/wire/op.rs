//! One entry of the table.

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::{Serialize, de::DeserializeOwned};

use crate::text::pair_surrogates;
use crate::{Error, Result, Value};

type OnText = Box<dyn Fn(&str) -> Result<String> + Send + Sync>;
type Answer<I, O> = Box<dyn Fn(I) -> Result<O> + Send + Sync>;
pub(super) type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

/// A named operation with its types.
pub struct Op {
    name: &'static str,
    help: &'static str,
    on_value: Answer<Value, Value>,
    on_text: OnText,
    request: MakeSchema,
    response: MakeSchema,
}

impl Op {
    /// Ties a pure function to a name; the schemas come from its types.
    pub(super) fn new<Q, A>(name: &'static str, help: &'static str, function: fn(Q) -> Result<A>) -> Self
    where
        Q: DeserializeOwned + JsonSchema + 'static,
        A: Serialize + JsonSchema + 'static,
    {
        Self {
            name,
            help,
            on_value: Box::new(move |input| {
                let request = serde_json::from_value(input).map_err(|e| Error::invalid(e.to_string()))?;
                let answer = function(request)?;
                // What JSON text can hold and a value cannot: halves of surrogate pairs, and numbers beyond a double.
                serde_json::to_value(&answer).or_else(|error| {
                    let text = serde_json::to_string(&answer).map(|text| pair_surrogates(&text)).unwrap_or_default();
                    serde_json::from_str(&text).map_err(|_| Error::limit(error.to_string()))
                })
            }),
            on_text: Box::new(move |input| {
                let request = serde_json::from_str(input).map_err(|e| Error::invalid(e.to_string()))?;
                serde_json::to_string(&function(request)?).map_err(|e| Error::new("internal", e.to_string()))
            }),
            request: |generator| generator.subschema_for::<Q>(),
            response: |generator| generator.subschema_for::<A>(),
        }
    }

    /// As in `lofting call NAME`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// One line.
    pub fn help(&self) -> &'static str {
        self.help
    }

    /// Answers a request given as a value.
    pub fn call(&self, input: Value) -> Result<Value> {
        (self.on_value)(input)
    }

    /// Answers a request given as JSON text, as JSON text.
    pub fn call_json(&self, input: &str) -> Result<String> {
        (self.on_text)(input)
    }

    /// JSON Schema (2020-12) of the request and the response.
    pub fn schema(&self) -> Value {
        serde_json::json!({
            "op": self.name,
            "help": self.help,
            "request": schema_of(self.request),
            "response": schema_of(self.response),
        })
    }
}

/// One schema, whole.
pub(super) fn schema_of(make: MakeSchema) -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let schema = make(&mut generator);
    let mut value = schema.to_value();
    if let Value::Object(members) = &mut value
        && !generator.definitions().is_empty()
    {
        members.insert("$defs".into(), Value::Object(generator.take_definitions(true)));
    }
    value
}

/// `{"ok": …}` or `{"error": …}` as JSON text; a bug in a room is caught here and answered as the error `internal`.
pub(super) fn answered(name: &str, run: impl FnOnce() -> Result<String>) -> String {
    let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err(Error::new("internal", format!("{name} failed: this is a bug in lofting"))));
    match answer {
        Ok(text) => format!("{{\"ok\":{text}}}"),
        Err(error) => format!("{{\"error\":{}}}", serde_json::to_string(&error).unwrap_or_default()),
    }
}

impl std::fmt::Debug for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Op").field("name", &self.name).finish_non_exhaustive()
    }
}
