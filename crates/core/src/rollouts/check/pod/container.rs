//! `validateContainers`, `validateInitContainers` and what all containers share.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    access::{list, number, text, text_or},
    env, handlers, mounts, resources, security,
};
use crate::{
    Value,
    rollouts::{
        check::{
            error::{Bad, Errors, Path},
            names::{dns1123_label, port_name, port_number},
        },
        spec::go_json,
    },
};

/// What the containers of a pod are checked against.
pub(super) struct Context<'a> {
    /// Sound volumes by name.
    pub(super) volumes: BTreeMap<&'a str, &'a Value>,
    /// Names of `resourceClaims`.
    pub(super) claims: BTreeSet<&'a str>,
    /// `terminationGracePeriodSeconds`.
    pub(super) grace: i64,
    pub(super) restart_policy: &'a str,
    /// `os.name`, if there is an `os`.
    pub(super) os: Option<&'a str>,
}

/// Regular, init and ephemeral containers.
pub(super) fn all(pod: &Value, path: &Path<'_>, context: &Context<'_>, errors: &mut Errors) {
    regular(list(pod, "containers"), &path.child("containers"), context, errors);
    init(pod, &path.child("initContainers"), context, errors);
    ephemeral(pod, &path.child("ephemeralContainers"), context, errors);
}

fn regular(containers: &[Value], path: &Path<'_>, context: &Context<'_>, errors: &mut Errors) {
    if containers.is_empty() {
        errors.required(path, "");
        return;
    }
    let mut names = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        let at = path.index(index);
        common(container, &at, context, errors);
        let name = text(container, "name");
        if !names.insert(name) {
            errors.duplicate(&at.child("name"), name);
        }
        handlers::lifecycle_and_probes(container, &at, context, errors);
        if container.get("restartPolicy").is_some() {
            errors.forbidden(&at.child("restartPolicy"), "may not be set for non-init containers");
        }
    }
    host_ports(containers, path, errors);
}

fn init(pod: &Value, path: &Path<'_>, context: &Context<'_>, errors: &mut Errors) {
    let mut names: BTreeSet<&str> = list(pod, "containers").iter().map(|container| text(container, "name")).collect();
    for (index, container) in list(pod, "initContainers").iter().enumerate() {
        let at = path.index(index);
        common(container, &at, context, errors);
        let policy = container.get("restartPolicy").and_then(Value::as_str);
        if let Some(policy) = policy.filter(|policy| *policy != "Always") {
            errors.not_supported(&at.child("restartPolicy"), policy, &["Always"]);
        }
        let name = text(container, "name");
        if names.contains(name) {
            errors.duplicate(&at.child("name"), name);
        } else if !name.is_empty() {
            names.insert(name);
        }
        host_ports(std::slice::from_ref(container), path, errors);
        if policy == Some("Always") {
            handlers::lifecycle_and_probes(container, &at, context, errors);
        } else {
            for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if container.get(field).is_some() {
                    errors.forbidden(&at.child(field), "may not be set for init containers without restartPolicy=Always");
                }
            }
        }
        if !list(container, "resizePolicy").is_empty() {
            let shown = |policy: &Value| serde_json::json!({"ResourceName": text(policy, "resourceName"), "RestartPolicy": text(policy, "restartPolicy")});
            let shown = Value::Array(list(container, "resizePolicy").iter().map(shown).collect());
            errors.invalid(&at.child("resizePolicy"), Bad::Json(go_json(&shown)), "must not be set for init containers");
        }
    }
}

