//! Results made readable (`argo.AugmentSyncMsg`).

use super::cluster::Cluster;
use super::state::ResourceResult;

const NOT_FOUND: &str = "the server could not find the requested resource";
const TOO_LONG: &str = "metadata.annotations: Too long: must have at most 262144 bytes";
const TOO_LONG_HELP: &str = " \n -Additional Info: This error usually means that you are trying to add a large resource on client side. Consider using Server-side apply or syncing with replace enabled. Note: Syncing with Replace enabled is potentially destructive as it may cause resource deletion and re-creation.";

/// Rewrites two of Kubernetes' errors.
pub(crate) fn augmented(mut result: ResourceResult, cluster: &dyn Cluster) -> ResourceResult {
    let (key, version) = (&result.key, &result.version);
    if result.message.contains(NOT_FOUND) {
        let requested = format!("{}/{} for requested resource {}/{}", key.group, key.kind, key.namespace, key.name);
        result.message = match cluster.served_version(&key.group, &key.kind) {
            None => format!(
                "The Kubernetes API could not find {requested}. Make sure the {} CRD is installed on the destination cluster.",
                crate::lang::gofmt_quote(&key.kind)
            ),
            Some((group, served)) => format!(
                "The Kubernetes API could not find version {} of {requested}. Version {} of {group}/{} is installed on the destination cluster.",
                crate::lang::gofmt_quote(version),
                crate::lang::gofmt_quote(&served),
                key.kind
            ),
        };
    } else if result.message.contains(TOO_LONG) {
        result.message.push_str(TOO_LONG_HELP);
    }
    result
}
