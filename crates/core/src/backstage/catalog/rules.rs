//! Which kinds may come from where (upstream `DefaultCatalogRulesEnforcer`).

use serde_json::Value;

use super::location::{LocationRef, normalize_path};
use super::orchestrator::RulesEnforcer;
use crate::backstage::glob::{Glob, GlobOptions};
use crate::{Error, Result};

/// The kinds that are allowed when nothing is configured.
const DEFAULT_ALLOWED: &[&str] = &["Component", "API", "Location"];

/// `catalog.rules` and the rules of `catalog.locations`.
#[derive(Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    allow: Vec<EntityMatcher>,
    /// Absent: every location.
    locations: Option<Vec<LocationMatcher>>,
}

#[derive(Debug)]
struct EntityMatcher {
    kind: String,
    spec_type: Option<String>,
}

#[derive(Debug)]
struct LocationMatcher {
    kind: String,
    exact: Option<String>,
    pattern: Option<Glob>,
}

/// A registered location with its own rules.
#[derive(Debug, Clone)]
pub struct RegisteredLocation {
    /// Type and target as configured; `file` targets made absolute.
    pub location: LocationRef,
    /// Its `rules`, if any.
    pub rules: Option<Value>,
}

fn refuse<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::upstream(message))
}

fn list<'a>(value: &'a Value, what: &str) -> Result<&'a [Value]> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| Error::upstream(format!("Invalid type in config for key '{what}', wanted array")))
}

fn optional_text(value: &Value, key: &str) -> Result<Option<String>> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => refuse(format!("Invalid type in config for key '{key}', wanted string")),
    }
}

impl Rules {
    /// Reads the configuration as the server does.
    pub fn from_config(rules: Option<&Value>, locations: &[RegisteredLocation]) -> Result<Self> {
        let mut all = Vec::new();
        match rules {
            None | Some(Value::Null) => {
                let allow = DEFAULT_ALLOWED.iter().map(|kind| EntityMatcher { kind: (*kind).to_owned(), spec_type: None }).collect();
                all.push(Rule { allow, locations: None });
            }
            Some(rules) => {
                for rule in list(rules, "catalog.rules")? {
                    all.push(Self::global(rule)?);
                }
            }
        }
        for registered in locations {
            let Some(rules) = registered.rules.as_ref().filter(|rules| !rules.is_null()) else { continue };
            for rule in list(rules, "rules")? {
                let allow = list(rule.get("allow").unwrap_or(&Value::Null), "allow")?;
                let allow = allow.iter().map(|kind| match kind {
                    Value::String(kind) if !kind.is_empty() => Ok(EntityMatcher { kind: kind.clone(), spec_type: None }),
                    _ => refuse("Invalid type in config for key 'allow', wanted string-array"),
                });
                let location = LocationMatcher {
                    kind: registered.location.kind.clone(),
                    exact: Some(registered.location.target.clone()),
                    pattern: None,
                };
                all.push(Rule { allow: allow.collect::<Result<_>>()?, locations: Some(vec![location]) });
            }
        }
        Ok(Self { rules: all })
    }

    fn global(rule: &Value) -> Result<Rule> {
        let allow = list(rule.get("allow").unwrap_or(&Value::Null), "allow")?;
        let allow = allow.iter().map(|matcher| match matcher {
            Value::String(kind) => Ok(EntityMatcher { kind: kind.clone(), spec_type: None }),
            Value::Object(_) => {
                let kind = matcher.get("kind").and_then(Value::as_str);
                let spec_type = match matcher.get("spec.type") {
                    None => None,
                    Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
                    Some(_) => return refuse("a rule's spec.type must be a string"),
                };
                kind.map(|kind| EntityMatcher { kind: kind.to_owned(), spec_type }).ok_or_else(|| Error::upstream("a rule needs a kind"))
            }
            _ => refuse("a rule allows kinds"),
        });
        let locations = match rule.get("locations") {
            None | Some(Value::Null) => None,
            Some(locations) => Some(list(locations, "locations")?.iter().map(Self::location).collect::<Result<_>>()?),
        };
        Ok(Rule { allow: allow.collect::<Result<_>>()?, locations })
    }

    fn location(matcher: &Value) -> Result<LocationMatcher> {
        let kind = optional_text(matcher, "type")?.ok_or_else(|| Error::upstream("Missing required config value at 'type'"))?;
        let (exact, pattern) = (optional_text(matcher, "exact")?, optional_text(matcher, "pattern")?);
        if exact.is_some() && pattern.is_some() {
            return refuse("A catalog rule location cannot have both exact and pattern values");
        }
        let options = GlobOptions { dot: true, nocase: true, micromatch: false };
        Ok(LocationMatcher { kind, exact, pattern: pattern.map(|pattern| Glob::new(&pattern, options)) })
    }
}

impl RulesEnforcer for Rules {
    fn is_allowed(&self, entity: &Value, origin: &LocationRef) -> bool {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_lowercase);
        let kind = text(entity.get("kind"));
        let spec_type = text(entity.get("spec").and_then(|spec| spec.get("type")));
        self.rules.iter().any(|rule| {
            let location = rule.locations.as_ref().is_none_or(|matchers| matchers.iter().any(|matcher| matcher.matches(origin)));
            let entity = |matcher: &EntityMatcher| {
                kind.as_deref() == Some(matcher.kind.to_lowercase().as_str())
                    && matcher.spec_type.as_ref().is_none_or(|wanted| spec_type.as_deref() == Some(wanted.to_lowercase().as_str()))
            };
            location && rule.allow.iter().any(entity)
        })
    }
}

impl LocationMatcher {
    fn matches(&self, location: &LocationRef) -> bool {
        self.kind == location.kind
            && self.exact.as_ref().is_none_or(|exact| *exact == location.target)
            && self.pattern.as_ref().is_none_or(|pattern| pattern.matches(&location.target))
    }
}

impl RegisteredLocation {
    /// A configured location; `file` targets are normalised.
    pub fn new(kind: String, target: String, rules: Option<Value>) -> Self {
        let target = if kind == "file" { normalize_path(&target) } else { target };
        let target = if kind == "file" && target.len() > 1 { target.trim_end_matches('/').to_owned() } else { target };
        Self { location: LocationRef { kind, target }, rules }
    }
}
