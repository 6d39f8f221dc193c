//! Operations of `application`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Result, Value,
    argocd::{
        application::{self, Condition},
        appset::Inventory,
    },
    wire::Op,
};

/// The spec of an Application.
#[derive(Debug, Deserialize, JsonSchema)]
struct NormalizeRequest {
    /// The spec.
    spec: Value,
}

/// The spec as the controller would store it.
#[derive(Debug, Serialize, JsonSchema)]
struct Normalized {
    /// The spec.
    spec: Value,
    /// JSON pointers of what is gone.
    dropped: Vec<String>,
}

/// An Application and what stands around it.
#[derive(Debug, Deserialize, JsonSchema)]
struct ValidateRequest {
    /// The Application.
    application: Value,
    /// Its AppProject.
    project: Value,
    /// The clusters and settings.
    #[serde(default)]
    inventory: Inventory,
}

/// A condition that the controller would set.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ConditionView {
    /// `InvalidSpecError`
    #[serde(rename = "type")]
    kind: String,
    /// Its message.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// How its message begins, where the rest is a printed Go struct.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_prefix: Option<String>,
}

/// An answer, or why there is none.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum Answer<T> {
    /// The answer.
    Found(T),
    /// Upstream's error.
    Failed {
        /// Its message.
        error: String,
    },
}

impl<T> From<Result<T, String>> for Answer<T> {
    fn from(result: Result<T, String>) -> Self {
        match result {
            Ok(found) => Self::Found(found),
            Err(error) => Self::Failed { error },
        }
    }
}

/// The source behind a `ref`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RefSourceView {
    /// Its repository.
    #[serde(rename = "repoURL")]
    repo_url: String,
    /// Its revision.
    target_revision: String,
    /// Its chart.
    chart: String,
}

/// The cluster of a destination.
#[derive(Debug, Serialize, JsonSchema)]
struct DestinationView {
    /// Its API server.
    server: String,
    /// Its name.
    name: String,
}

/// What the controller would find.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Validated {
    /// Whether the project permits it.
    conditions: Vec<ConditionView>,
    /// Whether its managed-by URL is one.
    #[serde(rename = "managedByURL")]
    managed_by_url: Vec<ConditionView>,
    /// Its sources that others refer to, by `$name`.
    ref_sources: Answer<BTreeMap<String, RefSourceView>>,
    /// The cluster of its destination.
    destination: Answer<DestinationView>,
    /// Whether it has several sources.
    multiple_sources: bool,
    /// What the first source says it is.
    source_type: Answer<Option<String>>,
}

fn normalize(request: NormalizeRequest) -> Result<Normalized> {
    let normalized = application::normalize_spec(&request.spec)?;
    Ok(Normalized { spec: normalized.spec, dropped: normalized.dropped })
}

fn views(conditions: Vec<Condition>) -> Vec<ConditionView> {
    let view = |condition: Condition| {
        let (message, message_prefix) = if condition.is_prefix { (None, Some(condition.message)) } else { (Some(condition.message), None) };
        ConditionView { kind: condition.kind.to_owned(), message, message_prefix }
    };
    conditions.into_iter().map(view).collect()
}

fn validate(request: ValidateRequest) -> Result<Validated> {
    let found = application::validate(&request.application, &request.project, &request.inventory)?;
    let refs = found.ref_sources.map(|sources| {
        let view = |source: application::RefSource| RefSourceView {
            repo_url: source.repo_url,
            target_revision: source.target_revision,
            chart: source.chart,
        };
        sources.into_iter().map(|(name, source)| (name, view(source))).collect()
    });
    Ok(Validated {
        conditions: views(found.conditions),
        managed_by_url: views(found.managed_by_url),
        ref_sources: refs.into(),
        destination: found.destination.map(|cluster| DestinationView { server: cluster.server, name: cluster.name }).into(),
        multiple_sources: found.multiple_sources,
        source_type: found.source_type.map(|kind| kind.map(str::to_owned)).into(),
    })
}

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("application.normalize", "Normalises an Application's spec as the controller does", normalize),
        Op::new("application.validate", "Validates an Application against its project and the known clusters", validate),
    ]
}
