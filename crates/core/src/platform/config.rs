//! `lofting.yaml`: what cannot be known from the files alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::File;
use crate::yaml;
use crate::{Error, Location, Result};

/// The configuration file, at the platform's root.
pub const NAME: &str = "lofting.yaml";

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
    /// The file with what upstream would fetch: the inventory of `appset.generate`.
    pub inventory: Option<String>,
    /// Rules of `lofting lint` by code.
    pub lint: serde_json::Map<String, serde_json::Value>,
    /// Patterns of production: destinations, namespaces, projects.
    pub production: Vec<String>,
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
}
