//! When an answer agrees with what upstream answered.
//!
//! The same rules as `shared/tools/score.py`: what is expected must be contained
//! in the answer; members that hold an upstream document allow no extra key.

use serde_json::{Number, Value};

use crate::vector::Vector;

/// Members that hold a document of upstream's, by operation prefix: there an extra key is wrong.
const WHOLE: &[(&str, &[&str])] = &[
    ("lang.", &["value", "outputs", "documents", "values"]),
    ("appset.", &["applications", "create", "update", "value"]),
    ("application.", &["application", "spec"]),
    ("traffic.", &["objects"]),
    ("rollout.reconcile", &["status", "object", "change"]),
    ("rollout.simulate", &["virtualServices", "destinationRules", "ingresses", "trafficSplits"]),
    ("analysis.reconcile", &["status"]),
    ("analysis.build", &["spec"]),
    ("experiment.build", &["experiment"]),
    ("catalog.process", &["entities"]),
    ("catalog.query", &["items"]),
    ("scaffolder.render", &["value"]),
    ("scaffolder.dryRun", &["output", "input"]),
];

/// Codes that say "we do not know" rather than "upstream refuses".
const NOT_A_REFUSAL: &[&str] = &["unknownoperation", "internal", "panic", "unimplemented", "unsupported"];

/// `None` when the answer agrees, else where it first differs.
pub fn judge(vector: &Vector, answer: &Value) -> Option<String> {
    if is_refusal(&vector.expect) {
        let code = match answer.get("error") {
            None => return Some("/error: upstream refuses, we answered".into()),
            Some(error) => error.get("code").and_then(Value::as_str).unwrap_or_default().to_lowercase(),
        };
        return NOT_A_REFUSAL.iter().any(|word| code.contains(word)).then(|| format!("refused with {code}"));
    }
    let Some(ok) = answer.get("ok") else {
        return Some(format!("refused: {}", answer.get("error").map(Value::to_string).unwrap_or_default()));
    };
    for key in &vector.absent {
        if ok.get(key).is_some_and(|value| !value.is_null()) {
            return Some(format!("/{key} present"));
        }
    }
    for key in &vector.exact {
        if let Some(want) = vector.expect.get(key)
            && let Some(bad) = contains(want, ok.get(key).unwrap_or(&Value::Null), &format!("/{key}"), true, &[])
        {
            return Some(bad);
        }
    }
    let members = WHOLE.iter().find(|(prefix, _)| vector.op.starts_with(prefix)).map_or(&[][..], |(_, members)| members);
    contains(&vector.expect, ok, "", false, members)
}

fn is_refusal(expect: &Value) -> bool {
    expect.as_object().is_some_and(|o| o.len() == 1) && expect.get("error") == Some(&Value::Bool(true))
}

fn contains(want: &Value, got: &Value, at: &str, whole: bool, members: &[&str]) -> Option<String> {
    let here = || Some(if at.is_empty() { "/".to_owned() } else { at.to_owned() });
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => {
            if whole && let Some((key, _)) = got.iter().find(|(key, value)| !value.is_null() && !want.contains_key(*key)) {
                return Some(format!("{at}/{key} (not expected)"));
            }
            want.iter().find_map(|(key, value)| match got.get(key) {
                None if value.is_null() => None,
                None => Some(format!("{at}/{key}")),
                Some(found) => contains(value, found, &format!("{at}/{key}"), whole || members.contains(&key.as_str()), members),
            })
        }
        (Value::Array(want), Value::Array(got)) if want.len() == got.len() => {
            want.iter().zip(got).enumerate().find_map(|(n, (want, got))| contains(want, got, &format!("{at}/{n}"), whole, members))
        }
        (Value::Number(want), Value::Number(got)) if same(want, got) => None,
        (want, got) if want == got => None,
        _ => here(),
    }
}

#[allow(clippy::float_cmp)]
fn same(a: &Number, b: &Number) -> bool {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a == b,
        _ => a.as_f64() == b.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn extra_keys_are_wrong_only_in_documents() {
        assert_eq!(contains(&json!({"a": 1}), &json!({"a": 1.0, "b": 2}), "", false, &[]), None);
        assert!(contains(&json!({"a": 1}), &json!({"a": 1, "b": 2}), "", true, &[]).is_some());
        assert!(contains(&json!([1]), &json!([1, 2]), "", false, &[]).is_some());
        assert!(contains(&json!(1), &json!("1"), "", false, &[]).is_some());
        assert_eq!(contains(&json!({"a": null}), &json!({}), "", true, &[]), None);
    }
}
