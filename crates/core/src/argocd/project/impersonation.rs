//! Which account a sync acts as (`settings.DeriveServiceAccountToImpersonate`).

use super::spec::AppProject;
use crate::lang::glob::gobwas::Glob;
use crate::{Error, Result};

/// Characters that no account name may have.
pub(super) const DISALLOWED: [char; 8] = ['!', '*', '[', ']', '{', '}', '\\', '/'];

/// The first matching entry's account as `system:serviceaccount:<namespace>:<name>`, empty when no
/// entry matches. `destination_namespace` is what the Application's spec says.
pub fn derive_service_account(
    project: &AppProject,
    server: &str,
    destination_namespace: &str,
    application_namespace: &str,
) -> Result<String> {
    let glob = |pattern: &str, what: &str| {
        Glob::compile(pattern, &[]).map_err(|error| Error::upstream(format!("invalid glob pattern for destination {what}: {error}")))
    };
    let fallback = if destination_namespace.is_empty() { application_namespace } else { destination_namespace };
    for item in &project.spec.destination_service_accounts {
        let in_server = glob(&item.server, "server")?.matches(server);
        let in_namespace = glob(&item.namespace, "namespace")?.matches(destination_namespace);
        if !(in_server && in_namespace) {
            continue;
        }
        let account = &item.default_service_account;
        if is_invalid(account) {
            return Err(Error::upstream(format!("default service account contains invalid chars '{account}'")));
        }
        return Ok(if account.contains(':') {
            format!("system:serviceaccount:{account}")
        } else {
            format!("system:serviceaccount:{fallback}:{account}")
        });
    }
    Ok(String::new())
}

/// Blank, or with a character that patterns use.
pub(super) fn is_invalid(account: &str) -> bool {
    account.trim_matches(' ').is_empty() || account.contains(DISALLOWED)
}
