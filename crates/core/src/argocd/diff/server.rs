//! Server-side diff: the live object against the API server's answer to a dry run (`serverSideDiff`).

use super::client::Outcome;
use super::last_applied::LAST_APPLIED;
use super::{Differ, Ignored, side};
use crate::argocd::normalize::{self, go_numbers, normalize, remarshal};
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::managed_fields::{Schemas, Set, compare, foreign_fields, managed_fields, merge, remove_items, revert_foreign, validate};
use crate::{Error, Result, Value};

/// Compares; `target` is what the dry run was asked for, and `ignored` gets what rules took out.
/// `kept` is the live object with its managed fields, when they were set aside.
pub(super) fn diff(
    differ: &Differ<'_>,
    full: &normalize::Options<'_>,
    target: &Value,
    mut live: Value,
    kept: Option<&Value>,
    predicted: &Value,
    ignored: Option<&mut Vec<Ignored>>,
) -> Result<Outcome> {
    let resource = || format!("resource {}/{}", unstructured::text(target, "kind"), unstructured::name(target));
    let failed =
        |what: &str, why: &str| format!("error calculating server side diff: serverSideDiff error: {what} for {}: {why}", resource());
    if let Some(why) = refusal(predicted) {
        return Err(Error::upstream(failed("error running server side apply in dryrun mode", &why)));
    }
    if !predicted.is_object() {
        return Err(Error::upstream(failed("error converting json string to unstructured", "unmarshal error")));
    }
    let apart = kept.zip(full.normalizer).and_then(|(_, normalizer)| side::apart(predicted, normalizer));
    let whole = [kept, apart.is_some().then_some(predicted)];
    let mut predicted = apart.map_or_else(|| predicted.clone(), |(apart, _)| apart);
    go_numbers(&mut predicted);
    if !differ.options.include_mutation_webhook {
        predicted = without_webhook_mutations(predicted, &live, whole, &differ.schemas, &differ.options.manager)
            .map_err(|error| Error { message: failed("error removing non config mutations", &error.message), ..error })?;
    }
    remarshal(&mut predicted);
    let explain = ignored.is_some();
    let (mut of_predicted, mut of_live) = (Vec::new(), Vec::new());
    normalize(&mut predicted, full, explain.then_some(&mut of_predicted));
    strip(&mut predicted);
    normalize(&mut live, full, explain.then_some(&mut of_live));
    strip(&mut live);
    if let Some(ignored) = ignored {
        let sides = [(false, of_predicted), (true, of_live)];
        ignored.extend(sides.into_iter().flat_map(|(live, removed)| removed.into_iter().map(move |removed| Ignored { live, removed })));
    }
    Ok(Outcome::of(live, predicted))
}

/// Why the dry run was refused, if it was: the API server's `Status`, or `{"error": …}` with the words of kubectl.
fn refusal(answer: &Value) -> Option<String> {
    let text = |key: &str| answer.get(key).and_then(Value::as_str);
    let status = text("kind") == Some("Status") && text("apiVersion") == Some("v1") && text("status") != Some("Success");
    let words = match (status, text("kind")) {
        (true, _) => text("message").unwrap_or("unknown"),
        (false, None) => text("error")?,
        (false, Some(_)) => return None,
    };
    Some(without_noise(words))
}

/// What gitops-engine takes out of kubectl's words (`cleanKubectlOutput`).
fn without_noise(words: &str) -> String {
    let mut text = words.trim();
    let quoted = |text: &'_ str| {
        let rest = text.strip_prefix('"')?;
        let end = rest.find("\": ")?;
        (end > 0 && !rest.get(..end)?.contains(char::is_whitespace)).then_some(1 + end + 3)
    };
    let bare = text.strip_prefix("error: ").unwrap_or(text);
    for start in ["error validating ", "error when creating "] {
        if let Some(rest) = bare.strip_prefix(start)
            && let Some(end) = quoted(rest)
        {
            text = rest.get(end..).unwrap_or_default();
        }
    }
    // a Go map that was printed: up to the last bracket of the line
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| match (line.find("map["), line.rfind(']')) {
            (Some(start), Some(end)) if start < end => {
                format!("{}{}", line.get(..start).unwrap_or_default(), line.get(end + 1..).unwrap_or_default())
            }
            _ => line.to_owned(),
        })
        .collect();
    let text = lines.join("\n");
    let text = match text.strip_prefix("error when applying patch:").and_then(|_| text.rfind("\nfor: \"")) {
        Some(at) => {
            let rest = text.get(at + 6..).unwrap_or_default();
            quoted(rest).and_then(|end| rest.get(end..)).unwrap_or(&text)
        }
        None => &text,
    };
    text.replace("; if you choose to ignore these errors, turn validation off with --validate=false", "")
}

