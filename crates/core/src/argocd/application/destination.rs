//! `argo.GetDestinationCluster`

use super::super::appset::{Cluster, Inventory};
use crate::Value;

const IN_CLUSTER_SERVER: &str = "https://kubernetes.default.svc";
const IN_CLUSTER_NAME: &str = "in-cluster";

/// The cluster that a destination resolves to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationCluster {
    /// The API server's URL, without a slash at its end.
    pub server: String,
    /// The cluster's name.
    pub name: String,
}

fn server_of(cluster: &Cluster) -> &str {
    cluster.server.trim_end_matches('/')
}

fn found(cluster: &Cluster) -> DestinationCluster {
    DestinationCluster { server: server_of(cluster).to_owned(), name: cluster.name.clone() }
}

/// Resolves a decoded destination.
///
/// # Errors
/// Upstream's words: no such cluster, several of a name, both a name and a server, neither.
pub fn destination_cluster(destination: &Value, inventory: &Inventory) -> Result<DestinationCluster, String> {
    let text = |key: &str| destination.get(key).and_then(Value::as_str).unwrap_or_default();
    let (server, name) = (text("server"), text("name"));
    if !server.is_empty() && !name.is_empty() {
        return Err(format!("application destination can't have both name and server defined: {name} {server}"));
    }
    if !server.is_empty() {
        let trimmed = server.trim_end_matches('/');
        return by_server(trimmed, inventory)
            .map_err(|error| format!("error getting cluster by server {server:?}: rpc error: code = NotFound desc = {error}"));
    }
    if name.is_empty() {
        return Err("Destination server missing from app spec".into());
    }
    let servers = servers_by_name(name, inventory);
    match servers.as_slice() {
        [] => Err(format!("there are no clusters with this name: {name}")),
        [server] => {
            by_server(server, inventory).map_err(|error| format!("error getting cluster by URL: rpc error: code = NotFound desc = {error}"))
        }
        several => Err(format!("there are {} clusters with the same name: [{}]", several.len(), several.join(" "))),
    }
}

fn by_server(server: &str, inventory: &Inventory) -> Result<DestinationCluster, String> {
    let listed = inventory.clusters.iter().flatten().find(|cluster| server_of(cluster) == server);
    if server != IN_CLUSTER_SERVER {
        return listed.map(found).ok_or_else(|| format!("cluster {server:?} not found"));
    }
    if !inventory.settings.in_cluster() {
        return Err(format!("cluster {server:?} is disabled"));
    }
    Ok(listed.map_or_else(|| DestinationCluster { server: server.to_owned(), name: IN_CLUSTER_NAME.to_owned() }, found))
}

fn servers_by_name<'i>(name: &str, inventory: &'i Inventory) -> Vec<&'i str> {
    let mut servers: Vec<&str> = inventory.clusters.iter().flatten().filter(|cluster| cluster.name == name).map(server_of).collect();
    let enabled = inventory.settings.in_cluster();
    if servers.is_empty() && name == IN_CLUSTER_NAME && enabled {
        return vec![IN_CLUSTER_SERVER];
    }
    if !enabled {
        servers.retain(|server| *server != IN_CLUSTER_SERVER);
    }
    servers
}
