//! Tolerations, affinity, spread and gates.

use std::collections::BTreeSet;

use super::access::{list, number, optional_number, text, texts};
use crate::{
    Value,
    rollouts::{
        check::{
            error::{Errors, Path},
            names::{dns1123_label, dns1123_subdomain, label_value, qualified_name},
            selector,
        },
        spec::LabelSelector,
    },
};

/// `ValidateTolerations`.
pub(super) fn tolerations(tolerations: &[Value], path: &Path<'_>, errors: &mut Errors) {
    for (index, toleration) in tolerations.iter().enumerate() {
        let at = path.index(index);
        let (key, operator, effect, value) =
            (text(toleration, "key"), text(toleration, "operator"), text(toleration, "effect"), text(toleration, "value"));
        let (operator_path, effect_path) = (at.child("operator"), at.child("effect"));
        if !key.is_empty() {
            errors.each(&at.child("key"), key, qualified_name(key));
        }
        if key.is_empty() && operator != "Exists" {
            errors.invalid(
                &operator_path,
                operator,
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
            );
        }
        if optional_number(toleration, "tolerationSeconds").is_some() && effect != "NoExecute" {
            errors.invalid(&effect_path, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }
        match operator {
            "Equal" | "" => {
                let faults = label_value(value);
                if !faults.is_empty() {
                    errors.invalid(&operator_path, value, faults.join(";"));
                }
            }
            "Exists" if !value.is_empty() => errors.invalid(&operator_path, value, "value must be empty when `operator` is 'Exists'"),
            "Exists" => {}
            _ => errors.not_supported(&operator_path, operator, &["Equal", "Exists"]),
        }
        let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
        if !effect.is_empty() && !effects.contains(&effect) {
            errors.not_supported(&effect_path, effect, &effects);
        }
    }
}

/// `validateAffinity`.
pub(super) fn affinity(affinity: &Value, path: &Path<'_>, errors: &mut Errors) {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    if let Some(node) = affinity.get("nodeAffinity") {
        let at = path.child("nodeAffinity");
        if let Some(required) = node.get(REQUIRED) {
            node_selector(required, &at.child(REQUIRED), errors);
        }
        let preferred = at.child(PREFERRED);
        for (index, term) in list(node, PREFERRED).iter().enumerate() {
            let at = preferred.index(index);
            weight(term, &at.child("weight"), errors);
            if let Some(preference) = term.get("preference") {
                node_term(preference, true, &at.child("preference"), errors);
            }
        }
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let Some(pods) = affinity.get(kind) else { continue };
        let at = path.child(kind);
        let required = at.child(REQUIRED);
        for (index, term) in list(pods, REQUIRED).iter().enumerate() {
            pod_term(term, &required.index(index), errors);
        }
        let preferred = at.child(PREFERRED);
        for (index, term) in list(pods, PREFERRED).iter().enumerate() {
            let at = preferred.index(index);
            weight(term, &at.child("weight"), errors);
            pod_term(term.get("podAffinityTerm").unwrap_or(&Value::Null), &at.child("podAffinityTerm"), errors);
        }
    }
}

fn weight(term: &Value, path: &Path<'_>, errors: &mut Errors) {
    let weight = number(term, "weight");
    if !(1..=100).contains(&weight) {
        errors.invalid(path, weight, "must be in the range 1-100");
    }
}

fn node_selector(selector: &Value, path: &Path<'_>, errors: &mut Errors) {
    let terms_path = path.child("nodeSelectorTerms");
    let terms = list(selector, "nodeSelectorTerms");
    if terms.is_empty() {
        errors.required(&terms_path, "must have at least one node selector term");
    }
    for (index, term) in terms.iter().enumerate() {
        node_term(term, false, &terms_path.index(index), errors);
    }
}

fn node_term(term: &Value, any_value: bool, path: &Path<'_>, errors: &mut Errors) {
    let expressions = path.child("matchExpressions");
    for (index, requirement) in list(term, "matchExpressions").iter().enumerate() {
        node_requirement(requirement, any_value, &expressions.index(index), errors);
    }
    let fields = path.child("matchFields");
    for (index, requirement) in list(term, "matchFields").iter().enumerate() {
        field_requirement(requirement, &fields.index(index), errors);
    }
}

