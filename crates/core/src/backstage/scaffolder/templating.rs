//! The filters and functions that the scaffolder adds to the template language.

use std::cell::Cell;

use serde_json::{Value, json};

use super::repo_url::RepoUrl;
use crate::backstage::catalog::EntityRef;
use crate::backstage::catalog::integration::ScmIntegrations;
use crate::backstage::catalog::reference::Defaults;
use crate::lang::javascript::special::unmarked;
use crate::lang::javascript::{to_text, truthy};
use crate::lang::jinja::Host;

/// Filters of the scaffolder; inside a run also `always()` and `failure()`.
#[derive(Debug, Default)]
pub struct TemplateHost {
    integrations: ScmIntegrations,
    run: Option<RunState>,
}

/// What `always()` and `failure()` see, and whether they were asked.
#[derive(Debug, Default)]
struct RunState {
    failed: Cell<bool>,
    asked: Cell<bool>,
}

impl TemplateHost {
    /// Filters only, as skeleton files see them.
    pub fn for_files() -> Self {
        Self::default()
    }

    /// Filters and the functions of a run.
    pub fn for_steps() -> Self {
        Self { integrations: ScmIntegrations::default(), run: Some(RunState::default()) }
    }

    /// What `failure()` answers from now on.
    pub fn set_failed(&self, failed: bool) {
        if let Some(run) = &self.run {
            run.failed.set(failed);
        }
    }

    /// Whether `always()` or `failure()` was called since the last time this was asked.
    pub fn take_asked(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.asked.take())
    }

    fn repo_url(&self, input: Option<&Value>) -> Result<RepoUrl, String> {
        let text = input.map_or_else(|| "undefined".to_owned(), |input| safe_text(input).map_or_else(|| to_text(input), str::to_owned));
        RepoUrl::parse(&text, &self.integrations)
    }
}

/// The text of a nunjucks `SafeString` (legacy era), which is an object here.
fn safe_text(input: &Value) -> Option<&str> {
    let members = input.as_object().filter(|members| members.len() == 2 && members.contains_key("length"))?;
    members.get("val").and_then(Value::as_str)
}

const FILTERS: &[&str] = &["parseRepoUrl", "parseEntityRef", "pick", "projectSlug"];

impl Host for TemplateHost {
    fn has_filter(&self, name: &str) -> bool {
        FILTERS.contains(&name)
    }

    fn filter(&self, name: &str, input: Option<Value>, arguments: Vec<Option<Value>>) -> Result<Option<Value>, String> {
        match name {
            "parseRepoUrl" => self.repo_url(input.as_ref()).map(|url| Some(url.to_json())),
            "projectSlug" => self.repo_url(input.as_ref()).map(|url| Some(Value::String(url.slug()))),
            "parseEntityRef" => parse_entity_ref(input, arguments.first().cloned().flatten()).map(Some),
            "pick" => Ok(pick(input.as_ref(), &arguments)),
            _ => Err(format!("Unknown template filter {name}")),
        }
    }

    fn has_global(&self, name: &str) -> bool {
        self.run.is_some() && matches!(name, "always" | "failure")
    }

    fn global(&self, name: &str, _: Vec<Option<Value>>) -> Result<Option<Value>, String> {
        let Some(run) = &self.run else { return Err(format!("Unknown template global {name}")) };
        run.asked.set(true);
        Ok(Some(Value::Bool(name == "always" || run.failed.get())))
    }
}

fn parse_entity_ref(input: Option<Value>, context: Option<Value>) -> Result<Value, String> {
    let context = context.unwrap_or(Value::Null);
    let text = |key: &str| context.get(key).and_then(Value::as_str);
    let defaults = Defaults { kind: text("defaultKind").filter(|kind| !kind.is_empty()), namespace: text("defaultNamespace") };
    let entity_ref = EntityRef::from_value(&input.unwrap_or(Value::Null), defaults).map_err(|error| error.message)?;
    Ok(json!({ "kind": entity_ref.kind, "namespace": entity_ref.namespace, "name": entity_ref.name }))
}

/// lodash `get(object, path, default)`.
fn pick(object: Option<&Value>, arguments: &[Option<Value>]) -> Option<Value> {
    let path = arguments.first().cloned().flatten();
    let default = arguments.get(1).cloned().flatten();
    let found = object.and_then(|object| get(object, path.as_ref()));
    found.or(default)
}

fn get(object: &Value, path: Option<&Value>) -> Option<Value> {
    let keys: Vec<String> = match path {
        None => vec!["undefined".to_owned()],
        Some(Value::Array(keys)) => keys.iter().map(to_text).collect(),
        Some(path) => {
            let text = to_text(path);
            // A path that is itself a key, or has no syntax, is taken as one key.
            let plain = !text.contains(['.', '[', ']']) || object.as_object().is_some_and(|members| members.contains_key(&text));
            if plain { vec![text] } else { string_to_path(&text) }
        }
    };
    if keys.is_empty() {
        return None;
    }
    let mut current = object.clone();
    for key in keys {
        current = property(&current, &key)?;
    }
    Some(current)
}

fn property(value: &Value, key: &str) -> Option<Value> {
    let index = || crate::lang::javascript::integer_key(key).map(|index| index as usize);
    match value {
        Value::Object(members) => members.get(key).cloned(),
        Value::Array(items) if key == "length" => Some(items.len().into()),
        Value::Array(items) => items.get(index()?).cloned(),
        Value::String(text) if key == "length" => Some(crate::lang::javascript::utf16_len(text).into()),
        Value::String(text) => text.chars().nth(index()?).map(|c| Value::String(c.to_string())),
        _ => None,
    }
}

/// lodash `stringToPath`: dots and brackets.
fn string_to_path(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut rest = text;
    if rest.starts_with('.') {
        keys.push(String::new());
    }
    while let Some(c) = rest.chars().next() {
        match c {
            '[' => {
                let inside = rest.get(1..).unwrap_or_default();
                let Some(end) = inside.find(']') else { break };
                let key = inside.get(..end).unwrap_or_default();
                let unquoted = ["'", "\""].iter().find_map(|quote| key.strip_prefix(*quote)?.strip_suffix(*quote));
                keys.push(unquoted.unwrap_or(key).to_owned());
                rest = inside.get(end + 1..).unwrap_or_default();
            }
            '.' => {
                rest = rest.get(1..).unwrap_or_default();
                if rest.is_empty() || rest.starts_with(['.', '[']) && !rest.starts_with('[') {
                    keys.push(String::new());
                }
            }
            ']' => rest = rest.get(1..).unwrap_or_default(),
            _ => {
                let end = rest.find(['.', '[', ']']).unwrap_or(rest.len());
                let (key, after) = rest.split_at(end);
                keys.push(key.to_owned());
                rest = after;
            }
        }
    }
    keys
}

/// Truth of a rendered step condition: empty lists are false (upstream `isTruthy`).
pub fn is_truthy(value: Option<&Value>) -> bool {
    match value {
        None => false,
        Some(Value::Array(items)) => !items.is_empty(),
        Some(value) => unmarked(value).map_or_else(|| truthy(value), |number| number != 0.0 && !number.is_nan()),
    }
}
