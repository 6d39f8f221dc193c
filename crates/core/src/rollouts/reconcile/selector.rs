//! metav1.LabelSelector: matching and its text.

use std::collections::BTreeMap;

use smol_str::SmolStrBuilder;

use crate::rollouts::spec::{LabelSelector, Text};

/// `LabelSelectorAsSelector(..).Matches`: no selector matches nothing, an empty one everything.
pub(crate) fn matches(selector: Option<&LabelSelector>, labels: &BTreeMap<String, String>) -> bool {
    let Some(selector) = selector else { return false };
    selector.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
        && selector.match_expressions.iter().all(|wanted| {
            let have = labels.get(&wanted.key);
            match wanted.operator.as_str() {
                "In" => have.is_some_and(|value| wanted.values.contains(value)),
                "NotIn" => !have.is_some_and(|value| wanted.values.contains(value)),
                "Exists" => have.is_some(),
                "DoesNotExist" => have.is_none(),
                _ => false,
            }
        })
}

/// `metav1.FormatLabelSelector`.
pub(crate) fn format(selector: Option<&LabelSelector>) -> Text {
    let none = Text::new_static("<none>");
    let Some(selector) = selector else { return none };
    if selector.match_expressions.is_empty() && !selector.match_labels.is_empty() {
        let mut text = SmolStrBuilder::new();
        for (at, (key, value)) in selector.match_labels.iter().enumerate() {
            for part in [if at == 0 { "" } else { "," }, key, "=", value] {
                text.push_str(part);
            }
        }
        return text.finish();
    }
    let mut parts: Vec<(&str, String)> =
        selector.match_labels.iter().map(|(key, value)| (key.as_str(), format!("{key}={value}"))).collect();
    for wanted in &selector.match_expressions {
        let mut values = wanted.values.clone();
        values.sort();
        let values = values.join(",");
        let key = &wanted.key;
        let text = match wanted.operator.as_str() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.clone(),
            "DoesNotExist" => format!("!{key}"),
            _ => return Text::new_static("<error>"),
        };
        parts.push((key, text));
    }
    if parts.is_empty() {
        return none;
    }
    parts.sort_by_key(|(key, _)| *key);
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",").into()
}
