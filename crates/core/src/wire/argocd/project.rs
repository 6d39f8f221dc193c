//! Operations of `project`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::application_view::{self, destination, metadata_namespace};
use crate::argocd::project::{AppProject, Cluster, Permissions, check, derive_service_account, policies_string};
use crate::wire::Op;
use crate::{Error, Result, Value};

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("project.permits", "Whether an AppProject allows a source, a destination, a resource or a namespace", permits),
        Op::new("project.check", "Validates an AppProject as the API server does, and prints its policies", check_project),
    ]
}

/// A project and one question.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PermitsRequest {
    /// The AppProject.
    project: Value,
    /// May Applications use this source?
    #[serde(default)]
    source: Option<Source>,
    /// May they deploy here? The resolved cluster.
    #[serde(default)]
    destination: Option<Destination>,
    /// Clusters that belong to the project.
    #[serde(default)]
    project_clusters: Option<Vec<ProjectCluster>>,
    /// May they have this resource?
    #[serde(default)]
    resource: Option<Resource>,
    /// May they live in this namespace?
    #[serde(default)]
    source_namespace: Option<SourceNamespace>,
    /// Which account do they sync as?
    #[serde(default)]
    service_account: Option<ServiceAccount>,
}

/// A source.
#[derive(Deserialize, JsonSchema)]
struct Source {
    /// The repository's URL.
    #[serde(rename = "repoURL", default)]
    repo_url: Option<String>,
}

/// A resolved destination.
#[derive(Deserialize, JsonSchema)]
struct Destination {
    /// The cluster's URL.
    #[serde(default)]
    server: String,
    /// The cluster's name.
    #[serde(default)]
    name: String,
    /// The namespace.
    #[serde(default)]
    namespace: String,
}

/// A cluster of the project.
#[derive(Deserialize, JsonSchema)]
struct ProjectCluster {
    /// Its URL.
    #[serde(default)]
    server: String,
    /// Its name.
    #[serde(default)]
    name: String,
}

/// A resource: with `namespaced`, only the kind lists are asked; else, beside a destination, a live object.
#[derive(Deserialize, JsonSchema)]
struct Resource {
    /// API group.
    #[serde(default)]
    group: String,
    /// Kind.
    #[serde(default)]
    kind: String,
    /// Name.
    #[serde(default)]
    name: String,
    /// Whether the kind is namespaced.
    #[serde(default)]
    namespaced: Option<bool>,
    /// The live object's namespace.
    #[serde(default)]
    namespace: String,
}

/// Where an Application lives.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SourceNamespace {
    /// The Application's namespace.
    #[serde(default)]
    namespace: String,
    /// The controller's.
    #[serde(default)]
    controller_namespace: String,
}

/// Who syncs.
#[derive(Deserialize, JsonSchema)]
struct ServiceAccount {
    /// The resolved cluster's URL.
    #[serde(default)]
    server: String,
    /// The Application.
    #[serde(default)]
    application: Option<Value>,
}

/// The answer to the question asked.
#[derive(Serialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase")]
struct PermitsResponse {
    /// Allowed or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    permitted: Option<bool>,
    /// Why, in plain words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The account; empty when no rule fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account: Option<String>,
    /// Why no account could be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

fn permits(request: PermitsRequest) -> Result<PermitsResponse> {
    if !request.project.is_object() {
        return Err(Error::invalid("project missing"));
    }
    let project = AppProject::from_value(&request.project)?;
    let permissions = Permissions::new(&project);
    let clusters: Vec<Cluster> =
        request.project_clusters.into_iter().flatten().map(|own| Cluster { server: own.server, name: own.name }).collect();
    let cluster = request.destination.as_ref().map(|to| Cluster { server: to.server.clone(), name: to.name.clone() });
    let (permitted, reason) = if let Some(source) = request.source {
        let url = source.repo_url.as_deref().unwrap_or("");
        (permissions.source(url), permissions.source_reason(url))
    } else if let Some((resource, namespaced)) = request.resource.as_ref().and_then(|resource| Some((resource, resource.namespaced?))) {
        let Resource { group, kind, name, .. } = resource;
        (permissions.group_kind_name(group, kind, name, namespaced), permissions.group_kind_reason(group, kind, name, namespaced))
    } else if let (Some(resource), Some(cluster)) = (&request.resource, &cluster) {
        let Resource { group, kind, name, namespace, .. } = resource;
        let namespaced = !namespace.is_empty();
        let reason = if namespaced && permissions.group_kind_name(group, kind, name, namespaced) {
            permissions.destination_reason(cluster, namespace, &clusters)
        } else {
            permissions.group_kind_reason(group, kind, name, namespaced)
        };
        (permissions.resource((group, kind), name, namespace, cluster, &clusters), reason)
    } else if let (Some(to), Some(cluster)) = (&request.destination, &cluster) {
        let reason = permissions.destination_reason(cluster, &to.namespace, &clusters);
        (permissions.destination(cluster, &to.namespace, &clusters), reason)
    } else if let Some(asked) = request.source_namespace {
        let permitted = permissions.source_namespace(&asked.namespace, &asked.controller_namespace);
        let own = asked.namespace.is_empty() || asked.namespace == asked.controller_namespace;
        let reason = match (permitted, own) {
            (true, true) => "it is the controller's own namespace",
            (true, false) => "sourceNamespaces allows it",
            (false, _) => "no entry of sourceNamespaces matches",
        };
        (permitted, reason.to_owned())
    } else if let Some((application, server)) = request.service_account.and_then(|asked| Some((asked.application?, asked.server))) {
        return service_account(&project, &server, &application);
    } else {
        return Err(Error::invalid("nothing asked: give source, destination, resource, sourceNamespace or serviceAccount"));
    };
    Ok(PermitsResponse { permitted: Some(permitted), reason: Some(reason), ..PermitsResponse::default() })
}

fn service_account(project: &AppProject, server: &str, application: &Value) -> Result<PermitsResponse> {
    application_view::check(application, "Application")?;
    let namespace = destination(application)?.namespace;
    Ok(match derive_service_account(project, server, &namespace, metadata_namespace(application)?) {
        Ok(account) => PermitsResponse { service_account: Some(account), ..PermitsResponse::default() },
        Err(error) => PermitsResponse { service_account: Some(String::new()), error: Some(error.message), ..PermitsResponse::default() },
    })
}

/// A project.
#[derive(Deserialize, JsonSchema)]
struct CheckRequest {
    /// The AppProject.
    project: Value,
}

/// Whether it would be stored.
#[derive(Serialize, JsonSchema)]
struct CheckResponse {
    /// No violation.
    valid: bool,
    /// The casbin text of its roles.
    policies: String,
    /// The gRPC code's name of the first violation.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

fn check_project(request: CheckRequest) -> Result<CheckResponse> {
    if !request.project.is_object() {
        return Err(Error::invalid("project missing"));
    }
    let project = AppProject::from_value(&request.project)?;
    let violation = check(&project).err();
    Ok(CheckResponse {
        valid: violation.is_none(),
        policies: policies_string(&project),
        code: violation.as_ref().map(|violation| violation.code),
        error: violation.map(|violation| violation.message),
    })
}
