//! Role names, group names and policy lines of a project.

use super::check::Violation;
use super::spec::AppProject;

/// `ProjectPoliciesString`: the casbin text of every role.
pub fn policies_string(project: &AppProject) -> String {
    let name = &project.name;
    let mut lines = Vec::new();
    for role in &project.spec.roles {
        lines.push(format!("p, proj:{name}:{}, projects, get, {name}, allow", role.name));
        lines.extend(role.policies.iter().cloned());
        lines.extend(role.groups.iter().map(|group| format!("g, {group}, proj:{name}:{}", role.name)));
    }
    lines.join("\n")
}

/// `validateRoleName`.
pub(super) fn validate_role_name(name: &str) -> Result<(), Violation> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    if edge(bytes.first()) && edge(bytes.last()) && bytes.iter().copied().all(inner) {
        return Ok(());
    }
    Err(Violation::invalid(format!(
        "invalid role name '{name}'. Must consist of alphanumeric characters, '-' or '_', and must start and end with an alphanumeric character"
    )))
}

/// `validateGroupName`; messages quote the trimmed name, without its quotes where it had some.
pub(super) fn validate_group_name(group: &str) -> Result<(), Violation> {
    let mut name = group.trim();
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => name = inner,
        None if name.contains(',') => return Err(Violation::invalid(format!("group '{name}' must be quoted"))),
        None => {}
    }
    if name.is_empty() {
        return Err(Violation::invalid(format!("group '{name}' is empty")));
    }
    if name.contains(['"', '\n', '\r', '\t']) {
        return Err(Violation::invalid(format!("group '{name}' contains invalid characters")));
    }
    if group.chars().count() > 1 {
        if group.starts_with(char::is_whitespace) {
            return Err(Violation::invalid(format!("group '{name}' contains a leading space")));
        }
        if group.ends_with(char::is_whitespace) {
            return Err(Violation::invalid(format!("group '{name}' contains a trailing space")));
        }
    }
    Ok(())
}

/// `validatePolicy`: `p, proj:<project>:<role>, <resource>, <action>, <object>, allow|deny`.
pub(super) fn validate_policy(project: &str, role: &str, policy: &str) -> Result<(), Violation> {
    let fail = |why: String| Err(Violation::invalid(format!("invalid policy rule '{policy}': {why}")));
    let parts: Vec<&str> = policy.split(',').map(|part| part.trim_matches(' ')).collect();
    let &["p", subject, resource, action, object, effect] = parts.as_slice() else {
        return fail("must be of the form: 'p, sub, res, act, obj, eft'".to_owned());
    };
    let expected = format!("proj:{project}:{role}");
    if subject != expected {
        return fail(format!("policy subject must be: '{expected}', not '{subject}'"));
    }
    if !matches!(resource, "applications" | "applicationsets" | "repositories" | "exec" | "logs" | "clusters") {
        return fail(format!(
            "project resource must be: 'applications', 'applicationsets', 'repositories', 'exec', 'logs' or 'clusters', not '{resource}'"
        ));
    }
    if !is_valid_action(action) {
        return fail(format!("invalid action '{action}'"));
    }
    if !is_valid_object(project, object) {
        return fail(format!(
            "object must be of form '{project}/*', '{project}[/<NAMESPACE>]/<APPNAME>' or '{project}/<APPNAME>', not '{object}'"
        ));
    }
    if effect != "allow" && effect != "deny" {
        return fail("effect must be: 'allow' or 'deny'".to_owned());
    }
    Ok(())
}

/// The patterns for resource actions are not anchored: containing the word is enough.
fn is_valid_action(action: &str) -> bool {
    matches!(action, "get" | "create" | "update" | "delete" | "sync" | "override" | "rollback" | "*")
        || ["action/", "update/", "delete/"].iter().any(|part| action.contains(part))
}

/// `<project>[/<namespace>]/<application>`.
fn is_valid_object(project: &str, object: &str) -> bool {
    let Some(rest) = object.strip_prefix(project).and_then(|rest| rest.strip_prefix('/')) else { return false };
    let part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_*-.".contains(&byte));
    match rest.split_once('/') {
        None => part(rest),
        Some((namespace, name)) => part(namespace) && part(name),
    }
}
