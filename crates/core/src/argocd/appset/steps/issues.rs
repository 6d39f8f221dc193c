//! `ValidationIssues`

use std::collections::BTreeMap;

use super::super::conditions::SetCondition;

/// A step with an operator other than `In` and `NotIn`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidOperator {
    /// The step, from 0.
    pub step: usize,
    /// What is written.
    pub operator: String,
}

/// What is wrong with the steps; steps count from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Issues {
    /// Names in several steps.
    pub duplicates: BTreeMap<String, Vec<usize>>,
    /// Steps without Applications.
    pub empty_steps: Vec<usize>,
    /// Operators that select nothing.
    pub operators: Vec<InvalidOperator>,
    /// Steps whose `maxUpdate` cannot be read, and what is written.
    pub max_updates: Vec<(usize, String)>,
}

impl Issues {
    pub(super) fn note_operator(&mut self, step: usize, operator: &str) {
        if !self.operators.iter().any(|known| known.step == step && known.operator == operator) {
            self.operators.push(InvalidOperator { step, operator: operator.to_owned() });
        }
    }

    pub(super) fn note_max_update(&mut self, step: usize, value: String) {
        if !self.max_updates.iter().any(|(known, _)| *known == step) {
            self.max_updates.push((step, value));
        }
    }

    /// `InvalidRolloutConfig`
    pub(super) fn condition(&self) -> SetCondition {
        match self.message() {
            Some(message) => SetCondition::new("InvalidRolloutConfig", true, "ApplicationSetInvalidRolloutConfig", message),
            None => {
                SetCondition::new("InvalidRolloutConfig", false, "ApplicationSetValidRolloutConfig", "Rolling Sync Configured correctly")
            }
        }
    }

    fn message(&self) -> Option<String> {
        let number = |step: &usize| (step + 1).to_string();
        if !self.operators.is_empty() {
            let steps: Vec<String> = self.operators.iter().map(|issue| number(&issue.step)).collect();
            let operators: Vec<&str> = self.operators.iter().map(|issue| issue.operator.as_str()).collect();
            let subject = if steps.len() == 1 { "Step" } else { "Steps" };
            let verb = if steps.len() == 1 { "has" } else { "have" };
            return Some(format!(
                "{subject} {} {verb} invalid matchExpression operators: {}. Supported Operators are 'In' and 'NotIn'",
                steps.join(", "),
                operators.join(", ")
            ));
        }
        if !self.duplicates.is_empty() {
            let names: Vec<&str> = self.duplicates.keys().map(String::as_str).collect();
            let steps: Vec<String> = self.duplicates.values().map(|steps| steps.iter().map(number).collect::<Vec<_>>().join("-")).collect();
            return Some(match names.as_slice() {
                [name] => format!("Application '{name}' is selected by multiple steps: ({})", steps.join(", ")),
                names => format!("Applications '{}' are selected by multiple steps: [({})]", names.join("', '"), steps.join("), (")),
            });
        }
        if !self.max_updates.is_empty() {
            let steps: Vec<String> = self.max_updates.iter().map(|(step, _)| number(step)).collect();
            let values: Vec<&str> = self.max_updates.iter().map(|(_, value)| value.as_str()).collect();
            return Some(if steps.len() == 1 {
                format!("Step {} has an invalid maxUpdate value: {}", steps.join(", "), values.join(", "))
            } else {
                format!("Steps {} have invalid maxUpdate values: [{}]", steps.join(", "), values.join(", "))
            });
        }
        if !self.empty_steps.is_empty() {
            let steps: Vec<String> = self.empty_steps.iter().map(number).collect();
            return Some(format!("Steps [{}] have no applications matching their criteria", steps.join(" ")));
        }
        None
    }
}
