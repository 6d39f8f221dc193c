//! `ValidateEnv` and `ValidateEnvFrom`.

use super::access::{text, text_or};
use crate::{
    Value,
    kube::quantity::Quantity,
    rollouts::{
        analysis::arguments::subscript,
        check::{
            error::{Errors, Path},
            names::{config_map_key, dns1123_subdomain, env_var_name, name_is_dns_subdomain, qualified_name},
        },
    },
};

/// Field paths an environment variable may take.
const ENV_PATHS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// Field paths a volume may take, sorted.
pub(super) const VOLUME_PATHS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
/// Field paths the downward API knows at all.
const KNOWN_PATHS: [&str; 14] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "spec.schedulerName",
    "status.phase",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const RESOURCES: [&str; 6] =
    ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];
const SIZES: [&str; 13] = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

pub(super) fn variables(variables: &[Value], path: &Path<'_>, errors: &mut Errors) {
    for (index, variable) in variables.iter().enumerate() {
        let at = path.index(index);
        let name = text(variable, "name");
        if name.is_empty() {
            errors.required(&at.child("name"), "");
        } else {
            errors.each(&at.child("name"), name, env_var_name(name));
        }
        if let Some(from) = variable.get("valueFrom") {
            value_from(from, !text(variable, "value").is_empty(), &at.child("valueFrom"), errors);
        }
    }
}

fn value_from(from: &Value, has_value: bool, path: &Path<'_>, errors: &mut Errors) {
    let mut sources = 0;
    if let Some(field) = from.get("fieldRef") {
        sources += 1;
        field_selector(field, &ENV_PATHS, &path.child("fieldRef"), errors);
    }
    if let Some(resource) = from.get("resourceFieldRef") {
        sources += 1;
        resource_selector(resource, false, &path.child("resourceFieldRef"), errors);
    }
    for field in ["configMapKeyRef", "secretKeyRef"] {
        if let Some(reference) = from.get(field) {
            sources += 1;
            key_selector(reference, &path.child(field), errors);
        }
    }
    if from.get("fileKeyRef").is_some() {
        sources += 1;
    }
    if sources == 0 {
        errors.invalid(path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
    } else if has_value {
        errors.invalid(path, "", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        errors.invalid(path, "", "may not have more than one field specified at a time");
    }
}

fn key_selector(reference: &Value, path: &Path<'_>, errors: &mut Errors) {
    let name = text(reference, "name");
    errors.each(&path.child("name"), name, dns1123_subdomain(name));
    let key = text(reference, "key");
    if key.is_empty() {
        errors.required(&path.child("key"), "");
    } else {
        errors.each(&path.child("key"), key, config_map_key(key));
    }
}

/// `validateObjectFieldSelector`.
pub(super) fn field_selector(field: &Value, allowed: &[&str], path: &Path<'_>, errors: &mut Errors) {
    let version = text_or(field, "apiVersion", "v1");
    let given = text(field, "fieldPath");
    let field_path = path.child("fieldPath");
    if given.is_empty() {
        errors.required(&field_path, "");
        return;
    }
    if version != "v1" {
        errors.invalid(&field_path, given, format!("error converting fieldPath: unsupported pod version: {version}"));
        return;
    }
    if let Some((map, key)) = subscript(given) {
        match map {
            "metadata.annotations" => errors.each(path, &key.to_lowercase(), qualified_name(&key.to_lowercase())),
            "metadata.labels" => errors.each(path, key, qualified_name(key)),
            _ => errors.invalid(&field_path, given, format!("error converting fieldPath: field label does not support subscript: {given}")),
        }
        return;
    }
    let internal = if given == "spec.host" { "spec.nodeName" } else { given };
    if !KNOWN_PATHS.contains(&internal) {
        errors.invalid(&field_path, given, format!("error converting fieldPath: field label not supported: {given}"));
    } else if !allowed.contains(&internal) {
        errors.not_supported(&field_path, internal, allowed);
    }
}

/// `validateContainerResourceFieldSelector`.
pub(super) fn resource_selector(selector: &Value, of_volume: bool, path: &Path<'_>, errors: &mut Errors) {
    let resource = text(selector, "resource");
    let huge_pages = resource.starts_with("requests.hugepages-") || resource.starts_with("limits.hugepages-");
    if of_volume && text(selector, "containerName").is_empty() {
        errors.required(&path.child("containerName"), "");
    } else if resource.is_empty() {
        errors.required(&path.child("resource"), "");
    } else if !RESOURCES.contains(&resource) && !huge_pages {
        errors.not_supported(&path.child("resource"), resource, &RESOURCES);
    }
    let Ok(divisor) = Quantity::parse(text_or(selector, "divisor", "0")) else { return };
    if divisor.is_zero() {
        return;
    }
    let sizes = "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the";
    let (allowed, message): (&[&str], String) = match resource {
        "limits.cpu" | "requests.cpu" => (&["1m", "1"], "only divisor's values 1m and 1 are supported with the cpu resource".into()),
        "limits.memory" | "requests.memory" => (&SIZES, format!("{sizes} memory resource")),
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => (&SIZES, format!("{sizes} local ephemeral storage resource")),
        _ if huge_pages => (&SIZES, format!("{sizes} hugepages resource")),
        _ => return,
    };
    if !allowed.contains(&divisor.to_string().as_str()) {
        errors.invalid(&path.child("divisor"), resource, message);
    }
}

/// `ValidateEnvFrom`.
pub(super) fn sources(sources: &[Value], path: &Path<'_>, errors: &mut Errors) {
    for (index, source) in sources.iter().enumerate() {
        let at = path.index(index);
        let prefix = text(source, "prefix");
        if !prefix.is_empty() {
            errors.each(&at.child("prefix"), prefix, env_var_name(prefix));
        }
        let mut given = 0;
        for field in ["configMapRef", "secretRef"] {
            let Some(reference) = source.get(field) else { continue };
            given += 1;
            let holder = at.child(field);
            let name = text(reference, "name");
            if name.is_empty() {
                errors.required(&holder.child("name"), "");
            } else {
                // Upstream checks such a name as one that is going to be completed.
                errors.each(&holder.child("name"), name, name_is_dns_subdomain(name, true));
            }
        }
        match given {
            0 => errors.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => errors.invalid(path, "", "may not have more than one field specified at a time"),
        }
    }
}