/// What the API server keeps for itself.
fn strip(object: &mut Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    for key in ["managedFields", "resourceVersion", "generation"] {
        metadata.shift_remove(key);
    }
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.shift_remove(LAST_APPLIED);
    }
}

/// The fields of one manager.
fn owned_by(object: &Value, manager: &str) -> Result<Set> {
    let mut set = Set::default();
    for (_, fields) in managed_fields(object).into_iter().filter(|(name, _)| *name == manager) {
        set = set.union(Set::read(fields)?);
    }
    Ok(set)
}

/// Reverts to the live state whatever the manager does not own (`removeWebhookMutation`). `whole` are the live and the predicted object
/// with their managed fields, when these were set aside.
fn without_webhook_mutations(
    mut predicted: Value,
    live: &Value,
    whole: [Option<&Value>; 2],
    schemas: &Schemas,
    manager: &str,
) -> Result<Value> {
    let Gvk { group, version, kind } = unstructured::gvk(&predicted);
    let (whole_live, whole_predicted) = (whole[0].unwrap_or(live), whole[1].unwrap_or(&predicted));
    if managed_fields(whole_predicted).is_empty() {
        return Err(Error::upstream(format!(
            "predictedLive for resource {kind}/{} must have the managedFields",
            unstructured::name(&predicted)
        )));
    }
    let ty = schemas
        .kind(group, version, kind)
        .ok_or_else(|| Error::upstream(format!("unable to resolve parseableType for GroupVersionKind: {group}/{version}, Kind={kind}")))?;
    validate(schemas, &predicted, ty).map_err(|error| {
        Error::upstream(format!("error converting predicted live state from unstructured to {group}/{version}, Kind={kind}: {error}"))
    })?;
    validate(schemas, live, ty).map_err(|error| {
        Error::upstream(format!("error converting live state from unstructured to {group}/{version}, Kind={kind}: {error}"))
    })?;
    let owned = owned_by(whole_predicted, manager)?;
    if owned.is_empty() {
        return Err(Error::upstream(format!("no managed fields found for manager: {manager}")));
    }
    if revert_foreign(schemas, live, &mut predicted, ty, &owned) {
        // it was taken out of the live object, and is nobody's
        if let Some(metadata) = predicted.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.shift_remove("creationTimestamp");
        }
        return Ok(predicted);
    }
    let foreign = foreign_fields(schemas, &predicted, ty, &owned)?;
    let mut gone = compare(schemas, live, &predicted, ty)?.removed;
    if !gone.is_empty() {
        gone = gone.difference(&foreign);
        // server-side apply removes only what the applier owned before
        let owned_before = owned_by(whole_live, manager)?;
        let not_owned = gone.clone().difference(&owned_before).without_ancestors_of(&owned_before);
        gone = gone.difference(&not_owned);
    }
    let own = remove_items(schemas, predicted, &foreign.without_composite_keys(), ty);
    let merged = merge(schemas, live.clone(), &own, ty)?;
    let merged = remove_items(schemas, merged, &gone, ty);
    if merged.is_object() { Ok(merged) } else { Err(Error::upstream("error converting live typedValue: expected map")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_refusals() {
        let status = json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "message": "admission webhook \"x\" denied"});
        assert_eq!(refusal(&status).as_deref(), Some("admission webhook \"x\" denied"));
        let words = "error: error validating \"/tmp/1\": error validating data: unknown field \"a\"; if you choose to ignore these errors, turn validation off with --validate=false";
        assert_eq!(refusal(&json!({"error": words})).as_deref(), Some("error validating data: unknown field \"a\""));
        let patch = "error when applying patch:\n{}\nto:\nResource: x map[a:[1] b:2]\nfor: \"/tmp/2\": denied map[a:b] so";
        assert_eq!(refusal(&json!({"error": patch})).as_deref(), Some("denied  so"));
        assert_eq!(refusal(&json!({"kind": "Status", "apiVersion": "example.com/v1"})), None);
        assert_eq!(refusal(&json!({"apiVersion": "v1", "kind": "Pod", "error": "x"})), None);
    }
}
