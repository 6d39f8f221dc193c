//! `lofting.yaml`: what cannot be known from the files alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::File;
use crate::lang::glob::doublestar;
use crate::yaml;
use crate::{Error, Location, Result, Severity};

/// The configuration file, at the platform's root.
pub const NAME: &str = "lofting.yaml";

/// Names that mean production unless `production` says otherwise.
const PRODUCTION: [&str; 8] = ["prod", "production", "prod-*", "production-*", "*-prod", "*-production", "*-prod-*", "*-production-*"];

/// What `lofting.yaml` may say. Unknown members are refused.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Config {
    /// `repoURL` to the directory that holds its tree.
    pub repositories: BTreeMap<String, String>,
    /// The directory with the snapshot of the cluster.
    pub live: Option<String>,
    /// The directory with `APPLICATION.yaml`: what a renderer made of its source.
    pub rendered: Option<String>,
    /// The file with what upstream would fetch: the inventory of `appset.generate`, and `commits`, `instances`, `templateUses`.
    pub inventory: Option<String>,
    /// Severity of findings by code.
    pub lint: BTreeMap<String, Level>,
    /// Patterns of production: destinations, namespaces, projects; globs.
    pub production: Vec<String>,
    /// Owners that are the platform team: canonical references or globs of names.
    pub platform_teams: Vec<String>,
    /// What the lints measure against.
    pub thresholds: Thresholds,
    /// Globs of files that every template must produce, such as `Dockerfile` or `.github/workflows/*`.
    pub infrastructure_files: Vec<String>,
    /// Repositories that templates made, for drift.
    pub generated: Vec<GeneratedRepository>,
    /// Lowest share, in percent, that each metric of `lofting adoption` may have.
    pub adoption: BTreeMap<String, f64>,
}

/// A severity, or nothing at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not reported.
    Off,
    /// Worth knowing.
    Info,
    /// Will probably hurt.
    Warning,
    /// Refused, or does damage.
    Error,
}

impl<'de> Deserialize<'de> for Level {
    /// YAML 1.1 reads a bare `off` as false.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Bool(false) => Ok(Self::Off),
            serde_json::Value::String(text) => match text.as_str() {
                "off" => Ok(Self::Off),
                "info" => Ok(Self::Info),
                "warning" => Ok(Self::Warning),
                "error" => Ok(Self::Error),
                _ => Err(serde::de::Error::custom(format!("{text:?} is no severity: off, info, warning or error"))),
            },
            other => Err(serde::de::Error::custom(format!("{other} is no severity: off, info, warning or error"))),
        }
    }
}

impl Level {
    /// As a severity; `None` for off.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// Numbers that lints measure against.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Thresholds {
    /// The so many largest services (by pods) must be in the catalog; smaller ones are a remark.
    pub top_services: usize,
    /// Deployments in an Application's history before self-heal in production is calm.
    pub production_history: usize,
    /// Parameters of one template.
    pub template_parameters: usize,
    /// Conditional steps of one template.
    pub template_conditions: usize,
    /// Share, in percent, of lines that two skeletons may have in common.
    pub shared_lines: u32,
    /// Share, in percent, of the Components that one owner may own.
    pub owner_share: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { top_services: 20, production_history: 5, template_parameters: 20, template_conditions: 6, shared_lines: 80, owner_share: 50 }
    }
}

/// A repository that a template made.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GeneratedRepository {
    /// The directory here that holds its tree.
    pub dir: String,
    /// The template's file.
    pub template: String,
    /// The file with the form's values.
    pub values: String,
    /// The template's file as it was when the repository was made; without it nobody knows who changed what.
    pub base: Option<String>,
}

impl Config {
    /// Reads it from the platform's files; absent means defaults.
    ///
    /// # Errors
    /// When it is no YAML or says something unknown, with the place.
    pub fn read(files: &[File]) -> Result<Self> {
        let Some(file) = files.iter().find(|file| file.path == NAME) else { return Ok(Self::default()) };
        let place = Location { file: NAME.to_owned(), line: 1, column: 1, end: None };
        let value = yaml::kubernetes::unmarshal(&file.text).map_err(|mut error| {
            if let Some(at) = error.location.as_mut() {
                at.file = NAME.to_owned();
            }
            error
        })?;
        if value.is_null() {
            return Ok(Self::default());
        }
        serde_json::from_value(value).map_err(|error| Error::invalid(format!("{NAME}: {error}")).at(place))
    }

    /// Whether a name of a destination, namespace or project means production.
    pub fn is_production(&self, name: &str) -> bool {
        let matches = |pattern: &str| pattern == name || doublestar(pattern, name).unwrap_or(false);
        // A server is judged by its host and by each label of it.
        let host = name.split_once("://").map(|(_, rest)| rest.split(['/', ':']).next().unwrap_or(rest));
        let parts: Vec<&str> = host.into_iter().flat_map(|host| host.split('.')).collect();
        if self.production.is_empty() {
            return PRODUCTION.iter().any(|pattern| matches(pattern) || parts.iter().any(|part| glob(pattern, part)));
        }
        self.production.iter().any(|pattern| matches(pattern) || host.is_some_and(|host| glob(pattern, host)))
    }

    /// Whether an owner is the platform team: as configured, else by the word in its name.
    pub fn is_platform_team(&self, entity_ref: &str) -> bool {
        let name = entity_ref.rsplit('/').next().unwrap_or(entity_ref);
        if self.platform_teams.is_empty() {
            return name.split(['-', '_', '.']).any(|word| word == "platform");
        }
        self.platform_teams.iter().any(|pattern| pattern == entity_ref || glob(pattern, name))
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    doublestar(pattern, text).unwrap_or(false)
}
