//! `$text`, `$json` and `$yaml` (upstream `PlaceholderProcessor`).

use serde_json::{Map, Value};

use super::git_url::GitUrl;
use super::integration::ScmIntegrations;
use super::read::{self, ReadError};
use super::refusal::{Refusal, Stage};
use crate::lang::javascript::to_text;
use crate::text::pointer;

/// Hands out the text of a URL.
pub(crate) trait UrlReader {
    /// The text, or the error the reader throws.
    fn read_url(&self, url: &str) -> Result<String, ReadError>;
}

/// How deep placeholders are looked for.
const MAX_DEPTH: usize = 512;

/// Replaces the placeholders of an entity that was read at `base`.
pub(crate) fn resolve(entity: Value, base: &str, integrations: &ScmIntegrations, reader: &dyn UrlReader) -> Result<Value, Refusal> {
    if !mentions(&entity, 0) {
        return Ok(entity);
    }
    let resolver = Resolver { base, integrations, reader };
    resolver.process(entity, &mut String::new(), 0)
}

/// Whether there is any key that starts with `$`.
fn mentions(value: &Value, depth: usize) -> bool {
    depth < MAX_DEPTH
        && match value {
            Value::Array(items) => items.iter().any(|item| mentions(item, depth + 1)),
            Value::Object(members) => {
                members.iter().any(|(key, member)| key.as_bytes().first() == Some(&b'$') || mentions(member, depth + 1))
            }
            _ => false,
        }
}

struct Resolver<'a> {
    base: &'a str,
    integrations: &'a ScmIntegrations,
    reader: &'a dyn UrlReader,
}

impl Resolver<'_> {
    fn process(&self, value: Value, path: &mut String, depth: usize) -> Result<Value, Refusal> {
        if depth > MAX_DEPTH {
            return Ok(value);
        }
        match value {
            Value::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                for (at, item) in items.into_iter().enumerate() {
                    out.push(self.inside(&at.to_string(), item, path, depth)?);
                }
                Ok(Value::Array(out))
            }
            Value::Object(members) if !members.keys().any(|key| key.starts_with('$')) => {
                let mut out = Map::with_capacity(members.len());
                for (key, member) in members {
                    let member = self.inside(&key, member, path, depth)?;
                    out.insert(key, member);
                }
                Ok(Value::Object(out))
            }
            Value::Object(members) => match members.iter().next() {
                Some((key, argument)) if members.len() == 1 && ["$text", "$json", "$yaml"].contains(&key.as_str()) => {
                    self.replace(key, argument, path)
                }
                _ => Ok(Value::Object(members)),
            },
            other => Ok(other),
        }
    }

    fn inside(&self, token: &str, value: Value, path: &mut String, depth: usize) -> Result<Value, Refusal> {
        let length = path.len();
        pointer::push(path, token);
        let out = self.process(value, path, depth + 1);
        path.truncate(length);
        out
    }

    fn replace(&self, key: &str, argument: &Value, path: &str) -> Result<Value, Refusal> {
        let fail = |message: String| Refusal::new(Stage::Placeholder, "Error", message).at(path);
        let Value::String(argument) = argument else {
            return Err(fail(format!(
                "Placeholder {key} expected a string value parameter, in the form of an absolute URL or a relative path"
            )));
        };
        let cannot_read = |cause: String| fail(format!("Placeholder {key} could not read location {argument}, {cause}"));
        let url = self.locate(key, argument).map_err(fail)?;
        let text = self.reader.read_url(&url).map_err(|error| cannot_read(error.to_string()))?;
        match key {
            "$text" => Ok(Value::String(text)),
            "$json" => serde_json::from_str(&text)
                .map_err(|error| fail(format!("Placeholder {key} failed to parse JSON data at {argument}, SyntaxError: {error}"))),
            _ => {
                let documents = read::documents(&text);
                match documents.as_slice() {
                    [Ok(document)] => Ok(document.value().clone()),
                    [Err(error)] => Err(fail(format!("Placeholder {key} found an error in the data at {argument}, {}", error.message))),
                    many => Err(fail(format!(
                        "Placeholder {key} expected to find exactly one document of data at {argument}, found {}",
                        many.len()
                    ))),
                }
            }
        }
    }

    fn locate(&self, key: &str, argument: &str) -> Result<String, String> {
        let resolved = self.integrations.resolve_url(argument, self.base).and_then(|url| {
            if self.same_repository(&url) {
                Ok(url)
            } else {
                Err("Error: Placeholder may only reference files from the same repository as the entity".to_owned())
            }
        });
        resolved.map_err(|cause| {
            format!(
                "Placeholder {key} could not form a URL out of {} and {}, {cause}",
                self.base,
                to_text(&Value::String(argument.to_owned()))
            )
        })
    }

    fn same_repository(&self, url: &str) -> bool {
        let (Some(resolved), Some(base)) = (GitUrl::parse(url), GitUrl::parse(self.base)) else { return true };
        let complete = |git: &GitUrl| !git.owner.is_empty() && !git.name.is_empty() && !git.filepath.is_empty();
        !complete(&resolved) || !complete(&base) || (resolved.resource == base.resource && resolved.full_name == base.full_name)
    }
}
