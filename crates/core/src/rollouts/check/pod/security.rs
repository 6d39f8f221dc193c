//! Security contexts, profiles and the operating system.

use crate::rollouts::objects::AtPath;
use std::collections::BTreeSet;

use super::{
    access::{flag, list, optional_number, strings, text},
    mounts::descending_path,
};
use crate::{
    Value,
    rollouts::{
        check::{
            error::{Bad, Errors, Path},
            names::{dns1123_subdomain, user_or_group_id},
        },
        spec::go_json,
    },
};

const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

fn ids(context: &Value, fields: &[&str], path: &Path<'_>, errors: &mut Errors) {
    for field in fields {
        if let Some(id) = optional_number(context, field) {
            errors.each_number(&path.child(field), id, user_or_group_id(id));
        }
    }
}

/// `ValidateSecurityContext`.
pub(super) fn container(context: &Value, path: &Path<'_>, errors: &mut Errors) {
    ids(context, &["runAsUser", "runAsGroup"], path, errors);
    if let Some(mount) = context.get("procMount").and_then(Value::as_str) {
        let at = path.child("procMount");
        if !matches!(mount, "Default" | "Unmasked") {
            errors.not_supported(&at, mount, &["Default", "Unmasked"]);
        }
        if mount == "Unmasked" {
            errors.invalid(&at, mount, "`hostUsers` must be false to use `Unmasked`");
        }
    }
    seccomp(context, path, errors);
    if flag(context, "allowPrivilegeEscalation") == Some(false) {
        let shown = || Bad::Json(go_json(&internal_context(context)));
        if flag(context, "privileged") == Some(true) {
            errors.invalid(path, shown(), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        }
        let added = context.get("capabilities").map_or(&[][..], |capabilities| list(capabilities, "add"));
        for _ in added.iter().filter(|name| name.as_str() == Some("CAP_SYS_ADMIN")) {
            errors.invalid(path, shown(), "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
        }
    }
    windows_options(context, path, errors);
    app_armor(context, path, errors);
}

/// `validatePodSpecSecurityContext`.
pub(super) fn pod(context: &Value, path: &Path<'_>, errors: &mut Errors) {
    ids(context, &["fsGroup", "runAsUser", "runAsGroup"], path, errors);
    let groups = path.child("supplementalGroups");
    for (index, group) in list(context, "supplementalGroups").iter().enumerate() {
        let id = group.as_i64().unwrap_or(0);
        errors.each_number(&groups.index(index), id, user_or_group_id(id));
    }
    sysctls(list(context, "sysctls"), &path.child("sysctls"), errors);
    word(context, "fsGroupChangePolicy", &["Always", "OnRootMismatch"], path, errors);
    seccomp(context, path, errors);
    windows_options(context, path, errors);
    app_armor(context, path, errors);
    word(context, "supplementalGroupsPolicy", &["Merge", "Strict"], path, errors);
    word(context, "seLinuxChangePolicy", &["MountOption", "Recursive"], path, errors);
}

fn word(context: &Value, field: &str, words: &[&str], path: &Path<'_>, errors: &mut Errors) {
    if let Some(given) = context.get(field).and_then(Value::as_str).filter(|given| !words.contains(given)) {
        errors.not_supported(&path.child(field), given, words);
    }
}

fn sysctls(settings: &[Value], path: &Path<'_>, errors: &mut Errors) {
    let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let segment = |part: &str| {
        let bytes = part.as_bytes();
        bytes.first().is_some_and(|b| edge(*b))
            && bytes.last().is_some_and(|b| edge(*b))
            && bytes.iter().all(|b| edge(*b) || b"-_".contains(b))
    };
    let mut seen = BTreeSet::new();
    for (index, setting) in settings.iter().enumerate() {
        let at = path.index(index);
        let name = text(setting, "name");
        let at = at.child("name");
        if name.is_empty() {
            errors.required(&at, "");
        } else if name.len() > 253 || !name.split(['.', '/']).all(segment) {
            let expression = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
            errors.invalid(&at, name, format!("must have at most 253 characters and match regex {expression}"));
        } else if seen.contains(name) {
            errors.duplicate(&at, name);
        }
        seen.insert(name);
    }
}

/// A profile as Kubernetes' internal type shows it.
fn internal_profile(profile: &Value) -> Value {
    serde_json::json!({"Type": text(profile, "type"), "LocalhostProfile": profile.get("localhostProfile")})
}

/// A container's security context as Kubernetes' internal type shows it.
fn internal_context(context: &Value) -> Value {
    let capabilities = |capabilities: &Value| serde_json::json!({"Add": capabilities.get("add"), "Drop": capabilities.get("drop")});
    let se_linux = |options: &Value| serde_json::json!({"User": text(options, "user"), "Role": text(options, "role"), "Type": text(options, "type"), "Level": text(options, "level")});
    let windows = |options: &Value| {
        serde_json::json!({
            "GMSACredentialSpecName": options.get("gmsaCredentialSpecName"),
            "GMSACredentialSpec": options.get("gmsaCredentialSpec"),
            "RunAsUserName": options.get("runAsUserName"),
            "HostProcess": options.get("hostProcess"),
        })
    };
    serde_json::json!({
        "Capabilities": context.get("capabilities").map(capabilities),
        "Privileged": context.get("privileged"),
        "SELinuxOptions": context.get("seLinuxOptions").map(se_linux),
        "WindowsOptions": context.get("windowsOptions").map(windows),
        "RunAsUser": context.get("runAsUser"),
        "RunAsGroup": context.get("runAsGroup"),
        "RunAsNonRoot": context.get("runAsNonRoot"),
        "ReadOnlyRootFilesystem": context.get("readOnlyRootFilesystem"),
        "AllowPrivilegeEscalation": context.get("allowPrivilegeEscalation"),
        "ProcMount": context.get("procMount"),
        "SeccompProfile": context.get("seccompProfile").map(internal_profile),
        "AppArmorProfile": context.get("appArmorProfile").map(internal_profile),
    })
}

fn seccomp(context: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(profile) = context.get("seccompProfile") else { return };
    let path = path.child("seccompProfile");
    let (kind, local) = (text(profile, "type"), profile.get("localhostProfile").and_then(Value::as_str));
    match kind {
        "Localhost" | "RuntimeDefault" | "Unconfined" => {}
        "" => errors.required(&path.child("type"), "type is required when seccompProfile is set"),
        _ => errors.not_supported(&path.child("type"), kind, &["Localhost", "RuntimeDefault", "Unconfined"]),
    }
    let local_path = path.child("localhostProfile");
    match (kind, local) {
        ("Localhost", None) => errors.required(&local_path, "must be set when seccomp type is Localhost"),
        ("Localhost", Some(local)) => descending_path(local, &local_path, errors),
        (_, Some(_)) => {
            errors.invalid(&local_path, Bad::Json(go_json(&internal_profile(profile))), "can only be set when seccomp type is Localhost")
        }
        _ => {}
    }
}

fn app_armor(context: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(profile) = context.get("appArmorProfile") else { return };
    let path = path.child("appArmorProfile");
    let (kind, local) = (text(profile, "type"), profile.get("localhostProfile").and_then(Value::as_str));
    let local_path = path.child("localhostProfile");
    match (kind, local) {
        ("Localhost", Some(name)) => {
            if name.trim() != name {
                errors.invalid(&local_path, name, "must not be padded with whitespace");
            } else if name.is_empty() {
                errors.required(&local_path, "must be set when AppArmor type is Localhost");
            }
            if name.len() > 4095 {
                errors.too_long(&local_path, 4095);
            }
        }
        ("Localhost", None) => errors.required(&local_path, "must be set when AppArmor type is Localhost"),
        ("RuntimeDefault" | "Unconfined", Some(name)) => {
            errors.invalid(&local_path, name, "can only be set when AppArmor type is Localhost")
        }
        ("RuntimeDefault" | "Unconfined", None) => {}
        ("", _) => errors.required(&path.child("type"), "type is required when appArmorProfile is set"),
        _ => errors.not_supported(&path.child("type"), kind, &["Localhost", "RuntimeDefault", "Unconfined"]),
    }
}

fn windows_options(context: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(options) = context.get("windowsOptions") else { return };
    let path = path.child("windowsOptions");
    if let Some(name) = options.get("gmsaCredentialSpecName").and_then(Value::as_str) {
        errors.each(&path.child("gmsaCredentialSpecName"), name, dns1123_subdomain(name));
    }
    if let Some(spec) = options.get("gmsaCredentialSpec").and_then(Value::as_str) {
        let at = path.child("gmsaCredentialSpec");
        if spec.is_empty() {
            errors.invalid(&at, spec, "gmsaCredentialSpec cannot be an empty string");
        } else if spec.len() > 64 * 1024 {
            errors.invalid(&at, spec, "gmsaCredentialSpec size must be under 64 KiB");
        }
    }
    if options.get("runAsUserName").and_then(Value::as_str) == Some("") {
        errors.invalid(&path.child("runAsUserName"), "", "runAsUserName cannot be an empty string");
    }
}

/// `ValidateSeccompPodAnnotations` and `ValidateAppArmorPodAnnotations`.
pub(super) fn pod_annotations(metadata: &Value, pod: &Value, path: &Path<'_>, errors: &mut Errors) {
    let pod_wide = strings(metadata, "annotations").filter(|(key, _)| *key == SECCOMP_POD);
    let single = strings(metadata, "annotations").filter(|(key, _)| key.starts_with(SECCOMP_CONTAINER));
    for (key, profile) in pod_wide.chain(single) {
        let at = path.child(key);
        match profile.strip_prefix("localhost/") {
            Some(local) => descending_path(local, &at, errors),
            None if matches!(profile, "runtime/default" | "docker/default" | "unconfined") => {}
            None => errors.invalid(&at, profile, "must be a valid seccomp profile"),
        }
    }
    let known = |name: &str| {
        let lists = ["containers", "initContainers", "ephemeralContainers"];
        lists.iter().any(|field| list(pod, field).iter().any(|container| text(container, "name") == name))
    };
    for (key, profile) in strings(metadata, "annotations") {
        let Some(container) = key.strip_prefix(APP_ARMOR) else { continue };
        if !known(container) {
            errors.invalid(&path.key(key), container, "container not found");
        }
        if !matches!(profile, "" | "runtime/default" | "unconfined") && !profile.starts_with("localhost/") {
            errors.invalid(&path.key(key), profile, format!("invalid AppArmor profile name: {}", crate::rollouts::spec::go_quote(profile)));
        }
    }
}

/// `validateSeccompAnnotationsAndFields` and `validateAppArmorAnnotationsAndFieldsMatchOnCreate`:
/// where both an annotation and a field are given they must agree.
pub(super) fn annotations_and_fields(metadata: &Value, pod: &Value, path: &Path<'_>, errors: &mut Errors) {
    let annotation = |key: &str| strings(metadata, "annotations").find(|(name, _)| *name == key).map(|(_, value)| value);
    if let (Some(profile), Some(annotation)) = (pod.at_path("/securityContext/seccompProfile"), annotation(SECCOMP_POD)) {
        let context = path.child("securityContext");
        agree("seccomp", annotation, profile, &context.child("seccompProfile"), errors);
    }
    each_container(pod, path, &mut |container, at| {
        let annotation = annotation(&format!("{SECCOMP_CONTAINER}{}", text(container, "name")));
        if let (Some(profile), Some(annotation)) = (container.at_path("/securityContext/seccompProfile"), annotation) {
            let context = at.child("securityContext");
            agree("seccomp", annotation, profile, &context.child("seccompProfile"), errors);
        }
    });
    if pod.get("os").map(|os| text(os, "name")) == Some("windows") {
        return;
    }
    each_container(pod, path, &mut |container, at| {
        let annotation = annotation(&format!("{APP_ARMOR}{}", text(container, "name")));
        let profile = container.at_path("/securityContext/appArmorProfile").or_else(|| pod.at_path("/securityContext/appArmorProfile"));
        if let (Some(profile), Some(annotation)) = (profile, annotation) {
            let context = at.child("securityContext");
            agree("apparmor", annotation, profile, &context.child("appArmorProfile"), errors);
        }
    });
}

/// Init, regular and ephemeral containers with their paths (`VisitContainersWithPath`).
fn each_container(pod: &Value, path: &Path<'_>, visit: &mut dyn FnMut(&Value, &Path<'_>)) {
    for field in ["initContainers", "containers", "ephemeralContainers"] {
        let containers = path.child(field);
        for (index, container) in list(pod, field).iter().enumerate() {
            visit(container, &containers.index(index));
        }
    }
}

fn agree(what: &str, annotation: &str, profile: &Value, path: &Path<'_>, errors: &mut Errors) {
    let same_kind = match text(profile, "type") {
        "Unconfined" => annotation == "unconfined",
        "RuntimeDefault" => annotation == "runtime/default" || what == "seccomp" && annotation == "docker/default",
        "Localhost" => annotation.starts_with("localhost/"),
        _ => true,
    };
    if !same_kind {
        errors.forbidden(&path.child("type"), &format!("{what} type in annotation and field must match"));
    } else if text(profile, "type") == "Localhost" {
        let local = profile.get("localhostProfile").and_then(Value::as_str);
        if annotation.strip_prefix("localhost/") != local {
            errors.forbidden(&path.child("localhostProfile"), &format!("{what} profile in annotation and field must match"));
        }
    }
}

/// `validateWindowsHostProcessPod`: all containers or none, and never in a rollout, whose
/// `hostNetwork` is lost before this rule looks at it.
pub(super) fn host_process(pod: &Value, path: &Path<'_>, errors: &mut Errors) {
    let of = |holder: &Value| holder.at_path("/securityContext/windowsOptions/hostProcess").and_then(Value::as_bool);
    let pod_wide = of(pod);
    let (mut all, mut marked) = (0, 0);
    each_container(pod, path, &mut |container, at| {
        all += 1;
        let own = of(container);
        if let (Some(pod_wide), Some(own)) = (pod_wide, own)
            && pod_wide != own
        {
            let context = at.child("securityContext");
            let options = context.child("windowsOptions");
            let message = format!("pod hostProcess value must be identical if both are specified, was {pod_wide}");
            errors.invalid(&options.child("hostProcess"), Bad::Flag(own), message);
        }
        if own.or(pod_wide) == Some(true) {
            marked += 1;
        }
    });
    if marked > 0 {
        if marked != all {
            errors.invalid(path, "", "If pod contains any hostProcess containers then all containers must be HostProcess containers");
        }
        let message = "hostNetwork must be true if pod contains any hostProcess containers";
        errors.invalid(&path.child("hostNetwork"), Bad::Flag(false), message);
    }
}

/// `validateOS`, `validateLinux` and `validateWindows`.
pub(super) fn operating_system(pod: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(os) = pod.get("os") else { return };
    let name = text(os, "name");
    let at = path.child("os");
    match name {
        "linux" => forbid(pod, path, &["windowsOptions"], &["windowsOptions"], "windows options cannot be set for a linux pod", errors),
        "windows" => {
            let pod_fields = [
                "appArmorProfile",
                "seLinuxOptions",
                "seccompProfile",
                "fsGroup",
                "fsGroupChangePolicy",
                "sysctls",
                "runAsUser",
                "runAsGroup",
                "supplementalGroups",
                "supplementalGroupsPolicy",
                "seLinuxChangePolicy",
            ];
            let container_fields = [
                "appArmorProfile",
                "seLinuxOptions",
                "seccompProfile",
                "capabilities",
                "readOnlyRootFilesystem",
                "privileged",
                "allowPrivilegeEscalation",
                "procMount",
                "runAsUser",
                "runAsGroup",
            ];
            forbid(pod, path, &pod_fields, &container_fields, "cannot be set for a windows pod", errors);
        }
        "" => errors.required(&at.child("name"), ""),
        _ => errors.not_supported(&at, name, &["linux", "windows"]),
    }
}

fn forbid(pod: &Value, path: &Path<'_>, pod_fields: &[&str], container_fields: &[&str], message: &str, errors: &mut Errors) {
    if let Some(context) = pod.get("securityContext") {
        let at = path.child("securityContext");
        for field in pod_fields.iter().filter(|field| context.get(**field).is_some()) {
            errors.forbidden(&at.child(field), message);
        }
    }
    each_container(pod, path, &mut |container, at| {
        let Some(context) = container.get("securityContext") else { return };
        let at = at.child("securityContext");
        for field in container_fields.iter().filter(|field| context.get(**field).is_some()) {
            errors.forbidden(&at.child(field), message);
        }
    });
}
