//! The parts of metav1 that the rules look at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Text, Time};
use crate::Value;

/// metav1.ObjectMeta.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ObjectMeta {
    pub(crate) name: Text,
    pub(crate) generate_name: String,
    pub(crate) namespace: Text,
    pub(crate) uid: Text,
    pub(crate) resource_version: String,
    pub(crate) generation: i64,
    pub(crate) creation_timestamp: Option<Time>,
    pub(crate) deletion_timestamp: Option<Time>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) owner_references: Vec<OwnerReference>,
    pub(crate) finalizers: Vec<String>,
}

/// metav1.OwnerReference.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OwnerReference {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: Text,
    pub(crate) uid: Text,
    pub(crate) controller: Option<bool>,
    pub(crate) block_owner_deletion: Option<bool>,
}

/// Labels and annotations: PodTemplateMetadata and AnalysisRunMetadata.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Metadata {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
}

/// metav1.LabelSelector.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LabelSelector {
    pub(crate) match_labels: BTreeMap<String, String>,
    pub(crate) match_expressions: Vec<LabelSelectorRequirement>,
}

/// metav1.LabelSelectorRequirement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LabelSelectorRequirement {
    pub(crate) key: String,
    pub(crate) operator: String,
    pub(crate) values: Vec<String>,
}

/// The labels of a pod template, as kept in [`super::RolloutSpec`].
pub(crate) fn template_labels(template: &Value) -> impl Iterator<Item = (&str, &str)> {
    strings(template, "labels")
}

/// The annotations of a pod template.
pub(crate) fn template_annotations(template: &Value) -> impl Iterator<Item = (&str, &str)> {
    strings(template, "annotations")
}

fn strings<'a>(template: &'a Value, member: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let map = template.get("metadata").and_then(|metadata| metadata.get(member)).and_then(Value::as_object);
    map.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str().unwrap_or("")))
}
