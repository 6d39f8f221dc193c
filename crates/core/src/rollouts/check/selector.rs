//! Label selectors: apimachinery's `ValidateLabelSelector` and `LabelSelectorAsSelector`.

use std::collections::BTreeMap;

use super::{
    error::{Errors, Path},
    names::{label_value, qualified_name},
};
use crate::rollouts::spec::{LabelSelector, LabelSelectorRequirement};

/// `ValidateLabels`.
pub(super) fn labels<'a>(labels: impl IntoIterator<Item = (&'a str, &'a str)>, path: &Path<'_>, errors: &mut Errors) {
    for (key, value) in labels {
        errors.each(path, key, qualified_name(key));
        errors.each(path, value, label_value(value));
    }
}

/// `ValidateLabelSelector`.
pub(super) fn validate(selector: &LabelSelector, path: &Path<'_>, errors: &mut Errors) {
    labels(selector.match_labels.iter().map(|(k, v)| (k.as_str(), v.as_str())), &path.child("matchLabels"), errors);
    let expressions = path.child("matchExpressions");
    for (index, expression) in selector.match_expressions.iter().enumerate() {
        requirement(expression, &expressions.index(index), errors);
    }
}

fn requirement(requirement: &LabelSelectorRequirement, path: &Path<'_>, errors: &mut Errors) {
    let values = path.child("values");
    match requirement.operator.as_str() {
        "In" | "NotIn" if requirement.values.is_empty() => errors.required(&values, "must be specified when `operator` is 'In' or 'NotIn'"),
        "Exists" | "DoesNotExist" if !requirement.values.is_empty() => {
            errors.forbidden(&values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        operator => errors.invalid(&path.child("operator"), operator, "not a valid selector operator"),
    }
    errors.each(&path.child("key"), &requirement.key, qualified_name(&requirement.key));
    for (index, value) in requirement.values.iter().enumerate() {
        errors.each(&values.index(index), value, label_value(value));
    }
}

/// `LabelSelectorAsSelector` succeeds: it can be asked whether labels match.
pub(super) fn usable(selector: &LabelSelector) -> bool {
    let sound = |key: &str, values: &[String]| qualified_name(key).is_empty() && values.iter().all(|value| label_value(value).is_empty());
    let labels = selector.match_labels.iter().all(|(key, value)| sound(key, std::slice::from_ref(value)));
    labels
        && selector.match_expressions.iter().all(|expression| {
            let counted = match expression.operator.as_str() {
                "In" | "NotIn" => !expression.values.is_empty(),
                "Exists" | "DoesNotExist" => expression.values.is_empty(),
                _ => false,
            };
            counted && sound(&expression.key, &expression.values)
        })
}

/// Whether labels match; a selector that is nil matches nothing, an empty one everything.
pub(super) fn matches(selector: Option<&LabelSelector>, labels: &BTreeMap<&str, &str>) -> bool {
    let Some(selector) = selector else { return false };
    let equal = selector.match_labels.iter().all(|(key, value)| labels.get(key.as_str()) == Some(&value.as_str()));
    equal
        && selector.match_expressions.iter().all(|expression| {
            let value = labels.get(expression.key.as_str());
            let among = value.is_some_and(|value| expression.values.iter().any(|wanted| wanted == value));
            match expression.operator.as_str() {
                "In" => among,
                "NotIn" => !among,
                "Exists" => value.is_some(),
                _ => value.is_none(),
            }
        })
}
