//! One entry of `ignoreDifferences`.

use serde::Deserialize;

use crate::{Error, Result, Value};

/// Where a rule comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RuleSource {
    /// An entry of the Application's `spec.ignoreDifferences`, by index.
    Application(usize),
    /// The resource's own annotation `argocd.argoproj.io/ignore-differences`.
    Annotation,
    /// `argocd-cm`, by override key.
    Settings(String),
    /// Made by the caller.
    #[default]
    Other,
}

impl std::fmt::Display for RuleSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Application(index) => write!(f, "spec.ignoreDifferences[{index}]"),
            Self::Annotation => f.write_str("argocd.argoproj.io/ignore-differences"),
            Self::Settings(key) => write!(f, "argocd-cm: {key}"),
            Self::Other => f.write_str("caller"),
        }
    }
}

/// `ResourceIgnoreDifferences`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IgnoreRule {
    /// A glob over the group; empty matches only core.
    pub group: String,
    /// A glob over the kind.
    pub kind: String,
    /// The exact name; empty matches all.
    pub name: String,
    /// The exact namespace; empty matches all.
    pub namespace: String,
    /// Fields to remove.
    #[serde(deserialize_with = "list")]
    pub json_pointers: Vec<String>,
    /// Paths to delete.
    #[serde(deserialize_with = "list")]
    pub jq_path_expressions: Vec<String>,
    /// Managers whose changes are trusted.
    #[serde(deserialize_with = "list")]
    pub managed_fields_managers: Vec<String>,
    /// Where the rule comes from.
    #[serde(skip)]
    pub source: RuleSource,
}

fn list<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::<Vec<Option<String>>>::deserialize(deserializer)?.unwrap_or_default().into_iter().map(Option::unwrap_or_default).collect())
}

impl IgnoreRule {
    /// Reads `spec.ignoreDifferences`; null is none.
    pub fn read_all(value: Option<&Value>) -> Result<Vec<Self>> {
        let items = match value {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(Error::upstream("json: cannot unmarshal into Go value of type []v1alpha1.ResourceIgnoreDifferences")),
        };
        items.iter().enumerate().map(|(index, item)| Self::read(item, RuleSource::Application(index))).collect()
    }

    fn read(value: &Value, source: RuleSource) -> Result<Self> {
        let mut members = match value {
            Value::Null => crate::Map::new(),
            Value::Object(members) => members.clone(),
            _ => return Err(Error::upstream("json: cannot unmarshal into Go value of type v1alpha1.ResourceIgnoreDifferences")),
        };
        members.retain(|_, value| !value.is_null());
        let mut rule: Self = serde_json::from_value(Value::Object(members)).map_err(|error| Error::upstream(error.to_string()))?;
        rule.source = source;
        Ok(rule)
    }
}
