//! What an operation reads of its Application: names, project, destination, conditions.

use serde::Deserialize;

use super::desired::Condition;
use super::engine::{CONTROLLER_NAMESPACE, IN_CLUSTER};
use crate::argocd::project::{AppProject, ApplicationDestination, Cluster as DestinationCluster, Permissions};
use crate::{Error, Result, Value};

/// The name in tracking ids: with the namespace unless it is the controller's.
pub(crate) fn app_instance(name: &str, namespace: &str) -> String {
    if namespace == CONTROLLER_NAMESPACE { name.to_owned() } else { format!("{namespace}_{name}") }
}

/// `getAppProj`.
pub(crate) fn project_for<'a>(project: &'a AppProject, wanted: &str, name: &str, namespace: &str) -> Result<Permissions<'a>> {
    if project.name != wanted {
        let message = format!("error getting app project \"{wanted}\": appproject.argoproj.io \"{wanted}\" not found");
        return Err(Error::upstream(message));
    }
    let permissions = Permissions::new(project);
    if !permissions.source_namespace(namespace, CONTROLLER_NAMESPACE) {
        return Err(Error::upstream(format!(
            "application '{name}' in namespace '{namespace}' is not permitted to use project '{}'",
            project.name
        )));
    }
    Ok(permissions)
}

/// `spec.destination`.
pub(crate) fn destination_of(application: &Value) -> Result<ApplicationDestination> {
    match application.pointer("/spec/destination").filter(|destination| !destination.is_null()) {
        None => Ok(ApplicationDestination::default()),
        Some(value) => {
            ApplicationDestination::deserialize(value).map_err(|error| Error::invalid(format!("cannot read the destination: {error}")))
        }
    }
}

/// The cluster that an Application's destination speaks of, unless it is the controller's own: for callers that take it to be
/// known.
pub fn remote_cluster(application: &Value) -> Option<DestinationCluster> {
    let destination = destination_of(application).ok()?;
    let own = destination.name == "in-cluster" || destination.server.trim_end_matches('/') == IN_CLUSTER;
    let named = destination.name.is_empty() != destination.server.is_empty();
    (named && !own).then_some(DestinationCluster { server: destination.server, name: destination.name })
}

/// The cluster of a destination: the controller's own, or one of those that it knows (`GetDestinationCluster`).
pub(crate) fn resolve(destination: &ApplicationDestination, known: &[DestinationCluster]) -> Result<DestinationCluster> {
    let at = |server: &str| known.iter().find(|cluster| cluster.server.trim_end_matches('/') == server.trim_end_matches('/'));
    match (destination.name.as_str(), destination.server.as_str()) {
        ("", server) if !server.is_empty() => {
            if let Some(cluster) = at(server) {
                return Ok(cluster.clone());
            }
        }
        (name, "") => match known.iter().filter(|cluster| cluster.name == name).collect::<Vec<_>>().as_slice() {
            [] => {}
            [cluster] => return Ok((*cluster).clone()),
            several => {
                let servers: Vec<&str> = several.iter().map(|cluster| cluster.server.as_str()).collect();
                return Err(Error::upstream(format!("there are {} clusters with the same name: [{}]", several.len(), servers.join(" "))));
            }
        },
        _ => {}
    }
    let in_cluster = || DestinationCluster { server: IN_CLUSTER.to_owned(), name: "in-cluster".to_owned() };
    match (destination.name.as_str(), destination.server.as_str()) {
        ("", "") => Err(Error::upstream("Destination server missing from app spec")),
        ("", server) if server.trim_end_matches('/') == IN_CLUSTER => Ok(in_cluster()),
        ("", server) => Err(Error::upstream(format!(
            "error getting cluster by server \"{server}\": rpc error: code = NotFound desc = cluster \"{}\" not found",
            server.trim_end_matches('/')
        ))),
        ("in-cluster", "") => Ok(in_cluster()),
        (name, "") => Err(Error::upstream(format!("there are no clusters with this name: {name}"))),
        (name, server) => Err(Error::upstream(format!("application destination can't have both name and server defined: {name} {server}"))),
    }
}

/// The Application's conditions with those of this comparison, sorted.
pub(crate) fn conditions(application: &Value, found: &[Condition]) -> Vec<Condition> {
    const EVALUATED: [&str; 4] = ["ComparisonError", "SharedResourceWarning", "RepeatedResourceWarning", "ExcludedResourceWarning"];
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let own = application.pointer("/status/conditions").and_then(Value::as_array);
    let kept = own.into_iter().flatten().map(|entry| Condition { kind: text(entry, "type"), message: text(entry, "message") });
    let mut all: Vec<Condition> = kept.filter(|entry| !EVALUATED.contains(&entry.kind.as_str())).collect();
    all.extend(found.iter().cloned());
    all.sort_by_cached_key(|entry| format!("{}/{}", entry.kind, entry.message));
    all
}
