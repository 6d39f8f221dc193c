//! The actions a step may call: those of the server and of its modules, and an organisation's own.

mod schema;

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::{Error, Result};

/// One action.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// `fetch:template` …
    pub id: String,
    /// A dry run calls it; else its output is made up from its schema.
    pub supports_dry_run: bool,
    /// JSON Schema of its input.
    pub input: Option<Value>,
    /// JSON Schema of its output.
    pub output: Option<Value>,
}

/// Actions by their ids.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Registry {
    actions: HashMap<String, Action>,
}

/// The actions of the server and its modules github, gitlab, azure, bitbucket-server, gerrit, gitea, notifications and sentry, and
/// that of @roadiehq/scaffolder-backend-argocd 1.8.1.
const BUILT_IN: &str = include_str!("actions.json");

impl Registry {
    /// The actions of upstream.
    pub fn built_in() -> Result<&'static Self> {
        static ACTIONS: OnceLock<Result<Registry>> = OnceLock::new();
        ACTIONS.get_or_init(|| Self::read(BUILT_IN)).as_ref().map_err(Clone::clone)
    }

    fn read(text: &str) -> Result<Self> {
        let entries: Vec<Map<String, Value>> = serde_json::from_str(text).map_err(|error| Error::parse(error.to_string()))?;
        let mut registry = Self::default();
        for entry in entries {
            let Some(Value::String(id)) = entry.get("id") else { return Err(Error::parse("an action without id")) };
            let side = |key: &str| entry.get(key).map(schema::expand);
            registry.add(Action {
                id: id.clone(),
                supports_dry_run: entry.get("dryRun") == Some(&Value::Bool(true)),
                input: side("input"),
                output: side("output"),
            });
        }
        Ok(registry)
    }

    /// Adds an action, or replaces the one with its id.
    pub fn add(&mut self, action: Action) {
        self.actions.insert(action.id.clone(), action);
    }

    /// The action with an id.
    pub fn get(&self, id: &str) -> Option<&Action> {
        self.actions.get(id)
    }

    /// All ids, sorted.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.actions.keys().map(String::as_str).collect();
        ids.sort_unstable();
        ids
    }
}

/// What a dry run takes for the output of an action that it does not call (upstream `generateExampleOutput`).
pub fn example_output(schema: &Value) -> Value {
    if let Some(Value::Array(examples)) = schema.get("examples") {
        return examples.first().cloned().unwrap_or(Value::Null);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => {
            let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
            Value::Object(members.map(|(name, member)| (name.clone(), example_output(member))).collect())
        }
        Some("array") => {
            let items = schema.get("items");
            let first = match items {
                Some(Value::Array(items)) => items.first(),
                other => other,
            };
            Value::Array(first.map(example_output).into_iter().collect())
        }
        Some("string") => Value::String("<example>".to_owned()),
        Some("number") => Value::from(0),
        Some("boolean") => Value::Bool(false),
        _ => Value::String("<unknown>".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_the_built_in_actions() {
        let registry = super::Registry::built_in().unwrap_or_else(|error| panic!("{error}"));
        assert!(registry.get("fetch:template").is_some_and(|action| action.supports_dry_run));
        assert!(registry.get("argocd:create-resources").is_some_and(|action| !action.supports_dry_run && action.output.is_none()));
        assert!(registry.get("publish:github").is_some_and(|action| !action.supports_dry_run && action.output.is_some()));
    }
}
