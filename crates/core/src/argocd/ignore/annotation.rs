//! The rule that a resource brings itself (`argocd.argoproj.io/ignore-differences`).

use super::{IgnoreRule, RuleSource};
use crate::argocd::unstructured::{self, Gvk};
use crate::{Value, yaml};

const ANNOTATION: &str = "argocd.argoproj.io/ignore-differences";

/// Reads the annotation; what is not YAML with a list `jsonPointers` is no rule.
pub fn resource_rule(target: &Value) -> Option<IgnoreRule> {
    let text = unstructured::annotation(target, ANNOTATION).filter(|text| !text.is_empty())?;
    let value = yaml::kubernetes::unmarshal(text).ok()?;
    let members = value.as_object()?;
    let pointers = members.iter().filter(|(name, _)| name.eq_ignore_ascii_case("jsonPointers")).map(|(_, value)| value).next_back()?;
    let pointers: Option<Vec<String>> = pointers
        .as_array()?
        .iter()
        .map(|item| match item {
            Value::Null => Some(String::new()),
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => Some(item.to_string()),
            _ => None,
        })
        .collect();
    let json_pointers = pointers.filter(|pointers| !pointers.is_empty())?;
    let Gvk { group, kind, .. } = unstructured::gvk(target);
    Some(IgnoreRule {
        group: group.to_owned(),
        kind: kind.to_owned(),
        name: unstructured::name(target).to_owned(),
        namespace: unstructured::namespace(target).to_owned(),
        json_pointers,
        source: RuleSource::Annotation,
        ..IgnoreRule::default()
    })
}
