//! `buildAppDependencyList`

use std::collections::BTreeMap;

use super::{
    super::{live, set::ApplicationSet},
    Issues, is_enabled, steps_of,
};
use crate::Value;

/// Which Applications are in which step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepList {
    /// Names per step; a name may be in several.
    pub steps: Vec<Vec<String>>,
    /// The first step of each name, from 0.
    pub step_of: BTreeMap<String, usize>,
}

impl StepList {
    /// What a status calls the step: from 1, `-1` for none.
    pub(super) fn label(&self, name: &str) -> String {
        self.step_of.get(name).map_or_else(|| "-1".to_owned(), |step| (step + 1).to_string())
    }
}

/// Sorts decoded Applications into the steps.
pub(in crate::argocd::appset) fn build(set: &ApplicationSet, applications: &[Value]) -> (StepList, Issues) {
    let mut issues = Issues::default();
    let strategy = set.text("/spec/strategy/type");
    if strategy.is_empty() || strategy == "AllAtOnce" {
        return (StepList::default(), issues);
    }
    let steps = if is_enabled(set) { steps_of(set) } else { &[] };
    let mut list = StepList { steps: vec![Vec::new(); steps.len()], step_of: BTreeMap::new() };
    for application in applications {
        let name = live::name(application);
        for (index, step) in steps.iter().enumerate() {
            if !selects(step, index, application, &mut issues) {
                continue;
            }
            if let Some(names) = list.steps.get_mut(index) {
                names.push(name.to_owned());
            }
            match list.step_of.get(name) {
                Some(first) => issues.duplicates.entry(name.to_owned()).or_insert_with(|| vec![*first]).push(index),
                None => {
                    list.step_of.insert(name.to_owned(), index);
                }
            }
        }
    }
    issues.empty_steps = (0..list.steps.len()).filter(|index| list.steps.get(*index).is_some_and(Vec::is_empty)).collect();
    (list, issues)
}

fn selects(step: &Value, index: usize, application: &Value, issues: &mut Issues) -> bool {
    let expressions = step.get("matchExpressions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for expression in expressions {
        let operator = live::text(expression, "/operator");
        let Some(label) = live::metadata_text(application, "labels", live::text(expression, "/key")) else {
            if operator == "In" {
                return false;
            }
            continue;
        };
        let listed = expression
            .get("values")
            .and_then(Value::as_array)
            .is_some_and(|values| values.iter().any(|value| value.as_str() == Some(label)));
        let matched = match operator {
            "In" => listed,
            "NotIn" => !listed,
            _ => {
                issues.note_operator(index, operator);
                false
            }
        };
        if !matched {
            return false;
        }
    }
    true
}
