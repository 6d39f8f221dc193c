//! `ValidatePodTemplateSpec` and `ValidatePodSpec`.

use std::collections::BTreeSet;

use super::{
    access::{flag, list, object, optional_number, strings, text, text_or, texts},
    container, scheduling, security, volumes,
};
use crate::{
    Value,
    rollouts::check::{
        error::{Bad, Errors, Path},
        names::{dns1123_label, dns1123_subdomain, in_range, qualified_name},
        selector,
    },
};

/// The largest size of all annotations together, bytes.
const ANNOTATIONS: usize = 256 * 1024;
const EMPTY: &Value = &Value::Null;

/// All of a ReplicaSet's rules for its template, but for the labels' match.
pub(in crate::rollouts::check) fn template(template: &Value, path: &Path<'_>, errors: &mut Errors) {
    let metadata = template.get("metadata").unwrap_or(EMPTY);
    let pod = template.get("spec").unwrap_or(EMPTY);
    selector::labels(strings(metadata, "labels"), &path.child("labels"), errors);
    annotations(metadata, pod, &path.child("annotations"), errors);
    let spec = path.child("spec");
    pod_spec(pod, &spec, errors);
    security::annotations_and_fields(metadata, pod, &spec, errors);
    if !list(pod, "ephemeralContainers").is_empty() {
        errors.forbidden(&spec.child("ephemeralContainers"), "ephemeral containers not allowed in pod template");
    }
    let policy = text_or(pod, "restartPolicy", "Always");
    if policy != "Always" {
        errors.not_supported(&spec.child("restartPolicy"), policy, &["Always"]);
    }
    if optional_number(pod, "activeDeadlineSeconds").is_some() {
        errors.forbidden(&spec.child("activeDeadlineSeconds"), "activeDeadlineSeconds in ReplicaSet is not Supported");
    }
}

fn annotations(metadata: &Value, pod: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mut size = 0;
    for (key, value) in strings(metadata, "annotations") {
        size += key.len() + value.len();
        errors.each(path, key, qualified_name(&key.to_lowercase()));
    }
    if size > ANNOTATIONS {
        errors.too_long(path, ANNOTATIONS);
    }
    let mirror = strings(metadata, "annotations").find(|(key, _)| *key == "kubernetes.io/config.mirror");
    if let Some((key, value)) = mirror.filter(|_| text(pod, "nodeName").is_empty()) {
        errors.invalid(&path.key(key), value, "must set spec.nodeName if mirror pod annotation is set");
    }
    security::pod_annotations(metadata, pod, path, errors);
}

fn pod_spec(pod: &Value, path: &Path<'_>, errors: &mut Errors) {
    let grace = optional_number(pod, "terminationGracePeriodSeconds").unwrap_or(30);
    let volumes = volumes::validate(list(pod, "volumes"), &path.child("volumes"), errors);
    let claims = resource_claims(list(pod, "resourceClaims"), &path.child("resourceClaims"), errors);
    let context = container::Context {
        volumes,
        claims,
        grace,
        restart_policy: text_or(pod, "restartPolicy", "Always"),
        os: pod.get("os").map(|os| text(os, "name")),
    };
    container::all(pod, path, &context, errors);
    restart_and_dns_policy(pod, path, errors);
    selector::labels(strings(pod, "nodeSelector"), &path.child("nodeSelector"), errors);
    if let Some(context) = pod.get("securityContext") {
        security::pod(context, &path.child("securityContext"), errors);
    }
    if let Some(affinity) = pod.get("affinity") {
        scheduling::affinity(affinity, &path.child("affinity"), errors);
    }
    dns_config(pod, &path.child("dnsConfig"), errors);
    let gates = path.child("readinessGates");
    for (index, gate) in list(pod, "readinessGates").iter().enumerate() {
        let at = gates.index(index);
        let kind = text(gate, "conditionType");
        errors.each(&at.child("conditionType"), kind, qualified_name(kind));
    }
    scheduling::gates(list(pod, "schedulingGates"), &path.child("schedulingGates"), errors);
    scheduling::spread(list(pod, "topologySpreadConstraints"), &path.child("topologySpreadConstraints"), errors);
    security::host_process(pod, path, errors);
    names(pod, path, errors);
    scheduling::tolerations(list(pod, "tolerations"), &path.child("tolerations"), errors);
    host_aliases(list(pod, "hostAliases"), &path.child("hostAliases"), errors);
    classes(pod, path, errors);
    security::operating_system(pod, path, errors);
}

fn restart_and_dns_policy(pod: &Value, path: &Path<'_>, errors: &mut Errors) {
    let restart = text_or(pod, "restartPolicy", "Always");
    let policies = ["Always", "OnFailure", "Never"];
    if !policies.contains(&restart) {
        errors.not_supported(&path.child("restartPolicy"), restart, &policies);
    }
    let dns = text_or(pod, "dnsPolicy", "ClusterFirst");
    let policies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    if !policies.contains(&dns) {
        errors.not_supported(&path.child("dnsPolicy"), dns, &policies);
    }
}

fn names(pod: &Value, path: &Path<'_>, errors: &mut Errors) {
    if let Some(hostname) = pod.get("hostnameOverride").and_then(Value::as_str) {
        let path = path.child("hostnameOverride");
        if flag(pod, "setHostnameAsFQDN") == Some(true) {
            errors.forbidden(&path, "may not be specified when setHostnameAsFQDN is true");
        }
        if hostname.len() > 64 {
            errors.too_long(&path, 64);
        }
        errors.each(&path, hostname, dns1123_subdomain(hostname));
    }
    for field in ["serviceAccountName", "nodeName"] {
        let name = text(pod, field);
        if !name.is_empty() {
            errors.each(&path.child(field), name, dns1123_subdomain(name));
        }
    }
    if let Some(seconds) = optional_number(pod, "activeDeadlineSeconds") {
        errors.each_number(&path.child("activeDeadlineSeconds"), seconds, in_range(seconds, 1, i64::from(i32::MAX)));
    }
    for field in ["hostname", "subdomain"] {
        let name = text(pod, field);
        if !name.is_empty() {
            errors.each(&path.child(field), name, dns1123_label(name));
        }
    }
}

