//! Two objects as text, and the lines that differ.

use similar::TextDiff;

use crate::{Value, yaml};

/// Longer texts are not compared.
const LINES: usize = 3_000;
/// Lines of one diff; longer ones are cut.
const SHOWN: usize = 400;
/// Equal lines around what differs.
const CONTEXT: usize = 3;

/// The unified diff from the live object to what Git says, both as YAML; `null` is no object. Empty when the texts agree or are too
/// long.
pub fn unified(live: &Value, git: &Value) -> String {
    let (before, after) = (text(live), text(git));
    if before.lines().count().max(after.lines().count()) > LINES {
        return String::new();
    }
    let diff = TextDiff::from_lines(&before, &after).unified_diff().context_radius(CONTEXT).to_string();
    let total = diff.lines().count();
    if total <= SHOWN {
        return diff;
    }
    let mut cut: String = diff.split_inclusive('\n').take(SHOWN).collect();
    cut.push_str(&format!("\\ {} more lines\n", total - SHOWN));
    cut
}

fn text(object: &Value) -> String {
    match object {
        Value::Null => String::new(),
        Value::Object(members) => {
            let mut members = members.clone();
            members.shift_remove("status");
            if let Some(Value::Object(metadata)) = members.get_mut("metadata") {
                for bookkeeping in ["managedFields", "creationTimestamp", "generation", "resourceVersion", "uid"] {
                    metadata.shift_remove(bookkeeping);
                }
                if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
                    annotations.shift_remove("kubectl.kubernetes.io/last-applied-configuration");
                }
            }
            yaml::emit(&Value::Object(members))
        }
        other => yaml::emit(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn says_what_a_sync_would_change() {
        let live = json!({"kind": "ConfigMap", "metadata": {"name": "a", "uid": "1"}, "data": {"x": "1", "y": "2"}});
        let git = json!({"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1", "y": "3"}});
        let diff = unified(&live, &git);
        // `y` alone is a truth value of YAML 1.1, hence the quotes.
        assert!(diff.contains("-  \"y\": \"2\"\n+  \"y\": \"3\"\n"), "{diff}");
        assert!(!diff.contains("uid"), "{diff}");
        assert_eq!(unified(&live, &live), "");
    }

    #[test]
    fn long_diffs_are_cut_and_say_so() {
        let data: serde_json::Map<String, Value> = (0..500).map(|n| (format!("k{n}"), json!("v"))).collect();
        let diff = unified(&Value::Null, &json!({"data": data}));
        assert_eq!(diff.lines().count(), SHOWN + 1);
        assert!(diff.ends_with(" more lines\n"), "{diff}");
    }
}
