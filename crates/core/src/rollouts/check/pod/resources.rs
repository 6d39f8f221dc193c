//! `ValidateContainerResourceRequirements` and `validateResizePolicy`.

use std::collections::BTreeSet;

use super::access::{list, object, text};
use crate::{
    Map, Value,
    kube::quantity::{Format, Quantity},
    rollouts::check::{
        error::{Bad, Errors, Path},
        names::{dns1123_label, qualified_name},
    },
};

const STANDARD: [&str; 20] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
];
const INTEGER: [&str; 9] = [
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

fn is_huge_pages(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

fn is_extended(name: &str) -> bool {
    !is_native(name) && !name.starts_with("requests.") && qualified_name(&format!("requests.{name}")).is_empty()
}

fn overcommits(name: &str) -> bool {
    is_native(name) && !is_huge_pages(name)
}

/// A container's `resources`.
pub(super) fn validate(resources: Option<&Value>, claims: &BTreeSet<&str>, path: &Path<'_>, errors: &mut Errors) {
    let Some(resources) = resources else { return };
    quantities(object(resources, "limits"), object(resources, "requests"), path, errors);
    claim_names(list(resources, "claims"), claims, &path.child("claims"), errors);
}

/// A quantity after the API server's default, which rounds up to thousandths.
fn quantity(value: &Value) -> Option<Quantity> {
    let quantity = Quantity::parse(value.as_str()?).ok()?;
    let suffix = if quantity.format() == Format::DecimalExponent { "e-3" } else { "m" };
    let rounded = Quantity::parse(&format!("{}{suffix}", quantity.milli_value())).ok()?;
    Some(if quantity.cmp(&rounded).is_lt() { rounded } else { quantity })
}

/// Limits and requests, each alone and against each other.
pub(super) fn quantities(limits: Option<&Map<String, Value>>, requests: Option<&Map<String, Value>>, path: &Path<'_>, errors: &mut Errors) {
    let (limit_path, request_path) = (path.child("limits"), path.child("requests"));
    for (name, value) in limits.into_iter().flatten() {
        one(name, value, &limit_path.key(name), errors);
    }
    for (name, value) in requests.into_iter().flatten() {
        one(name, value, &request_path.key(name), errors);
        let Some(wanted) = quantity(value) else { continue };
        match limits.and_then(|limits| limits.get(name)).and_then(quantity) {
            Some(limit) if wanted.cmp(&limit).is_ne() && !overcommits(name) => {
                errors.invalid(&request_path, &wanted.to_string(), format!("must be equal to {name} limit of {limit}"));
            }
            Some(limit) if wanted.cmp(&limit).is_gt() => {
                errors.invalid(&request_path, &wanted.to_string(), format!("must be less than or equal to {name} limit of {limit}"));
            }
            None if !overcommits(name) => errors.required(&limit_path, "Limit must be set for non overcommitable resources"),
            _ => {}
        }
    }
    let names = || limits.into_iter().chain(requests).flatten().map(|(name, _)| name.as_str());
    if names().any(is_huge_pages) && !names().any(|name| matches!(name, "cpu" | "memory")) {
        errors.forbidden(path, "HugePages require cpu or memory");
    }
}

fn one(name: &str, value: &Value, path: &Path<'_>, errors: &mut Errors) {
    resource_name(name, path, errors);
    let Some(quantity) = quantity(value) else { return };
    if quantity.sign() < 0 {
        errors.invalid(path, &quantity.to_string(), "must be greater than or equal to 0");
    }
    if (INTEGER.contains(&name) || is_extended(name)) && quantity.milli_value().wrapping_rem(1000) != 0 {
        errors.invalid(path, Bad::Json(crate::rollouts::spec::go_quote(&quantity.to_string())), "must be an integer");
    }
}

/// `validateContainerResourceName`.
fn resource_name(name: &str, path: &Path<'_>, errors: &mut Errors) {
    let faults = qualified_name(name);
    let malformed = !faults.is_empty();
    errors.each(path, name, faults);
    if !name.contains('/') {
        let standard = STANDARD.contains(&name)
            || is_huge_pages(name)
            || name.starts_with("requests.hugepages-")
            || name.starts_with("limits.hugepages-");
        if !malformed && !standard {
            errors.invalid(path, name, "must be a standard resource type or fully qualified");
        }
        if !matches!(name, "cpu" | "memory" | "ephemeral-storage") && !is_huge_pages(name) {
            errors.invalid(path, name, "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.invalid(path, name, "doesn't follow extended resource name standard");
    }
}

fn claim_names(claims: &[Value], known: &BTreeSet<&str>, path: &Path<'_>, errors: &mut Errors) {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (index, claim) in claims.iter().enumerate() {
        let at = path.index(index);
        let (name, request) = (text(claim, "name"), text(claim, "request"));
        if name.is_empty() {
            errors.required(&at, "");
            continue;
        }
        if seen.contains(name) {
            errors.duplicate(&at, name);
        } else {
            if !request.is_empty() {
                errors.each(&at.child("request"), request, dns1123_label(request));
            }
            let key = if request.is_empty() { name.to_string() } else { format!("{name}/{request}") };
            if seen.contains(&key) {
                errors.duplicate(&at, &key);
            } else if request.is_empty() {
                for _ in seen.iter().filter(|key| key.split_once('/').is_some_and(|(before, _)| before == name)) {
                    errors.duplicate(&at, name);
                }
            }
            seen.insert(key);
        }
        if !known.contains(name) {
            let known: Vec<&str> = known.iter().copied().collect();
            let tail = if known.is_empty() { " which is empty".to_string() } else { format!(": {}", known.join(", ")) };
            errors.not_found(&at, name, format!("must be one of the names in pod.spec.resourceClaims{tail}"));
        }
    }
}

/// `validateResizePolicy`; most faults are reported at the list.
pub(super) fn resize_policy(policies: &[Value], restart_policy: &str, path: &Path<'_>, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, policy) in policies.iter().enumerate() {
        let (resource, restart) = (text(policy, "resourceName"), text(policy, "restartPolicy"));
        if !seen.insert(resource) {
            errors.duplicate(&path.index(index), resource);
        }
        match resource {
            "cpu" | "memory" => {}
            "" => errors.required(path, ""),
            _ => errors.not_supported(path, resource, &["cpu", "memory"]),
        }
        match restart {
            "NotRequired" | "RestartContainer" => {}
            "" => errors.required(path, ""),
            _ => errors.not_supported(path, restart, &["NotRequired", "RestartContainer"]),
        }
        if restart_policy == "Never" && restart != "NotRequired" {
            errors.invalid(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'");
        }
    }
}
