//! What changed between two states of a catalog, in the words of its readers.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::reference::EntityRef;
use super::relations::relations;
use crate::text::pointer;

/// Members of metadata that the server fills in.
const GENERATED: &[&str] = &["uid", "etag", "generation"];
/// Annotations that the server fills in.
const GENERATED_ANNOTATIONS: &[&str] =
    &["backstage.io/managed-by-location", "backstage.io/managed-by-origin-location", "backstage.io/orphan"];

/// An entity that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Canonical reference.
    #[serde(rename = "ref")]
    pub entity_ref: String,
    /// `added`, `removed` or `changed`.
    pub kind: &'static str,
    /// What happened, one sentence each.
    pub messages: Vec<String>,
}

/// The changes, sorted by reference. Relations count with both their ends.
pub fn diff(old: &[Value], new: &[Value]) -> Vec<Change> {
    let (old_by_ref, new_by_ref) = (by_ref(old), by_ref(new));
    let (old_relations, new_relations) = (related(old), related(new));
    let refs: BTreeSet<&String> = old_by_ref.keys().chain(new_by_ref.keys()).collect();
    let mut changes = Vec::new();
    for entity_ref in refs {
        let (kind, mut messages) = match (old_by_ref.get(entity_ref), new_by_ref.get(entity_ref)) {
            (None, _) => ("added", Vec::new()),
            (_, None) => ("removed", Vec::new()),
            (Some(old), Some(new)) => ("changed", fields(old, new)),
        };
        let none = BTreeSet::new();
        let before = old_relations.get(entity_ref).unwrap_or(&none);
        let after = new_relations.get(entity_ref).unwrap_or(&none);
        if kind == "changed" {
            relation_messages(before, after, &mut messages);
        }
        if kind == "removed" {
            let left: Vec<&str> = after.iter().map(|(_, other)| other.as_str()).collect();
            if !left.is_empty() {
                messages.push(format!("is still referred to by {}", left.join(", ")));
            }
        }
        if kind != "changed" || !messages.is_empty() {
            changes.push(Change { entity_ref: entity_ref.clone(), kind, messages });
        }
    }
    changes
}

fn by_ref(entities: &[Value]) -> BTreeMap<String, &Value> {
    entities.iter().filter_map(|entity| Some((EntityRef::of(entity)?.canonical(), entity))).collect()
}

type Related = BTreeMap<String, BTreeSet<(&'static str, String)>>;

/// Each entity's relations with the other ends.
fn related(entities: &[Value]) -> Related {
    let mut found = Related::new();
    for relations in entities.iter().filter_map(|entity| relations(entity).ok()) {
        for relation in relations.iter() {
            found.entry(relation.source.to_owned()).or_default().insert((relation.kind, relation.target.to_owned()));
        }
    }
    found
}

/// What a relation makes of the other end.
fn noun(relation: &str) -> &str {
    match relation {
        "apiConsumedBy" => "consumer",
        "apiProvidedBy" => "provider",
        "dependencyOf" => "dependant",
        "dependsOn" => "dependency",
        "providesApi" => "provided API",
        "consumesApi" => "consumed API",
        "hasMember" => "member",
        "memberOf" => "membership",
        "hasPart" => "part",
        "partOf" => "whole",
        "parentOf" => "child",
        "childOf" => "parent",
        "ownerOf" => "owned entity",
        "ownedBy" => "owner",
        other => other,
    }
}

fn plural(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if noun == "child" => "children".to_owned(),
        None => format!("{noun}s"),
    }
}

fn relation_messages(before: &BTreeSet<(&'static str, String)>, after: &BTreeSet<(&'static str, String)>, messages: &mut Vec<String>) {
    let kinds: BTreeSet<&str> = before.union(after).map(|(kind, _)| *kind).collect();
    for kind in kinds {
        let others = |left: &BTreeSet<(&'static str, String)>, right: &BTreeSet<(&'static str, String)>| -> Vec<String> {
            left.difference(right).filter(|(found, _)| *found == kind).map(|(_, other)| other.clone()).collect()
        };
        let (lost, gained) = (others(before, after), others(after, before));
        if let ("ownedBy", [old], [new]) = (kind, lost.as_slice(), gained.as_slice()) {
            messages.push(format!("moved from owner {old} to {new}"));
            continue;
        }
        for (word, others) in [("lost", lost), ("gained", gained)] {
            match others.as_slice() {
                [] => {}
                [one] => messages.push(format!("{word} {} {one}", noun(kind))),
                many => messages.push(format!("{word} {} {} ({})", many.len(), plural(noun(kind)), many.join(", "))),
            }
        }
    }
}

/// Fields that differ; those that make relations are told as such.
fn fields(old: &Value, new: &Value) -> Vec<String> {
    let mut messages = Vec::new();
    for key in ["apiVersion", "kind"] {
        compare(old.get(key), new.get(key), &format!("/{key}"), &mut messages);
    }
    let empty = Map::new();
    let members = |entity: &'_ Value, key: &str| entity.get(key).and_then(Value::as_object).cloned().unwrap_or_else(|| empty.clone());
    let (kind, version) = (new.get("kind").and_then(Value::as_str), new.get("apiVersion").and_then(Value::as_str));
    let told = super::relations::reference_fields(version.unwrap_or_default(), kind.unwrap_or_default());
    for (section, skip) in [("metadata", GENERATED.to_vec()), ("spec", told.iter().map(|field| field.field).collect())] {
        let (old, new) = (members(old, section), members(new, section));
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys.into_iter().filter(|key| !skip.contains(&key.as_str())) {
            compare(old.get(key), new.get(key), &pointer::join(&format!("/{section}"), key), &mut messages);
        }
    }
    messages
}

fn compare(old: Option<&Value>, new: Option<&Value>, path: &str, messages: &mut Vec<String>) {
    let name = pointer::tokens(path).collect::<Vec<_>>().join(".");
    match (old, new) {
        (old, new) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            let told = |key: &&String| path != "/metadata/annotations" || !GENERATED_ANNOTATIONS.contains(&key.as_str());
            let keys = keys.into_iter().filter(told);
            keys.for_each(|key| compare(old.get(key), new.get(key), &pointer::join(path, key), messages));
        }
        (None, Some(new)) => messages.push(format!("{name} is new: {}", short(new))),
        (Some(old), None) => messages.push(format!("{name} is gone: {}", short(old))),
        (Some(old), Some(new)) => messages.push(format!("{name} changed from {} to {}", short(old), short(new))),
        (None, None) => {}
    }
}

/// A value in a sentence.
fn short(value: &Value) -> String {
    const LENGTH: usize = 60;
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= LENGTH { text } else { text.chars().take(LENGTH).chain(['…']).collect() }
}