fn node_requirement(requirement: &Value, any_value: bool, path: &Path<'_>, errors: &mut Errors) {
    let (operator, count) = (text(requirement, "operator"), list(requirement, "values").len());
    let values = path.child("values");
    match operator {
        "In" | "NotIn" if count == 0 => errors.required(&values, "must be specified when `operator` is 'In' or 'NotIn'"),
        "Exists" | "DoesNotExist" if count > 0 => {
            errors.forbidden(&values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
        "Gt" | "Lt" if count != 1 => errors.required(&values, "must be specified single value when `operator` is 'Lt' or 'Gt'"),
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        _ => errors.invalid(&path.child("operator"), operator, "not a valid selector operator"),
    }
    let key = text(requirement, "key");
    errors.each(&path.child("key"), key, qualified_name(key));
    if !any_value {
        for (index, value) in texts(requirement, "values").enumerate() {
            errors.each(&values.index(index), value, label_value(value));
        }
    }
}

fn field_requirement(requirement: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (operator, key) = (text(requirement, "operator"), text(requirement, "key"));
    let values = path.child("values");
    match operator {
        "In" | "NotIn" if list(requirement, "values").len() != 1 => {
            errors.required(&values, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
        }
        "In" | "NotIn" => {}
        _ => errors.invalid(&path.child("operator"), operator, "not a valid selector operator"),
    }
    if key != "metadata.name" {
        errors.invalid(&path.child("key"), key, "not a valid field selector key");
        return;
    }
    for (index, value) in texts(requirement, "values").enumerate() {
        errors.each(&values.index(index), value, dns1123_subdomain(value));
    }
}

fn label_selector(holder: &Value, member: &str) -> Option<LabelSelector> {
    holder.get(member).and_then(|selector| serde_json::from_value(selector.clone()).ok())
}

fn pod_term(term: &Value, path: &Path<'_>, errors: &mut Errors) {
    for member in ["labelSelector", "namespaceSelector"] {
        if let Some(selector) = label_selector(term, member) {
            selector::validate(&selector, &path.child(member), errors);
        }
    }
    for name in texts(term, "namespaces") {
        errors.each(&path.child("namespace"), name, dns1123_label(name));
    }
    label_keys(term, path, errors);
    let key = text(term, "topologyKey");
    let topology = path.child("topologyKey");
    if key.is_empty() {
        errors.required(&topology, "can not be empty");
    }
    errors.each(&topology, key, qualified_name(key));
}

/// `ValidateMatchLabelKeysAndMismatchLabelKeys`.
fn label_keys(term: &Value, path: &Path<'_>, errors: &mut Errors) {
    let selector = label_selector(term, "labelSelector");
    for member in ["matchLabelKeys", "mismatchLabelKeys"] {
        if list(term, member).is_empty() {
            continue;
        }
        let at = path.child(member);
        if selector.is_none() {
            errors.forbidden(&at, "must not be specified when labelSelector is not set");
        }
        for (index, key) in texts(term, member).enumerate() {
            errors.each(&at.index(index), key, qualified_name(key));
        }
    }
    if let Some(selector) = &selector {
        let mut seen: BTreeSet<&str> = selector.match_labels.keys().map(String::as_str).collect();
        for expression in &selector.match_expressions {
            let position = texts(term, "matchLabelKeys").enumerate().filter(|(_, key)| *key == expression.key).last();
            if let Some((index, key)) = position.filter(|_| seen.contains(expression.key.as_str())) {
                errors.invalid(&path.index(index), key, "exists in both matchLabelKeys and labelSelector");
            }
            seen.insert(&expression.key);
        }
    }
    let mismatched: BTreeSet<&str> = texts(term, "mismatchLabelKeys").collect();
    let matched = path.child("matchLabelKeys");
    for (index, key) in texts(term, "matchLabelKeys").enumerate().filter(|(_, key)| mismatched.contains(key)) {
        errors.invalid(&matched.index(index), key, "exists in both matchLabelKeys and mismatchLabelKeys");
    }
}

/// `validateSchedulingGates`.
pub(super) fn gates(gates: &[Value], path: &Path<'_>, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, gate) in gates.iter().enumerate() {
        let name = text(gate, "name");
        errors.each(&path.index(index), name, qualified_name(name));
        if !seen.insert(name) {
            errors.duplicate(&path.index(index), name);
        }
    }
}

/// `validateTopologySpreadConstraints`.
pub(super) fn spread(constraints: &[Value], path: &Path<'_>, errors: &mut Errors) {
    for (index, constraint) in constraints.iter().enumerate() {
        let at = path.index(index);
        errors.positive(&at.child("maxSkew"), number(constraint, "maxSkew"));
        let (key, action) = (text(constraint, "topologyKey"), text(constraint, "whenUnsatisfiable"));
        if key.is_empty() {
            errors.required(&at.child("topologyKey"), "can not be empty");
        }
        if !matches!(action, "DoNotSchedule" | "ScheduleAnyway") {
            errors.not_supported(&at.child("whenUnsatisfiable"), action, &["DoNotSchedule", "ScheduleAnyway"]);
        }
        let rest = constraints.get(index + 1..).unwrap_or_default();
        if rest.iter().any(|other| text(other, "topologyKey") == key && text(other, "whenUnsatisfiable") == action) {
            errors.duplicate(&at.child("{topologyKey, whenUnsatisfiable}"), &format!("{{{key}, {action}}}"));
        }
        if let Some(domains) = optional_number(constraint, "minDomains") {
            let at = at.child("minDomains");
            errors.positive(&at, domains);
            if action != "DoNotSchedule" {
                errors.invalid(&at, domains, format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"));
            }
        }
        for field in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            match constraint.get(field).and_then(Value::as_str) {
                None | Some("Honor" | "Ignore") => {}
                Some(policy) => errors.not_supported(&at.child(field), policy, &["Honor", "Ignore"]),
            }
        }
        spread_keys(constraint, &at.child("matchLabelKeys"), errors);
        if let Some(selector) = label_selector(constraint, "labelSelector") {
            selector::validate(&selector, &at.child("labelSelector"), errors);
        }
    }
}

/// `ValidateMatchLabelKeysInTopologySpread`.
fn spread_keys(constraint: &Value, path: &Path<'_>, errors: &mut Errors) {
    if list(constraint, "matchLabelKeys").is_empty() {
        return;
    }
    let selector = label_selector(constraint, "labelSelector");
    if selector.is_none() {
        errors.forbidden(path, "must not be specified when labelSelector is not set");
    }
    let selector = selector.unwrap_or_default();
    for (index, key) in texts(constraint, "matchLabelKeys").enumerate() {
        errors.each(&path.index(index), key, qualified_name(key));
        if selector.match_labels.contains_key(key) || selector.match_expressions.iter().any(|expression| expression.key == key) {
            errors.invalid(&path.index(index), key, "exists in both matchLabelKeys and labelSelector");
        }
    }
}