/// Ephemeral containers are refused in a template anyway; what is common to all is still checked.
fn ephemeral(pod: &Value, path: &Path<'_>, context: &Context<'_>, errors: &mut Errors) {
    let others = list(pod, "containers").iter().chain(list(pod, "initContainers"));
    let others: BTreeSet<&str> = others.map(|container| text(container, "name")).collect();
    let mut names = others.clone();
    for (index, container) in list(pod, "ephemeralContainers").iter().enumerate() {
        let at = path.index(index);
        common(container, &at, context, errors);
        let (name, image) = (text(container, "name"), text(container, "image"));
        if image.trim() != image {
            errors.invalid(&at.child("image"), image, "must not have leading or trailing whitespace");
        }
        if !names.insert(name) {
            errors.duplicate(&at.child("name"), name);
        }
        let target = text(container, "targetContainerName");
        if !target.is_empty() && !others.contains(target) {
            errors.not_found(&at.child("targetContainerName"), target, "");
        }
        // Pointers count when they are there at all, lists and structs when something is in them.
        let pointers = ["restartPolicy", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"];
        for field in ["ports", "resources", "resizePolicy", "restartPolicy", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"]
        {
            let full = |value: &Value| {
                value.as_array().is_some_and(|list| !list.is_empty()) || value.as_object().is_some_and(|members| !members.is_empty())
            };
            if container.get(field).is_some_and(|value| pointers.contains(&field) || full(value)) {
                errors.forbidden(&at.child(field), "cannot be set for an Ephemeral Container");
            }
        }
        let mounts = at.child("volumeMounts");
        for (index, mount) in list(container, "volumeMounts").iter().enumerate() {
            for field in ["subPath", "subPathExpr"] {
                if !text(mount, field).is_empty() {
                    let mount = mounts.index(index);
                    errors.forbidden(&mount.child(field), "cannot be set for an Ephemeral Container");
                }
            }
        }
    }
}

/// `validateContainerCommon`.
fn common(container: &Value, path: &Path<'_>, context: &Context<'_>, errors: &mut Errors) {
    let name = text(container, "name");
    if name.is_empty() {
        errors.required(&path.child("name"), "");
    } else {
        errors.each(&path.child("name"), name, dns1123_label(name));
    }
    if text(container, "image").is_empty() {
        errors.required(&path.child("image"), "");
    }
    let policy = text_or(container, "terminationMessagePolicy", "File");
    let policies = ["File", "FallbackToLogsOnError"];
    if !policies.contains(&policy) {
        errors.not_supported(&path.child("terminationMessagePolicy"), policy, &policies);
    }
    ports(list(container, "ports"), &path.child("ports"), errors);
    env::variables(list(container, "env"), &path.child("env"), errors);
    env::sources(list(container, "envFrom"), &path.child("envFrom"), errors);
    mounts::mounts(container, &context.volumes, &path.child("volumeMounts"), errors);
    mounts::devices(container, &context.volumes, &path.child("volumeDevices"), errors);
    pull_policy(text_or(container, "imagePullPolicy", "Always"), &path.child("imagePullPolicy"), errors);
    resources::validate(container.get("resources"), &context.claims, &path.child("resources"), errors);
    resources::resize_policy(list(container, "resizePolicy"), context.restart_policy, &path.child("resizePolicy"), errors);
    if let Some(security) = container.get("securityContext") {
        security::container(security, &path.child("securityContext"), errors);
    }
}

/// `validatePullPolicy`.
pub(super) fn pull_policy(policy: &str, path: &Path<'_>, errors: &mut Errors) {
    let policies = ["Always", "IfNotPresent", "Never"];
    if !policies.contains(&policy) {
        errors.not_supported(path, policy, &policies);
    }
}

/// `validateContainerPorts`.
fn ports(ports: &[Value], path: &Path<'_>, errors: &mut Errors) {
    let mut names = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let at = path.index(index);
        let name = text(port, "name");
        if !name.is_empty() {
            let faults = port_name(name);
            if !faults.is_empty() {
                errors.each(&at.child("name"), name, faults);
            } else if !names.insert(name) {
                errors.duplicate(&at.child("name"), name);
            }
        }
        let container_port = number(port, "containerPort");
        if container_port == 0 {
            errors.required(&at.child("containerPort"), "");
        } else {
            errors.each_number(&at.child("containerPort"), container_port, port_number(container_port));
        }
        let host_port = number(port, "hostPort");
        if host_port != 0 {
            errors.each_number(&at.child("hostPort"), host_port, port_number(host_port));
        }
        let protocol = text_or(port, "protocol", "TCP");
        let protocols = ["SCTP", "TCP", "UDP"];
        if !protocols.contains(&protocol) {
            errors.not_supported(&at.child("protocol"), protocol, &protocols);
        }
    }
}

/// `checkHostPortConflicts`. In a template the host's network gives no port by default.
fn host_ports(containers: &[Value], path: &Path<'_>, errors: &mut Errors) {
    let mut taken = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        let at = path.index(index);
        let ports = at.child("ports");
        for (index, port) in list(container, "ports").iter().enumerate() {
            let host_port = number(port, "hostPort");
            if host_port == 0 {
                continue;
            }
            let key = format!("{}/{}/{host_port}", text_or(port, "protocol", "TCP"), text(port, "hostIP"));
            let at = ports.index(index);
            if taken.contains(&key) {
                errors.duplicate(&at.child("hostPort"), &key);
            } else {
                taken.insert(key);
            }
        }
    }
}