fn classes(pod: &Value, path: &Path<'_>, errors: &mut Errors) {
    let priority = text(pod, "priorityClassName");
    if !priority.is_empty() {
        errors.each(&path.child("priorityClassName"), priority, dns1123_subdomain(priority));
    }
    if let Some(runtime) = pod.get("runtimeClassName").and_then(Value::as_str) {
        errors.each(&path.child("runtimeClassName"), runtime, dns1123_subdomain(runtime));
    }
    match pod.get("preemptionPolicy").and_then(Value::as_str) {
        None | Some("PreemptLowerPriority" | "Never") => {}
        Some("") => errors.required(&path.child("preemptionPolicy"), ""),
        Some(policy) => errors.not_supported(&path.child("preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]),
    }
    if let Some(overhead) = object(pod, "overhead") {
        let at = path.child("overhead");
        super::resources::quantities(Some(overhead), None, &at, errors);
    }
}

fn dns_config(pod: &Value, path: &Path<'_>, errors: &mut Errors) {
    let config = pod.get("dnsConfig");
    if text(pod, "dnsPolicy") == "None" {
        if config.is_none() {
            errors.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
            return;
        }
        if config.is_some_and(|config| list(config, "nameservers").is_empty()) {
            errors.required(&path.child("nameservers"), "must provide at least one DNS nameserver when `dnsPolicy` is None");
            return;
        }
    }
    let Some(config) = config else { return };
    let json = |member: &str| Bad::Json(crate::rollouts::spec::go_json(config.get(member).unwrap_or(EMPTY)));
    let servers = path.child("nameservers");
    if list(config, "nameservers").len() > 3 {
        errors.invalid(&servers, json("nameservers"), "must not have more than 3 nameservers");
    }
    for (index, server) in texts(config, "nameservers").enumerate() {
        ip(server, &servers.index(index), errors);
    }
    let searches = path.child("searches");
    if list(config, "searches").len() > 32 {
        errors.invalid(&searches, json("searches"), "must not have more than 32 search paths");
    }
    if texts(config, "searches").collect::<Vec<_>>().join(" ").len() > 2048 {
        errors.invalid(&searches, json("searches"), "must not have more than 2048 characters (including spaces) in the search list");
    }
    for (index, search) in texts(config, "searches").enumerate() {
        let search = search.strip_suffix('.').unwrap_or(search);
        errors.each(&searches.index(index), search, dns1123_subdomain(search));
    }
    let options = path.child("options");
    for (index, option) in list(config, "options").iter().enumerate() {
        if text(option, "name").is_empty() {
            errors.required(&options.index(index), "must not be empty");
        }
    }
}

/// `IsValidIPForLegacyField`.
fn ip(value: &str, path: &Path<'_>, errors: &mut Errors) {
    // Upstream's lenient parser lets leading zeros pass.
    let relaxed: Vec<&str> = value
        .split('.')
        .map(|part| if part.len() > 1 { part.trim_start_matches('0') } else { part })
        .map(|part| if part.is_empty() { "0" } else { part })
        .collect();
    if value.parse::<core::net::IpAddr>().is_err() && relaxed.join(".").parse::<core::net::Ipv4Addr>().is_err() {
        errors.invalid(path, value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
}

fn host_aliases(aliases: &[Value], path: &Path<'_>, errors: &mut Errors) {
    for (index, alias) in aliases.iter().enumerate() {
        let at = path.index(index);
        ip(text(alias, "ip"), &at.child("ip"), errors);
        let hostnames = at.child("hostnames");
        for (index, hostname) in texts(alias, "hostnames").enumerate() {
            errors.each(&hostnames.index(index), hostname, dns1123_subdomain(hostname));
        }
    }
}

/// `validatePodResourceClaims`; the names that containers may claim.
fn resource_claims<'a>(claims: &'a [Value], path: &Path<'_>, errors: &mut Errors) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    for (index, claim) in claims.iter().enumerate() {
        let at = path.index(index);
        let name = text(claim, "name");
        let name_path = at.child("name");
        if name.is_empty() {
            errors.required(&name_path, "");
        } else if !seen.insert(name) {
            errors.duplicate(&name_path, name);
        } else {
            errors.each(&name_path, name, dns1123_label(name));
        }
        let (direct, templated) =
            (claim.get("resourceClaimName").and_then(Value::as_str), claim.get("resourceClaimTemplateName").and_then(Value::as_str));
        let shown = || {
            let internal = serde_json::json!({"Name": name, "ResourceClaimName": direct, "ResourceClaimTemplateName": templated});
            Bad::Json(crate::rollouts::spec::go_json(&internal))
        };
        match (direct, templated) {
            (Some(_), Some(_)) => {
                errors.invalid(&at, shown(), "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified")
            }
            (None, None) => errors.invalid(&at, shown(), "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"),
            _ => {}
        }
        for (field, name) in [("resourceClaimName", direct), ("resourceClaimTemplateName", templated)] {
            if let Some(name) = name {
                errors.each(&at.child(field), name, dns1123_subdomain(name));
            }
        }
    }
    claims.iter().map(|claim| text(claim, "name")).filter(|name| !name.is_empty()).collect()
}
