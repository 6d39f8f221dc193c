//! Secret values replaced by plus signs (`HideSecretData`).

use std::collections::{BTreeSet, HashMap};

use super::last_applied::{LAST_APPLIED, last_applied};
use crate::argocd::normalize::normalize_secret;
use crate::argocd::unstructured;
use crate::lang::gofmt::json::marshal_document;
use crate::{Error, Map, Result, Value};

pub(super) const MASK: &str = "++++++++";
/// What the second of two different values is masked with.
pub(super) const OTHER_MASK: &str = "++++++++++++";

/// Masks the data of a Secret and the given annotations on both sides and in what was last applied;
/// equal values get equal masks.
pub fn mask_secret(target: Option<&Value>, live: Option<&Value>, annotations: &[String]) -> Result<(Option<Value>, Option<Value>)> {
    let applied = |object: Option<&Value>| match object.map(last_applied) {
        None | Some(Ok(None)) => (None, false),
        Some(Ok(Some(applied))) => (Some(applied), false),
        Some(Err(_)) => (None, true),
    };
    let (target_applied, target_invalid) = applied(target);
    let (live_applied, live_invalid) = applied(live);
    let mut objects = [target.cloned(), live.cloned(), target_applied, live_applied];
    let mut keys = BTreeSet::new();
    for object in objects.iter_mut().flatten() {
        normalize_secret(object);
        if let Some(Value::Object(data)) = object.get("data") {
            keys.extend(data.keys().cloned());
        }
    }
    for key in &keys {
        hide(&mut objects, key, &["data"])?;
    }
    for key in annotations {
        hide(&mut objects, key, &["metadata", "annotations"])?;
    }
    let [mut target, mut live, target_applied, live_applied] = objects;
    let listed = annotations.iter().any(|key| key == LAST_APPLIED);
    write_back(target.as_mut(), target_applied.as_ref(), target_invalid, listed);
    write_back(live.as_mut(), live_applied.as_ref(), live_invalid, listed);
    Ok((target, live))
}

/// A Secret before and after as people may see it, null where it is not there: masked by [`mask_secret`], or, where Argo CD
/// refuses to mask it, with what names it and nothing of what it holds.
pub fn shown_secret(before: &Value, after: &Value, annotations: &[String]) -> (Value, Value) {
    let some = |value| Some(value).filter(|value: &&Value| !value.is_null());
    match mask_secret(some(after), some(before), annotations) {
        Ok((target, live)) => (live.unwrap_or_default(), target.unwrap_or_default()),
        Err(_) => (named_only(before, MASK), named_only(after, OTHER_MASK)),
    }
}

fn named_only(secret: &Value, mask: &str) -> Value {
    let Value::Object(members) = secret else { return Value::Null };
    let shown = members.iter().map(|(key, value)| match key.as_str() {
        "apiVersion" | "kind" => (key.clone(), value.clone()),
        "metadata" => {
            let names = ["name", "namespace"].into_iter().filter_map(|name| Some((name.to_owned(), value.get(name)?.clone())));
            (key.clone(), Value::Object(names.collect()))
        }
        _ => (key.clone(), Value::from(mask)),
    });
    Value::Object(shown.collect())
}

fn hide(objects: &mut [Option<Value>; 4], key: &str, path: &[&str]) -> Result<()> {
    let mut masks: HashMap<String, String> = HashMap::new();
    let mut next = MASK.to_owned();
    for object in objects.iter_mut().flatten() {
        let Some(data) = nested(object, path)? else { continue };
        let Some(value) = data.get_mut(key) else { continue };
        let text = match &*value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => format!("%!s({other})"),
        };
        let mask = masks.entry(text).or_insert_with(|| {
            let mask = next.clone();
            next.push_str("++++");
            mask
        });
        *value = Value::from(mask.as_str());
    }
    Ok(())
}

/// The map at a path: none when missing or null, refused when it is something else.
fn nested<'a>(object: &'a mut Value, path: &[&str]) -> Result<Option<&'a mut Map<String, Value>>> {
    let mut at = object;
    for key in path {
        let Value::Object(members) = at else {
            return if at.is_null() { Ok(None) } else { Err(not_a_map(path)) };
        };
        match members.get_mut(*key) {
            None => return Ok(None),
            Some(next) => at = next,
        }
    }
    match at {
        Value::Null => Ok(None),
        Value::Object(members) => Ok(Some(members)),
        _ => Err(not_a_map(path)),
    }
}

fn not_a_map(path: &[&str]) -> Error {
    Error::upstream(format!("unstructured.NestedMap error: .{} accessor error: expected map[string]interface {{}}", path.join(".")))
}

fn write_back(object: Option<&mut Value>, applied: Option<&Value>, invalid: bool, listed: bool) {
    let Some(object) = object.filter(|_| applied.is_some() || invalid) else { return };
    let text = match applied {
        Some(applied) if !listed && !invalid => marshal_document(applied),
        _ => MASK.to_owned(),
    };
    let mut annotations = unstructured::coerced(object, "annotations").cloned().unwrap_or_default();
    for value in annotations.values_mut().filter(|value| value.is_null()) {
        *value = Value::from("");
    }
    annotations.insert(LAST_APPLIED.to_owned(), Value::from(text));
    if let Some(metadata) = unstructured::metadata_mut(object) {
        metadata.insert("annotations".to_owned(), Value::Object(annotations));
    }
}
