//! What the API server refuses to store (`AppProject.ValidateProject`).

use std::collections::HashSet;

use super::impersonation;
use super::policy::{validate_group_name, validate_policy, validate_role_name};
use super::spec::{AppProject, AppProjectSpec};
use crate::argocd::window::SyncWindow;
use crate::lang::glob::gobwas::Glob;

/// The first violation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The gRPC code's name; `Unknown` for a plain error.
    pub code: &'static str,
    /// Upstream's text, without the window hash.
    pub message: String,
}

impl Violation {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { code: "InvalidArgument", message: message.into() }
    }

    fn exists(message: String) -> Self {
        Self { code: "AlreadyExists", message }
    }
}

type Check = Result<(), Violation>;

/// Validates the document; upstream stops at the first violation, so does this.
pub fn check(project: &AppProject) -> Check {
    let spec = &project.spec;
    destinations(spec)?;
    sources(spec)?;
    roles(project)?;
    windows(spec)?;
    service_accounts(spec)
}

fn destinations(spec: &AppProjectSpec) -> Check {
    let mut seen = HashSet::new();
    for item in &spec.destinations {
        for (what, value) in [("name", &item.name), ("server", &item.server), ("namespace", &item.namespace)] {
            if value == "!*" {
                return Err(Violation::invalid(format!("{what} has an invalid format, '!*'")));
            }
        }
        let cluster = if item.server.is_empty() && !item.name.is_empty() { &item.name } else { &item.server };
        let key = format!("{cluster}/{}", item.namespace);
        if seen.contains(&key) {
            return Err(Violation::invalid(format!("destination '{key}' already added")));
        }
        seen.insert(key);
    }
    Ok(())
}

fn sources(spec: &AppProjectSpec) -> Check {
    let mut seen = HashSet::new();
    for namespace in &spec.source_namespaces {
        if !seen.insert(namespace) {
            return Err(Violation::invalid(format!("source namespace '{namespace}' already added")));
        }
    }
    let mut seen = HashSet::new();
    for repo in &spec.source_repos {
        if repo == "!*" {
            return Err(Violation::invalid("source repository has an invalid format, '!*'"));
        }
        if !seen.insert(repo) {
            return Err(Violation::invalid(format!("source repository '{repo}' already added")));
        }
    }
    Ok(())
}

fn roles(project: &AppProject) -> Check {
    let mut names = HashSet::new();
    for role in &project.spec.roles {
        if !names.insert(&role.name) {
            return Err(Violation::exists(format!("role '{}' already exists", role.name)));
        }
        validate_role_name(&role.name)?;
        let mut seen = HashSet::new();
        for policy in &role.policies {
            if !seen.insert(policy) {
                return Err(Violation::exists(format!("policy '{policy}' already exists for role '{}'", role.name)));
            }
            validate_policy(&project.name, &role.name, policy)?;
        }
        let mut seen = HashSet::new();
        for group in &role.groups {
            if !seen.insert(group) {
                return Err(Violation::exists(format!("group '{group}' already exists for role '{}'", role.name)));
            }
            validate_group_name(group)?;
        }
    }
    Ok(())
}

fn windows(spec: &AppProjectSpec) -> Check {
    let mut seen = HashSet::new();
    for window in spec.sync_windows.iter().flatten() {
        let SyncWindow { kind, schedule, duration, .. } = window;
        if !seen.insert(window.identity()) {
            return Err(Violation::exists(format!(
                "sync window with kind '{kind}', schedule '{schedule}', and duration '{duration}' already exists"
            )));
        }
        window.validate().map_err(|error| Violation { code: "Unknown", message: error.message })?;
        if window.applications.is_empty() && window.namespaces.is_empty() && window.clusters.is_empty() {
            let message = format!("window '{kind}':'{schedule}':'{duration}' requires one of application, cluster or namespace");
            return Err(Violation { code: "OutOfRange", message });
        }
    }
    Ok(())
}

fn service_accounts(spec: &AppProjectSpec) -> Check {
    let mut seen = HashSet::new();
    for item in &spec.destination_service_accounts {
        let bad = |what: &str, value: &str| Err(Violation::invalid(format!("{what} has an invalid format, '{value}'")));
        if item.server.contains('!') {
            return bad("server", &item.server);
        }
        if item.namespace.contains('!') {
            return bad("namespace", &item.namespace);
        }
        if impersonation::is_invalid(&item.default_service_account) {
            return bad("defaultServiceAccount", &item.default_service_account);
        }
        if Glob::compile(&item.server, &[]).is_err() {
            return bad("server", &item.server);
        }
        if Glob::compile(&item.namespace, &[]).is_err() {
            return bad("namespace", &item.namespace);
        }
        let key = format!("{}/{}", item.server, item.namespace);
        if seen.contains(&key) {
            return Err(Violation::invalid(format!("destinationServiceAccount '{key}' already added")));
        }
        seen.insert(key);
    }
    Ok(())
}
